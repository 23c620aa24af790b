"""Newton's law: forces summed for each particle, then the step of the leapfrog."""

import numpy as np
from numba import njit

from asperity.dem.engine._kernels.layout import DAMPING, FACTOR, GRAVITY, LANES, TIME_STEP
from asperity.dem.engine._kernels.loops import FLAGS
from asperity.dem.engine._kernels.tuples import inlined
from asperity.dem.engine._kernels.turning import (
    WIDTH,
    look_eight,
    look_one,
    step_eight,
    step_one,
    take_eight,
    take_one,
)

# Rows of a block: forces and torques, applied forces, velocities, mass, spins, inertia (as
# `look_eight` has them), squared speeds with the largest so far, and what the ledger takes: work
# of damping, work of applied forces, kinetic energy.
FORCE, APPLIED, VELOCITY, MASS, SPIN, INERTIA = 0, 6, 9, 12, 13, 16
SQUARE, FASTEST, LEDGER, ROWS = 17, 18, 19, 22


@inlined
def damped(force, velocity, damping):
    """Return a force with local damping: less along the motion, more against it."""
    along = 1.0 if velocity > 0.0 else (-1.0 if velocity < 0.0 else 0.0)
    return force - along * damping * abs(force)


@inlined
def gathered(block, forces, first, start, count):
    """Fill a block with the sums of the rows that each particle has in the force array."""
    for lane in range(count):
        fx = fy = fz = tx = ty = tz = 0.0
        for s in range(first[start + lane], first[start + lane + 1]):
            fx += forces[0, s, 0]
            fy += forces[0, s, 1]
            fz += forces[0, s, 2]
            tx += forces[0, s, 3]
            ty += forces[0, s, 4]
            tz += forces[0, s, 5]
        block[0, lane] = fx
        block[1, lane] = fy
        block[2, lane] = fz
        block[3, lane] = tx
        block[4, lane] = ty
        block[5, lane] = tz


@inlined
def reduced(block, forces, start, count):
    """Fill a block with the sums over the threads' arrays, which are zeroed for the next step."""
    whole = count - count % WIDTH
    for t in range(forces.shape[0]):
        for lane in range(0, whole, WIDTH):
            take_eight(block, FORCE, lane, forces[t], start + lane, t > 0)
        for lane in range(whole, count):
            take_one(block, FORCE, lane, forces[t], start + lane, t > 0)


@inlined
def kicked(block, lane, damping, gx, gy, gz, kick, drift, ledger):
    """Give a lane its new velocity and spin, and the ledger its numbers if one is kept."""
    mass = block[MASS, lane]
    inertia = block[INERTIA, lane]
    ax = block[APPLIED, lane] + mass * gx
    ay = block[APPLIED + 1, lane] + mass * gy
    az = block[APPLIED + 2, lane] + mass * gz
    dfx = block[0, lane] + ax
    dfy = block[1, lane] + ay
    dfz = block[2, lane] + az
    dtx, dty, dtz = block[3, lane], block[4, lane], block[5, lane]
    ux, uy, uz = block[VELOCITY, lane], block[VELOCITY + 1, lane], block[VELOCITY + 2, lane]
    px, py, pz = block[SPIN, lane], block[SPIN + 1, lane], block[SPIN + 2, lane]
    fx = damped(dfx, ux, damping)
    fy = damped(dfy, uy, damping)
    fz = damped(dfz, uz, damping)
    tx = damped(dtx, px, damping)
    ty = damped(dty, py, damping)
    tz = damped(dtz, pz, damping)
    per_mass = kick / mass
    per_inertia = kick / inertia
    vx = ux + per_mass * fx
    vy = uy + per_mass * fy
    vz = uz + per_mass * fz
    wx = px + per_inertia * tx
    wy = py + per_inertia * ty
    wz = pz + per_inertia * tz
    if ledger:
        block[LEDGER, lane] = 0.5 * kick * (
            (dfx - fx) * (ux + vx) + (dfy - fy) * (uy + vy) + (dfz - fz) * (uz + vz)
            + (dtx - tx) * (px + wx) + (dty - ty) * (py + wy) + (dtz - tz) * (pz + wz)
        )  # fmt: skip
        block[LEDGER + 1, lane] = drift * (ax * vx + ay * vy + az * vz)
        block[LEDGER + 2, lane] = 0.125 * (
            mass * ((ux + vx) ** 2 + (uy + vy) ** 2 + (uz + vz) ** 2)
            + inertia * ((px + wx) ** 2 + (py + wy) ** 2 + (pz + wz) ** 2)
        )
    block[VELOCITY, lane] = vx
    block[VELOCITY + 1, lane] = vy
    block[VELOCITY + 2, lane] = vz
    block[SPIN, lane] = wx
    block[SPIN + 1, lane] = wy
    block[SPIN + 2, lane] = wz
    block[SQUARE, lane] = vx * vx + vy * vy + vz * vz


@njit(fastmath=FLAGS, error_model="numpy", cache=True)
def move(rows, spins, applied, lost, forces, first, settings, start, stop, kick, drift, account):
    """Sum the forces on particles and move them; returns the largest squared speed.

    It is infinite when a speed is not a number.

    Velocities stand at half steps: ``v(t + dt/2) = v(t - dt/2) + kick F/m``, then
    ``x(t + dt) = x(t) + drift v(t + dt/2)``.

    Parameters
    ----------
    forces : array, shape (1, slots, 8) or (threads, n, 8)
        Force and torque; rows of the particle's slots (gather), or a row in each thread's
        array (private), which is zeroed for the next step.
    first : array, shape (n + 1,) or (0,)
        First slot of each particle in gather mode, empty in private mode.
    lost : array, shape (n, 3) or (0, 3)
        Work of local damping, work of applied forces and gravity (J, summed up), and the
        kinetic energy at the full step (J, where `account` is true).

    Notes
    -----
    Blocks of particles are turned into columns, so that the arithmetic is vector code.
    """
    gather = first.shape[0] > 0
    ledger = lost.shape[0] > 0
    loaded = applied.shape[0] > 0
    damping, factor = settings[DAMPING], settings[FACTOR]
    gx, gy, gz = settings[GRAVITY], settings[GRAVITY + 1], settings[GRAVITY + 2]
    block = np.empty((ROWS, LANES))
    block[:, :] = 1.0  # lanes beyond the last particle hold numbers, too
    block[FASTEST] = 0.0
    for begin in range(start, stop, LANES):
        count = min(LANES, stop - begin)
        if gather:
            gathered(block, forces, first, begin, count)
        else:
            reduced(block, forces, begin, count)
        whole = count - count % WIDTH
        for lane in range(0, whole, WIDTH):
            look_eight(block, VELOCITY, lane, rows, spins, begin + lane)
        for lane in range(whole, count):
            look_one(block, VELOCITY, lane, rows, spins, begin + lane)
        if loaded:
            for lane in range(count):
                for k in range(3):
                    block[APPLIED + k, lane] = factor * applied[begin + lane, k]
        else:
            block[APPLIED : APPLIED + 3] = 0.0
        if ledger:
            for lane in range(LANES):
                kicked(block, lane, damping, gx, gy, gz, kick, drift, True)
        else:
            for lane in range(LANES):
                kicked(block, lane, damping, gx, gy, gz, kick, drift, False)
        for lane in range(0, whole, WIDTH):
            step_eight(block, VELOCITY, lane, rows, spins, begin + lane, drift)
        for lane in range(whole, count):
            step_one(block, VELOCITY, lane, rows, spins, begin + lane, drift)
        for lane in range(count):
            # What is no number counts as infinite.
            square = block[SQUARE, lane] if block[SQUARE, lane] < 1e300 else np.inf
            before = block[FASTEST, lane]
            block[FASTEST, lane] = square if square > before else before
        if ledger:
            for lane in range(count):
                lost[begin + lane, 0] += block[LEDGER, lane]
                lost[begin + lane, 1] += block[LEDGER + 1, lane]
                if account:
                    lost[begin + lane, 2] = block[LEDGER + 2, lane]
    return block[FASTEST].max()


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
