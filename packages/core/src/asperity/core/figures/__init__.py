"""Figures of catalogs; each function returns a matplotlib `Figure`."""

from __future__ import annotations

from asperity.core.figures.catalog import magnitude_time, plot_epicentres
from asperity.core.figures.geometry import plot_faults, plot_plane
from asperity.core.figures.statistics import (
    correlation_integral_fit,
    declustered_counts,
    frequency_magnitude,
    nearest_neighbour_modes,
)
from asperity.core.figures.style import new_figure, save_figure, to_svg

__all__ = [
    "correlation_integral_fit",
    "declustered_counts",
    "frequency_magnitude",
    "magnitude_time",
    "nearest_neighbour_modes",
    "new_figure",
    "plot_epicentres",
    "plot_faults",
    "plot_plane",
    "save_figure",
    "to_svg",
]
