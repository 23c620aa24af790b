"""From a configuration and a network to a fitted field: what commands and demo share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from asperity.core.errors import DataError, InputError, usage
from asperity.core.geometry import Region
from asperity.gnss.config import StrainConfiguration
from asperity.gnss.sphere import RADIUS, places
from asperity.gnss.strain_rate.collocation import Collocation
from asperity.gnss.strain_rate.savage import DelaunayStrain, NearestStations
from asperity.gnss.strain_rate.shen import ShenStrain
from asperity.gnss.strain_rate.uniform import UniformStrain
from asperity.gnss.velocities.network import Network
from asperity.gnss.velocities.results import bounds

__all__ = [
    "collocation_of",
    "estimator_of",
    "grid_region",
    "read_points",
    "region_of",
    "stations_around",
]

Array = NDArray[np.float64]


def estimator_of(
    configuration: StrainConfiguration, *, threads: int = 1, seed: int = 0
) -> Collocation | UniformStrain:
    """Return the estimator that a configuration describes, not fitted yet."""
    estimators: dict[str, type[Collocation | UniformStrain]] = {
        "collocation": Collocation,
        "savage": NearestStations,
        "delaunay": DelaunayStrain,
        "shen": ShenStrain,
    }
    estimator = estimators[configuration.method]
    values = configuration.model_dump() | {"threads": threads, "seed": seed}
    names = estimator().get_params()
    return estimator(**{name: values[name] for name in names if name in values})


def collocation_of(
    configuration: StrainConfiguration, *, threads: int = 1, seed: int = 0
) -> Collocation:
    """Return the collocation that a configuration describes, not fitted yet.

    Raises
    ------
    InputError
        If it describes another method.
    """
    field = estimator_of(configuration, threads=threads, seed=seed)
    if not isinstance(field, Collocation):
        raise InputError(
            f"method {configuration.method!r} has no covariance and no posterior; this needs "
            "collocation, the others go with gnss strain"
        )
    return field


def region_of(text: str | None, points: tuple[Array, Array] | None) -> Region | None:
    """Return the rectangle that --region names, or the one around points."""
    if text is not None:
        with usage("--region"):
            return Region.parse(text)
    if points is None:
        return None
    return _box(bounds(Network.from_columns(
        longitude=points[0], latitude=points[1], east=0.0, north=0.0
    )))  # fmt: skip


def grid_region(network: Network, spacing: float) -> Region:
    """Return the rectangle around stations, its edges on whole multiples of the spacing."""
    box = bounds(network)
    low = {k: float(np.floor(box[k] / spacing) * spacing) for k in ("west", "south")}
    high = {k: float(np.ceil(box[k] / spacing) * spacing) for k in ("east", "north")}
    return _box({**low, **high})


def _box(edges: dict[str, float]) -> Region:
    return Region(
        max(edges["west"], -180.0), min(edges["east"], 360.0),
        max(edges["south"], -90.0), min(edges["north"], 90.0),
    )  # fmt: skip


def stations_around(network: Network, region: Region | None, margin: float) -> Network:
    """Return the stations inside a region or within a margin of it.

    Parameters
    ----------
    network : Network
    region : Region, optional
        All stations without one.
    margin : float
        km, along the sphere.

    Raises
    ------
    DataError
        If there is none.
    """
    if region is None:
        return network
    inside = region.contains(*network.coordinates)
    if margin > 0.0:
        # The nearest place of a rectangle lies on its edge, of which points 1 km apart do.
        edge = _edge(region, max(1.0, margin / 200.0))
        near, _ = cKDTree(edge).query(places(*network.coordinates))
        inside |= near <= 2.0 * RADIUS * np.sin(0.5 * margin / RADIUS)
    if not inside.any():
        raise DataError(
            f"none of {len(network)} stations lies within {margin:g} km of the region {region}; "
            "give another --region or a larger --margin"
        )
    return network.select(inside)


def _edge(region: Region, step: float) -> Array:
    """Return points along the edge of a rectangle, km, earth-fixed."""
    degrees = np.degrees(step / RADIUS)
    east = region.west + region.width
    x = np.linspace(region.west, east, 2 + int(region.width / degrees))
    y = np.linspace(region.south, region.north, 2 + int((region.north - region.south) / degrees))
    longitude = np.concatenate([x, x, np.full_like(y, region.west), np.full_like(y, east)])
    latitude = np.concatenate([np.full_like(x, region.south), np.full_like(x, region.north), y, y])
    return places(longitude, latitude)


def read_points(path: Path) -> tuple[Array, Array]:
    """Read longitudes and latitudes of points from the columns lon and lat of a CSV file.

    Raises
    ------
    InputError
        If the file cannot be read, a column is missing, or a value is no number of
        degrees; the message names the line.
    """
    import csv

    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read as CSV ({error})") from None
    if not rows:
        raise InputError(f"{path}: no points; expected a header lon,lat and one row a point")
    found = []
    for names, low, high in (
        (("lon", "longitude"), -360.0, 360.0),
        (("lat", "latitude"), -90.0, 90.0),
    ):
        column = next((c for c in rows[0] if c and c.strip().lower() in names), None)
        if column is None:
            raise InputError(f"{path}: no column {names[0]}; found {', '.join(map(str, rows[0]))}")
        values = []
        for number, row in enumerate(rows, start=2):
            try:
                value = float(row[column])
            except (TypeError, ValueError):
                value = np.nan
            if not low <= value <= high:
                raise InputError(
                    f"{path}, line {number}, {column}: found {row[column]!r}, expected degrees "
                    f"from {low:g} to {high:g}"
                )
            values.append(value)
        found.append(np.array(values))
    return found[0], found[1]
