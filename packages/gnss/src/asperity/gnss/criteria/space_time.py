"""Alarms in regions and months, from the deviation of strain series, against events.

An alarm is a month in which the deviation of a region's strain from its linear trend
exceeds a threshold; it announces an event for the time from half a year to five years
later (Ma et al. 2024: 18 %). What is scored are region-months: on alarm or not, with an
event or without.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError
from asperity.gnss.criteria.scores import AlarmScore, Molchan, alarm_score, molchan

__all__ = [
    "LEAD",
    "MARKED",
    "THRESHOLDS",
    "ThresholdScore",
    "TimeScore",
    "TrainedThreshold",
    "announced",
    "score_alarms",
    "without_aftermath",
]

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

#: From half a year to five years, months.
LEAD = (6, 60)
#: The published threshold.
MARKED = 0.18
#: 5 to 100 %, the published one among them.
THRESHOLDS = tuple(sorted({round(0.05 * k, 2) for k in range(1, 21)} | {MARKED}))


@dataclass(frozen=True)
class ThresholdScore:
    """How alarms above one threshold did.

    Parameters
    ----------
    threshold : float
    alarm : AlarmScore
        Of the events: hits, share of space-time on alarm, binomial p, gain.
    false_alarms : int
        Alarms, uninterrupted months of one region, that no event followed in time.
    alarms : int
        All of them that were over in time to be judged.
    false_alarm_rate : float
        Share of the region-months without an event that are on alarm.
    """

    threshold: float
    alarm: AlarmScore
    false_alarms: int
    alarms: int
    false_alarm_rate: float

    @property
    def misses(self) -> int:
        """Events that were not on alarm."""
        return self.alarm.n - self.alarm.hits

    @property
    def r_value(self) -> float:
        """Hit rate minus false-alarm rate: 0 says nothing, 1 is perfect."""
        return self.alarm.hits / self.alarm.n - self.false_alarm_rate


@dataclass(frozen=True)
class TrainedThreshold:
    """The threshold that did best before a month, and how it did from then on."""

    threshold: float
    training: ThresholdScore
    test: ThresholdScore


@dataclass(frozen=True, eq=False)
class TimeScore:
    """How alarms of a statistic did.

    Parameters
    ----------
    by_threshold : tuple of ThresholdScore
        Ascending thresholds.
    marked : ThresholdScore
        That of the published rule.
    molchan : Molchan
        Of all thresholds: region-months ranked by the largest statistic in their lead time.
    roc_area : float
        Area under hit rate against false-alarm rate; 0.5 says nothing.
    watched : int
        Region-months for which the statistic is known some time in their lead time.
    unwatched_events : int
        Events in other region-months, which are not scored.
    trained : TrainedThreshold, optional
    """

    by_threshold: tuple[ThresholdScore, ...]
    marked: ThresholdScore
    molchan: Molchan
    roc_area: float
    watched: int
    unwatched_events: int
    trained: TrainedThreshold | None = None


def announced(statistic: ArrayLike, lead: tuple[int, int] = LEAD) -> Array:
    """Return the largest statistic of the months whose alarms would hold for each month.

    Parameters
    ----------
    statistic : array_like, shape (regions, months)
        NaN where it is not known.
    lead : tuple of int
        An alarm of month m holds from m + lead[0] to m + lead[1], both included.

    Returns
    -------
    ndarray, shape (regions, months)
        NaN where no month of the lead time is known.

    Examples
    --------
    >>> announced([[0.2, 0.5, 0.1, 0.0]], lead=(1, 2)).tolist()
    [[nan, 0.2, 0.5, 0.5]]
    """
    values = np.atleast_2d(np.asarray(statistic, dtype=np.float64))
    first, last = lead
    if not 1 <= first <= last:
        raise InputError(f"lead {first}/{last} months; give two ascending numbers from 1 on")
    n = values.shape[1]
    known = np.where(np.isfinite(values), values, -np.inf)
    largest = np.full(values.shape, -np.inf)
    for shift in range(first, min(last, n - 1) + 1):
        np.maximum(largest[:, shift:], known[:, : n - shift], out=largest[:, shift:])
    return np.where(np.isfinite(largest), largest, np.nan)


def without_aftermath(statistic: ArrayLike, large: ArrayLike, months: int) -> Array:
    """Return a statistic without the months in which a large earthquake still shows.

    Parameters
    ----------
    statistic : array_like, shape (regions, months)
    large : array_like of bool, shape (regions, months)
        Months with an earthquake whose postseismic motion reaches the region.
    months : int
        How long it is left out, the month of the earthquake included.
    """
    kept = np.array(np.atleast_2d(statistic), dtype=np.float64)
    for region, month in np.argwhere(np.atleast_2d(np.asarray(large, dtype=bool))):
        kept[region, month : month + months] = np.nan
    return kept


def score_alarms(
    statistic: ArrayLike,
    events: ArrayLike,
    *,
    lead: tuple[int, int] = LEAD,
    thresholds: Sequence[float] = THRESHOLDS,
    marked: float = MARKED,
    weights: ArrayLike | None = None,
    split: int | None = None,
) -> TimeScore:
    """Score the alarms of a statistic of regions and months on events.

    Parameters
    ----------
    statistic : array_like, shape (regions, months)
        Size of the deviation (0.18 is 18 %); NaN where it is not known.
    events : array_like of int, shape (regions, months)
        How many events there are; declustered, in regions that do not overlap.
    lead : tuple of int, optional
        Months from an alarm to the first and to the last month that it is for.
    thresholds : sequence of float, optional
    marked : float, optional
        The threshold of the published rule.
    weights : array_like, shape (regions,), optional
        Expected rate of events in each region; all alike when missing.
    split : int, optional
        Events before this month choose the threshold, those from it on test it.

    Returns
    -------
    TimeScore

    Raises
    ------
    InputError
        If shapes do not fit, or a threshold or weight is none.
    DataError
        If no event is in a region-month that is watched, or none on either side of the
        split.

    Notes
    -----
    With W the largest statistic in the lead time of a region-month (`announced`), it is on
    alarm at the threshold c where W >= c. If events fell after the weights and evenly in
    time, the number of hits would be binomial with the share of watched space-time on
    alarm; events after a choice of alarms are what this counts, so that alarms may be as
    persistent as they like. R is Xu's score (hit rate less false-alarm rate).

    References
    ----------
    Molchan 1990, doi:10.1016/0031-9201(90)90097-H; Zechar & Jordan 2008,
    doi:10.1111/j.1365-246X.2007.03676.x.

    Examples
    --------
    >>> statistic, events = np.zeros((1, 24)), np.zeros((1, 24), dtype=int)
    >>> statistic[0, 4], events[0, 12] = 0.3, 1
    >>> found = score_alarms(statistic, events, lead=(6, 12)).marked
    >>> found.alarm.hits, round(found.alarm.share, 3), found.false_alarms
    (1, 0.389, 0)
    """
    values, counts, rate = _checked(statistic, events, weights)
    if not (thresholds and all(math.isfinite(c) for c in (*thresholds, marked))):
        raise InputError("thresholds must be finite numbers, at least one")
    largest = announced(values, lead)
    watched = np.isfinite(largest)
    shares = np.where(watched, rate[:, None], 0.0)
    scored = np.where(watched, counts, 0)
    if not scored.any():
        raise DataError(
            f"none of {int(counts.sum())} events lies in a region-month whose lead time of "
            f"{lead[0]} to {lead[1]} months has a known statistic; nothing can be scored"
        )
    levels = tuple(sorted(set(thresholds) | {marked}))
    whole = slice(0, values.shape[1])
    found = {c: _at(c, values, largest, counts, shares, lead, whole) for c in levels}
    ranked = np.where(watched, largest, -np.inf)
    return TimeScore(
        tuple(found[c] for c in levels),
        found[marked],
        molchan(ranked.ravel(), shares.ravel(), _rows(scored)),
        _roc_area(largest[watched], scored[watched]),
        int(watched.sum()),
        int(counts.sum() - scored.sum()),
        None if split is None else _trained(levels, values, largest, counts, shares, lead, split),
    )


def _checked(
    statistic: ArrayLike, events: ArrayLike, weights: ArrayLike | None
) -> tuple[Array, Counts, Array]:
    values = np.atleast_2d(np.asarray(statistic, dtype=np.float64))
    counts = np.atleast_2d(np.asarray(events))
    if values.shape != counts.shape or values.ndim != 2:
        raise InputError(
            f"a statistic of shape {values.shape} with events of {counts.shape}; expected "
            "(regions, months) for both"
        )
    if counts.size and (counts.min() < 0 or not np.all(counts == counts.astype(np.int64))):
        raise InputError("numbers of events must be whole, from 0 on")
    rate = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    if rate.shape != (len(values),) or not (np.isfinite(rate) & (rate > 0.0)).all():
        raise InputError(f"weights must be {len(values)} numbers above 0, one a region")
    return values, counts.astype(np.int64), rate


def _rows(counts: Counts) -> Counts:
    """Return the flat place of each event, repeated where there are several."""
    flat = counts.ravel()
    return np.repeat(np.arange(flat.size), flat)


def _at(
    threshold: float, values: Array, largest: Array, counts: Counts, shares: Array,
    lead: tuple[int, int], months: slice,
) -> ThresholdScore:  # fmt: skip
    """Score one threshold on the events of some months."""
    on = np.nan_to_num(largest, nan=-np.inf)[:, months] >= threshold
    seen = shares[:, months] > 0.0
    inside = np.where(seen, counts[:, months], 0)
    alarm = alarm_score(on.ravel() & seen.ravel(), shares[:, months].ravel(), _rows(inside))
    quiet = seen & (inside == 0)
    rate = np.count_nonzero(on & quiet) / max(int(np.count_nonzero(quiet)), 1)
    alarms, false_alarms = _episodes(values >= threshold, counts, lead, months)
    return ThresholdScore(threshold, alarm, false_alarms, alarms, float(rate))


def _episodes(
    above: NDArray[np.bool_], counts: Counts, lead: tuple[int, int], months: slice
) -> tuple[int, int]:
    """Count the alarms that began in some months and can be judged, and the false ones."""
    n = above.shape[1]
    start, stop, _ = months.indices(n)
    alarms = false_alarms = 0
    padded = np.pad(above, ((0, 0), (1, 1))).astype(np.int8)
    for region, edges in enumerate(np.diff(padded, axis=1)):
        for begin, end in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
            over = int(end) + lead[1]
            answered = bool(counts[region, int(begin) + lead[0] : min(over, stop)].any())
            # Without an event yet it is only false once its time is over.
            if not start <= begin < stop or (not answered and over > stop):
                continue
            alarms += 1
            false_alarms += not answered
    return alarms, false_alarms


def _roc_area(largest: Array, counts: Counts) -> float:
    """Return the chance that a region-month with an event has the larger statistic."""
    order = np.argsort(largest, kind="stable")
    level, group = np.unique(largest[order], return_inverse=True)
    with_event = np.bincount(group, weights=counts[order], minlength=level.size)
    quiet = np.bincount(group, weights=counts[order] == 0, minlength=level.size)
    below = np.cumsum(quiet) - quiet
    pairs = float(with_event.sum() * quiet.sum())
    return float((with_event * (below + 0.5 * quiet)).sum() / pairs) if pairs else math.nan


def _trained(
    levels: Sequence[float], values: Array, largest: Array, counts: Counts, shares: Array,
    lead: tuple[int, int], split: int,
) -> TrainedThreshold:  # fmt: skip
    n = values.shape[1]
    first, second = slice(0, split), slice(split, n)
    seen = (shares > 0.0) & (counts > 0)
    if not (0 < split < n and seen[:, first].any() and seen[:, second].any()):
        raise DataError(
            f"split at month {split} of {n}: {int(counts[:, first][seen[:, first]].sum())} scored "
            f"events before it, {int(counts[:, second][seen[:, second]].sum())} after; both sides "
            "need one"
        )
    training = [_at(c, values, largest, counts, shares, lead, first) for c in levels]
    best = max(training, key=lambda score: score.r_value)
    test = _at(best.threshold, values, largest, counts, shares, lead, second)
    return TrainedThreshold(best.threshold, best, test)
