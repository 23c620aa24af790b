"""What is kept of a test while it runs: samples of stress, energies and joints, and events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.dem.engine.joining import ELEMENT_STATE
from asperity.dem.engine.system import System
from asperity.dem.laboratory.sources import Burst, SourceRecorder

from asperity.dem.engine._kernels import smooth_joint as sj  # isort: skip
from asperity.dem.engine._kernels.layout import BONDED, BROKEN_SHEAR, BROKEN_TENSION  # isort: skip
from asperity.dem.engine._kernels.recording import JOINT_COLUMNS, SUMS, WALL_COLUMNS  # isort: skip

__all__ = ["EVENT_COLUMNS", "FLAT_BREAK", "JOINT_BREAK", "SLIP_EPISODE", "Recorder"]

Array = NDArray[np.float64]
#: Columns of elementary events; `element` is that of a flat joint, or the number of a joint of
#: the fault, which it keeps when it goes on between other grains.
EVENT_COLUMNS = (
    "step", "end_step", "model", "mode", "ball_i", "ball_j", "element", "x", "y", "z",
    "normal_x", "normal_y", "normal_z", "slip_x", "slip_y", "slip_z", "area", "energy",
)  # fmt: skip
FLAT_BREAK, JOINT_BREAK, SLIP_EPISODE = 0.0, 1.0, 2.0


@dataclass
class Recorder:
    """Samples and elementary events of a test, in the pieces in which they came.

    Parameters
    ----------
    walls, joints : int
        How many of each are sampled.
    scanned : int
        Step up to which events have been gathered.
    sources : SourceRecorder, optional
        Keeps what contacts did around events.
    """

    walls: int
    joints: int
    scanned: int = 0
    sources: SourceRecorder | None = None
    _records: list[Array] = field(default_factory=list)
    _joint_records: list[NDArray[np.float32]] = field(default_factory=list)
    _events: list[Array] = field(default_factory=list)

    def keep(self, record: Array, joints: NDArray[np.float32]) -> None:
        """Keep samples, as `System.run` hands them out."""
        self._records.append(record)
        self._joint_records.append(joints)

    @property
    def record(self) -> Array:
        """Samples, shape (n, columns), columns as the kernels' module `recording` says."""
        columns = 1 + SUMS + WALL_COLUMNS * self.walls
        return _joined(self._records, np.zeros((0, columns)))

    @property
    def joint_record(self) -> NDArray[np.float32]:
        """Samples of joints, shape (n, 5, joints); columns as the kernels' module says."""
        none = np.zeros((0, JOINT_COLUMNS, self.joints), np.float32)
        return _joined(self._joint_records, none)

    @property
    def count(self) -> int:
        """Number of elementary events."""
        return sum(len(events) for events in self._events)

    @property
    def events(self) -> Array:
        """Elementary events in the order of their end, columns as `EVENT_COLUMNS`."""
        return np.asarray(self._table[self.order])

    @property
    def order(self) -> NDArray[np.intp]:
        """Numbers of the elementary events, as they were gathered, in the order of their end."""
        return np.argsort(self._table[:, 1], kind="stable")

    def bursts(self, system: System) -> list[Burst]:
        """Return what contacts did around events; nothing where it is not kept."""
        return [] if self.sources is None else self.sources.bursts(system)

    @property
    def ring(self) -> NDArray[np.float32] | None:
        """Where the system writes what contacts do to grains, see `System.run`."""
        return None if self.sources is None else self.sources.ring

    @property
    def _table(self) -> Array:
        return _joined(self._events, np.zeros((0, len(EVENT_COLUMNS))))

    def state(self, system: System) -> dict[str, NDArray[Any]]:
        """Return everything that has been kept."""
        kept = {} if self.sources is None else self.sources.state(system)
        return {
            "record": self.record,
            "joint_record": self.joint_record,
            "events": self._table,
            "scanned": np.array(self.scanned),
            **{f"sources.{name}": value for name, value in kept.items()},
        }

    @classmethod
    def from_state(
        cls, walls: int, state: dict[str, NDArray[Any]], sources: SourceRecorder | None
    ) -> Recorder:
        """Return a recorder that goes on where another was; see `state`."""
        joints = state["joint_record"].shape[2]
        recorder = cls(walls, joints, int(state["scanned"]), sources)
        if sources is not None:
            sources.restore(
                {k.removeprefix("sources."): v for k, v in state.items() if "sources." in k}
            )
        recorder.keep(state["record"], state["joint_record"])
        recorder._events.append(state["events"])
        return recorder

    def gather_events(self, system: System) -> None:
        """Gather what has broken since the last look, and the slip episodes that ended."""
        since, self.scanned = self.scanned, system.step
        before = self.count
        self._gather_flat_breaks(system, since)
        self._gather_joint_breaks(system, since)
        joint, ids = system.groups["smooth_joint"], system.ids
        for e in system.ended_episodes:
            c = e[:, 2].astype(int)
            none = np.zeros(len(e))
            self._events.append(
                _events(
                    e[:, 0], e[:, 1], SLIP_EPISODE, none + BROKEN_SHEAR, ids[joint.i[c]],
                    ids[joint.j[c]], c, e[:, 3:6], e[:, 6:9], e[:, 9:12], e[:, 12], none,
                )
            )  # fmt: skip
        system.ended_episodes.clear()
        if self.sources is not None:
            self.sources.gather(system, self._table[before:], before)

    def _gather_flat_breaks(self, system: System, since: int) -> None:
        flat, rows, ids = system.groups["flat_joint"], system.rows, system.ids
        new = (flat.extra[:, :, ELEMENT_STATE] != BONDED) & (flat.extra[:, :, 3] >= since)
        contact, element = np.nonzero(new)
        if not len(contact):
            return
        i, j = flat.i[contact], flat.j[contact]
        d = rows[j, :3] - rows[i, :3]
        area = system.flat_shape[2 + element, 2] * flat.properties[2, contact] ** 2
        chosen = flat.extra[contact, element]
        normal = d / np.linalg.norm(d, axis=1)[:, None]
        # The faces have moved along their two axes by the third and fourth row.
        axis, moved = flat.history[:3, contact].T, flat.history[3:5, contact]
        along = moved[0][:, None] * axis + moved[1][:, None] * np.cross(normal, axis)
        stiffness = np.array([flat.properties[1, contact]] * 2)
        stiffness[1] /= system.flat_shape[0, 0]
        slip = _released_slip(chosen[:, 2], chosen[:, 4], stiffness * area, normal, along)
        self._events.append(
            _events(
                chosen[:, 3], chosen[:, 3], FLAT_BREAK, chosen[:, 2], ids[i], ids[j], element,
                rows[i, :3] + 0.5 * d, normal, slip, area, chosen[:, 4],
            )
        )  # fmt: skip

    def _gather_joint_breaks(self, system: System, since: int) -> None:
        joint, rows, ids = system.groups["smooth_joint"], system.rows, system.ids
        broken = np.flatnonzero(
            np.isin(joint.history[sj.STATE], (BROKEN_TENSION, BROKEN_SHEAR))
            & (joint.history[sj.BROKE] >= since)
        )
        if not len(broken):
            return
        i, j = joint.i[broken], joint.j[broken]
        p, h = joint.properties[:, broken], joint.history[:, broken]
        slipped = h[sj.SLIP : sj.SLIP + 3].T
        # One that has not slipped yet will slip against the force that holds it.
        still = ~slipped.any(axis=1)
        slipped[still] = -h[sj.SHEAR : sj.SHEAR + 3].T[still]
        energy = joint.audit[3, broken]
        stiffness = p[[sj.KN, sj.KS]] * p[sj.AREA]
        slip = _released_slip(h[sj.STATE], energy, stiffness, p[:3].T, slipped)
        self._events.append(
            _events(
                h[sj.BROKE], h[sj.BROKE], JOINT_BREAK, h[sj.STATE], ids[i], ids[j],
                broken, 0.5 * (rows[i, :3] + rows[j, :3]), p[:3].T, slip,
                p[sj.AREA], energy,
            )
        )  # fmt: skip


def _joined(pieces: list[NDArray[Any]], none: NDArray[Any]) -> NDArray[Any]:
    """Join pieces, and keep them joined: they are asked for again and again."""
    pieces[:] = [np.concatenate([none, *pieces])] if len(pieces) != 1 else pieces
    return pieces[0]


def _released_slip(
    mode: Array, energy: Array, stiffness: Array, normal: Array, along: Array
) -> Array:
    """Return the motion of the faces whose elastic energy a break has released, (n, 3), m.

    ``sqrt(2 E / K)``, along the normal in tension and along the shear motion otherwise;
    `stiffness` holds K in both directions, N/m.
    """
    torn = mode == BROKEN_TENSION
    size = np.sqrt(2.0 * np.maximum(energy, 0.0) / np.where(torn, stiffness[0], stiffness[1]))
    length = np.linalg.norm(along, axis=1)
    along = along / np.where(length > 0.0, length, 1.0)[:, None]
    return np.asarray(size[:, None] * np.where(torn[:, None], normal, along))


def _events(
    begin: Array, end: Array, model: float, mode: Array, i: NDArray[np.intp], j: NDArray[np.intp],
    element: NDArray[Any], place: Array, normal: Array, slip: Array, area: Array, energy: Array,
) -> Array:  # fmt: skip
    kind = np.full(len(begin), model)
    return np.column_stack(
        [begin, end, kind, mode, i, j, element, place, normal, slip, area, energy]
    )
