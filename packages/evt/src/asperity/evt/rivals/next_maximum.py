"""The next maximum of a truncated Gutenberg-Richter law, and an ensemble over its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from asperity.evt.estimators import record_rows
from asperity.evt.rivals.distributions import Distribution, TruncatedExponentials
from asperity.evt.rivals.endpoints import (
    FARTHEST,
    EndpointRival,
    FixedIncrement,
    KijkoSellevoll,
    TatePisarenko,
)
from asperity.evt.rivals.protocol import History, Need, Withheld

__all__ = ["Ensemble", "NextMaximum", "jump_log_likelihood"]

Array = NDArray[np.float64]
_TRIED = np.geomspace(1e-2, FARTHEST, 120)


def jump_log_likelihood(records: Array, mc: float, rate: float, ends: Array) -> Array:
    """Return the log likelihood of the record jumps for each of some upper ends.

    Parameters
    ----------
    records : ndarray, shape (r,)
        Magnitudes of the records, ascending.
    mc : float
        Where the first jump begins; a first record at Mc itself makes none.
    rate : float
        B = b ln 10.
    ends : ndarray, shape (k,)
        Above the last record.

    Returns
    -------
    ndarray, shape (k,)

    Notes
    -----
    Each jump d from a maximum R has the density ``B exp(-B d)/(1 - exp(-B (M_end - R)))``.
    """
    starts = np.concatenate([[mc], records[:-1]])
    jumps = records - starts
    made = jumps > 1e-12
    room = -np.expm1(-rate * (ends[:, None] - starts[made]))
    terms = np.log(rate) - rate * jumps[made] - np.log(room)
    return np.asarray(terms.sum(axis=1))


@dataclass(frozen=True)
class NextMaximum(EndpointRival):
    """Schultz: the next maximum under an end that is fitted to the record jumps.

    Parameters
    ----------
    orders : int
        Orders of the magnitudes over which the end is averaged, the true one first.

    Notes
    -----
    Given the end, the next maximum has mean ``M_max + 1/B - w d/(1 - d)`` with
    w = M_end - M_max and d = exp(-B w). As in the published code the end minimises the log
    likelihood of the record jumps less that of all magnitudes, tried up to 5 magnitudes
    above the maximum, and is averaged over random orders of the same magnitudes
    (always the same ones: seed 0).

    References
    ----------
    Schultz, R. (2024). Inferring maximum magnitudes from the ordered sequence of large
    earthquakes. Phil. Trans. R. Soc. A 382, 20230185. doi:10.1098/rsta.2023.0185
    """

    name: ClassVar[str] = "next-maximum"
    orders: int = 24

    def end(self, history: History) -> float:
        """Return the upper end, at most 5 magnitudes above the maximum."""
        m, rate = history.magnitudes, history.rate
        ends = history.m_max + _TRIED
        whole = -m.size * np.log(-np.expm1(-rate * (ends - history.mc)))
        rng = np.random.default_rng(0)
        found = []
        for k in range(self.orders):
            ordered = m if k == 0 else rng.permutation(m)
            jumps = jump_log_likelihood(ordered[record_rows(ordered)], history.mc, rate, ends)
            found.append(ends[np.argmin(jumps - whole)])
        return float(np.mean(found))


@dataclass(frozen=True)
class Ensemble:
    """Several upper ends, and none, weighted by how likely each makes the record jumps.

    Parameters
    ----------
    members : tuple of EndpointRival
        A law without an end is always one more.

    Notes
    -----
    Weights are ``exp(-AICc/2)`` of the likelihood of the record jumps, with one parameter
    for an end that was estimated and none without an end; AIC where there are too few
    jumps. The published ensemble holds maximum magnitudes from injected volumes and
    weighs by jumps and magnitudes together; this one holds what needs magnitudes only.

    References
    ----------
    Schultz (2024), doi:10.1098/rsta.2023.0185; Wagenmakers, E.-J. & Farrell, S. (2004).
    AIC model selection using Akaike weights. Psychon. Bull. Rev. 11, 192-196.
    doi:10.3758/BF03206482
    """

    members: tuple[EndpointRival, ...] = (
        NextMaximum(), KijkoSellevoll(), TatePisarenko(), FixedIncrement()
    )  # fmt: skip

    name: ClassVar[str] = "ensemble"
    needs: ClassVar[frozenset[Need]] = frozenset()

    def forecast(self, history: History) -> Distribution | Withheld:
        """Return the distribution of the next record magnitude, or why there is none."""
        rate = history.rate
        if not np.isfinite(rate):
            return Withheld("all magnitudes equal Mc")
        ends = [member.end(history) for member in self.members]
        usable = np.array(
            [e for e in ends if history.m_max + 1e-6 < e <= history.m_max + FARTHEST] + [np.inf]
        )
        log_likelihood = jump_log_likelihood(history.records, history.mc, rate, usable)
        fitted = np.isfinite(usable).astype(np.float64)
        left = history.records.size - fitted - 1.0
        small = np.where(left > 0, 2.0 * fitted * (fitted + 1.0) / np.maximum(left, 1.0), 0.0)
        aicc = 2.0 * fitted + small - 2.0 * log_likelihood
        weights = np.exp(-0.5 * (aicc - aicc.min()))
        return TruncatedExponentials(
            history.m_max, np.full(usable.size, rate), usable, weights / weights.sum()
        )
