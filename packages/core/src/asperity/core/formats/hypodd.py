"""HypoDD ``.reloc``: 24 columns of relocated hypocentres.

ID, LAT, LON, DEPTH (km), X, Y, Z (m from the centroid of the event's cluster:
east, north, down), EX, EY, EZ (m), YR, MO, DY, HR, MI, SC, MAG, NCCP, NCCS,
NCTP, NCTS (numbers of differential times), RCC, RCT (root mean square
residuals, s, -9 for none), CID (cluster). As every cluster has a centroid of
its own, X, Y, Z are no common frame: they become the free columns
``from_centroid_east``, ``_north`` and ``_down``.

References
----------
Waldhauser, F. (2001). hypoDD: a program to compute double-difference hypocenter
locations. U.S. Geol. Surv. Open-File Rep. 01-113. doi:10.3133/ofr01113
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

NAME = "hypodd"
SUFFIXES = (".reloc",)

_WIDTH = 24
_METRES = {
    4: "from_centroid_east", 5: "from_centroid_north", 6: "from_centroid_down",
    7: "error_east", 8: "error_north", 9: "depth_uncertainty",
}  # fmt: skip
_COUNTS = {
    17: "n_correlation_p", 18: "n_correlation_s", 19: "n_catalog_p", 20: "n_catalog_s",
}  # fmt: skip
_RESIDUALS = {21: "residual_correlation", 22: "residual_catalog"}
_NO_RESIDUAL = -9.0
_HELD = (
    "event_id", "time", "magnitude", "latitude", "longitude", "depth", "cluster",
    *_METRES.values(), *_COUNTS.values(), *_RESIDUALS.values(),
)  # fmt: skip


def sniff(head: bytes, name: str) -> bool:
    """Recognise rows of 24 numbers with a date in the eleventh column."""
    lines = [line for line in head_lines(head) if line.strip()]
    rows = [line.split() for line in lines[:20]]
    if not rows:
        return False
    likely = 0
    for row in rows:
        if len(row) == _WIDTH:
            values, valid = to_numbers(row)
            likely += bool(
                valid.all() and abs(values[1]) <= 90 and 1 <= values[11] <= 12
                and 1 <= values[12] <= 31 and 0 <= values[13] <= 24
            )  # fmt: skip
    return likely >= len(rows) / 2


def read(source: Source, options: ReadOptions) -> RawTable:
    """Read all 24 columns."""
    fields: list[list[str]] = []
    lines: list[int] = []
    rejections: list[Rejection] = []
    for number, line in text_lines(source):
        row = line.split()
        if len(row) == _WIDTH:
            fields.append(row)
            lines.append(number)
        else:
            expected = f"{_WIDTH} numbers, not {len(row)}"
            rejections.append(Rejection(number, "(row)", line.strip()[:80], expected))
    rows = TextRows(fields, lines, _WIDTH)
    names = ("YR", "MO", "DY", "HR", "MI", "SC")
    time, unit = rows.civil(*(rows.numbers(10 + i, n, required=True) for i, n in enumerate(names)))
    ids = rows.integers(0, "ID")
    columns: dict[str, NDArray[Any]] = {
        "event_id": ids.astype(str).astype(object),
        "time": time,
        "magnitude": rows.numbers(16, "MAG"),
        "latitude": rows.numbers(1, "LAT", required=True),
        "longitude": rows.numbers(2, "LON", required=True),
        "depth": rows.numbers(3, "DEPTH"),
    }
    columns |= {name: rows.numbers(i, name) for i, name in _METRES.items()}
    columns |= {name: rows.integers(i, name) for i, name in _COUNTS.items()}
    for i, name in _RESIDUALS.items():
        values = rows.numbers(i, name)
        columns[name] = np.where(values == _NO_RESIDUAL, np.nan, values)
    columns["cluster"] = rows.integers(23, "CID")
    return rows.table(
        columns,
        {"depth_unit": "km", "time_unit": unit},
        rejections=rejections,
        notes=_notes(columns, rows.good),
    )


def _notes(columns: dict[str, NDArray[Any]], good: NDArray[np.bool_]) -> list[str]:
    notes = []
    alone = int(np.count_nonzero(columns["cluster"][good] == 0))
    if alone:
        notes.append(f"{alone} events have cluster 0, which is none")
    zero = int(np.count_nonzero(columns["magnitude"][good] == 0.0))
    if zero:
        notes.append(
            f"{zero} magnitudes equal 0, which HypoDD also writes where there is none; "
            "if so, pass --missing=0"
        )
    return notes


def lost(catalog: Catalog) -> list[str]:
    """Say what a ``.reloc`` file cannot hold of a catalog, and what it holds without a value."""
    said = columns_left_out(catalog, _HELD)
    wanted = (*_METRES.values(), *_COUNTS.values(), "cluster")
    absent = [n for n in wanted if numeric(catalog, n) is None]
    if absent:
        said.append(f"written as 0 because the catalog lacks them: {', '.join(absent)}")
    if not _integer_ids(catalog):
        said.append("event_id replaced by numbers from 1: HypoDD takes integers only")
    return [*said, *times_rounded(catalog, 1_000_000, "microseconds")]


def _integer_ids(catalog: Catalog) -> bool:
    return all(i.isascii() and i.isdecimal() and str(int(i)) == i and len(i) < 16
               for i in catalog.texts("event_id").tolist())  # fmt: skip


def write(catalog: Catalog, path: Path) -> None:
    """Write 24 columns; numbers that the catalog lacks are 0, residuals -9."""
    require(catalog, NAME)
    n = len(catalog)
    step = PER_SECOND[str(catalog.time_unit)] // 1_000_000
    civil, seconds, _ = civil_fields(catalog["time"] // step, "us")
    ids = catalog.texts("event_id").tolist() if _integer_ids(catalog) else range(1, n + 1)

    def filled(name: str, missing: float) -> NDArray[np.float64]:
        values = numeric(catalog, name)
        return (
            np.full(n, missing) if values is None else np.where(values == values, values, missing)
        )

    def count(name: str) -> list[str]:
        return [str(v) for v in filled(name, 0.0).astype(np.int64).tolist()]

    columns = [
        [str(i) for i in ids],
        decimals(catalog["latitude"]),
        decimals(catalog["longitude"]),
        decimals(catalog["depth"], 1000.0),
        *(decimals(filled(name, 0.0)) for name in _METRES.values()),
        *(civil[i].astype(str).tolist() for i in range(5)),
        seconds,
        decimals(catalog["magnitude"]),
        *(count(name) for name in _COUNTS.values()),
        *(decimals(filled(name, _NO_RESIDUAL)) for name in _RESIDUALS.values()),
        count("cluster"),
    ]
    with path.open("w", encoding="ascii", newline="\n") as stream:
        stream.writelines(" ".join(row) + "\n" for row in zip(*columns, strict=True))
