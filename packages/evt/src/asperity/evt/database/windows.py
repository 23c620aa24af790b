"""Named windows of a catalog: a TOML file says where and when each sequence lies."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, FiniteFloat, ValidationError

from asperity.core.config import Configuration
from asperity.core.errors import DataError, InputError
from asperity.core.formats import ReadResult
from asperity.core.geometry import Region
from asperity.evt.database.entries import Entry, whole

__all__ = ["Window", "read_windows", "windows_of"]


class Window(Configuration):
    """One sequence: its name, and what part of a catalog it is."""

    name: str = Field(description="name of the sequence", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    region: str | None = Field(None, description="WEST/EAST/SOUTH/NORTH, degrees")
    start: str | None = Field(None, description="first time, as in --start")
    end: str | None = Field(None, description="first time that is no longer inside")
    mc: FiniteFloat | None = Field(None, description="magnitude of completeness")
    group: str | None = Field(None, description="what it is pooled with")


def read_windows(path: Path) -> list[Window]:
    """Read the windows of a file with a table ``[[window]]`` for each.

    Raises
    ------
    InputError
        If the file cannot be read, or a window is wrong; the message names it.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: cannot be read as TOML ({error})") from None
    tables = content.get("window")
    if not isinstance(tables, list) or not tables or set(content) != {"window"}:
        raise InputError(f"{path}: expected tables [[window]] and nothing else")
    windows = []
    for number, table in enumerate(tables, 1):
        try:
            windows.append(Window.model_validate(table))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise InputError(
                f"{path}: window {number}, {where}: {first['msg']}; a window has "
                f"{', '.join(Window.model_fields)}"
            ) from None
    names = [w.name for w in windows]
    if len(set(names)) < len(names):
        again = next(n for n in names if names.count(n) > 1)
        raise InputError(f"{path}: two windows are called {again!r}; give each its own name")
    return windows


def windows_of(
    result: ReadResult, windows: list[Window], mc: float | None, **more: Any
) -> list[Entry]:
    """Cut a catalog into named windows.

    Parameters
    ----------
    result : ReadResult
    windows : list of Window
    mc : float or None
        For windows that name none.
    **more
        ``source`` and ``conversion`` of `Entry`; ``group`` of windows that name none.

    Raises
    ------
    DataError
        If a window holds fewer than two events that reach its Mc.
    """
    entries = []
    for window in windows:
        catalog = result.catalog
        inside = np.ones(len(catalog), dtype=bool)
        box, center = None, None
        if window.region is not None:
            if catalog.frame != "geographic":
                raise DataError(
                    f"window {window.name}: the catalog has no longitude and latitude; leave its "
                    "region out"
                )
            region = Region.parse(window.region)
            inside &= region.contains(catalog["longitude"], catalog["latitude"])
            box = (region.west, region.east, region.south, region.north)
            center = (0.5 * (region.west + region.east), 0.5 * (region.south + region.north))
        times = catalog["time"]
        if window.start is not None:
            inside &= times >= catalog.parse_time(window.start)
        if window.end is not None:
            inside &= times < catalog.parse_time(window.end)
        part = replace(result, catalog=catalog.select(inside), rows=result.rows[inside])
        placed: dict[str, Any] = {} if box is None else {"box": box, "center": center}
        given = {**more, "group": window.group or more.get("group") or ""}
        entries.append(
            whole(
                part, window.name, window.mc if window.mc is not None else mc,
                method="window", **given, **placed,
            )
        )  # fmt: skip
    return entries
