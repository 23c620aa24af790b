"""A quantity over a study area: percentile ranks, gradient, and the three edges of what is high."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError
from asperity.core.geometry import Faults, FaultTrace
from asperity.gnss.criteria.area import StudyArea
from asperity.gnss.sphere import RADIUS

if TYPE_CHECKING:
    import xarray as xr
    from scipy.sparse import csr_array

    from asperity.gnss.criteria.config import ZoneSettings

__all__ = ["EDGES", "QUANTITIES", "EdgeName", "Quantity", "Surface", "largest_within", "ranks"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Quantity = Literal["shear", "extension", "shortening", "east-west"]
EdgeName = Literal["band", "ridge", "contour"]

#: Variable of the strain field behind each quantity, what is made of it, and what it is called.
QUANTITIES: dict[Quantity, tuple[str, Callable[[Array], Array], str]] = {
    "shear": ("max_shear_half", np.positive, "maximum shear (e1 - e2)/2"),
    "extension": ("strain_ee", np.positive, "east-west extension"),
    "shortening": ("strain_ee", np.negative, "east-west shortening"),
    "east-west": ("strain_ee", np.abs, "east-west strain rate of either sign"),
}


def ranks(values: ArrayLike, shares: ArrayLike) -> Array:
    """Return the percentile ranks of values by area.

    Parameters
    ----------
    values : array_like, shape (n,)
    shares : array_like, shape (n,)
        Areas; their sum does not matter.

    Returns
    -------
    ndarray, shape (n,)
        Share of the area with a smaller value, plus half of that with the same.

    Examples
    --------
    >>> ranks([3.0, 1.0, 2.0, 2.0], [1.0, 1.0, 1.0, 1.0]).tolist()
    [0.875, 0.125, 0.5, 0.5]
    """
    _, group = np.unique(np.asarray(values, dtype=np.float64), return_inverse=True)
    each = np.bincount(group, weights=np.asarray(shares, dtype=np.float64))
    return np.asarray(((np.cumsum(each) - 0.5 * each) / each.sum())[group])


def largest_within(values: Array, near: csr_array) -> Array:
    """Return the largest value around each node, shape (n,).

    Parameters
    ----------
    values : ndarray, shape (n,)
    near : sparse array, shape (n, n)
        From `StudyArea.around`.
    """
    return np.asarray(np.maximum.reduceat(values[near.indices], near.indptr[:-1]))


@dataclass(frozen=True, eq=False)
class Surface:
    """A quantity at the nodes of a study area.

    Parameters
    ----------
    area : StudyArea
    own : ndarray, shape (n,)
        The variable of the strain field itself, with its own sign, nanostrain/yr.
    quantity : {"shear", "extension", "shortening", "east-west"}
    """

    area: StudyArea
    own: Array
    quantity: Quantity = "shear"

    @classmethod
    def of(cls, field: xr.Dataset, area: StudyArea, quantity: Quantity) -> Surface:
        """Return a quantity of a strain field.

        Raises
        ------
        InputError
            If the field does not hold it, or not on the grid of the area.
        """
        variable, _, _ = QUANTITIES[quantity]
        if variable not in field:
            raise InputError(
                f"the strain field holds no {variable}; make it with gnss strain -o FIELD.nc"
            )
        if field[variable].shape != area.inside.shape:
            raise InputError(
                f"{variable} of shape {field[variable].shape} on a grid of {area.inside.shape}"
            )
        return cls(area, field[variable].values[area.inside].astype(np.float64), quantity)

    @cached_property
    def values(self) -> Array:
        """The larger, the more there is of the quantity, nanostrain/yr, shape (n,)."""
        return np.asarray(QUANTITIES[self.quantity][1](self.own))

    @cached_property
    def rank(self) -> Array:
        """Percentile rank by area, 0 to 1, shape (n,)."""
        return ranks(self.values, self.area.shares)

    @cached_property
    def gradient(self) -> tuple[Array, Array]:
        """Change to the east and to the north, nanostrain/yr per km, each of shape (n,).

        Differences are central; beside the end of the area, one-sided.
        """
        grid = self.area.on_grid(self.values)
        per_degree = RADIUS * np.pi / 180.0
        cosine = np.cos(np.radians(self.area.latitude))[:, None]
        east = _difference(grid, axis=1) / (
            per_degree * cosine * np.diff(self.area.longitude[:2])[0]
        )
        north = _difference(grid, axis=0) / (per_degree * np.diff(self.area.latitude[:2])[0])
        inside = self.area.inside
        return np.nan_to_num(east[inside]), np.nan_to_num(north[inside])

    @cached_property
    def steepness(self) -> Array:
        """Size of the gradient, nanostrain/yr per km, shape (n,)."""
        return np.asarray(np.hypot(*self.gradient))

    def edge_score(self, settings: ZoneSettings) -> Array:
        """Return how much a node lies at the edge of high values: exp(-z2 / 2) G / median(G).

        z is the distance of the rank from the middle of the band in terms of
        `settings.score_width`, G the steepness.
        """
        z = (self.rank - 0.5 * sum(settings.band)) / settings.score_width
        middle = float(np.median(self.steepness)) or 1.0
        return np.asarray(np.exp(-0.5 * z**2) * self.steepness / middle)

    def high(self, settings: ZoneSettings) -> Mask:
        """Return where the quantity is high: a rank from `settings.high` up, of positive values."""
        return np.asarray((self.rank >= settings.high) & (self.values > 0.0))

    def edge(self, name: EdgeName, settings: ZoneSettings) -> Mask:
        """Return the edge of high values after one of the definitions of `EDGES`."""
        return np.asarray(EDGES[name](self, settings) & (self.values > 0.0))

    def flank(self, side: Literal["any", "west", "east"]) -> Mask:
        """Return where the quantity grows eastwards (the west side of a high) or falls."""
        east, _ = self.gradient
        return {"any": np.ones(east.size, bool), "west": east > 0.0, "east": east < 0.0}[side]


def _difference(grid: Array, axis: int) -> Array:
    """Return the change from node to node, the mean of that to both sides where both are known."""
    steps = np.diff(grid, axis=axis)
    gap = np.full_like(np.take(grid, [0], axis=axis), np.nan)
    sides = np.stack(
        [np.concatenate([gap, steps], axis=axis), np.concatenate([steps, gap], axis=axis)]
    )
    count = np.isfinite(sides).sum(axis=0)
    return np.asarray(np.nansum(sides, axis=0) / np.where(count, count, np.nan))


def band(surface: Surface, settings: ZoneSettings) -> Mask:
    """Return where the rank lies in a band below the highest values."""
    low, high = settings.band
    return np.asarray((surface.rank >= low) & (surface.rank < high))


def ridge(surface: Surface, settings: ZoneSettings) -> Mask:
    """Return where the surface is steep and not low."""
    steep = ranks(surface.steepness, surface.area.shares) >= settings.ridge_steepness
    return np.asarray(steep & (surface.rank >= settings.ridge_rank))


def contour(surface: Surface, settings: ZoneSettings) -> Mask:
    """Return what lies near the contour line around high values, on both sides."""
    distance = contour_distance(surface, settings.high)
    return np.asarray(distance <= settings.contour_distance)


def contour_distance(surface: Surface, level: float) -> Array:
    """Return the distance of the nodes to the contour line of a rank, km, shape (n,).

    Infinite where no node reaches the level, or all do.
    """
    from contourpy import contour_generator

    area = surface.area
    grid = np.ma.masked_invalid(area.on_grid(surface.rank))
    drawn = contour_generator(area.longitude, area.latitude, grid).lines(level)
    lines = [np.asarray(line, dtype=np.float64) for line in drawn if len(line) > 1]
    if not lines:
        return np.full(area.size, np.inf)
    longitude, latitude = area.coordinates
    nearest = Faults(tuple(FaultTrace(line) for line in lines)).nearest(latitude, longitude)
    return np.asarray(1e-3 * nearest.distance)


#: The three readings of "edge of a high-value area".
EDGES: dict[EdgeName, Callable[[Surface, ZoneSettings], Mask]] = {
    "band": band,
    "ridge": ridge,
    "contour": contour,
}
