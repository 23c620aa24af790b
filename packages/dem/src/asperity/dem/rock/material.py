"""Rock as a material: a packing of grains, the joints between them, what grips and presses it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.notebook import Shown
from asperity.dem.config import FlatJoints, LaboratoryConfiguration
from asperity.dem.engine.joining import BOND_COHESION, BOND_STATE, BOND_TENSION, ELEMENT_STATE
from asperity.dem.engine.joints import FlatJoint, ParallelBond, strengths
from asperity.dem.engine.models import Linear
from asperity.dem.engine.system import System
from asperity.dem.engine.walls import Wall
from asperity.dem.rock.genesis import packed
from asperity.dem.rock.specimen import nearest_pairs

from asperity.dem.engine._kernels.layout import (  # isort: skip
    BROKEN_SHEAR,
    BROKEN_TENSION,
)

__all__ = [
    "Cement",
    "Packing",
    "Rock",
    "contact_of",
    "cracks",
    "flat_joint",
    "ground",
    "join",
    "pack",
    "parallel_bond",
]

Array = NDArray[np.float64]
Cement = Literal["flat-joint", "parallel-bond"]
#: Stress of overlaps beside parallel bonds, over their tensile strength, at most.
LOCKED_IN = 0.5
#: Depth to which ends are ground, mean radii.
GROUND = 0.3


@dataclass(frozen=True, repr=False)
class Packing(Shown):
    """Grains in the shape of a specimen, not yet joined.

    Parameters
    ----------
    positions : ndarray, shape (n, 3)
        Centres, m; the axis of the specimen is z.
    radii : ndarray, shape (n,)
        m.
    pairs : ndarray, shape (c, 2)
        Grains that will be joined.
    section : float
        Area across the axis, m2.
    height : float
        m.
    """

    positions: Array
    radii: Array
    pairs: NDArray[np.int32]
    section: float
    height: float

    def _facts(self) -> dict[str, Any]:
        return {
            "grains": len(self.radii), "joints": len(self.pairs),
            "porosity": f"{self.porosity:.3f}", "height": f"{1e3 * self.height:g} mm",
        }  # fmt: skip

    @property
    def porosity(self) -> float:
        """Share of the specimen that is not grain, overlaps counted twice."""
        solid = 4.0 / 3.0 * math.pi * float(np.sum(self.radii**3))
        return 1.0 - solid / (self.section * self.height)


@dataclass(frozen=True)
class Rock:
    """What joins the grains of a packing, and how heavy they are together.

    Parameters
    ----------
    joints : FlatJoints
        Constants of the joints.
    cement : {"flat-joint", "parallel-bond"}
        What they are.
    density : float
        Of the rock, kg/m3.
    platen_stiffness : float
        Of each grain on a platen, N/m.
    """

    joints: FlatJoints
    cement: Cement = "flat-joint"
    density: float = 2650.0
    platen_stiffness: float = 3e8

    @classmethod
    def of(cls, configuration: LaboratoryConfiguration, cement: Cement = "flat-joint") -> Rock:
        """Return the rock of a triaxial test, with joints that can break."""
        c = configuration
        joints = c.rock.model_copy(update={"breakable": True})
        return cls(joints, cement, c.specimen.density, c.cell.platen_stiffness)

    def with_joints(self, **values: float | bool) -> Rock:
        """Return the rock with some constants of its joints changed."""
        joints = self.joints.model_copy(update=values)
        return Rock(joints, self.cement, self.density, self.platen_stiffness)


def pack(configuration: LaboratoryConfiguration, seed: int) -> Packing:
    """Pack the specimen of a triaxial test, without its fault, and grind its ends.

    The packing is that of ``dem run`` with the same seed, but for the grains of its ends.

    Parameters
    ----------
    configuration : LaboratoryConfiguration
    seed : int
    """
    s = configuration.specimen
    rng = np.random.default_rng([seed, 0])
    x, r = packed(s, configuration.rock, rng)
    x = ground(x, r, s.height, GROUND * s.mean_radius)
    pairs = nearest_pairs(System(x, r, 1.0), round(s.contacts_per_grain * len(x)))
    return Packing(x, r, pairs, math.pi / 4.0 * s.diameter**2, s.height)


def ground(positions: Array, radii: Array, height: float, depth: float) -> Array:
    """Move the grains of both ends along the axis until their surfaces are flush.

    Otherwise the few grains that stick out would carry a platen alone, and break, before
    the others touch it.

    Parameters
    ----------
    positions : ndarray, shape (n, 3)
        Of grains between ``-height / 2`` and ``height / 2``, m.
    radii : ndarray, shape (n,)
        m.
    height : float
        m.
    depth : float
        Grains whose surface lies within this of an end belong to it, m.

    Returns
    -------
    ndarray, shape (n, 3)

    Examples
    --------
    >>> ground(np.array([[0, 0, -0.91], [0, 0, 0.5]]), np.array([0.1, 0.1]), 2.0, 0.05)[:, 2]
    array([-0.9,  0.5])
    """
    moved = positions.copy()
    for side in (-1.0, 1.0):
        along = side * positions[:, 2]
        end = along + radii > 0.5 * height - depth
        moved[end, 2] = side * (0.5 * height - radii[end])
    return moved


def flat_joint(joints: FlatJoints) -> FlatJoint:
    """Return the flat joint with the constants of a configuration."""
    scale = 1.0 if joints.breakable else math.inf
    return FlatJoint(
        joints.modulus, joints.ratio, joints.radius_multiplier, joints.radial, joints.around,
        joints.tensile_strength * scale, joints.cohesion * scale, joints.tensile_sd,
        joints.cohesion_sd, joints.friction_angle, joints.friction,
    )  # fmt: skip


def parallel_bond(joints: FlatJoints) -> ParallelBond:
    """Return the parallel bond with the constants of a configuration; contacts have them, too."""
    scale = 1.0 if joints.breakable else math.inf
    return ParallelBond(
        contact_of(joints), joints.modulus, joints.ratio, joints.radius_multiplier,
        joints.tensile_strength * scale, joints.cohesion * scale, joints.friction_angle,
    )  # fmt: skip


def contact_of(joints: FlatJoints) -> Linear:
    """Return the contact of grains that are not joined, as stiff as joints are."""
    return Linear(
        modulus=joints.modulus * joints.radius_multiplier**2,
        ratio=joints.ratio,
        friction=joints.friction,
    )


def join(
    packing: Packing,
    rock: Rock,
    rng: np.random.Generator,
    *,
    walls: Sequence[Wall] = (),
    damping: float = 0.7,
    applied: Array | None = None,
) -> System:
    """Join the grains of a packing where they are, free of stress.

    Parameters
    ----------
    packing : Packing
    rock : Rock
    rng : numpy.random.Generator
        Draws the strengths.
    walls : sequence of Wall
    damping : float
        Local damping.
    applied : ndarray, shape (n, 3), optional
        Forces on grains, N.

    Raises
    ------
    InputError
        For parallel bonds, if grains overlap so far that their contacts would burst them.
    """
    joints = rock.joints
    platen = Linear(normal_stiffness=rock.platen_stiffness)
    system = System(
        packing.positions, packing.radii, rock.density / (1.0 - packing.porosity),
        contact_of(joints), walls, platen if walls else None, damping=damping, applied=applied,
    )  # fmt: skip
    if rock.cement == "flat-joint":
        system.install(flat_joint(joints), packing.pairs, rng=rng)
        return system
    _check_overlaps(packing, rock)
    bond = parallel_bond(joints)
    system.install(bond, packing.pairs)
    drawn = system.groups[bond.name].properties
    n = len(packing.pairs)
    for row, mean, sd in (
        (BOND_TENSION, bond.tensile_strength, joints.tensile_sd),
        (BOND_COHESION, bond.cohesion, joints.cohesion_sd),
    ):
        drawn[row] = strengths(mean, sd, n, rng)
    return system


def _check_overlaps(packing: Packing, rock: Rock) -> None:
    """Refuse a packing whose contacts would burst the bonds beside them.

    Raises
    ------
    InputError
        If the stress of the overlaps is above a share of the tensile strength of the bonds.
    """
    i, j = packing.pairs.T
    r = packing.radii
    apart = np.linalg.norm(packing.positions[i] - packing.positions[j], axis=1)
    overlap = np.maximum(r[i] + r[j] - apart, 0.0)
    smaller = rock.joints.radius_multiplier * np.minimum(r[i], r[j])
    stiffness = math.pi * smaller**2 * rock.joints.modulus / (r[i] + r[j])
    volume = packing.section * packing.height
    locked = float(np.sum(stiffness * overlap * apart)) / (3.0 * volume)
    if rock.joints.breakable and locked > LOCKED_IN * rock.joints.tensile_strength:
        raise InputError(
            f"parallel bonds: the overlaps of the packing press with {locked / 1e6:.3g} MPa, the "
            f"bonds bear {rock.joints.tensile_strength / 1e6:.3g} MPa; scale the grains to less "
            "with specimen.packing_stress"
        )


def cracks(system: System) -> tuple[int, int]:
    """Return how many elements of joints have broken in tension and in shear."""
    flat, bond = system.groups["flat_joint"], system.groups["parallel_bond"]
    states = flat.extra[:, :, ELEMENT_STATE] if len(flat.i) else bond.history[BOND_STATE]
    return int((states == BROKEN_TENSION).sum()), int((states == BROKEN_SHEAR).sum())
