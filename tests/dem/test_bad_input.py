"""What cannot be computed is refused by name, and a run that blows up is stopped."""

import math

import numpy as np
import pytest

from asperity.core.errors import ConvergenceError, InputError
from asperity.dem import (
    Cylinder,
    FlatJoint,
    Hooke,
    Linear,
    ParallelBond,
    Plane,
    SmoothJoint,
    System,
)

LINEAR = Linear(normal_stiffness=1e6)
APART = [[0, 0, 0], [0, 0, 3.0]]
TOUCHING = [[0, 0, 0], [0, 0, 1.99]]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"positions": [[0, 0, 0], [0, math.nan, 3]]}, "sphere 1: position"),
        ({"radii": [1.0, -1.0]}, "sphere 1: .*radius -1"),
        ({"radii": [1.0]}, r"radii \(1,\)"),
        ({"positions": np.zeros((0, 3)), "radii": []}, "n >= 1"),
        ({"density": math.nan}, "density nan"),
        ({"damping": 1.0}, "damping 1"),
        ({"velocities": [[0, 0, 0], [math.inf, 0, 0]]}, "velocities"),
        ({"spins": [[0, math.nan, 0]] * 2}, "spins"),
        ({"applied": [[0, 0, 1.0]]}, r"shape \(1, 3\); \(2, 3\)"),
        ({"period": [5.0, -1.0, 5.0]}, "period"),
        ({"skin": 0.0}, "skin"),
        ({"contact": Hooke(1e6, 1e6), "walls": [Plane()]}, "wall_contact"),
    ],
)
def test_what_a_system_refuses(change, text):
    given = {"positions": APART, "radii": [1.0, 1.0], "density": 2600.0, "contact": LINEAR}
    with pytest.raises(InputError, match=text):
        System(**(given | change))


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Linear(), "either modulus or normal_stiffness"),
        (lambda: Linear(modulus=1e9, normal_stiffness=1e6), "either modulus"),
        (lambda: Linear(normal_stiffness=math.nan), "nan"),
        (lambda: Linear(normal_stiffness=1.0, dashpots="some"), "no-tension"),
        (lambda: FlatJoint(1e9, around=2), "at least 1 ring and 3 around"),
        (lambda: SmoothJoint(1e9, 1e9, law="magic"), "rate-weakening"),
        (lambda: SmoothJoint(1e9, 1e9, law="rate-state"), "reference_rate"),
        (lambda: Plane(normal=(0, 0, 2.0)).columns(), "length 1"),
        (lambda: Cylinder(radius=-1.0).columns(), "radius"),
    ],
)
def test_what_models_and_walls_refuse(make, text):
    with pytest.raises(InputError, match=text):
        make()


def test_spheres_with_one_centre_are_named():
    system = System([[9, 0, 0], [0, 0, 0], [0, 0, 0]], [1.0] * 3, 2600.0, LINEAR)
    with pytest.raises(InputError, match=r"spheres (1 and 2|2 and 1) have the same centre"):
        system.critical_time_step()


def test_spheres_that_overlap_far_are_stopped_when_they_shoot_apart():
    # At an overlap of nearly two radii a stable step for touching grains is far too long.
    system = System([[0, 0, 0], [0, 0, 0.01]], [1.0] * 2, 2600.0, Linear(normal_stiffness=1e15))
    system.time_step = 1e-3
    with pytest.raises(ConvergenceError, match=r"smaller time step.*overlap"):
        system.run(10)


@pytest.mark.parametrize("contact", [LINEAR, None])
def test_without_contacts_nothing_limits_the_step(contact):
    system = System(APART, [1.0] * 2, 2600.0, contact)
    with pytest.raises(InputError, match="nothing limits the time step"):
        system.critical_time_step()
    with pytest.raises(InputError, match="set_time_step"):
        system.run(1)


def test_a_step_above_the_critical_one_is_refused():
    system = System(TOUCHING, [1.0] * 2, 2600.0, LINEAR)
    # K_n + 2 K_s with K_s = K_n, and for a solid sphere I / r^2 = 0.4 m against K_s.
    mass = 4 / 3 * math.pi * 2600.0
    assert system.critical_time_step() == pytest.approx(math.sqrt(mass / 3e6))
    with pytest.raises(InputError, match="at most the critical"):
        system.set_time_step(1.01 * math.sqrt(mass / 3e6))
    for step in (0.0, -1.0, math.nan):
        with pytest.raises(InputError, match="must be positive"):
            system.set_time_step(step)


def test_a_period_of_less_than_two_diameters_is_refused():
    system = System(APART, [1.0] * 2, 2600.0, LINEAR, period=[3.9, 20.0, 20.0])
    with pytest.raises(InputError, match="own image"):
        system.refresh()


def test_an_unstable_chain_is_stopped():
    n, k, radius = 10, 1e6, 1e-3
    x = np.zeros((n, 3))
    x[:, 0] = 2 * radius * np.arange(n)
    system = System(x, np.full(n, radius), 2600.0)
    bond = ParallelBond(Linear(normal_stiffness=1e-3), stiffnesses=(k, 1e-3, 1e-9, 1e-9))
    system.install(bond, np.column_stack([np.arange(n - 1), np.arange(1, n)]))
    system.rows[3, 4] = 1e-6
    system.time_step = 3 * system.critical_time_step()
    with pytest.raises(ConvergenceError, match="smaller time step"):
        system.run(100_000)


@pytest.mark.parametrize(
    ("pairs", "text"),
    [
        ([[1, 1]], "itself"),
        ([[0, 1], [1, 0]], "one pair twice"),
        ([[0, 7]], "there are 0 to 1"),
        ([[-1, 1]], "there are 0 to 1"),
    ],
)
@pytest.mark.parametrize(
    "joint",
    [ParallelBond(LINEAR, modulus=1e9), FlatJoint(1e9), SmoothJoint(1e9, 1e9)],
    ids=lambda joint: joint.name,
)
def test_pairs_that_cannot_be_joined(joint, pairs, text):
    system = System(TOUCHING, [1.0] * 2, 2600.0)
    with pytest.raises(InputError, match=text):
        system.install(joint, np.array(pairs))


def test_grains_of_one_centre_cannot_be_joined():
    system = System([[0, 0, 0]] * 2, [1.0] * 2, 2600.0)
    with pytest.raises(InputError, match="same centre"):
        system.install(FlatJoint(1e9), np.array([[0, 1]]))


def test_a_system_without_a_ledger_says_so():
    system = System(TOUCHING, [1.0] * 2, 2600.0, LINEAR, ledger=False)
    with pytest.raises(InputError, match="ledger=True"):
        system.energies()
