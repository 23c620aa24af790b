"""Vectors as scalars: what contact laws share."""

import math

from asperity.dem.engine._kernels.tuples import inlined


@inlined
def cross(ax, ay, az, bx, by, bz):
    """Return the cross product a x b."""
    return ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx


@inlined
def carried(fx, fy, fz, nx, ny, nz, twist):
    """Return a vector of a contact plane after that plane has turned.

    The plane takes it along: what now points out of the plane is dropped and it turns
    about the normal by `twist` (rad), to first order in the rotation of one step.
    """
    out = fx * nx + fy * ny + fz * nz
    fx -= out * nx
    fy -= out * ny
    fz -= out * nz
    tx, ty, tz = cross(nx, ny, nz, fx, fy, fz)
    return fx + twist * tx, fy + twist * ty, fz + twist * tz


@inlined
def length(fx, fy, fz):
    """Return the length of a vector, never zero, so that one may divide by it."""
    return math.sqrt(fx * fx + fy * fy + fz * fz + 1e-300)


@inlined
def slip_work(before, trial, after, stiffness):
    """Return what slip takes in a step of a spring whose force is limited, J.

    The spring of a force `before` would reach `trial`; friction leaves `after`. The motion
    does the work of the mean force, of which the spring keeps its gain in energy:
    ``(before + after) . (trial - after) / (2 k)``, exact for linear springs.
    """
    bx, by, bz = before
    tx, ty, tz = trial
    ax, ay, az = after
    work = (bx + ax) * (tx - ax) + (by + ay) * (ty - ay) + (bz + az) * (tz - az)
    return 0.5 * work / stiffness
