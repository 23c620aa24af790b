"""Declustering: which events stand alone, and which follow others.

The names below are loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asperity.core.lazy import lazy

if TYPE_CHECKING:
    from asperity.core.statistics.declustering.catalogs import decluster
    from asperity.core.statistics.declustering.mixture import TwoModes, fit_two_modes
    from asperity.core.statistics.declustering.nearest_neighbour import (
        decluster_nearest_neighbour,
        nearest_neighbours,
    )
    from asperity.core.statistics.declustering.reasenberg import decluster_reasenberg
    from asperity.core.statistics.declustering.result import Declustering
    from asperity.core.statistics.declustering.windows import decluster_windows, window_lengths

__all__ = [
    "Declustering",
    "TwoModes",
    "decluster",
    "decluster_nearest_neighbour",
    "decluster_reasenberg",
    "decluster_windows",
    "fit_two_modes",
    "nearest_neighbours",
    "window_lengths",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "catalogs": ["decluster"],
        "mixture": ["TwoModes", "fit_two_modes"],
        "nearest_neighbour": ["decluster_nearest_neighbour", "nearest_neighbours"],
        "reasenberg": ["decluster_reasenberg"],
        "result": ["Declustering"],
        "windows": ["decluster_windows", "window_lengths"],
    },
)
