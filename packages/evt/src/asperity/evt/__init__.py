"""Record-breaking magnitude forecasts for induced sequences (Verdon & Eisner 2024).

The names below are loaded when they are first used, so that importing the
package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asperity.core.lazy import lazy

if TYPE_CHECKING:
    from asperity.evt.estimators import (
        ESTIMATORS,
        Estimate,
        EstimatorName,
        cooke_endpoint,
        cooke_weights,
        estimate,
        estimate_all,
        jump_limited,
        record_rows,
        upper_limit,
    )
    from asperity.evt.forecast import CalibratedForecast, GutenbergRichterForecast
    from asperity.evt.laws import LAWS, Gev, ShiftedLogNormal
    from asperity.evt.replay import Replay, replay_estimates
    from asperity.evt.scores import score_replay

__all__ = [
    "ESTIMATORS",
    "LAWS",
    "CalibratedForecast",
    "Estimate",
    "EstimatorName",
    "Gev",
    "GutenbergRichterForecast",
    "Replay",
    "ShiftedLogNormal",
    "cooke_endpoint",
    "cooke_weights",
    "estimate",
    "estimate_all",
    "jump_limited",
    "record_rows",
    "replay_estimates",
    "score_replay",
    "upper_limit",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "estimators": [
            "ESTIMATORS",
            "Estimate",
            "EstimatorName",
            "cooke_endpoint",
            "cooke_weights",
            "estimate",
            "estimate_all",
            "jump_limited",
            "record_rows",
            "upper_limit",
        ],
        "forecast": ["CalibratedForecast", "GutenbergRichterForecast"],
        "laws": ["LAWS", "Gev", "ShiftedLogNormal"],
        "replay": ["Replay", "replay_estimates"],
        "scores": ["score_replay"],
    },
)
