"""Grains, their contacts and walls, and the steps that move them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import ConvergenceError, InputError
from asperity.core.kernels import kernel_threads, prepare
from asperity.dem.engine.assembly import EPISODE_COLUMNS, JOINTS, NO_ROWS, Assembly
from asperity.dem.engine.groups import in_lines, own_rows, pair_keys
from asperity.dem.engine.joining import joined, joint_stiffness
from asperity.dem.engine.joints import FlatJoint, Joint, SmoothJoint
from asperity.dem.engine.models import ContactLaw, ContactModel, Pair

prepare()  # before a kernel module is imported

from asperity.dem.engine._kernels import advance as kernels  # noqa: E402
from asperity.dem.engine._kernels.layout import (  # noqa: E402
    EPISODES,
    FORCE_COLUMNS,
    SAMPLES,
    SLIP_ON,
    Contacts,
    World,
)
from asperity.dem.engine._kernels.loops import pair_loop  # noqa: E402
from asperity.dem.engine._kernels.motion import kinetic_energies  # noqa: E402
from asperity.dem.engine._kernels.recording import (  # noqa: E402
    JOINT_COLUMNS,
    LOST_COLUMNS,
    SUMS,
    WALL_COLUMNS,
)
from asperity.dem.engine._kernels.virials import VIRIAL_COLUMNS  # noqa: E402

__all__ = ["Energies", "System"]

Array = NDArray[np.float64]
GROUPS = ("linear", "hooke", "hertz", "parallel_bond", "flat_joint", "smooth_joint", "custom")
#: What a step writes in the walls and in the world, beside the contacts.
WALL_WRITTEN = ("shape", "control", "force", "work", "history", "audit")
WORLD_WRITTEN = ("rows", "spins", "lost", "forces", "counts")


@dataclass(frozen=True)
class Energies:
    """The energy ledger, J, since the ledger was begun.

    Stored: `kinetic`, `strain`. Lost: `slip`, `dashpot`, `released` (in broken bonds),
    `damping` (local damping). Work done on the grains: `walls`, `applied` (applied forces
    and gravity), `fluid` (pore pressure).
    """

    kinetic: float
    strain: float
    slip: float
    dashpot: float
    released: float
    damping: float
    walls: float
    applied: float
    fluid: float

    @property
    def work(self) -> float:
        """All work done on the grains, J."""
        return self.walls + self.applied + self.fluid

    @property
    def accounted(self) -> float:
        """What is stored or lost, J."""
        return self.kinetic + self.strain + self.slip + self.dashpot + self.released + self.damping


@dataclass(repr=False)
class System(Assembly):
    """An assembly of spheres that is moved step by step.

    Parameters
    ----------
    positions : array_like, shape (n, 3)
        Centres, m.
    radii : array_like, shape (n,)
        m.
    density : float
        Of the grains, kg/m3.
    contact : ContactModel, optional
        What holds where two grains touch; without it only joints act.
    walls : sequence of Wall
    wall_contact : ContactModel, optional
        `Linear` or `Hertz`; the grains' model where not given.
    period : array_like, shape (3,), optional
        Periods of a periodic cell from the origin, m; infinite for none.
    velocities, spins : array_like, shape (n, 3), optional
        m/s, rad/s.
    damping : float
        Local damping: share of the force on a grain that is taken against its motion.
    gravity : array_like, shape (3,)
        m/s2.
    applied : array_like, shape (n, 3), optional
        Constant forces on grains, N; `load_factor` scales them.
    skin : float, optional
        Margin of the neighbour list, m; a fifth of the smallest radius where not given.
    mode : {"gather", "private"}
        ``gather`` sums the forces on a grain in one order whatever the number of threads,
        so that a run has the same bits; ``private`` lets each thread add into its own
        array and is the fastest.
    threads : int
    ledger : bool
        Whether energies are accounted for.
    """

    # ---------------------------------------------------------------- joints

    def install(
        self,
        joint: Joint,
        pairs: NDArray[np.int32],
        *,
        rng: np.random.Generator | None = None,
        normals: Array | None = None,
        areas: Array | None = None,
        parameters: Array | None = None,
    ) -> None:
        """Join pairs of grains; replaces what the same kind of joint held before.

        Parameters
        ----------
        joint : ParallelBond, FlatJoint or SmoothJoint
        pairs : ndarray, shape (c, 2)
            Rows of the particles as they stand now. For smooth joints the normal points
            from the first to the second.
        rng : numpy.random.Generator, optional
            Draws the strengths of flat joints.
        normals, areas : ndarray, shape (c, 3) and (c,), optional
            Of smooth joints; the contact's own normal and ``pi R^2`` where not given.
        parameters : ndarray, shape (p, c), optional
            Friction parameters of each smooth joint instead of the joint's own.

        Raises
        ------
        InputError
            If two particles of a pair are the same or have the same centre, if there is no
            such particle, or a pair is given twice.
        """
        pairs = np.asarray(pairs, np.int32).reshape(-1, 2)
        if len(pairs) and not (pairs.min() >= 0 and pairs.max() < len(self)):
            raise InputError(
                f"{joint.name}: pairs name grains {pairs.min()} to {pairs.max()}; there are 0 to "
                f"{len(self) - 1}"
            )
        keys = pair_keys(pairs[:, 0], pairs[:, 1], len(self))
        if (pairs[:, 0] == pairs[:, 1]).any() or len(np.unique(keys)) < len(keys):
            raise InputError(f"{joint.name}: a pair of one particle with itself, or one pair twice")
        if not (self.pair(pairs[:, 0], pairs[:, 1]).distance > 0.0).all():
            raise InputError(f"{joint.name}: two particles of a pair have the same centre")
        self.groups[joint.name] = joined(self, joint, pairs, rng, normals, areas, parameters)
        self.models[joint.name] = joint
        if isinstance(joint, FlatJoint):
            self.flat_shape = joint.shape()
        elif isinstance(joint, SmoothJoint):
            self.joint_friction = joint.friction_settings()
        self._since_far = math.inf

    # ---------------------------------------------------------------- time step

    def critical_time_step(self) -> float:
        """Return the largest stable step, s: ``min sqrt(m / k)`` over grains.

        k bounds the translational stiffness by the sum of ``K_n + 2 K_s`` over contacts and
        the rotational one by the sum of ``K_s lever^2`` and of the joints' own.

        Raises
        ------
        InputError
            If nothing touches, so that no stiffness limits the step.
        """
        self.refresh()
        n = len(self)
        k_move, k_turn = np.zeros(n), np.zeros(n)

        def add(a: NDArray[np.int32], kn: Array, ks: Array, turn: Array) -> None:
            np.add.at(k_move, a, kn + 2.0 * ks)
            np.add.at(k_turn, a, ks * self.rows[a, 3] ** 2 + turn)

        for name, group in self.groups.items():
            if not len(group.i):
                continue
            kn, ks, turn = self._stiffness(name, group)
            add(group.i, kn, ks, turn)
            add(group.j, kn, ks, turn)
        walls = self._wall_group
        model = self.wall_contact or self.contact
        if len(walls.particle) and model is not None:
            radius, mass = self.rows[walls.particle, 3], self.rows[walls.particle, 7]
            infinite = np.full(len(radius), np.inf)
            pair = Pair(radius, infinite, mass, infinite, radius)
            kn, ks = model.stiffness(pair, walls.properties)
            add(walls.particle, kn, ks, np.zeros_like(kn))
        with np.errstate(divide="ignore"):
            step = float(
                min(
                    np.sqrt(self.rows[:, 7] / k_move).min(),
                    np.sqrt(self.turning[:, 3] / k_turn).min(),
                )
            )
        if not math.isfinite(step):
            raise InputError("no grain touches another or a wall: nothing limits the time step")
        return step

    def _stiffness(self, name: str, group: Contacts) -> tuple[Array, Array, Array]:
        if name in JOINTS:
            return joint_stiffness(name, group.properties, self.flat_shape)
        model: ContactModel = self.models[name]
        kn, ks = model.stiffness(self.pair(group.i, group.j), group.properties)
        return kn, ks, np.zeros(len(group.i))

    def set_time_step(self, step: float | None = None, safety: float = 0.8) -> float:
        """Use a step, or a share of the critical one; returns it.

        Raises
        ------
        InputError
            If the given step is above the critical one.
        """
        critical = self.critical_time_step()
        if step is None:
            step = safety * critical
        elif not 0.0 < step <= critical:
            raise InputError(
                f"time step {step:.4g} s; it must be positive and at most the critical "
                f"{critical:.4g} s"
            )
        self.time_step = step
        return step

    # ---------------------------------------------------------------- steps

    def world(self) -> World:
        """Return everything that the kernels read and write, with slots in place."""
        self.refresh()
        if self._slots_stale:
            self._first = self._place_slots()
            gather = len(self._first) > 0
            threads = 1 if gather else self.threads
            slots = int(self._first[-1]) if gather else len(self)
            self._forces = in_lines(np.zeros((threads, slots, FORCE_COLUMNS)))
            self._slots_stale = False
        threshold = self.slip_threshold
        settings = np.array(
            [
                self.time_step, self.damping, *np.asarray(self.gravity, float), self.load_factor,
                threshold, 0.3 * threshold,
            ]
        )  # fmt: skip
        if threshold > 0.0 and not len(self.episodes):
            room = max(1024, 4 * len(self.groups["smooth_joint"].i))
            self.episodes = np.zeros((room, EPISODE_COLUMNS))
        return World(
            rows=self.rows, spins=self.turning, applied=self.forces_applied, lost=self.lost,
            cell=self.cell, forces=self._forces, first=self._first,
            **{name: self.groups[name] for name in GROUPS},
            walls=self._wall_group, flat_shape=self.flat_shape,
            joint_friction=self.joint_friction, settings=settings, episodes=self.episodes,
            record=self._record, contact_record=self._contact_record, counts=self.counts,
            ids=self.ids, virials=self._virials, own_forces=self._own[0],
            own_first=self._own[1], own_slots=self._own[2],
        )  # fmt: skip

    def _place_slots(self) -> NDArray[np.int32]:
        """Give each contact its rows in the force array; return the first of each grain.

        One thread adds straight into the rows of the grains, contact by contact, which is
        the order in which rows of their own are summed: the bits are the same.
        """
        present = [self.groups[name] for name in GROUPS]
        walls = self._wall_group
        self._own = NO_ROWS
        if not self._own_rows and (self.mode == "private" or self.threads == 1):
            for group in present:
                group.slot_i[:], group.slot_j[:] = group.i, group.j
            walls.slot[:] = walls.particle
            if len(self._virials):
                slots, first = own_rows(present, walls, len(self))
                self._own = np.zeros((1, len(slots), FORCE_COLUMNS)), first, slots
            return np.zeros(0, np.int32)
        slots, first = own_rows(present, walls, len(self))
        at = 0
        for group in present:
            for column in (group.slot_i, group.slot_j):
                column[:] = slots[at : at + len(column)]
                at += len(column)
        walls.slot[:] = slots[at:]
        return first

    def _loop(self) -> Callable[..., tuple[int, float]]:
        names = tuple(name for name in GROUPS if len(self.groups[name].i))
        if len(names) > 4:
            raise InputError(f"contact models {', '.join(names)}: at most four in one system")
        model = self.wall_contact or self.contact
        wall = model.name if len(self._wall_group.particle) and model is not None else ""
        key = (names, wall, self.threads > 1)
        if key not in self._loops:
            parts = [
                self._custom_part() if name == "custom" else kernels.PARTS[name] for name in names
            ]
            self._loops[key] = kernels.advance_loop(
                parts, kernels.WALL_PARTS[wall], self.threads > 1, "custom" not in names
            )
        return self._loops[key]

    def _custom_part(self) -> Callable[..., Any]:
        model: ContactLaw = self.models["custom"]
        loop = pair_loop(model.law, (len(model.values), len(model.history)))
        part: Callable[..., Any] = kernels.custom_part(loop)
        return part

    def run(
        self,
        steps: int,
        *,
        every: int = 0,
        account_every: int = 0,
        joints: int = 0,
        sink: Callable[[Array, NDArray[np.float32]], None] | None = None,
        virials: NDArray[np.float32] | None = None,
        watch: Callable[[System], None] | None = None,
        chunk: int = 2_000,
    ) -> None:
        """Make time steps.

        Parameters
        ----------
        steps : int
        every, account_every : int
            Steps between samples, and between samples that hold energies; 0 for none.
        joints : int
            How many smooth joints are sampled.
        sink : callable, optional
            Takes the samples of each chunk: ``(record, contact_record)``.
        virials : ndarray of float32, shape (m, n, 9), optional
            A ring for what the contacts do to each grain, in the order in which grains were
            given: the sample of step s goes to row ``s // every % m``. Columns as
            `_kernels.virials` says.
        watch : callable, optional
            Called with the system after each chunk.
        chunk : int
            Most steps between two calls of `watch`.

        Raises
        ------
        ConvergenceError
            If a speed is no longer a finite number, or a grain moves by more than the
            smallest radius in one step.
        InputError
            If no time step has been set, or virials are asked for in private mode or in a
            periodic cell.
        """
        if not self.time_step > 0.0:
            raise InputError("no time step: call set_time_step() first")
        self._ask_for_virials(virials)
        capacity = chunk // every + 2 if every else 0
        columns = 1 + SUMS + WALL_COLUMNS * len(self.walls)
        self._record = np.zeros((capacity, columns))
        self._contact_record = np.zeros((capacity, JOINT_COLUMNS, joints), np.float32)
        with kernel_threads(self.threads):
            left = steps
            while left > 0:
                world = self.world()
                allowance = min(
                    0.5 * self._skin - self._since_far, 0.5 * self._near - self._since_near
                )
                begin = self.step
                # Velocities stand at full steps at the start and at half steps from then on.
                dt = self.time_step
                most, kick, passed = (
                    (min(left, chunk), dt, dt) if self._started else (1, dt / 2, 0.0)
                )
                reason, travelled = self._loop()(
                    world, most, kick, passed, dt, allowance, every, account_every, self.threads
                )
                self._started = True
                left -= self.step - begin
                self._since_far += travelled
                self._since_near += travelled
                if reason == kernels.LOST:
                    raise ConvergenceError(
                        f"step {self.step}: a speed is not finite; use a smaller time step, or "
                        "look for overlapping grains at the start"
                    )
                if sink is not None and (n := int(self.counts[SAMPLES])):
                    self._record[:n, LOST_COLUMNS] += self.retired
                    sink(self._record[:n].copy(), self._contact_record[:n].copy())
                self.counts[SAMPLES] = 0
                if n := int(self.counts[EPISODES]):
                    self.ended_episodes.append(self.episodes[:n].copy())
                    self.counts[EPISODES] = 0
                if watch is not None:
                    watch(self)

    def _ask_for_virials(self, ring: NDArray[np.float32] | None) -> None:
        """Let the next steps sample virials into a ring, or none."""
        if ring is None:
            ring = np.zeros((0, len(self), VIRIAL_COLUMNS), np.float32)
        elif self.mode == "private" or np.isfinite(self.cell).any():
            raise InputError(
                f"virials of grains in mode {self.mode} and a cell of {self.cell} m: they need the "
                "force of each contact and one place for it, mode gather and an open space"
            )
        self._slots_stale |= bool(len(ring)) != bool(len(self._virials))
        self._virials = ring

    def forces_now(self) -> World:
        """Return a copy of the world with the forces at the present positions.

        Contacts, ledger and walls in it have come as far as the positions; the system
        itself is left as it is, so that looking does not change a run.
        """
        self._own_rows = self._slots_stale = True
        world = _copied(self.world())
        world.settings[SLIP_ON] = 0.0
        self._own_rows, self._slots_stale = False, True
        passed = self.time_step if self._started else 0.0
        with kernel_threads(self.threads):
            self._loop()(world, 1, 0.0, passed, 0.0, math.inf, 0, 0, self.threads)
        return world

    def kinetic_energy(self) -> tuple[float, float]:
        """Return the translational and the rotational energy at the full step, J."""
        return self._kinetic(self.forces_now())

    def _kinetic(self, world: World) -> tuple[float, float]:
        settings = world.settings.copy()
        if not self._started:
            settings[0] = 0.0
        moved, turned = kinetic_energies(
            world.rows, world.spins, world.applied, world.forces, world.first, settings
        )
        return float(moved), float(turned)

    def total_forces(self) -> Array:
        """Return force and torque of contacts and walls on each grain, shape (n, 6)."""
        world = self.forces_now()
        owner = np.repeat(np.arange(len(self)), np.diff(world.first))
        out = np.zeros((len(self), 6))
        np.add.at(out, owner, world.forces[0][:, :6])
        return out

    def stress(self, volume: float) -> Array:
        """Return the mean stress of the contacts (Love 1927, Weber 1966), compression positive.

        Parameters
        ----------
        volume : float
            m3.

        Returns
        -------
        ndarray, shape (3, 3)
            ``sum f (x_j - x_i)`` over contacts, divided by the volume; f acts on j. Pa.
        """
        world = self.forces_now()
        total = np.zeros((3, 3))
        for name in GROUPS:
            group = getattr(world, name)
            forces = world.forces[0][group.slot_j, :3]
            total += forces.T @ self.separations(group.i, group.j)
        return np.asarray(total / volume)

    def energies(self) -> Energies:
        """Return the ledger now.

        Raises
        ------
        InputError
            If the system keeps no ledger.
        """
        if not self.ledger:
            raise InputError("no ledger is kept: make the system with ledger=True")
        world = self.forces_now()
        audits = [getattr(world, name).audit for name in GROUPS] + [world.walls.audit]
        total = sum((a.sum(axis=1) for a in audits), start=self.retired.copy())
        fluid = -float(world.smooth_joint.audit[2].sum())
        return Energies(
            kinetic=sum(self._kinetic(world)),
            strain=float(total[0]),
            slip=float(total[1]),
            dashpot=float(total[2]) + fluid,
            released=float(total[3]),
            damping=float(self.lost[:, 0].sum()),
            walls=float(world.walls.work[:, 0].sum()),
            applied=float(self.lost[:, 1].sum()),
            fluid=fluid,
        )


def _copied(world: World) -> World:
    """Return a world whose arrays that a step writes are its own."""
    groups = {
        name: group._replace(
            history=group.history.copy(), audit=group.audit.copy(), extra=group.extra.copy()
        )
        for name, group in ((name, getattr(world, name)) for name in GROUPS)
    }
    walls = world.walls
    own = {name: getattr(walls, name).copy() for name in WALL_WRITTEN}
    rest = {name: getattr(world, name).copy() for name in WORLD_WRITTEN}
    return world._replace(**groups, walls=walls._replace(**own), **rest)
