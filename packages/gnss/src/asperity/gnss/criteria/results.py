"""The JSON document of scored criteria, and its text for people."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from asperity.core.geometry import Region
from asperity.core.statistics.multiplicity import holm
from asperity.gnss.criteria.evaluation import Ranking, RuleResult
from asperity.gnss.criteria.faults import faults_in, type_counts, words_that_disagree
from asperity.gnss.criteria.ground import Ground
from asperity.gnss.criteria.nulls import Null
from asperity.gnss.criteria.scores import AlarmScore, Molchan, significant_skill
from asperity.gnss.criteria.surface import QUANTITIES
from asperity.gnss.criteria.targets import Targets
from asperity.gnss.events import Event
from asperity.gnss.strain_rate.field_results import covariance_text

__all__ = ["criteria_document", "criteria_text", "smoothing_document", "verdict"]

#: A range or an alarm over so much of the area tells nothing from nothing.
MOST = 0.5
LEVEL = 0.05
_STYLES = ("strike-slip", "normal", "reverse")


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def alarm_document(score: AlarmScore) -> dict[str, Any]:
    """Return the score of an alarm; what is not finite is None."""
    return {key: _number(value) for key, value in asdict(score).items()} | {
        "n": score.n, "hits": score.hits,
    }  # fmt: skip


def molchan_document(found: Molchan) -> dict[str, Any]:
    """Return a Molchan trajectory."""
    tau, nu = found.trajectory
    return {
        "tau": tau.tolist(), "miss_rate": nu.tolist(), "of_events": found.shares.tolist(),
        "area_skill": found.area_skill, "p_value": found.p_value,
    }  # fmt: skip


def _event_document(event: Event, row: int, ground: Ground) -> dict[str, Any]:
    document = {
        "name": event.name, "time": event.time, "longitude": event.longitude,
        "latitude": event.latitude, "magnitude": _number(event.magnitude),
        "moment_magnitude": event.moment_magnitude, "style": event.style, "source": event.source,
    }  # fmt: skip
    if row < 0:
        return document | {"status": "outside the supported area", "values": None, "rank": None,
                           "fault_distance_km": None}  # fmt: skip
    surfaces = {name: ground.surface(name) for name in QUANTITIES}
    return document | {
        "status": "ok",
        "values": {
            "max_shear_half": float(surfaces["shear"].own[row]),
            "strain_ee": float(surfaces["extension"].own[row]),
        },
        "rank": {name: float(surface.rank[row]) for name, surface in surfaces.items()},
        "fault_distance_km": {
            style: _number(float(ground.fault_distance(style)[row])) for style in _STYLES
        },
    }


def _rule_document(result: RuleResult, ground: Ground, test: str) -> dict[str, Any]:
    rule = result.rule
    bounds = ground.bounds(rule)
    alarms = [
        {"edge": edge, "null": null, "share": share}
        | (alarm_document(result.alarms[edge, null]) if result.alarms else {})
        for (edge, null), share in result.areas.items()
    ]
    ranges = [
        {"null": null, "share": share}
        | (alarm_document(result.range_scores[null]) if result.range_scores else {})
        for null, share in result.range_areas.items()
    ]
    return {
        "name": result.name,
        "title": rule.title,
        "mechanism": rule.mechanism,
        "magnitudes": [rule.min_magnitude, rule.max_magnitude],
        "n_events": len(result.targets),
        "n_outside": result.outside,
        "skill_needed": significant_skill(len(result.targets)) if len(result.targets) else None,
        "hit_events": _hit_events(result, ground),
        "alarms": alarms,
        "range": None if bounds is None else {
            "variable": QUANTITIES[rule.quantity][0], "values": list(rule.values),
            "bounds": list(bounds), "alone": rule.zone == "anywhere" and rule.fault == "none",
            "scores": ranges,
        },
        "rankings": [
            {"quantity": rule.quantity, "score": score, "null": null} | molchan_document(found)
            for (score, null), found in result.rankings.items()
        ],
        "edge_given_value": [
            {"null": null, "mean_difference": pair.mean, "p_value": pair.p_value,
             "rate": asdict(result.given[null])}
            for null, pair in result.paired.items()
        ],
        "calibration": [
            {"what": what, "null": null, "low": trained.low, "high": _number(trained.high),
             "training": alarm_document(trained.training), "test": alarm_document(trained.test)}
            for (what, null), trained in result.trained.items()
        ],
        "information_gain": [
            {"score": score, "null": null, "coefficient": gain.coefficient, "gain": gain.gain,
             "low": _number(gain.low), "high": _number(gain.high), "n": gain.n}
            for (score, null), gain in result.gains.items()
        ],
        "null": test,
    }  # fmt: skip


def _hit_events(result: RuleResult, ground: Ground) -> dict[str, list[int]]:
    """Return which of its events each definition of the edge has on alarm."""
    hits: dict[str, list[int]] = {}
    for edge in result.edges:
        alarm = ground.on_alarm(result.rule, edge)
        hits[edge] = np.flatnonzero(alarm[result.targets.rows]).tolist()
    return hits


def verdict(rule: Mapping[str, Any]) -> str:
    """Return in a sentence what the evidence says of a rule.

    Parameters
    ----------
    rule : mapping
        An entry of ``rules`` of the document.
    """
    test = rule["null"]
    words = "earlier seismicity" if test == "seismicity" else "area alone"
    ranges = {s["null"]: s for s in (rule["range"] or {}).get("scores", ())}
    covered = {
        "range": ranges.get("uniform", {}).get("share", 0.0),
        "alarm": max(a["share"] for a in rule["alarms"] if a["null"] == "uniform"),
    }
    alone = rule["range"] is not None and rule["range"]["alone"]
    for what in ("range",) if alone else ("alarm",):
        if covered[what] >= MOST:
            return f"no criterion: its {what} covers {100 * covered[what]:.0f} % of the area"
    remark = ""
    if covered["range"] >= MOST:
        share = f"{100 * covered['range']:.0f} % of the area"
        remark = f" (its range alone covers {share} and is no criterion)"
    alarms = [a for a in rule["alarms"] if a["null"] == test]
    if not rule["n_events"]:
        return "not tested: no such event in the area"
    if min(a["smallest_p"] for a in alarms) > LEVEL:
        return f"not testable: even {rule['n_events']} of {rule['n_events']} hits would be usual"
    best = min(alarms, key=lambda a: (a["p_adjusted"], a["p_value"]))
    place = f"{best['hits']} of {best['n']} events on {100 * best['share']:.1f} % of the null"
    if best["p_adjusted"] <= LEVEL:
        few = "; so few events decide nothing" if best["n"] < 5 else ""
        return (
            f"better than {words}: {place}, p {best['p_adjusted']:.2g} among several tests{few}"
            + remark
        )
    if best["p_value"] <= LEVEL:
        return (
            f"not supported: {place}, p {best['p_value']:.2g} alone but {best['p_adjusted']:.2g} "
            "among the definitions and rules tried" + remark
        )
    return f"not supported: {place}, p {best['p_value']:.2g}{remark}"


def criteria_document(
    ground: Ground, targets: Targets, nulls: Sequence[Null], results: Sequence[RuleResult],
    rankings: Sequence[Ranking],
) -> dict[str, Any]:  # fmt: skip
    """Return the document of `gnss criteria`.

    Parameters
    ----------
    ground, targets, nulls
        As for `evaluate_rule`; the last null is the one that verdicts go by.
    results : sequence of RuleResult
        The first gives the keys at the top.
    rankings : sequence of Ranking
    """
    test = nulls[-1].name
    rules = [_rule_document(result, ground, test) for result in results]
    tested = [a for rule in rules for a in rule["alarms"] if a["null"] == test and "p_value" in a]
    for alarm, p in zip(tested, holm([a["p_value"] for a in tested]), strict=True):
        alarm["p_adjusted"] = p
    for rule in rules:
        rule["verdict"] = verdict(rule)
    first = rules[0]
    ranked = [r for r in first["rankings"] if r["null"] == test and r["score"] == "edge"]
    on = [a for a in first["alarms"] if a["null"] == test]
    return {
        "events": [
            _event_document(e, int(row), ground)
            for e, row in zip(targets.events, targets.rows, strict=True)
        ],
        "null": test,
        "headline": {"rule": first["name"], "score": "edge", "edge": on[0]["edge"]},
        "molchan": ranked[0] if ranked else None,
        "area_skill": ranked[0]["area_skill"] if ranked else None,
        "p_value": ranked[0]["p_value"] if ranked else on[0].get("p_value"),
        "gain": on[0].get("gain"),
        "area": {"nodes": ground.area.size, **asdict(_box(ground))},
        "nulls": [
            {"name": null.name, "earlier_events": null.events,
             "area_of_half": _area_of_half(null, ground)}
            for null in nulls
        ],
        "n_tests": len(tested),
        "rules": rules,
        "rankings": [
            {"quantity": r.quantity, "score": r.score, "events": r.events, "null": r.null,
             "n": r.molchan.shares.size, "area_skill": r.molchan.area_skill,
             "p_value": r.molchan.p_value, "of_events": r.molchan.shares.tolist()}
            for r in rankings
        ],
        "faults": _faults_document(ground),
    }  # fmt: skip


def smoothing_document(ground: Ground) -> dict[str, Any]:
    """Return how the field was smoothed, and what the ranges of the rules mean on it."""
    made = json.loads(ground.field.attrs.get("asperity", "{}")).get("covariance")
    return {
        "calibration": ground.settings.calibration,
        "covariance": covariance_text(made) if made else None,
        "ranges": "values" if ground.reference is None else "percentiles of the reference",
    }


def _area_of_half(null: Null, ground: Ground) -> float:
    """Return the smallest share of the area that holds half of a null: how uneven it is."""
    order = np.argsort(-null.weights / ground.area.shares)
    count = int(np.searchsorted(np.cumsum(null.weights[order]), 0.5)) + 1
    return float(ground.area.shares[order[:count]].sum())


def _box(ground: Ground) -> Region:
    """Return the rectangle around the study area."""
    longitude, latitude = ground.area.coordinates
    limits = (longitude.min(), longitude.max(), latitude.min(), latitude.max())
    return Region(*map(float, limits))


def _faults_document(ground: Ground) -> dict[str, Any]:
    box = _box(ground)
    near = faults_in(ground.faults, box)
    return {
        "traces": len(ground.faults),
        "folds_left_out": len(ground.faults) - len(ground.faults.without_folds()),
        "in_region": len(near),
        "kinds": type_counts(near),
        "large": {style: len(faults_in(ground.large(style), box)) for style in _STYLES},
        "words_disagree": [
            {"words": words, "kind": kind, "traces": n}
            for words, kind, n in words_that_disagree(ground.faults)
        ],
    }


def criteria_text(document: Mapping[str, Any]) -> str:
    """Return the text of `gnss criteria`: one line a rule and edge, and the verdicts."""
    test = document["null"]
    inside = sum(e["status"] == "ok" for e in document["events"])
    lines = [
        f"{inside} of {len(document['events'])} events in the area, {document['area']['nodes']:,} "
        f"nodes; tested against {test}, {document['n_tests']} tests",
        "",
        f"{'rule':<15}{'edge':<9}{'events':>7}{'hits':>6}{'on alarm':>10}{'gain':>7}{'p':>9}"
        f"{'adjusted':>10}",
    ]
    for rule in document["rules"]:
        for alarm in rule["alarms"]:
            if alarm["null"] != test:
                continue
            cells = [
                f"{rule['name']:<15}",
                f"{alarm['edge'] if len(rule['alarms']) > 2 else '-':<9}",
            ]
            cells.append(f"{rule['n_events']:>7}")
            if rule["n_events"]:
                gain = "-" if alarm["gain"] is None else f"{alarm['gain']:.1f}"
                cells += [f"{alarm['hits']:>6}", f"{100 * alarm['share']:>8.1f} %", f"{gain:>7}",
                          f"{alarm['p_value']:>9.2g}", f"{alarm['p_adjusted']:>10.2g}"]  # fmt: skip
            else:
                cells += [f"{'-':>6}", f"{100 * alarm['share']:>8.1f} %"]
            lines.append("".join(cells))
    lines.append("")
    width = max(len(rule["name"]) for rule in document["rules"]) + 2
    lines += [f"{rule['name']:<{width}}{rule['verdict']}" for rule in document["rules"]]
    return "\n".join(lines)
