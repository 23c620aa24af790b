"""Strain series and their tests as documents and text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from asperity.gnss.positions.results import moment, number
from asperity.gnss.series.analysis import Plan, Significance
from asperity.gnss.series.anomaly import STATISTICS
from asperity.gnss.series.region import Displacements, Region
from asperity.gnss.series.strain import RegionSeries

__all__ = ["power_text", "series_document", "significance_document", "table_text"]

NOT_THE_PAPER = (
    "a baseline or a single station: offered for comparison, not a strain of the region; their "
    "noise is why the anomaly is not read from them"
)


def series_document(
    region: Region, displacements: Displacements, series: RegionSeries, plan: Plan, kind: str
) -> dict[str, Any]:
    """Return what a series is made of."""
    counts = series.counts[series.counts > 0]
    rates = zip(series.components, series.rate.tolist(), strict=True)
    return {
        "kind": kind,
        "note": NOT_THE_PAPER if kind != "strain" else None,
        "n_stations": len(region.series),
        "sites": list(region.sites),
        "left_out": list(region.left_out),
        "flags": list(region.flags),
        "event": moment(plan.event),
        "background": {"start": moment(plan.start), "windows": list(plan.windows)},
        "unit": series.unit,
        "rate": {name: number(value) for name, value in rates},
        "azimuth_e1": number(series.azimuth),
        "stations_of_a_day": {"least": int(counts.min()), "most": int(counts.max())},
        "days": int(np.isfinite(series.values[0]).sum()),
        "first_day": str(series.times[0].astype("datetime64[D]")),
        "last_day": str(series.times[-1].astype("datetime64[D]")),
    }


def significance_document(found: Significance, plan: Plan) -> dict[str, Any]:
    """Return the tests; the first component and the first window lead."""
    tests: dict[str, Any] = {
        test.component: {
            "noise": vars(test.noise),
            "windows": [{"window": window, **value} for window, value in test.windows.items()],
            "onset": dict(test.onset, time=_moment(test.onset["year"])),
        }
        for test in found.tests
    }
    lead = found.tests[0]
    window = plan.windows[0] if plan.windows[0] in lead.windows else next(iter(lead.windows))
    first = lead.windows[window]
    return {
        "component": lead.component,
        "window": window,
        "criterion": f"{100 * plan.threshold:g}% D_acc",
        "statistics": first["statistics"],
        "threshold": plan.threshold,
        "exceeds": first["exceeds"]["d_acc"],
        "exceeds_by": first["exceeds"],
        "false_alarm_rate": first["false_alarm_rate"],
        "p_value": found.p_value,
        "p_values": {**first["p"], "z": first["p_z"]},
        "minimum_detectable": first["minimum_detectable"]["share_of_background"],
        "draws": plan.draws,
        "tests": tests,
        "skipped": list(found.skipped),
        "status": "ok",
    }


def _moment(year: float | None) -> str | None:
    return None if year is None else moment(year)[:10]


def significance_text(document: Mapping[str, Any]) -> str:
    """Return tests for a person."""
    lines = [
        f"{document['n_stations']} stations, {document['days']} days to "
        f"{document['last_day']}; event {document['event'][:16]}",
        f"{'component':<12}{'years':>6}{'rate before':>13}{'within':>9}{'z':>7}{'p':>8}"
        f"{'D_slope':>9}{'D_acc':>8}{'D_win':>8}  {document['unit']}/yr",
    ]
    for name, test in document["tests"].items():
        for w in test["windows"]:
            d = w["statistics"]
            lines.append(
                f"{name:<12}{w['window']:>6g}{w['slope_before']:>13.1f}{w['slope_within']:>9.1f}"
                f"{w['z']:>7.2f}{w['p_z']:>8.4f}"
                + "".join(f"{d[k]:>{n}.2f}" for k, n in zip(STATISTICS, (9, 8, 8), strict=True))
            )
    least = document["minimum_detectable"]
    rates = document["false_alarm_rate"]
    verdict = "passed" if document["exceeds"] else "not passed"
    lines += [
        f"all windows and components together: p {document['p_value']:.4f}",
        f"{document['criterion']}: {verdict}; noise alone passes "
        + ", ".join(f"{k} {100 * rates[k]:.0f} %" for k in STATISTICS),
        f"least change found in 80 of 100 cases: {100 * least:.0f} % of the background rate"
        if least is not None else "the background has no rate to compare with",
    ]  # fmt: skip
    lines += [f"note: {flag}" for flag in document["flags"]]
    if document["note"]:
        lines.append(f"note: {document['note']}")
    return "\n".join(lines)


def table_text(rows: list[dict[str, Any]], threshold: float) -> str:
    """Return the table of false alarms for a person."""
    head = "".join(f"{name:>16}" for name in STATISTICS)
    lines = [
        f"{'share of draws with |D| above ' + format(threshold, 'g'):<56}{head}{'slope sd':>10}"
    ]
    for row in rows:
        cells = "".join(
            f"{row['rates'][name]:.3f} ± {row['errors'][name]:.3f}".rjust(16) for name in STATISTICS
        )
        lines.append(f"{row['case']:<56}{cells}{row['slope_sd']:>10.1f}")
    return "\n".join(lines)


def power_text(document: Mapping[str, Any]) -> str:
    """Return how often a slowing is found, for a person."""
    lines = [f"{'slowing':>8}{'found':>8}{'median p':>10}" + "".join(f"{k:>9}" for k in STATISTICS)]
    for row in document["rows"]:
        lines.append(
            f"{100 * row['share']:>7.0f}%{row['detected']:>8.3f}{row['median_p']:>10.4f}"
            + "".join(f"{row[k]:>9.3f}" for k in STATISTICS)
        )
    lines.append(document["sentence"])
    return "\n".join(lines)
