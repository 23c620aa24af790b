"""Laws of the normalised magnitude x = (M - M_LE) / (M_UE - M_LE) of the next record.

Verdon & Eisner (2024) find x near zero with a heavy upper tail and give a
generalised extreme-value law and a shifted log-normal one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from inspect import signature
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from asperity.core.errors import InputError

__all__ = ["LAWS", "Gev", "Gumbel", "Law", "ShiftedLogNormal", "law_named", "law_of_constants"]

Array = NDArray[np.float64]


class Law(Protocol):
    """A continuous distribution of x; all methods take and return arrays of one shape."""

    @property
    def name(self) -> str:
        """``gev``, ``lognormal`` or ``gumbel``."""

    @property
    def parameters(self) -> dict[str, float]:
        """Parameters by name."""

    def cdf(self, x: ArrayLike) -> Array:
        """Return P(X <= x)."""

    def sf(self, x: ArrayLike) -> Array:
        """Return P(X > x), accurate in the tail."""

    def pdf(self, x: ArrayLike) -> Array:
        """Return the density."""

    def quantile(self, p: ArrayLike) -> Array:
        """Return x with P(X <= x) = p."""

    def tail(self, x: ArrayLike) -> Array:
        """Return the integral of sf from x to infinity."""

    def tail_of_square(self, x: ArrayLike) -> Array:
        """Return the integral of the square of sf from x to infinity."""


@dataclass(frozen=True)
class Gev:
    """Generalised extreme-value law in the sign of Coles and MATLAB.

    Parameters
    ----------
    k : float
        Shape, not 0 and below 1; k > 0 is the heavy upper tail. scipy's
        ``genextreme`` takes ``c = -k``.
    sigma : float
        Scale, above 0.
    mu : float
        Location.

    Notes
    -----
    ``F = exp(-t^(-1/k))``, ``t = 1 + k (x - mu)/sigma``, where t > 0.

    Examples
    --------
    >>> round(float(Gev(0.23, 0.1, 0.0).cdf(0.5)), 6)
    0.964775
    """

    name: ClassVar[str] = "gev"
    k: float
    sigma: float
    mu: float

    def __post_init__(self) -> None:
        if not (self.sigma > 0 and self.k != 0 and self.k < 1):
            raise InputError(
                f"GEV with k = {self.k}, sigma = {self.sigma}: needs sigma > 0, k below 1 and not 0"
            )

    @property
    def parameters(self) -> dict[str, float]:
        """Return k, sigma and mu."""
        return asdict(self)

    def _u(self, x: ArrayLike) -> Array:
        """Return t^(-1/k) = -ln F."""
        t = 1.0 + self.k * (np.asarray(x, dtype=np.float64) - self.mu) / self.sigma
        with np.errstate(divide="ignore", over="ignore"):
            inside = np.maximum(t, 0.0) ** (-1.0 / self.k)
        return np.asarray(inside)

    def cdf(self, x: ArrayLike) -> Array:
        """Return P(X <= x)."""
        return np.asarray(np.exp(-self._u(x)))

    def sf(self, x: ArrayLike) -> Array:
        """Return P(X > x)."""
        return np.asarray(-np.expm1(-self._u(x)))

    def pdf(self, x: ArrayLike) -> Array:
        """Return the density."""
        u = self._u(x)
        with np.errstate(invalid="ignore", over="ignore"):
            density = u ** (1.0 + self.k) * np.exp(-u) / self.sigma
        return np.asarray(np.where(np.isfinite(u), density, 0.0))

    def quantile(self, p: ArrayLike) -> Array:
        """Return x with P(X <= x) = p."""
        with np.errstate(divide="ignore"):
            u = -np.log(np.asarray(p, dtype=np.float64))
            return np.asarray(self.mu + self.sigma / self.k * (u**-self.k - 1.0))

    def _gamma(self, u: Array) -> Array:
        """Return the lower incomplete gamma function of 1 - k."""
        return np.asarray(special.gammainc(1.0 - self.k, u) * special.gamma(1.0 - self.k))

    def tail(self, x: ArrayLike) -> Array:
        """Return the integral of sf from x to infinity, by parts in u = t^(-1/k)."""
        u = np.minimum(self._u(x), 700.0)  # below the support F = 0 and the rest is added
        inner = self._gamma(u) - u**-self.k * -np.expm1(-u)
        return np.asarray(self.sigma / self.k * inner + self._below(x, u))

    def tail_of_square(self, x: ArrayLike) -> Array:
        """Return the integral of sf squared from x to infinity."""
        u = np.minimum(self._u(x), 700.0)
        twice = 2.0 ** (self.k - 1.0) * self._gamma(2.0 * u)
        inner = 2.0 * (self._gamma(u) - twice) - u**-self.k * np.expm1(-u) ** 2
        return np.asarray(self.sigma / self.k * inner + self._below(x, u))

    def _below(self, x: ArrayLike, u: Array) -> Array:
        """Return how far x lies below the point where F leaves 0 in double precision."""
        start = self.mu + self.sigma / self.k * (u**-self.k - 1.0)
        return np.asarray(np.where(u >= 700.0, start - np.asarray(x, dtype=np.float64), 0.0))


@dataclass(frozen=True)
class ShiftedLogNormal:
    """Law of x with ln(x + shift) normal.

    Parameters
    ----------
    mu, sigma : float
        Mean and standard deviation of ln(x + shift).
    shift : float
        Added to x; the support begins at -shift.

    Examples
    --------
    >>> round(float(ShiftedLogNormal(-1.4, 0.6, 0.2).cdf(0.5)), 6)
    0.958972
    """

    name: ClassVar[str] = "lognormal"
    mu: float
    sigma: float
    shift: float

    def __post_init__(self) -> None:
        if not self.sigma > 0:
            raise InputError(f"log-normal with sigma = {self.sigma}: needs sigma > 0")

    @property
    def parameters(self) -> dict[str, float]:
        """Return mu, sigma and shift."""
        return asdict(self)

    def _z(self, x: ArrayLike) -> Array:
        y = np.maximum(np.asarray(x, dtype=np.float64) + self.shift, 0.0)
        with np.errstate(divide="ignore"):
            return np.asarray((np.log(y) - self.mu) / self.sigma)

    def cdf(self, x: ArrayLike) -> Array:
        """Return P(X <= x)."""
        return np.asarray(special.ndtr(self._z(x)))

    def sf(self, x: ArrayLike) -> Array:
        """Return P(X > x)."""
        return np.asarray(special.ndtr(-self._z(x)))

    def pdf(self, x: ArrayLike) -> Array:
        """Return the density."""
        z = self._z(x)
        y = np.asarray(x, dtype=np.float64) + self.shift
        with np.errstate(divide="ignore", invalid="ignore"):
            density = np.exp(-0.5 * z**2) / (np.sqrt(2.0 * np.pi) * self.sigma * y)
        return np.asarray(np.where(y > 0, density, 0.0))

    def quantile(self, p: ArrayLike) -> Array:
        """Return x with P(X <= x) = p."""
        z = special.ndtri(np.asarray(p, dtype=np.float64))
        return np.asarray(np.exp(self.mu + self.sigma * z) - self.shift)

    def tail(self, x: ArrayLike) -> Array:
        """Return the integral of sf from x to infinity, E max(Y - y, 0) of the log-normal."""
        y = np.asarray(x, dtype=np.float64) + self.shift
        z = self._z(x)
        mean = np.exp(self.mu + 0.5 * self.sigma**2)
        return np.asarray(mean * special.ndtr(self.sigma - z) - y * special.ndtr(-z))

    def tail_of_square(self, x: ArrayLike) -> Array:
        """Return the integral of sf squared from x to infinity.

        By parts it is -y S(y)^2 plus twice the mean times P(V > z, U > V) with U
        normal about 0 and V normal about sigma, a bivariate normal probability
        (Owen 1956).
        """
        y = np.asarray(x, dtype=np.float64) + self.shift
        z = self._z(x)
        mean = np.exp(self.mu + 0.5 * self.sigma**2)
        both = _both_above(np.maximum(z, -40.0) - self.sigma, self.sigma / np.sqrt(2.0))
        return np.asarray(2.0 * mean * both - y * special.ndtr(-z) ** 2)


def _both_above(h: Array, k: float) -> Array:
    """Return P(A > h, B > k) of standard normals with correlation -1/sqrt(2)."""
    a, b = np.where(h == 0.0, -1e-300, -h), -k
    rho, root = -np.sqrt(0.5), np.sqrt(0.5)
    opposite = np.where(a * b > 0, 0.0, 0.5)
    return np.asarray(
        0.5 * (special.ndtr(a) + special.ndtr(b))
        - special.owens_t(a, (b / a - rho) / root)
        - special.owens_t(b, (a / b - rho) / root)
        - opposite
    )


@dataclass(frozen=True)
class Gumbel:
    """Gumbel law of the largest of many, the limit of `Gev` for k = 0.

    Parameters
    ----------
    sigma : float
        Scale, above 0.
    mu : float
        Location.

    Notes
    -----
    ``F = exp(-u)``, ``u = exp(-(x - mu)/sigma)``. The tails are
    ``sigma Ein(u)`` and ``sigma (2 Ein(u) - Ein(2 u))`` with the entire exponential
    integral ``Ein(u) = E1(u) + ln u + gamma``.

    Examples
    --------
    >>> round(float(Gumbel(0.1, 0.0).cdf(0.0)), 6)
    0.367879
    """

    name: ClassVar[str] = "gumbel"
    sigma: float
    mu: float

    def __post_init__(self) -> None:
        if not self.sigma > 0:
            raise InputError(f"Gumbel with sigma = {self.sigma}: needs sigma > 0")

    @property
    def parameters(self) -> dict[str, float]:
        """Return sigma and mu."""
        return asdict(self)

    def _u(self, x: ArrayLike) -> Array:
        z = (np.asarray(x, dtype=np.float64) - self.mu) / self.sigma
        return np.asarray(np.exp(np.minimum(-z, 700.0)))

    def cdf(self, x: ArrayLike) -> Array:
        """Return P(X <= x)."""
        return np.asarray(np.exp(-self._u(x)))

    def sf(self, x: ArrayLike) -> Array:
        """Return P(X > x)."""
        return np.asarray(-np.expm1(-self._u(x)))

    def pdf(self, x: ArrayLike) -> Array:
        """Return the density."""
        u = self._u(x)
        return np.asarray(u * np.exp(-u) / self.sigma)

    def quantile(self, p: ArrayLike) -> Array:
        """Return x with P(X <= x) = p."""
        with np.errstate(divide="ignore"):
            return np.asarray(self.mu - self.sigma * np.log(-np.log(np.asarray(p, np.float64))))

    def tail(self, x: ArrayLike) -> Array:
        """Return the integral of sf from x to infinity."""
        return np.asarray(self.sigma * _ein(self._u(x)))

    def tail_of_square(self, x: ArrayLike) -> Array:
        """Return the integral of the square of sf from x to infinity."""
        u = self._u(x)
        return np.asarray(self.sigma * (2.0 * _ein(u) - _ein(2.0 * u)))


def _ein(u: Array) -> Array:
    """Return the integral of (1 - exp(-t))/t from 0 to u."""
    small = u - u**2 / 4.0 + u**3 / 18.0
    return np.asarray(
        np.where(u < 1e-4, small, special.exp1(np.maximum(u, 1e-5)) + np.log(u) + np.euler_gamma)
    )


LAWS: dict[tuple[str, str], Law] = {
    ("gev", "published"): Gev(0.23, 0.1, 0.0),
    ("lognormal", "published"): ShiftedLogNormal(-1.4, 0.6, 0.2),
    ("gev", "refit"): Gev(0.352, 0.116, 0.023),
    ("lognormal", "refit"): ShiftedLogNormal(-1.349, 0.675, 0.179),
}
"""Laws by (law, profile).

``published``: Verdon & Eisner (2024). ``refit``: maximum likelihood on 329
forecasts of public catalogs with M_UE = upper_limit:all:magnitude:reversed and
M_LE = jump_limited:all:potency:cooke, 2026; its upper tail is heavier, as the
exceedance of M_UE that was found in those catalogs asks for.
"""

_KINDS: dict[str, Callable[..., Law]] = {
    "gev": Gev, "lognormal": ShiftedLogNormal, "gumbel": Gumbel,
}  # fmt: skip


def law_of_constants(name: str, constants: Sequence[float]) -> Law:
    """Return a law of given constants, in the order in which its class takes them.

    Raises
    ------
    InputError
        If the law is not known, or takes another number of constants or other ones.

    Examples
    --------
    >>> law_of_constants("gumbel", [0.15, 0.07])
    Gumbel(sigma=0.15, mu=0.07)
    """
    if name not in _KINDS:
        raise InputError(f"law {name!r} is not known; laws: {', '.join(_KINDS)}")
    kind = _KINDS[name]
    wanted = list(signature(kind).parameters)
    if len(constants) != len(wanted):
        raise InputError(f"{len(constants)} constants of a {name} law; give {', '.join(wanted)}")
    return kind(*constants)


def law_named(name: Literal["gev", "lognormal"] | str, profile: str, **parameters: Any) -> Law:
    """Return a law of a profile, with parameters replaced where given.

    Raises
    ------
    InputError
        If the law or the profile is not known.

    Examples
    --------
    >>> law_named("gev", "published").parameters
    {'k': 0.23, 'sigma': 0.1, 'mu': 0.0}
    """
    if (name, profile) not in LAWS:
        laws, profiles = (", ".join(dict.fromkeys(k[i] for k in LAWS)) for i in (0, 1))
        raise InputError(
            f"law {name!r} of profile {profile!r} is not known; laws: {laws}; profiles: {profiles}"
        )
    law = LAWS[(name, profile)]
    if not parameters:
        return law
    return type(law)(**{**law.parameters, **parameters})
