"""``asperity dem events``: acoustic emissions of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from asperity.core.command import STDOUT, Answer, Run, leaf
from asperity.dem.cli.common import RunArgument, app


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
    magnitude_constant: Annotated[
        float, typer.Option("--magnitude-constant", help="c of Mw = (2/3)(log10 M0 - c).")
    ] = 9.1,
    fault_only: Annotated[
        bool, typer.Option("--fault-only", help="Leave out emissions without a joint of the fault.")
    ] = False,
) -> Answer:
    """Gather bond breaks and slip episodes into acoustic emissions; halve and double the window."""
    from dataclasses import replace

    import numpy as np

    from asperity.core.formats import write_catalog
    from asperity.dem import folder as runs
    from asperity.dem.nucleation.emissions import Clustering, emissions
    from asperity.dem.nucleation.episodes import with_roles

    elementary, radius = runs.read_elementary(folder)
    run.inputs.append((str(folder / runs.ELEMENTARY), folder / runs.ELEMENTARY))
    how = Clustering(window, reach, magnitude_constant=magnitude_constant)
    found = with_roles(emissions(elementary, radius, how), runs.told(folder)["stress_drops"])
    if fault_only:
        found = found.select(found["n_fault"] > 0)
    sensitivity = []
    for factor in (0.5, 1.0, 2.0):
        other = emissions(elementary, radius, replace(how, window=factor * window))
        largest = float(np.nanmax(other["magnitude"])) if len(other) else None
        sensitivity.append(
            {"window": factor * window, "emissions": len(other), "largest_magnitude": largest}
        )
    if run.output is not None:
        kept = found.with_columns({}, provenance=run.provenance(), simulation=folder.name)
        run.save(run.output, lambda path: write_catalog(kept, path))
        _save_operations(run, folder)
    types = found.texts("source_type")
    known = found["magnitude"][np.isfinite(found["magnitude"])]
    return Answer(
        {
            "elementary": len(elementary),
            "emissions": len(found),
            "on_fault": int((found["n_fault"] > 0).sum()),
            "magnitude_min": float(known.min()) if len(known) else None,
            "magnitude_max": float(known.max()) if len(known) else None,
            "largest_members": int(found["n_members"].max()) if len(found) else 0,
            "source_types": {str(k): int((types == k).sum()) for k in sorted(set(types))},
            "sensitivity": sensitivity,
        }
    )


def _save_operations(run: Run, folder: Path) -> None:
    """Let what was injected travel beside the catalog, under the name that readers look for."""
    from asperity.core.operations import Operations, operations_path
    from asperity.dem import folder as runs

    source = operations_path(folder / runs.EVENTS)
    if run.output is None or run.output == STDOUT or not source.is_file():
        return
    run.inputs.append((str(source), source))
    run.save(operations_path(run.output), Operations.read(source).write)
