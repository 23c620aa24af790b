"""Shares and trends that are pooled over simulations, with intervals that know it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

__all__ = ["Share", "Trend", "limits", "pooled_share", "resamples", "trend", "wilson"]

Array = NDArray[np.float64]
#: Fewer simulations say nothing of how much they differ.
LEAST_SIMULATIONS = 5


@dataclass(frozen=True)
class Share:
    """A share with its interval of 95 %; `count` of `total`."""

    share: float
    low: float
    high: float
    count: int
    total: int


@dataclass(frozen=True)
class Trend:
    """Spearman's correlation with time, towards the mainshock, and its interval of 95 %."""

    rho: float
    low: float
    high: float


def wilson(count: int, total: int, z: float = 1.959964) -> Share:
    """Return a share with the score interval of Wilson (1927, doi:10.1080/01621459.1927.10502953).

    Examples
    --------
    >>> s = wilson(10, 100)
    >>> round(s.low, 4), round(s.high, 4)
    (0.0552, 0.1744)
    """
    if total == 0:
        return Share(math.nan, math.nan, math.nan, 0, 0)
    p = count / total
    middle = p + z * z / (2 * total)
    reach = z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return Share(p, (middle - reach) / scale, (middle + reach) / scale, count, total)


def resamples(simulations: int, draws: int, rng: np.random.Generator) -> Array:
    """Draw simulations with replacement, as many as there are.

    Returns
    -------
    ndarray, shape (draws, simulations)
        How often each was drawn; no draw at all of fewer than five simulations.
    """
    if simulations < LEAST_SIMULATIONS:
        return np.zeros((0, simulations))
    return rng.multinomial(simulations, np.full(simulations, 1.0 / simulations), draws).astype(
        float
    )


def limits(drawn: ArrayLike) -> tuple[float, float]:
    """Return the middle 95 % of values of resamples; NaN where there are none."""
    values = np.asarray(drawn, float)
    values = values[np.isfinite(values)]
    if not len(values):
        return math.nan, math.nan
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def pooled_share(counts: ArrayLike, totals: ArrayLike, drawn: Array) -> Share:
    """Return the share of what simulations have counted together.

    Contacts of one simulation see the same events: they are not independent. The interval
    is that of resampled simulations, and nowhere narrower than Wilson's, which takes them
    for independent and is all there is of fewer than five simulations.

    Parameters
    ----------
    counts, totals : array_like, shape (simulations,)
    drawn : ndarray, shape (draws, simulations)
        See `resamples`.
    """
    k, n = np.asarray(counts, float), np.asarray(totals, float)
    told = wilson(int(k.sum()), int(n.sum()))
    whole = drawn @ n
    low, high = limits((drawn @ k)[whole > 0.0] / whole[whole > 0.0])
    return Share(
        told.share, min(told.low, low) if low == low else told.low,
        max(told.high, high) if high == high else told.high, told.count, told.total,
    )  # fmt: skip


def trend(times: ArrayLike, values: ArrayLike, drawn: Array) -> Trend:
    """Return how values change towards the mainshock.

    Parameters
    ----------
    times : array_like, shape (bins,)
        To the mainshock, s.
    values : array_like, shape (bins,)
    drawn : ndarray, shape (draws, bins)
        The same of resampled simulations, for the interval.
    """
    t, v = np.asarray(times, float), np.asarray(values, float)
    known = np.isfinite(v)
    if known.sum() < 4:
        return Trend(math.nan, math.nan, math.nan)
    every = np.vstack([v[known], drawn[:, known]]) if len(drawn) else v[None, known]
    every = every[np.isfinite(every).all(axis=1)]
    ranks = rankdata(every, axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    time = rankdata(-t[known])
    time -= time.mean()
    length = np.sqrt((ranks**2).sum(axis=1) * (time @ time))
    rho = ranks @ time / np.where(length > 0.0, length, np.inf)
    return Trend(float(rho[0]), *limits(rho[1:]))
