"""``asperity gnss``: velocities, frames, comparison, strain and criteria."""

from __future__ import annotations

from asperity.gnss.cli import (
    alarms,
    combine,
    compare,
    covariance,
    criteria,
    frame,
    info,
    map,
    series,
    strain,
    twin,
    velocity,
)
from asperity.gnss.cli.common import app

__all__ = [
    "alarms",
    "app",
    "combine",
    "compare",
    "covariance",
    "criteria",
    "frame",
    "info",
    "map",
    "series",
    "strain",
    "twin",
    "velocity",
]
