"""One sequence of the database, and how catalogs become sequences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import numpy as np

from asperity.core.catalog import Catalog
from asperity.core.errors import DataError
from asperity.core.formats import ReadResult
from asperity.core.operations import Operations
from asperity.core.statistics.completeness import McMethod, magnitude_of_completeness
from asperity.core.statistics.magnitudes import infer_bin_width
from asperity.evt.database.blocks import Block, BlockSearch, find_blocks
from asperity.evt.database.conversions import Conversion
from asperity.evt.sequence import Sequence, cut_at

__all__ = ["Entry", "blocks_of", "completeness_of", "converted", "whole"]

Method = Literal["major", "dense", "window", "whole"]
FEWEST = 2


@dataclass(frozen=True, eq=False)
class Entry:
    """A sequence of the database.

    Parameters
    ----------
    name : str
        Unique in its database; the name of its file.
    group : str
        What is pooled: a region, a kind of operation.
    method : {"major", "dense", "window", "whole"}
        How it was cut from its catalog.
    catalog : Catalog
        All its events with a magnitude, below Mc, too.
    mc : float
    mc_source : str
        ``given``, ``smallest magnitude`` or the method that found it.
    source : str
        The catalog that it was cut from.
    center : tuple of float or None
        Longitude and latitude, degrees.
    box : tuple of float or None
        West, east, south, north, degrees.
    conversion : mapping
        What was done to the magnitudes; empty when nothing was.
    completeness : mapping of str to dict
        Method -> ``mc`` (None when it finds none) and ``status``.
    duplicate_of : str or None
        What holds the same earthquakes; such an entry takes no part in pooled results.
    operations : Operations or None
    """

    name: str
    group: str
    method: Method
    catalog: Catalog
    mc: float
    mc_source: str
    source: str
    center: tuple[float, float] | None = None
    box: tuple[float, float, float, float] | None = None
    conversion: Mapping[str, Any] = field(default_factory=dict)
    completeness: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    duplicate_of: str | None = None
    operations: Operations | None = None

    def sequence(self, mc: float | None = None) -> Sequence:
        """Return the events at or above a magnitude, that of the entry when None."""
        return cut_at(self.catalog, self.mc if mc is None else mc, operations=self.operations)

    def document(self) -> dict[str, Any]:
        """Return what the index holds of it, and the command prints."""
        m = self.catalog["magnitude"]
        start, end = self.catalog.format_times([0, -1])
        return {
            "name": self.name,
            "group": self.group,
            "method": self.method,
            "n_events": int((m >= self.mc - 1e-9).sum()),
            "m_max": float(m.max()),
            "start": start,
            "end": end,
            "center": None if self.center is None else list(self.center),
            "box": None if self.box is None else list(self.box),
            "mc": self.mc,
            "mc_source": self.mc_source,
            "completeness": {k: dict(v) for k, v in self.completeness.items()},
            "magnitude_types": sorted({str(t) for t in self.catalog.texts("magnitude_type")}),
            "conversion": dict(self.conversion),
            "source": self.source,
            "duplicate_of": self.duplicate_of,
        }


def converted(result: ReadResult, conversion: Conversion) -> tuple[ReadResult, dict[str, Any]]:
    """Return a catalog with its magnitudes converted, and the record of it.

    The step of the magnitudes is no longer known after a conversion.
    """
    if conversion.name == "identity":
        return result, {}
    magnitudes = result.catalog["magnitude"]
    finite = magnitudes[np.isfinite(magnitudes)]
    catalog = result.catalog.with_columns(
        {"magnitude": conversion.apply(magnitudes)}, magnitude_resolution=None
    )
    record = {**conversion.document(), "extrapolated": conversion.outside(finite)}
    return replace(result, catalog=catalog), record


def whole(
    result: ReadResult,
    name: str,
    mc: float | None,
    *,
    group: str = "",
    source: str = "",
    **more: Any,
) -> Entry:
    """Take a catalog as one sequence.

    Parameters
    ----------
    result : ReadResult
    name : str
    mc : float or None
        The smallest magnitude when None.
    group, source : str, optional
        `name` when missing.
    **more
        Other fields of `Entry`.

    Raises
    ------
    DataError
        If fewer than two events reach `mc`.
    """
    catalog = _with_magnitudes(result.catalog)
    cut = cut_at(catalog, mc)
    if len(cut.catalog) < FEWEST:
        raise DataError(
            f"{name}: {len(cut.catalog)} event reaches Mc = {cut.mc:g}; a sequence needs "
            f"{FEWEST}: lower --mc"
        )
    fields: dict[str, Any] = {
        "center": _center(catalog), "method": "whole", "mc_source": cut.mc_source,
        "operations": result.operations, **more,
    }  # fmt: skip
    return Entry(name, group or name, catalog=catalog, mc=cut.mc, source=source or name, **fields)


def blocks_of(
    result: ReadResult, name: str, search: BlockSearch, *, group: str = "", source: str = "",
    **more: Any,
) -> tuple[list[Entry], Catalog]:  # fmt: skip
    """Cut a catalog into blocks, see `find_blocks`.

    Returns
    -------
    list of Entry
        Named ``NAME-major-01``, ``NAME-dense-01`` and so on.
    Catalog
        The catalog that was cut, without events that lack a magnitude.

    Raises
    ------
    DataError
        If the catalog has no longitudes and latitudes.
    """
    catalog = _with_magnitudes(result.catalog)
    if catalog.frame != "geographic":
        raise DataError(
            f"{name}: the catalog has no longitude and latitude (frame {catalog.frame}), which "
            "blocks are cut by; take it as one sequence with --whole"
        )
    found = find_blocks(catalog["longitude"], catalog["latitude"], catalog["magnitude"], search)
    entries, numbers = [], dict.fromkeys(get_args(Method), 0)
    for block in found:
        numbers[block.method] += 1
        entries.append(
            _of_block(
                catalog, block, f"{name}-{block.method}-{numbers[block.method]:02d}", search.mc,
                group=group or name, source=source or name, operations=result.operations, **more,
            )
        )  # fmt: skip
    return entries, catalog


def _of_block(catalog: Catalog, block: Block, name: str, mc: float, **more: Any) -> Entry:
    return Entry(
        name, method=block.method, catalog=catalog.select(block.rows), mc=mc, mc_source="given",
        center=(block.longitude, block.latitude), box=block.box, **more,
    )  # fmt: skip


def _with_magnitudes(catalog: Catalog) -> Catalog:
    finite = np.isfinite(catalog["magnitude"])
    return catalog if finite.all() else catalog.select(finite)


def _center(catalog: Catalog) -> tuple[float, float] | None:
    """Return the median epicentre, None where no place is known."""
    if catalog.frame != "geographic":
        return None
    places = [catalog[c][np.isfinite(catalog[c])] for c in ("longitude", "latitude")]
    if not all(p.size for p in places):
        return None
    return float(np.median(places[0])), float(np.median(places[1]))


def completeness_of(
    entry: Entry, methods: Iterable[McMethod] = get_args(McMethod), seed: int = 0
) -> Entry:
    """Return an entry with its completeness by each method.

    Parameters
    ----------
    entry : Entry
    methods : iterable of {"maxc", "ks", "b-stability"}
    seed : int, optional
        Of the Monte Carlo of ``ks``.
    """
    magnitudes = entry.catalog["magnitude"]
    width = float(entry.catalog.attributes.get("magnitude_resolution") or 0.0)
    # In steps of 0.01 the samples of ks are many, and the Mc found no finer than 0.1.
    width = 0.1 if 0.0 < width < 0.1 else width or infer_bin_width(magnitudes)
    found: dict[str, dict[str, Any]] = {}
    for method in methods:
        try:
            result = magnitude_of_completeness(
                magnitudes, method=method, bin_width=width, seed=seed
            )
            found[method] = {"mc": result.mc, "status": "ok"}
        except DataError as error:
            found[method] = {"mc": None, "status": str(error)}
    return replace(entry, completeness=found)
