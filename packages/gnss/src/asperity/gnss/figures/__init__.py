"""Figures of velocities; each function returns a matplotlib `Figure`."""

from __future__ import annotations

from asperity.gnss.figures.arrows import MapView, VelocityScale
from asperity.gnss.figures.velocities import velocity_map

__all__ = ["MapView", "VelocityScale", "velocity_map"]
