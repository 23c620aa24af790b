"""Maximum likelihood for the laws of the normalised magnitude."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from asperity.core.errors import DataError, InputError
from asperity.evt.laws import Gev, Gumbel, Law, ShiftedLogNormal

__all__ = ["FITTED_LAWS", "Fit", "fit_law", "log_likelihood"]

Array = NDArray[np.float64]

FITTED_LAWS = ("gev", "lognormal", "gumbel")
FEWEST = 8
_SMALLEST_SHIFT = 0.01
_LARGEST_SHIFT = 1.0
_FLOOR = 1e-12


@dataclass(frozen=True)
class Fit:
    """A law, how well it describes values, and by how many parameters.

    Parameters
    ----------
    law : Law
    n : int
    log_likelihood : float
    n_parameters : int
        That were fitted to the values; 0 for a law that was given.
    """

    law: Law
    n: int
    log_likelihood: float
    n_parameters: int

    @property
    def aic(self) -> float:
        """Akaike's criterion, 2 p - 2 ln L."""
        return 2.0 * self.n_parameters - 2.0 * self.log_likelihood

    @property
    def aicc(self) -> float:
        """The same, corrected for few values; infinite when there are no more than p + 1."""
        p, left = self.n_parameters, self.n - self.n_parameters - 1
        return self.aic + 2.0 * p * (p + 1.0) / left if left > 0 else math.inf

    @property
    def bic(self) -> float:
        """Schwarz's criterion, p ln n - 2 ln L."""
        return self.n_parameters * math.log(self.n) - 2.0 * self.log_likelihood


def log_likelihood(law: Law, x: ArrayLike) -> float:
    """Return the log likelihood; densities below 1e-12 count as that."""
    return float(np.sum(np.log(np.maximum(law.pdf(x), _FLOOR))))


def fit_law(name: str, x: ArrayLike, *, start: Law | None = None) -> Fit:
    """Fit a law by maximum likelihood.

    Parameters
    ----------
    name : {"gev", "lognormal", "gumbel"}
    x : array_like, shape (n,)
        Finite values, eight at least.
    start : Law, optional
        A GEV law close to the fit, from which the search begins.

    Returns
    -------
    Fit

    Raises
    ------
    DataError
        If the values are too few or all alike.
    InputError
        If the law is not known.

    Notes
    -----
    GEV: simplex search over (k, ln sigma, mu) from the Gumbel fit, k below 1 and, as the
    likelihood grows without bound for k < -1, above -0.9. Log-normal: given the shift,
    mu and sigma are mean and standard deviation of ln(x + shift), so that one search over
    the shift remains; it stays 0.01 above -min x, where the likelihood is unbounded,
    and below 1. Gumbel: the scale solves one equation (Kotz & Nadarajah 2000).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> sample = Gev(0.23, 0.1, 0.0).quantile(rng.uniform(size=4000))
    >>> abs(fit_law("gev", sample).law.parameters["k"] - 0.23) < 0.04
    True
    """
    values = np.asarray(x, dtype=np.float64)
    if values.size < FEWEST or not np.isfinite(values).all() or np.ptp(values) <= 0.0:
        raise DataError(
            f"a law needs {FEWEST} finite values that differ; found {values.size}; give more "
            "sequences"
        )
    near = start if isinstance(start, Gev) else None
    fits: dict[str, Callable[[Array], Law]] = {
        "gev": lambda v: _gev(v, near), "lognormal": _lognormal, "gumbel": _gumbel
    }  # fmt: skip
    if name not in fits:
        raise InputError(f"law {name!r} cannot be fitted; known are {', '.join(FITTED_LAWS)}")
    law = fits[name](values)
    return Fit(law, values.size, log_likelihood(law, values), len(law.parameters))


def _gumbel(x: Array) -> Gumbel:
    mean, low = float(x.mean()), float(x.min())
    start = float(x.std()) * math.sqrt(6.0) / math.pi

    def equation(sigma: float) -> float:
        weights = np.exp(-(x - low) / sigma)
        return sigma - mean + float(x @ weights / weights.sum())

    sigma = float(optimize.brentq(equation, 1e-4 * start, 50.0 * start))
    mu = low - sigma * math.log(float(np.mean(np.exp(-(x - low) / sigma))))
    return Gumbel(sigma, mu)


def _gev(x: Array, start: Gev | None) -> Gev:
    def cost(parameters: Array) -> float:
        k, log_sigma, mu = parameters.tolist()
        if not -0.9 < k < 0.99 or abs(log_sigma) > 30.0:
            return 1e12
        if abs(k) < 1e-6:
            k = 1e-6
        t = 1.0 + k * math.exp(-log_sigma) * (x - mu)
        if t.min() <= 0.0:
            return 1e12
        log_t = np.log(t)
        return float(
            x.size * log_sigma + (1.0 + 1.0 / k) * log_t.sum() + np.exp(log_t * (-1.0 / k)).sum()
        )

    def search(k: float, sigma: float, mu: float) -> optimize.OptimizeResult:
        return optimize.minimize(
            cost, [k, math.log(sigma), mu], method="Nelder-Mead",
            options={"xatol": 1e-5, "fatol": 1e-7, "maxiter": 2000},
        )  # fmt: skip

    if start is not None and cost(np.array([start.k, math.log(start.sigma), start.mu])) < 1e12:
        best = search(start.k, start.sigma, start.mu)
    else:
        gumbel = _gumbel(x)
        best = search(0.2, _wide_enough(x, 0.2, gumbel), gumbel.mu)
        if best.x[0] < 0.02:  # not the usual heavy tail: look from the other side, too
            other = search(-0.1, _wide_enough(x, -0.1, gumbel), gumbel.mu)
            best = other if other.fun < best.fun else best
    k, log_sigma, mu = best.x.tolist()
    return Gev(k if abs(k) > 1e-6 else 1e-6, math.exp(log_sigma), mu)


def _wide_enough(x: Array, k: float, gumbel: Gumbel) -> float:
    """Return a scale with which the support of a GEV law holds all values."""
    sigma = gumbel.sigma
    while np.min(1.0 + k * (x - gumbel.mu) / sigma) <= 0.0:
        sigma *= 1.5
    return sigma


def _lognormal(x: Array) -> ShiftedLogNormal:
    low = -float(x.min()) + _SMALLEST_SHIFT
    high = max(_LARGEST_SHIFT, low + _LARGEST_SHIFT)

    def cost(shift: float) -> float:
        logs = np.log(x + shift)
        return float(logs.mean() + math.log(logs.std()))

    # The profile may have two minima: a coarse look finds the lower one.
    shifts = low + (high - low) * np.linspace(0.0, 1.0, 41) ** 2
    costs = [cost(s) for s in shifts]
    i = int(np.argmin(costs))
    bounds = (float(shifts[max(i - 1, 0)]), float(shifts[min(i + 1, 40)]))
    found = optimize.minimize_scalar(cost, bounds=bounds, method="bounded",
                                     options={"xatol": 1e-7})  # fmt: skip
    shift = float(found.x) if found.fun < costs[i] else float(shifts[i])
    logs = np.log(x + shift)
    return ShiftedLogNormal(float(logs.mean()), float(logs.std()), shift)
