"""Scores of the forecasts that a replay made, over the records that came."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.evt.forecast import Forecast
from asperity.evt.replay import Replay

__all__ = ["score_forecast", "score_replay", "uniform_distance"]


def uniform_distance(pit: NDArray[np.float64]) -> float:
    """Return the Kolmogorov-Smirnov distance of values from the uniform law on 0 to 1.

    Examples
    --------
    >>> uniform_distance(np.array([0.5]))
    0.5
    """
    u = np.sort(pit)
    steps = np.arange(u.size + 1) / u.size
    return float(max(np.max(u - steps[:-1]), np.max(steps[1:] - u)))


def score_forecast(forecast: Forecast, observed: NDArray[np.float64]) -> dict[str, float]:
    """Score forecasts against the records that came.

    Parameters
    ----------
    forecast : Forecast
        One distribution for each record.
    observed : ndarray, shape (n,)
        Their magnitudes.

    Returns
    -------
    dict
        Mean ``crps`` (magnitude units) and ``log_score`` (nats; both lower is
        better), ``pit_ks`` (distance of F(observed) from uniform),
        ``coverage_50`` and ``coverage_90`` of the central intervals, ``bias`` of
        the median (forecast minus observed).
    """
    pit = forecast.cdf(observed)
    return {
        "crps": float(np.mean(forecast.crps(observed))),
        "log_score": float(np.mean(forecast.log_score(observed))),
        "pit_ks": uniform_distance(pit),
        "coverage_50": float(np.mean((pit >= 0.25) & (pit <= 0.75))),
        "coverage_90": float(np.mean((pit >= 0.05) & (pit <= 0.95))),
        "bias": float(np.mean(forecast.quantile(0.5) - observed)),
    }


def score_replay(replay: Replay) -> dict[str, Any]:
    """Score a replay beside its baseline, over its records.

    Returns
    -------
    dict
        ``n_records_scored``, the scores of `score_forecast`, the same of the
        ``baseline``, and ``crps_skill`` = 1 - crps / crps of the baseline.
        The values are None and ``status`` says why when there is no record.
    """
    rows = np.flatnonzero(replay.records & replay.valid & np.isfinite(replay.b))
    result: dict[str, Any] = {"n_records_scored": int(rows.size)}
    if not rows.size:
        names = ("crps", "log_score", "pit_ks", "coverage_50", "coverage_90", "bias")
        return {
            **result,
            **dict.fromkeys(names),
            "baseline": None,
            "crps_skill": None,
            "status": "no record after the first valid forecast",
        }
    observed = replay.observed[rows]
    calibrated = score_forecast(replay.forecast(rows), observed)
    baseline = score_forecast(replay.baseline(rows), observed)
    return {
        **result,
        **calibrated,
        "baseline": {"name": "gutenberg-richter", **baseline},
        "crps_skill": 1.0 - calibrated["crps"] / baseline["crps"],
        "status": "ok" if rows.size >= 10 else "fewer than 10 records: an anecdote, not evidence",
    }
