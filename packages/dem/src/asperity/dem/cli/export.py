"""``asperity dem export``: the state of a specimen for ParaView, or for any netCDF reader."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from asperity.core.command import Answer, Run, leaf
from asperity.dem.cli.common import RunArgument, app


@leaf(
    app,
    "export",
    example="asperity dem export smoke -o smoke.vtu",
    output="File to write: .vtu or .nc.",
)
def export(
    run: Run,
    folder: RunArgument,
    what: Annotated[
        Literal["grains", "contacts"],
        typer.Option("--what", help="Points or lines of a .vtu; .nc holds both."),
    ] = "grains",
) -> Answer:
    """Write grains or contacts of a run, as its last checkpoint holds them."""
    import json
    from functools import partial

    import numpy as np

    from asperity.core.errors import UsageError
    from asperity.core.netcdf import write_netcdf
    from asperity.dem.laboratory import export as tables
    from asperity.dem.laboratory.checkpoint import read_checkpoint
    from asperity.dem.laboratory.folder import CHECKPOINT
    from asperity.dem.laboratory.vtu import write_lines, write_points

    path = run.destination()
    if path.suffix.lower() not in (".vtu", ".nc"):
        raise UsageError(f"{path}: the state is written as .vtu or .nc")
    run.inputs.append((str(folder / CHECKPOINT), folder / CHECKPOINT))
    system = read_checkpoint(folder / CHECKPOINT)[0].system
    if path.suffix.lower() == ".nc":
        kept = json.dumps({"provenance": run.provenance()})
        dataset = tables.state_dataset(system).assign_attrs(asperity=kept)
        run.save(path, partial(write_netcdf, dataset))
        return Answer({"grains": dataset.sizes["grain"], "contacts": dataset.sizes["contact"]})
    grains = tables.grain_table(system)
    points = grains.pop("position")
    if what == "grains":
        run.save(path, lambda temporary: write_points(temporary, points, grains))
        return Answer({"grains": len(points)})
    contacts = tables.contact_table(system)
    pairs = np.asarray(contacts.pop("pair"))
    run.save(path, lambda temporary: write_lines(temporary, points, pairs, contacts))
    return Answer({"contacts": len(pairs)})
