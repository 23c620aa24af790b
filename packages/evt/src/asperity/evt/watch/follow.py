"""Follow a source: what is told of each event, and the loop of looking and waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError, InputError
from asperity.core.formats import ReadResult
from asperity.evt.config import ForecastConfiguration
from asperity.evt.estimators import record_rows
from asperity.evt.forecast import (
    QUANTILES,
    CalibratedForecast,
    GutenbergRichterForecast,
    status_of,
)
from asperity.evt.replay import history_b, replay_estimates
from asperity.evt.sequence import Sequence, sequence_of
from asperity.evt.watch.signal import Lights
from asperity.evt.watch.sources import Look, Source
from asperity.evt.watch.store import Change, Event, EventStore, Frame

__all__ = ["Update", "Watcher", "follow", "look_once"]

Array = NDArray[np.float64]

SCHEMA = "asperity.evt.watch/1"


@dataclass
class Watcher:
    """The events so far, and what is said when they change.

    Parameters
    ----------
    configuration : ForecastConfiguration
        With Mc.
    lights : Lights or None
    store : EventStore
    signal : str or None
        The last one given.
    """

    configuration: ForecastConfiguration
    lights: Lights | None = None
    store: EventStore = field(default_factory=EventStore)
    signal: str | None = None

    def __post_init__(self) -> None:
        if self.configuration.mc is None:
            raise InputError(
                "following a sequence needs Mc: the smallest magnitude so far would change with "
                "every smaller event"
            )

    @property
    def mc(self) -> float:
        """Magnitude of completeness."""
        assert self.configuration.mc is not None
        return self.configuration.mc

    def sequence(self) -> Sequence:
        """Return the events at or above Mc as other commands take them."""
        catalog = self.store.catalog()
        return sequence_of(ReadResult(catalog, None, np.arange(len(catalog))), self.mc)

    def take(self, look: Look) -> list[dict[str, Any]]:
        """Take in what a source shows; returns one line for each event that changes the forecast.

        An event that comes in its turn is told with the forecast right after it. What
        comes late, is revised or withdrawn changes the past: such events are taken in
        first, all together, and each is told with the forecast that results.
        """
        self._adopt(look.frame, bool(look.events))
        counted_before = {
            name for name, event in self.store.events.items() if self._counts(event.magnitude)
        }
        changes = [
            change
            for change in self.store.merge(look.events, complete=look.complete)
            if self._counts(change.event.magnitude) or change.event.event_id in counted_before
        ]
        if not changes:
            return []
        return self._tell(changes)

    def _counts(self, magnitude: float) -> bool:
        return bool(magnitude >= self.mc - 1e-9)

    def _adopt(self, frame: Frame, any_events: bool) -> None:
        """Count times as the source does; refuse a source that changes how."""
        known = self.store.frame
        if any_events and len(self.store) and (
            (frame.time_frame, frame.time_unit) != (known.time_frame, known.time_unit)
        ):  # fmt: skip
            raise DataError(
                f"the source now counts times as {frame.time_frame} in {frame.time_unit}, before "
                f"as {known.time_frame} in {known.time_unit}; begin with a new --state"
            )
        if any_events:
            self.store.frame = frame

    def _tell(self, changes: list[Change]) -> list[dict[str, Any]]:
        ordered = [e for e in self.store.in_order() if self._counts(e.magnitude)]
        row_of = {event.event_id: row for row, event in enumerate(ordered)}
        in_turn = {c.event.event_id for c in changes if c.kind == "new"}
        # What changes the past is told after the last event that is not new.
        settled = max((row for name, row in row_of.items() if name not in in_turn), default=-1)
        told = [(c, row_of[c.event.event_id] if c.kind == "new" else settled) for c in changes]
        told.sort(key=lambda pair: pair[1])
        rows = np.array([row for _, row in told])
        magnitudes = np.array([e.magnitude for e in ordered])
        states = _States.after(magnitudes, rows, self.mc, self.store.frame, self.configuration)
        times = self._times([c.event for c, _ in told])
        return [self._line(change, states, i, times[i]) for i, (change, _) in enumerate(told)]

    def _line(self, change: Change, states: _States, i: int, time: Any) -> dict[str, Any]:
        line: dict[str, Any] = {
            "schema": SCHEMA,
            "event_id": change.event.event_id,
            "kind": change.kind,
            "time": time,
            "magnitude": change.event.magnitude,
            "is_record": change.kind == "new" and bool(states.is_record[i]),
            "mc": self.mc,
            **states.document(i, self.configuration),
        }
        if change.before is not None and change.kind == "revised":
            line["before"] = {
                "time": self._times([change.before])[0], "magnitude": change.before.magnitude,
            }  # fmt: skip
        if self.lights is not None:
            chances = {c: states.chance(i, m) for c, m in self.lights.magnitudes.items()}
            line["chances"] = chances
            line["signal_before"] = self.signal
            line["signal"] = self.signal = self.lights.signal(float(states.m_max[i]), chances)
        return line

    def _times(self, events: list[Event]) -> list[Any]:
        from asperity.core.times import PER_SECOND, format_times, infer_resolution

        frame = self.store.frame
        ticks = np.array([e.time for e in events], dtype=np.int64)
        if frame.time_frame == "order" or frame.time_unit is None:
            return list(ticks.tolist())
        if frame.time_frame == "relative":
            return [float(t) for t in ticks / PER_SECOND[frame.time_unit]]
        known = np.array([e.time for e in self.store.events.values()], dtype=np.int64)
        resolution = frame.time_resolution or infer_resolution(
            np.append(known, ticks), frame.time_unit
        )
        return format_times(ticks, frame.time_unit, resolution)


@dataclass(frozen=True, eq=False)
class _States:
    """Forecasts after some events of a sequence; all arrays have one entry for each."""

    n_events: NDArray[np.int64]
    n_records: NDArray[np.int64]
    is_record: NDArray[np.bool_]
    m_max: Array
    m_ue: Array
    m_le: Array
    quantiles: Array
    status: list[str]
    forecast: CalibratedForecast
    baseline: GutenbergRichterForecast
    _made: dict[tuple[str, float], Array] = field(default_factory=dict)

    @classmethod
    def after(
        cls, m: Array, rows: NDArray[np.int64], mc: float, frame: Frame,
        configuration: ForecastConfiguration,
    ) -> _States:  # fmt: skip
        """Return the forecasts after the events in `rows`; row -1 is before the first event."""
        upper, lower = configuration.estimators()
        n, none = rows + 1, rows < 0
        is_record = np.zeros(m.size, dtype=bool)
        is_record[record_rows(m)] = True

        def at(values: NDArray[Any], missing: Any) -> NDArray[Any]:
            """Take the values after each row, behind one for no event at all."""
            return np.concatenate([[missing], values])[n]

        made = {i: replay_estimates(m, i) for i in {upper.index, lower.index}} if m.size else {}
        nothing = np.zeros((0, 8))
        m_ue = at(made.get(upper.index, nothing)[:, upper.column], np.nan)
        m_le = at(made.get(lower.index, nothing)[:, lower.column], np.nan)
        m_max = at(np.maximum.accumulate(m), np.nan)
        b = at(history_b(m, mc, frame.magnitude_resolution), np.nan)
        n_records = at(np.cumsum(is_record), 0)
        status = [
            status_of(
                int(count), int(records), low, high,
                min_events=configuration.min_events, min_records=configuration.min_records,
            )
            for count, records, low, high in zip(
                n.tolist(), n_records.tolist(), m_le.tolist(), m_ue.tolist(), strict=True
            )
        ]  # fmt: skip
        valid = np.array([s == "ok" for s in status])
        enough = np.array([not s.startswith("too few") for s in status])
        forecast = CalibratedForecast(
            configuration.law_of(), m_le, np.where(valid, m_ue, np.nan), m_max,
            configuration.condition_on_record,
        )  # fmt: skip
        baseline = GutenbergRichterForecast(m_max, np.where(enough & np.isfinite(b), b, np.nan))
        return cls(
            n, n_records, at(is_record, False) & ~none, m_max,
            np.where(enough, m_ue, np.nan), np.where(enough, m_le, np.nan),
            np.array([forecast.quantile(p) for p in QUANTILES]), status, forecast, baseline,
        )  # fmt: skip

    def chance(self, i: int, magnitude: float) -> float | None:
        """Return the probability that the next record exceeds a magnitude, None if unknown."""
        return self._of("forecast", magnitude, i)

    def _of(self, law: str, magnitude: float, i: int) -> float | None:
        """Return an exceedance probability; those of all events are worked out at once."""
        key = law, magnitude
        if key not in self._made:
            self._made[key] = getattr(self, law).exceedance(magnitude)
        return _known(self._made[key][i])

    def document(self, i: int, configuration: ForecastConfiguration) -> dict[str, Any]:
        """Return one of the forecasts under the keys of a line."""
        return {
            "n_events": int(self.n_events[i]),
            "n_records": int(self.n_records[i]),
            "m_max": _known(self.m_max[i]),
            "m_ue": _known(self.m_ue[i]),
            "m_le": _known(self.m_le[i]),
            "quantiles": {
                f"{p:g}": _known(q) for p, q in zip(QUANTILES, self.quantiles[:, i], strict=True)
            },
            "exceedance": [
                {
                    "magnitude": t,
                    "probability": self.chance(i, t),
                    "baseline": self._of("baseline", t, i),
                }
                for t in configuration.thresholds
            ],
            "status": self.status[i],
        }


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


@dataclass(frozen=True)
class Update:
    """What one look brought.

    Parameters
    ----------
    lines : list of dict
        One for each event that changed the forecast.
    notes : tuple of str
        What could not be read, or why there was no answer.
    failed : bool
        Whether the look failed; it is tried again after the interval.
    looked : bool
        Whether there was something to take in.
    """

    lines: list[dict[str, Any]]
    notes: tuple[str, ...] = ()
    failed: bool = False
    looked: bool = True


def follow(
    source: Source, watcher: Watcher, interval: float, wait: Callable[[float], None]
) -> Iterator[Update]:
    """Look at a source again and again; never ends by itself.

    Parameters
    ----------
    source : Source
    watcher : Watcher
    interval : float
        Seconds between two looks.
    wait : callable
        Waits so many seconds.

    Yields
    ------
    Update
        After every look. A service that does not answer makes one that failed, and is
        asked again; a question that it refuses is an error.
    """
    while True:
        yield look_once(source, watcher)
        wait(interval)


def look_once(source: Source, watcher: Watcher) -> Update:
    """Look at a source once and take in what it shows."""
    try:
        look = source.look(again=bool(watcher.store.missing))
    except DataError as error:
        return Update([], (str(error),), failed=True, looked=False)
    if look is None:
        return Update([], looked=False)
    return Update(watcher.take(look), look.notes)
