"""Whether the order of the magnitudes of a sequence means something.

If it does not, every order of the same events is as likely as any other; that is
what the forecasts assume, and what each statistic here is measured against.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError
from asperity.evt.trend.law import difference_variance, expected_records, records_variance
from asperity.evt.trend.law import two_sided as exact_two_sided

__all__ = ["Order", "Statistic", "Windows", "break_ties", "diagnose_order", "windowed_differences"]

Array = NDArray[np.float64]

SHUFFLES = 999
_SMALLEST_WINDOW = 20


@dataclass(frozen=True)
class Statistic:
    """One statistic of the order.

    Parameters
    ----------
    value : float
    z : float or None
        In standard deviations of the exact law, where that has one.
    p : float
        Share of orders, the given one among them, that are at least as far out.
    """

    value: float
    z: float | None
    p: float


@dataclass(frozen=True)
class Windows:
    """Forward minus backward records in windows of equally many events.

    Parameters
    ----------
    width : int
        Events in each.
    first : ndarray of int64, shape (k,)
        Event that each begins with.
    difference : ndarray of int64, shape (k,)
    sd : float
        Standard deviation of a difference, ``sqrt(2 (H_width - 1))``.
    p : float
        Share of orders with as large a difference in any window.
    """

    width: int
    first: NDArray[np.int64]
    difference: NDArray[np.int64]
    sd: float
    p: float


@dataclass(frozen=True)
class Order:
    """What the order of n magnitudes shows.

    Parameters
    ----------
    n : int
    forward, backward : int
        Records in the order given and in the reverse one; ties are none.
    z : float
        Their difference in standard deviations, by the exact variance.
    dithered : tuple of int
        The same counts after ties were broken; equal to the above without ties.
    difference : Statistic
        Forward minus backward records, ties broken, two-sided.
    p_increasing : float
        One-sided: share of orders with as many more forward records.
    p_exact : float
        Two-sided, by the exact law of the difference instead of shuffles.
    weighted_difference : Statistic
        The same with each record weighted by the events before it.
    foster_stuart : Statistic
        Upper minus lower records of the forward order, d.
    records : Statistic
        Upper plus lower records of the forward order, s.
    round_trip : Statistic
        d of the forward minus d of the backward order.
    largest : Statistic
        Place of the largest event, from 0 (first) to 1 (last); two-sided.
    jumps : Statistic
        Kolmogorov-Smirnov distance of record jumps from all magnitudes above Mc.
    windows : Windows or None
        None for sequences shorter than two windows.
    shuffles : int
    """

    n: int
    forward: int
    backward: int
    z: float
    dithered: tuple[int, int]
    difference: Statistic
    p_increasing: float
    p_exact: float
    weighted_difference: Statistic
    foster_stuart: Statistic
    records: Statistic
    round_trip: Statistic
    largest: Statistic
    jumps: Statistic
    windows: Windows | None
    shuffles: int


def break_ties(magnitudes: ArrayLike, bin_width: float, rng: np.random.Generator) -> Array:
    """Spread rounded magnitudes over their bins, so that no two are equal.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
    bin_width : float
        Step of the magnitudes; 0 when not known.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (n,)
        The magnitudes as they are when no two are equal.

    Notes
    -----
    Uniform within half a bin either way. Ties take records away: of 1000
    magnitudes rounded to 0.1 with b = 1, 6.8 are records instead of 7.5.
    """
    m = np.asarray(magnitudes, dtype=np.float64)
    levels = np.unique(m)
    if levels.size == m.size:
        return m
    step = bin_width
    if not step > 0.0:
        step = float(np.diff(levels).min()) if levels.size > 1 else 1.0
    return np.asarray(m + rng.uniform(-0.5 * step, 0.5 * step, m.size))


def diagnose_order(
    magnitudes: ArrayLike,
    mc: float,
    *,
    bin_width: float = 0.0,
    window: int | None = None,
    shuffles: int = SHUFFLES,
    seed: int = 0,
) -> Order:
    """Compare a sequence with random orders of the same magnitudes.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
        In order of time, at or above `mc`.
    mc : float
        Magnitude of completeness, from which the first jump counts.
    bin_width : float, optional
        Step of the magnitudes, for breaking ties.
    window : int, optional
        Events in a window; a tenth of all, 20 at least, when missing.
    shuffles : int, optional
        Random orders behind the p-values; an integer seed makes them repeatable.
    seed : int, optional

    Returns
    -------
    Order

    Raises
    ------
    DataError
        If there are fewer than two events, or all are equal.
    InputError
        If an argument is out of range.

    Notes
    -----
    With H_n = 1 + 1/2 + ... + 1/n: E D = 0 and Var D = 2 (H_n - 1); Var d of Foster
    & Stuart 2 (H_n - 1); mean and variance of s 2 (H_n - 1) and 2 (H_n - 1) -
    4 (H_n^(2) - 1). A p-value is (1 + orders at least as far out)/(1 + orders), which
    is valid for any number of shuffles. The tests are weak: with b drifting from 1.5
    to 0.8 over 1000 events D exceeds 1.645 standard deviations in 28 % of cases.

    References
    ----------
    Foster, F. G. & Stuart, A. (1954). Distribution-free tests in time-series based on
    the breaking of records. J. R. Stat. Soc. B 16, 1-22.

    Diersen, J. & Trenkler, G. (1996). Records tests for trend in location. Statistics
    28, 1-12. doi:10.1080/02331889708802543

    Examples
    --------
    >>> rising = diagnose_order(np.linspace(1.0, 4.0, 50), 1.0)
    >>> rising.forward, rising.backward, rising.difference.p < 0.01
    (50, 1, True)
    """
    m = np.asarray(magnitudes, dtype=np.float64)
    _check(m, window, shuffles)
    rng = np.random.default_rng(seed)
    values = break_ties(m, bin_width, rng)
    n = m.size
    width = min(n, window or max(_SMALLEST_WINDOW, n // 10))
    stride = max(1, width // 4)

    from asperity.core.kernels import prepare

    prepare()
    from asperity.evt.trend import _kernels as k

    # Dithered values may lie half a bin below Mc; their least jump is still no less than 0.
    floor = min(mc, float(values.min()))
    found = k.shuffled_statistics(values, floor, width, stride, shuffles, rng)
    forward, _, _ = k.records_one_way(m, 0, n, 1)
    backward, _, _ = k.records_one_way(m, n - 1, -1, -1)

    both = found[:, k.FORWARD] - found[:, k.BACKWARD]
    upper_lower = found[:, k.FORWARD] - found[:, k.LOW_FORWARD]
    total = found[:, k.FORWARD] + found[:, k.LOW_FORWARD] - 2.0
    round_trip = upper_lower - (found[:, k.BACKWARD] - found[:, k.LOW_BACKWARD])
    place = found[:, k.POSITION] / (n - 1)
    variance = difference_variance(n)
    spread = variance - 4.0 * (expected_records(n) - records_variance(n) - 1.0)
    windows = None
    if n >= 2 * width:
        differences, first = windowed_differences(values, width, stride)
        windows = Windows(
            width, first, differences, difference_variance(width) ** 0.5,
            _p(found[:, k.LARGEST_WINDOW]),
        )  # fmt: skip
    return Order(
        n=n,
        forward=int(forward),
        backward=int(backward),
        z=float((forward - backward) / np.sqrt(variance)),
        dithered=(int(found[0, k.FORWARD]), int(found[0, k.BACKWARD])),
        difference=Statistic(float(both[0]), float(both[0] / np.sqrt(variance)), _p(np.abs(both))),
        p_increasing=_p(both),
        p_exact=exact_two_sided(n, int(both[0])),
        weighted_difference=_about_zero(found[:, k.WEIGHTED]),
        foster_stuart=Statistic(
            float(upper_lower[0]), float(upper_lower[0] / np.sqrt(variance)),
            _p(np.abs(upper_lower)),
        ),
        records=Statistic(
            float(total[0]), float((total[0] - variance) / np.sqrt(spread)) if spread > 0 else None,
            _p(np.abs(total - variance)),
        ),
        round_trip=_about_zero(round_trip),
        # The place is uniform; no shuffles are needed.
        largest=Statistic(float(place[0]), None, _uniform_p(int(found[0, k.POSITION]), n)),
        jumps=Statistic(float(found[0, k.DISTANCE]), None, _p(found[:, k.DISTANCE])),
        windows=windows,
        shuffles=shuffles,
    )  # fmt: skip


def warm_up() -> None:
    """Compile the kernels, for `asperity doctor --warm-up`."""
    diagnose_order([1.0, 2.0, 1.5], 1.0, shuffles=1)


def _check(m: Array, window: int | None, shuffles: int) -> None:
    if m.ndim != 1 or not np.isfinite(m).all():
        raise InputError(
            "magnitudes must be one row of finite numbers in order of time; "
            f"found shape {m.shape}, {int((~np.isfinite(m)).sum())} not finite"
        )
    if m.size < 2:
        raise DataError(f"an order needs two events; found {m.size}: lower --mc")
    if np.ptp(m) == 0.0:
        raise DataError(
            f"all {m.size} magnitudes are equal: their order shows nothing; lower --mc, or "
            "bring finer ones"
        )
    if shuffles < 1 or (window is not None and window < 2):
        raise InputError(
            f"{shuffles} shuffles, window of {window} events; give 1 or more, and 2 or more"
        )


def windowed_differences(
    magnitudes: ArrayLike, width: int, stride: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return forward minus backward records of windows, and the event each begins with.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
    width, stride : int
        Events in a window, and from one to the next.

    Examples
    --------
    >>> differences, first = windowed_differences([1.0, 2.0, 3.0, 2.0, 1.0], 3, 1)
    >>> differences.tolist(), first.tolist()
    ([2, 0, -2], [0, 1, 2])
    """
    from asperity.core.kernels import prepare

    prepare()
    from asperity.evt.trend import _kernels as k

    m = np.ascontiguousarray(magnitudes, dtype=np.float64)
    out = np.empty(max(0, m.size - width) // stride + 1)
    count = k.window_differences(m, width, stride, out)
    return out[:count].astype(np.int64), np.arange(count) * stride


def _about_zero(values: Array) -> Statistic:
    return Statistic(float(values[0]), None, _p(np.abs(values)))


def _p(values: Array) -> float:
    """Return the share of orders, the given one in row 0 among them, with at least its value."""
    # Sums in another order differ in the last bits.
    return float(np.mean(values >= values[0] - 1e-9))


def _uniform_p(place: int, n: int) -> float:
    return min(1.0, 2.0 * min(place + 1, n - place) / n)
