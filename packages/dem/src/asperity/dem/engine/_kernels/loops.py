"""Loops over the contacts of one model: load a block, evaluate its law, hand the forces out."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from asperity.dem.engine._kernels.hertz import HERTZ, hertz
from asperity.dem.engine._kernels.layout import LANES
from asperity.dem.engine._kernels.linear import HOOKE, LINEAR, hooke, linear
from asperity.dem.engine._kernels.parallel_bond import PARALLEL_BOND, parallel_bond
from asperity.dem.engine._kernels.tuples import inlined, reader, writer
from asperity.dem.engine._kernels.turning import WIDTH, hand_eight, hand_one, load_eight, load_one
from asperity.dem.engine._kernels.vectors import cross

# Products and sums may be fused; sums are never reordered, NaN is never assumed away.
FLAGS = {"contract", "nsz"}

#: Rows of a block that `load` fills: separation, radii, relative velocity, masses, spins.
LOADED = 16
#: Rows that `hand_out` reads: force and torque on the first body, then on the second.
RESULTS = 12


@inlined
def load(block, rows, spins, i, j, start, count):
    """Fill the first rows of a block with what two bodies of each contact are and do."""
    whole = count - count % WIDTH
    for lane in range(0, whole, WIDTH):
        load_eight(block, lane, rows, spins, i, j, start + lane)
    for lane in range(whole, count):
        load_one(block, lane, rows, spins, i[start + lane], j[start + lane])


@inlined
def nearest(d, period):
    """Return a separation to the nearest image; an infinite period leaves it."""
    half = 0.5 * period
    return d - period if d > half else (d + period if d < -half else d)


@inlined
def kinematics(block, lane, lx, ly, lz, inset=0.5):
    """Return lever arms of both bodies and the 16 numbers of a contact (see `linear`).

    The arms reach to the middle of the overlap, or to the surfaces with `inset` 0.
    """
    dx = nearest(block[0, lane], lx)
    dy = nearest(block[1, lane], ly)
    dz = nearest(block[2, lane], lz)
    ra = block[3, lane]
    rb = block[4, lane]
    distance = math.sqrt(dx * dx + dy * dy + dz * dz)
    inverse = 1.0 / distance
    nx = dx * inverse
    ny = dy * inverse
    nz = dz * inverse
    overlap = ra + rb - distance
    arm_a = ra - inset * overlap
    arm_b = rb - inset * overlap
    ax = block[10, lane]
    ay = block[11, lane]
    az = block[12, lane]
    bx = block[13, lane]
    by = block[14, lane]
    bz = block[15, lane]
    rx, ry, rz = cross(
        arm_a * ax + arm_b * bx, arm_a * ay + arm_b * by, arm_a * az + arm_b * bz, nx, ny, nz
    )
    ma = block[8, lane]
    mb = block[9, lane]
    return (
        arm_a,
        arm_b,
        (
            ma * mb / (ma + mb),
            ra * rb / (ra + rb),
            overlap,
            distance,
            nx,
            ny,
            nz,
            block[5, lane] - rx,
            block[6, lane] - ry,
            block[7, lane] - rz,
            bx - ax,
            by - ay,
            bz - az,
            0.5 * (ax + bx),
            0.5 * (ay + by),
            0.5 * (az + bz),
        ),
    )


@inlined
def put_results(block, row, lane, nx, ny, nz, arm_a, arm_b, force, moment):
    """Write force and torque on both bodies from those at the contact."""
    fx, fy, fz = force
    mx, my, mz = moment
    qx, qy, qz = cross(nx, ny, nz, fx, fy, fz)
    block[row, lane] = -fx
    block[row + 1, lane] = -fy
    block[row + 2, lane] = -fz
    block[row + 3, lane] = -arm_a * qx - mx
    block[row + 4, lane] = -arm_a * qy - my
    block[row + 5, lane] = -arm_a * qz - mz
    block[row + 6, lane] = fx
    block[row + 7, lane] = fy
    block[row + 8, lane] = fz
    block[row + 9, lane] = mx - arm_b * qx
    block[row + 10, lane] = my - arm_b * qy
    block[row + 11, lane] = mz - arm_b * qz


@inlined
def hand_out(block, row, forces, slot_i, slot_j, start, count, accumulate):
    """Add results to the rows of the particles, or store them in rows of their own."""
    whole = count - count % WIDTH
    for lane in range(0, whole, WIDTH):
        hand_eight(block, row, lane, forces, slot_i, slot_j, start + lane, accumulate)
    for lane in range(whole, count):
        hand_one(block, row, lane, forces, slot_i[start + lane], slot_j[start + lane], accumulate)


@inlined
def put(forces, row, accumulate, fx, fy, fz, tx, ty, tz):
    """Add a force and a torque to a particle's row, or store them in a row of their own."""
    if accumulate:
        forces[row, 0] += fx
        forces[row, 1] += fy
        forces[row, 2] += fz
        forces[row, 3] += tx
        forces[row, 4] += ty
        forces[row, 5] += tz
    else:
        forces[row, 0] = fx
        forces[row, 1] = fy
        forces[row, 2] = fz
        forces[row, 3] = tx
        forces[row, 4] = ty
        forces[row, 5] = tz


def pair_loop(
    law: Any, shape: tuple[int, int], inset: float = 0.5, lean: bool = False
) -> Callable[..., None]:
    """Return the loop over contacts that obey a law.

    Parameters
    ----------
    law : function
        With the signature of `linear`, compiled by ``numba.njit`` or ``register_jitable``.
    shape : (int, int)
        Rows of properties and of history.
    inset : float
        Part of the overlap by which the lever arms are shorter than the radii.
    lean : bool
        Whether to leave out what only the ledger wants where none is kept. For laws whose
        forces have the same bits then; of others the compiler fuses other products.

    Returns
    -------
    function
        ``loop(rows, spins, contacts, forces, accumulate, start, stop, cell, dt, step)``
    """
    n_properties, n_history = shape
    props = LOADED
    past = props + n_properties
    ledger = past + n_history
    results = ledger + 4
    size = results + RESULTS
    read_properties = reader(n_properties)
    read_history = reader(n_history)
    write_history = writer(n_history)

    @inlined
    def evaluate(block, lane, lx, ly, lz, dt, step, audited):
        arm_a, arm_b, contact = kinematics(block, lane, lx, ly, lz, inset)
        force, moment, state, account = law(
            dt, step, contact, read_properties(block, props, lane), read_history(block, past, lane)
        )
        write_history(block, past, lane, state)
        if audited:
            block[ledger, lane] = account[0]
            block[ledger + 1, lane] = account[1]
            block[ledger + 2, lane] = account[2]
            block[ledger + 3, lane] = account[3]
        put_results(
            block, results, lane, contact[4], contact[5], contact[6], arm_a, arm_b, force, moment
        )

    @njit(fastmath=FLAGS, error_model="numpy", cache=True)
    def loop(rows, spins, contacts, forces, accumulate, start, stop, cell, dt, step):
        i, j = contacts.i, contacts.j
        slot_i, slot_j = contacts.slot_i, contacts.slot_j
        properties, history, audit = contacts.properties, contacts.history, contacts.audit
        lx, ly, lz = cell[0], cell[1], cell[2]
        block = np.empty((size, LANES))
        block[:, :] = 1.0  # lanes beyond the last contact hold numbers, too
        audited = audit.shape[1] > 0
        uniform = properties.shape[1] == 1
        if uniform:
            for k in range(n_properties):
                for lane in range(LANES):
                    block[props + k, lane] = properties[k, 0]
        for first in range(start, stop, LANES):
            count = min(LANES, stop - first)
            load(block, rows, spins, i, j, first, count)
            if not uniform:
                for k in range(n_properties):
                    for lane in range(count):
                        block[props + k, lane] = properties[k, first + lane]
            for k in range(n_history):
                for lane in range(count):
                    block[past + k, lane] = history[k, first + lane]
            if audited or not lean:
                for lane in range(LANES):
                    evaluate(block, lane, lx, ly, lz, dt, step, True)
            else:
                for lane in range(LANES):
                    evaluate(block, lane, lx, ly, lz, dt, step, False)
            for k in range(n_history):
                for lane in range(count):
                    history[k, first + lane] = block[past + k, lane]
            if audited:
                for lane in range(count):
                    audit[0, first + lane] = block[ledger, lane]
                for k in range(1, 4):
                    for lane in range(count):
                        audit[k, first + lane] += block[ledger + k, lane]
            hand_out(block, results, forces, slot_i, slot_j, first, count, accumulate)

    return loop


LAWS = {
    "linear": (linear, LINEAR),
    "hooke": (hooke, HOOKE),
    "hertz": (hertz, HERTZ),
    "parallel_bond": (parallel_bond, PARALLEL_BOND),
}
