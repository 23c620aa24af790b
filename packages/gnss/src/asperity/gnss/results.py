"""The documents that commands on velocities print: plain keys and values."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.gnss.earth import places
from asperity.gnss.formats import NetworkResult
from asperity.gnss.network import Network
from asperity.gnss.screening import Screened

__all__ = ["bounds", "info_document", "velocities"]


def info_document(result: NetworkResult, kept: Screened) -> dict[str, Any]:
    """Return what a table holds and what its screening makes of it.

    Parameters
    ----------
    result : NetworkResult
        The whole table.
    kept : Screened
        What is left of it.
    """
    network = result.network
    return {
        "stations": len(network),
        "rejected": len(result.rejections),
        "rejections": [vars(r) for r in result.rejections],
        "format": result.format,
        "frame": network.frame,
        "bounds": bounds(network),
        **_sizes(network),
        "repeated_names": len(network) - len({*network.site}),
        "with_vertical": int(np.isfinite(network.up).sum()),
        "start": _extreme(network.start, np.min),
        "end": _extreme(network.end, np.max),
        "spacing_median": _spacing(network),
        "kept": len(kept.network),
        "left_out": list(kept.rejected),
        "merged": list(kept.merged),
        "velocities": velocities(kept.network),
        "notes": list(result.notes),
        "status": "ok" if network.has_deviations else "no sigmas: state one with --sigma",
    }


def velocities(network: Network) -> list[dict[str, Any]]:
    """Return one entry a station: ``site, longitude, latitude, ve, vn, se, sn, rho``."""
    columns = [getattr(network, name).tolist() for name in _LISTED.values()]
    return [dict(zip(_LISTED, row, strict=True)) for row in zip(*columns, strict=True)]


_LISTED = {
    "site": "site", "longitude": "longitude", "latitude": "latitude", "ve": "east", "vn": "north",
    "se": "sd_east", "sn": "sd_north", "rho": "correlation",
}  # fmt: skip


def _sizes(network: Network) -> dict[str, Any]:
    speed = np.hypot(network.east, network.north)
    return {
        "speed_median": float(np.median(speed)),
        "speed_max": float(speed.max()),
        "sd_east_median": _extreme(network.sd_east, np.median),
        "sd_north_median": _extreme(network.sd_north, np.median),
    }


def _extreme(values: NDArray[np.float64], which: Any) -> float | None:
    known = values[np.isfinite(values)]
    return float(which(known)) if known.size else None


def _spacing(network: Network) -> float | None:
    """Return the median distance to the nearest other station, km."""
    if len(network) < 2:
        return None
    from scipy.spatial import KDTree

    points = places(*network.coordinates)
    return float(np.median(KDTree(points).query(points, k=2)[0][:, 1]))


def bounds(network: Network) -> dict[str, float]:
    """Return the smallest box around the stations, degrees; its west may lie east of its east.

    Examples
    --------
    >>> across = Network.from_columns(
    ...     longitude=[179.0, -178.0], latitude=[-17.0, -18.0], east=0.0, north=0.0)
    >>> bounds(across)
    {'west': 179.0, 'east': -178.0, 'south': -18.0, 'north': -17.0}
    """
    sorted_ = np.sort(network.longitude)
    gaps = np.diff(sorted_, append=sorted_[:1] + 360.0)
    widest = int(np.argmax(gaps))
    return {
        "west": float(sorted_[(widest + 1) % sorted_.size]),
        "east": float(sorted_[widest]),
        "south": float(network.latitude.min()),
        "north": float(network.latitude.max()),
    }
