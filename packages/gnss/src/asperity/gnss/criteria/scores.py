"""How well alarms and scores of places rank events: Molchan's diagram and exact significance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError

__all__ = [
    "AlarmScore",
    "Molchan",
    "alarm_score",
    "alarmed_shares",
    "irwin_hall_cdf",
    "molchan",
    "significant_share",
    "significant_skill",
]

Array = NDArray[np.float64]


_EXACT = 200


def alarmed_shares(score: ArrayLike, weights: ArrayLike, rows: ArrayLike) -> Array:
    """Return how much is on alarm when the alarm is just large enough to hold each event.

    Parameters
    ----------
    score : array_like, shape (n,)
        Of the places; the larger, the more an event is expected.
    weights : array_like, shape (n,)
        Where events would happen if the score said nothing; any positive sum.
    rows : array_like of int, shape (m,)
        Places of the events.

    Returns
    -------
    ndarray, shape (m,)
        Share of the weights with a score at least that of the event. Ties count
        against the score.

    Examples
    --------
    >>> alarmed_shares([4.0, 3.0, 2.0, 1.0], [1, 1, 1, 1], [1]).tolist()
    [0.5]
    """
    values = np.asarray(score, dtype=np.float64)
    shares = np.asarray(weights, dtype=np.float64)
    order = np.argsort(values)
    ascending = values[order]
    below = np.concatenate([[0.0], np.cumsum(shares[order])])
    first = np.searchsorted(ascending, values[np.asarray(rows, dtype=np.int64)], side="left")
    return np.asarray(np.clip(1.0 - below[first] / below[-1], 0.0, 1.0))


def irwin_hall_cdf(total: float, n: int) -> float:
    """Return the probability that n uniform numbers add up to at most a total.

    Parameters
    ----------
    total : float
    n : int

    Notes
    -----
    F(s) = 1/n! sum_j (-1)^j C(n, j) (s - j)^n over j <= s, whose terms cancel: it is
    summed in fractions, exactly. Beyond 200 numbers that takes seconds, and the
    saddlepoint approximation of Lugannani & Rice is right to 1e-4 of the smaller tail.

    References
    ----------
    Irwin 1927, doi:10.1093/biomet/19.3-4.225; Hall 1927, doi:10.1093/biomet/19.3-4.240;
    Lugannani & Rice 1980, doi:10.2307/1426607.

    Examples
    --------
    >>> irwin_hall_cdf(1.0, 2), irwin_hall_cdf(1.5, 3)
    (0.5, 0.5)
    """
    if n < 1:
        raise InputError(f"{n} uniform numbers; give 1 or more")
    if total >= n:
        return 1.0
    if total <= 0.0:
        return 0.0
    if n > _EXACT:
        return _saddlepoint(float(total), n)
    exact = Fraction(float(total))
    terms = ((-1) ** j * math.comb(n, j) * (exact - j) ** n for j in range(math.floor(exact) + 1))
    return float(sum(terms, Fraction(0)) / math.factorial(n))


def _saddlepoint(total: float, n: int) -> float:
    """Return `irwin_hall_cdf` for many numbers."""
    from scipy.optimize import brentq
    from scipy.stats import norm

    if total > 0.5 * n:
        return 1.0 - _saddlepoint(n - total, n)
    z = (total - 0.5 * n) / math.sqrt(n / 12.0)
    if z > -0.5:
        # The saddlepoint formula is 0/0 at the centre; the fourth cumulant is enough there.
        return float(norm.cdf(z) + norm.pdf(z) * (z**3 - 3.0 * z) / (20.0 * n))

    def mean(t: float) -> float:
        return 1.0 / -math.expm1(-t) - 1.0 / t

    t = brentq(lambda t: n * mean(t) - total, -10.0 * n / total, -1e-6)
    cumulant = n * math.log(math.expm1(t) / t)
    variance = n * (1.0 / t**2 - math.exp(t) / math.expm1(t) ** 2)
    w = -math.sqrt(2.0 * (t * total - cumulant))
    u = t * math.sqrt(variance)
    return float(norm.cdf(w) + norm.pdf(w) * (1.0 / w - 1.0 / u))


@dataclass(frozen=True)
class Molchan:
    """The Molchan trajectory of a score, and its area skill.

    Parameters
    ----------
    shares : ndarray, shape (m,)
        Share on alarm (tau) that each event asks for, in the order of the events.
    area_skill : float
        1 - mean(tau): 0.5 for a score that says nothing, 1 at most.
    p_value : float
        Probability of as much skill, or more, if events fell after the weights.
    """

    shares: Array
    area_skill: float
    p_value: float

    @property
    def trajectory(self) -> tuple[Array, Array]:
        """Share on alarm (tau) and share of events missed (nu), each of shape (m + 2,)."""
        m = self.shares.size
        tau = np.concatenate([[0.0], np.sort(self.shares), [1.0]])
        nu = np.concatenate([1.0 - np.arange(m + 1) / m, [0.0]])
        return tau, nu


def molchan(score: ArrayLike, weights: ArrayLike, rows: ArrayLike) -> Molchan:
    """Return the Molchan trajectory of events under a score of places.

    Parameters
    ----------
    score, weights, rows
        As for `alarmed_shares`.

    Notes
    -----
    If events fell after the weights, each tau would be uniform, up to ties, which
    make it larger; the sum of m then follows the law of Irwin and Hall, and the
    p-value is its lower tail at the sum of the taus.

    References
    ----------
    Molchan 1990, doi:10.1016/0031-9201(90)90097-H; Zechar & Jordan 2008,
    doi:10.1111/j.1365-246X.2007.03676.x.

    Raises
    ------
    InputError
        If there are no events.

    Examples
    --------
    >>> found = molchan([4.0, 3.0, 2.0, 1.0], [1, 1, 1, 1], [0, 1])
    >>> found.area_skill, round(found.p_value, 5)
    (0.625, 0.28125)
    """
    shares = alarmed_shares(score, weights, rows)
    if not shares.size:
        raise InputError("no events, so there is nothing to score; widen the selection")
    p = irwin_hall_cdf(float(shares.sum()), shares.size)
    return Molchan(shares, float(1.0 - shares.mean()), p)


@dataclass(frozen=True)
class AlarmScore:
    """How an alarm that is either on or off at a place did.

    Parameters
    ----------
    n : int
        Events.
    hits : int
        Events on alarm.
    share : float
        Share on alarm (tau), which is its false-alarm level: so much of the events a
        random set would hit.
    p_value : float
        Probability of as many hits, or more, if events fell after the weights.
    gain : float
        Share of events hit over share on alarm; NaN without alarm.
    smallest_p : float
        The p-value if all events had been hit.
    """

    n: int
    hits: int
    share: float
    p_value: float
    gain: float
    smallest_p: float


def alarm_score(alarm: ArrayLike, weights: ArrayLike, rows: ArrayLike) -> AlarmScore:
    """Return hits, share on alarm, gain and binomial p-value of an alarm.

    Parameters
    ----------
    alarm : array_like of bool, shape (n,)
    weights, rows
        As for `alarmed_shares`.

    Notes
    -----
    p = sum_{k >= h} C(m, k) tau^k (1 - tau)^(m - k).

    Examples
    --------
    >>> score = alarm_score([True, False, False, False], [1, 1, 1, 1], [0, 0, 3])
    >>> score.hits, score.share, round(score.p_value, 6), round(score.gain, 3)
    (2, 0.25, 0.15625, 2.667)
    """
    from scipy.stats import binom

    on = np.asarray(alarm, dtype=bool)
    shares = np.asarray(weights, dtype=np.float64)
    places = np.asarray(rows, dtype=np.int64)
    n, hits = places.size, int(np.count_nonzero(on[places]))
    if not n:
        raise InputError("no events, so there is nothing to score; widen the selection")
    # Rounding must not make a probability of more than one.
    tau = min(float(shares[on].sum() / shares.sum()), 1.0)
    p = float(binom.sf(hits - 1, n, tau))
    gain = hits / n / tau if tau > 0.0 else math.nan
    return AlarmScore(n, hits, tau, p, gain, float(tau**n))


def significant_share(n: int, level: float = 0.05) -> Array:
    """Return the largest share on alarm at which k of n hits are significant, k = 1 to n.

    Parameters
    ----------
    n : int
    level : float

    Notes
    -----
    The tau at which the binomial probability of k hits or more is `level`: a quantile
    of the beta distribution with k and n - k + 1.

    Examples
    --------
    >>> significant_share(1).round(3).tolist()
    [0.05]
    """
    from scipy.stats import beta

    k = np.arange(1, n + 1)
    return np.asarray(beta.ppf(level, k, n - k + 1))


def significant_skill(n: int, level: float = 0.05) -> float:
    """Return the area skill that n events must reach to be significant.

    Parameters
    ----------
    n : int
    level : float

    Examples
    --------
    >>> round(significant_skill(1), 3), round(significant_skill(9), 3)
    (0.95, 0.659)
    """
    from scipy.optimize import brentq

    total = brentq(lambda s: irwin_hall_cdf(s, n) - level, 0.0, float(n), xtol=1e-7)
    return float(1.0 - total / n)
