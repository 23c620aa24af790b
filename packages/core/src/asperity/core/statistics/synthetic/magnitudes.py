"""Magnitudes drawn from the Gutenberg-Richter law: unbounded, truncated or tapered."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError
from asperity.core.statistics.magnitudes import round_magnitudes

__all__ = ["GutenbergRichter"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class GutenbergRichter:
    """A Gutenberg-Richter law of magnitudes.

    Parameters
    ----------
    mc : float
        Smallest magnitude; the centre of the lowest bin when magnitudes are binned.
    b : float
        Slope, above 0.
    m_max : float, optional
        Magnitude at which the law is cut off.
    corner : float, optional
        Magnitude at which the moment is tapered exponentially (Kagan); excludes `m_max`.
    bin_width : float, optional
        Magnitudes are rounded to multiples of it.

    Raises
    ------
    InputError
        If a parameter is out of range.

    Notes
    -----
    Truncated: m = Mc - log10(1 - U (1 - 10^(-b (m_max - Mc)))) / b. Tapered: the moment
    is the lesser of a Pareto variable of index 2 b/3 and of the least moment plus an
    exponential variable of the corner moment (Vere-Jones et al. 2001). With bins the
    law starts half a bin below Mc, so that the lowest bin is full.

    References
    ----------
    Kagan, Y. Y. (2002). Seismic moment distribution revisited: I. Statistical results.
    Geophys. J. Int. 148, 520-541. doi:10.1046/j.1365-246x.2002.01594.x

    Vere-Jones, D., Robinson, R. & Yang, W. (2001). Remarks on the accelerated moment
    release model. Geophys. J. Int. 144, 517-531. doi:10.1046/j.1365-246x.2001.01348.x

    Examples
    --------
    >>> law = GutenbergRichter(mc=2.0, b=1.0, m_max=5.0)
    >>> magnitudes = law.sample(1000, seed=1)
    >>> bool(magnitudes.min() >= 2.0) and bool(magnitudes.max() <= 5.0)
    True
    """

    mc: float = 0.0
    b: float = 1.0
    m_max: float = math.inf
    corner: float = math.inf
    bin_width: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mc) and math.isfinite(self.b) and self.b > 0.0):
            raise InputError(f"Mc {self.mc}, b {self.b}; give numbers, b above 0")
        if not (math.isfinite(self.bin_width) and self.bin_width >= 0.0):
            raise InputError(f"bin width {self.bin_width}; give a number from 0 up")
        for name, value in (("m_max", self.m_max), ("corner", self.corner)):
            if not value > self.lowest:
                raise InputError(f"{name} {value} must lie above the least magnitude {self.lowest}")
        if math.isfinite(self.m_max) and math.isfinite(self.corner):
            raise InputError("m_max and corner exclude each other; give one of them")

    @property
    def lowest(self) -> float:
        """Least magnitude before rounding."""
        return self.mc - 0.5 * self.bin_width

    def sample(self, n: int, seed: int | np.random.Generator = 0) -> Array:
        """Draw magnitudes.

        Parameters
        ----------
        n : int
        seed : int or numpy.random.Generator, optional

        Returns
        -------
        ndarray, shape (n,)
        """
        rng = np.random.default_rng(seed)
        span = self.m_max - self.lowest
        share = -math.expm1(-self.b * math.log(10.0) * span) if math.isfinite(span) else 1.0
        above = -np.log1p(-share * rng.random(n)) / (self.b * math.log(10.0))
        if math.isfinite(self.corner):
            # Moments in units of the least one.
            corner = 10.0 ** (1.5 * (self.corner - self.lowest))
            tapered = 1.0 + rng.exponential(corner, n)
            above = np.minimum(above, np.log10(tapered) / 1.5)
        return round_magnitudes(self.lowest + above, self.bin_width)

    def survival(self, magnitudes: ArrayLike) -> Array:
        """Return the probability of a larger magnitude, before rounding.

        Parameters
        ----------
        magnitudes : array_like

        Returns
        -------
        ndarray
        """
        m = np.maximum(np.asarray(magnitudes, dtype=np.float64), self.lowest)
        plain = 10.0 ** (-self.b * (m - self.lowest))
        if math.isfinite(self.m_max):
            least = 10.0 ** (-self.b * (self.m_max - self.lowest))
            return np.asarray(np.maximum(plain - least, 0.0) / (1.0 - least))
        if math.isfinite(self.corner):
            corner = 10.0 ** (1.5 * (self.corner - self.lowest))
            return np.asarray(plain * np.exp((1.0 - 10.0 ** (1.5 * (m - self.lowest))) / corner))
        return np.asarray(plain)

    def mean_productivity(self, alpha: float) -> float:
        """Return the mean of 10^(alpha (m - Mc)), infinite if it has no bound.

        Parameters
        ----------
        alpha : float
            In powers of ten per magnitude.
        """
        if math.isfinite(self.corner):
            return self._tapered_productivity(alpha)
        start = float(10.0 ** (-0.5 * alpha * self.bin_width))
        if not math.isfinite(self.m_max):
            return start * self.b / (self.b - alpha) if alpha < self.b else math.inf
        span = (self.m_max - self.lowest) * math.log(10.0)
        share = -math.expm1(-self.b * span)
        rest = self.b - alpha
        growth = span if abs(rest) < 1e-12 else -math.expm1(-rest * span) / rest
        return start * self.b * growth / share

    def _tapered_productivity(self, alpha: float) -> float:
        """Integrate d(10^(alpha x)) S(x) over the magnitudes, of which few pass the corner."""
        from scipy.integrate import quad

        slope = alpha * math.log(10.0)

        def integrand(x: float) -> float:
            return float(slope * 10.0 ** (alpha * x) * self.survival(self.lowest + x))

        top = self.corner - self.lowest + 2.0
        whole, _ = quad(integrand, 0.0, top, limit=200)
        return float(10.0 ** (-0.5 * alpha * self.bin_width) * (1.0 + whole))
