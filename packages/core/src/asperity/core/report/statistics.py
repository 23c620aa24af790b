"""Sections of the report on the statistics of a catalog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asperity.core.figures.comparison import comparison_figure
from asperity.core.figures.statistics import frequency_magnitude, with_error
from asperity.core.report.page import Section, Table, picture

__all__ = ["bvalue_section", "comparison_section"]

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


def comparison_section(document: Mapping[str, Any]) -> Section:
    """Catalogs of any scale on one axis: magnitude-frequency, records, dimension."""
    entries = document["catalogs"]
    low = min(e["magnitude_min"] for e in entries)
    high = max(e["magnitude_max"] for e in entries)
    outside = [e for e in entries if not _usual(e["records"])]
    rows = [
        [
            e["name"], f"{e['mc']:g}", e["n"], with_error(e["b"], e["b_sd"]),
            "{:.2f} to {:.2f}".format(*e["b_interval"]), e["records"]["n_records"],
            f"{e['records']['expected']:.1f}", "{} to {}".format(*e["records"]["usual"]),
            _of_dimension(e["dimension"]),
        ]
        for e in entries
    ]  # fmt: skip
    notes = [
        "The intervals of b and the p-values take the events for independent; aftershocks and "
        "swarms are not, so that intervals are too narrow and p too small.",
        "Magnitudes are of several kinds and of sources that no instrument records alike: the "
        "axis is common, the calibration is not.",
    ]
    found = {e["name"]: _MC[e["mc_method"]] for e in entries if e["mc_method"] != "given"}
    if found:
        told = ", ".join(f"{name} ({how})" for name, how in found.items())
        notes.append(f"Mc was found from the magnitudes of {told}.")
    planar = [e["name"] for e in entries if e["dimension"]["distance"] == "epicentral"]
    if planar:
        notes.append(
            f"D2, the correlation dimension, is of epicentres for {', '.join(planar)}, and of "
            "hypocentres for the others: at most 2, and at most 3."
        )
    tied = [e["name"] for e in entries if e["bin_width"]]
    if tied:
        notes.append(
            f"Magnitudes of {', '.join(tied)} come in steps: ties are no records, so that fewer "
            "are counted than of continuous magnitudes."
        )
    notes += [f"{e['name']}: {e['status']}." for e in entries if e["status"] != "ok"]
    pairs = [
        [p["first"], p["second"], f"{p['difference']:+.2f}", f"{p['p_adjusted']:.2g}"]
        for p in document["pairs"]
    ]
    head = ["catalog", "Mc", "events", "b", "95 % of b", "records", "expected", "usual", "D2"]
    drawn = picture(
        comparison_figure(document),
        "Above, how many times more or fewer events reach a magnitude than reach Mc, with the law "
        "above Mc and the 95 % band of its b. Below, records against events; independent draws "
        "stay inside the shade 95 times of 100 at any one number of events.",
        f"Magnitude-frequency distributions and record counts of {len(entries)} catalogs, "
        f"magnitudes {low:.1f} to {high:.1f}.",
    )
    return Section(
        "Laboratory to field on one axis" if low < -4.0 < high - 3.0 else "Catalogs on one axis",
        f"Magnitudes from {low:.1f} to {high:.1f}; b from {min(e['b'] for e in entries):.2f} to "
        f"{max(e['b'] for e in entries):.2f}. " + _records_sentence(outside, len(entries)),
        tables=[
            Table("Catalogs", head, rows),
            *([Table("Do they have one b? (Utsu 1966)", ["catalog", "catalog", "difference of b",
                     "p, adjusted"], pairs)] if pairs else []),
        ],
        pictures=[drawn],
        notes=notes,
    )  # fmt: skip


def _usual(records: Mapping[str, Any]) -> bool:
    low, high = records["usual"]
    return bool(low <= records["n_records"] <= high)


def _records_sentence(outside: list[Any], total: int) -> str:
    if not outside:
        return f"The number of records of all {total} is one that independent draws give."
    told = ", ".join(
        f"{e['name']} ({e['records']['n_records']}, not "
        + "{} to {})".format(*e["records"]["usual"])
        for e in outside
    )
    return f"Other numbers of records than independent draws usually give: {told}."


def _of_dimension(found: Mapping[str, Any]) -> str | None:
    if found["dimension"] is None:
        return None
    return f"{found['dimension']:.2f} ± {found['sd']:.2f}"
