"""A covariance whose short-scale amplitude varies in space, by penalised likelihood.

A stationary covariance gives strain one prior variance everywhere: too wide where
the crust is quiet, too narrow over faults. Here the standard deviation of the
roughest component is multiplied by a smooth factor s(x) > 0, whose logarithm is a
sum of Gaussian functions around knots; their weights are found with all other
parameters by restricted likelihood, under a normal prior that keeps s at one
where the data do not ask for more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from asperity.gnss.covariance import Covariance
from asperity.gnss.covariance.amplitude import Amplitude
from asperity.gnss.estimation import Estimate, likelihood_blocks, trial_stations
from asperity.gnss.likelihood import reml
from asperity.gnss.local import spread_stations
from asperity.gnss.solver import Observations
from asperity.gnss.sphere import RADIUS

__all__ = ["knots_of", "with_amplitude"]

#: Stations for each knot, and the largest number of knots.
STATIONS_PER_KNOT = 12
MOST_KNOTS = 120
#: Stations of the first search.
TRIAL = 900
#: Prior standard deviation of a weight: a factor of about two and a half.
WEIGHT_SD = 1.0


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
        Its status says how much the likelihood gained.
    """
    *rest, last = found.model.covariance.components
    knots = knots_of(observations)
    varying = replace(last, amplitude=knots)
    model = replace(found.model, covariance=Covariance((*rest, varying)))
    # Most of the way is gone on a part of the stations, at a small part of the cost.
    first = reml(
        model, trial_stations(observations, TRIAL, seed), amplitude_sd=WEIGHT_SD, tolerance=1e-5,
        advance=advance,
    )  # fmt: skip
    fit = reml(
        first.model, likelihood_blocks(observations), amplitude_sd=WEIGHT_SD, tolerance=1e-6,
        advance=advance,
    )  # fmt: skip
    gain = fit.likelihood - found.likelihood
    text = (
        f"amplitude of {last.name} varies over {knots.weights.size} knots about "
        f"{knots.length:.0f} km apart; log-likelihood {gain:+.1f}"
    )
    status = text if found.status == "ok" else f"{found.status}; {text}"
    return Estimate(fit.model, fit.likelihood, found.method, status)
