"""Positions as the Scripps center and iGPS write them: ``.neu``, north, east, up in metres.

Nine columns: decimal year, year, day of the year, north, east, up and their standard
deviations. Comment lines may carry the header of a PBO file, or the name of the
station as the beginning of a file's name.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import numpy as np

from asperity.core.times import from_civil
from asperity.gnss.positions.formats.header import read_header
from asperity.gnss.positions.formats.table import (
    PositionOptions,
    PositionRows,
    keep_good,
    split_rows,
)
from asperity.gnss.velocities.formats.table import TextFile, is_number

NAME = "sio-neu"
SUFFIXES = (".neu",)

_NAMES = ("north", "east", "up", "sd_north", "sd_east", "sd_up")
_WIDTH = 9
_DAY = np.timedelta64(86_400, "s")


def recognise(text: TextFile) -> float:
    """Return the share of rows of nine numbers whose date is said twice alike."""
    return sum(_fits(fields) for fields in text.sample) / max(len(text.sample), 1)


def _fits(fields: list[str]) -> bool:
    if len(fields) != _WIDTH or not all(is_number(field) for field in fields):
        return False
    decimal, year, day = (float(field) for field in fields[:3])
    # Writers count the fraction from the start, the noon or the end of the day.
    return year == int(year) and 1.0 <= day <= 366.0 and abs(decimal - year - day / 365.25) < 0.01


def read(text: TextFile, options: PositionOptions) -> PositionRows:
    """Read the epochs, each at the noon of its day."""
    comments = [line for _, line in text.lines if line.lstrip().startswith("#")]
    header = read_header(comments)
    table, short = split_rows(text.data, _WIDTH)
    year, day = table.integers(1, "year"), table.integers(2, "day of the year")
    wrong = (year < 1900) | (year > 2200) | (day < 1) | (day > 366)
    table.reject(wrong, "year, day", [f"{y} {d}" for y, d in zip(year, day, strict=True)],
                 "a year and a day from 1 to 366")  # fmt: skip
    first, unit, _ = from_civil(np.where(wrong, 2000, year), 1, 1, 12, unit="ns")
    days = (np.where(wrong, 1, day) - 1) * _DAY
    times = np.asarray(first.astype(f"datetime64[{unit}]") + days, dtype="datetime64[ns]")
    columns = {
        name: table.numbers(place, name, required=True) for place, name in enumerate(_NAMES, 3)
    }
    site = header.pop("site", "") or _site_of(comments) or PurePosixPath(text.name).stem
    rows = PositionRows(times, columns, table.lines, site=str(site), attributes=header)
    return keep_good(rows, table, short)


def _site_of(comments: list[str]) -> str:
    """Return the station from the name of the file that a comment says was written from."""
    for line in comments:
        if found := re.search(r"SRC:.*[\\/](\w{4})\.\S*neu\b", line):
            return found[1]
    return ""
