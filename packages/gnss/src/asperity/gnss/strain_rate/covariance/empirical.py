"""The empirical covariance of velocities, and the function fitted to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import curve_fit

from asperity.core.errors import DataError
from asperity.gnss.sphere import RADIUS, Trend, trend_columns
from asperity.gnss.strain_rate import _kernels
from asperity.gnss.strain_rate.covariance.functions import covariance_function
from asperity.gnss.strain_rate.covariance.model import Component, Covariance
from asperity.gnss.strain_rate.solver import Observations

__all__ = ["EmpiricalCovariance", "empirical_covariance", "fit_empirical"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class EmpiricalCovariance:
    """Mean products of residual velocities by distance.

    Parameters
    ----------
    distance : ndarray, shape (b,)
        Middle of the bins, km.
    east, north, cross : ndarray, shape (b,)
        Covariances of the east components, of the north ones, and between them,
        mm^2/yr^2; NaN where a bin has no pair.
    pairs : ndarray of int, shape (b,)
    variance : tuple of float
        Of the east and the north residuals, the mean formal noise taken off,
        mm^2/yr^2.
    """

    distance: Array
    east: Array
    north: Array
    cross: Array
    pairs: NDArray[np.int64]
    variance: tuple[float, float]

    @property
    def mean(self) -> Array:
        """Mean of the east and the north covariance."""
        return np.asarray(0.5 * (self.east + self.north))


def empirical_covariance(
    observations: Observations,
    trend: Trend = "rotation",
    *,
    width: float = 50.0,
    reach: float = 2000.0,
) -> EmpiricalCovariance:
    """Return the covariance of velocities by distance, after a trend is taken off.

    Parameters
    ----------
    observations : Observations
    trend : {"none", "rotation", "rotation+strain"}
        Fitted with the weights of the formal covariances.
    width : float
        Of a bin, km.
    reach : float
        Largest distance, km.

    Notes
    -----
    Taking the trend off takes covariance too: the estimate is low, and negative
    beyond about half the extent of the network.
    """
    n = len(observations)
    columns = trend_columns(trend, observations.frames, observations.centre)
    residual = observations.velocities - columns @ _weighted_trend(observations, columns)
    bins = round(reach / width)
    sums, pairs = np.zeros((bins, 3)), np.zeros(bins, dtype=np.int64)
    _kernels.binned_products(
        np.ascontiguousarray(observations.frames[:, 2]), residual[:n], residual[n:], RADIUS,
        width, sums, pairs,
    )  # fmt: skip
    with np.errstate(invalid="ignore"):
        means = sums / pairs[:, None]
    formal = observations.covariances[:, [0, 1], [0, 1]].mean(axis=0)
    variance = np.array([np.mean(residual[:n] ** 2), np.mean(residual[n:] ** 2)]) - formal
    return EmpiricalCovariance(
        np.asarray((np.arange(bins) + 0.5) * width), means[:, 0], means[:, 1], means[:, 2], pairs,
        (float(variance[0]), float(variance[1])),
    )  # fmt: skip


def _weighted_trend(observations: Observations, columns: Array) -> Array:
    if not columns.shape[1]:
        return np.zeros(0)
    n = len(observations)
    weights = np.linalg.inv(observations.covariances)
    design = np.stack([columns[:n], columns[n:]], axis=1)
    data = np.stack([observations.velocities[:n], observations.velocities[n:]], axis=1)
    normal = np.einsum("nip,nij,njq->pq", design, weights, design)
    return np.asarray(np.linalg.solve(normal, np.einsum("nip,nij,nj->p", design, weights, data)))


def fit_empirical(empirical: EmpiricalCovariance, function: str = "gauss") -> Covariance:
    """Fit a covariance function to the bins before the first zero crossing.

    Parameters
    ----------
    empirical : EmpiricalCovariance
    function : str
        Name of a covariance function.

    Returns
    -------
    Covariance
        Least squares, each bin with the weight of its number of pairs.

    Raises
    ------
    DataError
        If fewer than four bins are positive.
    """
    mean, kind = empirical.mean, covariance_function(function)
    ended = np.flatnonzero(~(mean > 0.0))
    count = int(ended[0]) if len(ended) else len(mean)
    if count < 4:
        raise DataError(
            f"the empirical covariance is positive in {count} distance bins only, at least 4 are "
            "needed; give variance and length, or use REML"
        )
    d, c, pairs = empirical.distance[:count], mean[:count], empirical.pairs[:count]

    def curve(x: Array, log_variance: float, log_length: float) -> Array:
        return np.asarray(np.exp(log_variance) * kind.radial(x, float(np.exp(log_length)))[0])

    half = d[int(np.argmin(np.abs(c - 0.5 * c[0])))]
    parameters, _ = curve_fit(
        curve, d, c, p0=(np.log(c[0]), np.log(half)), sigma=1.0 / np.sqrt(pairs), maxfev=10_000
    )
    return Covariance(
        (Component(function, float(np.exp(parameters[0])), float(np.exp(parameters[1]))),)
    )
