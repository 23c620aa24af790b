"""Quantities of a strain-rate tensor and their uncertainties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asperity.core.errors import InputError
from asperity.gnss.strain_rate.strain import derived, principal, quantities, standard_normals

numbers = st.floats(-500.0, 500.0, allow_subnormal=False)


@given(numbers, numbers, numbers)
def test_principal_values_are_those_of_the_matrix(ee, nn, en):
    e1, e2, azimuth = principal(ee, nn, en)
    want = np.linalg.eigvalsh([[ee, en], [en, nn]])
    np.testing.assert_allclose([e2, e1], want, atol=1e-9)
    assert 0.0 <= azimuth < 180.0
    east, north = np.sin(np.radians(azimuth)), np.cos(np.radians(azimuth))
    along = ee * east**2 + nn * north**2 + 2 * en * east * north
    assert along == pytest.approx(float(e1), abs=1e-6)


@pytest.mark.parametrize(
    ("tensor", "azimuth"),
    [((1, 0, 0), 90.0), ((0, 1, 0), 0.0), ((0, 0, 1), 45.0), ((0, 0, -1), 135.0)],
)
def test_azimuths_of_simple_tensors(tensor, azimuth):
    # gnss.md 4.2: pure east-west extension 90, north-south 0, positive shear 45.
    assert principal(*map(float, tensor))[2] == pytest.approx(azimuth)


@given(numbers, numbers, numbers)
def test_definitions_of_the_invariants(ee, nn, en):
    d = derived(np.array([ee]), np.array([nn]), np.array([en]))
    tensor = np.array([[ee, en], [en, nn]])
    whole = np.diag([0.0, 0.0, -(ee + nn)])
    whole[:2, :2] = tensor
    assert d["second_invariant"][0] == pytest.approx(np.linalg.norm(tensor), abs=1e-9)
    assert d["second_invariant_det"][0] == pytest.approx(np.linalg.det(tensor), abs=1e-6)
    assert d["second_invariant_3d"][0] == pytest.approx(np.linalg.norm(whole) / 2**0.5, abs=1e-9)
    assert d["max_shear_eng"][0] == pytest.approx(2 * d["max_shear_half"][0])
    assert d["dilatation"][0] == pytest.approx(d["e1"][0] + d["e2"][0], abs=1e-9)


def made(tensor, spread):
    """Mean and covariance of six functionals with a given tensor, (mm/yr)/km."""
    ee, nn, en = tensor
    mean = np.array([[1.0, 2.0, ee, en, en, nn]])
    root = np.zeros((6, 3))
    root[2, 0] = root[5, 1] = root[3, 2] = root[4, 2] = 1.0
    return mean, (root @ spread @ root.T)[None]


def test_standard_deviations_equal_those_of_independent_draws():
    # 200,000 draws know a standard deviation to 0.2 %, a quantile to about 0.5 %.
    spread = np.array([[9.0, 2.0, -1.0], [2.0, 4.0, 0.5], [-1.0, 0.5, 6.0]]) * 1e-6
    tensor = np.array([0.020, -0.012, 0.006])
    draws = 1e3 * np.random.default_rng(0).multivariate_normal(tensor, spread, 200_000).T
    want = derived(*draws)
    got = quantities(*made(tensor, spread), standard_normals(1024, 0), ("second_invariant_det",))
    for name in (
        "dilatation", "first_shear", "second_shear", "max_shear_half", "max_shear_eng",
        "second_invariant", "e1", "e2", "second_invariant_det",
    ):  # fmt: skip
        assert got[f"{name}_sd"][0] == pytest.approx(want[name].std(), rel=0.01), name
    assert got["strain_en_sd"][0] == pytest.approx(1e3 * spread[2, 2] ** 0.5)
    for key, level in (("p05", 5), ("median", 50), ("p95", 95)):
        quantile = np.percentile(want["max_shear_half"], level)
        assert got[f"max_shear_half_{key}"][0] == pytest.approx(quantile, rel=0.01)


def test_rotation_is_half_the_antisymmetric_part():
    mean = np.array([[0.0, 0.0, 0.0, -0.003, 0.005, 0.0]])
    got = quantities(mean, np.zeros((1, 6, 6)), standard_normals(64, 0))
    assert got["rotation"][0] == pytest.approx(4.0)
    assert got["strain_en"][0] == pytest.approx(1.0)
    assert got["strain_en_sd"][0] == 0.0


def test_a_weak_shear_is_biased_upward_as_rice_says():
    # Where the tensor is zero, (e1 - e2)/2 is the length of two independent normals when
    # var(ee - nn) / 4 = var(en): a Rayleigh law with the median sd sqrt(2 ln 2).
    spread = np.diag([2.0, 2.0, 1.0]) * 1e-6
    got = quantities(*made(np.zeros(3), spread), standard_normals(4096, 1))
    assert got["max_shear_half"][0] == 0.0
    assert got["max_shear_half_median"][0] == pytest.approx((2 * np.log(2)) ** 0.5, rel=0.02)


def test_the_azimuth_of_nothing_is_not_known():
    # Uniform axes deviate by 180 / sqrt(12) degrees.
    got = quantities(*made(np.zeros(3), np.diag([2.0, 2.0, 1.0]) * 1e-6), standard_normals(4096, 1))
    assert got["azimuth_e1_sd"][0] == pytest.approx(180 / 12**0.5, rel=0.02)


def test_few_draws_are_refused():
    with pytest.raises(InputError, match="at least 16"):
        standard_normals(3, 0)
