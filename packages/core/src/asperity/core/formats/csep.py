"""CSEP ASCII: ``lon,lat,mag,time_string,depth,catalog_id,event_id``, depth in km.

The exchange format of the Collaboratory for the Study of Earthquake
Predictability. A file may hold many synthetic catalogs, told apart by
``catalog_id``; one that is empty stands there as a row without a place.

References
----------
Savran, W. H. et al. (2022). pyCSEP: a Python toolkit for earthquake forecast
developers. J. Open Source Softw. 7, 3658. doi:10.21105/joss.03658
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.catalog import Catalog
from asperity.core.formats.loss import columns_left_out, numeric, require, times_rounded
from asperity.core.formats.source import Source
from asperity.core.formats.table import RawTable, ReadOptions, Rejection
from asperity.core.formats.text import TextRows, civil_fields, decimals, head_lines, text_lines
from asperity.core.times import PER_SECOND, parse_times

NAME = "csep"
SUFFIXES = (".csep",)

_HEADER = ("lon", "lat", "m", "time_string", "depth", "catalog_id", "event_id")
_HELD = ("event_id", "time", "magnitude", "latitude", "longitude", "depth", "catalog_id")


def _is_header(line: str) -> bool:
    names = [n.strip().strip('"').lower() for n in line.lstrip("#").split(",")]
    return tuple("m" if n == "mag" else n for n in names) == _HEADER


def sniff(head: bytes, name: str) -> bool:
    """Recognise the header."""
    rows = [line for line in head_lines(head) if line.strip()]
    return bool(rows) and _is_header(rows[0])


def read(source: Source, options: ReadOptions) -> RawTable:
    """Read the events of all catalogs in the file; the header may be missing."""
    fields: list[list[str]] = []
    lines: list[int] = []
    rejections: list[Rejection] = []
    empty = []
    listed = text_lines(source)
    for number, line in listed[1:] if listed and _is_header(listed[0][1]) else listed:
        try:
            row = [f.strip() for f in next(csv.reader([line]))]
        except csv.Error:
            row = []
        if len(row) != len(_HEADER):
            expected = f"{len(_HEADER)} fields, not {len(row)}"
            rejections.append(Rejection(number, "(row)", line[:80], expected))
        elif not any(row[:5]) and row[5]:
            empty.append(row[5])
        else:
            fields.append(row)
            lines.append(number)
    notes = [f"catalogs without an event: {', '.join(empty[:20])}"] if empty else []
    return _table(TextRows(fields, lines, len(_HEADER)), rejections, notes)


def _table(rows: TextRows, rejections: list[Rejection], notes: list[str]) -> RawTable:
    texts = rows.texts(3).tolist()
    time, unit, valid = parse_times(texts)
    rows.reject(~valid, "time_string", texts, "a time such as 2019-08-26T07:30:47.000000")
    columns: dict[str, NDArray[Any]] = {
        "time": time,
        "magnitude": rows.numbers(2, "mag"),
        "latitude": rows.numbers(1, "lat", required=True),
        "longitude": rows.numbers(0, "lon", required=True),
        "depth": rows.numbers(4, "depth"),
    }
    catalogs, ids = rows.texts(5), rows.texts(6)
    several = len(set(catalogs[rows.good].tolist()) - {""}) > 1
    if any(catalogs != ""):
        numbers = rows.numbers(5, "catalog_id")
        rows.reject(~(numbers == np.round(numbers)) & (catalogs != ""), "catalog_id",
                    catalogs.tolist(), "an integer")  # fmt: skip
        # -1 where a row belongs to none
        columns["catalog_id"] = np.where(np.isnan(numbers), -1, numbers).astype(np.int64)
    if any(ids != ""):
        # Identifiers are unique within one synthetic catalog only.
        columns["event_id"] = catalogs + "/" + ids if several else ids
    return rows.table(
        columns, {"depth_unit": "km", "time_unit": unit}, rejections=rejections, notes=notes
    )


def lost(catalog: Catalog) -> list[str]:
    """Say what CSEP ASCII cannot hold of a catalog."""
    return [*columns_left_out(catalog, _HELD), *times_rounded(catalog, 1_000_000, "microseconds")]


def write(catalog: Catalog, path: Path) -> None:
    """Write one row an event, times with six decimals, ``nan`` for a missing number."""
    require(catalog, NAME)
    unit = str(catalog.time_unit)
    micro = catalog["time"] // (PER_SECOND[unit] // 1_000_000)
    fields, _, _ = civil_fields(micro, "us")
    seconds, fraction = np.divmod(micro % 60_000_000, 1_000_000)
    stamps = [
        f"{y:04d}-{mo:02d}-{d:02d}T{h:02d}:{mi:02d}:{s:02d}.{f:06d}"
        for y, mo, d, h, mi, s, f in zip(*fields.tolist(), seconds.tolist(), fraction.tolist(),
                                         strict=True)
    ]  # fmt: skip
    ids = catalog.texts("event_id").tolist()
    catalogs = [""] * len(catalog)
    numbers = numeric(catalog, "catalog_id")
    if numbers is not None:
        catalogs = ["" if c < 0 else f"{c:.0f}" for c in np.nan_to_num(numbers, nan=-1.0).tolist()]
        if len(set(catalogs) - {""}) > 1:
            ids = [i.removeprefix(f"{c}/") for c, i in zip(catalogs, ids, strict=True)]
    columns = (
        *(decimals(catalog[n]) for n in ("longitude", "latitude", "magnitude")),
        stamps,
        decimals(catalog["depth"], 1000.0),
        catalogs,
        ids,
    )
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("lon", "lat", "mag", "time_string", "depth", "catalog_id", "event_id"))
        writer.writerows(zip(*columns, strict=True))
