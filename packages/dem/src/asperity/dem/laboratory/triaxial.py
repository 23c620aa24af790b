"""A triaxial test: the specimen is made, consolidated and loaded, and what happens is recorded."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import ConvergenceError, InputError
from asperity.core.notebook import Shown
from asperity.dem.config import LaboratoryConfiguration
from asperity.dem.engine.assembly import Assembly
from asperity.dem.engine.joining import FLAT_STRENGTHS
from asperity.dem.engine.joints import FlatJoint
from asperity.dem.engine.models import Linear
from asperity.dem.engine.system import System
from asperity.dem.engine.walls import Plane, Wall
from asperity.dem.laboratory.confinement import SIDE, press_walls, side_walls, wall_areas
from asperity.dem.laboratory.fault import FaultPlane, hand_over, install_fault, joint_places
from asperity.dem.laboratory.injection import FaultInjection
from asperity.dem.laboratory.recorder import Recorder
from asperity.dem.laboratory.roughness import fault_surface
from asperity.dem.laboratory.sources import SourceRecorder, source_recorder
from asperity.dem.rock.genesis import grain_density, packed
from asperity.dem.rock.material import contact_of, flat_joint
from asperity.dem.rock.specimen import membrane_forces, nearest_pairs

from asperity.dem.engine._kernels import smooth_joint as sj  # isort: skip
from asperity.dem.engine._kernels import walls as wall_columns  # isort: skip
from asperity.dem.engine._kernels.recording import SUMS, WALL_COLUMNS  # isort: skip
from asperity.dem.engine._kernels.layout import BONDED, UNBONDED  # isort: skip

__all__ = ["History", "Simulation"]

Array = NDArray[np.float64]
Stage = Literal["prepared", "loading", "done"]
Watch = Callable[["Simulation"], None]
BOTTOM, TOP = 0, 1
#: Rows of the properties of smooth joints that hold strengths.
JOINT_STRENGTHS = slice(sj.TENSILE, sj.COHESION + 1)
#: A power of two that puts strengths out of reach and is taken off again without loss.
HELD, UNBREAKABLE = 2.0**60, 1e30
#: Steps in which the pressure rises.
RAMPS = 10
#: How many times the steps of consolidation may be made until the specimen is at rest, and
#: the kinetic over the strain energy that counts as such.
PATIENCE, STILL = 20, 1e-6
#: What is kept of a simulation beside its system and its records.
KEPT = (
    "seed", "stage", "wall_seconds", "loading_start", "_peak", "_ruptured_at", "_slow", "_height",
    "_upper", "_joint_strengths", "_reach", "handed_over",
)  # fmt: skip
#: A bonded fault counts as ruptured once the deviator has fallen by this share of a peak of
#: at least so many Pa.
RUPTURE_DROP, RUPTURE_PEAK = 0.17, 30e6


@dataclass(frozen=True)
class History:
    """What was sampled while loading, arrays of one length, SI units.

    `energies` has one row a sample (NaN where no account was taken) of kinetic, strain, slip,
    dashpot, released and damping energy, work of the platens and of applied forces.
    """

    step: NDArray[np.int64]
    time: Array
    strain: Array
    axial_stress: Array
    confining_stress: Array
    platen_forces: Array
    energies: Array
    joints: NDArray[np.float32]

    @property
    def deviator(self) -> Array:
        """Axial less confining stress, Pa."""
        return self.axial_stress - self.confining_stress


def _nobody(_simulation: Simulation) -> None:
    """Watch nothing."""


@dataclass(repr=False)
class Simulation(Shown):
    """A laboratory earthquake from its configuration.

    Parameters
    ----------
    configuration : LaboratoryConfiguration
    seed : int
        Draws packing and strengths, from two streams; ``fault.strength_seed`` draws other
        strengths for the same packing.
    threads : int

    Examples
    --------
    >>> from asperity.dem import Simulation
    >>> simulation = Simulation.from_case("smoke")
    >>> simulation.configuration.specimen.mean_radius
    0.005
    """

    configuration: LaboratoryConfiguration
    seed: int = 0
    threads: int = 1
    system: System = field(init=False)
    stage: str = field(init=False, default="new")
    wall_seconds: float = field(init=False, default=0.0)
    loading_start: int = field(init=False, default=0)
    handed_over: int = field(init=False, default=0)
    recorder: Recorder = field(init=False)

    def __post_init__(self) -> None:
        self._peak = 0.0
        self._ruptured_at = math.nan
        self._slow = False
        self._height = math.nan
        self._upper = np.zeros(0, bool)
        self._reach = math.nan
        self._joint_strengths = np.zeros((0, 0))

    def _facts(self) -> dict[str, Any]:
        told = {"stage": self.stage} if self.stage == "new" else {"state": self.live()}
        return {"seed": self.seed, "fault": self.configuration.fault.law, **told}

    @classmethod
    def from_config(cls, configuration: LaboratoryConfiguration, **options: Any) -> Simulation:
        """Return a simulation that has not begun."""
        return cls(configuration, **options)

    @classmethod
    def from_case(cls, case: str, **options: Any) -> Simulation:
        """Return a simulation of one of the cases smoke, mini, paper, full."""
        from asperity.core.config import resolve
        from asperity.dem.config import CASES

        return cls(resolve(LaboratoryConfiguration, CASES[case], (), case), **options)

    # ---------------------------------------------------------------- the specimen

    @property
    def section(self) -> float:
        """Area of the specimen's end, m2."""
        return math.pi / 4.0 * self.configuration.specimen.diameter**2

    @cached_property
    def fault(self) -> FaultPlane:
        """The fault: a plane, or a rough surface that the seed draws."""
        return fault_surface(self.configuration.fault, np.random.default_rng([self.seed, 2]))

    def prepare(self) -> System:
        """Pack the grains, join them, lay the fault through them and set the time step."""
        c = self.configuration
        packing = np.random.default_rng([self.seed, 0])
        strengths = np.random.default_rng([self.seed, 1, c.fault.strength_seed])
        s = c.specimen
        x, r = packed(s, c.rock, packing)
        low, high = float((x[:, 2] - r).min()), float((x[:, 2] + r).max())
        self.system = self._assemble(x, r, low, high)
        system = self.system
        system.refresh(everything=True)
        pairs = nearest_pairs(system, round(s.contacts_per_grain * len(x)))
        plane = self.fault
        upper = plane.sides(system.rows[:, :3])
        across = upper[pairs[:, 0]] != upper[pairs[:, 1]]
        if not c.fault.present:
            across[:] = False
        system.install(self._flat_joint(), pairs[~across], rng=strengths)
        if across.any():
            install_fault(system, c, plane, pairs[across], upper, strengths)
            self._upper = np.empty(len(x), bool)
            self._upper[system.ids] = upper
            self._reach = float(system.gaps("smooth_joint").max())
            system.apart = self._across
        self._wrap()
        self._hold()
        system.set_time_step(c.numerics.time_step or None, c.numerics.safety)
        self.stage = "prepared"
        return system

    def _assemble(self, x: Array, r: Array, low: float, high: float) -> System:
        """Return the grains between two platens, without joints."""
        c = self.configuration
        stiffness = c.cell.platen_stiffness
        walls: tuple[Wall, ...] = (
            # The lower platen holds the grains sideways, the upper one lets them slide, so
            # that the block above the fault can move along it.
            Plane(point=(0, 0, low), friction=1e9),
            Plane(point=(0, 0, high), normal=(0, 0, -1), friction=0.0),
        )
        walls += side_walls(c.cell, x, r)
        return System(
            x, r, grain_density(c.specimen, r),
            contact_of(c.rock), walls, Linear(normal_stiffness=stiffness, ratio=1.0 / 0.3),
            applied=np.zeros_like(x), threads=self.threads, mode=c.numerics.mode,
        )  # fmt: skip

    def _across(self, system: Assembly, near: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return which pairs lie across the fault, by the sides of the start.

        Such grains never touch but by joints, so that the fault has no bumps however far
        it slides.
        """
        side = self._upper[system.ids[near]]
        return np.asarray(side[:, 0] != side[:, 1])

    def _flat_joint(self) -> FlatJoint:
        return flat_joint(self.configuration.rock)

    def _wrap(self) -> None:
        """Put the membrane's forces on the outermost grains."""
        c = self.configuration
        if c.cell.side != "membrane":
            return
        rows = self.system.rows
        self.system.forces_applied = membrane_forces(
            rows[:, :3], rows[:, 3], c.specimen.diameter, c.specimen.height, c.cell.pressure,
            0.5 * c.specimen.mean_radius,
        )  # fmt: skip

    def _hold(self) -> None:
        """Let nothing break or slip while the pressure rises."""
        flat, joint = self.system.groups["flat_joint"], self.system.groups["smooth_joint"]
        flat.properties[FLAT_STRENGTHS] *= HELD
        self._joint_strengths = joint.properties[JOINT_STRENGTHS].copy()
        joint.properties[JOINT_STRENGTHS] = UNBREAKABLE
        joint.history[sj.STATE] = BONDED

    def _release(self) -> None:
        """Give joints back their strengths, and unbonded ones their friction."""
        flat, joint = self.system.groups["flat_joint"], self.system.groups["smooth_joint"]
        flat.properties[FLAT_STRENGTHS] /= HELD
        joint.properties[JOINT_STRENGTHS] = self._joint_strengths
        if not self.configuration.fault.bonded:
            joint.history[sj.STATE] = UNBONDED

    # ---------------------------------------------------------------- stages

    def consolidate(self, watch: Watch = _nobody) -> None:
        """Raise the pressure on side and ends together and let the specimen come to rest.

        Parameters
        ----------
        watch : callable
            Called with the simulation now and then.

        Raises
        ------
        ConvergenceError
            If it does not, in 20 times the steps of the configuration.
        """
        c = self.configuration
        system = self.system
        system.damping = c.loading.consolidation_damping
        ramp = max(1, c.loading.consolidation_steps // (3 * RAMPS))
        for k in range(RAMPS):
            system.load_factor = (k + 1) / RAMPS
            self._press()
            system.run(ramp)
            watch(self)
        self._release()
        rest = max(1, c.loading.consolidation_steps - RAMPS * ramp)
        for _ in range(PATIENCE):
            # With friction and breakable by now: shear that was locked in slips here. The area
            # of a wall of the side has changed as it moved.
            self._press()
            system.run(rest)
            watch(self)
            if self._at_rest():
                break
        else:
            stresses = system.wall_state.force[:, 3] / self._areas / 1e6
            raise ConvergenceError(
                f"consolidation: after {system.step} steps the platens carry {stresses[0]:.2f} and "
                f"{stresses[1]:.2f} of {c.cell.pressure / 1e6:.2f} MPa, or the grains still move; "
                "raise loading.consolidation_steps or consolidation_damping"
            )

    def _press(self) -> None:
        """Let the walls press with the share of the pressure that the membrane has."""
        c = self.configuration
        stress = self.system.load_factor * c.cell.pressure
        stiffness, radius = c.cell.platen_stiffness, c.specimen.mean_radius
        press_walls(self.system, stress, self._areas, stiffness, radius)

    @property
    def _areas(self) -> Array:
        """Areas of the walls, m2."""
        return wall_areas(self.system, self.section, self.configuration.specimen.height)

    def _at_rest(self) -> bool:
        """Return whether the platens carry the pressure and the grains have stopped."""
        pressure = self.configuration.cell.pressure
        stresses = self.system.wall_state.force[:, 3] / self._areas
        carried = bool((np.abs(stresses - pressure) <= 1e-3 * pressure).all())
        energies = self.system.energies()
        return carried and energies.kinetic <= STILL * energies.strain

    def start_loading(self) -> None:
        """Stop the servos and set the upper platen in motion."""
        c = self.configuration
        system = self.system
        form, control = system.wall_state.shape, system.wall_state.control
        control[:SIDE, wall_columns.MODE] = wall_columns.GIVEN
        form[:SIDE, wall_columns.VELOCITY : wall_columns.VELOCITY + 3] = 0.0
        self._height = self._distance_of_platens()
        system.damping = c.loading.damping
        # A new ledger: what consolidation did is not part of the test.
        for group in system.groups.values():
            group.audit[1:] = 0.0
        system.wall_state.audit[1:] = 0.0
        system.retired[:] = 0.0
        system.lost[:] = 0.0
        system.wall_state.work[:] = 0.0
        self._drive(c.loading.first_speed)
        system.slip_threshold = 0.0 if c.fault.bonded else c.numerics.slip_rate
        self.loading_start = system.step
        joints = len(system.groups["smooth_joint"].i)
        self.recorder = Recorder(len(system.walls), joints, system.step, self._new_sources())
        self.stage = "loading"

    def _drive(self, speed: float) -> None:
        c = self.configuration
        form, control = self.system.wall_state.shape, self.system.wall_state.control
        if c.cell.machine_stiffness > 0.0:
            pressed = float(self.system.wall_state.force[TOP, 3])
            m, k = c.cell.platen_mass, c.cell.machine_stiffness
            elongation = control[TOP, wall_columns.ELONGATION] or pressed / k
            damper = 2.0 * c.cell.machine_damping * math.sqrt(m * k)
            control[TOP, 0] = wall_columns.MACHINE
            control[TOP, 5:10] = (m, k, damper, speed, elongation)
        else:
            form[TOP, wall_columns.VELOCITY + 2] = -speed

    @property
    def strain(self) -> float:
        """Axial shortening of the specimen since the loading began, over its height."""
        return 1.0 - self._distance_of_platens() / self._height

    def _distance_of_platens(self) -> float:
        heights = self.system.wall_state.shape[:SIDE, wall_columns.POINT + 2]
        return float(heights[TOP] - heights[BOTTOM])

    @property
    def deviator(self) -> float:
        """Axial stress less the confining pressure, Pa."""
        pressed = float(self.system.wall_state.force[:SIDE, 3].mean())
        return pressed / self.section - self.configuration.cell.pressure

    def load(
        self,
        *,
        watch: Watch = _nobody,
        most_steps: int | None = None,
    ) -> None:
        """Move the platen until the end of the test, or for so many steps.

        Parameters
        ----------
        watch : callable
            Called with the simulation after about every thousand steps; may look at
            it and save it (see `checkpoint`), and does not change it.
        most_steps : int, optional
        """
        c = self.configuration
        n = c.numerics
        chunk = self._chunk
        joints = len(self.system.groups["smooth_joint"].i)
        done = 0
        while not self._ended() and (most_steps is None or done < most_steps):
            begun = time.monotonic()
            if not self._slow and self.deviator >= c.loading.first_deviator:
                self._drive(c.loading.speed)
                self._slow = True
            self.system.run(
                chunk, every=n.sample_every, account_every=n.energy_every, joints=joints,
                sink=self.recorder.keep, virials=self.recorder.ring, chunk=chunk,
            )  # fmt: skip
            done += chunk
            self.recorder.gather_events(self.system)
            # Only now: events name the grains between which a joint was.
            self._hand_over()
            self._pressurise()
            self._note_rupture()
            self.wall_seconds += time.monotonic() - begun
            watch(self)
        if self._ended():
            self.stage = "done"

    @cached_property
    def injection(self) -> FaultInjection | None:
        """Pressure of the injected fluid while loading; None where nothing is injected."""
        c = self.configuration
        if not c.injection.rates:
            return None
        half = 0.5 * c.specimen.diameter
        long = half / math.sin(math.radians(c.fault.angle))
        interval = self._chunk * self.system.time_step
        return FaultInjection(c.injection, long, half, interval)

    @property
    def _chunk(self) -> int:
        """Steps between two looks at the test."""
        every = self.configuration.numerics.energy_every
        return every * max(1, 1000 // every)

    def _new_sources(self) -> SourceRecorder | None:
        return source_recorder(self.configuration, self.system, self._chunk, self.loading_start)

    def _hand_over(self) -> None:
        """Let joints go on between other grains, where the fault slides far."""
        if self.configuration.fault.strain == "large" and len(self._upper):
            self.handed_over += hand_over(self.system, self.fault, self._upper, self._reach)

    def _pressurise(self) -> None:
        """Let the pressure on the joints be that of the fluid now."""
        fluid = self.injection
        if fluid is None:
            return
        fluid.advance((self.system.step - self.loading_start) // self._chunk)
        joints = self.system.groups["smooth_joint"]
        plane = FaultPlane(self.configuration.fault.angle)
        places = joint_places(self.system, plane, np.column_stack([joints.i, joints.j]))
        given = self.configuration.fault.pore_pressure
        joints.properties[sj.PRESSURE] = given + fluid.at(places)

    def _ended(self) -> bool:
        loading = self.configuration.loading
        if self.strain >= loading.strain:
            return True
        after = loading.strain_after_drop
        return (
            after > 0.0 and self.strain - self._ruptured_at > after  # NaN before the rupture
        )

    def _note_rupture(self) -> None:
        deviator = self.deviator
        if not math.isfinite(deviator):
            raise ConvergenceError(
                f"step {self.system.step}: the platen force is not finite; lower numerics.safety"
            )
        self._peak = max(self._peak, deviator)
        if (
            math.isnan(self._ruptured_at)
            and self._peak > RUPTURE_PEAK
            and deviator < (1.0 - RUPTURE_DROP) * self._peak
        ):
            self._ruptured_at = self.strain

    def run(self, watch: Watch = _nobody, *, until: Stage = "done") -> Simulation:
        """Prepare, consolidate and load; what is done is not done again.

        Parameters
        ----------
        watch : callable
            Called with the simulation after each stage and, within one, now and then.
            May look at it and save it (see `checkpoint`), and does not change it.
        until : {"prepared", "loading", "done"}
            Where to stop: with the specimen made, under pressure, or loaded to the end.
        """
        if self.stage == "new":
            self.prepare()
            watch(self)
        if self.stage == "prepared" and until != "prepared":
            self.consolidate(watch)
            self.start_loading()
            watch(self)
        if self.stage == "loading" and until == "done":
            self.load(watch=watch)
            watch(self)
        return self

    @property
    def progress(self) -> float:
        """Share of the loading that is done, of the strain of the configuration."""
        if self.stage in ("new", "prepared"):
            return 0.0
        return 1.0 if self.stage == "done" else self.strain / self.configuration.loading.strain

    def live(self) -> str:
        """Return where the test stands in a few words: strain, stress, events, speed."""
        if self.stage not in ("loading", "done"):
            return f"{self.stage}, step {self.system.step}"
        steps = self.system.step - self.loading_start
        contacts = sum(len(group.i) for group in self.system.groups.values())
        rate = steps * contacts / max(self.wall_seconds, 1e-9)
        return (
            f"strain {100 * self.strain:.2f} %, deviator {self.deviator / 1e6:.0f} MPa, "
            f"{self.recorder.count} events, {rate / 1e6:.0f} M contacts/s"
        )

    # ---------------------------------------------------------------- to stop and go on

    def state(self) -> dict[str, NDArray[Any]]:
        """Return everything that the simulation holds beside its configuration.

        Raises
        ------
        InputError
            If the specimen is not prepared yet.
        """
        if self.stage == "new":
            raise InputError("the simulation has not begun: there is nothing to keep")
        numbers = {name: np.array(getattr(self, name)) for name in KEPT}
        parts = {"simulation": numbers, "system": self.system.state()}
        if self.stage in ("loading", "done"):
            parts["recorder"] = self.recorder.state(self.system)
        return {f"{part}.{name}": v for part, state in parts.items() for name, v in state.items()}

    @classmethod
    def from_state(
        cls,
        configuration: LaboratoryConfiguration,
        state: dict[str, NDArray[Any]],
        threads: int = 1,
    ) -> Simulation:
        """Return a simulation that goes on, to the bit, where another was.

        Parameters
        ----------
        configuration : LaboratoryConfiguration
            That of the other simulation.
        state : dict
            See `state`.
        threads : int
            Another number changes no bit where ``numerics.mode`` is ``gather``.
        """

        def part(name: str) -> dict[str, NDArray[Any]]:
            return {k.partition(".")[2]: v for k, v in state.items() if k.startswith(f"{name}.")}

        simulation = cls(configuration, threads=threads)
        for name, value in part("simulation").items():
            setattr(simulation, name, value.item() if value.ndim == 0 else value)
        system = part("system")
        rows = system["rows"]
        simulation.system = simulation._assemble(rows[:, :3], rows[:, 3], 0.0, 0.0)
        simulation.system.restore(system)
        simulation.system.models["flat_joint"] = simulation._flat_joint()
        if len(simulation._upper):
            simulation.system.apart = simulation._across
        if recorded := part("recorder"):
            walls = len(simulation.system.walls)
            simulation.recorder = Recorder.from_state(walls, recorded, simulation._new_sources())
        return simulation

    # ---------------------------------------------------------------- what happened

    @property
    def events(self) -> Array:
        """Elementary events in the order of their end, columns as `EVENT_COLUMNS`."""
        return self.recorder.events

    @property
    def history(self) -> History:
        """What was sampled while loading."""
        record, joints = self.recorder.record, self.recorder.joint_record
        dt = self.system.time_step
        step = record[:, 0].astype(np.int64) - self.loading_start
        walls = record[:, 1 + SUMS :].reshape(len(record), self.recorder.walls, WALL_COLUMNS)
        bottom, top = walls[:, BOTTOM], walls[:, TOP]
        forces = np.stack([bottom[:, 3], top[:, 3]], axis=1)
        # A plane's place is its distance along its own normal: -z for the upper platen.
        height = -top[:, 4] - bottom[:, 4]
        pressure = np.full(len(record), self.configuration.cell.pressure)
        side_work = record[:, 7].copy()  # of the membrane
        for side in np.moveaxis(walls[:, SIDE:], 1, 0):
            pressure = side[:, 3] / (2.0 * math.pi * side[:, 4] * self._height)
            side_work += side[:, 5]
        energies = np.column_stack([record[:, 1:7], bottom[:, 5] + top[:, 5], side_work])
        return History(
            step, np.asarray(step * dt), 1.0 - height / self._height,
            np.asarray(forces.mean(axis=1) / self.section),
            pressure, forces, energies, joints,
        )  # fmt: skip
