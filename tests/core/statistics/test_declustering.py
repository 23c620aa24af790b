"""Declustering: naive versions, planted clusters, invariances, degenerate input."""

import math
import os
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from asperity.core import Catalog
from asperity.core.errors import DataError, InputError
from asperity.core.statistics import epicentres, hypocentres
from asperity.core.statistics.declustering import (
    decluster,
    decluster_nearest_neighbour,
    decluster_reasenberg,
    decluster_windows,
    fit_two_modes,
    nearest_neighbours,
    window_lengths,
)
from asperity.core.statistics.declustering.catalogs import with_clusters
from naive import declustering as naive

DAY = 86_400.0


def poisson(rng, n, years=10.0, size=2e5):
    times = np.sort(rng.uniform(0.0, years * 365.25 * DAY, n))
    places = np.column_stack([rng.uniform(0, size, n), rng.uniform(0, size, n), np.zeros(n)])
    return times, places, 2.0 + rng.exponential(0.4343, n)


def clustered(rng, n_background, n_children=15, size=2e5):
    """Return a Poisson background in which some events have aftershocks of their own."""
    times, places, magnitudes = poisson(rng, n_background, size=size)
    parents = rng.choice(n_background, n_background // 20, replace=False)
    t, p, m, family = [times], [places], [magnitudes], [np.arange(n_background)]
    for parent in parents:
        t.append(times[parent] + 10.0 ** rng.uniform(2.0, 5.5, n_children))
        p.append(places[parent] + rng.normal(0, 800.0, (n_children, 3)) * [1, 1, 0])
        m.append(2.0 + rng.exponential(0.2, n_children))
        family.append(np.full(n_children, parent))
        magnitudes[parent] += 2.0
    t, p, m, family = (np.concatenate(v) for v in (t, p, m, family))
    order = np.argsort(t, kind="stable")
    return t[order], p[order], m[order], family[order]


events = st.integers(0, 30).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 40), min_size=n, max_size=n).map(sorted),
        st.lists(st.tuples(*[st.integers(-5, 5)] * 3), min_size=n, max_size=n),
        st.lists(st.integers(0, 60), min_size=n, max_size=n),
    )
)


# -- against the naive versions -------------------------------------------------


@settings(deadline=None, max_examples=150)
@given(events, st.sampled_from([1.0, 1.6, 3.0]), st.sampled_from([0.0, 1.0]))
def test_nearest_neighbours_of_all_pairs(sample, dimension, b):
    t, p, m = (np.array(v, dtype=float) for v in sample)
    if not t.size:
        return
    t, p, m = t * DAY, p.reshape(-1, 3) * 1000.0, m / 10.0
    found = nearest_neighbours(t, p, m, b=b, fractal_dimension=dimension, minimum_distance=100.0)
    _, eta = naive.nearest_neighbours(
        t, lambda i, j: naive.straight(p[i], p[j]), m, b, dimension, 100.0
    )
    assert found[1] == pytest.approx(np.array(eta), rel=1e-9, nan_ok=True)
    assert ((found[0] < 0) == np.isnan(eta)).all()
    assert found[2] * found[3] == pytest.approx(found[1], nan_ok=True)


@pytest.mark.parametrize("kind", ["great circle", "straight"])
def test_nearest_neighbours_of_a_larger_catalog(kind):
    rng = np.random.default_rng(1)
    n = 1500
    t = np.sort(rng.uniform(0, 1e9, n))
    lat, lon = rng.normal(60, 2, n), rng.normal(179.5, 3, n)  # across the date line
    m = 2.0 + rng.exponential(0.4343, n)
    if kind == "straight":
        places = hypocentres(lat, lon, rng.uniform(0, 3e5, n))
        p = places.points
        expected = naive.nearest_neighbours(
            t, lambda i, j: naive.straight(p[i], p[j]), m, 1.0, 1.6, 50.0
        )
    else:
        places = epicentres(lat, lon)
        expected = naive.nearest_neighbours(
            t, lambda i, j: naive.great_circle(lat[i], lon[i], lat[j], lon[j]), m, 1.0, 1.6, 50.0
        )
    nearest, eta, _, _ = nearest_neighbours(t, places, m, minimum_distance=50.0)
    assert nearest.tolist() == expected[0]
    assert eta == pytest.approx(np.array(expected[1]), rel=1e-6, nan_ok=True)


@settings(deadline=None, max_examples=100)
@given(events, st.sampled_from(["gk", "gruenthal", "uhrhammer"]), st.sampled_from([0.0, 0.4, 1.0]))
def test_windows_by_the_obvious_loop(sample, window, fraction):
    t, p, m = (np.array(v, dtype=float) for v in sample)
    if not t.size:
        return
    t, p, m = t * 3 * DAY, p.reshape(-1, 3) * 5000.0, m / 10.0
    made = decluster_windows(t, p, m, window=window, foreshock_fraction=fraction)
    reach, duration = window_lengths(m, window)
    leader = naive.windows(t, lambda i, j: naive.straight(p[i], p[j]), m, reach, duration, fraction)
    assert naive.same_partition(made.cluster, leader)
    assert np.flatnonzero(made.is_mainshock).tolist() == sorted(set(leader))
    assert all(made.parent[j] == (-1 if leader[j] == j else leader[j]) for j in range(t.size))


@settings(deadline=None, max_examples=150)
@given(events, st.sampled_from([1.0, 10.0]), st.sampled_from([0.5, 1.0]), st.sampled_from([0, 2]))
def test_reasenberg_by_lists_of_members(sample, rfact, xk, xmeff):
    t, p, m = (np.array(v, dtype=float) for v in sample)
    if not t.size:
        return
    t, p, m = t * DAY / 3, p.reshape(-1, 3) * 400.0, m / 10.0
    made = decluster_reasenberg(t, p, m, rfact=rfact, xk=xk, xmeff=xmeff, longest_zone=9000.0)
    labels = naive.reasenberg(
        t, lambda i, j: naive.straight(p[i], p[j]), m, rfact, DAY, 10 * DAY, 0.95, xk, xmeff, 9e3
    )
    assert naive.same_partition(made.cluster, labels)


# -- what every method must do ----------------------------------------------------

METHODS = [
    lambda t, p, m: decluster_nearest_neighbour(t, p, m, eta0=1e-5),
    decluster_windows,
    decluster_reasenberg,
]


@pytest.mark.parametrize("method", METHODS)
def test_clusters_are_whole(method):
    t, p, m, _ = clustered(np.random.default_rng(2), 600)
    made = method(t, p, m)
    assert made.sizes.sum() == t.size
    assert made.n_mainshocks == made.sizes.size
    assert made.n_clusters == (made.sizes > 1).sum() > 10
    first = np.unique(made.cluster, return_index=True)[1]
    assert (np.diff(first) > 0).all()  # numbered in order of their first events
    largest = np.full(made.sizes.size, -np.inf)
    np.maximum.at(largest, made.cluster, m)
    assert np.array_equal(m[made.is_mainshock], largest[made.cluster[made.is_mainshock]])
    linked = made.parent >= 0
    assert np.array_equal(made.cluster[linked], made.cluster[made.parent[linked]])
    assert np.count_nonzero(~linked) == made.n_mainshocks  # one root a cluster


@pytest.mark.parametrize("method", METHODS)
def test_place_and_origin_do_not_matter(method):
    t, p, m, _ = clustered(np.random.default_rng(3), 400)
    turn = 0.7
    matrix = np.array(
        [[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0], [0, 0, 1]]
    )
    one, two = method(t, p, m), method(t + 5e8, p @ matrix + [1e5, -3e5, 2e4], m)
    assert np.array_equal(one.cluster, two.cluster)


@pytest.mark.parametrize("method", METHODS)
def test_a_single_event_is_its_own_mainshock(method):
    made = method([0.0], [[0.0, 0.0]], [3.0])
    assert made.is_mainshock.tolist() == [True]
    assert made.parent.tolist() == [-1]
    assert (made.n_mainshocks, made.n_clusters) == (1, 0)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (([0.0, -1.0], [[0, 0], [1, 1]], [3.0, 3.0]), "sort by time"),
        (([0.0, 1.0], [[0, 0], [1, 1]], [3.0, np.nan]), "event 1 has no magnitude"),
        (([0.0, 1.0], [[0, 0], [np.nan, 1]], [3.0, 3.0]), "event 1 has no place"),
        (([0.0, 1.0], [[0, 0]], [3.0, 3.0]), "positions have shape"),
        (([0.0], [[0, 0]], [3.0, 3.0]), "shape"),
        (([], np.zeros((0, 2)), []), "no events"),
    ],
)
def test_says_what_is_wrong(method, arguments, says):
    with pytest.raises((InputError, DataError), match=says):
        method(*arguments)


def test_clusters_that_were_planted_are_found():
    t, p, m, family = clustered(np.random.default_rng(4), 2000)
    made = decluster_nearest_neighbour(t, p, m)
    assert made.status == "ok"
    sizes = np.bincount(family)
    truth = sizes[family] > 1
    # Of the planted clusters' events nearly all are in a cluster; few others are.
    assert (made.sizes[made.cluster] > 1)[truth].mean() > 0.97
    assert (made.sizes[made.cluster] > 1)[~truth].mean() < 0.12
    assert made.n_mainshocks == pytest.approx(2000, rel=0.05)


def test_a_poisson_catalog_is_hardly_reduced_and_stays_poisson():
    # KS test of uniform times after declustering; false-alarm rate 1e-3, fixed seed.
    t, p, m = poisson(np.random.default_rng(5), 2000)
    made = decluster_nearest_neighbour(t, p, m, eta0=1e-6)
    assert made.n_mainshocks > 0.95 * t.size
    kept = t[made.is_mainshock]
    assert kstest(kept / (10 * 365.25 * DAY), "uniform").pvalue > 1e-3


def test_poisson_proximity_has_one_mode_and_is_doubted():
    t, p, m = poisson(np.random.default_rng(6), 3000)
    try:
        made = decluster_nearest_neighbour(t, p, m)
    except DataError as error:
        assert "--eta0" in str(error)  # noqa: PT017
    else:
        assert "hardly part" in made.status


def test_coincident_places_get_a_floor_and_no_infinity():
    t = np.arange(40.0) * DAY
    p = np.zeros((40, 2))
    p[20:] = 5000.0
    _, eta, _, _ = nearest_neighbours(t, p, np.full(40, 3.0))
    assert np.isfinite(eta[1:]).all()
    assert (eta[1:] > 0).all()


def test_equal_times_are_no_parents():
    nearest, _, _, _ = nearest_neighbours(
        [0.0, 5.0, 5.0, 5.0], np.zeros((4, 2)), [1.0, 9.0, 9.0, 9.0]
    )
    assert nearest.tolist() == [-1, 0, 0, 0]


# -- published windows -------------------------------------------------------------


@pytest.mark.parametrize(
    ("magnitude", "kilometres", "days"),
    [(2.5, 19.5, 6), (3.5, 26, 22), (4.5, 35, 83), (5.5, 47, 290), (6.5, 61, 790), (8.0, 94, 985)],
)
def test_gardner_knopoff_1974_table_1(magnitude, kilometres, days):
    """The relation in use was fitted to the table, to 9 % in distance and 10 % in time."""
    distance, duration = window_lengths([magnitude])
    assert distance[0] / 1000 == pytest.approx(kilometres, rel=0.09)
    assert duration[0] / DAY == pytest.approx(days, rel=0.13)


def test_windows_of_small_magnitudes_are_finite_and_rise():
    m = np.linspace(-3, 8, 200)
    for window in ("gk", "gruenthal", "uhrhammer"):
        distance, duration = window_lengths(m, window)
        assert np.isfinite(distance).all()
        assert (np.diff(distance) >= 0).all()
        assert (duration > 0).all()
    with pytest.raises(InputError, match="gk, gruenthal, uhrhammer"):
        window_lengths([3.0], "square")


# -- the mixture ---------------------------------------------------------------------


def test_two_modes_agree_with_scikit_learn():
    from sklearn.mixture import GaussianMixture

    rng = np.random.default_rng(7)
    x = np.concatenate([rng.normal(-6, 1.2, 700), rng.normal(-2.5, 0.8, 1500)])
    ours = fit_two_modes(x)
    theirs = GaussianMixture(2, tol=1e-10, max_iter=5000, random_state=0, n_init=5).fit(x[:, None])
    order = np.argsort(theirs.means_[:, 0])
    assert ours.means == pytest.approx(theirs.means_[order, 0], abs=2e-3)
    assert ours.weights == pytest.approx(theirs.weights_[order], abs=2e-3)
    assert ours.sds == pytest.approx(np.sqrt(theirs.covariances_[order, 0, 0]), abs=2e-3)
    share = theirs.predict_proba([[ours.threshold]])[0]
    assert share == pytest.approx([0.5, 0.5], abs=5e-3)


def test_two_modes_of_equal_spread_part_half_way():
    rng = np.random.default_rng(8)
    half = rng.normal(2.0, 1.0, 20_000)
    found = fit_two_modes(np.concatenate([half, -half]))
    assert found.threshold == pytest.approx(0.0, abs=1e-6)
    assert found.settled
    assert found.separation == pytest.approx(4.0, rel=0.05)
    assert found.bic_gain > 0
    assert fit_two_modes(half).bic_gain < 20


@pytest.mark.parametrize("x", [[], [1.0] * 50, np.arange(10.0)])
def test_two_modes_need_values(x):
    with pytest.raises(DataError, match="--eta0"):
        fit_two_modes(x)


# -- speed ------------------------------------------------------------------------------


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="times the kernel")
def test_a_hundred_thousand_events_in_seconds(capsys):
    rng = np.random.default_rng(9)
    t, p, m = poisson(rng, 100_000)
    small = (t[:50], p[:50], m[:50])
    for method in (nearest_neighbours, decluster_windows, decluster_reasenberg):
        method(*small)
        start = time.process_time()
        method(t, p, m)
        elapsed = time.process_time() - start
        with capsys.disabled():
            print(f"\n1e5 events, {method.__name__}: {elapsed:.2f} s", end="")  # noqa: T201
        assert elapsed < 60.0  # 4 s at most on a quiet machine; all pairs take 90 s


# -- catalogs ---------------------------------------------------------------------------


def catalog_of(t, p, m, **columns):
    return Catalog.from_columns(
        {
            "time": np.round(t * 1e9).astype(np.int64), "magnitude": m,
            "x": p[:, 0], "y": p[:, 1], "z": p[:, 2], **columns,
        },
        axes="ENU", time_frame="relative", time_origin="start",
    )  # fmt: skip


def test_catalog_columns_and_events_that_take_no_part():
    t, p, m, _ = clustered(np.random.default_rng(10), 300)
    m[[3, 8]] = np.nan
    p[11] = np.nan
    catalog = catalog_of(t, p, m)
    made, rows = decluster(catalog, "nearest-neighbour", mc=2.2)
    taking = np.isfinite(m) & (m >= 2.2)
    taking[11] = False
    assert rows.tolist() == np.flatnonzero(taking).tolist()
    written = with_clusters(catalog, made, rows)
    assert (written["cluster"][~taking] == -1).all()
    assert (written["is_mainshock"][~taking] == -1).all()
    assert (written["is_mainshock"] == 1).sum() == made.n_mainshocks
    ids = written["event_id"].astype(object)
    for j in rows[made.parent >= 0][:20]:
        parent = int(np.flatnonzero(ids == written["parent_id"][j])[0])
        assert written["cluster"][parent] == written["cluster"][j]
        assert t[parent] < t[j]


def test_frames_that_cannot_be_declustered():
    with pytest.raises(DataError, match="needs times"):
        decluster(Catalog.from_columns({"magnitude": [1.0]}))
    times = {"magnitude": [1.0, 2.0], "time": [0, 1]}
    with pytest.raises(DataError, match="frame 'none'"):
        decluster(Catalog.from_columns(times))
    geographic = Catalog.from_columns({**times, "latitude": [1.0, 2.0], "longitude": [3.0, 4.0]})
    with pytest.raises(DataError, match="--distance epicentral"):
        decluster(geographic, "reasenberg")
    assert decluster(geographic, "reasenberg", distance="epicentral")[0].n_mainshocks == 2
    with pytest.raises(InputError, match="reasenberg"):
        decluster(geographic, "guess")
    with pytest.raises(InputError, match="hypocentral"):
        decluster(geographic, distance="far")
    with pytest.raises(DataError, match="no event"):
        decluster(geographic, mc=9.0)
