"""The fault: its plane, and smooth joints across it with their normals, areas and strengths."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from asperity.dem.engine.groups import pair_keys
from asperity.dem.engine.joints import SmoothJoint
from asperity.dem.engine.system import System

from asperity.dem.engine._kernels import smooth_joint as sj  # isort: skip
from asperity.dem.engine._kernels.layout import BONDED  # isort: skip

if TYPE_CHECKING:
    from asperity.dem.config import Fault, LaboratoryConfiguration

__all__ = [
    "FaultPlane",
    "correlated_factor",
    "hand_over",
    "install_fault",
    "joint_places",
    "smooth_joint",
]

Array = NDArray[np.float64]


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


def smooth_joint(fault: Fault) -> SmoothJoint:
    """Return the smooth joint with the constants of a configuration."""
    return SmoothJoint(
        fault.normal_stiffness, fault.shear_stiffness, fault.law, fault.parameters, fault.bonded,
        fault.tensile_strength, fault.cohesion, fault.friction_angle,
    )  # fmt: skip


def joint_places(system: System, plane: FaultPlane, pairs: NDArray[np.int32]) -> Array:
    """Return dip and strike half-way between the grains of pairs, shape (n, 2), m."""
    i, j = pairs.T
    middle = 0.5 * (system.rows[i, :3] + system.rows[j, :3])
    return plane.coordinates(middle)[:, :2]


def install_fault(
    system: System,
    configuration: LaboratoryConfiguration,
    plane: FaultPlane,
    pairs: NDArray[np.int32],
    upper: NDArray[np.bool_],
    rng: np.random.Generator,
) -> None:
    """Lay smooth joints between pairs of grains on both sides of a fault.

    Parameters
    ----------
    system : System
    configuration : LaboratoryConfiguration
    plane : FaultPlane
    pairs : ndarray, shape (n, 2)
        Rows of the grains.
    upper : ndarray of bool, shape (grains,)
        Which grains lie on the upper side.
    rng : numpy.random.Generator
        Draws tilt, strength and friction.

    Notes
    -----
    Areas ``pi min(r)^2`` are scaled so that, seen along the mean normal, they add up to the
    fault's; every joint has one factor on its strengths, alike at neighbouring joints.
    """
    f = configuration.fault
    pairs = np.where(upper[pairs[:, 0]][:, None], pairs[:, ::-1], pairs)
    n = len(pairs)
    areas = math.pi * np.minimum(system.rows[pairs[:, 0], 3], system.rows[pairs[:, 1], 3]) ** 2
    places = joint_places(system, plane, pairs)
    surface = plane if f.normals == "local" else FaultPlane(f.angle)
    normals = surface.normals(places)
    if f.true_area:
        seen = areas @ (normals @ plane.normal)
        areas *= plane.area(configuration.specimen.diameter) / seen
    tilt = np.tan(np.radians(rng.normal(0.0, f.tilt, (n, 2)) if f.tilt else np.zeros((n, 2))))
    normals = normals + tilt[:, :1] * plane.dip + tilt[:, 1:] * plane.strike
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    factor = correlated_factor(places, f.strength_sd, f.correlation_length, f.strength_range, rng)
    parameters = np.repeat(np.array(f.parameters)[:, None], n, axis=1)
    if f.friction_sd > 0.0:
        parameters[0] = np.clip(rng.normal(f.parameters[0], f.friction_sd, n), 0.5, 1.2)
    system.install(smooth_joint(f), pairs, normals=normals, areas=areas, parameters=parameters)
    p = system.groups["smooth_joint"].properties
    p[sj.TENSILE] *= factor
    p[sj.COHESION] *= factor
    # A joint is never weaker than what is left of it.
    left = f.parameters[0] if f.bonded else 0.0
    p[sj.BOND_TANGENT] = np.maximum(p[sj.BOND_TANGENT] * factor, left)
    p[sj.PRESSURE] = f.pore_pressure


def hand_over(system: System, plane: FaultPlane, upper: NDArray[np.bool_], reach: float) -> int:
    """Let joints whose grains have slid past each other go on between pairs that have met.

    Parameters
    ----------
    system : System
    plane : FaultPlane
        Whose normals the joints take where they go on.
    upper : ndarray of bool, shape (grains,)
        Which grains lie on the upper side, by the order in which they were given.
    reach : float
        Gap beyond which grains have parted, and within which they have met, m.

    Returns
    -------
    int
        Joints that were handed over.

    Notes
    -----
    A joint that is not bonded any more and whose grains are further apart than `reach` takes
    the free pair across the fault that is nearest to it in the fault's plane. It keeps area,
    force, friction and slip: stress and the ledger go on without a step, and the areas still
    add up to the fault's. While no pair is free it stays where it is.
    """
    joints = system.groups["smooth_joint"]
    parted = np.flatnonzero(
        (joints.history[sj.STATE] != BONDED) & (system.gaps("smooth_joint") > reach)
    )
    if not len(parted):
        return 0
    n = len(system)
    near = system.close_pairs(reach)
    side = upper[system.ids[near]]
    near = near[side[:, 0] != side[:, 1]]
    taken = pair_keys(joints.i, joints.j, n)
    near = near[~np.isin(pair_keys(near[:, 0], near[:, 1], n), taken)]
    free = np.where(upper[system.ids[near[:, 0]]][:, None], near[:, ::-1], near)
    was = joint_places(system, plane, np.column_stack([joints.i, joints.j])[parted])
    offered = joint_places(system, plane, free)
    count = 0
    for joint, place in zip(parted, was, strict=True):
        if not len(free):
            break
        best = int(np.argmin(np.sum((offered - place) ** 2, axis=1)))
        joints.i[joint], joints.j[joint] = free[best]
        normal = plane.normals(offered[best : best + 1])[0]
        joints.properties[:3, joint] = normal
        shear = joints.history[sj.SHEAR : sj.SHEAR + 3, joint]
        shear -= (shear @ normal) * normal
        free, offered = np.delete(free, best, axis=0), np.delete(offered, best, axis=0)
        count += 1
    system.refresh(everything=True)
    return count


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
