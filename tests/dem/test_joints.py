"""Chains of bonds against beams, breaks, and friction on smooth joints against its laws."""

import math

import numpy as np
import pytest

from asperity.dem import FlatJoint, Linear, ParallelBond, SmoothJoint, System
from asperity.dem.engine._kernels.smooth_joint import FORCE, MU, PRESSURE

RADIUS, DENSITY = 1e-3, 2600.0
HELD = 1e20  # mass and inertia of a grain that nothing moves
AREA = math.pi * RADIUS**2
SECOND = math.pi * RADIUS**4 / 4
YOUNG, RATIO, GRAINS = 10e9, 2.5, 10
LENGTH = 2 * RADIUS * (GRAINS - 1)
BEAMS = {
    "parallel_bond": ParallelBond(Linear(normal_stiffness=1.0), modulus=YOUNG, ratio=RATIO),
    "flat_joint": FlatJoint(YOUNG, RATIO, radial=4, around=16, exact_bending=True),
}


def chain(joint, **others):
    """A row of joined grains along x, the first of them held."""
    x = np.zeros((GRAINS, 3))
    x[:, 0] = 2 * RADIUS * np.arange(GRAINS)
    system = System(x, np.full(GRAINS, RADIUS), DENSITY, **others)
    system.install(joint, np.column_stack([np.arange(GRAINS - 1), np.arange(1, GRAINS)]))
    system.set_time_step(safety=0.5)
    system.rows[0, 7] = system.turning[0, 3] = HELD
    return system


def row_of(system, grain):
    return int(np.flatnonzero(system.ids == grain)[0])


# ------------------------------------------------------------------------ beams


@pytest.mark.parametrize("kind", BEAMS)
def test_a_cantilever_bends_as_a_beam(kind):
    force = 1e-3
    applied = np.zeros((GRAINS, 3))
    applied[-1, 2] = force
    system = chain(BEAMS[kind], applied=applied, damping=0.5)
    system.run(60_000)
    # Bending and shear of a beam that is clamped at the first centre; G A = E A / ratio.
    bending = force * LENGTH**3 / (3 * YOUNG * SECOND)
    shear = force * LENGTH / (YOUNG / RATIO * AREA)
    assert system.rows[row_of(system, GRAINS - 1), 2] == pytest.approx(bending + shear, rel=0.02)
    assert shear > 0.005 * bending
    assert np.abs(system.rows[1:, 4:7]).max() < 1e-6 * bending / (1000 * system.time_step)


@pytest.mark.parametrize(("kind", "share"), [("parallel_bond", 1.0), ("flat_joint", 0.977)])
def test_a_chain_twists_as_a_rod(kind, share):
    system = chain(BEAMS[kind], damping=0.5)
    tip = row_of(system, GRAINS - 1)
    system.rows[tip, 7] = system.turning[tip, 3] = HELD
    spin, steps = 10.0, 1000
    system.turning[tip, 0] = spin
    system.run(steps + 1)  # the first step knows of no motion yet
    system.turning[row_of(system, GRAINS - 1), 0] = 0.0
    system.run(30_000)
    angle = spin * steps * system.time_step
    torque = system.total_forces()[row_of(system, GRAINS - 1), 3]
    # dem.md section 9: the sampled disc of 4 x 16 elements has 0.977 of the polar moment.
    assert torque == pytest.approx(-share * YOUNG / RATIO * 2 * SECOND * angle / LENGTH, rel=0.01)


# ------------------------------------------------------------------------ breaks


@pytest.mark.parametrize("kind", ["parallel_bond", "flat_joint"])
def test_breaks_in_tension_and_in_shear_are_counted_apart(kind):
    # Five pairs far from each other: three are pulled apart and two are sheared.
    base = np.array([[0.0, 10 * RADIUS * k, 0.0] for k in range(5)])
    x = np.concatenate([base, base + np.array([0.0, 0.0, 2 * RADIUS])])
    joint = {
        "parallel_bond": ParallelBond(
            Linear(normal_stiffness=1.0), modulus=YOUNG, tensile_strength=2e6, cohesion=3e6
        ),
        "flat_joint": FlatJoint(YOUNG, 1.0, tensile_strength=2e6, cohesion=3e6),
    }[kind]
    velocities = np.zeros((10, 3))
    velocities[5:8, 2] = 0.01
    velocities[8:, 0] = 0.01
    system = System(x, np.full(10, RADIUS), DENSITY, velocities=velocities)
    system.install(joint, np.column_stack([np.arange(5), np.arange(5, 10)]))
    system.rows[:, 7] = system.turning[:, 3] = HELD
    system.time_step = 1e-8
    # k = E / 2R: 2 MPa are reached after 0.4 um, 3 MPa after 0.6 um.
    states = []
    for steps in (3_990, 20, 1_980, 20):
        system.run(steps)
        group = system.groups[kind]
        states.append(group.history[10] if kind == "parallel_bond" else group.extra[:, :, 2])
        states[-1] = np.unique(np.array(states[-1]).reshape(5, -1), return_counts=True)
    per = 1 if kind == "parallel_bond" else 3
    found = [dict(zip(values, counts // per, strict=True)) for values, counts in states]
    intact, torn, sheared = 3.0, 1.0, 2.0
    assert found == [
        {intact: 5},
        {torn: 3, intact: 2},
        {torn: 3, intact: 2},
        {torn: 3, sheared: 2},
    ]


# ------------------------------------------------------------------------ friction laws


def rubbed(law, parameters, ks=1e14, **others):
    """Two grains with a smooth joint between them, pressed by 1 um and then held there."""
    system = System([[0, 0, 0], [0, 0, 2 * RADIUS]], [RADIUS] * 2, DENSITY)
    joint = SmoothJoint(1e12, ks, law=law, parameters=parameters, **others)
    system.install(joint, np.array([[0, 1]]))
    system.rows[:, 7] = HELD
    system.time_step = 1e-8
    system.groups["smooth_joint"].history[0] = -1e-6
    return system


def rub(system, speed, steps):
    """Slide at a speed; returns shear over normal force and the state of the joint."""
    system.rows[1, 4] = speed
    system.run(steps)
    force = system.total_forces()[1]
    return -force[0] / force[2], system.groups["smooth_joint"].history[:, 0]


def test_slip_weakening_falls_in_proportion_to_slip():
    static, dynamic, distance = 0.6, 0.3, 2e-6
    system = rubbed("slip-weakening", (static, dynamic, distance))
    system.run(1)
    for slid in (0.25, 0.5, 0.75, 1.5):
        before = np.linalg.norm(system.groups["smooth_joint"].history[6:9, 0])
        mu, _ = rub(system, 1.0, round((slid * distance - before) / 1e-8))
        assert mu == pytest.approx(static - (static - dynamic) * min(slid, 1.0), abs=0.005)


def test_rate_weakening_reaches_its_steady_state_and_heals():
    static, dynamic, rate, distance, healing = 0.7, 0.4, 0.5, 1e-6, 2e-5
    system = rubbed("rate-weakening", (static, dynamic, rate, distance, healing), filter_time=1e-7)
    for speed in (0.1, 0.5, 2.0):
        mu, _ = rub(system, speed, 20_000)
        assert mu == pytest.approx(dynamic + (static - dynamic) / (1 + speed / rate), rel=1e-3)
    _, state = rub(system, 0.0, 200)  # the filtered rate fades within some 0.1 us
    low = state[MU]
    _, state = rub(system, 0.0, round(healing / 1e-8))
    assert static - state[MU] == pytest.approx((static - low) / math.e, rel=2e-3)


def test_rate_and_state_friction_at_a_step_of_the_rate():
    mu0, a, b, reference, distance = 0.6, 0.010, 0.015, 0.01, 1e-6
    system = rubbed("rate-state", (mu0, a, b, reference, distance))
    slow, fast = 0.02, 0.2
    mu, _ = rub(system, slow, 100_000)
    at_slow = mu0 + (a - b) * math.log(slow / reference)
    assert mu == pytest.approx(at_slow, abs=1e-5)
    peak = 0.0
    for _ in range(200):
        mu, _ = rub(system, fast, 1)
        peak = max(peak, mu)
    # The joint's own spring lets the state age a little before the peak.
    assert peak - at_slow == pytest.approx(a * math.log(fast / slow), rel=0.02)
    mu, _ = rub(system, fast, 10_000)
    assert mu - at_slow == pytest.approx((a - b) * math.log(fast / slow), rel=1e-3)


# ------------------------------------------------------------------------ a block on a spring

NORMAL, SPRING = 100.0, 2e5


def slider(law, parameters, speed, damping=0.0, pressure=0.0, **others):
    """A block (grain 1) on a held one, pressed by `NORMAL`, pulled along x by a spring."""
    x = [[0, 0, 0], [0, 0, 2 * RADIUS], [2 * RADIUS, 0, 2 * RADIUS]]
    applied = np.zeros((3, 3))
    applied[1, 2] = -NORMAL
    system = System(x, [RADIUS] * 3, DENSITY, applied=applied, damping=damping)
    joint = SmoothJoint(1e13, 1e13, law=law, parameters=parameters, **others)
    system.install(joint, np.array([[0, 1]]))
    # In equilibrium from the start: the spring carries what the fluid does not.
    effective = NORMAL - pressure * AREA
    group = system.groups["smooth_joint"]
    group.history[0] = -effective / (1e13 * AREA)
    group.history[FORCE] = effective
    group.properties[PRESSURE] = pressure
    spring = ParallelBond(Linear(normal_stiffness=1e-3), stiffnesses=(SPRING, 1e-3, 1e-9, 1e-9))
    system.install(spring, np.array([[1, 2]]))
    system.set_time_step(safety=0.2)
    for grain in (0, 2):
        system.rows[grain, 7] = system.turning[grain, 3] = HELD
    system.rows[2, 4] = speed
    return system


def pulls(system, chunks, steps):
    """The force of the spring after each chunk of steps."""
    out = np.empty(chunks)
    for k in range(chunks):
        system.run(steps)
        stretch = system.rows[row_of(system, 2), 0] - system.rows[row_of(system, 1), 0]
        out[k] = SPRING * (stretch - 2 * RADIUS)
    return out


@pytest.mark.parametrize("damping", [0.0, 0.6, 0.95])
def test_the_drop_of_a_block_is_that_of_its_friction(damping):
    # dem.md 7.10: twice the drop of friction where nothing damps, once where damping is
    # strong. Local damping: force times (1 - a) speeds up and (1 + a) slows down, so that
    # the block overshoots by sqrt((1 - a) / (1 + a)) of the way to its equilibrium.
    static, dynamic = 0.6, 0.4
    system = slider("slip-weakening", (static, dynamic, 1e-8), 0.1, damping)
    force = pulls(system, 4000, 50)
    peak = int(np.argmax(force))
    assert force[peak] == pytest.approx(static * NORMAL, rel=0.01)
    after = force[peak : peak + 1000].min()
    overshoot = math.sqrt((1 - damping) / (1 + damping))
    drop = (static - dynamic) * NORMAL * (1 + overshoot)
    assert force[peak] - after == pytest.approx(drop, rel=0.03)


def test_stick_slip_recurs_after_the_time_of_its_drop():
    speed = 0.05
    system = slider("rate-weakening", (0.6, 0.4, 0.02, 2e-7, 2e-5), speed, 0.1)
    force = pulls(system, 6000, 50)
    dt = 50 * system.time_step
    falls = np.flatnonzero(force[:-20] - force[20:] > 5.0)
    starts = falls[np.flatnonzero(np.diff(falls, prepend=-1000) > 40)]
    peaks = np.array([s + int(np.argmax(force[s : s + 20])) for s in starts])
    assert len(peaks) >= 4
    joint = 1e13 * AREA
    effective = 1 / (1 / SPRING + 1 / joint)
    for one, two in zip(peaks[1:-1], peaks[2:], strict=True):
        low = one + int(np.argmin(force[one:two]))
        quarter = (two - low) // 4
        rise = force[two - quarter] - force[low + quarter]
        reload = rise / ((two - low - 2 * quarter) * dt)
        assert reload == pytest.approx(effective * speed, rel=0.01)
        recurrence = (force[two] - force[low]) / (effective * speed)
        assert (two - low) * dt == pytest.approx(recurrence, rel=0.02)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7])
def test_a_fluid_lets_the_fault_slip_at_the_effective_stress(share):
    # dem.md 1.9: slip at tau = mu (sigma_n - p).
    mu = 0.6
    pressure = share * NORMAL / AREA
    system = slider("coulomb", (mu,), 0.04, 0.3, pressure)
    force = pulls(system, 3000, 50)
    assert force[-500:].mean() == pytest.approx(mu * NORMAL * (1 - share), rel=0.01)
    assert force.max() == pytest.approx(mu * NORMAL * (1 - share), rel=0.01)


def test_the_sampled_strength_is_where_a_joint_gives_way():
    # Pressed and sheared: bonded up to c A + tan(phi) N, then friction mu N.
    system = rubbed(
        "coulomb", (0.4,), ks=5e11, bonded=True, cohesion=2e6, friction_angle=30.0
    )  # fmt: skip
    samples = []
    row = row_of(system, 1)
    system.rows[row, 4] = 0.2
    system.run(
        4000, every=1, joints=1, chunk=4000,
        sink=lambda _record, joints: samples.append(joints[:, :, 0].astype(float)),
    )  # fmt: skip
    normal, shear, friction, slip, strength = np.concatenate(samples).T
    broken = int(np.argmax(slip > 0.0))
    assert 10 < broken < 3900
    area = system.groups["smooth_joint"].properties[3, 0]
    before, after = slice(0, broken - 1), slice(broken + 1, None)
    whole = 2e6 * area + math.tan(math.radians(30.0)) * normal[before]
    assert strength[before] == pytest.approx(whole, rel=1e-5)
    assert shear[broken - 1] == pytest.approx(strength[broken - 1], rel=0.01)
    assert strength[after] == pytest.approx((friction * normal)[after], rel=1e-5)
    assert shear[-1] == pytest.approx(0.4 * normal[-1], rel=1e-3)
