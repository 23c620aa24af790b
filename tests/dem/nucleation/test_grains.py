"""Ladders, shapes, shares and densities of planted series; preslip of planted slip."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from asperity.core import Catalog
from asperity.core.errors import InputError
from asperity.dem.nucleation.episodes import Episode
from asperity.dem.nucleation.grains import (
    acceleration_difference,
    class_shares,
    loading_by_time,
    overlap_of,
    overlaps,
    readings,
    stress_and_strength,
    tail_difference,
)
from asperity.dem.nucleation.preslip import failures, mainshock_slip, preslip
from asperity.dem.nucleation.segments import CLASSES, classes_of, ladder, segment_table
from asperity.dem.nucleation.shares import resamples, wilson

STEP = 2e-6
#: Resamples of three simulations: too few for any.
NONE = resamples(3, 500, np.random.default_rng(0))
EDGES = np.linspace(3e-3, 0.0, 4)


def planted(pre, jump, post, peak=1e-3, samples=1000, noise=0.0, rng=None):
    """Forces of contacts with given slopes and jumps at a peak, (samples, contacts)."""
    t = STEP * np.arange(samples)
    pre, jump, post = (np.atleast_1d(np.asarray(x, float)) for x in (pre, jump, post))
    line = np.where(
        (t < peak)[:, None], pre * (t - peak)[:, None], jump + post * (t - peak)[:, None]
    )
    if noise:
        line = line + rng.normal(0.0, noise, line.shape)
    return t, 100.0 + line


def sampled(t, normal, shear, slip=None, friction=0.5):
    n = normal.shape[1]
    return xr.Dataset(
        {
            "normal_force": (("time", "contact"), normal),
            "shear_force": (("time", "contact"), shear),
            "friction": (("time", "contact"), np.full(normal.shape, friction)),
            "strength": (("time", "contact"), friction * normal),
            "slip": (("time", "contact"), np.zeros(normal.shape) if slip is None else slip),
            **{k: ("contact", np.linspace(0, 1e-2, n)) for k in "xyz"},
            "area": ("contact", np.full(n, 2e-5)),
        },
        coords={"time": t},
    )


def episode(begin=0.0, end=2e-3, peak=1e-3):
    return Episode(begin, end, peak, 1.0, np.arange(3))


def test_all_eight_patterns_are_told_apart_in_noise():
    rng = np.random.default_rng(0)
    signs = np.array(list(CLASSES.values()), float).T
    t, force = planted(2e4 * signs[0], 8.0 * signs[1], 2e4 * signs[2], noise=0.5, rng=rng)
    found = ladder(t, force, 1e-3)
    assert list(classes_of(found.pre, found.jump, found.post)) == list(CLASSES)
    assert found.pre == pytest.approx(2e4 * signs[0], rel=0.05)
    assert found.jump == pytest.approx(8.0 * signs[1], abs=0.3)
    assert found.level == pytest.approx(100.0, abs=0.2)
    exact = 2e4 * signs[0] * 1e-3 + 8.0 * signs[1] + 2e4 * signs[2] * (t[-1] - 1e-3)
    assert found.change == pytest.approx(exact, abs=0.6)


def test_lines_are_those_of_polyfit():
    rng = np.random.default_rng(1)
    t = np.sort(rng.uniform(0, 1, 40))
    force = rng.normal(5.0, 1.0, (40, 3))
    found = ladder(t, force, 0.4)
    for c in range(3):
        before = np.polyfit(t[t < 0.4] - 0.4, force[t < 0.4, c], 1)
        after = np.polyfit(t[t >= 0.4] - 0.4, force[t >= 0.4, c], 1)
        assert (found.pre[c], found.level[c]) == pytest.approx(tuple(before))
        assert found.post[c] == pytest.approx(after[0])
        assert found.jump[c] == pytest.approx(after[1] - before[1])


@given(st.tuples(*[st.sampled_from([-1.0, 0.0, 1.0, np.nan])] * 3))
def test_classes_are_exhaustive_and_disjoint(values):
    (kind,) = classes_of(*(np.array([v]) for v in values))
    pre, jump, post = values
    if np.isnan(pre):
        assert kind == 10
    elif np.isnan(post):
        assert kind == 9
    elif 0.0 in (pre, jump, post) or np.isnan(jump):
        assert kind == 0
    else:
        assert CLASSES[int(kind)] == (pre, jump, post)


def test_dead_contacts_have_no_lines():
    t, force = planted([1e4, 1e4, 1e4], [5.0] * 3, [1e4] * 3)
    force[t < 1e-3, 1] = 0.0
    force[t >= 1e-3, 2] = 0.0
    found = ladder(t, force, 1e-3)
    assert list(classes_of(found.pre, found.jump, found.post)) == [2, 10, 9]
    short = ladder(t[:4], force[:4], t[2])
    assert np.isnan(short.pre).all()


def test_the_interval_of_wilson():
    # Published example: 10 of 100 gives 5.52 to 17.44 %; none of 20 gives 0 to 16.11 %.
    share = wilson(10, 100)
    assert (share.low, share.high) == pytest.approx((0.0552, 0.1744), abs=1e-4)
    none = wilson(0, 20)
    assert (none.low, none.high) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert np.isnan(wilson(0, 0).share)
    # Coverage of 20,000 draws at p = 0.1, n = 50: near 95 %.
    rng = np.random.default_rng(2)
    counts = rng.binomial(50, 0.1, 20_000)
    table = {c: wilson(int(c), 50) for c in set(counts)}
    covered = np.mean([table[c].low <= 0.1 <= table[c].high for c in counts])
    assert 0.94 < covered < 0.98


@pytest.fixture(scope="module")
def tables():
    """Shear: classes 1 to 8 once each; normal: always class 2; in three episodes."""
    signs = np.array(list(CLASSES.values()), float).T
    t, shear = planted(2e4 * signs[0], 8.0 * signs[1], 2e4 * signs[2])
    _, normal = planted(np.full(8, 1e4), np.full(8, 4.0), np.full(8, 1e4))
    contacts = sampled(t, normal, shear)
    return [segment_table(contacts, [episode()], 1e-3 + k * 1e-3) for k in range(1, 4)]


def test_shares_and_readings(tables):
    shares = class_shares(tables, "shear", EDGES, NONE)
    assert [sum(s.count for s in b.values()) for b in shares] == [8, 8, 8]
    assert all(s.share == 1 / 8 for b in shares for s in b.values())
    told = readings(tables, NONE)
    # Shear: 2 of 8 unloaded, 4 unchanged, 2 reloaded; normal: all 8 unchanged.
    assert told["unloaded"].share == pytest.approx(2 / 16)
    assert told["unaffected"].share == pytest.approx(14 / 16)
    assert told["trend_unchanged"].share == pytest.approx(12 / 16)
    assert told["reloaded"].share == pytest.approx(2 / 16)
    # The normal force always grows, so shear never grows without it.
    assert told["shear_without_strength"].share == 0.0
    # Jumps of +8 exceed those of +4, jumps of -8 do not.
    assert told["shear_loading"].share == pytest.approx(4 / 8)


def test_loading_by_time(tables):
    rows, _ = loading_by_time(tables, EDGES, NONE)
    assert [row["n"] for row in rows] == [8, 8, 8]
    assert rows[0]["time"] > rows[-1]["time"]
    assert rows[0]["share"] == pytest.approx(0.5)
    assert rows[0]["normal"] == pytest.approx(1e4, rel=1e-6)
    assert rows[0]["coulomb"] == pytest.approx(0.0 - 0.5 * 4.0, abs=1e-6)


@pytest.mark.parametrize(("distance", "exact"), [(0.0, 1.0), (1.0, 0.617), (2.0, 0.317)])
def test_the_overlap_of_two_normal_densities(distance, exact):
    # 2 Phi(-d / 2).
    assert 2.0 * norm.cdf(-distance / 2.0) == pytest.approx(exact, abs=1e-3)
    rng = np.random.default_rng(3)
    a, b = rng.normal(0, 1, 200_000), rng.normal(distance, 1, 200_000)
    assert overlap_of(a, b, np.linspace(-8, 10, 100)) == pytest.approx(exact, abs=0.01)


def test_stress_and_strength_before_the_peaks(tables):
    stress, strength = stress_and_strength(tables[0])
    assert stress == pytest.approx(100.0 / 2e-5, rel=1e-3)
    assert strength == pytest.approx(0.5 * 100.0 / 2e-5, rel=1e-3)
    _, published = stress_and_strength(
        tables[0], tangent=np.tan(np.radians(30.0)), cohesion=55e6, fixed_area=2e-5
    )
    assert published == pytest.approx(100.0 / 2e-5 * 0.57735 + 55e6, rel=1e-3)
    rows, toward = overlaps(tables, np.array([4e-3, 2e-3, 0.0]), NONE)
    assert [r.n for r in rows] == [8, 8 * 2]
    assert np.isnan([rows[0].low, rows[0].high, toward.rho]).all()
    many = resamples(6, 100, np.random.default_rng(0))
    rows, _ = overlaps(tables * 2, np.array([4e-3, 2e-3, 0.0]), many)
    assert all(0.0 <= r.low <= r.overlap <= r.high <= 1.0 for r in rows)


def test_the_published_rate_difference_does_not_see_a_shift():
    # A figure of shares inside a range: shifting a distribution by half its sd leaves it.
    rng = np.random.default_rng(4)
    normal = rng.uniform(-1.0, 1.0, 5000)
    moved = normal + 0.5
    assert abs(tail_difference(moved, normal, 8.0)) < 1e-9
    drawn = resamples(10, 500, rng)
    honest, medians = acceleration_difference(np.split(moved - normal, 10), drawn)
    assert honest["mean_low"] <= 0.5 + 1e-9
    assert honest["mean_high"] >= 0.5 - 1e-9
    assert honest["median"] == pytest.approx(0.5)
    assert medians == pytest.approx(0.5)
    with pytest.raises(InputError):
        acceleration_difference([[np.nan]], drawn[:, :1])


def test_a_resampled_median_is_that_of_the_values_written_out():
    rng = np.random.default_rng(5)
    values = [rng.normal(size=n) for n in (3, 8, 0, 5, 12, 7)]
    drawn = resamples(6, 40, rng)
    _, medians = acceleration_difference(values, drawn)
    for times, median in zip(drawn, medians, strict=True):
        long = np.sort(np.concatenate([np.tile(v, int(k))
                                       for v, k in zip(values, times, strict=True)]))  # fmt: skip
        # The lower of the two in the middle.
        assert median == long[(len(long) - 1) // 2]


def test_no_episodes_are_refused():
    t, force = planted([1.0], [1.0], [1.0])
    with pytest.raises(InputError, match="no episodes"):
        segment_table(sampled(t, force, force), [], 1.0)


# ------------------------------------------------------------------ preslip


def emissions_at(times, duration=1e-5):
    n = len(times)
    return Catalog.from_columns(
        {
            "time": np.round(np.array(times) * 1e9).astype(np.int64),
            "magnitude": np.full(n, -5.0), "x": np.zeros(n), "y": np.zeros(n), "z": np.zeros(n),
            "duration": np.full(n, duration), "n_fault": np.ones(n, np.int64),
        },
        frame="local", axes="ENU", time_frame="relative", time_origin="start",
    )  # fmt: skip


def test_slip_outside_emissions_is_aseismic():
    t = STEP * np.arange(1000)
    forces = np.ones((1000, 4))
    # A steady creep of all contacts, and a jump of one of them at 1 ms, which emits.
    slip = np.outer(t, np.full(4, 1e-2))
    slip[t >= 1e-3, 2] += 5e-6
    found = preslip(sampled(t, forces, forces, slip), emissions_at([0.998e-3]), 1.9e-3, np.zeros(3))
    per = 22e9 * 2e-5
    creep = per * 4 * 1e-2 * (t[t < 1.9e-3][-1])
    loud = per * 5e-6
    assert found.seismic + found.aseismic == pytest.approx(creep + loud, rel=1e-6)
    assert found.seismic == pytest.approx(loud + per * 4 * 1e-2 * 1e-5, rel=0.1)
    assert found.aseismic_growth[-1] == pytest.approx(found.aseismic)
    assert (np.diff(found.aseismic_growth) > 0.0).all()
    assert found.aseismic_share == pytest.approx(found.aseismic / (creep + loud), rel=1e-6)


def test_slip_that_comes_nearer_is_seen_to_migrate():
    t = STEP * np.arange(1000)
    forces = np.ones((1000, 10))
    slip = np.zeros((1000, 10))
    for k in range(10):  # the far contacts slip first, the nearest to the origin last
        slip[t >= 1.8e-3 * (k + 0.5) / 10, 9 - k] = 1e-6
    found = preslip(sampled(t, forces, forces, slip), emissions_at([]), 1.8e-3, np.zeros(3))
    assert found.migration == pytest.approx(-1.0)
    assert found.migration_p < 0.01
    none = preslip(sampled(t, forces, forces), emissions_at([]), 1.8e-3, np.zeros(3))
    assert np.isnan(none.aseismic_share)


def test_what_brings_contacts_to_failure():
    # Three contacts that slip after 1.2 ms: one lost its strength in the emission at 1 ms, one by
    # loading, one not before its own failure, which takes its force away.
    t = STEP * np.arange(1000)
    shear = np.full((1000, 3), 10.0)
    shear[t > 1e-3, 0] += 30.0
    shear[:, 1] += 2.5e4 * t
    shear[:, 2] -= 1e3 * t
    slip = np.where((t > 1.2e-3)[:, None], 1e-5, 0.0) * np.ones(3)
    shear[t > 1.2e-3] = 1.0
    contacts = sampled(t, np.full((1000, 3), 100.0), shear, slip)
    found = failures(contacts, emissions_at([0.999e-3]), [episode()], 3e-3)
    assert (found.by_jump, found.by_slope, found.undetermined, found.total) == (1, 1, 1, 2)


def test_slip_of_the_mainshock_counts_joints_that_had_broken_before():
    t = STEP * np.arange(1000)
    forces = np.ones((1000, 4))
    slip = np.zeros((1000, 4))
    slip[t >= 0.2e-3, 0] = 4e-6  # broken before, and slips again
    slip[t >= 1e-3, :3] += 5e-6
    found = mainshock_slip(sampled(t, forces, forces, slip), 0.9e-3, 1.5e-3)
    assert found.share == pytest.approx(3 / 4)
    assert found.moment == pytest.approx(3 * 22e9 * 2e-5 * 5e-6)
