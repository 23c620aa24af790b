"""Strain by local least squares as its papers write it, station by station."""

import math

import numpy as np

RADIUS = 6371.0


def savage_columns(longitude, latitude, node):
    """Two rows (east, north) by Savage et al. (2001), first order in the distance.

    Parameters: w_theta, w_phi, w_r (1e-6 rad/yr), e_phiphi, e_thetatheta, e_thetaphi.
    """
    theta = math.radians(90.0 - node[1])
    dlam, dth = math.radians(longitude - node[0]), math.radians(node[1] - latitude)
    east = [-1.0, -math.cos(theta) * dlam, dth, math.sin(theta) * dlam, 0.0, dth]
    south = [
        -math.cos(theta) * dlam, 1.0, -math.sin(theta) * dlam, 0.0, dth, math.sin(theta) * dlam,
    ]  # fmt: skip
    return RADIUS * np.array([east, [-x for x in south]])


def savage(places, velocities, covariances, node):
    """Return ee, nn, en (nanostrain/yr) and their covariance at a node."""
    normal, right = np.zeros((6, 6)), np.zeros(6)
    for place, velocity, covariance in zip(places, velocities, covariances, strict=True):
        rows = savage_columns(*place, node)
        weight = np.linalg.inv(covariance)
        normal += rows.T @ weight @ rows
        right += rows.T @ weight @ velocity
    spread = np.linalg.inv(normal)
    turn = np.zeros((3, 6))
    # Colatitude runs south: e_lambda_phi(latitude) = -e_theta_phi.
    turn[0, 3], turn[1, 4], turn[2, 5] = 1e3, 1e3, -1e3
    return turn @ spread @ right, turn @ spread @ turn.T


def orthographic(longitude, latitude, centre):
    """Return x and y in the plane of a network, km, as VISR projects its stations."""
    lon0, lat0 = map(math.radians, centre)
    lon, lat = math.radians(longitude), math.radians(latitude)
    flattening = 1.0 / 298.2572
    square = flattening * (2.0 - flattening)
    radius = 6378.137 * math.sqrt(1.0 - square) / (1.0 - square * math.sin(lat0) ** 2)
    x = math.cos(lat) * math.sin(lon - lon0)
    y = math.sin(lat) * math.cos(lat0) - math.cos(lat) * math.cos(lon - lon0) * math.sin(lat0)
    return radius * x, radius * y


def shen_weights(distances, azimuths, areas, *, distance, area, threshold, largest=500):
    """Try every whole smoothing distance; return it and the weights, as Shen et al. (2015)."""
    cutoff = 2.15 if distance == "gaussian" else 10.0
    for smoothing in range(1, largest):
        chosen = [i for i, d in enumerate(distances) if d <= cutoff * smoothing]
        if len(chosen) < 3:
            continue
        weights = dict.fromkeys(range(len(distances)), 0.0)
        for i in chosen:
            ratio = distances[i] / smoothing
            near = math.exp(-(ratio**2)) if distance == "gaussian" else 1.0 / (1.0 + ratio**2)
            if area == "voronoi":
                share = areas[i] / (sum(areas[j] for j in chosen) / len(chosen))
            else:
                off = [(azimuths[j] - azimuths[i]) % 360.0 for j in chosen if j != i]
                off = [x for x in off if x > 0.0]
                sector = 0.5 * (min(min(off), 180.0) + min(360.0 - max(off), 180.0))
                share = (sector + 0.25 * 360.0 / len(chosen)) * len(chosen) / (1.25 * 360.0)
            weights[i] = near * share
        around = sorted(azimuths[i] % 360.0 for i in chosen)
        gaps = [b - a for a, b in zip(around, [*around[1:], around[0] + 360.0], strict=True)]
        if max(gaps) >= 180.0:
            continue
        if 2.0 * sum(weights.values()) >= threshold:
            return smoothing, [weights[i] for i in range(len(distances))]
    return None, None
