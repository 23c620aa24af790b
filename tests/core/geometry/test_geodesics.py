import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asperity.core.errors import InputError
from asperity.core.geometry import (
    destination,
    geodesic,
    geodesic_azimuth,
    geodesic_distance,
    geodesic_distances,
    geographic_to_ecef,
    haversine_distance,
    nearest_neighbours,
)

LATITUDE = st.floats(-89, 89)
LONGITUDE = st.floats(-180, 180)


def test_the_meridian_quadrant_is_that_of_wgs84() -> None:
    # Quarter of the meridian, 10 001 965.7293 m (NGA.STND.0036, WGS 84).
    assert geodesic_distance(0.0, 20.0, 90.0, 20.0) == pytest.approx(10001965.7293, abs=1e-3)


def test_karney_2013_example_of_the_direct_problem() -> None:
    # Section 7: lat 40, azimuth 30, s 10 000 km -> lat 41.79331020506, lon 137.84490004377.
    lat, lon = destination(40.0, 0.0, 30.0, 1e7)
    assert float(lat) == pytest.approx(41.79331020506, abs=1e-10)
    assert float(lon) == pytest.approx(137.84490004377, abs=1e-10)
    _, _, back = geodesic(40.0, 0.0, lat, lon)
    assert float(back) == pytest.approx(149.09016931807 + 180.0, abs=1e-9)


def test_karney_2013_example_of_the_inverse_problem() -> None:
    # Section 7: (-30, 0) to (29.9, 179.8), nearly antipodal: s = 19 989 832.827610 m.
    distance, azimuth, _ = geodesic(-30.0, 0.0, 29.9, 179.8)
    assert float(distance) == pytest.approx(19989832.827610, abs=1e-5)
    assert float(azimuth) == pytest.approx(161.89052473633, abs=1e-9)


@given(LATITUDE, LONGITUDE, st.floats(0, 360), st.floats(0, 1.9e7))
def test_destination_undoes_the_inverse(
    latitude: float, longitude: float, azimuth: float, distance: float
) -> None:
    lat, lon = destination(latitude, longitude, azimuth, distance)
    assert float(geodesic_distance(latitude, longitude, lat, lon)) == pytest.approx(
        distance, abs=1e-6
    )


@given(LATITUDE, LONGITUDE, LATITUDE, LONGITUDE)
def test_distance_is_the_same_both_ways(a: float, b: float, c: float, d: float) -> None:
    assert geodesic_distance(a, b, c, d) == pytest.approx(float(geodesic_distance(c, d, a, b)))


@given(LATITUDE, LONGITUDE, LATITUDE, LONGITUDE)
def test_haversine_stays_within_its_error(a: float, b: float, c: float, d: float) -> None:
    exact = float(geodesic_distance(a, b, c, d))
    assert float(haversine_distance(a, b, c, d)) == pytest.approx(exact, rel=5.7e-3, abs=1e-3)


def test_azimuths_count_from_north_clockwise() -> None:
    azimuths = geodesic_azimuth(0.0, 0.0, [1.0, 0.0, -1.0, 0.0], [0.0, 1.0, 0.0, -1.0])
    np.testing.assert_allclose(azimuths, [0, 90, 180, 270], atol=1e-9)


def test_nan_gives_nan_and_shapes_broadcast() -> None:
    distance = geodesic_distance(0.0, 0.0, [[0.0, np.nan], [1.0, 2.0]], 1.0)
    assert distance.shape == (2, 2)
    assert np.isnan(distance).tolist() == [[False, True], [False, False]]
    assert geodesic_distance([], [], [], []).shape == (0,)


def test_a_latitude_beyond_the_pole_is_refused() -> None:
    with pytest.raises(InputError, match="latitude 91 is out of range"):
        geodesic_distance(0.0, 0.0, 91.0, 0.0)
    with pytest.raises(InputError, match="latitude -95 is out of range"):
        destination(-95.0, 0.0, 0.0, 1.0)


def test_all_pairs_are_the_single_ones() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.uniform(-90, 90, (2, 7)), rng.uniform(-90, 90, (2, 4))
    table = geodesic_distances(*a, *b)
    assert table.shape == (7, 4)
    for i in range(7):
        for j in range(4):
            assert table[i, j] == geodesic_distance(a[0, i], a[1, i], b[0, j], b[1, j])


@pytest.mark.parametrize("k", [1, 3])
def test_nearest_neighbours_are_those_of_all_pairs(k: int) -> None:
    rng = np.random.default_rng(4)
    points = (rng.uniform(-90, 90, 200), rng.uniform(-180, 180, 200), rng.uniform(0, 7e5, 200))
    distance, index = nearest_neighbours(points, k=k)
    space = np.column_stack(geographic_to_ecef(*points))
    pairs = np.linalg.norm(space[:, None] - space[None], axis=2)
    np.fill_diagonal(pairs, np.inf)
    np.testing.assert_allclose(distance, np.sort(pairs, axis=1)[:, :k])
    np.testing.assert_array_equal(index, np.argsort(pairs, axis=1)[:, :k])


def test_coincident_hypocentres_are_each_others_neighbours() -> None:
    distance, index = nearest_neighbours((np.zeros(6), np.zeros(6), 0.0), k=2)
    assert distance.max() == 0.0
    assert (index != np.arange(6)[:, None]).all()


def test_neighbours_in_another_set_and_a_missing_depth() -> None:
    distance, index = nearest_neighbours(([0.0], [0.0], [np.nan]), ([0.0, 0.0], [1.0, 0.001], 0.0))
    assert index.tolist() == [[1]]
    assert distance[0, 0] == pytest.approx(111.319, abs=1e-3)


def test_too_few_to_choose_from_is_an_error() -> None:
    with pytest.raises(InputError, match="1 nearest neighbours asked for among 0"):
        nearest_neighbours(([0.0], [0.0], 0.0))
    with pytest.raises(InputError, match="row 1 has no latitude"):
        nearest_neighbours(([0.0, np.nan, 1.0], [0.0, 0.0, 0.0], 0.0))
