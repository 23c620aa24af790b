"""Largest of many events, given that it exceeds the largest so far."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.evt.rivals.distributions import Distribution

__all__ = ["LargestOfNumber", "LargestOfPoisson"]

Array = NDArray[np.float64]


class _Largest(Distribution):
    """Distribution of a maximum with a known cdf, cut below the largest magnitude so far."""

    start: float

    @abstractmethod
    def _log_cdf(self, m: Array) -> Array:
        """Return ln P(maximum <= m)."""

    @abstractmethod
    def _slope(self, m: Array) -> Array:
        """Return the derivative of `_log_cdf`."""

    @abstractmethod
    def _solve(self, log_cdf: Array) -> Array:
        """Return m of a value of `_log_cdf`."""

    @property
    def lowest(self) -> float:
        """Lower end of the support, the largest magnitude so far."""
        return self.start

    @property
    def _record(self) -> float:
        return float(-np.expm1(self._log_cdf(np.asarray(self.start))))

    def sf(self, magnitude: ArrayLike) -> Array:
        """Return P(M > magnitude)."""
        m = np.maximum(np.asarray(magnitude, dtype=np.float64), self.start)
        return np.asarray(-np.expm1(self._log_cdf(m)) / self._record)

    def pdf(self, magnitude: ArrayLike) -> Array:
        """Return the density per unit of magnitude."""
        m = np.maximum(np.asarray(magnitude, dtype=np.float64), self.start)
        with np.errstate(divide="ignore", invalid="ignore"):  # where P(maximum <= m) is 0
            density = np.nan_to_num(self._slope(m) * np.exp(self._log_cdf(m)))
        return np.asarray(np.where(np.asarray(magnitude) < self.start, 0.0, density / self._record))

    def quantile(self, p: ArrayLike) -> Array:
        """Return the magnitude that M stays below with probability p."""
        return self._top(1.0 - np.asarray(p, dtype=np.float64))

    def _top(self, rest: Array) -> Array:
        with np.errstate(divide="ignore"):
            return np.maximum(self._solve(np.log1p(-rest * self._record)), self.start)


@dataclass(frozen=True, eq=False)
class LargestOfPoisson(_Largest):
    """Largest of a Poisson number of Gutenberg-Richter events.

    Parameters
    ----------
    start : float
        Largest magnitude so far.
    location : float
        Magnitude at and above which one event is expected.
    rate : float
        b ln 10.

    Notes
    -----
    ``P(max <= m) = exp(-exp(-rate (m - location)))``, a Gumbel law. Far above `location`
    the excess is the plain exponential.

    Examples
    --------
    >>> LargestOfPoisson(3.0, 3.5, np.log(10.0)).sf(3.0).tolist()
    1.0
    """

    start: float
    location: float
    rate: float

    def _log_cdf(self, m: Array) -> Array:
        return np.asarray(-np.exp(-self.rate * (m - self.location)))

    def _slope(self, m: Array) -> Array:
        return np.asarray(self.rate * np.exp(-self.rate * (m - self.location)))

    def _solve(self, log_cdf: Array) -> Array:
        return np.asarray(self.location - np.log(-log_cdf) / self.rate)


@dataclass(frozen=True, eq=False)
class LargestOfNumber(_Largest):
    """Largest of a fixed number of Gutenberg-Richter events.

    Parameters
    ----------
    start : float
        Largest magnitude so far, at `floor` or above.
    floor : float
        Lower end of the law of the magnitudes.
    rate : float
        b ln 10.
    number : float

    Notes
    -----
    ``P(max <= m) = (1 - exp(-rate (m - floor)))^number``.

    Examples
    --------
    >>> LargestOfNumber(3.0, 2.0, np.log(10.0), 1.0).sf(4.0).round(12).tolist()
    0.1
    """

    start: float
    floor: float
    rate: float
    number: float

    def _log_cdf(self, m: Array) -> Array:
        with np.errstate(divide="ignore"):
            return np.asarray(self.number * np.log(-np.expm1(-self.rate * (m - self.floor))))

    def _slope(self, m: Array) -> Array:
        return np.asarray(self.number * self.rate / np.expm1(self.rate * (m - self.floor)))

    def _solve(self, log_cdf: Array) -> Array:
        return np.asarray(self.floor - np.log(-np.expm1(log_cdf / self.number)) / self.rate)
