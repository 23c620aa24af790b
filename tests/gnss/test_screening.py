"""Screening: outliers and duplicates against slow versions, and the counts of real data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asperity.core.errors import InputError
from asperity.core.geometry import Region, geodesic_distance
from asperity.gnss import Network
from asperity.gnss.velocities.formats import read_network
from asperity.gnss.velocities.screening import merge_close, outliers, screen
from naive.gnss import naive_outliers


def field(n=200, seed=1, **changes):
    """Stations around the date line with velocities that vary smoothly."""
    rng = np.random.default_rng(seed)
    longitude, latitude = rng.uniform(170, 190, n), rng.uniform(50, 65, n)
    columns = {
        "longitude": longitude,
        "latitude": latitude,
        "east": 0.3 * (longitude - 180) + rng.normal(0, 0.3, n),
        "north": 0.2 * (latitude - 57) + rng.normal(0, 0.3, n),
        "sd_east": rng.uniform(0.2, 0.6, n),
        "sd_north": rng.uniform(0.2, 0.6, n),
        "correlation": rng.uniform(-0.5, 0.5, n),
    }
    return Network.from_columns(**columns | changes)


def test_outliers_are_those_of_the_slow_version():
    network = field()
    east = network.east.copy()
    east[[3, 77]] += [9.0, -12.0]
    network = network.replace(east=east)
    found = outliers(network)
    np.testing.assert_array_equal(found, naive_outliers(network, 6.0, 8))
    assert set(np.flatnonzero(found)) == {3, 77}


def test_an_outlier_is_named_with_its_departure():
    network = field()
    north = network.north.copy()
    north[5] += 20.0
    screened = screen(network.replace(north=north))
    assert [r["site"] for r in screened.rejected] == [network.site[5]]
    reason = screened.rejected[0]["reason"]
    assert "off the median of 8 neighbours" in reason
    assert abs(float(reason.split(" east, ")[1].split(" north")[0]) - 20.0) < 2.5


def test_large_deviations_are_left_out_whichever_component():
    deviation = np.full(200, 0.4)
    deviation[9] = 2.01
    for name in ("sd_east", "sd_north"):
        screened = screen(field(**{name: deviation}))
        assert [r["site"] for r in screened.rejected] == ["009"]
        assert screened.rejected[0]["reason"] == "sigma 2.01 above 2 mm/yr"
        assert len(screen(field(**{name: deviation}), max_deviation=None).network) == 200


def test_stations_of_one_place_count_each_other_but_not_themselves():
    """Ten stations at one place, one of them wrong: the others outvote it."""
    rng = np.random.default_rng(2)
    east = rng.normal(0, 0.1, 10)
    east[4] = 50.0
    network = Network.from_columns(
        longitude=np.full(10, 20.0), latitude=np.full(10, 40.0), east=east,
        north=rng.normal(0, 0.1, 10), sd_east=0.3, sd_north=0.3,
    )  # fmt: skip
    assert np.flatnonzero(outliers(network)).tolist() == [4]


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_stations_have_no_outliers(n):
    network = field(20).select(np.arange(n))
    assert len(screen(network, merge_distance=None).network) == n


def test_equal_velocities_have_no_outliers():
    assert not outliers(field(east=np.zeros(200), north=np.zeros(200))).any()


def test_a_merged_velocity_is_the_least_squares_one():
    """Against the normal equations of stacked observations, built without blocks."""
    network = Network.from_columns(
        site=["A", "B", "C"], longitude=[100.0, 100.004, 105.0], latitude=[30.0, 30.004, 31.0],
        east=[1.0, 2.0, 5.0], north=[0.0, 1.0, 5.0], sd_east=[0.5, 1.0, 1.0],
        sd_north=[0.4, 0.8, 1.0], correlation=[0.3, -0.2, 0.0], up=[1.0, 4.0, np.nan],
        sd_up=[1.0, 2.0, np.nan], start=[2001.0, 2003.0, np.nan], end=[2009.0, 2010.0, np.nan],
        source=["x", "y", ""], frame="eurasia",
    )  # fmt: skip
    merged, listed = merge_close(network, 1.0)
    assert merged.site.tolist() == ["A+B", "C"]
    assert merged.frame == "eurasia"
    noise = np.zeros((4, 4))
    noise[:2, :2] = [[0.25, 0.3 * 0.5 * 0.4], [0.3 * 0.5 * 0.4, 0.16]]
    noise[2:, 2:] = [[1.0, -0.2 * 0.8], [-0.2 * 0.8, 0.64]]
    design = np.vstack([np.eye(2), np.eye(2)])
    observed = np.array([1.0, 0.0, 2.0, 1.0])
    weight = np.linalg.inv(noise)
    covariance = np.linalg.inv(design.T @ weight @ design)
    expected = covariance @ design.T @ weight @ observed
    np.testing.assert_allclose(merged.velocities[0], expected)
    np.testing.assert_allclose(merged.covariances[0], covariance)
    residual = observed - design @ expected
    assert listed[0]["sites"] == ["A", "B"]
    np.testing.assert_allclose(listed[0]["chi2"], residual @ weight @ residual)
    assert listed[0]["freedom"] == 2
    np.testing.assert_allclose(merged.up[0], (1.0 + 4.0 / 4) / (1 + 1 / 4))
    np.testing.assert_allclose(merged.sd_up[0], (1 + 1 / 4) ** -0.5)
    assert (merged.start[0], merged.end[0], merged.source[0]) == (2001.0, 2010.0, "x+y")
    # The station that stands alone is as it was.
    assert merged.longitude[1] == 105.0
    assert merged.east[1] == 5.0


def test_stations_without_deviations_are_averaged():
    network = Network.from_columns(
        longitude=[100.0, 100.0], latitude=[30.0, 30.0], east=[1.0, 2.0], north=[0.0, 4.0]
    )
    merged, listed = merge_close(network, 1.0)
    assert merged.velocities.tolist() == [[1.5, 2.0]]
    assert listed[0]["chi2"] is None
    assert not merged.has_deviations


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 25), st.integers(0, 10**6), st.sampled_from([179.995, 0.0, 75.3]))
def test_no_two_stations_are_left_within_the_distance_of_a_pair(n, seed, longitude):
    rng = np.random.default_rng(seed)
    network = Network.from_columns(
        longitude=longitude + rng.uniform(-0.01, 0.01, n), latitude=rng.uniform(59.99, 60.01, n),
        east=rng.normal(size=n), north=rng.normal(size=n), sd_east=0.5, sd_north=0.5,
    )  # fmt: skip
    merged, listed = merge_close(network, 0.3)
    alone = [s for s in merged.site if "+" not in s]
    assert len(alone) + sum(len(m["sites"]) for m in listed) == n
    # Who stands alone has nobody of the original network within the distance.
    sites = network.site.tolist()
    for site in alone:
        i = sites.index(site)
        for j in set(range(n)) - {i}:
            apart = geodesic_distance(
                network.latitude[i], network.longitude[i], network.latitude[j], network.longitude[j]
            )
            assert apart > 300.0 * 0.99
    # The joint information is that of all: velocities of equal weight keep their mean.
    counts = np.array([s.count("+") + 1 for s in merged.site])
    np.testing.assert_allclose(counts @ merged.velocities, network.velocities.sum(axis=0))


@pytest.mark.parametrize("bad", [{"max_deviation": 0}, {"neighbours": 0}, {"merge_distance": -1}])
def test_limits_that_are_no_limits_are_refused(bad):
    with pytest.raises(InputError, match="above zero"):
        screen(field(20), **bad)


def test_wang_and_shen_2020_of_western_china_leaves_1701_stations(data_folder):
    """gnss.md 0 and 9: 1701 stations within 70-112E 20-50N."""
    network = read_network(data_folder / "china-wang-shen-2020.psvelo").network
    inside = Region(70, 112, 20, 50).contains(*network.coordinates)
    screened = screen(network.select(inside))
    assert abs(len(screened.network) - 1701) <= 5
    outlying = [r for r in screened.rejected if "neighbours" in r["reason"]]
    assert len(outlying) == 15
    total = len(screened.network) + len(screened.rejected)
    assert total + sum(len(m["sites"]) - 1 for m in screened.merged) == inside.sum()


def test_a_difference_below_the_errors_is_no_outlier():
    # Nine velocities are alike and the tenth differs by a fifth of its standard deviation.
    network = Network.from_columns(
        longitude=np.arange(10.0), latitude=0.1 * np.arange(10.0) ** 2, east=1.0,
        north=np.where(np.arange(10) == 4, 2.1, 2.0), sd_east=0.5, sd_north=0.5,
    )  # fmt: skip
    assert len(screen(network).network) == 10
