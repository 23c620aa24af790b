"""``asperity evt calibrate``: the law of the normalised magnitude, from many sequences."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from asperity.core.command import Answer, FiguresOption, Run, leaf, plain
from asperity.evt.cli.common import DatabaseOptions, FilesArgument, app, number, read_pairs


@leaf(
    app,
    "calibrate",
    example="asperity evt calibrate --registered --evidence --figure normalised.png",
    seed=True,
)
def calibrate(
    run: Run,
    database: DatabaseOptions,
    files: FilesArgument = None,
    bootstrap: Annotated[
        int, typer.Option("--bootstrap", min=0, help="Samples of the two bootstraps; 0 for none.")
    ] = 200,
    evidence: Annotated[
        bool,
        typer.Option("--evidence", help="Every reading of M_UE with every M_LE, published laws."),
    ] = False,
    figure: FiguresOption = None,
    panels: Annotated[
        list[Path] | None,
        typer.Option("--panels", metavar="PATH", help="Figure: records against eight estimates."),
    ] = None,
) -> Answer:
    """Fit and test the laws of the normalised magnitude on a database of sequences."""
    from asperity.evt.calibration.evidence import evidence as evidence_of
    from asperity.evt.calibration.evidence import evidence_document
    from asperity.evt.calibration.figures import drawn_normalised, drawn_panels
    from asperity.evt.calibration.results import calibration_document

    upper, lower = database.estimators()
    run.check_outputs([*(figure or ()), *(panels or ())])
    pairs = read_pairs(run, files, database)
    document = calibration_document(pairs, upper, lower, replicates=bootstrap, seed=run.seed)
    document["evidence"] = evidence_document(evidence_of(pairs)) if evidence else None
    written = run.save_figures(figure, lambda: drawn_normalised(plain(document)))
    written += run.save_figures(panels, lambda: drawn_panels(plain(document)))
    document["written"] = written
    return Answer(document, _text(document))


def _text(document: dict[str, Any]) -> str:
    lines = [
        f"{document['n_forecasts']} records of {document['n_sequences_with_records']} sequences "
        f"({document['n_sequences']} given); {document['n_valid']} have M_UE above M_LE",
        f"M_UE {document['upper']}, M_LE {document['lower']}",
        "",
        f"{'law':<11}{'parameters':<64}{'AIC':>7}{'KS':>7}{'p':>7}{'A2':>7}{'p':>7}"
        f"{'CRPS':>7}{'log':>7}",
    ]
    for f in document["fits"]:
        left = f["left_out"] or {"crps": None, "log_score": None}
        lines.append(
            f"{f['law']:<11}{_parameters(f):<64}{f['aic']:>7.1f}{f['ks']:>7.3f}"
            f"{number(f['ks_p'], 7)}{f['anderson_darling']:>7.2f}"
            f"{number(f['anderson_darling_p'], 7)}{number(left['crps'], 7)}"
            f"{number(left['log_score'], 7)}"
        )
    for f in document["published"]:
        lines.append(
            f"{f['law']:<11}{_parameters(f) + '  (published)':<64}{f['aic']:>7.1f}{f['ks']:>7.3f}"
            f"{'':>7}{f['anderson_darling']:>7.2f}"
        )
    lines += [
        "CRPS and log score are of each sequence by the law fitted to the others",
        f"best by AIC: {document['best']}; a law given beforehand is off by more than "
        f"{document['ks_critical']:.3f} (KS) once in twenty",
        "",
        f"{'group':<18}{'sequences':>10}{'records':>8}{'median x':>10}{'KS GEV':>8}{'KS LN':>7}",
    ]
    for g in document["groups"]:
        lines.append(
            f"{g['group']:<18}{g['n_sequences']:>10}{g['n']:>8}{number(g['median'], 10)}"
            f"{number(g['ks_gev'], 8)}{number(g['ks_lognormal'], 7)}"
        )
    lines += ["", f"{'estimator':<34}{'index':<11}{'r':>7}{'bias':>8}{'rms':>7}{'over':>7}"
              f"{'max under':>11}{'max over':>10}"]  # fmt: skip
    for r in document["comparison"]:
        name = f"{r['estimator']}:{r['events']}:{r['size']}"
        lines.append(
            f"{name:<34}{r['index']:<11}{number(r['r'], 7)}{number(r['bias'], 8)}"
            f"{number(r['rms'], 7)}{number(r['fraction_over'], 7)}"
            f"{number(r['max_under'], 11)}{number(r['max_over'], 10)}"
        )
    if document["evidence"] is not None:
        lines += ["", *_evidence_lines(document["evidence"])]
    return "\n".join(lines)


def _parameters(fit: dict[str, Any]) -> str:
    intervals = fit.get("intervals") or {}
    parts = []
    for key, value in fit["parameters"].items():
        low, high = intervals.get(key, (None, None))
        span = "" if low is None else f" [{low:.2f}, {high:.2f}]"
        parts.append(f"{key} {value:.3f}{span}")
    return "  ".join(parts)


def _evidence_lines(table: dict[str, Any]) -> list[str]:
    """Return the rows of all groups together; --json holds those of each group, too."""
    groups = {r["group"] for r in table["rows"]}
    shown = [r for r in table["rows"] if r["group"] == "pooled" or len(groups) == 1]
    lines = [
        "published laws under every reading, all groups",
        f"{'M_UE':<40}{'M_LE':<40}{'n':>5}{'invalid':>9}{'above':>7}{'KS GEV':>8}{'KS LN':>7}"
        f"{'5 %':>7}",
    ]
    for r in shown:
        lines.append(
            f"{r['upper']:<40}{r['lower']:<40}{r['n']:>5}{r['invalid']:>9.2f}{r['above']:>7.2f}"
            f"{number(r['ks_gev'], 8)}{number(r['ks_lognormal'], 7)}"
            f"{number(r['ks_critical'], 7)}"
        )
    lines.append("quoted from another program, catalogs that are not registered; not made again")
    for q in table["quoted"]:
        lines.append(
            f"{q['upper']:<40}{q['lower']:<40}{q['n']:>5}{q['invalid']:>9.2f}"
            f"{number(q['above'], 7)}{number(q['ks_gev'], 8)}{number(q['ks_lognormal'], 7)}"
            f"{'':>7}  {q['group']}"
        )
    return lines
