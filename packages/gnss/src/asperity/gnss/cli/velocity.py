"""``asperity gnss velocity``: positions of stations to velocities with realistic errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.command import Answer, FiguresOption, Run, leaf
from asperity.gnss.cli.common import app, save_network
from asperity.gnss.cli.positions import (
    FilesArgument,
    PositionChoices,
    StepChoices,
    read_series,
    steps_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from asperity.gnss.positions.velocity import StationVelocity, VelocityOptions

#: Stations that may be pictured one by one.
Kind = Literal["fit", "velocities", "offsets"]


@dataclass(frozen=True)
class EstimationChoices:
    """How velocities are estimated."""

    method: Annotated[
        Literal["least-squares", "midas"],
        typer.Option("--method", help="Trajectory by least squares, or median of yearly slopes."),
    ] = "least-squares"
    noise: Annotated[
        Literal["power-law", "flicker", "random-walk", "white", "none"],
        typer.Option("--noise", help="Noise beside white noise; none is quick, its sigmas small."),
    ] = "power-law"
    likelihood: Annotated[
        Literal["full", "restricted"],
        typer.Option("--likelihood", help="Restricted: amplitudes not too small in short series."),
    ] = "full"
    weight: Annotated[
        Literal["huber", "igg3", "none"],
        typer.Option("--weight", help="How least squares meets outliers."),
    ] = "huber"
    relaxation: Annotated[
        Literal["none", "log", "exp"],
        typer.Option("--relaxation", help="Motion after earthquakes that moved a station."),
    ] = "none"
    keep_offsets: Annotated[
        Literal["significant", "all"],
        typer.Option("--keep-offsets", help="Leave out steps that the noise explains, or none."),
    ] = "significant"
    common_mode: Annotated[
        Literal["none", "stack", "pca"],
        typer.Option("--common-mode", help="Take away what residuals of all stations share."),
    ] = "none"

    def resolve(self) -> VelocityOptions:
        """Return them as the estimator takes them."""
        from asperity.gnss.positions.velocity import VelocityOptions

        return VelocityOptions(
            self.method, self.noise, self.likelihood, self.weight, relaxation=self.relaxation,
            offsets=self.keep_offsets,
        )  # fmt: skip


@leaf(
    app,
    "velocity",
    example="asperity gnss velocity data:p156-pbo -o p156.csv --figure p156.png",
    output="Velocity table that gnss strain reads, .csv or .psvelo.",
    executor=True,
)
def velocity(
    run: Run,
    files: FilesArgument,
    positions: PositionChoices,
    steps: StepChoices,
    estimation: EstimationChoices,
    kind: Annotated[
        Kind | None,
        typer.Option("--kind", help="What --figure shows; one station: fit, several: velocities."),
    ] = None,
    station: Annotated[
        str | None, typer.Option("--station", metavar="SITE", help="Whose fit --figure shows.")
    ] = None,
    figure: FiguresOption = None,
) -> Answer:
    """Estimate velocities of stations from their positions, with errors for coloured noise.

    The trajectory has a rate, seasons, steps and, if wished, relaxation after
    earthquakes. A station that gives no velocity is listed with the reason.
    """
    from asperity.gnss.positions.common_mode import filtered
    from asperity.gnss.positions.results import station_document, stations_text, velocity_network
    from asperity.gnss.positions.velocity import estimate_velocities

    run.check_outputs(figure or ())
    series = read_series(run, files, positions)
    offsets = steps_of(run, series, steps)
    options = estimation.resolve()
    run.configuration["estimation"] = vars(estimation)
    with run.executor() as executor:
        if estimation.common_mode != "none":
            series = filtered(series, offsets, estimation.common_mode, executor=executor)
        with run.progress("stations", len(series)) as advance:
            results = estimate_velocities(
                series, offsets, options, executor=executor, advance=advance
            )
    documents = [station_document(result) for result in results]
    document: dict[str, Any] = {
        "stations": documents,
        "n_stations": len(documents),
        "n_velocities": sum(d["ve"] is not None for d in documents),
        "method": options.method,
        "noise_model": options.noise,
        "common_mode": estimation.common_mode,
    }

    def draw() -> Figure:
        return _figure(results, kind, station)

    document["written"] = run.save_figures(figure, draw)
    if run.output is not None:
        network = velocity_network(results)
        if len(network) < len(results):
            run.note(f"{len(results) - len(network)} stations without velocity or place left out")
        document["written"] += save_network(run, network, run.output)
    return Answer(document, stations_text(documents))


def _figure(results: Sequence[StationVelocity], kind: Kind | None, station: str | None) -> Figure:
    from asperity.core.errors import UsageError
    from asperity.gnss.figures import velocity_map
    from asperity.gnss.figures.positions import offset_map, trajectory_figure
    from asperity.gnss.positions.results import velocity_network

    if kind == "offsets":
        return offset_map(results)
    if kind == "velocities" or (kind is None and len(results) > 1 and station is None):
        return velocity_map(velocity_network(results), names=len(results) <= 40)
    sites = [result.series.site for result in results]
    if station is not None and station not in sites:
        raise UsageError(f"--station {station}: not among the stations {', '.join(sites[:20])}")
    return trajectory_figure(results[sites.index(station) if station is not None else 0])
