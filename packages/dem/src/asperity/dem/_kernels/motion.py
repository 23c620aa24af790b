"""Newton's law: forces summed for each particle, then the step of the leapfrog."""

import numpy as np
from numba import njit

from asperity.dem._kernels.layout import DAMPING, FACTOR, GRAVITY, TIME_STEP
from asperity.dem._kernels.loops import FLAGS
from asperity.dem._kernels.tuples import inlined


@inlined
def damped(force, velocity, damping):
    """Return a force with local damping: less along the motion, more against it."""
    if velocity > 0.0:
        return force - damping * abs(force)
    if velocity < 0.0:
        return force + damping * abs(force)
    return force


@njit(fastmath=FLAGS, error_model="numpy", cache=True)
def move(rows, spins, applied, lost, forces, first, settings, start, stop, kick, drift, account):
    """Sum the forces on particles and move them; returns the largest squared speed.

    It is infinite when a speed is not a number.

    Velocities stand at half steps: ``v(t + dt/2) = v(t - dt/2) + kick F/m``, then
    ``x(t + dt) = x(t) + drift v(t + dt/2)``.

    Parameters
    ----------
    forces : array, shape (1, slots, 6) or (threads, n, 6)
        Force and torque; rows of the particle's slots (gather), or a row in each thread's
        array (private), which is zeroed for the next step.
    first : array, shape (n + 1,) or (0,)
        First slot of each particle in gather mode, empty in private mode.
    lost : array, shape (n, 3) or (0, 3)
        Work of local damping, work of applied forces and gravity (J, summed up), and the
        kinetic energy at the full step (J, where `account` is true).
    """
    gather = first.shape[0] > 0
    ledger = lost.shape[0] > 0
    loaded = applied.shape[0] > 0
    damping, factor = settings[DAMPING], settings[FACTOR]
    gx, gy, gz = settings[GRAVITY], settings[GRAVITY + 1], settings[GRAVITY + 2]
    fastest = 0.0
    finite = True
    for a in range(start, stop):
        fx = fy = fz = tx = ty = tz = 0.0
        if gather:
            for s in range(first[a], first[a + 1]):
                fx += forces[0, s, 0]
                fy += forces[0, s, 1]
                fz += forces[0, s, 2]
                tx += forces[0, s, 3]
                ty += forces[0, s, 4]
                tz += forces[0, s, 5]
        else:
            for t in range(forces.shape[0]):
                fx += forces[t, a, 0]
                fy += forces[t, a, 1]
                fz += forces[t, a, 2]
                tx += forces[t, a, 3]
                ty += forces[t, a, 4]
                tz += forces[t, a, 5]
                for k in range(6):
                    forces[t, a, k] = 0.0
        mass = rows[a, 7]
        inertia = spins[a, 3]
        ax = mass * gx
        ay = mass * gy
        az = mass * gz
        if loaded:
            ax += factor * applied[a, 0]
            ay += factor * applied[a, 1]
            az += factor * applied[a, 2]
        fx += ax
        fy += ay
        fz += az
        ux, uy, uz = rows[a, 4], rows[a, 5], rows[a, 6]
        px, py, pz = spins[a, 0], spins[a, 1], spins[a, 2]
        if damping > 0.0:
            dfx, dfy, dfz = fx, fy, fz
            dtx, dty, dtz = tx, ty, tz
            fx = damped(fx, ux, damping)
            fy = damped(fy, uy, damping)
            fz = damped(fz, uz, damping)
            tx = damped(tx, px, damping)
            ty = damped(ty, py, damping)
            tz = damped(tz, pz, damping)
        else:
            dfx = dfy = dfz = dtx = dty = dtz = 0.0
        per_mass = kick / mass
        per_inertia = kick / inertia
        vx = ux + per_mass * fx
        vy = uy + per_mass * fy
        vz = uz + per_mass * fz
        wx = px + per_inertia * tx
        wy = py + per_inertia * ty
        wz = pz + per_inertia * tz
        if ledger:
            if damping > 0.0:
                lost[a, 0] += 0.5 * kick * (
                    (dfx - fx) * (ux + vx) + (dfy - fy) * (uy + vy) + (dfz - fz) * (uz + vz)
                    + (dtx - tx) * (px + wx) + (dty - ty) * (py + wy) + (dtz - tz) * (pz + wz)
                )  # fmt: skip
            lost[a, 1] += drift * (ax * vx + ay * vy + az * vz)
            if account:
                lost[a, 2] = 0.125 * (
                    mass * ((ux + vx) ** 2 + (uy + vy) ** 2 + (uz + vz) ** 2)
                    + inertia * ((px + wx) ** 2 + (py + wy) ** 2 + (pz + wz) ** 2)
                )
        rows[a, 4] = vx
        rows[a, 5] = vy
        rows[a, 6] = vz
        spins[a, 0] = wx
        spins[a, 1] = wy
        spins[a, 2] = wz
        rows[a, 0] += drift * vx
        rows[a, 1] += drift * vy
        rows[a, 2] += drift * vz
        square = vx * vx + vy * vy + vz * vz
        finite = finite and square < 1e300
        fastest = max(fastest, square)
    return fastest if finite else np.inf


@njit(error_model="numpy", cache=True)
def kinetic_energies(rows, spins, applied, forces, first, settings):
    """Return the translational and the rotational energy at the full step, J.

    `forces` are those of the present positions; nothing is changed.
    """
    half = 0.5 * settings[TIME_STEP]
    translational = rotational = 0.0
    total = np.zeros(6)
    for a in range(rows.shape[0]):
        total[:] = 0.0
        if first.shape[0] > 0:
            for s in range(first[a], first[a + 1]):
                for k in range(6):
                    total[k] += forces[0, s, k]
        else:
            for t in range(forces.shape[0]):
                for k in range(6):
                    total[k] += forces[t, a, k]
        for k in range(3):
            force = total[k] + rows[a, 7] * settings[GRAVITY + k]
            if applied.shape[0] > 0:
                force += settings[FACTOR] * applied[a, k]
            force = damped(force, rows[a, 4 + k], settings[DAMPING])
            torque = damped(total[3 + k], spins[a, k], settings[DAMPING])
            translational += 0.5 * rows[a, 7] * (rows[a, 4 + k] + half * force / rows[a, 7]) ** 2
            rotational += 0.5 * spins[a, 3] * (spins[a, k] + half * torque / spins[a, 3]) ** 2
    return translational, rotational
