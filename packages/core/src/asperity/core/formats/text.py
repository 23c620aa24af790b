"""Rows of plain text: their lines, their fields, and what does not fit.

The readers of fixed or separated columns share this: a field that is no number
becomes a `Rejection` with its line, never an exception and never a silent gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.catalog import Catalog
from asperity.core.formats.source import Source
from asperity.core.formats.table import RawTable, Rejection
from asperity.core.times import PER_SECOND, duration_seconds, from_civil, infer_resolution

__all__ = [
    "TextRows",
    "civil_fields",
    "column_key",
    "decimals",
    "finest_resolution",
    "head_lines",
    "iso_times",
    "text_lines",
    "to_numbers",
]

_HEAD = 65_536
_LINE_END = re.compile(r"\r\n|\n|\r")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_NOT_A_NUMBER = ("nan", "NaN", "NAN")


def head_lines(head: bytes) -> list[str]:
    """Return the whole lines at the start of a file, for its recognition."""
    if b"\0" in head:
        return []
    lines = _LINE_END.split(head.decode("utf-8-sig", errors="replace"))
    return lines[:-1] if len(head) >= _HEAD else lines


def text_lines(source: Source) -> list[tuple[int, str]]:
    """Return the lines that are not blank, with their numbers from 1."""
    lines = enumerate(_LINE_END.split(source.text()), start=1)
    return [(number, line) for number, line in lines if line.strip()]


def column_key(name: str) -> str:
    """Return the name of a column in lower case with underscores.

    Examples
    --------
    >>> column_key(" E.sig (mm/yr)")
    'e_sig_mm_yr'
    """
    return re.sub(r"[^a-z0-9]+", "_", name.strip().strip('"').lower()).strip("_")


def to_numbers(texts: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Convert texts to numbers; an empty text and "nan" give NaN.

    Parameters
    ----------
    texts : sequence of str, length n

    Returns
    -------
    values : ndarray of float64, shape (n,)
    valid : ndarray of bool, shape (n,)
        False where the text is no number in ASCII digits.

    Examples
    --------
    >>> to_numbers(["1.5", "", "1_0"])[1].tolist()
    [True, True, False]
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    column = pa.array(texts, pa.string())
    filled = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
    try:
        numbers = pc.cast(filled, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        values = np.full(len(texts), np.nan)
        valid = np.ones(len(texts), dtype=bool)
        for i, text in enumerate(texts):
            if _NUMBER.fullmatch(text):
                values[i] = float(text)
            else:
                valid[i] = not text or text in _NOT_A_NUMBER
        return values, valid
    return np.array(numbers, dtype=np.float64), np.ones(len(texts), dtype=bool)


class TextRows:
    """Rows of texts that become typed columns; a row that does not fit is listed once.

    Parameters
    ----------
    rows : sequence of sequence of str
        The same number of fields, without blanks around them, in each.
    lines : sequence of int
        Line of each row in the file, from 1.
    width : int
        Number of fields.
    """

    def __init__(self, rows: Sequence[Sequence[str]], lines: Sequence[int], width: int) -> None:
        self._fields = list(zip(*rows, strict=True)) if rows else [()] * width
        self.lines = np.asarray(lines, dtype=np.int64)
        self.good = np.ones(len(rows), dtype=bool)
        self.rejections: list[Rejection] = []

    def __len__(self) -> int:
        return self.good.size

    def texts(self, index: int) -> NDArray[np.object_]:
        """Return a column as texts, shape (n,)."""
        return np.array(self._fields[index], dtype=object)

    def numbers(self, index: int, name: str, *, required: bool = False) -> NDArray[np.float64]:
        """Return a column as numbers, NaN where empty, shape (n,).

        Parameters
        ----------
        index : int
        name : str
            Name of the column in messages.
        required : bool, optional
            Reject rows where it is empty, too.
        """
        values, valid = to_numbers(self._fields[index])
        self.reject(~valid, name, self._fields[index], "a number")
        infinite = np.isinf(values)
        if infinite.any():
            self.reject(infinite, name, self._fields[index], "a finite number")
            values[infinite] = np.nan
        if required:
            self.reject(np.isnan(values), name, self._fields[index], "a number")
        return values

    def integers(self, index: int, name: str) -> NDArray[np.int64]:
        """Return a column as integers, shape (n,)."""
        values = self.numbers(index, name, required=True)
        whole = np.isfinite(values) & (values == np.round(values)) & (np.abs(values) < 2**53)
        self.reject(~whole, name, self._fields[index], "an integer")
        return np.where(whole, values, 0.0).astype(np.int64)

    def civil(
        self,
        year: ArrayLike,
        month: ArrayLike,
        day: ArrayLike,
        hour: ArrayLike = 0,
        minute: ArrayLike = 0,
        second: ArrayLike = 0.0,
    ) -> tuple[NDArray[np.int64], str]:
        """Return times and their unit from calendar fields, rejecting what is no date."""
        if not self.good.any():
            return np.zeros(len(self), dtype=np.int64), "ns"
        given = np.broadcast_arrays(
            *(np.asarray(f, dtype=float) for f in (year, month, day, hour, minute, second))
        )
        far = np.any([np.abs(f) > 1e6 for f in given], axis=0)
        self.reject(far, "time", given[0].tolist(), "year, month, day, hour, minute and second")
        # A row that is bad must not choose the unit of the others: it stands at 1970.
        fields = self._instead(given)
        _, _, valid = from_civil(*fields, unit="us")
        if not valid.all():
            found = [" ".join(f"{v:g}" for v in row) for row in zip(*given, strict=True)]
            self.reject(~valid, "time", found, "year, month, day, hour, minute and second")
            fields = self._instead(given)
        times, unit, _ = from_civil(*fields)
        return times, unit

    def _instead(self, fields: Sequence[NDArray[Any]]) -> list[NDArray[np.float64]]:
        neutral = (1970, 1, 1, 0, 0, 0)
        return [np.where(self.good, f, d) for f, d in zip(fields, neutral, strict=True)]

    def reject(
        self, mask: NDArray[np.bool_], column: str, values: Sequence[Any], expected: str
    ) -> None:
        """List the rows of a mask, unless they are listed already."""
        for row in np.flatnonzero(mask & self.good).tolist():
            self.rejections.append(
                Rejection(int(self.lines[row]), column, str(values[row])[:80], expected)
            )
        self.good &= ~mask

    def table(
        self,
        columns: dict[str, NDArray[Any]],
        attributes: dict[str, Any],
        *,
        rejections: Sequence[Rejection] = (),
        notes: Sequence[str] = (),
        unread: Sequence[str] = (),
    ) -> RawTable:
        """Return the rows that fit, with the list of the others."""
        return RawTable(
            {name: values[self.good] for name, values in columns.items()},
            attributes,
            self.lines[self.good],
            [*rejections, *self.rejections],
            unread=tuple(unread),
            notes=list(notes),
        )


def decimals(values: NDArray[np.float64], scale: float = 1.0, missing: str = "NaN") -> list[str]:
    """Write numbers with the fewest digits that give them back.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
    scale : float, optional
        The numbers are divided by it first, to 15 significant digits.
    missing : str, optional
        What stands for NaN.

    Examples
    --------
    >>> decimals(np.array([4360.0, np.nan]), 1000.0)
    ['4.36', 'NaN']
    """
    if scale == 1.0:
        return [missing if v != v else repr(v) for v in values.tolist()]
    return [missing if v != v else f"{v:.15g}" for v in (values / scale).tolist()]


def civil_fields(
    times: NDArray[np.int64], unit: str
) -> tuple[NDArray[np.int64], list[str], NDArray[np.float64]]:
    """Return the calendar fields of integer times.

    Parameters
    ----------
    times : ndarray of int64, shape (n,)
        In `unit` since 1970.
    unit : {"ns", "us"}

    Returns
    -------
    fields : ndarray of int64, shape (5, n)
        Year, month, day, hour and minute.
    seconds : list of str
        Seconds with as many digits as they need.
    decimal_year : ndarray of float64, shape (n,)

    Examples
    --------
    >>> fields, seconds, _ = civil_fields(np.array([1_500_000]), "us")
    >>> fields[:, 0].tolist(), seconds
    ([1970, 1, 1, 0, 0], ['1.5'])
    """
    ticks = PER_SECOND[unit]
    whole, fraction = np.divmod(times, ticks)
    # Coarser units only: NumPy wraps when it converts to a finer one.
    stamps = whole.astype("datetime64[s]")
    years, months, days = (stamps.astype(f"datetime64[{u}]") for u in "YMD")
    of_day = whole % 86_400
    fields = np.stack(
        [
            years.astype(np.int64) + 1970,
            months.astype(np.int64) % 12 + 1,
            (days - months.astype("datetime64[D]")).astype(np.int64) + 1,
            of_day // 3600,
            of_day // 60 % 60,
        ]
    )
    digits = len(str(ticks)) - 1
    seconds = [
        f"{s}.{f:0{digits}d}".rstrip("0") if f else str(s)
        for s, f in zip((whole % 60).tolist(), fraction.tolist(), strict=True)
    ]
    first = years.astype("datetime64[s]").astype(np.int64)
    length = (years + 1).astype("datetime64[s]").astype(np.int64) - first
    decimal_year = fields[0] + (whole - first + fraction / ticks) / length
    return fields, seconds, decimal_year


def finest_resolution(parts: Iterable[Catalog]) -> str | None:
    """Return the resolution with which the times of all parts of a catalog are written.

    Parameters
    ----------
    parts : iterable of Catalog
        All of one source; gone through as far as needed.

    Returns
    -------
    str or None
        ISO 8601 duration: the stated one, or the coarsest that all times keep to; None where
        the times are no dates.
    """
    finest: str | None = None
    for part in parts:
        stated = part.attributes.get("time_resolution")
        if stated is not None or part.time_frame != "utc":
            return stated
        if len(part):
            found = infer_resolution(part["time"], str(part.time_unit))
            if finest is None or duration_seconds(found) < duration_seconds(finest):
                finest = found
    return finest


def iso_times(catalog: Catalog) -> list[Any]:
    """Return the times as `Catalog.format_times` does, for large catalogs.

    Parameters
    ----------
    catalog : Catalog

    Returns
    -------
    list of str, or of numbers where the catalog has no dates
    """
    times = catalog["time"]
    if catalog.time_frame != "utc" or not times.size:
        return catalog.format_times()
    unit = str(catalog.time_unit)
    years = times[[0, -1]].astype(f"datetime64[{unit}]").astype("datetime64[Y]").astype(int) + 1970
    resolution = catalog.attributes.get("time_resolution") or infer_resolution(times, unit)
    step = duration_seconds(resolution)
    if years[0] < 1 or years[1] > 9999 or step > 1:
        return catalog.format_times()
    digits = next(d for d in range(10) if step * 10**d >= 1 - 1e-9 or d == 9)
    # NumPy writes 0, 3, 6 or 9 decimals; what is not wanted is cut off.
    finer = next(u for u, d in (("s", 0), ("ms", 3), ("us", 6), ("ns", 9)) if d >= digits)
    stamps = times.astype(f"datetime64[{unit}]")
    if finer != "ns" or unit == "ns":
        stamps = stamps.astype(f"datetime64[{finer}]")
    texts = np.datetime_as_string(stamps)
    width = len("2000-01-01T00:00:00") + digits + (digits > 0)
    return list(np.char.add(texts.astype(f"U{width}"), "Z").tolist())
