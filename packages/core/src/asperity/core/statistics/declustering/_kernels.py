"""Kernels of the declustering methods.

The nearest-neighbour search runs on a tree that is split in space and in time;
each node knows its box, its span of times and its largest magnitude, from which
a lower bound of the proximity of everything in it follows. Proximities are
handled as logarithms.
"""

import math

import numba
import numpy as np

LEAF = 12
RECENT = 8


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def split_tree(keys):
    """Split rows of `keys` (n, 4) at medians of the widest column down to leaves.

    Returns the order of the rows, and of each node its first and last row in that
    order and its first child (-1 for a leaf); the second child follows the first.
    """
    n = keys.shape[0]
    order = np.arange(n)
    capacity = 4 * (n // LEAF + 1)
    start, stop = np.zeros(capacity, np.int64), np.zeros(capacity, np.int64)
    child = np.full(capacity, -1, np.int64)
    stop[0] = n
    count, node = 1, 0
    while node < count:
        a, b = start[node], stop[node]
        if b - a > LEAF:
            widest, extent = 0, -1.0
            for axis in range(keys.shape[1]):
                low, high = math.inf, -math.inf
                for k in range(a, b):
                    low = min(low, keys[order[k], axis])
                    high = max(high, keys[order[k], axis])
                if high - low > extent:
                    widest, extent = axis, high - low
            part = order[a:b].copy()
            ranks = np.argsort(keys[part, widest])
            for k in range(b - a):
                order[a + k] = part[ranks[k]]
            middle = (a + b) // 2
            child[node] = count
            start[count], stop[count] = a, middle
            start[count + 1], stop[count + 1] = middle, b
            count += 2
        node += 1
    return order, start[:count], stop[:count], child[:count]


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def node_bounds(points, times, weights, order, start, stop, child):
    """Return box (low, high), first and last time, and largest weight of each node."""
    n_nodes = start.size
    box = np.empty((n_nodes, 2, 3))
    span = np.empty((n_nodes, 2))
    top = np.full(n_nodes, -math.inf)
    box[:, 0], box[:, 1] = math.inf, -math.inf
    span[:, 0], span[:, 1] = math.inf, -math.inf
    for node in range(n_nodes - 1, -1, -1):
        if child[node] < 0:
            for k in range(start[node], stop[node]):
                i = order[k]
                for axis in range(3):
                    box[node, 0, axis] = min(box[node, 0, axis], points[i, axis])
                    box[node, 1, axis] = max(box[node, 1, axis], points[i, axis])
                span[node, 0] = min(span[node, 0], times[i])
                span[node, 1] = max(span[node, 1], times[i])
                top[node] = max(top[node], weights[i])
        else:
            for branch in (child[node], child[node] + 1):
                for axis in range(3):
                    box[node, 0, axis] = min(box[node, 0, axis], box[branch, 0, axis])
                    box[node, 1, axis] = max(box[node, 1, axis], box[branch, 1, axis])
                span[node, 0] = min(span[node, 0], span[branch, 0])
                span[node, 1] = max(span[node, 1], span[branch, 1])
                top[node] = max(top[node], top[branch])
    return box, span, top


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def separation(points, i, j, radius):
    """Return the distance of two points, along the great circle when there is a radius."""
    dx = points[i, 0] - points[j, 0]
    dy = points[i, 1] - points[j, 1]
    dz = points[i, 2] - points[j, 2]
    chord = math.sqrt(dx * dx + dy * dy + dz * dz)
    if radius > 0.0:
        return 2.0 * radius * math.asin(min(1.0, chord / (2.0 * radius)))
    return chord


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def log_proximity(points, times, weights, i, j, dimension, floor, radius):
    """Return ln of the proximity of j to an earlier event i."""
    distance = max(separation(points, i, j, radius), floor)
    return math.log(times[j] - times[i]) + dimension * math.log(distance) - weights[i]


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def log_bound(points, times, j, box, span, top, node, shortest, dimension, floor):
    """Return a lower bound of ln of the proximity of j to all events of a node."""
    squared = 0.0
    for axis in range(3):
        x = points[j, axis]
        gap = max(box[node, 0, axis] - x, x - box[node, 1, axis], 0.0)
        squared += gap * gap
    # The chord is never longer than the arc.
    distance = max(math.sqrt(squared), floor)
    elapsed = max(times[j] - span[node, 1], shortest)
    return math.log(elapsed) + dimension * math.log(distance) - top[node] - 1e-12


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def nearest_parents(
    points, times, weights, dimension, floor, radius, order, start, stop, child, box, span, top
):
    """Return for each event the earlier one of least proximity, -1 if none, and its ln."""
    n = times.size
    parent = np.full(n, -1, np.int64)
    proximity = np.full(n, math.inf)
    stack = np.empty(128, np.int64)
    bounds = np.empty(128)
    earlier = 0  # events before `earlier` are strictly earlier than event j
    for j in range(n):
        while earlier < j and times[earlier] < times[j]:
            earlier += 1
        if earlier == 0:
            continue
        best, who = math.inf, -1
        for i in range(max(0, earlier - RECENT), earlier):
            value = log_proximity(points, times, weights, i, j, dimension, floor, radius)
            if value < best:
                best, who = value, i
        shortest = times[j] - times[earlier - 1]
        depth = 1
        stack[0], bounds[0] = 0, -math.inf
        while depth > 0:
            depth -= 1
            node = stack[depth]
            if bounds[depth] > best:
                continue
            if child[node] < 0:
                for k in range(start[node], stop[node]):
                    i = order[k]
                    if i < earlier:
                        value = log_proximity(
                            points, times, weights, i, j, dimension, floor, radius
                        )
                        if value < best or (value == best and i < who):
                            best, who = value, i
                continue
            first, second = child[node], child[node] + 1
            a = b = math.inf
            if span[first, 0] < times[j]:
                a = log_bound(points, times, j, box, span, top, first, shortest, dimension, floor)
            if span[second, 0] < times[j]:
                b = log_bound(points, times, j, box, span, top, second, shortest, dimension, floor)
            if a < b:
                first, second, a, b = second, first, b, a
            # The better branch comes to the top of the stack.
            if a <= best:
                stack[depth], bounds[depth] = first, a
                depth += 1
            if b <= best:
                stack[depth], bounds[depth] = second, b
                depth += 1
        parent[j], proximity[j] = who, best
    return parent, proximity


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def families(parent):
    """Return the number of each event's family, families in order of their first event."""
    cluster = np.empty(parent.size, np.int64)
    count = 0
    for j in range(parent.size):
        if parent[j] < 0:
            cluster[j] = count
            count += 1
        else:
            cluster[j] = cluster[parent[j]]
    return cluster


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def window_clusters(points, times, by_size, reach, after, before, radius):
    """Give each event, the largest first, the free ones within its windows.

    Returns for each event the mainshock whose windows hold it, itself for a mainshock.
    """
    n = times.size
    leader = np.full(n, -1, np.int64)
    for main in by_size:
        if leader[main] >= 0:
            continue
        leader[main] = main
        j = np.searchsorted(times, times[main] - before[main])
        end = times[main] + after[main]
        while j < n and times[j] <= end:
            if leader[j] < 0 and separation(points, main, j, radius) <= reach[main]:
                leader[j] = main
            j += 1
    return leader


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def find_root(link, i):
    """Return the root of an event's cluster, shortening the way to it."""
    while link[i] != i:
        link[i] = link[link[i]]
        i = link[i]
    return i


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def reasenberg_clusters(
    points, times, magnitudes, zone, main_zone, tau_min, tau_max, log_missed, xk, xmeff, radius
):
    """Link events by Reasenberg's (1985) interaction zones; return the root of each.

    `zone` reaches from the latest event, `main_zone` from the largest of its cluster;
    `log_missed` is -ln(1 - p1).
    """
    n = times.size
    link = np.arange(n)
    # The largest event of a cluster among those already passed; -1 outside clusters.
    largest = np.full(n, -1, np.int64)
    for i in range(n):
        root = find_root(link, i)
        main = largest[root]
        tau = tau_min
        if main >= 0:
            if magnitudes[i] > magnitudes[main]:
                largest[root] = main = i
            else:
                excess = max((1.0 - xk) * magnitudes[main] - xmeff, 0.0)
                wait = log_missed * (times[i] - times[main])
                tau = wait / 10.0 ** (2.0 * (excess - 1.0) / 3.0)
                tau = min(max(tau, tau_min), tau_max)
        j = i + 1
        while j < n and times[j] - times[i] <= tau:
            near = separation(points, i, j, radius) <= zone[i]
            if not near and main >= 0 and main != i:
                near = separation(points, main, j, radius) <= main_zone[main]
            if near:
                a, b = find_root(link, i), find_root(link, j)
                if a != b:
                    # What was no cluster yet has event i as the first it knows.
                    first = largest[a] if largest[a] >= 0 else i
                    other = largest[b]
                    if other >= 0 and magnitudes[other] > magnitudes[first]:
                        first = other
                    link[b] = a
                    largest[a] = first
            j += 1
    roots = np.empty(n, np.int64)
    for i in range(n):
        roots[i] = find_root(link, i)
    return roots
