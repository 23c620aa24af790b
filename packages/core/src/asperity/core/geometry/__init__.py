"""Frames, geodesics, fault planes, regions, fault traces and distances of point clouds."""

from __future__ import annotations

from asperity.core.geometry.frames import geographic_to_ecef

__all__ = ["geographic_to_ecef"]
