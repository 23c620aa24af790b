"""What the commands of ``asperity catalog`` have in common: their group, reading, writing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.command import STDOUT, Run, group

if TYPE_CHECKING:
    from asperity.core.catalog import Catalog
    from asperity.core.formats import CatalogParts, ReadOptions, ReadResult

app = group("catalog", "Catalogs of earthquakes and acoustic emissions.")


@dataclass(frozen=True)
class ReadingOptions:
    """What the user knows about a file that it does not say of itself."""

    columns: Annotated[
        Path | None,
        typer.Option(
            "--columns",
            metavar="FILE.toml",
            help="TOML table 'columns': column of the catalog = the file's own.",
        ),
    ] = None
    crs: Annotated[
        str | None,
        typer.Option("--crs", metavar="EPSG:N", help="Projection of coordinates stored in metres."),
    ] = None
    swap_coordinates: Annotated[
        bool, typer.Option("--swap-coordinates", help="Latitude and longitude stand swapped.")
    ] = False
    depth: Annotated[
        Literal["depth", "elevation"],
        typer.Option("--depth", help="Does the depth count down or up?"),
    ] = "depth"
    depth_unit: Annotated[
        Literal["m", "km"] | None, typer.Option("--depth-unit", help="Unit of the depth column.")
    ] = None
    time_resolution: Annotated[
        str | None,
        typer.Option(
            "--time-resolution", metavar="D", help="Resolution of the times, such as P1D."
        ),
    ] = None
    missing: Annotated[
        list[float] | None,
        typer.Option("--missing", help="A magnitude that stands for none, such as -9; repeatable."),
    ] = None
    decimal: Annotated[Literal[".", ","], typer.Option("--decimal", help="Decimal mark.")] = "."
    rate_unit: Annotated[
        str | None, typer.Option("--rate-unit", help="Unit of the injection rate, such as m3/min.")
    ] = None
    on_error: Annotated[
        Literal["strict", "skip"],
        typer.Option("--on-error", help="Refuse a bad row, or leave it out."),
    ] = "strict"

    def resolve(self, run: Run) -> ReadOptions:
        """Return them as a reader takes them, with the mapping file read, which is an input."""
        from asperity.core.errors import usage
        from asperity.core.formats import ReadOptions
        from asperity.core.times import duration_seconds

        if self.time_resolution is not None:
            with usage("--time-resolution"):
                duration_seconds(self.time_resolution)
        given = {k: v for k, v in vars(self).items() if v is not None and k != "columns"}
        given["missing"] = tuple(given.get("missing", ()))
        if self.columns is not None:
            given |= _mapping(self.columns)
            run.inputs.append((str(self.columns), self.columns))
        with usage():
            return ReadOptions(**given)


def _mapping(path: Path) -> dict[str, Any]:
    """Read the columns, and the format of the times, that a mapping file names."""
    import tomllib

    from asperity.core.errors import InputError

    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"--columns {path}: {error.strerror}; check the name") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f'--columns {path}: not TOML ({error}); write [columns] and under it magnitude = "ML"'
        ) from None
    columns = content.get("columns")
    if not isinstance(columns, dict) or not all(isinstance(v, str) for v in columns.values()):
        raise InputError(f'--columns {path}: needs a table [columns] such as magnitude = "ML"')
    mapping: dict[str, Any] = {"columns": columns}
    if "time_format" in content:
        mapping["time_format"] = str(content["time_format"])
    return mapping


OutputFormatOption = Annotated[
    str | None,
    typer.Option(
        "--format", help="Format of the output where its suffix, or -o -, leaves it open."
    ),
]


def catalog_destination(run: Run, format: str | None, out: Path | None = None) -> Path:
    """Return where a catalog goes, once it is certain in which format.

    Raises
    ------
    UsageError
        If there is no such format, or standard output without one.
    """
    from asperity.core.errors import UsageError
    from asperity.core.formats import format_names

    path = run.destination(out)
    names = ", ".join(format_names(writable=True))
    if format is None and path == STDOUT:
        raise UsageError(f"standard output has no suffix; name its format with --format: {names}")
    if format is not None and format not in format_names(writable=True):
        raise UsageError(f"--format {format!r} cannot be written; there are {names}")
    return path


def goes_in_parts(path: Path, format: str | None) -> bool:
    """Return whether an output need not be held whole before it is written."""
    from asperity.core.formats import writes_parts

    return writes_parts(path, format)


def save_catalog(
    run: Run, result: ReadResult, catalog: Catalog, path: Path, format: str | None = None
) -> list[str]:
    """Write a catalog with its provenance, its operations and its rejected rows beside it.

    Returns
    -------
    list of str
        The files that were written.
    """
    from asperity.core.formats import write_catalog

    def write(temporary: Path, record: dict[str, Any] | None) -> None:
        whole = catalog if record is None else catalog.with_columns({}, provenance=record)
        write_catalog(whole, temporary, format=format)

    return _save(run, result, path, format, write)


def save_parts(
    run: Run, parts: CatalogParts, path: Path, format: str | None = None
) -> tuple[list[str], int]:
    """Write a catalog that comes in parts, with the same beside it as `save_catalog`.

    Returns
    -------
    list of str
        The files that were written.
    int
        The number of events in the first of them.
    """
    from asperity.core.formats import write_catalog_parts

    events = 0

    def write(temporary: Path, record: dict[str, Any] | None) -> None:
        nonlocal events
        kept = (
            parts if record is None else parts.map(lambda p: p.with_columns({}, provenance=record))
        )
        events = write_catalog_parts(kept, temporary, format=format)

    return _save(run, parts, path, format, write), events


def _save(
    run: Run,
    result: ReadResult | CatalogParts,
    path: Path,
    format: str | None,
    write: Callable[[Path, dict[str, Any] | None], None],
) -> list[str]:
    """Write a catalog, given the record of how it was made where its format carries one."""
    import json

    from asperity.core.files import check_output
    from asperity.core.operations import operations_path
    from asperity.core.provenance import carries_record

    suffix = {"parquet": ".parquet", "netcdf": ".nc"}.get(format or "", ".txt")
    if path != STDOUT:
        suffix = path.suffix
    beside: list[tuple[Path, Any]] = []
    if result.operations is not None:
        if path != STDOUT and suffix == ".parquet":
            beside.append((operations_path(path), result.operations.write))
        else:
            run.note(f"{len(result.operations)} operations left out: they go beside Parquet only")
    if result.rejections and path != STDOUT:
        lines = "".join(json.dumps(vars(r)) + "\n" for r in result.rejections)
        rejected = path.with_name(f"{path.name}.rejected.jsonl")
        beside.append((rejected, lambda temporary: temporary.write_text(lines, encoding="utf-8")))
    elif result.rejections:
        for r in result.rejections:
            run.note(f"left out: {json.dumps(vars(r))}")
    for extra, _ in beside:
        check_output(extra, force=run.force)
    record = None
    if carries_record(Path(f"output{suffix}")):
        run.outputs.append(path)
        record = run.provenance()
    run.save(path, lambda temporary: write(temporary, record), suffix=suffix)
    for extra, write_extra in beside:
        run.save(extra, write_extra)
    return [str(path), *(str(extra) for extra, _ in beside)]


def geographic(catalog: Catalog, what: str) -> tuple[Any, Any]:
    """Return longitude and latitude, or say which column is missing."""
    from asperity.core.errors import DataError

    if catalog.frame != "geographic":
        raise DataError(
            f"{what} needs the columns latitude and longitude; this catalog has frame "
            f"{catalog.frame!r}"
        )
    return catalog["longitude"], catalog["latitude"]
