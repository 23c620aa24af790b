"""``asperity gnss``: velocities, frames, comparison, strain and criteria."""

from __future__ import annotations

from asperity.gnss.cli import info
from asperity.gnss.cli.common import app

__all__ = ["app", "info"]
