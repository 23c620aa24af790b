"""``asperity evt template`` and ``forecast``: the record that comes next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asperity.core.command import Answer, FiguresOption, FileArgument, Run, leaf, name_of, plain
from asperity.evt.cli.common import (
    KIND,
    ForecastOptions,
    app,
    configuration_of,
    cut_sequence,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from asperity.evt.config import ForecastConfiguration
    from asperity.evt.sequence import Sequence


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


@leaf(
    app,
    "forecast",
    example="asperity evt forecast data:peace-river --mc 2 --threshold 6 --robust",
    seed=True,
)
def forecast(
    run: Run,
    file: FileArgument,
    options: ForecastOptions,
    robust: Annotated[
        bool,
        typer.Option("--robust", help="Add bands over Mc, index readings and magnitude errors."),
    ] = False,
    magnitude_error: Annotated[
        str,
        typer.Option(
            "--magnitude-error",
            metavar="LOW/HIGH",
            help="Standard deviation of magnitudes whose catalog gives none.",
        ),
    ] = "0.1/0.2",
    simulations: Annotated[
        int, typer.Option("--simulations", min=20, help="Draws of magnitude errors.")
    ] = 200,
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan",
            metavar="OPERATIONS",
            help="Planned rates: .parquet, or .csv with columns time and rate (m3/s).",
        ),
    ] = None,
    before: Annotated[
        list[str] | None,
        typer.Option(
            "--before",
            metavar="TIME|VOLUME",
            help="Of the plan: until a date, or a volume such as 5000m3; repeatable.",
        ),
    ] = None,
    decay_time: Annotated[
        str,
        typer.Option(
            "--decay-time",
            metavar="DAYS|DURATION",
            help="Of the decay after shut-in, days, or a duration such as PT0.001S.",
        ),
    ] = "0.25",
    decay_exponent: Annotated[
        float, typer.Option("--decay-exponent", help="... its exponent.")
    ] = 2.0,
    figure: FiguresOption = None,
) -> Answer:
    """Forecast the magnitude of the next record, given that one comes."""
    from asperity.core.errors import UsageError
    from asperity.evt.results import forecast_document

    if before and plan is None:
        raise UsageError("--before goes with --plan, which says what is injected until then")
    configuration = configuration_of(run, options)
    result = run.read(file)
    sequence = cut_sequence(run, file, result, configuration.mc)
    document = {
        "name": name_of(file, sequence.catalog.attributes),
        **forecast_document(sequence, configuration),
    }
    if robust:
        from asperity.evt.robustness import robustness_document

        document["robust"] = robustness_document(
            result, configuration, sequence.mc, error=_pair(magnitude_error),
            simulations=simulations, seed=run.seed,
        )  # fmt: skip
    if plan is not None:
        decay = (_seconds(decay_time), decay_exponent)
        document["plan"] = _plan(run, sequence, configuration, plan, before or [], decay)

    def draw() -> Figure:
        from asperity.evt.forecast_figure import forecast_figure

        return forecast_figure(plain(document))

    run.save_figures(figure, draw)
    text = [_forecast_text(document), *_robust_text(document), *_plan_text(document)]
    return Answer(document, "\n".join(text))


def _pair(text: str) -> tuple[float, float]:
    from asperity.core.errors import UsageError

    parts = text.split("/")
    try:
        low, high = (float(part) for part in (parts if len(parts) > 1 else parts * 2))
    except ValueError:
        raise UsageError(f"--magnitude-error {text}: write LOW/HIGH, such as 0.1/0.2") from None
    if not 0.0 <= low <= high < 5.0:
        raise UsageError(f"--magnitude-error {text}: give numbers from 0 up, the lower first")
    return low, high


def _seconds(text: str) -> float:
    """Return the length of a number of days, or of a duration, s."""
    from asperity.core.errors import usage
    from asperity.core.times import duration_seconds

    try:
        return 86_400.0 * float(text)
    except ValueError:
        with usage("--decay-time"):
            return duration_seconds(text)


def _plan(
    run: Run, sequence: Sequence, configuration: ForecastConfiguration, path: Path,
    before: list[str], decay: tuple[float, float],
) -> dict[str, Any]:  # fmt: skip
    from asperity.core.errors import UsageError, usage
    from asperity.core.operations import read_operations
    from asperity.evt.planning import parse_before, plan_document

    if not (decay[0] > 0.0 and decay[1] > 0.0):
        raise UsageError("--decay-time and --decay-exponent must be above 0")
    if sequence.catalog.time_frame == "order":
        raise UsageError(
            "--plan needs a catalog with times; this one only numbers its events: map the "
            "column of its times with catalog convert --columns"
        )
    run.inputs.append((str(path), path))
    operations = read_operations(path)
    with usage("--before"):
        moments = [parse_before(text, sequence) for text in before]
    return plan_document(
        sequence, configuration, operations, moments, decay_time=decay[0], decay_exponent=decay[1]
    )


def _robust_text(document: dict[str, Any]) -> list[str]:
    if "robust" not in document:
        return []
    lines = ["", f"{'':<28}{'median':>15}{'95 % below':>15}"]
    labels = {
        "mc": "Mc moved by 0.3 either way",
        "index": "readings of the index",
        "magnitude": "errors of the magnitudes",
    }
    for key, label in labels.items():
        band = document["robust"][key]
        spans = [_span(band["quantiles"][q]) for q in ("0.5", "0.95")]
        lines.append(f"{label:<28}{spans[0]:>15}{spans[1]:>15}")
        if band["status"] != "ok":
            lines.append(f"  {band['status']}")
        lines += [
            f"  P(M > {e['magnitude']:g})  {_span([e['low'], e['high']], 4)}"
            for e in band["exceedance"]
        ]
    return lines


def _span(pair: list[float], digits: int = 2) -> str:
    low, high = pair
    # NaN is the only number that differs from itself.
    return "-" if low != low else f"{low:.{digits}f} to {high:.{digits}f}"


def _plan_text(document: dict[str, Any]) -> list[str]:
    if "plan" not in document:
        return []
    from asperity.evt.volumes import volume_text

    plan = document["plan"]
    lines = ["", f"plan until {plan['end']}; {plan['note']}"]
    for scenario in plan["scenarios"]:
        for entry in scenario["before"]:
            lines.append(
                f"{scenario['name']} until {entry['until']}: {volume_text(entry['volume'])} m3, "
                f"{entry['expected_events']:.1f} events expected, "
                f"P(record) {entry['p_record']:.3f}"
                + (f" ({entry['status']})" if entry["status"] != "ok" else "")
            )
            for chance in entry["exceedance"]:
                models = ", ".join(
                    f"{name} {p:.3f}" if p is not None else f"{name} -"
                    for name, p in chance.items()
                    if name != "magnitude"
                )
                lines.append(f"  P(M > {chance['magnitude']:g}): {models}")
    return lines


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
    lines += [f"note: {flag}" for flag in document["flags"]]
    return "\n".join(lines)
