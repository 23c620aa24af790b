"""What criteria are evaluated on: a strain field, mapped faults, and a reference field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from asperity.core.geometry import Faults
from asperity.gnss.criteria.area import StudyArea
from asperity.gnss.criteria.config import CriteriaConfiguration, Rule
from asperity.gnss.criteria.faults import large_faults
from asperity.gnss.criteria.surface import (
    EDGES,
    EdgeName,
    Quantity,
    Surface,
    largest_within,
    ranks,
)

if TYPE_CHECKING:
    import xarray as xr

    from asperity.core.geometry import PolygonRegion, Region

__all__ = ["Ground"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Ground:
    """A study area with its surfaces and faults.

    Parameters
    ----------
    field : xarray.Dataset
        Strain field on a grid.
    faults : Faults
    settings : CriteriaConfiguration
    reference : xarray.Dataset, optional
        A strain field of the smoothing that the ranges of values belong to. With it a
        range stands for the percentile ranks that its ends have there.
    region : Region or PolygonRegion, optional
        Nodes inside take part, of the reference too; all supported ones without it.
    """

    field: xr.Dataset
    faults: Faults
    settings: CriteriaConfiguration
    reference: xr.Dataset | None = None
    region: Region | PolygonRegion | None = None

    @cached_property
    def area(self) -> StudyArea:
        """The nodes that take part."""
        return StudyArea.of(self.field, self.region)

    @cached_property
    def _made(self) -> dict[Any, Any]:
        return {}

    def surface(self, quantity: Quantity) -> Surface:
        """Return a quantity of the field."""
        return self._once(
            ("surface", quantity), lambda: Surface.of(self.field, self.area, quantity)
        )

    def scores(self, quantity: Quantity) -> dict[str, Array]:
        """Return what places are ranked by, within the reach of each node.

        The keys are ``value``, ``gradient`` and ``edge``, the values of shape (n,).
        """
        return self._once(("scores", quantity), lambda: self._scores(quantity))

    def _scores(self, quantity: Quantity) -> dict[str, Array]:
        surface = self.surface(quantity)
        return {
            "value": self.widened(surface.values),
            "gradient": self.widened(surface.steepness),
            "edge": self.widened(surface.edge_score(self.settings.zones)),
        }

    def fault_distance(self, style: str) -> Array:
        """Return the distance to the nearest large fault of a style, km; infinite without one."""
        return self._once(("fault", style), lambda: self._fault_distance(style))

    def large(self, style: str) -> Faults:
        """Return the large faults of a style."""
        chosen = self.settings.faults
        return self._once(
            ("large", style), lambda: large_faults(self.faults, style, chosen.large, chosen.gap)
        )

    def bounds(self, rule: Rule) -> tuple[float, float] | None:
        """Return the range of a rule: values of the field, or ranks where there is a reference."""
        if not rule.values:
            return None
        if self.reference is None:
            return rule.values[0], rule.values[1]
        there = StudyArea.of(self.reference, self.region)
        own = Surface.of(self.reference, there, rule.quantity).own
        shares = there.shares
        low, high = (float(shares[own < value].sum()) for value in rule.values)
        return low, high

    def inside_range(self, rule: Rule) -> Mask:
        """Return where the strain rate lies in the range of a rule; everywhere without one."""
        bounds = self._once(("bounds", rule), lambda: self.bounds(rule))
        if bounds is None:
            return np.ones(self.area.size, dtype=bool)
        own = self.surface(rule.quantity).own
        measured = own if self.reference is None else ranks(own, self.area.shares)
        return np.asarray((measured >= bounds[0]) & (measured <= bounds[1]))

    def alarm(self, rule: Rule, edge: EdgeName) -> Mask:
        """Return where a rule gives alarm.

        Parameters
        ----------
        rule : Rule
        edge : {"band", "ridge", "contour"}
            What is meant by the edge of high values.

        Returns
        -------
        ndarray of bool, shape (n,)
            Nodes of the area; not yet widened by the location error.
        """
        if rule.union:
            parts = [self.alarm(self.settings.rules[name], edge) for name in rule.union]
            return np.asarray(np.any(parts, axis=0))
        surface, zones = self.surface(rule.quantity), self.settings.zones
        where = self.inside_range(rule) & surface.flank(rule.side)
        if rule.zone == "high":
            where &= surface.high(zones)
        elif rule.zone == "edge":
            where &= surface.edge(edge, zones)
        elif rule.zone == "high-or-edge":
            where &= surface.high(zones) | surface.edge(edge, zones)
        if rule.fault != "none":
            where &= self.fault_distance(rule.fault) <= self.settings.faults.distance
        return np.asarray(where)

    def edges_of(self, rule: Rule) -> tuple[EdgeName, ...]:
        """Return the definitions of the edge that differ for a rule: one where it has no edge."""
        parts = [self.settings.rules[name] for name in rule.union] or [rule]
        with_edge = any(part.zone in ("edge", "high-or-edge") for part in parts)
        return tuple(EDGES) if with_edge else tuple(EDGES)[:1]

    def on_alarm(self, rule: Rule, edge: EdgeName) -> Mask:
        """Return what lies within the reach of a rule's alarm, shape (n,)."""
        return self._once(
            ("alarm", rule, edge), lambda: np.asarray(self.widened(self.alarm(rule, edge)) > 0.0)
        )

    @property
    def reach(self) -> float:
        """How far scores and alarms reach, km: the location error and half a cell.

        An event is put at the node in whose cell it lies, half a cell away at most.
        """
        error = self.settings.zones.location_error
        return error + 0.5 * max(self.area.cell) if error else 0.0

    def widened(self, values: NDArray[Any]) -> Array:
        """Return the largest value within the reach of each node."""
        if not self.reach:
            return np.asarray(values, dtype=np.float64)
        near = self._once("near", lambda: self.area.around(self.reach))
        return largest_within(np.asarray(values, dtype=np.float64), near)

    def _fault_distance(self, style: str) -> Array:
        chosen = self.large(style)
        if not len(chosen):
            return np.full(self.area.size, np.inf)
        longitude, latitude = self.area.coordinates
        return np.asarray(1e-3 * chosen.nearest(latitude, longitude).distance)

    def _once(self, key: Any, make: Callable[[], T]) -> T:
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made
