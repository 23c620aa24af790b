"""Vector models: how a covariance function becomes that of a velocity field on the sphere."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.kernels import prepare
from asperity.gnss.sphere import RADIUS, chord, great_circle
from asperity.gnss.strain_rate.covariance.model import Covariance, radial_sum

prepare()
from asperity.gnss.strain_rate import _kernels  # noqa: E402

__all__ = ["MODELS", "VectorModel", "vector_model"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class VectorModel:
    """How the two velocity components of the signal belong together.

    Parameters
    ----------
    name : {"projected", "components", "helmholtz", "icm"}
        ``projected``: a three-component field of covariance C(d) I, d the chord,
        projected on the sphere; invariant to rotation, smooth over poles and date
        line. ``components``: east and north are independent, d along the sphere;
        for regional extents away from the poles. ``icm``: the same with the
        covariance B C(d) between components. ``helmholtz``: gradient of a
        potential plus rotated gradient of a stream function.
    share : float
        Part of the variance from the potential (helmholtz); one half leaves the
        components uncoupled in the plane.
    ratio : float
        Standard deviation east over north (icm).
    correlation : float
        Of the two components (icm).

    Notes
    -----
    The scalar potentials of ``helmholtz`` have the covariance K with -K'/d = C:
    Cov(d_i Phi, d_j Phi) = C t_i.t_j + g (t_i.D)(t_j.D), D the chord vector, which
    needs C to be positive definite in five dimensions. An elastic sheet of
    Poisson's ratio nu corresponds to share/(1 - share) = (1 - nu)/2.
    """

    name: str = "projected"
    share: float = 0.5
    ratio: float = 1.0
    correlation: float = 0.0

    def __post_init__(self) -> None:
        if self.name not in MODELS:
            raise InputError(f"vector model {self.name!r}; allowed are {', '.join(MODELS)}")
        if not 0.0 < self.share < 1.0:
            raise InputError(f"helmholtz share {self.share!r}; expected between 0 and 1")
        if not (self.ratio > 0.0 and -1.0 < self.correlation < 1.0):
            raise InputError(
                f"icm ratio {self.ratio!r}, correlation {self.correlation!r}; expected a ratio "
                "above 0 and a correlation between -1 and 1"
            )

    @property
    def kernel(self) -> int:
        """Number by which the kernels know the model."""
        return MODELS[self.name]

    @property
    def coefficients(self) -> Array:
        """What the kernels take."""
        if self.name == "helmholtz":
            return np.array([self.share])
        if self.name == "icm":
            return np.array([self.ratio, 1.0 / self.ratio, self.correlation])
        return np.array([1.0, 1.0, 0.0])

    def check(self, covariance: Covariance) -> None:
        """Refuse a covariance that is not positive definite in this model.

        Raises
        ------
        InputError
        """
        needed = {"helmholtz": 5, "projected": 3}.get(self.name, 2)
        for c in covariance.components:
            if c.kind.dimensions < needed:
                raise InputError(
                    f"covariance {c.name} is not positive definite in {needed} dimensions, "
                    f"which the vector model {self.name} needs; use gauss or matern32"
                )
            if self.name == "helmholtz" and not c.kind.differentiable:
                raise InputError(f"covariance {c.name} has no gradient, which helmholtz needs")

    def distance(self, a: Array, b: Array) -> Array:
        """Return the distances that the covariance is a function of, km, shape (n, m)."""
        straight = chord(a, b)
        return great_circle(straight) if self.kernel == _kernels.COMPONENTS else straight

    def matrix(self, covariance: Covariance, frames: Array, distance: Array) -> Array:
        """Return the signal covariance of velocities at stations.

        Parameters
        ----------
        covariance : Covariance
        frames : ndarray, shape (n, 3, 3)
        distance : ndarray, shape (n, n)
            From `distance`, km.

        Returns
        -------
        ndarray, shape (2 n, 2 n)
            East first, mm^2/yr^2, in Fortran order; the lower triangle only.
        """
        c, g = total_radial(covariance, frames, distance)
        n = len(frames)
        out = np.zeros((2 * n, 2 * n), order="F")
        _kernels.assemble(self.kernel, self.coefficients, RADIUS, frames, c, g, out)
        return out

    def cross(
        self, covariance: Covariance, nodes: Array, stations: Array, out: Array | None = None
    ) -> Array:
        """Return the covariances of six functionals at nodes with velocities at stations.

        Parameters
        ----------
        covariance : Covariance
        nodes : ndarray, shape (m, 3, 3)
        stations : ndarray, shape (n, 3, 3)

        Returns
        -------
        ndarray, shape (6 m, 2 n)
            For each node v_e, v_n, L_ee, L_en, L_ne, L_nn; columns east first.
        """
        m, n = len(nodes), len(stations)
        out = np.empty((6 * m, 2 * n)) if out is None else out
        out[:] = 0.0
        distance = self.distance(nodes, stations)
        for amplitude, components in covariance.groups():
            c, g, h = radial_sum(components, distance)
            if amplitude is None:
                scale, slope, there = np.ones(m), np.zeros((m, 2)), np.ones(n)
            else:
                scale, slope = amplitude.scale_and_slope(nodes)
                there = amplitude.scale(stations)
            _kernels.cross(
                self.kernel, self.coefficients, RADIUS, nodes, stations,
                c, g, h, scale, slope, there, out,
            )  # fmt: skip
        return out

    def prior(self, covariance: Covariance, nodes: Array) -> Array:
        """Return the prior covariance of the six functionals at nodes, shape (m, 6, 6)."""
        total = np.zeros((len(nodes), 6, 6))
        for amplitude, components in covariance.groups():
            variance = sum(c.variance for c in components)
            curvature = sum(c.curvature for c in components)
            stationary = self._stationary_prior(variance, curvature, nodes)
            if amplitude is not None:
                scale, slope = amplitude.scale_and_slope(nodes)
                change = np.zeros_like(stationary)
                change[:, range(6), range(6)] = scale[:, None]
                for row, component, direction in ((2, 0, 0), (3, 0, 1), (4, 1, 0), (5, 1, 1)):
                    change[:, row, component] = slope[:, direction]
                stationary = change @ stationary @ change.transpose(0, 2, 1)
            total += stationary
        return total

    def _stationary_prior(self, variance: float, curvature: float, nodes: Array) -> Array:
        if self.kernel == _kernels.COMPONENTS:
            return self._components_prior(variance, curvature, nodes)
        lift = np.zeros((4, 4))
        lift[np.ix_([0, 3], [0, 3])] = variance / RADIUS**2
        if self.kernel == _kernels.PROJECTED:
            gradient = curvature * np.eye(4)
        else:
            # Second derivatives ee, en, ne, nn of a potential, then those of the stream
            # function's field, (-d_n, d_e).
            second = np.array([[3, 0, 0, 1], [0, 1, 1, 0], [0, 1, 1, 0], [1, 0, 0, 3.0]])
            second = curvature * second + lift
            turn = np.array([[0, 0, -1, 0], [0, 0, 0, -1], [1, 0, 0, 0], [0, 1, 0, 0.0]])
            gradient = self.share * second + (1.0 - self.share) * turn @ second @ turn.T
            lift = np.zeros((4, 4))
        prior = np.zeros((6, 6))
        prior[:2, :2] = variance * np.eye(2)
        prior[2:, 2:] = gradient + lift
        return np.broadcast_to(prior, (len(nodes), 6, 6)).copy()

    def _components_prior(self, variance: float, curvature: float, nodes: Array) -> Array:
        bee, bnn, ben = self.coefficients
        b = np.array([[bee, ben], [ben, bnn]])
        tangent = nodes[:, 2, 2] / (RADIUS * nodes[:, 1, 2])
        prior = np.zeros((len(nodes), 6, 6))
        # Independent blocks: velocities, slopes to the east, slopes to the north.
        change = np.zeros((len(nodes), 6, 6))
        change[:, 0, 0] = change[:, 1, 1] = 1.0
        for row, column in ((2, 2), (3, 4), (4, 3), (5, 5)):
            change[:, row, column] = 1.0
        change[:, 2, 1] = -tangent
        change[:, 4, 0] = tangent
        for start, size in ((0, variance), (2, curvature), (4, curvature)):
            prior[:, start : start + 2, start : start + 2] = size * b
        return np.asarray(change @ prior @ change.transpose(0, 2, 1))

    # The parameters of the model that an estimator may vary, without bounds.

    def free(self) -> Array:
        """Return the model's own parameters on scales without bounds."""
        if self.name == "helmholtz":
            return np.array([math.log(self.share / (1.0 - self.share))])
        if self.name == "icm":
            return np.array([math.log(self.ratio), math.atanh(self.correlation)])
        return np.zeros(0)

    def with_free(self, values: Array) -> Self:
        """Return the model with the parameters that `free` gives."""
        if self.name == "helmholtz":
            return replace(self, share=1.0 / (1.0 + math.exp(-float(values[0]))))
        if self.name == "icm":
            return replace(
                self, ratio=math.exp(float(values[0])), correlation=math.tanh(float(values[1]))
            )
        return self

    def free_slopes(self, slopes: Array) -> Array:
        """Turn derivatives by the kernels' coefficients into those by the free parameters."""
        if self.name == "helmholtz":
            return slopes[:1] * self.share * (1.0 - self.share)
        if self.name == "icm":
            scale = slopes[0] * self.ratio - slopes[1] / self.ratio
            return np.array([scale, slopes[2] * (1.0 - self.correlation**2)])
        return np.zeros(0)

    def document(self) -> dict[str, Any]:
        """Return name and parameters as the JSON documents show them."""
        own = {
            "helmholtz": {"share": self.share},
            "icm": {"ratio": self.ratio, "correlation": self.correlation},
        }
        return {"name": self.name, **own.get(self.name, {})}


#: The vector models and the kernel behind each.
MODELS: dict[str, int] = {
    "projected": _kernels.PROJECTED,
    "components": _kernels.COMPONENTS,
    "helmholtz": _kernels.HELMHOLTZ,
    "icm": _kernels.COMPONENTS,
}


def vector_model(model: str | VectorModel) -> VectorModel:
    """Return a vector model by name; one's own is handed through."""
    return model if isinstance(model, VectorModel) else VectorModel(model)


def total_radial(covariance: Covariance, frames: Array, distance: Array) -> tuple[Array, Array]:
    """Return C and g of all components at pairs of stations, amplitudes included."""
    c, g = np.zeros_like(distance), np.zeros_like(distance)
    for amplitude, components in covariance.groups():
        cc, gg, _ = radial_sum(components, distance)
        if amplitude is not None:
            s = amplitude.scale(frames)
            cc, gg = cc * np.outer(s, s), gg * np.outer(s, s)
        c += cc
        g += gg
    return c, g
