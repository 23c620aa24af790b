"""Where events come from: a file that grows, or an event service."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from asperity.core.formats import ReadOptions, ReadResult, read_catalog
from asperity.evt.watch.store import Event, Frame

__all__ = ["FileSource", "Look", "Source", "events_of"]

_TEXT = (".csv", ".tsv", ".txt", ".dat", ".zmap", ".reloc", ".ndk", ".psmeca", ".catalog", ".gz")


@dataclass(frozen=True)
class Look:
    """What a source shows at one look.

    Parameters
    ----------
    events : sequence of Event
    frame : Frame
    complete : bool
        Whether these are all of its events.
    notes : tuple of str
        What could not be read.
    """

    events: Sequence[Event]
    frame: Frame
    complete: bool
    notes: tuple[str, ...] = ()


class Source(Protocol):
    """Something to look at again and again."""

    @property
    def name(self) -> str:
        """What messages and states call it."""

    def look(self, *, again: bool = False) -> Look | None:
        """Return what it shows; None if it is as before, unless it must be told `again`."""


@dataclass
class FileSource:
    """A catalog file that grows or is replaced, in any format that can be read.

    Parameters
    ----------
    path : Path
    options : ReadOptions, optional

    Notes
    -----
    Of a text the lines up to the last line end are read: a last line that is being
    written could look like a whole one with a smaller number. Rows that cannot be
    read are left out and noted. An event without an identifier of its own is known by
    the number of its row.
    """

    path: Path
    options: ReadOptions = ReadOptions()  # noqa: RUF009 (frozen)
    _stamp: tuple[int, int, int] | None = None

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    def look(self, *, again: bool = False) -> Look | None:
        """Return the events of the file; None if it is as before, unless told `again`."""
        from dataclasses import replace

        try:
            about = self.path.stat()
        except FileNotFoundError:
            return Look((), Frame(), False, (f"{self.path} is not there yet",))
        stamp = (about.st_mtime_ns, about.st_size, about.st_ino)
        if stamp == self._stamp and not again:
            return None
        notes: list[str] = []
        options = replace(self.options, on_error="skip")
        cut = self._whole_lines()
        if cut is None:
            result = read_catalog(self.path, options=options)
        else:
            text, rest = cut
            if rest:
                notes.append("the last line has no line end and is left for the next look")
            if not text.strip():
                return Look((), Frame(), False, (f"{self.path} holds nothing yet",))
            with tempfile.TemporaryDirectory(prefix="asperity-") as folder:
                copy = Path(folder) / self.path.name
                copy.write_bytes(text)
                result = read_catalog(copy, options=options)
        if result.rejections:
            notes.append(f"{len(result.rejections)} rows left out: {result.rejections[0]}")
        self._stamp = stamp
        # An event in a row that cannot be read has not been withdrawn.
        whole = not result.rejections
        return Look(events_of(result), _frame_of(result), whole, tuple(notes))

    def _whole_lines(self) -> tuple[bytes, bytes] | None:
        """Return the lines that are whole and what follows them; None for binary files."""
        if self.path.suffix.lower() not in _TEXT or self.path.suffix.lower() == ".gz":
            return None
        data = self.path.read_bytes()
        end = data.rfind(b"\n") + 1
        return data[:end], data[end:]


def events_of(result: ReadResult) -> list[Event]:
    """Return the events of a catalog that was read.

    Those without an identifier of their own are known by their row in the file.
    """
    catalog = result.catalog
    ids = [str(name) for name in catalog["event_id"]]
    rows = result.rows.tolist()
    # Numbers that the reader gave away count the rows it kept, which may change.
    if sorted(ids) == sorted(map(str, range(len(ids)))):
        ids = [f"row {row}" for row in rows]
    times = catalog["time"].tolist()
    if catalog.time_frame == "order":
        times = rows
    kinds = catalog.texts("magnitude_type").tolist()
    magnitudes = catalog["magnitude"].astype(np.float64).tolist()
    return [Event(*values) for values in zip(ids, times, magnitudes, kinds, strict=True)]


def _frame_of(result: ReadResult) -> Frame:
    attributes = result.catalog.attributes
    return Frame(
        result.catalog.time_frame,
        result.catalog.time_unit,
        attributes.get("time_resolution"),
        float(attributes.get("magnitude_resolution", 0.0)),
    )
