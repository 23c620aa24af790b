"""What a declustering method returns, and what all methods check first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError

__all__ = ["Declustering", "check_events", "from_leaders"]

Array = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Declustering:
    """Events sorted into clusters, each with one mainshock.

    Parameters
    ----------
    method : str
    parent : ndarray of int64, shape (n,)
        Row of the event that an event is linked to, -1 where it has none: the
        nearest neighbour below the threshold (nearest-neighbour), the mainshock of
        the cluster (the other methods).
    cluster : ndarray of int64, shape (n,)
        Number of the cluster, in order of the first events; a single event is a
        cluster of its own.
    is_mainshock : ndarray of bool, shape (n,)
        The largest of each cluster, the earliest of equal ones; single events too.
    parameters : mapping
        What the method was given or found.
    eta, rescaled_time, rescaled_distance : ndarray, shape (n,), or None
        Nearest-neighbour proximity and its parts; NaN for the first event.
    nearest : ndarray of int64, shape (n,), or None
        Nearest neighbour whatever its proximity.
    eta0 : float or None
        Threshold of the proximity.
    warnings : tuple of str
    """

    method: str
    parent: Rows
    cluster: Rows
    is_mainshock: NDArray[np.bool_]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    eta: Array | None = None
    rescaled_time: Array | None = None
    rescaled_distance: Array | None = None
    nearest: Rows | None = None
    eta0: float | None = None
    warnings: tuple[str, ...] = ()

    @property
    def n_mainshocks(self) -> int:
        """Events that remain when the clusters are reduced to their mainshocks."""
        return int(np.count_nonzero(self.is_mainshock))

    @property
    def sizes(self) -> Rows:
        """Events in each cluster, shape (number of clusters,)."""
        return np.bincount(self.cluster) if self.cluster.size else np.zeros(0, dtype=np.int64)

    @property
    def n_clusters(self) -> int:
        """Clusters of at least two events."""
        return int(np.count_nonzero(self.sizes > 1))

    @property
    def status(self) -> str:
        """``ok``, or the warnings in one line."""
        return "; ".join(self.warnings) or "ok"


def check_events(times: ArrayLike, magnitudes: ArrayLike) -> tuple[Array, Array]:
    """Return times and magnitudes as arrays.

    Raises
    ------
    InputError
        If they differ in length, are not finite, or times do not ascend.
    DataError
        If there is no event.
    """
    t = np.ascontiguousarray(times, dtype=np.float64)
    m = np.ascontiguousarray(magnitudes, dtype=np.float64)
    if t.ndim != 1 or t.shape != m.shape:
        raise InputError(f"times of shape {t.shape} and magnitudes of {m.shape}; both need (n,)")
    if not t.size:
        raise DataError("there are no events to decluster")
    for name, values in (("time", t), ("magnitude", m)):
        bad = np.flatnonzero(~np.isfinite(values))
        if bad.size:
            raise InputError(f"event {bad[0]} has no {name}; leave such events out first")
    back = np.flatnonzero(np.diff(t) < 0.0)
    if back.size:
        raise InputError(f"event {back[0] + 1} is earlier than the one before it; sort by time")
    return t, m


def mainshocks(cluster: Rows, magnitudes: Array) -> Rows:
    """Return the row of the largest event of each cluster, the earliest of equal ones."""
    order = np.lexsort((np.arange(cluster.size), -magnitudes, cluster))
    numbers = cluster[order]
    first = np.concatenate([[True], numbers[1:] != numbers[:-1]])
    return np.asarray(order[first])


def from_leaders(
    method: str, leaders: Rows, magnitudes: Array, parameters: Mapping[str, Any]
) -> Declustering:
    """Build the result of a method that gives each event the root of its cluster."""
    _, first, inverse = np.unique(leaders, return_index=True, return_inverse=True)
    # Clusters are numbered in order of their first events.
    number = np.empty(first.size, dtype=np.int64)
    number[np.argsort(first)] = np.arange(first.size)
    cluster = number[inverse]
    main = mainshocks(cluster, magnitudes)
    is_mainshock = np.zeros(cluster.size, dtype=bool)
    is_mainshock[main] = True
    parent = np.where(is_mainshock, -1, main[cluster])
    return Declustering(method, parent, cluster, is_mainshock, parameters)
