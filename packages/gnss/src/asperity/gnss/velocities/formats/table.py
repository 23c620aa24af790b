"""What every reader hands over, and how it becomes a network.

A reader parses its format into `StationRows`: columns of a `Network` still in
the file's unit, with the line of each row. Then `assemble` settles the unit,
checks each row against what a velocity table may hold, and builds the network.
So a trap is handled once for all formats.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.formats.source import Source
from asperity.core.formats.table import Rejection
from asperity.core.formats.text import text_lines
from asperity.core.notebook import Shown
from asperity.gnss.velocities.network import Network

__all__ = ["NetworkOptions", "NetworkResult", "StationRows", "TextFile", "assemble"]

VELOCITY_UNITS = {"mm/yr": 1.0, "m/yr": 1000.0}
FASTEST = 1000.0
"""Speed in mm/yr above which a row holds no plate motion; the fastest plates do 250."""
SENTINEL = 99.0
"""Standard deviation in mm/yr from which a value stands for "none", such as 99.99 or 999."""
SLOW, FINE = 0.2, 0.02
"""Median speed and median sigma, mm/yr, below which a table in mm/yr is taken for m/yr."""
MIXED = 0.05
"""Share of rows that may look like m/yr before a table counts as mixed."""

_VELOCITIES = ("east", "north", "up", "sd_east", "sd_north", "sd_up")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?|[nN][aA][nN]", re.ASCII)
_COMMENTS = ("#", "*", ">", "%", "!")


@dataclass(frozen=True)
class NetworkOptions:
    """What the caller knows about a velocity table that its file does not say.

    Parameters
    ----------
    velocity_unit : {"mm/yr", "m/yr"}, optional
        Unit of the velocities and their deviations; the format's own when missing,
        which is then held against the size of the numbers.
    on_error : {"strict", "skip"}, optional
        Refuse a file with a bad row, or leave the row out and list it.
    frame : str, optional
        Reference frame; what the file says of it when missing.
    sigma : float, optional
        Standard deviation, mm/yr, of rows that have none.
    sigmas : {"scaled", "raw"}, optional
        Which to take where a table has both.
    """

    velocity_unit: Literal["mm/yr", "m/yr"] | None = None
    on_error: Literal["strict", "skip"] = "strict"
    frame: str | None = None
    sigma: float | None = None
    sigmas: Literal["scaled", "raw"] = "scaled"

    def __post_init__(self) -> None:
        for name, allowed in (
            ("velocity_unit", (None, *VELOCITY_UNITS)),
            ("on_error", ("strict", "skip")),
            ("sigmas", ("scaled", "raw")),
        ):
            value = getattr(self, name)
            if value not in allowed:
                raise InputError(
                    f"read option {name} = {value!r}; allowed are "
                    + ", ".join(repr(a) for a in allowed if a is not None)
                )
        if self.sigma is not None and not 0.0 < self.sigma < SENTINEL:
            raise InputError(f"sigma {self.sigma:g} mm/yr; give one above 0 and below {SENTINEL:g}")


@dataclass(frozen=True, repr=False)
class NetworkResult(Shown):
    """A network with what its reader noticed.

    Parameters
    ----------
    network : Network
    rejections : tuple of Rejection
        Rows that were left out, with line, column, value and what was expected;
        empty in strict mode.
    format : str
        Name of the format that was read.
    notes : tuple of str
        What was recognised or assumed and the user should know.
    """

    network: Network
    rejections: tuple[Rejection, ...]
    format: str
    notes: tuple[str, ...]

    def _facts(self) -> dict[str, Any]:
        return {
            "network": self.network, "format": self.format, "left out": len(self.rejections),
            "notes": "; ".join(self.notes) or "none",
        }  # fmt: skip


@dataclass(frozen=True)
class TextFile:
    """The lines of a text file that are not blank.

    Parameters
    ----------
    name : str
        For messages.
    lines : list of (int, str)
        Number from 1 and text.
    """

    name: str
    lines: list[tuple[int, str]]

    @classmethod
    def open(cls, path: Path | str) -> TextFile:
        """Read a file, gzip undone, ``-`` for standard input.

        Raises
        ------
        InputError
            If it cannot be read, is empty or holds no text.
        """
        source = Source(path)
        if b"\0" in source.head and source.head[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            raise InputError(f"{source.name}: not a text file; velocity tables are text")
        lines = text_lines(source)
        if not lines:
            raise InputError(f"{source.name}: the file is empty")
        return cls(source.name, lines)

    @cached_property
    def data(self) -> list[tuple[int, str]]:
        """The lines that are no comments and no heading."""
        lines = [(n, line) for n, line in self.lines if not line.lstrip().startswith(_COMMENTS)]
        return lines[len(_headings(lines)) :]

    @property
    def headings(self) -> list[int]:
        """The numbers of up to two lines at the top that hold names or units."""
        lines = [(n, line) for n, line in self.lines if not line.lstrip().startswith(_COMMENTS)]
        return _headings(lines)

    @cached_property
    def sample(self) -> list[list[str]]:
        """The fields of the first 200 lines of data."""
        return [split_fields(line) for _, line in self.data[:200]]


def _headings(lines: Sequence[tuple[int, str]]) -> list[int]:
    """Return the numbers of leading lines of five fields or more, none of them a number."""
    found = []
    for number, line in lines[:2]:
        fields = split_fields(line)
        if len(fields) < 5 or any(is_number(text) for text in fields):
            break
        found.append(number)
    return found


def is_number(text: str) -> bool:
    """Whether a field is a number, or NaN."""
    return _NUMBER.fullmatch(text) is not None


def split_fields(line: str) -> list[str]:
    """Split a line at white space and commas."""
    return line.replace(",", " ").split()


@dataclass
class StationRows:
    """Columns as a reader found them.

    Parameters
    ----------
    columns : dict of str to ndarray, shape (n,)
        Names of `Network`; velocities and deviations in `velocity_unit`, NaN where empty.
    lines : ndarray of int64, shape (n,)
        Line of each row in the file, from 1.
    rejections : list of Rejection
        Rows that could not be parsed and stand in no column.
    velocity_unit : {"mm/yr", "m/yr"}
        Unit that the format prescribes.
    frame : str
        What the file says of its reference frame.
    notes : list of str
    """

    columns: dict[str, NDArray[Any]]
    lines: NDArray[np.int64]
    rejections: list[Rejection] = field(default_factory=list)
    velocity_unit: str = "mm/yr"
    frame: str = ""
    notes: list[str] = field(default_factory=list)


def assemble(rows: StationRows, options: NetworkOptions, where: str, format: str) -> NetworkResult:
    """Check the rows of a file and build their network.

    Parameters
    ----------
    rows : StationRows
    options : NetworkOptions
    where : str
        Name of the file, for messages.
    format : str
        Name of the format.

    Returns
    -------
    NetworkResult

    Raises
    ------
    InputError
        If the unit contradicts the numbers, a row is bad in strict mode, or none is left.
    """
    columns = dict(rows.columns)
    notes = list(rows.notes)
    _settle_unit(columns, rows, options, where, notes)
    _leave_out_empty_vertical(columns, notes)
    if "correlation" in columns:
        columns["correlation"] = np.where(
            np.isnan(columns["correlation"]), 0.0, columns["correlation"]
        )
    _fill_deviations(columns, options, notes)
    good, found = _check_rows(columns, rows.lines)
    rejections = sorted([*rows.rejections, *found], key=lambda r: r.line)
    if rejections and options.on_error == "strict":
        more = f" (and {len(rejections) - 1} more bad rows)" if len(rejections) > 1 else ""
        raise InputError(
            f"{where}, {rejections[0]}{more} (read as {format}); mend the file, or pass "
            "--on-error skip to leave such rows out"
        )
    if not good.any():
        first = f"; the first of {len(rejections)}: {rejections[0]}" if rejections else ""
        raise InputError(f"{where}: no station could be read as {format}{first}")
    frame = rows.frame if options.frame is None else options.frame
    kept = {name: values[good] for name, values in columns.items()}
    network = Network.from_columns(**kept, frame=frame)
    return NetworkResult(network, tuple(rejections), format, tuple(notes))


def _settle_unit(
    columns: dict[str, NDArray[Any]],
    rows: StationRows,
    options: NetworkOptions,
    where: str,
    notes: list[str],
) -> None:
    """Bring velocities to mm/yr, or refuse numbers that contradict their unit."""
    unit = options.velocity_unit or rows.velocity_unit
    if options.velocity_unit is None:
        _refuse_other_unit(columns, unit, rows.lines, where)
    if unit != "mm/yr":
        notes.append(f"velocities and sigmas in {unit} taken to mm/yr")
        for name in _VELOCITIES:
            if name in columns:
                columns[name] = columns[name] * VELOCITY_UNITS[unit]


def _refuse_other_unit(
    columns: Mapping[str, NDArray[Any]], unit: str, lines: NDArray[np.int64], where: str
) -> None:
    speed = np.hypot(columns["east"], columns["north"])
    unknown = np.full(speed.size, np.nan)
    sigma = np.maximum(columns.get("sd_east", unknown), columns.get("sd_north", unknown))
    known = np.isfinite(speed)
    if not known.any():
        return
    typical = float(np.median(speed[known]))
    with_sigma = known & (sigma > 0.0)
    typical_sigma = float(np.median(sigma[with_sigma])) if with_sigma.any() else None
    about = f"median speed {typical:.3g}" + (
        f", median sigma {typical_sigma:.3g}" if typical_sigma is not None else ", no sigmas"
    )
    if unit == "m/yr":
        if typical > 1.0:
            raise InputError(
                f"{where}: this format holds m/yr, but the numbers look like mm/yr ({about}); "
                "pass --velocity-unit mm/yr if they are, or --velocity-unit m/yr to read them as is"
            )
        return
    if typical_sigma is None:
        # Without sigmas only a table that is slow throughout tells.
        looks_metric = float(speed[known].max()) < SLOW and typical > 0.0
    else:
        looks_metric = typical < SLOW and typical_sigma < FINE
    if looks_metric:
        raise InputError(
            f"{where}: expected mm/yr, but the numbers look like m/yr ({about}); pass "
            "--velocity-unit m/yr if they are, or --velocity-unit mm/yr to read them as they are"
        )
    metric = with_sigma & (speed < SLOW) & (sigma < FINE)
    if metric.sum() > MIXED * known.sum():
        row = int(np.flatnonzero(metric)[0])
        raise InputError(
            f"{where}, line {lines[row]}: {metric.sum()} of {known.sum()} rows look like m/yr "
            f"(speed {speed[row]:.3g}, sigma {sigma[row]:.3g}) and the others like mm/yr; bring "
            "all rows to one unit, or pass --velocity-unit mm/yr to read them as they are"
        )


def _leave_out_empty_vertical(columns: dict[str, NDArray[Any]], notes: list[str]) -> None:
    """Take vertical velocities without a deviation as not known: tables fill them with 0."""
    if "sd_up" not in columns or "up" not in columns:
        return
    empty = ~(columns["sd_up"] > 0.0) | (columns["sd_up"] >= SENTINEL)
    said = empty & np.isfinite(columns["up"])
    if empty.any():
        columns["up"] = np.where(empty, np.nan, columns["up"])
        columns["sd_up"] = np.where(empty, np.nan, columns["sd_up"])
    if said.any():
        share = "all" if said.all() else f"{said.sum()} of {said.size}"
        notes.append(f"{share} vertical velocities have no sigma above zero: taken as not known")


def _fill_deviations(
    columns: dict[str, NDArray[Any]], options: NetworkOptions, notes: list[str]
) -> None:
    n = columns["east"].size
    for name in ("sd_east", "sd_north"):
        values = columns.get(name, np.full(n, np.nan))
        missing = np.isnan(values)
        if options.sigma is not None:
            values = np.where(missing, options.sigma, values)
        elif missing.all():
            # Kept as not known; the rows of a column that is known elsewhere are rejected.
            columns.pop(name, None)
            continue
        columns[name] = values
    if n and options.sigma is None and not {"sd_east", "sd_north"} & columns.keys():
        notes.append("no sigmas: state one with --sigma MM/YR where a command needs them")


def _check_rows(
    columns: Mapping[str, NDArray[Any]], lines: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], list[Rejection]]:
    """Return which rows a network may hold, and why it may not hold the others."""
    good = np.ones(lines.size, dtype=bool)
    found: list[Rejection] = []
    for name, inside, expected in _ranges():
        if name not in columns:
            continue
        values = columns[name]
        with np.errstate(invalid="ignore"):
            wrong = ~inside(values) & good
        for row in np.flatnonzero(wrong).tolist():
            found.append(Rejection(int(lines[row]), name, f"{values[row]:g}", expected))
        good &= ~wrong
    if {"start", "end"} <= columns.keys():
        wrong = (columns["end"] < columns["start"]) & good
        for row in np.flatnonzero(wrong).tolist():
            text = f"{columns['end'][row]:g}"
            found.append(Rejection(int(lines[row]), "end", text, "a year not before the start"))
        good &= ~wrong
    return good, found


def _ranges() -> Sequence[tuple[str, Any, str]]:
    """Return for each column what is allowed, and how a message says it."""
    deviation = (
        lambda v: (v > 0.0) & (v < SENTINEL),
        f"a sigma above 0 and below {SENTINEL:g} mm/yr",
    )
    velocity = (lambda v: np.abs(v) < FASTEST, f"a velocity below {FASTEST:g} mm/yr")
    missing_or_finite = (lambda v: ~np.isinf(v), "a finite number")
    return (
        ("longitude", lambda v: np.abs(v) <= 360.0, "degrees from -360 to 360"),
        ("latitude", lambda v: np.abs(v) <= 90.0, "degrees from -90 to 90"),
        ("east", *velocity),
        ("north", *velocity),
        ("up", lambda v: np.isnan(v) | (np.abs(v) < FASTEST), velocity[1]),
        ("sd_east", *deviation),
        ("sd_north", *deviation),
        ("correlation", lambda v: np.abs(v) < 1.0, "a correlation inside -1 to 1"),
        ("height", *missing_or_finite),
        ("start", *missing_or_finite),
        ("end", *missing_or_finite),
    )
