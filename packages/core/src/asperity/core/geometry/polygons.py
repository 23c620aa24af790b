"""Polygons on the Earth's surface that choose events.

Their edges are straight in longitude and latitude, as in GeoJSON (RFC 7946):
an edge between two points of one latitude follows the parallel.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError
from asperity.core.geometry.frames import LocalFrame
from asperity.core.geometry.regions import Region, area_from_equator

if TYPE_CHECKING:
    from shapely import MultiPolygon

__all__ = ["PolygonRegion", "read_region"]

_PIECE = 1.5  # degrees of outline that are buffered in one local frame


@dataclass(frozen=True, eq=False)
class PolygonRegion:
    """An area bounded by polygons, with holes or in several parts.

    Make one with `from_rings` or `read`.

    Parameters
    ----------
    shape : shapely.MultiPolygon
        Longitude and latitude, degrees. Longitudes run on beyond 180 where a
        polygon crosses that meridian.

    Examples
    --------
    >>> triangle = PolygonRegion.from_rings([[(175, -20), (-175, -20), (180, -15)]])
    >>> triangle.contains([180.0, -179.9, 0.0], [-18.0, -18.0, -18.0]).tolist()
    [True, True, False]
    >>> f"{triangle.area / 1e6:.0f} km2"
    '292434 km2'
    """

    shape: MultiPolygon

    @classmethod
    def from_rings(cls, rings: Iterable[ArrayLike], holes: Iterable[ArrayLike] = ()) -> Self:
        """Build a region from outlines.

        Parameters
        ----------
        rings : iterable of array_like, shape (n, 2)
            Outlines of longitude and latitude, degrees, closed or not. Where two
            points lie more than 180 degrees apart the outline takes the shorter
            way round the Earth; one that goes all the way round holds the pole
            on its side of the equator.
        holes : iterable of array_like, shape (n, 2)
            What is cut out.

        Raises
        ------
        InputError
            If an outline has fewer than three points or crosses itself.
        """
        import shapely
        from shapely import affinity

        outlines = [_polygon(ring) for ring in rings]
        if not outlines:
            raise InputError("a region needs at least one outline")
        shape = shapely.union_all(outlines)
        for hole in holes:
            cut = _polygon(hole)
            for turn in (-360.0, 0.0, 360.0):
                shape = shape.difference(affinity.translate(cut, xoff=turn))
        return cls(_multi(shape))

    @classmethod
    def read(cls, path: Path | str) -> Self:
        """Read the polygons of a GeoJSON file, a GMT multi-segment file or a table lon,lat.

        Raises
        ------
        InputError
            If the file cannot be read or holds no polygon.
        """
        import shapely

        from asperity.core.geometry.features import read_features

        parts = []
        for feature in read_features(Path(path)):
            for outline, *holes in feature.polygons:
                try:
                    parts.append(cls.from_rings([outline], holes).shape)
                except InputError as error:
                    raise InputError(f"{path}: {error}") from None
        if not parts:
            raise InputError(f"{path}: holds no polygon; lines and points bound no region")
        return cls(_multi(shapely.union_all(parts)))

    @property
    def bounds(self) -> Region:
        """The smallest rectangle around it."""
        west, south, east, north = self.shape.bounds
        if east - west >= 360.0:
            return Region(-180.0, 180.0, south, north)
        return Region(_turned(west), _turned(east), south, north)

    def contains(self, longitude: ArrayLike, latitude: ArrayLike) -> NDArray[np.bool_]:
        """Return which points lie inside or on the outline.

        Parameters
        ----------
        longitude, latitude : array_like, shape (n,)
            Degrees; longitudes of any turn. NaN lies outside.

        Returns
        -------
        ndarray of bool, shape (n,)
        """
        import shapely

        x, y = np.broadcast_arrays(
            np.asarray(longitude, dtype=np.float64), np.asarray(latitude, dtype=np.float64)
        )
        known = np.isfinite(x) & np.isfinite(y)
        shapely.prepare(self.shape)
        west, _, east, _ = self.shape.bounds
        first = west + np.mod(np.where(known, x, 0.0) - west, 360.0)
        inside = np.zeros(known.shape, dtype=bool)
        # A whole number of turns may lie between the point and a part of the region.
        for turn in np.arange(-360.0, east - west + 360.0, 360.0):
            inside |= shapely.intersects_xy(self.shape, first + turn, np.where(known, y, 0.0))
        return np.asarray(inside & known)

    @property
    def area(self) -> float:
        """Area on WGS 84, m2.

        Notes
        -----
        The line integral of S(lat) d lon along the outline, where S is the area
        between the equator and a latitude per radian of longitude, by
        Gauss-Legendre quadrature along each edge.
        """
        total = 0.0
        for polygon in self.shape.geoms:
            total += _ring_area(np.asarray(polygon.exterior.coords))
            total -= sum(_ring_area(np.asarray(hole.coords)) for hole in polygon.interiors)
        return total

    def buffer(self, distance: float) -> Self:
        """Return the region with everything within a distance of it.

        Parameters
        ----------
        distance : float
            Metres; below zero, what lies within that distance of the outline is
            taken away.

        Raises
        ------
        InputError
            If the distance reaches a pole, or nothing would be left.

        Notes
        -----
        The outline is cut into pieces of 1.5 degrees, each is widened in the
        azimuthal equidistant frame around its middle, and the union is taken.
        Distances then hold to 0.2 % for up to 400 km, of which 0.03 % is lost
        by drawing circles with 128 corners.
        """
        import shapely

        if not math.isfinite(distance):
            raise InputError(f"buffer of {distance} m; give a finite number of metres")
        if distance == 0.0:
            return self
        _, south, _, north = self.shape.bounds
        reach = math.degrees(abs(distance) / 6.33e6)
        if max(-south, north) + reach >= 90.0:
            raise InputError(
                f"a buffer of {distance / 1000.0:g} km around latitudes {south:g} to {north:g} "
                "reaches a pole, where longitude and latitude draw no outline"
            )
        rings = [r for p in self.shape.geoms for r in (p.exterior, *p.interiors)]
        bands = [band for ring in rings for band in _bands(np.asarray(ring.coords), abs(distance))]
        band = shapely.union_all(bands)
        wide = self.shape.union(band) if distance > 0 else self.shape.difference(band)
        if wide.is_empty:
            raise InputError(f"a buffer of {distance / 1000.0:g} km leaves nothing of this region")
        return type(self)(_multi(wide))


def read_region(text: str) -> Region | PolygonRegion:
    """Return the region that a text describes, or that the file of that name holds.

    Raises
    ------
    InputError
        If it is neither ``WEST/EAST/SOUTH/NORTH`` nor a file of polygons.

    Examples
    --------
    >>> read_region("-100/-95/34/37")
    Region(west=-100.0, east=-95.0, south=34.0, north=37.0)
    """
    path = Path(text)
    return PolygonRegion.read(path) if path.is_file() else Region.parse(text)


def _turned(longitude: float) -> float:
    return longitude if -180.0 <= longitude <= 360.0 else (longitude + 180.0) % 360.0 - 180.0


def _polygon(ring: ArrayLike) -> Any:
    """Return a shapely polygon of an outline, its longitudes without jumps."""
    import shapely

    points = np.array(ring, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        raise InputError(f"an outline is an array (n, 2) of longitude and latitude: {points.shape}")
    if len(points) > 1 and np.array_equal(points[0], points[-1]):
        points = points[:-1]
    if len(np.unique(points, axis=0)) < 3:
        raise InputError(f"an outline needs three different points or more; found {len(points)}")
    points = _round_the_earth(points)
    polygon = shapely.Polygon(points)
    if not polygon.is_valid:
        raise InputError(
            f"an outline of {len(points)} points is not simple: "
            f"{shapely.is_valid_reason(polygon)} (longitude latitude); mend it first"
        )
    return polygon


def _round_the_earth(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take the shorter way where longitudes jump, and close an outline round a pole over it."""
    steps = np.diff(np.concatenate([points[:, 0], points[:1, 0]]))
    # A step of a whole turn is the edge of a map of the world, not a point that stays.
    steps = np.where(np.abs(steps) == 360.0, steps, (steps + 180.0) % 360.0 - 180.0)
    longitude = points[0, 0] + np.concatenate([[0.0], np.cumsum(steps)])
    unrolled = np.column_stack([longitude[:-1], points[:, 1]])
    if abs(longitude[-1] - longitude[0]) < 1.0:
        return unrolled
    pole = math.copysign(90.0, float(points[:, 1].mean()))
    over = [[longitude[-1], points[0, 1]], [longitude[-1], pole], [longitude[0], pole]]
    return np.concatenate([unrolled, over])


def _multi(shape: Any) -> MultiPolygon:
    import shapely

    polygons = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon" and p.area > 0.0]
    if not polygons:
        raise InputError("this region has no area")
    return shapely.MultiPolygon(polygons)


def _ring_area(ring: NDArray[np.float64]) -> float:
    dense = _dense(ring, 10.0)
    node, weight = np.polynomial.legendre.leggauss(8)
    start, step = dense[:-1], np.diff(dense, axis=0)
    latitude = start[:, 1:] + step[:, 1:] * (node + 1.0) / 2.0
    mean = area_from_equator(latitude) @ weight / 2.0
    return abs(float(mean @ np.deg2rad(step[:, 0])))


def _dense(line: NDArray[np.float64], spacing: float) -> NDArray[np.float64]:
    """Return a line with points added so that none is more than `spacing` degrees from the next."""
    pieces: list[NDArray[np.float64]] = []
    for start, end in pairwise(line):
        n = max(1, math.ceil(float(np.abs(end - start).max()) / spacing))
        pieces.append(start + (end - start) * (np.arange(n)[:, None] / n))
    return np.concatenate([*pieces, line[-1:]])


def _bands(ring: NDArray[np.float64], distance: float) -> Sequence[Any]:
    """Return polygons that together hold what lies within a distance (m) of an outline."""
    import shapely

    dense = _dense(ring, _PIECE / 15)
    bands = []
    for first in range(0, len(dense) - 1, 15):
        piece = dense[first : first + 16]
        middle = piece[len(piece) // 2]
        frame = LocalFrame(
            float(middle[1]),
            float((middle[0] + 180.0) % 360.0 - 180.0),
            projection="azimuthal-equidistant",
        )
        x, y, _ = frame.to_local(piece[:, 1], piece[:, 0])
        band = shapely.LineString(np.column_stack([x, y])).buffer(distance, quad_segs=32)
        band = shapely.segmentize(band, max(distance / 10.0, 5000.0))

        def placed(
            local: NDArray[np.float64], frame: LocalFrame = frame, west: float = middle[0] - 180.0
        ) -> NDArray[np.float64]:
            latitude, longitude, _ = frame.to_geographic(local[:, 0], local[:, 1], 0.0)
            return np.column_stack([west + (longitude - west) % 360.0, latitude])

        bands.append(shapely.transform(band, placed).buffer(0.0))
    return bands
