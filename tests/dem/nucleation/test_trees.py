"""Trees, their cuts and their agreement, against pair counting, enumeration and simulation."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform
from scipy.stats import binom, kstest
from sklearn.metrics import fowlkes_mallows_score
from tests.naive import trees as naive

from asperity.core.errors import InputError
from asperity.dem.nucleation.trees import (
    LINKAGES,
    agreement_profile,
    compare_trees,
    fowlkes_mallows,
    label_permutation,
    null_moments,
    p_value,
    random_linkage,
    random_tree,
    tree_labels,
    tree_of,
)

LEAVES = 27


def distances(rng, n=LEAVES, columns=5):
    return squareform(pdist(rng.normal(size=(n, columns))))


@pytest.mark.parametrize("linkage", LINKAGES)
def test_cuts_are_those_of_merged_sets(linkage):
    tree = tree_of(distances(np.random.default_rng(1)), linkage)
    labels = tree_labels(tree)
    assert labels.shape == (LEAVES - 2, LEAVES)
    for k, row in enumerate(labels, start=2):
        assert len(np.unique(row)) == k
        assert naive.fowlkes_mallows(row, naive.cut(tree, k)) == pytest.approx(1.0) or k == LEAVES


def test_ties_still_give_exactly_k_clusters():
    equal = 1.0 - np.eye(9)
    for k, row in enumerate(tree_labels(tree_of(equal, "single")), start=2):
        assert len(np.unique(row)) == k


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=4, max_size=20))
def test_the_index_is_that_of_pair_counting_and_of_scikit_learn(pairs):
    a, b = np.array(pairs).T
    assert fowlkes_mallows(a, b) == pytest.approx(naive.fowlkes_mallows(a, b), abs=1e-14)
    assert fowlkes_mallows(a, b) == pytest.approx(fowlkes_mallows_score(a, b), abs=1e-12)
    assert fowlkes_mallows(a, b) == fowlkes_mallows(b, a)


def test_null_moments_are_those_of_every_permutation():
    a, b = np.array([0, 0, 0, 1, 1, 2, 2]), np.array([0, 0, 1, 1, 1, 1, 2])
    values = [naive.fowlkes_mallows(a, b[list(order)]) for order in permutations(range(7))]
    mean, variance = null_moments(a, b)
    assert mean == pytest.approx(np.mean(values), rel=1e-12)
    assert variance == pytest.approx(np.var(values), rel=1e-10)


def test_shuffled_leaves_have_these_moments():
    # Four standard errors of 4000 draws at each of 25 levels: false alarm below 1 in 300.
    rng = np.random.default_rng(3)
    a, b = (tree_labels(tree_of(distances(rng), "complete")) for _ in "ab")
    drawn = label_permutation(a, b, 4000, rng)
    for row in range(len(a) - 3):
        mean, variance = null_moments(a[row], b[row])
        assert drawn[row].mean() == pytest.approx(mean, abs=4.0 * np.sqrt(variance / 4000))


def test_random_trees_join_any_two_clusters():
    # Of four leaves a random tree has two clusters of sizes 1 + 3 twice as often as 2 + 2;
    # two independent ones then agree with the mean of the exact enumeration.
    rng = np.random.default_rng(4)
    drawn = random_tree(4, 60_000, rng)[0]
    sizes = {1: 2 / 3, 2: 1 / 3}
    shapes = {1: [0, 1, 1, 1], 2: [0, 0, 1, 1]}
    expected = sum(
        sizes[i] * sizes[j] * null_moments(shapes[i], shapes[j])[0] for i in sizes for j in sizes
    )
    assert drawn.mean() == pytest.approx(expected, abs=4.0 * drawn.std() / np.sqrt(60_000))


@pytest.mark.parametrize(
    ("linkage", "k", "mean"),
    [("single", 2, 0.912), ("single", 5, 0.627), ("single", 13, 0.148), ("average", 2, 0.819),
     ("average", 5, 0.340), ("ward", 2, 0.541), ("ward", 8, 0.131)],
)  # fmt: skip
def test_independent_trees_agree_as_was_measured_elsewhere(linkage, k, mean):
    # Figures of an independent computation, 27 leaves; the clouds there are not known exactly,
    # hence a wide band. Single linkage makes chains, which agree by their shape alone.
    rng = np.random.default_rng(5)
    values = [
        agreement_profile(
            *(tree_labels(tree_of(distances(rng, columns=3), linkage)) for _ in "ab")
        )[k - 2]
        for _ in range(300)
    ]  # fmt: skip
    assert np.mean(values) == pytest.approx(mean, abs=0.05)


def test_rows_of_the_matrix_give_another_tree():
    d = distances(np.random.default_rng(6))
    right, rows = (tree_labels(tree_of(d, "complete", how)) for how in ("condensed", "rows"))
    assert 0.2 < agreement_profile(right, rows)[3] < 0.95


def test_a_tree_that_follows_the_other_is_found():
    rng = np.random.default_rng(7)
    d = distances(rng)
    noise = distances(rng, columns=5) * 0.05
    levels = compare_trees(tree_of(d, "average"), tree_of(d + noise, "average"), draws=10_000)
    assert len(levels) == LEAVES - 2
    found = [level.p_label_permutation < 1e-3 for level in levels if level.testable]
    assert np.mean(found) > 0.8


def randomised_p_value(draws, observed, rng):
    """A p that is uniform although the index is discrete: ties count by a uniform share."""
    equal = np.abs(draws - observed) <= 1e-12
    above = np.sum(draws > observed + 1e-12)
    return (above + rng.uniform() * (1 + equal.sum())) / (1 + len(draws))


def test_p_is_super_uniform_under_independence():
    # 1000 pairs of independent trees; P(p <= a) may not exceed a by more than the binomial
    # bound of 1 in 10,000 for each of twelve checks.
    rng = np.random.default_rng(8)
    repeats, draws, rows = 1000, 300, (1, 5, 11)
    values = np.empty((len(rows), repeats))
    uniform = np.empty((len(rows), repeats))
    for r in range(repeats):
        a, b = (tree_labels(tree_of(distances(rng), "single")) for _ in "ab")
        observed = agreement_profile(a, b)
        drawn = label_permutation(a, b, draws, rng)
        for k, row in enumerate(rows):
            values[k, r] = p_value(drawn[row], observed[row])
            uniform[k, r] = randomised_p_value(drawn[row], observed[row], rng)
    for level in range(len(rows)):
        for a in (0.005, 0.01, 0.05, 0.1):
            assert (values[level] <= a).sum() <= binom.ppf(1.0 - 1e-4, repeats, a)
        assert kstest(uniform[level], "uniform").pvalue > 1e-3


def test_random_trees_reject_independent_chains_far_too_often():
    # Why the decision is made by shuffled leaves: the coalescent null at nominal 0.2 %.
    rng = np.random.default_rng(9)
    coalescent = random_tree(LEAVES, 10_000, rng)
    limits = np.quantile(coalescent, 0.998, axis=1)
    rejected = {"single": 0, "complete": 0}
    for linkage in rejected:
        for _ in range(200):
            profile = agreement_profile(
                *(tree_labels(tree_of(distances(rng), linkage)) for _ in "ab")
            )
            rejected[linkage] += profile[3] > limits[3]  # k = 5
    assert rejected["single"] > 0.4 * 200
    assert rejected["complete"] <= 5


def test_a_level_that_cannot_reject_is_named():
    # Two chains: 26 leaves and 1. They agree wholly in one of 27 cases, never less than 1/27.
    chain = squareform(pdist(np.cumsum(np.arange(1.0, LEAVES + 1))[:, None]))
    levels = compare_trees(tree_of(chain), tree_of(chain), draws=20_000)
    first = levels[0]
    assert first.b_k == 1.0
    assert first.p_min == pytest.approx(1 / 27, rel=0.1)
    assert not first.testable
    assert levels[-1].p_min == pytest.approx(1 / 351, rel=0.35)
    assert not levels[-1].testable
    assert levels[5].testable


def test_random_clouds_of_the_same_linkage_are_like_independent_trees():
    rng = np.random.default_rng(10)
    drawn = random_linkage(lambda g: (distances(g), distances(g)), ("single", "ward"), 200, rng)
    assert drawn["single"].shape == (LEAVES - 2, 200)
    assert drawn["single"][3].mean() == pytest.approx(0.627, abs=0.06)
    assert drawn["ward"][3].mean() == pytest.approx(0.218, abs=0.04)


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        (np.zeros((3, 3)), "at least 4"),
        (np.full((5, 5), np.nan), "leaf 0 are not finite"),
        (np.triu(np.ones((5, 5)), 1), "not symmetric"),
    ],
)
def test_what_is_no_matrix_of_distances_is_refused(matrix, said):
    with pytest.raises(InputError, match=said):
        tree_of(matrix)
