"""The part of ``asperity demo`` on record-breaking magnitudes."""

from __future__ import annotations

from dataclasses import replace

from asperity.core.demo import DemoTask, Twin, read_or_twin
from asperity.core.report import Section
from asperity.evt.config import ForecastConfiguration
from asperity.evt.report import replay_section
from asperity.evt.results import make_replay, replay_document
from asperity.evt.sequence import sequence_of

__all__ = ["peace_river", "preston_new_road", "tasks"]

PEACE_RIVER = Twin(
    "peace-river", "Peace River 2022", events=34, mc=2.0, b=0.7,
    start="2022-11-29", end="2023-03-01",
    region=(-117.0, -116.0, 56.0, 56.6),
)  # fmt: skip
PRESTON_NEW_ROAD = Twin(
    "pnr2", "Preston New Road 2019", events=4_797, mc=-1.0, b=1.2,
    start="2019-08-15", end="2019-10-02",
    region=(-2.98, -2.96, 53.78, 53.80),
)  # fmt: skip


def tasks() -> list[DemoTask]:
    """Return the tasks of this part."""
    return [peace_river, preston_new_road]


def peace_river(seed: int) -> Section:
    """Replay of Peace River, Alberta (disposal of waste water, 2022)."""
    return _replayed(PEACE_RIVER, (5.0, 5.5), seed)


def preston_new_road(seed: int) -> Section:
    """Replay of Preston New Road 2, England (hydraulic fracturing, 2019)."""
    return _replayed(PRESTON_NEW_ROAD, (2.0, 3.0), seed)


def _replayed(twin: Twin, thresholds: tuple[float, ...], seed: int) -> Section:
    material = read_or_twin(twin, seed)
    configuration = ForecastConfiguration(mc=twin.mc, thresholds=thresholds)  # type: ignore[call-arg]
    sequence = sequence_of(material.result, twin.mc)
    document = replay_document(sequence, make_replay(sequence, configuration), configuration)
    section = replay_section({"name": twin.title, **document})
    return replace(section, notes=[*material.notes, *section.notes], inputs=material.inputs)
