"""Sections of the report on the statistics of a catalog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asperity.core.figures.statistics import frequency_magnitude, with_error
from asperity.core.report.page import Section, Table, picture

__all__ = ["bvalue_section"]

_MC = {
    "maxc": "maximum curvature",
    "ks": "Kolmogorov-Smirnov test",
    "b-stability": "stability of b",
    "given": "given",
}


def bvalue_section(document: Mapping[str, Any]) -> Section:
    """Completeness and b-value of a catalog, with its frequency-magnitude distribution."""
    name = document.get("name") or "a catalog"
    slope = with_error(document["b"], document["b_sd"])
    width = document["bin_width"]
    rows = [
        ["b", slope],
        ["error of b", document["sd_method"]],
        ["95 % interval", _interval(document["b_interval"])],
        ["a", document["a"]],
        ["estimator", document["method"]],
        ["Mc", f"{document['mc']:g} ({_MC.get(document['mc_method'], document['mc_method'])})"],
        ["bin width", f"{width:g}" if width else "continuous"],
        ["mean magnitude", document["mean_magnitude"]],
    ]
    if document["difference_threshold"] is not None:
        rows.append(["differences used", document["n_sample"]])
    notes = [] if document["status"] == "ok" else [str(document["status"])]
    notes += [str(note) for note in document["mc_notes"]]
    if document["missing_magnitudes"]:
        notes.append(f"{document['missing_magnitudes']:,} events have no magnitude.")
    drawn = picture(
        frequency_magnitude(document),
        "Events in bins (triangles) and at each magnitude and above (circles), with the "
        "Gutenberg-Richter law above Mc. Where the circles leave the band the law does not hold.",
        f"Frequency-magnitude distribution of {name}: b {slope} above Mc {document['mc']:g}",
    )
    return Section(
        f"b-value of {name}",
        f"Above Mc {document['mc']:g} the number of events falls tenfold in "
        f"{1.0 / document['b']:.2f} magnitudes: b = {slope}, from {document['n']:,} of "
        f"{document['n_events']:,} events.",
        {"b": document["b"], "Mc": document["mc"], "events above Mc": document["n"]},
        [Table("Estimate", ["quantity", "value"], rows)],
        [drawn],
        notes,
    )


def _interval(interval: Any) -> str | None:
    return None if interval is None else f"{interval[0]:.3f} to {interval[1]:.3f}"
