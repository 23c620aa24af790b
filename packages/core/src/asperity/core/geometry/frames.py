"""Local frames: metres around an anchor on the ellipsoid WGS 84."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError
from asperity.core.geometry.ecef import (
    SEMI_MAJOR_AXIS,
    ecef_to_geographic,
    enu_rotation,
    geographic_to_ecef,
)
from asperity.core.geometry.geodesics import destination, geodesic

__all__ = ["Axes", "LocalFrame", "Projection"]

Axes = Literal["ENU", "NED"]
Projection = Literal["topocentric", "azimuthal-equidistant"]
_Triple = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class LocalFrame:
    """Metres around an anchor on the Earth.

    Parameters
    ----------
    latitude, longitude : float
        Anchor, degrees.
    elevation : float, optional
        Height of the origin above the depth datum, m.
    azimuth : float, optional
        Rotation of the axes, degrees clockwise from north: the axis that would
        point north (y of ENU, x of NED) points there.
    axes : {"ENU", "NED"}, optional
        x east, y north, z up, or x north, y east, z down.
    projection : {"topocentric", "azimuthal-equidistant"}, optional
        ``topocentric`` is a rigid turn and shift of earth-fixed coordinates:
        straight-line distances are exact, and z falls below the ellipsoid by
        s2 / 2R at the distance s from the anchor. ``azimuthal-equidistant``
        keeps geodesic distance and azimuth from the anchor, and the depth itself.

    Raises
    ------
    InputError
        If the anchor lies out of range or a name is not known.

    Examples
    --------
    >>> frame = LocalFrame(53.787, -2.951)
    >>> x, y, z = frame.to_local(53.788, -2.95, 2000.0)
    >>> round(float(x), 1), round(float(y), 1), round(float(z), 1)
    (65.9, 111.3, -2000.0)
    """

    latitude: float
    longitude: float
    elevation: float = 0.0
    azimuth: float = 0.0
    axes: Axes = "ENU"
    projection: Projection = "topocentric"

    def __post_init__(self) -> None:
        for name, limit in (("latitude", 90.0), ("longitude", 180.0)):
            value = getattr(self, name)
            if not abs(value) <= limit:
                raise InputError(
                    f"anchor: {name} is {value:g}; allowed are {-limit:g} to {limit:g} degrees"
                )
        if not (math.isfinite(self.elevation) and math.isfinite(self.azimuth)):
            raise InputError("anchor: elevation (m) and azimuth (degrees) have to be numbers")
        for name, allowed in (("axes", get_args(Axes)), ("projection", get_args(Projection))):
            if getattr(self, name) not in allowed:
                raise InputError(
                    f"local frame: {name} {getattr(self, name)!r} is not known; "
                    f"choose {' or '.join(allowed)}"
                )

    # -- making -------------------------------------------------------------

    @classmethod
    def parse(cls, text: str, **more: Any) -> Self:
        """Read an anchor from ``LATITUDE/LONGITUDE[/ELEVATION[/AZIMUTH]]``.

        Parameters
        ----------
        text : str
            Degrees, degrees, m, degrees.
        **more
            ``axes``, ``projection``.

        Raises
        ------
        InputError
            If the text is no anchor.

        Examples
        --------
        >>> LocalFrame.parse("35.5/-97.2/300").elevation
        300.0
        """
        parts = text.split("/")
        try:
            values = [float(part) for part in parts]
        except ValueError:
            values = []
        if not 2 <= len(values) <= 4 or not all(map(math.isfinite, values)):
            raise InputError(
                f"anchor {text!r}: write LATITUDE/LONGITUDE[/ELEVATION[/AZIMUTH]] "
                "in degrees, degrees, metres, degrees, such as 35.5/-97.2"
            )
        latitude, longitude, elevation, azimuth = (*values, 0.0, 0.0)[:4]
        return cls(latitude, longitude, elevation, azimuth, **more)

    @classmethod
    def around(cls, latitude: ArrayLike, longitude: ArrayLike, **more: Any) -> Self:
        """Return the frame anchored at the middle of points, to 1e-4 degrees.

        The middle is the direction of the mean of the points' verticals, so
        that the meridian 180 and the poles are places like any other.

        Parameters
        ----------
        latitude, longitude : array_like, shape (n,)
            Degrees; NaN is left out.
        **more
            ``elevation``, ``azimuth``, ``axes``, ``projection``.

        Raises
        ------
        InputError
            If no point has coordinates.
        """
        up = np.atleast_2d(enu_rotation(latitude, longitude)[..., 2, :])
        up = up[np.isfinite(up).all(axis=1)]
        if not len(up):
            raise InputError("no event has coordinates, so there is no middle to anchor a frame at")
        east, north, axis = up.mean(axis=0)
        lat = math.degrees(math.atan2(axis, math.hypot(east, north)))
        lon = math.degrees(math.atan2(north, east))
        return cls(round(lat, 4), round(lon, 4), **more)

    @classmethod
    def of(cls, attributes: Mapping[str, Any]) -> Self | None:
        """Return the frame that the attributes of a local catalog describe, None without anchor."""
        anchor = attributes.get("anchor")
        if anchor is None:
            return None
        return cls(
            **anchor,
            axes=attributes.get("axes", "ENU"),
            projection=attributes.get("projection", "topocentric"),
        )

    @property
    def attributes(self) -> dict[str, Any]:
        """Attributes of a catalog in this frame."""
        anchor = {
            "latitude": float(self.latitude),
            "longitude": float(self.longitude),
            "elevation": float(self.elevation),
            "azimuth": float(self.azimuth),
        }
        return {
            "frame": "local",
            "axes": self.axes,
            "anchor": anchor,
            "projection": self.projection,
        }

    # -- converting ---------------------------------------------------------

    def to_local(
        self, latitude: ArrayLike, longitude: ArrayLike, depth: ArrayLike = 0.0
    ) -> _Triple:
        """Convert geographic coordinates to this frame.

        Parameters
        ----------
        latitude, longitude : array_like, shape (n,)
            Degrees.
        depth : array_like, shape (n,), optional
            Metres, positive down. Where it is NaN, x and y are those of the
            point at depth 0 and z is NaN.

        Returns
        -------
        x, y, z : ndarray, shape (n,)
            Metres along `axes`.
        """
        lat, lon, down = np.broadcast_arrays(
            *(np.asarray(v, dtype=np.float64) for v in (latitude, longitude, depth))
        )
        known = np.where(np.isnan(down), 0.0, down)
        enu = (
            self._topocentric(lat, lon, known)
            if self.projection == "topocentric"
            else self._equidistant(lat, lon, known)
        )
        up = np.where(np.isnan(down), np.nan, enu[2])
        return self._turned(enu[0], enu[1], up)

    def to_geographic(self, x: ArrayLike, y: ArrayLike, z: ArrayLike) -> _Triple:
        """Convert coordinates of this frame to geographic ones.

        Parameters
        ----------
        x, y, z : array_like, shape (n,)
            Metres along `axes`. Where z is NaN the point is taken at depth 0,
            and the depth is NaN.

        Returns
        -------
        latitude, longitude : ndarray, shape (n,)
            Degrees.
        depth : ndarray, shape (n,)
            Metres, positive down.
        """
        first, second, third = np.broadcast_arrays(
            *(np.asarray(v, dtype=np.float64) for v in (x, y, z))
        )
        east, north, up = self._turned_back(first, second, third)
        if self.projection == "topocentric":
            return self._from_topocentric(east, north, up)
        return self._from_equidistant(east, north, up)

    def _turned(
        self, east: NDArray[np.float64], north: NDArray[np.float64], up: NDArray[np.float64]
    ) -> _Triple:
        sine, cosine = math.sin(math.radians(self.azimuth)), math.cos(math.radians(self.azimuth))
        ahead = np.asarray(east * sine + north * cosine)
        right = np.asarray(east * cosine - north * sine)
        return (right, ahead, up) if self.axes == "ENU" else (ahead, right, np.asarray(-up))

    def _turned_back(
        self, x: NDArray[np.float64], y: NDArray[np.float64], z: NDArray[np.float64]
    ) -> _Triple:
        sine, cosine = math.sin(math.radians(self.azimuth)), math.cos(math.radians(self.azimuth))
        right, ahead, up = (x, y, z) if self.axes == "ENU" else (y, x, -z)
        east, north = ahead * sine + right * cosine, ahead * cosine - right * sine
        return np.asarray(east), np.asarray(north), np.asarray(up)

    def _origin(self) -> NDArray[np.float64]:
        return np.stack(geographic_to_ecef(self.latitude, self.longitude, -self.elevation))

    def _topocentric(
        self, lat: NDArray[np.float64], lon: NDArray[np.float64], depth: NDArray[np.float64]
    ) -> _Triple:
        away = np.stack(geographic_to_ecef(lat, lon, depth), axis=-1) - self._origin()
        enu = away @ enu_rotation(self.latitude, self.longitude).T
        return enu[..., 0], enu[..., 1], enu[..., 2]

    def _from_topocentric(
        self, east: NDArray[np.float64], north: NDArray[np.float64], up: NDArray[np.float64]
    ) -> _Triple:
        unknown = np.isnan(up)
        # Where only x and y are known the point lies on the ellipsoid: fall along
        # the vertical of the anchor until the depth is zero (Newton's method).
        z = np.where(unknown, -(east**2 + north**2) / (2 * SEMI_MAJOR_AXIS) - self.elevation, up)
        rotation = enu_rotation(self.latitude, self.longitude)
        for _ in range(20):
            ecef = self._origin() + np.stack([east, north, z], axis=-1) @ rotation
            lat, lon, depth = ecef_to_geographic(ecef[..., 0], ecef[..., 1], ecef[..., 2])
            if not unknown.any():
                return lat, lon, depth
            slope = enu_rotation(lat, lon)[..., 2, :] @ rotation[2]
            step = np.where(unknown, depth / np.maximum(slope, 1e-3), 0.0)
            if np.nanmax(np.abs(step), initial=0.0) < 1e-9:
                break
            z = z + step
        return lat, lon, np.where(unknown, np.nan, depth)

    def _equidistant(
        self, lat: NDArray[np.float64], lon: NDArray[np.float64], depth: NDArray[np.float64]
    ) -> _Triple:
        distance, azimuth, _ = geodesic(self.latitude, self.longitude, lat, lon)
        angle = np.deg2rad(azimuth)
        up = np.asarray(-depth - self.elevation)
        return np.asarray(distance * np.sin(angle)), np.asarray(distance * np.cos(angle)), up

    def _from_equidistant(
        self, east: NDArray[np.float64], north: NDArray[np.float64], up: NDArray[np.float64]
    ) -> _Triple:
        azimuth = np.rad2deg(np.arctan2(east, north))
        lat, lon = destination(self.latitude, self.longitude, azimuth, np.hypot(east, north))
        return lat, lon, np.asarray(-up - self.elevation)
