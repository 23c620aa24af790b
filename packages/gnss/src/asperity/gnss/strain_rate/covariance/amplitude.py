"""A factor of the signal's standard deviation that varies smoothly in space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asperity.gnss.sphere import RADIUS, chord

__all__ = ["Amplitude"]


@dataclass(frozen=True, eq=False)
class Amplitude:
    """s(x) = exp(sum_k b_k exp(-|x - x_k|^2 / (2 L^2))).

    Parameters
    ----------
    knots : ndarray, shape (k, 3, 3)
        Local frames of the knots.
    weights : ndarray, shape (k,)
        b_k, without unit.
    length : float
        L, km; the distance of the knots is about that.

    Notes
    -----
    A field s(x) w(x) with w stationary has the covariance s(x) s(y) C(d), which is
    positive definite for every s. Its gradient is s grad w + w grad s.
    """

    knots: NDArray[np.float64]
    weights: NDArray[np.float64]
    length: float

    def basis(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the Gaussian functions of all knots at places, shape (n, k)."""
        return np.asarray(np.exp(-0.5 * (chord(frames, self.knots) / self.length) ** 2))

    def scale(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return s at places given by their local frames, shape (n,)."""
        return np.asarray(np.exp(self.basis(frames) @ self.weights))

    def scale_and_slope(
        self, frames: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return s, shape (n,), and its slopes to the east and north, per km, shape (n, 2)."""
        basis = self.basis(frames) * self.weights
        scale = np.exp(basis.sum(axis=1))
        # grad |x - x_k|^2 / 2 = x - x_k, of which the tangent part is -R r_k . t.
        along = frames[:, :2] @ (RADIUS * self.knots[:, 2].T)
        slope = np.einsum("nk,njk->nj", basis, along) / self.length**2
        return scale, scale[:, None] * slope
