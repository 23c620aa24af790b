"""Neighbours, motion and the energy ledger against all pairs, a slow version and invariants."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asperity.dem import (
    FlatJoint,
    Hertz,
    Hooke,
    Linear,
    ParallelBond,
    Plane,
    SmoothJoint,
    System,
)
from naive.dem import Spheres, all_pairs, separation

RADIUS, DENSITY = 1e-3, 2600.0
LINEAR = Linear(
    normal_stiffness=1e6, ratio=2.0, friction=0.4, normal_damping=0.1, shear_damping=0.05
)


def cloud(n_side=3, spread=0.97, seed=0, speed=0.3):
    """A jittered cubic block of grains that overlap a little and move at random."""
    rng = np.random.default_rng(seed)
    ticks = 2 * RADIUS * spread * np.arange(n_side)
    x = np.stack(np.meshgrid(ticks, ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 3)
    x += rng.uniform(-0.02, 0.02, x.shape) * RADIUS
    radii = RADIUS * rng.uniform(0.97, 1.03, len(x))
    spins = rng.normal(0, 0.2 * speed / RADIUS, x.shape)
    return x, radii, rng.normal(0, speed, x.shape), spins


def in_order(system):
    """Rows and spins in the order in which the grains were given."""
    order = np.argsort(system.ids)
    return system.rows[order], system.turning[order]


def joined(system, joint, margin=0.1 * RADIUS, swap=False, **others):
    """Join all near pairs; smooth joints about the plane z = 0."""
    pairs = system.close_pairs(margin)
    system.install(joint, pairs[:, ::-1] if swap else pairs, **others)
    return system


# ------------------------------------------------------------------------ neighbours


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 40),
    st.integers(0, 10_000),
    st.floats(0.0, 1.5),
    st.sampled_from(["open", "periodic", "slab"]),
    st.sampled_from([(1.0, 1.0, 1.0), (1.0, 1e-9, 1.0), (5.0, 1.0, 0.0), (1.0, 0.0, 0.0)]),
)
def test_neighbours_are_those_of_all_pairs(n, seed, margin, kind, shape):
    rng = np.random.default_rng(seed)
    radii = rng.uniform(0.3, 1.0, n)
    x = rng.uniform(-4.0, 12.0, (n, 3)) * shape  # also outside of the periodic cell
    period = {
        "open": None, "periodic": np.full(3, 8.0), "slab": np.array([9.0, np.inf, 7.5]),
    }[kind]  # fmt: skip
    system = System(x, radii, DENSITY, period=period)
    pairs = system.close_pairs(margin)
    assert {tuple(pair) for pair in pairs.tolist()} == all_pairs(x, radii, margin, period)
    assert len(np.unique(pairs, axis=0)) == len(pairs)
    assert (np.lexsort((pairs[:, 1], pairs[:, 0])) == np.arange(len(pairs))).all()


def test_contacts_are_found_while_grains_fly_about():
    # A gas in a periodic cell: at each look, the touching pairs are those of all pairs.
    rng = np.random.default_rng(3)
    n, box = 40, 12 * RADIUS
    radii = RADIUS * rng.uniform(0.5, 1.0, n)
    system = System(
        rng.uniform(0, box, (n, 3)), radii, DENSITY, LINEAR, period=[box] * 3,
        velocities=rng.normal(0, 5.0, (n, 3)),
    )  # fmt: skip
    system.time_step = 2e-7
    for _ in range(20):
        system.run(157)
        system.refresh()
        group = system.groups["linear"]
        touching = system.gaps("linear") < 0
        found = {tuple(sorted(p)) for p in zip(group.i[touching], group.j[touching], strict=True)}
        assert found == all_pairs(system.rows[:, :3], system.rows[:, 3], 0.0, system.cell)
    # Far more than the margin of the list has been travelled.
    assert 10 * 0.2 * radii.min() < 20 * 157 * 2e-7 * 5.0


# ------------------------------------------------------------------------ the slow version


@pytest.mark.parametrize("law", ["linear", "hooke"])
@pytest.mark.parametrize("where", ["periodic", "walls"])
def test_300_steps_are_those_of_the_slow_version(law, where):
    if law == "hooke" and where == "walls":
        law, damping = "linear", 0.3  # walls take linear contacts; here with local damping
    else:
        damping = 0.0
    x, radii, v, w = cloud()
    side = 6 * RADIUS * 0.97
    planes = [
        ((0, 0, -1.01 * RADIUS), (0, 0, 1), (0, 0, 0.5)),
        ((0, 0, side - 0.93 * RADIUS), (0, 0, -1), (0.2, 0, -0.3)),
    ]
    more = {"velocities": v, "spins": w, "damping": damping, "gravity": (0.0, 3.0, -9.81)}
    if law == "linear":
        contact, numbers = LINEAR, (1e6, 5e5, 0.4, 0.1, 0.05)
    else:
        contact, numbers = Hooke(1e6, 5e5, 0.5, 1e4, 5e3), (1e6, 5e5, 0.5, 1e4, 5e3)
    if where == "periodic":
        more["period"] = [side * 1.01] * 3
        planes = []
    walls = [Plane(point=p, normal=n, velocity=u) for p, n, u in planes]
    fast = System(x, radii, DENSITY, contact, walls=walls, skin=0.05 * RADIUS, **more)
    slow = Spheres(x, radii, DENSITY, law, *numbers, planes=planes, **more)
    fast.time_step = 2e-7
    fast.run(300)
    slow.run(300, 2e-7)
    rows, turning = in_order(fast)
    moved = np.abs(slow.x - x).max()
    away = np.array(
        [separation(a, b, more.get("period")) for a, b in zip(slow.x, rows[:, :3], strict=True)]
    )
    assert np.abs(away).max() < 1e-10 * moved
    np.testing.assert_allclose(rows[:, 4:7], slow.v, atol=1e-10 * np.abs(slow.v).max(), rtol=0)
    np.testing.assert_allclose(turning[:, :3], slow.w, atol=1e-10 * np.abs(slow.w).max(), rtol=0)
    assert np.abs(slow.v - v).max() > 0.1 * np.abs(v).max()  # it has been knocked about


# ------------------------------------------------------------------------ conservation

BOND = ParallelBond(LINEAR, modulus=1e10, tensile_strength=3e6, cohesion=4e6, friction_angle=20)
FLAT = FlatJoint(1e10, tensile_strength=3e6, cohesion=4e6, friction_angle=20)
CASES = {
    "linear": (LINEAR, None),
    "hertz": (Hertz(5e9, 0.2, friction=0.3, restitution=0.8), None),
    "parallel_bond": (LINEAR, BOND),
    "flat_joint": (LINEAR, FLAT),
}


def block(contact, joint, order=None, swap=False, **others):
    """An isolated cloud, possibly joined; `order` permutes the grains."""
    x, radii, v, w = cloud()
    order = np.arange(len(x)) if order is None else order
    system = System(
        x[order], radii[order], DENSITY, contact, velocities=v[order], spins=w[order], **others
    )
    if joint is not None:
        joined(system, joint, swap=swap)
    system.time_step = 1e-7
    return system


@pytest.mark.parametrize("case", CASES)
def test_momentum_and_angular_momentum_of_an_isolated_cloud(case):
    system = block(*CASES[case])

    def momenta():
        rows, turning = in_order(system)
        p = rows[:, 7, None] * rows[:, 4:7]
        # Positions of a step and velocities of the half step before it: this sum is
        # conserved exactly by the leapfrog.
        spin = np.cross(rows[:, :3], p) + turning[:, 3, None] * turning[:, :3]
        return p, spin

    p, spin = momenta()
    system.run(2000)
    q, turned = momenta()
    assert np.abs(q - p).max() > 0.1 * np.abs(p).max()
    assert np.abs(q.sum(axis=0) - p.sum(axis=0)).max() < 1e-13 * np.abs(p).sum()
    change = np.abs(turned.sum(axis=0) - spin.sum(axis=0)).max()
    assert change < 1e-11 * np.abs(spin).sum()
    if case in ("parallel_bond", "flat_joint"):  # bonds have broken on the way
        assert system.energies().released > 0.0


@pytest.mark.parametrize("case", CASES)
def test_the_order_of_grains_and_pairs_changes_nothing(case):
    one = block(*CASES[case])
    order = np.random.default_rng(8).permutation(len(one))
    other = block(*CASES[case], order=order, swap=True)
    one.run(500)
    other.run(500)
    rows, turning = in_order(one)
    rows_too, turning_too = in_order(other)
    speed = np.abs(rows[:, 4:7]).max()
    np.testing.assert_allclose(rows_too[:, :3], rows[order, :3], rtol=0, atol=1e-9 * RADIUS)
    np.testing.assert_allclose(rows_too[:, 4:7], rows[order, 4:7], rtol=0, atol=1e-8 * speed)
    spin = np.abs(turning[:, :3]).max()
    np.testing.assert_allclose(turning_too[:, :3], turning[order, :3], rtol=0, atol=1e-8 * spin)
    np.testing.assert_allclose(
        [one.energies().strain, one.energies().slip, one.energies().released],
        [other.energies().strain, other.energies().slip, other.energies().released],
        rtol=1e-6, atol=1e-12,
    )  # fmt: skip


@pytest.mark.parametrize("case", ["linear", "flat_joint"])
def test_threads_change_no_bit_in_gather_mode_and_little_in_private_mode(case):
    runs = {}
    for mode, threads in (("gather", 1), ("gather", 2), ("private", 1), ("private", 2)):
        system = block(*CASES[case], mode=mode, threads=threads)
        system.run(500)
        runs[mode, threads] = np.hstack(in_order(system))
    first = runs["gather", 1]
    assert np.array_equal(first, runs["gather", 2])
    scale = np.abs(first).max(axis=0)
    for threads in (1, 2):
        assert (np.abs(runs["private", threads] - first) <= 1e-9 * scale).all()


def test_looking_at_energies_changes_no_bit():
    looked, not_looked = block(*CASES["flat_joint"]), block(*CASES["flat_joint"])
    for _ in range(10):
        looked.run(50)
        looked.energies()
        looked.total_forces()
        not_looked.run(50)
    assert np.array_equal(looked.rows, not_looked.rows)
    assert looked.energies() == not_looked.energies()


@pytest.mark.parametrize("case", [*CASES, "hooke"])
def test_a_ledger_changes_no_bit(case):
    contact, joint = CASES.get(case) or (Hooke(1e6, 5e5, 0.5, 1e4, 5e3), None)
    kept, none = (block(contact, joint, ledger=ledger) for ledger in (True, False))
    before = kept.rows.copy()
    kept.run(500)
    none.run(500)
    assert not np.array_equal(kept.rows, before)
    assert np.array_equal(kept.rows, none.rows)


# ------------------------------------------------------------------------ energy


def closure(system, start):
    """What the ledger misses, relative to the energy that passed through."""
    e = system.energies()
    given = start + e.work
    through = max(abs(given), start + abs(e.walls) + abs(e.applied) + abs(e.fluid))
    return abs(e.accounted - given) / through, e


def test_an_undamped_elastic_block_keeps_its_energy():
    x, radii, v, w = cloud(speed=0.05)
    bond = ParallelBond(Linear(normal_stiffness=1.0), modulus=1e10, ratio=2.0)
    system = joined(System(x, radii, DENSITY, velocities=v, spins=w), bond)
    system.set_time_step(safety=0.2)
    start = system.energies().accounted
    largest = 0.0
    for _ in range(20):
        system.run(100)
        missing, e = closure(system, start)
        largest = max(largest, missing)
    assert e.strain > 0.1 * start  # energy moves between motion and springs
    assert largest < 1e-3


@pytest.mark.parametrize("law", ["linear", "hertz"])
def test_the_ledger_closes_with_friction_dashpots_damping_and_moving_walls(law):
    x, radii, v, w = cloud(speed=0.1)
    contact = LINEAR if law == "linear" else Hertz(5e9, 0.2, friction=0.3, restitution=0.8)
    top = 6 * RADIUS * 0.97 - 0.97 * RADIUS
    walls = [
        Plane(point=(0, 0, -RADIUS)),
        Plane(point=(0, 0, top), normal=(0, 0, -1), velocity=(0.2, 0, -0.5)),
    ]
    system = System(
        x, radii, DENSITY, contact, walls=walls, velocities=v, spins=w, damping=0.1,
        gravity=(0, 0, -9.81), applied=np.full((len(x), 3), 1e-4),
    )  # fmt: skip
    system.set_time_step(safety=0.1)
    start = system.energies().accounted
    system.run(round(4e-4 / system.time_step))
    missing, e = closure(system, start)
    for part in (e.slip, e.dashpot, e.damping, e.walls):
        assert part > 0.02 * start
    assert missing < 1e-2


@pytest.mark.parametrize("case", ["parallel_bond", "flat_joint"])
def test_the_ledger_closes_while_bonds_break(case):
    x, radii, v, w = cloud(spread=1.04, speed=0.02)
    v += 400.0 * (x - x.mean(axis=0)) * [1.0, -0.5, 0.3]  # pulled apart and pressed
    contact = Linear(normal_stiffness=1e6, friction=0.4)
    joint = {
        "parallel_bond": ParallelBond(
            contact, modulus=1e10, tensile_strength=1e6, cohesion=1e6, friction_angle=20
        ),
        "flat_joint": FlatJoint(1e10, tensile_strength=1e6, cohesion=1e6, friction_angle=20),
    }[case]
    system = System(x, radii, DENSITY, contact, velocities=v, spins=w)
    joined(system, joint, margin=0.2 * RADIUS)
    system.set_time_step(safety=0.1)
    start = system.energies().accounted
    system.run(round(2e-4 / system.time_step))
    missing, e = closure(system, start)
    assert e.released > 0.05 * start
    assert missing < 1e-2


def test_the_ledger_closes_on_a_pressed_fault():
    # Two layers of grains, bonded each, and between them smooth joints under pressure of a
    # fluid; the upper layer is pushed down and along the fault.
    ticks = 2 * RADIUS * np.arange(3)
    x = np.stack(np.meshgrid(ticks, ticks, ticks[:2], indexing="ij"), axis=-1).reshape(-1, 3)
    upper = x[:, 2] > RADIUS
    system = System(
        x, np.full(len(x), RADIUS), DENSITY, damping=0.05,
        applied=np.where(upper[:, None], [6.0, 0.0, -10.0], [-6.0, 0.0, 10.0]),
    )  # fmt: skip
    pairs = system.close_pairs(0.1 * RADIUS)
    across = upper[pairs[:, 0]] != upper[pairs[:, 1]]
    system.install(
        ParallelBond(Linear(normal_stiffness=1.0), modulus=2e10, ratio=2.0), pairs[~across]
    )
    fault = pairs[across]
    fault = np.where(upper[fault[:, :1]], fault[:, ::-1], fault)
    joint = SmoothJoint(
        1e13, 5e12, law="slip-weakening", parameters=(0.3, 0.2, 2e-7), bonded=True,
        tensile_strength=1e6, cohesion=1e6, friction_angle=10.0, dilation_angle=5.0,
    )  # fmt: skip
    system.install(joint, fault, normals=np.tile([0.0, 0.0, 1.0], (len(fault), 1)))
    system.groups["smooth_joint"].properties[10] = 1e6
    system.set_time_step(safety=0.1)
    system.run(round(2e-5 / system.time_step))
    missing, e = closure(system, 0.0)
    assert abs(e.fluid) > 0.01 * e.applied
    for part in (e.slip, e.damping, e.released):
        assert part > 1e-4 * e.applied
    assert missing < 1e-2


def test_hertz_ledger_counts_what_the_mindlin_spring_loses():
    # Pressed, sheared, then lifted without slip: the energy that the tangential force loses
    # as its stiffness falls is in the ledger.
    x = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.98 * RADIUS]])
    system = System(
        x, [RADIUS] * 2, DENSITY, Hertz(5e9, 0.2, friction=5.0),
        velocities=[[0, 0, 0], [0.02, 0, 1.5]],
    )  # fmt: skip
    system.set_time_step(safety=0.01)
    start = system.energies().accounted
    for _ in range(20):
        system.run(200)
        missing, e = closure(system, start)
        assert missing < 1e-3
    assert e.strain == 0.0
    assert math.isclose(e.accounted, start, rel_tol=1e-3)


def test_two_threads_are_not_one_found_in_the_cache():
    # numba's cache tells closures apart by what they enclose, not by `parallel`.
    loops = {}
    for threads in (1, 2):
        system = block(*next(iter(CASES.values())), threads=threads)
        system.run(2)
        (loops[threads],) = system._loops.values()
    enclosed = {k: [c.cell_contents for c in f.py_func.__closure__] for k, f in loops.items()}
    assert enclosed[1].count(False) == enclosed[2].count(True) == 1
    assert [loops[k].targetoptions.get("parallel") for k in (1, 2)] == [False, True]
