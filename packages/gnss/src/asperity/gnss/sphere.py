"""The sphere on which velocities and strain are defined: places, distances, trends of a field.

Lengths are kilometres and velocities mm/yr, so that a gradient comes in
(mm/yr)/km = 1e-6 / yr = 1000 nanostrain/yr and an angular velocity of
1e-6 rad/yr times a radius in km is a velocity in mm/yr.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.geometry import enu_rotation

__all__ = [
    "NANOSTRAIN",
    "RADIUS",
    "TRENDS",
    "Trend",
    "chord",
    "extent",
    "great_circle",
    "local_frames",
    "longitude_latitude",
    "places",
    "trend_columns",
    "trend_functionals",
]

#: Radius of the sphere, km; the flattening changes strain rates by less than 0.3 %.
RADIUS = 6371.0
#: nanostrain/yr in one (mm/yr)/km.
NANOSTRAIN = 1000.0

Trend = Literal["none", "rotation", "rotation+strain"]
TRENDS: tuple[Trend, ...] = ("none", "rotation", "rotation+strain")
_COLUMNS = {"none": 0, "rotation": 3, "rotation+strain": 6}


def local_frames(longitude: ArrayLike, latitude: ArrayLike) -> NDArray[np.float64]:
    """Return the unit vectors east, north and up of places on the sphere.

    Parameters
    ----------
    longitude, latitude : array_like, shape (n,)
        Degrees.

    Returns
    -------
    ndarray, shape (n, 3, 3)
        Rows are east, north and up in earth-fixed axes.

    Examples
    --------
    >>> local_frames([0.0], [0.0])[0].round(12) + 0.0
    array([[0., 1., 0.],
           [0., 0., 1.],
           [1., 0., 0.]])
    """
    return enu_rotation(np.atleast_1d(latitude), longitude)


def longitude_latitude(
    frames: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return longitude in [-180, 180] and latitude of local frames, degrees."""
    x, y, z = frames[:, 2].T
    return np.degrees(np.arctan2(y, x)), np.degrees(np.arcsin(np.clip(z, -1.0, 1.0)))


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


def chord(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the straight distances between two sets of local frames, km, shape (n, m)."""
    from scipy.spatial.distance import cdist

    return np.asarray(cdist(RADIUS * a[:, 2], RADIUS * b[:, 2]))


def great_circle(chords: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distances along the sphere that belong to straight ones, both km."""
    half = np.minimum(chords / (2.0 * RADIUS), 1.0)
    return np.asarray(2.0 * RADIUS * np.arcsin(half))


def trend_columns(
    trend: Trend, frames: NDArray[np.float64], centre: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the design matrix of a trend at stations.

    Parameters
    ----------
    trend : {"none", "rotation", "rotation+strain"}
    frames : ndarray, shape (n, 3, 3)
        From `local_frames`.
    centre : ndarray, shape (3, 3)
        Local frame of the point where the uniform strain is defined.

    Returns
    -------
    ndarray, shape (2 n, p)
        East rows first. The parameters are the angular velocity (x, y, z) in
        1e-6 rad/yr, then ee, nn and en of the uniform strain in 1e-6/yr.

    Notes
    -----
    A rotation gives v = omega x r, that is v_e = R n . omega and
    v_n = -R e . omega. The uniform strain is the field w(x) = E (x - x0) with E
    in the tangent plane at the centre x0, projected on the sphere; its strain
    at x0 is E, and elsewhere E to first order in the distance.
    """
    rows = trend_functionals(trend, frames, centre)
    return np.concatenate([rows[:, 0], rows[:, 1]])


def trend_functionals(
    trend: Trend, frames: NDArray[np.float64], centre: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what a trend contributes to velocity and velocity gradient.

    Parameters
    ----------
    trend, frames, centre
        As for `trend_columns`.

    Returns
    -------
    ndarray, shape (n, 6, p)
        Rows: v_e, v_n (mm/yr), L_ee, L_en, L_ne, L_nn ((mm/yr)/km); L_ij is the
        change of component i in direction j.
    """
    n = len(frames)
    rows = np.zeros((n, 6, _COLUMNS[trend]))
    if trend == "none":
        return rows
    east, north, up = frames[:, 0], frames[:, 1], frames[:, 2]
    rows[:, 0, :3] = RADIUS * north
    rows[:, 1, :3] = -RADIUS * east
    # A rotation about the local vertical turns north to the west: L_en = -omega_r.
    rows[:, 3, :3] = -up
    rows[:, 4, :3] = up
    if trend == "rotation":
        return rows
    e0, n0, r0 = centre
    offset = RADIUS * (up - r0)
    shapes = (np.outer(e0, e0), np.outer(n0, n0), np.outer(e0, n0) + np.outer(n0, e0))
    for column, shape in enumerate(shapes, start=3):
        w = offset @ shape
        lift = np.einsum("ni,ni->n", up, w) / RADIUS
        rows[:, 0, column] = np.einsum("ni,ni->n", east, w)
        rows[:, 1, column] = np.einsum("ni,ni->n", north, w)
        rows[:, 2, column] = np.einsum("ni,ij,nj->n", east, shape, east) - lift
        rows[:, 3, column] = np.einsum("ni,ij,nj->n", east, shape, north)
        rows[:, 4, column] = rows[:, 3, column]
        rows[:, 5, column] = np.einsum("ni,ij,nj->n", north, shape, north) - lift
    return rows
