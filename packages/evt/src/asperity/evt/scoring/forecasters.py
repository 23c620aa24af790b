"""What each forecaster gave for each record: the raw material of all scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from asperity.evt.calibration.cross_validation import laws_without
from asperity.evt.calibration.fits import FITTED_LAWS
from asperity.evt.estimators import EstimatorName
from asperity.evt.forecast import Forecast
from asperity.evt.laws import LAWS
from asperity.evt.pairs import Pairs
from asperity.evt.rivals.distributions import FLOOR
from asperity.evt.rivals.protocol import Rival, Withheld

__all__ = ["BASELINE", "Scored", "score_laws", "score_rival", "score_rivals"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

BASELINE = "gutenberg-richter"
"""Every skill is against this one."""


@dataclass(frozen=True, eq=False)
class Scored:
    """One forecaster over n records; NaN where it gave no forecast.

    Parameters
    ----------
    name : str
    kind : {"law", "rival"}
    valid : ndarray of bool, shape (n,)
        Where it gave one.
    pit : ndarray, shape (n,)
        F(observed).
    crps, log_score : ndarray, shape (n,)
        Magnitudes, nats.
    median : ndarray, shape (n,)
    exceedance : ndarray, shape (n, k)
        Probability of exceeding each threshold.
    withheld : mapping of str to int
        Reasons why it gave none, with their number.
    """

    name: str
    kind: Literal["law", "rival"]
    valid: Flags
    pit: Array
    crps: Array
    log_score: Array
    median: Array
    exceedance: Array
    withheld: Mapping[str, int] = field(default_factory=dict)

    @property
    def floored(self) -> int:
        """Records to which it gave a density of no more than 1e-12."""
        return int(np.count_nonzero(self.log_score >= -np.log(FLOOR) - 1e-9))


def _empty(n: int, thresholds: int) -> dict[str, Array]:
    names = ("pit", "crps", "log_score", "median")
    columns = {name: np.full(n, np.nan) for name in names}
    return {**columns, "exceedance": np.full((n, thresholds), np.nan)}


def _fill(
    columns: Mapping[str, Array], rows: NDArray[np.int64], forecast: Forecast, observed: Array,
    thresholds: Sequence[float],
) -> None:  # fmt: skip
    columns["pit"][rows] = forecast.cdf(observed)
    columns["crps"][rows] = forecast.crps(observed)
    columns["log_score"][rows] = forecast.log_score(observed)
    columns["median"][rows] = forecast.quantile(0.5)
    for k, threshold in enumerate(thresholds):
        columns["exceedance"][rows, k] = forecast.exceedance(threshold)


def score_laws(
    pairs: Pairs, upper: EstimatorName, lower: EstimatorName, *, thresholds: Sequence[float] = (),
    conditioned: bool = True, names: Sequence[str] | None = None,
) -> list[Scored]:  # fmt: skip
    """Score the calibrated forecast under each law.

    Parameters
    ----------
    pairs : Pairs
    upper, lower : EstimatorName
        M_UE and M_LE.
    thresholds : sequence of float, optional
    conditioned : bool, optional
        Condition on a record.
    names : sequence of str, optional
        Which ones; all when missing. ``NAME-left-out`` is fitted to the other sequences.

    Returns
    -------
    list of Scored
        ``gev-published`` first.
    """
    _, valid = pairs.normalised(upper, lower)
    reasons = {"M_UE not above M_LE": int((~valid).sum())} if not valid.all() else {}
    scored = []
    for (law_name, profile), law in LAWS.items():
        if names is not None and f"{law_name}-{profile}" not in names:
            continue
        columns = _empty(len(pairs), len(thresholds))
        rows = np.flatnonzero(valid)
        part = pairs.select(rows)
        forecast = part.calibrated(law, upper, lower, conditioned=conditioned)
        _fill(columns, rows, forecast, part.observed, thresholds)
        scored.append(Scored(f"{law_name}-{profile}", "law", valid, **columns, withheld=reasons))
    several = np.unique(pairs.sequence[valid]).size > 1
    for law_name in FITTED_LAWS if several else ():
        if names is not None and f"{law_name}-left-out" not in names:
            continue
        columns = _empty(len(pairs), len(thresholds))
        for rows, law in laws_without(law_name, pairs, upper, lower):
            part = pairs.select(rows)
            forecast = part.calibrated(law, upper, lower, conditioned=conditioned)
            _fill(columns, rows, forecast, part.observed, thresholds)
        scored.append(Scored(f"{law_name}-left-out", "law", valid, **columns, withheld=reasons))
    return scored


def score_rivals(
    pairs: Pairs, rivals: Iterable[Rival], *, thresholds: Sequence[float] = (),
    executor: Executor | None = None,
) -> Iterator[Scored]:  # fmt: skip
    """Score rivals one after another; those whose needs a sequence lacks say so.

    Parameters
    ----------
    pairs : Pairs
    rivals : iterable of Rival
    thresholds : sequence of float, optional
    executor : concurrent.futures.Executor, optional
        Scores them side by side.

    Yields
    ------
    Scored
        In the order of the rivals.
    """
    if executor is None:
        yield from (score_rival(pairs, rival, thresholds) for rival in rivals)
        return
    futures = [executor.submit(score_rival, pairs, rival, tuple(thresholds)) for rival in rivals]
    yield from (future.result() for future in futures)


def score_rival(pairs: Pairs, rival: Rival, thresholds: Sequence[float] = ()) -> Scored:
    """Score one rival on all records."""
    asked = np.asarray(thresholds, dtype=np.float64)
    columns = _empty(len(pairs), len(thresholds))
    valid = np.zeros(len(pairs), dtype=bool)
    withheld: Counter[str] = Counter()
    for row in range(len(pairs)):
        item = pairs.sequences[pairs.sequence[row]]
        answer = rival.forecast(item.history(int(pairs.n_events[row])))
        if isinstance(answer, Withheld):
            withheld[answer.status] += 1
            continue
        observed = float(pairs.observed[row])
        valid[row] = True
        columns["pit"][row] = answer.cdf(observed)
        columns["crps"][row] = answer.crps(observed)
        columns["log_score"][row] = answer.log_score(observed)
        columns["median"][row] = answer.quantile(0.5)
        if asked.size:
            columns["exceedance"][row] = answer.sf(asked)
    return Scored(rival.name, "rival", valid, **columns, withheld=dict(withheld))
