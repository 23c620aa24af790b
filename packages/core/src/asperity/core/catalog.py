"""The catalog that every part of Asperity reads and writes.

`Catalog` is a thin, immutable wrapper around an `xarray.Dataset` with the one
dimension ``event``. The columns, their units and the attributes are those of
`asperity.core.schema`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError
from asperity.core.schema import (
    COLUMNS,
    SCHEMA_VERSION,
    Attributes,
    check_attributes,
    column_of,
    frame_columns,
)
from asperity.core.times import PER_SECOND, format_times, infer_resolution, parse_time

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["Catalog"]

STRING = np.dtypes.StringDType()
METADATA_KEY = b"asperity"
"""Key of the attributes, as JSON, in the metadata of an Arrow table."""


class Catalog:
    """A table of earthquakes or acoustic emissions in time order, with units and a frame.

    Make one with `from_columns`, `from_pandas`, or
    `asperity.core.read_catalog`; a `Catalog` never changes, its methods return
    new ones.

    Parameters
    ----------
    dataset : xarray.Dataset
        Dimension ``event``; variables and attributes as
        `asperity.core.schema` names them. Categories are integer codes with the
        attribute ``flag_meanings`` (a list of texts), -1 where missing.

    Raises
    ------
    InputError
        If a column or an attribute breaks the schema; the message names it.

    Examples
    --------
    >>> catalog = Catalog.from_columns({"magnitude": [1.5, 2.0, 2.4]})
    >>> len(catalog), catalog.time_frame, catalog["magnitude"].max()
    (3, 'order', np.float64(2.4))
    """

    __slots__ = ("_dataset",)

    def __init__(self, dataset: xr.Dataset) -> None:
        _check_dataset(dataset)
        for variable in dataset.variables.values():
            values = variable.values
            if values.flags.writeable:
                values.flags.writeable = False
        self._dataset = dataset

    @classmethod
    def from_columns(
        cls,
        columns: Mapping[str, ArrayLike],
        *,
        categories: Mapping[str, Sequence[str]] | None = None,
        sort: bool = True,
        **attributes: Any,
    ) -> Self:
        """Build a catalog from arrays, filling in what version 1 requires.

        Parameters
        ----------
        columns : mapping of str to array_like, shape (n,)
            ``magnitude`` is required. ``time`` holds integers in ``time_unit``;
            without it the rows are numbered (``time_frame = "order"``). A
            category may be given as texts (None or "" where missing) or as codes.
        categories : mapping of str to sequence of str, optional
            Meanings of the categories that are given as codes.
        sort : bool, optional
            Sort by time, keeping the order of equal times.
        **attributes
            Attributes of the catalog; ``frame`` and ``time_frame`` are derived
            from the columns when missing.

        Returns
        -------
        Catalog
        """
        if "magnitude" not in columns:
            raise InputError(
                f"a catalog needs the column 'magnitude'; found {', '.join(columns) or 'none'}"
            )
        n = len(np.atleast_1d(np.asarray(columns["magnitude"])))
        data: dict[str, Any] = dict(columns)
        attributes.setdefault("schema_version", SCHEMA_VERSION)
        attributes.setdefault("frame", _frame_of(data))
        if "time" not in data:
            data["time"] = np.arange(n, dtype=np.int64)
            attributes["time_frame"] = "order"
        attributes.setdefault("time_frame", "utc")
        if attributes["time_frame"] != "order":
            attributes.setdefault("time_unit", "ns")
        if "event_id" not in data:
            data["event_id"] = np.arange(n).astype(STRING)
        if attributes["frame"] == "geographic" and "depth" not in data:
            data["depth"] = np.full(n, np.nan)
        if "magnitude_type" not in data:
            data["magnitude_type"] = np.full(n, -1, dtype=np.int8)
        variables = {
            name: _variable(name, values, (categories or {}).get(name))
            for name, values in data.items()
        }
        order = [c for c in COLUMNS if c in variables]
        order += [c for c in variables if c not in COLUMNS]
        lengths = {name: variables[name].size for name in order}
        if set(lengths.values()) != {n}:
            raise InputError(f"columns differ in length: {lengths}")
        kept = {k: v for k, v in attributes.items() if v is not None}
        dataset = xr.Dataset({name: variables[name] for name in order}, attrs=kept)
        catalog = cls(dataset)
        return catalog.sorted_by_time() if sort else catalog

    @classmethod
    def from_pandas(cls, frame: pd.DataFrame, **attributes: Any) -> Self:
        """Build a catalog from a `pandas.DataFrame` whose columns have the schema's names.

        Datetimes in ``time`` (with or without a zone) become integers since 1970.
        """
        columns: dict[str, Any] = {}
        categories: dict[str, list[str]] = {}
        for name in frame.columns:
            series = frame[name]
            if str(series.dtype).startswith("datetime64"):
                stamps = (
                    series.dt.tz_convert("UTC").dt.tz_localize(None) if series.dt.tz else series
                )
                if stamps.isna().any():
                    row = int(np.flatnonzero(stamps.isna())[0])
                    raise InputError(
                        f"column {name!r}, row {row}: no time; drop or fill the row first"
                    )
                unit = "ns" if stamps.dt.unit == "ns" else "us"
                columns[name] = stamps.to_numpy().astype(f"datetime64[{unit}]").astype(np.int64)
                attributes.setdefault("time_unit", unit)
            elif str(series.dtype) == "category":
                # Their order is kept, so that the way there and back changes nothing.
                columns[name] = series.cat.codes.to_numpy()
                categories[name] = [str(c) for c in series.cat.categories]
            else:
                columns[name] = series.to_numpy()
        return cls.from_columns(columns, categories=categories, **attributes)

    # -- looking ------------------------------------------------------------

    def __len__(self) -> int:
        return int(self._dataset.sizes["event"])

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return a column as a read-only array, shape (n,); categories come as codes."""
        if name not in self._dataset:
            raise DataError(f"the catalog has no column {name!r}; it has {', '.join(self.columns)}")
        return np.asarray(self._dataset[name].values)

    def __contains__(self, name: object) -> bool:
        return name in self._dataset

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Catalog) and self._dataset.identical(other._dataset)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        span = ""
        if len(self) and self.time_frame == "utc":
            first, last = self.format_times(np.array([0, -1]))
            span = f", {first} to {last}"
        magnitudes = self["magnitude"]
        finite = magnitudes[np.isfinite(magnitudes)]
        sizes = f", magnitude {finite.min():g} to {finite.max():g}" if finite.size else ""
        return f"<Catalog: {len(self):,} events{span}{sizes}, frame {self.frame}>"

    def _repr_html_(self) -> str:
        head = self.select(slice(0, 8)).to_pandas()
        from html import escape

        return f"<p>{escape(repr(self))}</p>{head.to_html(index=False)}"

    @property
    def dataset(self) -> xr.Dataset:
        """The underlying dataset: its arrays are read-only, its attributes are a copy."""
        shown = self._dataset.copy(deep=False)
        shown.attrs = deepcopy(shown.attrs)
        for variable in shown.variables.values():
            variable.attrs = deepcopy(variable.attrs)
        return shown

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, those of the schema first."""
        return tuple(str(name) for name in self._dataset.data_vars)

    @property
    def attributes(self) -> dict[str, Any]:
        """A copy of the attributes."""
        return deepcopy(dict(self._dataset.attrs))

    @property
    def frame(self) -> str:
        """Coordinates: ``none``, ``geographic`` or ``local``."""
        return str(self._dataset.attrs["frame"])

    @property
    def time_frame(self) -> str:
        """Times: ``utc``, ``relative`` or ``order``."""
        return str(self._dataset.attrs["time_frame"])

    @property
    def time_unit(self) -> str | None:
        """Unit of the column ``time``: ``ns``, ``us`` or None for ``order``."""
        return self._dataset.attrs.get("time_unit")

    @property
    def seconds(self) -> NDArray[np.float64]:
        """Times in seconds since the first event (row numbers for ``order``), shape (n,)."""
        times = self["time"]
        if self.time_unit is None or not len(self):
            return times.astype(np.float64)
        return np.asarray((times - times[0]) / PER_SECOND[self.time_unit])

    @property
    def datetimes(self) -> NDArray[np.datetime64]:
        """Times as `numpy.datetime64`, shape (n,); only for ``time_frame = "utc"``."""
        if self.time_frame != "utc":
            raise DataError(
                f"the catalog has time_frame {self.time_frame!r}: no calendar dates are "
                "known; map the column of its times with catalog convert --columns"
            )
        return self["time"].astype(f"datetime64[{self.time_unit}]")

    def texts(self, name: str) -> NDArray[np.object_]:
        """Return a category or text column as Python texts, "" where missing, shape (n,)."""
        values = self[name]
        meanings = self._dataset[name].attrs.get("flag_meanings")
        if meanings is None:
            return np.asarray(values, dtype=object)
        return np.asarray(np.array([*meanings, ""], dtype=object)[values])

    def format_times(self, rows: Any = slice(None)) -> list[Any]:
        """Return times as the command line prints them.

        ISO 8601 UTC with the source's digits (``utc``), seconds since the origin
        (``relative``) or row numbers (``order``).
        """
        times = self["time"][rows]
        if self.time_frame == "order":
            return [int(t) for t in times]
        unit = str(self.time_unit)
        if self.time_frame == "relative":
            return [float(t) for t in times / PER_SECOND[unit]]
        resolution = self._dataset.attrs.get("time_resolution")
        if resolution is None:
            resolution = infer_resolution(self["time"], unit)
        return format_times(times, unit, resolution)

    # -- choosing -----------------------------------------------------------

    def select(self, rows: Any) -> Self:
        """Return the events of a boolean mask, an index array or a slice."""
        indexer = np.asarray(rows) if not isinstance(rows, slice) else rows
        if isinstance(indexer, np.ndarray) and indexer.dtype == bool:
            if indexer.shape != (len(self),):
                raise InputError(f"mask of shape {indexer.shape}, expected ({len(self)},)")
            indexer = np.flatnonzero(indexer)
        try:
            return type(self)(self._dataset.isel(event=indexer))
        except IndexError as error:
            raise InputError(f"rows {rows!r} of a catalog of {len(self)} events: {error}") from None

    def sorted_by_time(self) -> Self:
        """Return the catalog in time order; equal times keep their order."""
        times = self["time"]
        if times.size < 2 or bool(np.all(times[1:] >= times[:-1])):
            return self
        return self.select(np.argsort(times, kind="stable"))

    def between(self, start: str | None, end: str | None) -> Self:
        """Return the events from `start` up to, not including, `end`.

        Parameters
        ----------
        start, end : str or None
            ISO 8601 times for ``utc``, seconds for ``relative``, rows for ``order``.
        """
        times = self["time"]
        mask = np.ones(len(self), dtype=bool)
        if start is not None:
            mask &= times >= self.parse_time(start)
        if end is not None:
            mask &= times < self.parse_time(end)
        return self.select(mask)

    def parse_time(self, text: str) -> int:
        """Convert a text to a time in the unit and frame of this catalog."""
        if self.time_frame == "utc":
            return parse_time(text, str(self.time_unit))
        try:
            value = float(text)
            return round(value * PER_SECOND[self.time_unit]) if self.time_unit else round(value)
        except (ValueError, OverflowError):
            raise InputError(
                f"{text!r} is not a finite number; this catalog counts "
                f"{'seconds' if self.time_frame == 'relative' else 'rows'}"
            ) from None

    def with_columns(
        self,
        columns: Mapping[str, ArrayLike],
        *,
        categories: Mapping[str, Sequence[str]] | None = None,
        **attributes: Any,
    ) -> Self:
        """Return a catalog with columns added or replaced, and attributes changed."""
        variables = {k: _variable(k, v, (categories or {}).get(k)) for k, v in columns.items()}
        for name, variable in variables.items():
            if variable.size != len(self):
                raise InputError(
                    f"column {name!r} has {variable.size} rows, the catalog has {len(self)}"
                )
        dataset = self._dataset.assign(variables)
        merged = {**dataset.attrs, **attributes}
        dataset.attrs = {k: v for k, v in merged.items() if v is not None}
        return type(self)(dataset)

    # -- the edges ----------------------------------------------------------

    def to_arrow(self) -> pa.Table:
        """Return a `pyarrow.Table`, attributes as JSON under the metadata key ``asperity``."""
        import pyarrow as pa

        arrays = {}
        for name in self.columns:
            values = self[name]
            meanings = self._dataset[name].attrs.get("flag_meanings")
            if meanings is not None:
                codes = pa.array(values, mask=values < 0)
                arrays[name] = pa.DictionaryArray.from_arrays(
                    codes, pa.array(meanings, pa.string())
                )
            elif values.dtype == STRING:
                arrays[name] = pa.array(values).cast(pa.string())
            else:
                arrays[name] = pa.array(values)
        metadata = {METADATA_KEY: json.dumps(self.attributes)}
        return pa.table(arrays).replace_schema_metadata(metadata)

    def to_pandas(self) -> pd.DataFrame:
        """Return a `pandas.DataFrame`: UTC times as datetimes, categories as such."""
        import pandas as pd

        data: dict[str, Any] = {}
        for name in self.columns:
            values = self[name]
            meanings = self._dataset[name].attrs.get("flag_meanings")
            if name == "time" and self.time_frame == "utc":
                data[name] = pd.Series(self.datetimes).dt.tz_localize("UTC")
            elif meanings is not None:
                data[name] = pd.Categorical.from_codes(values, list(meanings))
            elif values.dtype == STRING:
                data[name] = values.astype(object)
            else:
                data[name] = values
        return pd.DataFrame(data)


def _frame_of(columns: Mapping[str, Any]) -> str:
    if all(c in columns for c in ("latitude", "longitude")):
        return "geographic"
    return "local" if all(c in columns for c in ("x", "y", "z")) else "none"


def _variable(name: str, values: Any, meanings: Sequence[str] | None) -> xr.Variable:
    column = column_of(name)
    if column is None:
        raise InputError(
            f"column name {name!r} is not allowed; use lower-case letters, digits and underscores"
        )
    attrs: dict[str, Any] = {"units": column.unit} if column.unit else {}
    array = np.atleast_1d(values if isinstance(values, np.ndarray) else np.asarray(values))
    if name not in COLUMNS and meanings is None:
        if array.dtype.kind in "OUST":
            return xr.Variable(("event",), _as_strings(array))
        return xr.Variable(("event",), _frozen(array, array.dtype))
    if meanings is not None or column.kind == "category":
        codes, names = (array, list(meanings)) if meanings is not None else _encode(name, array)
        return xr.Variable(("event",), _smallest(codes, len(names)), {"flag_meanings": names})
    if column.kind == "string":
        return xr.Variable(("event",), _as_strings(array), attrs)
    try:
        if column.kind == "int64":
            if array.dtype.kind == "f" and not np.all(array == np.floor(array)):
                raise InputError(f"column {name!r} holds integers; found fractions or NaN")
            return xr.Variable(("event",), _frozen(array, np.int64), attrs)
        return xr.Variable(("event",), _frozen(array, np.float64), attrs)
    except (TypeError, ValueError) as error:
        raise InputError(f"column {name!r} needs {column.kind} values: {error}") from None


def _as_strings(array: NDArray[Any]) -> NDArray[Any]:
    """Return texts, empty where one is missing (None, NaN or a missing value of pandas)."""
    if array.dtype.kind == "O":
        import pandas as pd

        array = np.where(np.asarray(pd.isna(array), dtype=bool), "", array)
    return _frozen(array, STRING)


def _encode(name: str, array: NDArray[Any]) -> tuple[NDArray[Any], list[str]]:
    """Turn texts into codes in the order of their first appearance."""
    if array.dtype.kind in "iu":
        if array.size and array.max(initial=-1) >= 0:
            raise InputError(f"column {name!r} holds codes but no meanings were given")
        return array, []
    import pyarrow as pa

    texts = pa.array([t or None for t in _as_strings(array).tolist()], pa.string())
    encoded = texts.dictionary_encode()
    return encoded.indices.fill_null(-1).to_numpy(
        zero_copy_only=False
    ), encoded.dictionary.to_pylist()


def _smallest(codes: NDArray[Any], n: int) -> NDArray[Any]:
    """Return codes as int8, or the next integer type that can number n categories."""
    dtype = np.int8 if n <= 127 else np.int16 if n <= 32_767 else np.int32
    if codes.size and (codes.min() < -1 or codes.max() >= max(n, 0)):
        raise InputError(f"category code {codes.max()} has no meaning; there are {n}")
    return _frozen(codes, dtype)


def _frozen(array: NDArray[Any], dtype: Any) -> NDArray[Any]:
    """Return an array that nobody can change: a copy, unless it is read-only already."""
    frozen = array.astype(dtype, copy=array.flags.writeable)
    frozen.flags.writeable = False
    return frozen


def _check_dataset(dataset: xr.Dataset) -> None:
    problems = check_attributes(dataset.attrs)
    if problems:
        raise InputError("not a catalog: " + "; ".join(problems))
    attributes = Attributes.model_validate(dataset.attrs)
    needed = ("event_id", "time", "magnitude", "magnitude_type", *frame_columns(attributes.frame))
    missing = [c for c in needed if c not in dataset]
    if missing:
        raise InputError(
            f"not a catalog: column {missing[0]!r} is missing (frame {attributes.frame}); "
            f"found {', '.join(map(str, dataset.data_vars))}"
        )
    for name, variable in dataset.variables.items():
        if variable.dims != ("event",):
            raise InputError(f"column {name!r} has dimensions {variable.dims}, expected ('event',)")
        column = COLUMNS.get(str(name))
        if column is None:
            continue
        kinds = {"string": "T", "int64": "i", "float64": "f", "category": "i"}
        if variable.dtype.kind != kinds[column.kind]:
            raise InputError(f"column {name!r} has type {variable.dtype}, expected {column.kind}")
