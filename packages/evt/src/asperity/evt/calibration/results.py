"""The document that `evt calibrate` prints."""

from __future__ import annotations

from typing import Any

import numpy as np

from asperity.core.errors import DataError
from asperity.evt.calibration.cross_validation import laws_without
from asperity.evt.calibration.fits import FITTED_LAWS, Fit, fit_law, log_likelihood
from asperity.evt.calibration.goodness import (
    anderson_darling,
    goodness_of_fit,
    ks_critical,
    ks_distance,
    parameters_by_sequence,
)
from asperity.evt.comparison import comparison_document
from asperity.evt.estimators import EstimatorName
from asperity.evt.laws import LAWS
from asperity.evt.pairs import INDICES, Pairs

__all__ = ["calibration_document"]

_INTERVAL = (2.5, 97.5)


def calibration_document(
    pairs: Pairs, upper: EstimatorName, lower: EstimatorName, *, replicates: int = 200,
    seed: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """Fit and test the laws of the normalised magnitude.

    Parameters
    ----------
    pairs : Pairs
    upper, lower : EstimatorName
        M_UE and M_LE.
    replicates : int, optional
        Of both bootstraps; 0 leaves them out.
    seed : int, optional

    Returns
    -------
    dict
        The keys that docs/commands.md lists.

    Raises
    ------
    DataError
        If too few records have a normalised magnitude under this reading.
    """
    x, valid = pairs.normalised(upper, lower)
    owners = np.unique(pairs.sequence[valid])
    fits = [
        _fitted(name, pairs, upper, lower, replicates=replicates, seed=seed) for name in FITTED_LAWS
    ]
    return {
        "n_sequences": len(pairs.sequences),
        "n_sequences_with_records": int(owners.size),
        "n_forecasts": len(pairs),
        "n_valid": int(valid.sum()),
        "above": float(np.mean(pairs.observed > pairs.estimate(upper))),
        "upper": str(upper),
        "lower": str(lower),
        "fits": fits,
        "best": min(fits, key=lambda f: f["aic"])["law"],
        "published": [_published(name, x[valid]) for name in ("gev", "lognormal")],
        "ks_critical": ks_critical(int(valid.sum())),
        "groups": _groups(pairs, x),
        "readings": [_reading(pairs, upper, lower, index) for index in INDICES],
        "comparison": comparison_document(pairs),
        "records": {
            "sequence": [pairs.sequences[i].name for i in pairs.sequence],
            "group": [pairs.sequences[i].group for i in pairs.sequence],
            "observed": pairs.observed.tolist(),
            "x": x.tolist(),
            "estimates": pairs.estimates[upper.index].tolist(),
        },
        "replicates": replicates,
        "seed": seed,
    }


def _fitted(
    name: str, pairs: Pairs, upper: EstimatorName, lower: EstimatorName, *, replicates: int,
    seed: int,
) -> dict[str, Any]:  # fmt: skip
    x, valid = pairs.normalised(upper, lower)
    fit = fit_law(name, x[valid])
    row: dict[str, Any] = {**_criteria(fit), "parameters": dict(fit.law.parameters)}
    row |= {
        "ks": ks_distance(fit.law, x[valid]),
        "anderson_darling": anderson_darling(fit.law, x[valid]),
        "ks_p": None, "anderson_darling_p": None, "intervals": None, "left_out": None,
    }  # fmt: skip
    several = np.unique(pairs.sequence[valid]).size > 1
    if replicates:
        tested = goodness_of_fit(fit.law, x[valid], replicates=replicates, seed=seed)
        row |= {"ks_p": tested.ks_p, "anderson_darling_p": tested.anderson_darling_p}
    if replicates and several:
        drawn = parameters_by_sequence(
            name, x[valid], pairs.sequence[valid], replicates=replicates, seed=seed
        )
        row["intervals"] = {
            key: [float(v) for v in np.percentile(values, _INTERVAL)]
            for key, values in drawn.items()
        }
    if several:
        row["left_out"] = _left_out(name, pairs, upper, lower)
    return row


def _left_out(
    name: str, pairs: Pairs, upper: EstimatorName, lower: EstimatorName
) -> dict[str, float]:
    """Return the mean scores, conditioned on a record, of laws fitted without the sequence."""
    _, valid = pairs.normalised(upper, lower)
    crps, log_score = np.empty(len(pairs)), np.empty(len(pairs))
    for rows, law in laws_without(name, pairs, upper, lower):
        part = pairs.select(rows)
        forecast = part.calibrated(law, upper, lower)
        crps[rows], log_score[rows] = (
            forecast.crps(part.observed), forecast.log_score(part.observed)
        )  # fmt: skip
    return {
        "crps": float(crps[valid].mean()),
        "log_score": float(log_score[valid].mean()),
    }


def _criteria(fit: Fit) -> dict[str, Any]:
    return {
        "law": fit.law.name,
        "n": fit.n,
        "n_parameters": fit.n_parameters,
        "log_likelihood": fit.log_likelihood,
        "aic": fit.aic,
        "aicc": fit.aicc,
        "bic": fit.bic,
    }


def _published(name: str, x: np.ndarray[Any, Any]) -> dict[str, Any]:
    law = LAWS[name, "published"]
    return {
        **_criteria(Fit(law, x.size, log_likelihood(law, x), 0)),
        "parameters": dict(law.parameters),
        "ks": ks_distance(law, x),
        "anderson_darling": anderson_darling(law, x),
    }


def _groups(pairs: Pairs, x: np.ndarray[Any, Any]) -> list[dict[str, Any]]:
    """Return how the published laws do in each group."""
    rows = []
    for group in pairs.groups:
        chosen = pairs.of_group(group)
        values = x[chosen & np.isfinite(x)]
        n = values.size
        rows.append(
            {
                "group": group,
                "n_sequences": int(np.unique(pairs.sequence[chosen]).size),
                "n": int(n),
                "median": float(np.median(values)) if n else None,
                "above": float(np.mean(values > 1.0)) if n else None,
                "ks_gev": ks_distance(LAWS["gev", "published"], values) if n else None,
                "ks_lognormal": ks_distance(LAWS["lognormal", "published"], values) if n else None,
                "ks_critical": ks_critical(n) if n else None,
            }
        )
    return rows


def _reading(
    pairs: Pairs, upper: EstimatorName, lower: EstimatorName, index: Any
) -> dict[str, Any]:
    """Return the fits under another reading of the index of M_UE."""
    name = EstimatorName(upper.estimator, upper.events, upper.size, index)
    x, valid = pairs.normalised(name, lower)
    row: dict[str, Any] = {
        "index": index, "upper": str(name), "n": int(valid.sum()),
        "invalid": float(1.0 - valid.mean()), "fits": [], "status": "ok",
    }  # fmt: skip
    try:
        for law in FITTED_LAWS:
            fit = fit_law(law, x[valid])
            row["fits"].append(
                {
                    "law": law,
                    "parameters": dict(fit.law.parameters),
                    "aic": fit.aic,
                    "ks": ks_distance(fit.law, x[valid]),
                }
            )
    except DataError as error:
        row["fits"], row["status"] = [], str(error)
    return row
