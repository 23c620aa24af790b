"""Which reading of the index goes with the published constants: the evidence.

The paper's formula for the upper estimator can be read in three ways. Only a reading
whose M_UE lies well above M_LE gives a normalised magnitude that follows the
published laws; this table shows it for every reading and every lower estimator.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from asperity.evt.calibration.goodness import ks_critical, ks_distance
from asperity.evt.estimators import EstimatorName
from asperity.evt.laws import LAWS
from asperity.evt.pairs import INDICES, Pairs

__all__ = ["QUOTED", "Evidence", "evidence", "evidence_document"]

UPPERS = tuple(
    EstimatorName("upper_limit", events, "magnitude", index)
    for index in INDICES
    for events in ("records", "all")
)
LOWERS = tuple(
    EstimatorName("jump_limited", events, "potency", index)
    for index in INDICES
    for events in ("records", "all")
)


@dataclass(frozen=True)
class Evidence:
    """One pair of estimators on one group of sequences.

    Parameters
    ----------
    group : str
    upper, lower : str
    n : int
        Records.
    invalid : float
        Share without a normalised magnitude: M_UE not above M_LE.
    above : float
        Share of records above M_UE.
    ks_gev, ks_lognormal : float
        Distance of the normalised magnitudes from the published laws; NaN where none is
        valid.
    ks_critical : float
        What such a distance exceeds once in twenty by chance.
    """

    group: str
    upper: str
    lower: str
    n: int
    invalid: float
    above: float
    ks_gev: float
    ks_lognormal: float
    ks_critical: float


QUOTED: tuple[dict[str, Any], ...] = (
    {"upper": "upper_limit:all:magnitude:reversed", "lower": "jump_limited:all:potency:cooke",
     "group": "22 geothermal and fracturing catalogs", "n": 174, "invalid": 0.0,
     "above": 0.02, "ks_gev": 0.054, "ks_lognormal": 0.088},
    {"upper": "upper_limit:all:magnitude:truncated", "lower": "jump_limited:all:potency:cooke",
     "group": "22 geothermal and fracturing catalogs", "n": 174, "invalid": 0.28,
     "above": 0.31, "ks_gev": 0.164, "ks_lognormal": None},
    {"upper": "upper_limit:records:magnitude:cooke", "lower": "jump_limited:all:potency:cooke",
     "group": "Oklahoma, Midland and five named sequences", "n": 155, "invalid": 0.62,
     "above": 0.83, "ks_gev": 0.705, "ks_lognormal": 0.706},
    {"upper": "upper_limit:all:magnitude:reversed", "lower": "jump_limited:all:potency:cooke",
     "group": "all of these", "n": 329, "invalid": 0.0, "above": None, "ks_gev": 0.087,
     "ks_lognormal": 0.103},
    {"upper": "upper_limit:all:magnitude:reversed", "lower": "jump_limited:records:potency:cooke",
     "group": "all of these", "n": 329, "invalid": 0.0, "above": None, "ks_gev": 0.063,
     "ks_lognormal": 0.046},
)  # fmt: skip
"""Measured once with another program on catalogs of which most are not registered.

They cannot be made again here; tables that show them say so.
"""


def evidence(
    pairs: Pairs,
    *,
    uppers: Iterable[EstimatorName] = UPPERS,
    lowers: Iterable[EstimatorName] = LOWERS,
) -> list[Evidence]:
    """Hold the published laws against the records under each pair of estimators.

    Parameters
    ----------
    pairs : Pairs
    uppers, lowers : iterable of EstimatorName, optional

    Returns
    -------
    list of Evidence
        For each group, and for all groups together (``pooled``) when there are several.
    """
    gev, lognormal = LAWS["gev", "published"], LAWS["lognormal", "published"]
    chosen = {group: pairs.select(pairs.of_group(group)) for group in pairs.groups}
    chosen = {group: part for group, part in chosen.items() if len(part)}
    if len(chosen) > 1:
        chosen["pooled"] = pairs
    lowers = tuple(lowers)
    rows = []
    for group, part in chosen.items():
        for upper in uppers:
            with np.errstate(invalid="ignore"):
                above = float(np.mean(part.observed > part.estimate(upper)))
            for lower in lowers:
                x, valid = part.normalised(upper, lower)
                n = int(valid.sum())
                rows.append(
                    Evidence(
                        group, str(upper), str(lower), len(part), 1.0 - n / len(part), above,
                        ks_distance(gev, x[valid]) if n else float("nan"),
                        ks_distance(lognormal, x[valid]) if n else float("nan"),
                        ks_critical(n) if n else float("nan"),
                    )
                )  # fmt: skip
    return rows


def evidence_document(rows: Iterable[Evidence]) -> dict[str, Any]:
    """Return the table as JSON keys, with the rows that cannot be made again."""
    return {"rows": [asdict(row) for row in rows], "quoted": [dict(q) for q in QUOTED]}
