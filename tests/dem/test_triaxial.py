"""Whole triaxial tests on few grains: stick-slip, equilibrium, energies, and the command line."""

import json
import math

import numpy as np
import pytest
import xarray as xr

from asperity.core import read_catalog
from asperity.core.errors import InputError
from asperity.dem import Simulation
from asperity.dem.config import CASES
from asperity.dem.laboratory.fault import FaultPlane, correlated_factor
from asperity.dem.laboratory.figures import stress_and_events
from asperity.dem.laboratory.results import (
    elementary_catalog,
    energy_closure,
    history_dataset,
    stress_drops,
    summary,
)
from asperity.dem.rock.specimen import pack_cylinder
from commands import run
from dem.cases import laboratory


@pytest.fixture(scope="module")
def smoke():
    return Simulation(laboratory(), seed=0).run()


def test_the_fault_sticks_and_slips(smoke):
    h = smoke.history
    drops = stress_drops(h.time, h.deviator)
    assert len(drops) >= 1
    assert all(d["drop"] > 0.1 * h.deviator.max() for d in drops)
    assert 150e6 < h.deviator.max() < 450e6
    assert np.isfinite(smoke.system.rows).all()


def test_energies_close(smoke):
    h = smoke.history
    closure = energy_closure(h)
    assert np.nanmax(np.abs(closure)) < 2e-3 * np.nanmax(h.energies[:, 6])


def test_the_lateral_stress_is_that_of_membrane_and_platen():
    # Love-Weber stress of the contacts against the virial of what pushes from outside.
    simulation = Simulation(laboratory())
    simulation.prepare()
    simulation.consolidate()
    system = simulation.system
    volume = simulation.section * simulation.configuration.specimen.height
    x = system.rows[:, :2]
    membrane = -0.5 * np.sum(system.forces_applied[:, :2] * x) / volume
    assert membrane == pytest.approx(150e6, rel=5e-3)  # a plain sum of p A: 12 % less
    # The lower platen holds the grains sideways: the shear forces that they put on it.
    walls = system.wall_state
    platen = 0.5 * np.sum(walls.history[:2].T * x[walls.particle]) / volume
    stress = system.stress(volume)
    assert 0.5 * (stress[0, 0] + stress[1, 1]) == pytest.approx(membrane + platen, rel=1e-3)
    pressed = walls.force[:, 3] / simulation.section
    assert pressed == pytest.approx([150e6, 150e6], rel=1e-3)


def test_constant_friction_slides_on_the_mohr_coulomb_line():
    # dem.md 7.9 with the measured confining stress: ds = mu s3 / (sin cos - mu sin^2).
    mu = 0.5
    simulation = Simulation(
        laboratory(
            'fault.law="coulomb"', f"fault.parameters=[{mu}]", "fault.friction_sd=0.0",
            "loading.damping=0.3", "loading.speed=0.1", "loading.first_speed=0.1",
            "loading.strain=0.011", "cell.machine_stiffness=0.0",
        )
    ).run()  # fmt: skip
    joints = simulation.system.groups["smooth_joint"]
    area = joints.properties[3].sum()
    normal = joints.history[13].sum() / area
    shear = np.linalg.norm(joints.history[1:4].sum(axis=1)) / area
    angle = math.radians(30.0)
    confining = (normal * math.cos(angle) - shear * math.sin(angle)) / math.cos(angle)
    axial = simulation.history.axial_stress[-20:].mean()
    predicted = mu * confining / (math.sin(angle) * math.cos(angle) - mu * math.sin(angle) ** 2)
    assert axial - confining == pytest.approx(predicted, rel=0.01)
    # Creeping without drops: constant friction gives no stick-slip.
    assert stress_drops(simulation.history.time, simulation.history.deviator) == []


def test_the_same_seed_gives_the_same_bits(smoke):
    again = Simulation(laboratory(), seed=0)
    again.prepare()
    again.consolidate()
    again.start_loading()
    again.load(most_steps=2000)
    n = len(again.history.deviator)
    np.testing.assert_array_equal(again.history.axial_stress, smoke.history.axial_stress[:n])


def test_another_strength_seed_leaves_the_packing():
    one, same, other = (Simulation(laboratory(*changes), seed=0).prepare() for changes in
                        ((), ("fault.strength_seed=0",), ("fault.strength_seed=1",)))  # fmt: skip
    np.testing.assert_array_equal(one.rows, other.rows)
    friction = [s.groups["smooth_joint"].properties for s in (one, same, other)]
    np.testing.assert_array_equal(friction[0], friction[1])
    drawn = (friction[0] != friction[2]).any(axis=1)
    # Every joint of the smoke test has its own friction, and nothing else is drawn there.
    assert drawn.sum() == 1


def test_packing_has_the_porosity_that_was_asked_for():
    rng = np.random.default_rng(3)
    positions, radii = pack_cylinder(0.04, 0.08, 4e-3, 0.2, 0.38, rng)
    solid = 4 / 3 * math.pi * np.sum(radii**3)
    assert 1 - solid / (math.pi * 0.02**2 * 0.08) == pytest.approx(0.38, abs=1e-9)
    assert np.hypot(positions[:, 0], positions[:, 1]).max() < 0.02
    assert radii.max() / radii.min() < 1.2 / 0.8 * 1.001
    with pytest.raises(InputError, match="at least 50"):
        pack_cylinder(0.01, 0.01, 4e-3, 0.2, 0.38, rng)


def test_fault_coordinates_are_those_of_the_published_set_up():
    # z = -sqrt(3) x; dip' = x sin 30 - z cos 30, normal' = x cos 30 + z sin 30.
    plane = FaultPlane(30.0)
    on = np.array([[0.01, 0.003, -math.sqrt(3) * 0.01]])
    dip, strike, off = plane.coordinates(on)[0]
    assert (strike, off) == pytest.approx((0.003, 0.0), abs=1e-12)
    assert dip == pytest.approx(0.02)
    assert plane.area(0.04) == pytest.approx(2513e-6, rel=1e-3)


def test_strength_is_alike_at_neighbouring_joints():
    rng = np.random.default_rng(0)
    places = rng.uniform(0, 0.04, (400, 2))
    pairs = []
    for _ in range(40):
        f = correlated_factor(places, 0.3, 8e-3, (-10, 10), rng)
        pairs.append((f - 1) / 0.3)
    fields = np.array(pairs)
    d = np.linalg.norm(places[:, None] - places[None], axis=2)
    for low, high in ((1e-3, 3e-3), (7e-3, 9e-3), (0.025, 0.03)):
        i, j = np.nonzero((d > low) & (d < high))
        found = np.mean(fields[:, i] * fields[:, j])
        expected = np.mean(np.exp(-((d[i, j] / 8e-3) ** 2)))
        assert found == pytest.approx(expected, abs=0.08)


def test_drops_of_a_saw_tooth():
    t = np.arange(0, 0.02, 4e-6)
    saw = 100e6 + 50e6 * (t % 5e-3) / 5e-3
    drops = stress_drops(t, saw)
    assert [round(d["time"], 4) for d in drops] == [0.005, 0.01, 0.015]
    assert drops[0]["drop"] == pytest.approx(50e6, rel=0.02)
    # A drop that is made up for within 1 ms is one all the same; its bounce is not another.
    bounced = np.interp(
        t, [0, 5e-3, 5.05e-3, 5.1e-3, 5.15e-3, 5.9e-3, 2e-2], [0, 9, 5, 8, 5, 10, 24]
    )
    assert [round(d["time"], 4) for d in stress_drops(t, bounced * 1e6)] == [0.005]


def test_run_folder_and_info(tmp_path):
    changes = ["loading.strain=0.001", "loading.consolidation_steps=600"]
    arguments = [word for change in changes for word in ("--set", change)]
    folder = tmp_path / "run"
    told = run("dem", "run", "--case", "smoke", "-o", folder, "--json", *arguments)
    document = json.loads(told.stdout)
    for key in (
        "particles", "contacts", "steps", "timestep", "wall_seconds",
        "contact_updates_per_second", "mainshocks", "foreshocks", "energy_closure",
        "sigma3_mean", "peak_deviator", "stress_drops",
    ):  # fmt: skip
        assert key in document
    with xr.open_dataset(folder / "history.nc", engine="h5netcdf") as history:
        assert history["deviator"].attrs["units"] == "Pa"
    assert read_catalog(folder / "events.parquet").catalog.frame == "local"
    info = json.loads(run("dem", "info", folder, "--json").stdout)
    assert info["peak_deviator"] == pytest.approx(document["peak_deviator"])
    assert "checkpoint.nc" in run("dem", "info", tmp_path, code=1).stderr
    # A folder is taken from the first moment on, not only once the result is there.
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "config.toml").write_text("of another run")
    refused = run("dem", "run", "--case", "smoke", "-o", taken, code=1)
    assert "not empty" in refused.stderr
    assert [p.name for p in taken.iterdir()] == ["config.toml"]


def test_a_printed_template_is_a_configuration(tmp_path):
    for case in CASES:
        path = tmp_path / f"{case}.toml"
        path.write_text(run("dem", "template", "--case", case).stdout)
        run("config", "check", path)


def test_events_and_stress_share_one_clock(smoke):
    figure = stress_and_events(history_dataset(smoke), elementary_catalog(smoke))
    upper, lower = figure.axes
    time, stress = upper.lines[0].get_data()
    when = np.concatenate([c.get_offsets()[:, 0] for c in lower.collections])
    # Most slip episodes begin in the half millisecond after a peak of the stress.
    peaks = [d["time"] * 1e3 for d in stress_drops(time * 1e-3, stress)]
    near = [np.sum((when > p - 0.1) & (when < p + 0.5)) for p in peaks]
    assert sum(near) > 0.5 * len(when)
    first = smoke.events[:, 0].min() - smoke.loading_start
    assert when.min() == pytest.approx(first * smoke.system.time_step * 1e3, abs=1e-5)


def test_summary_counts_what_happened(smoke):
    told = summary(smoke)
    assert told["particles"] == len(smoke.system)
    assert told["mainshocks"] == len(told["stress_drops"])
    assert told["elementary_events"]["slip_episodes"] == len(smoke.events)
