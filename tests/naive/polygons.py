"""Polygons the slow way: rays through edges, and distances to very many points of an outline."""

import numpy as np
from pyproj import Geod


def even_odd(ring, points):
    """Return which points lie inside, counting the edges that a ray to the east crosses."""
    inside = []
    for x, y in points:
        crossings = 0
        for (x1, y1), (x2, y2) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
            if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
                crossings += 1
        inside.append(crossings % 2 == 1)
    return np.array(inside)


def densified(ring, spacing):
    """Return the closed outline with points every `spacing` degrees."""
    pieces = []
    for start, end in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        n = int(np.ceil(np.abs(end - start).max() / spacing))
        pieces.append(start + (end - start) * np.linspace(0, 1, n, endpoint=False)[:, None])
    return np.concatenate(pieces)


def nearest_sample(samples, points):
    """Return the geodesic distance of each point to the nearest sample, m."""
    geod = Geod(ellps="WGS84")
    out = []
    for x, y in points:
        n = len(samples)
        *_, distance = geod.inv(np.full(n, x), np.full(n, y), samples[:, 0], samples[:, 1])
        out.append(np.min(distance))
    return np.array(out)
