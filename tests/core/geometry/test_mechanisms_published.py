"""Moment tensors against closed forms and a published Global CMT solution."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asperity.core.geometry.mechanisms import (
    moment_magnitude,
    moment_of_magnitude,
    moment_tensor,
    nodal_planes,
    principal_axes,
    scalar_moment,
)

# C200604092050A of the Global CMT catalogue, units of 1e17 N m (1e24 dyne cm).
TENSOR = [[4.180, -1.700, -2.480, -1.050, -2.410, -2.280]]

angles = st.tuples(st.floats(0.0, 360.0), st.floats(0.5, 89.5), st.floats(-179.0, 179.0))


def test_axes_of_a_published_solution():
    axes = principal_axes(TENSOR)[0]
    np.testing.assert_allclose(axes[:, 0], [4.975, 0.120, -5.095], atol=2e-3)
    np.testing.assert_allclose(axes[:, 1], [73, 8, 15], atol=0.5)
    np.testing.assert_allclose(axes[:, 2], [100, 216, 308], atol=0.6)


def test_planes_of_a_published_solution():
    planes = nodal_planes(TENSOR)[0]
    planes = planes[np.argsort(planes[:, 0])]
    np.testing.assert_allclose(planes, [[49, 30, 106], [211, 61, 81]], atol=0.6)


def test_size_of_a_published_solution():
    # The catalogue's scalar moment is the mean of the largest two |eigenvalues|: 5.035.
    assert scalar_moment(TENSOR)[0] == pytest.approx(5.035, rel=1e-3)
    assert moment_magnitude(5.035e17) == pytest.approx(5.734, abs=1e-3)


@given(angles, st.floats(1e10, 1e22))
def test_a_moment_tensor_gives_back_its_plane(plane, moment):
    strike, dip, rake = plane
    tensor = moment_tensor([strike], [dip], [rake], [moment])
    assert tensor[0, :3].sum() == pytest.approx(0.0, abs=1e-9 * moment)
    assert scalar_moment(tensor)[0] == pytest.approx(moment)
    found = nodal_planes(tensor)[0]
    apart = found - [strike, dip, rake]
    apart[:, [0, 2]] = (apart[:, [0, 2]] + 180.0) % 360.0 - 180.0
    assert np.abs(apart).max(axis=1).min() < 1e-4


@given(angles)
def test_both_planes_make_the_same_tensor(plane):
    tensor = moment_tensor(*[[a] for a in plane], [1.0])
    for strike, dip, rake in nodal_planes(tensor)[0]:
        np.testing.assert_allclose(moment_tensor([strike], [dip], [rake], [1.0]), tensor, atol=1e-7)


@given(angles)
def test_axes_of_a_moment_tensor_are_plus_and_minus_its_moment(plane):
    values = principal_axes(moment_tensor(*[[a] for a in plane], [3.0]))[0, :, 0]
    np.testing.assert_allclose(values, [3.0, 0.0, -3.0], atol=1e-12)


def test_vertical_strike_slip_is_along_north_and_east():
    # Aki & Richards (4.91): strike 0, dip 90, rake 0 has M_xy = M0 only, and M_tp = -M_xy.
    np.testing.assert_allclose(
        moment_tensor([0], [90], [0], [2.0]), [[0, 0, 0, 0, 0, -2.0]], atol=1e-12
    )


def test_thrust_at_forty_five_degrees_is_up_and_away():
    # strike 0, dip 45, rake 90: M_rr = M0 and M_pp = -M0, since the slip lies in the r-p plane.
    np.testing.assert_allclose(
        moment_tensor([0], [45], [90], [1.0]), [[1, 0, -1, 0, 0, 0]], atol=1e-12
    )


@given(st.floats(-3.0, 10.0))
def test_magnitude_and_moment_are_inverse(magnitude):
    assert moment_magnitude(moment_of_magnitude(magnitude)) == pytest.approx(magnitude)


def test_magnitude_of_nothing_is_missing():
    assert np.isnan(moment_magnitude([0.0, -1.0])).all()
