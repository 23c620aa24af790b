"""``asperity evt synthetic``: the estimators on sequences whose law is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from asperity.core.command import Answer, FiguresOption, Run, leaf, plain
from asperity.evt.cli.common import app

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from asperity.evt.synthetic.settings import Process


@leaf(
    app,
    "synthetic",
    example="asperity evt synthetic --sequences 500 --events 100 --process poisson --process etas",
    seed=True,
)
def synthetic(
    run: Run,
    sequences: Annotated[
        int, typer.Option("--sequences", min=2, help="Sequences of each kind.")
    ] = 500,
    events: Annotated[
        list[int] | None,
        typer.Option("--events", min=20, help="Events in a sequence (100 and 1000); repeatable."),
    ] = None,
    b: Annotated[
        list[float] | None, typer.Option("--b", help="Slope of Gutenberg-Richter (1); repeatable.")
    ] = None,
    mmax: Annotated[
        float | None, typer.Option("--mmax", help="Cut of the magnitudes, above the smallest.")
    ] = None,
    process: Annotated[
        list[str] | None,
        typer.Option(
            "--process",
            metavar="poisson|etas|injection|drift",
            help="What drives the sequence (poisson); repeatable.",
        ),
    ] = None,
    upper: Annotated[
        str, typer.Option("--ue", metavar="ESTIMATOR:EVENTS:SIZE:INDEX", help="Estimator of M_UE.")
    ] = "upper_limit:all:magnitude:reversed",
    lower: Annotated[
        str, typer.Option("--le", metavar="ESTIMATOR:EVENTS:SIZE:INDEX", help="Estimator of M_LE.")
    ] = "jump_limited:all:potency:cooke",
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 3 when a mean is 4 errors off its theory.")
    ] = False,
    figure: FiguresOption = None,
) -> Answer:
    """Print the bias of the estimators, and how the normalised magnitude is distributed."""
    import math

    from asperity.core.errors import usage
    from asperity.evt.estimators import EstimatorName
    from asperity.evt.synthetic.results import synthetic_document
    from asperity.evt.synthetic.settings import Setting

    with usage("--ue"):
        ue = EstimatorName.parse(upper)
    with usage("--le"):
        le = EstimatorName.parse(lower)
    with usage():
        settings = [
            Setting(cast("Process", kind), n, slope, math.inf if mmax is None else mmax)
            for kind in process or ["poisson"]
            for slope in b or [1.0]
            for n in events or [100, 1000]
        ]
    with run.progress("settings", len(settings)) as advance:
        document = synthetic_document(
            settings, sequences, upper=ue, lower=le, seed=run.seed, advance=advance
        )

    def draw() -> Figure:
        from asperity.evt.synthetic.figure import synthetic_figure

        return synthetic_figure(plain(document))

    run.save_figures(figure, draw)
    failed = check and document["status"] != "ok"
    return Answer(document, _text(document), failed_check=failed)


def _text(document: dict[str, Any]) -> str:
    lines = []
    for table in document["bias"]:
        lines += [
            f"estimate minus largest magnitude, {document['sequences']} sequences: "
            f"{table['setting']}",
            f"{'':<32}{'index':<11}{'mean':>8}{'error':>8}{'exact':>8}{'sd':>7}{'median':>8}"
            f"{'P(above)':>9}",
        ]
        for e in table["estimators"]:
            exact = "-" if e["exact"] is None else f"{e['exact']:.4f}"
            lines.append(
                f"{e['estimator'] + ':' + e['events'] + ':' + e['size']:<32}{e['index']:<11}"
                f"{e['mean']:>8.4f}{e['se']:>8.4f}{exact:>8}{e['sd']:>7.3f}{e['median']:>8.3f}"
                f"{e['p_exceeded']:>9.3f}"
            )
        lines.append("")
    lines.append(
        f"{'normalised magnitude at records':<34}{'n':>6}{'KS GEV':>8}{'KS LN':>8}{'at n':>8}"
        f"{'5 %':>8}{'50 %':>8}{'95 %':>8}{'P(x>1)':>8}  lowest AIC"
    )
    for s in document["consistency"]:
        if s["status"] != "ok":
            lines.append(f"{s['setting']}: {s['status']}")
            continue
        q = s["quantiles"]
        beyond = s["beyond_upper"]
        # NaN is the only number that differs from itself.
        share = "-" if beyond != beyond else f"{beyond:.3f}"
        lines.append(
            f"{s['setting']:<34}{s['n_records']:>6}{s['ks']['gev']:>8.3f}{s['ks']['lognormal']:>8.3f}"
            f"{s['fixed_n']['ks']['gev']:>8.3f}"
            f"{q['0.05']:>8.3f}{q['0.5']:>8.3f}{q['0.95']:>8.3f}{share:>8}  {s['fits'][0]['law']}"
        )
    held = sum(c["holds"] for c in document["checks"])
    lines.append(f"{held} of {len(document['checks'])} means within 4 errors of theory")
    return "\n".join(lines)
