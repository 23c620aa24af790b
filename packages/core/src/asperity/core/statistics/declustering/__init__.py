"""Declustering: which events stand alone, and which follow others.

The names below are loaded when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

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

_HOME = {
    "catalogs": ("decluster",),
    "mixture": ("TwoModes", "fit_two_modes"),
    "nearest_neighbour": ("decluster_nearest_neighbour", "nearest_neighbours"),
    "reasenberg": ("decluster_reasenberg",),
    "result": ("Declustering",),
    "windows": ("decluster_windows", "window_lengths"),
}


def __getattr__(name: str) -> Any:
    home = next((module for module, names in _HOME.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
