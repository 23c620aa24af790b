"""Estimators of a largest possible magnitude, and the next record below it.

Each gives an upper end M_end to a Gutenberg-Richter law of rate B = b ln 10; the next
record then exceeds the largest magnitude so far by a truncated exponential. All
magnitudes are those of the catalog, n of them at or above Mc, the largest M_obs.

References
----------
Kijko, A. (2004). Estimation of the maximum earthquake magnitude, mmax. Pure Appl.
Geophys. 161, 1655-1681. doi:10.1007/s00024-004-2531-4
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import optimize

from asperity.evt.rivals.distributions import Distribution, TruncatedExponentials
from asperity.evt.rivals.protocol import History, Need, Withheld

__all__ = [
    "FixedIncrement",
    "KijkoSellevoll",
    "RobsonWhitlock",
    "TatePisarenko",
    "TruncatedMaximumLikelihood",
]

FARTHEST = 5.0
"""An end so far above the largest magnitude says nothing: the estimate has diverged."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(96)


class EndpointRival(ABC):
    """A rival that estimates the upper end of a Gutenberg-Richter law."""

    no_rate: ClassVar[str] = "all magnitudes equal Mc"
    """Why there is none when `rate` is infinite."""

    needs: ClassVar[frozenset[Need]] = frozenset()

    @property
    @abstractmethod
    def name(self) -> str:
        """Name on the command line."""

    @abstractmethod
    def end(self, history: History) -> float:
        """Return the upper end, infinite when the estimate diverges."""

    def rate(self, history: History) -> float:
        """Return B = b ln 10."""
        return history.rate

    def forecast(self, history: History) -> Distribution | Withheld:
        """Return the distribution of the next record magnitude, or why there is none."""
        rate = self.rate(history)
        if not np.isfinite(rate):
            return Withheld(self.no_rate)
        end = self.end(history)
        if not end <= history.m_max + FARTHEST:
            return Withheld("the upper end diverges")
        if end - history.m_max < 1e-6:
            return Withheld("the upper end leaves no room for a record")
        return TruncatedExponentials.single(history.m_max, rate, end)


@dataclass(frozen=True)
class KijkoSellevoll(EndpointRival):
    """Kijko & Sellevoll: the end exceeds the maximum by what the maximum is short of it.

    Notes
    -----
    ``M_end = M_obs + int_Mc^M_end F(m | M_end)^n dm`` with
    ``F = (1 - exp(-B (m - Mc)))/(1 - exp(-B (M_end - Mc)))``, iterated from M_obs. It
    diverges when n is small or b low.

    References
    ----------
    Kijko, A. & Sellevoll, M. A. (1989). Estimation of earthquake hazard parameters from
    incomplete data files. Bull. Seismol. Soc. Am. 79, 645-654.
    """

    name: ClassVar[str] = "kijko-sellevoll"

    def end(self, history: History) -> float:
        """Return the upper end, infinite when the iteration leaves 5 magnitudes."""
        rate, mc, n = history.rate, history.mc, history.magnitudes.size
        end = history.m_max
        for _ in range(200):
            span = end - mc
            if span <= 0.0:
                return float("inf")
            excess = 0.5 * span * (_NODES + 1.0)
            ratio = np.expm1(-rate * excess) / np.expm1(-rate * span)
            new = history.m_max + 0.5 * span * float(_WEIGHTS @ ratio**n)
            if abs(new - end) < 1e-6:
                return new
            if new > history.m_max + FARTHEST:
                return float("inf")
            end = new
        return float("inf")


@dataclass(frozen=True)
class TatePisarenko(EndpointRival):
    """Tate & Pisarenko: the end exceeds the maximum by the mean spacing expected there.

    Notes
    -----
    ``M_end = M_obs + 1/(n f(M_obs | M_end))``,
    ``f = B exp(-B (m - Mc))/(1 - exp(-B (M_end - Mc)))``, iterated.

    References
    ----------
    Pisarenko, V. F., Lyubushin, A. A., Lysenko, V. B. & Golubeva, T. V. (1996).
    Statistical estimation of seismic hazard parameters. Bull. Seismol. Soc. Am. 86,
    691-700.
    """

    name: ClassVar[str] = "tate-pisarenko"

    def end(self, history: History) -> float:
        """Return the upper end."""
        rate, mc, n = history.rate, history.mc, history.magnitudes.size
        spacing = np.exp(rate * (history.m_max - mc)) / (n * rate)
        end = history.m_max
        for _ in range(200):
            new = history.m_max - spacing * float(np.expm1(-rate * (end - mc)))
            if abs(new - end) < 1e-9:
                break
            end = new
        return end


@dataclass(frozen=True)
class RobsonWhitlock(EndpointRival):
    """Robson & Whitlock: the end exceeds the largest by a share of its lead.

    Parameters
    ----------
    share : float
        1 for Robson & Whitlock, 0.5 for the variant of smaller error (Cooke).

    Notes
    -----
    ``M_end = M_(n) + share (M_(n) - M_(n-1))`` of the two largest magnitudes.

    References
    ----------
    Robson, D. S. & Whitlock, J. H. (1964). Estimation of a truncation point. Biometrika
    51, 33-39. doi:10.1093/biomet/51.1-2.33
    """

    share: float = 1.0

    @property
    def name(self) -> str:
        """Return ``robson-whitlock``, or ``robson-whitlock-cooke`` for the smaller share."""
        return "robson-whitlock" if self.share == 1.0 else "robson-whitlock-cooke"

    def end(self, history: History) -> float:
        """Return the upper end; the largest magnitude itself when it occurred twice."""
        if history.magnitudes.size < 2:
            return history.m_max
        second, first = np.partition(history.magnitudes, -2)[-2:]
        return float(first + self.share * (first - second))


@dataclass(frozen=True)
class TruncatedMaximumLikelihood(EndpointRival):
    """Maximum likelihood of the truncated law, with the end moved where a record is possible.

    Notes
    -----
    The likeliest end is M_obs itself, above which no record can lie. B is taken from
    there, the root of ``mean(M) - Mc = 1/B - D exp(-B D)/(1 - exp(-B D))``,
    D = M_obs - Mc, and the end from ``F(M_obs | M_end) = n/(n + 1)`` (Gibowicz & Kijko
    1994, An Introduction to Mining Seismology). Infinite where no end satisfies it.

    References
    ----------
    Page, R. (1968). Aftershocks and microaftershocks of the great Alaska earthquake of
    1964. Bull. Seismol. Soc. Am. 58, 1131-1168.
    """

    no_rate: ClassVar[str] = "the mean magnitude lies too high for a truncated law"
    name: ClassVar[str] = "truncated-gr-ml"

    def rate(self, history: History) -> float:
        """Return the rate of the truncated law; infinite when its mean lies in the upper half."""
        span = history.m_max - history.mc
        mean = history.mean_excess
        if not 1e-12 < mean < 0.5 * span - 1e-9:
            return float("inf")

        def equation(rate: float) -> float:
            return 1.0 / rate - span / float(np.expm1(rate * span)) - mean

        return float(optimize.brentq(equation, 1e-6 / span, 2.0 / mean))

    def end(self, history: History) -> float:
        """Return the upper end."""
        rate, n = self.rate(history), history.magnitudes.size
        below = -np.expm1(-rate * (history.m_max - history.mc)) * (n + 1.0) / n
        return float(history.mc - np.log1p(-below) / rate) if below < 1.0 else float("inf")


@dataclass(frozen=True)
class FixedIncrement(EndpointRival):
    """The end lies a fixed amount above the largest magnitude, half a magnitude by custom.

    Parameters
    ----------
    increment : float
    """

    name: ClassVar[str] = "fixed-increment"
    increment: float = 0.5

    def end(self, history: History) -> float:
        """Return the upper end."""
        return history.m_max + self.increment
