"""Hertz-Mindlin contact: elastic spheres with friction and viscous restitution."""

import math

from asperity.dem.engine._kernels.tuples import inlined
from asperity.dem.engine._kernels.vectors import carried, length

HERTZ = (5, 4)


@inlined
def hertz(dt, step, contact, properties, history):
    """Give the normal force of Hertz and the incremental tangential force of Mindlin without slip.

    Properties: effective Young's and shear modulus (Pa), friction coefficient, damping
    parameter ``-ln e / sqrt(pi^2 + ln^2 e)`` of the restitution e, 1 if the normal force may
    not pull. History: tangential force (N) and overlap (m). On unloading the tangential
    force shrinks with its stiffness (Thornton et al. 2013, doi:10.1016/j.powtec.2012.08.012);
    damping as Tsuji et al. 1992 in the form of Antypov & Elliott 2011.
    """
    mass, radius, overlap, _, nx, ny, nz, vx, vy, vz, _, _, _, sx, sy, sz = contact
    young, shear, mu, beta, no_tension = properties
    fx, fy, fz, earlier = history
    touch = 1.0 if overlap > 0.0 else 0.0
    depth = max(overlap, 1e-300)
    vn = vx * nx + vy * ny + vz * nz
    vx -= vn * nx
    vy -= vn * ny
    vz -= vn * nz
    contact_radius = math.sqrt(radius * depth)
    kt = 8.0 * shear * contact_radius
    spring = touch * (4.0 / 3.0) * young * contact_radius * depth
    factor = 2.0 * math.sqrt(5.0 / 6.0) * beta
    normal = spring - touch * factor * math.sqrt(2.0 * young * contact_radius * mass) * vn
    normal = max(normal, 0.0) if no_tension > 0.0 else normal
    shrink = math.sqrt(min(1.0, depth / max(earlier, 1e-300)))
    # What the tangential spring held, with the stiffness that it had then.
    kt_then = 8.0 * shear * math.sqrt(radius * max(earlier, 1e-300))
    before = 0.5 * (fx * fx + fy * fy + fz * fz) / kt_then
    fx, fy, fz = carried(fx, fy, fz, nx, ny, nz, dt * (sx * nx + sy * ny + sz * nz))
    fx = shrink * fx - kt * dt * vx
    fy = shrink * fy - kt * dt * vy
    fz = shrink * fz - kt * dt * vz
    keep = min(1.0, mu * max(normal, 0.0) / length(fx, fy, fz)) * touch
    fx *= keep
    fy *= keep
    fz *= keep
    dash = factor * math.sqrt(kt * mass) * (1.0 if keep == 1.0 else 0.0)
    tx = fx - dash * vx
    ty = fy - dash * vy
    tz = fz - dash * vz
    stored = 0.5 * (fx * fx + fy * fy + fz * fz) / kt
    strain = 0.4 * spring * depth + stored
    dashed = dt * (dash * (vx * vx + vy * vy + vz * vz) - (normal - spring) * vn)
    slid = -dt * (fx * vx + fy * vy + fz * vz) - (stored - before)
    return (
        (normal * nx + tx, normal * ny + ty, normal * nz + tz),
        (0.0, 0.0, 0.0),
        (fx, fy, fz, touch * depth),
        (strain, slid, dashed, 0.0),
    )
