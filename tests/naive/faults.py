"""The distance to fault traces by the geodesic to very many points of each."""

from itertools import pairwise

import numpy as np
from pyproj import Geod

GEOD = Geod(ellps="WGS84")


def sampled(line, spacing):
    """Return points of the geodesics between the vertices, shape (n, 2): longitude, latitude."""
    points = []
    for (lon_1, lat_1), (lon_2, lat_2) in pairwise(line):
        azimuth, _, length = GEOD.inv(lon_1, lat_1, lon_2, lat_2)
        n = max(1, int(np.ceil(length / spacing)))
        for k in range(n):
            lon, lat, _ = GEOD.fwd(lon_1, lat_1, azimuth, k * length / n)
            points.append((lon, lat))
    return np.array([*points, tuple(line[-1])])


def nearest_trace(lines, latitude, longitude, spacing):
    """Return the distance (m) of each point to the nearest sample, and the line of that sample."""
    samples = [sampled(line, spacing) for line in lines]
    distances, owners = [], []
    for lat, lon in zip(latitude, longitude, strict=True):
        each = []
        for points in samples:
            n = len(points)
            *_, distance = GEOD.inv(np.full(n, lon), np.full(n, lat), points[:, 0], points[:, 1])
            each.append(min(distance))
        distances.append(min(each))
        owners.append(int(np.argmin(each)))
    return np.array(distances), np.array(owners)
