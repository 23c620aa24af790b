"""Episodes of planted bursts, and the roles of events in cycles."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import gaussian_kde

from asperity.core import Catalog
from asperity.core.errors import InputError
from asperity.dem.laboratory.cycles import with_roles
from asperity.dem.nucleation.episodes import (
    Segmentation,
    bandwidth_of,
    density,
    find_episodes,
    mainshock_episode,
)


def bursts(rng, centres, n=40, sd=1.0):
    return np.sort(np.concatenate([rng.normal(c, sd, n) for c in centres]))


def test_the_density_is_that_of_scipy():
    rng = np.random.default_rng(0)
    times = np.round(rng.normal(0, 5, 200), 2)
    grid, values = density(times, 0.7, 0.01)
    other = gaussian_kde(times, bw_method=0.7 / np.std(times, ddof=1))(grid)
    assert values == pytest.approx(other, abs=2e-4 * other.max())
    assert values.sum() * 0.01 == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("seed", range(12))
def test_five_bursts_and_noise_are_five_episodes(seed):
    # sd 1, gaps 20, 5 % of uniform noise.
    rng = np.random.default_rng(seed)
    centres = np.arange(5) * 20.0
    times = np.concatenate([bursts(rng, centres), rng.uniform(-5, 85, 10)])
    found = find_episodes(times, Segmentation(bandwidth=1.0))
    assert len(found) == 5
    for centre, episode in zip(centres, found, strict=True):
        assert episode.peak == pytest.approx(centre, abs=1.0)
        assert 35 <= len(episode.members) <= 46
    for before, after in zip(found, found[1:], strict=False):
        assert before.end == after.begin
        assert before.peak + 2.0 < before.end < after.peak - 2.0


def test_episodes_are_parted_in_the_middle_of_the_quiet():
    # Nothing at all happens from 1.1 to 2.9 ms: neither burst has more right to that time.
    rng = np.random.default_rng(0)
    times = np.concatenate([rng.normal(at, 2e-5, 60) for at in (1e-3, 3e-3)])
    first, second = find_episodes(times, Segmentation(bandwidth=2e-5))
    assert first.end == second.begin == pytest.approx(2e-3, abs=1e-4)


def test_the_published_choice_finds_bursts_ten_thousand_steps_apart():
    rng = np.random.default_rng(1)
    step = 1e-7
    centres = 1e-3 * np.arange(1, 6)
    times = np.floor(bursts(rng, centres, 30, 1e-5) / (20 * step)) * 20 * step
    found = find_episodes(times, Segmentation.published())
    assert len(found) == 5
    assert [len(e.members) for e in found] == [30] * 5
    assert [e.peak for e in found] == pytest.approx(centres, abs=3e-5)


def test_bandwidths():
    rng = np.random.default_rng(2)
    times = bursts(rng, [0.0, 1000.0])
    # Median distance to the fifth neighbour of 40 normal times is a few tenths.
    assert 0.1 < bandwidth_of(times) < 0.6
    assert bandwidth_of(times, "silverman") > 100.0
    assert bandwidth_of(times, recurrence=1.0) == pytest.approx(0.02)
    assert bandwidth_of(times, sample=5.0) == 10.0
    assert bandwidth_of(np.array([0.0] * 6 + [1.0])) == 1e-6
    naive = np.sort(np.abs(times[:, None] - times), axis=1)[:, 5]
    assert bandwidth_of(times) == pytest.approx(np.median(naive))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.0, 1.0), min_size=1, max_size=60),
    st.sampled_from([Segmentation(), Segmentation(bandwidth=0.05), Segmentation.published()]),
)
def test_every_event_has_one_episode(times, how):
    times = np.array(times)
    if how.bandwidth == 2e-4:
        times = times * 1e-2
    found = find_episodes(times, how)
    members = np.concatenate([e.members for e in found])
    assert sorted(members) == list(range(len(times)))
    assert all(e.begin <= e.peak <= e.end for e in found)
    assert all(a.end == b.begin for a, b in zip(found, found[1:], strict=False))


def test_nothing_gives_nothing():
    assert find_episodes(np.zeros(0)) == []
    with pytest.raises(InputError, match="no mainshock"):
        mainshock_episode([])
    with pytest.raises(InputError, match="too long"):
        density(np.array([0.0, 1.0]), 1e-9, 1e-9)


def test_the_mainshock_is_where_most_events_are():
    rng = np.random.default_rng(3)
    times = np.concatenate([bursts(rng, [0.0, 20.0], 20), rng.normal(40.0, 1.0, 200)])
    found = find_episodes(times, Segmentation(bandwidth=1.0))
    assert mainshock_episode(found) == (2, True)


def test_roles_in_cycles():
    # Two drops at 10 and 20 ms; mainshocks a little later; recurrence 10 ms.
    times = np.array([1.0, 9.0, 10.1, 11.0, 13.0, 19.0, 20.05, 21.5, 25.0])
    moment = np.array([1, 2, 100, 5, 1, 2, 200, 50, 1.0])
    n = len(times)
    events = Catalog.from_columns(
        {
            "time": np.round(times * 1e6).astype(np.int64), "magnitude": np.log10(moment),
            "moment": moment, "x": np.zeros(n), "y": np.zeros(n), "z": np.zeros(n),
        },
        frame="local", axes="ENU", time_frame="relative", time_origin="start",
    )  # fmt: skip
    marked = with_roles(events, [{"time": 10e-3}, {"time": 20e-3}])
    assert list(marked.texts("kind")) == [
        "foreshock", "foreshock", "mainshock", "aftershock", "foreshock", "foreshock",
        "mainshock", "aftershock", "foreshock",
    ]  # fmt: skip
    assert list(marked["cycle"]) == [0, 0, 0, 1, 1, 1, 1, 2, 2]
    unmarked = with_roles(events, [])
    assert set(unmarked.texts("kind")) == {"foreshock"}
