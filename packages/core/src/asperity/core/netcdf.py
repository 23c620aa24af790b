"""NetCDF-4 files that are written whole, and that are refused when they are damaged.

The HDF5 library checks neither its texts nor all of its metadata, and can run for
ever on a damaged file: so a file may end with a checksum of its bytes, the seal. HDF5
passes over what follows its own end, and cuts it off when the file is edited. On a
full disk the library crashes while it closes a file, so it writes into memory here.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["check_seal", "seal", "write_netcdf"]

_SEAL = b"\nASPERITY-CRC32 %08x\n"
_LENGTH = len(_SEAL % 0)
_PIECE = 1 << 22


def write_netcdf(
    dataset: xr.Dataset,
    path: Path,
    *,
    encoding: Any = None,
    sealed: bool = False,
) -> None:
    """Write a data set as netCDF-4.

    Parameters
    ----------
    dataset : xarray.Dataset
    path : Path
    encoding : mapping, optional
        By variable, as xarray takes it.
    sealed : bool
        End the file with a checksum; see `check_seal`.

    Raises
    ------
    OSError
        If the file cannot be written, on a full disk for instance.
    """
    with _without_cluster():
        content = dataset.to_netcdf(None, engine="h5netcdf", encoding=encoding)
    path.write_bytes(content)
    if sealed:
        seal(path)


@contextmanager
def _without_cluster() -> Iterator[None]:
    """Keep xarray from asking a Dask cluster for a lock: on a file in memory it fails there."""
    dask = sys.modules.get("dask")
    if dask is None:
        yield
    else:
        with dask.config.set(scheduler="threads"):
            yield


def seal(path: Path) -> None:
    """Write the checksum of a file's bytes behind them.

    Parameters
    ----------
    path : Path
    """
    size = path.stat().st_size
    with path.open("r+b") as stream:
        line = _line(stream, size)
        stream.seek(size)
        stream.write(line)


def check_seal(path: Path, *, required: bool = False) -> None:
    """Refuse a file whose checksum is wrong.

    Parameters
    ----------
    path : Path
    required : bool
        Refuse a file without a seal, too; a file of another writer has none.

    Raises
    ------
    ValueError
        If the bytes are not those that were written.
    """
    size = path.stat().st_size - _LENGTH
    found = b""
    if size >= 0:
        with path.open("rb") as stream:
            stream.seek(size)
            found = stream.read()
            if found.startswith(_SEAL[:16]):
                if found != _line(stream, size):
                    raise ValueError("the checksum at its end does not match its bytes")
                return
    if required:
        raise ValueError("it does not end with a checksum, so that its end is missing")


def _line(stream: BinaryIO, size: int) -> bytes:
    """Return the line that ends a file whose content has `size` bytes."""
    stream.seek(0)
    checksum = 0
    for begin in range(0, size, _PIECE):
        checksum = zlib.crc32(stream.read(min(_PIECE, size - begin)), checksum)
    return _SEAL % checksum
