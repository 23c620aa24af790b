"""Extreme-value laws fitted to the sequence itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from asperity.core.errors import DataError
from asperity.evt.calibration.fits import fit_law
from asperity.evt.laws import Gev
from asperity.evt.rivals.distributions import (
    Distribution,
    LawAbove,
    ParetoAbove,
    TruncatedExponentials,
)
from asperity.evt.rivals.protocol import History, Need, Withheld

__all__ = ["BlockMaxima", "PeaksOverThreshold", "fit_pareto"]

Array = NDArray[np.float64]
_LIKELY = 3.841458820694124  # 95 % of chi-squared with one degree of freedom
_SHAPES = 0.9


@dataclass(frozen=True)
class BlockMaxima:
    """Generalised extreme-value law of the maxima of blocks with equally many events.

    Parameters
    ----------
    blocks : int
        At most so many.
    least : int
        Events in a block at least.

    Notes
    -----
    With G fitted to the maxima of blocks of s events, one event has ``F = G^(1/s)``, a law
    of the same family: ``sigma' = sigma s^-k``, ``mu' = mu + sigma (s^-k - 1)/k``. The
    next record has F, given that it exceeds the largest magnitude.

    References
    ----------
    Coles, S. (2001). An Introduction to Statistical Modeling of Extreme Values. Springer.
    doi:10.1007/978-1-4471-3675-0
    """

    name: ClassVar[str] = "block-maxima"
    needs: ClassVar[frozenset[Need]] = frozenset()
    blocks: int = 20
    least: int = 5

    def forecast(self, history: History) -> Distribution | Withheld:
        """Return the distribution of the next record magnitude, or why there is none."""
        m = history.magnitudes
        count = min(self.blocks, m.size // self.least)
        if count < 8:
            return Withheld(f"fewer than {8 * self.least} events")
        size = m.size // count
        # What does not fill a block is left out at the beginning.
        maxima = m[m.size - count * size :].reshape(count, size).max(axis=1)
        try:
            fitted = fit_law("gev", maxima).law.parameters
        except DataError:
            return Withheld("all block maxima are equal")
        k, sigma, mu = fitted["k"], fitted["sigma"], fitted["mu"]
        shrunk = size**-k
        of_one = Gev(k, sigma * shrunk, mu + sigma * (shrunk - 1.0) / k)
        law = LawAbove(of_one, history.m_max)
        if not float(of_one.sf(history.m_max)) > 1e-12:
            return Withheld("the fitted law ends at the largest magnitude")
        return law


def fit_pareto(excess: Array) -> tuple[float, float, float]:
    """Fit a generalised Pareto law by profile likelihood.

    Parameters
    ----------
    excess : ndarray, shape (n,)
        Above the threshold, positive.

    Returns
    -------
    shape, scale : float
    statistic : float
        Twice the log likelihood lost when the shape is held at 0.

    Notes
    -----
    With theta = shape/scale the likeliest shape is ``mean ln(1 + theta y)``, and what
    remains is one search over theta (Grimshaw 1993, doi:10.1080/00401706.1993.10485040).
    Shapes beyond 0.9 of either sign are not tried.
    """
    n, mean, top = excess.size, float(excess.mean()), float(excess.max())
    exponential = -n * (float(np.log(mean)) + 1.0)

    def cost(theta: float) -> float:
        shape = float(np.mean(np.log1p(theta * excess)))
        if abs(shape) > _SHAPES:
            return 1e12
        if abs(shape) < 1e-9:
            return -float(exponential)
        return n * (float(np.log(shape / theta)) + shape + 1.0)

    low = -(1.0 - 1e-6) / top
    tried = np.concatenate([np.linspace(low, -1e-4 / mean, 40), np.geomspace(1e-4, 5, 40) / mean])
    costs = [cost(t) for t in tried]
    i = int(np.argmin(costs))
    bounds = (float(tried[max(i - 1, 0)]), float(tried[min(i + 1, tried.size - 1)]))
    found = optimize.minimize_scalar(cost, bounds=bounds, method="bounded")
    theta = float(found.x) if found.fun < costs[i] else float(tried[i])
    shape = float(np.mean(np.log1p(theta * excess)))
    statistic = max(2.0 * (-min(float(found.fun), costs[i]) - exponential), 0.0)
    return shape, shape / theta, statistic


@dataclass(frozen=True)
class PeaksOverThreshold:
    """Generalised Pareto law of the larger half, exponential unless that is unlikely.

    Parameters
    ----------
    share : float
        Of the events that lie above the threshold.
    least : int
        Events above it at least.

    Notes
    -----
    ``P(M > m | M > u) = (1 + xi (m - u)/sigma)^(-1/xi)``. Above the largest magnitude the
    excess has the same shape and the scale ``sigma + xi (M_max - u)``. Magnitudes have
    shapes near 0, which few events cannot tell from it: xi = 0 is kept unless twice the
    log likelihood lost exceeds 3.84 (95 %). Binned magnitudes count from the lower edge
    of the bin of u.

    References
    ----------
    Pisarenko, V. F. & Sornette, D. (2003). Characterization of the frequency of extreme
    earthquake events by the generalized Pareto distribution. Pure Appl. Geophys. 160,
    2343-2364. doi:10.1007/s00024-003-2397-x; Coles (2001).
    """

    name: ClassVar[str] = "peaks-over-threshold"
    needs: ClassVar[frozenset[Need]] = frozenset()
    share: float = 0.5
    least: int = 20

    def forecast(self, history: History) -> Distribution | Withheld:
        """Return the distribution of the next record magnitude, or why there is none."""
        m = history.magnitudes
        wanted = max(round(self.share * m.size), self.least)
        if m.size < wanted:
            return Withheld(f"fewer than {self.least} events")
        lowest = float(np.partition(m, m.size - wanted)[m.size - wanted])
        u = lowest - 0.5 * history.bin_width
        excess = m[m >= lowest - 1e-9] - u
        if not float(excess.max()) > 1e-9 or np.ptp(excess) <= 0.0:
            return Withheld("all magnitudes above the threshold are equal")
        excess = np.maximum(excess, 1e-9)
        shape, scale, statistic = fit_pareto(excess)
        if statistic < _LIKELY:
            return TruncatedExponentials.single(history.m_max, 1.0 / float(excess.mean()))
        beyond = scale + shape * (history.m_max - u)
        if not beyond > 1e-9:
            return Withheld("the fitted law ends at the largest magnitude")
        return ParetoAbove(history.m_max, shape, beyond)
