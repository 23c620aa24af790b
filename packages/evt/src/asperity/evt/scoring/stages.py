"""Accuracy along a sequence: whether a forecast is good early and worse when activity settles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError
from asperity.evt.estimators import record_rows
from asperity.evt.pairs import Pairs, SequenceMagnitudes, pairs_of
from asperity.evt.scores import uniform_distance
from asperity.evt.scoring.forecasters import Scored
from asperity.evt.scoring.measures import mean_by_sequence

__all__ = ["STAGES", "peak_time", "stages_document", "stages_of"]

Array = NDArray[np.float64]
Texts = NDArray[np.object_]

STAGES = {
    "third": ("first", "second", "last"),
    "rate": ("before peak", "after peak"),
    "records": ("more forward", "equal", "more backward"),
}
"""How the records are divided, and into what."""
_SIDES = {
    "third": ("first", "last"),
    "rate": ("before peak", "after peak"),
    "records": ("more forward", "more backward"),
}
"""Early and late: where activity grows and where it settles."""
_MONTH = 30.4375 * 86_400.0
_PUBLISHED = "forecasts are good early in a sequence and worse when its activity settles"


def peak_time(seconds: Array) -> float:
    """Return the end of the month, counted from the first event, with most events.

    Parameters
    ----------
    seconds : ndarray, shape (n,)
        Since the first event, ascending.

    Examples
    --------
    >>> peak_time(np.array([0.0, 40.0, 41.0]) * 86_400.0) / 86_400.0
    60.875
    """
    months = np.floor(seconds / _MONTH).astype(np.int64)
    return float((np.argmax(np.bincount(months)) + 1) * _MONTH)


def stages_of(pairs: Pairs) -> dict[str, Texts]:
    """Return the stage of each record under each division; "" where it has none.

    Notes
    -----
    ``third``: of all records of its sequence, from the first event on. ``rate``: before
    the end of the month with most events, or after it. ``records``: whether the sequence
    so far and the same read backward have more forward or more backward records; both
    count what came before the record only.
    """
    found = {name: np.full(len(pairs), "", dtype=object) for name in STAGES}
    for number, item in enumerate(pairs.sequences):
        rows = np.flatnonzero(pairs.sequence == number)
        if not rows.size:
            continue
        total = record_rows(item.magnitudes).size
        place = pairs.n_records[rows] * 3 // total
        found["third"][rows] = np.array(STAGES["third"], dtype=object)[np.minimum(place, 2)]
        if item.seconds is not None and item.seconds[-1] > _MONTH:
            late = item.seconds[pairs.n_events[rows]] > peak_time(item.seconds)
            found["rate"][rows] = np.array(STAGES["rate"], dtype=object)[late.astype(int)]
        found["records"][rows] = [_balance(item, int(n)) for n in pairs.n_events[rows]]
    return found


def _balance(item: SequenceMagnitudes, n_events: int) -> str:
    history = item.magnitudes[:n_events]
    forward, backward = record_rows(history).size, record_rows(history[::-1]).size
    return STAGES["records"][1 + int(np.sign(backward - forward))]


def stages_document(
    pairs: Pairs, scored: Scored, baseline: Scored, *,
    again: Callable[[Pairs], Scored] | None = None, shuffles: int = 39, replicates: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """Return the scores of each stage, pooled and by group, and the verdict.

    Parameters
    ----------
    pairs : Pairs
    scored, baseline : Scored
        The forecaster, and what its skill is against.
    again : callable, optional
        Scores the same forecaster on other pairs; without it there is no verdict.
    shuffles : int, optional
        Controls: the same sequences with their magnitudes in random order.
    replicates, seed : int, optional
        Of the bootstrap by sequence, and of the shuffles.

    Notes
    -----
    A record is early or late only in hindsight, and that alone makes early ones easier:
    when a sequence has many records later, each of them was small. The difference between
    the stages is therefore held against that of the same magnitudes in random order, in
    which no stage differs from another.
    """
    stages = stages_of(pairs)
    both = scored.valid & baseline.valid
    groups = [g for g in pairs.groups if pairs.of_group(g).any()]
    chosen = {"pooled": both}
    if len(groups) > 1:
        chosen |= {group: both & pairs.of_group(group) for group in groups}
    rows = []
    for group, inside in chosen.items():
        for division, names in STAGES.items():
            for stage in names:
                mask = inside & (stages[division] == stage)
                rows.append(
                    {"group": group, "division": division, "stage": stage}
                    | _scores(pairs, scored, baseline, mask, replicates, seed)
                )
    controls = {} if again is None else _controls(pairs, again, shuffles, seed)
    return {
        "forecaster": scored.name,
        "statement": _PUBLISHED,
        "rows": rows,
        "shuffles": shuffles if again is not None else 0,
        "contrasts": [
            _contrast(pairs, scored, both, stages[division], sides, replicates, seed)
            | {"division": division}
            | _verdict(scored, both, stages[division], sides, controls.get(division, []))
            for division, sides in _SIDES.items()
        ],
    }


def _controls(
    pairs: Pairs, again: Callable[[Pairs], Scored], shuffles: int, seed: int
) -> dict[str, list[float]]:
    """Return the difference of late and early stages for magnitudes in random order."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[float]] = {division: [] for division in _SIDES}
    for _ in range(shuffles):
        shuffled = [
            replace(item, magnitudes=rng.permutation(item.magnitudes), full=None)
            for item in pairs.sequences
        ]
        try:
            other = pairs_of(
                shuffled, min_events=pairs.min_events, min_records=pairs.min_records,
                readings=tuple(pairs.estimates),
            )  # fmt: skip
        except DataError:
            continue
        scored, stages = again(other), stages_of(other)
        for division, sides in _SIDES.items():
            difference = _difference(scored, scored.valid, stages[division], sides)
            if np.isfinite(difference):
                found[division].append(difference)
    return found


def _difference(
    scored: Scored, inside: NDArray[np.bool_], stage: Texts, sides: tuple[str, str]
) -> float:
    """Return the mean CRPS of the late stage less that of the early one."""
    early, late = (scored.crps[inside & (stage == name)] for name in sides)
    return float(late.mean() - early.mean()) if early.size and late.size else float("nan")


def _verdict(
    scored: Scored, both: NDArray[np.bool_], stage: Texts, sides: tuple[str, str],
    controls: list[float],
) -> dict[str, Any]:  # fmt: skip
    """Return where the difference lies among the controls, and what that says."""
    own = _difference(scored, both, stage, sides)
    if not np.isfinite(own) or not controls:
        return {"control": None, "p_worse": None, "p_better": None, "verdict": "not tested"}
    drawn = np.array(controls)
    n = drawn.size
    worse = (1.0 + np.count_nonzero(drawn >= own)) / (1.0 + n)
    better = (1.0 + np.count_nonzero(drawn <= own)) / (1.0 + n)
    verdict = "not decided: random order gives such a difference, too"
    if worse <= 0.025:
        verdict = "supported: worse late than in random order"
    elif better <= 0.025:
        verdict = "contradicted: better late than in random order"
    return {
        "control": float(drawn.mean()),
        "p_worse": float(worse),
        "p_better": float(better),
        "verdict": verdict,
    }


def _scores(
    pairs: Pairs, scored: Scored, baseline: Scored, mask: NDArray[np.bool_], replicates: int,
    seed: int,
) -> dict[str, Any]:  # fmt: skip
    n = int(mask.sum())
    names = ("bias", "bias_interval", "crps", "crps_interval", "crps_skill", "pit_ks",
             "coverage_90")  # fmt: skip
    if not n:
        return {"n": 0, **dict.fromkeys(names)}
    owner = pairs.sequence[mask]
    error = scored.median[mask] - pairs.observed[mask]
    bias = mean_by_sequence(error, owner, replicates=replicates, seed=seed)
    crps = mean_by_sequence(scored.crps[mask], owner, replicates=replicates, seed=seed)
    pit = scored.pit[mask]
    return {
        "n": n,
        "bias": bias[0],
        "bias_interval": list(bias[1:]),
        "crps": crps[0],
        "crps_interval": list(crps[1:]),
        "crps_skill": 1.0 - crps[0] / float(baseline.crps[mask].mean()),
        "pit_ks": uniform_distance(pit),
        "coverage_90": float(np.mean((pit >= 0.05) & (pit <= 0.95))),
    }


def _contrast(
    pairs: Pairs, scored: Scored, both: NDArray[np.bool_], stage: Texts, sides: tuple[str, str],
    replicates: int, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Return how much worse a forecaster is late than early, with an interval by sequence."""
    masks = [both & (stage == name) for name in sides]
    row: dict[str, Any] = {
        "early": sides[0], "late": sides[1],
        "n_early": int(masks[0].sum()), "n_late": int(masks[1].sum()),
    }  # fmt: skip
    if not all(m.any() for m in masks):
        return {**row, "difference": None, "interval": None}
    owners = np.unique(pairs.sequence[masks[0] | masks[1]])
    sums, counts = np.zeros((2, owners.size)), np.zeros((2, owners.size))
    for side, mask in enumerate(masks):
        place = np.searchsorted(owners, pairs.sequence[mask])
        sums[side] = np.bincount(place, scored.crps[mask], minlength=owners.size)
        counts[side] = np.bincount(place, minlength=owners.size)
    rng = np.random.default_rng(seed)
    even = np.full(owners.size, 1.0 / owners.size)
    drawn = rng.multinomial(owners.size, even, size=replicates).astype(np.float64)
    totals = drawn @ counts.T
    used = (totals > 0).all(axis=1)
    differences = np.diff((drawn @ sums.T)[used] / totals[used], axis=1)[:, 0]
    low, high = np.percentile(differences, [2.5, 97.5]) if used.any() else (np.nan, np.nan)
    return {
        **row,
        "difference": _difference(scored, both, stage, sides),
        "interval": [float(low), float(high)],
    }
