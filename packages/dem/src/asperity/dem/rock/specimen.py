"""Genesis of a specimen: grains grown in a cylinder, joints between them, a fault through it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.dem.engine.models import Linear
from asperity.dem.engine.system import System
from asperity.dem.engine.walls import Cylinder, Plane

__all__ = [
    "FaultPlane",
    "correlated_factor",
    "membrane_forces",
    "nearest_pairs",
    "pack_cylinder",
]

Array = NDArray[np.float64]


def pack_cylinder(
    diameter: float,
    height: float,
    mean_radius: float,
    half_width: float,
    porosity: float,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Pack grains in a cylinder by growth without friction.

    Centres are drawn, radii begin at half their size and grow to full size in ten stages,
    each followed by damped steps.

    Parameters
    ----------
    diameter, height : float
        Of the vessel around the origin, axis z, m.
    mean_radius : float
        m.
    half_width : float
        Radii are uniform within this share of the mean.
    porosity : float
    rng : numpy.random.Generator

    Returns
    -------
    positions : ndarray, shape (n, 3)
        m.
    radii : ndarray, shape (n,)
        m.

    Raises
    ------
    InputError
        If fewer than 50 grains would fit.
    """
    volume = math.pi / 4.0 * diameter**2 * height
    # Mean volume of a sphere whose radius is uniform on r (1 -+ w): 4/3 pi r^3 (1 + w^2).
    one = 4.0 / 3.0 * math.pi * mean_radius**3 * (1.0 + half_width**2)
    n = round(volume * (1.0 - porosity) / one)
    if n < 50:
        raise InputError(
            f"specimen: {n} grains of {mean_radius} m in {diameter} x {height} m; at least 50 are "
            "needed: use smaller grains"
        )
    radii = mean_radius * rng.uniform(1.0 - half_width, 1.0 + half_width, n)
    radii *= (volume * (1.0 - porosity) / (4.0 / 3.0 * math.pi * np.sum(radii**3))) ** (1 / 3)
    reach = 0.5 * diameter - mean_radius
    off = reach * np.sqrt(rng.uniform(size=n))
    angle = rng.uniform(0.0, 2.0 * math.pi, n)
    z = rng.uniform(-0.5 * height + mean_radius, 0.5 * height - mean_radius, n)
    positions = np.column_stack([off * np.cos(angle), off * np.sin(angle), z])
    walls = (
        Plane(point=(0, 0, -0.5 * height)),
        Plane(point=(0, 0, 0.5 * height), normal=(0, 0, -1)),
        Cylinder(radius=0.5 * diameter),
    )
    system = System(
        positions, 0.5 * radii, 2650.0, Linear(normal_stiffness=1e7), walls, damping=0.7,
        skin=0.3 * mean_radius, ledger=False,
    )  # fmt: skip
    for factor in np.linspace(0.55, 1.0, 10):
        grown = factor * radii[system.ids]
        system.rows[:, 3] = grown
        system.rows[:, 7] = 4.0 / 3.0 * math.pi * 2650.0 * grown**3
        system.turning[:, 3] = 0.4 * system.rows[:, 7] * grown**2
        system.refresh(everything=True)
        system.time_step = 0.3 * math.sqrt(float(system.rows[:, 7].min()) / 1e7)
        for _ in range(8 if factor < 1.0 else 40):
            system.run(50)
            system.rows[:, 4:7] *= 0.2
            system.turning[:, :3] = 0.0
    order = np.argsort(system.ids)
    return system.rows[order, :3].copy(), radii


def nearest_pairs(system: System, count: int) -> NDArray[np.int32]:
    """Return the pairs of grains whose surfaces are nearest, shape (count, 2)."""
    margin = 0.8 * float(system.rows[:, 3].mean())
    pairs = system.close_pairs(margin)
    if len(pairs) < count:
        raise InputError(
            f"specimen: {len(pairs)} pairs are nearer than {margin:.3g} m, {count} joints are "
            "wanted; lower contacts_per_grain"
        )
    x, r = system.rows[:, :3], system.rows[:, 3]
    i, j = pairs.T
    gap = np.linalg.norm(x[i] - x[j], axis=1) - r[i] - r[j]
    chosen = np.sort(np.argsort(gap, kind="stable")[:count])
    return np.asarray(pairs[chosen])


def membrane_forces(
    positions: Array,
    radii: Array,
    diameter: float,
    height: float,
    pressure: float,
    depth: float,
) -> Array:
    """Return the forces of a membrane on the outermost grains, shape (n, 3), N.

    Their sum is zero, and their virial is that of the pressure on the whole side, so that
    the mean lateral stress of the specimen is the pressure: forces act at centres, which lie
    inside the surface (a plain sum of ``p A`` gives 0.88 of it).

    Parameters
    ----------
    positions : ndarray, shape (n, 3)
        Of grains in a cylinder around the z axis, m.
    radii : ndarray, shape (n,)
        m.
    diameter, height : float
        m.
    pressure : float
        Pa.
    depth : float
        Grains whose surface is nearer to the side than this are pushed, m.
    """
    x = positions[:, :2]
    off = np.linalg.norm(x, axis=1)
    outer = off + radii > 0.5 * diameter - depth
    weight = np.where(outer, radii**2, 0.0)
    forces = np.zeros((len(x), 3))
    with np.errstate(invalid="ignore", divide="ignore"):
        inward = -x / off[:, None]
    forces[outer, :2] = (weight[:, None] * inward)[outer]
    forces[outer, :2] -= forces[outer, :2].mean(axis=0)
    virial = -float(np.sum(forces[:, :2] * x))
    wanted = math.pi * diameter * height * 0.5 * diameter * pressure
    return np.asarray(forces * (wanted / virial))


@dataclass(frozen=True)
class FaultPlane:
    """A plane through the origin at an angle to the z axis.

    Parameters
    ----------
    angle : float
        Between the plane and the axis, degrees; 30 gives the plane z = -sqrt(3) x.
    """

    angle: float

    @property
    def normal(self) -> Array:
        """Unit normal, from the lower to the upper side."""
        a = math.radians(self.angle)
        return np.array([math.cos(a), 0.0, math.sin(a)])

    @property
    def dip(self) -> Array:
        """Unit vector down the plane, along which the dip coordinate grows."""
        a = math.radians(self.angle)
        return np.array([math.sin(a), 0.0, -math.cos(a)])

    @property
    def strike(self) -> Array:
        """Unit vector along the strike, y."""
        return np.array([0.0, 1.0, 0.0])

    def coordinates(self, positions: Array) -> Array:
        """Return dip, strike and distance from the plane of points, shape (n, 3), m."""
        axes = np.column_stack([self.dip, self.strike, self.normal])
        return np.asarray(np.asarray(positions, float) @ axes)

    def area(self, diameter: float) -> float:
        """Return the area of the ellipse that the plane cuts out of the cylinder, m2."""
        return math.pi / 4.0 * diameter**2 / math.sin(math.radians(self.angle))

    def sides(self, positions: Array) -> NDArray[np.bool_]:
        """Return which points lie on the upper side."""
        return np.asarray(self.coordinates(positions)[:, 2] > 0.0)

    def normals(self, places: Array) -> Array:
        """Return the unit normals at dip and strike coordinates, shape (n, 3)."""
        return np.tile(self.normal, (len(places), 1))


def correlated_factor(
    places: Array, sd: float, length: float, limits: tuple[float, float], rng: np.random.Generator
) -> Array:
    """Draw a factor around 1 that is alike at neighbouring places.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        In the fault, m.
    sd : float
    length : float
        The correlation is ``exp(-(d / length)^2)``; 0 for independent draws.
    limits : tuple of 2 floats
        Where the factor is cut.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (n,)
    """
    n = len(places)
    white = rng.normal(size=n)
    if length > 0.0 and n:
        square = ((places[:, None] - places[None]) ** 2).sum(axis=2)
        covariance = np.exp(-square / length**2)
        values, vectors = np.linalg.eigh(covariance)
        white = vectors @ (np.sqrt(np.maximum(values, 0.0)) * white)
    return np.clip(1.0 + sd * white, *limits)
