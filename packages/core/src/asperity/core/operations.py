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

__all__ = ["OPERATION_COLUMNS", "Operations", "operations_path"]

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


def operations_path(catalog_path: Path) -> Path:
    """Return where the operations of a catalog file lie.

    Examples
    --------
    >>> operations_path(Path("field.parquet")).name
    'field.operations.parquet'
    """
    return catalog_path.with_name(f"{catalog_path.stem}.operations.parquet")
