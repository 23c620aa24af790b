"""ISC-GEM Global Instrumental Earthquake Catalogue, in its two tables.

The centre's own file has a commented header (``date, lat, lon, smajax, ...``);
the tables of the GEM toolkit have the header ``eventID,Agency,year,...``. In
both, lengths are kilometres, and moments are a number times ten to the power of
the scaling factor, N m. Error ellipses are those of 90 % confidence and are
kept so, with the attribute ``error_confidence``.

References
----------
Storchak, D. A. et al. (2013). Public release of the ISC-GEM Global Instrumental
Earthquake Catalogue (1900-2009). Seismol. Res. Lett. 84, 810-815.
doi:10.1785/0220130034
"""

from __future__ import annotations

import csv
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.formats.source import Source
from asperity.core.formats.table import RawTable, ReadOptions, Rejection
from asperity.core.formats.text import TextRows, head_lines, text_lines
from asperity.core.times import parse_times

NAME = "isc-gem"
SUFFIXES = ()

CONFIDENCE = 0.9
_TOOLKIT = {
    "eventID": "event_id", "Agency": "network", "longitude": "longitude", "latitude": "latitude",
    "SemiMajor90": "error_axis_1", "SemiMinor90": "error_axis_2",
    "ErrorStrike": "error_azimuth_1", "depth": "depth", "depthError": "depth_uncertainty",
    "magnitude": "magnitude", "sigmaMagnitude": "magnitude_uncertainty", "moment": "moment",
    "scaling": "scaling", "source": "moment_source",
    "mpp": "mpp", "mpr": "mrp", "mrr": "mrr", "mrt": "mrt", "mtp": "mtp", "mtt": "mtt",
}  # fmt: skip
_CALENDAR = ("year", "month", "day", "hour", "minute", "second")
_CENTRE = {
    "date": "time", "lat": "latitude", "lon": "longitude", "smajax": "error_axis_1",
    "sminax": "error_axis_2", "strike": "error_azimuth_1", "q": "epicentre_quality",
    "depth": "depth", "unc": "depth_uncertainty", "q.2": "depth_quality", "mw": "magnitude",
    "unc.2": "magnitude_uncertainty", "q.3": "magnitude_quality", "s": "magnitude_source",
    "mo": "moment", "fac": "scaling", "mo_auth": "moment_source", "mpp": "mpp", "mpr": "mrp",
    "mrr": "mrr", "mrt": "mrt", "mtp": "mtp", "mtt": "mtt", "str1": "strike", "dip1": "dip",
    "rake1": "rake", "str2": "strike_2", "dip2": "dip_2", "rake2": "rake_2", "type": "mechanism",
    "eventid": "event_id",
}  # fmt: skip
_TEXTS = {
    "event_id", "network", "moment_source", "epicentre_quality", "depth_quality",
    "magnitude_quality", "magnitude_source", "mechanism",
}  # fmt: skip
_KILOMETRES = ("error_axis_1", "error_axis_2", "depth_uncertainty")
_SCALED = ("moment", "mpp", "mrp", "mrr", "mrt", "mtp", "mtt")


def sniff(head: bytes, name: str) -> bool:
    """Recognise either header."""
    for line in head_lines(head):
        names = _names(line)
        if {"eventID", "Agency", "SemiMajor90", "scaling"} <= set(names):
            return True
        if {"date", "smajax", "sminax", "mw"} <= set(names):
            return True
        if line.strip() and not line.startswith("#"):
            return False
    return False


def _names(line: str) -> list[str]:
    """Return the names of a header, a repeated one numbered."""
    names: list[str] = []
    for field in line.lstrip("#").split(","):
        text = field.strip()
        earlier = sum(n.split(".")[0] == text for n in names)
        names.append(f"{text}.{earlier + 1}" if earlier else text)
    return names


def read(source: Source, options: ReadOptions) -> RawTable:
    """Read every column of either table.

    Raises
    ------
    InputError
        If no header is found.
    """
    known: dict[str, str] = {}
    names: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    rejections: list[Rejection] = []
    for number, line in text_lines(source):
        if not names or line.startswith("#"):
            found = _names(line)
            if not names and ("smajax" in found or "SemiMajor90" in found):
                names = found
                known = _CENTRE if "smajax" in found else _TOOLKIT
            elif not line.startswith("#"):
                break
            continue
        try:
            fields = [f.strip() for f in next(csv.reader([line]))]
        except csv.Error:
            fields = []
        if len(fields) == len(names):
            rows.append(fields)
            lines.append(number)
        else:
            expected = f"{len(names)} fields, not {len(fields)}"
            rejections.append(Rejection(number, "(row)", line[:80], expected))
    if not names:
        raise InputError(
            f"{source.name}: no header of ISC-GEM (eventID,Agency,... or # date, lat, lon, ...)"
        )
    return _table(TextRows(rows, lines, len(names)), names, known, rejections, source.name)


def _table(
    rows: TextRows,
    names: list[str],
    known: dict[str, str],
    rejections: list[Rejection],
    where: str,
) -> RawTable:
    place = {target: names.index(name) for name, target in known.items() if name in names}
    missing = {"latitude", "longitude", "magnitude", "event_id"} - place.keys()
    if missing or ("time" not in place and not set(_CALENDAR) <= set(names)):
        what = ", ".join(sorted(missing)) or "year to second"
        raise InputError(f"{where}: the header lacks the columns for {what}")
    columns: dict[str, NDArray[Any]] = {}
    if "time" in place:
        texts = rows.texts(place["time"])
        time, unit, valid = parse_times(texts.tolist())
        rows.reject(~valid, "date", texts.tolist(), "a time such as 1904-06-25 21:00:37.58")
    else:
        time, unit = rows.civil(
            *(rows.numbers(names.index(n), n, required=True) for n in _CALENDAR)
        )
    columns["time"] = time
    for target, index in place.items():
        if target in _TEXTS:
            columns[target] = rows.texts(index)
        elif target != "time":
            columns[target] = rows.numbers(index, names[index])
    _scale(columns, rows)
    columns["magnitude_type"] = np.full(len(rows), "Mw", dtype=object)
    unread = [n for n in names if n not in known and n not in _CALENDAR]
    return rows.table(
        columns,
        {"depth_unit": "km", "time_unit": unit, "error_confidence": CONFIDENCE},
        rejections=rejections,
        unread=unread,
    )


def _scale(columns: dict[str, NDArray[Any]], rows: TextRows) -> None:
    """Turn kilometres into metres, scaled moments into N m, the ellipse's axes into directions."""
    for name in _KILOMETRES:
        if name in columns:
            columns[name] = columns[name] * 1000.0
    power = columns.pop("scaling", np.full(len(rows), np.nan))
    for name in _SCALED:
        if name in columns:
            given = np.isfinite(columns[name])
            rows.reject(given & ~(np.abs(power) <= 40), name, columns[name].tolist(), "a scale")
            with np.errstate(over="ignore"):
                columns[name] = np.where(given, columns[name] * 10.0**power, np.nan)
    if {"error_axis_1", "error_axis_2", "error_azimuth_1"} <= columns.keys():
        azimuth = columns["error_azimuth_1"]
        columns["error_azimuth_2"] = (azimuth + 90.0) % 360.0
        flat = np.where(np.isfinite(azimuth), 0.0, np.nan)
        columns["error_dip_1"], columns["error_dip_2"] = flat, flat.copy()
