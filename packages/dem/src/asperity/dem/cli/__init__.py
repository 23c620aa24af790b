"""``asperity dem``: laboratory earthquakes from grains."""

from __future__ import annotations

from asperity.dem.cli import laboratory, sweep, events, nucleation, export  # isort: skip
from asperity.dem.cli.common import app

__all__ = ["app", "events", "export", "laboratory", "nucleation", "sweep"]
