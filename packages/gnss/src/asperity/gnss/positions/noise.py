"""Coloured noise of position series: its covariance, its draws, its estimate.

White noise and noise whose spectrum falls as f^-alpha: alpha 1 is flicker noise, 2 a
random walk. C = s_w^2 I + s_p^2 Q, Q the autocovariances of the spectrum
|1 - phi e^(-iw)|^-alpha. With 1 - phi = 6.9e-6 the noise is a power law for all
periods below some centuries and yet stationary: it did not begin with the first epoch
(Langbein 2004, doi:10.1029/2003JB002819; Bos et al. 2014,
doi:10.1093/gji/ggu150). An amplitude A in mm/yr^(alpha/4) gives s_p = A dt^(alpha/4), dt in
years (Williams 2003, doi:10.1007/s00190-002-0283-4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import ConvergenceError, DataError, InputError

__all__ = [
    "NOISE_MODELS",
    "Gram",
    "Grid",
    "Noise",
    "NoiseFit",
    "NoiseModel",
    "fit_noise",
    "simulate",
]

Array = NDArray[np.float64]
NoiseModel = Literal["white", "flicker", "random-walk", "power-law"]
NOISE_MODELS: tuple[NoiseModel, ...] = ("white", "flicker", "random-walk", "power-law")
_FIXED_INDEX = {"flicker": 1.0, "random-walk": 2.0}
_LEAST_WHITE = 1e-5
"""Smallest share of white noise in the variance of a step: below it nothing changes."""
_INDEX_RANGE = 0.02, 2.5
CORNER = 6.9e-6
"""1 - phi: noise of a day apart is forgotten after 400 years."""
DAY = 1.0 / 365.25


@dataclass(frozen=True)
class Noise:
    """White noise and power-law noise.

    Parameters
    ----------
    white : float
        Standard deviation, mm.
    power_law : float
        Amplitude, mm/yr^(alpha/4).
    alpha : float
        The spectrum falls as f^-alpha.
    """

    white: float
    power_law: float = 0.0
    alpha: float = 1.0

    def __post_init__(self) -> None:
        if not (self.white >= 0.0 and self.power_law >= 0.0 and self.white + self.power_law > 0.0):
            raise InputError(
                f"noise of {self.white:g} mm white and {self.power_law:g} power-law; give "
                "amplitudes of zero or more, one of them above zero"
            )
        if not 0.0 <= self.alpha <= 3.0:
            raise InputError(f"spectral index alpha {self.alpha:g}; expected 0 to 3")

    def step(self, interval: float) -> float:
        """Return the standard deviation, mm, of an innovation of the power-law part.

        Parameters
        ----------
        interval : float
            Between epochs, days.
        """
        return float(self.power_law * (interval * DAY) ** (self.alpha / 4.0))


@dataclass(frozen=True)
class Grid:
    """Where epochs stand on a regular grid of times.

    Parameters
    ----------
    index : ndarray of int64, shape (n,)
        Increasing, from 0.
    interval : float
        Days.
    """

    index: NDArray[np.int64]
    interval: float

    @classmethod
    def of(cls, years: ArrayLike) -> Grid:
        """Return the grid of epochs, years: of their usual interval, at most a day where uneven.

        Raises
        ------
        DataError
            If two epochs share a place of the grid.
        """
        days = (np.asarray(years, dtype=np.float64) - np.min(years)) / DAY
        interval = float(np.median(np.diff(days))) if days.size > 1 else 1.0
        steps = days / interval
        if np.abs(steps - np.round(steps)).max(initial=0.0) > 0.2:
            interval = min(1.0, interval)
        interval = 1.0 if abs(interval - 1.0) < 0.01 else interval
        index = np.round(days / interval).astype(np.int64)
        if np.any(np.diff(index) < 1):
            place = int(np.flatnonzero(np.diff(index) < 1)[0])
            raise DataError(
                f"epochs {place} and {place + 1} are less than half of {interval:g} days apart; "
                "leave one of them out"
            )
        return cls(index, interval)

    def __len__(self) -> int:
        return int(self.index[-1]) + 1

    @cached_property
    def missing(self) -> NDArray[np.int64]:
        """Places without an epoch."""
        absent = np.ones(len(self), dtype=bool)
        absent[self.index] = False
        return np.flatnonzero(absent)


class Gram:
    """Products R' C^-1 R over the epochs that are there, and the determinant of C.

    Gaps are treated exactly. With few of them the inverse of C on the full grid
    (n^2 operations) is reduced to the epochs by the block of the missing places
    (Bos et al. 2013, doi:10.1007/s00190-012-0605-0); with many, C of the epochs is
    factored.

    Parameters
    ----------
    grid : Grid
    columns : array_like, shape (n, q)
        What stands beside C^-1, such as a design matrix and observations.
    """

    def __init__(self, grid: Grid, columns: ArrayLike) -> None:
        self.grid = grid
        self.columns = np.asarray(columns, dtype=np.float64)
        self._full = np.zeros((len(grid), self.columns.shape[1]))
        self._full[grid.index] = self.columns
        n, m = grid.index.size, grid.missing.size
        # Operations of the two ways: n^3/3 against a few N^2 and the block's m^3/3.
        self._dense = n**3 / 3.0 < 8.0 * len(grid) ** 2 + m**3 / 3.0

    def white(self, deviation: float = 1.0) -> tuple[Array, float]:
        """Return the products and ln det C for white noise."""
        gram = self.columns.T @ self.columns / deviation**2
        return gram, 2.0 * self.grid.index.size * math.log(deviation)

    def coloured(self, white: float, step: float, alpha: float) -> tuple[Array, float]:
        """Return the products, shape (q, q), and ln det C.

        Parameters
        ----------
        white, step : float
            Standard deviations s_w and s_p, mm, above zero.
        alpha : float
        """
        column = step**2 * autocovariance(alpha, len(self.grid))
        column[0] += white**2
        return self._by_block(column) if self._dense else self._by_inverse(column)

    def solve(self, noise: Noise) -> Array:
        """Return C^-1 times the columns, shape (n, q), for white and power-law noise."""
        step = noise.step(self.grid.interval)
        if step == 0.0:
            return self.columns / noise.white**2
        column = step**2 * autocovariance(noise.alpha, len(self.grid))
        column[0] += max(noise.white**2, _LEAST_WHITE * step**2)
        if self._dense:
            from scipy.linalg import cho_factor, cho_solve

            apart = np.abs(self.grid.index[:, None] - self.grid.index)
            factor = cho_factor(column[apart], lower=True, overwrite_a=True, check_finite=False)
            return np.asarray(cho_solve(factor, self.columns, check_finite=False))
        return self._solve_by_inverse(column)

    def _solve_by_inverse(self, column: Array) -> Array:
        from scipy.linalg import solve

        from asperity.gnss.positions._kernels import inverse_block, schur

        _, moving, still = schur(column)
        missing = self.grid.missing
        right = self._full.copy()
        if missing.size:
            # What stands at the gaps so that C^-1 gives nothing there.
            block = inverse_block(moving, still, missing)
            product = _toeplitz_product(still, right) - _toeplitz_product(moving, right)
            right[missing] = -solve(block, product[missing], assume_a="pos", check_finite=False)
        product = _toeplitz_product(still, right) - _toeplitz_product(moving, right)
        return product[self.grid.index]

    def _by_inverse(self, column: Array) -> tuple[Array, float]:
        from scipy.linalg import cho_factor, cho_solve

        from asperity.gnss.positions._kernels import inverse_block, schur

        log_determinant, moving, still = schur(column)
        product = _toeplitz_product(still, self._full) - _toeplitz_product(moving, self._full)
        gram = self._full.T @ product
        missing = self.grid.missing
        if missing.size:
            block = inverse_block(moving, still, missing)
            factor = cho_factor(block, lower=True, overwrite_a=True, check_finite=False)
            at_gaps = product[missing]
            gram -= at_gaps.T @ cho_solve(factor, at_gaps, check_finite=False)
            log_determinant += 2.0 * float(np.log(np.diag(factor[0])).sum())
        return gram, log_determinant

    def _by_block(self, column: Array) -> tuple[Array, float]:
        from scipy.linalg import cholesky, solve_triangular

        apart = np.abs(self.grid.index[:, None] - self.grid.index)
        factor = cholesky(column[apart], lower=True, overwrite_a=True, check_finite=False)
        half = solve_triangular(factor, self.columns, lower=True, check_finite=False)
        return half.T @ half, 2.0 * float(np.log(np.diag(factor)).sum())


def autocovariance(alpha: float, n: int) -> Array:
    """Return the autocovariances of unit power-law noise, shape (n,), by lag.

    Parameters
    ----------
    alpha : float
        Above 0, at most 3.
    n : int

    Notes
    -----
    The first two are integrals over the spectrum, with frequencies spaced as a
    hyperbolic sine so that the corner at 1 - phi is resolved; the others follow by the
    recurrence (1 + phi^2) k g_k = phi ((k - 1 + d) g_(k-1) + (k + 1 - d) g_(k+1)), d = alpha / 2.
    """
    from asperity.gnss.positions._kernels import extend_autocovariance

    nodes, weights = _quadrature()
    half_chord = 2.0 * np.sin(0.5 * nodes) ** 2
    spectrum = (2.0 * (1.0 - CORNER) * half_chord + CORNER**2) ** (-0.5 * alpha)
    values = np.empty(max(n, 2))
    values[0] = spectrum @ weights / np.pi
    # 1 - cos w is summed by itself: the difference of the two would lose its digits.
    values[1] = values[0] - (spectrum * half_chord) @ weights / np.pi
    extend_autocovariance(values, 1.0 - CORNER, 0.5 * alpha)
    return values[:n]


@lru_cache(maxsize=1)
def _quadrature() -> tuple[Array, Array]:
    """Return frequencies from 0 to pi and their weights."""
    x, w = np.polynomial.legendre.leggauss(600)
    top = np.arcsinh(np.pi / CORNER)
    place = 0.5 * top * (x + 1.0)
    return CORNER * np.sinh(place), 0.5 * top * w * CORNER * np.cosh(place)


def _toeplitz_product(first: Array, right: Array) -> Array:
    """Return L L' R, L lower triangular with the first column `first`, by Fourier transforms."""
    from scipy.fft import irfft, next_fast_len, rfft

    n = len(right)
    length = next_fast_len(2 * n - 1, real=True)
    spectrum = rfft(first, length)[:, None]
    # L' R is L applied to R turned over, turned over again.
    inner = irfft(spectrum * rfft(right[::-1], length, axis=0), length, axis=0)[:n][::-1]
    return np.asarray(irfft(spectrum * rfft(inner, length, axis=0), length, axis=0)[:n])


@dataclass(frozen=True)
class NoiseFit:
    """A linear model fitted under its coloured noise.

    Parameters
    ----------
    noise : Noise
    parameters : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
        Of the parameters, the noise taken as known.
    log_likelihood : float
        Of the observations; with the determinant of the design in the restricted case.
    n : int
        Epochs.
    evaluations : int
        Of the likelihood.
    status : str
        ``ok``, or what keeps the estimate at the edge of its range.
    """

    noise: Noise
    parameters: Array
    covariance: Array
    log_likelihood: float
    n: int
    evaluations: int
    status: str

    @property
    def deviations(self) -> Array:
        """Standard deviations of the parameters, shape (p,)."""
        return np.sqrt(np.diag(self.covariance))

    def document(self) -> dict[str, Any]:
        """Return what the fit found of the noise."""
        return {
            "white": self.noise.white,
            "power_law": self.noise.power_law,
            "alpha": self.noise.alpha,
            "log_likelihood": self.log_likelihood,
            "status": self.status,
        }


def fit_noise(
    years: ArrayLike,
    values: ArrayLike,
    design: ArrayLike,
    model: NoiseModel = "power-law",
    *,
    likelihood: Literal["full", "restricted"] = "full",
) -> NoiseFit:
    """Fit a linear model and its coloured noise by maximum likelihood.

    Parameters
    ----------
    years : array_like, shape (n,)
        Increasing; gaps are treated exactly.
    values : array_like, shape (n,)
        mm.
    design : array_like, shape (n, p)
    model : {"white", "flicker", "random-walk", "power-law"}, optional
        All but the first hold white noise, too; the last estimates its alpha.
    likelihood : {"full", "restricted"}, optional
        The restricted one allows for the parameters that the design takes up: its
        amplitudes are not too small in short series.

    Returns
    -------
    NoiseFit

    Raises
    ------
    DataError
        If there are no more epochs than parameters, two at one place of the grid, or all
        values are equal.
    ConvergenceError
        If a covariance loses its positive definiteness.

    Notes
    -----
    With C = s^2 ((1 - f) I + f T T') the likelihood is profiled over the parameters
    and s; the search runs over f and alpha (Bos et al. 2008,
    doi:10.1007/s00190-007-0165-x).

    References
    ----------
    Bos et al. 2013, Journal of Geodesy 87, 351-360, doi:10.1007/s00190-012-0605-0.

    Examples
    --------
    >>> t = 2000.0 + np.arange(600) / 365.25
    >>> y = simulate(Noise(1.0, 3.0), 600, seed=1)[0] + 5.0 * (t - 2001.0)
    >>> fit = fit_noise(t, y, np.column_stack([np.ones(600), t - 2001.0]), "flicker")
    >>> bool(abs(fit.parameters[1] - 5.0) < 3.0 * fit.deviations[1])
    True
    """
    a, y = np.asarray(design, dtype=np.float64), np.asarray(values, dtype=np.float64)
    n, p = a.shape
    if n <= p + 2:
        raise DataError(f"{n} epochs for {p} parameters and the noise; more are needed")
    if np.ptp(y) == 0.0:
        raise DataError(f"all {n} values are {y[0]:g}: there is no noise to fit")
    scale = np.sqrt((a**2).mean(axis=0))
    gram = Gram(Grid.of(years), np.column_stack([a / scale, y]))
    restricted = likelihood == "restricted"
    free = n - p if restricted else n
    best: dict[str, Any] = {"value": np.inf}
    count = 0

    def objective(white: float, step: float, alpha: float) -> float:
        nonlocal count
        count += 1
        products, log_determinant = (
            gram.coloured(white, step, alpha) if step > 0.0 else gram.white(white)
        )
        inner = products[:p, :p]
        parameters = np.linalg.solve(inner, products[:p, p])
        variance = float(products[p, p] - products[:p, p] @ parameters) / free
        if not variance > 0.0:
            raise ConvergenceError(
                "the covariance of the noise lost its positive definiteness; choose "
                "--noise flicker or white"
            )
        value = free * math.log(variance) + log_determinant + free * (1.0 + math.log(2 * math.pi))
        if restricted:
            value += float(np.linalg.slogdet(inner)[1])
        if value < best["value"]:
            best.update(
                value=value, white=white, step=step, alpha=alpha, variance=variance,
                parameters=parameters, inner=inner,
            )  # fmt: skip
        return float(value)

    status = _search(objective, model)
    spread = math.sqrt(best["variance"])
    step, alpha = spread * best["step"], best["alpha"]
    noise = Noise(spread * best["white"], step / (gram.grid.interval * DAY) ** (alpha / 4.0), alpha)
    covariance = best["variance"] * np.linalg.inv(best["inner"]) / np.outer(scale, scale)
    return NoiseFit(
        noise, best["parameters"] / scale, covariance, -0.5 * best["value"], n, count, status
    )  # fmt: skip


def _search(objective: Any, model: NoiseModel) -> str:
    """Look for the smallest value; return ``ok`` or what edge was met."""
    from scipy.optimize import minimize, minimize_scalar

    if model == "white":
        objective(1.0, 0.0, 0.0)
        return "ok"

    def at(logit: float, alpha: float) -> float:
        share = 1.0 / (1.0 + math.exp(-logit))  # of the power-law innovations
        white = max(1.0 - share, _LEAST_WHITE)
        return float(objective(math.sqrt(white), math.sqrt(share), alpha))

    most = math.log((1.0 - _LEAST_WHITE) / _LEAST_WHITE)
    if model in _FIXED_INDEX:
        alpha = _FIXED_INDEX[model]
        found = minimize_scalar(
            lambda x: at(x, alpha), bounds=(-most, most), method="bounded", options={"xatol": 0.01}
        )
        edge = abs(found.x) > most - 0.1
        return "ok" if not edge else _edge(found.x)

    low, high = _INDEX_RANGE

    def bent(x: Array) -> float:
        # Beyond the range the value rises, so that the simplex turns back.
        alpha, logit = float(np.clip(x[1], low, high)), float(np.clip(x[0], -most, most))
        return at(logit, alpha) + 1e3 * float(abs(x[1] - alpha) + abs(x[0] - logit))

    start = np.array([[-1.5, 1.0], [0.5, 1.0], [-1.5, 1.5]])
    found = minimize(
        bent, start[0], method="Nelder-Mead",
        options={"initial_simplex": start, "xatol": 0.01, "fatol": 0.01, "maxfev": 120},
    )  # fmt: skip
    logit, alpha = (float(v) for v in found.x)
    if alpha < low + 0.02 or alpha > high - 0.02:
        return f"alpha at the edge of {low:g} to {high:g}"
    return "ok" if abs(logit) < most - 0.1 else _edge(logit)


def _edge(logit: float) -> str:
    return "no white noise seen" if logit > 0.0 else "no power-law noise seen"


def simulate(
    noise: Noise, n: int, draws: int = 1, *, interval: float = 1.0, seed: int | Any = 0
) -> Array:
    """Draw series of coloured noise on a regular grid.

    Parameters
    ----------
    noise : Noise
    n : int
        Epochs.
    draws : int, optional
    interval : float, optional
        Days.
    seed : int or numpy.random.Generator, optional

    Returns
    -------
    ndarray, shape (draws, n)
        mm.

    Notes
    -----
    The power-law part is white noise filtered by psi_k = psi_(k-1) (k - 1 + alpha / 2) / k,
    a convolution done by fast Fourier transforms (Kasdin 1995,
    doi:10.1109/5.381848). It begins as many epochs before the first one.
    """
    from scipy.fft import irfft, next_fast_len, rfft

    from asperity.gnss.positions._kernels import power_law_filter

    generator = np.random.default_rng(seed)
    series = noise.white * generator.standard_normal((draws, n))
    if noise.power_law > 0.0:
        # Twice as many, of which the later half is kept; doubled again against wrapping.
        length = next_fast_len(4 * n - 1, real=True)
        spectrum = rfft(noise.step(interval) * power_law_filter(noise.alpha, 2 * n), length)
        steps = rfft(generator.standard_normal((draws, 2 * n)), length, axis=1)
        series += irfft(spectrum * steps, length, axis=1)[:, n : 2 * n]
    return series
