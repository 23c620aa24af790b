"""Contact models: what the user says of a contact, and the numbers that the kernels take.

All models are in SI units. A *contact* model (`Linear`, `Hooke`, `Hertz`, `ContactLaw`) holds
wherever two particles touch; a *joint* model (`ParallelBond`, `FlatJoint`, `SmoothJoint`) is
installed between chosen pairs and stays with them.
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
    "FlatJoint",
    "Hertz",
    "Hooke",
    "Linear",
    "ParallelBond",
    "SmoothJoint",
    "disc_elements",
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


def _positive(owner: str, **values: float) -> None:
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0.0):
            raise InputError(f"{owner}: {name} is {value}; a positive number is needed")


def _not_negative(owner: str, **values: float) -> None:
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
        _positive("Linear", stiffness=self.modulus or self.normal_stiffness or 0.0)
        _positive("Linear", ratio=self.ratio)
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
        _positive(
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
        _positive("Hertz", young=self.young, restitution=self.restitution)
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


@dataclass(frozen=True)
class ParallelBond:
    """Cement beside a linear contact (Potyondy & Cundall 2004).

    Parameters
    ----------
    contact : Linear
        The linear part, which stays after the bond has broken.
    modulus : float
        Effective modulus of the cement, Pa.
    ratio : float
        Normal over shear stiffness of the cement.
    radius_multiplier : float
        Radius of the cement over the smaller radius.
    tensile_strength, cohesion : float
        Pa; infinite for a bond that never breaks.
    friction_angle : float
        Of the bond, degrees.
    moment_contribution : float
        Share of the moments in the stresses, 0 to 1.
    stiffnesses : tuple of 4 floats, optional
        Normal and shear (N/m), bending and twisting stiffness (N m), the same for all bonds,
        instead of the modulus.
    """

    contact: Linear
    modulus: float = 0.0
    ratio: float = 1.0
    radius_multiplier: float = 1.0
    tensile_strength: float = math.inf
    cohesion: float = math.inf
    friction_angle: float = 0.0
    moment_contribution: float = 1.0
    stiffnesses: tuple[float, float, float, float] | None = None
    name: str = field(default="parallel_bond", init=False)

    def __post_init__(self) -> None:
        if self.stiffnesses is None:
            _positive("ParallelBond", modulus=self.modulus, ratio=self.ratio)

    def properties(self, pair: Pair) -> Array:
        """Return the 14 properties, see ``_kernels.parallel_bond``."""
        n = len(pair.distance)
        linear = self.contact.properties(pair)
        radius = self.radius_multiplier * pair.smaller
        area = np.pi * radius**2
        second = np.pi * radius**4 / 4.0
        if self.stiffnesses is None:
            kn = self.modulus / pair.span
            ks = kn / self.ratio
            bending, twisting = kn * second, ks * 2.0 * second
        else:
            kn = self.stiffnesses[0] / area
            ks = self.stiffnesses[1] / area
            bending, twisting = (np.full(n, value) for value in self.stiffnesses[2:])
        share = self.moment_contribution * radius / second
        # Finite stand-ins: infinite strength times zero friction would be no number.
        return np.array(
            [
                *linear[:3],
                pair.distance,
                area,
                kn,
                ks,
                bending,
                twisting,
                share,
                0.5 * share,
                np.full(n, min(self.tensile_strength, 1e30)),
                np.full(n, min(self.cohesion, 1e30)),
                np.full(n, math.tan(math.radians(self.friction_angle))),
            ]
        )


def disc_elements(radial: int, around: int) -> tuple[Array, Array]:
    """Return centroids and areas of the elements of a disc of radius 1.

    Parameters
    ----------
    radial, around : int
        Rings, and elements in each of them; at least 3 around, else the disc has no bending
        stiffness in one direction.

    Returns
    -------
    centroids : ndarray, shape (radial * around, 2)
    areas : ndarray, shape (radial * around,)

    Raises
    ------
    InputError
        For less than 1 ring or 3 elements around.
    """
    if radial < 1 or around < 3:
        raise InputError(
            f"flat joint: {radial} x {around} elements; allowed are at least 1 ring and 3 around"
        )
    edges = np.arange(radial + 1) / radial
    ring_area = np.pi / around * (edges[1:] ** 2 - edges[:-1] ** 2)
    chord = math.sin(math.pi / around) / (math.pi / around)
    reach = (2.0 / 3.0) * (edges[1:] ** 3 - edges[:-1] ** 3)
    reach = reach / (edges[1:] ** 2 - edges[:-1] ** 2) * chord
    angle = (np.arange(around) + 0.5) * 2.0 * np.pi / around
    centroids = np.stack([np.outer(reach, np.cos(angle)), np.outer(reach, np.sin(angle))], axis=-1)
    return centroids.reshape(-1, 2), np.repeat(ring_area, around)


@dataclass(frozen=True)
class FlatJoint:
    """Bonded or frictional disc of elements between two grains (Potyondy 2012).

    Parameters
    ----------
    modulus : float
        Effective modulus E*, Pa: the normal stiffness is ``E* / (r1 + r2)`` in Pa/m.
    ratio : float
        Normal over shear stiffness.
    radius_multiplier : float
        Radius of the disc over the smaller radius.
    radial, around : int
        Elements of the disc.
    tensile_strength, cohesion : float
        Means over contacts, Pa.
    tensile_sd, cohesion_sd : float
        Standard deviations over contacts, Pa; draws below a tenth of the mean are redrawn.
    friction_angle : float
        Of the bond, degrees.
    friction : float
        Residual friction coefficient.
    residual_cohesion : float
        Pa.
    exact_bending : bool
        Whether elements resist bending by themselves, so that the whole disc bends as the
        exact one; without it 1 x 3 elements have 0.61 of its stiffness.
    """

    modulus: float
    ratio: float = 2.5
    radius_multiplier: float = 1.0
    radial: int = 1
    around: int = 3
    tensile_strength: float = math.inf
    cohesion: float = math.inf
    tensile_sd: float = 0.0
    cohesion_sd: float = 0.0
    friction_angle: float = 0.0
    friction: float = 0.5
    residual_cohesion: float = 0.0
    exact_bending: bool = False
    name: str = field(default="flat_joint", init=False)

    def __post_init__(self) -> None:
        _positive(
            "FlatJoint",
            modulus=self.modulus,
            ratio=self.ratio,
            radius_multiplier=self.radius_multiplier,
        )
        disc_elements(self.radial, self.around)

    @property
    def elements(self) -> int:
        """Elements of a disc."""
        return self.radial * self.around

    def shape(self) -> Array:
        """Return the table of the disc that the kernel takes, see ``_kernels.flat_joint``."""
        centroids, areas = disc_elements(self.radial, self.around)
        sampled = float(np.sum(areas * centroids[:, 0] ** 2))
        own = (np.pi / 4.0 - sampled) / self.elements if self.exact_bending else 0.0
        table = np.zeros((2 + self.elements, 4))
        table[0] = (
            self.ratio,
            math.tan(math.radians(self.friction_angle)),
            self.friction,
            self.residual_cohesion,
        )
        reach = float(np.hypot(centroids[:, 0], centroids[:, 1]).max())
        table[1] = (float(areas.sum()), sampled, reach, own)
        table[2:, :2] = centroids
        table[2:, 2] = areas
        return table

    def properties(self, pair: Pair, rng: np.random.Generator) -> Array:
        """Return rest distance, stiffness, radius and drawn strengths, shape (5, n)."""
        n = len(pair.distance)
        return np.array(
            [
                pair.distance,
                self.modulus / pair.span,
                self.radius_multiplier * pair.smaller,
                strengths(self.tensile_strength, self.tensile_sd, n, rng),
                strengths(self.cohesion, self.cohesion_sd, n, rng),
            ]
        )


def strengths(mean: float, sd: float, n: int, rng: np.random.Generator) -> Array:
    """Draw strengths: normal, and again below a tenth of the mean; 1e30 for infinite ones."""
    if not math.isfinite(mean):
        return np.full(n, 1e30)
    drawn = np.full(n, mean) if sd == 0.0 else rng.normal(mean, sd, n)
    while sd > 0.0 and (low := drawn < 0.1 * mean).any():
        drawn[low] = rng.normal(mean, sd, int(low.sum()))
    return drawn


#: Friction laws of smooth joints, by name: number in the kernel, and their parameters.
FRICTION_LAWS = {
    "coulomb": (0, ("coefficient",)),
    "slip-weakening": (1, ("static", "dynamic", "slip_distance")),
    "rate-weakening": (2, ("static", "dynamic", "rate", "slip_distance", "healing_time")),
    "rate-state": (3, ("coefficient", "direct", "evolution", "reference_rate", "slip_distance")),
}


@dataclass(frozen=True)
class SmoothJoint:
    """A plane of sliding between the two sides of a fault (Mas Ivars et al. 2011).

    Parameters
    ----------
    normal_stiffness, shear_stiffness : float
        Pa/m.
    law : {"coulomb", "slip-weakening", "rate-weakening", "rate-state"}
    parameters : tuple of float
        Of the friction law, in the order of `FRICTION_LAWS`; after a bond has broken for
        bonded joints.
    bonded : bool
    tensile_strength, cohesion : float
        Of the bond, Pa.
    friction_angle, dilation_angle : float
        Of the bond and of sliding, degrees.
    radius_multiplier : float
        Radius of a joint over the smaller radius.
    torque : bool
        Whether the force turns the particles; off as the joint passes no moment.
    filter_time : float
        Time constant of the slip rate that friction sees, s.
    """

    normal_stiffness: float
    shear_stiffness: float
    law: str = "coulomb"
    parameters: tuple[float, ...] = (0.6,)
    bonded: bool = False
    tensile_strength: float = 0.0
    cohesion: float = 0.0
    friction_angle: float = 0.0
    dilation_angle: float = 0.0
    radius_multiplier: float = 1.0
    torque: bool = False
    filter_time: float = 1e-6
    name: str = field(default="smooth_joint", init=False)

    def __post_init__(self) -> None:
        _positive(
            "SmoothJoint",
            normal_stiffness=self.normal_stiffness,
            shear_stiffness=self.shear_stiffness,
            filter_time=self.filter_time,
        )
        if self.law not in FRICTION_LAWS:
            raise InputError(
                f"SmoothJoint: law is {self.law!r}; allowed are {', '.join(FRICTION_LAWS)}"
            )
        names = FRICTION_LAWS[self.law][1]
        if len(self.parameters) != len(names):
            raise InputError(
                f"SmoothJoint: {self.law} takes {', '.join(names)}; found {self.parameters}"
            )

    def friction_settings(self) -> Array:
        """Return law, filter time and torque as the kernel takes them."""
        return np.array([FRICTION_LAWS[self.law][0], self.filter_time, float(self.torque)])
