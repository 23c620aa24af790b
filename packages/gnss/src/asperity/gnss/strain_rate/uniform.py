"""Strain that is uniform around each node: what methods of local least squares share.

A rigid motion and a uniform strain are fitted by weighted least squares to the
stations that a method chooses around a node (Savage et al. 2001). On the sphere
the motion is a rotation omega x r and the strain the field w(x) = E (x - x0), both
projected on the sphere; to first order in the distance these are the columns of
Savage et al., but they hold at poles and the date line too, and a rotation of the
whole network has no strain at all.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree
from sklearn.base import BaseEstimator

from asperity.core.errors import InputError
from asperity.gnss.sphere import RADIUS, local_frames, trend_functionals
from asperity.gnss.strain_rate.fields import check_optional, evaluated, hide, strain_dataset
from asperity.gnss.strain_rate.inputs import observations_of, places_of
from asperity.gnss.strain_rate.solver import Noise, Observations
from asperity.gnss.strain_rate.strain import quantities, standard_normals

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Around", "Fitted", "UniformStrain", "least_squares", "uniform_columns"]

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

#: Nodes that are solved for at once.
CHUNK = 256
#: Ratio of the extreme diagonals of the factor beyond which strain cannot be told from motion.
SINGULAR = 1e5


@dataclass(frozen=True, eq=False)
class Around:
    """The stations that take part at each node.

    Parameters
    ----------
    rows : ndarray of int, shape (m, k)
        Rows of the stations; what they are where the weight is zero does not matter.
    weights : ndarray, shape (m, k)
        Without unit; all zero where a method has no answer.
    """

    rows: Rows
    weights: Array


@dataclass(frozen=True, eq=False)
class Fitted:
    """Parameters of motion and strain at nodes.

    Parameters
    ----------
    parameters : ndarray, shape (m, p)
    covariance : ndarray, shape (m, p, p)
        Inverse of the normal matrix, weights included.
    misfit : ndarray, shape (m,)
        Weighted sum of squared residuals.
    found : ndarray of bool, shape (m,)
        Whether the stations determine the parameters; what does not is zero.
    """

    parameters: Array
    covariance: Array
    misfit: Array
    found: NDArray[np.bool_]


def least_squares(columns: Array, velocities: Array, covariances: Array, weights: Array) -> Fitted:
    """Fit parameters at each node to the velocities around it.

    Parameters
    ----------
    columns : ndarray, shape (m, k, 2, p), 2 k >= p
        What each parameter adds to the east and north velocity of a station.
    velocities : ndarray, shape (m, k, 2)
        mm/yr.
    covariances : ndarray, shape (m, k, 2, 2)
        (mm/yr)^2, positive definite.
    weights : ndarray, shape (m, k)
        Factors of the inverse covariances.
    """
    m, k, _, p = columns.shape
    roots = np.sqrt(weights)[..., None, None] * _whiteners(covariances)
    design = (roots @ columns).reshape(m, 2 * k, p)
    data = (roots @ velocities[..., None]).reshape(m, 2 * k)
    # Columns of one size, so that the factor's diagonal tells what is undetermined.
    size = np.linalg.norm(design, axis=1)
    size[size == 0.0] = 1.0
    orthogonal, factor = np.linalg.qr(design / size[:, None])
    diagonal = np.abs(np.diagonal(factor, axis1=1, axis2=2))
    found = diagonal.min(axis=1) * SINGULAR > diagonal.max(axis=1)
    factor[~found] = np.eye(p)
    inverse = np.linalg.inv(factor) / size[:, :, None]
    inverse[~found] = 0.0
    parameters = np.einsum("mpq,mnq,mn->mp", inverse, orthogonal, data)
    residuals = data - np.einsum("mnp,mp->mn", design, parameters)
    return Fitted(
        parameters, inverse @ inverse.transpose(0, 2, 1), (residuals**2).sum(axis=1), found
    )


def _whiteners(covariances: Array) -> Array:
    """Return W with W' W = C^-1 for 2 x 2 covariances."""
    return np.asarray(np.linalg.inv(np.linalg.cholesky(covariances)))


def uniform_columns(stations: Array, nodes: Array) -> Array:
    """Return what motion and uniform strain at nodes add to velocities of stations.

    Parameters
    ----------
    stations : ndarray, shape (m, k, 3, 3)
        Local frames of the stations of each node.
    nodes : ndarray, shape (m, 3, 3)
        Local frames.

    Returns
    -------
    ndarray, shape (m, k, 2, 6)
        Parameters: angular velocity about east, north and up of the node, 1e-6
        rad/yr; ee, nn and en, 1e-6/yr.
    """
    m, k = stations.shape[:2]
    seen = np.einsum("mkia,mja->mkij", stations, nodes).reshape(m * k, 3, 3)
    rows = trend_functionals("rotation+strain", seen, np.eye(3))
    return rows[:, :2].reshape(m, k, 2, 6)


@dataclass(kw_only=True, repr=False, eq=False)
class UniformStrain(BaseEstimator):  # type: ignore[misc]
    """What estimators by local least squares share; `_around` chooses the stations.

    Attributes
    ----------
    observations_ : Observations
    n_stations_ : int
    status_ : str
    """

    #: What titles and messages call the method.
    title: ClassVar[str]

    noise_factor: float = 1.0
    extra_noise: float = 0.5
    max_distance: float = 150.0
    draws: int = 1024
    seed: int = 0

    def fit(
        self,
        coordinates: tuple[ArrayLike, ArrayLike],
        velocities: ArrayLike,
        covariances: ArrayLike | None = None,
        *,
        advance: Callable[[], Any] = lambda: None,
    ) -> Self:
        """Take the velocities of stations.

        Parameters
        ----------
        coordinates, velocities, covariances
            As for `Collocation.fit`: degrees, mm/yr and (mm/yr)^2.
        advance : callable
            Called once.

        Raises
        ------
        InputError
            If shapes do not fit, a value is not finite, or a station has no noise.
        DataError
            If there are fewer than four stations, or they lie at one point or on
            one line.
        """
        self.observations_ = observations = observations_of(coordinates, velocities, covariances)
        self._require_noise(observations)
        self.n_stations_ = len(observations)
        self.status_ = "ok"
        self._prepare()
        advance()
        return self

    def _require_noise(self, observations: Observations) -> None:
        spread = self._noise(observations.covariances)
        bad = np.linalg.det(spread) <= 1e-12 * np.trace(spread, axis1=1, axis2=2) ** 2
        if bad.any():
            raise InputError(
                f"station {int(bad.argmax())}: no noise, so its weight is infinite; give standard "
                "deviations above 0, or extra_noise"
            )

    def _noise(self, covariances: Array) -> Array:
        noise = Noise(self.noise_factor, self.extra_noise)
        return np.asarray(noise.factor**2 * covariances + noise.extra**2 * np.eye(2))

    def _prepare(self) -> None:
        """Work out what does not depend on the nodes."""

    @abstractmethod
    def _around(self, nodes: Array) -> Around:
        """Choose and weigh the stations of each node."""

    def functionals(self, nodes: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
        """Return six functionals at nodes, their covariance, and where there are any.

        Parameters
        ----------
        nodes : ndarray, shape (m, 3, 3)
            Local frames.

        Returns
        -------
        mean : ndarray, shape (m, 6)
            v_e, v_n (mm/yr), L_ee, L_en, L_ne, L_nn ((mm/yr)/km).
        covariance : ndarray, shape (m, 6, 6)
        found : ndarray of bool, shape (m,)
        """
        observations = self.observations_
        around = self._around(nodes)
        weights = around.weights
        unknown = ~(weights > 0.0).any(axis=1)
        velocities = observations.velocities.reshape(2, -1).T[around.rows]
        spread = self._noise(observations.covariances)[around.rows]
        columns = uniform_columns(observations.frames[around.rows], nodes)
        fitted = least_squares(columns, velocities, spread, weights)
        # Parameters belong to the node itself, so one matrix turns them into functionals.
        turn = trend_functionals("rotation+strain", np.eye(3)[None], np.eye(3))[0]
        return (
            fitted.parameters @ turn.T,
            turn @ fitted.covariance @ turn.T,
            fitted.found & ~unknown,
        )

    def predict(
        self,
        coordinates: tuple[ArrayLike, ArrayLike],
        *,
        optional: Sequence[str] = (),
        keep_masked: bool = False,
        executor: Executor | None = None,
        advance: Callable[[int], Any] = lambda _nodes: None,
    ) -> xr.Dataset:
        """Return velocities, strain rates and their uncertainties at points.

        Parameters
        ----------
        coordinates, optional
            As for `Collocation.predict`.
        keep_masked : bool
            Keep strain rates where the nearest station is far; where the method has
            no answer at all everything is NaN.
        executor : concurrent.futures.Executor, optional
            Runs chunks of nodes.
        advance : callable
            Called with the number of nodes that are done.

        Returns
        -------
        xarray.Dataset
            The variables of `Collocation.predict`. Standard deviations are those of
            the noise alone: that strain varies between the stations is in none of
            them. ``resolution`` is NaN, as there is no prior.
        """
        check_optional(optional)
        longitude, latitude = places_of(coordinates)
        nodes = local_frames(longitude, latitude)
        rows = np.arange(len(nodes))
        chunks = [rows[start : start + CHUNK] for start in range(0, len(nodes), CHUNK)]
        task = _Task(self, tuple(optional), keep_masked)
        columns = evaluated(task.values, nodes, chunks, executor, advance)
        return strain_dataset(longitude, latitude, columns, self.title)

    def velocity(self, coordinates: tuple[ArrayLike, ArrayLike]) -> Array:
        """Return the velocity at points, mm/yr, shape (m, 2); NaN where there is none."""
        return self._mean(coordinates)[:, :2]

    def gradient(self, coordinates: tuple[ArrayLike, ArrayLike]) -> Array:
        """Return the velocity gradient, (mm/yr)/km, shape (m, 2, 2); NaN where there is none.

        Element i, j is the change of component i (east, north) in direction j.
        """
        return self._mean(coordinates)[:, 2:].reshape(-1, 2, 2)

    def _mean(self, coordinates: tuple[ArrayLike, ArrayLike]) -> Array:
        nodes = local_frames(*places_of(coordinates))
        means = []
        for start in range(0, len(nodes), CHUNK):
            mean, _, found = self.functionals(nodes[start : start + CHUNK])
            mean[~found] = math.nan
            means.append(mean)
        return np.concatenate(means)


@dataclass(frozen=True, eq=False)
class _Task:
    """What a worker needs to evaluate the field at nodes."""

    field: UniformStrain
    optional: tuple[str, ...]
    keep_masked: bool

    def values(self, nodes: Array) -> dict[str, Array]:
        """Return all variables of the field at nodes."""
        field = self.field
        mean, covariance, found = field.functionals(nodes)
        normals = standard_normals(field.draws, field.seed)
        values = quantities(mean, covariance, normals, self.optional)
        values["velocity_gradient"] = 1000.0 * mean[:, 2:].reshape(-1, 2, 2)
        stations = cKDTree(RADIUS * field.observations_.frames[:, 2])
        nearest, _ = stations.query(RADIUS * nodes[:, 2])
        mask = np.where(found, 0, 1).astype(np.int8)
        mask[nearest > field.max_distance] = 2
        for value in values.values():
            value[~found] = math.nan
        if not self.keep_masked:
            hide(values, mask > 0)
        return {**values, "resolution": np.full(len(nodes), math.nan), "mask": mask}
