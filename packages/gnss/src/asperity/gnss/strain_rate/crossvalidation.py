"""Leave-out cross-validation in closed form.

With P of the restricted likelihood, the prediction of the stations S from all
others, trend estimated anew, has the error r_S = (P_SS)^-1 (P d)_S and the
covariance (P_SS)^-1, the noise of S included (Rasmussen & Williams 2006, 5.4.2,
with a trend).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from asperity.gnss.strain_rate.likelihood import Projector

__all__ = ["LeftOut", "block_labels", "leave_blocks_out", "leave_one_out"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Errors of predictions of stations that were left out.

    Parameters
    ----------
    residuals : ndarray, shape (n, 2)
        Observed minus predicted, east and north, mm/yr.
    covariances : ndarray, shape (n, 2, 2)
        What they should have, noise included, (mm/yr)^2.
    log_density : float
        Mean logarithm of the predictive density of a station.
    """

    residuals: Array
    covariances: Array
    log_density: float

    @property
    def rmse(self) -> float:
        """Root mean square error of a component, mm/yr."""
        return float(np.sqrt(np.mean(self.residuals**2)))

    @property
    def median_abs(self) -> float:
        """Median absolute error of a component, mm/yr."""
        return float(np.median(np.abs(self.residuals)))

    @property
    def z2(self) -> float:
        """Mean squared standardised error of a component; one when the intervals are right."""
        solved = np.linalg.solve(self.covariances, self.residuals[..., None])[..., 0]
        return float(np.einsum("ni,ni->n", self.residuals, solved).mean() / 2.0)

    def coverage(self, probability: float = 0.9) -> float:
        """Return the share of components within their central interval."""
        from scipy.stats import norm

        limit = norm.ppf(0.5 + 0.5 * probability)
        sd = np.sqrt(self.covariances[:, [0, 1], [0, 1]])
        return float(np.mean(np.abs(self.residuals) <= limit * sd))

    def document(self) -> dict[str, Any]:
        """Return the scores as the JSON documents show them."""
        return {
            "rmse": self.rmse,
            "rmse_east": float(np.sqrt(np.mean(self.residuals[:, 0] ** 2))),
            "rmse_north": float(np.sqrt(np.mean(self.residuals[:, 1] ** 2))),
            "median_abs": self.median_abs,
            "z2": self.z2,
            "log_density": self.log_density,
            "coverage": {"0.5": self.coverage(0.5), "0.9": self.coverage(0.9)},
        }


def leave_one_out(at: Projector) -> LeftOut:
    """Return the errors when each station is predicted from all others."""
    n = at.data.size // 2
    return leave_blocks_out(at, [np.array([i]) for i in range(n)])


def leave_blocks_out(at: Projector, blocks: Sequence[NDArray[np.int64]]) -> LeftOut:
    """Return the errors when each block of stations is predicted from all others.

    Parameters
    ----------
    at : Projector
    blocks : sequence of ndarray of int
        Rows of the stations of each block; together all stations.
    """
    n = at.data.size // 2
    residuals, covariances = np.empty((n, 2)), np.empty((n, 2, 2))
    density = 0.0
    for rows in blocks:
        both = np.concatenate([rows, n + rows])
        precision = at.matrix[np.ix_(both, both)]
        spread = linalg.inv(precision)
        error = spread @ at.data[both]
        residuals[rows] = error.reshape(2, -1).T
        for i in range(2):
            for j in range(2):
                block = spread[
                    i * rows.size : (i + 1) * rows.size, j * rows.size : (j + 1) * rows.size
                ]
                covariances[rows, i, j] = block.diagonal()
        _, log_determinant = np.linalg.slogdet(precision)
        density += 0.5 * (
            log_determinant - float(error @ at.data[both]) - both.size * math.log(2.0 * math.pi)
        )
    return LeftOut(residuals, covariances, density / n)


def block_labels(longitude: Array, latitude: Array, size: float) -> list[NDArray[np.int64]]:
    """Return the rows of the stations in each cell of a grid of `size` degrees."""
    cells = np.stack([np.floor(latitude / size), np.floor(longitude / size)], axis=1)
    _, label = np.unique(cells, axis=0, return_inverse=True)
    order = np.argsort(label.ravel(), kind="stable")
    return np.split(order, np.cumsum(np.bincount(label.ravel()))[:-1])
