"""Global Strain Rate Map v2: as psvelo, with the name of the station and of its study.

Kreemer, Blewitt & Klein 2014, doi:10.1002/2014GC005407.
"""

from __future__ import annotations

from asperity.gnss.velocities.formats.columns import Layout, holds_names
from asperity.gnss.velocities.formats.psvelo import NUMBERS
from asperity.gnss.velocities.formats.table import NetworkOptions, StationRows, TextFile

NAME = "gsrm"
SUFFIXES = ()

LAYOUT = Layout((*NUMBERS, "site", "source"), required=9)


def recognise(text: TextFile) -> float:
    """Return the share of rows with seven numbers, a name and a source in letters."""
    named = holds_names(text.sample, 7) and holds_names(text.sample, 8)
    return LAYOUT.share(text.sample) if named else 0.0


def read(text: TextFile, options: NetworkOptions) -> StationRows:
    """Read the stations, mm/yr; what follows the name is the source."""
    return LAYOUT.read(text, text.data)
