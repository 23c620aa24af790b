"""What the commands of ``asperity evt`` share: their group, configuration, reading."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.command import Run, group

if TYPE_CHECKING:
    from asperity.core.formats import ReadResult
    from asperity.evt.config import ForecastConfiguration
    from asperity.evt.sequence import Sequence


app = group("evt", "Record-breaking magnitude forecasts of induced sequences.")

McOption = Annotated[
    float | None,
    typer.Option("--mc", help="Magnitude of completeness; the smallest magnitude when missing."),
]
KIND = "evt.forecast"


@dataclass(frozen=True)
class ForecastOptions:
    """The options that `forecast` and `replay` share; what is None is left to the configuration."""

    mc: McOption = None
    thresholds: Annotated[
        list[float] | None,
        typer.Option("--threshold", help="Magnitude whose exceedance is printed; repeatable."),
    ] = None
    law: Annotated[
        Literal["gev", "lognormal"] | None,
        typer.Option("--law", help="Law of the normalised magnitude."),
    ] = None
    profile: Annotated[
        Literal["published", "refit"] | None,
        typer.Option("--profile", help="Constants of the law."),
    ] = None
    condition_on_record: Annotated[
        bool | None,
        typer.Option(
            "--condition-on-record/--no-condition-on-record",
            help="Leave no probability below the largest magnitude so far (default).",
        ),
    ] = None
    min_events: Annotated[
        int | None, typer.Option("--min-events", help="Events before the first forecast (10).")
    ] = None
    min_records: Annotated[
        int | None, typer.Option("--min-records", help="Records before the first forecast (2).")
    ] = None
    upper: Annotated[
        str | None,
        typer.Option("--ue", metavar="ESTIMATOR:EVENTS:SIZE:INDEX", help="Estimator of M_UE."),
    ] = None
    lower: Annotated[
        str | None,
        typer.Option("--le", metavar="ESTIMATOR:EVENTS:SIZE:INDEX", help="Estimator of M_LE."),
    ] = None
    allow_mismatch: Annotated[
        bool | None,
        typer.Option("--allow-mismatch", help="Allow the published constants with a cooke M_UE."),
    ] = None
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="CONFIG", help="TOML file, see evt template."),
    ] = None
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a value of the configuration."),
    ] = None


def configuration_of(run: Run, options: ForecastOptions) -> ForecastConfiguration:
    """Complete the configuration: its file, then --set, then the flags."""
    from asperity.core.config import load, resolve
    from asperity.core.errors import InputError
    from asperity.evt.config import ForecastConfiguration

    content: dict[str, Any] = {}
    if options.config is not None:
        content = load(options.config)
        run.inputs.append((str(options.config), options.config))
        if content.get("kind", KIND) != KIND:
            raise InputError(f"{options.config}: kind = {content['kind']!r}, expected {KIND!r}")
    where = str(options.config) if options.config is not None else "options"
    given = {
        name: value
        for name, value in vars(options).items()
        if value is not None and name not in ("config", "changes")
    }
    resolved = resolve(ForecastConfiguration, content, options.changes or (), where, given)
    run.configuration["forecast"] = resolved.model_dump(mode="json")
    return resolved


def read_sequence(run: Run, file: str, mc: float | None) -> Sequence:
    """Read the events at or above Mc, and say where Mc comes from when nobody gave it."""
    return cut_at(run, file, run.read(file), mc)


def cut_at(run: Run, file: str, result: ReadResult, mc: float | None) -> Sequence:
    """Cut what was read at Mc, and say where Mc comes from when nobody gave it."""
    from asperity.evt.sequence import sequence_of

    sequence = sequence_of(result, mc)
    if sequence.mc_source != "given":
        run.warn(
            f"{file}: no --mc given; the smallest magnitude, {sequence.mc:g}, stands for the "
            "magnitude of completeness, which is rarely so low (see catalog bvalue)"
        )
    return sequence


def name_of(file: str) -> str:
    """Return what a figure calls a sequence: the data set, or the file without its folder."""
    return file.removeprefix("data:") if file.startswith("data:") else Path(file).stem
