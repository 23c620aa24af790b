"""``asperity gnss``: velocities, frames, comparison, strain and criteria."""

from __future__ import annotations

from asperity.gnss.cli import (
    combine,
    compare,
    covariance,
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
    "app",
    "combine",
    "compare",
    "covariance",
    "frame",
    "info",
    "map",
    "series",
    "strain",
    "twin",
    "velocity",
]
