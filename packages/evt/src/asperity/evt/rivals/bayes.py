"""The upper end as an unknown with a proper prior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from asperity.evt.rivals.distributions import Distribution, TruncatedExponentials
from asperity.evt.rivals.protocol import History, Need, Withheld

__all__ = ["BayesianEnd"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


@dataclass(frozen=True)
class BayesianEnd:
    """Mixture of truncated laws over the posterior of the upper end.

    Parameters
    ----------
    largest : float
        Upper limit of the prior, which is uniform from the largest magnitude so far.

    Notes
    -----
    The likelihood of the end is ``(1 - exp(-B (M_end - Mc)))^(-n)`` for M_end >= M_max; it
    tends to a constant, so that without an upper limit of the prior the posterior cannot
    be normalised (Holschneider et al. 2011). B is that of the history. The mixture is
    taken at 48 ends, closer to each other near M_max.

    References
    ----------
    Holschneider, M., Zoeller, G. & Hainzl, S. (2011). Estimation of the maximum possible
    magnitude in the framework of a doubly truncated Gutenberg-Richter model. Bull.
    Seismol. Soc. Am. 101, 1649-1659. doi:10.1785/0120100289
    """

    name: ClassVar[str] = "bayes"
    needs: ClassVar[frozenset[Need]] = frozenset()
    largest: float = 8.0

    def forecast(self, history: History) -> Distribution | Withheld:
        """Return the distribution of the next record magnitude, or why there is none."""
        rate = history.rate
        if not np.isfinite(rate):
            return Withheld("all magnitudes equal Mc")
        width = self.largest - history.m_max
        if width <= 0.0:
            return Withheld("the largest magnitude exceeds the prior")
        s = 0.5 * (_NODES + 1.0)
        ends = history.m_max + width * s**2
        n = history.magnitudes.size
        with np.errstate(divide="ignore"):
            log_posterior = -n * np.log(-np.expm1(-rate * (ends - history.mc)))
        weights = _WEIGHTS * s * np.exp(log_posterior - log_posterior.max())
        return TruncatedExponentials(
            history.m_max, np.full(ends.size, rate), ends, weights / weights.sum()
        )
