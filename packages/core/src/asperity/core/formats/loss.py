"""What a format cannot hold: named before a catalog is written, never dropped in silence."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
from numpy.typing import NDArray

from asperity.core.catalog import STRING, Catalog
from asperity.core.errors import InputError
from asperity.core.schema import COLUMNS
from asperity.core.times import PER_SECOND

__all__ = [
    "attributes_left_out",
    "columns_left_out",
    "made_ids",
    "numeric",
    "require",
    "require_finite",
    "times_rounded",
]


def columns_left_out(catalog: Catalog, held: Collection[str]) -> list[str]:
    """Name the columns that hold something and have no place in a format.

    Parameters
    ----------
    catalog : Catalog
    held : collection of str
        Columns that the format holds; a free one only if it holds numbers.

    Returns
    -------
    list of str
        One sentence, or none.
    """
    fits = {n for n in held if n in COLUMNS or numeric(catalog, n) is not None}
    names = [n for n in catalog.columns if n not in fits and _holds_something(catalog, n)]
    return [f"columns left out: {', '.join(names)}"] if names else []


def attributes_left_out(catalog: Catalog, names: Iterable[str]) -> list[str]:
    """Name the attributes that are set and have no place in a format."""
    lost = [n for n in names if catalog.attributes.get(n) is not None]
    return [f"attributes left out: {', '.join(lost)}"] if lost else []


def times_rounded(catalog: Catalog, ticks_per_second: int, text: str) -> list[str]:
    """Say that a format rounds the times, when it does."""
    if catalog.time_unit is None:
        return []
    step = PER_SECOND[catalog.time_unit] // ticks_per_second
    return [f"times rounded to {text}"] if step > 1 and np.any(catalog["time"] % step) else []


def _holds_something(catalog: Catalog, name: str) -> bool:
    values = catalog[name]
    if name == "event_id":
        return not made_ids(catalog)
    if "flag_meanings" in catalog.dataset[name].attrs:
        return bool(np.any(values >= 0))
    if values.dtype.kind == "f":
        return bool(np.isfinite(values).any())
    if values.dtype == STRING:
        return bool(np.any(values != ""))
    return bool(values.size)


def numeric(catalog: Catalog, name: str) -> NDArray[np.float64] | None:
    """Return a column as float64 if the catalog has it and it holds numbers, else None."""
    if name not in catalog or "flag_meanings" in catalog.dataset[name].attrs:
        return None
    values = catalog[name]
    return values.astype(np.float64) if values.dtype.kind in "iuf" else None


def made_ids(catalog: Catalog) -> bool:
    """Return whether the identifiers are only the numbers of the rows."""
    ids = catalog["event_id"]
    return bool(np.array_equal(np.sort(ids), np.sort(np.arange(ids.size).astype(STRING))))


def require(catalog: Catalog, format_name: str) -> None:
    """Refuse a catalog without dates or without latitude and longitude.

    Raises
    ------
    InputError
        If it has none; the message names a format that can hold it.
    """
    if catalog.time_frame != "utc":
        raise InputError(
            f"format {format_name!r} holds dates, this catalog has time_frame "
            f"{catalog.time_frame!r}; write Parquet, netCDF or CSV instead"
        )
    if catalog.frame != "geographic":
        raise InputError(
            f"format {format_name!r} holds latitude and longitude, this catalog has frame "
            f"{catalog.frame!r}; write Parquet, netCDF or CSV instead"
        )


def require_finite(
    catalog: Catalog, names: Iterable[str], format_name: str, what: str
) -> list[NDArray[np.float64]]:
    """Return columns that a format cannot do without.

    Raises
    ------
    InputError
        If one is missing, or missing in some events.
    """
    columns = []
    for name in names:
        if name not in catalog:
            raise InputError(f"format {format_name!r} holds {what}: there is no column {name!r}")
        gaps = int(np.count_nonzero(~np.isfinite(catalog[name])))
        if gaps:
            raise InputError(
                f"format {format_name!r} holds {what}: {gaps} of {len(catalog)} events have no "
                f"{name!r}; choose the others first, for example catalog filter --where "
                f"'{name} > -1e99'"
            )
        columns.append(catalog[name])
    return columns
