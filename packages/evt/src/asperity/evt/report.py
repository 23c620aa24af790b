"""Report sections of record-magnitude forecasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from asperity.core.report import Picture, Section, Table, picture
from asperity.evt.figures import replay_figure
from asperity.evt.forecast_figure import forecast_figure
from asperity.evt.mainshocks import mainshocks_text
from asperity.evt.volumes import volume_text

__all__ = ["forecast_section", "replay_section"]

_SCORES = (
    ("crps", "CRPS, magnitudes (lower is better)"),
    ("log_score", "log score, nats (lower is better)"),
    ("pit_ks", "distance of F(observed) from uniform"),
    ("coverage_50", "share in the 50 % interval"),
    ("coverage_90", "share in the 90 % interval"),
    ("bias", "median forecast minus observed"),
)
_CONDITIONAL = (
    "A forecast says how large the next record will be once it comes, not when it comes: it holds "
    "no rate."
)


def replay_section(document: Mapping[str, Any]) -> Section:
    """Replay of a sequence: forecasts in time, each record, scores beside the baseline."""
    scores = document["scores"]
    scored = [f for f in document["forecasts"] if f["is_record"]]
    figure = replay_figure(document)
    alternative = (
        f"Magnitudes of {document['name']} with the forecast of the next record before each event; "
        f"{len(scored)} records came while there was a forecast."
    )
    notes = [_CONDITIONAL]
    if scores["status"] != "ok":
        notes.append(f"Scores: {scores['status']}.")
    if document["missing_magnitudes"]:
        notes.append(f"{document['missing_magnitudes']} events without a magnitude were left out.")
    return Section(
        f"Record magnitudes: {document['name']}",
        _lead(document),
        facts={
            "events at Mc or above": document["n_events"],
            "Mc": float(document["mc"]),
            "records": document["n_records"],
            "records scored": scores["n_records_scored"],
            "CRPS": scores["crps"],
            "CRPS, Gutenberg-Richter": scores["baseline"] and scores["baseline"]["crps"],
        },
        pictures=[
            picture(
                figure,
                "Events, records (stars), and before each event the forecast of the next record: "
                "its median, 50 % and 90 % bands, and the limits that it is scaled by. "
                "Nothing after an event enters its forecast.",
                alternative,
            )
        ],
        tables=[_records_table(scored), *_scores_tables(scores)],
        notes=notes,
    )


def _lead(document: Mapping[str, Any]) -> str:
    scores = document["scores"]
    of_mainshocks = " ".join(mainshocks_text(document))
    if not scores["n_records_scored"]:
        return f"No record could be scored: {scores['status']}. {of_mainshocks}".strip()
    skill = scores["crps_skill"]
    verdict = "better than" if skill > 0 else "worse than"
    told = (
        f"Over {scores['n_records_scored']} records the calibrated forecast was, by CRPS, "
        f"{abs(100 * skill):.0f} % {verdict} a plain Gutenberg-Richter excess over the largest "
        "magnitude so far."
        + ("" if scores["status"] == "ok" else " With so few records that is no evidence.")
    )
    return f"{told} {of_mainshocks}".strip()


def _records_table(scored: list[Mapping[str, Any]]) -> Table:
    rows = []
    for f in scored:
        q = f["quantiles"]
        span = "-" if q["0.05"] is None else f"{q['0.05']:.2f} to {q['0.95']:.2f}"
        values = [f["m_le"], f["m_ue"], q["0.5"]]
        cells = ["-" if v is None else f"{v:.2f}" for v in values]
        pit = "-" if f["pit"] is None else f"{f['pit']:.3f}"
        rows.append([f["time"], f"{f['observed']:.2f}", *cells, span, pit])
    head = ["time", "record", "M_LE", "M_UE", "median", "5 to 95 %", "F(observed)"]
    return Table("Records, and what was forecast just before", head, rows)


def _scores_tables(scores: Mapping[str, Any]) -> list[Table]:
    if scores["baseline"] is None:
        return []
    rows = [
        [label, f"{scores[key]:.3f}", f"{scores['baseline'][key]:.3f}"] for key, label in _SCORES
    ]
    return [Table("Scores over the records", ["score", "calibrated", "Gutenberg-Richter"], rows)]


def forecast_section(document: Mapping[str, Any]) -> Section:
    """Forecast of the next record: quantiles and exceedance beside the baseline."""
    tables = []
    baseline = document["baseline"]
    if document["status"] == "ok":
        rows = [
            [f"{100 * float(p):g} % below", f"{m:.2f}", _two(baseline["quantiles"][p])]
            for p, m in document["quantiles"].items()
        ]
        tables.append(
            Table("Magnitude of the next record", ["", "calibrated", "Gutenberg-Richter"], rows)
        )
    if document["status"] == "ok" and document["exceedance"]:
        pairs = zip(document["exceedance"], baseline["exceedance"], strict=True)
        rows = [[f"M > {a['magnitude']:g}", a["probability"], b["probability"]] for a, b in pairs]
        tables.append(
            Table(
                "Probability that the next record exceeds a threshold",
                ["", "calibrated", "Gutenberg-Richter"],
                rows,
            )
        )
    law = document["law"]
    name = f": {document['name']}" if "name" in document else ""
    tables += [*_robust_tables(document), *_plan_tables(document)]
    return Section(
        f"Forecast of the next record{name}",
        f"{law['name']}, {law['profile']} constants, "
        + ("given a record." if document["conditioned"] else "not conditioned on a record."),
        facts={
            "events": document["n_events"],
            "records": document["n_records"],
            "largest": f"{document['m_max']:.2f}",
            "M_LE": _two(document["m_le"]),
            "M_UE": _two(document["m_ue"]),
        },
        tables=tables,
        pictures=_forecast_pictures(document),
        notes=[
            _CONDITIONAL,
            *([document["status"]] if document["status"] != "ok" else []),
            *document.get("flags", []),
            *([document["plan"]["note"]] if "plan" in document else []),
        ],
    )


def _forecast_pictures(document: Mapping[str, Any]) -> list[Picture]:
    if "name" not in document or not ("robust" in document or "plan" in document):
        return []
    caption = "Quantiles of the next record, and how far they move with what nobody knows."
    if "plan" in document:
        caption += (
            " Below, the chance that an event exceeds a magnitude under the plan, half of it, and "
            "shut-in now."
        )
    return [picture(forecast_figure(document), caption, caption)]


def _robust_tables(document: Mapping[str, Any]) -> list[Table]:
    if "robust" not in document:
        return []
    labels = {
        "mc": "Mc moved by 0.3 either way",
        "index": "readings of the index",
        "magnitude": "errors of the magnitudes",
    }
    robust = document["robust"]
    rows = [
        [label, *(_span(robust[key]["quantiles"][q]) for q in ("0.05", "0.5", "0.95")),
         robust[key]["status"]]
        for key, label in labels.items()
    ]  # fmt: skip
    head = ["varied", "5 % below", "50 % below", "95 % below", "status"]
    return [Table("How far the forecast moves", head, rows)]


def _plan_tables(document: Mapping[str, Any]) -> list[Table]:
    if "plan" not in document:
        return []
    models = ("seismogenic-index", "van-der-elst", "mcgarr", "galis", "seismic-efficiency",
              "calibrated")  # fmt: skip
    rows = [
        [scenario["name"], entry["until"], volume_text(entry["volume"]),
         f"{entry['expected_events']:.1f}", f"{chance['magnitude']:g}",
         *("-" if chance[model] is None else f"{chance[model]:.3f}" for model in models)]
        for scenario in document["plan"]["scenarios"]
        for entry in scenario["before"]
        for chance in entry["exceedance"]
    ]  # fmt: skip
    head = ["scenario", "until", "m3", "events", "M >", *models]
    return [Table("Probability that an event exceeds a magnitude", head, rows)]


def _span(pair: Sequence[float | None]) -> str:
    low, high = pair
    return "-" if low is None or high is None else f"{low:.2f} to {high:.2f}"


def _two(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
