"""``asperity dem pack``: the genesis of a specimen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from asperity.core.command import Answer, FiguresOption, Run, leaf
from asperity.dem.cli.common import CaseOption, ConfigArgument, SetOption, app, configuration

if TYPE_CHECKING:
    from asperity.dem.config import LaboratoryConfiguration


@leaf(
    app,
    "pack",
    example="asperity dem pack --case paper --set fault.roughness=5e-4 --figure fault.png",
    output="netCDF of grains and joints; of a periodic packing .npz, as bench run takes it.",
    seed=True,
)
def pack(
    run: Run,
    config: ConfigArgument = None,
    case: CaseOption = "smoke",
    changes: SetOption = None,
    vessel: Annotated[
        Literal["cylinder", "periodic"],
        typer.Option("--vessel", help="The specimen with its fault, or a periodic cube of grains."),
    ] = "cylinder",
    grains: Annotated[int, typer.Option("--grains", min=50, help="In a periodic cube.")] = 2000,
    figure: FiguresOption = None,
) -> Answer:
    """Pack grains and join them, and tell what the specimen and its fault are like."""
    from functools import partial

    from asperity.core.netcdf import write_netcdf

    resolved = configuration(run, config, case, changes)
    name = config.stem if config is not None else case
    if vessel == "periodic":
        return _periodic(run, resolved, grains, figure)
    from asperity.dem.laboratory import genesis_results as results
    from asperity.dem.laboratory.triaxial import Simulation

    simulation = Simulation(resolved, seed=run.seed)
    simulation.prepare()
    document = results.specimen_document(simulation)
    if run.output is not None:
        run.save(run.output, partial(write_netcdf, results.specimen_dataset(simulation)))
    document["figures"] = run.save_figures(
        figure, lambda: results.fault_figure(simulation, f"{name}, seed {run.seed}")
    )
    return Answer(document)


def _periodic(
    run: Run, laboratory: LaboratoryConfiguration, grains: int, figure: list[Path] | None
) -> Answer:
    import numpy as np

    from asperity.core.errors import UsageError
    from asperity.dem.benchmarks import periodic_packing

    if figure:
        raise UsageError("--figure: a periodic packing has no fault to draw; leave it away")
    if run.output is not None and run.output.suffix != ".npz":
        raise UsageError(f"-o {run.output}: a periodic packing is written as .npz")
    s, rock = laboratory.specimen, laboratory.rock
    packing, document = periodic_packing(s, rock.modulus, grains, run.seed)

    def write(path: Path) -> None:
        with path.open("wb") as stream:
            np.savez_compressed(stream, **packing.arrays())

    if run.output is not None:
        run.save(run.output, write)
    return Answer(document)
