"""Our own table of positions: one file may hold any number of stations.

The header names the columns: ``site,lon,lat,height,time,east,north,up,se,sn,su,
rho_en,rho_eu,rho_nu,frame`` with ISO 8601 times, degrees, metres of height and
millimetres. ``decimal_year`` (calendar years) or ``mjd`` may stand for ``time``;
only the time, ``east`` and ``north`` are needed.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.formats.text import TextRows, decimals
from asperity.core.times import parse_times
from asperity.gnss.positions.formats.table import (
    PositionOptions,
    PositionRows,
    days_of,
    keep_good,
)
from asperity.gnss.positions.series import (
    COMPONENTS,
    CORRELATIONS,
    DEVIATIONS,
    PositionSeries,
)
from asperity.gnss.velocities.formats.table import TextFile

NAME = "csv"
SUFFIXES = (".csv",)
HEADER = (
    "site", "lon", "lat", "height", "time", "east", "north", "up", "se", "sn", "su", "rho_en",
    "rho_eu", "rho_nu", "frame",
)  # fmt: skip
_NUMBERS = dict(zip(HEADER[5:14], (*COMPONENTS, *DEVIATIONS, *CORRELATIONS), strict=True))
_PLACES = {"lon": "longitude", "lat": "latitude", "height": "height"}
_CLOCKS = ("time", "decimal_year", "mjd")


def recognise(text: TextFile) -> float:
    """Recognise a header that names a time, east and north."""
    names = _header(text)[1]
    return float({"east", "north"} <= {*names} and bool({*names} & {*_CLOCKS}))


def _header(text: TextFile) -> tuple[int, list[str]]:
    number, line = next(((n, t) for n, t in text.lines if not t.startswith("#")), text.lines[0])
    return number, [name.strip().lower() for name in line.split(",")]


def read(text: TextFile, options: PositionOptions) -> PositionRows:
    """Read the epochs of all stations.

    Raises
    ------
    InputError
        If the header lacks a column that is needed.
    """
    start, names = _header(text)
    clock = next((name for name in _CLOCKS if name in names), None)
    missing = [name for name in ("east", "north") if name not in names]
    if clock is None or missing:
        lacks = missing or [" or ".join(_CLOCKS)]
        raise InputError(
            f"{text.name}, line {start}: the header lacks {', '.join(lacks)}; name the columns "
            f"{','.join(HEADER)}"
        )
    table, short = _table(text, start, len(names))
    times = _times(table, names.index(clock), clock)
    columns = {
        column: table.numbers(names.index(name), name, required=name in COMPONENTS)
        for name, column in _NUMBERS.items()
        if name in names
    }
    columns.setdefault("up", np.zeros(len(table)))
    site: NDArray[np.object_] | str = table.texts(names.index("site")) if "site" in names else ""
    attributes: dict[str, Any] = {
        column: table.numbers(names.index(name), name)
        for name, column in _PLACES.items()
        if name in names
    }
    if "frame" in names:
        attributes["frame"] = table.texts(names.index("frame"))
    rows = PositionRows(
        times, columns, table.lines, site=site, unit="mm", attributes=attributes,
        notes=[] if "up" in names else ["no column up: the vertical is not observed"],
    )  # fmt: skip
    return keep_good(rows, table, short)


def _table(text: TextFile, start: int, width: int) -> tuple[TextRows, list[Any]]:
    from asperity.core.formats.table import Rejection

    rows, numbers, short = [], [], []
    for number, line in text.lines:
        if number <= start or line.startswith("#"):
            continue
        fields = _split(line)
        if len(fields) != width:
            found = f"{len(fields)} columns"
            short.append(Rejection(number, "(row)", found, f"{width} columns"))
        else:
            rows.append(fields)
            numbers.append(number)
    return TextRows(rows, numbers, width), short


def _split(line: str) -> list[str]:
    try:
        fields = next(csv.reader([line]), [])
    except csv.Error:
        fields = line.split(",")
    return [field.strip() for field in fields]


def _times(table: TextRows, place: int, clock: str) -> NDArray[np.datetime64]:
    if clock == "time":
        texts = table.texts(place)
        ticks, unit, valid = parse_times(texts.tolist())
        table.reject(~valid, clock, texts.tolist(), "an ISO 8601 time")
        stamps = ticks.astype(f"datetime64[{unit}]")
        absurd = (stamps < np.datetime64("1900")) | (stamps >= np.datetime64("2200"))
        table.reject(absurd, clock, texts.tolist(), "a time of 1900 to 2200")
        return np.where(absurd, np.datetime64("2000"), stamps).astype("datetime64[ns]")
    numbers = table.numbers(place, clock, required=True)
    if clock == "mjd":
        return days_of(table, numbers, clock)
    absurd = ~((numbers > 1900.0) & (numbers < 2200.0))
    table.reject(absurd, clock, numbers.tolist(), "a year of 1900 to 2200")
    numbers = np.where(absurd, 2000.0, numbers)
    whole = np.floor(numbers)
    first = (whole.astype(np.int64) - 1970).astype("datetime64[Y]").astype("datetime64[s]")
    after = (whole.astype(np.int64) - 1969).astype("datetime64[Y]").astype("datetime64[s]")
    length = (after - first).astype(np.float64)
    seconds = np.round((numbers - whole) * length).astype("timedelta64[s]")
    return np.asarray((first + seconds).astype("datetime64[ns]"))


def write(series: Sequence[PositionSeries], path: Path) -> None:
    """Write stations one after another; they read back as they were, to the last bit."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        for one in series:
            place = decimals(np.array([one.longitude, one.latitude, one.height]), missing="")
            block = np.vstack([one.positions, one.deviations, one.correlations])
            stamps = [f"{t}Z" for t in np.datetime_as_string(one.times, unit="auto").tolist()]
            texts = [decimals(row, missing="") for row in block]
            writer.writerows(
                (one.site, *place, stamp, *row, one.frame)
                for stamp, *row in zip(stamps, *texts, strict=True)
            )
