"""What contacts do to the grains around elementary events, kept for moment tensors by forces."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from asperity.core.kernels import prepare
from asperity.dem.config import LaboratoryConfiguration
from asperity.dem.engine.system import System

prepare()  # before a kernel module is imported

from asperity.dem.engine._kernels import smooth_joint as sj  # noqa: E402
from asperity.dem.engine._kernels.grouping import source_areas  # noqa: E402
from asperity.dem.engine._kernels.virials import VIRIAL_COLUMNS  # noqa: E402

__all__ = [
    "LONGEST_CROSSING", "RUPTURE_SPEED", "Burst", "SourceRecorder", "grouped_by_source_area",
    "source_recorder", "sources_dataset",
]  # fmt: skip

Array = NDArray[np.float64]
#: Half the speed of S waves in granite (G = 22 GPa, 2650 kg/m3), at which a crack crosses a
#: source, m/s.
RUPTURE_SPEED = 0.5 * math.sqrt(22e9 / 2650.0)
#: The longest time in which a crack crosses a source: beyond about 40 mm it does not grow, s.
LONGEST_CROSSING = 3e-5
#: Reach within which events share a burst, in mean radii: wider than any that gathers emissions.
BURST_REACH = 4.0
#: Columns of events that have not been put into a burst yet: their number among all events (-1
#: while they go on), first and last step, and place, m.
NUMBER, BEGIN, END, PLACE = 0, 1, 2, slice(3, 6)


def grouped_by_source_area(
    begin: Array, end: Array, places: Array, reach: float, margin: float, speed: float,
    most: float = LONGEST_CROSSING,
) -> NDArray[np.int64]:  # fmt: skip
    """Gather cracks that fall inside the source of an active event before it ends.

    The rule of Hazzard & Young (2002): a crack nearer than `reach` to one of an event belongs
    to it if it begins before the event ends; one near two events makes them one. An event ends
    when a crack could have crossed it since the end of its last one.

    Parameters
    ----------
    begin, end : ndarray, shape (n,)
        Of each crack, s (or steps, with `speed` in m a step).
    places : ndarray, shape (n, 3)
        m.
    reach : float
        m.
    margin : float
        How far a source is larger than the box that holds its cracks, m, above 0.
    speed : float
        m/s; 0 for the longest time whatever the size.
    most : float
        Longest time in which a crack crosses a source, s.

    Returns
    -------
    ndarray, shape (n,)
        Labels in the order of the events' first cracks.

    References
    ----------
    Hazzard & Young 2002, Tectonophysics 356, 181-197.
    """
    order = np.argsort(begin, kind="stable")
    parents = np.empty(len(begin), np.int64)
    source_areas(
        np.asarray(begin, float)[order], np.asarray(end, float)[order],
        np.ascontiguousarray(np.asarray(places, float)[order]), reach, margin, speed, most, parents,
    )  # fmt: skip
    labels = np.empty(len(begin), np.int64)
    labels[order] = np.unique(parents, return_inverse=True)[1]
    return labels


@dataclass(frozen=True)
class Burst:
    """Elementary events that may share a source, and what contacts did to the grains around.

    Parameters
    ----------
    events : ndarray of int, shape (e,)
        Numbers of the events, in the order in which they were gathered.
    steps : ndarray of int, shape (m,)
        Samples, from the last one before the first event on.
    grains : ndarray of int, shape (g,)
    places : ndarray, shape (g, 3)
        Their centres, m.
    virials : ndarray of float32, shape (m, g, 9)
        See `_kernels.virials`; N m and N.
    """

    events: NDArray[np.int64]
    steps: NDArray[np.int64]
    grains: NDArray[np.int64]
    places: Array
    virials: NDArray[np.float32]


@dataclass
class SourceRecorder:
    """Keeps samples of the virials of grains near elementary events.

    Samples of all grains go round in a ring. Events that follow each other within the longest
    crossing time and within reach form a burst; when none can join it any more, the samples of
    the grains near it are taken out of the ring, from the one before its first event on. A burst
    that began before the oldest sample in the ring is given up.

    Parameters
    ----------
    ring : ndarray of float32, shape (m, n, 9)
        Where `System.run` writes samples.
    every : int
        Steps between two samples.
    begun : int
        Step of the first sample.
    lasting : float
        Steps in which a burst goes on after its last event.
    reach, near : float
        Between events of a burst, and between them and the grains that are kept, m.
    """

    ring: NDArray[np.float32]
    every: int
    begun: int
    lasting: float
    reach: float
    near: float
    _pending: Array = field(default_factory=lambda: np.zeros((0, 6)))
    _bursts: list[Burst] = field(default_factory=list)

    def gather(self, system: System, events: Array, first: int) -> None:
        """Take note of events, and keep the samples of bursts that have ended.

        Parameters
        ----------
        system : System
            At the end of the steps in which they happened.
        events : ndarray, shape (k, 19)
            Columns as `recorder.EVENT_COLUMNS`; new ones only.
        first : int
            Number of the first of them.
        """
        if len(events):
            number = np.arange(first, first + len(events))
            new = np.column_stack([number, events[:, :2], events[:, 7:10]])
            self._pending = np.concatenate([self._pending, new])
        running = _running(system)
        if not len(self._pending) and not len(running):
            return
        together = np.concatenate([self._pending, running])
        ended = np.ones(len(together), bool)
        for members in self._grouped(together):
            if together[members, END].max() + self.lasting >= system.step:
                ended[members] = False
            elif (burst := self._burst(system, together[members])) is not None:
                self._bursts.append(burst)
        self._pending = self._pending[~ended[: len(self._pending)]]

    def _grouped(self, together: Array) -> list[NDArray[np.intp]]:
        """Return the members of each burst, in the order of their first events."""
        labels = grouped_by_source_area(
            together[:, BEGIN], together[:, END], together[:, PLACE], self.reach, self.near, 0.0,
            self.lasting,
        )  # fmt: skip
        order = np.argsort(labels, kind="stable")
        return np.split(order, np.searchsorted(labels[order], np.arange(1, labels.max() + 1)))

    def _burst(self, system: System, members: Array) -> Burst | None:
        """Return the samples of a burst, or None where the first of them is lost."""
        before = self._sample_before(members[:, BEGIN].min())
        last = min(members[:, END].max() + self.lasting, system.step - 1)
        if before < self._oldest(system):
            return None
        steps = np.arange(before, int(last) + 1, self.every)
        centres = np.empty((len(system), 3))
        centres[system.ids] = system.rows[:, :3]
        found = cKDTree(centres).query_ball_point(members[:, PLACE], self.near)
        grains = np.unique(np.concatenate([np.asarray(f, np.int64) for f in found]))
        samples = self.ring[steps // self.every % len(self.ring)]
        numbers = members[:, NUMBER].astype(np.int64)
        return Burst(numbers, steps, grains, centres[grains], samples[:, grains])

    def _sample_before(self, step: float) -> int:
        return (int(step) - 1) // self.every * self.every

    def _oldest(self, system: System) -> int:
        newest = (system.step - 1) // self.every
        return max(self.begun, (newest - len(self.ring) + 1) * self.every)

    def bursts(self, system: System) -> list[Burst]:
        """Return all bursts; those that may still grow end here, with what there is."""
        if not len(self._pending):
            return list(self._bursts)
        going_on = (
            self._burst(system, self._pending[members]) for members in self._grouped(self._pending)
        )
        return [*self._bursts, *(burst for burst in going_on if burst is not None)]

    # ---------------------------------------------------------------- to stop and go on

    def state(self, system: System) -> dict[str, NDArray[Any]]:
        """Return everything that has been kept, and the samples that may still be needed."""
        waiting = np.concatenate([self._pending, _running(system)])
        newest = (system.step - 1) // self.every * self.every
        since = self._sample_before(waiting[:, BEGIN].min()) if len(waiting) else newest
        steps = np.arange(max(since, self._oldest(system)), newest + 1, self.every)
        return {
            "pending": self._pending,
            "steps": steps,
            "samples": self.ring[steps // self.every % len(self.ring)],
            **joined(self._bursts),
        }

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Go on where another recorder was; see `state`."""
        self._pending = np.array(state["pending"])
        self.ring[state["steps"] // self.every % len(self.ring)] = state["samples"]
        self._bursts = parted(state)


def source_recorder(
    configuration: LaboratoryConfiguration, system: System, chunk: int, begun: int
) -> SourceRecorder | None:
    """Return what keeps the sources of a test, or None where its configuration wants none.

    Parameters
    ----------
    configuration : LaboratoryConfiguration
    system : System
    chunk : int
        Most steps between two calls of `SourceRecorder.gather`.
    begun : int
        First step that is sampled.
    """
    numerics, radius = configuration.numerics, configuration.specimen.mean_radius
    if not numerics.source_window > 0.0:
        return None
    every = numerics.sample_every
    lasting = LONGEST_CROSSING / system.time_step
    steps = numerics.source_window / system.time_step + lasting + chunk
    samples = math.ceil(steps / every) + 2
    return SourceRecorder(
        np.zeros((samples, len(system), VIRIAL_COLUMNS), np.float32), every,
        -(-begun // every) * every, lasting, BURST_REACH * radius, 2.0 * radius,
    )  # fmt: skip


def _running(system: System) -> Array:
    """Return the slip episodes that have begun and not ended, as far as they have come."""
    joint, rows = system.groups["smooth_joint"], system.rows
    c = np.flatnonzero(joint.history[sj.RUNS] == 1.0)
    begin, now = joint.history[sj.BEGAN, c], np.full(len(c), float(system.step))
    place = 0.5 * (rows[joint.i[c], :3] + rows[joint.j[c], :3])
    return np.column_stack([np.full(len(c), -1.0), begin, now, place])


def joined(bursts: list[Burst]) -> dict[str, NDArray[Any]]:
    """Return bursts one after the other in few arrays, and how long each of them is."""

    def one(name: str, width: tuple[int, ...], kind: type) -> NDArray[Any]:
        pieces = [getattr(b, name).reshape(-1, *width) for b in bursts]
        return np.concatenate([np.zeros((0, *width), kind), *pieces])

    sizes = [(len(b.events), len(b.steps), len(b.grains)) for b in bursts]
    return {
        "sizes": np.array(sizes, np.int64).reshape(-1, 3),
        "burst_events": one("events", (), np.int64),
        "burst_steps": one("steps", (), np.int64),
        "burst_grains": one("grains", (), np.int64),
        "burst_places": one("places", (3,), float),
        "burst_virials": one("virials", (VIRIAL_COLUMNS,), np.float32),
    }


def parted(arrays: dict[str, NDArray[Any]]) -> list[Burst]:
    """Return the bursts that `joined` put together."""
    bursts = []
    event = step = grain = row = 0
    for e, m, g in arrays["sizes"]:
        virials = arrays["burst_virials"][row : row + m * g]
        bursts.append(
            Burst(
                arrays["burst_events"][event : event + e], arrays["burst_steps"][step : step + m],
                arrays["burst_grains"][grain : grain + g],
                arrays["burst_places"][grain : grain + g],
                virials.reshape(m, g, VIRIAL_COLUMNS),
            )
        )  # fmt: skip
        event, step, grain, row = event + e, step + m, grain + g, row + m * g
    return bursts


def sources_dataset(
    bursts: list[Burst], order: NDArray[np.intp], loading_start: int, time_step: float
) -> xr.Dataset:
    """Return bursts with names and units, as `sources.nc` holds them.

    Parameters
    ----------
    bursts : list of Burst
    order : ndarray of int, shape (events,)
        Number of each event, in the order of their ``event_id`` in the catalog of elementary
        events.
    loading_start : int
        Step at which time begins.
    time_step : float
        s.

    Returns
    -------
    xarray.Dataset
        ``source`` of each event is its burst, or -1. Bursts follow each other along ``sample``
        (`samples` each), ``member`` (`grains` each) and ``row`` (samples times grains each).
        ``virial`` holds the symmetric part of the sum of F_i x_j over the contacts of a grain
        (xx, yy, zz, xy, xz, yz; N m) and the sum of F (x, y, z; N).
    """
    arrays = joined(bursts)
    source = np.full(len(order), -1, np.int32)
    number_of = np.repeat(np.arange(len(bursts)), arrays["sizes"][:, 0])
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    source[place[arrays["burst_events"]]] = number_of
    time = (arrays["burst_steps"] - loading_start) * time_step
    variables: dict[str, tuple[str | tuple[str, str], Any, str, str]] = {
        "source": ("event", source, "1", "burst of each elementary event, -1 for none"),
        "samples": ("burst", arrays["sizes"][:, 1], "1", "number of samples of a burst"),
        "grains": ("burst", arrays["sizes"][:, 2], "1", "number of grains of a burst"),
        "time": ("sample", time, "s", "time since loading began"),
        "grain": ("member", arrays["burst_grains"], "1", "grain, as in contacts.nc"),
        "virial": (
            ("row", "component"), arrays["burst_virials"], "N m, N",
            "sum over the contacts of a grain of force times place, and of force",
        ),
    }  # fmt: skip
    for k, name in enumerate("xyz"):
        variables[name] = ("member", arrays["burst_places"][:, k], "m", "place of the grain")
    return xr.Dataset(
        {
            name: (dims, values, {"units": unit, "long_name": title})
            for name, (dims, values, unit, title) in variables.items()
        },
        coords={"component": ["xx", "yy", "zz", "xy", "xz", "yz", "x", "y", "z"]},
        attrs={
            "Conventions": "CF-1.11",
            "title": "virials of grains around elementary events of a triaxial test",
            "time_step": time_step,
        },
    )
