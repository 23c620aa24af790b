"""Grains with their contacts and walls, and the lists of who may touch whom."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import ConvergenceError, InputError
from asperity.core.kernels import prepare
from asperity.core.notebook import Shown
from asperity.dem.engine.groups import carry_over, empty, in_lines, make, pair_keys, relabel
from asperity.dem.engine.models import ContactModel, Hertz, Linear, Pair
from asperity.dem.engine.walls import Wall

prepare()  # before a kernel module is imported

from asperity.dem.engine._kernels.flat_joint import FLAT_JOINT  # noqa: E402
from asperity.dem.engine._kernels.layout import FORCE_COLUMNS, Contacts, Walls  # noqa: E402
from asperity.dem.engine._kernels.loops import LAWS  # noqa: E402
from asperity.dem.engine._kernels.neighbours import close_pairs, gaps, morton_codes  # noqa: E402
from asperity.dem.engine._kernels.recording import JOINT_COLUMNS  # noqa: E402
from asperity.dem.engine._kernels.smooth_joint import SMOOTH_JOINT  # noqa: E402
from asperity.dem.engine._kernels.virials import VIRIAL_COLUMNS  # noqa: E402

__all__ = ["JOINTS", "Assembly"]

Array = NDArray[np.float64]
JOINTS = ("parallel_bond", "flat_joint", "smooth_joint")
EPISODE_COLUMNS = 16
#: Of a system whose contacts have no rows of their own, or always have.
NO_ROWS = np.zeros((1, 0, FORCE_COLUMNS)), np.zeros(0, np.int32), np.zeros(0, np.int32)
#: What steps change, beside contacts and walls.
_ARRAYS = (
    "rows", "turning", "forces_applied", "lost", "ids", "flat_shape", "joint_friction", "counts",
    "retired", "_candidates",
)  # fmt: skip
_NUMBERS = (
    "time_step", "damping", "load_factor", "slip_threshold", "_skin", "_near", "_since_far",
    "_since_near", "_started",
)  # fmt: skip


@dataclass(repr=False)
class Assembly(Shown):
    """Grains, contacts and walls with lists of neighbours; `System` says what the fields mean."""

    positions: Any
    radii: Any
    density: float
    contact: ContactModel | None = None
    walls: Sequence[Wall] = ()
    wall_contact: ContactModel | None = None
    period: Any = None
    velocities: Any = None
    spins: Any = None
    damping: float = 0.0
    gravity: Any = (0.0, 0.0, 0.0)
    applied: Any = None
    skin: float | None = None
    mode: Literal["gather", "private"] = "gather"
    threads: int = 1
    ledger: bool = True
    rows: Array = field(init=False)
    turning: Array = field(init=False)
    groups: dict[str, Contacts] = field(init=False)
    _wall_group: Walls = field(init=False)
    time_step: float = field(init=False, default=0.0)
    load_factor: float = field(init=False, default=1.0)
    slip_threshold: float = field(init=False, default=0.0)

    def _facts(self) -> dict[str, Any]:
        contacts = {name.replace("_", " "): len(group.i) for name, group in self.groups.items()}
        return {
            "grains": len(self.rows), "walls": len(self.walls),
            **{f"{name} contacts": n for name, n in contacts.items() if n},
            "time step": f"{self.time_step:.3g} s",
        }  # fmt: skip

    def __post_init__(self) -> None:
        x = np.array(self.positions, float, ndmin=2)
        radii = np.array(self.radii, float)
        n = len(x)
        if x.shape != (n, 3) or radii.shape != (n,) or n == 0:
            raise InputError(
                f"spheres: positions have shape {x.shape} and radii {radii.shape}; "
                "(n, 3) and (n,) with n >= 1 are needed"
            )
        if not (np.isfinite(x).all() and np.isfinite(radii).all() and (radii > 0).all()):
            bad = int(np.flatnonzero(~(np.isfinite(x).all(axis=1) & (radii > 0)))[0])
            raise InputError(
                f"sphere {bad}: position {x[bad]}, radius {radii[bad]}; finite positions and "
                "positive radii are needed"
            )
        if not self.density > 0.0 or not 0.0 <= self.damping < 1.0:
            raise InputError(
                f"density {self.density} kg/m3 and damping {self.damping}; a positive density "
                "and a damping from 0 to below 1 are needed"
            )
        mass = 4.0 / 3.0 * np.pi * radii**3 * self.density
        self.rows = np.column_stack([x, radii, np.zeros((n, 3)), mass])
        self.turning = np.column_stack([np.zeros((n, 3)), 0.4 * mass * radii**2])
        if self.velocities is not None:
            self.rows[:, 4:7] = np.asarray(self.velocities, float)
        if self.spins is not None:
            self.turning[:, :3] = np.asarray(self.spins, float)
        self.cell = np.full(3, np.inf) if self.period is None else np.array(self.period, float)
        if self.cell.shape != (3,) or not (self.cell > 0.0).all():
            raise InputError(
                f"period {self.cell} m: three positive lengths are needed, infinite where the "
                "space is open"
            )
        self.forces_applied = (
            np.zeros((0, 3)) if self.applied is None else np.array(self.applied, float)
        )
        motion = np.hstack([self.rows[:, 4:7], self.turning[:, :3]])
        if not (np.isfinite(motion).all() and np.isfinite(self.forces_applied).all()):
            raise InputError("velocities, spins and applied forces: finite numbers are needed")
        if self.forces_applied.shape not in ((0, 3), (n, 3)):
            raise InputError(
                f"applied forces have shape {self.forces_applied.shape}; ({n}, 3) is needed"
            )
        self.lost = np.zeros((n if self.ledger else 0, 3))
        self.ids = np.arange(n)
        self.groups = {
            name: empty(*LAWS[name][1]) for name in ("linear", "hooke", "hertz", "parallel_bond")
        }
        self.groups["flat_joint"] = empty(*FLAT_JOINT)
        self.groups["smooth_joint"] = empty(*SMOOTH_JOINT)
        self.groups["custom"] = empty(0, 0)
        self.models: dict[str, Any] = {}
        if self.contact is not None:
            self.models[self.contact.name] = self.contact
        self.flat_shape = np.zeros((2, 4))
        self.joint_friction = np.array([0.0, 1e-6, 0.0])
        self.counts = np.zeros(3, np.int64)
        self.retired = np.zeros(4)
        self.episodes = np.zeros((0, EPISODE_COLUMNS))
        #: Slip episodes that have ended, rows as `watch_episodes` of the kernels says.
        self.ended_episodes: list[Array] = []
        margin = 0.2 * float(radii.min()) if self.skin is None else float(self.skin)
        if not margin > 0.0:
            raise InputError(f"skin is {margin} m; a positive length is needed")
        self._skin = margin
        self._near = margin
        self._since_far = math.inf
        self._since_near = math.inf
        self._wall_columns()
        self._started = False
        self._loops: dict[Any, Callable[..., tuple[int, float]]] = {}
        self._slots_stale = True
        #: Whether each contact has rows of its own in the force array, whatever the mode.
        self._own_rows = False
        self._record = np.zeros((0, 0))
        self._contact_record = np.zeros((0, JOINT_COLUMNS, 0), np.float32)
        self._virials = np.zeros((0, n, VIRIAL_COLUMNS), np.float32)
        #: Force array, first rows of grains and rows of contacts, for steps with virials.
        self._own = NO_ROWS
        self._candidates = np.zeros((0, 2), np.int32)
        #: Says which of some near pairs never touch, see `triaxial` (both sides of a fault).
        self.apart: Callable[[Assembly, NDArray[np.int32]], NDArray[np.bool_]] | None = None

    # ---------------------------------------------------------------- what it is

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def step(self) -> int:
        """Steps made."""
        return int(self.counts[0])

    @property
    def contacts(self) -> dict[str, int]:
        """Number of touching contacts and of joints by model, and of contacts with walls."""
        self.refresh()
        count = {}
        for name, group in self.groups.items():
            if not len(group.i):
                continue
            count[name] = len(group.i)
            if name not in JOINTS:
                count[name] = int((self.gaps(name) < 0.0).sum())
        return count

    def gaps(self, name: str) -> Array:
        """Return the distances of the surfaces of a group's pairs, m."""
        group = self.groups[name]
        out = np.empty(len(group.i))
        gaps(self.rows, self.cell, group.i, group.j, out)
        return out

    def separations(self, i: NDArray[np.int32], j: NDArray[np.int32]) -> Array:
        """Return the vectors from centres i to centres j, nearest images, shape (n, 3), m."""
        away = self.rows[j, :3] - self.rows[i, :3]
        periodic = np.isfinite(self.cell)
        away[:, periodic] -= self.cell[periodic] * np.round(away[:, periodic] / self.cell[periodic])
        return np.asarray(away)

    def pair(self, i: NDArray[np.int32], j: NDArray[np.int32]) -> Pair:
        """Return what contact models see of pairs of grains."""
        out = np.empty(len(i))
        gaps(self.rows, self.cell, i, j, out)
        r, m = self.rows[:, 3], self.rows[:, 7]
        return Pair(r[i], r[j], m[i], m[j], out + r[i] + r[j])

    # ---------------------------------------------------------------- neighbours

    def close_pairs(self, margin: float) -> NDArray[np.int32]:
        """Return all pairs whose surfaces are nearer than a margin, shape (c, 2)."""
        low = np.where(np.isfinite(self.cell), 0.0, self.rows[:, :3].min(axis=0))
        high = np.where(np.isfinite(self.cell), self.cell, self.rows[:, :3].max(axis=0))
        least = 2.0 * float(self.rows[:, 3].max()) + margin
        extent = np.maximum(high - low, 1e-300)
        shape = np.clip(np.floor(extent / least), 1, 512).astype(np.int64)
        # Few grains in a wide space: no more cells than a few for each of them.
        while shape.prod() > max(64, 8 * len(self)):
            shape[np.argmax(shape)] = (shape.max() + 1) // 2
        if (np.isfinite(self.cell) & (self.cell < 2.0 * least)).any():
            raise InputError(
                f"period {self.cell} m is less than two diameters and margins ({2 * least:.3g} m): "
                "a grain would meet its own image"
            )
        shape[np.isfinite(self.cell) & (shape < 3)] = 1
        width = extent / shape
        rows = self._wrapped()
        room = 8 * len(self)
        while True:
            pairs = np.empty((room, 2), np.int32)
            found = close_pairs(rows, self.cell, low, width, shape, margin, pairs)
            if found <= room:
                return pairs[:found]
            room = found

    def _wrapped(self) -> Array:
        """Return the rows with the centres in the periodic cell."""
        periodic = np.flatnonzero(np.isfinite(self.cell))
        if not len(periodic):
            return self.rows
        rows = self.rows.copy()
        rows[:, periodic] %= self.cell[periodic]
        return rows

    def refresh(self, everything: bool = False) -> None:
        """Bring the lists of contacts up to date, as far as they may be stale."""
        if everything or self._since_far > 0.5 * self._skin:
            self._refresh_candidates()
        elif self._since_near > 0.5 * self._near:
            self._refresh_near()

    def _refresh_candidates(self) -> None:
        self.rows = self._wrapped()
        self._reorder()
        self.rows, self.turning = in_lines(self.rows), in_lines(self.turning)
        if self.contact is not None:
            pairs = self.close_pairs(self._skin)
            taken = np.concatenate(
                [pair_keys(self.groups[g].i, self.groups[g].j, len(self)) for g in JOINTS]
            )
            if len(taken):
                pairs = pairs[~np.isin(pair_keys(pairs[:, 0], pairs[:, 1], len(self)), taken)]
            if self.apart is not None:
                pairs = pairs[~self.apart(self, pairs)]
            self._candidates = pairs
        self._refresh_walls()
        self._since_far = 0.0
        self._refresh_near()

    def _refresh_near(self) -> None:
        # The margin lasts for about a hundred steps at the present speeds.
        fastest = float(np.sqrt((self.rows[:, 4:7] ** 2).sum(axis=1).max()))
        fastest += float(np.abs(self._wall_group.shape[:, 8:]).max(initial=0.0))
        if fastest * self.time_step > float(self.rows[:, 3].min()):
            raise ConvergenceError(
                f"step {self.step}: a grain or a wall moves at {fastest:.4g} m/s, by more than the "
                f"smallest radius in a step of {self.time_step:.3g} s; use a smaller time step, or "
                "look for grains that overlap far at the start"
            )
        wanted = 200.0 * fastest * self.time_step
        self._near = min(max(wanted, 1e-6 * self._skin), self._skin)
        model = self.contact
        if model is not None:
            i, j = np.ascontiguousarray(self._candidates.T)
            gap = np.empty(len(i))
            gaps(self.rows, self.cell, i, j, gap)
            reach = self.rows[i, 3] + self.rows[j, 3]
            if (same := np.flatnonzero(gap <= -(1.0 - 1e-9) * reach)).size:
                a, b = self.ids[i[same[0]]], self.ids[j[same[0]]]
                raise InputError(
                    f"spheres {a} and {b} have the same centre, so that nothing says where to "
                    "push them; move one of them"
                )
            near = gap < self._near
            i, j = i[near], j[near]
            properties = model.properties(self.pair(i, j))
            new = make(i, j, properties, len(model.odd), self.ledger)
            self.retired += carry_over(self.groups[model.name], new, model.odd, len(self))
            self.groups[model.name] = new
        self._since_near = 0.0
        self._slots_stale = True

    def _reorder(self) -> None:
        """Put grains that are near each other near each other in memory."""
        codes = np.empty(len(self), np.int64)
        width = 2.0 * float(self.rows[:, 3].mean())
        morton_codes(self.rows, self.rows[:, :3].min(axis=0), width, codes)
        order = np.argsort(codes, kind="stable")
        if (order == np.arange(len(self))).all():
            return
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        self.rows, self.turning = self.rows[order], self.turning[order]
        self.ids = self.ids[order]
        if len(self.forces_applied):
            self.forces_applied = self.forces_applied[order]
        if len(self.lost):
            self.lost = self.lost[order]
        for name, group in self.groups.items():
            if len(group.i) and name != "smooth_joint":
                self.groups[name] = relabel(group, place)
        joints = self.groups["smooth_joint"]
        self.groups["smooth_joint"] = joints._replace(
            i=place[joints.i].astype(np.int32), j=place[joints.j].astype(np.int32)
        )
        self._wall_group = self._wall_group._replace(
            particle=place[self._wall_group.particle].astype(np.int32)
        )

    # ---------------------------------------------------------------- to stop and go on

    def state(self) -> dict[str, NDArray[Any]]:
        """Return copies of everything that steps change, so that a run can go on from it.

        Models, walls and threads are not part of it: they are what the assembly is made of.
        """
        kept = {name: np.array(getattr(self, name)) for name in (*_ARRAYS, *_NUMBERS)}
        tables: dict[str, Any] = {**self.groups, "walls": self._wall_group}
        for name, table in tables.items():
            kept |= {f"{name}.{column}": np.array(v) for column, v in table._asdict().items()}
        return kept

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Go on, to the bit, where another assembly of the same models and walls was.

        Parameters
        ----------
        state : dict
            See `state`.
        """
        for name in _ARRAYS:
            setattr(self, name, np.array(state[name]))
        for name in _NUMBERS:
            setattr(self, name, state[name].item())

        def table(name: str, kind: Any) -> Any:
            return kind(**{c: np.array(state[f"{name}.{c}"], order="C") for c in kind._fields})

        self.groups = {name: table(name, Contacts) for name in self.groups}
        self._wall_group = table("walls", Walls)
        self._slots_stale = True

    # ---------------------------------------------------------------- walls

    def _wall_columns(self) -> None:
        count = len(self.walls)
        shape = np.array([wall.columns() for wall in self.walls]).reshape(count, 12)
        control = np.array([wall.control() for wall in self.walls]).reshape(count, 10)
        model = self.wall_contact or self.contact
        if count and not isinstance(model, (Linear, Hertz)):
            raise InputError("walls: a wall_contact of Linear or Hertz is needed")
        rows = LAWS[model.name][1] if isinstance(model, (Linear, Hertz)) else (0, 0)
        none = np.zeros(0, np.int32)
        self._wall_group = Walls(
            shape, control, np.zeros((count, 4)), np.zeros((count, 4)), none, none, none,
            np.zeros((rows[0], 0)), np.zeros((rows[1], 0)), np.zeros((4, 0)),
        )  # fmt: skip

    def _refresh_walls(self) -> None:
        old = self._wall_group
        model = self.wall_contact or self.contact
        if not len(self.walls) or model is None:
            return
        away = np.array([self.wall_distances(w) for w in range(len(self.walls))])
        w_of, a = (k.astype(np.int32) for k in np.nonzero(away - self.rows[:, 3] < self._skin))
        radius, mass = self.rows[a, 3], self.rows[a, 7]
        infinite = np.full(len(a), np.inf)
        properties = model.properties(Pair(radius, infinite, mass, infinite, away[w_of, a]))
        for w, given in enumerate(self.walls):
            if given.friction is not None:
                properties[2, w_of == w] = given.friction
            if given.stiffness is not None and isinstance(model, Linear):
                properties[0, w_of == w] = given.stiffness
                properties[1, w_of == w] = given.stiffness / model.ratio
        history = np.zeros((len(model.odd), len(a)))
        audit = np.zeros((4, len(a) if self.ledger else 0))
        keys = a.astype(np.int64) * len(self.walls) + w_of
        old_keys = old.particle.astype(np.int64) * len(self.walls) + old.wall
        _, new_at, old_at = np.intersect1d(keys, old_keys, return_indices=True)
        history[:, new_at] = old.history[:, old_at]
        if self.ledger and old.audit.shape[1]:
            audit[:, new_at] = old.audit[:, old_at]
            gone = np.ones(len(old_keys), bool)
            gone[old_at] = False
            self.retired += old.audit[:, gone].sum(axis=1)
        self._wall_group = old._replace(
            particle=a, wall=w_of, slot=np.zeros(len(a), np.int32), properties=properties,
            history=history, audit=audit,
        )  # fmt: skip

    def wall_distances(self, w: int) -> Array:
        """Return the distance of all centres from a wall, m, positive inside."""
        form = self._wall_group.shape[w]
        away = self.rows[:, :3] - form[1:4]
        along = away @ form[4:7]
        if form[0] == 0.0:
            return np.asarray(along)
        off = np.linalg.norm(away - along[:, None] * form[4:7], axis=1)
        return np.asarray(form[7] - off)

    @property
    def wall_state(self) -> Walls:
        """Places, velocities, forces and work of the walls, as the kernels hold them."""
        return self._wall_group
