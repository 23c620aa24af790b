"""What the displacements of stations say of a region, as weights: values = W x.

Every estimator is linear in the displacements of one epoch, east of all stations
first, then north, and its weights depend only on which stations are present.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError
from asperity.gnss.sphere import NANOSTRAIN, RADIUS, local_frames, trend_functionals

__all__ = [
    "STRAIN",
    "BaselineLengths",
    "CollocationStrain",
    "StationMotion",
    "UniformStrain",
    "Weights",
    "along_axes",
]

Array = NDArray[np.float64]
STRAIN = ("ee", "nn", "en")
DERIVED = ("dilatation", "e1", "e2", "shear")
"""Along fixed axes: areal strain, the two principal ones, half their difference."""


class Weights(Protocol):
    """An estimator that is linear in the displacements of an epoch."""

    @property
    def components(self) -> tuple[str, ...]:
        """Names of the values."""

    @property
    def unit(self) -> str:
        """Unit of the values; displacements are in mm."""

    @property
    def least(self) -> int:
        """Stations that an epoch needs."""

    def of(self, present: NDArray[np.bool_]) -> Array:
        """Return the weights, shape (c, 2 s), zero for stations that are not present."""


@dataclass(frozen=True)
class UniformStrain:
    """A rotation, a translation and a uniform strain, by least squares on the sphere.

    Parameters
    ----------
    longitude, latitude : ndarray, shape (s,)
        Degrees.
    centre : tuple of float
        Longitude and latitude where the strain is defined.

    Notes
    -----
    Six parameters: the angular velocity of a rigid motion and ee, nn, en; on the sphere
    a translation of a small region is a rotation. The columns are those of
    `asperity.gnss.sphere.trend_columns`, to first order in the extent (Savage et al. 2001,
    doi:10.1029/2001JB000257): for regions below about 500 km.
    """

    longitude: Array
    latitude: Array
    centre: tuple[float, float]
    components: tuple[str, ...] = STRAIN
    unit: str = "nanostrain"
    least: int = 3

    @cached_property
    def _design(self) -> Array:
        frames = local_frames(self.longitude, self.latitude)
        origin = local_frames([self.centre[0]], [self.centre[1]])[0]
        rows = trend_functionals("rotation+strain", frames, origin)
        return np.concatenate([rows[:, 0], rows[:, 1]])

    def of(self, present: NDArray[np.bool_]) -> Array:
        """Return the weights, shape (3, 2 s).

        Raises
        ------
        DataError
            If the stations lie on one line, or there are fewer than three.
        """
        rows = np.flatnonzero(np.concatenate([present, present]))
        design = self._design[rows]
        scale = np.sqrt((design**2).sum(axis=0))
        if present.sum() < self.least or np.linalg.cond(design / scale) > 1e8:
            raise DataError(
                f"{present.sum()} stations do not fix a uniform strain; three are needed that do "
                "not lie on one line"
            )
        weights = np.zeros((3, 2 * present.size))
        weights[:, rows] = (np.linalg.pinv(design / scale) / scale[:, None])[3:] * NANOSTRAIN
        return weights


@dataclass(frozen=True)
class CollocationStrain:
    """Strain at a point by least-squares collocation with a fixed covariance.

    Parameters
    ----------
    longitude, latitude : ndarray, shape (s,)
    centre : tuple of float
        Where the strain is predicted.
    function : str
        Of the covariance.
    variance, length : float
        mm^2 and km. Those of the velocity field serve for displacements, too: only their
        ratio to the noise matters.
    extra : float
        Standard deviation of a displacement, mm.
    """

    longitude: Array
    latitude: Array
    centre: tuple[float, float]
    function: str = "matern32"
    variance: float = 32.0
    length: float = 531.0
    extra: float = 0.5
    components: tuple[str, ...] = STRAIN
    unit: str = "nanostrain"
    least: int = 3

    def of(self, present: NDArray[np.bool_]) -> Array:
        """Return the weights q' K^-1 without what a rotation takes up, shape (3, 2 s)."""
        from scipy.linalg import cho_solve

        from asperity.gnss.sphere import trend_columns
        from asperity.gnss.strain_rate.covariance import Covariance
        from asperity.gnss.strain_rate.covariance.vectors import vector_model
        from asperity.gnss.strain_rate.solver import Noise, Observations, SignalModel, data_factor

        count = int(present.sum())
        if count < self.least:
            raise DataError(f"{count} stations; a strain needs three: widen --radius")
        covariance = Covariance.of((self.function, self.variance, self.length))
        model = SignalModel(
            covariance, vector_model("projected"), "rotation", Noise(1.0, self.extra)
        )
        frames = local_frames(self.longitude[present], self.latitude[present])
        stations = Observations(frames, np.zeros(2 * count), np.zeros((count, 2, 2)))
        factor = data_factor(model, stations, model.vectors.distance(frames, frames))
        node = local_frames([self.centre[0]], [self.centre[1]])
        cross = model.vectors.cross(covariance, node, frames)[2:6]
        columns = trend_columns("rotation", frames, stations.centre)
        solved = cho_solve((factor, True), np.column_stack([cross.T, columns]))
        left, trend = solved[:, :4], solved[:, 4:]
        left = left - trend @ np.linalg.solve(columns.T @ trend, columns.T @ left)
        gradient = left.T * NANOSTRAIN
        weights = np.zeros((3, 2 * present.size))
        rows = np.flatnonzero(np.concatenate([present, present]))
        # L_ee, L_en, L_ne, L_nn: component, then direction.
        weights[:, rows] = [gradient[0], gradient[3], 0.5 * (gradient[1] + gradient[2])]
        return weights


@dataclass(frozen=True)
class BaselineLengths:
    """Lengths between stations, as strain of the line.

    Parameters
    ----------
    longitude, latitude : ndarray, shape (s,)
    pairs : sequence of (int, int)
        Stations by place.
    names : tuple of str
        One a pair.
    """

    longitude: Array
    latitude: Array
    pairs: Sequence[tuple[int, int]]
    names: tuple[str, ...]
    unit: str = "nanostrain"
    least: int = 2

    @property
    def components(self) -> tuple[str, ...]:
        """Names of the pairs."""
        return self.names

    def of(self, present: NDArray[np.bool_]) -> Array:
        """Return the weights, shape (pairs, 2 s); zero where a station is missing."""
        frames = local_frames(self.longitude, self.latitude)
        n = self.longitude.size
        weights = np.zeros((len(self.pairs), 2 * n))
        for row, (a, b) in enumerate(self.pairs):
            if not (present[a] and present[b]):
                weights[row] = np.nan
                continue
            line = RADIUS * (frames[b, 2] - frames[a, 2])
            length = float(np.linalg.norm(line))
            for station, sign in ((a, -1.0), (b, 1.0)):
                along = sign * frames[station, :2] @ line / length**2 * NANOSTRAIN
                weights[row, [station, n + station]] = along
        return weights


@dataclass(frozen=True)
class StationMotion:
    """The displacement of single stations, mm.

    Parameters
    ----------
    sites : tuple of str
    """

    sites: tuple[str, ...]
    unit: str = "mm"
    least: int = 1

    @property
    def components(self) -> tuple[str, ...]:
        """East and north of each station."""
        return tuple(f"{site} {name}" for name in ("east", "north") for site in self.sites)

    def of(self, present: NDArray[np.bool_]) -> Array:
        """Return the weights: one for what is present."""
        both = np.concatenate([present, present])
        return np.diag(np.where(both, 1.0, np.nan))


def along_axes(rate: Array) -> tuple[Array, float]:
    """Return what takes ee, nn, en to ``dilatation, e1, e2, shear`` along fixed axes.

    Parameters
    ----------
    rate : ndarray, shape (3,)
        ee, nn, en of the background; its principal axes are kept for all epochs, since
        free axes would wander with the noise.

    Returns
    -------
    matrix : ndarray, shape (4, 3)
    azimuth : float
        Of the most extensional axis, degrees clockwise from north, 0 to 180.

    Examples
    --------
    >>> matrix, azimuth = along_axes(np.array([-20.0, 5.0, 0.0]))
    >>> (matrix @ [-20.0, 5.0, 0.0]).round(6).tolist(), azimuth
    ([-15.0, 5.0, -20.0, 12.5], 0.0)
    """
    ee, nn, en = rate
    azimuth = 0.5 * np.arctan2(2.0 * en, nn - ee) % np.pi
    s, c = np.sin(azimuth), np.cos(azimuth)
    first = np.array([s * s, c * c, 2.0 * s * c])
    second = np.array([c * c, s * s, -2.0 * s * c])
    matrix = np.stack([np.array([1.0, 1.0, 0.0]), first, second, 0.5 * (first - second)])
    return matrix, float(np.degrees(azimuth))
