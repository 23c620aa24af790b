"""Benchmark of the null models of tree comparison."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import cut_tree
from scipy.spatial.distance import pdist
from sklearn.metrics import fowlkes_mallows_score

from asperity.core.benchmark import Benchmark
from asperity.dem.nucleation.trees import compare_trees, tree_of

__all__ = ["fowlkes_mallows"]

LEAVES, DRAWS, SAMPLED = 27, 10_000, 4


def fowlkes_mallows(seed: int) -> Benchmark:
    """Both null models of two trees of 27 leaves, 10,000 draws, at every level."""
    from scipy.spatial.distance import squareform

    rng = np.random.default_rng(seed)
    trees = [tree_of(squareform(pdist(rng.normal(size=(LEAVES, 5)))), "complete") for _ in "ab"]

    def compiled() -> object:
        return compare_trees(*trees, draws=DRAWS, rng=np.random.default_rng(seed))

    def plain() -> list[float]:
        # One null model of two, a few draws of it: what SciPy and scikit-learn offer.
        labels = [cut_tree(tree, range(2, LEAVES)) for tree in trees]
        orders = [rng.permutation(LEAVES) for _ in range(SAMPLED)]
        return [
            fowlkes_mallows_score(labels[0][:, k], labels[1][order, k])
            for order in orders
            for k in range(LEAVES - 2)
        ]

    return Benchmark(
        "fowlkes-mallows",
        compiled,
        plain,
        f"scikit-learn, level by level ({SAMPLED} of {DRAWS} draws of one null model timed)",
        reference_share=SAMPLED / DRAWS,
        details={"leaves": LEAVES, "draws": DRAWS},
    )
