"""What estimators of a velocity field take: places, velocities and covariances, checked."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError
from asperity.gnss.sphere import RADIUS, local_frames
from asperity.gnss.strain_rate.solver import Observations

__all__ = ["components_of", "observations_of", "places_of"]

Array = NDArray[np.float64]


def places_of(coordinates: tuple[ArrayLike, ArrayLike]) -> tuple[Array, Array]:
    """Return longitude and latitude as two arrays of shape (m,), degrees.

    Raises
    ------
    InputError
        If there are not as many of both, or a value is no number of degrees.
    """
    longitude, latitude = (
        np.atleast_1d(np.asarray(c, dtype=np.float64)).ravel() for c in coordinates
    )
    if longitude.shape != latitude.shape:
        raise InputError(
            f"{longitude.size} longitudes and {latitude.size} latitudes; expected as many"
        )
    bad = ~(np.isfinite(longitude) & (np.abs(latitude) <= 90.0))
    if bad.any():
        row = int(bad.argmax())
        raise InputError(
            f"point {row}: longitude {longitude[row]:g}, latitude {latitude[row]:g}; expected "
            "finite degrees, latitude from -90 to 90"
        )
    return longitude, latitude


def components_of(velocities: ArrayLike, n: int) -> Array:
    """Return velocities as (2, n); two rows are taken as components where both fit.

    Raises
    ------
    InputError
        If the shape is neither (2, n) nor (n, 2).
    """
    array = np.asarray(velocities, dtype=np.float64)
    if array.shape == (2, n):
        return array
    if array.shape == (n, 2):
        return array.T
    raise InputError(f"velocities of shape {array.shape} at {n} stations; expected (2, {n})")


def observations_of(
    coordinates: tuple[ArrayLike, ArrayLike], velocities: ArrayLike, covariances: ArrayLike | None
) -> Observations:
    """Return the velocities of stations, checked.

    Parameters
    ----------
    coordinates : tuple of array_like, each of shape (n,)
        Longitude and latitude, degrees.
    velocities : array_like, shape (2, n) or (n, 2)
        East and north, mm/yr.
    covariances : array_like, shape (n, 2, 2), optional
        (mm/yr)^2; zero when missing.

    Raises
    ------
    InputError
        If shapes do not fit, a value is not finite, or a covariance is none.
    DataError
        If there are fewer than four stations, or they lie at one point or on one
        line.
    """
    longitude, latitude = places_of(coordinates)
    n = longitude.size
    components = components_of(velocities, n)
    spread = np.zeros((n, 2, 2)) if covariances is None else np.asarray(covariances, np.float64)
    if spread.shape != (n, 2, 2):
        raise InputError(f"covariances of shape {spread.shape}; expected ({n}, 2, 2), (mm/yr)^2")
    for values, what in ((components.T, "velocity"), (spread.reshape(n, 4), "covariance")):
        bad = ~np.isfinite(values).all(axis=1)
        if bad.any():
            raise InputError(
                f"station {int(bad.argmax())}: {what} is not finite; leave such stations out"
            )
    determinant = spread[:, 0, 0] * spread[:, 1, 1] - spread[:, 0, 1] * spread[:, 1, 0]
    bad = (spread[:, 0, 0] < 0.0) | (spread[:, 1, 1] < 0.0) | (determinant < -1e-12)
    if bad.any():
        raise InputError(
            f"station {int(bad.argmax())}: its covariance is not positive semi-definite; expected "
            "variances of 0 or more and a correlation between -1 and 1"
        )
    frames = local_frames(longitude, latitude)
    _require_area(frames)
    return Observations(frames, components.reshape(-1).copy(), spread)


def _require_area(frames: Array) -> None:
    n = len(frames)
    if n < 4:
        raise DataError(f"{n} stations; a strain field needs at least 4 that surround an area")
    # About the centre of the sphere: a great circle lies in a plane through it.
    _, along, across = RADIUS * np.linalg.svd(frames[:, 2], compute_uv=False) / math.sqrt(n)
    if along < 0.5:
        raise DataError(
            f"all {n} stations lie within {2 * along:.2g} km; a strain field needs stations "
            "that surround an area"
        )
    if across < 5e-3 * along:
        raise DataError(
            f"all {n} stations lie on one line, {across:.2g} km wide and {along:.3g} km long "
            "(standard deviations); strain across it cannot be known"
        )
