"""What all synthetic catalogs have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.catalog import Catalog
from asperity.core.errors import DataError, InputError
from asperity.core.statistics.synthetic.magnitudes import GutenbergRichter
from asperity.core.times import PER_SECOND

__all__ = ["MOST_EVENTS", "build", "check_duration", "local_columns"]

Array = NDArray[np.float64]

MOST_EVENTS = 20_000_000
"""A catalog of more events is refused before memory runs out."""

_LONGEST_IN_NS = 9.0e9


def check_duration(duration: float) -> None:
    """Refuse a duration that is no length of time."""
    if not (np.isfinite(duration) and 0.0 < duration < 9.0e12):
        raise InputError(f"duration {duration} s; give a length above 0")


def check_number(expected: float) -> None:
    """Refuse a catalog that would not fit into memory."""
    if not expected <= MOST_EVENTS:
        raise DataError(
            f"{expected:.3g} events are expected, {MOST_EVENTS:,} are allowed; lower the rate or "
            "the duration, or raise Mc"
        )


def local_columns(x: Array, y: Array, z: Array | None = None) -> dict[str, Any]:
    """Return the columns of a local frame, metres."""
    return {"x": x, "y": y, "z": np.zeros_like(x) if z is None else z}


def build(
    times: Array,
    columns: Mapping[str, Any],
    law: GutenbergRichter,
    description: Mapping[str, Any],
    *,
    origin: tuple[int, str] | None = None,
) -> Catalog:
    """Return a catalog of synthetic events.

    Parameters
    ----------
    times : ndarray, shape (n,)
        Seconds since the origin, ascending.
    columns : mapping of str to ndarray, shape (n,)
        ``magnitude`` and whatever else there is.
    law : GutenbergRichter
        Behind the magnitudes.
    description : mapping
        Model and parameters, kept as the attribute ``synthetic``.
    origin : tuple of (int, str), optional
        UTC time of the origin and its unit; relative time when missing.
    """
    attributes: dict[str, Any] = {
        "source": f"synthetic: {description['model']}",
        "synthetic": dict(description),
        "magnitude_resolution": law.bin_width,
    }
    if origin is None:
        longest = float(times[-1]) if times.size else 0.0
        start, unit = 0, "ns" if longest < _LONGEST_IN_NS else "us"
        attributes |= {"time_frame": "relative", "time_origin": "start of the simulation"}
    else:
        start, unit = origin
        attributes["time_frame"] = "utc"
    attributes["time_unit"] = unit
    if "x" in columns:
        attributes["axes"] = "ENU"
    ticks = start + np.round(times * PER_SECOND[unit]).astype(np.int64)
    return Catalog.from_columns({"time": ticks, **columns}, **attributes)
