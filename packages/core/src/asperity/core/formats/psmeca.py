"""GMT ``psmeca``: focal mechanisms as -Sm (tensor), -Sc (two planes, moment) or -Sa (one plane).

Moments are a number times ten to an exponent in dyne cm (1e-7 N m). The format
has no time: titles that are Global CMT codes give it, to the day in the codes of
before 2005 (MMDDYY and a letter), to the minute in those after (YYYYMMDDhhmm and
a letter). The uncertainty of each time is recorded. The magnitude of -Sm and -Sc
is Mw = 2/3 (log10 M0 - 9.1) of the scalar moment.

References
----------
Wessel, P. et al. (2019). The Generic Mapping Tools version 6. Geochem. Geophys.
Geosyst. 20, 5556-5564. doi:10.1029/2019GC008515
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.formats.event_codes import DAY, date_of
from asperity.core.formats.psmeca_write import lost, write
from asperity.core.formats.source import Source
from asperity.core.formats.table import RawTable, ReadOptions, Rejection
from asperity.core.formats.text import TextRows, head_lines, text_lines, to_numbers
from asperity.core.geometry.mechanisms import TENSOR_COMPONENTS, moment_magnitude, scalar_moment

__all__ = ["NAME", "SUFFIXES", "lost", "read", "sniff", "write"]

NAME = "psmeca"
SUFFIXES = (".psmeca", ".meca")

DYNE_CM = 1e-7  # N m
_NUMBERS = {"Sm": 10, "Sc": 11, "Sa": 7}
# psmeca's own order is mrr mtt mff mrt mrf mtf.
_ANGLES = ("strike", "dip", "rake", "strike_2", "dip_2", "rake_2")


def _kind(fields: Sequence[str]) -> str | None:
    """Tell the kind of a row by the count of its numbers and by what they can be."""
    values, valid = to_numbers(fields[:13])
    leading = int(np.argmin(valid)) if not valid.all() else valid.size
    if leading < 7 or not (abs(values[0]) <= 360 and abs(values[1]) <= 90):
        return None
    kinds = []
    if leading in (10, 12, 13) and _is_exponent(values[9]):
        kinds.append("Sm")
    if leading in (11, 13) and _is_exponent(values[10]) and _are_dips(values[4], values[7]):
        kinds.append("Sc")
    if leading in (7, 9, 10) and _are_dips(values[4]) and -5 <= values[6] <= 11:
        kinds.append("Sa")
    return kinds[0] if kinds else None


def _is_exponent(value: float) -> bool:
    return bool(value == round(value) and 7 <= value <= 40) if np.isfinite(value) else False


def _are_dips(*values: float) -> bool:
    return all(0 <= v <= 90 for v in values)


def sniff(head: bytes, name: str) -> bool:
    """Recognise mechanisms by the titles behind their numbers, or by the suffix."""
    lines = [line for line in head_lines(head) if line.strip() and not line.startswith(("#", ">"))]
    rows = [line.split() for line in lines[:20]]
    titled = [len(r) > 7 and not to_numbers(r[-1:])[1][0] for r in rows]
    kinds = {_kind(r) for r in rows}
    named = name.lower().endswith(SUFFIXES)
    return bool(rows) and len(kinds) == 1 and None not in kinds and (all(titled) or named)


def read(source: Source, options: ReadOptions) -> RawTable:
    """Read the mechanisms; all rows are of the kind of the first that can be told.

    Raises
    ------
    InputError
        If no row is a mechanism.
    """
    rows = [(n, line.split()) for n, line in text_lines(source) if not line.startswith(("#", ">"))]
    kind = next((k for _, fields in rows if (k := _kind(fields)) is not None), None)
    if kind is None:
        raise InputError(
            f"{source.name}: no row of psmeca -Sm (10 numbers), -Sc (11) or -Sa (7) was found"
        )
    count = _NUMBERS[kind]
    kept: list[list[str]] = []
    lines: list[int] = []
    rejections: list[Rejection] = []
    for number, fields in rows:
        if len(fields) < count:
            expected = f"{count} numbers of -{kind}, not {len(fields)}"
            rejections.append(Rejection(number, "(row)", " ".join(fields)[:80], expected))
        else:
            # newX newY, where given, only say where the beach ball is drawn.
            kept.append([*fields[:count], " ".join(fields[count + 2 :])])
            lines.append(number)
    return _table(TextRows(kept, lines, count + 1), kind, rejections)


def _table(rows: TextRows, kind: str, rejections: list[Rejection]) -> RawTable:
    columns: dict[str, NDArray[Any]] = {
        "longitude": rows.numbers(0, "longitude", required=True),
        "latitude": rows.numbers(1, "latitude", required=True),
        "depth": rows.numbers(2, "depth"),
    }
    if kind == "Sm":
        columns |= {
            c: rows.numbers(3 + i, c, required=True) for i, c in enumerate(TENSOR_COMPONENTS)
        }
        unit = _unit(rows, 9)
        columns |= {c: columns[c] * unit for c in TENSOR_COMPONENTS}
        columns["moment"] = scalar_moment(np.column_stack([columns[c] for c in TENSOR_COMPONENTS]))
    else:
        angles = _ANGLES if kind == "Sc" else _ANGLES[:3]
        columns |= {a: rows.numbers(3 + i, a, required=True) for i, a in enumerate(angles)}
        if kind == "Sc":
            columns["moment"] = rows.numbers(9, "mantissa", required=True) * _unit(rows, 10)
    if kind == "Sa":
        columns["magnitude"] = rows.numbers(6, "magnitude")
    else:
        moment = columns["moment"]
        rows.reject(~(moment > 0), "moment", moment.tolist(), "a moment above zero")
        columns["magnitude"] = moment_magnitude(moment)
    columns["magnitude_type"] = np.full(len(rows), "Mw", dtype=object)
    attributes: dict[str, Any] = {"depth_unit": "km"}
    notes = _titles(rows, columns, attributes)
    return rows.table(columns, attributes, rejections=rejections, notes=notes)


def _unit(rows: TextRows, index: int) -> NDArray[np.float64]:
    power = rows.numbers(index, "exponent", required=True)
    rows.reject(~(np.abs(power) <= 45), "exponent", power.tolist(), "an exponent of ten")
    return np.asarray(10.0 ** np.where(np.abs(power) <= 45, power, 0.0) * DYNE_CM)


def _titles(
    rows: TextRows, columns: dict[str, NDArray[Any]], attributes: dict[str, Any]
) -> list[str]:
    """Take identifiers from the titles, and times where the titles are codes."""
    titles = rows.texts(-1)
    if not any(titles[rows.good] != ""):
        return ["no titles: the events have neither identifiers nor times"]
    dates = [date_of(str(t)) for t in titles]
    if not any(d is not None for d in dates):
        good = titles[rows.good]
        unique = len(set(good.tolist())) == good.size and "" not in good
        columns["event_id" if unique else "title"] = titles
        return ["titles are no Global CMT codes: the events have no times"]
    coded = np.array([d is not None for d in dates])
    rows.reject(~coded, "title", titles.tolist(), "a Global CMT code, MMDDYYx or YYYYMMDDhhmmx")
    fields = np.array([d or (1970, 1, 1, 0, 0, 1) for d in dates], dtype=float)
    columns["time"], attributes["time_unit"] = rows.civil(*fields[:, :5].T)
    # The code gives the day or the minute: uniform within it, step / sqrt(12).
    step = fields[:, 5]
    columns["time_uncertainty"] = step / np.sqrt(12.0)
    columns["event_id"] = titles
    days = int(np.count_nonzero(step[rows.good] == DAY))
    minutes = int(np.count_nonzero(rows.good)) - days
    attributes["time_resolution"] = "PT1M" if minutes else "P1D"
    return [f"times from the event codes: {days} to the day, {minutes} to the minute"]
