"""The plain loop that the engine is timed against: `linear.hooke`, one contact at a time."""

import math

import numpy as np
from numba import njit


@njit(error_model="numpy", cache=True)
def hooke_steps(rows, spins, elongation, i, j, period, values, dt, steps):
    """Move spheres in a periodic cube by velocity Verlet; changes rows, spins and elongation.

    Parameters
    ----------
    rows : array, shape (n, 8)
        x y z r vx vy vz m, velocities half a step behind after the first call.
    spins : array, shape (n, 4)
        wx wy wz I.
    elongation : array, shape (c, 3)
        Of the tangential springs, m.
    i, j : array, shape (c,)
        All pairs that may touch meanwhile.
    values : tuple of 5 floats
        kn, kt, mu, gamma_n, gamma_t, see `linear.hooke`.
    dt : float
        0 < dt; the first of the steps kicks by half of it where `elongation` is all zero.

    Returns
    -------
    int
        Touching contacts, summed over the steps.
    """
    kn, kt, mu, gamma_n, gamma_t = values
    n = rows.shape[0]
    force = np.zeros((n, 3))
    torque = np.zeros((n, 3))
    d = np.zeros(3)
    v = np.zeros(3)
    f = np.zeros(3)
    touching = 0
    begun = False
    if np.any(elongation != 0.0):
        begun = True
    for _ in range(steps):
        passed = dt if begun else 0.0
        kick = dt if begun else 0.5 * dt
        begun = True
        force[:] = 0.0
        torque[:] = 0.0
        for c in range(i.shape[0]):
            a = i[c]
            b = j[c]
            square = 0.0
            for k in range(3):
                d[k] = rows[b, k] - rows[a, k]
                d[k] -= period * math.floor(d[k] / period + 0.5)
                square += d[k] * d[k]
            reach = rows[a, 3] + rows[b, 3]
            if square >= reach * reach:
                elongation[c] = 0.0
                continue
            touching += 1
            distance = math.sqrt(square)
            d /= distance
            speed = 0.0
            for k in range(3):
                k1, k2 = (k + 1) % 3, (k + 2) % 3
                turn_1 = rows[a, 3] * spins[a, k1] + rows[b, 3] * spins[b, k1]
                turn_2 = rows[a, 3] * spins[a, k2] + rows[b, 3] * spins[b, k2]
                v[k] = rows[b, 4 + k] - rows[a, 4 + k] - (turn_1 * d[k2] - turn_2 * d[k1])
                speed += v[k] * d[k]
            mass = rows[a, 7] * rows[b, 7] / (rows[a, 7] + rows[b, 7])
            normal = kn * (reach - distance) - gamma_n * mass * speed
            out = 0.0
            for k in range(3):
                v[k] -= speed * d[k]
                elongation[c, k] += passed * v[k]
                out += elongation[c, k] * d[k]
            size = 0.0
            for k in range(3):
                elongation[c, k] -= out * d[k]
                f[k] = -(kt * elongation[c, k] + gamma_t * mass * v[k])
                size += f[k] * f[k]
            size = math.sqrt(size)
            limit = mu * abs(normal)
            if size > limit:
                for k in range(3):
                    f[k] *= limit / size
                    elongation[c, k] = -(f[k] + gamma_t * mass * v[k]) / kt
            for k in range(3):
                k1, k2 = (k + 1) % 3, (k + 2) % 3
                total = f[k] + normal * d[k]
                moment = d[k1] * f[k2] - d[k2] * f[k1]
                force[a, k] -= total
                force[b, k] += total
                torque[a, k] -= rows[a, 3] * moment
                torque[b, k] -= rows[b, 3] * moment
        for a in range(n):
            for k in range(3):
                rows[a, 4 + k] += kick * force[a, k] / rows[a, 7]
                spins[a, k] += kick * torque[a, k] / spins[a, 3]
                rows[a, k] += dt * rows[a, 4 + k]
    return touching
