"""Statistics of catalogs: b and completeness, clusters, fractal dimension, synthetic catalogs.

The names below are loaded when they are first used, so that importing the
package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asperity.core.statistics.bvalue import BValue, b_value, next_exceeding, shi_bolt_sd
    from asperity.core.statistics.completeness import (
        Completeness,
        b_stability,
        kolmogorov_smirnov,
        magnitude_of_completeness,
        maximum_curvature,
    )
    from asperity.core.statistics.declustering import Declustering, decluster
    from asperity.core.statistics.magnitudes import (
        FrequencyMagnitude,
        count_magnitudes,
        infer_bin_width,
        round_magnitudes,
    )

__all__ = [
    "BValue",
    "Completeness",
    "Declustering",
    "FrequencyMagnitude",
    "b_stability",
    "b_value",
    "count_magnitudes",
    "decluster",
    "infer_bin_width",
    "kolmogorov_smirnov",
    "magnitude_of_completeness",
    "maximum_curvature",
    "next_exceeding",
    "round_magnitudes",
    "shi_bolt_sd",
]

_HOME = {
    "bvalue": ("BValue", "b_value", "next_exceeding", "shi_bolt_sd"),
    "completeness": (
        "Completeness",
        "b_stability",
        "magnitude_of_completeness",
        "kolmogorov_smirnov",
        "maximum_curvature",
    ),
    "declustering": ("Declustering", "decluster"),
    "magnitudes": (
        "FrequencyMagnitude",
        "count_magnitudes",
        "infer_bin_width",
        "round_magnitudes",
    ),
}


def __getattr__(name: str) -> Any:
    home = next((module for module, names in _HOME.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
