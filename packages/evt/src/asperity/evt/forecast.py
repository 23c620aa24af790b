"""The calibrated forecast of the next record magnitude, and its baseline.

With M_LE and M_UE estimated from the events so far, the normalised magnitude
x = (M - M_LE)/(M_UE - M_LE) of the next record follows a fixed law
(Verdon & Eisner 2024). It says how large the next record will be, not when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError
from asperity.evt.estimators import EstimatorName
from asperity.evt.laws import Law

__all__ = [
    "QUANTILES",
    "CalibratedForecast",
    "Forecast",
    "GutenbergRichterForecast",
    "check_reading",
    "status_of",
]

Array = NDArray[np.float64]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


class Forecast(Protocol):
    """Distributions of the next record magnitude, one for each of n events.

    Arguments broadcast against the events: probabilities and magnitudes of shape
    (n,) or (m, 1) give (n,) or (m, n).
    """

    def quantile(self, p: ArrayLike) -> Array:
        """Return the magnitude that the next record stays below with probability p."""

    def cdf(self, magnitude: ArrayLike) -> Array:
        """Return the probability that the next record is at most a magnitude."""

    def exceedance(self, magnitude: ArrayLike) -> Array:
        """Return the probability that the next record exceeds a magnitude."""

    def log_score(self, magnitude: ArrayLike) -> Array:
        """Return minus the log density at the magnitude that occurred, per magnitude unit."""

    def crps(self, magnitude: ArrayLike) -> Array:
        """Return the continuous ranked probability score, in magnitude units."""


@dataclass(frozen=True)
class CalibratedForecast:
    """The law of x between M_LE and M_UE.

    Parameters
    ----------
    law : Law
    lower, upper : ndarray, shape (n,)
        M_LE and M_UE.
    m_max : ndarray, shape (n,)
        Largest magnitude so far.
    conditioned : bool
        Condition on a record: no mass at or below `m_max`.

    Notes
    -----
    ``P(M > m) = S(x(m))``, conditioned ``S(x(m)) / S(x(M_max))`` for m >= M_max.

    Examples
    --------
    >>> from asperity.evt.laws import LAWS
    >>> e1 = CalibratedForecast(
    ...     LAWS["gev", "published"],
    ...     np.array([3.3233415156]), np.array([4.5140625]), np.array([3.1]), False
    ... )
    >>> e1.exceedance(3.6).round(6).tolist()
    [0.143966]
    """

    law: Law
    lower: Array
    upper: Array
    m_max: Array
    conditioned: bool = True

    @property
    def width(self) -> Array:
        """M_UE - M_LE."""
        return np.asarray(self.upper - self.lower)

    def normalised(self, magnitude: ArrayLike) -> Array:
        """Return x of a magnitude."""
        return np.asarray((np.asarray(magnitude) - self.lower) / self.width)

    @property
    def _record(self) -> Array:
        """Probability that the law gives to a record."""
        if not self.conditioned:
            return np.ones_like(self.m_max)
        return self.law.sf(self.normalised(self.m_max))

    def exceedance(self, magnitude: ArrayLike) -> Array:
        """Return the probability that the next record exceeds a magnitude."""
        above = self.law.sf(self.normalised(magnitude)) / self._record
        return np.asarray(np.minimum(above, 1.0))

    def cdf(self, magnitude: ArrayLike) -> Array:
        """Return the probability that the next record is at most a magnitude."""
        return 1.0 - self.exceedance(magnitude)

    def quantile(self, p: ArrayLike) -> Array:
        """Return the magnitude that the next record stays below with probability p."""
        inside = 1.0 - self._record * (1.0 - np.asarray(p, dtype=np.float64))
        return np.asarray(self.lower + self.width * self.law.quantile(inside))

    def log_score(self, magnitude: ArrayLike) -> Array:
        """Return minus the log density; floored where the density is below 1e-12."""
        x = self.normalised(magnitude)
        density = self.law.pdf(x) / (self.width * self._record)
        if self.conditioned:
            density = np.where(np.asarray(magnitude) < self.m_max, 0.0, density)
        return np.asarray(-np.log(np.maximum(density, 1e-12)))

    def crps(self, magnitude: ArrayLike) -> Array:
        r"""Return the continuous ranked probability score.

        Notes
        -----
        With S the survival function, a the lower end and :math:`S_0 = S(a)`:
        :math:`y - a - 2 \int_a^y S / S_0 + \int_a^\infty S^2 / S_0^2`. Without
        conditioning a lies so low that S = 1 below it.
        """
        law, y = self.law, self.normalised(magnitude)
        a = self.normalised(self.m_max) if self.conditioned else np.minimum(y, law.quantile(0.0))
        s0 = law.sf(a)
        inside = np.maximum(y, a)
        score = (
            np.abs(y - a)
            - 2.0 * (law.tail(a) - law.tail(inside)) / s0
            + law.tail_of_square(a) / s0**2
        )
        return np.asarray(self.width * score)


@dataclass(frozen=True)
class GutenbergRichterForecast:
    """The baseline: the next record exceeds M_max by an exponential with rate b ln 10.

    Parameters
    ----------
    m_max, b : ndarray, shape (n,)

    Notes
    -----
    Under an untruncated Gutenberg-Richter law the excess of a record over the
    maximum has the law of the magnitudes themselves.

    Examples
    --------
    >>> g = GutenbergRichterForecast(np.array([3.0]), np.array([1.0]))
    >>> g.exceedance(4.0).round(12).tolist()
    [0.1]
    """

    m_max: Array
    b: Array

    @property
    def _rate(self) -> Array:
        return np.asarray(self.b * np.log(10.0))

    def exceedance(self, magnitude: ArrayLike) -> Array:
        """Return the probability that the next record exceeds a magnitude."""
        return np.asarray(np.exp(-self._rate * np.maximum(np.asarray(magnitude) - self.m_max, 0)))

    def cdf(self, magnitude: ArrayLike) -> Array:
        """Return the probability that the next record is at most a magnitude."""
        return 1.0 - self.exceedance(magnitude)

    def quantile(self, p: ArrayLike) -> Array:
        """Return the magnitude that the next record stays below with probability p."""
        return np.asarray(self.m_max - np.log1p(-np.asarray(p, dtype=np.float64)) / self._rate)

    def log_score(self, magnitude: ArrayLike) -> Array:
        """Return minus the log density."""
        excess = np.asarray(magnitude) - self.m_max
        return np.asarray(self._rate * excess - np.log(self._rate))

    def crps(self, magnitude: ArrayLike) -> Array:
        """Return the continuous ranked probability score of an exponential."""
        excess = np.asarray(magnitude) - self.m_max
        return np.asarray(
            excess - 2.0 / self._rate * -np.expm1(-self._rate * excess) + 0.5 / self._rate
        )


def check_reading(upper: EstimatorName, profile: str, *, allow_mismatch: bool) -> None:
    """Refuse the published constants with a reading that they do not go with.

    Raises
    ------
    InputError
        If M_UE is read as ``cooke``: M_UE - M_LE is then not above zero in about
        half of all forecasts.
    """
    if profile == "published" and upper.index == "cooke" and not allow_mismatch:
        raise InputError(
            f"the published constants do not go with M_UE = {upper}: read as cooke, M_UE lies at "
            "or below M_LE in about half of all forecasts; use the index reversed or truncated, "
            "or pass --allow-mismatch"
        )


def status_of(
    n_events: int, n_records: int, lower: float, upper: float, *, min_events: int, min_records: int
) -> str:
    """Return ``ok``, or why there is no forecast."""
    if n_events < min_events:
        return "too few events"
    if n_records < min_records:
        return "too few records"
    if not (np.isfinite(lower) and np.isfinite(upper)):
        return "no estimate"
    if upper <= lower:
        return "M_UE not above M_LE"
    return "ok"


def document_of(
    forecast: Forecast, thresholds: Sequence[float], quantiles: Sequence[float] = QUANTILES
) -> dict[str, Any]:
    """Return quantiles and exceedance probabilities of a single forecast as JSON keys."""
    return {
        "quantiles": {f"{p:g}": float(forecast.quantile(p)[0]) for p in quantiles},
        "exceedance": [
            {"magnitude": m, "probability": float(forecast.exceedance(m)[0])} for m in thresholds
        ],
    }
