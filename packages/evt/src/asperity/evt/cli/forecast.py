"""``asperity evt template`` and ``forecast``: the record that comes next."""

from __future__ import annotations

from typing import Any

from asperity.core.command import Answer, FileArgument, Run, leaf
from asperity.evt.cli.common import KIND, ForecastOptions, app, configuration_of, read_sequence


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


@leaf(app, "forecast", example="asperity evt forecast data:peace-river --mc 2 --threshold 6")
def forecast(run: Run, file: FileArgument, options: ForecastOptions) -> Answer:
    """Forecast the magnitude of the next record, given that one comes."""
    from asperity.evt.results import forecast_document

    configuration = configuration_of(run, options)
    sequence = read_sequence(run, file, configuration.mc)
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
