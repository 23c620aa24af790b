"""What the commands of ``asperity gnss`` share: their group, reading, screening, writing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.command import RegionOption, Run, group
from asperity.core.completion import complete_file

if TYPE_CHECKING:
    from asperity.core.geometry import Faults
    from asperity.gnss.velocities.formats import NetworkOptions, NetworkResult, Rejection
    from asperity.gnss.velocities.network import Network
    from asperity.gnss.velocities.screening import Screened

app = group("gnss", "GNSS velocities: frames, comparison, strain, deformation criteria.")

NetworkArgument = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        autocompletion=complete_file,
        help="Velocity table, - for standard input, or data:NAME.",
    ),
]
NamesOption = Annotated[bool, typer.Option("--names", help="Write the names of the stations.")]
FaultsOption = Annotated[
    str | None,
    typer.Option(
        "--faults", metavar="PATH", help="Fault traces on the figure, GeoJSON, GMT or data:NAME."
    ),
]

DistanceOption = Annotated[
    float,
    typer.Option("--distance-km", metavar="KM", help="How far apart common stations may lie."),
]
TranslationOption = Annotated[
    bool, typer.Option("--translation", help="Estimate a translation besides the rotation.")
]


@dataclass(frozen=True)
class TableOptions:
    """What the user knows about a velocity table that it does not say of itself."""

    format: Annotated[
        str | None,
        typer.Option("--format", metavar="NAME", help="Format of the table; found by content."),
    ] = None
    velocity_unit: Annotated[
        Literal["mm/yr", "m/yr"] | None,
        typer.Option("--velocity-unit", help="Unit of velocities and sigmas."),
    ] = None
    frame: Annotated[
        str | None,
        typer.Option("--from", metavar="FRAME", help="Reference frame of the velocities."),
    ] = None
    sigma: Annotated[
        float | None,
        typer.Option("--sigma", metavar="MM/YR", help="Sigma of rows that have none."),
    ] = None
    sigmas: Annotated[
        Literal["scaled", "raw"],
        typer.Option("--sigmas", help="Which to take where a table has both."),
    ] = "scaled"
    on_error: Annotated[
        Literal["strict", "skip"],
        typer.Option("--on-error", help="Refuse a bad row, or leave it out."),
    ] = "strict"

    def resolve(self) -> NetworkOptions:
        """Return them as a reader takes them."""
        from asperity.gnss.velocities.formats import NetworkOptions

        given: dict[str, Any] = {k: v for k, v in vars(self).items() if k != "format"}
        return NetworkOptions(**given)


@dataclass(frozen=True)
class ScreeningOptions:
    """Which stations take part."""

    region: RegionOption = None
    screening: Annotated[
        bool, typer.Option("--screening/--no-screening", help="Screen stations at all (default).")
    ] = True
    max_sigma: Annotated[
        float, typer.Option("--max-sigma", metavar="MM/YR", help="Leave out larger sigmas.")
    ] = 2.0
    outlier_factor: Annotated[
        float,
        typer.Option(
            "--outlier-factor",
            metavar="X",
            help="Leave out velocities X robust sigmas off the median of 8 neighbours.",
        ),
    ] = 6.0
    merge_km: Annotated[
        float, typer.Option("--merge-km", metavar="KM", help="Merge stations within this distance.")
    ] = 1.0


def read_result(run: Run, file: str, options: TableOptions) -> NetworkResult:
    """Read a velocity table and say what its reader noticed.

    What the registry says of a data set fills in what the user did not.
    """
    from dataclasses import replace

    from asperity.gnss.velocities.formats import read_network

    path, known = run.path(file)
    resolved = options.resolve()
    if resolved.frame is None and "frame" in known:
        resolved = replace(resolved, frame=str(known["frame"]))
        run.configuration.setdefault("read", {})[file] = dict(known)
    result = read_network(path, format=options.format, options=resolved)
    run.note(f"{file}: {len(result.network)} stations read as {result.format}")
    for note in result.notes:
        run.note(f"{file}: {note}")
    if result.rejections:
        run.note(f"{file}: {len(result.rejections)} rows left out, first {result.rejections[0]}")
    return result


def read(run: Run, file: str, options: TableOptions) -> Network:
    """Read a velocity table; see `read_result`."""
    return read_result(run, file, options).network


def screened(run: Run, network: Network, options: ScreeningOptions, what: str = "") -> Screened:
    """Return the stations inside the region that pass the screening, and say who does not."""
    from asperity.core.errors import DataError
    from asperity.gnss.velocities.screening import Screened, screen

    network = network.select(rows_inside(network, options.region, what))
    if not options.screening:
        return Screened(network)
    result = screen(
        network,
        max_deviation=options.max_sigma,
        outlier_factor=options.outlier_factor,
        merge_distance=options.merge_km,
    )
    if not len(result.network):
        raise DataError(
            f"{what or 'the network'}: none of {len(network)} stations passes the screening; "
            "raise --max-sigma, or pass --no-screening"
        )
    if result.rejected or result.merged:
        run.note(
            f"{what + ': ' if what else ''}screening left out {len(result.rejected)} and merged "
            f"{len(result.merged)} groups of stations; --no-screening keeps all"
        )
    return result


def rows_inside(network: Network, region: str | None, what: str = "") -> Any:
    """Return the rows inside a region, all where it is None."""
    from contextlib import nullcontext

    from asperity.core.errors import DataError, usage
    from asperity.core.geometry import read_region

    if region is None:
        return slice(None)
    with usage("--region") if "/" in region else nullcontext():
        chosen = read_region(region)
    inside = chosen.contains(*network.coordinates)
    if not inside.any():
        raise DataError(
            f"{what or 'the network'}: none of {len(network)} stations lies in the region "
            f"{region}; give another --region"
        )
    return inside


def read_faults_option(run: Run, text: str | None) -> Faults | None:
    """Read the fault traces that --faults names."""
    if text is None:
        return None
    from asperity.core.geometry import read_faults

    return read_faults(run.path(text)[0])


def save_network(
    run: Run, network: Network, path: Path, rejections: Sequence[Rejection] = ()
) -> list[str]:
    """Write a velocity table, and the rows that its input lost beside it.

    Returns
    -------
    list of str
        The files that were written.
    """
    import json

    from asperity.gnss.velocities.formats import losses, write_network

    chosen: list[str] = []
    run.save(path, lambda temporary: chosen.append(write_network(network, temporary)))
    for loss in losses(network, chosen[0]):
        run.note(f"{path}: {loss}")
    written = [str(path)]
    if rejections:
        beside = path.with_name(f"{path.name}.rejected.jsonl")
        lines = [json.dumps(vars(r)) for r in rejections]
        run.save(beside, lambda temporary: temporary.write_text("\n".join(lines) + "\n"))
        written.append(str(beside))
    return written
