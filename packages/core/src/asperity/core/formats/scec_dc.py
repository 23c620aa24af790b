"""Southern California Earthquake Data Center, the fixed columns of its SCEC_DC listings.

The layout is that of https://scedc.caltech.edu/eq-catalogs/docs/scec_dc.html
(revised 2019-12-12). A magnitude of type ``n`` means that there is none.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.formats.source import Source
from asperity.core.formats.table import RawTable, ReadOptions, Rejection
from asperity.core.formats.text import TextRows, head_lines, text_lines

NAME = "scec-dc"
SUFFIXES = (".catalog",)

_ROW = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:[\d.]{4,6} [a-z]{2}\s+[lrt ]\s")
_COUNT = re.compile(r"#+\s*Number of rows returned:\s*(\d+)")
# First column from 0 and the column after the last; the year comes first.
_FIELDS = (
    (0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 22),  # date and time
    (23, 25), (26, 29), (29, 33), (34, 37), (38, 45), (46, 54), (55, 60),
    (61, 63), (63, 71), (71, 76), (76, 81),
)  # fmt: skip
_WIDTH = 71  # a row is whole when it reaches the end of the identifier
EVENT_TYPES = {
    "eq": "earthquake",
    "qb": "quarry blast",
    "sn": "sonic boom",
    "nt": "nuclear explosion",
    "uk": "not reported",
}
MAGNITUDE_TYPES = {
    "e": "Me", "w": "Mw", "b": "mb", "s": "Ms", "l": "ML", "lr": "MLr", "c": "Mc", "h": "Mh",
    "d": "Md", "n": "",
}  # fmt: skip
_REGIONS = {"l": "local", "r": "regional", "t": "teleseism"}


def sniff(head: bytes, name: str) -> bool:
    """Recognise the date, time and two-letter event type at the start of a row."""
    rows = [line for line in head_lines(head) if line.strip() and not line.startswith("#")]
    return bool(rows) and _ROW.match(rows[0]) is not None


def read(source: Source, options: ReadOptions) -> RawTable:
    """Read the rows, and compare their number with the one at the end of the listing.

    Raises
    ------
    InputError
        If the listing says that it holds more rows than there are.
    """
    rows: list[list[str]] = []
    lines: list[int] = []
    rejections: list[Rejection] = []
    announced: int | None = None
    for number, line in text_lines(source):
        if line.startswith("#"):
            found = _COUNT.match(line)
            announced = int(found[1]) if found else announced
        elif len(line) < _WIDTH or not _separated(line):
            rejections.append(Rejection(number, "(row)", line[:80], "the fixed columns of SCEC_DC"))
        else:
            rows.append([line[a:b].strip() for a, b in _FIELDS])
            lines.append(number)
    notes = _count_note(announced, len(rows) + len(rejections), source.name, options)
    return _table(TextRows(rows, lines, len(_FIELDS)), rejections, notes)


def _separated(line: str) -> bool:
    """Return whether the marks of date and time and the blanks stand in their columns."""
    return (
        line[4] == line[7] == "/"
        and line[13] == line[16] == ":"
        and all(line[i] == " " for i in (10, 22, 33, 45, 54, 60))
    )


def _count_note(announced: int | None, found: int, where: str, options: ReadOptions) -> list[str]:
    if announced is None or announced == found:
        return []
    text = f"the listing says {announced} rows, {found} were found"
    if options.on_error == "strict":
        raise InputError(
            f"{where}: {text}; fetch it again, or pass --on-error skip to take what is there"
        )
    return [text]


def _table(rows: TextRows, rejections: list[Rejection], notes: list[str]) -> RawTable:
    calendar = [
        rows.numbers(i, name, required=True)
        for i, name in enumerate(("year", "month", "day", "hour", "minute", "second"))
    ]
    time, unit = rows.civil(*calendar)
    magnitude = rows.numbers(8, "magnitude")
    kind = rows.texts(9)
    magnitude = np.where(kind == "n", np.nan, magnitude)
    columns: dict[str, NDArray[Any]] = {
        "event_id": rows.texts(14),
        "time": time,
        "magnitude": magnitude,
        "magnitude_type": _named(kind, MAGNITUDE_TYPES),
        "latitude": rows.numbers(10, "latitude", required=True),
        "longitude": rows.numbers(11, "longitude", required=True),
        "depth": rows.numbers(12, "depth"),
        "event_type": _named(rows.texts(6), EVENT_TYPES),
        "geographic_type": _named(rows.texts(7), _REGIONS),
        "location_quality": rows.texts(13),
        "n_phases": rows.numbers(15, "n_phases"),
        "n_waveforms": rows.numbers(16, "n_waveforms"),
    }
    attributes = {
        "depth_unit": "km",
        "time_unit": unit,
        "time_resolution": "PT0.01S",
        "magnitude_resolution": 0.01,
    }
    return rows.table(columns, attributes, rejections=rejections, notes=notes)


def _named(codes: NDArray[np.object_], names: dict[str, str]) -> NDArray[np.object_]:
    """Return the words of codes; an unknown code stands for itself."""
    return np.array([names.get(code, code) for code in codes], dtype=object)
