"""``asperity evt records`` and ``estimate``: what a sequence holds now."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from asperity.core.command import Answer, FileArgument, Run, leaf
from asperity.evt.cli.common import McOption, app, read_sequence


@leaf(app, "records", example="asperity evt records data:peace-river --mc 2")
def records(run: Run, file: FileArgument, mc: McOption = None) -> Answer:
    """List the events that broke the record of magnitude."""
    from asperity.evt.results import records_document

    document = records_document(read_sequence(run, file, mc))
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
    document = estimates_document(read_sequence(run, file, mc), names)
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
