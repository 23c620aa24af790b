"""Where stations stand on the sphere, and how far apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.geometry import enu_rotation
from asperity.gnss.sphere import RADIUS

__all__ = ["extent", "places"]


def places(longitude: ArrayLike, latitude: ArrayLike) -> NDArray[np.float64]:
    """Return points in earth-fixed coordinates, km, shape (n, 3).

    Examples
    --------
    >>> places([90.0], [0.0]).round(6).tolist()
    [[0.0, 6371.0, 0.0]]
    """
    return np.asarray(RADIUS * enu_rotation(latitude, longitude)[..., 2, :])


def extent(points: NDArray[np.float64]) -> float:
    """Return the longest straight distance between two points, km; `points` of shape (n, 3)."""
    from scipy.spatial.distance import cdist

    longest = 0.0
    for first in range(0, len(points), 1000):
        longest = max(longest, float(cdist(points[first : first + 1000], points).max()))
    return longest
