"""The report section of deformation criteria: what the evidence supports, and what it does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asperity.core.report import Section, Table, picture
from asperity.gnss.figures.criteria import molchan_figure

__all__ = ["criteria_section"]

_NULLS = {"uniform": "area", "seismicity": "earlier seismicity"}
_IN_SAMPLE = (
    "Velocities measured after an earthquake hold some of what it did to the ground, and ranges "
    "were taken from the events themselves: a score of events inside the time of the velocities "
    "is no forecast."
)
_LEVEL = (
    "The false-alarm level of an alarm is the share of places on alarm: so large a share of "
    "events would be hit if events had nothing to do with it. Adjusted p-values count all "
    "alarms tried in this run (Holm 1979)."
)


def criteria_section(document: Mapping[str, Any]) -> Section:
    """Deformation criteria: hits beside false-alarm levels, rankings, and a verdict each."""
    rules, test = document["rules"], document["null"]
    tested = [rule for rule in rules if rule["n_events"]]
    supported = [r["name"] for r in tested if r["verdict"].startswith("better")]
    ranked = any(rule["rankings"] for rule in rules)
    pictures = []
    if ranked:
        pictures.append(
            picture(
                molchan_figure(document),
                "Molchan diagrams: the share of events missed against the share on alarm, when "
                "places are put on alarm in order of a score. On the diagonal a score says "
                "nothing; below, in the shade, so many hits are significant at 5 %. Marks are "
                "the rules themselves.",
                "Molchan diagrams of deformation criteria",
            )
        )
    inside = sum(e["status"] == "ok" for e in document["events"])
    return Section(
        f"Deformation criteria on {document['name']}: " + ", ".join(r["name"] for r in rules),
        _lead(tested, supported, test, document["n_tests"]),
        facts={
            "events in the area": inside,
            "alarms tried": document["n_tests"],
            "rules better than the null": f"{len(supported)} of {len(tested)}",
        },
        tables=_tables(document),
        pictures=pictures,
        notes=_notes(document, tested),
    )


def _lead(tested: list[Any], supported: list[str], test: str, n_tests: int) -> str:
    words = _NULLS[test]
    if not tested:
        return "No rule has an event in the area: nothing is tested, and nothing is supported."
    if not supported:
        return (
            f"The evidence supports none of {len(tested)} rules: no alarm hits more events than "
            f"{words} explains, once {n_tests} tries are counted."
        )
    return (
        f"The evidence supports {', '.join(supported)} beyond {words}, of {len(tested)} rules with "
        f"events, once {n_tests} tries are counted; how far beyond is the gain in the table."
    )


def _tables(document: Mapping[str, Any]) -> list[Table]:
    tables = [
        Table("Verdicts", ["rule", "what it says", "events", "verdict"], [
            [r["name"], r["title"], r["n_events"], r["verdict"]] for r in document["rules"]
        ]),
        Table(
            "Alarms and their false-alarm levels",
            ["rule", "edge", "null", "events", "hits", "false-alarm level", "gain", "p",
             "p adjusted"],
            [row for rule in document["rules"] for row in _alarm_rows(rule)],
        ),
    ]  # fmt: skip
    ranges = [row for rule in document["rules"] for row in _range_rows(rule)]
    if ranges:
        tables.append(Table(
            "Ranges of values alone",
            ["rule", "range", "null", "events inside", "places inside", "gain", "p"], ranges,
        ))  # fmt: skip
    skills = [row for rule in document["rules"] for row in _skill_rows(rule)]
    if skills:
        tables.append(Table(
            "Area skill: 0.5 says nothing",
            ["rule", "null", "value", "p", "gradient", "p", "edge", "p", "edge given value: p",
             "skill needed"],
            skills,
        ))  # fmt: skip
    trained = [row for rule in document["rules"] for row in _trained_rows(rule)]
    if trained:
        tables.append(Table(
            f"Fitted to events before {document['split']}, tested on later ones",
            ["rule", "null", "fitted", "alarm from", "to", "hits before", "hits after",
             "false-alarm level", "p after"],
            trained,
        ))  # fmt: skip
    return tables


def _share(value: float) -> str:
    return f"{100.0 * value:.1f} %"


def _alarm_rows(rule: Mapping[str, Any]) -> list[list[Any]]:
    several = len({a["edge"] for a in rule["alarms"]}) > 1
    rows = []
    for alarm in rule["alarms"]:
        row = [rule["name"], alarm["edge"] if several else "-", _NULLS[alarm["null"]],
               rule["n_events"]]  # fmt: skip
        tail = [None, _share(alarm["share"]), None, None, None]
        if rule["n_events"]:
            tail = [alarm["hits"], _share(alarm["share"]), alarm["gain"], alarm["p_value"],
                    alarm.get("p_adjusted")]  # fmt: skip
        rows.append(row + tail)
    return rows


def _range_rows(rule: Mapping[str, Any]) -> list[list[Any]]:
    if rule["range"] is None:
        return []
    low, high = rule["range"]["values"]
    return [
        [
            rule["name"], f"{low:g} to {high:g} nanostrain/yr", _NULLS[score["null"]],
            f"{score['hits']} of {score['n']}" if rule["n_events"] else None,
            _share(score["share"]), score.get("gain"), score.get("p_value"),
        ]
        for score in rule["range"]["scores"]
    ]  # fmt: skip


def _skill_rows(rule: Mapping[str, Any]) -> list[list[Any]]:
    rows = []
    for null in dict.fromkeys(r["null"] for r in rule["rankings"]):
        found = {r["score"]: r for r in rule["rankings"] if r["null"] == null}
        cells = [found[s][k] for s in ("value", "gradient", "edge") for k in
                 ("area_skill", "p_value")]  # fmt: skip
        given = next((g["p_value"] for g in rule["edge_given_value"] if g["null"] == null), None)
        rows.append([rule["name"], _NULLS[null], *cells, given, rule["skill_needed"]])
    return rows


def _trained_rows(rule: Mapping[str, Any]) -> list[list[Any]]:
    return [
        [
            rule["name"], _NULLS[c["null"]], c["what"], c["low"], c["high"],
            f"{c['training']['hits']} of {c['training']['n']}",
            f"{c['test']['hits']} of {c['test']['n']}", _share(c["test"]["share"]),
            c["test"]["p_value"],
        ]
        for c in rule["calibration"]
    ]  # fmt: skip


def _notes(document: Mapping[str, Any], tested: list[Any]) -> list[str]:
    notes = [_LEVEL, _IN_SAMPLE]
    few = [r for r in tested if r["n_events"] < 10]
    if few:
        least = min(few, key=lambda r: r["n_events"])
        notes.append(
            f"Few events decide little: with {least['n_events']} ({least['name']}) an area skill "
            f"below {least['skill_needed']:.2f} cannot be told from chance."
        )
    smoothing = document["smoothing"]
    if smoothing["ranges"] == "values":
        notes.append(
            f"Ranges of values belong to a {smoothing['calibration']}; this field is "
            f"{smoothing['covariance'] or 'of a smoothing that is not known'}."
        )
    history = document["history"]
    if history["status"] == "ok":
        notes.append(
            f"Earlier seismicity: {history['events']:,} events of M "
            f"{history['min_magnitude']:g} and more before {history['until'][:10]}, smoothed over "
            f"{history['bandwidth_km']:g} km."
        )
    else:
        notes.append(f"There is no test against earlier seismicity: {history['status']}.")
    wrong = sum(entry["traces"] for entry in document["faults"]["words_disagree"])
    if wrong:
        notes.append(f"{wrong} fault traces are called otherwise than they are coded: codes count.")
    return notes
