"""``asperity gnss combine``: several velocity fields into one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from asperity.core.command import Answer, FiguresOption, Run, distinct, leaf, name_of
from asperity.core.completion import complete_file
from asperity.gnss.cli.common import (
    DistanceOption,
    FaultsOption,
    NamesOption,
    TableOptions,
    TranslationOption,
    app,
    read,
    read_faults_option,
    save_network,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@leaf(
    app,
    "combine",
    example="asperity gnss combine a.psvelo b.csv -o combined.csv",
    output="Combined velocity table, .csv or .psvelo.",
)
def combine(
    run: Run,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            autocompletion=complete_file,
            help="Velocity tables; the first gives the frame.",
        ),
    ],
    table: TableOptions,
    distance_km: DistanceOption = 1.0,
    translation: TranslationOption = False,
    scale: Annotated[
        bool, typer.Option("--scale", help="Estimate a scale, too; needs vertical velocities.")
    ] = False,
    rescale: Annotated[
        bool, typer.Option("--rescale/--no-rescale", help="Scale sigmas by variance factors.")
    ] = True,
    frame_error: Annotated[
        bool,
        typer.Option(
            "--frame-error", help="Add the error of a field's motion to the sigmas of its stations."
        ),
    ] = False,
    figure: FiguresOption = None,
    names: NamesOption = False,
    faults: FaultsOption = None,
) -> Answer:
    """Combine velocity fields into one by the stations that they share."""
    from asperity.gnss.velocities.combine import combine as combined_of
    from asperity.gnss.velocities.motion import PARAMETERS
    from asperity.gnss.velocities.results import combine_document

    run.check_outputs(figure or ())
    traces = read_faults_option(run, faults)
    networks = [read(run, file, table) for file in files]
    labels = distinct([name_of(file) for file in files])
    parameters = PARAMETERS[: 6 if translation or scale else 3] + (("scale",) if scale else ())
    combined = combined_of(
        networks, names=labels, distance=distance_km, parameters=parameters, rescale=rescale,
        frame_error=frame_error,
    )  # fmt: skip
    document = combine_document(combined, labels)

    def draw() -> Figure:
        from asperity.gnss.figures import velocity_map

        return velocity_map(combined.network, names=names, faults=traces)

    document["written"] = run.save_figures(figure, draw)
    if run.output is not None:
        document["written"] += save_network(run, combined.network, run.output)
    return Answer(document, _combine_text(document))


def _combine_text(document: dict[str, Any]) -> str:
    lines = [
        f"{document['n_sites']} sites in the frame {document['frame'] or 'of the first field'}; "
        f"{document['n_merged']} of several stations"
    ]
    for rotation in document["rotations"]:
        pole = rotation["pole"]
        lines.append(
            f"{rotation['field']}: {rotation['n_used']} common stations, pole "
            f"{pole['latitude']:.2f} {pole['longitude']:.2f}, {pole['rate_deg_per_myr']:.4f} "
            f"degrees/Myr, reduced chi2 {rotation['chi2_reduced']:.2f}, rms {rotation['rms']:.2f} "
            "mm/yr"
        )
    factors = document["variance_factors"].items()
    lines.append("variance factors: " + ", ".join(f"{k} {v:.2f}" for k, v in factors))
    lines.append(f"{len(document['disagreements'])} stations disagree, the first field is kept")
    lines += [
        f"  {d['site']:<12} {d['d_east']:+.1f} east, {d['d_north']:+.1f} north mm/yr in "
        f"{d['field']}, {d['z']:.1f} sigma"
        for d in document["disagreements"][:12]
    ]
    if document["status"] != "ok":
        lines.append(f"note: {document['status']}")
    return "\n".join(lines)
