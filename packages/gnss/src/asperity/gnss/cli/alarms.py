"""``asperity gnss alarms``: deviations of strain series as alarms in time, scored on events."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.command import Answer, FiguresOption, Run, leaf
from asperity.gnss.cli.common import app

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from asperity.core.catalog import Catalog
    from asperity.gnss.criteria import TimeScore


@dataclass(frozen=True)
class TimeRuleOptions:
    """What counts as an alarm, and for when."""

    lead: Annotated[
        str,
        typer.Option("--lead", metavar="FIRST/LAST", help="Months after it that an alarm is for."),
    ] = "6/60"
    threshold: Annotated[
        float,
        typer.Option("--threshold", metavar="X", min=0.0, help="Marked among those swept."),
    ] = 0.18
    split: Annotated[
        str | None,
        typer.Option(
            "--split", metavar="YYYY-MM", help="Choose the threshold before it, test it after."
        ),
    ] = None
    min_magnitude: Annotated[
        float, typer.Option("--min-magnitude", metavar="M", help="Smallest scored event.")
    ] = 5.0
    aftermath: Annotated[
        int,
        typer.Option(
            "--aftermath", metavar="MONTHS", min=0,
            help="Leave out so many months after an event of M >= 7 in the region.",
        ),
    ] = 0  # fmt: skip
    decluster: Annotated[
        Literal["gardner-knopoff", "nearest-neighbour", "reasenberg", "none"],
        typer.Option("--decluster", help="Leave out fore- and aftershocks."),
    ] = "gardner-knopoff"
    rates: Annotated[
        Literal["alike", "earlier"],
        typer.Option(
            "--rates", help="Chance by regions alike, or by their events before the table begins."
        ),
    ] = "alike"


@leaf(
    app,
    "alarms",
    example="asperity gnss alarms --synthetic 0.5 --split 2010-01 --figure alarms.png",
    seed=True,
)
def alarms(
    run: Run,
    options: TimeRuleOptions,
    table: Annotated[
        Path | None,
        typer.Argument(
            metavar="[TABLE.csv]",
            help="Columns region,west,east,south,north,month,statistic (0.18 is 18 %).",
        ),
    ] = None,
    catalog: Annotated[
        str | None,
        typer.Option("--catalog", metavar="FILE", help="Earthquakes, a catalog or data:NAME."),
    ] = None,
    synthetic: Annotated[
        float | None,
        typer.Option(
            "--synthetic", metavar="SHARE", min=0.0, max=1.0,
            help="Instead of a table: 20 regions, 2000 to 2019, such a share of events announced.",
        ),
    ] = None,
    figure: FiguresOption = None,
) -> Answer:  # fmt: skip
    """Score deviations of strain from their trend as alarms, by region and month.

    A month whose statistic reaches the threshold puts its region on alarm for the lead time
    that follows. Thresholds from 5 to 100 % are swept.
    """
    from asperity.core.errors import UsageError
    from asperity.gnss.criteria.time_results import (
        alarms_text,
        alarms_verdict,
        time_score_document,
    )

    run.check_outputs(figure or ())
    lead = _lead(options.lead)
    if (table is None) == (synthetic is None) or (table is None) != (catalog is None):
        raise UsageError("give TABLE.csv and --catalog FILE, or --synthetic SHARE alone")
    if table is not None and catalog is not None:
        score, regions = _scored(run, table, catalog, options, lead)
    else:
        score, regions = _synthetic(run, float(synthetic or 0.0), options, lead)
    found = time_score_document(score)
    document = {
        "name": "synthetic" if table is None else table.stem,
        "n_regions": regions,
        "lead": list(lead),
        "split": options.split,
        "synthetic": synthetic,
        "score": found,
        "verdict": alarms_verdict(found),
    }

    def draw() -> Figure:
        from asperity.gnss.figures.alarms import alarms_figure

        return alarms_figure(found)

    document["written"] = run.save_figures(figure, draw)
    return Answer(document, alarms_text(document))


def _lead(text: str) -> tuple[int, int]:
    from asperity.core.errors import UsageError

    parts = text.split("/")
    if len(parts) != 2 or not all(part.isdigit() for part in parts):
        raise UsageError(f"--lead {text!r}: write FIRST/LAST in months, such as 6/60")
    first, last = map(int, parts)
    if not 1 <= first <= last:
        raise UsageError(f"--lead {text!r}: give two ascending numbers from 1 on")
    return first, last


def _month(text: str | None, start: str) -> int | None:
    """Return how many months after the start of a table a month is."""
    import numpy as np

    from asperity.core.errors import UsageError

    if text is None:
        return None
    try:
        month = np.datetime64(text, "M")
    except ValueError:
        raise UsageError(f"--split {text!r}: write a month, such as 2010-01") from None
    return int((month - np.datetime64(start, "M")).astype(int))


def _synthetic(
    run: Run, share: float, options: TimeRuleOptions, lead: tuple[int, int]
) -> tuple[TimeScore, int]:
    import numpy as np

    from asperity.gnss.criteria import score_alarms, synthetic_alarms

    made = synthetic_alarms(np.random.default_rng(run.seed), precursors=share, lead=lead)
    score = score_alarms(
        made.statistic, made.events, lead=lead, marked=options.threshold,
        split=_month(options.split, "2000-01"),
    )  # fmt: skip
    return score, len(made.events)


def _scored(
    run: Run, path: Path, file: str, options: TimeRuleOptions, lead: tuple[int, int]
) -> tuple[TimeScore, int]:
    from asperity.core.errors import DataError
    from asperity.gnss.criteria import mainshocks, monthly_counts, score_alarms
    from asperity.gnss.criteria.space_time import without_aftermath
    from asperity.gnss.criteria.time_tables import read_statistics

    run.inputs.append((str(path), path))
    table = read_statistics(path)
    everything = run.read(file).catalog
    if everything.frame != "geographic" or everything.time_frame != "utc":
        raise DataError(f"{file}: alarms need latitude, longitude and dates of the events")
    chosen = everything.select(everything["magnitude"] >= options.min_magnitude)
    events = mainshocks(chosen, options.decluster)
    months = table.statistic.shape[1]

    def counted(some: Catalog) -> Any:
        return monthly_counts(some, table.regions, table.start, months)

    statistic = table.statistic
    if options.aftermath:
        large = counted(everything.select(everything["magnitude"] >= 7.0)) > 0
        statistic = without_aftermath(statistic, large, options.aftermath)
    weights = None
    if options.rates == "earlier":
        before = events.between(None, f"{table.start}-01")
        inside = [r.contains(before["longitude"], before["latitude"]) for r in table.regions]
        # Half an event more, so that a region without any is not impossible.
        weights = [float(rows.sum()) + 0.5 for rows in inside]
    score = score_alarms(
        statistic, counted(events), lead=lead, marked=options.threshold, weights=weights,
        split=_month(options.split, table.start),
    )  # fmt: skip
    return score, len(table.regions)
