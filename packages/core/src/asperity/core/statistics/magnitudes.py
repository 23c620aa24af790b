"""Magnitudes as the statistics see them: rounded to bins, and counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError

__all__ = [
    "FrequencyMagnitude",
    "check_plausible",
    "count_magnitudes",
    "finite_magnitudes",
    "infer_bin_width",
    "lowest_bin",
    "round_magnitudes",
]

Array = NDArray[np.float64]

TOLERANCE = 1e-9
"""Magnitudes within so much of a limit count as equal to it."""

LARGEST = 100.0
"""No earthquake, and no grain that breaks, has a magnitude beyond, of either sign."""

_NARROWEST, _WIDEST = 1e-8, 10.0
_MOST_BINS = 1_000_000


@dataclass(frozen=True)
class FrequencyMagnitude:
    """A frequency-magnitude distribution.

    Parameters
    ----------
    magnitudes : ndarray, shape (k,)
        Centres of the bins, ascending, none left out.
    counts : ndarray of int64, shape (k,)
        Events in each bin.
    cumulative : ndarray of int64, shape (k,)
        Events in this bin and above.
    bin_width : float
    """

    magnitudes: Array
    counts: NDArray[np.int64]
    cumulative: NDArray[np.int64]
    bin_width: float


def finite_magnitudes(magnitudes: ArrayLike) -> Array:
    """Return the magnitudes that are numbers, in their order.

    Raises
    ------
    InputError
        If they do not form one row.
    DataError
        If there is none, or one that can be no magnitude.
    """
    m = np.asarray(magnitudes, dtype=np.float64)
    if m.ndim != 1:
        raise InputError(f"magnitudes must form one row; found shape {m.shape}")
    check_plausible(m)
    m = m[np.isfinite(m)]
    if not m.size:
        raise DataError("there are no magnitudes; choose a catalog that holds some")
    return m


def check_plausible(magnitudes: ArrayLike) -> None:
    """Refuse numbers that can be no magnitudes, such as -999 for "none".

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
        NaN is passed over.

    Raises
    ------
    DataError
        If one lies beyond `LARGEST` or below its negative.

    Examples
    --------
    >>> check_plausible([-2.5, float("nan"), 9.5])
    """
    m = np.asarray(magnitudes, dtype=np.float64)
    wrong = np.flatnonzero(np.abs(m) > LARGEST)
    if wrong.size:
        first = m[wrong[0]]
        raise DataError(
            f"row {wrong[0]}: {first:g} is no magnitude, for it lies beyond {LARGEST:g} "
            f"({wrong.size} such rows); if it stands for none, catalog convert "
            f"--missing={first:g} makes it missing"
        )


def round_magnitudes(magnitudes: ArrayLike, bin_width: float) -> Array:
    """Round magnitudes to multiples of a bin width, halves away from zero.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
    bin_width : float
        0 leaves the magnitudes as they are.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    InputError
        If the bin width is neither 0 nor from 1e-8 to 10.

    Examples
    --------
    >>> round_magnitudes([-0.25, 0.25, 0.35, 1.04], 0.1).tolist()
    [-0.3, 0.3, 0.4, 1.0]
    """
    m = np.asarray(magnitudes, dtype=np.float64)
    if not (bin_width == 0.0 or _NARROWEST <= bin_width <= _WIDEST):
        raise InputError(
            f"bin width {bin_width:g}; give 0 (continuous magnitudes), or a width from "
            f"{_NARROWEST:g} to {_WIDEST:g}"
        )
    if bin_width == 0.0:
        return m
    # 0.35 / 0.1 falls short of 3.5 in binary; the tolerance gives it back.
    steps = np.sign(m) * np.floor(np.abs(m) / bin_width + 0.5 + TOLERANCE)
    return _clean(steps * bin_width)


def lowest_bin(mc: float, bin_width: float) -> float:
    """Return the lowest bin centre that is not below a magnitude of completeness.

    Examples
    --------
    >>> lowest_bin(1.25, 0.1), lowest_bin(1.3, 0.1), lowest_bin(1.25, 0.0)
    (1.3, 1.3, 1.25)
    """
    if bin_width == 0.0:
        return float(mc)
    return float(_clean(np.ceil(mc / bin_width - TOLERANCE) * bin_width))


def infer_bin_width(magnitudes: ArrayLike) -> float:
    """Return 0.1 or 0.01 if every magnitude is a multiple of it, else 0.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
        NaN is passed over.

    Returns
    -------
    float
        The step of the source's magnitudes; 0 when they look continuous.

    Examples
    --------
    >>> infer_bin_width([1.1, 2.3]), infer_bin_width([1.12, 2.3]), infer_bin_width([1.123, 2.3])
    (0.1, 0.01, 0.0)
    """
    m = finite_magnitudes(magnitudes)
    for step in (0.1, 0.01):
        if np.all(np.abs(m / step - np.round(m / step)) < 1e-6):
            return step
    return 0.0


def count_magnitudes(magnitudes: ArrayLike, bin_width: float) -> FrequencyMagnitude:
    """Count magnitudes in bins whose centres are multiples of the bin width.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
        NaN is passed over.
    bin_width : float
        Above 0.

    Returns
    -------
    FrequencyMagnitude

    Raises
    ------
    InputError
        If the bin width is not above 0, or so small that there were millions of bins.
    DataError
        If there are no magnitudes.

    Examples
    --------
    >>> counted = count_magnitudes([1.0, 1.04, 1.2], 0.1)
    >>> counted.counts.tolist(), counted.cumulative.tolist()
    ([2, 0, 1], [3, 1, 1])
    """
    if not bin_width > 0.0:
        raise InputError(f"bin width {bin_width}; counting in bins needs a width above 0")
    steps = np.round(round_magnitudes(finite_magnitudes(magnitudes), bin_width) / bin_width)
    first = int(steps.min())
    if steps.max() - first >= _MOST_BINS:
        raise InputError(
            f"bin width {bin_width:g} makes {steps.max() - first + 1:,.0f} bins; give a wider one"
        )
    counts = np.bincount((steps - first).astype(np.int64))
    centres = _clean((first + np.arange(counts.size)) * bin_width)
    return FrequencyMagnitude(centres, counts, np.cumsum(counts[::-1])[::-1], bin_width)


def _clean(values: NDArray[Any]) -> Array:
    """Take the binary noise off multiples of a bin width, and the sign off zero."""
    return np.asarray(np.round(values, 10) + 0.0)
