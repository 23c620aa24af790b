"""Walls: planes and cylinders that are fixed, moved, held at a stress, or driven by a machine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError

__all__ = ["Cylinder", "Machine", "Plane", "Servo", "Wall"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Servo:
    """Move a wall so that the grains press on it with a stress.

    Parameters
    ----------
    stress : float
        Compression positive, Pa.
    area : float
        m2.
    gain : float
        Speed per missing force, m/(s N).
    largest_speed : float
        m/s.
    """

    stress: float
    area: float
    gain: float
    largest_speed: float


@dataclass(frozen=True)
class Machine:
    """A mass on a spring whose far end moves at a given speed into the specimen.

    Parameters
    ----------
    mass : float
        Of the platen, kg.
    stiffness : float
        Of the loading frame, N/m.
    damping_ratio : float
        Of the oscillator of mass and stiffness.
    speed : float
        Of the far end, m/s.
    elongation : float
        Of the spring at the start, m.
    """

    mass: float
    stiffness: float
    damping_ratio: float
    speed: float
    elongation: float = 0.0


@dataclass(frozen=True)
class Wall(ABC):
    """What all walls have.

    Parameters
    ----------
    motion : Servo, Machine or None
        None for a wall that keeps its velocity.
    friction : float, optional
        Instead of that of the contact model.
    stiffness : float, optional
        Normal stiffness of each contact, N/m, instead of that of the contact model.
    """

    motion: Servo | Machine | None = None
    friction: float | None = None
    stiffness: float | None = None

    @abstractmethod
    def columns(self) -> Array:
        """Return the row that the kernels take."""

    def control(self) -> Array:
        """Return how the wall is moved, as the kernels take it."""
        row = np.zeros(10)
        if isinstance(self.motion, Servo):
            m = self.motion
            row[:5] = (1.0, m.stress, m.area, m.gain, m.largest_speed)
        elif isinstance(self.motion, Machine):
            k = self.motion
            row[0] = 2.0
            damper = 2.0 * k.damping_ratio * (k.mass * k.stiffness) ** 0.5
            row[5:10] = (k.mass, k.stiffness, damper, k.speed, k.elongation)
        return row


@dataclass(frozen=True)
class Plane(Wall):
    """A rigid plane.

    Parameters
    ----------
    point : tuple of 3 floats
        m.
    normal : tuple of 3 floats
        Unit vector into the specimen.
    velocity : tuple of 3 floats
        m/s.
    """

    point: tuple[float, float, float] = (0.0, 0.0, 0.0)
    normal: tuple[float, float, float] = (0.0, 0.0, 1.0)
    velocity: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def columns(self) -> Array:
        """Return the row that the kernels take."""
        normal = np.array(self.normal, float)
        if not np.isclose(np.linalg.norm(normal), 1.0, atol=1e-9):
            raise InputError(f"plane: normal {self.normal} has not the length 1")
        return np.array([0.0, *self.point, *normal, 0.0, *self.velocity, 0.0])


@dataclass(frozen=True)
class Cylinder(Wall):
    """A rigid cylinder around the specimen.

    Parameters
    ----------
    radius : float
        m.
    point, axis : tuple of 3 floats
        A point of the axis, m, and its unit vector.
    radial_velocity : float
        Of the wall, outwards, m/s.
    """

    radius: float = 1.0
    point: tuple[float, float, float] = (0.0, 0.0, 0.0)
    axis: tuple[float, float, float] = (0.0, 0.0, 1.0)
    radial_velocity: float = 0.0

    def columns(self) -> Array:
        """Return the row that the kernels take."""
        if not self.radius > 0.0:
            raise InputError(f"cylinder: radius is {self.radius} m; a positive one is needed")
        return np.array(
            [1.0, *self.point, *self.axis, self.radius, 0.0, 0.0, 0.0, self.radial_velocity]
        )
