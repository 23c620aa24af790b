"""Export as netCDF-4, CF discrete sampling geometry ``featureType = "point"``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from asperity.core.catalog import STRING, Catalog
from asperity.core.errors import InputError
from asperity.core.formats.source import Source
from asperity.core.formats.table import ReadOptions, ReadResult
from asperity.core.schema import column_of

NAME = "netcdf"
SUFFIXES = (".nc", ".nc4")
_UNITS = {"ns": "nanoseconds", "us": "microseconds"}
_STANDARD_NAMES = {
    "time": "time",
    "latitude": "latitude",
    "longitude": "longitude",
    "depth": "depth",
}


def sniff(head: bytes, name: str) -> bool:
    """Recognise HDF5, but leave MATLAB 7.3 files to their reader."""
    return head[:8] == b"\x89HDF\r\n\x1a\n"


def write(catalog: Catalog, path: Path) -> None:
    """Write the catalog; `load` gives the same catalog back."""
    variables: dict[str, xr.Variable] = {}
    for name in catalog.columns:
        values = catalog[name]
        attrs: dict[str, Any] = {}
        column = column_of(name)
        if column is not None and name != "time":
            attrs = {"long_name": column.description} | (
                {"units": column.unit} if column.unit else {}
            )
        meanings = catalog.dataset[name].attrs.get("flag_meanings")
        if meanings is not None:
            attrs["flag_values"] = np.arange(len(meanings), dtype=values.dtype)
            attrs["flag_meanings"] = " ".join(m.replace(" ", "_") for m in meanings)
            attrs["asperity_meanings"] = json.dumps(meanings)
        if name == "time" and catalog.time_frame == "utc":
            attrs["units"] = f"{_UNITS[str(catalog.time_unit)]} since 1970-01-01"
            attrs["calendar"] = "proleptic_gregorian"
        if name == "depth":
            attrs["positive"] = "down"
        if name in _STANDARD_NAMES:
            attrs["standard_name"] = _STANDARD_NAMES[name]
        data: Any = values.astype(object) if values.dtype == STRING else values
        variables[name] = xr.Variable(("event",), data, attrs)
    dataset = xr.Dataset(
        variables,
        attrs={
            "Conventions": "CF-1.11",
            "featureType": "point",
            "asperity": json.dumps(catalog.attributes),
        },
    )
    encoding = {n: {"_FillValue": None} for n, v in variables.items() if v.dtype.kind == "f"}
    dataset.to_netcdf(path, engine="h5netcdf", encoding=encoding)


def load(source: Source, options: ReadOptions) -> ReadResult:
    """Read a catalog that `write` wrote."""
    if source.path is None:
        raise InputError("netCDF cannot be read from standard input; give the name of a file")
    try:
        with xr.open_dataset(source.path, engine="h5netcdf", decode_cf=False) as stored:
            dataset = stored.load()
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{source.name}: not a readable netCDF-4 file ({error})") from None
    if "asperity" not in dataset.attrs:
        raise InputError(f"{source.name}: a netCDF file, but not an Asperity catalog")
    columns: dict[str, Any] = {}
    categories: dict[str, list[str]] = {}
    for name, variable in dataset.variables.items():
        columns[str(name)] = variable.values
        if "asperity_meanings" in variable.attrs:
            categories[str(name)] = json.loads(variable.attrs["asperity_meanings"])
    attributes = json.loads(dataset.attrs["asperity"])
    catalog = Catalog.from_columns(columns, categories=categories, sort=False, **attributes)
    result = ReadResult(catalog, None, np.arange(len(catalog)), format=NAME)
    return result.within(options.start, options.end)
