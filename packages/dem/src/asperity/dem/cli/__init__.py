"""``asperity dem``: laboratory earthquakes from grains."""

from __future__ import annotations

from asperity.dem.cli import laboratory, sweep, pack, calibrate  # isort: skip
from asperity.dem.cli import events, nucleation, export  # isort: skip
from asperity.dem.cli.common import app

__all__ = [
    "app",
    "calibrate",
    "events",
    "export",
    "laboratory",
    "nucleation",
    "pack",
    "sweep",
]
