"""Events by their identifier: whatever comes twice, late or corrected is counted once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from asperity.core.catalog import Catalog
from asperity.core.errors import InputError

__all__ = ["SCHEMA", "Change", "Event", "EventStore", "Frame"]

SCHEMA = "asperity.evt.watch.state/1"
Kind = Literal["new", "late", "revised", "withdrawn"]


@dataclass(frozen=True)
class Event:
    """One earthquake as its source has it now.

    Parameters
    ----------
    event_id : str
        Stays when the event is revised.
    time : int
        In the unit of the store's frame.
    magnitude : float
        NaN while there is none.
    magnitude_type : str
    """

    event_id: str
    time: int
    magnitude: float
    magnitude_type: str = ""

    def same(self, other: Event) -> bool:
        """Return whether nothing has changed; two missing magnitudes are the same."""
        equal = self.magnitude == other.magnitude
        missing = np.isnan(self.magnitude) and np.isnan(other.magnitude)
        return (
            (equal or bool(missing))
            and self.time == other.time
            and self.magnitude_type == other.magnitude_type
        )


@dataclass(frozen=True)
class Frame:
    """How the times of events count."""

    time_frame: str = "utc"
    time_unit: str | None = "ns"
    time_resolution: str | None = None
    magnitude_resolution: float = 0.0


@dataclass(frozen=True)
class Change:
    """What became of an event: it came, came late, was revised or was withdrawn."""

    kind: Kind
    event: Event
    before: Event | None = None


@dataclass
class EventStore:
    """The events that a source has shown, by identifier, in the order in which they came.

    Parameters
    ----------
    frame : Frame
    events : dict of str to Event
    missing : set of str
        Those that the last look did not show: a file may be caught while it is written
        anew, so that an event is withdrawn when a second look misses it, too.
    """

    frame: Frame = field(default_factory=Frame)
    events: dict[str, Event] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.events)

    def merge(self, seen: Iterable[Event], *, complete: bool) -> list[Change]:
        """Take in what a source shows now.

        Parameters
        ----------
        seen : iterable of Event
            Of equal identifiers the last one counts.
        complete : bool
            Whether the source shows all of its events: then one that is missing for the
            second time has been withdrawn.

        Returns
        -------
        list of Change
            What is new or different, in order of time. An event counts as late when
            a later one was known before.

        Examples
        --------
        >>> store = EventStore()
        >>> [c.kind for c in store.merge([Event("a", 5, 1.0)], complete=False)]
        ['new']
        >>> [c.kind for c in store.merge([Event("a", 5, 1.1), Event("b", 3, 2.0)], complete=True)]
        ['late', 'revised']
        """
        latest = max((e.time for e in self.events.values()), default=None)
        now = {event.event_id: event for event in seen}
        changes = []
        for event in now.values():
            known = self.events.get(event.event_id)
            if known is None:
                late = latest is not None and event.time < latest
                changes.append(Change("late" if late else "new", event))
            elif not known.same(event):
                changes.append(Change("revised", event, known))
        if complete:
            absent = self.events.keys() - now.keys()
            gone = absent & self.missing
            self.missing = set(absent - gone)
            changes += [Change("withdrawn", self.events[name], self.events[name]) for name in gone]
        for change in changes:
            if change.kind == "withdrawn":
                del self.events[change.event.event_id]
            else:
                self.events[change.event.event_id] = change.event
        return sorted(changes, key=lambda c: c.event.time)

    def in_order(self) -> list[Event]:
        """Return the events in order of time; of equal times the one that came first is first."""
        return sorted(self.events.values(), key=lambda e: e.time)

    def catalog(self) -> Catalog:
        """Return the events as a catalog, in order of time."""
        events = self.in_order()
        attributes: dict[str, Any] = {
            "time_frame": self.frame.time_frame,
            "time_unit": self.frame.time_unit,
            "time_resolution": self.frame.time_resolution,
            "magnitude_resolution": self.frame.magnitude_resolution,
        }
        if self.frame.time_frame == "relative":
            attributes["time_origin"] = "that of the source"
        return Catalog.from_columns(
            {
                "event_id": [e.event_id for e in events],
                "time": np.array([e.time for e in events], dtype=np.int64),
                "magnitude": np.array([e.magnitude for e in events], dtype=np.float64),
                "magnitude_type": np.array([e.magnitude_type for e in events], dtype=object),
            },
            sort=False,
            **attributes,
        )

    def document(self, source: str) -> dict[str, Any]:
        """Return the state as it is kept between runs."""
        return {
            "schema": SCHEMA,
            "source": source,
            "frame": vars(self.frame),
            "events": [
                [e.event_id, e.time, None if np.isnan(e.magnitude) else e.magnitude,
                 e.magnitude_type]
                for e in self.events.values()
            ],
            "missing": sorted(self.missing),
        }  # fmt: skip

    @classmethod
    def of_document(cls, document: Mapping[str, Any], source: str, where: str) -> EventStore:
        """Return the state of an earlier run.

        Raises
        ------
        InputError
            If it is none, or of another source.
        """
        try:
            if document["schema"] != SCHEMA:
                raise KeyError("schema")
            frame = Frame(**document["frame"])
            rows = [
                Event(str(name), int(time), float("nan") if m is None else float(m), str(kind))
                for name, time, m, kind in document["events"]
            ]
            kept, missing = str(document["source"]), set(document["missing"])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{where}: not a state of evt watch ({error}); name another file with --state"
            ) from None
        if kept != source:
            raise InputError(
                f"{where}: the state of {kept}, not of {source}; name another file with --state"
            )
        return cls(frame, {event.event_id: event for event in rows}, missing)
