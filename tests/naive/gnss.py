"""Slow, obvious versions of what asperity.gnss does fast."""

import math
import statistics


def _vector(longitude, latitude):
    x, y = math.radians(longitude), math.radians(latitude)
    return (math.cos(y) * math.cos(x), math.cos(y) * math.sin(x), math.sin(y))


def naive_outliers(network, factor, neighbours):
    """Compare each velocity with the median of its nearest stations, one pair at a time."""
    n = len(network)
    at = [_vector(*p) for p in zip(network.longitude, network.latitude, strict=True)]
    departures = []
    for i in range(n):
        others = sorted((j for j in range(n) if j != i), key=lambda j: math.dist(at[i], at[j]))
        near = others[:neighbours]
        departures.append(
            [
                column[i] - statistics.median(column[j] for j in near)
                for column in (network.east, network.north)
            ]
        )
    scale = [1.4826 * statistics.median(abs(d[c]) for d in departures) for c in (0, 1)]
    return [any(abs(d[c]) > factor * scale[c] for c in (0, 1)) for d in departures]
