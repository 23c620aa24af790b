"""Join catalogs and recognise the events that stand in more than one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.catalog import STRING, Catalog
from asperity.core.errors import DataError
from asperity.core.schema import COLUMNS
from asperity.core.times import PER_SECOND

__all__ = ["merge"]


def merge(
    catalogs: Sequence[Catalog], *, window: float = 0.0, distance: float = 0.0
) -> tuple[Catalog, int]:
    """Join catalogs in time order, keeping the first of rows that are one event.

    Parameters
    ----------
    catalogs : sequence of Catalog
        All of one frame and one time frame. The earlier one leads.
    window : float, optional
        Rows of different catalogs within so many seconds, and `distance`, are one event.
    distance : float, optional
        Metres; straight-line distance between hypocentres, epicentres where a depth is missing.

    Returns
    -------
    catalog : Catalog
    dropped : int
        Rows that were recognised as events already there.

    Raises
    ------
    DataError
        If there are none, or they differ in frame, time frame or axes.
    """
    if not catalogs:
        raise DataError("there are no catalogs to merge; give at least one")
    first = catalogs[0]
    for other in catalogs[1:]:
        for key in ("frame", "time_frame", "time_origin", "axes", "anchor"):
            a, b = first.attributes.get(key), other.attributes.get(key)
            if a != b:
                raise DataError(f"the catalogs differ in {key}: {a!r} and {b!r}; convert one first")
    joined = first
    dropped = 0
    for other in catalogs[1:]:
        same = np.isin(other["event_id"].astype(object), joined["event_id"].astype(object))
        # Ids that were made from row numbers say nothing about the event.
        if _made_ids(joined) or _made_ids(other):
            same[:] = False
        if window > 0.0:
            same |= _near(joined, other, window, distance)
        dropped += int(same.sum())
        joined = _concatenate(joined, other.select(~same))
    return joined.sorted_by_time(), dropped


def _made_ids(catalog: Catalog) -> bool:
    ids = catalog["event_id"].astype(object)
    return bool(ids.size) and all(str(i).isdecimal() and int(i) < ids.size for i in ids[:100])


def _near(a: Catalog, b: Catalog, window: float, distance: float) -> NDArray[np.bool_]:
    """Return which rows of `b` lie within the window and distance of a row of `a`."""
    if a.time_unit is None:
        raise DataError("--window needs times; these catalogs hold none: leave --window out")
    from scipy.spatial import cKDTree

    if not len(a) or not len(b):
        return np.zeros(len(b), dtype=bool)
    micro = [c["time"] // (PER_SECOND[str(c.time_unit)] // 1_000_000) for c in (a, b)]
    times = [(m - micro[0][0]) * 1e-6 for m in micro]
    # Time scaled to metres makes one search of both conditions.
    scale = (distance or 1.0) / window
    places = [_places(c) if distance else np.zeros((len(c), 0)) for c in (a, b)]
    tree = cKDTree(np.column_stack([times[0] * scale, places[0]]))
    limit = (distance or 1.0) * np.sqrt(2.0)
    near = tree.query_ball_point(np.column_stack([times[1] * scale, places[1]]), limit)
    found = np.zeros(len(b), dtype=bool)
    for row, candidates in enumerate(near):
        c = np.asarray(candidates, dtype=np.int64)
        if c.size:
            close = np.abs(times[0][c] - times[1][row]) <= window
            if distance:
                close &= np.linalg.norm(places[0][c] - places[1][row], axis=1) <= distance
            found[row] = bool(close.any())
    return found


def _places(catalog: Catalog) -> NDArray[np.float64]:
    if catalog.frame == "geographic":
        from asperity.core.geometry import geographic_to_ecef

        depth = np.nan_to_num(catalog["depth"])
        return np.asarray(
            np.column_stack(geographic_to_ecef(catalog["latitude"], catalog["longitude"], depth))
        )
    if catalog.frame == "local":
        return np.column_stack([catalog["x"], catalog["y"], catalog["z"]])
    raise DataError("--distance needs coordinates; these catalogs have none: leave --distance out")


def _concatenate(a: Catalog, b: Catalog) -> Catalog:
    import pandas as pd

    unit = "us" if "us" in (a.time_unit, b.time_unit) else a.time_unit
    joined = pd.concat([_frame(a, unit), _frame(b, unit)], ignore_index=True)
    if joined["event_id"].duplicated().any():
        joined["event_id"] = joined.index.astype(str)
    columns = {}
    for name in joined.columns:
        values = joined[name]
        kind = COLUMNS[name].kind if name in COLUMNS else None
        if kind == "int64":
            values = values.fillna(-1)
        elif kind in ("string", "category") or values.dtype == object:
            values = values.fillna("").astype(object)
        columns[name] = values.to_numpy()
    attributes = {**a.attributes, "time_unit": unit}
    attributes.pop("provenance", None)
    return Catalog.from_columns(columns, sort=False, **attributes)


def _frame(catalog: Catalog, unit: str | None) -> Any:
    import pandas as pd

    columns: dict[str, Any] = {}
    for name in catalog.columns:
        values = catalog[name]
        text = values.dtype == STRING or "flag_meanings" in catalog.dataset[name].attrs
        columns[name] = pd.Series(catalog.texts(name), dtype=object) if text else values
    if catalog.time_unit != unit:
        columns["time"] = catalog["time"] // 1000
    return pd.DataFrame(columns)
