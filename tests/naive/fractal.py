"""Slow, obvious versions of the fractal dimensions' parts."""

import itertools
import math


def correlation_integral(points, radii):
    """Look at every pair."""
    pairs = [math.dist(p, q) for p, q in itertools.combinations(points, 2)]
    return [sum(d <= r for d in pairs) / len(pairs) for r in radii]


def border_correlation(points, radii, depth):
    """Count around every point that lies at least r inside, for each r."""
    n = len(points)
    out = []
    for r in radii:
        centres = [i for i in range(n) if depth[i] >= r]
        found = sum(
            math.dist(points[i], points[j]) <= r for i in centres for j in range(n) if j != i
        )
        out.append(found / len(centres) / (n - 1) if centres else 0.0)
    return out


def boxes(points, levels):
    """Count the boxes that hold a point, for halving sides."""
    low = [min(axis) for axis in zip(*points, strict=True)]
    extent = max(max(axis) - min(axis) for axis in zip(*points, strict=True))
    counts = []
    for k in range(1, levels + 1):
        taken = {
            tuple(min(int((c - a) / extent * 2**k), 2**k - 1) for c, a in zip(p, low, strict=True))
            for p in points
        }
        counts.append(len(taken))
    return counts
