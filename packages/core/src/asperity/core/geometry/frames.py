"""Geographic and local coordinates, and the ways between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["geographic_to_ecef"]

SEMI_MAJOR_AXIS = 6378137.0
FLATTENING = 1.0 / 298.257223563


def geographic_to_ecef(
    latitude: ArrayLike, longitude: ArrayLike, depth: ArrayLike = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
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
    eccentricity_squared = FLATTENING * (2.0 - FLATTENING)
    radius = SEMI_MAJOR_AXIS / np.sqrt(1.0 - eccentricity_squared * np.sin(phi) ** 2)
    across = (radius + height) * np.cos(phi)
    z = (radius * (1.0 - eccentricity_squared) + height) * np.sin(phi)
    return np.asarray(across * np.cos(theta)), np.asarray(across * np.sin(theta)), np.asarray(z)
