"""Positions of the Nevada Geodetic Laboratory: ``.tenv3``, columns found by their names.

A position is an integer and a fraction of a metre; the integer is renewed after
a jump of more than ten metres. A sigma of 9.99999 m stands for none. Longitudes
may lie below -180. Blewitt et al. 2018, doi:10.1029/2018EO104623, and the
laboratory's readme.
"""

from __future__ import annotations

import re

import numpy as np

from asperity.core.errors import InputError
from asperity.gnss.positions.formats.table import (
    PositionOptions,
    PositionRows,
    days_of,
    keep_good,
    split_rows,
)
from asperity.gnss.velocities.formats.table import TextFile, is_number

NAME = "tenv3"
SUFFIXES = (".tenv3",)

_ORDER = (
    "site", "yymmmdd", "yyyy.yyyy", "mjd", "week", "d", "reflon", "e0", "east", "n0", "north",
    "u0", "up", "ant", "sig_e", "sig_n", "sig_u", "corr_en", "corr_eu", "corr_nu", "latitude",
    "longitude", "height",
)  # fmt: skip
_LEAST = 20
_COLUMNS = {
    "sd_east": "sig_e", "sd_north": "sig_n", "sd_up": "sig_u", "correlation_en": "corr_en",
    "correlation_eu": "corr_eu", "correlation_nu": "corr_nu",
}  # fmt: skip


_NEEDED = ("mjd", "e0", "east", "n0", "north", "u0", "up", *_COLUMNS.values())


def recognise(text: TextFile) -> float:
    """Recognise the header, or rows of a site, a date like 95MAY19 and 18 numbers."""
    if "reflon" in text.lines[0][1] and "sig_e" in text.lines[0][1]:
        return 1.0
    return sum(_fits(fields) for fields in text.sample) / max(len(text.sample), 1)


def _fits(fields: list[str]) -> bool:
    dated = len(fields) >= _LEAST and re.fullmatch(r"\d\d[A-Z]{3}\d\d", fields[1]) is not None
    return dated and all(is_number(field) for field in fields[2:_LEAST])


def read(text: TextFile, options: PositionOptions) -> PositionRows:
    """Read the epochs, relative to the integers of the first.

    Raises
    ------
    InputError
        If the header lacks a column that is needed.
    """
    names = _names(text)
    missing = [name for name in ("site", *_NEEDED) if name not in names]
    if missing:
        raise InputError(
            f"{text.name}, line {text.lines[0][0]}: the header lacks {', '.join(missing)}; a tenv3 "
            "file has them"
        )
    lines = [(number, line) for number, line in text.data if "reflon" not in line]
    table, short = split_rows(lines, len(names))
    number = {name: table.numbers(names.index(name), name, required=True) for name in _NEEDED}
    rows = PositionRows(
        days_of(table, number["mjd"], "mjd"),
        {column: number[name] for column, name in _COLUMNS.items()},
        table.lines,
        site=table.texts(names.index("site")),
    )
    for component, whole in (("east", "e0"), ("north", "n0"), ("up", "u0")):
        steps = number[whole] - (number[whole][:1] if len(table) else 0.0)
        rows.columns[component] = steps + number[component]
        if np.any(steps):
            rows.notes.append(f"the integer part of {component} changes; it was added")
    for name in ("latitude", "longitude", "height"):
        if name in names:
            rows.attributes[name] = table.numbers(names.index(name), name)
    return keep_good(rows, table, short)


def _names(text: TextFile) -> list[str]:
    header = text.lines[0][1].split()
    if "reflon" not in text.lines[0][1]:
        width = len(text.sample[0]) if text.sample else 0
        return list(_ORDER[: max(_LEAST, min(width, len(_ORDER)))])
    return [re.sub(r"\(.*\)$", "", name).strip("_").lower() for name in header]
