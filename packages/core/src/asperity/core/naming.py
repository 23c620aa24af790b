"""What figures and results call a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["distinct", "name_of"]


def name_of(file: str, attributes: Mapping[str, Any] | None = None) -> str:
    """Return what a figure calls a file: the data set, the simulation, or the file's own name.

    Parameters
    ----------
    file : str
        Path, or ``data:NAME``.
    attributes : mapping, optional
        Of the catalog in it; all simulations call their catalogs alike, and say which
        they are under ``simulation``.

    Examples
    --------
    >>> name_of("data:pnr2"), name_of("wells/north.csv")
    ('pnr2', 'north')
    >>> name_of("smoke/events.parquet", {"simulation": "smoke"})
    'smoke'
    """
    if file.startswith("data:"):
        return file.removeprefix("data:")
    return str((attributes or {}).get("simulation") or Path(file).stem)


def distinct(names: Sequence[str]) -> list[str]:
    """Return names, those that repeat with a number.

    Examples
    --------
    >>> distinct(["events", "pnr2", "events"])
    ['events (1)', 'pnr2', 'events (2)']
    """
    return [
        f"{name} ({names[: i + 1].count(name)})" if names.count(name) > 1 else name
        for i, name in enumerate(names)
    ]
