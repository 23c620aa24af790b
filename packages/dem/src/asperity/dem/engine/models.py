"""Contact models: what the user says of a contact, and the numbers that the kernels take.

All models are in SI units. A contact model holds wherever two particles touch; what is installed
between chosen pairs and stays with them is a joint, see `asperity.dem.engine.joints`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError

__all__ = [
    "ContactLaw",
    "ContactModel",
    "Hertz",
    "Hooke",
    "Linear",
    "Pair",
    "positive",
]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pair:
    """What a model sees of pairs of bodies, arrays of shape (n,), SI units.

    For a wall the second radius and mass are infinite.
    """

    radius_i: Array
    radius_j: Array
    mass_i: Array
    mass_j: Array
    distance: Array

    @property
    def smaller(self) -> Array:
        """The smaller radius, m."""
        return np.minimum(self.radius_i, self.radius_j)

    @property
    def span(self) -> Array:
        """Sum of the radii, or the one radius at a wall, m."""
        return np.where(np.isinf(self.radius_j), self.radius_i, self.radius_i + self.radius_j)

    @property
    def effective_mass(self) -> Array:
        """``m1 m2 / (m1 + m2)``, or the one mass at a wall, kg."""
        both = 1.0 / (1.0 / self.mass_i + 1.0 / self.mass_j)
        return np.asarray(both)


class ContactModel(Protocol):
    """What `System` asks of a contact model."""

    @property
    def name(self) -> str:
        """Name of the group of contacts."""

    @property
    def odd(self) -> tuple[bool, ...]:
        """For each row of history whether it changes sign when the bodies are exchanged."""

    def properties(self, pair: Pair) -> Array:
        """Return the properties, shape (P, n), or (P, 1) where all contacts have the same."""

    def stiffness(self, pair: Pair, properties: Array) -> tuple[Array, Array]:
        """Return normal and shear stiffness for the time step, N/m."""


def positive(owner: str, **values: float) -> None:
    """Refuse what is not above 0."""
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0.0):
            raise InputError(f"{owner}: {name} is {value}; a positive number is needed")


def _not_negative(owner: str, **values: float) -> None:
    """Refuse what is below 0."""
    for name, value in values.items():
        if not value >= 0.0:
            raise InputError(f"{owner}: {name} is {value}; it may not be negative")


@dataclass(frozen=True)
class Linear:
    """Linear springs, dashpots and Coulomb friction.

    Parameters
    ----------
    modulus : float, optional
        Effective modulus E*, Pa: the normal stiffness is ``pi min(r)^2 E* / (r1 + r2)``.
    ratio : float
        Normal over shear stiffness.
    normal_stiffness, shear_stiffness : float, optional
        The same for all contacts, N/m, instead of a modulus.
    friction : float
    normal_damping, shear_damping : float
        Ratios of critical damping of the pair.
    dashpots : {"full", "no-tension", "slip-cut", "both"}
        Whether the dashpot may make the normal force pull, and whether it acts in shear
        while the contact slides.

    Notes
    -----
    The restitution of a head-on collision with full dashpots is
    ``exp(-pi b / sqrt(1 - b^2))``.
    """

    modulus: float | None = None
    ratio: float = 1.0
    normal_stiffness: float | None = None
    shear_stiffness: float | None = None
    friction: float = 0.0
    normal_damping: float = 0.0
    shear_damping: float = 0.0
    dashpots: str = "full"
    name: str = field(default="linear", init=False)
    odd: tuple[bool, ...] = field(default=(True, True, True), init=False)

    def __post_init__(self) -> None:
        if (self.modulus is None) == (self.normal_stiffness is None):
            raise InputError("Linear: give either modulus or normal_stiffness")
        positive("Linear", stiffness=self.modulus or self.normal_stiffness or 0.0)
        positive("Linear", ratio=self.ratio)
        _not_negative("Linear", friction=self.friction, normal_damping=self.normal_damping)
        if self.dashpots not in ("full", "no-tension", "slip-cut", "both"):
            raise InputError(
                f"Linear: dashpots is {self.dashpots!r}; allowed are full, no-tension, slip-cut, "
                "both"
            )

    def properties(self, pair: Pair) -> Array:
        """Return normal and shear stiffness, friction, dashpots and their two modes."""
        n = len(pair.distance)
        if self.modulus is not None:
            kn = np.pi * pair.smaller**2 * self.modulus / pair.span
        else:
            kn = np.full(n, self.normal_stiffness)
        ks = kn / self.ratio if self.shear_stiffness is None else np.full(n, self.shear_stiffness)
        mass = pair.effective_mass
        return np.array(
            [
                kn,
                ks,
                np.full(n, self.friction),
                2.0 * self.normal_damping * np.sqrt(mass * kn),
                2.0 * self.shear_damping * np.sqrt(mass * ks),
                np.full(n, float(self.dashpots in ("no-tension", "both"))),
                np.full(n, float(self.dashpots in ("slip-cut", "both"))),
            ]
        )

    def stiffness(self, pair: Pair, properties: Array) -> tuple[Array, Array]:
        """Return normal and shear stiffness, N/m."""
        return properties[0], properties[1]


@dataclass(frozen=True)
class Hooke:
    """Linear springs with damping proportional to the mass, as in granular-flow codes.

    Parameters
    ----------
    normal_stiffness, shear_stiffness : float
        N/m.
    friction : float
        It limits spring and dashpot together.
    normal_damping, shear_damping : float
        1/s, multiplied by the effective mass.
    """

    normal_stiffness: float
    shear_stiffness: float
    friction: float = 0.5
    normal_damping: float = 0.0
    shear_damping: float = 0.0
    name: str = field(default="hooke", init=False)
    odd: tuple[bool, ...] = field(default=(True, True, True), init=False)

    def __post_init__(self) -> None:
        positive(
            "Hooke", normal_stiffness=self.normal_stiffness, shear_stiffness=self.shear_stiffness
        )

    def properties(self, pair: Pair) -> Array:
        """Return the five numbers, the same for all contacts."""
        return np.array(
            [
                [self.normal_stiffness],
                [self.shear_stiffness],
                [self.friction],
                [self.normal_damping],
                [self.shear_damping],
            ]
        )

    def stiffness(self, pair: Pair, properties: Array) -> tuple[Array, Array]:
        """Return normal and shear stiffness, N/m."""
        one = np.ones(len(pair.distance))
        return self.normal_stiffness * one, self.shear_stiffness * one


@dataclass(frozen=True)
class Hertz:
    """Hertz-Mindlin contact of elastic spheres.

    Parameters
    ----------
    young : float
        Young's modulus of the material, Pa.
    poisson : float
    friction : float
    restitution : float
        Normal restitution of a head-on collision without gravity.
    rigid_walls : bool
        Whether walls are rigid; else they are of the same material.
    no_tension : bool
        Whether the normal force may never pull.
    """

    young: float
    poisson: float
    friction: float = 0.0
    restitution: float = 1.0
    rigid_walls: bool = True
    no_tension: bool = False
    name: str = field(default="hertz", init=False)
    odd: tuple[bool, ...] = field(default=(True, True, True, False), init=False)

    def __post_init__(self) -> None:
        positive("Hertz", young=self.young, restitution=self.restitution)
        if not -1.0 < self.poisson < 0.5 or self.restitution > 1.0:
            raise InputError(
                f"Hertz: poisson is {self.poisson} and restitution {self.restitution}; "
                "allowed are -1 to 0.5 and up to 1"
            )

    @property
    def damping(self) -> float:
        """``-ln e / sqrt(pi^2 + ln^2 e)``."""
        log = math.log(self.restitution)
        return -log / math.hypot(math.pi, log)

    def properties(self, pair: Pair) -> Array:
        """Return effective moduli, friction, damping and whether pulling is cut."""
        wall = np.isinf(pair.radius_j) & self.rigid_walls
        share = np.where(wall, 1.0, 2.0)
        young = self.young / (share * (1.0 - self.poisson**2))
        modulus = self.young / (2.0 * (1.0 + self.poisson))
        shear = modulus / (share * (2.0 - self.poisson))
        n = len(pair.distance)
        return np.array(
            [
                young,
                shear,
                np.full(n, self.friction),
                np.full(n, self.damping),
                np.full(n, float(self.no_tension)),
            ]
        )

    def stiffness(self, pair: Pair, properties: Array) -> tuple[Array, Array]:
        """Return the tangent stiffnesses at the present overlap, or at 1 % of the radius."""
        radius = 1.0 / (1.0 / pair.radius_i + 1.0 / pair.radius_j)
        depth = np.maximum(pair.span - pair.distance, 0.01 * pair.smaller)
        root = np.sqrt(radius * depth)
        return 2.0 * properties[0] * root, 8.0 * properties[1] * root


@dataclass(frozen=True)
class ContactLaw:
    """A contact law of the user's own, compiled with the engine's loop.

    Parameters
    ----------
    law : function
        With the signature of ``asperity.dem.engine._kernels.linear.linear``:
        ``law(dt, step, contact, properties, history) -> force, moment, history, audit``,
        decorated with ``numba.njit`` or ``numba.extending.register_jitable``.
    values : sequence of float
        Properties, the same for all contacts.
    history : sequence of bool
        One for each number of history: whether it changes sign when the two bodies are
        exchanged (components of vectors do).
    stiffness_bound : float
        Largest stiffness of a contact, N/m, for the time step.

    Notes
    -----
    It is compiled once in each process (some seconds) and not kept on disk.
    """

    law: Callable[..., Any]
    values: tuple[float, ...]
    history: tuple[bool, ...]
    stiffness_bound: float
    name: str = field(default="custom", init=False)

    @property
    def odd(self) -> tuple[bool, ...]:
        """See `history`."""
        return self.history

    def properties(self, pair: Pair) -> Array:
        """Return the values, the same for all contacts."""
        return np.array(self.values, float)[:, None]

    def stiffness(self, pair: Pair, properties: Array) -> tuple[Array, Array]:
        """Return the bound for both directions, N/m."""
        bound = np.full(len(pair.distance), self.stiffness_bound)
        return bound, bound
