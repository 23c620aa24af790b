"""Distances between clouds of points: Hausdorff, Chamfer and earth mover's.

All take clouds A, shape (n, d), and B, shape (m, d), with Euclidean distances
between points; `scaled` brings columns of different units to one scale first.
The distance to an empty cloud is NaN, never 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError
from asperity.core.geometry.transport import (
    Transport,
    exact_transport,
    is_assignment,
    sinkhorn_transport,
)

__all__ = [
    "ChamferVariant",
    "CloudDistance",
    "Metric",
    "Scale",
    "chamfer_distance",
    "cloud_distance",
    "earth_mover_distance",
    "greedy_matching_distance",
    "hausdorff_distance",
    "scaled",
]

Metric = Literal["hausdorff", "chamfer", "earth-mover"]
ChamferVariant = Literal["mean", "half-sum", "mean-squared", "sum-squared"]
Scale = Literal["none", "standard", "robust", "mahalanobis"]
EarthMoverMethod = Literal["auto", "exact", "sinkhorn", "greedy"]

_Cloud = NDArray[np.float64]
_LARGEST = 60_000_000  # pairs of points whose table is held in memory, 480 MB


@dataclass(frozen=True)
class CloudDistance:
    """A distance of two clouds.

    Parameters
    ----------
    metric : str
        Name of the metric, with its variant where it has any.
    distance : float
        NaN where a cloud is empty.
    n_a, n_b : int
        Points of each cloud.
    status : str
        ``ok``, or what is wrong or only approximate.
    """

    metric: str
    distance: float
    n_a: int
    n_b: int
    status: str


def cloud_distance(
    a: ArrayLike,
    b: ArrayLike,
    metric: str = "earth-mover",
    *,
    variant: str | None = None,
) -> CloudDistance:
    """Return the distance of two clouds by the name of the metric.

    Parameters
    ----------
    a, b : array_like, shape (n, d) and (m, d)
        Clouds of points.
    metric : {"hausdorff", "chamfer", "earth-mover"}
    variant : str, optional
        For ``chamfer`` one of `ChamferVariant` (default ``mean``), for
        ``earth-mover`` one of ``auto``, ``exact``, ``sinkhorn``, ``greedy``
        (default ``auto``).

    Returns
    -------
    CloudDistance

    Raises
    ------
    InputError
        If the clouds differ in columns, hold missing values, or a name is not known.

    Examples
    --------
    >>> cloud_distance([[0.0], [1.0]], [[0.0], [3.0]], "hausdorff").distance
    2.0
    """
    cloud_a, cloud_b = _clouds(a, b)
    allowed: tuple[str, ...]
    match metric:
        case "hausdorff":
            allowed = ()
        case "chamfer":
            allowed = get_args(ChamferVariant)
        case "earth-mover":
            allowed = get_args(EarthMoverMethod)
        case _:
            raise InputError(
                f"metric {metric!r} is not known; choose {', '.join(get_args(Metric))}"
            )
    if variant is not None and variant not in allowed:
        choice = f"choose {', '.join(allowed)}" if allowed else "it has none"
        raise InputError(f"variant {variant!r} of {metric} is not known; {choice}")
    name = metric if variant is None else f"{metric} ({variant})"
    sizes = len(cloud_a), len(cloud_b)
    if 0 in sizes:
        return CloudDistance(name, float("nan"), *sizes, _emptiness(*sizes))
    if metric == "hausdorff":
        return CloudDistance(name, hausdorff_distance(cloud_a, cloud_b), *sizes, "ok")
    if metric == "chamfer":
        value = chamfer_distance(cloud_a, cloud_b, variant or "mean")
        return CloudDistance(name, value, *sizes, "ok")
    if variant == "greedy":
        value = greedy_matching_distance(cloud_a, cloud_b)
        return CloudDistance(name, value, *sizes, "greedy matching: no earth mover's distance")
    transport = earth_mover_distance(cloud_a, cloud_b, method=variant or "auto")
    return CloudDistance(name, transport.distance, *sizes, transport.status)


def _emptiness(n_a: int, n_b: int) -> str:
    which = "both clouds are" if n_a == n_b == 0 else f"cloud {'A' if n_a == 0 else 'B'} is"
    return f"{which} empty: no distance"


def hausdorff_distance(a: ArrayLike, b: ArrayLike) -> float:
    """Return the Hausdorff distance: how far the farthest point lies from the other cloud.

    Parameters
    ----------
    a, b : array_like, shape (n, d) and (m, d)

    Returns
    -------
    float
        NaN where a cloud is empty. A metric on sets of points.

    Notes
    -----
    max(max_a min_b d(a, b), max_b min_a d(a, b)), by k-d trees.

    Examples
    --------
    >>> hausdorff_distance([[0.0, 0.0]], [[3.0, 4.0], [0.0, 1.0]])
    5.0
    """
    cloud_a, cloud_b = _clouds(a, b)
    if not len(cloud_a) or not len(cloud_b):
        return float("nan")
    to_b, to_a = _nearest(cloud_a, cloud_b)
    return float(max(to_b.max(), to_a.max()))


def chamfer_distance(a: ArrayLike, b: ArrayLike, variant: str = "mean") -> float:
    """Return the Chamfer distance: how far points lie from the other cloud on average.

    Parameters
    ----------
    a, b : array_like, shape (n, d) and (m, d)
    variant : {"mean", "half-sum", "mean-squared", "sum-squared"}
        ``mean``: the sum of both mean distances; ``half-sum``: half of it;
        ``mean-squared``: the same of squared distances; ``sum-squared``: the sum
        of all squared distances, which grows with the clouds.

    Returns
    -------
    float
        NaN where a cloud is empty. Not a metric: the triangle inequality fails.

    Notes
    -----
    mean: (1/n) sum_a min_b d(a, b) + (1/m) sum_b min_a d(a, b), by k-d trees.

    Examples
    --------
    >>> chamfer_distance([[0.0], [1.0]], [[0.0], [3.0]])
    1.5
    """
    known = get_args(ChamferVariant)
    if variant not in known:
        raise InputError(f"Chamfer variant {variant!r} is not known; choose {', '.join(known)}")
    cloud_a, cloud_b = _clouds(a, b)
    if not len(cloud_a) or not len(cloud_b):
        return float("nan")
    to_b, to_a = _nearest(cloud_a, cloud_b)
    if variant == "mean":
        return float(to_b.mean() + to_a.mean())
    if variant == "half-sum":
        return float((to_b.mean() + to_a.mean()) / 2.0)
    if variant == "mean-squared":
        return float((to_b**2).mean() + (to_a**2).mean())
    return float((to_b**2).sum() + (to_a**2).sum())


def earth_mover_distance(
    a: ArrayLike,
    b: ArrayLike,
    weights_a: ArrayLike | None = None,
    weights_b: ArrayLike | None = None,
    *,
    method: str = "auto",
) -> Transport:
    """Return the earth mover's distance: the least work that turns one cloud into the other.

    Parameters
    ----------
    a, b : array_like, shape (n, d) and (m, d)
    weights_a, weights_b : array_like, shape (n,) and (m,), optional
        Not negative, of any sum: both are normalised to 1. Equal when missing.
    method : {"auto", "exact", "sinkhorn"}
        ``auto`` is exact up to two million pairs of points (twenty million for
        clouds of one size with equal weights), Sinkhorn beyond.

    Returns
    -------
    Transport
        The distance (NaN where a cloud is empty), a lower bound that the exact
        value cannot fall below, and how it was found. The exact one is a metric
        on distributions.

    Raises
    ------
    InputError
        If the weights are negative, all zero or of the wrong number.
    DataError
        If the table of pairs would not fit in memory.

    Notes
    -----
    W1 = min sum_ij T_ij d(a_i, b_j) over T >= 0 whose row sums are the weights
    of A and whose column sums are those of B. Clouds of one size with equal
    weights are an assignment problem, the others a linear programme.

    References
    ----------
    Rubner, Tomasi & Guibas 2000, doi:10.1023/A:1026543900054.

    Examples
    --------
    >>> earth_mover_distance([[0.0], [1.0]], [[2.0], [1.0]]).distance
    1.0
    """
    cloud_a, cloud_b = _clouds(a, b)
    if method not in ("auto", "exact", "sinkhorn"):
        raise InputError(f"method {method!r} is not known; choose auto, exact or sinkhorn")
    if not len(cloud_a) or not len(cloud_b):
        return Transport(float("nan"), float("nan"), method, _emptiness(len(cloud_a), len(cloud_b)))
    mass_a = _weights(weights_a, len(cloud_a), "A")
    mass_b = _weights(weights_b, len(cloud_b), "B")
    cost = _distances(cloud_a[mass_a > 0], cloud_b[mass_b > 0])
    mass_a, mass_b = mass_a[mass_a > 0], mass_b[mass_b > 0]
    # An assignment is so much cheaper than a linear programme that it may be larger.
    most = 20_000_000 if is_assignment(mass_a, mass_b) else 2_000_000
    if method == "sinkhorn" or (method == "auto" and cost.size > most):
        return sinkhorn_transport(cost, mass_a, mass_b)
    return exact_transport(cost, mass_a, mass_b)


def greedy_matching_distance(a: ArrayLike, b: ArrayLike) -> float:
    """Return the mean distance of pairs that are matched nearest first.

    For comparison with published work that calls this an earth mover's distance:
    the points that the larger cloud has to spare count for nothing, and early
    matches force bad late ones.

    Parameters
    ----------
    a, b : array_like, shape (n, d) and (m, d)

    Returns
    -------
    float
        NaN where a cloud is empty.

    Examples
    --------
    >>> greedy_matching_distance([[0.0], [1.0]], [[0.9], [5.0]])  # exact: (0.9 + 4.0) / 2
    2.55
    """
    cloud_a, cloud_b = _clouds(a, b)
    if not len(cloud_a) or not len(cloud_b):
        return float("nan")
    distances = _distances(cloud_a, cloud_b)
    free_a, free_b = np.ones(len(cloud_a), dtype=bool), np.ones(len(cloud_b), dtype=bool)
    wanted, total, found = min(distances.shape), 0.0, 0
    for flat in np.argsort(distances, axis=None, kind="stable"):
        i, j = divmod(int(flat), distances.shape[1])
        if free_a[i] and free_b[j]:
            free_a[i] = free_b[j] = False
            total += float(distances[i, j])
            found += 1
            if found == wanted:
                break
    return float(total / wanted)


def scaled(
    a: ArrayLike, b: ArrayLike, scale: str | Sequence[float] = "standard"
) -> tuple[_Cloud, _Cloud]:
    """Bring the columns of two clouds to one scale, from both clouds together.

    Parameters
    ----------
    a, b : array_like, shape (n, d) and (m, d)
    scale : {"none", "standard", "robust", "mahalanobis"} or sequence of float, shape (d,)
        ``standard`` divides by the standard deviation, ``robust`` by the
        interquartile range, ``mahalanobis`` removes the covariance, so that
        Euclidean distances become Mahalanobis distances; numbers divide.

    Returns
    -------
    a, b : ndarray, shape (n, d) and (m, d)

    Raises
    ------
    DataError
        If a column has no spread to divide by.

    Examples
    --------
    >>> scaled([[0.0, 0.0]], [[10.0, 4.0]], [10.0, 2.0])[1].tolist()
    [[1.0, 2.0]]
    """
    cloud_a, cloud_b = _clouds(a, b)
    if isinstance(scale, str) and scale not in get_args(Scale):
        raise InputError(
            f"scale {scale!r} is not known; choose {', '.join(get_args(Scale))} "
            "or give one number for each column"
        )
    pool = np.concatenate([cloud_a, cloud_b])
    if isinstance(scale, str) and (scale == "none" or not len(pool)):
        return cloud_a, cloud_b
    if scale == "mahalanobis":
        return _whitened(cloud_a, cloud_b, pool)
    if scale == "standard":
        spread = pool.std(axis=0)
    elif scale == "robust":
        spread = np.subtract(*np.percentile(pool, [75, 25], axis=0))
    else:
        spread = np.asarray(scale, dtype=np.float64)
        if spread.shape != (pool.shape[1],):
            raise InputError(f"{spread.size} scales for {pool.shape[1]} columns; give one for each")
    if not (np.isfinite(spread).all() and (spread > 0).all()):
        column = int(np.flatnonzero(~(spread > 0) | ~np.isfinite(spread))[0])
        raise DataError(
            f"column {column} has the scale {spread[column]:g}, which divides nothing; "
            "leave the column out or give its scale"
        )
    return cloud_a / spread, cloud_b / spread


def _whitened(a: _Cloud, b: _Cloud, pool: _Cloud) -> tuple[_Cloud, _Cloud]:
    from scipy.linalg import solve_triangular

    covariance = np.atleast_2d(np.cov(pool, rowvar=False)) if len(pool) > 1 else np.zeros((1, 1))
    spread = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(spread, spread) if (spread > 0).all() else covariance
    if not (spread > 0).all() or np.linalg.eigvalsh(correlation)[0] < 1e-10:
        raise DataError(
            "the pooled covariance is singular (a column is constant or a sum of others), "
            "so there is no Mahalanobis distance; leave that column out"
        )
    factor = np.linalg.cholesky(covariance)
    white = [np.asarray(solve_triangular(factor, c.T, lower=True)).T for c in (a, b)]
    return white[0], white[1]


def _clouds(a: ArrayLike, b: ArrayLike) -> tuple[_Cloud, _Cloud]:
    clouds = [np.asarray(c, dtype=np.float64) for c in (a, b)]
    for name, cloud in zip("AB", clouds, strict=True):
        if cloud.ndim != 2:
            raise InputError(f"cloud {name} has shape {cloud.shape}; expected (points, columns)")
        if not np.isfinite(cloud).all():
            row = int(np.flatnonzero(~np.isfinite(cloud).all(axis=1))[0])
            raise InputError(f"cloud {name}, point {row}: a value is missing; leave it out first")
    if clouds[0].shape[1] != clouds[1].shape[1]:
        raise InputError(
            f"the clouds have {clouds[0].shape[1]} and {clouds[1].shape[1]} columns; "
            "give both the same"
        )
    if not clouds[0].shape[1]:
        raise InputError("the clouds have no columns; name at least one")
    return clouds[0], clouds[1]


def _nearest(a: _Cloud, b: _Cloud) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from scipy.spatial import cKDTree

    return np.asarray(cKDTree(b).query(a)[0]), np.asarray(cKDTree(a).query(b)[0])


def _distances(a: _Cloud, b: _Cloud) -> NDArray[np.float64]:
    from scipy.spatial.distance import cdist

    if len(a) * len(b) > _LARGEST:
        raise DataError(
            f"clouds of {len(a):,} and {len(b):,} points make {len(a) * len(b):,} pairs; at most "
            f"{_LARGEST:,} fit, so draw fewer points, or take hausdorff or chamfer"
        )
    return np.asarray(cdist(a, b))


def _weights(weights: ArrayLike | None, n: int, name: str) -> NDArray[np.float64]:
    if weights is None:
        return np.full(n, 1.0 / n)
    w = np.asarray(weights, dtype=np.float64)
    if w.shape != (n,) or not np.isfinite(w).all() or (w < 0).any() or not w.sum() > 0:
        raise InputError(
            f"weights of cloud {name}: give {n} numbers >= 0 that are not all zero; "
            f"found shape {w.shape}"
        )
    return np.asarray(w / w.sum())
