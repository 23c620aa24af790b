"""Where events are, in the form in which distances between them are measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError

if TYPE_CHECKING:
    from asperity.core.catalog import Catalog

__all__ = [
    "Distance",
    "Positions",
    "as_positions",
    "epicentres",
    "hypocentres",
    "plane_epicentres",
    "positions_of",
]

Distance = Literal["epicentral", "hypocentral"]

EARTH_RADIUS = 6_371_000.0


@dataclass(frozen=True, eq=False)
class Positions:
    """Points in space and the way to measure between them.

    Parameters
    ----------
    points : ndarray, shape (n, 3)
        Metres.
    radius : float
        Radius of the sphere on which distances follow the great circle; 0 where
        they are straight lines.
    """

    points: NDArray[np.float64]
    radius: float = 0.0

    def __len__(self) -> int:
        return len(self.points)


def epicentres(latitude: ArrayLike, longitude: ArrayLike) -> Positions:
    """Place epicentres on a sphere of 6,371 km; distances follow the great circle.

    Parameters
    ----------
    latitude, longitude : array_like, shape (n,)
        Degrees.

    Examples
    --------
    >>> epicentres([0.0], [90.0]).points.round().tolist()
    [[0.0, 6371000.0, 0.0]]
    """
    phi = np.deg2rad(np.asarray(latitude, dtype=np.float64))
    theta = np.deg2rad(np.asarray(longitude, dtype=np.float64))
    points = np.column_stack(
        [np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)]
    )
    return Positions(EARTH_RADIUS * points, EARTH_RADIUS)


def hypocentres(latitude: ArrayLike, longitude: ArrayLike, depth: ArrayLike) -> Positions:
    """Place hypocentres under the ellipsoid; distances are straight lines.

    Parameters
    ----------
    latitude, longitude : array_like, shape (n,)
        Degrees.
    depth : array_like, shape (n,)
        Metres, positive down.

    Examples
    --------
    >>> hypocentres([0.0], [0.0], [1000.0]).points.tolist()
    [[6377137.0, 0.0, 0.0]]
    """
    from asperity.core.geometry import geographic_to_ecef

    return Positions(np.column_stack(geographic_to_ecef(latitude, longitude, depth)))


def plane_epicentres(latitude: ArrayLike, longitude: ArrayLike) -> NDArray[np.float64]:
    """Project epicentres on a plane, equidistant from their middle.

    Parameters
    ----------
    latitude, longitude : array_like, shape (n,)
        Degrees, WGS 84; NaN where an event has no place.

    Returns
    -------
    ndarray, shape (n, 2)
        East and north of the middle, m.

    Examples
    --------
    >>> plane_epicentres([0.0, 0.0], [179.9, -179.9]).round(-2).tolist()
    [[-11100.0, 0.0], [11100.0, 0.0]]
    """
    from pyproj import Transformer

    lat, lon = np.asarray(latitude, dtype=np.float64), np.asarray(longitude, dtype=np.float64)
    points = np.full((lat.size, 2), np.nan)
    known = np.isfinite(lat) & np.isfinite(lon)
    if not known.any():
        return points
    # The mean direction, for longitudes may straddle the date line.
    phi, theta = np.deg2rad(lat[known]), np.deg2rad(lon[known])
    x, y = np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta)
    lon0 = np.rad2deg(np.arctan2(y.mean(), x.mean()))
    lat0 = np.rad2deg(np.arctan2(np.sin(phi).mean(), np.hypot(x.mean(), y.mean())))
    plane = Transformer.from_crs(
        "EPSG:4326", f"+proj=aeqd +lat_0={lat0} +lon_0={lon0} +ellps=WGS84", always_xy=True
    )
    points[known] = np.column_stack(plane.transform(lon[known], lat[known]))
    return points + 0.0


def as_positions(positions: Positions | ArrayLike, n: int) -> Positions:
    """Return positions of n events, all finite.

    Parameters
    ----------
    positions : Positions or array_like, shape (n, 1), (n, 2) or (n, 3)
        An array holds metres in a local frame.
    n : int

    Raises
    ------
    InputError
        If the shape does not fit or a coordinate is not a number.
    """
    if isinstance(positions, Positions):
        points, radius = positions.points, positions.radius
    else:
        points, radius = np.asarray(positions, dtype=np.float64), 0.0
        if points.ndim == 2 and points.shape[1] < 3:
            points = np.pad(points, ((0, 0), (0, 3 - points.shape[1])))
    if points.shape != (n, 3):
        raise InputError(
            f"positions have shape {points.shape}; {n} events need (n, 1), (n, 2) or (n, 3)"
        )
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if bad.size:
        raise InputError(f"event {bad[0]} has no place; leave such events out first")
    return Positions(np.ascontiguousarray(points), radius)


def positions_of(catalog: Catalog, distance: str) -> Positions:
    """Return the positions of a catalog's events; NaN where a coordinate is missing.

    Parameters
    ----------
    catalog : Catalog
    distance : {"epicentral", "hypocentral"}
        ``epicentral`` leaves depth, or z, out.

    Raises
    ------
    InputError
        If `distance` is not known.
    DataError
        If the catalog has no coordinates.
    """
    if distance not in ("epicentral", "hypocentral"):
        raise InputError(f"distance {distance!r}; allowed are epicentral, hypocentral")
    if catalog.frame == "geographic":
        if distance == "epicentral":
            return epicentres(catalog["latitude"], catalog["longitude"])
        return hypocentres(catalog["latitude"], catalog["longitude"], catalog["depth"])
    if catalog.frame == "local":
        third = catalog["z"] if distance == "hypocentral" else np.zeros(len(catalog))
        return Positions(np.column_stack([catalog["x"], catalog["y"], third]))
    raise DataError(
        "distances between events need latitude and longitude, or x, y and z; this catalog has "
        "frame 'none'"
    )
