"""QuakeML 1.2, Basic Event Description, read as a stream.

No tree of objects is built: each event is taken when it ends, and cleared with
everything before it. Entities are not expanded, nothing is loaded, and a
document that declares a type (as an entity bomb must) is refused.

An event gives its preferred origin, magnitude and focal mechanism, or the first
one where none is preferred. Of events with several magnitudes each type has a
column ``magnitude_<type>``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from lxml import etree
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.formats.quakeml_names import (
    BED,
    ORIGIN_TEXTS,
    QUAKEML,
    QUALITY,
    TENSOR,
    local,
    magnitude_column,
    unescape_id,
)
from asperity.core.formats.quakeml_write import lost, write
from asperity.core.formats.source import Source
from asperity.core.formats.table import RawTable, ReadOptions, Rejection
from asperity.core.formats.text import to_numbers
from asperity.core.times import parse_times

__all__ = ["NAME", "SUFFIXES", "lost", "read", "sniff", "write"]

NAME = "quakeml"
SUFFIXES = (".quakeml", ".qml", ".xml")

_ROOT = re.compile(r"<(?:[\w.-]+:)?(?:quakeml|eventParameters)[\s>]")
_FIRST = re.compile(r"<!DOCTYPE|<[A-Za-z_]")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_BLOCK = 8_192
_VALUE, _UNCERTAINTY = local("value"), local("uncertainty")
_EVENT, _PARAMETERS = local("event"), local("eventParameters")
_TEXTS = frozenset({
    "event_id", "magnitude_type", "event_type", "event_type_certainty", "network", "region",
    *ORIGIN_TEXTS.values(),
})  # fmt: skip
_PREFERRED = {
    local("preferredOriginID"): "origin",
    local("preferredMagnitudeID"): "magnitude",
    local("preferredFocalMechanismID"): "focalMechanism",
}

Row = dict[str, Any]
Handler = Callable[[Any, Row], None]


def _decode(head: bytes) -> str:
    utf16 = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    return head.decode("utf-16" if utf16 else "utf-8", errors="replace")


def sniff(head: bytes, name: str) -> bool:
    """Recognise the root element."""
    text = _decode(head)
    return text.lstrip("\ufeff \t\r\n").startswith("<") and _ROOT.search(text) is not None


def read(source: Source, options: ReadOptions) -> RawTable:
    """Read the events of a document.

    Raises
    ------
    InputError
        If the document is not well-formed, is cut off, declares a document
        type, or is no QuakeML 1.2.
    """
    _check_start(source)
    reader = _Reader()
    seen = 0
    try:
        for event in _events(source):
            reader.take(event)
            seen += 1
    except (etree.LxmlError, LookupError, UnicodeError) as error:
        line = getattr(error, "lineno", None)
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"{source.name}, line {line or 1}: not well-formed XML, or cut off ({reason}); "
            f"{seen} events were read before; fetch the file again"
        ) from None
    return reader.table()


def _check_start(source: Source) -> None:
    """Refuse what is no QuakeML before anything is built of it."""
    prolog = _FIRST.search(_COMMENT.sub("", _decode(source.head)))
    if prolog is not None and prolog[0] == "<!DOCTYPE":
        raise InputError(_declares_a_type(source.name))
    parser = etree.XMLPullParser(
        events=("start",), resolve_entities=False, no_network=True, load_dtd=False
    )
    opened: list[Any] = []
    try:
        parser.feed(source.head)
        for _, element in parser.read_events():
            opened.append(element)
            if len(opened) == 2:
                break
    except etree.XMLSyntaxError as error:
        if not opened:
            raise InputError(
                f"{source.name}, line {error.lineno or 1}: not well-formed XML "
                f"({' '.join(error.msg.split())})"
            ) from None
    if not opened:
        raise InputError(f"{source.name}: no XML element at its start")
    if opened[0].getroottree().docinfo.internalDTD is not None:
        raise InputError(_declares_a_type(source.name))
    expected = (f"{{{QUAKEML}}}quakeml", _PARAMETERS)
    for element, tag in zip(opened, expected, strict=False):
        if element.tag != tag:
            raise InputError(
                f"{source.name}, line {element.sourceline}: found the element {element.tag}, "
                f"expected {tag}: only QuakeML 1.2 (Basic Event Description) is read"
            )


def _declares_a_type(where: str) -> str:
    return (
        f"{where}: declares a document type; QuakeML has none and entities are never expanded "
        "here; take the declaration out if you trust the file"
    )


def _events(source: Source) -> Iterator[Any]:
    """Yield the events one by one; each is cleared, with what stands before it."""
    with source.stream() as stream:
        parser = etree.iterparse(
            stream,
            events=("end",),
            tag=_EVENT,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
            huge_tree=False,
        )
        for _, event in parser:
            yield event
            event.clear(keep_tail=False)
            parent = event.getparent()
            while event.getprevious() is not None:
                del parent[0]


class _Reader:
    """Collects the rows of events, in blocks of Arrow texts."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._blocks: dict[str, list[pa.Array]] = {}
        self._lengths: list[int] = []
        self._lines: list[int] = []
        self._rejections: list[Rejection] = []
        self._unread: Counter[str] = Counter()
        self._first: Counter[str] = Counter()
        self._origin = self._origin_handlers()

    # -- one event ----------------------------------------------------------

    def take(self, event: Any) -> None:
        """Take what the catalog holds of an event."""
        row: Row = {"event_id": event.get("publicID")}
        parts: dict[str, list[Any]] = {"origin": [], "magnitude": [], "focalMechanism": []}
        preferred: dict[str, str] = {}
        for child in event:
            tag = child.tag
            if tag == _ORIGIN:
                parts["origin"].append(child)
            elif tag == _MAGNITUDE:
                parts["magnitude"].append(child)
            elif tag in _PREFERRED:
                preferred[_PREFERRED[tag]] = child.text
            elif tag == _TYPE:
                row["event_type"] = child.text
            elif tag == _MECHANISM:
                parts["focalMechanism"].append(child)
            elif tag == _DESCRIPTION:
                self._description(child, row)
            elif tag == _CREATION:
                _agency(child, row)
            elif tag == _TYPE_CERTAINTY:
                row["event_type_certainty"] = child.text
            else:
                self._unread[_name(tag)] += 1
        line = event.sourceline or 0
        if not parts["origin"]:
            self._rejections.append(
                Rejection(line, "origin", str(row["event_id"]), "an origin with time and place")
            )
            return
        self._of_origin(self._choose(parts["origin"], preferred, "origin"), row)
        if parts["magnitude"]:
            self._of_magnitudes(parts["magnitude"], preferred, row)
        if parts["focalMechanism"]:
            self._of_mechanism(
                self._choose(parts["focalMechanism"], preferred, "focalMechanism"), row
            )
        self._rows.append(row)
        self._lines.append(line)
        if len(self._rows) == _BLOCK:
            self._flush()

    def _choose(self, parts: list[Any], preferred: dict[str, str], what: str) -> Any:
        """Return the preferred one, or the first."""
        if len(parts) == 1:
            return parts[0]
        self._unread[f"further {what}"] += len(parts) - 1
        wanted = (preferred.get(what) or "").strip()
        for part in parts:
            if wanted and part.get("publicID") == wanted:
                return part
        self._first[what] += 1
        return parts[0]

    def _description(self, element: Any, row: Row) -> None:
        for part in element:
            if part.tag == _TEXT:
                if "region" in row:
                    self._unread["further description"] += 1
                row.setdefault("region", part.text)

    def _origin_handlers(self) -> dict[str, Handler]:
        def quantity(name: str, uncertainty: str) -> Handler:
            return lambda element, row: self._quantity(element, row, name, uncertainty)

        def word(name: str) -> Handler:
            def take(element: Any, row: Row) -> None:
                row[name] = element.text

            return take

        return {
            local("time"): quantity("time", "time_uncertainty"),
            local("latitude"): quantity("latitude", "latitude_uncertainty"),
            local("longitude"): quantity("longitude", "longitude_uncertainty"),
            local("depth"): quantity("depth", "depth_uncertainty"),
            local("quality"): lambda e, row: self._children(e, row, _QUALITY),
            local("originUncertainty"): self._of_uncertainty,
            local("creationInfo"): _agency,
            **{local(name): word(column) for name, column in ORIGIN_TEXTS.items()},
        }

    def _of_origin(self, origin: Any, row: Row) -> None:
        handlers = self._origin
        for child in origin:
            handler = handlers.get(child.tag)
            if handler is None:
                self._unread[f"origin/{_name(child.tag)}"] += 1
            else:
                handler(child, row)

    def _quantity(self, element: Any, row: Row, name: str, uncertainty: str) -> None:
        for part in element:
            tag = part.tag
            if tag == _VALUE:
                row[name] = part.text
            elif tag == _UNCERTAINTY:
                row[uncertainty] = part.text
            else:
                self._unread[f"{name}/{_name(tag)}"] += 1

    def _children(self, element: Any, row: Row, columns: dict[str, str]) -> None:
        for part in element:
            column = columns.get(part.tag)
            if column is None:
                self._unread[f"{_name(element.tag)}/{_name(part.tag)}"] += 1
            else:
                row[column] = part.text

    def _of_uncertainty(self, element: Any, row: Row) -> None:
        if "_uncertainties" in row:
            self._unread["further originUncertainty"] += 1
            return
        row["_uncertainties"] = ""
        self._children(element, row, _ORIGIN_UNCERTAINTY)

    def _of_magnitudes(self, parts: list[Any], preferred: dict[str, str], row: Row) -> None:
        wanted = (preferred.get("magnitude") or "").strip()
        chosen = parts[0]
        if len(parts) > 1:
            named = [p for p in parts if wanted and p.get("publicID") == wanted]
            self._first["magnitude"] += not named
            chosen = named[0] if named else chosen
        for part in parts:
            found: Row = {}
            for child in part:
                tag = child.tag
                if tag == _MAG:
                    self._quantity(child, found, "magnitude", "magnitude_uncertainty")
                elif tag == _TYPE:
                    found["magnitude_type"] = child.text
                elif tag == _CREATION:
                    _agency(child, found)
                elif tag != _ORIGIN_ID:
                    self._unread[f"magnitude/{_name(tag)}"] += 1
            agency = found.pop("network", None)
            if part is chosen:
                row.update(found)
                if agency is not None:
                    row.setdefault("network", agency)
            if len(parts) > 1:
                column = magnitude_column((found.get("magnitude_type") or "").strip())
                if column in row and part is not chosen:
                    self._unread["further magnitude of a type that is there"] += 1
                elif "magnitude" in found:
                    row[column] = found["magnitude"]
                if part is not chosen and "magnitude_uncertainty" in found:
                    self._unread["uncertainty of a further magnitude"] += 1

    def _of_mechanism(self, mechanism: Any, row: Row) -> None:
        for child in mechanism:
            if child.tag == _PLANES:
                self._of_planes(child, row)
            elif child.tag == _MOMENT_TENSOR:
                for part in child:
                    if part.tag == _SCALAR_MOMENT:
                        self._quantity(part, row, "moment", "moment_uncertainty")
                    elif part.tag == _TENSOR:
                        for component in part:
                            name = TENSOR.get(_name(component.tag))
                            if name is None:
                                self._unread["tensor/" + _name(component.tag)] += 1
                            else:
                                self._quantity(component, row, name, f"{name}_uncertainty")
                    elif part.tag != _DERIVED_ORIGIN:
                        self._unread["momentTensor/" + _name(part.tag)] += 1
            else:
                self._unread["focalMechanism/" + _name(child.tag)] += 1

    def _of_planes(self, planes: Any, row: Row) -> None:
        second = "2" if planes.get("preferredPlane") == "2" else "1"
        for plane in planes:
            end = "" if _name(plane.tag) == f"nodalPlane{second}" else "_2"
            for angle in plane:
                name = _name(angle.tag) + end
                self._quantity(angle, row, name, f"{name}_uncertainty")

    # -- all events ---------------------------------------------------------

    def _flush(self) -> None:
        """Turn the rows at hand into Arrow texts."""
        if not self._rows:
            return
        n, before = len(self._rows), sum(self._lengths)
        for name in {k for row in self._rows for k in row} - {"_uncertainties"}:
            if name not in self._blocks:
                self._blocks[name] = [pa.nulls(before, pa.string())] if before else []
            self._blocks[name].append(pa.array([row.get(name) for row in self._rows], pa.string()))
        for name, blocks in self._blocks.items():
            missing = before + n - sum(map(len, blocks))
            if missing:
                self._blocks[name] = [*blocks, pa.nulls(missing, pa.string())]
        self._lengths.append(n)
        self._rows.clear()

    def table(self) -> RawTable:
        """Return the events, typed, with those that do not fit listed."""
        self._flush()
        n = sum(self._lengths)
        lines = np.asarray(self._lines, dtype=np.int64)
        fitting = _Fitting(lines)
        columns: dict[str, NDArray[Any]] = {}
        attributes: dict[str, Any] = {"depth_unit": "m"}
        for name, blocks in sorted(self._blocks.items()):
            texts = pa.chunked_array(blocks, pa.string())
            if name == "time":
                columns[name], attributes["time_unit"] = fitting.times(texts)
            elif name in _TEXTS:
                values = texts.fill_null("").to_numpy().astype(object)
                columns[name] = np.array([v.strip() for v in values], dtype=object)
            else:
                columns[name] = fitting.numbers(texts, name)
        if "time" not in columns:
            columns["time"] = np.zeros(n, dtype=np.int64)
            fitting.reject(np.ones(n, dtype=bool), "time", [""] * n, "an origin time")
        columns.setdefault("magnitude", np.full(n, np.nan))
        for name in ("latitude", "longitude"):
            columns.setdefault(name, np.full(n, np.nan))
        if "event_id" in columns:
            columns["event_id"] = np.array(
                [unescape_id(i) for i in columns["event_id"]], dtype=object
            )
        _ellipse(columns, attributes)
        good = fitting.good
        return RawTable(
            {name: values[good] for name, values in columns.items()},
            attributes,
            lines[good],
            [*self._rejections, *fitting.rejections],
            notes=self._notes(),
        )

    def _notes(self) -> list[str]:
        notes = [
            f"{count} events name no preferred {what} among several: the first was taken"
            for what, count in self._first.items()
            if count
        ]
        if self._unread:
            listed = ", ".join(f"{count} {name}" for name, count in sorted(self._unread.items()))
            notes.append(f"not read: {listed}")
        return notes


class _Fitting:
    """Turns Arrow texts into arrays and lists the events that do not fit."""

    def __init__(self, lines: NDArray[np.int64]) -> None:
        self._lines = lines
        self.good = np.ones(lines.size, dtype=bool)
        self.rejections: list[Rejection] = []

    def reject(self, mask: NDArray[np.bool_], column: str, values: Any, expected: str) -> None:
        """List the events of a mask, unless they are listed already."""
        for row in np.flatnonzero(mask & self.good).tolist():
            found = str(values[row] or "")[:80]
            self.rejections.append(Rejection(int(self._lines[row]), column, found, expected))
        self.good &= ~mask

    def numbers(self, texts: pa.ChunkedArray, name: str) -> NDArray[np.float64]:
        """Return numbers, NaN where there is no text."""
        try:
            values = np.array(texts.cast(pa.float64()).to_numpy(), dtype=np.float64)
        except pa.ArrowInvalid:
            listed = [(t or "").strip() for t in texts.to_pylist()]
            values, valid = to_numbers(listed)
            self.reject(~valid, name, listed, "a number")
        infinite = np.isinf(values)
        if infinite.any():
            self.reject(infinite, name, texts.to_pylist(), "a finite number")
            values[infinite] = np.nan
        return values

    def times(self, texts: pa.ChunkedArray) -> tuple[NDArray[np.int64], str]:
        """Return integer times and their unit."""
        times, unit, valid = parse_times(texts)
        if not valid.all():
            self.reject(~valid, "time", texts.to_pylist(), "a time such as 2019-08-26T07:30:47Z")
        return times, unit


def _ellipse(columns: dict[str, NDArray[Any]], attributes: dict[str, Any]) -> None:
    """Give the axes of horizontal error ellipses their directions."""
    level = columns.pop("_confidence_level", None)
    if level is not None:
        known = np.unique(level[np.isfinite(level)])
        if known.size == 1:
            attributes["error_confidence"] = float(known[0]) / 100.0
        elif known.size:
            columns["error_confidence"] = level / 100.0
    if {"error_axis_1", "error_axis_2", "error_azimuth_1"} <= columns.keys():
        azimuth = columns["error_azimuth_1"]
        columns["error_azimuth_2"] = (azimuth + 90.0) % 360.0
        flat = np.where(np.isfinite(azimuth), 0.0, np.nan)
        columns["error_dip_1"], columns["error_dip_2"] = flat, flat.copy()


def _agency(element: Any, row: Row) -> None:
    for part in element:
        if part.tag == _AGENCY and part.text:
            row["network"] = part.text


def _name(tag: Any) -> str:
    """Return the name of a tag without its namespace, if that is ours."""
    return str(tag).removeprefix(f"{{{BED}}}")


_ORIGIN, _MAGNITUDE, _MECHANISM = local("origin"), local("magnitude"), local("focalMechanism")
_TYPE, _TYPE_CERTAINTY, _DESCRIPTION = local("type"), local("typeCertainty"), local("description")
_CREATION, _AGENCY, _TEXT = local("creationInfo"), local("agencyID"), local("text")
_MAG, _ORIGIN_ID, _PLANES = local("mag"), local("originID"), local("nodalPlanes")
_MOMENT_TENSOR, _SCALAR_MOMENT = local("momentTensor"), local("scalarMoment")
_TENSOR, _DERIVED_ORIGIN = local("tensor"), local("derivedOriginID")
_QUALITY = {local(name): column for name, column in QUALITY.items()}
_ORIGIN_UNCERTAINTY = {
    local("horizontalUncertainty"): "horizontal_uncertainty",
    local("maxHorizontalUncertainty"): "error_axis_1",
    local("minHorizontalUncertainty"): "error_axis_2",
    local("azimuthMaxHorizontalUncertainty"): "error_azimuth_1",
    local("confidenceLevel"): "_confidence_level",
    local("preferredDescription"): "_uncertainties",
}
