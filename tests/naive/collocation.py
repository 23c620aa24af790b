"""Collocation as the textbook writes it: explicit inverses, pair by pair."""

import math

import numpy as np

RADIUS = 6371.0


def unit_vectors(longitude, latitude):
    lon, lat = math.radians(longitude), math.radians(latitude)
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    north = np.array(
        [-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat)]
    )
    up = np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
    return east, north, up


def projected(value, a, b):
    """Covariance (2, 2) of the velocities at places a and b, value(d) of the chord."""
    ea, na, ua = unit_vectors(*a)
    eb, nb, ub = unit_vectors(*b)
    c = value(RADIUS * np.linalg.norm(ua - ub))
    return c * np.array([[ea @ eb, ea @ nb], [na @ eb, na @ nb]])


def design(places, rotation=True):
    rows = []
    for place in places:
        east, north, up = unit_vectors(*place)
        for tangent in (east, north):
            # v = omega x r
            rows.append([np.cross(axis, RADIUS * up) @ tangent for axis in np.eye(3)])
    return np.array(rows) if rotation else np.zeros((2 * len(places), 0))


def blocks(value, places, others):
    return np.block([[projected(value, a, b) for b in others] for a in places])


def collocate(value, places, velocities, covariances, extra, nodes, rotation=True):
    """Velocity (m, 2) and its covariance (m, 2, 2) at nodes; interleaved east, north."""
    n = len(places)
    ky = blocks(value, places, places)
    for i in range(n):
        ky[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] += covariances[i] + extra**2 * np.eye(2)
    inverse = np.linalg.inv(ky)
    a, d = design(places, rotation), np.asarray(velocities).reshape(-1)
    spread = np.linalg.inv(a.T @ inverse @ a) if rotation else np.zeros((0, 0))
    b = spread @ a.T @ inverse @ d
    means, covs = [], []
    for node in nodes:
        q = blocks(value, places, [node])
        t = design([node], rotation)
        u = t.T - a.T @ inverse @ q
        means.append(t @ b + q.T @ inverse @ (d - a @ b))
        covs.append(value(0.0) * np.eye(2) - q.T @ inverse @ q + u.T @ spread @ u)
    return np.array(means), np.array(covs)


def restricted_log_likelihood(value, places, velocities, covariances, extra):
    """By the orthonormal basis of what the trend leaves."""
    n = len(places)
    ky = blocks(value, places, places)
    for i in range(n):
        ky[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] += covariances[i] + extra**2 * np.eye(2)
    a = design(places)
    basis = np.linalg.svd(a)[0][:, a.shape[1] :]
    left, d = basis.T @ ky @ basis, basis.T @ np.asarray(velocities).reshape(-1)
    _, log_determinant = np.linalg.slogdet(left)
    return -0.5 * (log_determinant + d @ np.linalg.solve(left, d) + d.size * math.log(2 * math.pi))


def gradient(velocity, longitude, latitude, step=1e-3):
    """The spherical velocity gradient of Tape et al. (2009) eq. 16 by central differences.

    `velocity(longitude, latitude)` returns (u, v); the result is [[ee, en], [ne, nn]].
    """
    h = math.radians(step)
    cos, tan = math.cos(math.radians(latitude)), math.tan(math.radians(latitude))
    u, v = velocity(longitude, latitude)
    east = np.subtract(velocity(longitude + step, latitude), velocity(longitude - step, latitude))
    north = np.subtract(velocity(longitude, latitude + step), velocity(longitude, latitude - step))
    ue, ve = east / (2 * h * RADIUS * cos)
    un, vn = north / (2 * h * RADIUS)
    return np.array([[ue - v * tan / RADIUS, un], [ve + u * tan / RADIUS, vn]])
