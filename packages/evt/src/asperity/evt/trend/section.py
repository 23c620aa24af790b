"""Report section of time dependence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asperity.core.report import Section, Table, picture
from asperity.evt.trend.figure import trend_figure

__all__ = ["trend_section"]

_WEAK = (
    "Record counts are few, so these tests are weak: a sequence whose b falls from 1.5 to 0.8 over "
    "1000 events is noticed one time in four. Take the result as an indicator, never as an alarm."
)


def trend_section(document: Mapping[str, Any]) -> Section:
    """Show records forwards and backwards, tests of exchangeability, chance of a record to come."""
    return Section(
        f"Time dependence: {document['name']}",
        _lead(document),
        facts={
            "records forward": document["n_forward"],
            "records backward": document["n_backward"],
            "z": document["z"],
            "p, by permutation": document["p_permutation"],
        },
        pictures=[
            picture(
                trend_figure(document),
                "Records in the order of time and in the reverse one; below, forward minus "
                "backward records in windows of equally many events.",
                f"{document['n_forward']} records forward and {document['n_backward']} backward "
                f"of {document['n_events']} events.",
            )
        ],
        tables=[t for t in (_tests(document), _to_come(document), _parts(document)) if t.rows],
        notes=[_WEAK, *document["flags"], *_why(document["status"])],
    )


def _why(status: str) -> list[str]:
    return [] if status == "ok" else [f"Status: {status}."]


def _lead(document: Mapping[str, Any]) -> str:
    indicator = str(document["indicator"])
    if indicator == "none":
        return f"The order shows nothing: {document['status']}."
    return indicator[0].upper() + indicator[1:] + "."


def _tests(document: Mapping[str, Any]) -> Table:
    head = ["test", "value", "z", "p"]
    caption = f"The order against {document['permutations']} shuffles of the same magnitudes"
    if document["foster_stuart"] is None:
        return Table(caption, head, [])
    labels = {
        "upper_round_trip": "forward minus backward records (ties broken)",
        "upper_weighted": "... weighted by the events before each",
        "d": "Foster-Stuart d, upper minus lower records",
        "s": "Foster-Stuart s, upper plus lower records",
        "round_trip": "Foster-Stuart d, forward minus backward",
    }
    tests = document["foster_stuart"]
    rows = [
        [label, *(_number(tests[key][part]) for part in ("value", "z", "p"))]
        for key, label in labels.items()
    ]
    largest, jumps = document["largest"], document["jumps"]
    rows += [
        ["place of the largest event, 0 first to 1 last", _number(largest["place"]), "-",
         _number(largest["p"])],
        ["record jumps against all magnitudes, distance", _number(jumps["distance"]), "-",
         _number(jumps["p"])],
    ]  # fmt: skip
    return Table(caption, head, rows)


def _to_come(document: Mapping[str, Any]) -> Table:
    rows = [
        [f"in the next {e['k']:,} events", _number(e["probability"]),
         _number(e["probability_gutenberg_richter"])]
        for e in document["p_next"]
    ]  # fmt: skip
    rows += [
        [f"in {e['seconds'] / 86_400:g} days ({e['expected_events']:.3g} events expected)",
         _number(e["probability"]), _number(e["probability_gutenberg_richter"])]
        for e in document["p_time"]
    ]  # fmt: skip
    return Table("Chance of a record", ["", "order alone", "Gutenberg-Richter above M_max"], rows)


def _parts(document: Mapping[str, Any]) -> Table:
    rows = [
        [s["start"], s["reason"], s["n_events"], f"{s['m_max']:.2f}", s["n_forward"],
         s["n_backward"], _number(s["p_permutation"])]
        for s in document["segments"]
    ]  # fmt: skip
    head = ["from", "because", "events", "largest", "forward", "backward", "p"]
    return Table("Parts of the sequence", head, rows)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
