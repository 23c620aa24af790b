"""``asperity evt replay``: what would have been forecast, and how it scored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.command import Answer, FiguresOption, FileArgument, Run, leaf, name_of
from asperity.evt.cli.common import (
    ForecastOptions,
    app,
    configuration_of,
    read_sequence,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@leaf(
    app,
    "replay",
    example="asperity evt replay data:peace-river --mc 2 --threshold 5 --figure replay.png",
)
def replay(
    run: Run,
    file: FileArgument,
    options: ForecastOptions,
    figure: FiguresOption = None,
    axis: Annotated[
        Literal["auto", "time", "events"],
        typer.Option("--axis", help="What runs to the right."),
    ] = "auto",
    records_only: Annotated[
        bool,
        typer.Option(
            "--records-only", help="List the forecasts of records only; for very long sequences."
        ),
    ] = False,
) -> Answer:
    """Replay a sequence: what would have been forecast before each event, and how it scored."""
    from asperity.evt.results import make_replay, replay_document

    configuration = configuration_of(run, options)
    sequence = read_sequence(run, file, configuration.mc)
    # A person reads of records alone; the other forecasts are for documents and figures.
    unseen = not (run.json or run.output or figure)
    document = replay_document(
        sequence, make_replay(sequence, configuration), configuration,
        records_only=records_only or unseen,
    )  # fmt: skip
    document = {"name": name_of(file, sequence.catalog.attributes), **document}

    def draw() -> Figure:
        from asperity.evt.figures import replay_figure

        return replay_figure(document, axis)

    run.save_figures(figure, draw)
    return Answer(document, _replay_text(document))


def _replay_text(document: dict[str, Any]) -> str:
    from asperity.evt.mainshocks import mainshocks_text

    scores = document["scores"]
    lines = [
        f"{document['n_events']} events, {document['n_records']} records, Mc {document['mc']:g}; "
        f"{scores['n_records_scored']} records scored",
        f"{'time':<25}{'record':>7}{'M_LE':>7}{'M_UE':>7}{'median':>8}{'5-95 %':>15}{'F(obs)':>8}",
    ]
    for f in document["forecasts"]:
        if f["is_record"]:
            q = f["quantiles"]
            if f["status"] != "ok":
                lines.append(f"{f['time']!s:<25}{f['observed']:>7.2f}  no forecast: {f['status']}")
                continue
            interval = f"{q['0.05']:.2f} to {q['0.95']:.2f}"
            lines.append(
                f"{f['time']!s:<25}{f['observed']:>7.2f}{f['m_le']:>7.2f}{f['m_ue']:>7.2f}"
                f"{q['0.5']:>8.2f}{interval:>15}{f['pit']:>8.3f}"
            )
    if scores["baseline"] is not None:
        base = scores["baseline"]
        lines += [
            "",
            f"{'':<22}{'calibrated':>12}{'Gutenberg-Richter':>20}",
            *(
                f"{label:<22}{scores[key]:>12.3f}{base[key]:>20.3f}"
                for key, label in (
                    ("crps", "CRPS (lower better)"),
                    ("log_score", "log score (lower)"),
                    ("pit_ks", "KS distance of F"),
                    ("coverage_90", "in the 90 % interval"),
                    ("bias", "bias of the median"),
                )
            ),
        ]
    lines.append(f"status: {scores['status']}")
    lines += mainshocks_text(document)
    lines += [f"note: {flag}" for flag in document["flags"]]
    return "\n".join(lines)
