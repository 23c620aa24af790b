"""The eight estimators against the records that came (Verdon & Eisner 2024, Fig. 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.evt.estimators import ESTIMATORS, EstimatorName, Index
from asperity.evt.pairs import INDICES, Pairs

__all__ = ["Comparison", "compare_estimates", "comparison_document"]


@dataclass(frozen=True)
class Comparison:
    """How one estimator does against the records.

    Parameters
    ----------
    n : int
        Records for which there is an estimate.
    r : float
        Pearson correlation of estimates and records.
    bias : float
        Mean of estimate minus record.
    rms : float
        Root mean square of the same.
    fraction_over : float
        Share of estimates above the record.
    max_under, max_over : float
        Largest amounts below and above.
    """

    n: int
    r: float
    bias: float
    rms: float
    fraction_over: float
    max_under: float
    max_over: float


def compare_estimates(estimate: NDArray[np.float64], observed: NDArray[np.float64]) -> Comparison:
    """Compare estimates with the records that came.

    Parameters
    ----------
    estimate, observed : ndarray, shape (n,)
        Estimates may be NaN, which are left out.

    Examples
    --------
    >>> compare_estimates(np.array([1.5, 2.0]), np.array([1.0, 2.5])).bias
    0.0
    """
    known = np.isfinite(estimate)
    difference = estimate[known] - observed[known]
    if not difference.size:
        return Comparison(0, *(float("nan"),) * 6)
    varied = difference.size > 1 and np.ptp(estimate[known]) > 0 and np.ptp(observed[known]) > 0
    r = np.corrcoef(estimate[known], observed[known])[0, 1] if varied else float("nan")
    return Comparison(
        int(difference.size),
        float(r),
        float(difference.mean()),
        float(np.sqrt(np.mean(difference**2))),
        float(np.mean(difference > 0.0)),
        float(max(-difference.min(), 0.0)),
        float(max(difference.max(), 0.0)),
    )


def comparison_document(pairs: Pairs, readings: Sequence[Index] = INDICES) -> list[dict[str, Any]]:
    """Return the comparison of all estimators under each reading of the index."""
    rows = []
    for index in readings:
        for plain in ESTIMATORS:
            name = EstimatorName(plain.estimator, plain.events, plain.size, index)
            found = compare_estimates(pairs.estimate(name), pairs.observed)
            rows.append(
                {
                    "estimator": name.estimator,
                    "events": name.events,
                    "size": name.size,
                    "index": index,
                    **asdict(found),
                }
            )
    return rows
