"""Parameters of covariance and noise by restricted maximum likelihood (REML).

    -2 l = log|K_y| + log|A' K_y^-1 A| - log|A' A| + d' P d + (n - p) log 2 pi
    P    = K_y^-1 - K_y^-1 A (A' K_y^-1 A)^-1 A' K_y^-1

with the gradient tr(P dK) - (P d)' dK (P d) (Patterson & Thompson 1971; Harville
1977). Variances, lengths and noises are varied as logarithms.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize

from asperity.core.errors import ConvergenceError
from asperity.gnss.sphere import RADIUS, trend_columns
from asperity.gnss.strain_rate import _kernels
from asperity.gnss.strain_rate.covariance import Covariance
from asperity.gnss.strain_rate.covariance.model import radial_sum
from asperity.gnss.strain_rate.covariance.vectors import total_radial
from asperity.gnss.strain_rate.solver import Noise, Observations, SignalModel, data_factor

__all__ = [
    "Fit",
    "Projector",
    "likelihood_curvature",
    "projector",
    "reml",
    "restricted_likelihood",
]

Array = NDArray[np.float64]

#: Smallest variance, mm^2/yr^2: data that the trend explains exactly drive it to zero.
SMALLEST_VARIANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Projector:
    """P and P d of some observations under a model.

    Parameters
    ----------
    matrix : ndarray, shape (2 n, 2 n)
        P, symmetric.
    data : ndarray, shape (2 n,)
        P d.
    likelihood : float
        Restricted log-likelihood l.
    distance : ndarray, shape (n, n)
    """

    matrix: Array
    data: Array
    likelihood: float
    distance: Array


def projector(model: SignalModel, observations: Observations) -> Projector:
    """Return P, P d and the restricted log-likelihood.

    Raises
    ------
    ConvergenceError
        If the covariance matrix is not positive definite.
    """
    frames = observations.frames
    distance = model.vectors.distance(frames, frames)
    factor = data_factor(model, observations, distance)
    log_determinant = 2.0 * float(np.log(factor.diagonal()).sum())
    inverse, _ = linalg.lapack.dpotri(factor, lower=1, overwrite_c=1)
    _mirror(inverse)
    columns = trend_columns(model.trend, frames, observations.centre)
    n, p = columns.shape
    constant = (n - p) * math.log(2.0 * math.pi)
    if p:
        solved = inverse @ columns
        normal = columns.T @ solved
        inverse -= solved @ linalg.solve(normal, solved.T, assume_a="pos")
        log_determinant += np.linalg.slogdet(normal)[1] - np.linalg.slogdet(columns.T @ columns)[1]
    data = inverse @ observations.velocities
    quadratic = float(observations.velocities @ data)
    likelihood = -0.5 * (log_determinant + quadratic + constant)
    return Projector(inverse, data, likelihood, distance)


def _mirror(matrix: Array, block: int = 512) -> None:
    """Copy the lower triangle to the upper one, block by block."""
    n = len(matrix)
    for start in range(0, n, block):
        stop = min(start + block, n)
        square = matrix[start:stop, start:stop]
        square[:] = np.tril(square) + np.tril(square, -1).T
        matrix[start:stop, stop:] = matrix[stop:, start:stop].T


def restricted_likelihood(model: SignalModel, observations: Observations) -> float:
    """Return the restricted log-likelihood of the observations under a model."""
    return projector(model, observations).likelihood


@dataclass(frozen=True, eq=False)
class Fit:
    """Parameters that maximise the restricted likelihood.

    Parameters
    ----------
    model : SignalModel
    likelihood : float
        Restricted log-likelihood.
    evaluations : int
    starts : tuple of float
        Log-likelihood that each start reached.
    stations : int
        How many stations the likelihood is of.
    """

    model: SignalModel
    likelihood: float
    evaluations: int
    starts: tuple[float, ...]
    stations: int


class _Parameters:
    """The free parameters of a model as one vector without bounds, and back."""

    def __init__(self, model: SignalModel, *, noise_factor: bool, amplitude_sd: float) -> None:
        self.model = model
        self.noise_factor = noise_factor
        self.amplitude_sd = amplitude_sd
        self.parts = model.covariance.components
        self.sizes = [0 if c.amplitude is None else c.amplitude.weights.size for c in self.parts]

    def vector(self, model: SignalModel) -> Array:
        logs = [[math.log(c.variance), math.log(c.length)] for c in model.covariance.components]
        noise = [math.log(max(model.noise.extra, 1e-3))]
        if self.noise_factor:
            noise.append(math.log(model.noise.factor))
        weights = [
            c.amplitude.weights for c in model.covariance.components if c.amplitude is not None
        ]
        return np.concatenate([np.ravel(logs), noise, model.vectors.free(), *weights])

    def bounds(self) -> list[tuple[float, float]]:
        variance = (math.log(SMALLEST_VARIANCE), math.log(1e5))
        pairs: list[tuple[float, float]] = []
        for part in self.parts:
            lengths = (math.log(5.0), math.log(2.0 * RADIUS))
            if part.amplitude is not None:
                # A varying amplitude and a free length can stand for each other.
                lengths = (math.log(part.length), math.log(part.length))
            pairs += [variance, lengths]
        pairs.append((math.log(0.02), math.log(50.0)))
        if self.noise_factor:
            pairs.append((math.log(0.1), math.log(20.0)))
        pairs += [(-4.0, 4.0)] * self.model.vectors.free().size
        return pairs + [(-6.0, 6.0)] * sum(self.sizes)

    def model_of(self, vector: Array) -> SignalModel:
        logs, rest = np.split(vector, [2 * len(self.parts)])
        own = 1 + self.noise_factor
        noise = Noise(
            factor=math.exp(rest[1]) if self.noise_factor else self.model.noise.factor,
            extra=math.exp(rest[0]),
        )
        coefficients = self.model.vectors.free().size
        vectors = self.model.vectors.with_free(rest[own : own + coefficients])
        weights = np.split(rest[own + coefficients :], np.cumsum(self.sizes)[:-1])
        components = []
        for i, part in enumerate(self.parts):
            amplitude = part.amplitude
            if amplitude is not None:
                amplitude = replace(amplitude, weights=weights[i])
            components.append(
                replace(
                    part,
                    variance=math.exp(logs[2 * i]),
                    length=math.exp(logs[2 * i + 1]),
                    amplitude=amplitude,
                )
            )
        return replace(
            self.model, covariance=Covariance(tuple(components)), vectors=vectors, noise=noise
        )

    def penalty(self, vector: Array) -> tuple[float, Array]:
        """Return minus the log-prior of the amplitudes' weights, and its gradient."""
        slope = np.zeros_like(vector)
        size = sum(self.sizes)
        if not size:
            return 0.0, slope
        weights = vector[-size:]
        slope[-size:] = weights / self.amplitude_sd**2
        return 0.5 * float(weights @ weights) / self.amplitude_sd**2, slope

    def gradient(self, model: SignalModel, observations: Observations, at: Projector) -> Array:
        """Return the gradient of minus the log-likelihood by the vector."""
        weight = at.matrix - np.outer(at.data, at.data)
        frames, distance = observations.frames, at.distance
        n = len(frames)
        c, g = total_radial(model.covariance, frames, distance)
        weight_c, weight_g = np.zeros((n, n)), np.zeros((n, n))
        slopes = np.zeros(model.vectors.coefficients.size)
        _kernels.adjoint(
            model.vectors.kernel, model.vectors.coefficients, RADIUS, frames, weight, c, g,
            weight_c, weight_g, slopes,
        )  # fmt: skip
        coupled = model.vectors.name == "helmholtz"
        out: list[float] = []
        amplitudes: list[Array] = []
        for part in model.covariance.components:
            cc, gg, hh = radial_sum([part], distance)
            basis = None
            if part.amplitude is not None:
                basis = part.amplitude.basis(frames)
                s = np.exp(basis @ part.amplitude.weights)
                both = np.outer(s, s)
                cc, gg, hh = both * cc, both * gg, both * hh
            terms = weight_c * cc
            # C and g are functions of d / L: dC/dlog L = -d^2 g, dg/dlog L = -2 g - d^2 h.
            squares = distance**2
            by_length = -float(np.vdot(weight_c, squares * gg))
            if coupled:
                terms = terms + weight_g * gg
                by_length -= float(np.vdot(weight_g, 2.0 * gg + squares * hh))
            out += [float(terms.sum()), by_length]
            if basis is not None:
                amplitudes.append(basis.T @ (terms.sum(axis=0) + terms.sum(axis=1)))
        i = np.arange(n)
        diagonal = weight.diagonal()
        out.append(2.0 * model.noise.extra**2 * float(diagonal.sum()))
        if self.noise_factor:
            covariances = observations.covariances
            formal = (
                diagonal[:n] @ covariances[:, 0, 0]
                + diagonal[n:] @ covariances[:, 1, 1]
                + 2.0 * weight[n + i, i] @ covariances[:, 0, 1]
            )
            out.append(2.0 * model.noise.factor**2 * float(formal))
        free = model.vectors.free_slopes(slopes)
        return 0.5 * np.concatenate([out, free, *amplitudes])


def reml(
    model: SignalModel,
    observations: Observations | Sequence[Observations],
    *,
    starts: Sequence[SignalModel] = (),
    noise_factor: bool = False,
    amplitude_sd: float = 1.0,
    tolerance: float = 1e-7,
    curvature: Array | None = None,
    advance: Callable[[], Any] = lambda: None,
) -> Fit:
    """Maximise the restricted likelihood.

    Parameters
    ----------
    model : SignalModel
        Gives the form, and the first start.
    observations : Observations or sequence of them
        With several, the likelihoods of the blocks are added, as if they were
        independent.
    starts : sequence of SignalModel
        Further starts of the same form.
    noise_factor : bool
        Whether the factor of the formal standard deviations is varied too.
    amplitude_sd : float
        Prior standard deviation of the weights of a varying amplitude; the length of
        its component is kept.
    tolerance : float
        Relative change of the likelihood at which the search ends.
    curvature : ndarray, optional
        Hessian of minus the log-likelihood about where the search starts, such as
        `likelihood_curvature` of a part of the stations. A search that knows it takes
        few steps, along the flat ridge of variance and length too.
    advance : callable
        Called after each evaluation.

    Raises
    ------
    ConvergenceError
        If no start gives a finite likelihood.
    """
    blocks = [observations] if isinstance(observations, Observations) else list(observations)
    form = _Parameters(model, noise_factor=noise_factor, amplitude_sd=amplitude_sd)
    count = 0

    def objective(vector: Array) -> tuple[float, Array]:
        nonlocal count
        count += 1
        trial = form.model_of(vector)
        value, slope = form.penalty(vector)
        try:
            for block in blocks:
                at = projector(trial, block)
                value -= at.likelihood
                slope = slope + form.gradient(trial, block, at)
        except ConvergenceError:
            return 1e12, np.zeros_like(vector)
        advance()
        return value, slope

    bounds = form.bounds()
    low, high = np.array(bounds).T
    best, reached = None, []
    for start in (model, *starts):
        first = np.clip(form.vector(start), low, high)
        if curvature is not None:
            found = _search_on_known_curvature(objective, first, low, high, curvature)
        else:
            found = optimize.minimize(
                objective, first, jac=True, method="L-BFGS-B", bounds=bounds,
                options={"maxiter": 200, "ftol": tolerance * 1e-2, "gtol": 1e-3},
            )  # fmt: skip
        reached.append(-float(found.fun))
        if best is None or found.fun < best.fun:
            best = found
    if best is None or not math.isfinite(best.fun) or best.fun >= 1e12:
        raise ConvergenceError(
            "the restricted likelihood is not finite at any start; check the velocities' "
            "standard deviations and stations at one place"
        )
    fitted = form.model_of(best.x)
    return Fit(
        fitted, -float(best.fun) + form.penalty(best.x)[0], count, tuple(reached),
        sum(len(b) for b in blocks),
    )  # fmt: skip


#: Gain of the log-likelihood below which a search on known curvature ends.
_SMALL_GAIN = 1e-3


def _search_on_known_curvature(
    objective: Callable[[Array], tuple[float, Array]],
    first: Array,
    low: Array,
    high: Array,
    curvature: Array,
) -> optimize.OptimizeResult:
    """Minimise by BFGS in coordinates in which the known curvature is one.

    There a slope of s promises a gain of s^2 / 2, which says when to stop. Beyond the
    bounds the likelihood counts as nothing; at one (no extra noise) the search would not
    leave it, so that it starts a little inside.
    """
    first = np.clip(first, np.minimum(low + 1.0, high), np.maximum(high - 1.0, low))
    values, vectors = np.linalg.eigh(curvature)
    # A direction that a part of the stations left open counts as nearly so.
    scale = vectors / np.sqrt(np.maximum(values, 1e-3 * values[-1]))

    def scaled(place: Array) -> tuple[float, Array]:
        vector = first + scale @ place
        if ((vector < low) | (vector > high)).any():
            return 1e12, np.zeros_like(place)
        value, slope = objective(vector)
        return value, scale.T @ slope

    found = optimize.minimize(
        scaled, np.zeros_like(first), jac=True, method="BFGS",
        options={"gtol": math.sqrt(2.0 * _SMALL_GAIN), "maxiter": 50},
    )  # fmt: skip
    found.x = first + scale @ found.x
    return found


def likelihood_curvature(
    model: SignalModel, observations: Observations, *, noise_factor: bool = False
) -> Array:
    """Return the Hessian of minus the log-likelihood at a model without varying amplitude.

    Parameters
    ----------
    model : SignalModel
    observations : Observations
    noise_factor : bool
        Whether the factor of the formal standard deviations is a parameter too.

    Returns
    -------
    ndarray, shape (k, k)
        By the logarithms of variances, lengths and noises, then the vector model's own
        parameters; central differences of the analytic gradient.
    """
    form = _Parameters(model, noise_factor=noise_factor, amplitude_sd=1.0)
    centre, step = form.vector(model), 0.01
    rows = []
    for shift in step * np.eye(centre.size):
        up, down = (form.model_of(centre + sign * shift) for sign in (1.0, -1.0))
        slopes = [
            form.gradient(one, observations, projector(one, observations)) for one in (up, down)
        ]
        rows.append((slopes[0] - slopes[1]) / (2.0 * step))
    hessian = np.array(rows)
    return np.asarray(0.5 * (hessian + hessian.T))
