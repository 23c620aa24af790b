"""Slow, obvious versions of the declustering methods."""

import math

import numpy as np

YEAR = 365.25 * 86_400.0


def great_circle(lat1, lon1, lat2, lon2, radius=6_371_000.0):
    """Return the haversine distance, m."""
    a, b, c, d = (math.radians(v) for v in (lat1, lon1, lat2, lon2))
    h = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * radius * math.asin(math.sqrt(min(1.0, h)))


def straight(p, q):
    return math.dist(p, q)


def nearest_neighbours(times, distance, magnitudes, b, dimension, floor):
    """Try every earlier event; `distance(i, j)` gives metres."""
    n = len(times)
    nearest, eta = [-1] * n, [math.nan] * n
    for j in range(n):
        for i in range(n):
            if times[i] < times[j]:
                r = max(distance(i, j), floor) / 1000.0
                value = (times[j] - times[i]) / YEAR * r**dimension * 10 ** (-b * magnitudes[i])
                if nearest[j] < 0 or value < eta[j]:
                    nearest[j], eta[j] = i, value
    return nearest, eta


def families(parent):
    """Follow each event to its first ancestor."""
    roots = []
    for j in range(len(parent)):
        i = j
        while parent[i] >= 0:
            i = parent[i]
        roots.append(i)
    return roots


def windows(times, distance, magnitudes, reach, duration, foreshock_fraction):
    """Return the mainshock of each event by the obvious loop."""
    n = len(times)
    leader = [None] * n
    for main in sorted(range(n), key=lambda i: (-magnitudes[i], i)):
        if leader[main] is not None:
            continue
        leader[main] = main
        for j in range(n):
            elapsed = times[j] - times[main]
            inside = -foreshock_fraction * duration[main] <= elapsed <= duration[main]
            if leader[j] is None and inside and distance(main, j) <= reach[main]:
                leader[j] = main
    return leader


def reasenberg(times, distance, magnitudes, rfact, tau_min, tau_max, p1, xk, xmeff, longest):
    """Keep clusters as lists of members; return the number of the cluster of each event."""
    n = len(times)
    clusters = []  # each a dict: members, largest event passed so far

    def cluster_of(i):
        return next((c for c in clusters if i in c["members"]), None)

    for i in range(n):
        own = cluster_of(i)
        tau, main = tau_min, None
        if own is not None:
            if magnitudes[i] > magnitudes[own["largest"]]:
                own["largest"] = i
            main = own["largest"]
            if main != i:
                excess = max((1 - xk) * magnitudes[main] - xmeff, 0.0)
                tau = -math.log(1 - p1) * (times[i] - times[main]) / 10 ** (2 * (excess - 1) / 3)
                tau = min(max(tau, tau_min), tau_max)
        for j in range(i + 1, n):
            if times[j] - times[i] > tau:
                continue
            radius = 11.0 * 10 ** (0.4 * magnitudes[i])
            near = distance(i, j) <= min(rfact * radius, longest)
            if main is not None and main != i:
                radius = 11.0 * 10 ** (0.4 * magnitudes[main])
                near = near or distance(main, j) <= min(radius, longest)
            if not near:
                continue
            a, b = cluster_of(i), cluster_of(j)
            if a is None:
                a = {"members": {i}, "largest": i}
                clusters.append(a)
            if b is a:
                continue
            if b is None:
                a["members"].add(j)
                continue
            a["members"] |= b["members"]
            if magnitudes[b["largest"]] > magnitudes[a["largest"]]:
                a["largest"] = b["largest"]
            clusters.remove(b)
    labels = list(range(n))
    for c in clusters:
        for member in c["members"]:
            labels[member] = min(c["members"])
    return labels


def same_partition(a, b):
    """Are two labellings the same division into clusters?"""
    pairs = set(zip(np.asarray(a).tolist(), np.asarray(b).tolist(), strict=True))
    return len(pairs) == len({p[0] for p in pairs}) == len({p[1] for p in pairs})
