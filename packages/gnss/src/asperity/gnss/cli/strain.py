"""``asperity gnss template|strain``: the strain field of a velocity table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.command import Answer, FiguresOption, Run, leaf, name_of
from asperity.gnss.cli.common import (
    FaultsOption,
    NetworkArgument,
    ScreeningOptions,
    TableOptions,
    app,
    read,
    read_faults_option,
    screened,
)

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from asperity.core.geometry import Region
    from asperity.gnss.config import StrainConfiguration
    from asperity.gnss.strain_rate.collocation import Collocation
    from asperity.gnss.strain_rate.uniform import UniformStrain
    from asperity.gnss.velocities.network import Network
    from asperity.gnss.velocities.screening import Screened

KIND = "gnss.strain"


@dataclass(frozen=True)
class FieldOptions:
    """How a field is fitted; what is None is left to the configuration."""

    preset: Annotated[
        Literal["best", "paper"],
        typer.Option("--preset", help="Values that the configuration has."),
    ] = "best"
    covariance: Annotated[
        str | None,
        typer.Option("--covariance", metavar="NAME[+NAME]", help="Covariance functions."),
    ] = None
    estimate: Annotated[
        Literal["reml", "empirical", "loo", "blocks", "none"] | None,
        typer.Option("--estimate", help="How parameters are found."),
    ] = None
    varying: Annotated[
        bool | None,
        typer.Option("--varying/--stationary", help="Let the short-scale amplitude vary in space."),
    ] = None
    margin: Annotated[
        float | None,
        typer.Option("--margin", metavar="KM", help="Stations this far outside are used (300)."),
    ] = None
    local: Annotated[
        int | None,
        typer.Option("--local", metavar="N", help="Stations around each tile of nodes; 0 is all."),
    ] = None
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="CONFIG", help="TOML file, see gnss template."),
    ] = None
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a value of the configuration."),
    ] = None


def configuration(run: Run, options: FieldOptions, **flags: Any) -> StrainConfiguration:
    """Complete the configuration: preset, then file, then --set, then flags."""
    from asperity.core.config import load, resolve
    from asperity.core.errors import InputError
    from asperity.gnss.config import PRESETS, StrainConfiguration

    content: dict[str, Any] = dict(PRESETS[options.preset])
    where = "options"
    if options.config is not None:
        where = str(options.config)
        filed = load(options.config)
        run.inputs.append((where, options.config))
        if filed.pop("kind", KIND) != KIND:
            raise InputError(
                f"{where}: not a configuration of kind {KIND!r}; asperity gnss template prints one"
            )
        content |= filed
    own = ("covariance", "estimate", "varying", "margin", "local")
    given = {name: getattr(options, name) for name in own} | flags
    given = {name: value for name, value in given.items() if value is not None}
    if "covariance" in given:
        # The sizes of a preset belong to its own functions.
        given = {"variance": (), "length": ()} | given
    resolved = resolve(StrainConfiguration, content, options.changes or (), where, given)
    run.configuration["strain"] = resolved.model_dump(mode="json")
    return resolved


def fitted(
    run: Run, file: str, table: TableOptions, screening: ScreeningOptions,
    chosen: StrainConfiguration, region: Region | None,
) -> tuple[Collocation, Screened, Network]:  # fmt: skip
    """Read a velocity table, choose and screen its stations, and fit the collocation."""
    from asperity.gnss.strain_rate.fitting import collocation_of

    field = collocation_of(chosen, threads=run.threads, seed=run.seed)
    kept, network = fit(run, field, file, table, screening, chosen, region)
    return field, kept, network


def fit(
    run: Run, field: Collocation | UniformStrain, file: str, table: TableOptions,
    screening: ScreeningOptions, chosen: StrainConfiguration, region: Region | None,
) -> tuple[Screened, Network]:  # fmt: skip
    """Read a velocity table, choose and screen its stations, and fit an estimator to them."""
    from asperity.gnss.strain_rate.fitting import stations_around

    network = read(run, file, table)
    near = stations_around(network, region, chosen.margin)
    kept = screened(run, near, replace(screening, region=None), file)
    with run.progress("likelihood") as advance:
        field.fit(
            kept.network.coordinates, kept.network.velocities, kept.network.covariances,
            advance=lambda: advance(1),
        )  # fmt: skip
    if field.status_ != "ok":
        run.note(f"{file}: {field.status_}")
    return kept, network


@leaf(app, "template", example="asperity gnss template > strain.toml", output="TOML file to write.")
def template(
    run: Run,
    kind: Annotated[
        Literal["strain", "criteria"], typer.Option("--kind", help="What it configures.")
    ] = "strain",
    preset: Annotated[
        Literal["best", "paper"], typer.Option("--preset", help="Whose values to print.")
    ] = "best",
) -> Answer:
    """Print a commented configuration of a strain field, or of deformation criteria."""
    from asperity.core.config import Configuration, to_toml
    from asperity.gnss.criteria import CriteriaConfiguration

    values: Configuration = CriteriaConfiguration.model_validate({})
    if kind == "strain":
        values = configuration(run, FieldOptions(preset=preset))
    text = to_toml(f"gnss.{kind}", values)
    if run.output is not None:
        run.save(run.output, lambda path: path.write_text(text, encoding="utf-8"))
    return Answer({"kind": f"gnss.{kind}", "toml": text}, "" if run.output else text)


@leaf(
    app,
    "strain",
    example="asperity gnss strain data:china-wang-shen-2020 --preset paper "
    "--region 74/108/22/46 -o strain.nc --figure strain.png",
    output="Strain field to write, netCDF.",
    seed=True,
    threads=True,
    executor=True,
)
def strain(
    run: Run,
    file: NetworkArgument,
    table: TableOptions,
    screening: ScreeningOptions,
    options: FieldOptions,
    method: Annotated[
        Literal["collocation", "savage", "delaunay", "shen"] | None,
        typer.Option(
            "--method",
            help="Collocation, or a method to compare it with.",
        ),
    ] = None,
    spacing: Annotated[
        float | None, typer.Option("--spacing", metavar="DEG", help="Spacing of the grid (0.25).")
    ] = None,
    points: Annotated[
        Path | None,
        typer.Option(
            "--points", metavar="CSV", help="Evaluate at points with columns lon,lat instead."
        ),
    ] = None,
    units: Annotated[
        Literal["nanostrain", "1e-8"],
        typer.Option("--units", help="Of printed tables and legends only."),
    ] = "nanostrain",
    also: Annotated[
        list[str] | None,
        typer.Option(
            "--also", metavar="NAME", help="second_invariant_det or second_invariant_3d; repeats."
        ),
    ] = None,
    keep_masked: Annotated[
        bool,
        typer.Option("--keep-masked", help="Keep strain where the data do not support it."),
    ] = False,
    figure: FiguresOption = None,
    faults: FaultsOption = None,
) -> Answer:
    """Collocate the strain-rate field of a velocity table, with its uncertainties.

    The region is the extent of the grid; without one the grid spans the stations. The
    other methods fit uniform strain around each node: their standard deviations know the
    noise, and nothing of strain that varies between the stations.
    """
    from asperity.gnss.strain_rate.collocation import Collocation
    from asperity.gnss.strain_rate.field_results import (
        field_document,
        points_document,
        strain_text,
        summary_document,
    )
    from asperity.gnss.strain_rate.fitting import estimator_of, grid_region, read_points, region_of

    run.check_outputs(figure or ())
    chosen = configuration(run, options, spacing=spacing, method=method)
    places = read_points(points) if points is not None else None
    if points is not None:
        run.inputs.append((str(points), points))
    traces = read_faults_option(run, faults)
    region = region_of(screening.region, places)
    field = estimator_of(chosen, threads=run.threads, seed=run.seed)
    kept, network = fit(run, field, file, table, screening, chosen, region)
    if region is None:
        region = grid_region(kept.network, chosen.spacing)
    dataset, grid = _evaluate(run, field, chosen, region, places, also or [], keep_masked)
    document = {
        "name": name_of(file),
        **field_document(field),
        "stations_read": len(network),
        "rejected": list(kept.rejected),
        "merged": list(kept.merged),
        "loo": field.leave_one_out().document() if isinstance(field, Collocation) else None,
        "grid": grid,
        "summary": summary_document(dataset),
    }
    if places is not None:
        document["points"] = points_document(dataset)
    if run.output is not None:
        _write(run, run.output, dataset, document)

    def draw() -> Figure:
        from asperity.gnss.figures import strain_map

        return strain_map(
            dataset, "max_shear_half", axes=True, unit=units, faults=traces,
            stations=kept.network.coordinates,
        )  # fmt: skip

    document["written"] = run.save_figures(figure, draw)
    return Answer(document, strain_text(document, units))


def _evaluate(
    run: Run, field: Collocation | UniformStrain, chosen: StrainConfiguration, region: Region,
    places: Any, also: list[str], keep_masked: bool,
) -> tuple[xr.Dataset, dict[str, Any]]:  # fmt: skip
    """Evaluate at the points, or on the grid of the region."""
    import numpy as np

    from asperity.gnss.strain_rate.fields import grid_axes, grid_dataset

    if places is None:
        east = region.west + region.width
        longitude, latitude = grid_axes(
            (region.west, east, region.south, region.north), chosen.spacing
        )
        x, y = (a.ravel() for a in np.meshgrid(longitude, latitude))
    else:
        x, y = places
    with run.progress("nodes", x.size) as advance, run.executor() as executor:
        dataset = field.predict(
            (x, y), optional=also, keep_masked=keep_masked, executor=executor, advance=advance
        )
    if places is not None:
        return dataset, {"points": int(x.size)}
    grid = {
        "west": float(longitude[0]), "east": float(longitude[-1]),
        "south": float(latitude[0]), "north": float(latitude[-1]),
        "spacing": chosen.spacing, "longitudes": longitude.size, "latitudes": latitude.size,
    }  # fmt: skip
    return grid_dataset(dataset, longitude, latitude), grid


def _write(run: Run, path: Path, dataset: xr.Dataset, document: dict[str, Any]) -> None:
    from asperity.core.command import plain
    from asperity.gnss.strain_rate.fields import write_field

    kept = (
        "name",
        "n_stations",
        "method",
        "covariance",
        "trend",
        "log_likelihood",
        "status",
        "loo",
    )
    attributes = plain({key: document[key] for key in kept})

    def write(temporary: Path) -> None:
        write_field(dataset, temporary, {**attributes, "provenance": plain(run.provenance())})

    run.save(path, write, suffix=".nc")
