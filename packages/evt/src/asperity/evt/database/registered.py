"""The registered catalogs of induced seismicity, and how each becomes sequences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from asperity.core.catalog import Catalog
from asperity.core.formats import ReadResult
from asperity.evt.database.blocks import BlockSearch
from asperity.evt.database.conversions import CONVERSIONS, Conversion
from asperity.evt.database.entries import Entry, blocks_of, converted, whole

__all__ = ["PAPER", "REGISTERED", "Registered", "registered_entries"]

PAPER = 80
"""Sequences of Verdon & Eisner (2024), more than."""


@dataclass(frozen=True)
class Registered:
    """A data set of the registry.

    Parameters
    ----------
    name : str
    group : str
    mc : float
        Oklahoma: the M >= 1.5 of the paper's map, below which the catalog is not
        complete. Midland: where three methods agree. Others: Schultz (2024) and, for
        guy-greenbrier and prague, his table after Verdon et al.
    blocks : bool
        Cut into blocks; otherwise one sequence.
    since : str or None
        First day that is used.
    duplicate_of : str or None
    """

    name: str
    group: str
    mc: float
    blocks: bool = False
    since: str | None = None
    duplicate_of: str | None = None


REGISTERED = (
    Registered("oklahoma-ogs", "oklahoma-kansas", 1.5, blocks=True, since="2009-01-01"),
    Registered("midland-texnet", "midland", 0.8, blocks=True),
    Registered("guy-greenbrier", "named", 2.1),
    Registered("paradox", "named", 1.5),
    Registered("red-deer", "named", 0.8),
    Registered("cooper-basin", "named", 0.0),
    Registered("basel", "named", 1.5),
    Registered("prague", "named", 2.2, duplicate_of="oklahoma-ogs"),
    Registered("pnr2", "out-of-sample", -1.0),
    Registered("peace-river", "out-of-sample", 2.0),
)
"""The out-of-sample group is that of the paper; Prague is also a block of Oklahoma."""


def registered_entries(
    read: Callable[[str], ReadResult],
    *,
    max_magnitude: float | None = None,
    dense: int = 500,
    conversion: Conversion = CONVERSIONS["identity"],
    chosen: Sequence[Registered] = REGISTERED,
) -> tuple[list[Entry], dict[str, Catalog]]:
    """Return all sequences of the registered data sets.

    Parameters
    ----------
    read : callable
        Takes ``data:NAME`` and reads the catalog.
    max_magnitude, dense : optional
        Of the search for dense blocks, see `BlockSearch`.
    conversion : Conversion, optional
    chosen : sequence of Registered, optional

    Returns
    -------
    list of Entry
    dict of str to Catalog
        The catalogs that were cut into blocks, by name.
    """
    entries: list[Entry] = []
    cut: dict[str, Catalog] = {}
    for item in chosen:
        result = read(f"data:{item.name}")
        if item.since is not None:
            inside = result.catalog["time"] >= result.catalog.parse_time(item.since)
            result = replace(
                result, catalog=result.catalog.select(inside), rows=result.rows[inside]
            )
        result, record = converted(result, conversion)
        common: dict[str, Any] = {
            "group": item.group, "source": f"data:{item.name}", "conversion": record,
            "duplicate_of": item.duplicate_of,
        }  # fmt: skip
        if item.blocks:
            search = BlockSearch(item.mc, max_magnitude=max_magnitude, dense=dense)
            found, cut[item.name] = blocks_of(result, item.name, search, **common)
            entries += found
        else:
            entries.append(whole(result, item.name, item.mc, **common))
    return entries, cut
