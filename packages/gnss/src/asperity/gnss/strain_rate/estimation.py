"""From a wish, such as two scales by REML, to a model with its parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from asperity.core.errors import ConvergenceError, DataError, InputError
from asperity.gnss.sphere import longitude_latitude
from asperity.gnss.strain_rate.covariance import Component, Covariance
from asperity.gnss.strain_rate.covariance.empirical import empirical_covariance, fit_empirical
from asperity.gnss.strain_rate.crossvalidation import block_labels, leave_blocks_out, leave_one_out
from asperity.gnss.strain_rate.likelihood import (
    Fit,
    likelihood_curvature,
    projector,
    reml,
    restricted_likelihood,
)
from asperity.gnss.strain_rate.local import compact_tiles
from asperity.gnss.strain_rate.solver import Noise, Observations, SignalModel

__all__ = [
    "METHODS",
    "Estimate",
    "EstimationMethod",
    "estimate",
    "likelihood_blocks",
    "starting_covariance",
    "trial_parts",
]

EstimationMethod = Literal["none", "empirical", "reml", "loo", "blocks"]
METHODS: tuple[EstimationMethod, ...] = ("none", "empirical", "reml", "loo", "blocks")

#: Stations of one likelihood: more are parted into compact blocks whose likelihoods are added.
LARGEST_LIKELIHOOD = 2500
BLOCK = 1000
#: Stations on which the starts are tried, and one scale is held against more.
TRIAL = 600
TRIAL_PARTS = 3
#: Where the empirical covariance does not do, km (k = 1.41e-3 per km).
FALLBACK_LENGTH = 500.0

#: Length in km and share of the variance with which a component starts.
_STARTS: dict[int, tuple[tuple[tuple[float, float], ...], ...]] = {
    1: (((300.0, 1.0),),),
    2: (((800.0, 0.8), (200.0, 0.2)), ((400.0, 0.9), (80.0, 0.1))),
}


@dataclass(frozen=True, eq=False)
class Estimate:
    """A model whose parameters were estimated.

    Parameters
    ----------
    model : SignalModel
    likelihood : float
        Restricted log-likelihood of the model; NaN where it was not worked out.
    method : str
    status : str
        ``ok``, or what the reader has to know.
    """

    model: SignalModel
    likelihood: float
    method: str
    status: str


def starting_covariance(
    text: str,
    variances: Sequence[float],
    lengths: Sequence[float],
    observations: Observations,
    start: int = 0,
) -> Covariance:
    """Return the covariance that a text such as ``gauss+matern32`` names.

    Parameters
    ----------
    text : str
        Names of covariance functions, joined by plus signs.
    variances, lengths : sequence of float
        mm^2/yr^2 and km, one a function; empty for values that fit the data.
    observations : Observations
    start : int
        Which set of default lengths.
    """
    names = [name.strip() for name in text.split("+")]
    for values, what in ((variances, "variance"), (lengths, "length")):
        if values and len(values) != len(names):
            raise InputError(
                f"{len(values)} values of {what} for the covariance {text!r}; expected {len(names)}"
            )
    known = _STARTS.get(len(names))
    pairs = known[start % len(known)] if known else tuple(
        (800.0 / 3.0**i, 1.0 / len(names)) for i in range(len(names))
    )  # fmt: skip
    total = max(float(np.var(observations.velocities.reshape(2, -1), axis=1).mean()), 1e-3)
    return Covariance(
        tuple(
            Component(
                name,
                variances[i] if variances else share * total,
                lengths[i] if lengths else length,
            )
            for i, (name, (length, share)) in enumerate(zip(names, pairs, strict=True))
        )
    )


def estimate(
    method: EstimationMethod,
    model: SignalModel,
    observations: Observations,
    *,
    starts: Sequence[SignalModel] = (),
    noise_factor: bool = False,
    keep_variance: bool = False,
    block_size: float = 1.0,
    seed: int = 0,
    advance: Callable[[], Any] = lambda: None,
) -> Estimate:
    """Estimate the parameters of a model.

    Parameters
    ----------
    method : {"none", "empirical", "reml", "loo", "blocks"}
        ``none`` takes the model as it is. ``empirical`` fits length and variance to
        the empirical covariance. ``reml`` maximises the restricted likelihood,
        ``loo`` and ``blocks`` the predictive density of stations left out one
        by one, or in blocks of `block_size` degrees.
    model : SignalModel
    observations : Observations
    starts : sequence of SignalModel
        Further starts of the likelihood.
    noise_factor : bool
        Whether REML varies the factor of the formal standard deviations too.
    keep_variance : bool
        Whether ``empirical`` takes the length only.
    seed : int
        Of the stations on which the starts are tried.
    advance : callable
        Called after each evaluation of a likelihood.
    """
    if method == "none":
        return Estimate(model, _likelihood(model, observations), method, "ok")
    if method == "empirical":
        return _empirical(model, observations, keep_variance)
    if method == "reml":
        return _reml(model, observations, starts, noise_factor, seed, advance)
    return _predictive(method, model, observations, block_size, seed, advance)


def _likelihood(model: SignalModel, observations: Observations) -> float:
    if len(observations) > LARGEST_LIKELIHOOD:
        return math.nan
    return restricted_likelihood(model, observations)


def _empirical(model: SignalModel, observations: Observations, keep_variance: bool) -> Estimate:
    if len(model.covariance.components) != 1:
        raise InputError(
            f"covariance {model.covariance.name}: the empirical covariance fits one function only; "
            "use estimate = reml for a sum"
        )
    part = model.covariance.components[0]
    status = "ok"
    try:
        trend = model.trend if model.trend != "none" else "rotation"
        found = fit_empirical(empirical_covariance(observations, trend), part.name).components[0]
        if keep_variance:
            found = replace(found, variance=part.variance)
    except (DataError, RuntimeError) as error:
        found = replace(part, length=FALLBACK_LENGTH)
        status = f"length {FALLBACK_LENGTH:g} km is the fallback: {error}"
    fitted = replace(model, covariance=Covariance((found,)))
    return Estimate(fitted, _likelihood(fitted, observations), "empirical", status)


def trial_parts(observations: Observations, count: int, seed: int) -> list[Observations]:
    """Return a part of the stations that has pairs at every distance.

    Parameters
    ----------
    observations : Observations
    count : int
        Stations of one part.
    seed : int

    Returns
    -------
    list of Observations
        One, drawn from all; of a network whose likelihood is that of blocks three compact
        parts, as so few of so many have no close pairs: the short scale would be noise.
    """
    if len(observations) <= count:
        return [observations]
    rng = np.random.default_rng(seed)
    if len(observations) <= LARGEST_LIKELIHOOD:
        rows = rng.choice(len(observations), count, replace=False)
        return [observations.select(np.sort(rows))]
    compact = compact_tiles(observations.frames, count)
    drawn = rng.choice(len(compact), TRIAL_PARTS, replace=False)
    return [observations.select(compact[i]) for i in np.sort(drawn)]


def likelihood_blocks(observations: Observations) -> list[Observations]:
    """Return the observations, or compact blocks of them where there are too many."""
    if len(observations) <= LARGEST_LIKELIHOOD:
        return [observations]
    return [observations.select(rows) for rows in compact_tiles(observations.frames, BLOCK)]


def _reml(
    model: SignalModel,
    observations: Observations,
    starts: Sequence[SignalModel],
    noise_factor: bool,
    seed: int,
    advance: Callable[[], Any],
) -> Estimate:
    trial = trial_parts(observations, TRIAL, seed)

    def fit(model: SignalModel, starts: Sequence[SignalModel] = ()) -> Fit:
        return reml(
            model, trial, starts=starts, noise_factor=noise_factor, tolerance=1e-4, advance=advance
        )

    chosen, status = _fewest_scales(fit, fit(model, starts))
    curvature = sum(
        likelihood_curvature(chosen.model, part, noise_factor=noise_factor) for part in trial
    )
    blocks = likelihood_blocks(observations)
    final = reml(
        chosen.model, blocks, noise_factor=noise_factor,
        curvature=np.asarray(curvature) * (len(observations) / chosen.stations), advance=advance,
    )  # fmt: skip
    if len(blocks) > 1 and status == "ok":
        status = f"likelihood of {len(blocks)} compact blocks of stations, added"
    return Estimate(final.model, final.likelihood, "reml", status)


def _fewest_scales(
    fit: Callable[[SignalModel, Sequence[SignalModel]], Fit], whole: Fit
) -> tuple[Fit, str]:
    """Leave out the components that the likelihood does not ask for.

    Parameters
    ----------
    fit : callable
        Maximises the likelihood from a start and further ones.
    whole : Fit
        With all components.

    Notes
    -----
    A component costs two parameters, each half the logarithm of the number of data
    (Schwarz 1978). One that buys less is a second name of the noise, of a length
    below the distance of the stations, or of a scale that is there already; the
    first of these ruins strain.
    """
    price = math.log(2 * whole.stations)
    status = "ok"
    while len(parts := whole.model.covariance.components) > 1:
        fewer = [fit(*_without(whole.model, i)) for i in range(len(parts))]
        best = max(fewer, key=lambda one: one.likelihood)
        gain = whole.likelihood - best.likelihood
        if gain >= price:
            break
        status = (
            f"{best.model.covariance.name} alone: another scale gains {max(gain, 0.0):.1f} in "
            f"log-likelihood on {whole.stations} stations, less than {price:.1f}"
        )
        whole = best
    return whole, status


def _without(model: SignalModel, leave: int) -> tuple[SignalModel, list[SignalModel]]:
    """Return the starts of a fit without one component, whose part the others take over."""
    whole = model.covariance
    parts = [c for i, c in enumerate(whole.components) if i != leave]
    if len(parts) > 1:
        return replace(model, covariance=Covariance(tuple(parts))), []
    # Alone it has to span the size of the field and that of its gradient, or to stay as it is.
    alone = replace(parts[0], variance=whole.variance)
    spanning = math.sqrt(alone.kind.curvature) * max(whole.effective_length, 50.0)
    starts = [replace(alone, length=max(spanning, alone.length)), replace(alone, length=spanning)]
    one, other = (replace(model, covariance=Covariance((c,))) for c in starts)
    return one, [other] if spanning < 0.8 * alone.length else []


def _predictive(
    method: EstimationMethod,
    model: SignalModel,
    observations: Observations,
    block_size: float,
    seed: int,
    advance: Callable[[], Any],
) -> Estimate:
    trial = trial_parts(observations, TRIAL, seed)
    count = sum(len(part) for part in trial)
    blocks = [block_labels(*longitude_latitude(part.frames), block_size) for part in trial]

    def model_of(vector: NDArray[np.float64]) -> SignalModel:
        *pairs, extra = np.exp(vector)
        parts = tuple(
            replace(part, variance=float(pairs[2 * i]), length=float(pairs[2 * i + 1]))
            for i, part in enumerate(model.covariance.components)
        )
        noise = Noise(model.noise.factor, float(extra))
        return replace(model, covariance=Covariance(parts), noise=noise)

    def loss(vector: NDArray[np.float64]) -> float:
        advance()
        total = 0.0
        for part, cells in zip(trial, blocks, strict=True):
            try:
                at = projector(model_of(vector), part)
            except ConvergenceError:
                return 1e12
            left = leave_one_out(at) if method == "loo" else leave_blocks_out(at, cells)
            total -= left.log_density * len(part)
        return total / count

    values = [v for c in model.covariance.components for v in (c.variance, c.length)]
    start = np.log([*values, max(model.noise.extra, 0.05)])
    simplex = np.vstack([start, start + 0.4 * np.eye(start.size)])
    found = optimize.minimize(
        loss, start, method="Nelder-Mead",
        options={"initial_simplex": simplex, "xatol": 0.01, "fatol": 1e-5, "maxiter": 400},
    )  # fmt: skip
    fitted = model_of(found.x)
    status = "ok" if count == len(observations) else (
        f"the predictive density is that of {count} of {len(observations)} stations"
    )  # fmt: skip
    return Estimate(fitted, _likelihood(fitted, observations), method, status)
