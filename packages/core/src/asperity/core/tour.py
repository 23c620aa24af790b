"""The part of ``asperity demo`` that any catalog can show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from asperity.core.catalog import Catalog
from asperity.core.demo import DemoTask, Follower, Twin, read_or_twin
from asperity.core.figures import magnitude_time, plot_epicentres
from asperity.core.report.page import Section, picture
from asperity.core.report.statistics import bvalue_section, comparison_section
from asperity.core.statistics.comparison import Compared, comparison_document
from asperity.core.statistics.results import bvalue_document
from asperity.core.twins import ISC_GEM, PEACE_RIVER, PRESTON_NEW_ROAD

if TYPE_CHECKING:
    from asperity.core.formats import ReadResult

__all__ = ["laboratory_to_field", "oklahoma", "tasks"]

OKLAHOMA = Twin(
    "oklahoma-ogs", "Oklahoma 2000 to 2022", events=47_937, mc=1.5, b=1.0,
    start="2010-01-01", end="2023-01-01",
    region=(-100.0, -96.0, 34.5, 37.0), bin_width=0.1,
)  # fmt: skip


def tasks() -> list[DemoTask | Follower]:
    """Return the tasks of this part."""
    return [Follower("laboratory", laboratory_to_field), oklahoma]


def laboratory_to_field(seed: int, result: ReadResult) -> Section:
    """Acoustic emissions of a laboratory fault beside field catalogs, on one axis."""
    twins = PRESTON_NEW_ROAD, PEACE_RIVER, ISC_GEM
    field = [(twin, read_or_twin(twin, seed)) for twin in twins]
    compared = [
        Compared("A laboratory fault", result.catalog, None, "ks"),
        *(Compared(t.title, material.result.catalog, t.mc) for t, material in field),
    ]
    section = comparison_section(comparison_document(compared, seed=seed))
    return replace(
        section,
        notes=[*(note for _, m in field for note in m.notes), *section.notes],
        inputs=[source for _, m in field for source in m.inputs],
    )


def oklahoma(seed: int) -> Section:
    """Completeness and b-value of the Oklahoma catalog, its map and its magnitudes in time."""
    material = read_or_twin(OKLAHOMA, seed)
    catalog = material.result.catalog
    document = bvalue_document(catalog, name=OKLAHOMA.title, seed=seed)
    of_b = bvalue_section(document)
    shown = catalog.select(catalog["magnitude"] >= document["mc"])
    return Section(
        "Oklahoma: completeness, b-value, epicentres",
        of_b.lead,
        facts={"events": len(catalog), **of_b.facts},
        tables=of_b.tables,
        pictures=[
            *of_b.pictures,
            _drawn(plot_epicentres, shown, "Epicentres of the events above Mc; size grows with "
                   "magnitude, colour with depth."),
            _drawn(magnitude_time, shown, "Magnitudes in time above Mc; the star is the largest."),
        ],
        notes=[*material.notes, *of_b.notes],
        inputs=material.inputs,
    )  # fmt: skip


def _drawn(draw: Callable[[Catalog], Any], catalog: Catalog, caption: str) -> Any:
    return picture(draw(catalog), caption, f"{caption} {len(catalog):,} events.")
