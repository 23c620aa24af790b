"""The document that `evt score` prints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import asdict
from typing import Any

import numpy as np

from asperity.evt.comparison import comparison_document
from asperity.evt.estimators import EstimatorName, record_rows
from asperity.evt.forecast import Forecast
from asperity.evt.laws import LAWS
from asperity.evt.pairs import Pairs
from asperity.evt.rivals.protocol import Rival
from asperity.evt.scoring.consistency import likelihood_test, magnitude_test, number_test
from asperity.evt.scoring.forecasters import BASELINE, Scored, score_laws, score_rivals
from asperity.evt.scoring.measures import brier, reliability, summary
from asperity.evt.scoring.stages import stages_document

__all__ = ["score_document"]

FIRST = "gev-published"
"""The forecaster of the paper."""


def score_document(
    pairs: Pairs, upper: EstimatorName, lower: EstimatorName, rivals: Sequence[Rival], *,
    thresholds: Sequence[float] = (2.0, 3.0, 4.0), conditioned: bool = True,
    shuffles: int = 39, replicates: int = 1000, seed: int = 0,
    advance: Callable[[int], None] = lambda _: None, executor: Executor | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Score all laws and rivals over the records of many sequences.

    Parameters
    ----------
    pairs : Pairs
    upper, lower : EstimatorName
        M_UE and M_LE of the calibrated forecast.
    rivals : sequence of Rival
        The baseline among them.
    thresholds : sequence of float, optional
        Magnitudes whose exceedance is scored.
    conditioned : bool, optional
        Condition the calibrated forecast on a record.
    shuffles : int, optional
        Controls of the accuracy along a sequence; 0 for none.
    replicates, seed : int, optional
        Of all bootstraps.
    advance : callable, optional
        Called with 1 after each rival.
    executor : concurrent.futures.Executor, optional
        Scores the rivals side by side.

    Returns
    -------
    dict
        The keys that docs/commands.md lists; ``table`` is in order of the mean CRPS
        difference from the baseline, whoever wins.
    """
    scored = score_laws(pairs, upper, lower, thresholds=thresholds, conditioned=conditioned)
    for one in score_rivals(pairs, rivals, thresholds=thresholds, executor=executor):
        scored.append(one)
        advance(1)
    by_name = {s.name: s for s in scored}
    baseline = by_name[BASELINE]
    table = [
        {
            **summary(
                s, baseline, pairs.observed, pairs.sequence, replicates=replicates, seed=seed
            ),
            "brier": _brier(pairs, s, thresholds),
        }
        for s in scored
    ]
    table.sort(key=lambda row: np.inf if row["crps_skill"] is None else -row["crps_skill"])

    def published(other: Pairs) -> Scored:
        laws = score_laws(other, upper, lower, conditioned=conditioned, names=(FIRST,))
        return laws[0]

    shown = (FIRST, *(n for n in ("gev-left-out",) if n in by_name), BASELINE)
    return {
        "n_sequences": len(pairs.sequences),
        "n_sequences_with_records": int(np.unique(pairs.sequence).size),
        "n_records": len(pairs),
        "upper": str(upper),
        "lower": str(lower),
        "conditioned": conditioned,
        "baseline": BASELINE,
        "table": table,
        "best": table[0]["name"],
        "comparison": comparison_document(pairs),
        "reliability": {n: reliability(by_name[n].pit[by_name[n].valid]) for n in shown},
        "consistency": _consistency(pairs, upper, lower, by_name, conditioned, replicates, seed),
        "stages": stages_document(
            pairs,
            by_name[FIRST],
            baseline,
            again=published if shuffles else None,
            shuffles=shuffles,
            replicates=replicates,
            seed=seed,
        ),
        "thresholds": list(thresholds),
        "replicates": replicates,
        "seed": seed,
    }


def _brier(pairs: Pairs, scored: Scored, thresholds: Sequence[float]) -> list[dict[str, Any]]:
    """Score each threshold over the records that came while it had not been reached."""
    rows = []
    for k, threshold in enumerate(thresholds):
        open_ = scored.valid & (pairs.m_max < threshold)
        found = brier(
            scored.exceedance[open_, k], pairs.observed[open_] > threshold, float(threshold)
        )
        rows.append(found.document())
    return rows


def _consistency(
    pairs: Pairs, upper: EstimatorName, lower: EstimatorName, by_name: dict[str, Scored],
    conditioned: bool, replicates: int, seed: int,
) -> dict[str, Any]:  # fmt: skip
    law = LAWS["gev", "published"]
    _, valid = pairs.normalised(upper, lower)
    part = pairs.select(valid)
    tests: dict[str, Any] = {"number": asdict(_number(pairs, seed))}
    simulated = max(min(replicates, 500), 1)
    calibrated: Forecast = part.calibrated(law, upper, lower, conditioned=conditioned)
    chosen: list[tuple[str, Forecast, Pairs]] = [
        (FIRST, calibrated, part), (BASELINE, pairs.baseline(), pairs)
    ]  # fmt: skip
    for name, forecast, used in chosen:
        if not len(used):
            continue
        tests[name] = {
            "likelihood": asdict(
                likelihood_test(forecast, used.observed, replicates=simulated, seed=seed)
            ),
            "magnitude": asdict(magnitude_test(by_name[name].pit[by_name[name].valid], seed=seed)),
        }
    return tests


def _number(pairs: Pairs, seed: int) -> Any:
    """Test the number of records, rounded magnitudes dithered: ties would be missing records."""
    rng, least = np.random.default_rng(seed), pairs.min_events
    events, records = [], []
    for item in pairs.sequences:
        m = item.magnitudes
        if item.bin_width > 0.0:
            m = m + item.bin_width * rng.uniform(-0.5, 0.5, m.size)
        events.append(m.size)
        records.append(int(np.count_nonzero(record_rows(m) >= least)))
    kept = [i for i, n in enumerate(events) if n > least]
    return number_test(
        [events[i] for i in kept], [records[i] for i in kept], skipped=[least] * len(kept)
    )
