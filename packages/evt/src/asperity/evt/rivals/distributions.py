"""Distributions of the next record magnitude, on the magnitudes above the largest so far."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.evt.forecast import CalibratedForecast
from asperity.evt.laws import Law

__all__ = ["Distribution", "LawAbove", "ParetoAbove", "TruncatedExponentials"]

Array = NDArray[np.float64]

FLOOR = 1e-12
"""Least density of a log score, as everywhere in this package."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)


class Distribution(ABC):
    """A continuous distribution of one magnitude.

    Methods take an array of any shape and return one of that shape.
    """

    @property
    @abstractmethod
    def lowest(self) -> float:
        """Lower end of the support, the largest magnitude so far."""

    @abstractmethod
    def sf(self, magnitude: ArrayLike) -> Array:
        """Return P(M > magnitude)."""

    @abstractmethod
    def pdf(self, magnitude: ArrayLike) -> Array:
        """Return the density per unit of magnitude."""

    @abstractmethod
    def quantile(self, p: ArrayLike) -> Array:
        """Return the magnitude that M stays below with probability p."""

    def cdf(self, magnitude: ArrayLike) -> Array:
        """Return P(M <= magnitude)."""
        return np.asarray(1.0 - self.sf(magnitude))

    def log_score(self, magnitude: ArrayLike) -> Array:
        """Return minus the log density, floored where it is below 1e-12."""
        return np.asarray(-np.log(np.maximum(self.pdf(magnitude), FLOOR)))

    def crps(self, magnitude: float) -> float:
        r"""Return the continuous ranked probability score, in magnitude units.

        Notes
        -----
        By quadrature over the probability: with :math:`p_0 = F(y)` it is
        :math:`2 \int_0^{p_0} p (y - Q_p) dp + 2 \int_{p_0}^1 (1 - p)(Q_p - y) dp`.
        With :math:`1 - p = (1 - p_0) s^4` the integrand stays smooth at p = 1 for all
        tails with a mean.
        """
        y = float(magnitude)
        p0 = float(self.cdf(y))
        s = 0.5 * (_NODES + 1.0)
        p = p0 * s
        below = 0.5 * p0 * _WEIGHTS @ (p * (y - self.quantile(p)))
        rest = (1.0 - p0) * s**4
        above = 0.5 * (1.0 - p0) * _WEIGHTS @ (4.0 * s**3 * rest * (self._top(rest) - y))
        return float(2.0 * (below + above))

    def _top(self, rest: Array) -> Array:
        """Return the magnitude exceeded with the probability `rest`."""
        return self.quantile(1.0 - rest)


@dataclass(frozen=True, eq=False)
class TruncatedExponentials(Distribution):
    """Mixture of exponentials above one magnitude, each cut at a magnitude of its own.

    Parameters
    ----------
    start : float
        Largest magnitude so far.
    rates : ndarray, shape (k,)
        b ln 10 of each.
    ends : ndarray, shape (k,)
        Upper end of each, above `start`; infinite for a plain exponential.
    weights : ndarray, shape (k,)
        Not negative, sum 1.

    Notes
    -----
    The excess e over `start` has ``S(e) = sum w (exp(-L e) - d) / (1 - d)`` with
    ``d = exp(-L (end - start))``; `crps` is in closed form,
    ``e - 2 int_0^e S + int_0^inf S^2``.

    Examples
    --------
    >>> plain = TruncatedExponentials.single(3.0, np.log(10.0))
    >>> plain.sf(4.0).round(12).tolist()
    0.1
    """

    start: float
    rates: Array
    ends: Array
    weights: Array

    @classmethod
    def single(cls, start: float, rate: float, end: float = np.inf) -> TruncatedExponentials:
        """Return one exponential, cut at `end`."""
        return cls(start, np.array([rate]), np.array([end]), np.ones(1))

    @property
    def lowest(self) -> float:
        """Lower end of the support, the largest magnitude so far."""
        return self.start

    @property
    def _beyond(self) -> Array:
        """What the cut of each takes away, d."""
        return np.asarray(np.exp(-self.rates * (self.ends - self.start)))

    def _parts(self, magnitude: ArrayLike) -> tuple[Array, NDArray[np.bool_]]:
        """Return excess and whether it lies on the support, shape (..., k)."""
        excess = np.asarray(magnitude, dtype=np.float64)[..., None] - self.start
        return np.maximum(excess, 0.0), (excess >= 0.0) & (excess <= self.ends - self.start)

    def sf(self, magnitude: ArrayLike) -> Array:
        """Return P(M > magnitude)."""
        excess, _ = self._parts(magnitude)
        left = np.maximum(np.exp(-self.rates * excess) - self._beyond, 0.0)
        return np.asarray(left / -np.expm1(-self.rates * (self.ends - self.start)) @ self.weights)

    def pdf(self, magnitude: ArrayLike) -> Array:
        """Return the density per unit of magnitude."""
        excess, inside = self._parts(magnitude)
        whole = -np.expm1(-self.rates * (self.ends - self.start))
        density = self.rates * np.exp(-self.rates * excess) / whole
        return np.asarray(np.where(inside, density, 0.0) @ self.weights)

    def quantile(self, p: ArrayLike) -> Array:
        """Return the magnitude that M stays below with probability p."""
        asked = np.asarray(p, dtype=np.float64)
        whole = -np.expm1(-self.rates * (self.ends - self.start))
        with np.errstate(divide="ignore"):
            each = -np.log1p(-asked[..., None] * whole) / self.rates
        if self.rates.size == 1:
            return np.asarray(self.start + each[..., 0])
        # The quantile of a mixture lies between those of its members.
        low, high = self.start + each.min(axis=-1), self.start + each.max(axis=-1)
        for _ in range(60):
            middle = 0.5 * (low + high)
            too_low = self.cdf(middle) < asked
            low, high = np.where(too_low, middle, low), np.where(too_low, high, middle)
        return np.asarray(0.5 * (low + high))

    def crps(self, magnitude: float) -> float:
        """Return the continuous ranked probability score, in closed form."""
        width = self.ends - self.start
        # Nearly uniform laws would lose their digits to cancellation.
        rate = np.maximum(self.rates, 1e-3 / width)
        d, whole = np.exp(-rate * width), -np.expm1(-rate * width)
        excess = max(float(magnitude) - self.start, 0.0)
        e = np.minimum(excess, width)
        once = (-np.expm1(-rate * e) / rate - e * d) / whole
        a, b = rate[:, None], rate[None, :]
        common = np.minimum(width[:, None], width[None, :])
        cut_a, cut_b = d[:, None], d[None, :]
        with np.errstate(invalid="ignore"):  # inf * 0 where neither is cut
            both = np.where(cut_a * cut_b > 0.0, cut_a * cut_b * common, 0.0)
        twice = (
            -np.expm1(-(a + b) * common) / (a + b)
            + cut_b * np.expm1(-a * common) / a
            + cut_a * np.expm1(-b * common) / b
            + both
        ) / (whole[:, None] * whole[None, :])
        score = excess - 2.0 * self.weights @ once + self.weights @ twice @ self.weights
        # An observation below the support is as far off as it lies below.
        return float(score + max(self.start - float(magnitude), 0.0))


@dataclass(frozen=True, eq=False)
class ParetoAbove(Distribution):
    """Generalised Pareto law of the excess over the largest magnitude so far.

    Parameters
    ----------
    start : float
    shape : float
        xi, below 1 and not 0; below 0 the law ends at ``start - scale/xi``.
    scale : float

    Notes
    -----
    ``S(e) = (1 + xi e/scale)^(-1/xi)``. CRPS of an excess e (Friederichs & Thorarinsdottir
    2012, Environmetrics 23, 579-594, doi:10.1002/env.2176):
    ``e - 2 scale/(1 - xi) (1 - S^(1 - xi)) + scale/(2 - xi)``.

    Examples
    --------
    >>> ParetoAbove(3.0, -0.5, 1.0).quantile(1.0).tolist()
    5.0
    """

    start: float
    shape: float
    scale: float

    @property
    def lowest(self) -> float:
        """Lower end of the support, the largest magnitude so far."""
        return self.start

    def _base(self, magnitude: ArrayLike) -> Array:
        excess = np.maximum(np.asarray(magnitude, dtype=np.float64) - self.start, 0.0)
        return np.asarray(np.maximum(1.0 + self.shape * excess / self.scale, 0.0))

    def sf(self, magnitude: ArrayLike) -> Array:
        """Return P(M > magnitude)."""
        return np.asarray(self._base(magnitude) ** (-1.0 / self.shape))

    def pdf(self, magnitude: ArrayLike) -> Array:
        """Return the density per unit of magnitude."""
        base = self._base(magnitude)
        with np.errstate(divide="ignore"):
            density = np.where(base > 0.0, base ** (-1.0 / self.shape - 1.0), 0.0) / self.scale
        return np.asarray(np.where(np.asarray(magnitude) < self.start, 0.0, density))

    def quantile(self, p: ArrayLike) -> Array:
        """Return the magnitude that M stays below with probability p."""
        return self._top(1.0 - np.asarray(p, dtype=np.float64))

    def _top(self, rest: Array) -> Array:
        with np.errstate(divide="ignore"):
            return np.asarray(self.start + self.scale / self.shape * (rest**-self.shape - 1.0))

    def crps(self, magnitude: float) -> float:
        """Return the continuous ranked probability score, in closed form."""
        excess = float(magnitude) - self.start
        left = np.power(float(self.sf(magnitude)), 1.0 - self.shape)
        inner = 2.0 * self.scale / (1.0 - self.shape) * (1.0 - left)
        return float(abs(excess) - inner + self.scale / (2.0 - self.shape))


@dataclass(frozen=True, eq=False)
class LawAbove(Distribution):
    """A law of magnitudes, given that the largest magnitude so far is exceeded.

    Parameters
    ----------
    law : Law
        Of the magnitude itself, not of the normalised one.
    start : float

    Examples
    --------
    >>> from asperity.evt.laws import Gev
    >>> LawAbove(Gev(0.1, 0.4, 3.0), 3.5).cdf(3.5).tolist()
    0.0
    """

    law: Law
    start: float

    @property
    def lowest(self) -> float:
        """Lower end of the support, the largest magnitude so far."""
        return self.start

    @property
    def _above(self) -> float:
        return float(self.law.sf(self.start))

    def sf(self, magnitude: ArrayLike) -> Array:
        """Return P(M > magnitude)."""
        return np.asarray(np.minimum(self.law.sf(magnitude) / self._above, 1.0))

    def pdf(self, magnitude: ArrayLike) -> Array:
        """Return the density per unit of magnitude."""
        density = self.law.pdf(magnitude) / self._above
        return np.asarray(np.where(np.asarray(magnitude) < self.start, 0.0, density))

    def quantile(self, p: ArrayLike) -> Array:
        """Return the magnitude that M stays below with probability p."""
        return self.law.quantile(1.0 - self._above * (1.0 - np.asarray(p, dtype=np.float64)))

    def crps(self, magnitude: float) -> float:
        """Return the continuous ranked probability score, in closed form."""
        # The calibrated forecast with x equal to the magnitude itself.
        zero, one = np.zeros(1), np.ones(1)
        forecast = CalibratedForecast(self.law, zero, one, np.array([self.start]))
        return float(forecast.crps(np.array([float(magnitude)]))[0])
