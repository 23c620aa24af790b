"""``asperity catalog plane`` and ``faults``: events against a plane and against mapped faults."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asperity.core.cli.catalog.common import (
    OutputFormatOption,
    app,
    catalog_destination,
    geographic,
    save_catalog,
)
from asperity.core.command import Answer, FiguresOption, FileArgument, Run, leaf

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from asperity.core.catalog import Catalog


@leaf(
    app,
    "plane",
    example="asperity catalog plane data:basel --figure basel-plane.png",
    output="Catalog with the columns along_strike, down_dip and off_plane, m.",
)
def plane(
    run: Run,
    file: FileArgument,
    strike: Annotated[
        float | None, typer.Option("--strike", help="Of a given plane, degrees; fitted if none.")
    ] = None,
    dip: Annotated[float | None, typer.Option("--dip", help="Of a given plane, degrees.")] = None,
    format: OutputFormatOption = None,
    figure: FiguresOption = None,
) -> Answer:
    """Fit a plane to hypocentres, or take one, and give their place on and off it.

    A given plane passes through the centroid of the hypocentres.
    """
    import numpy as np

    from asperity.core.errors import DataError, UsageError, usage
    from asperity.core.geometry import FaultPlane, fit_plane

    if (strike is None) != (dip is None):
        raise UsageError("give both --strike and --dip, or neither to fit the plane")
    if run.output is not None:
        catalog_destination(run, format)
    result = run.read(file)
    points, place = _east_north_up(result.catalog)
    known = np.isfinite(points).all(axis=1)
    if not known.any():
        raise DataError("no event has a hypocentre; bring latitude, longitude and depth of some")
    fit = fit_plane(points[known]) if strike is None else None
    if fit is not None:
        chosen = fit.plane
    else:
        centroid = points[known].mean(axis=0).tolist()
        with usage():
            chosen = FaultPlane(float(strike or 0.0), float(dip or 0.0), anchor=tuple(centroid))
    coordinates = np.full(points.shape, np.nan)
    coordinates[known] = chosen.project(points[known])
    extent = np.ptp(coordinates[known], axis=0)
    document: dict[str, Any] = {
        "strike": chosen.strike,
        "dip": chosen.dip,
        "strike_sd": fit.strike_sd if fit else None,
        "dip_sd": fit.dip_sd if fit else None,
        "rms": float(np.sqrt(np.mean(coordinates[known, 2] ** 2))),
        "planarity": fit.planarity if fit else None,
        "length": float(extent[0]),
        "width": float(extent[1]),
        "thickness": float(extent[2]),
        "anchor": place(chosen.anchor),
        "events": int(known.sum()),
        "left_out": int((~known).sum()),
        "fitted": fit is not None,
        "status": "ok" if known.all() else "events without a hypocentre are left out",
    }
    written = []
    if run.output is not None:
        names = ("along_strike", "down_dip", "off_plane")
        columns = dict(zip(names, coordinates.T, strict=True))
        written = save_catalog(
            run, result, result.catalog.with_columns(columns), run.output, format
        )

    def draw() -> Figure:
        from asperity.core.figures import plot_plane

        return plot_plane(
            result.catalog, chosen, coordinates, Path(file.removeprefix("data:")).name
        )

    written += run.save_figures(figure, draw)
    return Answer(document | {"written": written})


def _east_north_up(catalog: Catalog) -> tuple[Any, Any]:
    """Return hypocentres as east, north, up (m), and a function that tells places apart."""
    import numpy as np

    from asperity.core.errors import DataError
    from asperity.core.geometry import LocalFrame, local_view

    if catalog.frame == "none":
        raise DataError(
            "the catalog has no coordinates to fit a plane to; bring one with hypocentres"
        )
    if catalog.frame == "local" and LocalFrame.of(catalog.attributes) is None:
        x, y, z = (catalog[name] for name in "xyz")
        ned = catalog.attributes["axes"] == "NED"
        points = np.column_stack([y, x, -z] if ned else [x, y, z])
        return points, lambda p: dict(zip(("east", "north", "up"), p, strict=True))
    local = local_view(catalog, _north_up(catalog))
    frame = LocalFrame.of(local.attributes)

    def place(point: tuple[float, float, float]) -> dict[str, float]:
        latitude, longitude, depth = frame.to_geographic(*point)  # type: ignore[union-attr]
        names = ("latitude", "longitude", "depth")
        return dict(zip(names, map(float, (latitude, longitude, depth)), strict=True))

    return np.column_stack([local[name] for name in "xyz"]), place


def _north_up(catalog: Catalog) -> Any:
    """Return a frame with y to the north for the events of a catalog."""
    from dataclasses import replace

    from asperity.core.geometry import LocalFrame

    own = LocalFrame.of(catalog.attributes)
    if own is not None:
        return replace(own, axes="ENU", azimuth=0.0)
    return LocalFrame.around(catalog["latitude"], catalog["longitude"])


@leaf(
    app,
    "faults",
    example="asperity catalog faults data:isc-gem-v3 --faults data:himatibetmap -o near.parquet",
    output="Catalog with the columns fault_distance (m), fault_name and fault_kind.",
)
def faults(
    run: Run,
    file: FileArgument,
    faults_file: Annotated[
        str,
        typer.Option("--faults", metavar="PATH|data:NAME", help="GeoJSON or GMT multi-segment."),
    ],
    style: Annotated[
        list[str] | None,
        typer.Option(
            "--style", metavar="normal|reverse|strike-slip", help="Such faults only; repeatable."
        ),
    ] = None,
    format: OutputFormatOption = None,
    figure: FiguresOption = None,
) -> Answer:
    """Find the mapped fault next to each epicentre, and how far away it is.

    Axes of folds are no faults and are left out.
    """
    import numpy as np

    from asperity.core.errors import DataError, usage
    from asperity.core.geometry import read_faults

    if run.output is not None:
        catalog_destination(run, format)
    result = run.read(file)
    longitude, latitude = geographic(result.catalog, "catalog faults")
    traces, _ = run.path(faults_file)
    everything = read_faults(traces)
    known_faults = everything.without_folds()
    with usage("--style"):
        chosen = known_faults.of_style(*style) if style else known_faults
    if not len(chosen):
        raise DataError(
            f"{faults_file}: none of its {len(everything)} traces is such a fault; "
            f"kinds there are {', '.join(sorted({t.kind.value for t in everything}))}"
        )
    nearest = chosen.nearest(latitude, longitude)
    distances = nearest.distance[np.isfinite(nearest.distance)]
    kinds, counts = np.unique([t.kind.value for t in chosen], return_counts=True)
    document: dict[str, Any] = {
        "events": len(result.catalog),
        "faults": len(chosen),
        "left_out_faults": len(everything) - len(chosen),
        "kinds": {str(k): int(n) for k, n in zip(kinds, counts, strict=True)},
        "distance_min": distances.min() if distances.size else None,
        "distance_median": np.median(distances) if distances.size else None,
        "distance_max": distances.max() if distances.size else None,
        "within_10_km": int((distances <= 10e3).sum()),
        "status": "ok" if distances.size else "no event has coordinates",
    }
    written = []
    if run.output is not None:
        found = nearest.index >= 0
        names = np.append(chosen.names, "")[nearest.index]
        kind_of = np.array([*(t.kind.value for t in chosen), ""], dtype=object)[nearest.index]
        columns = {
            "fault_distance": nearest.distance,
            "fault_name": np.where(found, names, ""),
            "fault_kind": np.where(found, kind_of, ""),
        }
        written = save_catalog(
            run, result, result.catalog.with_columns(columns), run.output, format
        )

    def draw() -> Figure:
        from asperity.core.figures import plot_faults

        return plot_faults(chosen, result.catalog, Path(file.removeprefix("data:")).name)

    written += run.save_figures(figure, draw)
    return Answer(document | {"written": written})
