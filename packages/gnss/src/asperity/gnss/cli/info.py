"""``asperity gnss info``: what a velocity table holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asperity.core.command import Answer, FiguresOption, Run, leaf, name_of
from asperity.gnss.cli.common import (
    FaultsOption,
    NamesOption,
    NetworkArgument,
    ScreeningOptions,
    TableOptions,
    app,
    read_faults_option,
    read_result,
    save_network,
    screened,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@leaf(
    app,
    "info",
    example="asperity gnss info data:china-wang-shen-2020 --region 70/112/20/50 --figure map.png",
    output="Velocity table of the stations that pass, .csv or .psvelo.",
)
def info(
    run: Run,
    file: NetworkArgument,
    table: TableOptions,
    screening: ScreeningOptions,
    figure: FiguresOption = None,
    names: NamesOption = False,
    faults: FaultsOption = None,
) -> Answer:
    """Say what a velocity table holds, and which stations its screening leaves out."""
    from asperity.gnss.velocities.results import info_document

    run.check_outputs(figure or ())
    traces = read_faults_option(run, faults)
    result = read_result(run, file, table)
    kept = screened(run, result.network, screening, file)
    document = {"name": name_of(file), **info_document(result, kept)}

    def draw() -> Figure:
        from asperity.gnss.figures import velocity_map

        return velocity_map(kept.network, names=names, faults=traces)

    document["written"] = run.save_figures(figure, draw)
    if run.output is not None:
        document["written"] += save_network(run, kept.network, run.output, result.rejections)
    return Answer(document, _text(document))


def _text(document: dict[str, Any]) -> str:
    bounds = document["bounds"]
    rows = [
        ("stations", f"{document['stations']} ({document['repeated_names']} repeat a name)"),
        ("rows left out", document["rejected"]),
        ("format", document["format"]),
        ("frame", document["frame"] or "not known; state it with --from"),
        ("W/E/S/N", "/".join(f"{bounds[k]:.3f}" for k in ("west", "east", "south", "north"))),
        ("nearest station", f"{document['spacing_median']:.3g} km, median")
        if document["spacing_median"] is not None
        else ("nearest station", "-"),
        ("speed", f"{document['speed_median']:.3g} mm/yr median, {document['speed_max']:.3g} most"),
        ("sigma", _sigma(document)),
        ("vertical", f"{document['with_vertical']} stations"),
        ("years", _years(document)),
        ("screening", f"keeps {document['kept']}, leaves out {len(document['left_out'])}, "
         f"merges {len(document['merged'])} groups"),
    ]  # fmt: skip
    lines = [f"{key:<16}{value}" for key, value in rows]
    lines += [f"  {r['site']:<12}{r['reason']}" for r in document["left_out"][:12]]
    if len(document["left_out"]) > 12:
        lines.append(f"  ... and {len(document['left_out']) - 12} more; --json lists all")
    lines += [f"note: {note}" for note in document["notes"]]
    return "\n".join(lines)


def _sigma(document: dict[str, Any]) -> str:
    if document["sd_east_median"] is None:
        return "not known"
    medians = f"{document['sd_east_median']:.3g} east, {document['sd_north_median']:.3g} north"
    return f"{medians} mm/yr, medians"


def _years(document: dict[str, Any]) -> str:
    if document["start"] is None:
        return "not known"
    return f"{document['start']:.1f} to {document['end']:.1f}"
