"""Episodes: bursts of events in time, found as the hills of a kernel density."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks
from scipy.stats import poisson

from asperity.core.errors import InputError

__all__ = [
    "Episode", "Segmentation", "bandwidth_of", "density", "find_episodes",
    "mainshock_episode", "smoothed",
]  # fmt: skip

Array = NDArray[np.float64]
Rule = Literal["adaptive", "silverman"]
#: The density of a grid that would be longer than this is not computed.
_LONGEST_GRID = 20_000_000
#: Neighbours whose times set the adaptive bandwidth, and its largest share of the recurrence.
NEIGHBOUR, RECURRENCE_SHARE = 5, 0.02
#: Least adaptive bandwidth, share of the whole time.
FINEST = 1e-6
#: Times whose density is so many times the background's are no background; a hill that a
#: background would show anywhere with this probability is none; a valley below this share of its
#: hills parts them.
BACKGROUND, CHANCE, DEPTH = 3.0, 0.01, 0.5


@dataclass(frozen=True)
class Segmentation:
    """How episodes are told apart.

    Parameters
    ----------
    bandwidth : float or {"adaptive", "silverman"}
        Of the Gaussian kernel, s.
    step : float
        Of the grid, s; a quarter of the bandwidth where zero.
    prominence : float
        Least prominence of a peak, share of the highest density. With 0 every hill counts;
        otherwise those that the background alone does not explain and that are parted by
        deep valleys.
    """

    bandwidth: float | Rule = "adaptive"
    step: float = 0.0
    prominence: float = 1e-3

    @classmethod
    def published(cls) -> Segmentation:
        """Return the choice of Ye et al. (2024): 0.2 ms whatever the data, every minimum."""
        return cls(bandwidth=2e-4, step=2e-6, prominence=0.0)


@dataclass(frozen=True)
class Episode:
    """A burst of events.

    Parameters
    ----------
    begin, end : float
        Limits of its window, s.
    peak : float
        Time of the highest density, s.
    height : float
        Density there, 1/s.
    members : ndarray of int
        Rows of its events.
    """

    begin: float
    end: float
    peak: float
    height: float
    members: NDArray[np.intp]


def bandwidth_of(
    times: Array, rule: Rule = "adaptive", *, recurrence: float = math.inf, sample: float = 0.0
) -> float:
    """Return the bandwidth of a kernel density, s.

    Parameters
    ----------
    times : ndarray, shape (n,)
        s.
    rule : {"adaptive", "silverman"}
        ``adaptive``: the median time to the fifth neighbour, at least two samples and at
        most a fiftieth of the recurrence, and no less than a millionth of the whole
        time. ``silverman``: ``0.9 min(sd, IQR / 1.34)
        n^(-1/5)`` (Silverman 1986), far too wide for bursts.
    recurrence : float
        Median time between mainshocks, s.
    sample : float
        Time between samples, s.
    """
    n = len(times)
    if n < 2 or not np.ptp(times) > 0.0:
        return max(2.0 * sample, 1e-9)
    if rule == "silverman":
        low, high = np.percentile(times, [25, 75])
        spread = min(float(np.std(times, ddof=1)), (high - low) / 1.34) or float(np.std(times))
        return float(0.9 * spread * n**-0.2)
    ordered = np.sort(times)
    k = min(NEIGHBOUR, n - 1)
    # The k-th neighbour of each lies at most k places away on either side.
    away = np.full((2 * k, n), np.inf)
    for shift in range(1, k + 1):
        gap = ordered[shift:] - ordered[:-shift]
        away[2 * shift - 2, shift:] = gap
        away[2 * shift - 1, :-shift] = gap
    kth = np.sort(away, axis=0)[k - 1]
    widest = RECURRENCE_SHARE * recurrence
    # Events of one step are at one time: a bandwidth of nothing would need an endless grid.
    least = max(2.0 * sample, 1e-9, FINEST * float(np.ptp(times)))
    return float(min(max(float(np.median(kth)), least), widest))


def density(times: Array, bandwidth: float, step: float) -> tuple[Array, Array]:
    """Return a grid over the times and the Gaussian kernel density on it.

    Parameters
    ----------
    times : ndarray, shape (n,)
        s.
    bandwidth, step : float
        s; times are rounded down to the grid.

    Returns
    -------
    grid : ndarray, shape (m,)
        s, three bandwidths beyond the times on both sides.
    values : ndarray, shape (m,)
        1/s.

    Raises
    ------
    InputError
        If the grid would have more than 20 million places.
    """
    margin = 3.0 * bandwidth
    first = math.floor((float(np.min(times)) - margin) / step)
    last = math.ceil((float(np.max(times)) + margin) / step)
    if last - first > _LONGEST_GRID:
        raise InputError(
            f"density of {len(times)} events over {np.ptp(times):.4g} s with steps of {step:.4g} s:"
            " the grid is too long; choose a wider bandwidth"
        )
    counts = np.zeros(last - first + 1)
    # A hair of slack: a time on the grid stays there whatever its last bit.
    np.add.at(counts, np.floor(times / step + 1e-9).astype(np.int64) - first, 1.0)
    smooth = gaussian_filter1d(counts, bandwidth / step, mode="constant", truncate=8.0)
    grid = np.asarray(step * np.arange(first, last + 1), float)
    return grid, np.asarray(smooth / (len(times) * step), float)


def smoothed(
    times: Array, how: Segmentation, *, recurrence: float = math.inf, sample: float = 0.0
) -> tuple[Array, Array, float]:
    """Return the density in which `find_episodes` finds hills: grid, values and bandwidth."""
    h = how.bandwidth
    if isinstance(h, str):
        h = bandwidth_of(times, h, recurrence=recurrence, sample=sample)
    return *density(times, h, how.step or h / 4.0), h


def find_episodes(
    times: Array, how: Segmentation | None = None, *, recurrence: float = math.inf,
    sample: float = 0.0,
) -> list[Episode]:  # fmt: skip
    """Find the episodes of events in time.

    Parameters
    ----------
    times : ndarray, shape (n,)
        s, in any order.
    how : Segmentation, optional
    recurrence : float
        Median time between mainshocks, s; limits an adaptive bandwidth.
    sample : float
        Time between samples of forces, s; an adaptive bandwidth has at least two.

    Returns
    -------
    list of Episode
        In order of time. Windows that would hold no event belong to the one before.
    """
    c = how or Segmentation()
    if len(times) == 0:
        return []
    grid, values, h = smoothed(times, c, recurrence=recurrence, sample=sample)
    peaks = _peaks(values, c.prominence * float(values.max()))
    if c.prominence > 0.0:
        peaks = _significant(np.sort(times), grid, values, peaks, h)
        peaks = _parted(values, peaks)
    valleys = [_valley(values, a, b) for a, b in itertools.pairwise(peaks)]
    limits = np.array([grid[0], *grid[valleys], grid[-1] + (grid[1] - grid[0])])
    place = np.clip(np.searchsorted(limits, times, side="right") - 1, 0, len(peaks) - 1)
    episodes: list[Episode] = []
    for k, peak in enumerate(peaks):
        members = np.flatnonzero(place == k)
        if not len(members) and episodes:
            episodes[-1] = replace(episodes[-1], end=float(limits[k + 1]))
        elif len(members):
            episodes.append(
                Episode(
                    float(limits[k]), float(limits[k + 1]), float(grid[peak]),
                    float(values[peak]), members,
                )
            )  # fmt: skip
    return episodes


def _valley(values: Array, first: int, last: int) -> int:
    """Return the lowest place between two hills; the middle of the quiet where it is flat."""
    between = values[first : last + 1]
    lowest = np.flatnonzero(between == between.min())
    return first + int(lowest[len(lowest) // 2])


def _peaks(values: Array, prominence: float) -> NDArray[np.intp]:
    padded = np.concatenate([[0.0], values, [0.0]])
    found, _ = find_peaks(padded, prominence=max(prominence, 0.0) or None)
    return np.asarray(found - 1)


def _significant(
    times: Array, grid: Array, values: Array, peaks: NDArray[np.intp], bandwidth: float
) -> NDArray[np.intp]:
    """Keep the peaks around which are more events than the background explains; or the highest.

    The background is the rate outside of times whose density is three times as high, which
    are found anew until they no longer change: a mainshock does not hide foreshocks.
    """
    step = float(grid[1] - grid[0])
    place = np.clip(((times - grid[0]) / step).astype(np.int64), 0, len(grid) - 1)
    rate = len(times) / max(float(np.ptp(times)), bandwidth)
    alone = 1.0 / (math.sqrt(2.0 * math.pi) * bandwidth)  # density at a single event, 1/s
    for _ in range(20):
        quiet = values * len(times) < BACKGROUND * max(rate, alone)
        renewed = max(float(quiet[place].sum()), 1.0) / max(step * quiet.sum(), bandwidth)
        if renewed == rate:
            break
        rate = renewed
    reach = 2.0 * bandwidth
    around = np.searchsorted(times, grid[peaks] + reach) - np.searchsorted(
        times, grid[peaks] - reach
    )
    # Anywhere in the whole time, not at one place chosen before.
    windows = max(1.0, float(np.ptp(times)) / (2.0 * reach))
    kept = peaks[poisson.sf(around - 1, 2.0 * reach * rate) < CHANCE / windows]
    return kept if len(kept) else peaks[[int(np.argmax(values[peaks]))]]


def _parted(values: Array, peaks: NDArray[np.intp]) -> NDArray[np.intp]:
    """Leave out the lower of two hills with the shallowest valley, until all are deep."""
    heights = values[peaks]
    valleys = np.array([values[a : b + 1].min() for a, b in itertools.pairwise(peaks)])
    while len(valleys):
        shares = valleys / np.minimum(heights[:-1], heights[1:])
        k = int(np.argmax(shares))
        if shares[k] < DEPTH:
            break
        lower = k if heights[k] <= heights[k + 1] else k + 1
        if 0 < lower < len(heights) - 1:
            # The hills beside the one that goes are now parted by its deeper valley.
            valleys[lower] = min(valleys[lower - 1], valleys[lower])
            k = lower - 1
        valleys = np.delete(valleys, k)
        peaks, heights = np.delete(peaks, lower), np.delete(heights, lower)
    return peaks


def mainshock_episode(episodes: Sequence[Episode]) -> tuple[int, bool]:
    """Return which episode holds the most events, and whether its peak is the highest, too.

    The rule of Ye et al. (2024) for tests with one mainshock.

    Raises
    ------
    InputError
        If there is no episode.
    """
    if not episodes:
        raise InputError("no episode of events, so no mainshock")
    most = int(np.argmax([len(e.members) for e in episodes]))
    return most, most == int(np.argmax([e.height for e in episodes]))
