"""Velocities of China in geocentric components: latitude, longitude, Vx, Vy, Vz (mm/yr).

The vertical part is all but zero, because such tables are made from horizontal
velocities; by that the format is known. Zhao et al. 2015 gives ITRF2014.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from asperity.core.geometry import enu_rotation
from asperity.gnss.velocities.formats.columns import Layout, to_float
from asperity.gnss.velocities.formats.psvelo import name_rows
from asperity.gnss.velocities.formats.table import NetworkOptions, StationRows, TextFile

NAME = "china-gnss"
SUFFIXES = ()
FLAT = 1.0
"""Vertical velocity, mm/yr, below which a row counts as horizontal."""

# Parsed under the names of like columns, then turned into east and north.
LAYOUT = Layout(("latitude", "longitude", "east", "north", "up", "site"), required=5)


def recognise(text: TextFile) -> float:
    """Return the share of rows of five numbers whose vertical velocity is all but zero."""
    rows = [fields for fields in text.sample if LAYOUT.share([fields]) and len(fields) <= 6]
    if not rows:
        return 0.0
    numbers = np.array([[to_float(v) for v in fields[:5]] for fields in rows])
    up = _turned(numbers[:, 0], numbers[:, 1], numbers[:, 2:])[:, 2]
    return float((np.abs(up) < FLAT).sum()) / len(text.sample)


def read(text: TextFile, options: NetworkOptions) -> StationRows:
    """Read the stations and turn their velocities into east and north."""
    rows = name_rows(LAYOUT.read(text, text.data))
    given = np.column_stack([rows.columns[name] for name in ("east", "north", "up")])
    turned = _turned(rows.columns["latitude"], rows.columns["longitude"], given)
    rows.columns["east"], rows.columns["north"] = turned[:, 0], turned[:, 1]
    del rows.columns["up"]
    rows.frame = "ITRF2014"
    rows.notes.append("geocentric velocities turned to east and north; frame taken as ITRF2014")
    return rows


def _turned(
    latitude: NDArray[np.float64], longitude: NDArray[np.float64], xyz: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.asarray(np.einsum("nij,nj->ni", enu_rotation(latitude, longitude), xyz))
