"""Trees of simulations, and whether the tree of foreshocks tells that of mainshocks.

Two trees over the same leaves are cut into k clusters each; the index of Fowlkes and Mallows
(1983, doi:10.1080/01621459.1983.10478008) says how alike the cuts are. Whether it is larger
than chance allows is decided by draws under a null model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.cluster.hierarchy import linkage as scipy_linkage
from scipy.spatial.distance import pdist, squareform

from asperity.core.errors import InputError
from asperity.core.kernels import prepare

prepare()  # before a kernel module is imported

from asperity.dem.nucleation import _kernels as kernels  # noqa: E402

__all__ = [
    "LINKAGES", "Level", "Linkage", "agreement_profile", "compare_trees", "fowlkes_mallows",
    "label_permutation", "null_moments", "random_linkage", "random_tree", "tree_labels",
    "tree_of",
]  # fmt: skip

Array = NDArray[np.float64]
Labels = NDArray[np.int16]
Linkage = Literal["single", "complete", "average", "ward"]
LINKAGES: tuple[Linkage, ...] = ("single", "complete", "average", "ward")


@dataclass(frozen=True)
class Level:
    """Agreement of two trees that are cut into `k` clusters.

    Parameters
    ----------
    k : int
    b_k : float
        Index of Fowlkes and Mallows.
    expected, sd : float
        Of independent labels with these cluster sizes.
    p_label_permutation, p_random_tree : float
        One-sided: share of draws that agree as much.
    p_random_linkage : float or None
        The same of trees of random clouds, where they were drawn.
    p_min : float
        Smallest p by label permutation that these cluster sizes allow.
    testable : bool
        Whether `p_min` is below the significance of a level.
    """

    k: int
    b_k: float
    expected: float
    sd: float
    p_label_permutation: float
    p_random_tree: float
    p_random_linkage: float | None
    p_min: float
    testable: bool


def tree_of(
    distances: ArrayLike, linkage: Linkage = "single", tree_input: str = "condensed"
) -> Array:
    """Return the tree of a matrix of distances, as SciPy writes it.

    Parameters
    ----------
    distances : array_like, shape (n, n)
        Symmetric, zero on the diagonal.
    linkage : {"single", "complete", "average", "ward"}
        Ward's method is meant for Euclidean distances alone.
    tree_input : {"condensed", "rows"}
        ``rows`` joins the rows of the matrix by their Euclidean distance, which is what
        several linkage functions do when they are given a square matrix; here to reproduce
        results that were made so.

    Returns
    -------
    ndarray, shape (n - 1, 4)

    Raises
    ------
    InputError
        If the matrix is no matrix of distances between at least four leaves.
    """
    d = np.asarray(distances, float)
    n = len(d)
    if d.shape != (n, n) or n < 4:
        raise InputError(f"distances have shape {d.shape}; a square of at least 4 is needed")
    if not np.isfinite(d).all():
        row = int(np.flatnonzero(~np.isfinite(d).all(axis=1))[0])
        raise InputError(f"distances of leaf {row} are not finite; leave it out of the trees")
    if not np.allclose(d, d.T) or np.diagonal(d).any():
        raise InputError("distances are not symmetric with zeros on the diagonal")
    if linkage not in LINKAGES:
        raise InputError(f"linkage {linkage!r}; there are {', '.join(LINKAGES)}")
    if tree_input not in ("condensed", "rows"):
        raise InputError(f"tree_input {tree_input!r}; condensed or rows")
    # Given as it is, the square matrix would be taken for observations in rows.
    between = pdist(d) if tree_input == "rows" else squareform(d, checks=False)
    return np.asarray(scipy_linkage(between, linkage))


def tree_labels(tree: ArrayLike) -> Labels:
    """Return the labels of the leaves at every level, shape (n - 2, n).

    Row k - 2 has exactly k labels, also where merges are tied.
    """
    merges = np.ascontiguousarray(np.asarray(tree)[:, :2], np.int64)
    n = len(merges) + 1
    out = np.empty((n - 2, n), np.int16)
    kernels.cuts(merges, out)
    return out


def fowlkes_mallows(a: ArrayLike, b: ArrayLike) -> float:
    """Return the index of two clusterings of the same leaves, from 0 to 1.

    Pairs that are together in both, over the geometric mean of the pairs that are together
    in each; 0 where one of them has no pair.

    Parameters
    ----------
    a, b : array_like, shape (n,)
        Labels.

    Examples
    --------
    >>> fowlkes_mallows([0, 0, 1, 1], [5, 5, 7, 7])
    1.0
    """
    labels = [np.unique(np.asarray(x), return_inverse=True)[1].astype(np.int16) for x in (a, b)]
    if labels[0].shape != labels[1].shape or labels[0].ndim != 1:
        raise InputError("the two clusterings have different numbers of leaves")
    n = len(labels[0])
    k = int(max(x.max(initial=0) for x in labels)) + 1
    table = np.zeros((max(k, n), max(k, n)), np.int64)
    return float(kernels.agreement(labels[0], labels[1], np.arange(n), k, table))


def agreement_profile(a: Labels, b: Labels) -> Array:
    """Return the index at every level of two trees, shape (n - 2,); see `tree_labels`."""
    out = np.empty((len(a), 1))
    kernels.permuted_agreement(a, b, np.arange(a.shape[1])[None], out)
    return out[:, 0]


def null_moments(a: ArrayLike, b: ArrayLike) -> tuple[float, float]:
    """Return mean and variance of the index when labels of these sizes are independent.

    Parameters
    ----------
    a, b : array_like, shape (n,)
        Labels.

    Notes
    -----
    Fowlkes and Mallows (1983): with ``P = sum m_i (m_i - 1)``, ``P' = sum m_i (m_i - 1)
    (m_i - 2)`` over the cluster sizes of a, Q and Q' over those of b, the mean is
    ``sqrt(P Q) / (n (n - 1))``.
    """
    n = len(np.asarray(a))
    sizes = [np.unique(np.asarray(x), return_counts=True)[1].astype(float) for x in (a, b)]
    p, q = (float(np.sum(m * (m - 1.0))) for m in sizes)
    p3, q3 = (float(np.sum(m * (m - 1.0) * (m - 2.0))) for m in sizes)
    if p == 0.0 or q == 0.0:
        return 0.0, 0.0
    mean = math.sqrt(p * q) / (n * (n - 1))
    variance = (
        2.0 / (n * (n - 1))
        + 4.0 * p3 * q3 / (n * (n - 1) * (n - 2) * p * q)
        + (p - 2.0 - 4.0 * p3 / p) * (q - 2.0 - 4.0 * q3 / q) / (n * (n - 1) * (n - 2) * (n - 3))
        - p * q / (n**2 * (n - 1) ** 2)
    )
    return mean, max(variance, 0.0)


# ---------------------------------------------------------------- null models


def label_permutation(a: Labels, b: Labels, draws: int, rng: np.random.Generator) -> Array:
    """Return the index under shuffled leaves: both trees keep their shapes.

    Returns
    -------
    ndarray, shape (n - 2, draws)
    """
    n = a.shape[1]
    orders = rng.permuted(np.tile(np.arange(n), (draws, 1)), axis=1)
    out = np.empty((len(a), draws))
    kernels.permuted_agreement(a, b, orders, out)
    return out


def random_tree(leaves: int, draws: int, rng: np.random.Generator) -> Array:
    """Return the index of pairs of random trees: any two of the clusters left join.

    Trees of single linkage are chains, which such trees are not: for them this null rejects
    far too often (see `label_permutation`).

    Returns
    -------
    ndarray, shape (leaves - 2, draws)
    """
    out = np.empty((leaves - 2, draws))
    kernels.coalescent_agreement(rng.random((draws, 2, leaves - 1, 2)), out)
    return out


def random_linkage(
    distances_of: Callable[[np.random.Generator], tuple[Array, Array]],
    linkages: Sequence[Linkage],
    draws: int,
    rng: np.random.Generator,
    tree_input: str = "condensed",
) -> dict[Linkage, Array]:
    """Return the index of trees of random clouds, joined by the same linkages.

    Parameters
    ----------
    distances_of : callable
        Draws the two matrices of distances between random clouds.
    linkages : sequence of str
    draws : int
    rng : numpy.random.Generator
    tree_input : {"condensed", "rows"}
        See `tree_of`.

    Returns
    -------
    dict of ndarray, shape (n - 2, draws)
    """
    columns: dict[Linkage, list[Array]] = {linkage: [] for linkage in linkages}
    for _ in range(draws):
        matrices = distances_of(rng)
        for linkage, found in columns.items():
            a, b = (tree_labels(tree_of(d, linkage, tree_input)) for d in matrices)
            found.append(agreement_profile(a, b))
    return {linkage: np.array(found).T for linkage, found in columns.items()}


# ---------------------------------------------------------------- the comparison


def compare_trees(
    a: ArrayLike,
    b: ArrayLike,
    *,
    draws: int = 10_000,
    alpha: float = 0.05,
    rng: np.random.Generator | None = None,
    coalescent: Array | None = None,
    random_clouds: Array | None = None,
) -> list[Level]:
    """Compare two trees at every level with both null models.

    Parameters
    ----------
    a, b : array_like, shape (n - 1, 4)
        Trees; see `tree_of`.
    draws : int
    alpha : float
        Of all levels together; each has ``alpha / (n - 2)``.
    rng : numpy.random.Generator, optional
    coalescent : ndarray, shape (n - 2, draws), optional
        Of `random_tree`, which is the same for all pairs of trees with n leaves.
    random_clouds : ndarray, shape (n - 2, draws), optional
        Of `random_linkage`.

    Returns
    -------
    list of Level
        For k = 2 to n - 1.
    """
    generator = rng or np.random.default_rng(0)
    first, second = tree_labels(a), tree_labels(b)
    if first.shape != second.shape:
        raise InputError(f"trees of {first.shape[1]} and {second.shape[1]} leaves")
    observed = agreement_profile(first, second)
    shuffled = label_permutation(first, second, draws, generator)
    if coalescent is None:
        coalescent = random_tree(first.shape[1], draws, generator)
    significance = alpha / len(first)
    levels = []
    for row, (labels_a, labels_b) in enumerate(zip(first, second, strict=True)):
        mean, variance = null_moments(labels_a, labels_b)
        # No draw may have met the best arrangement: what was observed is one, too.
        best = max(float(shuffled[row].max()), float(observed[row]))
        least = p_value(shuffled[row], best)
        levels.append(
            Level(
                row + 2, float(observed[row]), mean, math.sqrt(variance),
                p_value(shuffled[row], float(observed[row])),
                p_value(coalescent[row], float(observed[row])),
                None if random_clouds is None
                else p_value(random_clouds[row], float(observed[row])),
                least, least <= significance,
            )
        )  # fmt: skip
    return levels


def p_value(draws: Array, observed: float) -> float:
    """Return the one-sided p of Monte Carlo draws, ``(1 + #{draw >= observed}) / (1 + n)``."""
    # Equal indices are made by the same integers, but a hair of slack costs nothing.
    return float((1 + np.sum(draws >= observed - 1e-12)) / (1 + len(draws)))


def levels_document(levels: list[Level]) -> list[dict[str, Any]]:
    """Return levels as `dem nucleation --json` prints them."""
    return [asdict(level) for level in levels]
