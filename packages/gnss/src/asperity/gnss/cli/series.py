"""``asperity gnss series`` and ``anomaly``: strain of a region in time, and its departures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.command import Answer, FiguresOption, Run, leaf
from asperity.gnss.cli.common import app
from asperity.gnss.cli.positions import FilesArgument, PositionChoices, StepChoices, read_series
from asperity.gnss.cli.positions import steps_of as steps_of_stations

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from asperity.gnss.figures.series import Trend
    from asperity.gnss.series.analysis import Plan, Significance
    from asperity.gnss.series.region import Displacements, Region
    from asperity.gnss.series.strain import RegionSeries
    from asperity.gnss.series.weights import Weights

EventOption = Annotated[
    str, typer.Option("--event", metavar="TIME", help="The event; nothing after it is used.")
]
CenterOption = Annotated[
    str, typer.Option("--center", metavar="LON/LAT", help="Of the region, degrees.")
]


OptionalEvent = Annotated[
    str | None, typer.Option("--event", metavar="TIME", help="The event; nothing after it is used.")
]
OptionalCenter = Annotated[
    str | None, typer.Option("--center", metavar="LON/LAT", help="Of the region, degrees.")
]


@dataclass(frozen=True)
class RegionChoices:
    """Which stations, which series, which windows."""

    radius: Annotated[float, typer.Option("--radius", metavar="KM", help="Of the region.")] = 200.0
    kind: Annotated[
        Literal["strain", "baseline", "station"],
        typer.Option("--kind", help="Strain; or single lines or stations, for comparison."),
    ] = "strain"
    estimator: Annotated[
        Literal["uniform", "lsc"],
        typer.Option("--estimator", help="Uniform strain of the region, or collocation."),
    ] = "uniform"
    component: Annotated[
        list[str] | None,
        typer.Option("--component", metavar="NAME", help="ee, nn, en, e1, e2 ...; repeats."),
    ] = None
    window: Annotated[
        list[float] | None,
        typer.Option("--window", metavar="YEARS", help="Before the event; the first leads."),
    ] = None
    background: Annotated[
        float | None,
        typer.Option("--background", metavar="YEARS", help="Before the windows; all that is."),
    ] = None
    threshold: Annotated[
        float, typer.Option("--threshold", metavar="X", help="Of the D statistics.")
    ] = 0.18
    offsets: Annotated[
        list[str] | None,
        typer.Option("--offsets", metavar="FILE|TIME", help="Steps to take away; repeats."),
    ] = None


@dataclass(frozen=True)
class _Ready:
    """A series with what it was made from."""

    region: Region
    displacements: Displacements
    weights: Weights
    series: RegionSeries
    plan: Plan


@leaf(
    app,
    "series",
    example="asperity gnss series twin.csv --event 2017-11-17T22:34 --center 95.02/29.75 -o e.csv",
    output="The series, .nc or .csv.",
)
def strain_series(
    run: Run,
    files: FilesArgument,
    event: EventOption,
    center: CenterOption,
    positions: PositionChoices,
    choices: RegionChoices,
    figure: FiguresOption = None,
) -> Answer:
    """Follow the strain of a region up to an event.

    The principal axes are those of the background and stay fixed; a station that comes or
    goes makes no jump. How likely noise gives the same is what anomaly says.
    """
    from asperity.gnss.series.anomaly import STATISTICS
    from asperity.gnss.series.results import series_document

    run.check_outputs(figure or ())
    ready = _ready(run, files, event, center, positions, choices, draws=0)
    document = series_document(
        ready.region, ready.displacements, ready.series, ready.plan, choices.kind
    )
    found = _statistics(ready)
    document |= {
        "component": ready.plan.components[0],
        "window": ready.plan.windows[0],
        "statistics": {name: found[name] for name in STATISTICS},
        "slopes": {"before": found["slope_before"], "within": found["slope_within"]},
        "threshold": ready.plan.threshold,
        "exceeds": abs(found["d_acc"]) > ready.plan.threshold,
        "p_value": None,
        "minimum_detectable": None,
        "status": "no test: gnss anomaly says how likely noise gives the same",
    }
    document["written"] = run.save_figures(figure, lambda: _figure(ready, None))
    if run.output is not None:
        document["written"] += _write(run, ready.series, run.output)
    return Answer(document)


@dataclass(frozen=True)
class RuleChoices:
    """How alarms of many regions are scored on a catalog."""

    catalog: Annotated[
        str | None,
        typer.Option("--catalog", metavar="FILE", help="Score alarms on earthquakes instead."),
    ] = None
    min_magnitude: Annotated[
        float, typer.Option("--min-magnitude", metavar="M", help="Of earthquakes that count.")
    ] = 5.0
    spacing: Annotated[
        float | None,
        typer.Option("--spacing", metavar="KM", help="Of regions; the radius when missing."),
    ] = None
    statistic: Annotated[
        Literal["d_acc", "d_slope", "d_win"],
        typer.Option("--statistic", help="Which one raises alarms."),
    ] = "d_acc"
    train_before: Annotated[
        str | None,
        typer.Option(
            "--train-before", metavar="TIME", help="Choose a threshold before, test after."
        ),
    ] = None


@leaf(
    app,
    "anomaly",
    example="asperity gnss anomaly twin.csv --event 2017-11-17T22:34 --center 95.02/29.75",
    seed=True,
    executor=True,
)
def anomaly(
    run: Run,
    files: FilesArgument,
    positions: PositionChoices,
    choices: RegionChoices,
    rule: RuleChoices,
    event: OptionalEvent = None,
    center: OptionalCenter = None,
    draws: Annotated[
        int, typer.Option("--draws", min=100, metavar="N", help="Series of noise.")
    ] = 2000,
    noise: Annotated[
        Literal["flicker", "power-law", "random-walk", "white"],
        typer.Option("--noise", help="Fitted to each station beside white noise."),
    ] = "flicker",
    figure: FiguresOption = None,
) -> Answer:
    """Test whether the strain of a region departs from its background before an event.

    Noise with the gaps and the geometry of the stations says how often the same, or a
    larger, departure comes by chance, the choice of window and component included. With
    --catalog alarms of all regions that the stations surround are scored on earthquakes.
    """
    if rule.catalog is not None:
        return _rule(run, files, positions, choices, rule, figure)
    from asperity.core.errors import UsageError

    if event is None or center is None:
        raise UsageError("give --event and --center, or --catalog to score alarms")
    from dataclasses import replace

    from asperity.gnss.series.analysis import significance
    from asperity.gnss.series.results import (
        series_document,
        significance_document,
        significance_text,
    )

    run.check_outputs(figure or ())
    ready = _ready(run, files, event, center, positions, choices, draws=draws)
    plan = replace(ready.plan, noise=noise, seed=run.seed)
    with run.executor() as executor, run.progress("draws", draws) as advance:
        found = significance(
            ready.series, ready.displacements, ready.weights, plan, executor=executor,
            advance=advance,
        )  # fmt: skip
    document = {
        **series_document(ready.region, ready.displacements, ready.series, plan, choices.kind),
        **significance_document(found, plan),
    }
    document["written"] = run.save_figures(figure, lambda: _figure(ready, found))
    return Answer(document, significance_text(document))


def _rule(
    run: Run,
    files: list[str],
    positions: PositionChoices,
    choices: RegionChoices,
    rule: RuleChoices,
    figure: FiguresOption,
) -> Answer:
    """Score alarms of all regions on the earthquakes of a catalog."""
    from asperity.core.statistics.declustering import decluster
    from asperity.gnss.criteria.space_time import LEAD
    from asperity.gnss.criteria.time_results import (
        alarms_text,
        alarms_verdict,
        time_score_document,
    )
    from asperity.gnss.positions.offsets import Earthquakes, parse_offset_time
    from asperity.gnss.series.rule import alarm_strength, region_centres, score_rule

    series = read_series(run, files, positions)
    catalog = run.read(rule.catalog or "").catalog
    catalog = catalog.select(catalog["magnitude"] >= rule.min_magnitude)
    if len(catalog):
        made, rows = decluster(catalog, "gardner-knopoff")
        catalog = catalog.select(rows[made.is_mainshock])
    window = (choices.window or [1.0])[0]
    background = choices.background or 4.0
    start = min(float(one.years[0]) for one in series)
    centres = region_centres(
        series, choices.radius, rule.spacing or choices.radius, start, start + background
    )
    component = (choices.component or ["ee"])[0]
    alarms = alarm_strength(
        series, centres, choices.radius, window=window, background=background,
        statistic=rule.statistic, component=component,
    )  # fmt: skip
    before = None if rule.train_before is None else parse_offset_time(rule.train_before)
    score = score_rule(
        alarms, Earthquakes.of(catalog, rule.min_magnitude), marked=choices.threshold,
        train_before=before,
    )  # fmt: skip
    found = time_score_document(score)
    document = {
        "name": f"{rule.statistic} of {component}", "statistic": rule.statistic,
        "component": component, "window": window, "background_years": background,
        "radius_km": choices.radius, "lead": list(LEAD), "split": rule.train_before,
        "synthetic": None, "min_magnitude": rule.min_magnitude, "n_regions": len(centres),
        "centres": centres.tolist(), "score": found, "verdict": alarms_verdict(found),
    }  # fmt: skip
    document["written"] = run.save_figures(figure, lambda: _alarms_figure(found))
    return Answer(document, alarms_text(document))


def _alarms_figure(score: dict[str, Any]) -> Figure:
    from asperity.gnss.figures.alarms import alarms_figure

    return alarms_figure(score)


def _ready(
    run: Run,
    files: list[str],
    event: str,
    center: str,
    positions: PositionChoices,
    choices: RegionChoices,
    draws: int,
) -> _Ready:
    """Read the stations and make the series."""
    from asperity.core.errors import UsageError, usage
    from asperity.gnss.positions.offsets import parse_offset_time
    from asperity.gnss.series.analysis import Plan
    from asperity.gnss.series.region import choose_stations, prepare
    from asperity.gnss.series.strain import region_series

    with usage("--event"):
        moment = parse_offset_time(event)
    place = _place(center)
    windows = tuple(choices.window or (1.0, 0.5, 2.0, 3.0, 5.0))
    if min(windows) <= 0.0 or len(set(windows)) < len(windows):
        raise UsageError("--window: give different lengths above zero, years")
    series = read_series(run, files, positions)
    end = moment - windows[0]
    first = min(float(one.years[0]) for one in series)
    start = max(first, end - choices.background) if choices.background is not None else first
    least = {"strain": 4, "baseline": 2, "station": 1}[choices.kind]
    region = choose_stations(series, place, choices.radius, start, end, least=least)
    for flag in region.flags:
        run.warn(flag)
    steps = steps_of_stations(run, region.series, StepChoices(offsets=choices.offsets))
    displacements = prepare(region, steps, start, end)
    weights = _weights(region, place, choices)
    made = region_series(displacements, weights)
    default = ("ee", "e2") if choices.kind == "strain" else weights.components[:1]
    plan = Plan(
        moment, start, windows, tuple(choices.component or default), draws, choices.threshold
    )
    for name in plan.components:
        made.row(name)  # refuses a component that is not there before the work begins
    return _Ready(region, displacements, weights, made, plan)


def _place(text: str) -> tuple[float, float]:
    from asperity.core.errors import UsageError

    try:
        longitude, latitude = (float(part) for part in text.split("/"))
    except ValueError:
        raise UsageError(
            f"--center {text!r}: write LON/LAT in degrees, such as 95.02/29.75"
        ) from None
    if abs(latitude) > 90.0 or abs(longitude) > 360.0:
        raise UsageError(f"--center {text!r}: no place on the Earth")
    return longitude, latitude


def _weights(region: Region, place: tuple[float, float], choices: RegionChoices) -> Weights:
    from itertools import combinations

    from asperity.gnss.series.weights import (
        BaselineLengths,
        CollocationStrain,
        StationMotion,
        UniformStrain,
    )

    if choices.kind == "station":
        return StationMotion(region.sites)
    longitude, latitude = region.coordinates
    if choices.kind == "baseline":
        pairs = list(combinations(range(len(region.sites)), 2))
        names = tuple(f"{region.sites[a]}-{region.sites[b]}" for a, b in pairs)
        return BaselineLengths(longitude, latitude, pairs, names)
    if choices.estimator == "lsc":
        return CollocationStrain(longitude, latitude, place)
    return UniformStrain(longitude, latitude, place)


def _statistics(ready: _Ready) -> dict[str, float]:
    """Return the statistics of the first component and window by ordinary least squares."""
    import numpy as np

    from asperity.gnss.positions.noise import Noise
    from asperity.gnss.series.anomaly import window_rows

    values = ready.series.row(ready.plan.components[0])
    rows = window_rows(
        ready.series.years, np.isfinite(values), ready.plan.event, ready.plan.windows[0],
        ready.plan.start, Noise(1.0),
    )  # fmt: skip
    return {name: float(v) for name, v in rows.statistics(np.nan_to_num(values)).items()}


def _figure(ready: _Ready, found: Significance | None) -> Figure:
    from asperity.gnss.figures.series import series_figure
    from asperity.gnss.positions.results import moment

    window = ready.plan.windows[0]
    trends = [_trend(ready, name, found) for name in ready.plan.components]
    title = f"{len(ready.region.sites)} stations before {moment(ready.plan.event)[:10]}"
    return series_figure(
        ready.series, ready.plan.components, trends, ready.plan.event, window, title
    )


def _trend(ready: _Ready, name: str, found: Significance | None) -> Trend:
    import numpy as np

    from asperity.gnss.figures.series import Trend
    from asperity.gnss.positions.noise import fit_noise
    from asperity.gnss.positions.trajectory import Trajectory
    from asperity.gnss.series.anomaly import line_band

    series, plan = ready.series, ready.plan
    values = series.row(name)
    known = np.isfinite(values)
    begin = plan.event - plan.windows[0]
    test = next((t for t in found.tests if t.component == name), None) if found else None
    if test is not None:
        noise = test.noise
    else:
        background = known & (series.years >= plan.start) & (series.years < begin)
        years = series.years[background]
        design = Trajectory(begin).design(years)
        noise = fit_noise(years, values[background], design, "flicker").noise
    at, lines, sigma = line_band(series.years, known, plan.start, begin, noise)
    remark = ""
    if test is not None and plan.windows[0] in test.windows:
        first = test.windows[plan.windows[0]]
        remark = (
            f"{first['slope_before']:.1f} to {first['slope_within']:.1f} {series.unit}/yr, "
            f"p {first['p_z']:.2g}"
        ).replace("-", "\N{MINUS SIGN}")
    return Trend(at, lines @ np.nan_to_num(values), sigma, remark)


def _write(run: Run, series: RegionSeries, path: Path) -> list[str]:
    import json
    from functools import partial

    from asperity.core.errors import UsageError
    from asperity.core.netcdf import write_netcdf

    dataset: Any = series.dataset()
    if path.suffix == ".nc":
        kept = json.dumps({"provenance": run.provenance()})
        run.save(path, partial(write_netcdf, dataset.assign_attrs(asperity=kept)))
    elif path.suffix == ".csv":
        table = dataset.to_dataframe()
        run.save(path, lambda temporary: table.to_csv(temporary, float_format="%.4f"))
    else:
        raise UsageError(f"-o {path}: series are written as .nc or .csv")
    return [str(path)]
