"""GMT psvelo -Se: longitude, latitude, velocities, sigmas, correlation and, if any, a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from asperity.gnss.velocities.formats.columns import Layout, holds_names
from asperity.gnss.velocities.formats.table import NetworkOptions, StationRows, TextFile
from asperity.gnss.velocities.network import Network

NAME = "psvelo"
SUFFIXES = (".psvelo", ".gmt")

NUMBERS = ("longitude", "latitude", "east", "north", "sd_east", "sd_north", "correlation")
"""The columns before the name."""
LAYOUT = Layout((*NUMBERS, "site"), required=7)


def recognise(text: TextFile) -> float:
    """Return the share of rows with seven numbers, or seven and a name."""
    sample = text.sample
    share = LAYOUT.share([fields for fields in sample if len(fields) <= 8])
    if max(map(len, sample), default=0) >= 8 and not holds_names(sample, 7):
        return 0.0
    return share


def read(text: TextFile, options: NetworkOptions) -> StationRows:
    """Read the stations; 1-sigma errors in mm/yr, the correlation of east and north."""
    rows = LAYOUT.read(text, text.data)
    return name_rows(rows)


def name_rows(rows: StationRows) -> StationRows:
    """Leave out the column of names when it is empty throughout, so that rows are numbered."""
    if not any(rows.columns["site"]):
        del rows.columns["site"]
    return rows


def write(network: Network, path: Path) -> None:
    """Write longitude, latitude, velocities, sigmas, correlation and name, mm/yr."""
    path.write_text("\n".join(_lines(network)) + "\n", encoding="utf-8")


def _lines(network: Network) -> Sequence[str]:
    network.covariances  # noqa: B018 - refuses a network without deviations
    frame = f", frame {network.frame}" if network.frame else ""
    head = f"# lon lat ve vn se sn rho site (degrees, mm/yr, 1 sigma{frame})"
    columns = [getattr(network, name).tolist() for name in NUMBERS]
    names = [re.sub(r"[\s,]+", "_", str(site)) for site in network.site]
    rows = zip(*columns, names, strict=True)
    return [head, *(" ".join([*(repr(v) for v in row[:-1]), row[-1]]).rstrip() for row in rows)]


def lost(network: Network) -> list[str]:
    """Say what the format cannot hold of a network."""
    columns = {
        "height": "heights", "up": "vertical velocities", "start": "time spans",
    }  # fmt: skip
    found = [
        f"{what} left out"
        for name, what in columns.items()
        if not (getattr(network, name) != getattr(network, name)).all()
    ]
    if any(network.source):
        found.append("sources left out")
    return found
