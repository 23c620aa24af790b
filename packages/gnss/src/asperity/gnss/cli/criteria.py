"""``asperity gnss criteria``: deformation criteria scored on earthquakes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.command import Answer, FiguresOption, RegionOption, Run, leaf
from asperity.gnss.cli.common import app

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from asperity.core.catalog import Catalog
    from asperity.gnss.criteria import CriteriaConfiguration, Ground, Targets

KIND = "gnss.criteria"


@dataclass(frozen=True)
class EventOptions:
    """Which events are scored, and which came before them."""

    catalog: Annotated[
        str,
        typer.Option("--catalog", metavar="FILE", help="Earthquakes, a catalog or data:NAME."),
    ]
    events: Annotated[
        Literal["catalog", "western-china"],
        typer.Option(
            "--events",
            help="Score those of the catalog, or the nine M >= 7 of western China since 2000.",
        ),
    ] = "catalog"
    period: Annotated[
        str | None,
        typer.Option(
            "--period", metavar="START/END", help="Of the scored events; either side may be empty."
        ),
    ] = None
    history: Annotated[
        str | None,
        typer.Option(
            "--history", metavar="FILE", help="Catalog of earlier events; else the catalog itself."
        ),
    ] = None
    decluster: Annotated[
        Literal["gardner-knopoff", "nearest-neighbour", "reasenberg", "none"],
        typer.Option("--decluster", help="Leave out fore- and aftershocks of both catalogs."),
    ] = "gardner-knopoff"
    apart: Annotated[
        float,
        typer.Option(
            "--apart", metavar="KM", min=0.0, help="Leave out events so close to an earlier one."
        ),
    ] = 0.0
    split: Annotated[
        str | None,
        typer.Option(
            "--split", metavar="TIME", help="Fit thresholds to events before it, test on the later."
        ),
    ] = None


@dataclass(frozen=True)
class RuleOptions:
    """Which rules, and what they say."""

    rule: Annotated[
        list[str] | None,
        typer.Option("--rule", metavar="NAME", help="Such rules only; repeatable."),
    ] = None
    reference: Annotated[
        Path | None,
        typer.Option(
            "--reference",
            metavar="FIELD.nc",
            help="Field of the published smoothing: ranges become percentiles of it.",
        ),
    ] = None
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", metavar="CONFIG", help="TOML file, see gnss template --kind criteria."
        ),
    ] = None
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a value of the configuration."),
    ] = None


def configuration(run: Run, options: RuleOptions) -> CriteriaConfiguration:
    """Complete the configuration: the published rules, then file, then --set."""
    from asperity.core.config import load, resolve
    from asperity.core.errors import InputError, UsageError
    from asperity.gnss.criteria import CriteriaConfiguration

    content: dict[str, Any] = {}
    where = "options"
    if options.config is not None:
        where = str(options.config)
        content = load(options.config)
        run.inputs.append((where, options.config))
        if content.pop("kind", KIND) != KIND:
            raise InputError(
                f"{where}: not a configuration of kind {KIND!r}; asperity gnss template prints one"
            )
    resolved = resolve(CriteriaConfiguration, content, options.changes or (), where)
    unknown = [name for name in options.rule or () if name not in resolved.rules]
    if unknown:
        raise UsageError(f"--rule {unknown[0]}: there are {', '.join(resolved.rules)}")
    run.configuration["criteria"] = resolved.model_dump(mode="json")
    return resolved


@leaf(
    app,
    "criteria",
    example="asperity gnss criteria strain.nc --faults data:himatibetmap "
    "--catalog data:alpides-psmeca --history data:isc-gem-v3 --figure criteria.png",
    seed=True,
)
def criteria(
    run: Run,
    field: Annotated[
        Path, typer.Argument(metavar="FIELD.nc", help="Strain field that gnss strain wrote.")
    ],
    faults: Annotated[
        str, typer.Option("--faults", metavar="PATH", help="GeoJSON, GMT or data:NAME.")
    ],
    chosen: EventOptions,
    options: RuleOptions,
    region: RegionOption = None,
    figure: FiguresOption = None,
    molchan_figure: Annotated[
        list[Path] | None,
        typer.Option("--molchan-figure", metavar="PATH", help="Molchan diagrams; repeatable."),
    ] = None,
) -> Answer:
    """Score deformation criteria: where they give alarm, and how much better that is than chance.

    A rule is scored on the events that it is about, by mechanism and magnitude, against two
    nulls: events everywhere alike, and events where earlier ones were. With --events
    western-china the catalog only says where earlier events were.
    """
    from asperity.core.errors import usage
    from asperity.core.geometry import read_faults
    from asperity.core.times import parse_time
    from asperity.gnss.criteria import Ground, evaluate
    from asperity.gnss.criteria.evaluation import rank_events
    from asperity.gnss.criteria.history import nulls_of_history
    from asperity.gnss.criteria.results import (
        criteria_document,
        criteria_text,
        smoothing_document,
    )
    from asperity.gnss.strain_rate.fields import read_field

    run.check_outputs([*(figure or ()), *(molchan_figure or ())])
    _period(chosen)
    with usage("--split"):
        parse_time(chosen.split or "2000-01-01", "us")
    settings = configuration(run, options)
    run.inputs.append((str(field), field))
    strain = read_field(field)
    within = None if region is None else run.region(region)
    reference = None
    if options.reference is not None:
        run.inputs.append((str(options.reference), options.reference))
        reference = read_field(options.reference)
    ground = Ground(strain, read_faults(run.path(faults)[0]), settings, reference, within)
    catalog = run.read(chosen.catalog).catalog
    earlier = catalog if chosen.history is None else run.read(chosen.history).catalog
    targets = _targets(run, chosen, catalog, ground)
    until = _period(chosen)[0] or min(e.time for e in targets.events)
    nulls, history = nulls_of_history(
        ground, earlier, until, chosen.decluster, chosen.history or chosen.catalog
    )
    if history["status"] != "ok":
        run.warn(f"tested against a uniform distribution only: {history['status']}")
    results = evaluate(
        ground, targets, nulls, options.rule or (), chosen.split, run.seed, chosen.apart
    )
    smoothing = smoothing_document(ground)
    if reference is None:
        run.note(
            f"{field}: ranges of values belong to a {settings.calibration}; here it is "
            f"{smoothing['covariance'] or 'not known'}; --reference makes percentiles of them"
        )
    document = {
        "name": field.stem,
        **criteria_document(ground, targets, nulls, results, rank_events(ground, targets, nulls)),
        "smoothing": smoothing,
        "history": history,
        "split": chosen.split,
        "apart_km": chosen.apart,
    }

    def draw_map() -> Figure:
        from asperity.gnss.figures.criteria import criteria_map

        return criteria_map(ground, results, field.stem)

    def draw_molchan() -> Figure:
        from asperity.gnss.figures.criteria import molchan_figure as draw

        return draw(document)

    document["written"] = [
        *run.save_figures(figure, draw_map),
        *run.save_figures(molchan_figure, draw_molchan),
    ]
    return Answer(document, criteria_text(document))


def _targets(run: Run, chosen: EventOptions, catalog: Catalog, ground: Ground) -> Targets:
    """Choose the scored events; of a catalog, those in the area that the field supports."""
    from asperity.core.errors import DataError
    from asperity.gnss.criteria import Targets, catalog_events, mainshocks
    from asperity.gnss.criteria.history import located_events
    from asperity.gnss.events import EVENTS

    start, end = _period(chosen)
    if chosen.events == "western-china":
        kept = tuple(e for e in EVENTS if (start or "") <= e.time < (end or "9999"))
        if not kept:
            raise DataError(
                f"none of the nine events lies in the period {chosen.period}; widen --period"
            )
        return Targets.of(kept, ground.area)
    selected = mainshocks(located_events(catalog), chosen.decluster).between(start, end)
    targets = Targets.of(catalog_events(selected), ground.area).inside
    if not len(targets):
        raise DataError(
            f"{chosen.catalog}: none of {len(selected)} events in the period lies in the area that "
            "the field supports; nothing can be scored"
        )
    unknown = sum(not e.style for e in targets.events)
    if unknown:
        run.note(f"{chosen.catalog}: {unknown} of {len(targets)} events have no mechanism")
    return targets


def _period(chosen: EventOptions) -> tuple[str | None, str | None]:
    from asperity.core.errors import usage
    from asperity.core.times import split_interval

    with usage("--period"):
        return split_interval(chosen.period) if chosen.period else (None, None)
