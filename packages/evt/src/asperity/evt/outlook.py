"""The forecast that a history leads to, as numbers: the piece that all commands share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError
from asperity.evt.config import ForecastConfiguration
from asperity.evt.estimators import EstimatorName, estimate, record_rows
from asperity.evt.forecast import CalibratedForecast, status_of

__all__ = ["NOTHING", "Outlook", "outlook"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Outlook:
    """Forecast of the record that follows n events.

    Parameters
    ----------
    n_events, n_records : int
    m_max : float
    m_ue, m_le : float
        NaN where there is none.
    forecast : CalibratedForecast or None
        Of one event; None where `status` says why.
    status : str
        ``ok`` or why there is no forecast.
    """

    n_events: int
    n_records: int
    m_max: float
    m_ue: float
    m_le: float
    forecast: CalibratedForecast | None
    status: str

    @property
    def enough(self) -> bool:
        """Whether there were events and records enough."""
        return not self.status.startswith("too few")


NOTHING = Outlook(0, 0, np.nan, np.nan, np.nan, None, "too few events")
"""The outlook of no event at all."""


def outlook(magnitudes: ArrayLike, configuration: ForecastConfiguration) -> Outlook:
    """Forecast the record that comes next, from all magnitudes of a sequence.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
        In order of time, at or above Mc; n of 1 or more.
    configuration : ForecastConfiguration

    Examples
    --------
    >>> few = outlook([1.0, 2.0], ForecastConfiguration(mc=1.0))
    >>> few.status, few.forecast
    ('too few events', None)
    """
    m = np.asarray(magnitudes, dtype=np.float64)
    upper, lower = configuration.estimators()
    m_ue, m_le = _value(upper, m), _value(lower, m)
    n_records = record_rows(m).size
    status = status_of(
        m.size, n_records, m_le, m_ue,
        min_events=configuration.min_events, min_records=configuration.min_records,
    )  # fmt: skip
    m_max = float(m.max())
    forecast = None
    if status == "ok":
        forecast = CalibratedForecast(
            configuration.law_of(), np.array([m_le]), np.array([m_ue]), np.array([m_max]),
            configuration.condition_on_record,
        )  # fmt: skip
    return Outlook(m.size, n_records, m_max, m_ue, m_le, forecast, status)


def _value(name: EstimatorName, magnitudes: Array) -> float:
    try:
        return estimate(name, magnitudes)
    except DataError:
        return float("nan")
