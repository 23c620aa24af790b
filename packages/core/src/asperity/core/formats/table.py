"""What every reader hands over, and how it becomes a catalog.

A reader parses its format into a `RawTable`: columns under the schema's names,
still in the source's units and conventions, with the line of each row. Then
`assemble` applies what the caller said about the source (projection, swapped
coordinates, depth sign and unit, sentinels), checks each row, and builds the
`Catalog`. So a trap is handled once for all formats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from asperity.core.catalog import Catalog
from asperity.core.errors import InputError
from asperity.core.notebook import Shown
from asperity.core.operations import Operations
from asperity.core.schema import COLUMNS
from asperity.core.times import PER_SECOND, duration_seconds

__all__ = ["RawTable", "ReadOptions", "ReadResult", "Rejection", "assemble"]

DEPTH_UNITS = {"m": 1.0, "km": 1000.0}
RATE_UNITS = {
    "m3/s": 1.0,
    "m3/min": 1.0 / 60.0,
    "m^3/min": 1.0 / 60.0,
    "l/s": 1e-3,
    "l/min": 1e-3 / 60,
}


@dataclass(frozen=True)
class ReadOptions:
    """What the caller knows about a source that its file does not say.

    Parameters
    ----------
    crs : str, optional
        Projection of the coordinates, such as ``EPSG:27700``; latitude then holds
        northing and longitude easting, in its unit.
    swap_coordinates : bool, optional
        Latitude and longitude stand in each other's place.
    depth : {"depth", "elevation"}, optional
        Whether the depth column counts down or up.
    depth_unit : {"m", "km"}, optional
        Unit of the depth column where the format leaves it open.
    time_resolution : str, optional
        ISO 8601 duration to which times are rounded.
    frame : {"none"}, optional
        Drop the coordinates.
    magnitude_type : str, optional
        Type of magnitudes that carry none.
    missing : tuple of float, optional
        Magnitudes that stand for "none", such as -9.
    rate_unit : str, optional
        Unit of the injection rate.
    decimal : {".", ","}, optional
        Decimal mark of text files.
    columns : mapping of str to str, optional
        Column of the schema -> column of the file, for tables.
    time_format : str, optional
        `strptime` format of the times of a table, where they are not ISO 8601.
    on_error : {"strict", "skip"}, optional
        Refuse a file with a bad row, or leave the row out and list it.
    start, end : str, optional
        Read only the events from `start` up to, not including, `end`.
    """

    crs: str | None = None
    swap_coordinates: bool = False
    depth: Literal["depth", "elevation"] = "depth"
    depth_unit: Literal["m", "km"] | None = None
    time_resolution: str | None = None
    frame: Literal["none"] | None = None
    magnitude_type: str | None = None
    missing: tuple[float, ...] = ()
    rate_unit: str | None = None
    decimal: Literal[".", ","] = "."
    columns: Mapping[str, str] | None = None
    time_format: str | None = None
    on_error: Literal["strict", "skip"] = "strict"
    start: str | None = None
    end: str | None = None

    def __post_init__(self) -> None:
        for name, allowed in (
            ("depth", ("depth", "elevation")),
            ("depth_unit", (None, "m", "km")),
            ("frame", (None, "none")),
            ("decimal", (".", ",")),
            ("on_error", ("strict", "skip")),
            ("rate_unit", (None, *RATE_UNITS)),
        ):
            value = getattr(self, name)
            if value not in allowed:
                raise InputError(
                    f"read option {name} = {value!r}; allowed are "
                    + ", ".join(repr(a) for a in allowed if a is not None)
                )
        if self.time_resolution is not None:
            duration_seconds(self.time_resolution)

    def merged(self, other: Mapping[str, Any]) -> ReadOptions:
        """Return these options with those of a registry entry filled in beneath."""
        default = ReadOptions()
        unset: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v
            for k, v in other.items()
            if getattr(self, k) == getattr(default, k)
        }
        return replace(self, **unset)


@dataclass(frozen=True)
class Rejection:
    """A row that was left out, and why.

    Parameters
    ----------
    line : int
        From 1; the row, from 0, in the formats that have no lines (Parquet, netCDF).
    column, value, expected : str
    """

    line: int
    column: str
    value: str
    expected: str

    def __str__(self) -> str:
        found = f"line {self.line}, column {self.column!r}: found {self.value!r}"
        return f"{found}, expected {self.expected}"


@dataclass
class RawTable:
    """Columns as a reader found them.

    Parameters
    ----------
    columns : dict of str to ndarray, shape (n,)
        Names of the schema. ``time`` is int64 in ``attributes["time_unit"]``; numbers are
        float64 with NaN where the field was empty; texts are object arrays ("" where
        empty).
    attributes : dict
        Catalog attributes; ``depth_unit`` ("m" or "km") is the format's own.
    lines : ndarray of int64, shape (n,), optional
        Line of each row in the file, from 1; made from the row number when missing.
    rejections : list of Rejection
        Rows that could not be parsed at all and stand in no column.
    operations : Operations, optional
    unread : tuple of str
        Columns of the file that the catalog has no place for.
    notes : list of str
        What a reader saw and the user should know.
    """

    columns: dict[str, NDArray[Any]]
    attributes: dict[str, Any] = field(default_factory=dict)
    lines: NDArray[np.int64] | None = None
    rejections: list[Rejection] = field(default_factory=list)
    operations: Operations | None = None
    unread: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, repr=False)
class ReadResult(Shown):
    """A catalog with what came beside it.

    Parameters
    ----------
    catalog : Catalog
    operations : Operations or None
    rows : ndarray of int64, shape (n,)
        Row of each event in the file, from 0, rejected rows counted.
    rejections : tuple of Rejection
        Rows that were left out (empty in strict mode).
    notes : tuple of str
        What the reader saw and the user should know.
    format : str
        Name of the format that was read.
    outside : int
        Events of the file that lie outside the window of `ReadOptions`.
    """

    catalog: Catalog
    operations: Operations | None
    rows: NDArray[np.int64]
    rejections: tuple[Rejection, ...] = ()
    notes: tuple[str, ...] = ()
    format: str = ""
    outside: int = 0

    def _facts(self) -> dict[str, Any]:
        return {
            "catalog": self.catalog, "format": self.format, "left out": len(self.rejections),
            "operations": 0 if self.operations is None else len(self.operations),
            "notes": "; ".join(self.notes) or "none",
        }  # fmt: skip

    def within(self, start: str | None, end: str | None) -> ReadResult:
        """Return what lies from `start` up to, not including, `end`."""
        if start is None and end is None:
            return self
        catalog, times = self.catalog, self.catalog["time"]
        low = 0 if start is None else int(np.searchsorted(times, catalog.parse_time(start)))
        high = times.size if end is None else int(np.searchsorted(times, catalog.parse_time(end)))
        high = max(low, high)
        return replace(
            self,
            catalog=catalog.select(slice(low, high)),
            rows=self.rows[low:high],
            outside=self.outside + times.size - (high - low),
        )


def assemble(table: RawTable, options: ReadOptions, source: str, format_name: str) -> ReadResult:
    """Turn what a reader found into a checked catalog.

    Parameters
    ----------
    table : RawTable
    options : ReadOptions
    source : str
        Name of the file, for messages.
    format_name : str

    Returns
    -------
    ReadResult

    Raises
    ------
    InputError
        If the file holds no magnitude column, or, in strict mode, a row that breaks the schema.
    """
    columns = dict(table.columns)
    attributes = dict(table.attributes)
    notes = list(table.notes)
    if "magnitude" not in columns:
        raise InputError(
            f"{source}: no magnitude column; found {', '.join(columns) or 'no known column'}; "
            "name it 'magnitude' or map it with --columns FILE.toml"
        )
    n = columns["magnitude"].size
    lines = np.arange(2, n + 2) if table.lines is None else table.lines
    bad = _RowCheck(columns, lines)

    _missing_magnitudes(columns, options.missing)
    _coordinates(columns, attributes, options, source, notes)
    _times(columns, attributes, options)
    if options.magnitude_type is not None:
        given = columns.get("magnitude_type", np.full(n, "", dtype=object))
        columns["magnitude_type"] = np.where(given == "", options.magnitude_type, given)
    if table.unread:
        notes.append(f"columns not read: {', '.join(table.unread)}")

    bad.infinite_and_bounds()
    bad.duplicate_ids()
    rejections = sorted([*table.rejections, *bad.rejections()], key=lambda r: r.line)
    if rejections and options.on_error == "strict":
        more = f" (and {len(rejections) - 1} more bad rows)" if len(rejections) > 1 else ""
        raise InputError(
            f"{source}, {rejections[0]}{more}; mend the file, or pass --on-error skip to leave "
            "such rows out and list them beside the output"
        )
    rows = np.flatnonzero(bad.good)
    if rejections:
        more = f" and {len(rejections) - 1} more rows" if len(rejections) > 1 else ""
        notes.append(f"left out {rejections[0]}{more}")
    if "time" in columns:
        times = columns["time"][rows]
        if np.any(times[1:] < times[:-1]):
            rows = rows[np.argsort(times, kind="stable")]
    if rows.size < n or np.any(rows[1:] < rows[:-1]):
        columns = {name: values[rows] for name, values in columns.items()}
    _sentinel_note(columns["magnitude"], notes)
    if not rows.size:
        notes.append("the file holds no events")
    categories = _encode(columns)
    catalog = Catalog.from_columns(columns, sort=False, categories=categories, **attributes)
    # Rows count as in the file, with the lines that could not be parsed.
    skipped = np.sort([r.line for r in table.rejections])
    rows = rows + np.searchsorted(skipped, lines[rows]) if skipped.size else rows
    result = ReadResult(
        catalog, table.operations, rows, tuple(rejections), tuple(notes), format_name
    )
    return result.within(options.start, options.end)


def _encode(columns: dict[str, NDArray[Any]]) -> dict[str, list[str]]:
    """Turn the texts of categories into codes, in place, and return their meanings."""
    import pyarrow as pa
    import pyarrow.compute as pc

    categories = {}
    for name, values in columns.items():
        if name in COLUMNS and COLUMNS[name].kind == "category" and values.dtype == object:
            texts = pa.array(values, pa.string())
            named = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
            encoded = named.dictionary_encode()
            columns[name] = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
            categories[name] = encoded.dictionary.to_pylist()
    return categories


def _missing_magnitudes(columns: dict[str, NDArray[Any]], sentinels: Sequence[float]) -> None:
    for name in columns:
        if sentinels and (name == "magnitude" or name.startswith("magnitude_m")):
            values = columns[name]
            columns[name] = np.where(np.isin(values, sentinels), np.nan, values)


def _sentinel_note(magnitudes: NDArray[np.float64], notes: list[str]) -> None:
    """Point at values that often stand for "none"; only the user can know."""
    for value in (-9.0, -9.9, -9.99, -99.0, -99.9, -999.0, -9999.0, 9.99, 99.0, 99.9, 999.0):
        count = int(np.count_nonzero(magnitudes == value))
        if count:
            notes.append(
                f"{count} magnitudes equal {value:g}; "
                f"if that stands for none, pass --missing={value:g}"
            )


def _coordinates(
    columns: dict[str, NDArray[Any]],
    attributes: dict[str, Any],
    options: ReadOptions,
    source: str,
    notes: list[str],
) -> None:
    format_unit = attributes.pop("depth_unit", None)
    if options.frame == "none":
        for name in ("latitude", "longitude", "depth", "x", "y", "z"):
            columns.pop(name, None)
        attributes.pop("axes", None)
        attributes["frame"] = "none"
        return
    if "latitude" in columns and "longitude" in columns:
        if options.swap_coordinates:
            columns["latitude"], columns["longitude"] = columns["longitude"], columns["latitude"]
        if options.crs is not None:
            _unproject(columns, options.crs, source)
        else:
            _refuse_projected(columns, source)
        longitude = columns["longitude"]
        turned = (longitude > 180) & (longitude <= 360)
        columns["longitude"] = np.where(turned, longitude - 360.0, longitude)
        attributes.setdefault("frame", "geographic")
    elif options.crs is not None:
        raise InputError(
            f"{source}: --crs given, but the file has no latitude and longitude columns"
        )
    if "depth" not in columns:
        return
    depth = columns["depth"]
    unit = options.depth_unit or format_unit
    if unit is None:
        unit = "m"
        finite = np.abs(depth[np.isfinite(depth)])
        if finite.size and finite.max() < 100.0:
            notes.append(
                f"depths up to {finite.max():g} read as metres; if they are kilometres, "
                "pass --depth-unit km or name the column depth_km"
            )
    depth = depth * DEPTH_UNITS[unit]
    if options.depth == "elevation":
        # 0 - x rather than -x keeps zero positive
        depth = 0.0 - depth
        attributes.setdefault("depth_datum", "datum of the source's elevations")
    columns["depth"] = depth
    for name in ("depth_uncertainty", "horizontal_uncertainty"):
        unit_of = attributes.pop(f"{name}_unit", None)
        if name in columns and unit_of is not None:
            columns[name] = columns[name] * DEPTH_UNITS[unit_of]


def _unproject(columns: dict[str, NDArray[Any]], crs: str, source: str) -> None:
    import pyproj

    try:
        transformer = pyproj.Transformer.from_crs(crs, "EPSG:4979", always_xy=True)
    except pyproj.exceptions.CRSError:
        raise InputError(
            f"{source}: --crs {crs!r} is not a coordinate reference system that PROJ knows; "
            "write for example EPSG:27700"
        ) from None
    longitude, latitude = transformer.transform(
        columns["longitude"].astype(float), columns["latitude"].astype(float)
    )
    columns["longitude"], columns["latitude"] = longitude, latitude


def _refuse_projected(columns: dict[str, NDArray[Any]], source: str) -> None:
    latitude, longitude = columns["latitude"], columns["longitude"]
    outside = np.abs(latitude) > 90
    if not outside.any() or outside.mean() < 0.5:
        return  # single bad rows are listed as such
    lat, lon = np.nanmedian(latitude), np.nanmedian(longitude)
    if 90 < abs(lat) <= 180 and abs(lon) <= 90:
        raise InputError(
            f"{source}: latitude reaches {lat:g}, longitude {lon:g}: they look swapped; "
            "pass --swap-coordinates"
        )
    british = 0 <= lon <= 700_000 and 0 <= lat <= 1_300_000
    guess = (
        "this looks like British National Grid northing and easting: pass --crs EPSG:27700"
        if british
        else "this looks like projected coordinates: pass their projection, --crs EPSG:N"
    )
    raise InputError(
        f"{source}: latitude holds {lat:g} and longitude {lon:g} (medians), "
        f"outside -90 to 90 degrees; {guess}"
    )


def _times(
    columns: dict[str, NDArray[Any]], attributes: dict[str, Any], options: ReadOptions
) -> None:
    if "time" not in columns:
        return
    attributes.setdefault("time_frame", "utc")
    unit = attributes.setdefault("time_unit", "ns")
    if options.time_resolution is None:
        return
    seconds = duration_seconds(options.time_resolution)
    attributes["time_resolution"] = options.time_resolution
    step = round(seconds * PER_SECOND[unit])
    times = columns["time"]
    columns["time"] = np.floor_divide(times + step // 2, step) * step if seconds < 60 else times
    # Uniform within the resolution: standard deviation step / sqrt(12).
    columns.setdefault("time_uncertainty", np.full(times.size, seconds / np.sqrt(12.0)))


class _RowCheck:
    """Collects which rows break the schema, and why."""

    def __init__(self, columns: dict[str, NDArray[Any]], lines: NDArray[np.int64]) -> None:
        self._columns = columns
        self._lines = lines
        self._found: list[tuple[int, Rejection]] = []
        self.good = np.ones(lines.size, dtype=bool)

    def _reject(self, mask: NDArray[np.bool_], column: str, expected: str) -> None:
        for row in np.flatnonzero(mask & self.good):
            value = self._columns[column][row]
            text = f"{value:g}" if isinstance(value, float) else str(value)
            self._found.append((int(row), Rejection(int(self._lines[row]), column, text, expected)))
        self.good &= ~mask

    def infinite_and_bounds(self) -> None:
        """Reject infinities and values outside the bounds of the schema."""
        for name, values in self._columns.items():
            if values.dtype.kind != "f":
                continue
            self._reject(np.isinf(values), name, "a finite number")
            column = COLUMNS.get(name)
            if column is not None and column.low is not None:
                self._reject(values < column.low, name, f"a value from {column.low:g}")
            if column is not None and column.high is not None:
                self._reject(values > column.high, name, f"a value up to {column.high:g}")
        for name in ("latitude", "longitude"):
            if name in self._columns:
                self._reject(np.isnan(self._columns[name]), name, "a number of degrees")

    def duplicate_ids(self) -> None:
        """Reject every later row that repeats an event_id."""
        ids = self._columns.get("event_id")
        if ids is None:
            return
        import pandas as pd

        texts = np.asarray(ids, dtype=object)
        self._reject(texts == "", "event_id", "an identifier")
        self._reject(
            pd.Series(texts).duplicated().to_numpy(), "event_id", "an identifier used once"
        )

    def rejections(self) -> list[Rejection]:
        """Return what was rejected."""
        return [r for _, r in self._found]
