"""Report sections of velocities from positions and of departures before an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from asperity.core.report import Section, Table, picture
from asperity.gnss.positions.results import with_sigmas
from asperity.gnss.series.anomaly import STATISTICS

__all__ = ["anomaly_section", "false_alarms_section", "power_section", "velocity_section"]

MOST_ROWS = 40
_RULE = (
    "The 18 % rule (Ma et al. 2024) does not say of what: the three readings stand side by side."
)


def velocity_section(document: Mapping[str, Any]) -> Section:
    """Velocities of stations, their steps, and why some stations have none."""
    stations = document["stations"]
    rows = [
        [s["site"], *with_sigmas(s, ("ve", "vn", "vu"), 2), s["span"], s["status"]]
        for s in stations
    ]
    steps = [
        [s["site"], o["time"][:16], o["label"] or o["kind"],
         *with_sigmas(o, ("east", "north", "up"), 1)]
        for s in stations for o in s["offsets"]
    ]  # fmt: skip
    head = ["station", "east, mm/yr", "north, mm/yr", "up, mm/yr", "years", "status"]
    tables = [Table("Velocities", head, rows[:MOST_ROWS])]
    if steps:
        head = ["station", "time (UTC)", "what", "east, mm", "north, mm", "up, mm"]
        tables.append(Table("Steps", head, steps[:MOST_ROWS]))
    noise = document["noise_model"]
    notes = [
        "Sigmas are those of white noise, too small by a factor of 3 to 10."
        if noise in ("none", "white") and document["method"] != "midas"
        else "Sigmas allow for noise that is correlated in time.",
        *sorted({flag for s in stations for flag in s["flags"]})[:5],
    ]
    return Section(
        "Velocities from positions",
        f"{document['n_velocities']} of {document['n_stations']} stations have a velocity, by "
        f"{document['method']} under {noise} noise.",
        facts={"stations": document["n_stations"], "velocities": document["n_velocities"]},
        tables=tables,
        notes=notes,
    )


def anomaly_section(document: Mapping[str, Any]) -> Section:
    """Departure of a region before an event with its p, or the score of alarms on a catalog."""
    if "score" in document:
        from asperity.gnss.criteria.time_results import alarms_section

        return alarms_section(document)
    rows = [
        [name, w["window"], w["slope_before"], w["slope_within"], f"{w['z']:.2f}",
         f"{w['p_z']:.4f}", *(_with_chance(w, k) for k in STATISTICS)]
        for name, test in document["tests"].items() for w in test["windows"]
    ]  # fmt: skip
    head = ["component", "window, years", f"rate before, {document['unit']}/yr", "within", "z", "p"]
    head += [f"{name} (noise passes)" for name in STATISTICS]
    p, least = document["p_value"], document["minimum_detectable"]
    verdict = (
        f"departs from its background beyond what noise explains (p = {p:.2g}, all choices counted)"
        if p < 0.05
        else f"shows nothing that noise does not give as well (p = {p:.2g}, all choices counted)"
    )
    detectable = (
        f" The least change that could be seen is {100 * least:.0f} % of the background rate"
        + (": 18 % is not detectable here." if least > 0.18 else ".")
        if least is not None
        else ""
    )
    return Section(
        f"Strain before {document['event'][:10]}",
        f"The region of {document['n_stations']} stations {verdict}.{detectable}",
        facts={
            "stations": document["n_stations"],
            "p, all choices": p,
            "rule passed": "yes" if document["exceeds"] else "no",
        },
        tables=[Table("Windows before the event", head, rows)],
        notes=[_RULE, *document["flags"], *([document["note"]] if document["note"] else [])],
    )


def _with_chance(window: Mapping[str, Any], name: str) -> str:
    """Return a statistic and how often noise passes its threshold."""
    chance = 100.0 * window["false_alarm_rate"][name]
    return f"{window['statistics'][name]:.2f} ({chance:.0f} %)"


def power_section(document: Mapping[str, Any]) -> Section:
    """How often a slowing is found, and the least that is."""
    from asperity.gnss.figures.series import power_figure

    rows = document["rows"]
    table = [[f"{100 * r['share']:g} %", r["detected"], r["median_p"],
              *(r[k] for k in STATISTICS)] for r in rows]  # fmt: skip
    ordered = sorted(rows, key=lambda r: r["share"])
    drawn = power_figure(
        np.array([r["share"] for r in ordered]), np.array([r["detected"] for r in ordered]),
        document["level"], f"{document['rate']:g} nanostrain/yr", document["minimum_share"],
    )  # fmt: skip
    text = document["sentence"]
    return Section(
        "What slowing can be seen before an event",
        f"{text[0].upper()}{text[1:]}.",
        facts={"false-alarm rate": document["level"], "least share": document["minimum_share"]},
        tables=[Table("Slowing", ["slowing", "found", "median p", *STATISTICS], table)],
        pictures=[picture(drawn, "Share of draws in which the slowing is found.",
                          "Rate of detection against the share of slowing.")],
    )  # fmt: skip


def false_alarms_section(document: Mapping[str, Any]) -> Section:
    """How often noise alone passes the threshold."""
    cases = document["cases"]
    rows = [
        [c["case"], *(f"{c['rates'][k]:.3f} ± {c['errors'][k]:.3f}" for k in STATISTICS)]
        for c in cases
    ]
    worst = max(cases, key=lambda c: c["rates"]["d_slope"])
    return Section(
        "What noise alone does to the rule",
        f"Noise about a steady rate passes {100 * document['threshold']:g} % of the rate in up to "
        f"{100 * worst['rates']['d_slope']:.0f} of 100 cases ({worst['case']}); a departure by "
        "itself is no evidence.",
        facts={"draws": document["draws"]},
        tables=[Table("Share of draws above the threshold", ["case", *STATISTICS], rows)],
        notes=[_RULE],
    )
