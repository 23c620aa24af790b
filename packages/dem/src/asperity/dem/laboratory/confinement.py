"""What holds the side of a specimen: a membrane of forces, or a rigid wall under a servo."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from asperity.dem.engine.walls import Cylinder, Wall

from asperity.dem.engine._kernels import walls as wall_columns  # isort: skip

if TYPE_CHECKING:
    from asperity.dem.config import Cell
    from asperity.dem.engine.system import System

__all__ = ["SIDE", "lateral_stress", "press_walls", "side_walls", "wall_areas"]

Array = NDArray[np.float64]
#: Of the walls, after both platens.
SIDE = 2
#: Part of the missing force that a wall's motion makes up in one step, and its largest
#: speed, m/s.
SERVO_SHARE, SERVO_SPEED = 0.3, 1.0


def side_walls(cell: Cell, positions: Array, radii: Array) -> tuple[Wall, ...]:
    """Return the wall around grains: a cylinder without friction, or none for a membrane."""
    if cell.side == "membrane":
        return ()
    off = np.linalg.norm(positions[:, :2], axis=1)
    return (Cylinder(radius=float((off + radii).max()), friction=0.0),)


def wall_areas(system: System, section: float, height: float) -> Array:
    """Return the areas of the platens and, where there is one, of the wall of the side, m2."""
    radii = system.wall_state.shape[SIDE:, wall_columns.CYLINDER_RADIUS]
    return np.array([section, section, *(2.0 * math.pi * radii * height)])


def press_walls(
    system: System, stress: float, areas: Array, stiffness: float, mean_radius: float
) -> None:
    """Let all walls press with a stress.

    Parameters
    ----------
    system : System
        With two platens and perhaps a wall of the side.
    stress : float
        Pa.
    areas : ndarray, shape (walls,)
        m2.
    stiffness : float
        Of each contact with a wall, N/m.
    mean_radius : float
        Of the grains, m.
    """
    touching = max(1, int((system.wall_state.wall < SIDE).sum()) // 2)
    # As many grains may come to touch the side as lie within a radius of it: a gain for the few
    # that touch at first would be too large for them.
    off = np.linalg.norm(system.rows[:, :2], axis=1) + system.rows[:, 3]
    beside = int((off > off.max() - mean_radius).sum())
    counts = np.array([touching, touching, beside])[: len(areas)]
    gains = SERVO_SHARE / (counts * stiffness * system.time_step)
    control = system.wall_state.control
    control[:, wall_columns.MODE] = wall_columns.SERVO
    control[:, wall_columns.TARGET] = stress
    control[:, wall_columns.WALL_AREA] = areas
    control[:, wall_columns.GAIN] = gains
    control[:, wall_columns.MOST] = SERVO_SPEED


def lateral_stress(system: System, volume: float) -> float:
    """Return the mean lateral stress of a specimen (Love 1927, Weber 1966), Pa.

    Contacts of grains, and those with the wall of the side, whose branch is the way from the
    centre of the grain to the wall.
    """
    stress = system.stress(volume)
    mean = 0.5 * float(stress[0, 0] + stress[1, 1])
    walls = system.wall_state
    beside = walls.wall == SIDE
    if not beside.any():
        return mean
    grains = walls.particle[beside]
    arm = system.wall_distances(SIDE)[grains]
    pressed = walls.properties[0, beside] * np.maximum(system.rows[grains, 3] - arm, 0.0)
    return mean + 0.5 * float(np.sum(pressed * arm)) / volume
