"""Cycles of slip: which emissions are foreshocks, mainshocks and aftershocks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from asperity.core.catalog import Catalog
from asperity.dem.laboratory.emissions import emissions

__all__ = ["emissions_with_roles", "with_roles"]

Array = NDArray[np.float64]
#: Shares of the recurrence after a mainshock in which events are aftershocks, and the time
#: after the peak of the stress in which its largest emission is looked for, s.
AFTERSHOCKS, DROP_WINDOW = 0.2, 1e-3


def with_roles(events: Catalog, drops: Sequence[dict[str, float]]) -> Catalog:
    """Return emissions with their ``kind`` and ``cycle``.

    The largest emission within a millisecond from the peak of the stress before each drop
    is its mainshock; a cycle ends with it and has its number, from 0. Emissions within a
    fifth of the recurrence after a mainshock are aftershocks, all others foreshocks. After
    the last mainshock the recurrence is the median one, or the time of the first mainshock.

    Parameters
    ----------
    events : Catalog
        Acoustic emissions, see `emissions`.
    drops : sequence of dict
        See `asperity.dem.laboratory.results.stress_drops`.
    """
    n = len(events)
    times = events["time"] * 1e-9
    kind = np.full(n, "foreshock", dtype=object)
    mains = sorted({m for d in drops if (m := _largest(events, times, d["time"])) is not None})
    when = times[mains]
    cycle = np.searchsorted(when, times, side="left").astype(np.int64)
    gaps = np.diff(np.concatenate([[0.0], when]))
    usual = float(np.median(gaps[1:])) if len(gaps) > 1 else float(gaps[0]) if len(gaps) else 0.0
    for j, begin in enumerate(when):
        length = when[j + 1] - begin if j + 1 < len(when) else usual
        kind[(times > begin) & (times <= begin + AFTERSHOCKS * length)] = "aftershock"
    kind[mains] = "mainshock"
    cycle[mains] = np.arange(len(mains))
    return events.with_columns({"kind": kind, "cycle": cycle})


def emissions_with_roles(
    elementary: Catalog, mean_radius: float, drops: Sequence[dict[str, float]]
) -> Catalog:
    """Return the acoustic emissions of a run as its folder keeps them; see `with_roles`."""
    return with_roles(emissions(elementary, mean_radius), drops)


def _largest(events: Catalog, times: Array, peak: float) -> int | None:
    near = np.flatnonzero((times >= peak - 0.1 * DROP_WINDOW) & (times <= peak + DROP_WINDOW))
    return int(near[np.argmax(events["moment"][near])]) if len(near) else None
