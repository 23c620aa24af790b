"""Global CMT ``ndk``: five lines of 80 columns an earthquake.

Time, place and depth of the catalog are those of the centroid, because the
tensor belongs to it; the hypocentre stands beside it in free columns
(``hypocentre_latitude`` ..., and ``centroid_time_shift``, seconds from the
origin time to the centroid time). Moments are dyne cm in the file (1e-7 N m).
The magnitude is Mw = 2/3 (log10 M0 - 9.1) of the scalar moment, type ``Mwc``.

References
----------
Ekstroem, G., Nettles, M. & Dziewonski, A. M. (2012). The global CMT project
2004-2010. Phys. Earth Planet. Inter. 200-201, 1-9. doi:10.1016/j.pepi.2012.04.002
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.formats.ndk_write import lost, write
from asperity.core.formats.source import Source
from asperity.core.formats.table import RawTable, ReadOptions, Rejection
from asperity.core.formats.text import TextRows, head_lines, text_lines
from asperity.core.geometry.mechanisms import TENSOR_COMPONENTS, moment_magnitude
from asperity.core.times import PER_SECOND

__all__ = ["NAME", "SUFFIXES", "lost", "read", "sniff", "write"]

NAME = "ndk"
SUFFIXES = (".ndk",)

DYNE_CM = 1e-7  # N m
_START = re.compile(r".{4} \d{4}/[ \d]\d/[ \d]\d [ \d]\d:[ \d]\d:")
# name -> line of the record, first column from 0, column after the last
_PLACES: dict[str, tuple[int, int, int]] = {
    "hypocentre_agency": (0, 0, 4), "year": (0, 5, 9), "month": (0, 10, 12), "day": (0, 13, 15),
    "hour": (0, 16, 18), "minute": (0, 19, 21), "second": (0, 22, 26),
    "hypocentre_latitude": (0, 27, 33), "hypocentre_longitude": (0, 34, 41),
    "hypocentre_depth": (0, 42, 47), "magnitude_mb": (0, 48, 51), "magnitude_ms": (0, 51, 55),
    "region": (0, 56, 80),
    "event_id": (1, 0, 16),
    "body_stations": (1, 19, 22), "body_components": (1, 22, 27), "body_period": (1, 27, 31),
    "surface_stations": (1, 34, 37), "surface_components": (1, 37, 42),
    "surface_period": (1, 42, 46), "mantle_stations": (1, 49, 52),
    "mantle_components": (1, 52, 57), "mantle_period": (1, 57, 61),
    "source_constraint": (1, 66, 68), "moment_rate_function": (1, 69, 74),
    "half_duration": (1, 75, 80),
    "centroid_time_shift": (2, 10, 18), "time_uncertainty": (2, 18, 22),
    "latitude": (2, 22, 29), "latitude_uncertainty": (2, 29, 34), "longitude": (2, 34, 42),
    "longitude_uncertainty": (2, 42, 47), "depth": (2, 47, 53), "depth_uncertainty": (2, 53, 58),
    "depth_type": (2, 59, 63), "analysis": (2, 64, 80),
    "exponent": (3, 0, 2),
    **{name: (3, 2 + 13 * i, 9 + 13 * i) for i, name in enumerate(TENSOR_COMPONENTS)},
    **{f"{name}_uncertainty": (3, 9 + 13 * i, 15 + 13 * i)
       for i, name in enumerate(TENSOR_COMPONENTS)},
    "version": (4, 0, 3),
    **{f"{what}_{axis}": (4, 3 + 15 * i + a, 3 + 15 * i + b)
       for i, axis in enumerate("tnp")
       for what, a, b in (("eigenvalue", 0, 8), ("plunge", 8, 11), ("azimuth", 11, 15))},
    "moment": (4, 48, 56),
    "strike": (4, 56, 60), "dip": (4, 60, 63), "rake": (4, 63, 68),
    "strike_2": (4, 68, 72), "dip_2": (4, 72, 75), "rake_2": (4, 75, 80),
}  # fmt: skip
_TEXTS = {
    "hypocentre_agency", "region", "event_id", "moment_rate_function", "depth_type", "analysis",
    "version",
}  # fmt: skip
_CALENDAR = ("year", "month", "day", "hour", "minute", "second")
_REQUIRED = {
    *_CALENDAR, "latitude", "longitude", "depth", "centroid_time_shift", "exponent", "moment",
    *TENSOR_COMPONENTS,
}  # fmt: skip
_SCALED = (
    "moment", *TENSOR_COMPONENTS, *(f"{c}_uncertainty" for c in TENSOR_COMPONENTS),
    *(f"eigenvalue_{axis}" for axis in "tnp"),
)  # fmt: skip


def sniff(head: bytes, name: str) -> bool:
    """Recognise the first record."""
    lines = [line for line in head_lines(head) if line.strip()]
    for i, line in enumerate(lines[:-2]):
        if _START.match(line) and lines[i + 2].startswith("CENTROID:"):
            return True
    return False


def read(source: Source, options: ReadOptions) -> RawTable:
    """Read the records; one that does not have its five lines is listed by its first."""
    rows: list[list[str]] = []
    lines: list[int] = []
    rejections: list[Rejection] = []
    for record in _records(text_lines(source)):
        number, first = record[0]
        texts = [text for _, text in record]
        whole = len(texts) == 5 and _START.match(first) and texts[2].startswith("CENTROID:")
        if whole:
            rows.append([texts[i][a:b].strip() for i, a, b in _PLACES.values()])
            lines.append(number)
        else:
            expected = f"five lines of a record, the third CENTROID:, not {len(texts)}"
            rejections.append(Rejection(number, "(record)", first[:80], expected))
    return _table(TextRows(rows, lines, len(_PLACES)), rejections)


def _records(lines: list[tuple[int, str]]) -> list[list[tuple[int, str]]]:
    """Cut the lines into records; each begins with a date."""
    records: list[list[tuple[int, str]]] = []
    for number, line in lines:
        if _START.match(line) or not records:
            records.append([])
        records[-1].append((number, line))
    return records


def _table(rows: TextRows, rejections: list[Rejection]) -> RawTable:
    columns: dict[str, NDArray[Any]] = {}
    for index, name in enumerate(_PLACES):
        if name in _TEXTS:
            columns[name] = rows.texts(index)
        else:
            columns[name] = rows.numbers(index, name, required=name in _REQUIRED)
    power = columns.pop("exponent")
    rows.reject(~(np.abs(power) <= 40), "exponent", power.tolist(), "an exponent of ten")
    for name in _SCALED:
        with np.errstate(over="ignore", invalid="ignore"):
            columns[name] = columns[name] * 10.0**power * DYNE_CM
    for name in ("magnitude_mb", "magnitude_ms"):
        columns[name] = np.where(columns[name] == 0.0, np.nan, columns[name])
    for name in ("hypocentre_depth", "depth_uncertainty"):
        columns[name] = columns[name] * 1000.0
    time, unit = rows.civil(*(columns.pop(name) for name in _CALENDAR))
    shift = columns["centroid_time_shift"]
    rows.reject(~(np.abs(shift) < 86_400), "centroid_time_shift", shift.tolist(), "seconds")
    seconds = np.where(np.abs(shift) < 86_400, shift, 0.0)
    columns["time"] = time + np.round(seconds * PER_SECOND[unit]).astype(np.int64)
    rows.reject(~(columns["moment"] > 0), "moment", columns["moment"].tolist(), "above zero")
    columns["magnitude"] = moment_magnitude(columns["moment"])
    columns["magnitude_type"] = np.full(len(rows), "Mwc", dtype=object)
    attributes = {
        "depth_unit": "km",
        "time_unit": unit,
        "time_resolution": "PT0.1S",
        "origin": "centroid",
    }
    return rows.table(columns, attributes, rejections=rejections)
