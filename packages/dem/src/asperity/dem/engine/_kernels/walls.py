"""Walls: planes and cylinders, what presses on them, and what moves them."""

import math

from numba import njit

from asperity.dem.engine._kernels.loops import put
from asperity.dem.engine._kernels.tuples import inlined, reader, writer

# Columns of `shape`: kind, a point (3), unit vector (3): of a plane into the specimen, of a
# cylinder along its axis; radius m; velocity (3) m/s; radial velocity m/s.
KIND, POINT, VECTOR, CYLINDER_RADIUS, VELOCITY, RADIAL_VELOCITY = 0, 1, 4, 7, 8, 11
PLANE, CYLINDER = 0.0, 1.0

# Columns of `control`: mode; target stress Pa, area m2, gain, largest speed m/s; mass kg,
# stiffness N/m, damping N s/m, drive velocity m/s, elongation of the spring m.
MODE, TARGET, WALL_AREA, GAIN, MOST, WALL_MASS, SPRING, DAMPER, DRIVE, ELONGATION = range(10)
GIVEN, SERVO, MACHINE = 0.0, 1.0, 2.0


@inlined
def facing(shape, w, x, y, z):
    """Return the unit normal from a particle to a wall and the distance of its centre."""
    dx = x - shape[w, POINT]
    dy = y - shape[w, POINT + 1]
    dz = z - shape[w, POINT + 2]
    ux, uy, uz = shape[w, VECTOR], shape[w, VECTOR + 1], shape[w, VECTOR + 2]
    along = dx * ux + dy * uy + dz * uz
    if shape[w, KIND] == PLANE:
        return -ux, -uy, -uz, along
    dx -= along * ux
    dy -= along * uy
    dz -= along * uz
    off = math.sqrt(dx * dx + dy * dy + dz * dz)
    if off == 0.0:
        return 1.0, 0.0, 0.0, shape[w, CYLINDER_RADIUS]
    return dx / off, dy / off, dz / off, shape[w, CYLINDER_RADIUS] - off


def wall_loop(law, shape):
    """Return the loop over the contacts with walls, for one contact law (see `linear`).

    Walls are few: the loop runs in one thread, so that forces on walls are summed in one
    order whatever the number of threads.
    """
    n_properties, n_history = shape
    read_properties = reader(n_properties)
    read_history = reader(n_history)
    write_history = writer(n_history)

    @njit(error_model="numpy", cache=True)
    def loop(rows, spins, walls, forces, accumulate, dt, step):
        form, force, work = walls.shape, walls.force, walls.work
        n_walls = form.shape[0]
        audited = walls.audit.shape[1] > 0
        for w in range(n_walls):
            # The first half of the work since the last step, with the forces of that step.
            vx, vy, vz = form[w, VELOCITY], form[w, VELOCITY + 1], form[w, VELOCITY + 2]
            power = force[w, 0] * vx + force[w, 1] * vy + force[w, 2] * vz
            power += force[w, 3] * form[w, RADIAL_VELOCITY]
            work[w, 0] -= 0.5 * dt * power
            for k in range(4):
                force[w, k] = 0.0
        for c in range(walls.particle.shape[0]):
            a = walls.particle[c]
            w = walls.wall[c]
            nx, ny, nz, distance = facing(form, w, rows[a, 0], rows[a, 1], rows[a, 2])
            radius = rows[a, 3]
            overlap = radius - distance
            arm = radius - 0.5 * overlap
            wx, wy, wz = spins[a, 0], spins[a, 1], spins[a, 2]
            radial = form[w, RADIAL_VELOCITY]
            vx = form[w, VELOCITY] + radial * nx - rows[a, 4] - arm * (wy * nz - wz * ny)
            vy = form[w, VELOCITY + 1] + radial * ny - rows[a, 5] - arm * (wz * nx - wx * nz)
            vz = form[w, VELOCITY + 2] + radial * nz - rows[a, 6] - arm * (wx * ny - wy * nx)
            contact = (
                rows[a, 7], radius, overlap, distance, nx, ny, nz, vx, vy, vz,
                -wx, -wy, -wz, 0.5 * wx, 0.5 * wy, 0.5 * wz,
            )  # fmt: skip
            f, m, state, account = law(
                dt,
                step,
                contact,
                read_properties(walls.properties, 0, c),
                read_history(walls.history, 0, c),
            )
            write_history(walls.history, 0, c, state)
            if audited:
                walls.audit[0, c] = account[0]
                for k in range(1, 4):
                    walls.audit[k, c] += account[k]
            fx, fy, fz = f
            tx = -arm * (ny * fz - nz * fy) - m[0]
            ty = -arm * (nz * fx - nx * fz) - m[1]
            tz = -arm * (nx * fy - ny * fx) - m[2]
            s = walls.slot[c]
            put(forces, s, accumulate, -fx, -fy, -fz, tx, ty, tz)
            force[w, 0] += fx
            force[w, 1] += fy
            force[w, 2] += fz
            force[w, 3] += fx * nx + fy * ny + fz * nz
        for w in range(n_walls):
            vx, vy, vz = form[w, VELOCITY], form[w, VELOCITY + 1], form[w, VELOCITY + 2]
            power = force[w, 0] * vx + force[w, 1] * vy + force[w, 2] * vz
            if form[w, KIND] == CYLINDER:
                power += force[w, 3] * form[w, RADIAL_VELOCITY]
            work[w, 0] -= 0.5 * dt * power

    return loop


@njit(error_model="numpy", cache=True)
def drive(walls, dt):
    """Set the velocities of walls for the coming step, move them, return the largest square.

    A servo moves a wall at ``gain (target area - pressing force)``, at most at its largest
    speed. A machine is a mass pulled by a spring, with a damper beside it, whose far end
    moves at the drive velocity; positive is into the specimen.
    """
    form, control, force, work = walls.shape, walls.control, walls.force, walls.work
    fastest = 0.0
    for w in range(form.shape[0]):
        mode = control[w, MODE]
        cylinder = form[w, KIND] == CYLINDER
        if mode == SERVO:
            area = control[w, WALL_AREA]
            speed = control[w, GAIN] * (control[w, TARGET] * area - force[w, 3])
            speed = min(max(speed, -control[w, MOST]), control[w, MOST])
            if cylinder:
                form[w, RADIAL_VELOCITY] = -speed
            else:
                for k in range(3):
                    form[w, VELOCITY + k] = speed * form[w, VECTOR + k]
        elif mode == MACHINE:
            speed = 0.0
            for k in range(3):
                speed += form[w, VELOCITY + k] * form[w, VECTOR + k]
            pull = control[w, SPRING] * control[w, ELONGATION]
            damp = control[w, DAMPER] * (control[w, DRIVE] - speed)
            after = speed + dt * (pull + damp - force[w, 3]) / control[w, WALL_MASS]
            mean = 0.5 * (speed + after)
            work[w, 1] += dt * (pull + damp) * control[w, DRIVE]
            work[w, 2] += dt * damp * (control[w, DRIVE] - mean)
            control[w, ELONGATION] += dt * (control[w, DRIVE] - after)
            for k in range(3):
                form[w, VELOCITY + k] = after * form[w, VECTOR + k]
        square = form[w, RADIAL_VELOCITY] ** 2
        for k in range(3):
            form[w, POINT + k] += dt * form[w, VELOCITY + k]
            square += form[w, VELOCITY + k] ** 2
        form[w, CYLINDER_RADIUS] += dt * form[w, RADIAL_VELOCITY]
        fastest = max(fastest, square)
    return fastest
