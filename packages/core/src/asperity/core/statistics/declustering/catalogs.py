"""Declustering of whole catalogs, and the columns that it adds to them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from asperity.core.catalog import STRING
from asperity.core.errors import DataError, InputError
from asperity.core.statistics.declustering.nearest_neighbour import decluster_nearest_neighbour
from asperity.core.statistics.declustering.reasenberg import decluster_reasenberg
from asperity.core.statistics.declustering.result import Declustering
from asperity.core.statistics.declustering.windows import decluster_windows
from asperity.core.statistics.magnitudes import check_plausible
from asperity.core.statistics.positions import Positions, positions_of

if TYPE_CHECKING:
    from asperity.core.catalog import Catalog

__all__ = ["Method", "decluster", "with_clusters"]

Method = Literal["nearest-neighbour", "gardner-knopoff", "reasenberg"]

_FUNCTIONS = {
    "nearest-neighbour": decluster_nearest_neighbour,
    "gardner-knopoff": decluster_windows,
    "reasenberg": decluster_reasenberg,
}
_DISTANCES = {
    "nearest-neighbour": "epicentral",
    "gardner-knopoff": "epicentral",
    "reasenberg": "hypocentral",
}


def decluster(
    catalog: Catalog,
    method: str = "nearest-neighbour",
    *,
    mc: float | None = None,
    distance: str | None = None,
    **options: Any,
) -> tuple[Declustering, NDArray[np.int64]]:
    """Decluster a catalog by the method of a name.

    Parameters
    ----------
    catalog : Catalog
        With times and coordinates.
    method : {"nearest-neighbour", "gardner-knopoff", "reasenberg"}
    mc : float, optional
        Smaller events take no part.
    distance : {"epicentral", "hypocentral"}, optional
        The choice of the method's paper when missing: hypocentral for Reasenberg,
        epicentral for the others.
    **options
        Of `decluster_nearest_neighbour`, `decluster_windows` or `decluster_reasenberg`.

    Returns
    -------
    declustering : Declustering
        Of the events that took part; its rows count among them.
    rows : ndarray of int64
        Rows of the catalog that took part: those with a magnitude and a place.

    Raises
    ------
    InputError
        If a name is not known.
    DataError
        If the catalog has no times or no coordinates, or no event can take part.

    Examples
    --------
    >>> from asperity.core import Catalog
    >>> catalog = Catalog.from_columns(
    ...     {"magnitude": [5.0, 3.0], "time": [0, 86400_000_000_000], "latitude": [35.0, 35.01],
    ...      "longitude": [-97.0, -97.0]})
    >>> declustering, rows = decluster(catalog, "gardner-knopoff")
    >>> declustering.is_mainshock.tolist(), rows.tolist()
    ([True, False], [0, 1])
    """
    if method not in get_args(Method):
        raise InputError(f"method {method!r}; allowed are {', '.join(get_args(Method))}")
    if catalog.time_frame == "order":
        raise DataError(
            "declustering needs times; this catalog numbers its events (time_frame "
            "'order'); map the "
            "column of their times with catalog convert --columns"
        )
    chosen = distance or _DISTANCES[method]
    places = positions_of(catalog, chosen)
    magnitudes = catalog["magnitude"]
    complete = np.isfinite(magnitudes)
    if mc is not None:
        complete &= magnitudes >= mc - 1e-9
    check_plausible(np.where(complete, magnitudes, np.nan))
    placed = np.isfinite(places.points).all(axis=1)
    if chosen == "hypocentral" and np.any(complete & ~placed):
        lost = int(np.count_nonzero(complete & ~placed))
        raise DataError(
            f"{lost} of {int(complete.sum())} events have no depth or no place; "
            "use --distance epicentral, or filter them out first"
        )
    rows = np.flatnonzero(complete & placed)
    if not rows.size:
        raise DataError("no event has a magnitude, a place and a time; nothing to decluster")
    made = _FUNCTIONS[method](  # type: ignore[operator]
        catalog.seconds[rows], Positions(places.points[rows], places.radius), magnitudes[rows],
        **options,
    )  # fmt: skip
    parameters = {**made.parameters, "distance": chosen, "mc": mc}
    return replace(made, parameters=parameters), rows


def with_clusters(catalog: Catalog, made: Declustering, rows: NDArray[np.int64]) -> Catalog:
    """Return the catalog with the columns of a declustering.

    Parameters
    ----------
    catalog : Catalog
    made : Declustering
    rows : ndarray of int64
        As `decluster` returned them.

    Returns
    -------
    Catalog
        With ``parent_id`` (empty when none), ``cluster`` (-1 where an event took no
        part), ``is_mainshock`` (1, 0; -1 where it took no part) and, for nearest
        neighbours, ``eta``.
    """
    n = len(catalog)
    ids = catalog["event_id"]
    parent = np.full(n, "", dtype=STRING)
    linked = made.parent >= 0
    parent[rows[linked]] = ids[rows[made.parent[linked]]]
    cluster = np.full(n, -1, dtype=np.int64)
    cluster[rows] = made.cluster
    main = np.full(n, -1, dtype=np.int8)
    main[rows] = made.is_mainshock
    columns: dict[str, Any] = {"parent_id": parent, "cluster": cluster, "is_mainshock": main}
    if made.eta is not None:
        eta = np.full(n, np.nan)
        eta[rows] = made.eta
        columns["eta"] = eta
    return catalog.with_columns(columns)
