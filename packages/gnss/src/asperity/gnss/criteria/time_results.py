"""The JSON document of scored alarms in time, its text, and its report section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asperity.core.report import Section, Table, picture
from asperity.gnss.criteria.results import LEVEL, MOST, alarm_document, molchan_document
from asperity.gnss.criteria.space_time import ThresholdScore, TimeScore
from asperity.gnss.figures.alarms import alarms_figure

__all__ = ["alarms_section", "alarms_text", "alarms_verdict", "time_score_document"]


def threshold_document(score: ThresholdScore) -> dict[str, Any]:
    """Return the score of one threshold."""
    return {
        "threshold": score.threshold,
        **alarm_document(score.alarm),
        "misses": score.misses,
        "hit_rate": score.alarm.hits / score.alarm.n,
        "false_alarm_rate": score.false_alarm_rate,
        "r_value": score.r_value,
        "false_alarms": score.false_alarms,
        "alarms": score.alarms,
    }


def time_score_document(score: TimeScore) -> dict[str, Any]:
    """Return what `score_alarms` found, the published threshold at the top.

    Parameters
    ----------
    score : TimeScore

    Returns
    -------
    dict
        ``threshold, n, hits, misses, false_alarms, alarms, share, hit_rate,
        false_alarm_rate, r_value, p_value, gain, molchan{...}, roc_area,
        by_threshold[...], trained{threshold, training, test}, watched,
        unwatched_events``.
    """
    trained = score.trained
    return {
        **threshold_document(score.marked),
        "molchan": molchan_document(score.molchan),
        "roc_area": score.roc_area,
        "by_threshold": [threshold_document(each) for each in score.by_threshold],
        "trained": None if trained is None else {
            "threshold": trained.threshold,
            "training": threshold_document(trained.training),
            "test": threshold_document(trained.test),
        },
        "watched": score.watched,
        "unwatched_events": score.unwatched_events,
    }  # fmt: skip


def alarms_verdict(score: Mapping[str, Any]) -> str:
    """Return in a sentence or two what the evidence says of the published threshold.

    With a split, a second sentence is about the threshold that did best before it, on the
    events after it.
    """
    if score["share"] >= MOST:
        said = f"no criterion: {100 * score['share']:.0f} % of space-time is on alarm"
    else:
        said = _judged(score)
    sentences = [f"threshold {score['threshold']:g}: {said}"]
    if score["trained"] is not None:
        trained = score["trained"]
        sentences.append(
            f"threshold {trained['threshold']:g}, best before the split, on events after it: "
            + _judged(trained["test"])
        )
    return "; ".join(sentences)


def _judged(score: Mapping[str, Any]) -> str:
    share = f"{100 * score['share']:.0f} % of space-time on alarm"
    if score["smallest_p"] > LEVEL:
        return f"not testable: with {share} even {score['n']} hits would be usual"
    words = "better than chance" if score["p_value"] <= LEVEL else "not supported"
    return (
        f"{words}, {score['hits']} of {score['n']} events with {share}, R {score['r_value']:+.2f}, "
        f"p {score['p_value']:.2g}"
    )


def alarms_text(document: Mapping[str, Any]) -> str:
    """Return the text of `gnss alarms`: one line a threshold, and the verdict."""
    score = document["score"]
    lines = [
        f"{score['n']} events in {score['watched']:,} watched region-months "
        f"({document['n_regions']} regions); {score['unwatched_events']} events elsewhere",
        "",
        f"{'threshold':>9}{'hits':>7}{'misses':>8}{'false':>7}{'alarms':>8}{'on alarm':>10}"
        f"{'R':>7}{'p':>9}",
    ]
    for row in score["by_threshold"]:
        mark = " <" if row["threshold"] == score["threshold"] else ""
        lines.append(
            f"{row['threshold']:>9g}{row['hits']:>7}{row['misses']:>8}{row['false_alarms']:>7}"
            f"{row['alarms']:>8}{100 * row['share']:>8.1f} %{row['r_value']:>+7.2f}"
            f"{row['p_value']:>9.2g}{mark}"
        )
    molchan = score["molchan"]
    lines += [
        "",
        f"area skill {molchan['area_skill']:.2f} (p {molchan['p_value']:.2g}), "
        f"ROC area {score['roc_area']:.2f}",
        document["verdict"],
    ]
    return "\n".join(lines)


def alarms_section(document: Mapping[str, Any]) -> Section:
    """Alarms of strain series in time: hits beside false alarms, over all thresholds."""
    score = document["score"]
    rows = [
        [
            f"{row['threshold']:g}" + (" (published)" if row["threshold"] == score["threshold"]
                                       else ""),
            row["hits"], row["misses"], f"{row['false_alarms']} of {row['alarms']}",
            f"{100 * row['share']:.1f} %", row["r_value"], row["p_value"],
        ]
        for row in score["by_threshold"]
    ]  # fmt: skip
    notes = [
        "The false-alarm level of a threshold is the share of space-time on alarm. p-values are "
        "of single thresholds and take events as independent: decluster them.",
        f"An alarm is for {document['lead'][0]} to {document['lead'][1]} months after it.",
    ]
    if score["trained"] is None:
        notes.append("Without a split every threshold is judged on the events it was looked at on.")
    if document["synthetic"] is not None:
        notes.append("Regions, deviations and events are synthetic.")
    return Section(
        f"Alarms in time: {document['name']}",
        f"{document['verdict'][:1].upper()}{document['verdict'][1:]}.",
        facts={
            "events": score["n"],
            "hits at the published threshold": score["hits"],
            "on alarm": f"{100 * score['share']:.0f} %",
            "R": score["r_value"],
            "p": score["p_value"],
        },
        tables=[
            Table(
                "By threshold",
                ["threshold", "hits", "misses", "false alarms", "false-alarm level", "R", "p"],
                rows,
            )
        ],
        pictures=[
            picture(
                alarms_figure(score),
                "Left: Molchan diagram; in the shade so many hits are significant at 5 %. Middle: "
                "hit rate against false-alarm rate. Right: R by threshold, filled where p is "
                "below 5 %. The star is the published threshold.",
                "Molchan diagram, ROC curve and R-value of alarms",
            )
        ],
        notes=notes,
    )
