"""Hold what a Parquet or netCDF file stores against the rules of the catalog format.

The readers of texts check each row in `asperity.core.formats.table`; here the
columns are typed already, and there may be ten million rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.formats.table import Rejection
from asperity.core.schema import COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

    from asperity.core.catalog import Catalog

__all__ = ["admit", "check_order", "repeated_rows"]

_PART = 131_072
_WIDEST = 256
"""Longer identifiers are compared as Python texts."""
_MIX = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplying loses nothing


def check_order(catalog: Catalog, source: str) -> None:
    """Refuse a catalog that is out of time order.

    Raises
    ------
    InputError
        The message names the first row that is wrong.
    """
    times = catalog["time"]
    if np.any(times[1:] < times[:-1]):
        row = int(np.flatnonzero(times[1:] < times[:-1])[0]) + 1
        raise InputError(f"{source}: not in time order, row {row} comes before the one above it")


def admit(
    catalog: Catalog,
    ids: pa.ChunkedArray,
    rows: NDArray[np.int64],
    source: str,
    on_error: str = "strict",
) -> tuple[Catalog, NDArray[np.int64], tuple[Rejection, ...]]:
    """Refuse rows that hold impossible values or another row's id, or put them aside.

    Page checksums do not guard a file's footer, whose damage can put one column
    in the place of another; writers other than ours may break the rules, too.
    So every read looks, whoever wrote the file.

    Parameters
    ----------
    catalog : Catalog
    ids : pyarrow.ChunkedArray, shape (n,)
        The column ``event_id`` as it is stored.
    rows : ndarray of int64, shape (n,)
        Where each event stands in the file, from 0.
    source : str
        Name of the file, for messages.
    on_error : {"strict", "skip"}, optional

    Returns
    -------
    catalog : Catalog
        Without the rows that are put aside.
    rows : ndarray of int64
        Of those that are left.
    rejections : tuple of Rejection
        Their `line` is the row in the file, from 0.

    Raises
    ------
    InputError
        In strict mode; the message names the first row that is wrong.
    """
    found: list[tuple[int, Rejection]] = []
    good = np.ones(len(catalog), dtype=bool)

    def reject(bad: NDArray[np.int64], column: str, expected: str) -> None:
        for row in bad[good[bad]].tolist():
            value = catalog[column][row]
            text = f"{value:g}" if isinstance(value, float) else str(value)
            found.append((row, Rejection(int(rows[row]), column, text, expected)))
        good[bad] = False

    for name in catalog.columns:
        if catalog[name].dtype.kind == "f":
            bad, expected = _impossible(name, catalog[name])
            reject(bad, name, expected)
    reject(_empty_rows(ids), "event_id", "an identifier")
    reject(repeated_rows(ids), "event_id", "an identifier used once")
    if not found:
        return catalog, rows, ()
    found.sort(key=lambda pair: pair[0])
    rejections = tuple(rejection for _, rejection in found)
    if on_error == "strict":
        first = rejections[0]
        more = f" (and {len(found) - 1} more bad rows)" if len(found) > 1 else ""
        raise InputError(
            f"{source}, column {first.column!r}, row {first.line}: found {first.value}, expected "
            f"{first.expected}{more}; asperity catalog validate lists all such rows, and "
            "--on-error skip leaves them out and lists them beside the output"
        )
    return catalog.select(good), rows[good], rejections


def _impossible(name: str, values: NDArray[np.float64]) -> tuple[NDArray[np.int64], str]:
    """Return the rows outside the bounds of a column, and what is allowed."""
    column = COLUMNS.get(name)
    low = column.low if column is not None else None
    high = column.high if column is not None else None
    bad = np.isinf(values)
    bad |= values < (-np.inf if low is None else low)
    bad |= values > (np.inf if high is None else high)
    expected = "a finite number"
    if low is not None:
        expected += f" from {low:g}"
    if high is not None:
        expected += f" to {high:g}"
    return np.flatnonzero(bad), expected


def _empty_rows(ids: pa.ChunkedArray) -> NDArray[np.int64]:
    import pyarrow.compute as pc

    lengths = pc.fill_null(pc.binary_length(ids), 0)
    # Its minimum is found twenty times faster than the rows themselves.
    if not len(ids) or pc.min(lengths).as_py() > 0:
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(lengths.to_numpy() == 0)


def repeated_rows(ids: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return the rows whose text stands in a row above, too.

    Parameters
    ----------
    ids : pyarrow.ChunkedArray of string, shape (n,)

    Returns
    -------
    ndarray of int64
        Ascending.

    Notes
    -----
    Numbers of 64 bits that are equal for equal texts are sorted, which takes ten
    million rows a second; only texts whose numbers occur twice are compared.

    Examples
    --------
    >>> import pyarrow as pa
    >>> repeated_rows(pa.chunked_array([["a", "b"], ["a", "c", "b"]])).tolist()
    [2, 4]
    """
    import pandas as pd

    suspects = _alike(ids)
    if suspects.size < 2:
        return suspects[:0]
    texts = pd.Series(ids.take(suspects).to_pandas().to_numpy(dtype=object))
    return np.asarray(suspects[texts.duplicated().to_numpy()])


def _alike(ids: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return the rows that may be equal to another: all that are, and hardly any more."""
    numbers = _numbers(ids)
    if numbers is None:
        return np.arange(len(ids))
    ordered = np.sort(numbers)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    return np.flatnonzero(np.isin(numbers, again)) if again.size else np.zeros(0, dtype=np.int64)


def _numbers(ids: pa.ChunkedArray) -> NDArray[np.uint64] | None:
    """Return a number of 64 bits for each text, or None where texts are too long."""
    import pyarrow as pa

    if ids.type != pa.string() or ids.null_count:
        return None
    parts = [
        chunk.slice(begin, _PART) for chunk in ids.chunks for begin in range(0, len(chunk), _PART)
    ]
    buffers = [_bytes_and_ends(part) for part in parts]
    width = max((int(np.diff(ends).max()) for _, ends in buffers), default=0)
    if width > _WIDEST:
        return None
    words = max(1, -(-width // 8))
    out = np.empty(len(ids), dtype=np.uint64)
    start = 0
    for data, ends in buffers:
        lengths = np.diff(ends)
        padded = np.zeros((lengths.size, 8 * words), dtype=np.uint8)
        if lengths.min() == lengths.max():
            padded[:, : lengths[0]] = data.reshape(lengths.size, lengths[0])
        else:
            padded[np.arange(8 * words) < lengths[:, None]] = data
        out[start : start + lengths.size] = _mixed(padded.view(np.uint64))
        start += lengths.size
    return out


def _bytes_and_ends(part: Any) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    _, offsets, content = part.buffers()
    ends = np.frombuffer(offsets, np.int32)[part.offset : part.offset + len(part) + 1]
    return np.frombuffer(content or b"", np.uint8)[ends[0] : ends[-1]], ends


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return one number for the words of each row, shape (n,)."""
    mixed = words[:, 0].copy()
    for column in range(1, words.shape[1]):
        mixed ^= mixed >> np.uint64(29)
        mixed *= _MIX
        mixed ^= words[:, column]
    return mixed
