import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from asperity.core.errors import InputError
from asperity.core.geometry import (
    LocalFrame,
    ecef_to_geographic,
    enu_rotation,
    geodesic,
    geodesic_distance,
    geographic_to_ecef,
)

LATITUDE = st.floats(-90, 90)
LONGITUDE = st.floats(-180, 180)
DEPTH = st.floats(-20e3, 700e3)


def test_ecef_agrees_with_proj() -> None:
    rng = np.random.default_rng(1)
    lat, lon = rng.uniform(-90, 90, 1000), rng.uniform(-180, 180, 1000)
    depth = rng.uniform(-9e3, 700e3, 1000)
    proj = Transformer.from_crs("EPSG:4979", "EPSG:4978")
    ours, theirs = (
        np.array(geographic_to_ecef(lat, lon, depth)),
        np.array(proj.transform(lat, lon, -depth)),
    )
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-8)


@pytest.mark.parametrize("depth", [3.0e6, 7e5, 0.0, -9e3, -1e7])
def test_ecef_and_back_loses_nothing_at_any_depth(depth: float) -> None:
    lat = np.concatenate([[-90, -89.999999, -45, 0, 1e-9, 45, 90], np.linspace(-90, 90, 181)])
    lon = np.linspace(-180, 180, lat.size)
    x = np.array(geographic_to_ecef(lat, lon, depth))
    back = np.array(geographic_to_ecef(*ecef_to_geographic(*x)))
    assert np.abs(back - x).max() < 1e-7
    np.testing.assert_allclose(ecef_to_geographic(*x)[2], depth, atol=1e-7)


def test_the_poles_and_the_equator_have_their_own_radii() -> None:
    _, _, z = geographic_to_ecef(90.0, 0.0)
    assert z == pytest.approx(6356752.314245, abs=1e-6)  # semi-minor axis of WGS 84
    x, _, _ = geographic_to_ecef(0.0, 0.0)
    assert x == 6378137.0


@given(LATITUDE, LONGITUDE)
def test_enu_is_a_right_handed_rotation(latitude: float, longitude: float) -> None:
    rotation = enu_rotation(latitude, longitude)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-15)
    assert np.linalg.det(rotation) == pytest.approx(1.0)


def test_enu_turns_small_steps_the_right_way() -> None:
    step = 1e-6
    for lat, lon in ((35.0, -97.0), (-40.0, 170.0)):
        here = np.array(geographic_to_ecef(lat, lon))
        rotation = enu_rotation(lat, lon)
        for there, axis in (
            (geographic_to_ecef(lat, lon + step), 0),
            (geographic_to_ecef(lat + step, lon), 1),
            (geographic_to_ecef(lat, lon, -0.1), 2),
        ):
            moved = rotation @ (np.array(there) - here)
            assert np.argmax(np.abs(moved)) == axis
            assert moved[axis] > 0


def test_enu_of_many_points_is_a_stack() -> None:
    stack = enu_rotation(np.array([0.0, 30.0]), np.array([10.0, 20.0]))
    assert stack.shape == (2, 3, 3)
    np.testing.assert_array_equal(stack[1], enu_rotation(30.0, 20.0))


FRAMES = [
    LocalFrame(36.0, -97.5, 300.0, azimuth, axes, projection)  # type: ignore[arg-type]
    for azimuth in (0.0, 123.0)
    for axes in ("ENU", "NED")
    for projection in ("topocentric", "azimuthal-equidistant")
]


@pytest.mark.parametrize("frame", FRAMES, ids=repr)
@given(st.floats(-8, 8), st.floats(-8, 8), DEPTH)
def test_a_local_frame_and_back_loses_less_than_a_micrometre(
    frame: LocalFrame, north: float, east: float, depth: float
) -> None:
    lat, lon = frame.latitude + north, frame.longitude + east
    back = frame.to_geographic(*frame.to_local(lat, lon, depth))
    there, here = np.array(geographic_to_ecef(lat, lon, depth)), np.array(geographic_to_ecef(*back))
    assert np.linalg.norm(there - here) < 1e-6


@pytest.mark.parametrize("frame", FRAMES, ids=repr)
def test_a_missing_depth_costs_only_the_depth(frame: LocalFrame) -> None:
    lat, lon = np.array([36.0, 34.0, 40.0]), np.array([-97.5, -92.0, -105.0])
    x, y, z = frame.to_local(lat, lon, np.full(3, np.nan))
    assert np.isfinite(x).all()
    assert np.isfinite(y).all()
    assert np.isnan(z).all()
    back_lat, back_lon, depth = frame.to_geographic(x, y, z)
    assert geodesic_distance(lat, lon, back_lat, back_lon).max() < 1e-6
    assert np.isnan(depth).all()


def test_axes_point_where_their_names_say() -> None:
    enu, ned = LocalFrame(36.0, -97.5), LocalFrame(36.0, -97.5, axes="NED")
    x, y, z = enu.to_local(36.1, -97.4, 5000.0)
    assert x > 8000
    assert y > 11000
    assert z == pytest.approx(-5000, abs=20)
    np.testing.assert_allclose(ned.to_local(36.1, -97.4, 5000.0), (y, x, -z))


def test_an_azimuth_turns_the_axes_clockwise() -> None:
    # North rotated by 90 degrees clockwise is east.
    plain, turned = LocalFrame(36.0, -97.5), LocalFrame(36.0, -97.5, azimuth=90.0)
    x, y, z = plain.to_local(36.1, -97.4)
    np.testing.assert_allclose(turned.to_local(36.1, -97.4), (-y, x, z), atol=1e-9)


def test_the_elevation_of_the_anchor_lowers_every_z() -> None:
    low, high = LocalFrame(36.0, -97.5), LocalFrame(36.0, -97.5, elevation=350.0)
    difference = np.array(low.to_local(36.1, -97.4, 5000.0)) - high.to_local(36.1, -97.4, 5000.0)
    np.testing.assert_allclose(difference, (0.0, 0.0, 350.0), atol=1e-9)


def test_topocentric_distances_are_those_of_space() -> None:
    rng = np.random.default_rng(2)
    lat, lon, depth = rng.uniform(30, 40, 50), rng.uniform(-100, -90, 50), rng.uniform(0, 3e4, 50)
    local = np.column_stack(LocalFrame(36.0, -97.5, azimuth=20.0).to_local(lat, lon, depth))
    space = np.column_stack(geographic_to_ecef(lat, lon, depth))
    for points in (local, space):
        points -= points[0]
    np.testing.assert_allclose(
        np.linalg.norm(local, axis=1), np.linalg.norm(space, axis=1), rtol=1e-12
    )


def test_topocentric_z_falls_with_the_square_of_the_distance() -> None:
    z = LocalFrame(0.0, 0.0).to_local(0.0, np.array([0.5, 1.0]))[2]
    s = 6378137.0 * np.deg2rad([0.5, 1.0])
    np.testing.assert_allclose(z, -(s**2) / (2 * 6378137.0), rtol=1e-4)


def test_equidistant_keeps_distance_azimuth_and_depth() -> None:
    frame = LocalFrame(36.0, -97.5, projection="azimuthal-equidistant")
    x, y, z = frame.to_local(48.0, -120.0, 12e3)
    distance, azimuth, _ = geodesic(36.0, -97.5, 48.0, -120.0)
    assert np.hypot(x, y) == pytest.approx(float(distance))
    assert np.rad2deg(np.arctan2(x, y)) % 360 == pytest.approx(float(azimuth))
    assert z == -12e3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("36", "write LATITUDE/LONGITUDE"),
        ("36/x", "write LATITUDE/LONGITUDE"),
        ("36/nan", "write LATITUDE/LONGITUDE"),
        ("1/2/3/4/5", "write LATITUDE/LONGITUDE"),
        ("91/0", "latitude is 91; allowed are -90 to 90"),
        ("0/181", "longitude is 181; allowed are -180 to 180"),
    ],
)
def test_an_anchor_that_is_none_is_refused_with_the_reason(text: str, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        LocalFrame.parse(text)


def test_parse_reads_all_four() -> None:
    assert LocalFrame.parse("36/-97.5/300/20") == LocalFrame(36.0, -97.5, 300.0, 20.0)
    with pytest.raises(InputError, match="axes 'WSU' is not known; choose ENU or NED"):
        LocalFrame.parse("36/-97.5", axes="WSU")


def test_the_middle_of_points_across_the_dateline_lies_there() -> None:
    frame = LocalFrame.around([-17.0, -19.0, np.nan], [179.0, -179.0, 0.0])
    assert abs(frame.longitude) == pytest.approx(180.0, abs=0.01)
    assert frame.latitude == pytest.approx(-18.0, abs=0.01)
    with pytest.raises(InputError, match="no event has coordinates"):
        LocalFrame.around([np.nan], [1.0])


def test_attributes_describe_the_frame() -> None:
    frame = LocalFrame(36.0, -97.5, 300.0, 20.0, "NED", "azimuthal-equidistant")
    assert LocalFrame.of(frame.attributes) == frame
    assert LocalFrame.of({"axes": "ENU"}) is None
