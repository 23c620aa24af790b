"""Export as netCDF-4, CF discrete sampling geometry ``featureType = "point"``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import xarray as xr
from numpy.typing import NDArray

from asperity.core.catalog import STRING, Catalog
from asperity.core.errors import InputError
from asperity.core.formats.parquet import parse_attributes
from asperity.core.formats.source import Source
from asperity.core.formats.stored import admit, check_order
from asperity.core.formats.table import ReadOptions, ReadResult
from asperity.core.netcdf import check_seal, write_netcdf
from asperity.core.provenance import command_text
from asperity.core.schema import COLUMNS, Column, column_of, frame_columns

NAME = "netcdf"
SUFFIXES = (".nc", ".nc4")
_UNITS = {"ns": "nanoseconds", "us": "microseconds"}
# A compressed file may hold more than its size; one that claims more than this is damaged.
_LARGEST_GAIN = 2_000
_WORD = re.compile(r"[^A-Za-z0-9_.+@-]+")
"""What CF does not allow in a word of ``flag_meanings``."""
# CF names latitude and longitude by these units, and depth by its name.
_CF: dict[str, dict[str, str]] = {
    "latitude": {"units": "degrees_north", "standard_name": "latitude", "axis": "Y"},
    "longitude": {"units": "degrees_east", "standard_name": "longitude", "axis": "X"},
    "depth": {"standard_name": "depth", "positive": "down", "axis": "Z"},
}
_LOCAL_AXES = {
    "ENU": {"x": {"axis": "X"}, "y": {"axis": "Y"}, "z": {"axis": "Z", "positive": "up"}},
    "NED": {"x": {"axis": "Y"}, "y": {"axis": "X"}, "z": {"axis": "Z", "positive": "down"}},
}


def sniff(head: bytes, name: str) -> bool:
    """Recognise HDF5, but leave MATLAB 7.3 files to their reader."""
    return head[:8] == b"\x89HDF\r\n\x1a\n"


def write(catalog: Catalog, path: Path) -> None:
    """Write the catalog; `load` gives the same catalog back.

    Time and place are coordinates of the other variables (attribute
    ``coordinates``). Times without a calendar are no CF time coordinate: they
    carry a unit of duration, or 1 for row numbers, and no reference date.
    """
    variables: dict[str, xr.Variable] = {}
    for name in catalog.columns:
        values = catalog[name]
        data: Any = values.astype(object) if values.dtype == STRING else values
        variables[name] = xr.Variable(("event",), data, _cf_attributes(catalog, name))
    places = {"time", *frame_columns(catalog.frame)} & variables.keys()
    dataset = xr.Dataset(
        {name: variable for name, variable in variables.items() if name not in places},
        coords={name: variable for name, variable in variables.items() if name in places},
        attrs=_global_attributes(catalog),
    )
    encoding = {name: _encoding(variable) for name, variable in variables.items()}
    write_netcdf(dataset, path, encoding=encoding, sealed=True)


def _global_attributes(catalog: Catalog) -> dict[str, str]:
    attributes = catalog.attributes
    found = {
        "Conventions": "CF-1.11",
        "featureType": "point",
        "title": str(attributes.get("source") or "Earthquake catalog"),
        "asperity": json.dumps(attributes),
    }
    record = attributes.get("provenance") or {}
    if "time" in record and "command_line" in record:
        found["history"] = f"{record['time']}: {command_text(record)}"
    return found


def _cf_attributes(catalog: Catalog, name: str) -> dict[str, Any]:
    """Return what CF says of a column: unit, names, axis, meanings of codes."""
    if name == "time":
        return _time_attributes(catalog)
    column = COLUMNS.get(name) or _magnitude_of_type(name)
    attrs: dict[str, Any] = {"long_name": name.replace("_", " ")}
    if column is not None:
        attrs["long_name"] = column.description
        if column.unit or column.kind == "float64":
            attrs["units"] = column.unit or "1"
    if catalog.frame == "geographic":
        attrs |= _CF.get(name, {})
    elif catalog.frame == "local":
        attrs |= _LOCAL_AXES.get(str(catalog.attributes.get("axes")), {}).get(name, {})
    meanings = catalog.dataset[name].attrs.get("flag_meanings")
    if meanings is not None:
        if meanings:
            attrs["flag_values"] = np.arange(len(meanings), dtype=catalog[name].dtype)
            attrs["flag_meanings"] = " ".join(_WORD.sub("_", m) for m in meanings)
        attrs["asperity_meanings"] = json.dumps(meanings)
    return attrs


def _magnitude_of_type(name: str) -> Column | None:
    return column_of(name) if name.startswith("magnitude_") else None


def _time_attributes(catalog: Catalog) -> dict[str, Any]:
    if catalog.time_frame == "order":
        return {"long_name": "Number of the event, in order of time", "units": "1"}
    unit = _UNITS[str(catalog.time_unit)]
    if catalog.time_frame == "relative":
        origin = catalog.attributes.get("time_origin")
        # As xarray itself writes durations; without dtype it asks its user what they are.
        return {
            "long_name": f"Time since {origin}",
            "units": unit,
            "dtype": f"timedelta64[{catalog.time_unit}]",
        }
    return {
        "long_name": "Origin time, UTC",
        "standard_name": "time",
        "axis": "T",
        "units": f"{unit} since 1970-01-01",
        "calendar": "proleptic_gregorian",
        "units_metadata": "leap_seconds: none",
    }


def _encoding(variable: xr.Variable) -> dict[str, Any]:
    # A checksum for each chunk: a flipped bit is an error then, not another magnitude.
    encoding: dict[str, Any] = (
        {"fletcher32": True} if variable.dtype.kind in "if" and variable.size else {}
    )
    if "asperity_meanings" in variable.attrs:
        encoding["_FillValue"] = variable.dtype.type(-1)
    elif variable.dtype.kind == "f":
        encoding["_FillValue"] = np.nan
    return encoding


def _meanings(text: Any, name: str, source: Source) -> list[str]:
    try:
        meanings = json.loads(text)
    except (TypeError, ValueError):
        meanings = None
    if not isinstance(meanings, list) or not all(isinstance(m, str) for m in meanings):
        raise InputError(f"{source.name}, column {name!r}: its codes have no readable meanings")
    return meanings


@dataclass(frozen=True)
class Variable:
    """A variable of a netCDF file as it is stored, with its attributes."""

    values: NDArray[Any]
    attributes: dict[str, Any]


def read_variables(path: Path) -> tuple[dict[str, Any], dict[str, Variable]]:
    """Return the global attributes and the variables of a netCDF-4 file.

    They are read with the HDF5 library itself, which raises whatever a damaged
    file leads it to; nothing half-open stays behind then.

    Raises
    ------
    ValueError
        If the checksum is wrong, or a variable claims far more room than the file has.
    """
    import h5py

    check_seal(path)
    variables = {}
    with h5py.File(path, "r") as file:
        attributes = dict(file.attrs.items())
        room = _LARGEST_GAIN * path.stat().st_size
        for name, item in file.items():
            if not isinstance(item, h5py.Dataset) or _is_bare_dimension(item):
                continue
            if item.size * item.dtype.itemsize > room:
                raise ValueError(f"variable {name!r} claims {item.size} values")
            text = h5py.check_string_dtype(item.dtype) is not None
            values = np.asarray(item.asstr()[...] if text else item[...])
            variables[name] = Variable(values, dict(item.attrs.items()))
    return attributes, variables


def _is_bare_dimension(item: Any) -> bool:
    """Return whether an HDF5 data set is only the length of a dimension."""
    name = item.attrs.get("NAME", b"")
    text = name.decode() if isinstance(name, bytes) else str(name)
    return text.startswith("This is a netCDF dimension but not a netCDF variable")


def load(source: Source, options: ReadOptions) -> ReadResult:
    """Read a catalog that `write` wrote."""
    if source.path is None:
        raise InputError("netCDF cannot be read from standard input; give the name of a file")
    try:
        stored, variables = read_variables(source.path)
    except Exception as error:  # see `read_variables`
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"{source.name}: the netCDF file is cut off or damaged ({reason}); make it again"
        ) from None
    if "asperity" not in stored:
        raise InputError(f"{source.name}: a netCDF file, but not an Asperity catalog")
    columns: dict[str, Any] = {}
    categories: dict[str, list[str]] = {}
    for name, variable in variables.items():
        if variable.values.ndim != 1:
            raise InputError(f"{source.name}, column {name!r}: not of the dimension 'event' alone")
        columns[name] = variable.values
        if "asperity_meanings" in variable.attributes:
            text = variable.attributes["asperity_meanings"]
            categories[name] = _meanings(text, name, source)
    attributes = parse_attributes(stored["asperity"], source.name)
    catalog = Catalog.from_columns(columns, categories=categories, sort=False, **attributes)
    check_order(catalog["time"], source.name)
    ids = pa.chunked_array([pa.array(catalog["event_id"])]).cast(pa.string())
    catalog, rows, rejections = admit(
        catalog, ids, np.arange(len(catalog)), source.name, options.on_error
    )
    result = ReadResult(catalog, None, rows, rejections, format=NAME)
    return result.within(options.start, options.end)
