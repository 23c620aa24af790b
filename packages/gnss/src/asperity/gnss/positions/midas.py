"""Velocities from the median of yearly slopes: the MIDAS estimator.

Blewitt, Kreemer, Hammond & Gazeaux 2016, doi:10.1002/2015JB012552.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError

__all__ = ["Midas", "midas"]

GAP = 1.0
"""Years between the two positions of a pair: seasons cancel."""
TOLERANCE = 0.001
TO_SIGMA = 1.4826
"""Standard deviation of a normal law in units of its median absolute deviation."""
MEDIAN_FACTOR = 1.2533
"""Standard error of a median in units of that of a mean, normal law: sqrt(pi / 2)."""
COLOUR = 3.0
"""By which the error is raised because the noise is correlated in time."""
LEAST_PAIRS = 10


@dataclass(frozen=True)
class Midas:
    """A median velocity.

    Parameters
    ----------
    velocity : float
        mm/yr.
    sigma : float
        Standard deviation, mm/yr.
    n_pairs : int
        Pairs, forward and backward.
    outliers : float
        Share of them that was left out.
    """

    velocity: float
    sigma: float
    n_pairs: int
    outliers: float


def midas(years: ArrayLike, values: ArrayLike, steps: ArrayLike = ()) -> Midas:
    """Return the median of slopes between positions a year apart.

    Parameters
    ----------
    years : array_like, shape (n,)
        Increasing.
    values : array_like, shape (n,)
        Positions, mm.
    steps : array_like, optional
        Years of known steps; pairs that enclose one are left out.

    Returns
    -------
    Midas

    Raises
    ------
    InputError
        If shapes differ or the years do not increase.
    DataError
        If fewer than ten pairs are a year or more apart.

    Notes
    -----
    Slopes are taken forward and then backward in time. Their median v and
    s = 1.4826 median |slope - v| are found twice, the second time without slopes that
    depart by more than 2 s. With N of them left sigma = 3 x 1.2533 s / sqrt(N / 4).

    References
    ----------
    Blewitt et al. 2016, doi:10.1002/2015JB012552.

    Examples
    --------
    >>> t = 2000.0 + np.arange(1000) / 365.25
    >>> season = np.sin(2.0 * np.pi * t)
    >>> found = midas(t, 4.0 * (t - 2000.0) + season + 50.0 * (t > 2001.3), steps=[2001.3])
    >>> round(found.velocity, 2)
    4.0
    """
    from asperity.gnss.positions._kernels import yearly_slopes

    t, x = np.asarray(years, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if t.ndim != 1 or t.shape != x.shape or np.any(np.diff(t) <= 0.0):
        raise InputError(
            f"years of shape {t.shape} and values of shape {x.shape}; expected as many, increasing"
        )
    room = np.empty(2 * t.size)
    at = np.asarray(steps, dtype=np.float64).ravel()
    slopes = room[: yearly_slopes(t, x, at, GAP, TOLERANCE, room)]
    if slopes.size < LEAST_PAIRS:
        raise DataError(
            f"{slopes.size} pairs of epochs lie a year apart with no step between; MIDAS needs "
            f"{LEAST_PAIRS}"
        )
    median, spread = _median_and_spread(slopes)
    near = np.abs(slopes - median) <= 2.0 * spread
    median, spread = _median_and_spread(slopes[near])
    count = int(near.sum())
    sigma = COLOUR * MEDIAN_FACTOR * spread / np.sqrt(count / 4.0)
    return Midas(median, float(sigma), slopes.size, 1.0 - count / slopes.size)


def _median_and_spread(slopes: NDArray[np.float64]) -> tuple[float, float]:
    median = float(np.median(slopes))
    return median, TO_SIGMA * float(np.median(np.abs(slopes - median)))
