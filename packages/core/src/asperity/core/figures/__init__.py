"""Figures: one helper each, returning a `matplotlib.figure.Figure`."""

from __future__ import annotations

from asperity.core.figures.catalog import magnitude_time, plot_epicentres
from asperity.core.figures.statistics import (
    declustered_counts,
    frequency_magnitude,
    nearest_neighbour_modes,
)
from asperity.core.figures.style import new_figure, save_figure, to_svg

__all__ = [
    "declustered_counts",
    "frequency_magnitude",
    "magnitude_time",
    "nearest_neighbour_modes",
    "new_figure",
    "plot_epicentres",
    "save_figure",
    "to_svg",
]
