"""Linear contact laws: springs, dashpots and Coulomb friction.

A contact law is a function of scalars,
``law(dt, step, contact, properties, history) -> force, moment, history, audit``.

`contact` is ``(mass, radius, overlap, distance, n, v, turn, spin)`` written out in 16 numbers:
effective mass and radius of the pair, overlap and distance of the centres, the unit normal
from the first body to the second, the velocity of the second relative to the first at the
contact, the relative and the mean angular velocity. `force` acts on the second body at the
contact point, `moment` on the second body about it; `audit` is the strain energy that the
contact now holds and what this step has lost in slip, in dashpots and in broken bonds, J.
"""

from asperity.dem.engine._kernels.tuples import inlined
from asperity.dem.engine._kernels.vectors import carried, length, slip_work

#: Rows of properties and of history of each law.
LINEAR = (7, 3)
HOOKE = (5, 3)


@inlined
def linear(dt, step, contact, properties, history):
    """Linear springs with dashpots, as in the linear model of Itasca's codes.

    Properties: normal and shear stiffness (N/m), friction coefficient, normal and shear
    dashpot (N s/m), 1 if the normal force may not pull, 1 if sliding cuts the shear dashpot.
    History: the shear force (N). The spring of the shear force is limited by
    ``mu * kn * overlap``; a contact that opens forgets it.
    """
    _, _, overlap, _, nx, ny, nz, vx, vy, vz, _, _, _, sx, sy, sz = contact
    kn, ks, mu, cn, cs, no_tension, slip_cut = properties
    fx, fy, fz = history
    touch = 1.0 if overlap > 0.0 else 0.0
    vn = vx * nx + vy * ny + vz * nz
    vx -= vn * nx
    vy -= vn * ny
    vz -= vn * nz
    before = carried(fx, fy, fz, nx, ny, nz, dt * (sx * nx + sy * ny + sz * nz))
    trial = (
        before[0] - ks * dt * vx,
        before[1] - ks * dt * vy,
        before[2] - ks * dt * vz,
    )
    fx, fy, fz = trial
    spring = kn * overlap * touch
    total = spring - cn * vn
    total = max(total, 0.0) if no_tension > 0.0 else total
    total *= touch
    size = length(fx, fy, fz)
    keep = min(1.0, mu * spring / size)
    dash = cs * touch * (0.0 if (keep < 1.0) & (slip_cut > 0.0) else 1.0)
    fx *= keep
    fy *= keep
    fz *= keep
    strain = 0.5 * (spring * overlap + (fx * fx + fy * fy + fz * fz) / ks)
    slid = slip_work(before, trial, (fx, fy, fz), ks)
    dashed = dt * (dash * (vx * vx + vy * vy + vz * vz) - (total - spring) * vn)
    return (
        (total * nx + fx - dash * vx, total * ny + fy - dash * vy, total * nz + fz - dash * vz),
        (0.0, 0.0, 0.0),
        (fx, fy, fz),
        (strain, slid, dashed, 0.0),
    )


@inlined
def hooke(dt, step, contact, properties, history):
    """Linear springs and mass-proportional dashpots; friction limits both together.

    Properties: normal and tangential stiffness (N/m), friction coefficient, normal and
    tangential damping (1/s). History: tangential elongation (m). The normal force may pull
    just before bodies part (Silbert et al. 2001, doi:10.1103/PhysRevE.64.051302).
    """
    mass, _, overlap, _, nx, ny, nz, vx, vy, vz, _, _, _, _, _, _ = contact
    kn, kt, mu, gamma_n, gamma_t = properties
    ex, ey, ez = history
    touch = 1.0 if overlap > 0.0 else 0.0
    vn = vx * nx + vy * ny + vz * nz
    vx -= vn * nx
    vy -= vn * ny
    vz -= vn * nz
    normal = kn * overlap - gamma_n * mass * vn
    before = (ex, ey, ez)
    ex += dt * vx
    ey += dt * vy
    ez += dt * vz
    out = ex * nx + ey * ny + ez * nz
    ex -= out * nx
    ey -= out * ny
    ez -= out * nz
    trial = (ex, ey, ez)
    damping = gamma_t * mass
    fx = -(kt * ex + damping * vx)
    fy = -(kt * ey + damping * vy)
    fz = -(kt * ez + damping * vz)
    keep = min(1.0, mu * abs(normal) / length(fx, fy, fz))
    fx *= keep * touch
    fy *= keep * touch
    fz *= keep * touch
    # Elongations that give just the limited force.
    soft = -1.0 / kt
    rx = soft * (fx + damping * vx)
    ry = soft * (fy + damping * vy)
    rz = soft * (fz + damping * vz)
    slides = keep < 1.0
    ex = touch * (rx if slides else ex)
    ey = touch * (ry if slides else ey)
    ez = touch * (rz if slides else ez)
    normal *= touch
    strain = 0.5 * (touch * kn * overlap * overlap + kt * (ex * ex + ey * ey + ez * ez))
    slid = kt * slip_work(before, trial, (ex, ey, ez), 1.0)
    # What friction has left of the dashpots: the force less that of the springs.
    dashed = dt * touch * gamma_n * mass * vn * vn
    dashed -= dt * ((fx + kt * ex) * vx + (fy + kt * ey) * vy + (fz + kt * ez) * vz)
    return (
        (normal * nx + fx, normal * ny + fy, normal * nz + fz),
        (0.0, 0.0, 0.0),
        (ex, ey, ez),
        (strain, slid, dashed, 0.0),
    )
