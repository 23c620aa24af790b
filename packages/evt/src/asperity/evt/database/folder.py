"""The database as a folder: a Parquet file for each sequence, and an index."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from asperity.core.errors import DataError, InputError
from asperity.core.formats import read_catalog
from asperity.evt.database.entries import Entry, whole

__all__ = ["INDEX", "index_text", "read_database"]

INDEX = "index.json"
SCHEMA = "asperity.evt.database/1"
_SKIPPED = (".json", ".jsonl", ".toml", ".md", ".html", ".png", ".svg", ".pdf")


def index_text(entries: Sequence[Entry], **more: Any) -> str:
    """Return the index of a database as JSON.

    Parameters
    ----------
    entries : sequence of Entry
    **more
        What else the index holds, such as how the blocks were found.
    """
    rows = [{**entry.document(), "file": f"{entry.name}.parquet"} for entry in entries]
    return json.dumps({"schema": SCHEMA, **more, "sequences": rows}, indent=1) + "\n"


def read_database(path: Path, mc: float | None = None) -> list[Entry]:
    """Read a folder of sequences, or one file as one sequence.

    Parameters
    ----------
    path : Path
        A folder that `evt sequences` wrote; a folder of catalogs, each of which is one
        sequence; or such a catalog.
    mc : float, optional
        Of catalogs that no index describes; the smallest magnitude of each when missing.

    Returns
    -------
    list of Entry

    Raises
    ------
    InputError
        If the index is damaged.
    DataError
        If there is no sequence.
    """
    if not path.is_dir():
        return [_plain(path, mc)]
    if (path / INDEX).is_file():
        return _indexed(path)
    files = sorted(
        p for p in path.iterdir()
        if p.is_file() and p.suffix.lower() not in _SKIPPED
        and not p.name.startswith(".") and not p.name.endswith(".operations.parquet")
    )  # fmt: skip
    if not files:
        raise DataError(f"{path}: the folder holds no catalog; make one with evt sequences -o")
    return [_plain(file, mc) for file in files]


def _plain(path: Path, mc: float | None) -> Entry:
    return whole(read_catalog(path), path.stem, mc, group="added", source=path.name)


def _indexed(folder: Path) -> list[Entry]:
    path = folder / INDEX
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["schema"] != SCHEMA:
            raise InputError(f"{path}: schema {content['schema']!r}, expected {SCHEMA!r}")
        entries = [_entry(folder, row) for row in content["sequences"]]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{path}: no index of evt sequences ({type(error).__name__}: {error}); make the "
            "database again"
        ) from None
    if not entries:
        raise DataError(f"{path}: the database is empty")
    return entries


def _entry(folder: Path, row: dict[str, Any]) -> Entry:
    result = read_catalog(folder / str(row["file"]))
    return Entry(
        name=str(row["name"]),
        group=str(row["group"]),
        method=row["method"],
        catalog=result.catalog,
        mc=float(row["mc"]),
        mc_source=str(row["mc_source"]),
        source=str(row["source"]),
        center=None if row["center"] is None else tuple(row["center"]),
        box=None if row["box"] is None else tuple(row["box"]),
        conversion=dict(row["conversion"]),
        completeness=dict(row["completeness"]),
        duplicate_of=row["duplicate_of"],
        operations=result.operations,
    )
