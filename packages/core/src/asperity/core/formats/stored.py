"""Hold what a Parquet or netCDF file stores against the rules of the catalog format.

The readers of texts check each row in `asperity.core.formats.table`; here the
columns are typed already, and there may be ten million rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.formats.table import Rejection
from asperity.core.schema import COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

    from asperity.core.catalog import Catalog

__all__ = ["admit", "check_order", "refuse", "repeated_rows", "repeated_rows_in"]

_PART = 131_072
_WIDEST = 256
"""Longer identifiers are numbered one by one."""
_MIX = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplying loses nothing


def check_order(times: NDArray[np.int64], source: str, first: int = 0) -> None:
    """Refuse times that are out of order.

    Parameters
    ----------
    times : ndarray of int64, shape (n,)
    source : str
        Name of the file, for messages.
    first : int, optional
        Row of the file that the first time stands in.

    Raises
    ------
    InputError
        The message names the first row that is wrong.
    """
    if np.any(times[1:] < times[:-1]):
        row = first + int(np.flatnonzero(times[1:] < times[:-1])[0]) + 1
        raise InputError(f"{source}: not in time order, row {row} comes before the one above it")


def admit(
    catalog: Catalog,
    ids: pa.ChunkedArray,
    rows: NDArray[np.int64],
    source: str,
    on_error: str = "strict",
    repeated: NDArray[np.int64] | None = None,
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
    repeated : ndarray of int64, optional
        The rows of the catalog whose id stands in a row above, where that is known already.

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
    repeated = repeated_rows(ids) if repeated is None else repeated
    reject(repeated, "event_id", "an identifier used once")
    if not found:
        return catalog, rows, ()
    found.sort(key=lambda pair: pair[0])
    rejections = tuple(rejection for _, rejection in found)
    if on_error == "strict":
        refuse(source, rejections)
    return catalog.select(good), rows[good], rejections


def refuse(source: str, rejections: Sequence[Rejection]) -> None:
    """Refuse a file for rows that break the rules.

    Raises
    ------
    InputError
        If there are any; the message names the first.
    """
    if not rejections:
        return
    first = rejections[0]
    more = f" (and {len(rejections) - 1} more bad rows)" if len(rejections) > 1 else ""
    raise InputError(
        f"{source}, column {first.column!r}, row {first.line}: found {first.value}, expected "
        f"{first.expected}{more}; asperity catalog validate lists all such rows, and "
        "--on-error skip leaves them out and lists them beside the output"
    )


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

    Examples
    --------
    >>> import pyarrow as pa
    >>> repeated_rows(pa.chunked_array([["a", "b"], ["a", "c", "b"]])).tolist()
    [2, 4]
    """
    return repeated_rows_in(lambda: [ids])


def repeated_rows_in(
    parts: Callable[[], Iterable[pa.ChunkedArray]], lots: int = 1
) -> NDArray[np.int64]:
    """Return the rows whose text stands in a row above, of texts that come in parts.

    Parameters
    ----------
    parts : callable
        Returns the texts, part by part; called anew whenever they are gone through.
    lots : int, optional
        In how many lots the texts are compared, to hold that share of them at once.

    Returns
    -------
    ndarray of int64
        Ascending.

    Notes
    -----
    Numbers of 64 bits that are equal for equal texts are sorted, which takes ten
    million rows a second; only texts whose numbers occur twice are compared.
    """
    import pandas as pd

    twice = [_numbers_that_occur_twice(parts(), lots, lot) for lot in range(lots)]
    again = np.concatenate(twice) if lots > 1 else twice[0]
    rows: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
    texts: list[str | None] = []
    first = 0
    for ids in parts() if again.size else ():
        suspects = np.flatnonzero(np.isin(_numbers(ids), again))
        rows.append(first + suspects)
        texts += ids.take(suspects).to_pylist()
        first += len(ids)
    repeated = pd.Series(texts, dtype=object).duplicated().to_numpy()
    return np.asarray(np.concatenate(rows)[repeated])


def _numbers_that_occur_twice(
    parts: Iterable[pa.ChunkedArray], lots: int, lot: int
) -> NDArray[np.uint64]:
    """Return the numbers of one lot that belong to more than one row."""
    held = [numbers[_lot(numbers, lots) == lot] if lots > 1 else numbers
            for numbers in map(_numbers, parts)]  # fmt: skip
    ordered = held.pop() if len(held) == 1 else np.concatenate([np.zeros(0, np.uint64), *held])
    del held  # as large as what is sorted
    ordered.sort()
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def _lot(numbers: NDArray[np.uint64], lots: int) -> NDArray[np.uint64]:
    """Return the lot of each number: its high bits, once all bits have gone into them."""
    mixed = (numbers ^ (numbers >> np.uint64(33))) * _MIX
    mixed = (mixed ^ (mixed >> np.uint64(29))) * _MIX
    return (mixed >> np.uint64(33)) % np.uint64(lots)


def _numbers(ids: pa.ChunkedArray) -> NDArray[np.uint64]:
    """Return a number of 64 bits for each text, which depends on the text alone."""
    import pyarrow as pa

    if ids.type != pa.string():
        ids = ids.cast(pa.string())
    if ids.null_count:
        ids = ids.fill_null("")
    out = np.empty(len(ids), dtype=np.uint64)
    start = 0
    for chunk in ids.chunks:
        for begin in range(0, len(chunk), _PART):
            part = chunk.slice(begin, _PART)
            out[start : start + len(part)] = _numbers_of(*_bytes_and_ends(part))
            start += len(part)
    return out


def _numbers_of(data: NDArray[np.uint8], ends: NDArray[np.int32]) -> NDArray[np.uint64]:
    lengths = np.diff(ends)
    width = int(lengths.max())
    if width > _WIDEST:
        begins = ends - ends[0]
        return np.array([_number_of_one(data[a:b]) for a, b in pairwise(begins)], dtype=np.uint64)
    words = max(1, -(-width // 8))
    padded = np.zeros((lengths.size, 8 * words), dtype=np.uint8)
    if int(lengths.min()) == width:
        padded[:, :width] = data.reshape(lengths.size, width)
    else:
        padded[np.arange(8 * words) < lengths[:, None]] = data
    return _mixed(padded.view(np.uint64))


def _number_of_one(text: NDArray[np.uint8]) -> int:
    """Return the number of one text, the same as beside shorter ones unless it is long itself."""
    if text.size > _WIDEST:
        return int.from_bytes(hashlib.blake2b(text.tobytes(), digest_size=8).digest(), "little")
    padded = np.zeros((1, 8 * max(1, -(-text.size // 8))), dtype=np.uint8)
    padded[0, : text.size] = text
    return int(_mixed(padded.view(np.uint64))[0])


def _bytes_and_ends(part: Any) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    _, offsets, content = part.buffers()
    ends = np.frombuffer(offsets, np.int32)[part.offset : part.offset + len(part) + 1]
    return np.frombuffer(content or b"", np.uint8)[ends[0] : ends[-1]], ends


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return one number for the words of each row, shape (n,), whatever zeros follow them."""
    mixed = words[:, -1].copy()
    for column in range(words.shape[1] - 2, -1, -1):
        mixed ^= mixed >> np.uint64(29)
        mixed *= _MIX
        mixed ^= words[:, column]
    return mixed
