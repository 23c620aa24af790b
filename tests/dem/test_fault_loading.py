"""Reload of a saw-cut specimen, slip of more than a grain, and confinement by a rigid wall."""

import math

import numpy as np
import pytest

from asperity.dem import Simulation
from asperity.dem.laboratory.confinement import lateral_stress
from asperity.dem.laboratory.results import energy_closure, stress_drops, summary
from dem.cases import laboratory

SECTION, HEIGHT = math.pi / 4 * 0.05**2, 0.1


def test_reload_is_that_of_specimen_and_machine_in_series():
    # dem.md 7.10: stress rises by V / (A (1/K_specimen + 1/K_machine)) while nothing slips.
    speed, machine = 0.3, 1e9
    simulation = Simulation(
        laboratory(
            "fault.friction_sd=0.0", f"loading.speed={speed}", f"loading.first_speed={speed}",
            "loading.damping=0.3", "loading.strain=0.02", "loading.consolidation_steps=1500",
        )
    ).run()  # fmt: skip
    h = simulation.history
    ends = [drop["time"] for drop in stress_drops(h.time, h.deviator)]
    assert len(ends) >= 3

    def window(low, high):
        # The machine has swung out after half of the time.
        return (h.time > low + 0.6 * (high - low)) & (h.time < high - 0.05 * (high - low))

    # The specimen from platen to platen in one reload; the machine beside it in the next one.
    first, second = window(*ends[-3:-1]), window(*ends[-2:])
    specimen = np.polyfit(h.strain[first] * HEIGHT, h.deviator[first] * SECTION, 1)[0]
    expected = speed / SECTION / (1 / specimen + 1 / machine)
    reload = np.polyfit(h.time[second], h.deviator[second], 1)[0]
    assert reload == pytest.approx(expected, rel=0.02)


def test_a_fault_that_slides_far_stays_a_fault():
    # 5 mm of shortening slide grains of 5 mm past each other. With a constant friction the
    # stress stays on the Mohr-Coulomb line while joints go on between other grains.
    mu = 0.5
    simulation = Simulation(
        laboratory(
            'fault.strain="large"', 'fault.law="coulomb"', f"fault.parameters=[{mu}]",
            "fault.friction_sd=0.0", "loading.damping=0.3", "cell.machine_stiffness=0.0",
            "loading.strain=0.06", "loading.consolidation_steps=1500",
        )
    )  # fmt: skip
    simulation.prepare()
    count, area = len(simulation.system.groups["smooth_joint"].i), 0.0039270
    simulation.run()
    joints = simulation.system.groups["smooth_joint"]
    assert summary(simulation)["joints_handed_over"] > 10
    assert len(joints.i) == count
    assert joints.properties[3].sum() == pytest.approx(area, rel=1e-3)
    pairs = {tuple(sorted(pair)) for pair in zip(joints.i, joints.j, strict=True)}
    assert len(pairs) == count
    side = simulation._upper[simulation.system.ids]
    assert not side[joints.i].any()
    assert side[joints.j].all()
    normal = joints.history[13].sum() / area
    shear = np.linalg.norm(joints.history[1:4].sum(axis=1)) / area
    assert shear / normal == pytest.approx(mu, rel=0.01)
    h = simulation.history
    assert np.nanmax(np.abs(energy_closure(h))) < 0.01 * np.nanmax(h.energies[:, 6])
    # Without a step where joints change hands.
    sliding = h.deviator[h.strain > 0.02]
    assert np.abs(np.diff(sliding)).max() < 0.05 * sliding.mean()


def test_a_rigid_wall_confines_as_the_membrane_does():
    young = {}
    for side in ("membrane", "wall"):
        simulation = Simulation(
            laboratory(
                f'cell.side="{side}"', "fault.present=false", "cell.machine_stiffness=0.0",
                "loading.strain=0.004", "loading.damping=0.3",
            )
        )  # fmt: skip
        simulation.prepare()
        simulation.consolidate()
        lateral = lateral_stress(simulation.system, SECTION * HEIGHT)
        # The lower platen holds grains sideways, which adds a little.
        assert lateral == pytest.approx(150e6, rel=0.02)
        simulation.run()
        h = simulation.history
        assert h.confining_stress[-1] == pytest.approx(150e6, rel=0.01)
        assert np.nanmax(np.abs(energy_closure(h))) < 0.01 * np.nanmax(h.energies[:, 6])
        young[side] = np.polyfit(h.strain, h.deviator, 1)[0]
    assert young["wall"] == pytest.approx(young["membrane"], rel=0.05)
