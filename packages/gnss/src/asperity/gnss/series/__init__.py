"""Strain of a region in time, and whether it departs from its background before an event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asperity.core.lazy import lazy

if TYPE_CHECKING:
    from asperity.gnss.series.analysis import Plan, Significance, significance
    from asperity.gnss.series.region import Displacements, Region, choose_stations, prepare
    from asperity.gnss.series.strain import RegionSeries, region_series
    from asperity.gnss.series.trials import CASES, Case, false_alarms, power
    from asperity.gnss.series.weights import (
        BaselineLengths,
        CollocationStrain,
        StationMotion,
        UniformStrain,
    )

__all__ = [
    "CASES",
    "BaselineLengths",
    "Case",
    "CollocationStrain",
    "Displacements",
    "Plan",
    "Region",
    "RegionSeries",
    "Significance",
    "StationMotion",
    "UniformStrain",
    "choose_stations",
    "false_alarms",
    "power",
    "prepare",
    "region_series",
    "significance",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "analysis": ["Plan", "Significance", "significance"],
        "trials": ["CASES", "Case", "false_alarms", "power"],
        "region": ["Displacements", "Region", "choose_stations", "prepare"],
        "strain": ["RegionSeries", "region_series"],
        "weights": ["BaselineLengths", "CollocationStrain", "StationMotion", "UniformStrain"],
    },
)
