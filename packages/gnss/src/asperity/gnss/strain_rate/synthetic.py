"""Velocity fields that are known everywhere: truths to hold a method against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.gnss.sphere import RADIUS, local_frames, longitude_latitude

__all__ = [
    "TRUTHS",
    "Checkerboard",
    "Fault",
    "Potentials",
    "Rotation",
    "SyntheticField",
    "gradient_of",
    "noisy",
    "truth_for",
]

Array = NDArray[np.float64]

#: Names for `truth_for`.
TRUTHS = ("faults", "smooth", "mixed")


@dataclass(frozen=True, eq=False)
class SyntheticField:
    """The sum of parts, each a function of local frames that returns (n, 2) mm/yr."""

    name: str
    parts: Sequence[Callable[[Array], Array]]

    def velocity(self, longitude: ArrayLike, latitude: ArrayLike) -> Array:
        """Return east and north velocity at places in degrees, mm/yr, shape (n, 2)."""
        return self.at(local_frames(longitude, latitude))

    def at(self, frames: Array) -> Array:
        """Return the velocity at local frames, mm/yr, shape (n, 2)."""
        return np.asarray(sum(part(frames) for part in self.parts))

    def strain(self, longitude: ArrayLike, latitude: ArrayLike) -> Array:
        """Return ee, nn and en at places, nanostrain/yr, shape (n, 3)."""
        gradient = gradient_of(self.at, np.asarray(longitude), np.asarray(latitude))
        shear = 0.5 * (gradient[:, 0, 1] + gradient[:, 1, 0])
        return 1000.0 * np.stack([gradient[:, 0, 0], gradient[:, 1, 1], shear], axis=1)


def gradient_of(
    velocity: Callable[[Array], Array], longitude: Array, latitude: Array, step: float = 1e-4
) -> Array:
    """Return the velocity gradient on the sphere by central differences.

    Parameters
    ----------
    velocity : callable
        Local frames (n, 3, 3) to velocity (n, 2), mm/yr.
    longitude, latitude : ndarray, shape (n,)
        Degrees; not at a pole.
    step : float
        Degrees.

    Returns
    -------
    ndarray, shape (n, 2, 2)
        Change of component i in direction j, (mm/yr)/km, curvature terms included
        (Tape et al. 2009, eq. 16).
    """
    longitude, latitude = np.broadcast_arrays(longitude, latitude)

    def at(dlon: float, dlat: float) -> Array:
        return velocity(local_frames(longitude + dlon, latitude + dlat))

    arc = 2.0 * np.radians(step) * RADIUS
    cosine = np.cos(np.radians(latitude))[:, None]
    east = (at(step, 0.0) - at(-step, 0.0)) / (arc * cosine)
    north = (at(0.0, step) - at(0.0, -step)) / arc
    here, tangent = at(0.0, 0.0), np.tan(np.radians(latitude)) / RADIUS
    east[:, 0] -= here[:, 1] * tangent
    east[:, 1] += here[:, 0] * tangent
    return np.stack([east, north], axis=2)


@dataclass(frozen=True, eq=False)
class Rotation:
    """Rigid rotation by `omega`, shape (3,), 1e-6 rad/yr."""

    omega: Array

    def __call__(self, frames: Array) -> Array:
        """Return v = omega x r."""
        east, north = frames[:, 1] @ self.omega, -frames[:, 0] @ self.omega
        return np.asarray(RADIUS * np.stack([east, north], axis=1))


@dataclass(frozen=True, eq=False)
class Fault:
    """A locked fault: arctangent of the distance, fading out beyond its ends.

    Parameters
    ----------
    start, end : tuple of float
        Longitude and latitude of the ends, degrees.
    strike_slip, opening : float
        Far-field rate of the left side, seen along the fault, against the right one:
        along strike (left-lateral negative) and away from the fault, mm/yr.
    depth : float
        Locking depth, km.
    taper : float
        Distance over which the rate fades at the ends, km; infinite faults have none.

    Notes
    -----
    v = (s / pi) atan(y / D) (Savage & Burford 1973).
    """

    start: tuple[float, float]
    end: tuple[float, float]
    strike_slip: float = 0.0
    opening: float = 0.0
    depth: float = 15.0
    taper: float = 80.0

    def __call__(self, frames: Array) -> Array:
        """Return the velocity at local frames."""
        a, b = (local_frames(*p)[0, 2] for p in (self.start, self.end))
        pole = np.cross(a, b)
        pole /= np.linalg.norm(pole)
        middle = (a + b) / np.linalg.norm(a + b)
        ahead = np.cross(pole, middle)
        up = frames[:, 2]
        away = RADIUS * np.arcsin(np.clip(up @ pole, -1.0, 1.0))
        along = RADIUS * np.arctan2(up @ ahead, up @ middle)
        half = 0.5 * RADIUS * np.arccos(np.clip(a @ b, -1.0, 1.0))
        window = 1.0
        if np.isfinite(self.taper):
            window = 0.5 * (
                np.tanh((along + half) / self.taper) - np.tanh((along - half) / self.taper)
            )
        size = window * np.arctan(away / self.depth) / np.pi
        strike = np.cross(pole, up)
        strike /= np.linalg.norm(strike, axis=1, keepdims=True)
        side = np.cross(up, strike)
        moving = size[:, None] * (self.strike_slip * strike + self.opening * side)
        return np.asarray(np.einsum("nij,nj->ni", frames[:, :2], moving))


@dataclass(frozen=True, eq=False)
class Potentials:
    """Gradients and rotated gradients of Gaussian hills.

    Parameters
    ----------
    centres : ndarray, shape (k, 2)
        Longitude and latitude, degrees.
    heights : ndarray, shape (k, 2)
        Largest velocity of the irrotational and the divergence-free part, mm/yr.
    length : float
        Standard deviation of a hill, km.
    """

    centres: Array
    heights: Array
    length: float

    def __call__(self, frames: Array) -> Array:
        """Return the velocity at local frames."""
        hills = local_frames(self.centres[:, 0], self.centres[:, 1])[:, 2]
        offset = RADIUS * (frames[:, None, 2] - hills[None])
        # The slope of a Gaussian hill is steepest at one standard deviation.
        bell = np.exp(0.5 - 0.5 * (offset**2).sum(axis=2) / self.length**2) / self.length
        slope = -np.einsum("nk,nkj,nij->nki", bell, offset, frames[:, :2])
        turned = np.stack([-slope[..., 1], slope[..., 0]], axis=-1)
        potential = np.einsum("nki,k->ni", slope, self.heights[:, 0])
        return np.asarray(potential + np.einsum("nki,k->ni", turned, self.heights[:, 1]))


@dataclass(frozen=True)
class Checkerboard:
    """Alternating cells of a smooth potential.

    Parameters
    ----------
    width : float
        Of a cell, degrees.
    size : float
        Largest velocity, about, mm/yr.
    """

    width: float
    size: float = 5.0

    def __call__(self, frames: Array) -> Array:
        """Return the velocity at local frames."""
        longitude, latitude = longitude_latitude(frames)
        x, y = np.pi * longitude / self.width, np.pi * latitude / self.width
        waves = np.stack([np.sin(x) * np.cos(y), np.cos(x) * np.sin(y)], axis=1)
        return np.asarray(self.size * waves)


def truth_for(
    name: str, region: tuple[float, float, float, float], seed: int = 0
) -> SyntheticField:
    """Return a truth for a region.

    Parameters
    ----------
    name : {"faults", "smooth", "mixed"}
        ``faults``: long strike-slip faults between turning blocks. ``smooth``: a
        sum of Gaussian potentials of 500 km. ``mixed``: the smooth field with a
        thrust, a normal and a short strike-slip fault.
    region : tuple of float
        West, east, south, north, degrees.
    seed : int
        Of the places and sizes.
    """
    rng = np.random.default_rng([seed, len(name)])
    west, east, south, north = region

    def place(margin: float = 0.1) -> tuple[float, float]:
        x, y = rng.uniform(margin, 1.0 - margin, 2)
        return float(west + x * (east - west)), float(south + y * (north - south))

    def fault(length: float, depth: float, **rates: float) -> Fault:
        lon, lat = place(0.25)
        angle = rng.uniform(0.0, np.pi)
        dx, dy = 0.5 * length * np.cos(angle) / 111.2, 0.5 * length * np.sin(angle) / 111.2
        dx /= np.cos(np.radians(lat))
        return Fault((lon - dx, lat - dy), (lon + dx, lat + dy), depth=depth, **rates)

    turn = Rotation(rng.normal(0.0, 1e-3, 3))
    count = max(6, round((east - west) * (north - south) / 60.0))
    hills = Potentials(
        np.array([place(-0.05) for _ in range(count)]), rng.normal(0.0, 4.0, (count, 2)), 500.0
    )
    if name == "smooth":
        return SyntheticField(name, [turn, hills])
    if name == "mixed":
        zones = [
            fault(700.0, 20.0, opening=-8.0), fault(500.0, 15.0, opening=5.0),
            fault(250.0, 12.0, strike_slip=8.0),
        ]  # fmt: skip
        return SyntheticField(name, [turn, hills, *zones])
    if name == "faults":
        zones = [
            fault(rng.uniform(600.0, 1800.0), rng.uniform(10.0, 20.0), strike_slip=rate)
            for rate in (10.0, -8.0, 6.0, -12.0, 5.0)
        ]
        return SyntheticField(name, [turn, *zones])
    from asperity.core.errors import InputError

    raise InputError(f"truth {name!r}; allowed are {', '.join(TRUTHS)}")


def noisy(velocity: Array, covariances: Array, extra: float, rng: np.random.Generator) -> Array:
    """Return velocities with noise of the stations' covariances and `extra` mm/yr more."""
    spread = covariances + extra**2 * np.eye(2)
    roots = np.linalg.cholesky(spread)
    return np.asarray(velocity + np.einsum("nij,nj->ni", roots, rng.normal(size=velocity.shape)))
