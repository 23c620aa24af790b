"""Parallel bond: a linear contact and, beside it, cement that carries force and moment."""

from asperity.dem.engine._kernels.layout import BONDED, BROKEN_SHEAR, BROKEN_TENSION
from asperity.dem.engine._kernels.tuples import inlined
from asperity.dem.engine._kernels.vectors import carried, length, slip_work

PARALLEL_BOND = (14, 12)


@inlined
def parallel_bond(dt, step, contact, properties, history):
    """Linear contact and a cylinder of cement (Potyondy & Cundall 2004).

    doi:10.1016/j.ijrmms.2004.09.011, equations 10 to 17, with the normal force from the
    distance instead of increments, so that it does not drift.

    Properties: normal and shear stiffness and friction of the linear part (N/m), distance
    without force (m), area (m2), normal and shear stiffness of the cement (Pa/m), bending
    and twisting stiffness (N m), shares of the bending and the twisting moment in the
    stresses (1/m3), tensile strength and cohesion (Pa), tangent of the friction angle.
    History: shear force of the linear part, shear force and bending moment of the cement,
    twisting moment, bond state, step of the break. Stresses are positive in tension.
    """
    _, _, overlap, distance, nx, ny, nz, vx, vy, vz, tx, ty, tz, sx, sy, sz = contact
    (
        kn, ks, mu, rest, area, cement_n, cement_s, bending, twisting, bend_share, twist_share,
        tensile, cohesion, tangent,
    ) = properties  # fmt: skip
    fx, fy, fz, bx, by, bz, mx, my, mz, torsion, state, broke = history
    touch = 1.0 if overlap > 0.0 else 0.0
    bonded = 1.0 if state == BONDED else 0.0
    vn = vx * nx + vy * ny + vz * nz
    vx -= vn * nx
    vy -= vn * ny
    vz -= vn * nz
    twist = dt * (sx * nx + sy * ny + sz * nz)
    # the linear part
    before = carried(fx, fy, fz, nx, ny, nz, twist)
    trial = (
        before[0] - ks * dt * vx,
        before[1] - ks * dt * vy,
        before[2] - ks * dt * vz,
    )
    fx, fy, fz = trial
    normal = kn * overlap * touch
    keep = min(1.0, mu * normal / length(fx, fy, fz))
    fx *= keep
    fy *= keep
    fz *= keep
    slid = slip_work(before, trial, (fx, fy, fz), ks)
    # the cement
    bx, by, bz = carried(bx, by, bz, nx, ny, nz, twist)
    step_s = cement_s * area * dt
    bx -= step_s * vx
    by -= step_s * vy
    bz -= step_s * vz
    tn = tx * nx + ty * ny + tz * nz
    mx, my, mz = carried(mx, my, mz, nx, ny, nz, twist)
    step_b = bending * dt
    mx -= step_b * (tx - tn * nx)
    my -= step_b * (ty - tn * ny)
    mz -= step_b * (tz - tn * nz)
    torsion -= twisting * dt * tn
    pull = cement_n * (distance - rest)
    shear = length(bx, by, bz)
    bend = length(mx, my, mz)
    largest_tension = pull + bend_share * bend
    largest_shear = shear / area + twist_share * abs(torsion)
    tears = bonded * (1.0 if largest_tension > tensile else 0.0)
    shears = (bonded - tears) * (1.0 if largest_shear > cohesion - pull * tangent else 0.0)
    held = bonded - tears - shears
    state += tears * (BROKEN_TENSION - BONDED) + shears * (BROKEN_SHEAR - BONDED)
    broke = step if tears + shears > 0.0 else broke
    stored = 0.5 * (
        pull * pull * area / cement_n
        + shear * shear / (cement_s * area)
        + bend * bend / bending
        + torsion * torsion / twisting
    )
    bx *= held
    by *= held
    bz *= held
    mx *= held
    my *= held
    mz *= held
    torsion *= held
    push = normal - held * pull * area
    strain = 0.5 * normal * overlap + 0.5 * (fx * fx + fy * fy + fz * fz) / ks + held * stored
    return (
        (push * nx + fx + bx, push * ny + fy + by, push * nz + fz + bz),
        (mx + torsion * nx, my + torsion * ny, mz + torsion * nz),
        (fx, fy, fz, bx, by, bz, mx, my, mz, torsion, state, broke),
        (strain, slid, 0.0, (tears + shears) * stored),
    )
