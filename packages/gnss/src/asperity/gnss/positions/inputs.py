"""Files of positions and places as commands name them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path

from asperity.core.errors import InputError
from asperity.gnss.positions.series import PositionSeries
from asperity.gnss.velocities.formats.table import TextFile

__all__ = ["expand", "read_places", "with_places"]

_ALIASES = {"longitude": "lon", "latitude": "lat", "name": "site", "station": "site"}


def expand(files: Iterable[str]) -> list[str]:
    """Return the files, a pattern such as ``data:nepal-*`` as the data sets that it names.

    Raises
    ------
    InputError
        If a pattern names none, or a file stands twice.

    Examples
    --------
    >>> expand(["data:p156-*", "mine.pos"])
    ['data:p156-pbo', 'mine.pos']
    """
    from asperity.core.datasets import datasets

    found: list[str] = []
    for name in files:
        if name.startswith("data:") and any(c in name for c in "*?["):
            fitting = [f"data:{n}" for n in datasets() if fnmatch(n, name.removeprefix("data:"))]
            if not fitting:
                raise InputError(
                    f"{name}: no registered data set fits; asperity data list shows all"
                )
            found += fitting
        else:
            found.append(name)
    twice = next((name for name in found if found.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{twice} is named twice; leave one out")
    return found


def read_places(path: Path | str) -> dict[str, dict[str, float]]:
    """Read where stations stand: a table with the columns ``site,lon,lat`` and maybe ``height``.

    Returns
    -------
    dict of str to dict
        Name in capitals -> ``longitude``, ``latitude`` (degrees), ``height`` (m).

    Raises
    ------
    InputError
        If a column is missing or a row holds no place; the message names the line.
    """
    text = TextFile.open(path)
    rows = [(n, line) for n, line in text.lines if not line.lstrip().startswith("#")]
    header = [name.strip().lower() for name in next(csv.reader([rows[0][1]]))] if rows else []
    names = [_ALIASES.get(name, name) for name in header]
    missing = [name for name in ("site", "lon", "lat") if name not in names]
    if missing:
        raise InputError(
            f"{text.name}: the header lacks {', '.join(missing)}; name the columns "
            "site,lon,lat,height"
        )
    places = {}
    for number, line in rows[1:]:
        row = dict(zip(names, next(csv.reader([line])), strict=False))
        try:
            place = {"longitude": float(row["lon"]), "latitude": float(row["lat"])}
            if row.get("height", "").strip():
                place["height"] = float(row["height"])
        except (KeyError, ValueError):
            raise InputError(
                f"{text.name}, line {number}: found {line.strip()[:60]!r}, expected a name and "
                "degrees"
            ) from None
        places[row["site"].strip().upper()] = place
    return places


def with_places(
    series: Iterable[PositionSeries], places: Mapping[str, Mapping[str, float]]
) -> list[PositionSeries]:
    """Return the stations, those that a table names at its places."""
    return [
        one.with_attributes(**places[one.site.upper()]) if one.site.upper() in places else one
        for one in series
    ]
