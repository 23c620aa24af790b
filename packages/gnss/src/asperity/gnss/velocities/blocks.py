"""Which stations make a block: a known one, a box, polygons, or a list of names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError, InputError
from asperity.core.geometry import PolygonRegion, Region
from asperity.core.geometry.features import read_features
from asperity.gnss.velocities.common_sites import short_name
from asperity.gnss.velocities.network import Network

__all__ = ["BLOCKS", "Block", "choose_block", "read_blocks"]


@dataclass(frozen=True)
class Block:
    """A block of the crust by its outline.

    Parameters
    ----------
    name : str
    region : Region or PolygonRegion
    max_deviation : float, optional
        Only stations with smaller standard deviations define it, mm/yr.
    """

    name: str
    region: Region | PolygonRegion
    max_deviation: float | None = None

    def members(self, network: Network) -> NDArray[np.bool_]:
        """Return which stations define the block, shape (n,)."""
        inside = self.region.contains(*network.coordinates)
        if self.max_deviation is not None:
            inside &= np.fmax(network.sd_east, network.sd_north) < self.max_deviation
        return np.asarray(inside)


BLOCKS = {"south-china": Block("south-china", Region(107.0, 119.0, 23.0, 31.0), 1.0)}
"""Blocks known by name."""


def choose_block(network: Network, text: str) -> tuple[str, NDArray[np.bool_]]:
    """Return the name of a block and its stations.

    Parameters
    ----------
    network : Network
    text : str
        A name of `BLOCKS`; WEST/EAST/SOUTH/NORTH; a file of polygons (GeoJSON, GMT or a
        table of longitude and latitude); a file of station names; or names joined by
        commas.

    Returns
    -------
    name : str
    members : ndarray of bool, shape (n,)

    Raises
    ------
    InputError
        If it is none of these, or a name is not in the network.
    DataError
        If no station belongs to it.
    """
    path = Path(text)
    if text in BLOCKS:
        name, members = text, BLOCKS[text].members(network)
    elif path.is_file() and not _is_outline(path):
        name, members = path.stem, _named(network, _names_in(path))
    elif path.is_file():
        name, members = path.stem, Block(text, PolygonRegion.read(path)).members(network)
    elif text.count("/") == 3:
        name, members = text, Block(text, Region.parse(text)).members(network)
    elif path.suffix in (".geojson", ".json", ".gmt", ".txt"):
        raise InputError(f"block {text!r}: no such file; check the name")
    else:
        names = [name.strip() for name in text.split(",") if name.strip()]
        name, members = "block", _named(network, names, text)
    if not members.any():
        raise DataError(f"block {text!r}: none of {len(network)} stations belongs to it")
    return name, members


def _is_outline(path: Path) -> bool:
    """Whether a file holds JSON or pairs of numbers, not names."""
    try:
        text = path.read_text(encoding="utf-8-sig").strip()
    except UnicodeDecodeError:
        raise InputError(f"{path}: not text; give polygons or names of stations") from None
    if text.startswith("{"):
        return True
    number = r"[+-]?\d+\.?\d*(?:[eE][+-]?\d+)?"
    return re.search(rf"(?m)^\s*{number}[\s,;]+{number}\b", text) is not None


def _names_in(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    return [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]


def _named(network: Network, names: Sequence[str], text: str = "") -> NDArray[np.bool_]:
    """Return the stations of these names, with or without ``_GPS``, in either case."""
    short = np.array([short_name(str(site)) for site in network.site], dtype=object)
    wanted = {short_name(name) for name in names}
    missing = sorted(wanted - {*short})
    if missing or not wanted:
        known = ", ".join(BLOCKS)
        example = str(network.site[0]) if len(network) else "-"
        raise InputError(
            f"block {text or 'list'!r}: no station named {', '.join(missing[:5]) or '(empty)'}; "
            f"stations are called like {example}. A block is {known}, WEST/EAST/SOUTH/NORTH, a "
            "file of polygons or of names, or names joined by commas"
        )
    return np.array([name in wanted for name in short], dtype=bool)


def read_blocks(path: Path | str) -> list[Block]:
    """Read the polygons of a file as blocks, each with its name.

    Raises
    ------
    InputError
        If the file cannot be read or holds no polygon.
    """
    blocks: dict[str, list[PolygonRegion]] = {}
    for number, feature in enumerate(read_features(Path(path))):
        given = next((feature.properties[k] for k in ("name", "Name", "NAME", "id")
                      if feature.properties.get(k)), None)  # fmt: skip
        name = str(given) if given is not None else f"block {number}"
        for outline, *holes in feature.polygons:
            blocks.setdefault(name, []).append(PolygonRegion.from_rings([outline], holes))
    if not blocks:
        raise InputError(f"{path}: holds no polygon; lines and points bound no block")
    return [Block(name, _union(parts)) for name, parts in blocks.items()]


def _union(parts: Sequence[PolygonRegion]) -> PolygonRegion:
    import shapely

    if len(parts) == 1:
        return parts[0]
    merged = shapely.union_all([part.shape for part in parts])
    polygons = [p for p in shapely.get_parts(merged) if p.geom_type == "Polygon"]
    return PolygonRegion(shapely.MultiPolygon(polygons))
