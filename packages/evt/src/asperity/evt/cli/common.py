"""What the commands of ``asperity evt`` share: their group, configuration, reading."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.command import Run, group, name_of
from asperity.core.completion import complete_file

if TYPE_CHECKING:
    from asperity.core.formats import ReadResult
    from asperity.evt.config import ForecastConfiguration
    from asperity.evt.estimators import EstimatorName
    from asperity.evt.pairs import Pairs
    from asperity.evt.sequence import Sequence


app = group("evt", "Record-breaking magnitude forecasts of induced sequences.")

McOption = Annotated[
    float | None,
    typer.Option("--mc", help="Magnitude of completeness; the smallest magnitude when missing."),
]
FilesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[FILE|DIR]...",
        autocompletion=complete_file,
        help="Catalogs, data:NAME, or folders of sequences that join.",
    ),
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
        Literal["gev", "lognormal", "gumbel"] | None,
        typer.Option("--law", help="Law of the normalised magnitude."),
    ] = None
    profile: Annotated[
        Literal["published", "refit", "own"] | None,
        typer.Option("--profile", help="Constants of the law; own ones stand in --config."),
    ] = None
    calibration: Annotated[
        Path | None,
        typer.Option(
            "--calibration",
            metavar="RESULT",
            help="JSON of evt calibrate: its law, constants, M_UE and M_LE (profile own).",
        ),
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
            raise InputError(
                f"{options.config}: kind = {content['kind']!r}, expected {KIND!r}; "
                "asperity evt template prints one"
            )
    where = str(options.config) if options.config is not None else "options"
    given = {
        name: value
        for name, value in vars(options).items()
        if value is not None and name not in ("config", "changes", "calibration")
    }
    if options.calibration is not None:
        from asperity.evt.calibration.own import own_constants

        run.inputs.append((str(options.calibration), options.calibration))
        given |= own_constants(options.calibration, given)
    resolved = resolve(ForecastConfiguration, content, options.changes or (), where, given)
    run.configuration["forecast"] = resolved.model_dump(mode="json")
    return resolved


@dataclass(frozen=True)
class DatabaseOptions:
    """Which sequences commands on many of them take, and which records count."""

    registered: Annotated[
        bool, typer.Option("--registered", help="All registered catalogs of induced events.")
    ] = False
    mc: McOption = None
    min_events: Annotated[
        int, typer.Option("--min-events", min=2, help="Events before a record that counts.")
    ] = 10
    min_records: Annotated[
        int, typer.Option("--min-records", min=1, help="Records before a record that counts.")
    ] = 2
    upper: Annotated[
        str, typer.Option("--ue", metavar="ESTIMATOR:EVENTS:SIZE:INDEX", help="Estimator of M_UE.")
    ] = "upper_limit:all:magnitude:reversed"
    lower: Annotated[
        str, typer.Option("--le", metavar="ESTIMATOR:EVENTS:SIZE:INDEX", help="Estimator of M_LE.")
    ] = "jump_limited:all:potency:cooke"

    def estimators(self) -> tuple[EstimatorName, EstimatorName]:
        """Return M_UE and M_LE."""
        from asperity.core.errors import usage
        from asperity.evt.estimators import EstimatorName

        with usage("--ue"):
            upper = EstimatorName.parse(self.upper)
        with usage("--le"):
            return upper, EstimatorName.parse(self.lower)


def read_pairs(run: Run, files: list[str] | None, options: DatabaseOptions) -> Pairs:
    """Read sequences and collect their records; what another sequence repeats is left out."""
    from asperity.core.errors import DataError, UsageError
    from asperity.evt.database.entries import whole
    from asperity.evt.database.folder import read_database
    from asperity.evt.database.registered import registered_entries
    from asperity.evt.pairs import SequenceMagnitudes, pairs_of

    if not files and not options.registered:
        raise UsageError("name folders of sequences or catalogs, or pass --registered")
    entries = registered_entries(run.read)[0] if options.registered else []
    for file in files or ():
        if file.startswith("data:") or file == "-":
            entries.append(whole(run.read(file), name_of(file), options.mc, source=file))
            continue
        path = Path(file)
        index = path / "index.json"
        run.inputs.append((file, index if index.is_file() else path))
        entries += read_database(path, options.mc)
    sequences, small = [], []
    for entry in entries:
        if entry.duplicate_of is not None:
            run.note(f"{entry.name} is left out: its earthquakes are in {entry.duplicate_of}, too")
            continue
        try:
            cut = entry.sequence()
        except DataError:
            small.append(entry.name)
            continue
        sequences.append(SequenceMagnitudes.of(entry.name, entry.group, cut))
    if small:
        run.warn(f"no event reaches Mc in {', '.join(small)}; left out")
    return pairs_of(sequences, min_events=options.min_events, min_records=options.min_records)


def read_sequence(run: Run, file: str, mc: float | None) -> Sequence:
    """Read the events at or above Mc, and say where Mc comes from when nobody gave it."""
    return cut_sequence(run, file, run.read(file), mc)


def inside_region(run: Run, file: str, result: ReadResult, region: str) -> ReadResult:
    """Keep the events inside a rectangle or the polygons of a file.

    Raises
    ------
    DataError
        If the catalog has no epicentres, or none of them lies inside.
    """
    from dataclasses import replace

    from asperity.core.errors import DataError

    catalog = result.catalog
    if catalog.frame != "geographic":
        raise DataError(
            f"{file}: --region needs latitude and longitude; this catalog has the frame "
            f"{catalog.frame!r}"
        )
    inside = run.region(region).contains(catalog["longitude"], catalog["latitude"])
    if not inside.any():
        raise DataError(f"{file}: none of {len(catalog)} events lies inside --region {region}")
    return replace(result, catalog=catalog.select(inside), rows=result.rows[inside])


def cut_sequence(run: Run, file: str, result: ReadResult, mc: float | None) -> Sequence:
    """Cut what was read at Mc, and say where Mc comes from when nobody gave it."""
    from asperity.evt.sequence import sequence_of

    sequence = sequence_of(result, mc)
    if sequence.mc_source != "given":
        run.warn(
            f"{file}: no --mc given; the smallest magnitude, {sequence.mc:g}, stands for the "
            "magnitude of completeness, which is rarely so low (see catalog bvalue)"
        )
    return sequence


def number(value: float | None, width: int, digits: int = 3) -> str:
    """Return a number for a column of text, a dash where there is none."""
    import math

    known = value is not None and math.isfinite(value)
    return f"{value:>{width}.{digits}f}" if known else f"{'-':>{width}}"
