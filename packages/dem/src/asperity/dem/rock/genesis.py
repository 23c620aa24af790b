"""Genesis of packings: vessels of a cylinder or a periodic box, scaling to a stress, floaters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import ConvergenceError, InputError
from asperity.dem.engine.models import Linear
from asperity.dem.engine.system import System
from asperity.dem.engine.walls import Cylinder, Plane, Wall
from asperity.dem.rock.specimen import pack_cylinder

if TYPE_CHECKING:
    from asperity.dem.config import FlatJoints, Specimen

__all__ = [
    "Vessel",
    "coordination",
    "cylindrical_vessel",
    "grain_density",
    "grow_floaters",
    "pack_box",
    "packed",
    "periodic_vessel",
    "remove_floaters",
    "scale_to_stress",
]

Array = NDArray[np.float64]
#: Relaxation: rounds of so many damped steps, and how little the stress may change in one.
ROUND, MOST_ROUNDS, SETTLED = 100, 60, 1e-3
#: Scaling: most trials, largest change of the radii in one, least growth of grains that do not
#: press, how near the stress must come, and the least change of it with the radii over the modulus.
TRIALS, LARGEST_SCALING, LEAST_GROWTH, STRESS_TOLERANCE, SOFTEST = 60, 5e-3, 2e-4, 0.01, 0.1
#: A floater grows to this share of the installation gap, by at most this factor in all.
GROWN_TO, LARGEST_GROWTH, SWEEPS = 0.9, 1.3, 10


@dataclass(frozen=True)
class Vessel:
    """What holds grains together while they are packed.

    Parameters
    ----------
    volume : float
        m3.
    walls : tuple of Wall
    areas : tuple of float
        Of the walls, m2.
    period : tuple of 3 floats, optional
        Sides of a periodic box, m.
    """

    volume: float
    walls: tuple[Wall, ...] = ()
    areas: tuple[float, ...] = ()
    period: tuple[float, float, float] | None = None

    def stress(self, system: System) -> float:
        """Return the mean pressure of the grains, Pa: on the walls, or after Love and Weber."""
        if self.walls:
            return float(system.wall_state.force[:, 3].sum()) / sum(self.areas)
        return float(np.trace(system.stress(self.volume))) / 3.0


def cylindrical_vessel(diameter: float, height: float) -> Vessel:
    """Return a cylinder around the z axis, its centre at the origin."""
    section = math.pi / 4.0 * diameter**2
    walls = (
        Plane(point=(0, 0, -0.5 * height)),
        Plane(point=(0, 0, 0.5 * height), normal=(0, 0, -1)),
        Cylinder(radius=0.5 * diameter),
    )
    return Vessel(section * height, walls, (section, section, math.pi * diameter * height))


def periodic_vessel(sides: tuple[float, float, float]) -> Vessel:
    """Return a box that repeats, one corner at the origin."""
    return Vessel(math.prod(sides), period=sides)


def pack_box(
    sides: tuple[float, float, float],
    mean_radius: float,
    half_width: float,
    solid_fraction: float,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Pack grains in a periodic box by growth without friction.

    Centres are drawn; radii, uniform within `half_width` of the mean, grow from half their
    size in stages of damped steps. The number of grains follows from the solid fraction.

    Parameters
    ----------
    sides : tuple of 3 floats
        m.
    mean_radius : float
        m.
    half_width : float
    solid_fraction : float
    rng : numpy.random.Generator

    Returns
    -------
    positions : ndarray, shape (n, 3)
        m.
    radii : ndarray, shape (n,)
        m, scaled so that the solid fraction is met exactly.

    Raises
    ------
    InputError
        If fewer than 50 grains would fit.
    """
    vessel = periodic_vessel(sides)
    solid = vessel.volume * solid_fraction
    n = round(solid / (4.0 / 3.0 * math.pi * mean_radius**3 * (1.0 + half_width**2)))
    if n < 50:
        raise InputError(
            f"periodic packing: {n} grains of {mean_radius} m in {sides} m; at least 50 are "
            "needed: use smaller grains"
        )
    radii = mean_radius * rng.uniform(1.0 - half_width, 1.0 + half_width, n)
    radii *= (solid / (4.0 / 3.0 * math.pi * float(np.sum(radii**3)))) ** (1.0 / 3.0)
    x = rng.uniform(0.0, 1.0, (n, 3)) * sides
    contact = Linear(normal_stiffness=1e6)
    for share in np.linspace(0.55, 1.0, 10):
        system = _soft(x, share * radii, vessel, contact)
        for _ in range(10 if share < 1.0 else 60):
            _still(system, 30)
        x = system.rows[np.argsort(system.ids), :3] % sides
    return x, radii


def _soft(x: Array, radii: Array, vessel: Vessel, contact: Linear) -> System:
    """Return grains without friction, ready to be moved apart."""
    mean = float(radii.mean())
    system = System(
        x, radii, 2650.0, contact, vessel.walls, period=vessel.period, damping=0.7,
        skin=0.3 * mean, ledger=False,
    )  # fmt: skip
    # Sums of stiffnesses of grains that still overlap far say too little: one contact decides.
    system.refresh()
    own = np.arange(len(x), dtype=np.int32)
    stiffest = float(contact.properties(system.pair(own, own))[0].max())
    system.time_step = 0.2 * math.sqrt(float(system.rows[:, 7].min()) / stiffest)
    return system


def _still(system: System, steps: int) -> None:
    """Make steps and take most of the motion away."""
    system.run(steps)
    system.rows[:, 4:7] *= 0.2
    system.turning[:, :3] = 0.0


def scale_to_stress(
    positions: Array, radii: Array, vessel: Vessel, modulus: float, stress: float
) -> tuple[Array, Array]:
    """Scale all radii by one factor until the grains press with a stress.

    Parameters
    ----------
    positions : ndarray, shape (n, 3)
        m.
    radii : ndarray, shape (n,)
        m.
    vessel : Vessel
    modulus : float
        Effective modulus of the contacts meanwhile, which have no friction, Pa.
    stress : float
        Mean pressure wanted, Pa.

    Returns
    -------
    positions : ndarray, shape (n, 3)
        At rest under the stress, m.
    radii : ndarray, shape (n,)
        m.

    Raises
    ------
    ConvergenceError
        If the stress is not reached within 1 %.

    Notes
    -----
    As Potyondy & Cundall (2004, doi:10.1016/j.ijrmms.2004.09.011) do it: ``dr / r`` is the
    missing stress over three times the bulk modulus, which each trial tells anew.
    """
    contact = Linear(modulus=modulus)
    x, r = positions, radii
    slope, before = modulus, math.nan
    step = 0.0
    for _ in range(TRIALS):
        r = r * math.exp(step)
        x, found = _settled(x, r, vessel, contact, stress)
        if abs(found - stress) <= STRESS_TOLERANCE * stress:
            return x, r
        if step != 0.0:
            # While grains find new places a scaling changes little, or the wrong way.
            slope = min(max((found - before) / step, SOFTEST * modulus), 2.0 * modulus)
        step = (stress - found) / slope
        # Grains that do not press grow until they do.
        least = LEAST_GROWTH if found < 0.1 * stress else -LARGEST_SCALING
        step = min(max(step, least), LARGEST_SCALING)
        before = found
    raise ConvergenceError(
        f"packing: {found:.4g} Pa after {TRIALS} scalings, {stress:.4g} Pa wanted; choose a higher "
        "stress, or more grains"
    )


def _settled(
    x: Array, radii: Array, vessel: Vessel, contact: Linear, wanted: float
) -> tuple[Array, float]:
    """Let grains come to rest; return where they are and how they press."""
    system = _soft(x, radii, vessel, contact)
    before = math.inf
    for _ in range(MOST_ROUNDS):
        _still(system, ROUND)
        now = vessel.stress(system)
        if abs(now - before) <= SETTLED * max(now, wanted):
            break
        before = now
    return system.rows[np.argsort(system.ids), :3].copy(), now


def coordination(positions: Array, radii: Array, period: Array | None = None) -> float:
    """Return the mean number of grains that a grain touches."""
    pairs = System(positions, radii, 1.0, period=period).close_pairs(0.0)
    return 2.0 * len(pairs) / len(radii)


def _gaps(positions: Array, radii: Array, margin: float) -> tuple[NDArray[np.int32], Array]:
    pairs = System(positions, radii, 1.0).close_pairs(margin)
    i, j = pairs.T
    apart = np.linalg.norm(positions[i] - positions[j], axis=1)
    return pairs, np.asarray(apart - radii[i] - radii[j])


def _installation_gap(positions: Array, radii: Array, joints_per_grain: float) -> float:
    """Return the gap below which so many joints a grain would be installed."""
    _, gap = _gaps(positions, radii, 0.8 * float(radii.mean()))
    count = min(round(joints_per_grain * len(radii)), len(gap))
    return float(np.sort(gap)[count - 1])


def _joints_of(positions: Array, radii: Array, reach: float) -> NDArray[np.intp]:
    """Return how many joints each grain would have."""
    margin = max(reach, 0.0) + 1e-12
    pairs, gap = _gaps(positions, radii, margin)
    return np.bincount(pairs[gap <= reach].ravel(), minlength=len(radii))


def grow_floaters(
    positions: Array, radii: Array, joints_per_grain: float, least: int
) -> tuple[Array, NDArray[np.bool_]]:
    """Let grains with too few joints grow until they have enough of them.

    Parameters
    ----------
    positions : ndarray, shape (n, 3)
        m.
    radii : ndarray, shape (n,)
        m.
    joints_per_grain : float
        That will be installed; the installation gap follows from it.
    least : int
        Joints of a grain that is no floater.

    Returns
    -------
    radii : ndarray, shape (n,)
        By at most 1.3 of what they were, m.
    floating : ndarray of bool, shape (n,)
        Grains that still have too few.
    """
    grown = radii.copy()
    for _ in range(SWEEPS):
        reach = _installation_gap(positions, grown, joints_per_grain)
        floating = np.flatnonzero(_joints_of(positions, grown, reach) < least)
        for a in floating:
            apart = np.linalg.norm(positions - positions[a], axis=1) - grown
            apart[a] = np.inf
            needed = np.partition(apart, least - 1)[least - 1] - GROWN_TO * reach
            grown[a] = min(max(needed, grown[a]), LARGEST_GROWTH * radii[a])
        if not len(floating):
            break
    reach = _installation_gap(positions, grown, joints_per_grain)
    return grown, _joints_of(positions, grown, reach) < least


def remove_floaters(
    positions: Array, radii: Array, joints_per_grain: float, least: int
) -> NDArray[np.bool_]:
    """Return which grains stay when those with too few joints are taken out, one set after another.

    For the parameters see `grow_floaters`.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    reach = _installation_gap(positions, radii, joints_per_grain)
    stays = np.ones(len(radii), bool)
    while True:
        enough = _joints_of(positions[stays], radii[stays], reach) >= least
        if enough.all():
            return stays
        stays[np.flatnonzero(stays)[~enough]] = False


def grain_density(specimen: Specimen, radii: Array) -> float:
    """Return the density of grains whose mass is that of the rock, kg/m3."""
    volume = math.pi / 4.0 * specimen.diameter**2 * specimen.height
    return float(specimen.density * volume / (4.0 / 3.0 * math.pi * np.sum(radii**3)))


def packed(specimen: Specimen, joints: FlatJoints, rng: np.random.Generator) -> tuple[Array, Array]:
    """Pack the specimen of a configuration.

    Parameters
    ----------
    specimen : Specimen
    joints : FlatJoints
        Whose modulus contacts have while radii are scaled to a stress.
    rng : numpy.random.Generator

    Returns
    -------
    positions : ndarray, shape (n, 3)
        m.
    radii : ndarray, shape (n,)
        m.
    """
    s = specimen
    x, r = pack_cylinder(s.diameter, s.height, s.mean_radius, s.half_width, s.porosity, rng)
    if s.packing_stress > 0.0:
        vessel = cylindrical_vessel(s.diameter, s.height)
        x, r = scale_to_stress(x, r, vessel, joints.modulus, s.packing_stress)
    if s.floaters == "grow":
        r, _ = grow_floaters(x, r, s.contacts_per_grain, s.least_joints)
    elif s.floaters == "remove":
        stays = remove_floaters(x, r, s.contacts_per_grain, s.least_joints)
        x, r = x[stays], r[stays]
    return x, r
