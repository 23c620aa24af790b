import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asperity.core.errors import InputError
from asperity.core.geometry.mechanisms import (
    auxiliary_plane,
    fault_vectors,
    mechanism_styles,
    moment_tensor,
    nodal_planes,
    tensor_components,
    tensor_matrix,
    tensor_parts,
)

STRIKE = st.floats(0, 359.9)
DIP = st.floats(1, 89)
RAKE = st.floats(-179, 179)

# Global CMT catalogue: six components (1e22 N m) and the two planes it prints.
PUBLISHED = {
    "tohoku-2011": (
        [1.730, -0.281, -1.450, 2.120, 4.550, -0.657],
        [(203, 10, 88), (25, 80, 90)],
        5.31,
    ),
    "sumatra-2004": (
        [1.040, -0.427, -0.610, 2.980, -2.400, 0.426],
        [(329, 8, 110), (129, 83, 87)],
        3.95,
    ),
}


def aki_richards_box_4_4(strike: float, dip: float, rake: float) -> np.ndarray:
    """Return the tensor of a unit double couple, written out as in box 4.4 (north, east, down)."""
    s, d, r = np.deg2rad([strike, dip, rake])
    sin, cos = np.sin, np.cos
    xx = -(sin(d) * cos(r) * sin(2 * s) + sin(2 * d) * sin(r) * sin(s) ** 2)
    xy = sin(d) * cos(r) * cos(2 * s) + 0.5 * sin(2 * d) * sin(r) * sin(2 * s)
    xz = -(cos(d) * cos(r) * cos(s) + cos(2 * d) * sin(r) * sin(s))
    yy = sin(d) * cos(r) * sin(2 * s) - sin(2 * d) * sin(r) * cos(s) ** 2
    yz = -(cos(d) * cos(r) * sin(s) - cos(2 * d) * sin(r) * cos(s))
    zz = sin(2 * d) * sin(r)
    # box 4.4: Mrr = Mzz, Mtt = Mxx, Mpp = Myy, Mrt = Mxz, Mrp = -Myz, Mtp = -Mxy
    return np.array([zz, xx, yy, xz, -yz, -xy])


def angle_between(a: np.ndarray, b: np.ndarray) -> float:
    """Return the angle that turns one double couple into the other (Kagan 1991), degrees."""
    one, two = (tensor_matrix(moment_tensor(*v)) for v in (a, b))
    frames = [np.linalg.eigh(m)[1] for m in (one, two)]
    best = 180.0
    for signs in ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)):
        proper = [f * np.sign(np.linalg.det(f)) for f in frames]
        turn = proper[0] @ np.diag(signs) @ proper[1].T
        best = min(best, float(np.rad2deg(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1)))))
    return best


@given(STRIKE, DIP, RAKE)
def test_the_tensor_is_that_of_aki_and_richards(strike: float, dip: float, rake: float) -> None:
    expected = aki_richards_box_4_4(strike, dip, rake)
    np.testing.assert_allclose(moment_tensor(strike, dip, rake), expected, atol=1e-14)


@given(STRIKE, DIP, RAKE)
def test_nodal_planes_undo_the_tensor(strike: float, dip: float, rake: float) -> None:
    tensor = moment_tensor(strike, dip, rake, 3e17)
    planes = nodal_planes(tensor)
    given_plane = np.array([strike, dip, rake])
    auxiliary = np.array([float(v) for v in auxiliary_plane(strike, dip, rake)])
    for plane in planes:
        np.testing.assert_allclose(moment_tensor(*plane, 3e17), tensor, atol=3e8)
    ours = [vectors(p) for p in planes]
    # On a vertical plane either side may be called the hanging wall.
    for wanted in (vectors(given_plane), vectors(auxiliary)):
        assert any(np.allclose(o, s * wanted, atol=1e-5) for o in ours for s in (1.0, -1.0))


def vectors(plane: np.ndarray) -> np.ndarray:
    return np.concatenate(fault_vectors(*plane))


@given(STRIKE, DIP, RAKE)
def test_the_auxiliary_of_the_auxiliary_is_the_plane(
    strike: float, dip: float, rake: float
) -> None:
    again = vectors(np.array(auxiliary_plane(*auxiliary_plane(strike, dip, rake))))
    expected = vectors(np.array([strike, dip, rake]))
    assert np.allclose(again, expected, atol=1e-7) or np.allclose(-again, expected, atol=1e-7)


@given(STRIKE, DIP, RAKE)
def test_normal_and_slip_are_perpendicular_unit_vectors(
    strike: float, dip: float, rake: float
) -> None:
    normal, slip = fault_vectors(strike, dip, rake)
    assert normal @ slip == pytest.approx(0.0, abs=1e-15)
    assert normal @ normal == pytest.approx(1.0)
    assert slip @ slip == pytest.approx(1.0)
    assert normal[2] > 0


@pytest.mark.parametrize("name", PUBLISHED)
def test_global_cmt_planes(name: str) -> None:
    components, published, moment = PUBLISHED[name]
    planes = nodal_planes(components)
    for plane in published:
        # Printed to the degree, and a plane that dips by 8 has a badly known strike.
        assert min(angle_between(np.array(plane, float), p) for p in planes) < 1.5
    dips = sorted(planes[:, 1])
    assert dips == pytest.approx(sorted(p[1] for p in published), abs=0.6)
    assert tensor_parts(components).moment == pytest.approx(moment, rel=0.005)


@pytest.mark.parametrize(
    ("plane", "style"),
    [
        ((0.0, 90.0, 0.0), "left-lateral"),
        ((0.0, 90.0, 180.0), "right-lateral"),
        ((0.0, 45.0, 90.0), "reverse"),
        ((0.0, 45.0, -90.0), "normal"),
    ],
)
def test_hanging_walls_move_as_the_style_says(plane: tuple[float, ...], style: str) -> None:
    normal, slip = fault_vectors(*plane)
    if style == "left-lateral":  # seen from the footwall the other side moves to the left
        assert np.cross(normal, slip)[2] > 0
    elif style == "right-lateral":
        assert np.cross(normal, slip)[2] < 0
    else:
        assert (slip[2] > 0) == (style == "reverse")


def test_matrices_and_components_are_each_other() -> None:
    tensors = np.random.default_rng(5).normal(size=(4, 3, 6))
    np.testing.assert_array_equal(tensor_components(tensor_matrix(tensors)), tensors)
    with pytest.raises(InputError, match="six components"):
        tensor_matrix(np.zeros((3, 5)))


def test_a_tensor_without_a_double_couple_has_no_planes() -> None:
    tensors = np.array([[1, 1, 1, 0, 0, 0], [0] * 6, [np.nan] * 6, [1, 0, -1, 0, 0, 0]], float)
    assert np.isnan(nodal_planes(tensors)).all(axis=(1, 2)).tolist() == [True, True, True, False]
    assert nodal_planes(np.zeros((0, 6))).shape == (0, 2, 3)


def test_parts_of_pure_sources() -> None:
    explosion = [2e15, 2e15, 2e15, 0, 0, 0]
    vertical_clvd = [2e15, -1e15, -1e15, 0, 0, 0]
    parts = tensor_parts([explosion, vertical_clvd, moment_tensor(10, 20, 30, 1e15)])
    np.testing.assert_allclose(parts.isotropic, [2e15, 0, 0], atol=1)
    assert np.isnan(parts.clvd[0])
    np.testing.assert_allclose(parts.clvd[1:], [0.5, 0.0], atol=1e-12)
    assert parts.moment[2] == pytest.approx(1e15)


def test_styles_follow_the_plunges_of_the_axes():
    rng = np.random.default_rng(0)
    strike, dip, rake = (
        rng.uniform(0, 360, 500), np.rad2deg(np.arccos(rng.uniform(0, 1, 500))),
        rng.uniform(-180, 180, 500),
    )  # fmt: skip
    delta, slip = np.radians(dip), np.radians(rake)
    # Vertical parts of the normal and of the slip; the axes bisect them, the null axis is across.
    up, rising = np.cos(delta), np.sin(slip) * np.sin(delta)
    plunges = np.degrees(
        np.arcsin(
            np.abs([up + rising, np.cos(slip) * np.sin(delta), up - rising])
            / np.array([[np.sqrt(2.0)], [1.0], [np.sqrt(2.0)]])
        )
    )
    tension, null, pressure = plunges
    assert np.allclose((np.sin(np.radians(plunges)) ** 2).sum(axis=0), 1.0)
    expected = np.where(
        null > 60, "strike-slip",
        np.where(pressure > 60, "normal", np.where(tension > 50, "thrust", "odd")),
    )  # fmt: skip
    found = mechanism_styles(moment_tensor(strike, dip, rake, 1e18))
    assert set(found) == {"strike-slip", "normal", "thrust", "odd"}
    assert (found == expected).all()


def test_the_style_of_no_tensor_is_empty():
    tensors = moment_tensor([0.0, 0.0], [90.0, 45.0], [0.0, 90.0])
    tensors[0, 2] = np.nan
    assert mechanism_styles(tensors).tolist() == ["", "thrust"]
