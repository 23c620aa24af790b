"""A covariance whose short-scale amplitude varies in space, by penalised likelihood.

A stationary covariance gives strain one prior variance everywhere: too wide where
the crust is quiet, too narrow over faults. Here the standard deviation of the
roughest component is multiplied by a smooth factor s(x) > 0, whose logarithm is a
sum of Gaussian functions around knots; their weights are found with the variances
and the noise by restricted likelihood, under a normal prior of the weights.

The length of that component stays as the stationary fit found it, and below one and
a half times the distance of the knots. A free length grows beyond: s(x) times a
field that is nearly constant is a smooth field of a few parameters, which fits
velocities well and leaves strain with a standard deviation far too small. The
amplitude is kept if it gains evidence (Laplace's approximation of the likelihood
with the weights integrated out), so that it does not follow the noise of a field
that has one amplitude.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from asperity.core.errors import InputError
from asperity.gnss.sphere import RADIUS
from asperity.gnss.strain_rate.covariance import Covariance
from asperity.gnss.strain_rate.covariance.amplitude import Amplitude
from asperity.gnss.strain_rate.estimation import Estimate, likelihood_blocks, trial_parts
from asperity.gnss.strain_rate.likelihood import projector, reml
from asperity.gnss.strain_rate.local import spread_stations
from asperity.gnss.strain_rate.solver import Observations, SignalModel

__all__ = ["amplitude_information", "knots_of", "with_amplitude"]

Array = NDArray[np.float64]

#: Stations for each knot, and the largest number of knots.
STATIONS_PER_KNOT = 12
MOST_KNOTS = 120
#: Stations of the first search.
TRIAL = 900
#: Prior standard deviation of a weight. About three Gaussian functions overlap at a place, so that
#: log s has one of about 3.5 beforehand: next to none, and the data decide.
WEIGHT_SD = 2.0
#: Largest length of the varying component over the distance of the knots.
LONGEST = 1.5


def knots_of(observations: Observations) -> Amplitude:
    """Return an amplitude of one everywhere, with knots spread over the network."""
    count = max(1, min(MOST_KNOTS, len(observations) // STATIONS_PER_KNOT))
    frames = observations.frames[spread_stations(observations.frames, count)]
    if count > 1:
        near, _ = cKDTree(RADIUS * frames[:, 2]).query(RADIUS * frames[:, 2], 2)
        spacing = float(np.median(near[:, 1]))
    else:
        spacing = 500.0
    return Amplitude(frames, np.zeros(count), spacing)


def with_amplitude(
    found: Estimate,
    observations: Observations,
    *,
    seed: int = 0,
    advance: Callable[[], Any] = lambda: None,
) -> Estimate:
    """Let the amplitude of the last component vary in space.

    Parameters
    ----------
    found : Estimate
        A model with constant amplitudes.
    observations : Observations
    seed : int
        Of the stations of the first search.
    advance : callable
        Called after each evaluation of the likelihood.

    Returns
    -------
    Estimate
        With that amplitude or, where it gains no evidence, as it was; the status says
        which, and by how much.
    """
    *rest, last = found.model.covariance.components
    knots = knots_of(observations)
    length = min(last.length, LONGEST * knots.length)
    varying = replace(last, length=length, amplitude=knots)
    model = replace(found.model, covariance=Covariance((*rest, varying)))
    blocks = likelihood_blocks(observations)
    # Most of the way is gone on a part of the stations, at a small part of the cost.
    first = reml(
        model, trial_parts(observations, TRIAL, seed), amplitude_sd=WEIGHT_SD, tolerance=1e-5,
        advance=advance,
    )  # fmt: skip
    fit = reml(first.model, blocks, amplitude_sd=WEIGHT_SD, tolerance=1e-6, advance=advance)
    information = sum(amplitude_information(fit.model, part) for part in blocks)
    gain = fit.likelihood - _occam(fit.model, np.asarray(information)) - found.likelihood
    if gain > 0.0:
        kept = Estimate(fit.model, fit.likelihood, found.method, "ok")
        text = (
            f"amplitude of {last.name} varies over {knots.weights.size} knots about "
            f"{knots.length:.0f} km apart; log-evidence {gain:+.1f}"
        )
    else:
        kept = found
        text = f"one amplitude everywhere: a varying one has the log-evidence {gain:+.1f}"
    return replace(kept, status=text if found.status == "ok" else f"{found.status}; {text}")


def amplitude_information(model: SignalModel, observations: Observations) -> Array:
    """Return the Fisher information of the weights of the last component's amplitude.

    Parameters
    ----------
    model : SignalModel
        Its last component has an amplitude.
    observations : Observations

    Returns
    -------
    ndarray, shape (k, k)

    Notes
    -----
    F_kl = tr(P dK_k P dK_l) / 2 with dK_k = D_k K + K D_k, where K is the covariance
    of the component and D_k holds the basis function of knot k at the stations; that
    is B' [(K P) o (K P)' + (K P K) o P] B.
    """
    last = model.covariance.components[-1]
    if last.amplitude is None:
        raise InputError(f"covariance {last.name}: its amplitude does not vary")
    frames = observations.frames
    alone = model.vectors.matrix(
        Covariance((last,)), frames, model.vectors.distance(frames, frames)
    )
    signal = np.tril(alone) + np.tril(alone, -1).T
    precision = projector(model, observations).matrix
    product = signal @ precision
    basis = np.tile(last.amplitude.basis(frames), (2, 1))
    weight = product * product.T + (product @ signal) * precision
    return np.asarray(basis.T @ weight @ basis)


def _occam(model: SignalModel, information: Array) -> float:
    """Return by how much the evidence lies below the likelihood at the best weights."""
    last = model.covariance.components[-1]
    weights = np.zeros(0) if last.amplitude is None else last.amplitude.weights
    spread = np.eye(weights.size) + WEIGHT_SD**2 * information
    return 0.5 * float(weights @ weights) / WEIGHT_SD**2 + 0.5 * float(np.linalg.slogdet(spread)[1])
