"""Velocities of the Nevada Geodetic Laboratory: ``midas.<frame>.txt``.

27 columns: station, version label, first and last epoch, span, three counts,
velocities and sigmas (m/yr), offsets, fractions of outliers, scatter, number of
steps, latitude, longitude and height. Longitudes may lie below -180.
Blewitt et al. 2016, doi:10.1002/2015JB012552, and the laboratory's readme.
"""

from __future__ import annotations

import re
from pathlib import Path

from asperity.core.errors import InputError
from asperity.gnss.velocities.formats.columns import Layout
from asperity.gnss.velocities.formats.table import NetworkOptions, StationRows, TextFile, is_number

NAME = "midas"
SUFFIXES = ()

_UNUSED = ("",)
_HEAD = (
    "site", "source", "start", "end", "span", *_UNUSED * 3, "east", "north", "up",
    "sd_east", "sd_north", "sd_up",
)  # fmt: skip
LAYOUT = Layout((*_HEAD, *_UNUSED * 10, "latitude", "longitude", "height"), required=27)
_WITHOUT_PLACES = Layout((*_HEAD, *_UNUSED * 10), required=24)
# Codes of frames in file names, from the laboratory's readme; others stay as they are.
_FRAMES = {"EU": "eurasia", "NA": "north-america", "IGS14": "IGS14", "IGS20": "IGS20"}


def recognise(text: TextFile) -> float:
    """Return the share of rows with a name, a label in letters and 25 numbers."""
    labelled = [fields for fields in text.sample if len(fields) > 1 and not is_number(fields[1])]
    if len(labelled) < len(text.sample) / 2:
        return 0.0
    return max(LAYOUT.share(text.sample), _WITHOUT_PLACES.share(text.sample))


def read(text: TextFile, options: NetworkOptions) -> StationRows:
    """Read the stations; m/yr in the file, east and north not correlated.

    Raises
    ------
    InputError
        If the file is of the older kind that has no coordinates.
    """
    if text.sample and max(len(fields) for fields in text.sample) == 24:
        raise InputError(
            f"{text.name}: a MIDAS file of 24 columns has no coordinates; fetch the newer one "
            "with latitude, longitude and height in columns 25 to 27"
        )
    rows = LAYOUT.read(text, text.data)
    rows.velocity_unit = "m/yr"
    named = re.fullmatch(r"midas\.(\w+)\.txt", Path(text.name).name)
    if named:
        rows.frame = _FRAMES.get(named[1], named[1])
        rows.notes.append(f"frame {rows.frame} from the name of the file")
    return rows
