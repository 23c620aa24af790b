"""What an operator did beside the earthquakes: injection, loading.

The table travels beside its catalog as ``<name>.operations.parquet``.
"""

from __future__ import annotations

import json
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
        ``.parquet``, or text with a header ``time`` and any of ``rate`` (m3/s), ``volume``
        (m3, cumulative) and ``pressure`` (Pa), separated by commas. Times are ISO 8601, or
        seconds since the origin.

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
            rows = [row for row in csv.reader(stream) if any(field.strip() for field in row)]
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the name") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not an operations table ({error})") from None
    head = [name.strip() for name in rows[0]] if rows else []
    if "time" not in head or not {*head} - {"time"} or {*head} - {"time", *OPERATION_COLUMNS}:
        # A quoted name may hold line breaks.
        found = ", ".join(repr(name[:40])[1:-1] for name in head[:12])
        raise InputError(
            f"{path}: the first line must name time and any of {', '.join(OPERATION_COLUMNS)} "
            f"(m3/s, m3, Pa); found {found or 'nothing'}"
        )
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(head):
            raise InputError(f"{path}, row {number}: {len(row)} fields, the header has {len(head)}")
    fields = {name: [row[i].strip() for row in rows[1:]] for i, name in enumerate(head)}
    time, unit, frame = _times(fields.pop("time"), path)
    columns = {name: _numbers(values, name, path) for name, values in fields.items()}
    return Operations(time, columns, unit, frame)


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
