"""Input of StrainTool: name, longitude, latitude, velocities, sigmas, correlation, time span.

Real files hold 1 in the column of the correlation where it is not known.
"""

from __future__ import annotations

import numpy as np

from asperity.gnss.velocities.formats.columns import Layout, holds_names
from asperity.gnss.velocities.formats.table import NetworkOptions, StationRows, TextFile

NAME = "straintool"
SUFFIXES = ()

LAYOUT = Layout(
    (
        "site", "longitude", "latitude", "east", "north", "sd_east", "sd_north", "correlation",
        "span",
    ),
    required=7,
)  # fmt: skip


def recognise(text: TextFile) -> float:
    """Return the share of rows with a name and six to eight numbers."""
    return LAYOUT.share(text.sample) if holds_names(text.sample, 0) else 0.0


def read(text: TextFile, options: NetworkOptions) -> StationRows:
    """Read the stations, mm/yr; the span says how long, not when, and is not kept."""
    rows = LAYOUT.read(text, text.data)
    correlation = rows.columns["correlation"]
    if correlation.size and (correlation == 1.0).all():
        rows.columns["correlation"] = np.zeros(correlation.size)
        rows.notes.append("the correlation is 1 in every row: a placeholder, taken as 0")
    return rows
