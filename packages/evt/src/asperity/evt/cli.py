"""``asperity evt``: record-breaking magnitudes of induced sequences."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.command import Answer, FiguresOption, FileArgument, Run, group, leaf

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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


def _configuration(run: Run, options: ForecastOptions) -> ForecastConfiguration:
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


def _sequence(run: Run, file: str, mc: float | None) -> Sequence:
    """Read the events at or above Mc, and say where Mc comes from when nobody gave it."""
    from asperity.evt.sequence import sequence_of

    sequence = sequence_of(run.read(file), mc)
    if sequence.mc_source != "given":
        run.warn(
            f"{file}: no --mc given; the smallest magnitude, {sequence.mc:g}, stands for the "
            "magnitude of completeness, which is rarely so low (see catalog bvalue)"
        )
    return sequence


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

    document = records_document(_sequence(run, file, mc))
    times = [str(r["time"]) for r in document["records"]]
    width = max(len(t) for t in [*times, "time"])
    lines = [
        f"{r['index']:>8}  {time:<{width}}  {r['magnitude']:>9.2f}"
        for r, time in zip(document["records"], times, strict=True)
    ]
    lines.insert(0, f"{'index':>8}  {'time':<{width}}  magnitude")
    head = (
        f"{document['n_records']} records of {document['n_events']} events at Mc {document['mc']:g}"
    )
    return Answer(document, "\n".join([head, *lines]))


@leaf(app, "estimate", example="asperity evt estimate data:peace-river --mc 2 --index reversed")
def estimate(
    run: Run,
    file: FileArgument,
    mc: McOption = None,
    index: Annotated[
        Literal["cooke", "reversed", "truncated"],
        typer.Option("--index", help="Reading of the index."),
    ] = "cooke",
    fields: Annotated[
        str | None,
        typer.Option(
            "--fields", help="Which, such as upper_limit:all:magnitude,jump_limited:all:potency."
        ),
    ] = None,
) -> Answer:
    """Estimate the next record magnitude by the eight estimators."""
    from asperity.core.errors import usage
    from asperity.evt.estimators import ESTIMATORS, EstimatorName
    from asperity.evt.results import estimates_document

    chosen = fields.split(",") if fields else [str(name).rpartition(":")[0] for name in ESTIMATORS]
    # A field may name its own reading of the index.
    full = [f if f.count(":") == 3 else f"{f}:{index}" for f in chosen]
    with usage("--fields"):
        names = tuple(EstimatorName.parse(f) for f in full)
    document = estimates_document(_sequence(run, file, mc), names)
    lines = [
        f"{e['estimator']:<13}{e['events']:<8}{e['size']:<10} "
        + (f"{e['value']:.4f}" if e["status"] == "ok" else f"-  ({e['status']})")
        for e in document["estimates"]
    ]
    head = (
        f"{document['n_events']} events, {document['n_records']} records, "
        f"Mc {document['mc']:g}, largest {document['m_max']:g}, index "
        + ", ".join(dict.fromkeys(name.index for name in names))
    )
    return Answer(document, "\n".join([head, *lines]))


@leaf(app, "forecast", example="asperity evt forecast data:peace-river --mc 2 --threshold 6")
def forecast(run: Run, file: FileArgument, options: ForecastOptions) -> Answer:
    """Forecast the magnitude of the next record, given that one comes."""
    from asperity.evt.results import forecast_document

    configuration = _configuration(run, options)
    sequence = _sequence(run, file, configuration.mc)
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
    options: ForecastOptions,
    figure: FiguresOption = None,
    axis: Annotated[
        Literal["auto", "time", "events"],
        typer.Option("--axis", help="What runs to the right."),
    ] = "auto",
) -> Answer:
    """Replay a sequence: what would have been forecast before each event, and how it scored."""
    from asperity.evt.results import make_replay, replay_document

    configuration = _configuration(run, options)
    sequence = _sequence(run, file, configuration.mc)
    document = replay_document(sequence, make_replay(sequence, configuration), configuration)
    document = {"name": _name(file), **document}

    def draw() -> Figure:
        from asperity.evt.figures import replay_figure

        return replay_figure(document, axis)

    run.save_figures(figure, draw)
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
