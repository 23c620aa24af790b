"""Rectangles in longitude and latitude that choose events."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError
from asperity.core.geometry.ecef import (
    ECCENTRICITY_SQUARED,
    FLATTENING,
    SEMI_MAJOR_AXIS,
)

if TYPE_CHECKING:
    from asperity.core.geometry.polygons import PolygonRegion

__all__ = ["Region", "area_from_equator"]


@dataclass(frozen=True)
class Region:
    """A rectangle in longitude and latitude, its edges included.

    Parameters
    ----------
    west, east : float
        Degrees, -180 to 360. `west` may lie east of `east`: the region then
        crosses the meridian 180.
    south, north : float
        Degrees, -90 to 90.

    Raises
    ------
    InputError
        If a limit is no number, lies out of range, or south is not below north.

    Examples
    --------
    >>> fiji = Region.parse("175/-175/-20/-15")
    >>> fiji.contains([179.0, -179.0, 0.0], [-17.0, -17.0, -17.0]).tolist()
    [True, True, False]
    """

    west: float
    east: float
    south: float
    north: float

    def __post_init__(self) -> None:
        limits = {"west": 360.0, "east": 360.0, "south": 90.0, "north": 90.0}
        for name, high in limits.items():
            value = getattr(self, name)
            low = -180.0 if high == 360.0 else -90.0
            if not low <= value <= high:
                raise InputError(
                    f"region {self}: {name} is {value:g}; allowed are {low:g} to {high:g} degrees"
                )
        if self.south > self.north:
            raise InputError(
                f"region {self}: south lies above north; write WEST/EAST/SOUTH/NORTH in degrees"
            )

    def __str__(self) -> str:
        return f"{self.west:g}/{self.east:g}/{self.south:g}/{self.north:g}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a region from ``WEST/EAST/SOUTH/NORTH`` in degrees.

        Raises
        ------
        InputError
            If the text is not four numbers that make a region.

        Examples
        --------
        >>> Region.parse("-100/-95/34/37")
        Region(west=-100.0, east=-95.0, south=34.0, north=37.0)
        """
        parts = text.split("/")
        try:
            values = [float(part) for part in parts]
        except ValueError:
            values = []
        if len(values) != 4 or not all(map(math.isfinite, values)):
            raise InputError(
                f"region {text!r}: found {len(parts)} parts separated by /; "
                "write four numbers WEST/EAST/SOUTH/NORTH in degrees, such as -100/-95/34/37"
            )
        return cls(*values)

    @property
    def width(self) -> float:
        """Extent in longitude, degrees, 0 to 360."""
        if self.east - self.west >= 360.0:
            return 360.0
        return (self.east - self.west) % 360.0

    def contains(self, longitude: ArrayLike, latitude: ArrayLike) -> NDArray[np.bool_]:
        """Return which points lie inside or on the edge.

        Parameters
        ----------
        longitude, latitude : array_like, shape (n,)
            Degrees; longitudes of any turn. NaN lies outside.

        Returns
        -------
        ndarray of bool, shape (n,)
        """
        east_of = np.mod(np.asarray(longitude, dtype=np.float64) - self.west, 360.0)
        y = np.asarray(latitude, dtype=np.float64)
        # The remainder of a point a rounding error west of the edge is just below 360.
        within = (east_of <= self.width + 1e-9) | (east_of >= 360.0 - 1e-9)
        return np.asarray(within & (y >= self.south) & (y <= self.north))

    @property
    def area(self) -> float:
        """Area on WGS 84, m2."""
        south, north = area_from_equator(np.array([self.south, self.north]))
        return float(np.deg2rad(self.width) * (north - south))

    @property
    def polygon(self) -> PolygonRegion:
        """The same region as a polygon, to be buffered for instance."""
        from asperity.core.geometry.polygons import PolygonRegion

        east = self.west + self.width
        ring = [
            (self.west, self.south),
            (east, self.south),
            (east, self.north),
            (self.west, self.north),
        ]
        return PolygonRegion.from_rings([ring])


def area_from_equator(latitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the area between the equator and a latitude (degrees) per radian of longitude, m2.

    Notes
    -----
    S = b2 / 2 (sin lat / (1 - e2 sin2 lat) + artanh(e sin lat) / e).
    """
    e = math.sqrt(ECCENTRICITY_SQUARED)
    sine = np.sin(np.deg2rad(latitude))
    semi_minor_axis = SEMI_MAJOR_AXIS * (1.0 - FLATTENING)
    inside = sine / (1.0 - ECCENTRICITY_SQUARED * sine**2) + np.arctanh(e * sine) / e
    return np.asarray(semi_minor_axis**2 / 2.0 * inside)
