"""``asperity evt sequences``: the database of sequences."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.command import Answer, FiguresOption, RegionOption, Run, leaf, name_of
from asperity.evt.cli.common import FilesArgument, app, inside_region

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from asperity.core.catalog import Catalog
    from asperity.core.formats import ReadResult
    from asperity.evt.database.blocks import BlockSearch
    from asperity.evt.database.entries import Entry


@dataclass(frozen=True)
class SearchOptions:
    """How a catalog is cut into sequences."""

    mc: Annotated[
        float | None, typer.Option("--mc", help="Magnitude of completeness; blocks need it.")
    ] = None
    size: Annotated[float, typer.Option("--size-km", metavar="KM", help="Side of a block.")] = 20.0
    major: Annotated[
        float, typer.Option("--major", metavar="M", help="Blocks are centred on such events.")
    ] = 4.0
    min_events: Annotated[
        int, typer.Option("--min-events", min=2, help="Events that such a block needs.")
    ] = 20
    dense: Annotated[
        int, typer.Option("--dense", min=2, help="Events that a block elsewhere needs.")
    ] = 500
    max_magnitude: Annotated[
        float | None,
        typer.Option("--max-magnitude", metavar="M", help="Largest in a block elsewhere; 3.5."),
    ] = None
    whole: Annotated[
        bool, typer.Option("--whole", help="Each catalog is one sequence; no blocks.")
    ] = False
    windows: Annotated[
        Path | None,
        typer.Option("--windows", metavar="TOML", help="Named windows instead of blocks."),
    ] = None
    since: Annotated[str | None, typer.Option("--since", help="First time.")] = None
    until: Annotated[str | None, typer.Option("--until", help="Time that ends it.")] = None
    region: RegionOption = None
    group: Annotated[
        str | None, typer.Option("--group", help="What the sequences are pooled as.")
    ] = None
    convert: Annotated[
        str,
        typer.Option("--convert", metavar="NAME", help="Published magnitude conversion, first."),
    ] = "identity"

    def document(self) -> dict[str, Any]:
        """Return the options as JSON holds them."""
        return {k: str(v) if isinstance(v, Path) else v for k, v in vars(self).items()}

    def search(self) -> BlockSearch:
        """Return the search for blocks.

        Raises
        ------
        UsageError
            If no Mc is given.
        """
        from asperity.core.errors import UsageError
        from asperity.evt.database.blocks import BlockSearch

        if self.mc is None:
            raise UsageError("blocks count events at or above Mc; give --mc, or --whole")
        return BlockSearch(
            self.mc, self.size, self.major, self.min_events, self.dense, self.max_magnitude
        )


@leaf(
    app,
    "sequences",
    example="asperity evt sequences data:oklahoma-ogs --mc 1.5 --since 2009-01-01 -o oklahoma",
    output="Folder to write: a Parquet file for each sequence, and index.json.",
    folder=True,
    seed=True,
)
def sequences(
    run: Run,
    search: SearchOptions,
    files: FilesArgument = None,
    registered: Annotated[
        bool, typer.Option("--registered", help="All registered catalogs of induced events.")
    ] = False,
    completeness: Annotated[
        bool,
        typer.Option("--completeness/--no-completeness", help="Estimate Mc of each sequence."),
    ] = True,
    mc_method: Annotated[
        Literal["given", "maxc", "ks", "b-stability"],
        typer.Option("--mc-method", help="Which Mc each sequence is cut at."),
    ] = "given",
    figure: FiguresOption = None,
) -> Answer:
    """Cut catalogs into sequences: blocks around large events and dense seismicity."""
    from collections import Counter

    from asperity.core.errors import UsageError
    from asperity.evt.database.entries import completeness_of
    from asperity.evt.database.registered import PAPER, registered_entries

    if not files and not registered:
        raise UsageError("name catalogs or folders, or pass --registered")
    if mc_method != "given" and not completeness:
        raise UsageError(f"--mc-method {mc_method} needs --completeness")
    entries: list[Entry] = []
    cut: dict[str, Catalog] = {}
    if registered:
        from asperity.evt.database.conversions import conversion

        entries, cut = registered_entries(
            run.read,
            max_magnitude=search.max_magnitude,
            dense=search.dense,
            conversion=conversion(search.convert),
        )
    for file in files or ():
        found, catalog = _of_file(run, file, search)
        entries += found
        if catalog is not None:
            cut[name_of(file)] = catalog
    _check_names(entries)
    if completeness:
        with run.progress("completeness", len(entries)) as advance:
            done = []
            for entry in entries:
                done.append(entry if entry.completeness else completeness_of(entry, seed=run.seed))
                advance(1)
        entries = [_at(run, entry, mc_method) for entry in done]
    written = _write(run, entries, search) if run.output is not None else []
    rows = [entry.document() for entry in entries]
    distinct = [r for r in rows if r["duplicate_of"] is None]
    document = {
        "sequences": rows,
        "n_sequences": len(rows),
        "n_distinct": len(distinct),
        "n_paper": PAPER,
        "methods": dict(Counter(r["method"] for r in rows)),
        "search": search.document(),
        "written": written,
    }  # fmt: skip

    def draw() -> Figure:
        return _draw(rows, cut, search)

    written += run.save_figures(figure, draw)
    return Answer(document, _text(document))


def _of_file(run: Run, file: str, options: SearchOptions) -> tuple[list[Entry], Catalog | None]:
    """Return the sequences of one argument, and the catalog if it was cut into blocks."""
    from asperity.evt.database.conversions import conversion
    from asperity.evt.database.entries import blocks_of, converted, whole
    from asperity.evt.database.folder import read_database
    from asperity.evt.database.windows import read_windows, windows_of

    if not file.startswith("data:") and Path(file).is_dir():
        run.inputs.extend((str(p), p) for p in sorted(Path(file).glob("*.parquet")))
        return read_database(Path(file), options.mc), None
    result, record = converted(_part(run, file, options), conversion(options.convert))
    common: dict[str, Any] = {
        "source": file, "conversion": record, "group": options.group or name_of(file)
    }  # fmt: skip
    if options.windows is not None:
        run.inputs.append((str(options.windows), options.windows))
        return windows_of(result, read_windows(options.windows), options.mc, **common), None
    if options.whole:
        return [whole(result, name_of(file), options.mc, **common)], None
    return blocks_of(result, name_of(file), options.search(), **common)


def _part(run: Run, file: str, options: SearchOptions) -> ReadResult:
    """Read a catalog, and keep the time and the region that were asked for."""
    from dataclasses import replace

    import numpy as np

    from asperity.core.errors import DataError

    result = run.read(file)
    catalog = result.catalog
    inside = np.ones(len(catalog), dtype=bool)
    if options.since is not None:
        inside &= catalog["time"] >= catalog.parse_time(options.since)
    if options.until is not None:
        inside &= catalog["time"] < catalog.parse_time(options.until)
    if not inside.any():
        raise DataError(f"{file}: none of {len(catalog)} events lies in that time")
    kept = replace(result, catalog=catalog.select(inside), rows=result.rows[inside])
    return kept if options.region is None else inside_region(run, file, kept, options.region)


def _check_names(entries: list[Entry]) -> None:
    from asperity.core.errors import DataError

    names = [entry.name for entry in entries]
    again = next((n for n in names if names.count(n) > 1), None)
    if again is not None:
        raise DataError(
            f"two sequences are called {again!r}; rename one of the files, or leave one out"
        )
    if not entries:
        raise DataError(
            "no sequence was found; lower --major, --dense or --mc, or take each catalog --whole"
        )


def _at(run: Run, entry: Entry, method: str) -> Entry:
    """Return an entry cut at the completeness of a method, or as it is where there is none."""
    from dataclasses import replace

    if method == "given":
        return entry
    mc = entry.completeness[method]["mc"]
    if mc is None or mc > float(entry.catalog["magnitude"].max()):
        run.warn(f"{entry.name}: {method} finds no Mc; {entry.mc:g} stays")
        return entry
    return replace(entry, mc=float(mc), mc_source=method)


def _write(run: Run, entries: list[Entry], search: SearchOptions) -> list[str]:
    """Write each sequence and the index; returns the files."""
    from functools import partial

    from asperity.core.files import make_folder
    from asperity.core.formats import write_catalog
    from asperity.core.operations import operations_path
    from asperity.evt.database.folder import INDEX, index_text

    folder = run.destination()
    make_folder(folder)
    provenance = run.provenance()
    written = []
    for entry in entries:
        path = folder / f"{entry.name}.parquet"
        catalog = entry.catalog.with_columns({}, provenance=provenance)
        run.save(path, partial(write_catalog, catalog, format="parquet"))
        written.append(str(path))
        if entry.operations is not None:
            run.save(operations_path(path), entry.operations.write)
    index = folder / INDEX
    text = index_text(entries, search=search.document())
    run.save(index, lambda temporary: temporary.write_text(text, encoding="utf-8"))
    return [*written, str(index)]


def _draw(rows: list[dict[str, Any]], cut: dict[str, Catalog], options: SearchOptions) -> Figure:
    """Draw the map of the catalog with most blocks, or the sequences as points."""
    from asperity.evt.database.figures import database_map, sequences_overview

    if not cut:
        return sequences_overview(rows)
    of = {name: [r for r in rows if r["name"].startswith(f"{name}-")] for name in cut}
    name = max(cut, key=lambda n: len(of[n]))
    mc = min((r["mc"] for r in of[name]), default=options.mc or 0.0)
    return database_map(cut[name], of[name], mc=mc, major=options.major, title=name)


def _text(document: dict[str, Any]) -> str:
    rows = document["sequences"]
    width = max(len(r["name"]) for r in rows)
    head = f"{'name':<{width}}  {'group':<16} {'events':>7} {'Mc':>5} {'M max':>5}  start       end"
    lines = [head]
    for r in rows:
        start, end = (str(r[k])[:10] for k in ("start", "end"))
        lines.append(
            f"{r['name']:<{width}}  {r['group']:<16} {r['n_events']:>7} {r['mc']:>5.2f} "
            f"{r['m_max']:>5.2f}  {start:<10}  {end:<10}"
            + (f"  (also in {r['duplicate_of']})" if r["duplicate_of"] else "")
        )
    kinds = ", ".join(f"{n} {m}" for m, n in document["methods"].items() if n)
    lines.append(
        f"{document['n_sequences']} sequences ({kinds}), {document['n_distinct']} of them with "
        f"earthquakes of their own; Verdon & Eisner (2024) have more than {document['n_paper']}"
    )
    return "\n".join(lines)
