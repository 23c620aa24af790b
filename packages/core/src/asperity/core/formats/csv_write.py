"""Write catalogs as tables of text: every column under its name in the schema."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from asperity.core.catalog import Catalog
from asperity.core.formats.loss import attributes_left_out
from asperity.core.formats.text import finest_resolution, iso_times

__all__ = ["lost", "write", "write_parts"]

_OPTIONS = pa_csv.WriteOptions(quoting_style="needed")


def lost(catalog: Catalog) -> list[str]:
    """Say which attributes a table of text cannot hold."""
    kept = {"schema_version", "frame", "time_frame", "time_unit", "time_resolution",
            "magnitude_resolution", "provenance"}  # fmt: skip
    if catalog.attributes.get("axes") == "ENU":
        kept.add("axes")
    return attributes_left_out(catalog, [a for a in catalog.attributes if a not in kept])


def write(catalog: Catalog, path: Path) -> None:
    """Write every column under its name in the schema, in the schema's units."""
    write_parts([catalog], path)


def write_parts(parts: Iterable[Catalog], path: Path) -> int:
    """Write a catalog that comes in parts; times of all of them have the same digits.

    Parameters
    ----------
    parts : iterable of Catalog
        One at least; gone through twice where the resolution of the times is not known.
    path : Path

    Returns
    -------
    int
        Events that were written.
    """
    resolution = finest_resolution(parts)
    writer: pa_csv.CSVWriter | None = None
    events = 0
    try:
        for part in parts:
            table = _texts(part.with_columns({}, time_resolution=resolution))
            writer = writer or pa_csv.CSVWriter(path, table.schema, write_options=_OPTIONS)
            writer.write_table(table)
            events += len(table)
    finally:
        if writer is not None:
            writer.close()
    return events


def _texts(catalog: Catalog) -> pa.Table:
    arrays = {}
    dataset = catalog.dataset
    for name in catalog.columns:
        values = catalog[name]
        if name == "time":
            if catalog.time_frame != "order":
                arrays[name] = pa.array(
                    iso_times(catalog),
                    pa.string() if catalog.time_frame == "utc" else pa.float64(),
                )
        elif "flag_meanings" in dataset[name].attrs:
            arrays[name] = pa.array(catalog.texts(name).tolist(), pa.string())
        elif values.dtype.kind == "f":
            arrays[name] = pa.array(values, from_pandas=True)  # NaN becomes an empty field
        else:
            arrays[name] = pa.array(values)
    return pa.table(arrays)
