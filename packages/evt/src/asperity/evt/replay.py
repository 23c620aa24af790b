"""Replay a sequence: what would have been forecast before each event.

The forecast of an event uses only what came before it. The estimates after
each event are made incrementally, so that 60,000 events take a fraction of a
second.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError
from asperity.core.notebook import Shown
from asperity.evt.estimators import EstimatorName, Index, record_rows
from asperity.evt.forecast import CalibratedForecast, GutenbergRichterForecast
from asperity.evt.laws import Law

__all__ = ["Replay", "history_b", "replay", "replay_estimates"]

Array = NDArray[np.float64]

_INDEX_CODES: dict[Index, int] = {"cooke": 0, "reversed": 1, "truncated": 2}


def replay_estimates(magnitudes: ArrayLike, index: Index = "cooke") -> Array:
    """Return all eight estimates after each event of a sequence.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
        In order of time, above the magnitude of completeness.
    index : {"cooke", "reversed", "truncated"}

    Returns
    -------
    ndarray, shape (n, 8)
        Columns in the order of `asperity.evt.ESTIMATORS`; row k uses the events 0
        to k. NaN where an estimator needs more events or records.

    Raises
    ------
    InputError
        If a magnitude is not finite.

    Notes
    -----
    Identical to sorting at each event to 1e-12. The 40 leading order statistics
    carry all weight that a double can hold. Work per event is constant but for
    the search of its neighbours in size, O(log n) by one sort of the sequence;
    gaps are gathered anew, O(n), when more than 64 of the leading ones have been
    split, which takes some hundred events of an exchangeable sequence at first and
    ever more later.

    Examples
    --------
    >>> replay_estimates([1.5, 2.0, 2.4, 3.1])[-1, :2].round(6).tolist()
    [3.348438, 3.174276]
    """
    m = _finite(magnitudes)
    from asperity.core.kernels import prepare

    prepare()
    from asperity.evt import _kernels

    order = np.argsort(m, kind="stable")
    return np.asarray(_kernels.replay_estimates(m, order, _INDEX_CODES[index]))


def warm_up() -> None:
    """Compile the kernels, for `asperity doctor --warm-up`."""
    replay_estimates([1.0, 2.0])


def _finite(magnitudes: ArrayLike) -> Array:
    m = np.ascontiguousarray(magnitudes, dtype=np.float64)
    if m.ndim != 1 or not m.size:
        raise DataError("there are no events; lower --mc or choose another catalog")
    bad = np.flatnonzero(~np.isfinite(m))
    if bad.size:
        raise InputError(f"magnitude of event {bad[0]} is {m[bad[0]]}; leave such events out first")
    return m


def history_b(magnitudes: ArrayLike, mc: float, bin_width: float = 0.0) -> Array:
    """Return the b-value of the events up to and with each event.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
        At or above `mc`.
    mc : float
    bin_width : float, optional
        Step of the magnitudes, 0 if continuous.

    Returns
    -------
    ndarray, shape (n,)
        Infinite as long as all magnitudes equal `mc`.

    Notes
    -----
    Exact for binned magnitudes: ``log10(1 + dM/(mean - Mc))/dM`` (Tinti & Mulargia
    1987), which is Aki's (1965) for dM = 0.

    Examples
    --------
    >>> history_b([1.0, 2.0], 1.0).round(4).tolist()
    [inf, 0.8686]
    """
    m = np.asarray(magnitudes, dtype=np.float64)
    mean_excess = np.cumsum(m - mc) / np.arange(1, m.size + 1)
    positive = np.where(mean_excess > 1e-12, mean_excess, np.nan)
    if bin_width > 0.0:
        b = np.log10(1.0 + bin_width / positive) / bin_width
    else:
        b = np.log10(np.e) / positive
    return np.asarray(np.where(np.isnan(b), np.inf, b))


@dataclass(frozen=True, repr=False)
class Replay(Shown):
    """What would have been forecast before each event of a sequence.

    Parameters
    ----------
    magnitudes : ndarray, shape (n,)
        The events at or above `mc`, in order of time.
    is_record : ndarray of bool, shape (n,)
    mc : float
    law : Law
    conditioned : bool
    upper_name, lower_name : EstimatorName
        Which estimators M_UE and M_LE are.
    event_index : ndarray of int64, shape (m,)
        The events from the first valid forecast on; all below have shape (m,).
    n_events, n_records : ndarray of int64
        How many came before.
    m_max, m_ue, m_le, b : ndarray
        Maximum, limits and b-value of what came before.
    valid : ndarray of bool
        Whether M_UE lies above M_LE and both exist.
    """

    magnitudes: Array
    is_record: NDArray[np.bool_]
    mc: float
    law: Law
    conditioned: bool
    upper_name: EstimatorName
    lower_name: EstimatorName
    event_index: NDArray[np.int64]
    n_events: NDArray[np.int64]
    n_records: NDArray[np.int64]
    m_max: Array
    m_ue: Array
    m_le: Array
    b: Array
    valid: NDArray[np.bool_]

    def _facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "events": len(self.magnitudes), "records": int(self.is_record.sum()),
            "Mc": f"{self.mc:g}", "forecasts": len(self.event_index),
        }  # fmt: skip
        if len(self.magnitudes):
            facts["largest"] = f"{self.magnitudes.max():.2f}"
        if self.valid.any():
            last = int(np.flatnonzero(self.valid)[-1])
            facts["last M_UE"], facts["last M_LE"] = (
                f"{values[last]:.2f}" for values in (self.m_ue, self.m_le)
            )
        return facts

    @property
    def observed(self) -> Array:
        """Magnitudes of the events that were forecast, shape (m,)."""
        return np.asarray(self.magnitudes[self.event_index])

    @property
    def records(self) -> NDArray[np.bool_]:
        """Whether each of them was a record, shape (m,)."""
        return np.asarray(self.is_record[self.event_index])

    def of_records(self) -> Replay:
        """Return the same with the records alone: all that scores and tables need."""
        kept = {
            name: getattr(self, name)[self.records]
            for name in (
                "event_index", "n_events", "n_records", "m_max", "m_ue", "m_le", "b", "valid",
            )
        }  # fmt: skip
        return replace(self, **kept)

    def forecast(self, rows: Any = slice(None)) -> CalibratedForecast:
        """Return the calibrated forecasts of the events in `rows`."""
        upper = np.where(self.valid, self.m_ue, np.nan)
        return CalibratedForecast(
            self.law, self.m_le[rows], upper[rows], self.m_max[rows], self.conditioned
        )

    def baseline(self, rows: Any = slice(None)) -> GutenbergRichterForecast:
        """Return the Gutenberg-Richter forecasts of the events in `rows`."""
        b = np.where(np.isfinite(self.b), self.b, np.nan)
        return GutenbergRichterForecast(self.m_max[rows], b[rows])


def replay(
    magnitudes: ArrayLike,
    mc: float,
    law: Law,
    *,
    upper: EstimatorName,
    lower: EstimatorName,
    conditioned: bool = True,
    min_events: int = 10,
    min_records: int = 2,
    bin_width: float = 0.0,
) -> Replay:
    """Replay a sequence without look-ahead.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
        In order of time, at or above `mc`.
    mc : float
        Magnitude of completeness; with ``reversed`` M_UE depends on it.
    law : Law
        Law of the normalised magnitude.
    upper, lower : EstimatorName
        Which estimators M_UE and M_LE are.
    conditioned : bool, optional
        Condition the forecasts on a record.
    min_events, min_records : int, optional
        How many must have come before the first forecast.
    bin_width : float, optional
        Step of the magnitudes, for the b-value of the baseline.

    Returns
    -------
    Replay

    Raises
    ------
    InputError
        If a magnitude is not finite or lies below `mc`.
    DataError
        If there are no events.

    References
    ----------
    Verdon & Eisner (2024).
    """
    m = _finite(magnitudes)
    if m.min() < mc - 1e-9:
        raise InputError(
            f"magnitude {m.min():g} lies below Mc = {mc:g}; leave such events out first"
        )
    estimates = {i: replay_estimates(m, i) for i in {upper.index, lower.index}}
    is_record = np.zeros(m.size, dtype=bool)
    is_record[record_rows(m)] = True
    n_records = np.cumsum(is_record)
    # The forecast of event k is made from what was known after event k - 1.
    before = np.arange(m.size - 1)
    m_ue = estimates[upper.index][before, upper.column]
    m_le = estimates[lower.index][before, lower.column]
    enough = (before + 1 >= min_events) & (n_records[before] >= min_records)
    valid = enough & np.isfinite(m_ue) & np.isfinite(m_le) & (m_ue > m_le)
    start = int(np.flatnonzero(valid)[0]) if valid.any() else before.size
    kept = slice(start, None)
    return Replay(
        magnitudes=m,
        is_record=is_record,
        mc=mc,
        law=law,
        conditioned=conditioned,
        upper_name=upper,
        lower_name=lower,
        event_index=(before + 1)[kept],
        n_events=(before + 1)[kept],
        n_records=n_records[before][kept],
        m_max=np.maximum.accumulate(m)[before][kept],
        m_ue=m_ue[kept],
        m_le=m_le[kept],
        b=history_b(m, mc, bin_width)[before][kept],
        valid=valid[kept],
    )
