"""``asperity evt``: record-breaking magnitudes of induced sequences."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asperity.core.command import Answer, FileArgument, Run, group, leaf

if TYPE_CHECKING:
    from asperity.evt.config import ForecastConfiguration

app = group("evt", "Record-breaking magnitude forecasts of induced sequences.")

McOption = Annotated[
    float | None,
    typer.Option("--mc", help="Magnitude of completeness; the smallest magnitude when missing."),
]
ThresholdOption = Annotated[
    list[float] | None,
    typer.Option("--threshold", help="Magnitude whose exceedance is printed; repeatable."),
]
LawOption = Annotated[
    str | None,
    typer.Option("--law", metavar="gev|lognormal", help="Law of the normalised magnitude."),
]
ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", metavar="published|refit", help="Constants of the law."),
]
ConditionOption = Annotated[
    bool | None,
    typer.Option(
        "--condition-on-record/--no-condition-on-record",
        help="Leave no probability below the largest magnitude so far (default).",
    ),
]
MinEventsOption = Annotated[
    int | None, typer.Option("--min-events", help="Events before the first forecast (10).")
]
MinRecordsOption = Annotated[
    int | None, typer.Option("--min-records", help="Records before the first forecast (2).")
]
UpperOption = Annotated[
    str | None,
    typer.Option("--ue", metavar="ESTIMATOR:EVENTS:SIZE:INDEX", help="M_UE."),
]
LowerOption = Annotated[
    str | None,
    typer.Option("--le", metavar="ESTIMATOR:EVENTS:SIZE:INDEX", help="M_LE."),
]
MismatchOption = Annotated[
    bool | None,
    typer.Option("--allow-mismatch", help="Allow the published constants with a cooke M_UE."),
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="CONFIG", help="TOML file, see evt template.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a value of the configuration."),
]
KIND = "evt.forecast"


def _configuration(
    run: Run, config: Path | None, changes: list[str] | None, **flags: Any
) -> ForecastConfiguration:
    """Complete the configuration: its file, then --set, then the flags."""
    from asperity.core.config import load, resolve
    from asperity.core.errors import InputError
    from asperity.evt.config import ForecastConfiguration

    content: dict[str, Any] = {}
    if config is not None:
        content = load(config)
        run.inputs.append((str(config), config))
        if content.get("kind", KIND) != KIND:
            raise InputError(f"{config}: kind = {content['kind']!r}, expected {KIND!r}")
    where = str(config) if config is not None else "options"
    filed = resolve(ForecastConfiguration, content, changes or (), where)
    given = {k: v for k, v in flags.items() if v is not None}
    resolved = resolve(ForecastConfiguration, {**filed.model_dump(), **given}, (), "options")
    run.configuration["forecast"] = resolved.model_dump(mode="json")
    return resolved


@leaf(
    app, "template", example="asperity evt template > forecast.toml", output="TOML file to write."
)
def template(run: Run) -> Answer:
    """Print a commented configuration of a forecast."""
    from asperity.core.config import to_toml
    from asperity.evt.config import ForecastConfiguration

    text = to_toml(KIND, ForecastConfiguration())  # type: ignore[call-arg]
    if run.output is not None:
        run.save(run.output, lambda path: path.write_text(text, encoding="utf-8"))
    return Answer({"kind": KIND, "toml": text}, "" if run.output else text)


@leaf(app, "records", example="asperity evt records data:peace-river --mc 2")
def records(run: Run, file: FileArgument, mc: McOption = None) -> Answer:
    """List the events that broke the record of magnitude."""
    from asperity.evt.results import records_document
    from asperity.evt.sequence import sequence_of

    document = records_document(sequence_of(run.read(file), mc))
    lines = [f"{r['index']:>8}  {r['time']}  {r['magnitude']:.2f}" for r in document["records"]]
    head = (
        f"{document['n_records']} records of {document['n_events']} events at Mc {document['mc']:g}"
    )
    return Answer(document, "\n".join([head, "   index  time  magnitude", *lines]))


@leaf(app, "estimate", example="asperity evt estimate data:peace-river --mc 2 --index reversed")
def estimate(
    run: Run,
    file: FileArgument,
    mc: McOption = None,
    index: Annotated[
        str,
        typer.Option("--index", metavar="cooke|reversed|truncated", help="Reading of the index."),
    ] = "cooke",
    fields: Annotated[
        str | None,
        typer.Option(
            "--fields", help="Which, such as upper_limit:all:magnitude,jump_limited:all:potency."
        ),
    ] = None,
) -> Answer:
    """Estimate the next record magnitude by the eight estimators."""
    from asperity.core.errors import InputError
    from asperity.evt.estimators import ESTIMATORS, EstimatorName
    from asperity.evt.results import estimates_document
    from asperity.evt.sequence import sequence_of

    if index not in ("cooke", "reversed", "truncated"):
        raise InputError(f"--index {index!r}; allowed are cooke, reversed, truncated")
    names = tuple(EstimatorName.parse(f) for f in fields.split(",")) if fields else ESTIMATORS
    document = estimates_document(sequence_of(run.read(file), mc), index, names)
    lines = [
        f"{e['estimator']:<13}{e['events']:<8}{e['size']:<10} "
        + (f"{e['value']:.4f}" if e["status"] == "ok" else f"-  ({e['status']})")
        for e in document["estimates"]
    ]
    head = (
        f"{document['n_events']} events, {document['n_records']} records, "
        f"Mc {document['mc']:g}, largest {document['m_max']:g}, index {index}"
    )
    return Answer(document, "\n".join([head, *lines]))


@leaf(app, "forecast", example="asperity evt forecast data:peace-river --mc 2 --threshold 6")
def forecast(
    run: Run,
    file: FileArgument,
    mc: McOption = None,
    threshold: ThresholdOption = None,
    law: LawOption = None,
    profile: ProfileOption = None,
    condition_on_record: ConditionOption = None,
    min_events: MinEventsOption = None,
    min_records: MinRecordsOption = None,
    upper: UpperOption = None,
    lower: LowerOption = None,
    allow_mismatch: MismatchOption = None,
    config: ConfigOption = None,
    changes: SetOption = None,
) -> Answer:
    """Forecast the magnitude of the next record, given that one comes."""
    from asperity.evt.results import forecast_document
    from asperity.evt.sequence import sequence_of

    configuration = _configuration(
        run, config, changes, mc=mc, thresholds=threshold, law=law, profile=profile,
        condition_on_record=condition_on_record, min_events=min_events, min_records=min_records,
        upper=upper, lower=lower, allow_mismatch=allow_mismatch,
    )  # fmt: skip
    sequence = sequence_of(run.read(file), configuration.mc)
    document = forecast_document(sequence, configuration)
    return Answer(document, _forecast_text(document))


def _forecast_text(document: dict[str, Any]) -> str:
    head = (
        f"{document['n_events']} events, {document['n_records']} records, Mc {document['mc']:g}, "
        f"largest {document['m_max']:g}"
    )
    if document["status"] != "ok":
        return f"{head}\nno forecast: {document['status']}"
    ours, theirs = document["quantiles"], document["baseline"]["quantiles"]
    lines = [
        head,
        f"M_UE {document['m_ue']:.2f} ({document['upper']})",
        f"M_LE {document['m_le']:.2f} ({document['lower']})",
        "",
        f"next record, {document['law']['name']} {document['law']['profile']}, "
        + ("given a record" if document["conditioned"] else "not conditioned"),
        "              calibrated  Gutenberg-Richter",
    ]
    for key, value in ours.items():
        other = f"{theirs[key]:.2f}" if theirs[key] is not None else "-"
        lines.append(f"  {100 * float(key):>3.0f} % below  {value:>9.2f}  {other:>9}")
    pairs = zip(document["exceedance"], document["baseline"]["exceedance"], strict=True)
    for a, b in pairs:
        other = f"{b['probability']:.4f}" if b["probability"] is not None else "-"
        lines.append(f"  P(M > {a['magnitude']:g})  {a['probability']:>9.4f}  {other:>9}")
    return "\n".join(lines)


@leaf(
    app,
    "replay",
    example="asperity evt replay data:peace-river --mc 2 --threshold 5 --figure replay.png",
)
def replay(
    run: Run,
    file: FileArgument,
    mc: McOption = None,
    threshold: ThresholdOption = None,
    law: LawOption = None,
    profile: ProfileOption = None,
    condition_on_record: ConditionOption = None,
    min_events: MinEventsOption = None,
    min_records: MinRecordsOption = None,
    upper: UpperOption = None,
    lower: LowerOption = None,
    allow_mismatch: MismatchOption = None,
    figure: Annotated[
        list[Path] | None,
        typer.Option("--figure", metavar="PATH", help="Figure to write, .png or .svg; repeatable."),
    ] = None,
    axis: Annotated[
        str, typer.Option("--axis", metavar="auto|time|events", help="What runs to the right.")
    ] = "auto",
    config: ConfigOption = None,
    changes: SetOption = None,
) -> Answer:
    """Replay a sequence: what would have been forecast before each event, and how it scored."""
    from asperity.core.errors import InputError
    from asperity.core.files import check_output
    from asperity.evt.results import make_replay, replay_document
    from asperity.evt.sequence import sequence_of

    configuration = _configuration(
        run, config, changes, mc=mc, thresholds=threshold, law=law, profile=profile,
        condition_on_record=condition_on_record, min_events=min_events, min_records=min_records,
        upper=upper, lower=lower, allow_mismatch=allow_mismatch,
    )  # fmt: skip
    if axis not in ("auto", "time", "events"):
        raise InputError(f"--axis {axis!r}; allowed are auto, time, events")
    for path in [*(figure or []), *([run.output] if run.output else [])]:
        check_output(path, force=run.force)
    sequence = sequence_of(run.read(file), configuration.mc)
    document = replay_document(sequence, make_replay(sequence, configuration), configuration)
    document = {"name": _name(file), **document}
    if figure:
        from asperity.core.figures import save_figure
        from asperity.evt.figures import replay_figure

        drawn = replay_figure(document, axis)
        for path in figure:
            run.save(path, lambda temporary: save_figure(drawn, temporary))
    return Answer(document, _replay_text(document))


def _name(file: str) -> str:
    """Return what a figure calls a sequence: the data set, or the file without its folder."""
    return file.removeprefix("data:") if file.startswith("data:") else Path(file).stem


def _replay_text(document: dict[str, Any]) -> str:
    scores = document["scores"]
    lines = [
        f"{document['n_events']} events, {document['n_records']} records, Mc {document['mc']:g}; "
        f"{scores['n_records_scored']} records scored",
        f"{'time':<25}{'record':>7}{'M_LE':>7}{'M_UE':>7}{'median':>8}{'5-95 %':>15}{'F(obs)':>8}",
    ]
    for f in document["forecasts"]:
        if f["is_record"]:
            q = f["quantiles"]
            if f["status"] != "ok":
                lines.append(f"{f['time']!s:<25}{f['observed']:>7.2f}  no forecast: {f['status']}")
                continue
            interval = f"{q['0.05']:.2f} to {q['0.95']:.2f}"
            lines.append(
                f"{f['time']!s:<25}{f['observed']:>7.2f}{f['m_le']:>7.2f}{f['m_ue']:>7.2f}"
                f"{q['0.5']:>8.2f}{interval:>15}{f['pit']:>8.3f}"
            )
    if scores["baseline"] is not None:
        base = scores["baseline"]
        lines += [
            "",
            f"{'':<22}{'calibrated':>12}{'Gutenberg-Richter':>20}",
            *(
                f"{label:<22}{scores[key]:>12.3f}{base[key]:>20.3f}"
                for key, label in (
                    ("crps", "CRPS (lower better)"),
                    ("log_score", "log score (lower)"),
                    ("pit_ks", "KS distance of F"),
                    ("coverage_90", "in the 90 % interval"),
                    ("bias", "bias of the median"),
                )
            ),
        ]
    lines.append(f"status: {scores['status']}")
    return "\n".join(lines)
