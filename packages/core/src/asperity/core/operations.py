"""What an operator did beside the earthquakes: injection, loading.

The table travels beside its catalog as ``<name>.operations.parquet``.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.files import atomic_path

__all__ = ["OPERATION_COLUMNS", "Operations", "operations_path", "read_operations"]

OPERATION_COLUMNS = {"rate": "m3/s", "volume": "m3", "pressure": "Pa"}
"""Columns of the operations table beside ``time``, with their units."""


_BARREL = 0.158987294928  # m3: 42 US gallons
_UNITS = {
    "rate": {
        "m3/s": 1.0, "m3/min": 1.0 / 60.0, "m3/h": 1.0 / 3600.0, "m3/d": 1.0 / 86400.0,
        "l/s": 1e-3, "l/min": 1e-3 / 60.0, "bbl/min": _BARREL / 60.0, "bbl/d": _BARREL / 86400.0,
    },
    "volume": {"m3": 1.0, "l": 1e-3, "bbl": _BARREL},
    "pressure": {"Pa": 1.0, "kPa": 1e3, "MPa": 1e6, "bar": 1e5, "psi": 6894.757293168},
}  # fmt: skip

# What damaged and foreign files raise; Arrow's own errors are among these.
_NOT_OURS = (OSError, LookupError, AttributeError, TypeError, ValueError)


@dataclass(frozen=True, eq=False)
class Operations:
    """Injection or loading in time.

    Parameters
    ----------
    time : ndarray of int64, shape (n,)
        Times in `time_unit` since the origin of the catalog's time frame, ascending.
    columns : mapping of str to ndarray of float64, shape (n,)
        Any of ``rate`` (m3/s), ``volume`` (m3, cumulative since the first row) and
        ``pressure`` (Pa).
    time_unit : {"ns", "us"}
    time_frame : {"utc", "relative"}
    attributes : mapping
        Whatever else the source says, such as ``volume_unit``.
    """

    time: NDArray[np.int64]
    columns: Mapping[str, NDArray[np.float64]]
    time_unit: str = "ns"
    time_frame: str = "utc"
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.time_unit not in ("ns", "us") or self.time_frame not in ("utc", "relative"):
            raise InputError(
                f"operations with time_unit {self.time_unit!r}, time_frame {self.time_frame!r}; "
                "allowed are ns or us, utc or relative"
            )
        if self.time.size and np.any(np.diff(self.time) < 0):
            row = int(np.flatnonzero(np.diff(self.time) < 0)[0]) + 1
            raise InputError(f"operations, row {row}: earlier than the row before; sort by time")
        for name, values in self.columns.items():
            if name not in OPERATION_COLUMNS:
                raise InputError(
                    f"operations column {name!r}; allowed are {', '.join(OPERATION_COLUMNS)}"
                )
            if values.shape != self.time.shape:
                raise InputError(
                    f"operations column {name!r} has {values.size} rows, time has {self.time.size}"
                )

    def __len__(self) -> int:
        return self.time.size

    def write(self, path: Path) -> None:
        """Write the table as Parquet, atomically."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        meta = {
            "schema_version": 1,
            "table": "operations",
            "time_unit": self.time_unit,
            "time_frame": self.time_frame,
            **self.attributes,
        }
        table = pa.table({"time": self.time, **self.columns})
        table = table.replace_schema_metadata({"asperity": json.dumps(meta)})
        with atomic_path(path) as temporary:
            pq.write_table(table, temporary, compression="zstd")

    @classmethod
    def read(cls, path: Path) -> Operations:
        """Read a table that `write` wrote.

        Raises
        ------
        InputError
            If the file is no such table.
        """
        import pyarrow.parquet as pq

        try:
            table = pq.read_table(path)
            meta = json.loads((table.schema.metadata or {})[b"asperity"])
            if meta.pop("table") != "operations":
                raise KeyError("table")
            meta.pop("schema_version")
            time_unit, time_frame = str(meta.pop("time_unit")), str(meta.pop("time_frame"))
            time = np.asarray(table["time"], dtype=np.int64)
            columns = {n: np.asarray(table[n], float) for n in table.column_names if n != "time"}
        except FileNotFoundError:
            raise InputError(f"{path}: no such file; check the name") from None
        except _NOT_OURS as error:
            raise InputError(f"{path}: not an operations table ({error})") from None
        return cls(time, columns, time_unit, time_frame, meta)


def read_operations(path: Path) -> Operations:
    r"""Read an operations table: Parquet as `Operations.write` makes it, or a plain table.

    Parameters
    ----------
    path : Path
        ``.parquet``, or text with a header ``time`` (or ``date``) and any of ``rate`` (m3/s),
        ``volume`` (m3, cumulative) and ``pressure`` (Pa), separated by commas, semicolons or
        tabs. A unit in the name is converted: ``rate (bbl/day)``, ``rate_m3_per_min``,
        ``volume_bbl``, ``pressure_MPa``. Times are ISO 8601, or seconds since the origin.

    Raises
    ------
    InputError
        If the file is no such table; the message names line and column.

    Examples
    --------
    >>> import tempfile
    >>> plan = Path(tempfile.mkdtemp()) / "plan.csv"
    >>> _ = plan.write_text("time,rate\n2030-01-01,0.02\n2030-02-01,0\n")
    >>> read_operations(plan).columns["rate"].tolist()
    [0.02, 0.0]
    """
    if path.suffix in (".parquet", ".pq"):
        return Operations.read(path)
    import csv

    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            text = stream.read()
            first = next((line for line in text.splitlines() if line.strip()), "")
            mark = max(",;\t", key=first.count)
            rows = [
                r for r in csv.reader(io.StringIO(text), delimiter=mark) if any(map(str.strip, r))
            ]
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the name") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not an operations table ({error})") from None
    found = [name.strip() for name in rows[0]] if rows else []
    known = [_column(name) for name in found]
    head = [name for name, _ in known]
    if "time" not in head or not {*head} - {"time"} or {*head} - {"time", *OPERATION_COLUMNS}:
        # A quoted name may hold line breaks.
        shown = ", ".join(repr(name[:40])[1:-1] for name in found[:12])
        raise InputError(
            f"{path}: the first line must name time and any of {', '.join(OPERATION_COLUMNS)} "
            "(m3/s, m3 in all so far, Pa, or a unit in the name such as 'rate (bbl/day)', one of "
            f"{', '.join(u for units in _UNITS.values() for u in units)}); found "
            f"{shown or 'nothing'}"
        )
    if len({*head}) < len(head):
        raise InputError(f"{path}: two columns for one quantity; found {', '.join(found)}")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(head):
            raise InputError(f"{path}, row {number}: {len(row)} fields, the header has {len(head)}")
    fields = {name: [row[i].strip() for row in rows[1:]] for i, name in enumerate(head)}
    time, unit, frame = _times(fields.pop("time"), path)
    factors = dict(known)
    with np.errstate(over="ignore"):
        columns = {n: _numbers(values, n, path) * factors[n] for n, values in fields.items()}
    total = columns.get("volume", np.zeros(0))
    total = total[np.isfinite(total)]
    if np.any(total[1:] < total[:-1]):
        raise InputError(
            f"{path}: the column volume falls, but it holds all that was injected so far; volumes "
            "of single days are a rate: name the column 'rate (m3/day)'"
        )
    return Operations(time, columns, unit, frame)


def _column(name: str) -> tuple[str, float]:
    """Return the column that a heading names, and the factor to its unit.

    Examples
    --------
    >>> _column("Volume_bbl"), _column("rate (m3/h)")[0], _column("WHP")
    (('volume', 0.158987294928), 'rate', ('WHP', 1.0))
    """
    match = re.fullmatch(r"([a-z]+)(?:[\s_]*[\s_(\[]([^)\]]+)[)\]]?)?", name.lower())
    if match is None:
        return name, 1.0
    base = {"date": "time", "datetime": "time"}.get(match[1], match[1])
    if base not in ("time", *_UNITS):
        return name, 1.0
    if match[2] is None or base == "time":
        return base, 1.0
    unit = re.sub(r"_per_| per |_", "/", match[2].strip()).replace("^", "").replace("\u00b3", "3")
    for spelling, plain in (("minute", "min"), ("hour", "h"), ("day", "d"), ("sec", "s")):
        unit = re.sub(rf"/{spelling}s?$", f"/{plain}", unit)
    factors = {u.lower(): factor for u, factor in _UNITS.get(base, {}).items()}
    return (base, factors[unit]) if unit in factors else (name, 1.0)


def _numbers(texts: list[str], name: str, path: Path) -> NDArray[np.float64]:
    values = np.empty(len(texts))
    for i, text in enumerate(texts):
        try:
            values[i] = float(text) if text else np.nan
        except ValueError:
            raise InputError(
                f"{path}, row {i + 2}, column {name!r}: found {text!r}, expected a number"
            ) from None
    return values


def _times(texts: list[str], path: Path) -> tuple[NDArray[np.int64], str, str]:
    """Return times, their unit and their frame."""
    from asperity.core.times import PER_SECOND, parse_times

    try:
        seconds = np.array([float(text) for text in texts])
        if np.isfinite(seconds).all() and (np.abs(seconds) < 9e9).all():
            return np.round(seconds * PER_SECOND["ns"]).astype(np.int64), "ns", "relative"
    except ValueError:
        pass
    times, unit, valid = parse_times([text.removesuffix("Z") for text in texts])
    if not valid.all():
        row = int(np.flatnonzero(~valid)[0])
        raise InputError(
            f"{path}, row {row + 2}, column 'time': found {texts[row]!r}, expected a time such as "
            "2030-08-26T07:30:47Z"
        )
    return times, unit, "utc"


def operations_path(catalog_path: Path) -> Path:
    """Return where the operations of a catalog file lie.

    Examples
    --------
    >>> operations_path(Path("field.parquet")).name
    'field.operations.parquet'
    """
    return catalog_path.with_name(f"{catalog_path.stem}.operations.parquet")
