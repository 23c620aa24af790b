"""Covariance functions of the signal: one family, one signature.

Each function depends on distance over length, has unit variance, and gives
three radial functions of a distance d in km: the value C, its slope over the
distance g = C'/d, and h = g'/d. Velocity gradients follow from C and g, those of
a Helmholtz field also from h. The curvature at the origin, -C''(0), is the
variance of the derivative.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError

__all__ = ["FUNCTIONS", "CovarianceFunction", "covariance_function"]

Array = NDArray[np.float64]
Radial = tuple[Array, Array, Array]


@dataclass(frozen=True)
class CovarianceFunction:
    """A covariance function of unit variance.

    Parameters
    ----------
    name : str
    radial : callable
        ``(distance, length) -> (C, g, h)``, arrays of the shape of the distance;
        C without unit, g in 1/km^2, h in 1/km^4. It has to scale: C is a function
        of distance over length alone.
    curvature : float
        -C''(0) times the squared length; infinite when the field has no derivative.
    support : float
        Distance over length from which on C is zero; infinite for most.
    dimensions : int
        Largest number of space dimensions in which the function is positive
        definite; stations on a sphere are points of three.
    """

    name: str
    radial: Callable[[Array, float], Radial]
    curvature: float
    support: float = math.inf
    dimensions: int = 1_000

    @property
    def differentiable(self) -> bool:
        """Whether the field has a gradient, so that strain exists."""
        return math.isfinite(self.curvature)


def _gauss(d: Array, length: float) -> Radial:
    k = 1.0 / length**2
    c = np.exp((-0.5 * k) * d * d)
    return c, -k * c, k * k * c


def _gauss_k(d: Array, length: float) -> Radial:
    # C = exp(-k^2 d^2) with k = 1/length, the form of the Chinese literature.
    return _gauss(d, length / math.sqrt(2.0))


def _over(numerator: Array, d: Array) -> Array:
    """Divide by the distance; zero at the origin, where h is only ever met as h d^3."""
    return np.divide(numerator, d, out=np.zeros_like(d), where=d > 0.0)


def _matern32(d: Array, length: float) -> Radial:
    k = math.sqrt(3.0) / length
    e = np.exp(-k * d)
    return (1.0 + k * d) * e, -(k * k) * e, _over(k**3 * e, d)


def _matern52(d: Array, length: float) -> Radial:
    k = math.sqrt(5.0) / length
    a = k * d
    e = np.exp(-a)
    return (1.0 + a + a * a / 3.0) * e, -(k * k / 3.0) * (1.0 + a) * e, (k**4 / 3.0) * e


def _hirvonen(d: Array, length: float) -> Radial:
    k = 1.0 / length**2
    c = 1.0 / (1.0 + k * d * d)
    return c, -2.0 * k * c * c, 8.0 * k * k * c**3


def _reilly(d: Array, length: float) -> Radial:
    k = 1.0 / length**2
    u = 0.5 * k * d * d
    e = np.exp(-u)
    return (1.0 - u) * e, k * (u - 2.0) * e, k * k * (3.0 - u) * e


def _exponential(d: Array, length: float) -> Radial:
    e = np.exp(-d / length)
    g = _over(-e / length, d)
    return e, g, _over(_over(e * (1.0 + _over(np.full_like(d, length), d)) / length**2, d), d)


def _wendland(d: Array, length: float) -> Radial:
    x = d / length
    near = np.maximum(1.0 - x, 0.0)
    k = 1.0 / length**2
    c = near**6 * (35.0 * x * x + 18.0 * x + 3.0) / 3.0
    g = (-56.0 * k / 3.0) * near**5 * (5.0 * x + 1.0)
    return c, g, 560.0 * k * k * near**4


_ALL = (
    CovarianceFunction("gauss", _gauss, 1.0),
    CovarianceFunction("gauss_k", _gauss_k, 2.0),
    CovarianceFunction("matern32", _matern32, 3.0),
    CovarianceFunction("matern52", _matern52, 5.0 / 3.0),
    CovarianceFunction("hirvonen", _hirvonen, 2.0),
    CovarianceFunction("reilly", _reilly, 2.0, dimensions=2),
    CovarianceFunction("exponential", _exponential, math.inf),
    CovarianceFunction("wendland", _wendland, 56.0 / 3.0, support=1.0, dimensions=3),
)
#: The built-in functions by name. Sources: Gaussian with k, Hirvonen and Reilly from the
#: collocation literature (Moritz 1980; Reilly 1990), Matern after Rasmussen & Williams 2006,
#: Wendland's C4 function of compact support after Wendland 1995.
FUNCTIONS: dict[str, CovarianceFunction] = {f.name: f for f in _ALL}


def covariance_function(name: str | CovarianceFunction) -> CovarianceFunction:
    """Return a covariance function by name; one's own is handed through.

    Raises
    ------
    InputError
        If the name is not known; the message lists the names.

    Examples
    --------
    >>> covariance_function("matern32").curvature
    3.0
    """
    if isinstance(name, CovarianceFunction):
        return name
    if name not in FUNCTIONS:
        raise InputError(f"covariance function {name!r}; allowed are {', '.join(FUNCTIONS)}")
    return FUNCTIONS[name]
