"""The part of ``asperity demo`` that any catalog can show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asperity.core.catalog import Catalog
from asperity.core.demo import DemoTask, Twin, read_or_twin
from asperity.core.figures import magnitude_time, plot_epicentres
from asperity.core.report.page import Section, picture
from asperity.core.report.statistics import bvalue_section
from asperity.core.statistics.results import bvalue_document

__all__ = ["oklahoma", "tasks"]

OKLAHOMA = Twin(
    "oklahoma-ogs", "Oklahoma 2000 to 2022", events=47_937, mc=1.5, b=1.0,
    start="2010-01-01", end="2023-01-01",
    region=(-100.0, -96.0, 34.5, 37.0), bin_width=0.1,
)  # fmt: skip


def tasks() -> list[DemoTask]:
    """Return the tasks of this part."""
    return [oklahoma]


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
