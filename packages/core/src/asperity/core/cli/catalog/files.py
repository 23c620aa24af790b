"""``asperity catalog``: read, check, convert, choose, join and draw catalogs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.cli.catalog.common import (
    OutputFormatOption,
    ReadingOptions,
    app,
    catalog_destination,
    geographic,
    goes_in_parts,
    save_catalog,
    save_parts,
)
from asperity.core.command import Answer, FileArgument, RegionOption, Run, leaf
from asperity.core.completion import complete_file

if TYPE_CHECKING:
    from asperity.core.catalog import Catalog
    from asperity.core.formats import CatalogParts, ReadResult

PARQUET = "parquet"

FormatOption = Annotated[
    str | None, typer.Option("--format", help="Name of the format; found by content or suffix.")
]
AnchorOption = Annotated[
    str | None,
    typer.Option(
        "--anchor",
        metavar="LAT/LON[/ELEVATION[/AZIMUTH]]",
        help="Origin of a local frame, degrees and m; the middle of the epicentres if none.",
    ),
]


@leaf(app, "info", example="asperity catalog info data:oklahoma-ogs")
def info(
    run: Run,
    file: FileArgument,
    reading: ReadingOptions,
    format: FormatOption = None,
) -> Answer:
    """Say what a catalog holds: events, span, magnitudes, bounds, what is missing.

    A large Parquet file is read in parts; all that is said of it is exact.
    """
    from asperity.core.summary import summarise, summary_text

    options = reading.resolve(run)
    parts = run.parts(file, options) if format in (None, PARQUET) else None
    if parts is not None:
        document = _described(parts, summarise(parts))
        return Answer(document, summary_text(document))
    result = run.read(file, format=format, options=options)
    document = _described(result, summarise([result.catalog]))
    return Answer(document, summary_text(document))


def _described(result: ReadResult | CatalogParts, found: dict[str, Any]) -> dict[str, Any]:
    """Return what `catalog info` says of a file, with what was found in its catalog."""
    return {
        "events": found["events"],
        "rejected": len(result.rejections),
        "format": result.format,
        **found,
        "operations": 0 if result.operations is None else len(result.operations),
        "status": "ok" if found["events"] else "no events",
    }


@leaf(app, "validate", example="asperity catalog validate oklahoma.parquet")
def validate(run: Run, file: FileArgument) -> Answer:
    """Check a catalog file against version 1 of the format; exit with 3 if it does not hold."""
    from asperity.core.validate import validate as check

    path, _ = run.path(file)
    problems = check(path)
    text = "\n".join(problems) if problems else "valid: version 1 of the catalog format"
    document = {"valid": not problems, "problems": problems}
    return Answer(document, text, failed_check=bool(problems))


@leaf(
    app,
    "convert",
    example="asperity catalog convert data:peace-river peace-river.parquet",
    output="The same as OUT.",
)
def convert(
    run: Run,
    file: Annotated[
        str,
        typer.Argument(
            metavar="IN", autocompletion=complete_file, help="Catalog file or data:NAME."
        ),
    ],
    reading: ReadingOptions,
    out: Annotated[
        Path | None,
        typer.Argument(
            metavar="OUT", help="File to write, - for standard output; its suffix names the format."
        ),
    ] = None,
    format: OutputFormatOption = None,
    from_format: Annotated[
        str | None, typer.Option("--from", help="Format of IN; found by content when missing.")
    ] = None,
    frame: Annotated[
        Literal["local", "geographic"] | None,
        typer.Option("--frame", help="View of the hypocentres."),
    ] = None,
    anchor: AnchorOption = None,
    axes: Annotated[
        Literal["ENU", "NED"] | None, typer.Option("--axes", help="Of a local frame.")
    ] = None,
    projection: Annotated[
        Literal["topocentric", "azimuthal-equidistant"] | None,
        typer.Option("--projection", help="Of a local frame; topocentric if none."),
    ] = None,
    operations: Annotated[
        Path | None,
        typer.Option(
            "--operations",
            metavar="TABLE",
            help="What was injected, kept beside OUT: columns time and rate (m3/s), volume (m3 in "
            "all) or pressure (Pa), or a unit in the name, such as rate (bbl/day).",
        ),
    ] = None,
) -> Answer:
    """Convert a catalog between formats; rows that are left out are listed beside OUT."""
    path = catalog_destination(run, format, out)
    options = reading.resolve(run)
    as_it_is = not (frame or anchor or axes or projection or operations)
    if as_it_is and from_format in (None, PARQUET) and goes_in_parts(path, format):
        parts = run.parts(file, options)
        if parts is not None:
            written, events = save_parts(run, parts, path, format)
            return Answer(_converted(events, parts, parts.catalog, written))
    result = run.read(file, format=from_format, options=options)
    if operations is not None:
        result = _with_operations(run, result, operations)
    catalog = _viewed(result.catalog, frame, anchor, axes, projection)
    kept = [c for c in catalog.columns if c not in result.catalog and c.startswith("source_")]
    if kept:
        run.note(f"the source's own coordinates are kept as {', '.join(kept)}")
    written = save_catalog(run, result, catalog, path, format)
    return Answer(_converted(len(catalog), result, catalog, written))


def _converted(
    events: int, result: ReadResult | CatalogParts, catalog: Catalog, written: list[str]
) -> dict[str, Any]:
    return {
        "events": events,
        "rejected": len(result.rejections),
        "frame": catalog.frame,
        "anchor": catalog.attributes.get("anchor"),
        "written": written,
    }


def _with_operations(run: Run, result: ReadResult, path: Path) -> ReadResult:
    """Return a catalog with the operations of a table beside it."""
    from dataclasses import replace

    from asperity.core.errors import InputError
    from asperity.core.operations import read_operations

    table = read_operations(path)
    run.inputs.append((str(path), path))
    if table.time_frame != result.catalog.time_frame:
        raise InputError(
            f"--operations {path} counts times as {table.time_frame!r}, the catalog as "
            f"{result.catalog.time_frame!r}; write both alike, as dates or as seconds"
        )
    return replace(result, operations=table)


def _viewed(
    catalog: Catalog,
    frame: str | None,
    anchor: str | None,
    axes: str | None,
    projection: str | None,
) -> Catalog:
    """Return the catalog in the frame that --frame names."""
    from asperity.core.errors import UsageError, usage

    if frame is None:
        if anchor or axes or projection:
            raise UsageError("--anchor, --axes and --projection belong to --frame local|geographic")
        return catalog
    from asperity.core.geometry import LocalFrame, geographic_view, local_view

    given = {k: v for k, v in (("axes", axes), ("projection", projection)) if v is not None}
    chosen = None
    if anchor is not None:
        with usage("--anchor"):
            chosen = LocalFrame.parse(anchor, **given)
    if frame == "geographic":
        return geographic_view(catalog, chosen)
    if chosen is None and given:
        seen = geographic_view(catalog)
        chosen = LocalFrame.around(seen["latitude"], seen["longitude"], **given)
    return local_view(catalog, chosen)


@leaf(
    app,
    "filter",
    example="asperity catalog filter data:oklahoma-ogs --where 'magnitude >= 3' -o m3.parquet",
    output="Catalog file to write; its suffix names the format.",
)
def filter_(
    run: Run,
    file: FileArgument,
    where: Annotated[
        str | None,
        typer.Option("--where", metavar="EXPR", help="Such as 'magnitude >= 2 and depth < 5000'."),
    ] = None,
    region: RegionOption = None,
    time: Annotated[
        str | None,
        typer.Option("--time", metavar="START/END", help="ISO 8601; either side may be empty."),
    ] = None,
    format: OutputFormatOption = None,
) -> Answer:
    """Write the events that satisfy every condition given."""
    import numpy as np

    from asperity.core.errors import usage
    from asperity.core.formats import ReadOptions
    from asperity.core.times import split_interval
    from asperity.core.where import where as chosen_by

    path = catalog_destination(run, format)
    with usage("--time"):
        start, end = split_interval(time) if time is not None else (None, None)
    area = run.region(region) if region is not None else None

    def chosen(catalog: Catalog) -> Catalog:
        if area is not None:
            catalog = catalog.select(area.contains(*geographic(catalog, "--region")))
        if where is not None:
            with usage("--where"):
                mask = chosen_by(catalog, where)
            catalog = catalog.select(np.flatnonzero(mask))
        return catalog

    # The window goes into the reading, so that of Parquet only what it touches is read.
    options = ReadOptions(start=start, end=end)
    parts = run.parts(file, options) if goes_in_parts(path, format) else None
    if parts is not None:
        with run.advising(file):
            written, events = save_parts(run, parts.map(chosen), path, format)
        left_out = parts.outside + parts.events - events
    else:
        result = run.read(file, options=options)
        catalog = chosen(result.catalog)
        written, events = save_catalog(run, result, catalog, path, format), len(catalog)
        left_out = result.outside + len(result.catalog) - events
    return Answer({"events": events, "left_out": left_out, "written": written})


@leaf(
    app,
    "merge",
    example="asperity catalog merge a.parquet b.csv --window 5 --distance 20000 -o both.parquet",
    output="Catalog file to write; its suffix names the format.",
)
def merge(
    run: Run,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...", autocompletion=complete_file, help="Catalogs; the first leads."
        ),
    ],
    window: Annotated[
        float,
        typer.Option("--window", min=0.0, help="Two rows within so many seconds may be one event."),
    ] = 0.0,
    distance: Annotated[
        float, typer.Option("--distance", min=0.0, help="... and within so many metres.")
    ] = 0.0,
    format: OutputFormatOption = None,
) -> Answer:
    """Join catalogs; of rows that are one event, the first file's is kept.

    Without --window only rows with the same event_id are one event.
    """
    from asperity.core.merge import merge as join

    path = catalog_destination(run, format)
    results = [run.read(file) for file in files]
    joined, dropped = join([r.catalog for r in results], window=window, distance=distance)
    written = save_catalog(run, results[0], joined, path, format)
    return Answer({"events": len(joined), "duplicates": dropped, "written": written})


@leaf(
    app,
    "plot",
    example="asperity catalog plot data:oklahoma-ogs --kind map -o oklahoma.png",
    output="Figure to write, .png, .svg or .pdf.",
)
def plot(
    run: Run,
    file: FileArgument,
    kind: Annotated[
        Literal["map", "time"],
        typer.Option("--kind", help="Epicentre map, or magnitude in time."),
    ] = "time",
    mc: Annotated[float | None, typer.Option("--mc", help="Leave smaller magnitudes out.")] = None,
    format: Annotated[
        Literal["png", "svg", "pdf"], typer.Option("--format", help="Of a figure for -o -.")
    ] = "png",
) -> Answer:
    """Draw a catalog: a map of its epicentres, or its magnitudes in time."""
    from asperity.core.figures import magnitude_time, plot_epicentres, save_figure

    path = run.destination()
    catalog = run.read(file).catalog
    if mc is not None:
        catalog = catalog.select(catalog["magnitude"] >= mc)
    if kind == "map":
        geographic(catalog, "--kind map")
    draw = plot_epicentres if kind == "map" else magnitude_time
    figure = draw(catalog, Path(file.removeprefix("data:")).name)
    run.save(path, lambda temporary: save_figure(figure, temporary), suffix=f".{format}")
    return Answer({"events": len(catalog), "kind": kind, "written": [str(path)]})
