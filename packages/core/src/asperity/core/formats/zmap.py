"""ZMAP: ten to thirteen columns of numbers, without a header.

Longitude, latitude, decimal year, month, day, magnitude, depth (km), hour,
minute, second; then, where given, horizontal error (km), depth error (km) and
magnitude error. The decimal year may be an integer year; it may also lie on the
other side of a New Year that its rounding crossed, so the year is the one that
brings month to second closest to it.

References
----------
Wiemer, S. (2001). A software package to analyze seismicity: ZMAP. Seismol. Res.
Lett. 72, 373-382. doi:10.1785/gssrl.72.3.373
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.catalog import Catalog
from asperity.core.formats.loss import columns_left_out, numeric, require, times_rounded
from asperity.core.formats.source import Source
from asperity.core.formats.table import RawTable, ReadOptions, Rejection
from asperity.core.formats.text import (
    TextRows,
    civil_fields,
    decimals,
    head_lines,
    text_lines,
    to_numbers,
)
from asperity.core.times import PER_SECOND

NAME = "zmap"
SUFFIXES = (".zmap",)

_WIDTHS = (10, 11, 12, 13)
_ERRORS = ("horizontal_uncertainty", "depth_uncertainty", "magnitude_uncertainty")
_HELD = ("time", "magnitude", "latitude", "longitude", "depth", *_ERRORS)


def sniff(head: bytes, name: str) -> bool:
    """Recognise rows of 10 to 13 numbers that can be places, dates and times."""
    lines = [line for line in head_lines(head) if line.strip()]
    rows = [line.split() for line in lines[:50]]
    if not rows or len(rows[0]) not in _WIDTHS:
        return False
    likely = 0
    for row in rows:
        values, valid = to_numbers(row)
        if len(row) == len(rows[0]) and valid.all():
            likely += _plausible(values)
    return likely >= len(rows) / 2


def _plausible(values: NDArray[np.float64]) -> bool:
    longitude, latitude, year, month, day = values[:5]
    hour, minute, second = np.nan_to_num(values[7:10])
    return bool(
        abs(longitude) <= 360 and abs(latitude) <= 90 and -9999 < year < 9999
        and 1 <= month <= 12 and 1 <= day <= 31
        and 0 <= hour <= 24 and 0 <= minute < 60 and 0 <= second < 61
    )  # fmt: skip


def read(source: Source, options: ReadOptions) -> RawTable:
    """Read the rows; each has as many columns as the first."""
    fields: list[list[str]] = []
    lines: list[int] = []
    rejections: list[Rejection] = []
    width = 0
    for number, line in text_lines(source):
        row = line.split()
        width = width or (len(row) if len(row) in _WIDTHS else 0)
        if len(row) == (width or -1):
            fields.append(row)
            lines.append(number)
        else:
            expected = f"{width or '10 to 13'} numbers, not {len(row)}"
            rejections.append(Rejection(number, "(row)", line.strip()[:80], expected))
    rows = TextRows(fields, lines, width or 10)
    names = ("longitude", "latitude", "year", "month", "day")
    longitude, latitude, *date = (rows.numbers(i, n, required=True) for i, n in enumerate(names))
    clock = [rows.numbers(7 + i, n) for i, n in enumerate(("hour", "minute", "second"))]
    time, unit = _time(rows, date, clock)
    columns: dict[str, NDArray[Any]] = {
        "time": time,
        "magnitude": rows.numbers(5, "magnitude"),
        "latitude": latitude,
        "longitude": longitude,
        "depth": rows.numbers(6, "depth"),
    }
    for i, name in enumerate(_ERRORS[: max(width - 10, 0)]):
        scale = 1.0 if name == "magnitude_uncertainty" else 1000.0
        columns[name] = rows.numbers(10 + i, name) * scale
    attributes: dict[str, Any] = {"depth_unit": "km", "time_unit": unit}
    notes = []
    if any(np.isnan(c[rows.good]).any() for c in clock):
        notes.append("hours, minutes or seconds are missing in some rows: read as 0")
    return rows.table(columns, attributes, rejections=rejections, notes=notes)


def _time(
    rows: TextRows, date: list[NDArray[np.float64]], clock: list[NDArray[np.float64]]
) -> tuple[NDArray[np.int64], str]:
    """Return times from the calendar fields, in the year that the decimal year is closest to."""
    decimal, month, day = date
    hour, minute, second = (np.nan_to_num(c) for c in clock)
    year = np.floor(decimal)
    if np.any(decimal[rows.good] != year[rows.good]):
        part = (month - 1.0) / 12.0 + (day - 1.0) / 365.25 + hour / 8766.0
        year = np.round(decimal - part)
        apart = np.abs(decimal - year - part)
        # Half a week covers leap days and the unequal months, not a wrong date.
        rows.reject(apart > 0.01, "year", decimal.tolist(), "the decimal year of month and day")
    return rows.civil(year, month, day, hour, minute, second)


def lost(catalog: Catalog) -> list[str]:
    """Say what ZMAP cannot hold of a catalog."""
    return [*columns_left_out(catalog, _HELD), *times_rounded(catalog, 1_000_000, "microseconds")]


def write(catalog: Catalog, path: Path) -> None:
    """Write thirteen columns, with tabs between them and NaN for what is missing."""
    require(catalog, NAME)
    unit = str(catalog.time_unit)
    step = PER_SECOND[unit] // 1_000_000
    fields, seconds, decimal_year = civil_fields(catalog["time"] // step, "us")
    # The last milliseconds of a year must not round to the next one, which would be read as it.
    decimal_year = np.minimum(decimal_year, fields[0] + 1 - 1e-9)
    errors = [_or_nothing(catalog, name) for name in _ERRORS]
    columns = [
        decimals(catalog["longitude"]),
        decimals(catalog["latitude"]),
        [f"{year:.12f}" for year in decimal_year.tolist()],
        *(fields[i].astype(str).tolist() for i in (1, 2)),
        decimals(catalog["magnitude"]),
        decimals(catalog["depth"], 1000.0),
        *(fields[i].astype(str).tolist() for i in (3, 4)),
        seconds,
        decimals(errors[0], 1000.0),
        decimals(errors[1], 1000.0),
        decimals(errors[2]),
    ]
    with path.open("w", encoding="ascii", newline="\n") as stream:
        stream.writelines("\t".join(row) + "\n" for row in zip(*columns, strict=True))


def _or_nothing(catalog: Catalog, name: str) -> NDArray[np.float64]:
    values = numeric(catalog, name)
    return np.full(len(catalog), np.nan) if values is None else values
