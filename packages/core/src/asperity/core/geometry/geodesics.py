"""Distances and directions on the ellipsoid, and who is next to whom."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError
from asperity.core.geometry.ecef import geographic_to_ecef

if TYPE_CHECKING:
    from pyproj import Geod

__all__ = [
    "MEAN_RADIUS",
    "destination",
    "geodesic",
    "geodesic_azimuth",
    "geodesic_distance",
    "geodesic_distances",
    "haversine_distance",
    "nearest_neighbours",
]

MEAN_RADIUS = 6371008.8
"""Mean radius (2a + b) / 3 of the Earth, m (Moritz 2000, doi:10.1007/s001900050278)."""


@lru_cache(maxsize=1)
def wgs84() -> Geod:
    """Return the geodesics of WGS 84."""
    from pyproj import Geod

    return Geod(ellps="WGS84")


def _broadcast(*values: ArrayLike) -> list[NDArray[np.float64]]:
    arrays = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in values))
    # pyproj writes into what it is given, and a broadcast array is one number seen often.
    return [np.array(a, dtype=np.float64, order="C") for a in arrays]


def geodesic(
    latitude_1: ArrayLike, longitude_1: ArrayLike, latitude_2: ArrayLike, longitude_2: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the shortest way between points on WGS 84.

    Parameters
    ----------
    latitude_1, longitude_1, latitude_2, longitude_2 : array_like, broadcast to shape (n,)
        Degrees.

    Returns
    -------
    distance : ndarray, shape (n,)
        Metres; NaN where a coordinate is NaN.
    azimuth, back_azimuth : ndarray, shape (n,)
        Direction of the way at its start and, towards the start, at its end,
        degrees clockwise from north, 0 to 360.

    Notes
    -----
    Karney's algorithm in PROJ, exact to about 15 nm.

    References
    ----------
    Karney 2013, Journal of Geodesy 87, 43-55, doi:10.1007/s00190-012-0578-z.

    Examples
    --------
    >>> distance, azimuth, back_azimuth = geodesic(0.0, 0.0, 0.0, 1.0)
    >>> round(float(distance), 3), float(azimuth), float(back_azimuth)
    (111319.491, 90.0, 270.0)
    """
    lat_1, lon_1, lat_2, lon_2 = _broadcast(latitude_1, longitude_1, latitude_2, longitude_2)
    known = np.isfinite(lat_1 + lon_1 + lat_2 + lon_2)
    _check_latitudes(lat_1[known], lat_2[known])
    shape = known.shape
    out = [np.full(shape, np.nan) for _ in range(3)]
    if known.any():
        azimuth, back, distance = wgs84().inv(
            lon_1[known], lat_1[known], lon_2[known], lat_2[known]
        )
        for target, values in zip(out, (distance, azimuth % 360.0, back % 360.0), strict=True):
            target[known] = values
    return out[0], out[1], out[2]


def _check_latitudes(*latitudes: NDArray[np.float64]) -> None:
    for values in latitudes:
        wrong = np.abs(values) > 90.0
        if wrong.any():
            raise InputError(
                f"latitude {values[wrong].flat[0]:g} is out of range; allowed are -90 to 90 degrees"
            )


def geodesic_distance(
    latitude_1: ArrayLike, longitude_1: ArrayLike, latitude_2: ArrayLike, longitude_2: ArrayLike
) -> NDArray[np.float64]:
    """Return the length of the shortest way between points on WGS 84, m, shape (n,).

    Examples
    --------
    >>> round(float(geodesic_distance(35.0, -97.0, 36.0, -97.0)))
    110950
    """
    return geodesic(latitude_1, longitude_1, latitude_2, longitude_2)[0]


def geodesic_azimuth(
    latitude_1: ArrayLike, longitude_1: ArrayLike, latitude_2: ArrayLike, longitude_2: ArrayLike
) -> NDArray[np.float64]:
    """Return the direction in which the second point lies, degrees from north, shape (n,).

    Examples
    --------
    >>> round(float(geodesic_azimuth(35.0, -97.0, 34.0, -97.0)))
    180
    """
    return geodesic(latitude_1, longitude_1, latitude_2, longitude_2)[1]


def destination(
    latitude: ArrayLike, longitude: ArrayLike, azimuth: ArrayLike, distance: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where a geodesic ends.

    Parameters
    ----------
    latitude, longitude, azimuth : array_like, broadcast to shape (n,)
        Start and direction, degrees.
    distance : array_like
        Metres.

    Returns
    -------
    latitude, longitude : ndarray, shape (n,)
        Degrees; NaN where an input is NaN.

    Examples
    --------
    >>> latitude, longitude = destination(0.0, 0.0, 90.0, 111319.491)
    >>> round(float(latitude), 9), round(float(longitude), 6)
    (0.0, 1.0)
    """
    lat, lon, angle, length = _broadcast(latitude, longitude, azimuth, distance)
    known = np.isfinite(lat + lon + angle + length)
    _check_latitudes(lat[known])
    out = [np.full(known.shape, np.nan) for _ in range(2)]
    if known.any():
        end_lon, end_lat, _ = wgs84().fwd(lon[known], lat[known], angle[known], length[known])
        out[0][known], out[1][known] = end_lat, end_lon
    return out[0], out[1]


def geodesic_distances(
    latitude_a: ArrayLike, longitude_a: ArrayLike, latitude_b: ArrayLike, longitude_b: ArrayLike
) -> NDArray[np.float64]:
    """Return the distances of every point of A to every point of B.

    Parameters
    ----------
    latitude_a, longitude_a : array_like, shape (n,)
    latitude_b, longitude_b : array_like, shape (m,)
        Degrees.

    Returns
    -------
    ndarray, shape (n, m)
        Metres.

    Examples
    --------
    >>> geodesic_distances([0.0, 0.0], [0.0, 1.0], [0.0], [0.0]).round(1).tolist()
    [[0.0], [111319.5]]
    """
    lat_a, lon_a, lat_b, lon_b = (
        np.atleast_1d(np.asarray(v, dtype=np.float64))
        for v in (latitude_a, longitude_a, latitude_b, longitude_b)
    )
    return geodesic_distance(lat_a[:, None], lon_a[:, None], lat_b[None, :], lon_b[None, :])


def haversine_distance(
    latitude_1: ArrayLike,
    longitude_1: ArrayLike,
    latitude_2: ArrayLike,
    longitude_2: ArrayLike,
    radius: float = MEAN_RADIUS,
) -> NDArray[np.float64]:
    """Return great-circle distances on a sphere: faster than `geodesic_distance`, less exact.

    Parameters
    ----------
    latitude_1, longitude_1, latitude_2, longitude_2 : array_like, broadcast to shape (n,)
        Degrees.
    radius : float, optional
        Metres.

    Returns
    -------
    ndarray, shape (n,)
        Metres; up to 0.56 % from the ellipsoid's.

    Notes
    -----
    sin2(s / 2R) = sin2((lat2 - lat1) / 2) + cos lat1 cos lat2 sin2((lon2 - lon1) / 2).

    Examples
    --------
    >>> round(float(haversine_distance(35.0, -97.0, 36.0, -97.0)))
    111195
    """
    lat_1, lon_1, lat_2, lon_2 = (
        np.deg2rad(np.asarray(v, dtype=np.float64))
        for v in (latitude_1, longitude_1, latitude_2, longitude_2)
    )
    half = (
        np.sin((lat_2 - lat_1) / 2.0) ** 2
        + np.cos(lat_1) * np.cos(lat_2) * np.sin((lon_2 - lon_1) / 2.0) ** 2
    )
    return np.asarray(2.0 * radius * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))


def nearest_neighbours(
    points: tuple[ArrayLike, ArrayLike, ArrayLike],
    among: tuple[ArrayLike, ArrayLike, ArrayLike] | None = None,
    *,
    k: int = 1,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the nearest hypocentres, as the mole digs.

    Parameters
    ----------
    points : tuple of array_like, shape (n,)
        Latitude and longitude (degrees) and depth (m; NaN counts as 0).
    among : tuple of array_like, shape (m,), optional
        Where to look; when missing, among the others of `points`.
    k : int, optional
        How many.

    Returns
    -------
    distance : ndarray, shape (n, k)
        Straight-line distances, m, ascending.
    index : ndarray of int, shape (n, k)
        Rows of `among`.

    Raises
    ------
    InputError
        If there are fewer than `k` to choose from.

    Notes
    -----
    A k-d tree on earth-fixed coordinates: no special case at the poles or at
    the meridian 180, O(n log m).

    Examples
    --------
    >>> distance, index = nearest_neighbours(([0.0, 0.0, 0.0], [179.9, -179.9, 170.0], 0.0))
    >>> index[:, 0].tolist()
    [1, 0, 0]
    """
    from scipy.spatial import cKDTree

    queries = _hypocentres(points)
    targets = queries if among is None else _hypocentres(among)
    own = among is None
    if k < 1 or len(targets) < k + own:
        raise InputError(
            f"{k} nearest neighbours asked for among {max(len(targets) - own, 0)} hypocentres; "
            "lower k or give more"
        )
    tree = cKDTree(targets)
    distance, index = tree.query(queries, k=[*range(1, k + own + 1)])
    if own:
        distance, index = _without_self(distance, index)
    return np.asarray(distance), np.asarray(index, dtype=np.int64)


def _hypocentres(points: tuple[ArrayLike, ArrayLike, ArrayLike]) -> NDArray[np.float64]:
    lat, lon, depth = (np.atleast_1d(v) for v in _broadcast(*points))
    places = np.column_stack(geographic_to_ecef(lat, lon, np.nan_to_num(depth)))
    if not np.isfinite(places).all():
        row = int(np.flatnonzero(~np.isfinite(places).all(axis=1))[0])
        raise InputError(f"row {row} has no latitude or longitude; leave such rows out first")
    return places


def _without_self(
    distance: NDArray[np.float64], index: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    n, wide = index.shape
    is_self = index == np.arange(n)[:, None]
    # Among coincident points a tree may not list the point itself: drop the last then.
    is_self[~is_self.any(axis=1), -1] = True
    keep = ~is_self
    return distance[keep].reshape(n, wide - 1), index[keep].reshape(n, wide - 1)
