"""Check a catalog file against version 1 of the format and say all that is wrong with it.

Reading stops at the first fault, because it has to give a catalog; this goes on,
so that a file can be mended in one pass. The specification is
``docs/catalog-format.md``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import AsperityError, InputError
from asperity.core.formats import ReadOptions, read_catalog
from asperity.core.formats.netcdf import Variable, read_variables
from asperity.core.formats.source import Source
from asperity.core.operations import Operations, operations_path
from asperity.core.schema import COLUMNS, Column, check_attributes, column_of, frame_columns

__all__ = ["validate"]

ROWS_NAMED = 10
"""Rows that are named for each kind of fault in a column; the others are counted."""

_REQUIRED = ("event_id", "time", "magnitude", "magnitude_type")
_KEY = "asperity"


@dataclass(frozen=True)
class _Found:
    """A column as it stands in the file.

    Parameters
    ----------
    kind : str
        ``string``, ``int64``, ``float64``, ``category``, ``integer`` or the file's own type.
    values : ndarray, shape (n,)
        Zero or "" where `null`.
    null : ndarray of bool, shape (n,)
    """

    kind: str
    values: NDArray[Any]
    null: NDArray[np.bool_]


@dataclass
class _Contents:
    """What a file holds: attributes, columns, and the faults met on the way."""

    attributes: Any = None
    columns: dict[str, _Found] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def validate(path: Path | str, *, limit: int = 200) -> list[str]:
    """Return what is wrong with a catalog file, one sentence each.

    Parameters
    ----------
    path : Path or str
        A Parquet or netCDF file is held against the specification; a file of
        another format is read, and the rows that do not fit are listed.
    limit : int, optional
        At most so many sentences; a last one counts the rest.

    Returns
    -------
    list of str
        Empty when the file is valid. Rows count from 0.

    Examples
    --------
    >>> validate("no-such-file.parquet")
    ['no-such-file.parquet: no such file; check the name']
    """
    try:
        source = Source(path)
        magic = source.head[:8]
    except InputError as error:
        return [str(error)]
    if magic[:4] == b"PAR1":
        problems = _check(_parquet(source)) + _companion(source)
    elif magic == b"\x89HDF\r\n\x1a\n":
        problems = _check(_netcdf(source))
    else:
        problems = _by_reading(path)
    if len(problems) > limit:
        return [*problems[:limit], f"... and {len(problems) - limit} more problems"]
    return problems


def _by_reading(path: Path | str) -> list[str]:
    try:
        result = read_catalog(path, options=ReadOptions(on_error="skip"))
    except AsperityError as error:
        return [str(error)]
    return [str(rejection) for rejection in result.rejections]


def _companion(source: Source) -> list[str]:
    """Check the operations beside a catalog."""
    if source.path is None or not operations_path(source.path).is_file():
        return []
    try:
        Operations.read(operations_path(source.path))
    except AsperityError as error:
        return [str(error)]
    return []


# -- what the files hold ----------------------------------------------------


def _parquet(source: Source) -> _Contents:
    import pyarrow as pa
    import pyarrow.parquet as pq

    contents = _Contents()
    where = source.path if source.path is not None and not source.is_gzip else None
    try:
        with pq.ParquetFile(
            where or pa.BufferReader(source.bytes()), page_checksum_verification=True
        ) as file:
            metadata = (file.schema_arrow.metadata or {}).get(_KEY.encode())
            names = file.schema_arrow.names
            contents.problems += _groups(file.metadata)
            tables = {}
            for name in dict.fromkeys(names):
                try:
                    # Column by column: a damaged one leaves the others to be checked.
                    table = file.read(columns=[name], use_threads=False)
                    tables[name] = table.column(0)
                except (pa.ArrowException, OSError, ValueError) as error:
                    contents.problems.append(f"column {name!r}: cannot be read ({_line(error)})")
    except (pa.ArrowException, OSError, ValueError) as error:
        contents.problems.append(f"the Parquet file is cut off or damaged ({_line(error)})")
        return contents
    except InputError as error:
        contents.problems.append(str(error))
        return contents
    contents.attributes = _attributes(metadata, contents.problems)
    repeated = {n for n in names if names.count(n) > 1}
    contents.problems += [f"column {n!r}: stands more than once" for n in sorted(repeated)]
    for name, chunks in tables.items():
        try:
            contents.columns[name] = _of_arrow(chunks)
        except (pa.ArrowException, ValueError, IndexError) as error:
            contents.problems.append(f"column {name!r}: cannot be read ({_line(error)})")
    return contents


def _of_arrow(chunks: Any) -> _Found:
    import pyarrow as pa
    import pyarrow.compute as pc

    null = np.asarray(chunks.is_null())
    kind = chunks.type
    if pa.types.is_dictionary(kind) and pa.types.is_string(kind.value_type):
        texts = chunks.cast(pa.string())
        return _Found("category", np.asarray(texts.fill_null("").to_numpy(), dtype=object), null)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        texts = chunks.fill_null("").to_numpy()
        return _Found("string", np.asarray(texts, dtype=object), null)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        values = np.asarray(pc.fill_null(chunks, pa.scalar(0, kind)))
        text = str(kind).replace("double", "float64")
        return _Found(text, values, null)
    return _Found(str(kind), np.zeros(len(chunks)), null)


def _groups(metadata: Any) -> list[str]:
    """Check the time range that each row group promises; a window is found by them."""
    names = metadata.schema.names
    if "time" not in names:
        return []
    problems = []
    previous = None
    for index in range(metadata.num_row_groups):
        group = metadata.row_group(index)
        if not group.num_rows:
            continue
        statistics = group.column(names.index("time")).statistics
        if statistics is None or not statistics.has_min_max:
            problems.append(f"row group {index}, column 'time': no statistics of its range")
            continue
        if previous is not None and statistics.min < previous:
            problems.append(
                f"row group {index}, column 'time': begins with {statistics.min}, before "
                f"the one above ends ({previous}); row groups stand in time order"
            )
        previous = statistics.max
    return problems


def _netcdf(source: Source) -> _Contents:
    contents = _Contents()
    if source.path is None:
        contents.problems.append("netCDF cannot be read from standard input; name a file")
        return contents
    try:
        stored, variables = read_variables(source.path)
    except Exception as error:  # the HDF5 library raises whatever a damaged file leads it to
        contents.problems.append(f"the netCDF file is cut off or damaged ({_line(error)})")
        return contents
    contents.attributes = _attributes(stored.get(_KEY), contents.problems)
    for name, variable in variables.items():
        if variable.values.ndim != 1:
            contents.problems.append(
                f"column {name!r}: shape {variable.values.shape}, expected the dimension 'event'"
            )
            continue
        contents.columns[name] = _of_netcdf(variable, name, contents.problems)
    return contents


def _of_netcdf(variable: Variable, name: str, problems: list[str]) -> _Found:
    values, attributes = variable.values, variable.attributes
    null = np.zeros(values.size, dtype=bool)
    if "asperity_meanings" in attributes or "flag_values" in attributes:
        try:
            meanings = json.loads(attributes["asperity_meanings"])
            outside = (values < -1) | (values >= len(meanings))
            problems += _rows(f"column {name!r}", np.flatnonzero(outside), values, "a known code")
            texts = np.array([*meanings, ""], dtype=object)[np.where(outside, -1, values)]
            return _Found("category", texts, null)
        except (KeyError, ValueError, TypeError, IndexError) as error:
            problems.append(f"column {name!r}: no meanings of its codes ({_line(error)})")
            return _Found("category", np.full(values.size, "", dtype=object), null)
    if values.dtype.kind in "OTUS":
        return _Found("string", values.astype(object), null)
    return _Found(str(values.dtype), values, null)


def _attributes(text: Any, problems: list[str]) -> Any:
    if text is None:
        problems.append(f"attribute set: no metadata {_KEY!r}; not an Asperity catalog")
        return None
    try:
        attributes = json.loads(text)
    except (json.JSONDecodeError, UnicodeDecodeError, TypeError) as error:
        problems.append(f"attribute set: the metadata {_KEY!r} is not JSON ({_line(error)})")
        return None
    if not isinstance(attributes, dict):
        problems.append(f"attribute set: the metadata {_KEY!r} is no JSON object")
        return None
    return attributes


# -- what version 1 asks for ------------------------------------------------


def _check(contents: _Contents) -> list[str]:
    problems = list(contents.problems)
    columns = contents.columns
    if not columns and contents.attributes is None:
        return problems
    attributes = contents.attributes
    if attributes is not None:
        if attributes.get("table") == "operations":
            return [*problems, "attribute table: an operations table, not a catalog"]
        problems += check_attributes(attributes)
    problems += _presence(columns, attributes or {})
    for name, found in columns.items():
        problems += _column(name, found)
    problems += _order(columns.get("time"))
    problems += _identifiers(columns.get("event_id"))
    return problems


def _presence(columns: Mapping[str, _Found], attributes: Mapping[str, Any]) -> list[str]:
    frame = attributes.get("frame")
    needed = list(_REQUIRED)
    if frame in ("none", "geographic", "local"):
        needed += frame_columns(frame)
    return [f"column {n!r}: missing (frame {frame!r})" for n in needed if n not in columns]


def _column(name: str, found: _Found) -> list[str]:
    """Check the name, type, nulls and values of one column."""
    definition = column_of(name)
    if definition is None:
        return [
            f"column {name!r}: the name is not allowed; use lower-case letters, digits and "
            "underscores"
        ]
    where = f"column {name!r}"
    problems = []
    if found.kind != "category":  # a category's null is "none"
        problems += _rows(
            where, np.flatnonzero(found.null), found.values, 'NaN or ""', found=lambda _v: "null"
        )
    if name not in COLUMNS:
        return problems + _infinite(where, found)
    if found.kind != definition.kind:
        return [*problems, f"{where}: type {found.kind}, expected {definition.kind}"]
    return problems + _infinite(where, found) + _bounds(where, found, definition)


def _infinite(where: str, found: _Found) -> list[str]:
    if found.values.dtype.kind != "f":
        return []
    return _rows(where, np.flatnonzero(np.isinf(found.values)), found.values, "a finite number")


def _bounds(where: str, found: _Found, definition: Column) -> list[str]:
    if definition.kind != "float64":
        return []
    problems = []
    values = found.values
    if definition.name in ("latitude", "longitude"):
        problems += _rows(where, np.flatnonzero(np.isnan(values)), values, "a number of degrees")
    finite = np.isfinite(values)
    if definition.low is not None:
        low = np.flatnonzero(finite & (values < definition.low))
        problems += _rows(where, low, values, f"a value from {definition.low:g}")
    if definition.high is not None:
        high = np.flatnonzero(finite & (values > definition.high))
        problems += _rows(where, high, values, f"a value up to {definition.high:g}")
    return problems


def _order(time: _Found | None) -> list[str]:
    if time is None or time.values.dtype.kind not in "iuf":
        return []
    backward = np.flatnonzero(time.values[1:] < time.values[:-1]) + 1
    return _rows("column 'time'", backward, time.values, "at or after the row above")


def _identifiers(ids: _Found | None) -> list[str]:
    if ids is None or ids.kind not in ("string", "category"):
        return []
    import pandas as pd

    texts = pd.Series(ids.values.astype(str))
    empty = np.flatnonzero(((texts == "") & ~ids.null).to_numpy())
    problems = _rows("column 'event_id'", empty, texts, "an identifier")
    again = np.flatnonzero((texts.duplicated() & (texts != "")).to_numpy())
    if not again.size:
        return problems
    first: dict[str, int] = {}
    for row, text in enumerate(texts[: int(again[:ROWS_NAMED][-1])]):
        first.setdefault(text, row)
    return problems + _rows(
        "column 'event_id'", again, texts, "an identifier used once",
        found=lambda value: f"{value!r}, as in row {first[value]}",
    )  # fmt: skip


def _rows(
    where: str,
    rows: NDArray[np.intp],
    values: Sequence[Any] | NDArray[Any],
    expected: str,
    *,
    found: Callable[[Any], str] = repr,
) -> list[str]:
    """Name the first rows of a fault and count the others."""
    named = [
        f"{where}, row {row}: found {found(_plain(values[row]))}, expected {expected}"
        for row in rows[:ROWS_NAMED].tolist()
    ]
    more = rows.size - len(named)
    if more:
        named.append(f"{where}: {more} more rows, expected {expected}")
    return named


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _line(error: BaseException | str) -> str:
    text = str(error)
    return text.splitlines()[0] if text else type(error).__name__
