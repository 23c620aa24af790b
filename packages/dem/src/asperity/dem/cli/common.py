"""What the commands of ``asperity dem`` share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.command import Run, group

if TYPE_CHECKING:
    from asperity.dem.config import LaboratoryConfiguration

app = group("dem", "Discrete-element laboratory earthquakes.")

KIND = "dem.laboratory"
CaseOption = Annotated[
    Literal["smoke", "mini", "paper", "full"],
    typer.Option("--case", help="Whose values: seconds, a minute, the published set-up, finer."),
]
ConfigArgument = Annotated[
    Path | None, typer.Argument(metavar="CONFIG", help="TOML file, see dem template.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a value of the configuration."),
]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of dem run.")]
MomentOption = Annotated[
    Literal["potency", "force"],
    typer.Option(
        "--moment",
        help="Tensors of emissions: sum of slip and opening, or forces around them (sources.nc).",
    ),
]
CheckpointOption = Annotated[
    float,
    typer.Option(
        "--checkpoint-every",
        metavar="SECONDS",
        min=0.0,
        help="Between two checkpoints while loading; 0 keeps that of the start alone.",
    ),
]


def configuration(
    run: Run, file: Path | None, case: str, changes: list[str] | None
) -> LaboratoryConfiguration:
    """Complete the configuration: the case, then the file, then --set."""
    from asperity.core.config import load, resolve
    from asperity.core.errors import InputError
    from asperity.dem.config import CASES, LaboratoryConfiguration

    content: dict[str, Any] = dict(CASES[case])
    where = f"case {case}"
    if file is not None:
        where = str(file)
        content = load(file)
        run.inputs.append((where, file))
        if content.pop("kind", KIND) != KIND:
            raise InputError(
                f"{where}: not a configuration of kind {KIND!r}; asperity dem template prints one"
            )
    resolved = resolve(LaboratoryConfiguration, content, changes or (), where)
    run.configuration["laboratory"] = resolved.model_dump(mode="json")
    return resolved
