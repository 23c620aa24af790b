"""The parts of ``asperity demo`` that take the catalogs of laboratory faults."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from asperity.core.command import plain
from asperity.core.errors import DataError
from asperity.core.formats import ReadResult
from asperity.core.report import Section
from asperity.core.statistics.results import bvalue_document
from asperity.evt.config import ForecastConfiguration
from asperity.evt.planning import plan_document
from asperity.evt.report import forecast_section, replay_section
from asperity.evt.results import forecast_document, make_replay, replay_document
from asperity.evt.sequence import cut_at, sequence_of
from asperity.evt.volumes import injected_volume

__all__ = ["injected_fault", "laboratory_fault"]

_SHUT_IN_DECAY = 1e-3
"""Of a fault of centimetres after shut-in, s: pressure needs about so long to spread along it."""


def laboratory_fault(seed: int, result: ReadResult) -> Section:
    """Replay of acoustic emissions: whether estimators made for wells forecast the mainshock."""
    mc = _completeness(result, seed)
    configuration = ForecastConfiguration(mc=mc)  # type: ignore[call-arg]
    sequence = sequence_of(result, mc)
    document = replay_document(sequence, make_replay(sequence, configuration), configuration)
    section = replay_section({"name": "a laboratory fault", **document})
    notes = [
        f"A simulation misses nothing: Mc {mc:g}, by a Kolmogorov-Smirnov test, is where the "
        "Gutenberg-Richter law begins; below it sizes are those of single joints.",
        "A laboratory fault goes through cycles. Once its first mainshock is over, a forecast of "
        "records waits for one that is larger still, and says nothing of the next cycle.",
    ]
    return replace(section, notes=[*notes, *section.notes])


def injected_fault(seed: int, result: ReadResult) -> Section:
    """Try the rest of an injection as a plan, once half of the fluid is in, and tell what came."""
    mc, operations = _completeness(result, seed), result.operations
    if operations is None:
        raise DataError("the catalog has no operations; nothing was injected")
    volume = injected_volume(operations)
    half = int(operations.time[np.searchsorted(volume, 0.5 * volume[-1])])
    catalog = result.catalog
    known = catalog["time"] <= half
    past = cut_at(catalog.select(known), mc, operations=operations)
    largest = float(past.magnitudes.max())
    beyond = float(np.ceil(100.0 * largest) / 100.0)
    configuration = ForecastConfiguration(mc=mc, thresholds=(beyond,))  # type: ignore[call-arg]
    document = plain({
        "name": "an injected laboratory fault",
        **forecast_document(past, configuration),
        "plan": plan_document(past, configuration, operations, decay_time=_SHUT_IN_DECAY),
    })  # fmt: skip
    later = catalog["magnitude"][~known]
    section = forecast_section(document)
    return replace(
        section,
        title="A plan of injection, tried on a laboratory fault",
        lead=_told(document["plan"], largest, float(np.nanmax(later))),
        notes=[
            "The platen goes on loading the fault while fluid enters it: a model that knows "
            "volumes alone takes all events for the fluid's. Bounds by volume times rigidity are "
            "far below what stored stress gives, and are passed over once they are exceeded.",
            *section.notes,
        ],
    )


def _told(plan: dict[str, Any], largest: float, came: float) -> str:
    by_name = {s["name"]: s["before"][0]["exceedance"][0] for s in plan["scenarios"]}
    planned, shut = by_name["plan"], by_name["shut-in"]
    calibrated = planned["calibrated"]
    return (
        f"When half of the fluid was in, the largest emission was M {largest:.2f}. That a larger "
        f"one would come until the end of the test had, by the seismogenic index, the chance "
        f"{planned['seismogenic-index']:.2f} with the rest of the injection and "
        f"{shut['seismogenic-index']:.2f} with shut-in at once"
        + ("" if calibrated is None else f", and {calibrated:.2f} by records with the injection")
        + f". With the injection came M {came:.2f}, "
        + ("a larger one." if came > largest else "none larger.")
    )


def _completeness(result: ReadResult, seed: int) -> float:
    """Return Mc by the test of the exponential law, or by maximum curvature where it finds none."""
    try:
        return float(bvalue_document(result.catalog, mc_method="ks", seed=seed)["mc"])
    except DataError:
        return float(bvalue_document(result.catalog, mc_method="maxc", seed=seed)["mc"])
