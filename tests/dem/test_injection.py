"""Pressure on a fault against analytic solutions, its account, and a test with injection."""

import json
import math

import numpy as np
import pytest
from scipy.special import erf, exp1

from asperity.core import read_catalog
from asperity.core.config import resolve
from asperity.core.errors import InputError, UsageError
from asperity.dem import LaboratoryConfiguration, Simulation
from asperity.dem.config import CASES, Injection
from asperity.dem.laboratory.injection import FaultInjection, injected, radial_pressure
from asperity.dem.laboratory.results import energy_closure
from asperity.evt.volumes import injected_volume
from commands import run

RATE = 1e-7


def fluid(half_dip=0.04, half_strike=0.04, interval=2e-5, **changes):
    settings = Injection(**{"rates": (RATE,), "times": (0.0,), "spacing": 1e-3, **changes})
    return FaultInjection(settings, half_dip, half_strike, interval)


def test_pressure_around_a_point_is_that_of_theis():
    one = fluid(dip=0.5e-3, strike=0.5e-3)  # in the middle of a cell
    for count in (200, 500):
        one.advance(count)
        seconds = count * one.interval
        r = np.array([4, 6, 9, 12]) * 1e-3
        places = np.column_stack([0.5e-3 + r, np.full(4, 0.5e-3)])
        s = one.settings
        diffusivity = s.permeability / (s.viscosity * s.storage)
        scale = RATE * s.viscosity / (4 * math.pi * s.permeability * s.thickness)
        expected = scale * exp1(r**2 / (4 * diffusivity * seconds))
        np.testing.assert_allclose(radial_pressure(s, r, seconds), expected, rtol=1e-12)
        # The rim is 36 mm away: the front is sqrt(4 D t) < 29 mm.
        np.testing.assert_allclose(one.at(places), expected, rtol=0.02, atol=0.002 * expected[0])


def test_a_schedule_is_superposed():
    one = fluid(rates=(RATE, 3 * RATE, 0.0), times=(0.0, 2e-3, 4e-3), dip=5e-4, strike=5e-4)
    one.advance(300)
    r = np.array([5e-3, 10e-3])
    places = np.column_stack([5e-4 + r, np.full(2, 5e-4)])
    expected = radial_pressure(one.settings, r, 6e-3)
    np.testing.assert_allclose(one.at(places), expected, rtol=0.03)
    assert injected(one.settings, 6e-3) == pytest.approx(RATE * 2e-3 + 3 * RATE * 2e-3)


def test_flow_along_a_narrow_fault_is_one_dimensional():
    # A fault as narrow as a few cells: far from the point flow is along it, and the pressure
    # is q / (w T) (sqrt(D t / pi) exp(-x^2/4Dt) - x/2 erfc(x / 2 sqrt(D t))), w its width.
    one = fluid(half_dip=0.2, half_strike=2e-3, spacing=5e-4, dip=2.5e-4, strike=2.5e-4)
    one.advance(200)
    seconds = 200 * one.interval
    s = one.settings
    diffusivity = s.permeability / (s.viscosity * s.storage)
    transmissivity = s.permeability * s.thickness / s.viscosity
    x = np.array([8e-3, 12e-3, 16e-3])
    root = math.sqrt(diffusivity * seconds)
    width = np.count_nonzero(one._inside[len(one._inside) // 2]) * 5e-4
    mean = RATE / (2 * width * transmissivity)
    half = root / math.sqrt(math.pi) * np.exp(-(x**2) / (4 * root**2))
    expected = 2 * mean * (half - 0.5 * x * (1 - erf(x / (2 * root))))
    places = np.column_stack([2.5e-4 + x, np.full(3, 2.5e-4)])
    np.testing.assert_allclose(one.at(places), expected, rtol=0.03)


def test_what_is_injected_is_stored_or_has_left():
    sealed, drained = fluid(0.03, 0.02), fluid(0.03, 0.02, rim="drained")
    for one in (sealed, drained):
        one.advance(1000)
    volume = injected(sealed.settings, 1000 * sealed.interval)
    assert sealed.stored == pytest.approx(volume, rel=1e-10)
    assert 0.0 < drained.stored < 0.7 * volume
    # At last the sealed fault has one pressure, V / (S h A).
    long = fluid(0.03, 0.02, interval=1e-2, rates=(RATE, 0.0), times=(0.0, 1e-2))
    long.advance(500)
    np.testing.assert_allclose(long.pressures, long.pressures.mean(), rtol=1e-6)
    # Going back begins anew and gives the same bits.
    now = sealed.pressures.copy()
    sealed.advance(10)
    sealed.advance(1000)
    np.testing.assert_array_equal(sealed.pressures, now)


def test_injections_that_cannot_be():
    with pytest.raises(InputError, match="outside the fault"):
        fluid(dip=0.05)
    with pytest.raises(InputError, match="cells on the fault"):
        fluid(spacing=0.03)
    for wrong in (
        "injection.rates=[1e-7]", "injection.times=[0.0]",
    ):  # fmt: skip
        with pytest.raises(UsageError, match="one each"):
            resolve(LaboratoryConfiguration, CASES["smoke"], [wrong], "test")
    with pytest.raises(UsageError, match=r"set fault\.present"):
        laboratory("injection.rates=[1e-7]", "injection.times=[0.0]", "fault.present=false")
    with pytest.raises(InputError, match="ascend"):
        resolve(
            LaboratoryConfiguration,
            CASES["smoke"] | {"injection": {"rates": [1e-7, 0], "times": [1.0, 0.5]}}, (), "test",
        )  # fmt: skip


def laboratory(*changes):
    return resolve(
        LaboratoryConfiguration, CASES["smoke"],
        ('fault.law="coulomb"', "fault.parameters=[0.5]", "fault.friction_sd=0.0",
         "loading.damping=0.3", "cell.machine_stiffness=0.0", "loading.consolidation_steps=1500",
         *changes), "test",
    )  # fmt: skip


def test_injection_makes_a_loaded_fault_slip():
    # Loaded to sliding with a constant friction; then fluid takes part of the normal force,
    # and slip goes on at mu (sigma_n - p) with the pressure that a sealed fault ends with.
    dry = Simulation(laboratory("loading.strain=0.008")).run()
    area, thickness, storage, pressure = 0.0039270, 1e-3, 5e-10, 20e6
    volume = pressure * area * thickness * storage
    wet = Simulation(
        laboratory(
            "loading.strain=0.008", f"injection.rates=[{volume / 1e-3}, 0.0]",
            "injection.times=[0.0, 1e-3]", "injection.permeability=1e-12",
        )
    ).run()  # fmt: skip
    joints = wet.system.groups["smooth_joint"]
    np.testing.assert_allclose(joints.properties[10], pressure, rtol=0.05)
    slides = [run.history.deviator[-50:].mean() for run in (dry, wet)]
    # ds = mu (s3 - p) / (sin cos - mu sin^2): both slide at the same friction.
    expected = (150e6 - pressure) / 150e6
    assert slides[1] / slides[0] == pytest.approx(expected, abs=0.02)
    h = wet.history
    assert np.nanmax(np.abs(energy_closure(h))) < 0.01 * np.nanmax(h.energies[:, 6])


def test_a_resumed_injection_goes_on_to_the_bit():
    configuration = laboratory(
        "injection.rates=[1e-6]", "injection.times=[1e-4]", 'fault.strain="large"',
        'cell.side="wall"',
    )  # fmt: skip
    whole = Simulation(configuration)
    whole.prepare()
    whole.consolidate()
    whole.start_loading()
    whole.load(most_steps=2000)
    again = Simulation.from_state(configuration, whole.state())
    for one in (whole, again):
        one.load(most_steps=2000)
    pressures = [one.system.groups["smooth_joint"].properties[10] for one in (whole, again)]
    assert pressures[0].max() > 1e5
    np.testing.assert_array_equal(*pressures)
    np.testing.assert_array_equal(whole.system.rows, again.system.rows)
    tables = [one.injection.operations() for one in (whole, again)]
    np.testing.assert_array_equal(*(t.columns["pressure"] for t in tables))


def test_a_run_folder_tells_what_was_injected(tmp_path):
    folder = tmp_path / "wet"
    run(
        "dem", "run", "--case", "smoke", "-o", folder, "--json",
        *(word for change in (
            "loading.strain=0.002", "loading.consolidation_steps=600",
            "injection.rates=[1e-6, 0.0]", "injection.times=[0.0, 2e-4]",
        ) for word in ("--set", change)),
    )  # fmt: skip
    read = read_catalog(folder / "events.parquet")
    table = read.operations
    assert table.time_frame == read.catalog.time_frame == "relative"
    expected = 1e-6 * min(table.time[-1] / 1e9, 2e-4)
    assert table.columns["volume"][-1] == pytest.approx(expected, rel=1e-6)
    assert injected_volume(table)[-1] == pytest.approx(expected, rel=1e-6)
    assert table.columns["pressure"].max() > 1e5
    replayed = run("evt", "replay", folder / "events.parquet", "--mc", -9, "--json")
    assert json.loads(replayed.stdout)["forecasts"]
