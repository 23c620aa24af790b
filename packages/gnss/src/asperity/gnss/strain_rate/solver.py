"""Conditioning of a velocity field on observed velocities: the dense solver.

The observations are d = A b + s + n: a trend, the signal with covariance K, and
noise with covariance D. With K_y = K + D and its Cholesky factor L,

    b     = (A' K_y^-1 A)^-1 A' K_y^-1 d
    alpha = K_y^-1 (d - A b)

and any linear functional f with trend row t and signal cross-covariance q is

    f            = t b + q' alpha
    Var(f^ - f)  = k_ff - q' K_y^-1 q + u' (A' K_y^-1 A)^-1 u,   u = t' - A' K_y^-1 q

(universal kriging; Moritz 1980). Matrices are factored in place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.linalg import blas

from asperity.core.errors import ConvergenceError
from asperity.gnss.sphere import Trend, trend_columns, trend_functionals
from asperity.gnss.strain_rate.covariance import Covariance, VectorModel

__all__ = ["Noise", "Observations", "Posterior", "SignalModel", "data_factor", "tiles"]

Array = NDArray[np.float64]

#: Nodes whose functionals are solved for at once: 6 x 128 right-hand sides.
TILE = 128


@dataclass(frozen=True)
class Noise:
    """Noise of the velocities: f^2 times the stations' covariances, plus s0^2.

    Parameters
    ----------
    factor : float
        f, by which the formal standard deviations are multiplied.
    extra : float
        s0, mm/yr: what is local to a station and not deformation.
    """

    factor: float = 1.0
    extra: float = 0.5

    def add_to(self, matrix: Array, covariances: Array) -> None:
        """Add the noise to the lower triangle of a covariance matrix (2 n, 2 n)."""
        n = len(covariances)
        i = np.arange(n)
        square = self.factor**2
        matrix[i, i] += square * covariances[:, 0, 0] + self.extra**2
        matrix[n + i, n + i] += square * covariances[:, 1, 1] + self.extra**2
        matrix[n + i, i] += square * covariances[:, 0, 1]


@dataclass(frozen=True)
class SignalModel:
    """What is assumed of the field: covariance, vector model, trend and noise."""

    covariance: Covariance
    vectors: VectorModel
    trend: Trend
    noise: Noise


@dataclass(frozen=True, eq=False)
class Observations:
    """Velocities of stations.

    Parameters
    ----------
    frames : ndarray, shape (n, 3, 3)
        Local frames of the stations.
    velocities : ndarray, shape (2 n,)
        mm/yr, east first.
    covariances : ndarray, shape (n, 2, 2)
        (mm/yr)^2.
    """

    frames: Array
    velocities: Array
    covariances: Array

    def __len__(self) -> int:
        """Return the number of stations."""
        return len(self.frames)

    @property
    def centre(self) -> Array:
        """Local frame of the stations' mean place, where a uniform strain is defined."""
        up = self.frames[:, 2].mean(axis=0)
        up = up / np.linalg.norm(up)
        east = np.array([-up[1], up[0], 0.0])
        east /= np.linalg.norm(east)
        return np.stack([east, np.cross(up, east), up])

    def select(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Self:
        """Return some of the stations."""
        pair = self.velocities.reshape(2, -1)[:, rows]
        return type(self)(self.frames[rows], pair.reshape(-1), self.covariances[rows])


def data_factor(model: SignalModel, observations: Observations, distance: Array) -> Array:
    """Return the lower Cholesky factor of K_y, made in place.

    Parameters
    ----------
    model : SignalModel
    observations : Observations
    distance : ndarray, shape (n, n)
        Of the stations, from the vector model, km.

    Raises
    ------
    ConvergenceError
        If the matrix is not positive definite, also with 1e-10 of the signal's
        variance on its diagonal.
    """
    pivot = 0
    for jitter in (0.0, 1e-10 * model.covariance.variance):
        matrix = model.vectors.matrix(model.covariance, observations.frames, distance)
        model.noise.add_to(matrix, observations.covariances)
        matrix[np.diag_indices(len(matrix))] += jitter
        factor, pivot = linalg.lapack.dpotrf(matrix, lower=1, clean=0, overwrite_a=1)
        if pivot == 0:
            return np.asarray(factor)
    raise ConvergenceError(
        f"the covariance matrix of {len(observations)} stations is not positive definite (pivot "
        f"{pivot}); merge stations at one place, or raise the extra noise"
    )


@dataclass(frozen=True, eq=False)
class Posterior:
    """A field given the observations.

    Parameters
    ----------
    model : SignalModel
    observations : Observations
    factor : ndarray, shape (2 n, 2 n)
        Lower Cholesky factor of K_y; the upper triangle holds nothing of meaning.
    trend_parameters : ndarray, shape (p,)
        b.
    trend_covariance : ndarray, shape (p, p)
        (A' K_y^-1 A)^-1.
    alpha : ndarray, shape (2 n,)
        K_y^-1 (d - A b).
    whitened_trend : ndarray, shape (2 n, p)
        L^-1 A.
    centre : ndarray, shape (3, 3)
    """

    model: SignalModel
    observations: Observations
    factor: Array
    trend_parameters: Array
    trend_covariance: Array
    alpha: Array
    whitened_trend: Array
    centre: Array

    @classmethod
    def condition(
        cls,
        model: SignalModel,
        observations: Observations,
        centre: Array | None = None,
        trend: tuple[Array, Array] | None = None,
    ) -> Self:
        """Condition the field on observations.

        Parameters
        ----------
        model : SignalModel
        observations : Observations
        centre : ndarray, optional
            Where a uniform strain is defined; the mean place when missing.
        trend : tuple of ndarray, optional
            Parameters and covariance of a trend that was estimated elsewhere.
        """
        centre = observations.centre if centre is None else centre
        distance = model.vectors.distance(observations.frames, observations.frames)
        factor = data_factor(model, observations, distance)
        columns = trend_columns(model.trend, observations.frames, centre)
        whitened = _solve(factor, np.asfortranarray(columns))
        data = _solve(factor, observations.velocities.copy()[:, None])[:, 0]
        if trend is None:
            normal = whitened.T @ whitened
            spread = linalg.inv(normal) if normal.size else normal
            parameters = spread @ (whitened.T @ data)
        else:
            parameters, spread = trend
        alpha = _solve(factor, (data - whitened @ parameters)[:, None], transposed=True)[:, 0]
        return cls(model, observations, factor, parameters, spread, alpha, whitened, centre)

    def mean(self, nodes: Array) -> Array:
        """Return the six functionals at nodes, shape (m, 6)."""
        mean = np.empty((len(nodes), 6))
        for part in tiles(len(nodes)):
            frames = nodes[part]
            q = self.model.vectors.cross(self.model.covariance, frames, self.observations.frames)
            rows = trend_functionals(self.model.trend, frames, self.centre)
            mean[part] = rows @ self.trend_parameters + (q @ self.alpha).reshape(-1, 6)
        return mean

    def mean_and_covariance(self, nodes: Array) -> tuple[Array, Array]:
        """Return mean (m, 6) and posterior covariance (m, 6, 6) of the functionals.

        v_e, v_n in mm/yr, L_ee, L_en, L_ne, L_nn in (mm/yr)/km.
        """
        mean, covariance = np.empty((len(nodes), 6)), np.empty((len(nodes), 6, 6))
        for part in tiles(len(nodes)):
            frames = nodes[part]
            q = self.model.vectors.cross(self.model.covariance, frames, self.observations.frames)
            rows = trend_functionals(self.model.trend, frames, self.centre)
            mean[part] = rows @ self.trend_parameters + (q @ self.alpha).reshape(-1, 6)
            white = _solve(self.factor, q.T).T.reshape(len(frames), 6, -1)
            left = rows - white @ self.whitened_trend
            covariance[part] = (
                self.model.vectors.prior(self.model.covariance, frames)
                - white @ white.transpose(0, 2, 1)
                + left @ self.trend_covariance @ left.transpose(0, 2, 1)
            )
        return mean, covariance

    def prior(self, nodes: Array) -> Array:
        """Return the prior covariance of the functionals, trend left out, shape (m, 6, 6)."""
        return self.model.vectors.prior(self.model.covariance, nodes)


def _solve(factor: Array, right: Array, *, transposed: bool = False) -> Array:
    """Return L^-1 B, or L^-T B; `right` in Fortran order is overwritten."""
    if not right.shape[1]:
        return right
    return np.asarray(
        blas.dtrsm(1.0, factor, right, lower=1, trans_a=int(transposed), overwrite_b=1)
    )


def tiles(n: int, size: int = TILE) -> Iterator[slice]:
    """Return slices that cut `n` nodes into tiles."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))
