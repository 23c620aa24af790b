"""Export as netCDF-4, CF discrete sampling geometry ``featureType = "point"``."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from asperity.core.catalog import STRING, Catalog
from asperity.core.errors import InputError
from asperity.core.formats.parquet import check_stored, parse_attributes
from asperity.core.formats.source import Source
from asperity.core.formats.table import ReadOptions, ReadResult
from asperity.core.schema import column_of

NAME = "netcdf"
SUFFIXES = (".nc", ".nc4")
_UNITS = {"ns": "nanoseconds", "us": "microseconds"}
# A compressed file may hold more than its size; one that claims more than this is damaged.
_LARGEST_GAIN = 2_000
_SEAL = b"\nASPERITY-CRC32 %08x\n"
_SEAL_LENGTH = len(_SEAL % 0)
_PIECE = 1 << 22
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
    source = catalog.dataset
    for name in catalog.columns:
        values = catalog[name]
        attrs: dict[str, Any] = {}
        column = column_of(name)
        if column is not None and name != "time":
            attrs = {"long_name": column.description} | (
                {"units": column.unit} if column.unit else {}
            )
        meanings = source[name].attrs.get("flag_meanings")
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
    # A checksum for each chunk: a flipped bit is an error then, not another magnitude.
    encoding: dict[str, dict[str, Any]] = {
        n: {"fletcher32": True} for n, v in variables.items() if v.dtype.kind in "if" and v.size
    }
    for name, variable in variables.items():
        if variable.dtype.kind == "f":
            encoding.setdefault(name, {})["_FillValue"] = None
    dataset.to_netcdf(path, engine="h5netcdf", encoding=encoding)
    size = path.stat().st_size
    with path.open("r+b") as stream:
        seal = _seal(stream, size)
        stream.seek(size)
        stream.write(seal)


def _seal(stream: BinaryIO, size: int) -> bytes:
    """Return the line that ends a file: a checksum of the `size` bytes before it.

    The HDF5 library checks neither its texts nor all of its metadata, and can
    run for ever on a damaged file, so the whole file is checked before. HDF5
    passes over what follows its own end, and cuts it off when the file is edited.
    """
    stream.seek(0)
    checksum = 0
    for begin in range(0, size, _PIECE):
        checksum = zlib.crc32(stream.read(min(_PIECE, size - begin)), checksum)
    return _SEAL % checksum


def _check_seal(path: Path) -> None:
    """Refuse a file whose checksum is wrong; a file of another writer has none.

    Raises
    ------
    ValueError
        If the bytes are not those that were written.
    """
    size = path.stat().st_size - _SEAL_LENGTH
    if size < 0:
        return
    with path.open("rb") as stream:
        stream.seek(size)
        found = stream.read()
        if found.startswith(_SEAL[:16]) and found != _seal(stream, size):
            raise ValueError("the checksum at its end does not match its bytes")


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
    import h5py  # type: ignore[import-untyped]

    _check_seal(path)
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
    check_stored(catalog, source.name)
    result = ReadResult(catalog, None, np.arange(len(catalog)), format=NAME)
    return result.within(options.start, options.end)
