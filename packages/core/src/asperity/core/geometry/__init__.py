"""Frames, geodesics, fault planes, regions, fault traces and distances of point clouds."""

from __future__ import annotations

from asperity.core.geometry.frames import geographic_to_ecef
from asperity.core.geometry.regions import Region

__all__ = ["Region", "geographic_to_ecef"]
