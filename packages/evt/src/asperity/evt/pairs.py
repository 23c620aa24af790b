"""Pairs of a record and what was known just before it, from many sequences.

Comparison, calibration and scores all rest on these: one row for each record that
had enough events before it, with all estimates made from those events only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Several
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError
from asperity.evt.estimators import EstimatorName, Index, record_rows
from asperity.evt.forecast import CalibratedForecast, GutenbergRichterForecast
from asperity.evt.laws import Law
from asperity.evt.replay import history_b, replay_estimates
from asperity.evt.rivals.protocol import History
from asperity.evt.sequence import Sequence

__all__ = ["Pairs", "SequenceMagnitudes", "pairs_of"]

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
INDICES: tuple[Index, ...] = get_args(Index)


@dataclass(frozen=True, eq=False)
class SequenceMagnitudes:
    """The magnitudes of one sequence, in order of time, at or above `mc`.

    Parameters
    ----------
    name, group : str
    magnitudes : ndarray, shape (n,)
    mc : float
    bin_width : float, optional
        Step of the magnitudes, 0 if continuous.
    seconds : ndarray, shape (n,), optional
        Times since the first event; None where only the order is known.
    full : History, optional
        The same events with times and operations, for rivals that need them.
    """

    name: str
    group: str
    magnitudes: Array
    mc: float
    bin_width: float = 0.0
    seconds: Array | None = None
    full: History | None = None

    @classmethod
    def of(cls, name: str, group: str, sequence: Sequence) -> SequenceMagnitudes:
        """Return the magnitudes of a sequence that was cut from a catalog."""
        catalog = sequence.catalog
        seconds = None if catalog.time_frame == "order" else catalog.seconds
        history = History.of(sequence)
        return cls(
            name, group, sequence.magnitudes, sequence.mc, sequence.bin_width, seconds, history
        )

    def history(self, n_events: int) -> History:
        """Return what was known after the first `n_events`."""
        full = self.full or History(self.magnitudes, self.mc, self.bin_width)
        return full.until(n_events)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Records with what was known before each; arrays have shape (n,) where not said.

    Parameters
    ----------
    sequences : tuple of SequenceMagnitudes
    sequence : ndarray of int64
        Which of them.
    n_events, n_records : ndarray of int64
        How many came before; `n_events` is the row of the record in its sequence, too.
    observed : ndarray
        Magnitude of the record.
    m_max, b : ndarray
        Largest magnitude and b-value of what came before.
    estimates : mapping of str to ndarray, shape (n, 8)
        By reading of the index, columns as `asperity.evt.ESTIMATORS`.
    min_events, min_records : int
        How many had to come before a record.
    """

    sequences: tuple[SequenceMagnitudes, ...]
    sequence: Rows
    n_events: Rows
    n_records: Rows
    observed: Array
    m_max: Array
    b: Array
    estimates: Mapping[Index, Array] = field(default_factory=dict)
    min_events: int = 10
    min_records: int = 2

    def __len__(self) -> int:
        return self.observed.size

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups in the order in which they appear."""
        return tuple(dict.fromkeys(s.group for s in self.sequences))

    def of_group(self, group: str) -> NDArray[np.bool_]:
        """Return which pairs belong to a group."""
        members = np.array([s.group == group for s in self.sequences], dtype=bool)
        return np.asarray(members[self.sequence])

    def estimate(self, name: EstimatorName) -> Array:
        """Return the estimates of one estimator under its reading of the index."""
        return np.asarray(self.estimates[name.index][:, name.column])

    def select(self, rows: Any) -> Pairs:
        """Return the pairs of a mask or of rows; the sequences stay."""
        return Pairs(
            self.sequences, self.sequence[rows], self.n_events[rows], self.n_records[rows],
            self.observed[rows], self.m_max[rows], self.b[rows],
            {index: e[rows] for index, e in self.estimates.items()},
            self.min_events, self.min_records,
        )  # fmt: skip

    def normalised(
        self, upper: EstimatorName, lower: EstimatorName
    ) -> tuple[Array, NDArray[np.bool_]]:
        """Return x = (M - M_LE)/(M_UE - M_LE), NaN where there is none, and whether there is."""
        low, high = self.estimate(lower), self.estimate(upper)
        with np.errstate(invalid="ignore"):
            valid = np.isfinite(low) & np.isfinite(high) & (high > low)
        width = np.where(valid, high - low, np.nan)
        return np.asarray((self.observed - low) / width), np.asarray(valid)

    def calibrated(
        self, law: Law, upper: EstimatorName, lower: EstimatorName, *, conditioned: bool = True
    ) -> CalibratedForecast:
        """Return the calibrated forecasts of the records."""
        return CalibratedForecast(
            law, self.estimate(lower), self.estimate(upper), self.m_max, conditioned
        )

    def baseline(self) -> GutenbergRichterForecast:
        """Return the Gutenberg-Richter forecasts of the records."""
        return GutenbergRichterForecast(self.m_max, self.b)


def pairs_of(
    sequences: Iterable[SequenceMagnitudes],
    *,
    min_events: int = 10,
    min_records: int = 2,
    readings: Several[Index] = INDICES,
) -> Pairs:
    """Collect the records of sequences with all estimates made just before each.

    Parameters
    ----------
    sequences : iterable of SequenceMagnitudes
    min_events, min_records : int, optional
        How many must have come before a record.
    readings : sequence of {"cooke", "reversed", "truncated"}, optional
        Of the index, for which estimates are made.

    Returns
    -------
    Pairs
        Records without a b-value (all magnitudes before equal Mc) are left out.

    Raises
    ------
    DataError
        If no record has that much before it.

    Examples
    --------
    >>> made = SequenceMagnitudes("a", "made", np.array([1.0, 1.5, 1.2, 2.0, 1.1, 3.0]), 1.0)
    >>> pairs = pairs_of([made], min_events=3)
    >>> pairs.observed.tolist(), pairs.n_events.tolist(), pairs.n_records.tolist()
    ([2.0, 3.0], [3, 5], [2, 3])
    """
    kept = tuple(sequences)
    columns: dict[str, list[Any]] = {
        name: [] for name in ("sequence", "n_events", "n_records", "observed", "m_max", "b")
    }
    estimates: dict[Index, list[Array]] = {index: [] for index in readings}
    for number, item in enumerate(kept):
        m = item.magnitudes
        records = record_rows(m)
        before = np.arange(records.size)
        b = history_b(m, item.mc, item.bin_width)
        enough = (records >= min_events) & (before >= min_records)
        enough &= np.isfinite(b[np.maximum(records - 1, 0)])
        rows = records[enough]
        if not rows.size:
            continue
        columns["sequence"].append(np.full(rows.size, number))
        columns["n_events"].append(rows)
        columns["n_records"].append(before[enough])
        columns["observed"].append(m[rows])
        columns["m_max"].append(m[records[np.flatnonzero(enough) - 1]])
        columns["b"].append(b[rows - 1])
        for index in readings:
            # Nothing after the last record that is forecast enters an estimate.
            estimates[index].append(replay_estimates(m[: rows[-1]], index)[rows - 1])
    if not columns["observed"]:
        raise DataError(
            f"no record of {len(kept)} sequences has {min_events} events and {min_records} records "
            "before it; lower --mc, or give longer sequences"
        )
    joined: dict[str, Any] = {name: np.concatenate(parts) for name, parts in columns.items()}
    made = {index: np.concatenate(parts) for index, parts in estimates.items()}
    return Pairs(kept, **joined, estimates=made, min_events=min_events, min_records=min_records)
