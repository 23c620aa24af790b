"""``asperity catalog``: read, check, convert, choose, join and draw catalogs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asperity.core.command import Answer, FileArgument, RegionOption, Run, group, leaf

if TYPE_CHECKING:
    from asperity.core.catalog import Catalog
    from asperity.core.formats import ReadOptions, ReadResult

app = group("catalog", "Catalogs of earthquakes and acoustic emissions.")

FormatOption = Annotated[
    str | None, typer.Option("--format", help="Name of the format; found by content or suffix.")
]
ColumnsOption = Annotated[
    Path | None,
    typer.Option(
        "--columns",
        metavar="FILE.toml",
        help="Table [columns]: column of the catalog = file's own.",
    ),
]
CrsOption = Annotated[
    str | None,
    typer.Option("--crs", metavar="EPSG:N", help="Projection of coordinates stored in metres."),
]
SwapOption = Annotated[
    bool, typer.Option("--swap-coordinates", help="Latitude and longitude stand swapped.")
]
DepthOption = Annotated[
    str, typer.Option("--depth", metavar="depth|elevation", help="Does the depth count down or up?")
]
DepthUnitOption = Annotated[
    str | None, typer.Option("--depth-unit", metavar="m|km", help="Unit of the depth column.")
]
ResolutionOption = Annotated[
    str | None,
    typer.Option("--time-resolution", metavar="D", help="Resolution of the times, such as P1D."),
]
MissingOption = Annotated[
    list[float] | None,
    typer.Option("--missing", help="A magnitude that stands for none, such as -9; repeatable."),
]
DecimalOption = Annotated[str, typer.Option("--decimal", metavar=".|,", help="Decimal mark.")]
RateUnitOption = Annotated[
    str | None, typer.Option("--rate-unit", help="Unit of the injection rate, such as m3/min.")
]
OnErrorOption = Annotated[
    str,
    typer.Option("--on-error", metavar="strict|skip", help="Refuse a bad row, or leave it out."),
]
AnchorOption = Annotated[
    str | None,
    typer.Option(
        "--anchor",
        metavar="LAT/LON[/ELEVATION[/AZIMUTH]]",
        help="Origin of a local frame, degrees and m; the middle of the epicentres if none.",
    ),
]


def read_options(columns: Path | None = None, **options: Any) -> ReadOptions:
    """Build read options from those of the command line and a mapping file."""
    import tomllib

    from asperity.core.errors import InputError
    from asperity.core.formats import ReadOptions

    given = {k: v for k, v in options.items() if v is not None}
    if "missing" in given:
        given["missing"] = tuple(given["missing"])
    if columns is not None:
        try:
            content = tomllib.loads(columns.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"--columns {columns}: {error}") from None
        mapping = content.get("columns")
        if not isinstance(mapping, dict) or not all(isinstance(v, str) for v in mapping.values()):
            raise InputError(
                f'--columns {columns}: needs a table [columns] such as magnitude = "ML"'
            )
        given["columns"] = mapping
        if "time_format" in content:
            given["time_format"] = str(content["time_format"])
    return ReadOptions(**given)


@leaf(app, "info", example="asperity catalog info data:oklahoma-ogs")
def info(
    run: Run,
    file: FileArgument,
    format: FormatOption = None,
    columns: ColumnsOption = None,
    crs: CrsOption = None,
    swap_coordinates: SwapOption = False,
    depth: DepthOption = "depth",
    depth_unit: DepthUnitOption = None,
    time_resolution: ResolutionOption = None,
    missing: MissingOption = None,
    decimal: DecimalOption = ".",
    rate_unit: RateUnitOption = None,
    on_error: OnErrorOption = "strict",
) -> Answer:
    """Say what a catalog holds: events, span, magnitudes, bounds, what is missing."""
    options = read_options(
        columns, crs=crs, swap_coordinates=swap_coordinates, depth=depth, depth_unit=depth_unit,
        time_resolution=time_resolution, missing=missing, decimal=decimal, rate_unit=rate_unit,
        on_error=on_error,
    )  # fmt: skip
    return Answer(describe(run.read(file, format=format, options=options)))


def describe(result: ReadResult) -> dict[str, Any]:
    """Return what `catalog info` says of a catalog."""
    import numpy as np

    catalog = result.catalog
    magnitudes = catalog["magnitude"]
    finite = magnitudes[np.isfinite(magnitudes)]
    times = catalog.format_times(np.array([0, -1])) if len(catalog) else [None, None]
    types, counts = np.unique(catalog.texts("magnitude_type").astype(str), return_counts=True)
    return {
        "events": len(catalog),
        "rejected": len(result.rejections),
        "format": result.format,
        "frame": catalog.frame,
        "time_frame": catalog.time_frame,
        "time_resolution": catalog.attributes.get("time_resolution"),
        "start": times[0],
        "end": times[1],
        "magnitude_min": finite.min() if finite.size else None,
        "magnitude_max": finite.max() if finite.size else None,
        "magnitude_types": {t or "unknown": int(n) for t, n in zip(types, counts, strict=True)},
        "missing_magnitudes": int(magnitudes.size - finite.size),
        "bounds": _bounds(catalog),
        "columns": list(catalog.columns),
        "operations": 0 if result.operations is None else len(result.operations),
        "status": "ok" if len(catalog) else "no events",
    }


def _bounds(catalog: Catalog) -> dict[str, float] | None:
    import numpy as np

    names = {
        "geographic": ("longitude", "latitude", "depth"),
        "local": ("x", "y", "z"),
        "none": (),
    }[catalog.frame]
    keys = {
        "longitude": ("west", "east"),
        "latitude": ("south", "north"),
        "depth": ("depth_min", "depth_max"),
    }
    bounds: dict[str, float] = {}
    for name in names:
        values = catalog[name][np.isfinite(catalog[name])]
        low, high = keys.get(name, (f"{name}_min", f"{name}_max"))
        if values.size:
            bounds |= {low: float(values.min()), high: float(values.max())}
    return bounds or None


@leaf(app, "validate", example="asperity catalog validate oklahoma.parquet")
def validate(run: Run, file: FileArgument) -> Answer:
    """Check a catalog file against version 1 of the format; exit with 3 if it does not hold."""
    from asperity.core.validate import validate as check

    path, _ = run.path(file)
    problems = check(path)
    text = "\n".join(problems) if problems else "valid: version 1 of the catalog format"
    document = {"valid": not problems, "problems": problems}
    return Answer(document, text, failed_check=bool(problems))


def save_catalog(
    run: Run, result: ReadResult, catalog: Catalog, path: Path, format: str | None = None
) -> list[str]:
    """Write a catalog with its provenance, its operations and its rejected rows beside it.

    Returns
    -------
    list of str
        The files that were written.
    """
    import json

    from asperity.core.formats import write_catalog
    from asperity.core.operations import operations_path
    from asperity.core.provenance import carries_record

    written = [str(path)]
    if carries_record(path):
        run.outputs.append(path)
        catalog = catalog.with_columns({}, provenance=run.provenance())
    run.save(path, lambda temporary: write_catalog(catalog, temporary, format=format))
    if result.operations is not None and path.suffix == ".parquet":
        result.operations.write(operations_path(path))
        written.append(str(operations_path(path)))
    if result.rejections:
        beside = path.with_name(f"{path.name}.rejected.jsonl")
        lines = [json.dumps(vars(r)) for r in result.rejections]
        run.save(beside, lambda temporary: temporary.write_text("\n".join(lines) + "\n"))
        written.append(str(beside))
    return written


@leaf(
    app,
    "convert",
    example="asperity catalog convert data:peace-river peace-river.parquet",
    output="The same as OUT.",
)
def convert(
    run: Run,
    file: Annotated[str, typer.Argument(metavar="IN", help="Catalog file or data:NAME.")],
    out: Annotated[
        Path | None,
        typer.Argument(metavar="OUT", help="File to write; its suffix names the format."),
    ] = None,
    format: Annotated[
        str | None, typer.Option("--format", help="Format of OUT where its suffix leaves it open.")
    ] = None,
    from_format: Annotated[
        str | None, typer.Option("--from", help="Format of IN; found by content when missing.")
    ] = None,
    columns: ColumnsOption = None,
    crs: CrsOption = None,
    swap_coordinates: SwapOption = False,
    depth: DepthOption = "depth",
    depth_unit: DepthUnitOption = None,
    time_resolution: ResolutionOption = None,
    missing: MissingOption = None,
    decimal: DecimalOption = ".",
    rate_unit: RateUnitOption = None,
    on_error: OnErrorOption = "strict",
    frame: Annotated[
        str | None,
        typer.Option("--frame", metavar="local|geographic", help="View of the hypocentres."),
    ] = None,
    anchor: AnchorOption = None,
    axes: Annotated[
        str | None, typer.Option("--axes", metavar="ENU|NED", help="Of a local frame.")
    ] = None,
    projection: Annotated[
        str | None,
        typer.Option(
            "--projection",
            metavar="topocentric|azimuthal-equidistant",
            help="Of a local frame; topocentric if none.",
        ),
    ] = None,
) -> Answer:
    """Convert a catalog between formats; rows that are left out are listed beside OUT."""
    options = read_options(
        columns, crs=crs, swap_coordinates=swap_coordinates, depth=depth, depth_unit=depth_unit,
        time_resolution=time_resolution, missing=missing, decimal=decimal, rate_unit=rate_unit,
        on_error=on_error,
    )  # fmt: skip
    path = _destination(run, out)
    result = run.read(file, format=from_format, options=options)
    catalog = _viewed(result.catalog, frame, anchor, axes, projection)
    written = save_catalog(run, result, catalog, path, format)
    document = {
        "events": len(catalog),
        "rejected": len(result.rejections),
        "frame": catalog.frame,
        "anchor": catalog.attributes.get("anchor"),
        "written": written,
    }
    return Answer(document)


def _viewed(
    catalog: Catalog,
    frame: str | None,
    anchor: str | None,
    axes: str | None,
    projection: str | None,
) -> Catalog:
    """Return the catalog in the frame that --frame names."""
    from asperity.core.errors import InputError

    if frame is None:
        if anchor or axes or projection:
            raise InputError("--anchor, --axes and --projection belong to --frame local|geographic")
        return catalog
    if frame not in ("local", "geographic"):
        raise InputError(f"--frame {frame!r} is not known; choose local or geographic")
    from asperity.core.geometry import LocalFrame, geographic_view, local_view

    given = {k: v for k, v in (("axes", axes), ("projection", projection)) if v is not None}
    chosen = LocalFrame.parse(anchor, **given) if anchor is not None else None
    if frame == "geographic":
        return geographic_view(catalog, chosen)
    if chosen is None and given:
        seen = geographic_view(catalog)
        chosen = LocalFrame.around(seen["latitude"], seen["longitude"], **given)
    return local_view(catalog, chosen)


def _destination(run: Run, out: Path | None = None) -> Path:
    from asperity.core.errors import InputError
    from asperity.core.files import check_output

    path = out or run.output
    if path is None:
        raise InputError("no output named; pass -o PATH")
    check_output(path, force=run.force)
    return path


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
) -> Answer:
    """Write the events that satisfy every condition given."""
    import numpy as np

    from asperity.core.where import where as chosen_by

    path = _destination(run)
    start, end = _interval(time) if time is not None else (None, None)
    # The window goes into the reading, so that of Parquet only what it touches is read.
    result = run.read(file, options=read_options(start=start, end=end))
    catalog = result.catalog
    if region is not None:
        from asperity.core.geometry import Region

        catalog = catalog.select(Region.parse(region).contains(*geographic(catalog, "--region")))
    if where is not None:
        catalog = catalog.select(np.flatnonzero(chosen_by(catalog, where)))
    written = save_catalog(run, result, catalog, path)
    left_out = result.outside + len(result.catalog) - len(catalog)
    return Answer({"events": len(catalog), "left_out": left_out, "written": written})


def geographic(catalog: Catalog, what: str) -> tuple[Any, Any]:
    """Return longitude and latitude, or say which column is missing."""
    from asperity.core.errors import DataError

    if catalog.frame != "geographic":
        raise DataError(
            f"{what} needs the columns latitude and longitude; this catalog has frame "
            f"{catalog.frame!r}"
        )
    return catalog["longitude"], catalog["latitude"]


def _interval(text: str) -> tuple[str | None, str | None]:
    from asperity.core.errors import InputError

    start, slash, end = text.partition("/")
    if not slash:
        raise InputError(f"--time {text!r}: write START/END, for example 2011-01-01/2012-01-01")
    return start or None, end or None


@leaf(
    app,
    "merge",
    example="asperity catalog merge a.parquet b.csv --window 5 --distance 20000 -o both.parquet",
    output="Catalog file to write; its suffix names the format.",
)
def merge(
    run: Run,
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Catalogs; the first leads.")
    ],
    window: Annotated[
        float, typer.Option("--window", help="Two rows within so many seconds may be one event.")
    ] = 0.0,
    distance: Annotated[
        float, typer.Option("--distance", help="... and within so many metres.")
    ] = 0.0,
) -> Answer:
    """Join catalogs; of rows that are one event, the first file's is kept.

    Without --window only rows with the same event_id are one event.
    """
    from asperity.core.merge import merge as join

    path = _destination(run)
    results = [run.read(file) for file in files]
    joined, dropped = join([r.catalog for r in results], window=window, distance=distance)
    written = save_catalog(run, results[0], joined, path)
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
        str, typer.Option("--kind", metavar="map|time", help="Epicentre map, or magnitude in time.")
    ] = "time",
    mc: Annotated[float | None, typer.Option("--mc", help="Leave smaller magnitudes out.")] = None,
) -> Answer:
    """Draw a catalog: a map of its epicentres, or its magnitudes in time."""
    from asperity.core.errors import InputError
    from asperity.core.figures import magnitude_time, plot_epicentres, save_figure

    path = _destination(run)
    catalog = run.read(file).catalog
    if mc is not None:
        catalog = catalog.select(catalog["magnitude"] >= mc)
    if kind not in ("map", "time"):
        raise InputError(f"--kind {kind!r} is not known; choose map or time")
    if kind == "map":
        geographic(catalog, "--kind map")
    figure = plot_epicentres(catalog) if kind == "map" else magnitude_time(catalog)
    run.save(path, lambda temporary: save_figure(figure, temporary))
    return Answer({"events": len(catalog), "kind": kind, "written": [str(path)]})
