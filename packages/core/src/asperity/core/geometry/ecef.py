"""Earth-centred, earth-fixed coordinates on the ellipsoid WGS 84.

A depth counts from the ellipsoid here; the few tens of metres between it and
the depth datum of a catalog shift a whole region alike and leave the distances
between its events as they are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["ecef_to_geographic", "enu_rotation", "geographic_to_ecef"]

SEMI_MAJOR_AXIS = 6378137.0
FLATTENING = 1.0 / 298.257223563
ECCENTRICITY_SQUARED = FLATTENING * (2.0 - FLATTENING)

_Triple = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def geographic_to_ecef(
    latitude: ArrayLike, longitude: ArrayLike, depth: ArrayLike = 0.0
) -> _Triple:
    """Convert geographic coordinates to earth-centred, earth-fixed ones on WGS 84.

    Parameters
    ----------
    latitude, longitude : array_like, shape (n,)
        Degrees.
    depth : array_like, shape (n,), optional
        Metres below the ellipsoid, positive down.

    Returns
    -------
    x, y, z : ndarray, shape (n,)
        Metres.

    Notes
    -----
    With the prime vertical radius N = a / sqrt(1 - e2 sin2(lat)) and h = -depth:
    x = (N + h) cos lat cos lon, y = (N + h) cos lat sin lon, z = (N (1 - e2) + h) sin lat.

    Examples
    --------
    >>> x, y, z = geographic_to_ecef(0.0, 90.0, 1000.0)
    >>> round(float(y))
    6377137
    """
    phi = np.deg2rad(np.asarray(latitude, dtype=np.float64))
    theta = np.deg2rad(np.asarray(longitude, dtype=np.float64))
    height = -np.asarray(depth, dtype=np.float64)
    radius = SEMI_MAJOR_AXIS / np.sqrt(1.0 - ECCENTRICITY_SQUARED * np.sin(phi) ** 2)
    across = (radius + height) * np.cos(phi)
    z = (radius * (1.0 - ECCENTRICITY_SQUARED) + height) * np.sin(phi)
    return np.asarray(across * np.cos(theta)), np.asarray(across * np.sin(theta)), np.asarray(z)


def ecef_to_geographic(x: ArrayLike, y: ArrayLike, z: ArrayLike) -> _Triple:
    """Convert earth-centred, earth-fixed coordinates to geographic ones on WGS 84.

    Parameters
    ----------
    x, y, z : array_like, shape (n,)
        Metres; farther than about 100 km from the Earth's centre, where the
        latitude is no longer unique.

    Returns
    -------
    latitude, longitude : ndarray, shape (n,)
        Degrees; longitude from -180 to 180.
    depth : ndarray, shape (n,)
        Metres below the ellipsoid.

    Notes
    -----
    Bowring's equation for the parametric latitude u, tan lat = (z + e'2 b sin3 u) /
    (p - e2 a cos3 u), repeated until it stands still: three rounds give better
    than 1e-8 m for depths of 3000 km and heights of 10,000 km alike.

    References
    ----------
    Bowring 1976, Survey Review 23, 323-327, doi:10.1179/sre.1976.23.181.323.

    Examples
    --------
    >>> latitude, longitude, depth = ecef_to_geographic(*geographic_to_ecef(35.5, -97.2, 5000.0))
    >>> round(float(latitude), 9), round(float(longitude), 9), round(float(depth), 6)
    (35.5, -97.2, 5000.0)
    """
    x, y, z = (np.asarray(v, dtype=np.float64) for v in (x, y, z))
    axis_ratio = 1.0 - FLATTENING
    semi_minor_axis = SEMI_MAJOR_AXIS * axis_ratio
    second_eccentricity_squared = ECCENTRICITY_SQUARED / axis_ratio**2
    p = np.hypot(x, y)
    phi = np.arctan2(z, p * (1.0 - ECCENTRICITY_SQUARED))
    for _ in range(4):
        u = np.arctan2(axis_ratio * np.sin(phi), np.cos(phi))
        phi = np.arctan2(
            z + second_eccentricity_squared * semi_minor_axis * np.sin(u) ** 3,
            p - ECCENTRICITY_SQUARED * SEMI_MAJOR_AXIS * np.cos(u) ** 3,
        )
    sine, cosine = np.sin(phi), np.cos(phi)
    # This form of the height holds at the poles and on the equator alike.
    height = p * cosine + z * sine - SEMI_MAJOR_AXIS * np.sqrt(1.0 - ECCENTRICITY_SQUARED * sine**2)
    return np.rad2deg(phi), np.rad2deg(np.arctan2(y, x)), np.asarray(-height)


def enu_rotation(latitude: ArrayLike, longitude: ArrayLike) -> NDArray[np.float64]:
    """Return the matrices that turn earth-fixed vectors into east, north and up.

    Parameters
    ----------
    latitude, longitude : array_like, shape (n,) or scalar
        Degrees.

    Returns
    -------
    ndarray, shape (n, 3, 3) or (3, 3)
        Rows are the unit vectors east, north and up in earth-fixed coordinates,
        so that ``rotation @ vector`` is the vector in ENU; the transpose turns back.

    Examples
    --------
    >>> (enu_rotation(0.0, 0.0) @ [1.0, 2.0, 3.0]).tolist()  # up is the x axis there
    [2.0, 3.0, 1.0]
    """
    phi, theta = np.broadcast_arrays(
        np.deg2rad(np.asarray(latitude, dtype=np.float64)),
        np.deg2rad(np.asarray(longitude, dtype=np.float64)),
    )
    sp, cp, st, ct = np.sin(phi), np.cos(phi), np.sin(theta), np.cos(theta)
    zero = np.zeros_like(sp)
    rows = (
        np.stack([-st, ct, zero], axis=-1),
        np.stack([-sp * ct, -sp * st, cp], axis=-1),
        np.stack([cp * ct, cp * st, sp], axis=-1),
    )
    return np.stack(rows, axis=-2)
