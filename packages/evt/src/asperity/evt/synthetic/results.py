"""The document that ``asperity evt synthetic`` prints."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from asperity.core.errors import DataError
from asperity.evt.estimators import EstimatorName
from asperity.evt.synthetic.bias import Bias, bias_table
from asperity.evt.synthetic.consistency import QUANTILES, Consistency, check_consistency
from asperity.evt.synthetic.settings import Setting

__all__ = ["synthetic_document"]

LARGEST_Z = 4.0
_GRID = 120


def synthetic_document(
    settings: Sequence[Setting],
    sequences: int,
    *,
    upper: EstimatorName,
    lower: EstimatorName,
    seed: int = 0,
    advance: Callable[[int], None] = lambda _n: None,
) -> dict[str, Any]:
    """Return bias tables and consistency of x of some settings, and what must hold.

    Parameters
    ----------
    settings : sequence of Setting
    sequences : int
        Of each setting.
    upper, lower : EstimatorName
        M_UE and M_LE of x.
    seed : int, optional
    advance : callable, optional
        Called with 1 after each setting.
    """
    tables, checks, found = [], [], []
    for setting in settings:
        table = bias_table(setting, sequences, seed)
        tables.append({**_setting(setting), "estimators": [_bias(row) for row in table]})
        checks += _checks(setting, table)
        found.append(_consistency(setting, sequences, seed, upper, lower))
        advance(1)
    return {
        "sequences": sequences,
        "upper": str(upper),
        "lower": str(lower),
        "bias": tables,
        "consistency": found,
        "checks": checks,
        "status": "ok" if all(c["holds"] for c in checks) else "a check did not hold",
    }


def _setting(setting: Setting) -> dict[str, Any]:
    return {
        "setting": setting.label,
        "process": setting.process,
        "n_events": setting.n_events,
        "b": setting.b,
        "m_max": setting.m_max if math.isfinite(setting.m_max) else None,
    }


def _bias(row: Bias) -> dict[str, Any]:
    return {
        "estimator": row.name.estimator,
        "events": row.name.events,
        "size": row.name.size,
        "index": row.name.index,
        "n": row.n,
        "mean": row.mean,
        "se": row.se,
        "sd": row.sd,
        "median": row.median,
        "p_exceeded": row.p_exceeded,
        "exact": row.exact,
    }


def _checks(setting: Setting, table: Sequence[Bias]) -> list[dict[str, Any]]:
    """Return the means whose expectation is known, with how far off they are."""
    checks = []
    for row in table:
        if row.exact is None:
            continue
        z = (row.mean - row.exact) / row.se
        checks.append(
            {
                "what": f"mean excess of {row.name}, {setting.label}",
                "found": row.mean,
                "expected": row.exact,
                "se": row.se,
                "z": z,
                "holds": abs(z) <= LARGEST_Z,
            }
        )
    return checks


def _consistency(
    setting: Setting, sequences: int, seed: int, upper: EstimatorName, lower: EstimatorName
) -> dict[str, Any]:
    head = _setting(setting)
    try:
        made = check_consistency(setting, sequences, seed, upper=upper, lower=lower)
    except DataError as error:
        keys = ("n_records", "ks", "quantiles", "beyond_upper", "fits", "fixed_n", "cdf")
        return {**head, **dict.fromkeys(keys), "status": str(error)}
    return {
        **head,
        "n_records": made.x.size,
        "ks": made.distances,
        "quantiles": _quantiles(made.x),
        "beyond_upper": made.beyond_upper,
        "fits": [
            {"law": fit.law.name, "parameters": fit.law.parameters, "aic": fit.aic}
            for fit in made.fits
        ],
        "fixed_n": {
            "mean": float(made.ahead.mean()),
            "ks": made.ahead_distances,
            "quantiles": _quantiles(made.ahead),
        },
        "cdf": _cdf(made),
        "status": "ok",
    }


def _quantiles(x: Any) -> dict[str, float]:
    values = np.quantile(x, QUANTILES)
    return {f"{p:g}": float(q) for p, q in zip(QUANTILES, values, strict=True)}


def _cdf(made: Consistency) -> dict[str, list[float]]:
    """Return the empirical distribution on a grid, for a figure."""
    grid = np.linspace(-0.4, 1.5, _GRID)
    share = np.searchsorted(np.sort(made.x), grid, side="right") / made.x.size
    return {"x": grid.tolist(), "share": share.tolist()}
