"""Which events criteria are scored on, and where they lie in the study area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError
from asperity.core.geometry import mechanism_styles, moment_tensor
from asperity.core.geometry.mechanisms import TENSOR_COMPONENTS
from asperity.core.statistics.declustering import decluster
from asperity.gnss.criteria.area import StudyArea
from asperity.gnss.criteria.config import Rule
from asperity.gnss.events import Event
from asperity.gnss.sphere import places

if TYPE_CHECKING:
    from asperity.core.catalog import Catalog

__all__ = ["Targets", "catalog_events", "mainshocks", "styles_of"]


def styles_of(catalog: Catalog) -> NDArray[np.object_]:
    """Return how the events of a catalog slip, by the plunges of their axes.

    Parameters
    ----------
    catalog : Catalog
        With moment tensors, or with strike, dip and rake.

    Returns
    -------
    ndarray of str, shape (n,)
        See `mechanism_styles`; empty where there is no mechanism.
    """
    if set(TENSOR_COMPONENTS) <= set(catalog.columns):
        tensors = np.column_stack([catalog[name] for name in TENSOR_COMPONENTS])
    elif {"strike", "dip", "rake"} <= set(catalog.columns):
        tensors = moment_tensor(catalog["strike"], catalog["dip"], catalog["rake"])
    else:
        return np.full(len(catalog), "", dtype=object)
    return mechanism_styles(tensors)


def mainshocks(catalog: Catalog, method: str) -> Catalog:
    """Return the mainshocks of a catalog after a declustering of this name, or all for ``none``."""
    if method == "none" or not len(catalog):
        return catalog
    ordered = catalog.sorted_by_time()
    made, rows = decluster(ordered, method)
    return ordered.select(rows[made.is_mainshock])


def catalog_events(catalog: Catalog) -> tuple[Event, ...]:
    """Return the events of a catalog with their mechanisms.

    Raises
    ------
    DataError
        If the catalog has no latitude and longitude.
    """
    if catalog.frame != "geographic":
        raise DataError("criteria need latitude and longitude; the catalog has none")
    styles, times = styles_of(catalog), catalog.format_times()
    columns = (catalog["longitude"], catalog["latitude"], catalog["magnitude"])
    return tuple(
        Event(str(name), str(time), float(x), float(y), float(m), str(style))
        for name, time, x, y, m, style in zip(
            catalog["event_id"], times, *columns, styles, strict=True
        )
    )


@dataclass(frozen=True, eq=False)
class Targets:
    """Events and the nodes in whose cells they lie.

    Parameters
    ----------
    events : tuple of Event
    rows : ndarray of int, shape (m,)
        Node of each; -1 outside the study area.
    """

    events: tuple[Event, ...]
    rows: NDArray[np.int64]

    @classmethod
    def of(cls, events: Sequence[Event], area: StudyArea) -> Targets:
        """Place events in a study area."""
        longitude = np.array([e.longitude for e in events], dtype=np.float64)
        latitude = np.array([e.latitude for e in events], dtype=np.float64)
        return cls(tuple(events), area.locate(longitude, latitude))

    def for_rule(self, rule: Rule) -> Targets:
        """Return the events that a rule is about, in the area or not."""
        kept = [
            rule.mechanism in ("any", e.style)
            and rule.min_magnitude <= e.magnitude < rule.max_magnitude
            for e in self.events
        ]
        return self._select(np.array(kept, dtype=bool))

    @property
    def inside(self) -> Targets:
        """The events in the study area."""
        return self._select(self.rows >= 0)

    def apart(self, distance: float) -> Targets:
        """Leave out events closer (km) to one that is kept and earlier.

        Events at one place share the strain rate there, and their tests are not
        independent.
        """
        if not distance or not len(self):
            return self
        x, y = ([getattr(e, name) for e in self.events] for name in ("longitude", "latitude"))
        points = places(x, y)
        kept = np.zeros(len(self), dtype=bool)
        for row in sorted(range(len(self)), key=lambda k: self.events[k].time):
            gaps = np.linalg.norm(points[kept] - points[row], axis=1)
            kept[row] = not (gaps < distance).any()
        return self._select(kept)

    def before(self, time: str) -> NDArray[np.bool_]:
        """Return which events are earlier than a time, both ISO 8601."""
        limit = np.datetime64(time.removesuffix("Z"))
        return np.array([np.datetime64(e.time.removesuffix("Z")) < limit for e in self.events])

    def __len__(self) -> int:
        return len(self.events)

    def _select(self, kept: NDArray[np.bool_]) -> Targets:
        events = tuple(e for e, keep in zip(self.events, kept, strict=True) if keep)
        return Targets(events, self.rows[kept])
