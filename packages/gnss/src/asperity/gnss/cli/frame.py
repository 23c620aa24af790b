"""``asperity gnss frame``: velocities relative to a block, or in a published frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.command import Answer, FiguresOption, RegionOption, Run, leaf, name_of
from asperity.gnss.cli.common import (
    FaultsOption,
    NamesOption,
    NetworkArgument,
    TableOptions,
    app,
    read_faults_option,
    read_result,
    rows_inside,
    save_network,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@leaf(
    app,
    "frame",
    example="asperity gnss frame data:china-wang-shen-2020 --block south-china -o south-china.csv",
    output="Velocity table in the new frame, .csv or .psvelo.",
)
def frame(
    run: Run,
    file: NetworkArgument,
    table: TableOptions,
    block: Annotated[
        str | None,
        typer.Option(
            "--block",
            metavar="BLOCK",
            help="south-china, WEST/EAST/SOUTH/NORTH, a file of polygons or of names, or names "
            "joined by commas: its stations stand still in the new frame.",
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="FRAME", help="Published frame or plate: ITRF2020, eurasia."),
    ] = None,
    model: Annotated[
        Literal["ITRF2008", "ITRF2014", "ITRF2020"] | None,
        typer.Option("--model", help="Plate model of --to."),
    ] = None,
    keep_sigmas: Annotated[
        bool,
        typer.Option(
            "--keep-sigmas",
            help="Leave the error of the rotation out of the sigmas: for strain rates.",
        ),
    ] = False,
    region: RegionOption = None,
    figure: FiguresOption = None,
    names: NamesOption = False,
    faults: FaultsOption = None,
) -> Answer:
    """Bring velocities into the frame of a block, or of a published plate or frame."""
    from asperity.core.errors import UsageError
    from asperity.gnss.velocities.blocks import choose_block
    from asperity.gnss.velocities.plates import change_frame, frame_motion
    from asperity.gnss.velocities.results import block_document, shift_document, velocities
    from asperity.gnss.velocities.rotation import fit_block

    if (block is None) == (to is None):
        raise UsageError(
            "give --block BLOCK to estimate the rotation of a block, or --to FRAME for a "
            "published one; one of them"
        )
    run.check_outputs(figure or ())
    traces = read_faults_option(run, faults)
    result = read_result(run, file, table)
    network = result.network
    document: dict[str, Any] = {"name": name_of(file)}
    if block is not None:
        name, members = choose_block(network, block)
        fitted = fit_block(network, members, name, propagate=not keep_sigmas)
        moved, marked = fitted.network, fitted.network.select(fitted.fit.used)
        document |= block_document(network, name, fitted)
    else:
        moved, marked = change_frame(network, str(to), model=model), network.select([])
        motion = frame_motion(network.frame, str(to), model)
        document |= shift_document(network, moved, motion)

    moved = moved.select(rows_inside(moved, region, file))
    document["velocities"] = velocities(moved)

    def draw() -> Figure:
        from asperity.gnss.figures import velocity_map

        return velocity_map(moved, names=names, faults=traces, marked=marked)

    document["written"] = run.save_figures(figure, draw)
    if run.output is not None:
        document["written"] += save_network(run, moved, run.output, result.rejections)
    return Answer(document, frame_text(document))


def frame_text(document: dict[str, Any]) -> str:
    """Return the rotation and what its stations say of it, for a person."""
    pole = document["pole"]
    lines = [f"{document['from'] or 'the frame of the data'} to {document['to']}"]
    if pole["rate_deg_per_myr"] > 0.0:
        sd = (
            f" (sd {pole['latitude_sd']:.2f}, {pole['longitude_sd']:.2f} degrees, "
            f"{pole['rate_sd']:.5f})"
            if document["block"] is not None
            else ""
        )
        lines.append(
            f"pole {_place(pole['latitude'], pole['longitude'])}, "
            f"{pole['rate_deg_per_myr']:.4f} degrees/Myr{sd}"
        )
    if document["block"] is None:
        lines.append(document["status"])
        return "\n".join(lines)
    rigidity = document["rigidity"]
    strain = rigidity["strain"]
    lines += [
        f"{document['n_used']} of {document['n_candidates']} stations over "
        f"{document['extent_km']:.0f} km, reduced chi2 {document['chi2_reduced']:.2f}, rms "
        f"{document['rms']:.2f} mm/yr, condition {document['condition']:.1f}",
        f"rigid? F {rigidity['f']:.2f}, p {rigidity['p']:.2g}; strain "
        + ", ".join(f"{k} {strain[k]:.2f} +- {strain[f'{k}_sd']:.2f}" for k in ("ee", "nn", "en"))
        + " nanostrain/yr",
    ]
    lines += [
        f"  left out {r['site']:<12} {r['residual_east']:+.1f} east, {r['residual_north']:+.1f} "
        f"north mm/yr, {r['distance']:.1f} sigma"
        for r in document["rejected"]
    ]
    return "\n".join(lines)


def _place(latitude: float, longitude: float) -> str:
    north = "N" if latitude >= 0 else "S"
    east = "E" if longitude >= 0 else "W"
    return f"{abs(latitude):.2f}{north} {abs(longitude):.2f}{east}"
