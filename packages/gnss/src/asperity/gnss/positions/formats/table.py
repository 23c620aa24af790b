"""What every reader of positions hands over, and how it becomes series of stations.

A reader parses its format into `PositionRows`. Then `assemble` refuses what no
position can be, brings epochs into order, and parts the rows by station, so
that a trap is handled once for all formats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.formats.table import Rejection
from asperity.core.formats.text import TextRows
from asperity.gnss.positions.series import (
    COMPONENTS,
    CORRELATIONS,
    DEVIATIONS,
    PositionSeries,
)

__all__ = [
    "PositionOptions",
    "PositionRows",
    "PositionsResult",
    "assemble",
    "days_of",
    "keep_good",
    "noon",
    "split_rows",
]

NO_SIGMA = 9999.0
"""Standard deviation, mm, from which a value stands for "none"; 9.99999 m in NGL files."""
FARTHEST = 1e10
"""mm; no coordinate of a station is farther from its reference."""
_DAYS = 15_020.0, 124_594.0  # 1900 and 2200
_MJD_ORIGIN = np.datetime64("1858-11-17T00:00:00", "ns")


@dataclass(frozen=True)
class PositionOptions:
    """What the caller knows about a file of positions that it does not say.

    Parameters
    ----------
    on_error : {"strict", "skip"}, optional
        Refuse a file with a bad row, or leave the row out and list it.
    frame : str, optional
        Reference frame; what the file says when missing.
    site : str, optional
        Name of the station, for files of one station.
    longitude, latitude : float, optional
        Degrees, for files of one station.
    height : float, optional
        Metres above the ellipsoid.
    """

    on_error: Literal["strict", "skip"] = "strict"
    frame: str | None = None
    site: str | None = None
    longitude: float | None = None
    latitude: float | None = None
    height: float | None = None

    def known(self) -> dict[str, Any]:
        """Return the attributes of a series that the caller states."""
        names = ("frame", "site", "longitude", "latitude", "height")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    def merged(self, registered: Any) -> PositionOptions:
        """Return the options, filled in by what the registry says of a data set."""
        names = ("frame", "site", "longitude", "latitude", "height")
        extra = {k: registered[k] for k in names if k in registered and getattr(self, k) is None}
        return replace(self, **extra)


@dataclass(frozen=True)
class PositionsResult:
    """The stations of a file, with what its reader noticed.

    Parameters
    ----------
    series : tuple of PositionSeries
    rejections : tuple of Rejection
        Rows that were left out; empty in strict mode.
    format : str
    notes : tuple of str
    """

    series: tuple[PositionSeries, ...]
    rejections: tuple[Rejection, ...]
    format: str
    notes: tuple[str, ...]


@dataclass
class PositionRows:
    """Rows as a reader found them.

    Parameters
    ----------
    times : ndarray of datetime64[ns], shape (n,)
    columns : dict of str to ndarray, shape (n,)
        Components and deviations in `unit`, correlations; NaN where empty.
    lines : ndarray of int64, shape (n,)
        Line of each row in the file, from 1.
    site : ndarray of object, shape (n,), or str
    unit : {"m", "mm"}
    attributes : dict
        ``longitude``, ``latitude``, ``height`` (arrays of shape (n,) or numbers), ``frame``.
    rejections : list of Rejection
    notes : list of str
    """

    times: NDArray[np.datetime64]
    columns: dict[str, NDArray[np.float64]]
    lines: NDArray[np.int64]
    site: NDArray[np.object_] | str = ""
    unit: Literal["m", "mm"] = "m"
    attributes: dict[str, Any] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def noon(mjd: NDArray[np.float64]) -> NDArray[np.datetime64]:
    """Return modified Julian dates as times; whole days stand for their noon.

    Examples
    --------
    >>> str(noon(np.array([51544.0]))[0])[:16]
    '2000-01-01T12:00'
    """
    days = np.where(mjd == np.floor(mjd), mjd + 0.5, mjd)
    # A thousandth of a second is finer than any file of positions.
    ticks = np.round(days * 86_400_000.0).astype(np.int64) * 1_000_000
    return np.asarray(_MJD_ORIGIN + ticks.astype("timedelta64[ns]"))


def split_rows(lines: Sequence[tuple[int, str]], width: int) -> tuple[TextRows, list[Rejection]]:
    """Split lines at white space; what stands beyond `width` fields is not read.

    Parameters
    ----------
    lines : sequence of (int, str)
        Number from 1 and text.
    width : int
        Fields that a row has at least.

    Returns
    -------
    rows : TextRows
    short : list of Rejection
        Lines that have fewer fields.
    """
    rows, numbers, short = [], [], []
    for number, line in lines:
        fields = line.split()
        if len(fields) < width:
            found = f"{len(fields)} columns: {' '.join(fields)}"[:80]
            short.append(Rejection(number, "(row)", found, f"{width} columns"))
        else:
            rows.append(fields[:width])
            numbers.append(number)
    return TextRows(rows, numbers, width), short


def keep_good(rows: PositionRows, table: TextRows, short: Sequence[Rejection]) -> PositionRows:
    """Return the rows of a table that could be read; the others become rejections."""
    good = table.good
    attributes = {k: v[good] if np.ndim(v) else v for k, v in rows.attributes.items()}
    return replace(
        rows,
        times=rows.times[good],
        columns={name: values[good] for name, values in rows.columns.items()},
        lines=rows.lines[good],
        site=rows.site if isinstance(rows.site, str) else rows.site[good],
        attributes=attributes,
        rejections=[*rows.rejections, *table.rejections, *short],
    )


def days_of(table: TextRows, mjd: NDArray[np.float64], column: str) -> NDArray[np.datetime64]:
    """Return modified Julian dates of a table as times; rows of other centuries are rejected."""
    absurd = ~((mjd > _DAYS[0]) & (mjd < _DAYS[1]))
    table.reject(absurd, column, mjd.tolist(), "a modified Julian date of 1900 to 2200")
    return noon(np.where(absurd, 51544.0, mjd))


def assemble(
    rows: PositionRows, options: PositionOptions, where: str, format: str
) -> PositionsResult:
    """Check the rows of a file and build the series of its stations.

    Epochs out of order are sorted, rows that repeat an epoch with the same position
    and rows whose sigma stands for "none" are left out; notes say how many. An epoch
    that stands twice with different positions is a bad row.

    Raises
    ------
    InputError
        If a row is bad in strict mode, or none is left.
    """
    scale = 1000.0 if rows.unit == "m" else 1.0
    n = rows.lines.size
    none = np.full(n, np.nan)
    with np.errstate(over="ignore"):
        values = {name: rows.columns.get(name, none) * scale for name in (*COMPONENTS, *DEVIATIONS)}
    for name in CORRELATIONS:
        values[name] = np.nan_to_num(rows.columns.get(name, np.zeros(n)))
    notes = list(rows.notes)
    good, rejections = _check(values, rows)
    empty = good & np.any([values[name] >= NO_SIGMA for name in DEVIATIONS], axis=0)
    if empty.any():
        notes.append(f"{empty.sum()} epochs whose sigma stands for none (9.99999) left out")
    good &= ~empty
    site = np.full(n, rows.site, dtype=object) if isinstance(rows.site, str) else rows.site
    series = []
    # Not `site == name`: NumPy drops NUL at the end of a name before it compares.
    of_sites: dict[str, list[int]] = {}
    for row, name in zip(np.flatnonzero(good).tolist(), site[good].tolist(), strict=True):
        of_sites.setdefault(str(name), []).append(row)
    for name, of_site in of_sites.items():
        kept = _in_order(np.array(of_site), rows, values, name, notes, rejections)
        series.append(_series(kept, rows, values, name, options))
    rejections.sort(key=lambda r: r.line)
    if rejections and options.on_error == "strict":
        more = f" (and {len(rejections) - 1} more bad rows)" if len(rejections) > 1 else ""
        raise InputError(
            f"{where}, {rejections[0]}{more} (read as {format}); mend the file, or pass "
            "--on-error skip to leave such rows out"
        )
    if not series:
        raise InputError(f"{where}: no epoch could be read as {format}")
    if len(series) > 1 and {"site", "longitude", "latitude"} & options.known().keys():
        raise InputError(f"{where}: a name or a place is given for {len(series)} stations")
    return PositionsResult(tuple(series), tuple(rejections), format, tuple(notes))


def _check(
    values: dict[str, NDArray[np.float64]], rows: PositionRows
) -> tuple[NDArray[np.bool_], list[Rejection]]:
    """Return which rows can be positions, and why the others cannot."""
    good = ~np.isnat(rows.times)
    rejections = list(rows.rejections)
    rules: list[tuple[tuple[str, ...], Any, str]] = [
        (COMPONENTS, lambda v: np.abs(v) < FARTHEST, "a position within 10,000 km, in metres"),
        (DEVIATIONS, lambda v: np.isnan(v) | ((v > 0.0) & (v < np.inf)), "a sigma above zero"),
        (CORRELATIONS, lambda v: np.abs(v) < 1.0, "a correlation inside -1 to 1"),
    ]
    for names, allowed, expected in rules:
        for name in names:
            wrong = good & ~allowed(values[name])
            for row in np.flatnonzero(wrong).tolist():
                text = f"{values[name][row]:g}"
                rejections.append(Rejection(int(rows.lines[row]), name, text, expected))
            good &= ~wrong
    return good, rejections


def _in_order(
    of_site: NDArray[np.intp],
    rows: PositionRows,
    values: dict[str, NDArray[np.float64]],
    site: str,
    notes: list[str],
    rejections: list[Rejection],
) -> NDArray[np.intp]:
    """Return the rows of a station by time, each epoch once."""
    times = rows.times[of_site]
    label = f"{site}: " if site else ""
    order = np.argsort(times, kind="stable")
    turned = int((np.diff(times) < np.timedelta64(0)).sum())
    if turned:
        breaks = f"order of the epochs breaks at {turned} place{'s' * (turned > 1)}"
        what = breaks if turned < len(times) - 1 else "epochs in reversed order"
        notes.append(f"{label}{what}: sorted by time")
    ordered = of_site[order]
    again = np.flatnonzero(np.diff(times[order]) == np.timedelta64(0)) + 1
    same = [
        all(values[c][ordered[i]] == values[c][ordered[i - 1]] for c in COMPONENTS) for i in again
    ]
    if any(same):
        notes.append(f"{label}{sum(same)} epochs stand twice with one position: kept once")
    for i, identical in zip(again.tolist(), same, strict=True):
        if not identical:
            line = int(rows.lines[ordered[i]])
            day = str(rows.times[ordered[i]].astype("datetime64[s]"))
            rejections.append(Rejection(line, "time", day, "an epoch that stands once"))
    return np.delete(ordered, again)


def _series(
    kept: NDArray[np.intp],
    rows: PositionRows,
    values: dict[str, NDArray[np.float64]],
    site: str,
    options: PositionOptions,
) -> PositionSeries:
    attributes: dict[str, Any] = {"site": site}
    for name, given in rows.attributes.items():
        attributes[name] = given if np.ndim(given) == 0 else np.asarray(given)[kept[0]]
    attributes |= options.known()
    blocks = [np.stack([values[n][kept] for n in names]) for names in
              (COMPONENTS, DEVIATIONS, CORRELATIONS)]  # fmt: skip
    return PositionSeries.from_arrays(rows.times[kept], *blocks, **attributes)
