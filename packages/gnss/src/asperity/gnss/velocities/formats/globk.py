"""GLOBK velocity summaries: .vel files, and the summary within an .org file.

A data line begins with a blank and holds Long Lat Ve Vn Eadj Nadj sE sN RHO Vh
Hadj sH SITE; a star behind the site marks those that define the frame. The
order is that of the "SUMMARY VELOCITY ESTIMATES" of GAMIT/GLOBK.
"""

from __future__ import annotations

import re

import numpy as np

from asperity.core.formats.table import Rejection
from asperity.gnss.velocities.formats.columns import Layout
from asperity.gnss.velocities.formats.table import (
    NetworkOptions,
    StationRows,
    TextFile,
    is_number,
    split_fields,
)

NAME = "globk"
SUFFIXES = (".vel", ".org")

LAYOUT = Layout(
    (
        "longitude", "latitude", "east", "north", "", "", "sd_east", "sd_north", "correlation",
        "up", "", "sd_up", "site",
    ),
    required=13,
)  # fmt: skip
_HEADER = re.compile(r"^\s*[*#]?\s*Long\S*\s+Lat\S*\s+E\s*&\s*N\s+Rate", re.IGNORECASE)


def recognise(text: TextFile) -> float:
    """Recognise the header of a summary, or twelve numbers and a name."""
    if any(_HEADER.match(line) for _, line in text.lines):
        return 1.0
    return LAYOUT.share(text.sample)


def read(text: TextFile, options: NetworkOptions) -> StationRows:
    """Read the velocity summary, mm/yr."""
    lines, broken = _summary(text)
    rows = LAYOUT.read(text, lines)
    rows.rejections += broken
    sites = rows.columns["site"]
    defining = sum("*" in site for site in sites)
    rows.columns["site"] = np.array([s.replace("*", "").strip() for s in sites], dtype=object)
    if defining:
        rows.notes.append(f"{defining} stations define the reference frame of this solution")
    return rows


def _summary(text: TextFile) -> tuple[list[tuple[int, str]], list[Rejection]]:
    """Return the lines of the summary, and those among them that begin with no number."""
    heads = [number for number, line in text.lines if _HEADER.match(line)]
    after = heads[0] if heads else 0
    body = [(n, line) for n, line in text.data if n > after and not _HEADER.match(line)]
    stations = [(n, line) for n, line in body if _begins_like_a_station(line)]
    if not stations:
        return [], []
    last = stations[-1][0]
    among = {n for n, _ in stations}
    broken = [
        Rejection(n, "(row)", line.strip()[:80], "twelve numbers and the name of a site")
        for n, line in body
        if stations[0][0] < n < last and n not in among
    ]
    return stations, broken


def _begins_like_a_station(line: str) -> bool:
    fields = split_fields(line)
    return len(fields) >= 2 and is_number(fields[0]) and is_number(fields[1])
