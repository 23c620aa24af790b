"""Report section of a calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from asperity.core.report import Section, Table, picture
from asperity.evt.calibration.figures import drawn_normalised, drawn_panels

__all__ = ["calibration_section"]

_CRITERIA = {
    "aic": "AIC", "ks": "KS", "ks_p": "p of KS", "anderson_darling": "A-D",
    "anderson_darling_p": "p of A-D",
}  # fmt: skip
_TITLES = {
    "n_sequences": "sequences", "n": "records", "above": "above M_UE", "ks_gev": "KS GEV",
    "ks_lognormal": "KS log-normal", "ks_critical": "KS critical", "fraction_over": "share over",
    "max_under": "most under", "max_over": "most over", "upper": "M_UE", "lower": "M_LE",
}  # fmt: skip
_GROUP = ("group", "n_sequences", "n", "median", "above", "ks_gev", "ks_lognormal", "ks_critical")
_MEASURES = ("r", "bias", "rms", "fraction_over", "max_under", "max_over")
_EVIDENCE = ("upper", "lower", "n", "invalid", "above", "ks_gev", "ks_lognormal", "ks_critical")


def calibration_section(document: Mapping[str, Any]) -> Section:
    """Laws of the normalised magnitude: fits, tests, groups, the eight estimators."""
    return Section(
        "Calibration",
        f"{document['n_forecasts']} records of {document['n_sequences_with_records']} sequences; "
        f"the best law by AIC is {document['best']}. A law that was given beforehand is off by "
        f"more than {document['ks_critical']:.3f} (KS) once in twenty.",
        facts={
            "sequences": document["n_sequences"],
            "records": document["n_forecasts"],
            "with M_UE above M_LE": document["n_valid"],
            "M_UE": document["upper"],
            "M_LE": document["lower"],
            "share above M_UE": document["above"],
        },
        pictures=[
            picture(
                drawn_normalised(document),
                "Normalised magnitudes of each group and pooled, with the published and the "
                "fitted laws.",
                "Histograms of the normalised magnitude with four laws.",
            ),
            picture(
                drawn_panels(document),
                "Each record against the eight estimates that were made just before it.",
                "Eight panels of observed against modelled magnitude.",
            ),
        ],
        tables=[
            _laws(document),
            Table(
                "The published laws in each group",
                _titles(_GROUP),
                _rows(document["groups"], _GROUP),
            ),
            Table(
                "Estimates less the record that followed",
                ["estimator", "index", *_titles(_MEASURES)],
                [
                    [f"{r['estimator']}:{r['events']}:{r['size']}", r["index"],
                     *(r[m] for m in _MEASURES)]
                    for r in document["comparison"]
                ],
            ),
            *_evidence(document["evidence"]),
        ],
    )  # fmt: skip


def _laws(document: Mapping[str, Any]) -> Table:
    rows = []
    for origin in ("fits", "published"):
        for fit in document[origin]:
            constants = ", ".join(f"{k} {v:.3f}" for k, v in fit["parameters"].items())
            left = fit.get("left_out") or {}
            rows.append(
                [fit["law"], "fitted" if origin == "fits" else origin, constants,
                 *(fit.get(c) for c in _CRITERIA), left.get("crps"), left.get("log_score")]
            )  # fmt: skip
    head = ["law", "constants", "values", *_CRITERIA.values(), "CRPS", "log score"]
    return Table("Laws; scores by those fitted without the sequence", head, rows)


def _evidence(evidence: Mapping[str, Any] | None) -> list[Table]:
    if evidence is None:
        return []
    rows = [["here", r["group"], *(r[c] for c in _EVIDENCE)] for r in evidence["rows"]]
    rows += [["quoted", q["group"], *(q.get(c) for c in _EVIDENCE)] for q in evidence["quoted"]]
    title = "The published laws under every reading; quoted rows were not made again"
    return [Table(title, ["source", "group", *_titles(_EVIDENCE)], rows)]


def _rows(entries: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[list[Any]]:
    return [[e[c] for c in columns] for e in entries]


def _titles(columns: Sequence[str]) -> list[str]:
    return [_TITLES.get(c, c) for c in columns]
