"""``asperity dem events``: acoustic emissions of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.command import STDOUT, Answer, FiguresOption, Run, leaf
from asperity.dem.cli.common import MomentOption, RunArgument, app

if TYPE_CHECKING:
    from asperity.core.catalog import Catalog
    from asperity.dem.laboratory.emissions import Clustering


@leaf(
    app,
    "events",
    example="asperity dem events smoke --window 6e-6 -o emissions.parquet",
    output="Catalog to write, Parquet or netCDF.",
)
def events(
    run: Run,
    folder: RunArgument,
    window: Annotated[
        float, typer.Option("--window", min=1e-9, help="Between linked elementary events, s.")
    ] = 3e-6,
    reach: Annotated[
        float, typer.Option("--reach", min=0.0, help="Between them, m; 0 for 3 mean radii.")
    ] = 0.0,
    grouping: Annotated[
        Literal["linked", "source-area"],
        typer.Option(
            "--grouping",
            help="Events linked in a window, or those within the source of an active emission.",
        ),
    ] = "linked",
    moment: MomentOption = "potency",
    magnitude_constant: Annotated[
        float, typer.Option("--magnitude-constant", help="c of Mw = (2/3)(log10 M0 - c).")
    ] = 9.1,
    fault_only: Annotated[
        bool, typer.Option("--fault-only", help="Leave out emissions without a joint of the fault.")
    ] = False,
    figure: FiguresOption = None,
) -> Answer:
    """Gather bond breaks and slip episodes into acoustic emissions; halve and double the window.

    With --moment force their tensors come from the forces around them, and are compared with the
    others; --figure draws both.
    """
    import numpy as np

    from asperity.core.formats import write_catalog
    from asperity.dem.laboratory import folder as runs
    from asperity.dem.laboratory.cycles import with_roles
    from asperity.dem.laboratory.emissions import Clustering, emissions
    from asperity.dem.laboratory.force_moments import ForceMoments, compare_moments
    from asperity.dem.nucleation.figures import moments_figure

    elementary, radius = runs.read_elementary(folder)
    run.inputs.append((str(folder / runs.ELEMENTARY), folder / runs.ELEMENTARY))
    how = Clustering(window, reach, magnitude_constant=magnitude_constant, grouping=grouping)

    drops = runs.told(folder)["stress_drops"]

    def chosen(tensors: Any = None) -> Catalog:
        made = emissions(elementary, radius, how, *([] if tensors is None else [tensors]))
        made = with_roles(made, drops)
        return made.select(made["n_fault"] > 0) if fault_only else made

    found = by_potency = chosen()
    document: dict[str, Any] = {"elementary": len(elementary), "emissions": len(found)}
    if moment == "force" or figure:
        forces = ForceMoments(runs.read_sources(folder), radius)
        run.inputs.append((str(folder / runs.SOURCES), folder / runs.SOURCES))
        by_force = chosen(forces)
        found = by_force if moment == "force" else found
        document["forces"] = compare_moments(by_potency, by_force)
    if run.output is not None:
        kept = found.with_columns({}, provenance=run.provenance(), simulation=folder.name)
        run.save(run.output, lambda path: write_catalog(kept, path))
        _save_operations(run, folder)
    types = found.texts("source_type")
    known = found["magnitude"][np.isfinite(found["magnitude"])]
    document |= {
        "on_fault": int((found["n_fault"] > 0).sum()),
        "magnitude_min": float(known.min()) if len(known) else None,
        "magnitude_max": float(known.max()) if len(known) else None,
        "largest_members": int(found["n_members"].max()) if len(found) else 0,
        "source_types": {str(k): int((types == k).sum()) for k in sorted(set(types))},
        "moment": moment,
        "grouping": grouping,
        "sensitivity": _sensitivity(elementary, radius, how),
        "figures": run.save_figures(
            figure, lambda: moments_figure(by_potency, by_force, folder.name)
        ),
    }
    return Answer(document)


def _sensitivity(elementary: Catalog, radius: float, how: Clustering) -> list[dict[str, Any]]:
    """Gather with half, all and twice of the time in which events belong together."""
    from dataclasses import replace

    import numpy as np

    from asperity.dem.laboratory.emissions import emissions

    rows = []
    for factor in (0.5, 1.0, 2.0):
        if how.grouping == "linked":
            changed = replace(how, window=factor * how.window)
            told = {"window": changed.window}
        else:
            changed = replace(how, rupture_speed=how.rupture_speed / factor)
            told = {"rupture_speed": changed.rupture_speed}
        other = emissions(elementary, radius, changed)
        largest = float(np.nanmax(other["magnitude"])) if len(other) else None
        rows.append({**told, "emissions": len(other), "largest_magnitude": largest})
    return rows


def _save_operations(run: Run, folder: Path) -> None:
    """Let what was injected travel beside the catalog, under the name that readers look for."""
    from asperity.core.operations import Operations, operations_path
    from asperity.dem.laboratory import folder as runs

    source = operations_path(folder / runs.EVENTS)
    if run.output is None or run.output == STDOUT or not source.is_file():
        return
    run.inputs.append((str(source), source))
    run.save(operations_path(run.output), Operations.read(source).write)
