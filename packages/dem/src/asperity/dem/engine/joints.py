"""Joint models: what the user says of a bond or a plane between chosen grains.

All models are in SI units. `System.install` lays them between pairs, with which they stay.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.dem.engine.models import Linear, Pair, positive

__all__ = [
    "FlatJoint",
    "Joint",
    "ParallelBond",
    "SmoothJoint",
    "disc_elements",
    "strengths",
]

Array = NDArray[np.float64]


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
            positive("ParallelBond", modulus=self.modulus, ratio=self.ratio)

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
        positive(
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
        positive(
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


Joint = ParallelBond | FlatJoint | SmoothJoint
