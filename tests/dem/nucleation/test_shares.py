"""Pooled shares, resamples and trends, and the shapes of forces between foreshocks."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from asperity.core import Catalog
from asperity.core.errors import InputError
from asperity.dem.nucleation.arcs import arc_readings, arc_shapes, arc_table
from asperity.dem.nucleation.convergence import power, running
from asperity.dem.nucleation.grains import place_of
from asperity.dem.nucleation.shares import pooled_share, resamples, trend, wilson


def test_places_in_bins_of_descending_time():
    edges = np.array([3.0, 2.0, 1.0, 0.0])
    times = [3.5, 3.0, 2.5, 2.0, 1.0, 0.5, 0.0, -0.1]
    assert list(place_of(times, edges)) == [-1, 0, 0, 1, 2, 2, 2, -1]


def test_shares_that_differ_between_simulations_have_wide_intervals():
    # Each simulation has a share of its own (beta, mean 0.3) and a thousand contacts: Wilson's
    # interval, which takes the contacts for independent, covers the mean in few experiments.
    rng = np.random.default_rng(0)
    covered = {"pooled": 0, "wilson": 0}
    for _ in range(300):
        own = rng.beta(3.0, 7.0, 27)
        counts, totals = rng.binomial(1000, own), np.full(27, 1000)
        told = pooled_share(counts, totals, resamples(27, 300, rng))
        alone = wilson(counts.sum(), totals.sum())
        covered["pooled"] += told.low <= 0.3 <= told.high
        covered["wilson"] += alone.low <= 0.3 <= alone.high
    assert covered["pooled"] / 300 == pytest.approx(0.93, abs=0.04)
    assert covered["wilson"] / 300 < 0.5


def test_few_simulations_have_the_interval_of_wilson():
    drawn = resamples(4, 100, np.random.default_rng(0))
    assert drawn.shape == (0, 4)
    assert pooled_share([1, 2, 3, 4], [10] * 4, drawn) == wilson(10, 40)
    assert pooled_share([0], [0], resamples(1, 10, np.random.default_rng(0))).total == 0


def test_a_trend_is_the_rank_correlation_with_time():
    rng = np.random.default_rng(1)
    times = np.linspace(9.0, 0.0, 10)
    values = rng.normal(size=10)
    drawn = rng.normal(size=(200, 10)) + 3.0 * -times
    found = trend(times, values, drawn)
    assert found.rho == pytest.approx(spearmanr(-times, values).statistic)
    expected = [spearmanr(-times, row).statistic for row in drawn]
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(expected, [2.5, 97.5])))
    assert np.isnan(trend(times[:3], values[:3], drawn[:, :3]).rho)


@given(st.floats(-5, 5), st.floats(-5, 5))
def test_shapes_are_those_that_the_curve_has(first, bend):
    (kind,) = arc_shapes([first], [bend])
    slopes = first, first + 2.0 * bend
    net = first + bend
    if first == 0.0 and bend == 0.0:
        assert kind == 0
    elif min(slopes) >= 0.0:
        assert kind == (1 if bend > 0.0 else 2)
    elif max(slopes) <= 0.0:
        assert kind == (3 if bend < 0.0 else 4)
    elif slopes[0] < 0.0:
        assert kind == (5 if net >= 0.0 else 6)
    else:
        assert kind == (7 if net >= 0.0 else 8)


def test_parabolas_between_emissions_are_found():
    # Two emissions of 20 us at 1 and 2 ms; each piece has its own parabola and jumps.
    t = 2e-6 * np.arange(1500)
    pieces = np.searchsorted([1e-3, 2e-3], t, side="right")
    own = np.array([[1e4, 2e6], [-2e4, 1.5e7], [5e3, -4e6]])
    begin = np.array([0.0, 1e-3, 2e-3])[pieces]
    s = t - begin
    shear = 50.0 + 20.0 * (pieces == 1) + own[pieces, 0] * s + own[pieces, 1] * s**2
    contacts = xr.Dataset(
        {
            "shear_force": (("time", "contact"), shear[:, None]),
            "normal_force": (("time", "contact"), np.full((len(t), 1), 100.0)),
        },
        coords={"time": t},
    )
    foreshocks = Catalog.from_columns(
        {"time": np.array([1_000_000, 2_000_000]), "magnitude": np.full(2, -5.0),
         "x": np.zeros(2), "y": np.zeros(2), "z": np.zeros(2), "duration": np.full(2, 2e-5)},
        frame="local", axes="ENU", time_frame="relative", time_origin="start",
    )  # fmt: skip
    table = arc_table(contacts, foreshocks, 3e-3)
    assert table["shear_acceleration"].values[:, 0] == pytest.approx(2.0 * own[:, 1], rel=1e-6)
    assert list(table["shear_class"].values[:, 0]) == [1, 6, 7]
    assert not table["normal_class"].values.any()
    # The end of the first piece, 10 us before 1 ms, against the begin of the next one.
    at = [np.searchsorted(t, 0.99e-3) - 1, np.searchsorted(t, 1.03e-3)]
    assert table["shear_jump"].values[0, 0] == pytest.approx(shear[at[1]] - shear[at[0]])
    told = arc_readings([table], resamples(1, 10, np.random.default_rng(0)))
    # Flat normal forces take no part; shear: up, down, up.
    assert (told["trend_unchanged"].count, told["trend_unchanged"].total) == (0, 2)
    assert (told["shape_unchanged"].count, told["shape_unchanged"].total) == (1, 2)
    assert told["unloaded"].count == 0
    with pytest.raises(InputError, match="samples between"):
        arc_table(contacts.isel(time=slice(0, 1)), foreshocks, 3e-3)


def test_running_means_and_deviations():
    values = np.random.default_rng(2).normal(1e6, 1.0, 30)
    found = running("x", values)
    for n in range(2, 31):
        assert found.mean[n - 2] == pytest.approx(values[:n].mean(), rel=1e-12)
        assert found.sd[n - 2] == pytest.approx(values[:n].std(ddof=1), rel=1e-6)


def test_trees_show_strong_relations_and_few_that_are_not_there():
    found = power(12, ["average"], 40, np.random.default_rng(3), correlations=(0.0, 0.99))
    assert [p.correlation for p in found] == [0.0, 0.99]
    # At most 5 % of false alarms: 7 of 40 would come once in 300 times.
    assert found[0].found <= 6 / 40
    assert found[1].found > 0.9
