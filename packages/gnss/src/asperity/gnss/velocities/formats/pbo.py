"""Velocity files of the Plate Boundary Observatory (GAGE): columns named in a starred header.

Velocities in m/yr, north before east; epochs as YYYYMMDDhhmmss. A station that
was interrupted has several rows.
"""

from __future__ import annotations

import re
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.formats.table import Rejection
from asperity.gnss.velocities.formats.columns import parse_rows
from asperity.gnss.velocities.formats.table import NetworkOptions, StationRows, TextFile

NAME = "pbo"
SUFFIXES = ()

_COLUMNS = {
    "Dot#": "site", "Ref_Nlat": "latitude", "Ref_Elong": "longitude", "Ref_Up": "height",
    "dN/dt": "north", "dE/dt": "east", "dU/dt": "up", "SNd": "sd_north", "SEd": "sd_east",
    "SUd": "sd_up", "Rne": "correlation",
}  # fmt: skip
_FRAME = re.compile(r"Reference Frame\s*:\s*(\S+)", re.IGNORECASE)


def recognise(text: TextFile) -> float:
    """Recognise the starred header that names the rates."""
    return float(_header(text) is not None)


def _header(text: TextFile) -> tuple[int, list[str]] | None:
    for number, line in text.lines[:200]:
        names = line.strip().removeprefix("*").split()
        if "dN/dt" in names and "dE/dt" in names:
            return number, names
    return None


def read(text: TextFile, options: NetworkOptions) -> StationRows:
    """Read the stations; every row of a station is kept.

    Raises
    ------
    InputError
        If there is no header, or it names no coordinates.
    """
    found = _header(text)
    if found is None:
        raise InputError(
            f"{text.name}: no header that names dN/dt and dE/dt; a PBO velocity file has one"
        )
    number, names = found
    missing = [n for n in ("Ref_Nlat", "Ref_Elong", "SNd", "SEd") if n not in names]
    if missing:
        raise InputError(f"{text.name}, line {number}: the header lacks {', '.join(missing)}")
    lines = [(n, line) for n, line in text.data if n > number]
    split = [(n, _unite_name(line.split(), names)) for n, line in lines]
    columns = [_COLUMNS.get(name, "") for name in names]
    rows = parse_rows(split, columns, least=len(names), needed=columns)
    _add_epochs(rows, dict(split), names)
    rows.velocity_unit = "m/yr"
    frame = next((m[1] for _, line in text.lines if (m := _FRAME.search(line))), "")
    if frame:
        rows.frame = frame
        rows.notes.append(f"frame {frame} from the header")
    repeated = len(rows.lines) - len({*rows.columns["site"]}) if "site" in rows.columns else 0
    if repeated:
        rows.notes.append(f"{repeated} rows repeat a station; merging takes them together")
    return rows


def _unite_name(fields: list[str], names: list[str]) -> list[str]:
    """Bring a long name of several words back into one field."""
    extra = len(fields) - len(names)
    if extra <= 0 or len(names) < 2 or names[1] != "Name":
        return fields
    return [fields[0], " ".join(fields[1 : 2 + extra]), *fields[2 + extra :]]


def _add_epochs(rows: StationRows, split: dict[int, list[str]], names: list[str]) -> None:
    """Add the first and last epoch as decimal years, where the header names them."""
    for name, column in (("first_epoch", "start"), ("last_epoch", "end")):
        if name not in names:
            continue
        place = names.index(name)
        texts = [split[line][place] for line in rows.lines.tolist()]
        years = np.array([_decimal_year(text) for text in texts])
        wrong = np.isnan(years)
        for row in np.flatnonzero(wrong).tolist():
            line = int(rows.lines[row])
            rows.rejections.append(Rejection(line, name, texts[row], "a date YYYYMMDDhhmmss"))
        rows.columns[column] = years
        _keep(rows, ~wrong)


def _keep(rows: StationRows, good: NDArray[np.bool_]) -> None:
    rows.columns = {name: values[good] for name, values in rows.columns.items()}
    rows.lines = rows.lines[good]


def _decimal_year(text: str) -> float:
    """Return the year of a text YYYYMMDD with or without hhmmss, NaN if it is none."""
    try:
        moment = datetime.strptime(text[:14], "%Y%m%d%H%M%S" if len(text) > 8 else "%Y%m%d")
        first = datetime(moment.year, 1, 1)
        return moment.year + (moment - first) / (datetime(moment.year + 1, 1, 1) - first)
    except ValueError:
        return float("nan")
