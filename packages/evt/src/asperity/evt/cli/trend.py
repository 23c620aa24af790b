"""``asperity evt trend``: whether the order of the magnitudes means something."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asperity.core.command import (
    Answer,
    FiguresOption,
    FileArgument,
    RegionOption,
    Run,
    leaf,
    name_of,
)
from asperity.evt.cli.common import McOption, app, cut_sequence, inside_region

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from asperity.evt.sequence import Sequence
    from asperity.evt.trend.restarts import RestartRule


@leaf(
    app,
    "trend",
    example="asperity evt trend data:pnr2 --mc -1 --horizon P7D --figure trend.png",
    seed=True,
)
def trend(
    run: Run,
    file: FileArgument,
    mc: McOption = None,
    window: Annotated[
        int | None,
        typer.Option("--window", min=2, help="Events in a window (a tenth of all, 20 at least)."),
    ] = None,
    permutations: Annotated[
        int, typer.Option("--permutations", min=1, help="Random orders behind the p-values.")
    ] = 999,
    steps: Annotated[
        list[int] | None,
        typer.Option("--next", metavar="K", help="Chance of a record in K events; repeatable."),
    ] = None,
    horizons: Annotated[
        list[str] | None,
        typer.Option(
            "--horizon", metavar="D", help="... in a time such as P30D at the recent rate."
        ),
    ] = None,
    quiet_for: Annotated[
        str | None,
        typer.Option("--restart-after", metavar="D", help="Begin anew after so long a quiet."),
    ] = None,
    restart_at: Annotated[
        list[str] | None,
        typer.Option("--restart-at", metavar="TIME", help="Begin anew at a time; repeatable."),
    ] = None,
    region: RegionOption = None,
    surprise: Annotated[
        float | None,
        typer.Option(
            "--restart-surprise",
            metavar="P",
            help="Begin anew at a record whose jump is less likely than P.",
        ),
    ] = None,
    figure: FiguresOption = None,
) -> Answer:
    """Compare records forwards and backwards, and tell the chance of one to come."""
    from asperity.core.errors import UsageError, usage
    from asperity.core.times import duration_seconds
    from asperity.evt.trend.results import NEXT, trend_document

    if any(k < 1 for k in steps or ()):
        raise UsageError(f"--next {min(steps or ())}: give numbers of events from 1 up")
    with usage("--horizon"):
        seconds = [duration_seconds(text) for text in horizons or ()]
    result = run.read(file)
    if region is not None:
        result = inside_region(run, file, result, region)
    sequence = cut_sequence(run, file, result, mc)
    name = name_of(file, sequence.catalog.attributes)
    rule = _rule(sequence, quiet_for, restart_at or [], surprise)
    document = {
        "name": name if region is None else f"{name} in {_called(region)}",
        "region": region,
        **trend_document(
            sequence, window=window, shuffles=permutations, seed=run.seed, steps=steps or NEXT,
            horizons=seconds, rule=rule,
        ),
    }  # fmt: skip

    def draw() -> Figure:
        from asperity.core.command import plain
        from asperity.evt.trend.figure import trend_figure

        return trend_figure(plain(document))

    run.save_figures(figure, draw)
    return Answer(document, _text(document))


def _called(region: str) -> str:
    """Return what a figure calls a region: its corners, or the file of its polygons."""
    return Path(region).stem if Path(region).is_file() else region


def _rule(
    sequence: Sequence, quiet_for: str | None, at: list[str], surprise: float | None
) -> RestartRule | None:
    from asperity.core.errors import UsageError, usage
    from asperity.core.times import PER_SECOND, duration_seconds
    from asperity.evt.trend.restarts import RestartRule

    if quiet_for is None and not at and surprise is None:
        return None
    catalog = sequence.catalog
    if catalog.time_frame == "order" and quiet_for is not None:
        raise UsageError(
            "--restart-after needs times; this catalog only numbers its events: map their "
            "times with catalog convert --columns"
        )
    with usage("--restart-after"):
        quiet = None if quiet_for is None else duration_seconds(quiet_for)
    ticks = PER_SECOND[catalog.time_unit] if catalog.time_unit else 1
    with usage("--restart-at"):
        moments = [(catalog.parse_time(t) - int(catalog["time"][0])) / ticks for t in at]
    with usage("--restart-surprise"):
        return RestartRule(quiet, tuple(moments), surprise)


def _text(document: dict[str, Any]) -> str:
    low, high = document["usual_records"]
    lines = [
        f"{document['n_events']} events at Mc {document['mc']:g}: {document['n_forward']} records "
        f"forward, {document['n_backward']} backward "
        f"(expected {document['expected_records']:.1f}, usually {low} to {high})",
        document["indicator"],
    ]
    if document["foster_stuart"] is not None:
        tests, dithered = document["foster_stuart"], document["dithered"]
        if dithered["z"] != document["z"]:
            lines.append(
                f"  ties broken at random: {dithered['n_forward']} forward, "
                f"{dithered['n_backward']} backward, z {dithered['z']:.2f}; p-values are of these"
            )
        lines += [
            f"  z {document['z']:.2f}, p {document['p_permutation']:.3g} by "
            f"{document['permutations']} permutations, {document['p_exact']:.3g} exact",
            f"  Foster-Stuart d: p {tests['d']['p']:.3g}; round trip: "
            f"p {tests['round_trip']['p']:.3g}; weighted: p {tests['upper_weighted']['p']:.3g}",
            f"  largest event at place {document['largest']['place']:.2f}: "
            f"p {document['largest']['p']:.3g}; record jumps: p {document['jumps']['p']:.3g}",
        ]
    if document["windows"]:
        windows = document["windows"]
        lines.append(
            f"  windows of {windows['width']}: largest difference "
            f"{max(abs(e['difference']) for e in windows['entries'])}, p {windows['p']:.3g}"
        )
    lines += [
        f"  part from {s['start']} ({s['reason']}): {s['n_events']} events, {s['n_forward']} "
        f"forward, {s['n_backward']} backward"
        for s in document["segments"]
    ]
    lines += [
        f"chance of a record in the next {e['k']} events: {e['probability']:.3f}"
        for e in document["p_next"]
    ]
    lines += [
        f"chance of a record in {e['seconds'] / 86_400:g} days at the recent rate: "
        f"{e['probability']:.3f}"
        for e in document["p_time"]
    ]
    lines += [f"note: {flag}" for flag in document["flags"]]
    if document["status"] != "ok":
        lines.append(f"status: {document['status']}")
    return "\n".join(lines)
