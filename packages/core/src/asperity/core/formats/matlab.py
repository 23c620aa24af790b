"""MATLAB structs of the registered induced sequences (Schultz, NLE repository).

Two families: a struct ``S`` with ``cat`` (time, lat, lon, dep, mag) and ``inj``
(time, rate, units); and a struct ``R`` with M, T and monthly volumes IT, IV.
"""

from __future__ import annotations

import io
import zlib
from struct import unpack
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.formats.source import Source
from asperity.core.formats.table import RATE_UNITS, RawTable, ReadOptions
from asperity.core.operations import Operations

NAME = "matlab"
SUFFIXES = (".mat",)

_UNIX_EPOCH = 719_529.0  # datenum of 1970-01-01
# A datenum near 7.4e5 days resolves 2**-33 day, about 10 microseconds; times of these
# catalogs carry milliseconds at best, so anything finer is rounding.
_DATENUM_STEP_US = 1_000
_DATENUM_UNCERTAINTY = 1e-5
# Of the MATLAB 5 format: length of the header, type of a compressed element.
_HEADER = 128
_COMPRESSED = 15
_PIECE = 1 << 20


def sniff(head: bytes, name: str) -> bool:
    """Recognise a MATLAB 5 file by its text header."""
    return head[:10] == b"MATLAB 5.0"


def read(source: Source, options: ReadOptions) -> RawTable:
    """Read the catalog and the injection beside it.

    Raises
    ------
    InputError
        If the file is damaged or holds neither struct.
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    data = source.bytes()
    _check_streams(data, source.name)
    try:
        content = loadmat(
            io.BytesIO(data), squeeze_me=True, struct_as_record=False, mat_dtype=False
        )
    except (MatReadError, ValueError, TypeError, KeyError, OSError, EOFError, IndexError) as error:
        raise InputError(
            f"{source.name}: the MATLAB file is cut off or damaged ({error})"
        ) from None
    except Exception as error:  # scipy's parser raises whatever a damaged stream leads it to
        raise InputError(f"{source.name}: the MATLAB file is damaged ({error})") from None
    if hasattr(content.get("S"), "cat"):
        return _read_s(content["S"], source.name, options)
    if hasattr(content.get("R"), "M"):
        return _read_r(content["R"], source.name)
    # A damaged file may hold any bytes for a name, and many of them.
    names = [ascii(k)[1:-1][:40] for k in content if not k.startswith("__")]
    found = ", ".join(names[:8]) or "nothing"
    raise InputError(
        f"{source.name}: a MATLAB file without the struct S.cat or R of the known sequences; "
        f"found {found}; export a table as CSV instead"
    )


def _check_streams(data: bytes, where: str) -> None:
    """Refuse a file of which a compressed element is cut off or fails its checksum.

    SciPy's parser takes what such an element begins with, and may crash on it.
    """
    order = ">" if data[126:128] == b"MI" else "<"
    start = _HEADER
    while start + 8 <= len(data):
        kind, size = unpack(f"{order}II", data[start : start + 8])
        element = data[start + 8 : start + 8 + size]
        start += 8 + size
        if kind != _COMPRESSED:
            continue
        stream = zlib.decompressobj()
        try:
            while element and not stream.eof:
                stream.decompress(element, _PIECE)
                element = stream.unconsumed_tail
            stream.flush()
        except zlib.error as error:
            raise InputError(f"{where}: the MATLAB file is damaged ({error})") from None
        if not stream.eof:
            raise InputError(f"{where}: the MATLAB file is cut off; fetch it again")


def _numbers(struct: Any, name: str, where: str) -> NDArray[np.float64]:
    if not hasattr(struct, name):
        fields = ", ".join(struct._fieldnames)
        raise InputError(f"{where}: field {name!r} is missing; found {fields}")
    try:
        return np.atleast_1d(np.asarray(getattr(struct, name), dtype=np.float64)).ravel()
    except (TypeError, ValueError):
        raise InputError(f"{where}: field {name!r} does not hold numbers") from None


def _from_datenum(days: NDArray[np.float64], where: str) -> NDArray[np.int64]:
    """Convert MATLAB datenums to nanoseconds since 1970, rounded to the millisecond."""
    if not np.isfinite(days).all():
        row = int(np.flatnonzero(~np.isfinite(days))[0])
        raise InputError(f"{where}: time of row {row} is {days[row]}, expected a datenum")
    since = days - _UNIX_EPOCH
    if since.size and (since.min() < -106_000 or since.max() > 106_000):
        raise InputError(
            f"{where}: times are not datenums (found {days.min():g} to {days.max():g})"
        )
    whole = np.floor(since)
    micro = np.round((since - whole) * 86_400e6 / _DATENUM_STEP_US) * _DATENUM_STEP_US
    return (whole.astype(np.int64) * 86_400_000_000 + micro.astype(np.int64)) * 1000


def _rows(columns: dict[str, NDArray[Any]], where: str) -> None:
    sizes = {name: values.size for name, values in columns.items()}
    if len(set(sizes.values())) > 1:
        raise InputError(f"{where}: fields differ in length: {sizes}")


def _read_s(struct: Any, source: str, options: ReadOptions) -> RawTable:
    where = f"{source}, struct S.cat"
    cat = struct.cat
    columns: dict[str, NDArray[Any]] = {
        "time": _from_datenum(_numbers(cat, "time", where), where),
        "latitude": _numbers(cat, "lat", where),
        "longitude": _numbers(cat, "lon", where),
        "depth": _numbers(cat, "dep", where),
        "magnitude": _numbers(cat, "mag", where),
    }
    if hasattr(cat, "id"):
        columns["event_id"] = np.array([str(i) for i in np.atleast_1d(cat.id)], dtype=object)
    _rows(columns, where)
    n = columns["magnitude"].size
    columns["time_uncertainty"] = np.full(n, _DATENUM_UNCERTAINTY)
    deepest = np.nanmax(np.abs(columns["depth"]), initial=0.0)
    if options.depth_unit is None and deepest > 700.0:
        raise InputError(
            f"{where}: depths reach {deepest:g}, too deep for the kilometres of this family; "
            "pass --depth-unit m"
        )
    return RawTable(
        columns,
        {"depth_unit": "km", "time_unit": "ns"},
        lines=np.arange(1, n + 1),
        operations=_injection(struct, source, options),
    )


def _injection(struct: Any, source: str, options: ReadOptions) -> Operations | None:
    inj = getattr(struct, "inj", None)
    if inj is None or not hasattr(inj, "_fieldnames"):
        return None
    where = f"{source}, struct S.inj"
    time, rate = _numbers(inj, "time", where), _numbers(inj, "rate", where)
    _rows({"time": time, "rate": rate}, where)
    # A text, or an array of single characters.
    said = "".join(np.atleast_1d(getattr(inj, "units", "")).astype(str).ravel().tolist()).strip()
    unit = options.rate_unit or said
    if unit not in RATE_UNITS:
        raise InputError(
            f"{where}: rate unit {unit!r} is not known; pass --rate-unit, "
            f"one of {', '.join(RATE_UNITS)}"
        )
    order = np.argsort(time, kind="stable")
    return Operations(
        _from_datenum(time, where)[order],
        {"rate": rate[order] * RATE_UNITS[unit]},
        attributes={"rate_unit_in_source": said},
    )


def _read_r(struct: Any, source: str) -> RawTable:
    where = f"{source}, struct R"
    columns: dict[str, NDArray[Any]] = {
        "time": _from_datenum(_numbers(struct, "T", where), where),
        "magnitude": _numbers(struct, "M", where),
    }
    _rows(columns, where)
    n = columns["magnitude"].size
    operations = None
    notes = []
    if hasattr(struct, "IT") and hasattr(struct, "IV"):
        months, volume = _numbers(struct, "IT", where), _numbers(struct, "IV", where)
        _rows({"IT": months, "IV": volume}, where)
        operations = Operations(
            _from_datenum(months, where),
            {"volume": np.cumsum(volume)},
            attributes={"volume_unit": "not stated in the source"},
        )
        notes.append("monthly volumes carry no unit in the file; they are summed as they stand")
    return RawTable(
        columns,
        {"time_unit": "ns"},
        lines=np.arange(1, n + 1),
        operations=operations,
        notes=notes,
    )
