"""The catalog's own file: one Parquet file, sorted by time, zstd.

Row groups of 131,072 rows let a time window read only the groups that it
touches. The attributes are JSON under the schema metadata key ``asperity``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from asperity.core.catalog import METADATA_KEY, STRING, Catalog
from asperity.core.errors import InputError
from asperity.core.formats.source import Source
from asperity.core.formats.stored import admit, check_order, repeated_rows
from asperity.core.formats.table import ReadOptions, ReadResult
from asperity.core.operations import Operations, operations_path

NAME = "parquet"
SUFFIXES = (".parquet", ".pq")
ROW_GROUP = 131_072


def sniff(head: bytes, name: str) -> bool:
    """Recognise Parquet by its magic number."""
    return head[:4] == b"PAR1"


def from_arrow(table: pa.Table, source: str) -> Catalog:
    """Return the catalog that `Catalog.to_arrow` made a table of.

    Raises
    ------
    InputError
        If the table carries no attributes of a catalog, or a row breaks the format.
    """
    catalog = unchecked(table, source)
    return admit(catalog, table["event_id"], np.arange(len(catalog)), source)[0]


def unchecked(table: pa.Table, source: str) -> Catalog:
    """Return the catalog of a table, in time order but with whatever values it holds."""
    attributes = attributes_of(table.schema, source)
    columns: dict[str, Any] = {}
    categories: dict[str, list[str]] = {}
    for name in table.column_names:
        column = table.column(name)
        if pa.types.is_dictionary(column.type):
            if not pa.types.is_string(column.type.value_type):
                raise InputError(f"{source}, column {name!r}: categories that are no texts")
            whole = column.unify_dictionaries().combine_chunks()
            encoded = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
            columns[name] = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
            categories[name] = encoded.dictionary.to_pylist()
        elif pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            columns[name] = _strings(column)
        elif column.null_count:
            raise InputError(f'{source}, column {name!r}: {column.null_count} nulls; use NaN or ""')
        else:
            columns[name] = column.to_numpy()
    for required in ("event_id", "time", "magnitude", "magnitude_type"):
        if required not in columns:
            raise InputError(f"{source}: not an Asperity catalog: column {required!r} is missing")
    catalog = Catalog.from_columns(columns, categories=categories, sort=False, **attributes)
    check_order(catalog["time"], source)
    return catalog


def attributes_of(schema: pa.Schema, source: str) -> dict[str, Any]:
    """Return the attributes of a stored catalog.

    Raises
    ------
    InputError
        If what the schema describes is no catalog.
    """
    metadata = (schema.metadata or {}).get(METADATA_KEY)
    if metadata is None:
        raise InputError(
            f"{source}: a Parquet file, but not an Asperity catalog (no metadata 'asperity'); "
            "in Python, Catalog.from_pandas takes a table with the schema's column names"
        )
    attributes = parse_attributes(metadata, source)
    if attributes.get("table") == "operations":
        raise InputError(f"{source}: an operations table, not a catalog")
    twice = next((n for n in schema.names if schema.names.count(n) > 1), None)
    if twice is not None:
        raise InputError(f"{source}: two columns are called {twice!r}; name each but once")
    return attributes


def parse_attributes(text: Any, source: str) -> dict[str, Any]:
    """Return the attributes that a file carries as JSON.

    Raises
    ------
    InputError
        If the text is no JSON object.
    """
    try:
        attributes = json.loads(text)
    except (TypeError, ValueError) as error:
        raise InputError(f"{source}: the metadata 'asperity' is not JSON ({error})") from None
    if not isinstance(attributes, dict):
        raise InputError(f"{source}: the metadata 'asperity' is no JSON object")
    return attributes


def _strings(column: pa.ChunkedArray) -> NDArray[Any]:
    out = np.empty(len(column), dtype=STRING)
    start = 0
    # Chunk by chunk, so that ten million Python texts never live at once.
    for chunk in column.chunks:
        for begin in range(0, len(chunk), ROW_GROUP):
            part = chunk.slice(begin, ROW_GROUP)
            out[start : start + len(part)] = _texts(part)
            start += len(part)
    out.flags.writeable = False  # so that the catalog takes it as it is
    return out


def _texts(part: pa.StringArray) -> NDArray[Any]:
    """Return texts for a `StringDType` array: short ASCII ones as bytes, ten times faster."""
    if part.null_count or part.type != pa.string() or not len(part):
        return np.asarray(part.fill_null("").to_numpy(zero_copy_only=False))
    _, offsets, content = part.buffers()
    ends = np.frombuffer(offsets, np.int32)[part.offset : part.offset + len(part) + 1]
    lengths = np.diff(ends)
    width = int(lengths.max())
    data = np.frombuffer(content or b"", np.uint8)[ends[0] : ends[-1]]
    # Bytes of fixed width cannot end with NUL and are ASCII to NumPy.
    if not 0 < width <= 64 or data.min() == 0 or data.max() > 127:
        return np.asarray(part.to_numpy(zero_copy_only=False))
    if lengths.min() == width:
        return data.view(f"S{width}").astype(STRING)
    padded = np.zeros((len(part), width), np.uint8)
    padded[np.arange(width) < lengths[:, None]] = data
    return padded.view(f"S{width}")[:, 0].astype(STRING)


def load(source: Source, options: ReadOptions) -> ReadResult:
    """Read a catalog and the operations beside it.

    Of a time window only the row groups that it touches are read.

    Raises
    ------
    InputError
        If the file is damaged, is no catalog, or the window is no pair of times.
    """
    table, catalog, first, total = read_window(source, options.start, options.end)
    rows = np.arange(first, first + len(catalog))
    catalog, rows, rejections = admit(
        catalog, table["event_id"], rows, source.name, options.on_error
    )
    operations = None
    if source.path is not None and operations_path(source.path).is_file():
        operations = Operations.read(operations_path(source.path))
    return ReadResult(
        catalog,
        operations,
        rows,
        rejections,
        format=NAME,
        outside=total - len(catalog) - len(rejections),
    )


def read_window(
    source: Source, start: str | None, end: str | None
) -> tuple[pa.Table, Catalog, int, int]:
    """Read the events from `start` up to, not including, `end`.

    Parameters
    ----------
    source : Source
    start, end : str or None
        As in `Catalog.between`.

    Returns
    -------
    table : pyarrow.Table
    catalog : Catalog
        Of the table; its values are not checked.
    first : int
        Row of the file that the window begins with.
    total : int
        Events in the file.
    """
    with opened(source) as file:
        if start is None and end is None:
            table = file.read(use_threads=False)
            return table, unchecked(table, source.name), 0, len(table)
        low, high = limits(file, source.name, start, end)
        groups, before = row_groups(file.metadata, low, high)
        table = file.read_row_groups(groups, use_threads=False)
        total = file.metadata.num_rows
    catalog = unchecked(table, source.name)
    times = catalog["time"]
    begin = 0 if low is None else int(np.searchsorted(times, low))
    stop = max(begin, times.size if high is None else int(np.searchsorted(times, high)))
    window = slice(begin, stop)
    return table.slice(begin, stop - begin), catalog.select(window), before + begin, total


@contextmanager
def opened(source: Source, buffer_size: int = 0) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file for a block that reads it.

    Parameters
    ----------
    source : Source
    buffer_size : int, optional
        Bytes of a column chunk that are read ahead; a whole chunk if 0.

    Raises
    ------
    InputError
        If the file is damaged, when it is opened or read.
    """
    where = source.path if source.path is not None and not source.is_gzip else None
    try:
        with pq.ParquetFile(
            where or pa.BufferReader(source.bytes()),
            pre_buffer=False,
            buffer_size=buffer_size,
            page_checksum_verification=True,
        ) as file:
            yield file
    except pa.ArrowMemoryError as error:
        raise InputError(
            f"{source.name}: not enough memory to read it ({error}); close other programs, or make "
            "the file again if it is small: a damaged one may ask for any amount"
        ) from None
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        if isinstance(error, InputError):
            raise
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            f"{source.name}: the Parquet file is cut off or damaged ({reason}); make it again"
        ) from None


def limits(
    file: pq.ParquetFile, source: str, start: str | None, end: str | None
) -> tuple[int | None, int | None]:
    """Return the limits of a window in the unit and frame of the file's times."""
    empty = from_arrow(file.schema_arrow.empty_table(), source)
    return (
        None if start is None else empty.parse_time(start),
        None if end is None else empty.parse_time(end),
    )


def row_groups(metadata: Any, low: int | None, high: int | None) -> tuple[list[int], int]:
    """Return the row groups that a window touches and the number of rows before them."""
    column = metadata.schema.names.index("time")
    chosen: list[int] = []
    before = 0
    for index in range(metadata.num_row_groups):
        group = metadata.row_group(index)
        known = group.column(column).statistics
        if known is not None and known.has_min_max:
            if high is not None and known.min >= high:
                break
            if low is not None and known.max < low:
                before += group.num_rows if not chosen else 0
                continue
        chosen.append(index)
    return chosen, before


def write(catalog: Catalog, path: Path) -> None:
    """Write the catalog in time order.

    Raises
    ------
    InputError
        If an identifier stands in more than one row: no reader would take the file.
    """
    table = catalog.sorted_by_time().to_arrow()
    again = repeated_rows(table["event_id"])
    if again.size:
        raise InputError(
            f"row {again[0]}: event_id {table['event_id'][int(again[0])].as_py()!r} stands in a "
            f"row above, too ({again.size} such rows); give each event an identifier of its own"
        )
    pq.write_table(table, path, row_group_size=ROW_GROUP, **_how(table.schema))


def write_parts(parts: Iterable[Catalog], path: Path) -> int:
    """Write a catalog that comes in parts, in time order and without an id twice.

    Parameters
    ----------
    parts : iterable of Catalog
        One at least; all have the same columns, categories and attributes.
    path : Path

    Returns
    -------
    int
        Events that were written.
    """
    waiting: list[pa.Table] = []
    writer: pq.ParquetWriter | None = None
    events = 0
    try:
        for part in parts:
            table = part.to_arrow()
            writer = writer or pq.ParquetWriter(path, table.schema, **_how(table.schema))
            events += len(table)
            waiting.append(table)
            held = pa.concat_tables(waiting)
            whole = len(held) - len(held) % ROW_GROUP
            if whole:
                writer.write_table(held.slice(0, whole), row_group_size=ROW_GROUP)
            waiting = [held.slice(whole)]
        if writer is not None and (len(waiting[0]) or not events):
            writer.write_table(waiting[0])
    finally:
        if writer is not None:
            writer.close()
    return events


def _how(schema: pa.Schema) -> dict[str, Any]:
    """Return how the columns of a catalog are stored, as options of Arrow's writers."""
    return {
        "compression": "zstd",
        "use_dictionary": [f.name for f in schema if pa.types.is_dictionary(f.type)],
        "column_encoding": {
            f.name: "DELTA_BYTE_ARRAY" if pa.types.is_string(f.type) else "DELTA_BINARY_PACKED"
            for f in schema
            if pa.types.is_string(f.type) or f.type == pa.int64()
        },
        "write_statistics": ["time"],
        # A flipped bit is an error then, not another magnitude.
        "write_page_checksum": True,
    }
