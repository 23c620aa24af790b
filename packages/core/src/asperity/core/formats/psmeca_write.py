"""Writing GMT ``psmeca`` tables: -Sm where there are tensors, else -Sc, else -Sa."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from asperity.core.catalog import Catalog
from asperity.core.errors import InputError
from asperity.core.formats.event_codes import codes_of, date_of
from asperity.core.formats.loss import columns_left_out, made_ids, numeric, require_finite
from asperity.core.formats.text import decimals
from asperity.core.geometry.mechanisms import TENSOR_COMPONENTS, moment_magnitude, scalar_moment

__all__ = ["lost", "write"]

_PLANES = ("strike", "dip", "rake", "strike_2", "dip_2", "rake_2")
_PLACE = ("longitude", "latitude", "depth")


def _kind(catalog: Catalog) -> str:
    """Return the fullest kind that every column is there for."""
    if all(c in catalog for c in TENSOR_COMPONENTS):
        return "Sm"
    if "moment" in catalog and all(numeric(catalog, p) is not None for p in _PLANES):
        return "Sc"
    if all(p in catalog for p in _PLANES[:3]):
        return "Sa"
    raise InputError(
        "format 'psmeca' holds focal mechanisms; this catalog has neither a moment tensor "
        "(mrr to mtp) nor strike, dip and rake"
    )


def lost(catalog: Catalog) -> list[str]:
    """Say what psmeca cannot hold of a catalog."""
    kind = _kind(catalog)
    of_kind = {
        "Sm": (*TENSOR_COMPONENTS, "moment"),
        "Sc": (*_PLANES, "moment"),
        "Sa": (*_PLANES[:3], "magnitude"),
    }[kind]
    held = (*_PLACE, *of_kind, "event_id", "magnitude", "magnitude_type", "time")
    said = columns_left_out(catalog, held)
    if catalog.time_frame != "order":
        if all(date_of(title) is not None for title in _titles(catalog)):
            said.append("times kept to the minute or day only, by the codes in the titles")
        else:
            said.append("times left out: psmeca has none (the titles hold event_id)")
    if kind != "Sa":
        moment = _moment(catalog, kind)
        if not np.nanmax(np.abs(moment_magnitude(moment) - catalog["magnitude"]), initial=0) < 0.01:
            said.append("magnitude left out: psmeca holds the moment, whose magnitude differs")
    return said


def _moment(catalog: Catalog, kind: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    if kind == "Sm":
        return scalar_moment(np.column_stack([catalog[c] for c in TENSOR_COMPONENTS]))
    return np.asarray(catalog["moment"], dtype=np.float64)


def _titles(catalog: Catalog) -> list[str]:
    """Return the identifiers, or codes of the times where those are only row numbers."""
    codes = codes_of(catalog) if made_ids(catalog) else None
    return codes or [" ".join(t.split()) for t in catalog.texts("event_id").tolist()]


def write(catalog: Catalog, path: Path) -> None:
    """Write one mechanism a row, ``X Y`` for its place on the map, its title behind.

    Raises
    ------
    InputError
        If an event has no mechanism or no place.
    """
    kind = _kind(catalog)
    if catalog.frame != "geographic":
        raise InputError("format 'psmeca' holds latitude and longitude; this catalog has neither")
    place = require_finite(catalog, _PLACE, "psmeca", "places and depths")
    columns = [decimals(place[0]), decimals(place[1]), decimals(place[2], 1000.0)]
    if kind == "Sa":
        names = (*_PLANES[:3], "magnitude")
        columns += [decimals(v) for v in require_finite(catalog, names, "psmeca", "mechanisms")]
    else:
        needed = TENSOR_COMPONENTS if kind == "Sm" else (*_PLANES, "moment")
        values = require_finite(catalog, needed, "psmeca", "mechanisms")
        moment = _moment(catalog, kind)
        if np.any(moment <= 0):
            raise InputError("format 'psmeca' needs moments above zero; some of this catalog are 0")
        power = np.floor(np.log10(moment * 1e7)).astype(np.int64)
        unit = 10.0 ** (power - 7.0)
        if kind == "Sm":
            columns += [decimals(v / unit, 1.0) for v in values]
        else:
            columns += [*(decimals(v) for v in values[:6]), decimals(values[6] / unit)]
        columns.append(power.astype(str).tolist())
    titles = _titles(catalog)
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for *numbers, title in zip(*columns, titles, strict=True):
            stream.write(f"{' '.join(numbers)} X Y {title}\n")
