"""Virtual tests of rock: uniaxial and triaxial compression, direct tension."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from asperity.core.errors import ConvergenceError, InputError
from asperity.dem.engine.system import System
from asperity.dem.engine.walls import Plane, Servo
from asperity.dem.rock.material import Packing, Rock, cracks, join
from asperity.dem.rock.specimen import membrane_forces

from asperity.dem.engine._kernels import walls as wall_columns  # isort: skip

__all__ = ["Conditions", "MaterialTest", "direct_tension", "gauge_strain", "triaxial", "uniaxial"]

Array = NDArray[np.float64]
Kind = Literal["uniaxial", "triaxial", "tension"]
LOWER, UPPER = 0, 1
#: Direct tension breaks rock at about a tenth of the strain that compression takes.
TENSION_PACE = 0.2
#: Friction of the lower platen under confinement: the membrane's forces keep their directions,
#: which turns a specimen that nothing holds about its axis, ever faster.
HOLDING = 1e9
#: Shares of the peak between which moduli are measured.
SLOPE_FROM, SLOPE_TO = 0.1, 0.3
#: Mass and inertia of a grain that a grip holds.
HELD = 1e20
#: Raising the confining pressure: stages, steps of each, steps of rest after them, at most so
#: many times, until both platens carry it within this share; part of the missing force that a
#: platen's motion makes up in one step, and its largest speed, m/s.
STAGES, STAGE_STEPS, REST_STEPS, PATIENCE, CARRIED = 10, 150, 500, 20, 2e-3
SERVO_SHARE, SERVO_SPEED = 0.3, 1.0


@dataclass(frozen=True)
class Conditions:
    """How a test is done.

    Parameters
    ----------
    strain_rate : float
        1/s; of direct tension a fifth of it.
    confinement : float
        Pressure on the side of a triaxial test, Pa.
    damping : float
        Local damping.
    gauge : float
        Share of height and diameter, around the middle, within which strain is measured.
    largest_strain : float
        Of the ends, where a test ends at the latest.
    largest_gauge_strain : float
        Within the gauge, likewise.
    end : float
        The test ends once the stress has fallen to this share of its peak.
    strain_step : float
        Strain between samples; of direct tension a fifth of it.
    """

    strain_rate: float = 0.5
    confinement: float = 0.0
    damping: float = 0.7
    gauge: float = 0.6
    largest_strain: float = 0.03
    largest_gauge_strain: float = math.inf
    end: float = 0.6
    strain_step: float = 2e-5

    def __post_init__(self) -> None:
        for name in ("strain_rate", "largest_strain", "strain_step"):
            if not 0.0 < getattr(self, name) < math.inf:
                raise InputError(f"{name} is {getattr(self, name)}; a positive number is needed")
        if not 0.0 <= self.confinement < math.inf:
            raise InputError(f"confinement is {self.confinement} Pa; it may not be negative")
        if not (0.0 < self.gauge <= 1.0 and 0.0 <= self.end < 1.0 and 0.0 <= self.damping < 1.0):
            raise InputError(
                f"gauge {self.gauge}, end {self.end}, damping {self.damping}; a gauge above 0 and "
                "at most 1, the others from 0 to below 1 are needed"
            )


@dataclass(frozen=True)
class MaterialTest:
    """What a test has given.

    Parameters
    ----------
    kind : {"uniaxial", "triaxial", "tension"}
    conditions : Conditions
    curve : xarray.Dataset
        Dimension ``sample``: ``axial_strain`` of the ends, ``gauge_axial_strain`` and
        ``gauge_lateral_strain``, ``axial_stress`` (Pa), all positive in shortening and
        compression, or in lengthening and tension for direct tension; ``imbalance`` between
        the two ends (Pa), ``tension_cracks`` and ``shear_cracks``.
    young : float
        Slope of the axial stress over the gauge strain between a tenth and three tenths of
        the peak, Pa.
    poisson : float
        Lateral over axial gauge strain there.
    strength : float
        Largest axial stress, Pa.
    """

    kind: Kind
    conditions: Conditions
    curve: xr.Dataset
    young: float
    poisson: float
    strength: float

    @property
    def deviator(self) -> float:
        """Strength less the confining pressure, Pa."""
        return self.strength - self.conditions.confinement

    @property
    def cracks(self) -> tuple[int, int]:
        """Elements of joints that broke in tension and in shear until the end of the test."""
        last = self.curve.isel(sample=-1)
        return int(last["tension_cracks"]), int(last["shear_cracks"])

    @property
    def imbalance(self) -> float:
        """Largest difference of the stress on both ends until the peak, over the peak."""
        peak = int(np.argmax(self.curve["axial_stress"].values))
        apart = np.abs(self.curve["imbalance"].values[: peak + 1])
        return float(apart.max() / self.deviator)


def uniaxial(
    packing: Packing,
    rock: Rock,
    rng: np.random.Generator,
    conditions: Conditions | None = None,
) -> MaterialTest:
    """Shorten a specimen between two platens without friction; nothing presses on its side.

    Parameters
    ----------
    packing : Packing
    rock : Rock
    rng : numpy.random.Generator
        Draws the strengths of the joints.
    conditions : Conditions, optional

    Raises
    ------
    ConvergenceError
        If the motion is no longer finite.
    """
    conditions = replace(conditions or Conditions(), confinement=0.0)
    system = join(packing, rock, rng, walls=_platens(packing), damping=conditions.damping)
    system.set_time_step()
    return _compress("uniaxial", system, packing, conditions)


def triaxial(
    packing: Packing,
    rock: Rock,
    rng: np.random.Generator,
    conditions: Conditions | None = None,
) -> MaterialTest:
    """Put a specimen under pressure from all sides, then shorten it between two platens.

    The pressure on the side is that of a membrane, see `membrane_forces`; the axial stress
    is the one on the platens, of which the lower one holds the grains sideways, as in
    `Simulation`. For the parameters and errors see `uniaxial`.

    Raises
    ------
    ConvergenceError
        If the platens do not come to carry the pressure.
    """
    conditions = conditions or Conditions(confinement=10e6)
    pressure, section = conditions.confinement, packing.section
    applied = membrane_forces(
        packing.positions, packing.radii, 2.0 * math.sqrt(section / math.pi), packing.height,
        pressure, 0.5 * float(packing.radii.mean()),
    )  # fmt: skip
    system = join(
        packing, rock, rng, walls=_platens(packing, HOLDING, Servo(0.0, section, 1.0, SERVO_SPEED)),
        damping=conditions.damping, applied=applied,
    )  # fmt: skip
    system.set_time_step()
    control = system.wall_state.control
    touching = max(1, len(system.wall_state.particle) // 2)
    control[:, wall_columns.GAIN] = SERVO_SHARE / (
        touching * rock.platen_stiffness * system.time_step
    )
    for stage in range(1, STAGES + 1):
        system.load_factor = stage / STAGES
        control[:, wall_columns.TARGET] = system.load_factor * pressure
        system.run(STAGE_STEPS)
    for _ in range(PATIENCE):
        system.run(REST_STEPS)
        carried = system.wall_state.force[:, 3] / section
        if (np.abs(carried - pressure) <= CARRIED * pressure).all():
            break
    else:
        raise ConvergenceError(
            f"triaxial test: after {system.step} steps the platens carry {carried[0] / 1e6:.2f} "
            f"and {carried[1] / 1e6:.2f} of {pressure / 1e6:.2f} MPa; use more damping or a "
            "lower confinement"
        )
    control[:, wall_columns.MODE] = wall_columns.GIVEN
    return _compress("triaxial", system, packing, conditions)


def direct_tension(
    packing: Packing,
    rock: Rock,
    rng: np.random.Generator,
    conditions: Conditions | None = None,
) -> MaterialTest:
    """Pull a specimen apart at its two ends.

    Grains whose centres lie within two mean radii of an end are gripped: they move with it
    and do not turn. For the parameters and errors see `uniaxial`.
    """
    conditions = replace(conditions or Conditions(), confinement=0.0)
    system = join(packing, rock, rng, damping=conditions.damping)
    system.ledger = False
    system.set_time_step()
    rate = TENSION_PACE * conditions.strain_rate
    low, high = _ends(packing)
    grip = 2.0 * float(packing.radii.mean())
    z = system.rows[:, 2]
    system.rows[:, 6] = rate * (z - 0.5 * (low + high))
    lower, upper = z < low + grip, z > high - grip
    half = 0.5 * rate * (high - low)
    for gripped, speed in ((lower, -half), (upper, half)):
        system.rows[gripped, 4:7] = (0.0, 0.0, speed)
        system.rows[gripped, 7] = system.turning[gripped, 3] = HELD
    ids_lower, ids_upper = system.ids[lower], system.ids[upper]

    def ends() -> tuple[float, float]:
        force = _in_given_order(system, system.total_forces())[:, 2] / packing.section
        return float(force[ids_lower].sum()), float(-force[ids_upper].sum())

    return _sampled("tension", system, packing, conditions, ends, TENSION_PACE)


def _platens(
    packing: Packing, lower_friction: float = 0.0, motion: Servo | None = None
) -> tuple[Plane, Plane]:
    low, high = _ends(packing)
    return (
        Plane(point=(0, 0, low), friction=lower_friction, motion=motion),
        Plane(point=(0, 0, high), normal=(0, 0, -1), friction=0.0, motion=motion),
    )


def _ends(packing: Packing) -> tuple[float, float]:
    z = packing.positions[:, 2]
    return float((z - packing.radii).min()), float((z + packing.radii).max())


def _compress(kind: Kind, system: System, packing: Packing, conditions: Conditions) -> MaterialTest:
    form = system.wall_state.shape
    heights = form[:, wall_columns.POINT + 2]
    low, high = float(heights[LOWER]), float(heights[UPPER])
    rate = conditions.strain_rate
    half = 0.5 * rate * (high - low)
    form[:, wall_columns.VELOCITY : wall_columns.VELOCITY + 3] = 0.0
    form[:, wall_columns.VELOCITY + 2] = (half, -half)
    # Grains begin with the velocity of a uniform strain rate: no wave runs from the ends.
    system.rows[:, 6] -= rate * (system.rows[:, 2] - 0.5 * (low + high))

    def ends() -> tuple[float, float]:
        lower, upper = system.wall_state.force[:, 3] / packing.section
        return float(lower), float(upper)

    return _sampled(kind, system, packing, conditions, ends, 1.0)


def _in_given_order(system: System, values: Array) -> Array:
    """Return values of grains in the order in which the grains were given."""
    out = np.empty_like(values)
    out[system.ids] = values
    return out


def gauge_strain(before: Array, after: Array) -> Array:
    """Return the strain that fits best the displacement of grains, shape (3, 3).

    Parameters
    ----------
    before, after : ndarray, shape (n, 3)
        Centres, m.

    Notes
    -----
    The symmetric part of the gradient of the linear field that fits all displacements by
    least squares, lengthening positive.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(20, 3))
    >>> gauge_strain(x, 1.01 * x).round(9).diagonal()
    array([0.01, 0.01, 0.01])
    """
    away = before - before.mean(axis=0)
    gradient = np.linalg.lstsq(away, after - before, rcond=None)[0]
    return np.asarray(0.5 * (gradient + gradient.T))


def _sampled(
    kind: Kind,
    system: System,
    packing: Packing,
    conditions: Conditions,
    ends: Callable[[], tuple[float, float]],
    pace: float,
) -> MaterialTest:
    """Run a test that has been set in motion to its end and evaluate it."""
    sign = -1.0 if kind != "tension" else 1.0
    rate = pace * conditions.strain_rate
    before = _in_given_order(system, system.rows[:, :3])
    centred = before - before.mean(axis=0)
    off = np.linalg.norm(centred[:, :2], axis=1)
    inside = np.abs(centred[:, 2]) <= 0.5 * conditions.gauge * packing.height
    inside &= off <= conditions.gauge * math.sqrt(packing.section / math.pi) + 1e-12
    # A grain that fewer than three joints hold may rattle.
    inside &= np.bincount(packing.pairs.ravel(), minlength=len(before)) >= 3
    if inside.sum() < 8:
        raise InputError(
            f"material test: {int(inside.sum())} grains within the gauge, at least 8 are needed; "
            "use smaller grains or a larger gauge"
        )
    steps = max(1, round(pace * conditions.strain_step / (rate * system.time_step)))
    pressure, peak = conditions.confinement, 0.0
    begin = system.step
    table: list[tuple[float, ...]] = []
    while True:
        now = _in_given_order(system, system.rows[:, :3])
        strain = sign * gauge_strain(before[inside], now[inside])
        lower, upper = ends() if table else (pressure, pressure)
        stress = 0.5 * (lower + upper)
        passed = (system.step - begin) * system.time_step * rate
        broken = cracks(system)
        row = (passed, strain[2, 2], 0.5 * (strain[0, 0] + strain[1, 1]), stress, upper - lower)
        table.append((*row, *map(float, broken)))
        peak = max(peak, stress - pressure)
        if not math.isfinite(stress):
            raise ConvergenceError(f"{kind} test, step {system.step}: the stress is not finite")
        # As long as nothing has broken, a fall is a bounce of the ends.
        fallen = stress - pressure < conditions.end * peak and sum(broken) > 0
        far = strain[2, 2] >= conditions.largest_gauge_strain
        if passed >= pace * conditions.largest_strain or fallen or far:
            break
        system.run(steps)
    return _evaluated(kind, conditions, np.array(table))


def _evaluated(kind: Kind, conditions: Conditions, table: Array) -> MaterialTest:
    names = (
        ("axial_strain", "1"), ("gauge_axial_strain", "1"), ("gauge_lateral_strain", "1"),
        ("axial_stress", "Pa"), ("imbalance", "Pa"), ("tension_cracks", "1"), ("shear_cracks", "1"),
    )  # fmt: skip
    columns: dict[str, Any] = {
        name: ("sample", table[:, k], {"units": unit}) for k, (name, unit) in enumerate(names)
    }
    deviator = table[:, 3] - conditions.confinement
    if not deviator.max() > 0.0:
        raise InputError(
            f"{kind} test: no stress at the ends up to a strain of {table[-1, 0]:.3g}; raise the "
            "largest strain"
        )
    top = int(np.argmax(deviator))
    rising = deviator[: top + 1]
    # Up to the first time that the upper share is reached, from the last below the lower one.
    last = int(np.argmax(rising >= SLOPE_TO * rising[-1])) + 1
    first = int(np.flatnonzero(rising[:last] < SLOPE_FROM * rising[-1])[-1])
    young = poisson = math.nan
    if last - first >= 3:
        axial, lateral = table[first:last, 1], table[first:last, 2]
        young = float(np.polyfit(axial, table[first:last, 3], 1)[0])
        poisson = -float(np.polyfit(axial, lateral, 1)[0])
    return MaterialTest(kind, conditions, xr.Dataset(columns), young, poisson, float(table[top, 3]))
