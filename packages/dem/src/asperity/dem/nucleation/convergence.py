"""Whether there are enough simulations: what running means do, and what trees could show."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import pdist, squareform

from asperity.dem.nucleation.clouds import FEATURES, Features, cloud_of
from asperity.dem.nucleation.sequence import ForeshockSequence
from asperity.dem.nucleation.trees import Linkage, compare_trees, tree_of

__all__ = ["Power", "Running", "convergence", "power", "running"]

Array = NDArray[np.float64]
#: Columns of the clouds that the power is drawn from, and draws of the null model in each.
COLUMNS, NULL_DRAWS = 5, 2000


@dataclass(frozen=True)
class Running:
    """Mean and standard deviation over the first 2, 3, ... simulations.

    Parameters
    ----------
    name : str
    mean, sd : ndarray, shape (simulations - 1,)
    """

    name: str
    mean: Array
    sd: Array


@dataclass(frozen=True)
class Power:
    """How often the trees show a relation of a given strength.

    Parameters
    ----------
    linkage : str
    correlation : float
        Of each coordinate of a simulation's foreshocks with that of its mainshock; 0 gives
        the share of false alarms.
    found : float
        Share of draws in which a level is significant.
    """

    linkage: Linkage
    correlation: float
    found: float


def running(name: str, values: ArrayLike) -> Running:
    """Return running mean and standard deviation of one value a simulation.

    Examples
    --------
    >>> running("x", [1.0, 3.0, 5.0]).mean.tolist()
    [2.0, 3.0]
    """
    v = np.asarray(values, float)
    n = np.arange(1, len(v) + 1)
    mean = np.cumsum(v) / n
    # About the whole mean, so that nothing cancels.
    away = v - v.mean()
    square = np.cumsum(away**2) - np.cumsum(away) ** 2 / n
    sd = np.sqrt(np.maximum(square[1:], 0.0) / (n[1:] - 1))
    return Running(name, mean[1:], sd)


def convergence(
    sequences: Sequence[ForeshockSequence],
    distances: Mapping[str, Array],
    features: Features = "default",
) -> dict[str, list[Running]]:
    """Return how the foreshocks' statistics settle as simulations are added.

    Parameters
    ----------
    sequences : sequence of ForeshockSequence
    distances : mapping of str to ndarray, shape (n, n)
        Between the clouds of foreshocks, by metric.
    features : {"default", "published"}

    Returns
    -------
    dict of list of Running
        ``features`` (the mean over a simulation's emissions), ``correlations`` (of each two
        features within a simulation) and ``distances`` (mean distance to all others).
    """
    clouds = [cloud_of(s.foreshocks, s.plane, s.time, s.hypocentre, features) for s in sequences]
    names = FEATURES[features]
    means = np.array([cloud.mean(axis=0) for cloud in clouds])
    with np.errstate(invalid="ignore"):
        within = np.array([np.corrcoef(cloud, rowvar=False) for cloud in clouds])
    n = len(clouds)
    return {
        "features": [running(name, means[:, k]) for k, name in enumerate(names)],
        "correlations": [
            running(f"{names[i]}, {names[j]}", within[:, i, j])
            for i, j in itertools.combinations(range(len(names)), 2)
        ],
        "distances": [
            running(metric, matrix.sum(axis=0) / (n - 1)) for metric, matrix in distances.items()
        ],
    }  # fmt: skip


def power(
    leaves: int,
    linkages: Sequence[Linkage],
    repeats: int,
    rng: np.random.Generator,
    correlations: Sequence[float] = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95),
    alpha: float = 0.05,
) -> list[Power]:
    """Return how strong a relation must be for the trees to show it.

    Each leaf is a point of five normal coordinates, and its partner in the other tree a
    point whose coordinates are correlated with them; both trees are compared by label
    permutation at ``alpha / (leaves - 2)`` a level.

    Parameters
    ----------
    leaves : int
    linkages : sequence of str
    repeats : int
    rng : numpy.random.Generator
    correlations : sequence of float
    alpha : float
        Of all levels together.
    """
    found = []
    for linkage, r in itertools.product(linkages, correlations):
        hits = 0
        for _ in range(repeats):
            one, other = rng.normal(size=(2, leaves, COLUMNS))
            other = r * one + np.sqrt(1.0 - r * r) * other
            a, b = (tree_of(squareform(pdist(points)), linkage) for points in (one, other))
            levels = compare_trees(
                a, b, draws=NULL_DRAWS, alpha=alpha, rng=rng, coalescent=np.zeros((leaves - 2, 1))
            )
            hits += any(lv.p_label_permutation <= alpha / len(levels) for lv in levels)
        found.append(Power(linkage, r, hits / repeats))
    return found
