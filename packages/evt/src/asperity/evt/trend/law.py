"""Exact laws of record counts in a sequence whose order means nothing.

Of n exchangeable values without ties, event i is a record with probability 1/i,
independently of all other events (Renyi 1962). Nothing here looks at magnitudes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError
from asperity.core.statistics.records import (
    expected_records,
    record_count_law,
    record_count_laws,
    records_variance,
)

__all__ = [
    "difference_law",
    "difference_variance",
    "expected_records",
    "no_record_probability",
    "record_count_law",
    "record_probability",
    "records_variance",
    "two_sided",
]

Array = NDArray[np.float64]

_EXACT_UP_TO = 3000


def difference_variance(n: int) -> float:
    """Return the variance of forward minus backward records of n events.

    Notes
    -----
    ``2 (H_n - 1)`` exactly. The covariance of the two counts is
    ``1 - sum over j <= i of 1/(i (n - j + 1)) = 1 - H_n^(2)``.

    Examples
    --------
    >>> round(difference_variance(1000) ** 0.5, 3)
    3.602
    """
    return 2.0 * (expected_records(n) - 1.0)


def difference_law(n: int) -> tuple[NDArray[np.int64], Array]:
    """Return the law of D, forward minus backward records, of n events.

    Parameters
    ----------
    n : int
        The law changes with ln n only: above 3000 it is evaluated at places of the
        largest event that stand for all.

    Returns
    -------
    differences : ndarray of int64, shape (2 m + 1,)
        -m to m.
    probabilities : ndarray, shape (2 m + 1,)

    Notes
    -----
    Derivation: the largest event stands at place p = 1 ... n with equal
    probability and is a record either way. Given p, the other forward records are
    those of the p - 1 events before it, the other backward ones those of the n - p
    after it, and the two are independent. D has the law of their difference, mixed
    over p.

    Examples
    --------
    >>> differences, probabilities = difference_law(3)
    >>> dict(zip(differences.tolist(), probabilities.round(6).tolist(), strict=True))
    {-2: 0.166667, -1: 0.166667, 0: 0.333333, 1: 0.166667, 2: 0.166667}
    """
    if n < 1:
        raise InputError(f"{n} events; record statistics need one or more")
    sizes, shares = _places(n)
    laws = record_count_laws(sizes)
    # The i-th place from the front has the i-th place from the back on its other side.
    joint = np.einsum("p,pi,pj->ij", shares, laws, laws[::-1])
    most = laws.shape[1]
    differences = np.arange(1 - most, most)
    probabilities = np.array([np.trace(joint, offset) for offset in -differences])
    kept = np.flatnonzero(probabilities > 1e-15)
    inside = slice(kept[0], kept[-1] + 1)
    return differences[inside], probabilities[inside]


def _places(n: int) -> tuple[NDArray[np.int64], Array]:
    """Return numbers of events before the largest one, symmetric about the middle, and shares."""
    if n <= _EXACT_UP_TO:
        return np.arange(n), np.full(n, 1.0 / n)
    # All places near either end, where the law changes fast, and geometric steps between.
    near = np.unique(np.geomspace(1, (n - 1) // 2, 1500).astype(np.int64))
    first = np.concatenate([[0], near])
    edges = np.append(first, (n - 1) // 2 + 1)
    counts = np.diff(edges).astype(np.float64)
    # A step is represented by its middle, so that the mean of ln p is kept to second order.
    middle = first + (np.diff(edges) - 1) // 2
    sizes = np.concatenate([middle, (n - 1) - middle[::-1]])
    shares = np.concatenate([counts, counts[::-1]])
    return sizes, shares / shares.sum()


def two_sided(n: int, difference: int) -> float:
    """Return the exact probability of forward minus backward records so far from 0.

    Examples
    --------
    >>> round(two_sided(3, 2), 6)
    0.333333
    """
    differences, probabilities = difference_law(n)
    return float(min(1.0, probabilities[np.abs(differences) >= abs(difference)].sum()))


def record_probability(n: int, k: ArrayLike) -> Array:
    """Return the probability that one or more of the next k events is a record.

    Parameters
    ----------
    n : int
        Events so far.
    k : array_like of numbers

    Notes
    -----
    ``k/(n + k)``: the largest of n + k exchangeable events is as likely to be any of
    them. The magnitudes do not enter. The median wait is n events, the mean
    infinite.

    Examples
    --------
    >>> float(record_probability(30, 10))
    0.25
    """
    k = np.asarray(k, dtype=np.float64)
    return np.asarray(k / (n + k))


def no_record_probability(n: int, expected: float) -> float:
    """Return the probability of no record among a Poisson number of further events.

    Parameters
    ----------
    n : int
        Events so far.
    expected : float
        Mean number of the further events.

    Notes
    -----
    The mean of n/(n + K) over K ~ Poisson(expected).

    Examples
    --------
    >>> round(no_record_probability(1, 1.0), 6)
    0.632121
    """
    from scipy.stats import poisson

    if not expected >= 0.0:
        raise InputError(f"{expected} events to come; give a number from 0 up")
    spread = 12.0 * np.sqrt(expected) + 40.0
    low, high = max(0, int(expected - spread)), int(expected + spread) + 1
    # A million and more are so sharply known that a grid of them will do.
    k = np.arange(low, high, max(1, (high - low) // 200_000), dtype=np.float64)
    weights = poisson.pmf(k, expected)
    return float(np.sum(weights * n / (n + k)) / weights.sum())
