"""Figures of velocities and strain; each function returns a matplotlib `Figure`."""

from __future__ import annotations

from asperity.gnss.figures.arrows import MapView, VelocityScale
from asperity.gnss.figures.compare import difference_map, overlay_map, strain_comparison
from asperity.gnss.figures.covariance import covariance_figure, validation_figure
from asperity.gnss.figures.strain import strain_atlas, strain_map
from asperity.gnss.figures.velocities import velocity_map

__all__ = [
    "MapView",
    "VelocityScale",
    "covariance_figure",
    "difference_map",
    "overlay_map",
    "strain_atlas",
    "strain_comparison",
    "strain_map",
    "validation_figure",
    "velocity_map",
]
