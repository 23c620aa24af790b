"""``asperity evt``: record-breaking magnitudes of induced sequences."""

from __future__ import annotations

from asperity.evt.cli import records, forecast, replay, sequences, calibrate, score  # isort: skip
from asperity.evt.cli import trend, watch, synthetic  # isort: skip
from asperity.evt.cli.common import app

__all__ = [
    "app",
    "calibrate",
    "forecast",
    "records",
    "replay",
    "score",
    "sequences",
    "synthetic",
    "trend",
    "watch",
]
