"""Weighted least squares that outliers do not bend, and a running filter of outliers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError

__all__ = ["WEIGHTS", "LinearFit", "RobustWeight", "hampel", "robust_least_squares"]

Array = NDArray[np.float64]
RobustWeight = Literal["huber", "igg3", "none"]
TO_SIGMA = 1.4826
FAR = 5.0
"""Residuals, in robust standard deviations, from which an epoch counts as an outlier."""
MOST_STEPS = 50
PRECISION = 1e-6


def huber(u: Array, k: float = 1.345) -> Array:
    """Return psi(u)/u of Huber 1964, doi:10.1214/aoms/1177703732; 95 % efficient."""
    size = np.abs(u)
    return np.asarray(np.where(size <= k, 1.0, k / np.maximum(size, k)))


def igg3(u: Array, k0: float = 1.5, k1: float = 3.0) -> Array:
    """Return weights of the scheme IGG III: 1, falling, and 0 beyond `k1`.

    Yang, Song & Xu 2002, Journal of Geodesy 76, 353-358, doi:10.1007/s00190-002-0256-7.
    """
    size = np.maximum(np.abs(u), k0)
    fall = k0 / size * ((k1 - size) / (k1 - k0)) ** 2
    return np.asarray(np.where(size >= k1, 0.0, np.where(size > k0, fall, 1.0)))


WEIGHTS: dict[str, Callable[[Array], Array]] = {"huber": huber, "igg3": igg3, "none": np.ones_like}


@dataclass(frozen=True)
class LinearFit:
    """A linear model fitted by weighted least squares.

    Parameters
    ----------
    parameters : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
        For noise that is white, scaled by the spread of the residuals.
    residuals : ndarray, shape (n,)
    scale : float
        Robust standard deviation of residuals over sigmas.
    outliers : ndarray of bool, shape (n,)
    condition : float
        Condition number of the design with columns of unit length.
    iterations : int
    """

    parameters: Array
    covariance: Array
    residuals: Array
    scale: float
    outliers: NDArray[np.bool_]
    condition: float
    iterations: int


def robust_least_squares(
    design: ArrayLike,
    values: ArrayLike,
    deviations: ArrayLike | None = None,
    *,
    weight: RobustWeight = "huber",
) -> LinearFit:
    """Fit a linear model by iteratively reweighted least squares.

    Parameters
    ----------
    design : array_like, shape (n, p)
    values : array_like, shape (n,)
    deviations : array_like, shape (n,), optional
        Standard deviations; all one when missing.
    weight : {"huber", "igg3", "none"}, optional

    Returns
    -------
    LinearFit

    Raises
    ------
    DataError
        If there are no more rows than columns, or columns depend on each other.

    Notes
    -----
    w = psi(u) / (u sigma^2), u = r / (s sigma), s = 1.4826 median |r / sigma|, until
    parameters change by less than 1e-6 of the largest, at most 50 times. Residuals
    beyond 5 s sigma are outliers.

    Examples
    --------
    >>> x = np.arange(10.0)
    >>> y = 2.0 * x + 0.01 * np.cos(9.0 * x)
    >>> y[4] = 99.0
    >>> fit = robust_least_squares(np.column_stack([np.ones(10), x]), y)
    >>> round(float(fit.parameters[1]), 2), int(fit.outliers.sum())
    (2.0, 1)
    """
    a, y = np.asarray(design, dtype=np.float64), np.asarray(values, dtype=np.float64)
    n, p = a.shape
    if n <= p:
        raise DataError(f"{n} epochs for {p} parameters: bring a longer series, or fewer steps")
    sigma = np.ones(n) if deviations is None else np.asarray(deviations, dtype=np.float64)
    psi = WEIGHTS[weight]
    length = np.sqrt((a**2).sum(axis=0))
    whitened = a / length / sigma[:, None]
    observed = y / sigma
    spectrum = np.linalg.eigvalsh(whitened.T @ whitened)
    if not spectrum[0] > 1e-13 * spectrum[-1]:
        raise DataError(
            "parameters of the trajectory cannot be told apart: two of them describe the same "
            "motion of these epochs"
        )
    robust = np.ones(n)
    parameters = np.zeros(p)
    iteration = 0
    while iteration < MOST_STEPS:
        iteration += 1
        weighted = whitened * robust[:, None]
        before = parameters
        parameters = np.linalg.solve(weighted.T @ whitened, weighted.T @ observed)
        residuals = observed - whitened @ parameters
        scale = TO_SIGMA * float(np.median(np.abs(residuals)))
        if scale == 0.0:
            break
        change = np.abs(parameters - before).max()
        if weight == "none" or change <= PRECISION * np.abs(parameters).max():
            break
        robust = psi(residuals / scale)
    u = residuals / scale if scale > 0.0 else np.zeros(n)
    outliers = np.abs(u) > FAR
    used = ~outliers
    spread = float((residuals[used] ** 2).sum() / max(int(used.sum()) - p, 1))
    covariance = spread * np.linalg.inv(whitened[used].T @ whitened[used])
    return LinearFit(
        parameters / length, covariance / np.outer(length, length), residuals * sigma, scale,
        outliers, float(np.sqrt(spectrum[-1] / spectrum[0])), iteration,
    )  # fmt: skip


def hampel(values: ArrayLike, window: int = 61, factor: float = 3.0) -> NDArray[np.bool_]:
    """Return which values depart from their running median by `factor` robust deviations.

    Parameters
    ----------
    values : array_like, shape (n,)
        NaN where there is none.
    window : int, optional
        Number of values, odd.
    factor : float, optional

    Returns
    -------
    ndarray of bool, shape (n,)

    Raises
    ------
    InputError
        If the window is even.

    References
    ----------
    Pearson et al. 2016, doi:10.1186/s13634-016-0383-6.

    Examples
    --------
    >>> hampel([0.0, 0.1, 9.0, 0.1, 0.0, 0.2], window=5).tolist()
    [False, False, True, False, False, False]
    """
    x = np.asarray(values, dtype=np.float64)
    if window % 2 == 0 or window < 3:
        raise InputError(f"window {window}; give an odd number of values, 3 or more")
    half = window // 2
    padded = np.concatenate([np.full(half, np.nan), x, np.full(half, np.nan)])
    around = np.lib.stride_tricks.sliding_window_view(padded, window)
    known = np.isfinite(around).any(axis=1)
    median, spread = np.full(x.size, np.nan), np.full(x.size, np.nan)
    median[known] = np.nanmedian(around[known], axis=1)
    spread[known] = TO_SIGMA * np.nanmedian(np.abs(around[known] - median[known, None]), axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(x - median) > factor * spread)
