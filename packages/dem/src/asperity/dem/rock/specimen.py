"""Specimens: grains grown in a cylinder, the pairs to join, and the forces of a membrane."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.dem.engine.models import Linear
from asperity.dem.engine.system import System
from asperity.dem.engine.walls import Cylinder, Plane

__all__ = ["membrane_forces", "nearest_pairs", "pack_cylinder"]

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
