"""Criteria scored on events: alarms, ranges, rankings, before and after a date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.gnss.criteria.calibration import (
    InformationGain,
    Trained,
    information_gain,
    trained_range,
    trained_threshold,
)
from asperity.gnss.criteria.comparison import (
    GivenValue,
    PairedDifference,
    added_by,
    paired_difference,
)
from asperity.gnss.criteria.config import Rule
from asperity.gnss.criteria.ground import Ground
from asperity.gnss.criteria.nulls import Null
from asperity.gnss.criteria.scores import AlarmScore, Molchan, alarm_score, molchan
from asperity.gnss.criteria.surface import EdgeName, Quantity, ranks
from asperity.gnss.criteria.targets import Targets

__all__ = ["SCORES", "Ranking", "RuleResult", "evaluate", "evaluate_rule", "rank_events"]

#: What places are ranked by: the quantity itself, its gradient, and the two together.
SCORES = ("value", "gradient", "edge")
#: Events that a comparison of two scores needs at least.
FEWEST = 3


@dataclass(frozen=True, eq=False)
class RuleResult:
    """How one rule did.

    Parameters
    ----------
    name : str
    rule : Rule
    targets : Targets
        The events that it is about, inside the area.
    outside : int
        Such events outside the area.
    alarms : dict of (edge, null) to AlarmScore
        Empty without events.
    areas : dict of (edge, null) to float
        Share on alarm, also where there are no events.
    range_scores : dict of null to AlarmScore
        Of the range of values alone, at the nodes of the events; empty without one.
    range_areas : dict of null to float
    rankings : dict of (score, null) to Molchan
        Empty without events, and for a union of rules.
    paired : dict of null to PairedDifference
        The edge against the value, event by event.
    given : dict of null to GivenValue
        What the edge adds to the value.
    trained : dict of (what, null) to Trained
        ``range`` and the scores, fitted before the split and tested after it.
    gains : dict of (score, null) to InformationGain
    """

    name: str
    rule: Rule
    targets: Targets
    outside: int = 0
    alarms: dict[tuple[EdgeName, str], AlarmScore] = field(default_factory=dict)
    areas: dict[tuple[EdgeName, str], float] = field(default_factory=dict)
    range_scores: dict[str, AlarmScore] = field(default_factory=dict)
    range_areas: dict[str, float] = field(default_factory=dict)
    rankings: dict[tuple[str, str], Molchan] = field(default_factory=dict)
    paired: dict[str, PairedDifference] = field(default_factory=dict)
    given: dict[str, GivenValue] = field(default_factory=dict)
    trained: dict[tuple[str, str], Trained] = field(default_factory=dict)
    gains: dict[tuple[str, str], InformationGain] = field(default_factory=dict)

    @property
    def edges(self) -> tuple[EdgeName, ...]:
        """The definitions of the edge that make a difference to this rule."""
        return tuple(dict.fromkeys(edge for edge, _ in self.areas))


def evaluate_rule(
    name: str, ground: Ground, targets: Targets, nulls: Sequence[Null],
    split: str | None = None, seed: int = 0, apart: float = 0.0,
) -> RuleResult:  # fmt: skip
    """Score one rule on events.

    Parameters
    ----------
    name : str
        Of the rule in the settings of `ground`.
    ground : Ground
    targets : Targets
        Events of any mechanism and magnitude; the rule chooses.
    nulls : sequence of Null
    split : str, optional
        Events before this time fit thresholds and ranges, later ones test them.
    seed : int, optional
        Of simulated p-values.
    apart : float, optional
        Events closer than this (km) to an earlier one are left out; see `Targets.apart`.

    Raises
    ------
    InputError
        If there is no such rule.
    """
    rules = ground.settings.rules
    if name not in rules:
        raise InputError(f"rule {name!r} is not known; there are {', '.join(rules)}")
    rule = rules[name]
    chosen = targets.for_rule(rule).apart(apart)
    inside = chosen.inside
    alarms = {edge: ground.on_alarm(rule, edge) for edge in ground.edges_of(rule)}
    within = ground.inside_range(rule)
    ranged = nulls if rule.values else ()
    result = RuleResult(
        name,
        rule,
        inside,
        len(chosen) - len(inside),
        areas={(e, n.name): _share(on, n) for e, on in alarms.items() for n in nulls},
        range_areas={n.name: _share(within, n) for n in ranged},
    )
    if not len(inside):
        return result
    rows = inside.rows
    scored = replace(
        result,
        alarms={
            (e, n.name): alarm_score(on, n.weights, rows) for e, on in alarms.items() for n in nulls
        },
        range_scores={n.name: alarm_score(within, n.weights, rows) for n in ranged},
    )
    if rule.union:
        return scored
    ranked = _ranked(scored, ground, nulls, seed)
    before = inside.before(split) if split is not None else np.zeros(len(inside), dtype=bool)
    return (
        _calibrated(ranked, ground, nulls, before) if before.any() and not before.all() else ranked
    )


def _share(on: NDArray[np.bool_], null: Null) -> float:
    return float(null.weights[on].sum())


def _ranked(result: RuleResult, ground: Ground, nulls: Sequence[Null], seed: int) -> RuleResult:
    """Rank the events by value, gradient and edge, and compare the edge with the value."""
    rows, quantity = result.targets.rows, result.rule.quantity
    rankings = {
        (key, null.name): molchan(score, null.weights, rows)
        for null in nulls
        for key, score in ground.scores(quantity).items()
    }
    if rows.size < FEWEST:
        return replace(result, rankings=rankings)
    standing = _standing(ground, quantity)
    paired = {
        null.name: paired_difference(
            rankings["value", null.name].shares, rankings["edge", null.name].shares, seed
        )
        for null in nulls
    }
    given = {
        null.name: added_by(standing["edge"], standing["value"], null.weights, rows, seed)
        for null in nulls
    }
    return replace(result, rankings=rankings, paired=paired, given=given)


def _calibrated(
    result: RuleResult, ground: Ground, nulls: Sequence[Null], before: NDArray[np.bool_]
) -> RuleResult:
    """Fit thresholds, the range and rates to the events before a date, and test them."""
    rows, quantity = result.targets.rows, result.rule.quantity
    own, standing = ground.surface(quantity).own, _standing(ground, quantity)
    trained = {
        (key, null.name): trained_threshold(score, null.weights, rows, before)
        for null in nulls
        for key, score in ground.scores(quantity).items()
    }
    ranges = {
        ("range", null.name): trained_range(own, null.weights, rows, before) for null in nulls
    }
    gains = {
        (key, null.name): information_gain(covariate, null.weights, rows, before)
        for null in nulls
        for key, covariate in standing.items()
    }
    return replace(result, trained=trained | ranges, gains=gains)


def _standing(ground: Ground, quantity: Quantity) -> dict[str, NDArray[np.float64]]:
    """Return the ranks of the scores, to a hundredth, which keeps likelihoods of them short."""
    scores = ground.scores(quantity)
    return {key: ranks(score, ground.area.shares).round(2) for key, score in scores.items()}


@dataclass(frozen=True)
class Ranking:
    """How one score of places ranks a group of events.

    Parameters
    ----------
    quantity, score : str
    events : str
        ``all``, or a mechanism.
    null : str
    molchan : Molchan
    """

    quantity: str
    score: str
    events: str
    null: str
    molchan: Molchan


def rank_events(ground: Ground, targets: Targets, nulls: Sequence[Null]) -> list[Ranking]:
    """Rank all events, and those of each mechanism, by what rules are made of.

    Maximum shear by value, gradient and edge, and the size of the east-west strain rate.

    Parameters
    ----------
    ground, targets, nulls
        As for `evaluate_rule`.
    """
    inside = targets.inside
    groups = {"all": inside.rows}
    for style in ("strike-slip", "normal", "thrust"):
        groups[style] = inside.rows[[e.style == style for e in inside.events]]
    found = []
    by: tuple[tuple[Quantity, tuple[str, ...]], ...] = (
        ("shear", SCORES),
        ("east-west", ("value",)),
    )
    for quantity, scores in by:
        values = ground.scores(quantity)
        found += [
            Ranking(quantity, score, group, null.name, molchan(values[score], null.weights, rows))
            for score in scores
            for group, rows in groups.items()
            for null in nulls
            if rows.size
        ]
    return found


def evaluate(
    ground: Ground, targets: Targets, nulls: Sequence[Null], rules: Sequence[str] = (),
    split: str | None = None, seed: int = 0, apart: float = 0.0,
) -> list[RuleResult]:  # fmt: skip
    """Score rules on events; all rules of the settings where none is named.

    Parameters
    ----------
    ground, targets, nulls, split, seed, apart
        As for `evaluate_rule`.
    rules : sequence of str, optional
    """
    return [
        evaluate_rule(name, ground, targets, nulls, split, seed, apart)
        for name in dict.fromkeys(rules or ground.settings.rules)
    ]
