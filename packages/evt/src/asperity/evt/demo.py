"""The part of ``asperity demo`` on record-breaking magnitudes."""

from __future__ import annotations

from dataclasses import replace

from asperity.core.command import plain
from asperity.core.demo import DemoTask, Follower, Material, Twin, read_or_twin
from asperity.core.report import Section, picture
from asperity.core.twins import PEACE_RIVER, PRESTON_NEW_ROAD
from asperity.evt.calibration.report import calibration_section
from asperity.evt.calibration.results import calibration_document
from asperity.evt.config import ForecastConfiguration
from asperity.evt.database.figures import database_map
from asperity.evt.database.registered import REGISTERED, registered_entries
from asperity.evt.demo_laboratory import injected_fault, laboratory_fault
from asperity.evt.pairs import SequenceMagnitudes, pairs_of
from asperity.evt.report import forecast_section, replay_section
from asperity.evt.results import forecast_document, make_replay, replay_document
from asperity.evt.robustness import robustness_document
from asperity.evt.sequence import sequence_of
from asperity.evt.trend.restarts import RestartRule
from asperity.evt.trend.results import trend_document
from asperity.evt.trend.section import trend_section

__all__ = [
    "oklahoma_calibration",
    "peace_river",
    "peace_river_forecast",
    "peace_river_trend",
    "preston_new_road",
    "preston_new_road_forecast",
    "preston_new_road_trend",
    "tasks",
]

OKLAHOMA = Twin(
    "oklahoma-ogs", "Oklahoma and Kansas 2009 to 2022", events=14_000, mc=1.5, b=1.0,
    start="2009-01-01", end="2023-01-01",
    region=(-98.0, -97.0, 35.5, 36.5), bin_width=0.1,
)  # fmt: skip


def tasks() -> list[DemoTask | Follower]:
    """Return the tasks of this part."""
    return [
        Follower("laboratory", laboratory_fault), Follower("injected", injected_fault),
        peace_river, preston_new_road,
        peace_river_forecast, preston_new_road_forecast, peace_river_trend,
        preston_new_road_trend, oklahoma_calibration,
    ]  # fmt: skip


def peace_river(seed: int) -> Section:
    """Replay of Peace River, Alberta (disposal of waste water, 2022)."""
    return _replayed(PEACE_RIVER, (5.0, 5.5), seed)


def preston_new_road(seed: int) -> Section:
    """Replay of Preston New Road 2, England (hydraulic fracturing, 2019)."""
    return _replayed(PRESTON_NEW_ROAD, (2.0, 3.0), seed)


def peace_river_forecast(seed: int) -> Section:
    """Forecast at the end of Peace River, and how far it moves."""
    return _forecast(PEACE_RIVER, (5.5, 6.0), seed)


def preston_new_road_forecast(seed: int) -> Section:
    """Forecast at the end of Preston New Road 2, and how far it moves."""
    return _forecast(PRESTON_NEW_ROAD, (3.0, 3.5), seed)


def peace_river_trend(seed: int) -> Section:
    """Count the records of Peace River both ways."""
    return _trend(PEACE_RIVER, seed)


def preston_new_road_trend(seed: int) -> Section:
    """Count the records of Preston New Road 2 both ways, anew where another fault took over."""
    return _trend(PRESTON_NEW_ROAD, seed)


def oklahoma_calibration(seed: int) -> Section:
    """Cut Oklahoma into blocks, and fit the laws of the normalised magnitude to their records."""
    material = read_or_twin(OKLAHOMA, seed)
    chosen = [r for r in REGISTERED if r.name == OKLAHOMA.name]
    entries, cut = registered_entries(lambda _: material.result, chosen=chosen)
    sequences = [SequenceMagnitudes.of(e.name, e.group, e.sequence()) for e in entries]
    upper, lower = ForecastConfiguration().estimators()  # type: ignore[call-arg]
    document = calibration_document(pairs_of(sequences), upper, lower, replicates=20, seed=seed)
    section = calibration_section(plain({**document, "evidence": None}))
    boxes = [e.document() for e in entries]
    drawn = database_map(cut[OKLAHOMA.name], boxes, mc=OKLAHOMA.mc, major=4.0, title=OKLAHOMA.title)
    blocks = picture(
        drawn,
        "Blocks of 20 km around events of M 4 and more (solid) and around many events (dashed); "
        "each is a sequence.",
        f"Map of {OKLAHOMA.title} with {len(entries)} blocks.",
    )
    section = replace(
        section, title=f"Calibration: {OKLAHOMA.title}", pictures=[blocks, *section.pictures]
    )
    return _of_material(section, material)


def _of_material(section: Section, material: Material) -> Section:
    return replace(section, notes=[*material.notes, *section.notes], inputs=material.inputs)


def _replayed(twin: Twin, thresholds: tuple[float, ...], seed: int) -> Section:
    material = read_or_twin(twin, seed)
    configuration = ForecastConfiguration(mc=twin.mc, thresholds=thresholds)  # type: ignore[call-arg]
    sequence = sequence_of(material.result, twin.mc)
    document = replay_document(sequence, make_replay(sequence, configuration), configuration)
    return _of_material(replay_section({"name": twin.title, **document}), material)


def _forecast(twin: Twin, thresholds: tuple[float, ...], seed: int) -> Section:
    material = read_or_twin(twin, seed)
    configuration = ForecastConfiguration(mc=twin.mc, thresholds=thresholds)  # type: ignore[call-arg]
    sequence = sequence_of(material.result, twin.mc)
    document = {
        "name": twin.title,
        **forecast_document(sequence, configuration),
        "robust": robustness_document(material.result, configuration, twin.mc, seed=seed),
    }
    return _of_material(forecast_section(plain(document)), material)


def _trend(twin: Twin, seed: int) -> Section:
    material = read_or_twin(twin, seed)
    sequence = sequence_of(material.result, twin.mc)
    document = trend_document(sequence, seed=seed, rule=RestartRule(surprise=0.05))
    return _of_material(trend_section(plain({"name": twin.title, **document})), material)
