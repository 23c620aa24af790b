"""Spinning and oblique collisions against the impulses of rigid bodies.

The configurations are those of tests 5 to 8 of Chung & Ooi (2011),
doi:10.1007/s10035-011-0277-0: a sphere on a plane with tangential speed, then with spin,
two equal spheres with spin, two unequal ones.

While two bodies touch, the normal impulse is ``m_c (1 + e) v_n``. The tangential velocity of
the surfaces changes by ``J (1/m_1 + r_1^2/I_1 + 1/m_2 + r_2^2/I_2) = 7/2 J / m_c`` for solid
spheres (m_c = m_1 m_2 / (m_1 + m_2)). Friction gives at most ``J = mu m_c (1 + e) v_n`` (they
slide to the end), and no more than what stops the surfaces, ``J = 2/7 m_c v_t`` (they stick).
"""

import math

import numpy as np
import pytest

from asperity.dem import Hertz, Linear, Plane, System

DENSITY = 2700.0
SPEED = 0.2


def impulses(masses, radii, velocities, spins, mu, restitution):
    """Return velocities and spins after two bodies met along x; see the head of the file.

    A wall has an infinite mass and moves nowhere.
    """
    v, w = np.array(velocities, float), np.array(spins, float)
    normal = np.array([1.0, 0.0, 0.0])  # from the first to the second
    reduced = 1 / (1 / masses[0] + 1 / masses[1])
    surface = v[1] - np.cross(w[1], radii[1] * normal) - v[0] - np.cross(w[0], radii[0] * normal)
    closing = -surface[0]
    slide = surface - surface[0] * normal
    size = np.linalg.norm(slide)
    push = reduced * (1 + restitution) * closing
    rub = min(mu * push, 2 / 7 * reduced * size)
    impulse = push * normal - rub * slide / size  # on the second
    for k, sign in ((0, -1.0), (1, 1.0)):
        if np.isfinite(masses[k]):
            inertia = 0.4 * masses[k] * radii[k] ** 2
            v[k] += sign * impulse / masses[k]
            w[k] += np.cross(-sign * radii[k] * normal, sign * impulse) / inertia
    return v, w


def met(contact, radii, velocities, spins, wall):
    """The same by the engine: velocities and spins of one grain and a wall, or of two."""
    count = 1 if wall else 2
    x = [[-radii[0] - 1e-9, 0, 0], [radii[1], 0, 0]][:count]
    system = System(
        x, radii[:count], DENSITY, contact,
        walls=[Plane(normal=(-1.0, 0.0, 0.0))] if wall else (),
        velocities=velocities[:count], spins=spins[:count], skin=0.5 * min(radii[:count]),
    )  # fmt: skip
    # A hundredth of the time that the bodies take to pass through a thousandth of a radius.
    if isinstance(contact, Linear):
        light = 4 / 3 * math.pi * min(radii[:count]) ** 3 * DENSITY
        system.time_step = 0.002 * math.sqrt(light / contact.shear_stiffness)
        duration = 3 * math.pi * math.sqrt(light / contact.normal_stiffness)
    else:
        duration = 1e-4
        system.time_step = 1e-8
    system.run(round(duration / system.time_step))
    order = np.argsort(system.ids)
    rows, turning = system.rows[order], system.turning[order]
    return rows[:, 4:7], turning[:, :3]


BETA = 0.2
E_LINEAR = math.exp(-math.pi * BETA / math.sqrt(1 - BETA**2))
#: Springs with a restitution; and stiff, strongly damped ones along the surface, that stop
#: it within a small part of the contact as rigid bodies do.
SLIDING = Linear(
    normal_stiffness=1e6, shear_stiffness=1e6, friction=0.1, normal_damping=BETA
)  # fmt: skip
STICKING = Linear(
    normal_stiffness=1e5, shear_stiffness=1e7, friction=5.0, normal_damping=BETA, shear_damping=1.0
)
HERTZ = Hertz(70e9, 0.33, friction=0.1, restitution=0.98)
CASES = {
    # radii, tangential velocity of the first, spins about z of both
    "5 tangential speed on a plane": ((2.5e-3, math.inf), 1.0, (0.0, 0.0)),
    "6 spin on a plane": ((2.5e-3, math.inf), 0.0, (-400.0, 0.0)),
    "6 both on a plane": ((2.5e-3, math.inf), 1.0, (150.0, 0.0)),
    "7 two equal spheres": ((2.5e-3, 2.5e-3), 0.0, (300.0, 300.0)),
    "8 two unequal spheres": ((2.5e-3, 5e-3), 0.0, (300.0, 100.0)),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    ("contact", "mu", "restitution", "tolerance"),
    [
        (SLIDING, 0.1, E_LINEAR, 0.01),
        (HERTZ, 0.1, 0.98, 0.01),
        (STICKING, math.inf, E_LINEAR, 0.01),
    ],
    ids=["sliding", "sliding-hertz", "sticking"],
)
def test_chung_and_ooi_tests_5_to_8_are_those_of_rigid_bodies(
    case, contact, mu, restitution, tolerance
):
    radii, along, turns = CASES[case]
    wall = math.isinf(radii[1])
    masses = [4 / 3 * math.pi * r**3 * DENSITY for r in radii]
    velocities = [[SPEED if wall else SPEED / 2, along, 0.0], [0.0 if wall else -SPEED / 2, 0, 0]]
    spins = [[0.0, 0.0, turns[0]], [0.0, 0.0, turns[1]]]
    expected = impulses(
        masses, [r if math.isfinite(r) else 0.0 for r in radii], velocities, spins, mu, restitution
    )
    found = met(contact, list(radii), velocities, spins, wall)
    for one, other, scale in zip(found, expected, (SPEED, SPEED / radii[0]), strict=True):
        change = np.abs(one - other[: len(one)]).max()
        assert change < tolerance * scale


@pytest.mark.parametrize("beta", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("dashpots", ["full", "no-tension"])
def test_restitution_of_both_dashpot_conventions(beta, dashpots):
    # Full: the contact ends where the overlap does. Without tension: where the force does
    # (Schwager & Poeschel 2007, doi:10.1007/s10035-007-0065-z, equation 21).
    root = math.sqrt(1 - beta**2)
    angle = math.pi
    if dashpots == "no-tension":
        angle -= math.atan2(2 * beta * root, 1 - 2 * beta**2)
    contact = Linear(normal_stiffness=1e6, normal_damping=beta, dashpots=dashpots)
    r = 2.5e-3
    v, _ = met(contact, [r, r], [[SPEED, 0, 0], [-SPEED, 0, 0]], np.zeros((2, 3)), False)
    assert v[1, 0] / SPEED == pytest.approx(math.exp(-beta / root * angle), rel=5e-3)
