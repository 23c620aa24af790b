"""Aggregate scores, with intervals that respect that records of a sequence depend on each other."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from asperity.evt.scores import uniform_distance
from asperity.evt.scoring.forecasters import Scored

__all__ = [
    "Brier",
    "brier",
    "mean_by_sequence",
    "reliability",
    "summary",
]

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]

_LEVELS = (0.5, 0.9, 0.95)
_BINS = 10


def mean_by_sequence(
    values: Array, sequence: Rows, *, replicates: int = 1000, seed: int = 0
) -> tuple[float, float, float]:
    """Return a mean and its 95 % interval, whole sequences drawn again with replacement.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Finite.
    sequence : ndarray of int64, shape (n,)
        Which sequence each belongs to.
    replicates, seed : int, optional

    Returns
    -------
    mean, low, high : float
        NaN for the interval where there is one sequence only.
    """
    mean = float(values.mean())
    owners, place = np.unique(sequence, return_inverse=True)
    if owners.size < 2 or not replicates:
        return mean, float("nan"), float("nan")
    sums = np.bincount(place, weights=values)
    counts = np.bincount(place)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(owners.size, np.full(owners.size, 1.0 / owners.size), size=replicates)
    low, high = np.percentile((drawn @ sums) / (drawn @ counts), [2.5, 97.5])
    return mean, float(low), float(high)


def summary(
    scored: Scored, baseline: Scored, observed: Array, sequence: Rows, *, replicates: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """Return the scores of one forecaster, and its skill where the baseline forecasts, too.

    Returns
    -------
    dict
        ``crps``, ``log_score`` (both lower is better), ``pit_ks``, ``coverage_50``,
        ``coverage_90``, ``coverage_95``, ``bias`` (median minus observed), ``floored``;
        ``crps_skill`` = 1 - crps/crps of the baseline and ``information_gain`` (nats a
        record) on the records that both forecast, with ``crps_difference`` and
        ``information_gain`` intervals by sequence. None where there is no record.
    """
    rows = np.flatnonzero(scored.valid)
    base: dict[str, Any] = {
        "name": scored.name, "kind": scored.kind, "n": int(rows.size),
        "withheld": dict(scored.withheld),
    }  # fmt: skip
    names = (
        "crps", "log_score", "pit_ks", *(f"coverage_{100 * p:g}" for p in _LEVELS), "bias",
        "floored", "crps_skill", "crps_difference", "crps_difference_interval",
        "information_gain", "information_gain_interval",
    )  # fmt: skip
    if not rows.size:
        return {**base, **dict.fromkeys(names)}
    pit = scored.pit[rows]
    found: dict[str, Any] = {
        "crps": float(scored.crps[rows].mean()),
        "log_score": float(scored.log_score[rows].mean()),
        "pit_ks": uniform_distance(pit),
        **{f"coverage_{100 * p:g}": float(np.mean(np.abs(pit - 0.5) <= 0.5 * p)) for p in _LEVELS},
        "bias": float(np.mean(scored.median[rows] - observed[rows])),
        "floored": scored.floored,
    }
    both = np.flatnonzero(scored.valid & baseline.valid)
    if not both.size:
        return {**base, **dict.fromkeys(names), **found}
    owner = sequence[both]
    crps = mean_by_sequence(
        scored.crps[both] - baseline.crps[both], owner, replicates=replicates, seed=seed
    )
    gain = mean_by_sequence(
        baseline.log_score[both] - scored.log_score[both], owner, replicates=replicates, seed=seed
    )
    found |= {
        "crps_skill": -crps[0] / float(baseline.crps[both].mean()),
        "crps_difference": crps[0],
        "crps_difference_interval": list(crps[1:]),
        "information_gain": gain[0],
        "information_gain_interval": list(gain[1:]),
    }
    return {**base, **found}


def reliability(pit: Array, levels: Array | None = None) -> list[dict[str, float]]:
    """Return how often the record fell below each quantile, with binomial bands.

    Parameters
    ----------
    pit : ndarray, shape (n,)
    levels : ndarray, optional
        Nominal probabilities; 0.05 to 0.95 when missing.

    Returns
    -------
    list of dict
        ``nominal``, ``observed``, and ``low``, ``high`` of the 95 % of a perfect forecast
        of independent records.

    Examples
    --------
    >>> reliability(np.array([0.2, 0.6]), np.array([0.5]))[0]["observed"]
    0.5
    """
    nominal = np.linspace(0.05, 0.95, 19) if levels is None else levels
    n = pit.size
    low, high = (stats.binom.ppf(q, n, nominal) / n for q in (0.025, 0.975))
    observed = np.mean(pit[:, None] <= nominal, axis=0)
    keys = ("nominal", "observed", "low", "high")
    return [
        dict(zip(keys, map(float, row), strict=True))
        for row in zip(nominal, observed, low, high, strict=True)
    ]


@dataclass(frozen=True)
class Brier:
    """Brier score of the exceedance of a threshold, and its parts.

    Parameters
    ----------
    threshold : float
    n, n_exceeded : int
        Records that came while the threshold had not been reached, and those that
        exceeded it.
    score : float
        Mean squared difference of probability and outcome.
    reliability, resolution, uncertainty : float
        Murphy's parts over ten bins of probability; score = reliability - resolution +
        uncertainty + `within`.
    within : float
        What the forecasts' spread inside bins adds.
    skill : float
        1 - score/uncertainty, against always forecasting the mean rate; NaN when that is 0.
    """

    threshold: float
    n: int
    n_exceeded: int
    score: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float
    skill: float

    def document(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


def brier(probability: Array, exceeded: Flags, threshold: float) -> Brier:
    """Score the probabilities of exceeding a threshold.

    Parameters
    ----------
    probability : ndarray, shape (n,)
    exceeded : ndarray of bool, shape (n,)
    threshold : float

    References
    ----------
    Murphy, A. H. (1973). A new vector partition of the probability score. J. Appl.
    Meteorol. 12, 595-600; Stephenson, D. B., Coelho, C. A. S. & Jolliffe, I. T. (2008). Two
    extra components in the Brier score decomposition. Weather Forecast. 23, 752-757.
    doi:10.1175/2007WAF2006116.1

    Examples
    --------
    >>> brier(np.array([0.25, 0.5]), np.array([False, True]), 3.0).score
    0.15625
    """
    n = probability.size
    if not n:
        return Brier(threshold, 0, 0, *(float("nan"),) * 6)
    outcome = exceeded.astype(np.float64)
    score = float(np.mean((probability - outcome) ** 2))
    place = np.minimum((probability * _BINS).astype(np.int64), _BINS - 1)
    counts = np.bincount(place, minlength=_BINS)
    used = counts > 0
    forecast = np.bincount(place, probability, minlength=_BINS)[used] / counts[used]
    rate = np.bincount(place, outcome, minlength=_BINS)[used] / counts[used]
    mean = float(outcome.mean())
    reliable = float(counts[used] @ (forecast - rate) ** 2 / n)
    resolved = float(counts[used] @ (rate - mean) ** 2 / n)
    uncertain = mean * (1.0 - mean)
    return Brier(
        threshold, n, int(exceeded.sum()), score, reliable, resolved, uncertain,
        score - reliable + resolved - uncertain,
        1.0 - score / uncertain if uncertain > 0.0 else float("nan"),
    )  # fmt: skip
