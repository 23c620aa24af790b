"""Contacts of one model between refreshes: made, carried over, sorted, relabelled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from asperity.dem.engine._kernels.layout import Contacts, Walls

__all__ = ["carry_over", "empty", "in_lines", "make", "own_rows", "pair_keys", "relabel", "select"]

Array = NDArray[np.float64]
Indices = NDArray[np.int32]


def make(
    i: Indices,
    j: Indices,
    properties: Array,
    n_history: int,
    audited: bool,
    extra: Array | None = None,
) -> Contacts:
    """Return contacts without history; slots are set before they are used."""
    n = len(i)
    return Contacts(
        np.ascontiguousarray(i, np.int32),
        np.ascontiguousarray(j, np.int32),
        np.zeros(n, np.int32),
        np.zeros(n, np.int32),
        np.ascontiguousarray(properties, float),
        np.zeros((n_history, n)),
        np.zeros((4, n if audited else 0)),
        np.zeros((0, 0, 0)) if extra is None else np.ascontiguousarray(extra, float),
    )


def empty(n_properties: int, n_history: int) -> Contacts:
    """Return no contacts."""
    none = np.zeros(0, np.int32)
    return make(none, none, np.zeros((n_properties, 0)), n_history, False)


def select(contacts: Contacts, chosen: NDArray[np.intp]) -> Contacts:
    """Return some contacts, or all in another order."""
    uniform = contacts.properties.shape[1] == 1 and len(contacts.i) != 1
    audited = contacts.audit.shape[1] > 0
    return Contacts(
        contacts.i[chosen],
        contacts.j[chosen],
        contacts.slot_i[chosen],
        contacts.slot_j[chosen],
        contacts.properties if uniform else np.ascontiguousarray(contacts.properties[:, chosen]),
        np.ascontiguousarray(contacts.history[:, chosen]),
        np.ascontiguousarray(contacts.audit[:, chosen]) if audited else contacts.audit,
        contacts.extra[chosen] if len(contacts.extra) else contacts.extra,
    )


def relabel(contacts: Contacts, place: NDArray[np.intp]) -> Contacts:
    """Return contacts after particle `a` has moved to row ``place[a]``, sorted by the first."""
    moved = contacts._replace(
        i=place[contacts.i].astype(np.int32), j=place[contacts.j].astype(np.int32)
    )
    return select(moved, np.lexsort((moved.j, moved.i)))


def pair_keys(i: Indices, j: Indices, n: int) -> NDArray[np.int64]:
    """Return a number for each pair that does not depend on which particle comes first."""
    low = np.minimum(i, j).astype(np.int64)
    return np.asarray(low * n + np.maximum(i, j), dtype=np.int64)


def carry_over(old: Contacts, new: Contacts, odd: Sequence[bool], n: int) -> Array:
    """Copy the history of pairs that persist; return the account of those that have gone.

    Where the two particles of a pair have been exchanged, the components of vectors
    (rows that are `odd`) change sign.

    Returns
    -------
    ndarray, shape (4,)
        Ledger of the contacts that are no longer there, J.
    """
    old_keys = pair_keys(old.i, old.j, n)
    order = np.argsort(old_keys, kind="stable")
    new_keys = pair_keys(new.i, new.j, n)
    at = np.searchsorted(old_keys[order], new_keys)
    at[at == len(order)] = 0
    source = order[at] if len(order) else at
    same = old_keys[source] == new_keys if len(order) else np.zeros(len(new_keys), bool)
    source = source[same]
    sign = np.where(old.i[source] == new.i[same], 1.0, -1.0)
    for row, flips in enumerate(odd):
        new.history[row, same] = old.history[row, source] * (sign if flips else 1.0)
    account = np.zeros(4)
    if old.audit.shape[1]:
        new.audit[:, same] = old.audit[:, source]
        gone = np.ones(len(old.i), bool)
        gone[source] = False
        account = old.audit[:, gone].sum(axis=1)
    return account


def own_rows(groups: Sequence[Contacts], walls: Walls, n: int) -> tuple[Indices, Indices]:
    """Give each contact rows of its own in the force array, those of a grain side by side.

    A grain's rows are in the order of the groups and of their contacts: the order in which
    forces are added where contacts have no rows of their own.

    Returns
    -------
    slots : ndarray of int32
        Group by group the rows of the first grains, then of the second; then of the walls.
    first : ndarray, shape (n + 1,)
        First row of each grain, and the number of rows.
    """
    owners = np.concatenate(
        [np.column_stack([g.i, g.j]).ravel() for g in groups] + [walls.particle]
    )
    # Numbers of 16 bits are sorted by their digits, which is many times as fast.
    order = np.argsort(owners.astype(np.uint16) if n <= 65536 else owners, kind="stable")
    row = np.empty(len(owners), np.int32)
    row[order] = np.arange(len(owners), dtype=np.int32)
    pieces, at = [], 0
    for group in groups:
        both = row[at : at + 2 * len(group.i)].reshape(-1, 2)
        pieces += [both[:, 0], both[:, 1]]
        at += 2 * len(group.i)
    first = np.zeros(n + 1, np.int32)
    first[1:] = np.cumsum(np.bincount(owners, minlength=n))
    return np.concatenate([*pieces, row[at:]]), first


def in_lines(array: Array) -> Array:
    """Return an array whose rows of 64 bytes fill a cache line each, a copy where need be."""
    if array.ctypes.data % 64 == 0:
        return array
    room = np.empty(array.nbytes + 64, np.uint8)
    start = -room.ctypes.data % 64
    out: Array = room[start : start + array.nbytes].view(float)
    out = out.reshape(array.shape)
    out[...] = array
    return out
