"""Cracks that fall inside the source of an active event, gathered in the order of time."""

import math

import numpy as np
from numba import njit


@njit(error_model="numpy", cache=True)
def root_of(parents, e):
    """Return the first crack of the event that a crack belongs to."""
    while parents[e] != e:
        parents[e] = parents[parents[e]]
        e = parents[e]
    return e


@njit(error_model="numpy", cache=True)
def source_areas(begin, end, places, reach, margin, speed, most, parents):
    """Write for each crack the first crack of its event into `parents`.

    Cracks come in the order of `begin`. One belongs to an event if it begins before the event
    ends, and nearer than `reach` to one of its cracks; one that belongs to two makes them one. An
    event ends a crossing time after the end of its last crack: the diagonal of the box that
    holds its cracks, and `margin`, over `speed`, at most `most`.
    """
    n = begin.shape[0]
    low, high = places.copy(), places.copy()
    until = np.empty(n)
    first = 0
    for e in range(n):
        parents[e] = e
        until[e] = end[e]
        # Events that have ended stay so, for those to come begin later.
        while first < e and until[root_of(parents, first)] < begin[e]:
            first += 1
        for p in range(first, e):
            root, own = root_of(parents, p), root_of(parents, e)
            if root == own or until[root] < begin[e]:
                continue
            square = 0.0
            for k in range(3):
                square += (places[p, k] - places[e, k]) ** 2
            if square >= reach * reach:
                continue
            older, younger = min(root, own), max(root, own)
            parents[younger] = older
            until[older] = max(until[older], until[younger])
            for k in range(3):
                low[older, k] = min(low[older, k], low[younger, k])
                high[older, k] = max(high[older, k], high[younger, k])
        own = root_of(parents, e)
        square = 0.0
        for k in range(3):
            square += (high[own, k] - low[own, k]) ** 2
        lasting = min((math.sqrt(square) + margin) / speed, most)
        until[own] = max(until[own], end[e] + lasting)
    for e in range(n):
        parents[e] = root_of(parents, e)
