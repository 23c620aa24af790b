"""What figures and results call a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["distinct", "name_of", "no_such_file"]


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


def no_such_file(path: Path) -> str:
    """Return the message for a file that is not there, with what may have been meant.

    Examples
    --------
    >>> no_such_file(Path("pnr2"))
    'pnr2: no such file; did you mean data:pnr2?'
    """
    from difflib import get_close_matches

    from asperity.core.completion import data_names

    if str(path) in data_names():
        return f"{path}: no such file; did you mean data:{path}?"
    folder = path.parent
    if not folder.is_dir():
        return f"{path}: no such file, and no folder {folder}; check the name"
    near = get_close_matches(path.name, sorted(p.name for p in folder.iterdir()), n=1, cutoff=0.7)
    hint = f"did you mean {folder / near[0]}?" if near else "check the name"
    return f"{path}: no such file; {hint}"


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
