"""``asperity gnss compare``: what differs between two velocity or two strain fields."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.command import Answer, FiguresOption, RegionOption, Run, distinct, leaf, name_of
from asperity.gnss.cli.common import (
    DistanceOption,
    FaultsOption,
    NamesOption,
    NetworkArgument,
    TableOptions,
    TranslationOption,
    app,
    read,
    read_faults_option,
    rows_inside,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from asperity.core.geometry import Faults


@dataclass(frozen=True)
class ComparisonOptions:
    """How two velocity fields are brought together."""

    region: RegionOption = None
    distance_km: DistanceOption = 1.0
    align: Annotated[
        bool, typer.Option("--align/--no-align", help="Bring B into the frame of A (default).")
    ] = True
    stable: Annotated[
        str | None,
        typer.Option("--stable", metavar="BLOCK", help="Stations that may define the frame."),
    ] = None
    blocks: Annotated[
        Path | None,
        typer.Option("--blocks", metavar="PATH", help="Polygons whose mean change is asked for."),
    ] = None
    translation: TranslationOption = False
    rescale: Annotated[
        bool, typer.Option("--rescale/--no-rescale", help="Scale sigmas by what is seen.")
    ] = True


@leaf(
    app,
    "compare",
    example="asperity gnss compare data:china-wang-shen-2020 data:alpides-2025-eurasia",
    output="JSON document; of two strain fields their difference, .nc.",
)
def compare(
    run: Run,
    first: NetworkArgument,
    second: NetworkArgument,
    table: TableOptions,
    how: ComparisonOptions,
    quantity: Annotated[
        str, typer.Option("--quantity", metavar="NAME", help="What strain maps show.")
    ] = "max_shear_half",
    units: Annotated[
        Literal["nanostrain", "1e-8"], typer.Option("--units", help="Of strain maps and texts.")
    ] = "nanostrain",
    figure: FiguresOption = None,
    difference_figure: Annotated[
        list[Path] | None,
        typer.Option("--difference-figure", metavar="PATH", help="Map of the changes."),
    ] = None,
    names: NamesOption = False,
    faults: FaultsOption = None,
) -> Answer:
    """Compare two velocity fields, or two strain fields that gnss strain wrote."""
    from asperity.core.errors import UsageError

    run.check_outputs([*(figure or ()), *(difference_figure or ())])
    traces = read_faults_option(run, faults)
    labels = distinct([name_of(first), name_of(second)])
    are_fields = [Path(f).suffix.lower() in (".nc", ".nc4") for f in (first, second)]
    if any(are_fields):
        if not all(are_fields):
            raise UsageError(
                f"{first} and {second}: one is a strain field and the other a velocity table; "
                "compare two of a kind"
            )
        return _compare_strain(run, (first, second), labels, quantity, units, figure, traces)
    document, regions = _compare_velocities(run, (first, second), table, labels, how)

    def draw() -> Figure:
        from asperity.gnss.figures import overlay_map

        return overlay_map(document, names=names, faults=traces)

    def draw_difference() -> Figure:
        from asperity.gnss.figures import difference_map

        return difference_map(document, names=names, faults=traces, blocks=regions)

    document["written"] = run.save_figures(figure, draw)
    document["written"] += run.save_figures(difference_figure, draw_difference)
    if run.output is not None:
        _save_json(run, document)
    return Answer(document, _compare_text(document))


def _save_json(run: Run, document: dict[str, Any]) -> None:
    import json

    from asperity.core.command import plain

    whole = {"schema": "asperity.gnss.compare/1", **plain(document)}
    text = json.dumps(whole, indent=1, allow_nan=False) + "\n"
    run.save(run.destination(), lambda path: path.write_text(text, encoding="utf-8"))


def _compare_velocities(
    run: Run,
    files: tuple[str, str],
    table: TableOptions,
    labels: list[str],
    how: ComparisonOptions,
) -> tuple[dict[str, Any], list[Any]]:
    """Return the document of two velocity fields, and the outlines of the blocks."""
    from asperity.gnss.velocities.blocks import choose_block, read_blocks
    from asperity.gnss.velocities.compare import compare as compared
    from asperity.gnss.velocities.compare import compare_blocks
    from asperity.gnss.velocities.motion import PARAMETERS
    from asperity.gnss.velocities.results import compare_document

    networks = [read(run, file, table) for file in files]
    networks[0] = networks[0].select(rows_inside(networks[0], how.region, files[0]))
    parts = []
    if how.blocks is not None:
        parts = read_blocks(how.blocks)
        run.inputs.append((str(how.blocks), how.blocks))
    comparison = compared(
        networks[0],
        networks[1],
        distance=how.distance_km,
        align=how.align,
        stable=None if how.stable is None else choose_block(networks[0], how.stable)[1],
        parameters=PARAMETERS[: 6 if how.translation else 3],
        rescale=how.rescale,
    )
    changes = compare_blocks(comparison, parts) if parts else []
    return compare_document(comparison, labels, changes), [part.region for part in parts]


def _compare_text(document: dict[str, Any]) -> str:
    frame = document["frame"] or f"the frame of {document['names'][0]}"
    lines = [f"{document['n_common']} common stations in {frame}"]
    rotation = document["rotation"]
    if rotation is not None:
        pole = rotation["pole"]
        lines.append(
            f"rotation of {document['names'][1]}: pole {pole['latitude']:.2f} "
            f"{pole['longitude']:.2f}, {pole['rate_deg_per_myr']:.4f} degrees/Myr, from "
            f"{rotation['n_used']} stations, reduced chi2 {rotation['chi2_reduced']:.2f}, rms "
            f"{rotation['rms']:.2f} mm/yr"
        )
    lines.append(
        f"changed (at most 5 % by chance): {document['n_significant']} velocities, "
        f"{document['n_significant_speed']} speeds, {document['n_significant_azimuth']} azimuths"
    )
    strongest = sorted(document["differences"], key=lambda d: -d["z"])[:12]
    lines += [
        f"  {d['site']:<12} {d['d_east']:+.2f} east, {d['d_north']:+.2f} north mm/yr, "
        f"{d['z']:.1f} sigma, q {d['q']:.2g}"
        for d in strongest
        if d["q"] <= 0.05
    ]
    lines += [
        f"block {r['name']} ({r['n']} stations): {r['d_east']:+.2f} +- {r['sd_east']:.2f} east, "
        f"{r['d_north']:+.2f} +- {r['sd_north']:.2f} north, speed {r['d_speed']:+.2f} +- "
        f"{r['d_speed_sd']:.2f} mm/yr, p {r['p']:.2g}"
        for r in document["regions"]
    ]
    if document["status"] != "ok":
        lines.append(f"note: {document['status']}")
    return "\n".join(lines)


def _compare_strain(
    run: Run,
    files: tuple[str, str],
    labels: list[str],
    quantity: str,
    units: str,
    figure: list[Path] | None,
    faults: Faults | None,
) -> Answer:
    """Compare two strain fields on the grid of the first."""
    from asperity.gnss.strain_rate.compare_fields import compare_fields, on_grid_of, summaries
    from asperity.gnss.strain_rate.fields import read_field, write_field

    fields = [read_field(Path(run.path(file)[0])) for file in files]
    difference = compare_fields(*fields)
    document: dict[str, Any] = {
        "kind": "strain",
        "names": labels,
        "grid": {k: int(v) for k, v in difference.sizes.items()},
        "differences": [],
        "variables": summaries(difference),
        "status": "ok",
    }

    def draw() -> Figure:
        from asperity.gnss.figures import strain_comparison

        second = on_grid_of(fields[0], fields[1], [quantity]) if quantity in difference else None
        return strain_comparison(
            fields[0], fields[1] if second is None else second, difference, quantity,
            names=labels, unit=units, faults=faults,
        )  # fmt: skip

    document["written"] = run.save_figures(figure, draw)
    if run.output is not None:
        record = {"provenance": run.provenance()}
        run.save(run.output, lambda path: write_field(difference, path, record))
        document["written"].append(str(run.output))
    factor, unit = (0.1, "1e-8/yr") if units == "1e-8" else (1.0, "nanostrain/yr")
    lines = [f"{labels[1]} less {labels[0]}, {unit}; mean, rms, largest, beyond 2 sd"]
    for v in document["variables"]:
        if v["rms"] is None:
            continue
        sizes = " ".join(f"{factor * v[k]:>9.2f}" for k in ("mean", "rms", "largest"))
        share = v["share_beyond_2_sd"]
        lines.append(
            f"{v['variable']:<18}{sizes}" + (f" {100 * share:>7.1f} %" if share is not None else "")
        )
    return Answer(document, "\n".join(lines))
