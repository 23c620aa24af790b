"""Spheres the slow way: every pair is looked at in every step."""

import math

import numpy as np


def all_pairs(positions, radii, margin, period=None):
    """Return the set of pairs (i < j) whose surfaces are nearer than a margin, by two loops."""
    found = set()
    for i in range(len(radii)):
        for j in range(i + 1, len(radii)):
            away = separation(positions[i], positions[j], period)
            if math.dist(away, (0, 0, 0)) - radii[i] - radii[j] < margin:
                found.add((i, j))
    return found


def separation(a, b, period=None):
    """Return the shortest vector from a to the images of b, of which many are looked at."""
    away = np.asarray(b, float) - np.asarray(a, float)
    for k in range(3):
        if period is not None and np.isfinite(period[k]):
            images = away[k] + period[k] * np.arange(-15, 16)
            away[k] = images[np.argmin(np.abs(images))]
    return away


class Spheres:
    """Equal treatment of every pair and every wall, velocity Verlet at half steps.

    Parameters
    ----------
    law : {"linear", "hooke"}
    kn, ks, mu : float
        Stiffnesses (N/m) and friction coefficient.
    dn, ds : float
        Linear: ratios of critical damping. Hooke: damping per effective mass, 1/s.
    planes : sequence of (point, normal, velocity)
    """

    def __init__(
        self, positions, radii, density, law, kn, ks, mu, dn, ds, *,
        velocities, spins, period=None, planes=(), damping=0.0, gravity=(0, 0, 0),
    ):  # fmt: skip
        self.x = np.array(positions, float)
        self.v = np.array(velocities, float)
        self.w = np.array(spins, float)
        self.r = np.array(radii, float)
        self.mass = 4 / 3 * np.pi * self.r**3 * density
        self.inertia = 0.4 * self.mass * self.r**2
        self.law, self.kn, self.ks, self.mu, self.dn, self.ds = law, kn, ks, mu, dn, ds
        self.period = np.full(3, np.inf) if period is None else np.array(period, float)
        self.planes = [[np.array(part, float) for part in plane] for plane in planes]
        self.damping, self.gravity = damping, np.array(gravity, float)
        self.i, self.j = np.triu_indices(len(self.r), 1)
        # Shear force (linear) or tangential elongation (hooke) of every pair and wall.
        self.history = np.zeros((len(self.i), 3))
        self.wall_history = np.zeros((len(planes), len(self.r), 3))
        self.begun = False

    def run(self, steps, dt):
        for _ in range(steps):
            force, torque = self.forces(dt if self.begun else 0.0)
            kick = dt if self.begun else dt / 2
            force += self.mass[:, None] * self.gravity
            force -= self.damping * np.abs(force) * np.sign(self.v)
            torque -= self.damping * np.abs(torque) * np.sign(self.w)
            self.v += kick * force / self.mass[:, None]
            self.w += kick * torque / self.inertia[:, None]
            self.x += dt * self.v
            for plane in self.planes:
                plane[0] += dt * plane[2]
            self.begun = True

    def forces(self, passed):
        i, j = self.i, self.j
        away = self.x[j] - self.x[i]
        for k in np.flatnonzero(np.isfinite(self.period)):
            away[:, k] -= self.period[k] * np.round(away[:, k] / self.period[k])
        distance = np.linalg.norm(away, axis=1)
        n = away / distance[:, None]
        overlap = self.r[i] + self.r[j] - distance
        inset = overlap / 2 if self.law == "linear" else 0 * overlap
        arm_i, arm_j = self.r[i] - inset, self.r[j] - inset
        reduced = self.mass[i] * self.mass[j] / (self.mass[i] + self.mass[j])
        velocity = (
            self.v[j] + np.cross(self.w[j], -arm_j[:, None] * n)
            - self.v[i] - np.cross(self.w[i], arm_i[:, None] * n)
        )  # fmt: skip
        f = self.contact(
            passed, n, overlap, reduced, velocity, (self.w[i] + self.w[j]) / 2, self.history
        )
        force, torque = np.zeros_like(self.x), np.zeros_like(self.x)
        np.add.at(force, j, f)
        np.add.at(force, i, -f)
        np.add.at(torque, j, np.cross(-arm_j[:, None] * n, f))
        np.add.at(torque, i, np.cross(arm_i[:, None] * n, -f))
        for (point, inward, wall_velocity), history in zip(
            self.planes, self.wall_history, strict=True
        ):
            overlap = self.r - (self.x - point) @ inward
            n = np.tile(-inward, (len(self.r), 1))
            arm = (self.r - overlap / 2)[:, None] * n
            velocity = wall_velocity - self.v - np.cross(self.w, arm)
            f = self.contact(passed, n, overlap, self.mass, velocity, self.w / 2, history)
            force -= f
            torque += np.cross(arm, -f)
        return force, torque

    def contact(self, passed, n, overlap, mass, velocity, spin, history):
        """Return the forces on the second bodies; changes the history."""
        touch = overlap > 0
        speed = np.sum(velocity * n, axis=1)
        slide = velocity - speed[:, None] * n
        if self.law == "linear":
            shear = history - np.sum(history * n, axis=1)[:, None] * n
            turn = passed * np.sum(spin * n, axis=1)
            shear += turn[:, None] * np.cross(n, shear)
            shear -= self.ks * passed * slide
            spring = self.kn * overlap * touch
            normal = spring - touch * 2 * self.dn * np.sqrt(mass * self.kn) * speed
            size = np.linalg.norm(shear, axis=1)
            slips = size > self.mu * spring
            shear[slips] *= (self.mu * spring[slips] / size[slips])[:, None]
            history[:] = shear
            dash = 2 * self.ds * np.sqrt(mass * self.ks) * touch
            return normal[:, None] * n + shear - dash[:, None] * slide
        normal = touch * (self.kn * overlap - self.dn * mass * speed)
        history += passed * slide
        history -= np.sum(history * n, axis=1)[:, None] * n
        shear = -(self.ks * history + self.ds * mass[:, None] * slide)
        size = np.linalg.norm(shear, axis=1)
        slips = size > self.mu * np.abs(normal)
        shear[slips] *= (self.mu * np.abs(normal[slips]) / size[slips])[:, None]
        history[slips] = -(shear + self.ds * mass[:, None] * slide)[slips] / self.ks
        history[~touch] = 0
        shear[~touch] = 0
        return normal[:, None] * n + shear


def shortened(x, radii, pairs, modulus, ratio, around, platen, end, by):
    """Displacements of joined grains between two platens, and the force, from equilibrium.

    Every joint is a disc of one ring of `around` elements with the smaller radius: four
    springs against normal and shear displacement, bending and twist. Platens at ``z = -end``
    and ``end`` press on the grains that they touch with springs of stiffness `platen` and
    have each come nearer by `by`.
    """
    n = len(x)
    k = 1e-6 * np.eye(6 * n)  # holds what nothing holds
    f = np.zeros(6 * n)
    for i, j in pairs:
        d = np.linalg.norm(x[j] - x[i])
        normal = (x[j] - x[i]) / d
        overlap = radii[i] + radii[j] - d
        radius = min(radii[i], radii[j])
        reach = 2 / 3 * math.sin(math.pi / around) / (math.pi / around) * radius
        area = math.pi * radius**2
        second = area / 2 * reach**2  # of elements spread evenly on a circle
        kn = modulus / (radii[i] + radii[j])
        along = np.outer(normal, normal)
        across = np.eye(3) - along
        move = area * kn * (along + across / ratio)
        turn = kn * second * (across + 2 * along / ratio)

        def lever(arm, normal=normal):
            a, b, c = arm * normal
            return -np.array([[0, -c, b], [c, 0, -a], [-b, a, 0]])  # theta x arm

        relative = np.hstack(
            [-np.eye(3), -lever(radii[i] - overlap / 2), np.eye(3), lever(overlap / 2 - radii[j])]
        )
        turned = np.hstack([np.zeros((3, 3)), -np.eye(3), np.zeros((3, 3)), np.eye(3)])
        own = np.r_[6 * i : 6 * i + 6, 6 * j : 6 * j + 6]
        k[np.ix_(own, own)] += relative.T @ move @ relative + turned.T @ turn @ turned
    lower = np.flatnonzero(x[:, 2] - radii < -end + 1e-12)
    upper = np.flatnonzero(x[:, 2] + radii > end - 1e-12)
    for side, sign in ((lower, 1.0), (upper, -1.0)):
        k[6 * side + 2, 6 * side + 2] += platen
        f[6 * side + 2] += sign * platen * by
    u = np.linalg.solve(k, f).reshape(n, 6)[:, :3]
    return u, float(np.sum(platen * (by - u[lower, 2])))


def network(x, radii, pairs, stiffness):
    """Return the matrix of a network of bonds, and of each bond what makes motions forces.

    Bonds have normal, shear, bending and twisting stiffness at the middle of their gap; motions
    are small. The matrix is that of the energy, shape (6 n, 6 n); a bond's map (3, 12) gives the
    force on its second grain from the motions (u, theta) of both, whose places come with it.
    """
    kn, ks, kb, kt = stiffness
    matrix = np.zeros((6 * len(radii), 6 * len(radii)))
    maps = []
    for i, j in pairs:
        away = x[j] - x[i]
        distance = math.dist(x[i], x[j])
        normal = away / distance
        point = x[i] + 0.5 * (distance + radii[i] - radii[j]) * normal
        motion, turn = np.zeros((3, 12)), np.zeros((3, 12))
        for side, g, sign in ((0, i, -1.0), (6, j, 1.0)):
            u, v, w = point - x[g]
            motion[:, side : side + 3] = sign * np.eye(3)
            motion[:, side + 3 : side + 6] = sign * np.array([[0, w, -v], [-w, 0, u], [v, -u, 0]])
            turn[:, side + 3 : side + 6] = sign * np.eye(3)
        along = np.outer(normal, normal)
        push = kn * along + ks * (np.eye(3) - along)
        twist = kt * along + kb * (np.eye(3) - along)
        at = np.r_[6 * i : 6 * i + 6, 6 * j : 6 * j + 6]
        matrix[np.ix_(at, at)] += motion.T @ push @ motion + turn.T @ twist @ turn
        maps.append((at, -push @ motion))
    return matrix, maps


def network_forces(x, radii, pairs, stiffness, load, held):
    """Return the forces on the second grain of each bond of a network at rest, shape (c, 3).

    `load` are forces and torques on grains, shape (n, 6). Grains that are `held` do not move; one
    is enough, and feels nothing, where the load is in balance.
    """
    matrix, maps = network(x, radii, pairs, stiffness)
    moved = np.zeros(6 * len(radii))
    free = np.repeat(~np.isin(np.arange(len(radii)), held), 6)
    moved[free] = np.linalg.solve(matrix[np.ix_(free, free)], load.ravel()[free])
    return np.array([m @ moved[at] for at, m in maps])


def boundary_moment(x, radii, pairs, change, inside, centre):
    """Return the symmetric part of sum dF_i R_j over the bonds that leave a volume, N m.

    `change` is that of the force on the second grain; dF is what the volume does to the grain
    outside, R the place of the bond (the line of centres parted as the radii are) from `centre`.
    """
    total = np.zeros((3, 3))
    for (i, j), force in zip(pairs, change, strict=True):
        if inside[i] == inside[j]:
            continue
        point = x[i] + radii[i] / (radii[i] + radii[j]) * (x[j] - x[i]) - centre
        total += np.outer(force if inside[i] else -force, point)
    return 0.5 * (total + total.T)
