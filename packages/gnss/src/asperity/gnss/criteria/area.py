"""The nodes of a strain field that take part in a test: their area and their neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError
from asperity.gnss.sphere import RADIUS, places

if TYPE_CHECKING:
    import xarray as xr
    from scipy.sparse import csr_array
    from scipy.spatial import cKDTree

    from asperity.core.geometry import PolygonRegion, Region

__all__ = ["StudyArea"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class StudyArea:
    """Nodes of a regular grid where the data support the strain rate.

    Parameters
    ----------
    longitude : ndarray, shape (nx,)
        Of the grid, degrees, ascending eastwards.
    latitude : ndarray, shape (ny,)
        Degrees, ascending.
    inside : ndarray of bool, shape (ny, nx)
        Which nodes take part.

    Raises
    ------
    InputError
        If the grid is not regular.
    DataError
        If fewer than ten nodes take part.
    """

    longitude: Array
    latitude: Array
    inside: NDArray[np.bool_]

    def __post_init__(self) -> None:
        for name in ("longitude", "latitude"):
            steps = np.diff(getattr(self, name))
            if not (steps.size and (steps > 0.0).all() and np.allclose(steps, steps[0], rtol=1e-3)):
                raise InputError(
                    f"{name}s of the field are not evenly spaced and ascending; criteria need the "
                    "regular grid that gnss strain -o writes without --points"
                )
        if np.count_nonzero(self.inside) < 10:
            raise DataError(
                f"{np.count_nonzero(self.inside)} nodes of the field are supported by data in the "
                "region; criteria need at least 10: widen --region or make a finer field"
            )

    @classmethod
    def of(cls, field: xr.Dataset, region: Region | PolygonRegion | None = None) -> Self:
        """Return the supported nodes of a strain field inside a region.

        Raises
        ------
        InputError
            If the field is not on a grid.
        """
        if field.strain_ee.ndim != 2:
            raise InputError(
                "the strain field is at points; criteria need one on a grid: gnss strain without "
                "--points writes it"
            )
        longitude, latitude = field.longitude.values, field.latitude.values
        inside = np.isfinite(field.strain_ee.values)
        if "mask" in field:
            inside &= field.mask.values == 0
        if region is not None:
            x, y = np.meshgrid(longitude, latitude)
            inside &= region.contains(x.ravel(), y.ravel()).reshape(x.shape)
        return cls(longitude, latitude, inside)

    @property
    def size(self) -> int:
        """How many nodes take part."""
        return int(np.count_nonzero(self.inside))

    @cached_property
    def coordinates(self) -> tuple[Array, Array]:
        """Longitude and latitude of the nodes, degrees, each of shape (n,)."""
        x, y = np.meshgrid(self.longitude, self.latitude)
        return x[self.inside], y[self.inside]

    @cached_property
    def shares(self) -> Array:
        """Share of each node in the area, shape (n,), sum 1."""
        cosine = np.cos(np.radians(self.coordinates[1]))
        return np.asarray(cosine / cosine.sum())

    @property
    def cell(self) -> tuple[float, float]:
        """Size of a cell, km: east-west at the middle of the area, and north-south."""
        per_degree = RADIUS * np.pi / 180.0
        middle = float(np.cos(np.radians(self.coordinates[1].mean())))
        steps = np.diff(self.longitude[:2])[0], np.diff(self.latitude[:2])[0]
        return float(steps[0] * per_degree * middle), float(steps[1] * per_degree)

    @cached_property
    def _tree(self) -> cKDTree:
        from scipy.spatial import cKDTree

        return cKDTree(places(*self.coordinates))

    def locate(self, longitude: ArrayLike, latitude: ArrayLike) -> NDArray[np.int64]:
        """Return the node in whose cell each place lies; -1 outside the area.

        Parameters
        ----------
        longitude, latitude : array_like, shape (m,)
            Degrees; NaN lies outside.
        """
        x, y = np.broadcast_arrays(
            np.atleast_1d(np.asarray(longitude, dtype=np.float64)),
            np.atleast_1d(np.asarray(latitude, dtype=np.float64)),
        )
        found = np.full(x.size, -1, dtype=np.int64)
        known = np.isfinite(x) & np.isfinite(y)
        if known.any():
            _, nearest = self._tree.query(places(x[known], y[known]))
            node_x, node_y = (c[nearest] for c in self.coordinates)
            east = np.abs(np.mod(x[known] - node_x + 180.0, 360.0) - 180.0)
            half = [0.5 * np.diff(axis[:2])[0] + 1e-9 for axis in (self.longitude, self.latitude)]
            within = (east <= half[0]) & (np.abs(y[known] - node_y) <= half[1])
            found[known] = np.where(within, nearest, -1)
        return found

    def distance(self, longitude: ArrayLike, latitude: ArrayLike) -> Array:
        """Return how far places are from the nearest node, km, shape (m,)."""
        return np.asarray(self._tree.query(places(longitude, latitude))[0])

    def around(self, distance: float) -> csr_array:
        """Return which nodes lie within a distance (km) of each other, shape (n, n)."""
        from scipy.sparse import csr_array

        near = self._tree.query_ball_point(self._tree.data, distance, return_sorted=True)
        counts = np.array([len(rows) for rows in near])
        columns = np.concatenate([np.asarray(rows, dtype=np.int64) for rows in near])
        ends = np.concatenate([[0], np.cumsum(counts)])
        return csr_array((np.ones(columns.size, np.int8), columns, ends), (self.size, self.size))

    def on_grid(self, values: ArrayLike, outside: float = np.nan) -> Array:
        """Return values at the nodes, shape (n,), on the grid, shape (ny, nx)."""
        grid = np.full(self.inside.shape, outside, dtype=np.float64)
        grid[self.inside] = np.asarray(values, dtype=np.float64)
        return grid
