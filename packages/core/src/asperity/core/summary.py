"""What a catalog holds, in a few numbers: one look at each event, so that it may come in parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from asperity.core.catalog import Catalog
from asperity.core.formats.text import finest_resolution
from asperity.core.schema import frame_columns
from asperity.core.times import duration_seconds

__all__ = ["summarise", "summary_text"]

_NAMES = {
    "longitude": ("west", "east"),
    "latitude": ("south", "north"),
    "depth": ("depth_min", "depth_max"),
}


def summarise(parts: Iterable[Catalog]) -> dict[str, Any]:
    """Count the events of a catalog and find its span, extents and kinds of magnitude.

    Parameters
    ----------
    parts : iterable of Catalog
        A catalog in time order, in one part or more, as `CatalogParts` yields it.

    Returns
    -------
    dict
        ``events, frame, time_frame, time_resolution, start, end, magnitude_min,
        magnitude_max, magnitude_types, missing_magnitudes, bounds, columns``. All are exact,
        however many parts there are: none rests on a sample.

    Raises
    ------
    ValueError
        If there is no part at all.

    Examples
    --------
    >>> parts = [Catalog.from_columns({"magnitude": m}) for m in ([1.0, 2.0], [float("nan")])]
    >>> found = summarise(parts)
    >>> found["events"], found["magnitude_max"], found["missing_magnitudes"]
    (3, 2.0, 1)
    """
    events, missing = 0, 0
    types: Counter[str] = Counter()
    extents: dict[str, tuple[float, float]] = {}
    ends: list[Catalog] = []
    finest: str | None = None
    part: Catalog | None = None
    for part in parts:
        extents = _widened(extents, part)
        types.update(_counts(part))
        if not len(part):
            continue
        events += len(part)
        missing += int(np.count_nonzero(np.isnan(part["magnitude"])))
        ends = [ends[0] if ends else part.select([0]), part.select([-1])]
        found = finest_resolution([part])
        if found is not None:
            finest = found if finest is None else min(finest, found, key=duration_seconds)
    if part is None:
        raise ValueError("no part of a catalog")
    span = [e.with_columns({}, time_resolution=finest).format_times()[0] for e in ends]
    start, end = span or (None, None)
    low, high = extents.get("magnitude", (None, None))
    return {
        "events": events,
        "frame": part.frame,
        "time_frame": part.time_frame,
        "time_resolution": part.attributes.get("time_resolution"),
        "start": start,
        "end": end,
        "magnitude_min": low,
        "magnitude_max": high,
        "magnitude_types": {t or "unknown": types[t] for t in sorted(types)},
        "missing_magnitudes": missing,
        "bounds": _bounds(part.frame, extents),
        "columns": list(part.columns),
    }


def _counts(part: Catalog) -> dict[str, int]:
    texts, counts = np.unique(part.texts("magnitude_type").astype(str), return_counts=True)
    return dict(zip(texts.tolist(), counts.tolist(), strict=True))


def _widened(
    extents: dict[str, tuple[float, float]], part: Catalog
) -> dict[str, tuple[float, float]]:
    """Return the least and largest value of magnitudes and coordinates, with those of a part."""
    wider = dict(extents)
    for name in ("magnitude", *frame_columns(part.frame)):
        values = part[name][np.isfinite(part[name])]
        if values.size:
            known = extents.get(name, ())
            wider[name] = (
                min([float(values.min()), *known]),
                max([float(values.max()), *known]),
            )
    return wider


def _bounds(frame: str, extents: dict[str, tuple[float, float]]) -> dict[str, float | None]:
    bounds: dict[str, float | None] = {key: None for pair in _NAMES.values() for key in pair}
    for name in frame_columns(frame):
        low, high = _NAMES.get(name, (f"{name}_min", f"{name}_max"))
        if name in extents:
            bounds |= {low: extents[name][0], high: extents[name][1]}
    return bounds


def summary_text(found: Mapping[str, Any]) -> str:
    """Return what `catalog info` found as lines with units.

    Parameters
    ----------
    found : mapping
        What `summarise` returns, with ``rejected``, ``format``, ``operations`` and ``status``.
    """
    types = ", ".join(f"{name} {count:,}" for name, count in found["magnitude_types"].items())
    unit = {"relative": " s", "order": " (numbered as they stand)"}.get(found["time_frame"], "")
    resolution = f", to {found['time_resolution']}" if found["time_resolution"] else ""
    rows = [
        ("events", f"{found['events']:,}"),
        ("rows left out", f"{found['rejected']:,}"),
        ("format", found["format"]),
        ("time", f"{found['start']} to {found['end']}{unit}{resolution}"),
        ("magnitude", f"{_range(found, 'magnitude')} ({types})"),
        ("without one", f"{found['missing_magnitudes']:,}"),
        *_extents(found["frame"], found["bounds"]),
        ("columns", ", ".join(found["columns"])),
        ("operations", f"{found['operations']:,} rows" if found["operations"] else "none"),
        ("status", found["status"]),
    ]
    return "".join(f"{name:<14} {text}\n" for name, text in rows)


def _range(values: Mapping[str, Any], name: str, scale: float = 1.0) -> str:
    low, high = values[f"{name}_min"], values[f"{name}_max"]
    return "-" if low is None else f"{low * scale:.6g} to {high * scale:.6g}"


def _extents(frame: str, bounds: Mapping[str, Any]) -> list[tuple[str, str]]:
    if frame == "geographic":
        edges = [bounds[name] for name in ("west", "east", "south", "north")]
        around = "/".join("-" if edge is None else f"{edge:.6g}" for edge in edges)
        deep = _range(bounds, "depth", 1e-3)
        return [("W/E/S/N", f"{around} degrees"), ("depth", deep if deep == "-" else f"{deep} km")]
    names = [name for name in frame_columns(frame) if f"{name}_min" in bounds]
    if not names:
        return [("coordinates", "none")]
    return [(name, f"{_range(bounds, name)} m") for name in names]
