"""Smooth joint: two particles slide along a plane that is fixed in space.

The plane replaces the local one of the contact, so that a fault has no bumps of the size of
grains. Only translations count; no moment is passed (or, on request, that of the force at
the contact point). Forces are positive in compression; the normal points from `i` to `j`.
"""

import math

from numba import njit

from asperity.dem.engine._kernels.friction import (
    RATE_STATE,
    aged,
    rate_state_coefficient,
    rate_state_rate,
    steady,
)
from asperity.dem.engine._kernels.layout import (
    BONDED,
    BROKEN_SHEAR,
    BROKEN_TENSION,
    EPISODES,
    SLIP_OFF,
    SLIP_ON,
    STEP,
)
from asperity.dem.engine._kernels.loops import nearest, put
from asperity.dem.engine._kernels.vectors import slip_work

# Rows of properties: plane normal (3), area m2, normal and shear stiffness Pa/m, tensile
# strength and cohesion Pa, tangents of the bond's friction angle and of the dilation angle,
# pore pressure Pa, friction parameters (6).
NORMAL, AREA, KN, KS, TENSILE, COHESION, BOND_TANGENT, DILATION, PRESSURE, FRICTION = (
    0, 3, 4, 5, 6, 7, 8, 9, 10, 11,
)  # fmt: skip
# Rows of history: opening m, shear force (3) N, bond state, step of its break, slip vector
# (3) and slip path m, filtered slip rate m/s, friction coefficient, state s, normal force N,
# then of a running episode: 1 while it runs, its first step, slip vector then (3).
OPENING, SHEAR, STATE, BROKE, SLIP, PATH, RATE, MU, THETA, FORCE, RUNS, BEGAN, SLIP_THEN = (
    0, 1, 4, 5, 6, 9, 10, 11, 12, 13, 14, 15, 16,
)  # fmt: skip
SMOOTH_JOINT = (17, 19)


@njit(error_model="numpy", cache=True)
def smooth_joints(rows, contacts, joint_friction, forces, accumulate, start, stop, cell, dt, step):
    """Add the smooth joints of a part; `joint_friction` = (law, filter time s, torque 0|1)."""
    p, h, audit = contacts.properties, contacts.history, contacts.audit
    audited = audit.shape[1] > 0
    kind = int(joint_friction[0])
    filtering = min(1.0, dt / joint_friction[1])
    torque = joint_friction[2]
    for c in range(start, stop):
        a = contacts.i[c]
        b = contacts.j[c]
        nx, ny, nz = p[0, c], p[1, c], p[2, c]
        area = p[AREA, c]
        kn = p[KN, c] * area
        ks = p[KS, c] * area
        vx = rows[b, 4] - rows[a, 4]
        vy = rows[b, 5] - rows[a, 5]
        vz = rows[b, 6] - rows[a, 6]
        vn = vx * nx + vy * ny + vz * nz
        opening = h[OPENING, c] + dt * vn
        before = (h[1, c], h[2, c], h[3, c])
        fx = h[1, c] - ks * dt * (vx - vn * nx)
        fy = h[2, c] - ks * dt * (vy - vn * ny)
        fz = h[3, c] - ks * dt * (vz - vn * nz)
        size = math.sqrt(fx * fx + fy * fy + fz * fz)
        normal = -kn * opening
        slid = 0.0
        released = 0.0
        slip = 0.0
        if h[STATE, c] == BONDED:
            tears = normal <= -p[TENSILE, c] * area
            strength = p[COHESION, c] * area + normal * p[BOND_TANGENT, c]
            if tears or size >= strength:
                h[STATE, c] = BROKEN_TENSION if tears else BROKEN_SHEAR
                h[BROKE, c] = step
                released = 0.5 * size * size / ks
                if opening > 0.0:
                    released += 0.5 * normal * normal / kn
                limit = steady(kind, 0.0, 0.0, h[MU, c], 0.0, p[FRICTION:, c]) * max(normal, 0.0)
                if kind == RATE_STATE:
                    limit = p[FRICTION, c] * max(normal, 0.0)
                keep = min(1.0, limit / size) if size > 0.0 else 0.0
                fx *= keep
                fy *= keep
                fz *= keep
                released -= 0.5 * (keep * size) ** 2 / ks
                size *= keep
        if h[STATE, c] != BONDED:
            trial = (fx, fy, fz)
            normal = max(normal, 0.0)
            if normal == 0.0:
                fx = fy = fz = 0.0
                size = 0.0
            if kind == RATE_STATE:
                rate = 0.0
                if dt > 0.0:
                    rate = rate_state_rate(size, ks * dt, normal, h[THETA, c], p[FRICTION:, c])
                if dt > 0.0 and normal > 0.0:
                    h[MU, c] = rate_state_coefficient(rate, h[THETA, c], p[FRICTION:, c])
                h[THETA, c] = aged(h[THETA, c], rate, dt, p[FRICTION + 4, c])
                slip = rate * dt
                limit = max(size - ks * slip, 0.0)
            else:
                limit = h[MU, c] * normal
                slip = max(size - limit, 0.0) / ks
                limit = min(limit, size)
            if slip > 0.0 and size > 0.0:
                keep = limit / size
                h[SLIP, c] -= slip * fx / size
                h[SLIP + 1, c] -= slip * fy / size
                h[SLIP + 2, c] -= slip * fz / size
                fx *= keep
                fy *= keep
                fz *= keep
                h[PATH, c] += slip
                # What dilation lifts, against the mean of the normal forces around it.
                lifted = slip * p[DILATION, c]
                slid -= (normal + 0.5 * kn * lifted) * lifted
                opening -= lifted
                size = limit
            slid += slip_work(before, trial, (fx, fy, fz), ks)
            if dt > 0.0:
                h[RATE, c] += (slip / dt - h[RATE, c]) * filtering
            if kind != RATE_STATE:
                h[MU, c] = steady(kind, h[PATH, c], h[RATE, c], h[MU, c], dt, p[FRICTION:, c])
            normal = max(-kn * opening, 0.0)
        h[OPENING, c] = opening
        h[SHEAR, c] = fx
        h[SHEAR + 1, c] = fy
        h[SHEAR + 2, c] = fz
        h[FORCE, c] = normal
        if audited:
            audit[0, c] = 0.5 * (normal * normal / kn + size * size / ks)
            audit[1, c] += slid
            audit[3, c] += released
            # What the fluid does: an opening under pressure takes no strain energy.
            audit[2, c] -= p[PRESSURE, c] * area * dt * vn
        push = normal + p[PRESSURE, c] * area
        fx += push * nx
        fy += push * ny
        fz += push * nz
        tx = ty = tz = 0.0
        ux = uy = uz = 0.0
        if torque > 0.0:
            dx = nearest(rows[b, 0] - rows[a, 0], cell[0])
            dy = nearest(rows[b, 1] - rows[a, 1], cell[1])
            dz = nearest(rows[b, 2] - rows[a, 2], cell[2])
            share = rows[a, 3] / (rows[a, 3] + rows[b, 3])
            qx = dy * fz - dz * fy
            qy = dz * fx - dx * fz
            qz = dx * fy - dy * fx
            tx, ty, tz = -share * qx, -share * qy, -share * qz
            ux, uy, uz = (share - 1.0) * qx, (share - 1.0) * qy, (share - 1.0) * qz
        s = contacts.slot_i[c]
        t = contacts.slot_j[c]
        put(forces, s, accumulate, -fx, -fy, -fz, tx, ty, tz)
        put(forces, t, accumulate, fx, fy, fz, ux, uy, uz)


@njit(error_model="numpy", cache=True)
def watch_episodes(contacts, rows, episodes, counts, settings):
    """Begin and end slip episodes of unbonded joints; returns whether there is room for more.

    An episode begins when the filtered slip rate passes ``settings[SLIP_ON]`` and ends when it
    falls below ``settings[SLIP_OFF]`` (m/s). Each ended one is a row of `episodes`: first and last
    step, joint, place (3), normal (3), slip vector (3) m, area m2, normal and shear force N.
    """
    on, off = settings[SLIP_ON], settings[SLIP_OFF]
    p, h = contacts.properties, contacts.history
    step = counts[STEP]
    n = counts[EPISODES]
    for c in range(contacts.i.shape[0]):
        if h[RUNS, c] == 0.0:
            if h[RATE, c] > on:
                h[RUNS, c] = 1.0
                h[BEGAN, c] = step
                for k in range(3):
                    h[SLIP_THEN + k, c] = h[SLIP + k, c]
        elif h[RATE, c] < off and n < episodes.shape[0]:
            h[RUNS, c] = 0.0
            a, b = contacts.i[c], contacts.j[c]
            episodes[n, 0] = h[BEGAN, c]
            episodes[n, 1] = step
            episodes[n, 2] = c
            for k in range(3):
                episodes[n, 3 + k] = 0.5 * (rows[a, k] + rows[b, k])
                episodes[n, 6 + k] = p[k, c]
                episodes[n, 9 + k] = h[SLIP + k, c] - h[SLIP_THEN + k, c]
            episodes[n, 12] = p[AREA, c]
            episodes[n, 13] = h[FORCE, c]
            episodes[n, 14] = math.sqrt(h[1, c] ** 2 + h[2, c] ** 2 + h[3, c] ** 2)
            n += 1
    counts[EPISODES] = n
    return n + contacts.i.shape[0] <= episodes.shape[0]
