"""What happened before the scored events: the null of earlier seismicity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from asperity.core.errors import DataError
from asperity.gnss.criteria.ground import Ground
from asperity.gnss.criteria.nulls import Null, seismicity_null, uniform_null
from asperity.gnss.criteria.targets import mainshocks

if TYPE_CHECKING:
    from asperity.core.catalog import Catalog

__all__ = ["located_events", "nulls_of_history"]


def located_events(catalog: Catalog) -> Catalog:
    """Return the events with a place and a magnitude.

    Raises
    ------
    DataError
        If the catalog has no latitude and longitude, or no times.
    """
    if catalog.frame != "geographic" or catalog.time_frame != "utc":
        raise DataError(
            f"criteria need latitude, longitude and dates; this catalog has the frame "
            f"{catalog.frame!r} and the time frame {catalog.time_frame!r}"
        )
    known = np.isfinite(catalog["magnitude"]) & np.isfinite(catalog["latitude"])
    return catalog.select(known & np.isfinite(catalog["longitude"]))


def nulls_of_history(
    ground: Ground, earlier: Catalog, until: str, decluster: str, name: str
) -> tuple[list[Null], dict[str, Any]]:
    """Make the nulls: events everywhere alike, and events where earlier ones were.

    Parameters
    ----------
    ground : Ground
        Its settings hold the least magnitude of earlier events, and how far they are smoothed.
    earlier : Catalog
    until : str
        Events from this time on are no history.
    decluster : str
        Method by which fore- and aftershocks are left out, or ``none``.
    name : str
        Of the catalog, for the document.

    Returns
    -------
    nulls : list of Null
        The first alone where nothing happened before near the area.
    history : dict
        What the document says of it; ``status`` is ``ok`` or the reason.

    Raises
    ------
    DataError
        If the catalog has no latitude and longitude, or no times.
    """
    settings = ground.settings.null
    before = located_events(earlier).between(None, until)
    before = mainshocks(before.select(before["magnitude"] >= settings.min_magnitude), decluster)
    nulls, status = [uniform_null(ground.area)], "ok"
    try:
        places = before["longitude"], before["latitude"]
        nulls.append(seismicity_null(ground.area, *places, settings.bandwidth))
    except DataError as error:
        status = str(error)
    history = {
        "catalog": name, "until": until, "events": nulls[-1].events,
        "min_magnitude": settings.min_magnitude, "bandwidth_km": settings.bandwidth,
        "declustering": decluster, "status": status,
    }  # fmt: skip
    return nulls, history
