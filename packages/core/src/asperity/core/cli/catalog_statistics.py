"""``asperity catalog bvalue|decluster|fractal|synth``: the statistics of a catalog."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asperity.core.cli.catalog import app
from asperity.core.command import Answer, FileArgument, Run, leaf

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FigureOption = Annotated[
    list[Path] | None,
    typer.Option("--figure", metavar="PATH", help="Figure to write, .png or .svg; repeatable."),
]
BinWidthOption = Annotated[
    float | None,
    typer.Option(
        "--bin-width",
        metavar="DM",
        help="Round magnitudes to multiples of it first; the source's own step when missing.",
    ),
]


def _check_figures(run: Run, figures: list[Path] | None) -> None:
    """Refuse before the work begins what could not be written after it."""
    from asperity.core.files import check_output

    for path in [*(figures or []), *([run.output] if run.output else [])]:
        check_output(path, force=run.force)


def _save_figures(run: Run, figures: list[Path] | None, draw: Callable[[], Figure]) -> None:
    if figures:
        from asperity.core.figures import save_figure

        drawn = draw()
        for path in figures:
            run.save(path, lambda temporary: save_figure(drawn, temporary))


@leaf(
    app,
    "bvalue",
    example="asperity catalog bvalue data:oklahoma-ogs --mc 3 --figure oklahoma-b.png",
    seed=True,
)
def bvalue(
    run: Run,
    file: FileArgument,
    mc: Annotated[float | None, typer.Option("--mc", help="Magnitude of completeness.")] = None,
    mc_method: Annotated[
        str | None,
        typer.Option("--mc-method", metavar="maxc|ks|b-stability", help="How to find Mc (maxc)."),
    ] = None,
    mc_correction: Annotated[
        float, typer.Option("--mc-correction", help="Added to Mc by maxc.")
    ] = 0.2,
    method: Annotated[
        str,
        typer.Option(
            "--method",
            metavar="aki-utsu|utsu|b-positive|b-more-positive",
            help="Estimator of b.",
        ),
    ] = "aki-utsu",
    bin_width: BinWidthOption = None,
    difference_threshold: Annotated[
        float | None,
        typer.Option(
            "--difference-threshold",
            help="Least difference of the positive methods; the bin width when missing.",
        ),
    ] = None,
    unbiased: Annotated[bool, typer.Option("--unbiased", help="Multiply b by (n - 1)/n.")] = False,
    bootstrap: Annotated[
        int,
        typer.Option("--bootstrap", metavar="N", min=0, help="Resamples for the error of b."),
    ] = 0,
    figure: FigureOption = None,
) -> Answer:
    """Estimate b of the Gutenberg-Richter law and the magnitude of completeness."""
    from asperity.core.statistics.results import bvalue_document

    _check_figures(run, figure)
    document = bvalue_document(
        run.read(file).catalog, name=file.removeprefix("data:"), mc=mc, mc_method=mc_method,
        mc_correction=mc_correction, method=method, bin_width=bin_width,
        difference_threshold=difference_threshold, unbiased=unbiased, n_bootstrap=bootstrap,
        seed=run.seed,
    )  # fmt: skip

    def draw() -> Figure:
        from asperity.core.figures import frequency_magnitude

        return frequency_magnitude(document)

    _save_figures(run, figure, draw)
    return Answer(document, _bvalue_text(document))


def _bvalue_text(document: dict[str, Any]) -> str:
    width = document["bin_width"]
    binned = f"bins of {width:g}" if width else "continuous magnitudes"
    interval = document["b_interval"]
    lines = [
        f"b      {document['b']:.3f} ± {document['b_sd']:.3f}  ({document['method']}, "
        f"{document['sd_method']})",
        f"a      {document['a']:.3f}",
        f"Mc     {document['mc']:g}  ({document['mc_method']})",
        f"n      {document['n']:,} of {document['n_events']:,} events, "
        f"mean magnitude {document['mean_magnitude']:.3f}",
        f"bins   {binned} ({document['bin_width_source']})",
    ]
    if interval is not None:
        lines.insert(1, f"95 %   {interval[0]:.3f} to {interval[1]:.3f}")
    if document["difference_threshold"] is not None:
        lines.append(
            f"from   {document['n_sample']:,} differences of at least "
            f"{document['difference_threshold']:g}"
        )
    lines += [f"note   {note}" for note in document["mc_notes"]]
    if document["missing_magnitudes"]:
        lines.append(f"note   {document['missing_magnitudes']} events have no magnitude")
    lines.append(f"status {document['status']}")
    return "\n".join(lines)
