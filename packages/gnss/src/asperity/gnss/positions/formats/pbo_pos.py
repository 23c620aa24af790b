"""Positions of the Plate Boundary Observatory (GAGE): ``.pos``, north before east.

A header of names and explanations, a starred line with the names of the columns,
then one row an epoch: date, time, modified Julian date, geocentric position with
its covariance, latitude, longitude and height, and dN dE dU in metres with their
standard deviations and correlations Rne, Rnu, Reu.
"""

from __future__ import annotations

import re

from asperity.core.errors import InputError
from asperity.gnss.positions.formats.header import read_header
from asperity.gnss.positions.formats.table import (
    PositionOptions,
    PositionRows,
    days_of,
    keep_good,
    split_rows,
)
from asperity.gnss.velocities.formats.table import TextFile

NAME = "pbo-pos"
SUFFIXES = (".pos",)

# From the end of the header: position of each column in a row.
_PLACES = {
    "north": 15, "east": 16, "up": 17, "sd_north": 18, "sd_east": 19, "sd_up": 20,
    "correlation_en": 21, "correlation_nu": 22, "correlation_eu": 23,
}  # fmt: skip
_WIDTH = 24


def recognise(text: TextFile) -> float:
    """Recognise the starred line that names the columns, date to correlation."""
    return float(_start(text) is not None)


def _start(text: TextFile) -> int | None:
    for number, line in text.lines[:100]:
        if re.match(r"\*YYYYMMDD\s+HHMMSS\s+JJJJJ", line):
            return number
    return None


def read(text: TextFile, options: PositionOptions) -> PositionRows:
    """Read the epochs.

    Raises
    ------
    InputError
        If the line that names the columns is missing.
    """
    start = _start(text)
    if start is None:
        raise InputError(
            f"{text.name}: no line *YYYYMMDD HHMMSS JJJJJ.JJJJ ...; a PBO file of positions has one"
        )
    header = read_header(line for number, line in text.lines if number < start)
    table, short = split_rows([(n, line) for n, line in text.lines if n > start], _WIDTH)
    mjd = table.numbers(2, "JJJJJ.JJJJ", required=True)
    columns = {
        name: table.numbers(place, name, required=place < 21) for name, place in _PLACES.items()
    }
    rows = PositionRows(
        days_of(table, mjd, "JJJJJ.JJJJ"), columns, table.lines, site=str(header.pop("site", "")),
        attributes=header,
    )  # fmt: skip
    return keep_good(rows, table, short)
