"""Input of Strain_2D: longitude, latitude, three velocities, three sigmas and, if any, a name."""

from __future__ import annotations

from asperity.gnss.velocities.formats.columns import Layout, holds_names
from asperity.gnss.velocities.formats.psvelo import name_rows
from asperity.gnss.velocities.formats.table import NetworkOptions, StationRows, TextFile

NAME = "strain-2d"
SUFFIXES = ()

LAYOUT = Layout(
    ("longitude", "latitude", "east", "north", "up", "sd_east", "sd_north", "sd_up", "site"),
    required=8,
)


def recognise(text: TextFile) -> float:
    """Return the share of rows with eight numbers, or eight and a name."""
    sample = text.sample
    if max(map(len, sample), default=0) >= 9 and not holds_names(sample, 8):
        return 0.0
    return LAYOUT.share([fields for fields in sample if len(fields) <= 9])


def read(text: TextFile, options: NetworkOptions) -> StationRows:
    """Read the stations, mm/yr; east and north are not correlated."""
    return name_rows(LAYOUT.read(text, text.data))
