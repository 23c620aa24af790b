"""``asperity gnss map``: a strain field as a map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from asperity.core.command import Answer, FiguresOption, Run, leaf
from asperity.gnss.cli.common import (
    FaultsOption,
    TableOptions,
    app,
    read,
    read_faults_option,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: The two maps of Ma et al. 2024: a quantity under principal axes.
NAMED = {"shear": "max_shear_half", "east-west": "strain_ee"}


@leaf(
    app,
    "map",
    example="asperity gnss map strain.nc --named shear --events --figure shear.png",
)
def draw_map(
    run: Run,
    field: Annotated[
        Path, typer.Argument(metavar="FIELD.nc", help="Strain field that gnss strain wrote.")
    ],
    quantity: Annotated[
        str, typer.Option("--quantity", metavar="NAME", help="What is coloured.")
    ] = "max_shear_half",
    named: Annotated[
        Literal["shear", "east-west", "atlas"] | None,
        typer.Option(
            "--named",
            help="A published map, with principal axes; or all quantities side by side.",
        ),
    ] = None,
    axes: Annotated[bool, typer.Option("--axes", help="Draw principal axes.")] = False,
    events: Annotated[
        bool, typer.Option("--events", help="Mark the M >= 7 events of western China.")
    ] = False,
    units: Annotated[
        Literal["nanostrain", "1e-8"], typer.Option("--units", help="Of the legend.")
    ] = "nanostrain",
    stations: Annotated[
        str | None,
        typer.Option("--stations", metavar="FILE", help="Velocity table whose stations to mark."),
    ] = None,
    faults: FaultsOption = None,
    title: Annotated[str | None, typer.Option("--title", help="Instead of the quantity's.")] = None,
    figure: FiguresOption = None,
) -> Answer:
    """Draw one quantity of a strain field, with principal axes, faults and events."""
    from asperity.core.errors import UsageError
    from asperity.gnss.events import EVENTS
    from asperity.gnss.figures import strain_atlas, strain_map
    from asperity.gnss.strain_rate.field_results import summary_document
    from asperity.gnss.strain_rate.fields import read_field

    if not figure:
        raise UsageError("no figure named; pass --figure PATH.png")
    run.check_outputs(figure or ())
    run.inputs.append((str(field), field))
    dataset = read_field(field)
    traces = read_faults_option(run, faults)
    marked = read(run, stations, TableOptions()).coordinates if stations is not None else None
    shown = NAMED.get(named or "", quantity)

    def draw() -> Figure:
        if named == "atlas":
            return strain_atlas(dataset, unit=units, faults=traces)
        return strain_map(
            dataset, shown, axes=axes or named is not None, unit=units, faults=traces,
            stations=marked, events=EVENTS if events else (), title=title,
        )  # fmt: skip

    written = run.save_figures(figure, draw)
    document = {
        "quantity": "atlas" if named == "atlas" else shown,
        "written": written,
        "summary": summary_document(dataset),
    }
    return Answer(document, "\n".join(written))
