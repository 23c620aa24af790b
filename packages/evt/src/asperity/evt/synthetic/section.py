"""Report section of synthetic experiments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asperity.core.report import Section, Table, picture
from asperity.evt.synthetic.figure import synthetic_figure

__all__ = ["synthetic_section"]


def synthetic_section(document: Mapping[str, Any]) -> Section:
    """Show the law of x and the bias of the estimators on sequences of a known law."""
    known = [s for s in document["consistency"] if s["status"] == "ok"]
    distances = [s["ks"]["gev"] for s in known]
    lead = (
        f"Over {len(known)} kinds of sequences x keeps a distance of {min(distances):.3f} to "
        f"{max(distances):.3f} from the published law."
        if known
        else "No setting gave records enough."
    )
    caption = (
        "Distribution of the normalised magnitude at records of synthetic sequences, and the "
        "published laws. Whatever drives the times, magnitudes that keep their law give one curve "
        "for one number of events."
    )
    failed = [c["what"] for c in document["checks"] if not c["holds"]]
    return Section(
        "Synthetic sequences",
        lead,
        facts={
            "sequences of each": document["sequences"],
            "checks that hold": f"{len(document['checks']) - len(failed)} of "
            f"{len(document['checks'])}",
        },
        pictures=[picture(synthetic_figure(document), caption, caption)] if known else [],
        tables=[_settings(known), *(_bias(table) for table in document["bias"])],
        notes=[f"A check did not hold: {what}." for what in failed],
    )


def _settings(known: list[Mapping[str, Any]]) -> Table:
    rows = [
        [s["setting"], s["n_records"], f"{s['ks']['gev']:.3f}", f"{s['ks']['lognormal']:.3f}",
         f"{s['fixed_n']['ks']['gev']:.3f}",
         *(f"{q:.3f}" for q in s["quantiles"].values()),
         "-" if s["beyond_upper"] is None else f"{s['beyond_upper']:.3f}", s["fits"][0]["law"]]
        for s in known
    ]  # fmt: skip
    head = ["setting", "records", "KS, GEV", "KS, log-normal", "KS, GEV, at n", "5 %", "25 %",
            "50 %", "75 %", "95 %", "P(x > 1)", "lowest AIC"]  # fmt: skip
    return Table("The normalised magnitude at records", head, rows)


def _bias(table: Mapping[str, Any]) -> Table:
    rows = [
        [f"{e['estimator']}:{e['events']}:{e['size']}", e["index"], f"{e['mean']:.4f}",
         f"{e['se']:.4f}", "-" if e["exact"] is None else f"{e['exact']:.4f}", f"{e['sd']:.3f}",
         f"{e['median']:.3f}", f"{e['p_exceeded']:.3f}"]
        for e in table["estimators"]
    ]  # fmt: skip
    head = ["estimator", "index", "mean", "error", "exact", "sd", "median", "P(record above)"]
    return Table(f"Estimate minus largest magnitude: {table['setting']}", head, rows)
