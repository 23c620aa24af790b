"""Flat joint: a disc of elements, each bonded or frictional, that can break one by one.

As long as no element of a contact has broken, forces and moments follow from the motion of
the two faces alone, and one bound over the whole disc tells that none breaks in this step.
Only contacts that fail the bound go through their elements.

`shape` describes the disc of radius 1: row 0 holds the stiffness ratio kn/ks, the tangent
of the bond's friction angle, the residual friction coefficient and the residual cohesion
(Pa); row 1 the area, the second moment of area as sampled, the largest distance of a
centroid, and what each element adds to the bending stiffness by itself; further rows x, y
and area of each element. `extra` holds per contact and element the shear force along both
axes of the face (N), the bond state, the step of its break and the energy released (J).
"""

import math

import numpy as np
from numba import njit

from asperity.dem.engine._kernels.layout import BONDED, BROKEN_SHEAR, BROKEN_TENSION, LANES
from asperity.dem.engine._kernels.loops import (
    FLAGS,
    LOADED,
    RESULTS,
    hand_out,
    kinematics,
    load,
    put_results,
)
from asperity.dem.engine._kernels.tuples import inlined
from asperity.dem.engine._kernels.vectors import cross, slip_work

#: Rows of properties (distance without force, m; normal stiffness, Pa/m; radius, m; tensile
#: strength and cohesion, Pa) and of history (first axis of the face; shear displacement and
#: bending rotation along the axes; twist; 1 once an element has broken).
FLAT_JOINT = (5, 9)
ELEMENT_COLUMNS = 5


@inlined
def face_axis(ex, ey, ez, nx, ny, nz, twist):
    """Return the first axis of the face after the contact has turned, of unit length."""
    out = ex * nx + ey * ny + ez * nz
    ex -= out * nx
    ey -= out * ny
    ez -= out * nz
    tx, ty, tz = cross(nx, ny, nz, ex, ey, ez)
    ex += twist * tx
    ey += twist * ty
    ez += twist * tz
    # One Newton step of 1/sqrt at a length that is 1 within the square of a step's rotation.
    scale = 1.5 - 0.5 * (ex * ex + ey * ey + ez * ez)
    return ex * scale, ey * scale, ez * scale


@njit(fastmath=FLAGS, error_model="numpy")
def through_elements(
    elements, shape, gap, motion, step_motion, radius, kn, tensile, cohesion, step
):
    """Return force and moment along the face axes and the account of a contact, by elements.

    Parameters
    ----------
    elements : array, shape (E, 5)
        Changed in place.
    gap : float
        Opening at the centre of the face, m.
    motion, step_motion : tuple of 5 floats
        Shear displacement (2), bending rotation (2) and twist, in all and of this step.

    Returns
    -------
    tuple
        Normal force (pushing positive), shear force (2), bending moment (2), torsion;
        strain energy, slip work and released energy; 1.0 once an element has broken.
    """
    ratio, tangent, friction, residual = shape[0, 0], shape[0, 1], shape[0, 2], shape[0, 3]
    own_bending = shape[1, 3] * radius**4
    ks = kn / ratio
    u1, u2, bend1, bend2, twist = motion
    du1, du2, _, _, dtwist = step_motion
    push = f1 = f2 = m1 = m2 = torsion = 0.0
    strain = slid = released = 0.0
    broken = 0.0
    for e in range(elements.shape[0]):
        x1 = shape[2 + e, 0] * radius
        x2 = shape[2 + e, 1] * radius
        area = shape[2 + e, 2] * radius * radius
        opening = gap + bend1 * x2 - bend2 * x1
        stress = kn * opening
        stiffness = ks * area
        bending = own_bending
        if elements[e, 2] == BONDED:
            t1 = -stiffness * (u1 - twist * x2)
            t2 = -stiffness * (u2 + twist * x1)
            size = math.sqrt(t1 * t1 + t2 * t2)
            if stress > tensile or size > area * (cohesion - stress * tangent):
                turned = kn * bending * (bend1 * bend1 + bend2 * bend2)
                held = 0.5 * (stress * stress * area / kn + size * size / stiffness + turned)
                elements[e, 2] = BROKEN_TENSION if stress > tensile else BROKEN_SHEAR
                elements[e, 3] = step
                limit = area * max(residual - friction * stress, 0.0) if opening < 0.0 else 0.0
                keep = min(1.0, limit / size) if size > 0.0 else 0.0
                t1 *= keep
                t2 *= keep
                left = 0.5 * (keep * size) ** 2 / stiffness
                if opening < 0.0:
                    left += 0.5 * (stress * stress * area / kn + turned)
                elements[e, 4] = held - left
                released += held - left
                if opening >= 0.0:
                    stress = 0.0
                    bending = 0.0
                broken = 1.0
        else:
            broken = 1.0
            before = (elements[e, 0], elements[e, 1], 0.0)
            t1 = before[0] - stiffness * (du1 - dtwist * x2)
            t2 = before[1] - stiffness * (du2 + dtwist * x1)
            trial = (t1, t2, 0.0)
            if opening >= 0.0:
                stress = t1 = t2 = 0.0
                bending = 0.0
            else:
                size = math.sqrt(t1 * t1 + t2 * t2)
                limit = area * max(residual - friction * stress, 0.0)
                if size > limit:
                    t1 *= limit / size
                    t2 *= limit / size
            slid += slip_work(before, trial, (t1, t2, 0.0), stiffness)
        elements[e, 0] = t1
        elements[e, 1] = t2
        normal = -stress * area
        push += normal
        f1 += t1
        f2 += t2
        m1 += x2 * normal - kn * bending * bend1
        m2 -= x1 * normal + kn * bending * bend2
        torsion += x1 * t2 - x2 * t1
        strain += 0.5 * (stress * stress * area / kn + (t1 * t1 + t2 * t2) / stiffness)
        strain += 0.5 * kn * bending * (bend1 * bend1 + bend2 * bend2)
    return push, f1, f2, m1, m2, torsion, strain, slid, released, broken


# Rows of a block: what `load` fills, properties, history, strain energy, results, then what
# the elements need: whether they are suspect, both axes, the normal, arms, gap, last motion.
_PROPERTIES = LOADED
_HISTORY = _PROPERTIES + FLAT_JOINT[0]
_STRAIN = _HISTORY + FLAT_JOINT[1]
_RESULTS = _STRAIN + 1
_WORK = _RESULTS + RESULTS
_SIZE = _WORK + 13


@njit(fastmath=FLAGS, error_model="numpy", cache=True)
def flat_joints(rows, spins, contacts, shape, forces, accumulate, start, stop, cell, dt, step):
    """Add the flat joints of a part of the contacts, see `loops.pair_loop` for the arguments."""
    i, j = contacts.i, contacts.j
    slot_i, slot_j = contacts.slot_i, contacts.slot_j
    properties, history, audit = contacts.properties, contacts.history, contacts.audit
    elements = contacts.extra
    audited = audit.shape[1] > 0
    lx, ly, lz = cell[0], cell[1], cell[2]
    ratio, tangent = shape[0, 0], shape[0, 1]
    disc_area, disc_moment, reach = shape[1, 0], shape[1, 1], shape[1, 2]
    own = shape[1, 3] * elements.shape[1]
    block = np.empty((_SIZE, LANES))
    block[:, :] = 1.0
    for first in range(start, stop, LANES):
        count = min(LANES, stop - first)
        load(block, rows, spins, i, j, first, count)
        for k in range(FLAT_JOINT[0]):
            for lane in range(count):
                block[_PROPERTIES + k, lane] = properties[k, first + lane]
        for k in range(FLAT_JOINT[1]):
            for lane in range(count):
                block[_HISTORY + k, lane] = history[k, first + lane]
        for lane in range(LANES):
            arm_a, arm_b, contact = kinematics(block, lane, lx, ly, lz)
            (
                _, _, _, distance, nx, ny, nz, vx, vy, vz, tx, ty, tz, sx, sy, sz,
            ) = contact  # fmt: skip
            rest = block[_PROPERTIES, lane]
            kn = block[_PROPERTIES + 1, lane]
            radius = block[_PROPERTIES + 2, lane]
            ex, ey, ez = face_axis(
                block[_HISTORY, lane], block[_HISTORY + 1, lane], block[_HISTORY + 2, lane],
                nx, ny, nz, dt * (sx * nx + sy * ny + sz * nz),
            )  # fmt: skip
            gx, gy, gz = cross(nx, ny, nz, ex, ey, ez)
            du1 = dt * (vx * ex + vy * ey + vz * ez)
            du2 = dt * (vx * gx + vy * gy + vz * gz)
            db1 = dt * (tx * ex + ty * ey + tz * ez)
            db2 = dt * (tx * gx + ty * gy + tz * gz)
            dtw = dt * (tx * nx + ty * ny + tz * nz)
            u1 = block[_HISTORY + 3, lane] + du1
            u2 = block[_HISTORY + 4, lane] + du2
            bend1 = block[_HISTORY + 5, lane] + db1
            bend2 = block[_HISTORY + 6, lane] + db2
            twist = block[_HISTORY + 7, lane] + dtw
            gap = distance - rest
            ks = kn / ratio
            edge = radius * reach
            bend = math.sqrt(bend1 * bend1 + bend2 * bend2)
            slide = math.sqrt(u1 * u1 + u2 * u2)
            tension = kn * (gap + bend * edge)
            shear = ks * (slide + abs(twist) * edge)
            over = max(
                tension - block[_PROPERTIES + 3, lane],
                shear - block[_PROPERTIES + 4, lane] + tension * tangent,
            )
            square = radius * radius
            kn_area = kn * disc_area * square
            ks_area = ks * disc_area * square
            moment = disc_moment * square * square
            kb = kn * (moment + own * square * square)
            kt = 2.0 * ks * moment
            push = -kn_area * gap
            f1 = -ks_area * u1
            f2 = -ks_area * u2
            m1 = -kb * bend1
            m2 = -kb * bend2
            mt = -kt * twist
            put_results(
                block, _RESULTS, lane, nx, ny, nz, arm_a, arm_b,
                (
                    push * nx + f1 * ex + f2 * gx,
                    push * ny + f1 * ey + f2 * gy,
                    push * nz + f1 * ez + f2 * gz,
                ),
                (
                    mt * nx + m1 * ex + m2 * gx,
                    mt * ny + m1 * ey + m2 * gy,
                    mt * nz + m1 * ez + m2 * gz,
                ),
            )  # fmt: skip
            block[_STRAIN, lane] = 0.5 * (
                kn_area * gap * gap
                + ks_area * slide * slide
                + kb * bend * bend
                + kt * twist * twist
            )
            block[_HISTORY, lane] = ex
            block[_HISTORY + 1, lane] = ey
            block[_HISTORY + 2, lane] = ez
            block[_HISTORY + 3, lane] = u1
            block[_HISTORY + 4, lane] = u2
            block[_HISTORY + 5, lane] = bend1
            block[_HISTORY + 6, lane] = bend2
            block[_HISTORY + 7, lane] = twist
            block[_WORK, lane] = max(over, block[_HISTORY + 8, lane] - 0.5)
            block[_WORK + 1, lane] = gx
            block[_WORK + 2, lane] = gy
            block[_WORK + 3, lane] = gz
            block[_WORK + 4, lane] = nx
            block[_WORK + 5, lane] = ny
            block[_WORK + 6, lane] = nz
            block[_WORK + 7, lane] = arm_a
            block[_WORK + 8, lane] = arm_b
            block[_WORK + 9, lane] = gap
            block[_WORK + 10, lane] = du1
            block[_WORK + 11, lane] = du2
            block[_WORK + 12, lane] = dtw
        for lane in range(count):
            if block[_WORK, lane] <= 0.0:
                continue
            c = first + lane
            ex = block[_HISTORY, lane]
            ey = block[_HISTORY + 1, lane]
            ez = block[_HISTORY + 2, lane]
            gx = block[_WORK + 1, lane]
            gy = block[_WORK + 2, lane]
            gz = block[_WORK + 3, lane]
            nx = block[_WORK + 4, lane]
            ny = block[_WORK + 5, lane]
            nz = block[_WORK + 6, lane]
            push, f1, f2, m1, m2, mt, strain, slid, released, broken = through_elements(
                elements[c], shape, block[_WORK + 9, lane],
                (
                    block[_HISTORY + 3, lane], block[_HISTORY + 4, lane], block[_HISTORY + 5, lane],
                    block[_HISTORY + 6, lane], block[_HISTORY + 7, lane],
                ),
                (
                    block[_WORK + 10, lane], block[_WORK + 11, lane], 0.0, 0.0,
                    block[_WORK + 12, lane],
                ),
                block[_PROPERTIES + 2, lane], block[_PROPERTIES + 1, lane],
                block[_PROPERTIES + 3, lane], block[_PROPERTIES + 4, lane], step,
            )  # fmt: skip
            put_results(
                block, _RESULTS, lane, nx, ny, nz, block[_WORK + 7, lane], block[_WORK + 8, lane],
                (
                    push * nx + f1 * ex + f2 * gx,
                    push * ny + f1 * ey + f2 * gy,
                    push * nz + f1 * ez + f2 * gz,
                ),
                (
                    mt * nx + m1 * ex + m2 * gx,
                    mt * ny + m1 * ey + m2 * gy,
                    mt * nz + m1 * ez + m2 * gz,
                ),
            )  # fmt: skip
            block[_HISTORY + 8, lane] = broken
            block[_STRAIN, lane] = strain
            if audited:
                audit[1, c] += slid
                audit[3, c] += released
        for k in range(FLAT_JOINT[1]):
            for lane in range(count):
                history[k, first + lane] = block[_HISTORY + k, lane]
        if audited:
            for lane in range(count):
                audit[0, first + lane] = block[_STRAIN, lane]
        hand_out(block, _RESULTS, forces, slot_i, slot_j, first, count, accumulate)
