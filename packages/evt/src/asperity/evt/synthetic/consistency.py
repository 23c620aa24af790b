"""Whether the normalised magnitude follows one law whatever the sequences are like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError
from asperity.evt.calibration.fits import FITTED_LAWS, Fit, fit_law
from asperity.evt.estimators import EstimatorName, estimate
from asperity.evt.laws import LAWS
from asperity.evt.replay import replay
from asperity.evt.scores import uniform_distance
from asperity.evt.synthetic.settings import Setting

__all__ = ["Consistency", "check_consistency", "normalised_ahead", "normalised_at_records"]

Array = NDArray[np.float64]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_PUBLISHED = LAWS["gev", "published"]


@dataclass(frozen=True, eq=False)
class Consistency:
    """Normalised magnitudes of the records of one setting, beside the published laws.

    Parameters
    ----------
    setting : Setting
    x : ndarray, shape (k,)
        At records that had a forecast.
    n_before : ndarray of int64, shape (k,)
        Events before each.
    distances : dict of str to float
        Kolmogorov-Smirnov distance from the published law of each name.
    fits : tuple of Fit
        Of the laws to x, the lowest AIC first.
    ahead : ndarray, shape (sequences,)
        Of a record that follows the last event, see `normalised_ahead`.
    ahead_distances : dict of str to float
        The same distances of it.
    """

    setting: Setting
    x: Array
    n_before: NDArray[np.int64]
    distances: dict[str, float]
    fits: tuple[Fit, ...]
    ahead: Array
    ahead_distances: dict[str, float]

    @property
    def beyond_upper(self) -> float:
        """Share of records above M_UE among those after 100 events or more; NaN without any."""
        late = self.x[self.n_before >= 100]
        return float(np.mean(late > 1.0)) if late.size else float("nan")


def normalised_at_records(
    setting: Setting,
    sequences: int,
    seed: int = 0,
    *,
    upper: EstimatorName,
    lower: EstimatorName,
    min_events: int = 10,
    min_records: int = 2,
) -> tuple[Array, NDArray[np.int64]]:
    """Draw sequences and return x of each record that had a forecast, and the events before it.

    Parameters
    ----------
    setting : Setting
    sequences, seed : int
    upper, lower : EstimatorName
    min_events, min_records : int, optional
    """
    rng = np.random.default_rng(seed)
    found, before = [], []
    for _ in range(sequences):
        made = replay(
            setting.draw(rng), 0.0, _PUBLISHED, upper=upper, lower=lower,
            min_events=min_events, min_records=min_records,
        )  # fmt: skip
        rows = np.flatnonzero(made.records & made.valid)
        found.append(made.forecast(rows).normalised(made.observed[rows]))
        before.append(made.n_events[rows])
    return np.concatenate(found), np.concatenate(before)


def normalised_ahead(
    setting: Setting, sequences: int, seed: int = 0, *, upper: EstimatorName, lower: EstimatorName
) -> Array:
    """Draw sequences and return x of a record that follows their last event.

    A record is forced at a fixed number of events: without the selection that
    waiting for records brings, which favours low maxima (evaluated before records
    only, the mean excess of Cooke's upper limit is 0.10 instead of 0.20). Its excess
    follows the law of the last event, cut at m_max where there is one.
    """
    rng = np.random.default_rng(seed)
    x = np.empty(sequences)
    for row in range(sequences):
        m = setting.draw(rng)
        m_le, m_ue = estimate(lower, m), estimate(upper, m)
        x[row] = (setting.record_above(float(m.max()), rng) - m_le) / (m_ue - m_le)
    return x


def check_consistency(
    setting: Setting,
    sequences: int,
    seed: int = 0,
    *,
    upper: EstimatorName,
    lower: EstimatorName,
) -> Consistency:
    """Compare the normalised magnitudes of a setting with the published laws, and fit them.

    Raises
    ------
    DataError
        If fewer than twenty records had a forecast.
    """
    x, before = normalised_at_records(setting, sequences, seed, upper=upper, lower=lower)
    if x.size < 20:
        raise DataError(
            f"{setting.label}: {x.size} records with a forecast in {sequences} sequences, 20 are "
            "needed; draw more or longer ones"
        )
    ahead = normalised_ahead(setting, sequences, seed, upper=upper, lower=lower)
    fits = sorted((fit_law(name, x) for name in FITTED_LAWS), key=lambda fit: fit.aic)
    return Consistency(setting, x, before, _distances(x), tuple(fits), ahead, _distances(ahead))


def _distances(x: Array) -> dict[str, float]:
    """Return the distances from the published laws."""
    return {
        name: uniform_distance(law.cdf(x))
        for (name, profile), law in LAWS.items()
        if profile == "published"
    }
