"""Tables of a statistic by region and month, and the events of a catalog counted into them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.geometry import PolygonRegion, Region

if TYPE_CHECKING:
    from asperity.core.catalog import Catalog

__all__ = ["StatisticTable", "monthly_counts", "read_statistics", "write_statistics"]

_COLUMNS = ("region", "west", "east", "south", "north", "month", "statistic")
_MOST_MONTHS = 12 * 1000


@dataclass(frozen=True, eq=False)
class StatisticTable:
    """A statistic of regions and months.

    Parameters
    ----------
    names : tuple of str
        Of the regions.
    regions : tuple of Region or PolygonRegion
    start : str
        First month, such as ``2005-01``.
    statistic : ndarray, shape (regions, months)
        NaN where it is not known.
    """

    names: tuple[str, ...]
    regions: tuple[Region | PolygonRegion, ...]
    start: str
    statistic: NDArray[np.float64]

    @property
    def months(self) -> NDArray[np.datetime64]:
        """The months, shape (months,)."""
        first = np.datetime64(self.start, "M")
        return np.asarray(first + np.arange(self.statistic.shape[1]))

    def month_of(self, time: str) -> int:
        """Return which month a time lies in, counted from the first."""
        return int((np.datetime64(time[:7], "M") - np.datetime64(self.start, "M")).astype(int))


def read_statistics(path: Path) -> StatisticTable:
    """Read a table with the columns region, west, east, south, north, month and statistic.

    Months are written ``2005-01``, a statistic that is not known is left empty, and the
    limits of a region are the same in all of its rows.

    Raises
    ------
    InputError
        If a column is missing, or a row does not fit; the message names the line.
    """
    import csv

    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise InputError(f"{path}: no column {missing[0]!r}; expected {','.join(_COLUMNS)}")
            rows = [_row(line, f"{path}, line {n}") for n, line in enumerate(reader, start=2)]
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; check the name") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a text in UTF-8; write a CSV table") from None
    if not rows:
        raise InputError(f"{path}: holds no row; nothing to score")
    return _folded(rows, str(path))


_Row = tuple[str, Region, np.datetime64, float, str]


def _row(line: dict[str, str | None], where: str) -> _Row:
    def number(name: str, empty: float | None = None) -> float:
        text = (line[name] or "").strip()
        if not text and empty is not None:
            return empty
        try:
            return float(text)
        except ValueError:
            raise InputError(f"{where}: {name} is {text!r}; expected a number") from None

    limits = [number(name) for name in ("west", "east", "south", "north")]
    month = (line["month"] or "").strip()
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise InputError(f"{where}: month is {month!r}; expected YYYY-MM")
    value = number("statistic", np.nan)
    if np.isinf(value):
        raise InputError(f"{where}: statistic is {value}; leave it empty where it is not known")
    name = (line["region"] or "").strip()
    return name, Region(*limits), np.datetime64(month, "M"), value, where


def _folded(rows: Sequence[_Row], path: str) -> StatisticTable:
    regions: dict[str, Region] = {}
    months = [row[2] for row in rows]
    first, last = min(months), max(months)
    count = int((last - first).astype(int)) + 1
    if count > _MOST_MONTHS:
        raise InputError(f"{path}: months from {first} to {last}; at most {_MOST_MONTHS} fit")
    cells: dict[tuple[str, int], float] = {}
    for name, region, month, value, where in rows:
        if regions.setdefault(name, region) != region:
            raise InputError(f"{where}: region {name!r} is {region}; it was {regions[name]} before")
        cell = name, int((month - first).astype(int))
        if cell in cells:
            raise InputError(f"{where}: region {name!r} has {month} twice; keep one row")
        cells[cell] = abs(value)
    statistic = np.full((len(regions), count), np.nan)
    order = {name: k for k, name in enumerate(regions)}
    for (name, month_number), value in cells.items():
        statistic[order[name], month_number] = value
    return StatisticTable(tuple(regions), tuple(regions.values()), str(first), statistic)


def write_statistics(table: StatisticTable, path: Path) -> None:
    """Write a table of rectangles as `read_statistics` reads it.

    Raises
    ------
    InputError
        If a region is no rectangle.
    """
    lines = [",".join(_COLUMNS)]
    for name, region, row in zip(table.names, table.regions, table.statistic, strict=True):
        if not isinstance(region, Region):
            raise InputError(f"region {name!r} is a polygon; such a table holds rectangles")
        limits = f"{region.west:g},{region.east:g},{region.south:g},{region.north:g}"
        lines += [
            f"{name},{limits},{month},{'' if np.isnan(value) else repr(float(value))}"
            for month, value in zip(table.months, row, strict=True)
        ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def monthly_counts(
    catalog: Catalog, regions: Sequence[Region | PolygonRegion], start: str, months: int
) -> NDArray[np.int64]:
    """Count the events of a catalog by region and month.

    Parameters
    ----------
    catalog : Catalog
        Geographic, with dates.
    regions : sequence of Region or PolygonRegion
    start : str
        First month.
    months : int

    Returns
    -------
    ndarray of int, shape (regions, months)

    Raises
    ------
    InputError
        If an event lies in two regions: they must not overlap, or it would count twice.
    """
    since = np.datetime64(start, "M")
    number = (catalog.datetimes.astype("datetime64[M]") - since).astype(np.int64)
    in_time = (number >= 0) & (number < months)
    longitude, latitude = catalog["longitude"], catalog["latitude"]
    inside = np.array([r.contains(longitude, latitude) for r in regions], dtype=bool)
    inside = inside.reshape(len(regions), len(catalog)) & in_time
    twice = inside.sum(axis=0) > 1
    if twice.any():
        row = int(twice.argmax())
        both = [k for k in range(len(regions)) if inside[k, row]][:2]
        raise InputError(
            f"event {catalog['event_id'][row]} lies in the regions {both[0]} and {both[1]}; they "
            "must not overlap, or it counts twice"
        )
    counts = np.zeros((len(regions), months), dtype=np.int64)
    region, event = np.nonzero(inside)
    np.add.at(counts, (region, number[event]), 1)
    return counts
