"""Two modes in one distribution, and the value that parts them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError

__all__ = ["TwoModes", "fit_two_modes"]

Array = NDArray[np.float64]

FEW_VALUES = 20


@dataclass(frozen=True)
class TwoModes:
    """A mixture of two normal laws, the lower first.

    Parameters
    ----------
    weights, means, sds : tuple of float
    threshold : float
        Where both are equally likely, between the means; NaN when the wider law
        is the likelier one all the way.
    separation : float
        Ashman's D: above 2 the modes part cleanly.
    bic_gain : float
        By how much the Bayesian information criterion prefers two laws to one.
    settled : bool
        Whether the likelihood had stopped to rise when the fit ended.
    """

    weights: tuple[float, float]
    means: tuple[float, float]
    sds: tuple[float, float]
    threshold: float
    separation: float
    bic_gain: float
    settled: bool


def fit_two_modes(values: ArrayLike, *, max_steps: int = 5000) -> TwoModes:
    """Fit a mixture of two normal laws by expectation and maximisation.

    Parameters
    ----------
    values : array_like, shape (n,)
    max_steps : int, optional

    Returns
    -------
    TwoModes

    Raises
    ------
    DataError
        If there are fewer than 20 values or all are equal.

    Notes
    -----
    The start is the division in two of least variance (k-means), which needs no
    random draw; the fit is therefore the same each time.

    References
    ----------
    Ashman, K. M., Bird, C. M. & Zepf, S. E. (1994). Detecting bimodality in
    astronomical datasets. Astron. J. 108, 2348-2361. doi:10.1086/117248

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> modes = fit_two_modes(np.concatenate([rng.normal(-6, 1, 500), rng.normal(-2, 1, 500)]))
    >>> round(modes.threshold)
    -4
    """
    x = np.sort(np.asarray(values, dtype=np.float64))
    if x.size < FEW_VALUES or not x[-1] > x[0]:
        raise DataError(
            f"two modes need at least {FEW_VALUES} values that differ; found {x.size}; "
            "give the threshold, --eta0"
        )
    weight, mean, sd = _divided(x)
    floor = 1e-3 * float(x.std())
    before, settled = -math.inf, False
    for _ in range(max_steps):
        logs = _log_densities(x, weight, mean, sd)
        top = logs.max(axis=0)
        total = top + np.log(np.exp(logs - top).sum(axis=0))
        likelihood = float(total.sum())
        share = np.exp(logs - total)
        members = share.sum(axis=1)
        weight = members / x.size
        mean = (share @ x) / members
        spread = (share * (x - mean[:, np.newaxis]) ** 2).sum(axis=1) / members
        sd = np.maximum(np.sqrt(spread), floor)
        settled = likelihood - before < 1e-8 * x.size
        if settled:
            break
        before = likelihood
    order = np.argsort(mean)
    weight, mean, sd = weight[order], mean[order], sd[order]
    one = -0.5 * x.size * (math.log(2.0 * math.pi * x.var()) + 1.0)
    gain = 2.0 * (likelihood - one) - 3.0 * math.log(x.size)
    separation = math.sqrt(2.0) * (mean[1] - mean[0]) / math.hypot(sd[0], sd[1])
    return TwoModes(
        (float(weight[0]), float(weight[1])),
        (float(mean[0]), float(mean[1])),
        (float(sd[0]), float(sd[1])),
        _crossing(weight, mean, sd),
        float(separation),
        float(gain),
        settled,
    )


def _divided(x: Array) -> tuple[Array, Array, Array]:
    """Return weights, means and sds of the division of sorted values of least variance."""
    n = x.size
    count = np.arange(1, n)
    left = np.cumsum(x)[:-1]
    right = x.sum() - left
    between = left**2 / count + right**2 / (n - count)
    cut = int(np.argmax(between)) + 1
    parts = (x[:cut], x[cut:])
    sd = np.array([p.std() for p in parts])
    return (
        np.array([p.size / n for p in parts]),
        np.array([p.mean() for p in parts]),
        np.maximum(sd, 0.05 * float(x.std())),
    )


def _log_densities(x: Array, weight: Array, mean: Array, sd: Array) -> Array:
    z = (x - mean[:, np.newaxis]) / sd[:, np.newaxis]
    scale = np.log(weight) - np.log(sd) - 0.5 * math.log(2.0 * math.pi)
    return np.asarray(scale[:, np.newaxis] - 0.5 * z**2)


def _crossing(weight: Array, mean: Array, sd: Array) -> float:
    """Return where the weighted densities are equal between the means, NaN if nowhere."""
    a = 0.5 / sd[1] ** 2 - 0.5 / sd[0] ** 2
    b = mean[0] / sd[0] ** 2 - mean[1] / sd[1] ** 2
    c = 0.5 * (mean[1] / sd[1]) ** 2 - 0.5 * (mean[0] / sd[0]) ** 2
    c += math.log(weight[0] * sd[1] / (weight[1] * sd[0]))
    roots = np.roots([a, b, c]) if abs(a) > 1e-14 else np.array([-c / b])
    real = roots[np.abs(roots.imag) < 1e-12].real
    inside = real[(real > mean[0]) & (real < mean[1])]
    return float(inside[0]) if inside.size else math.nan
