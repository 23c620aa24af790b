"""The packing of the benchmarks, and the plain loop that the kernels are timed against."""

import numpy as np
import pytest

from asperity.core.benchmark import prepare_benchmark
from asperity.core.errors import InputError, UsageError
from asperity.dem.benchmarks import Reference, grown_packing, read_packing


def test_the_packing_is_that_of_the_job():
    packing = grown_packing(1, 6)
    solid = 4 / 3 * np.pi * np.sum(packing.radii**3) / packing.side**3
    assert solid == pytest.approx(0.642)
    system = packing.system()
    pairs = system.close_pairs(0.0)
    pair = system.pair(*np.ascontiguousarray(pairs.T))
    # A coordination number of 6.5, and overlaps of a jammed state: 0.005 mm on average.
    assert 2.9 < len(pairs) / len(packing.radii) < 3.5
    assert 0 < np.mean(pair.span - pair.distance) < 1e-5


def test_kernel_and_plain_loop_give_the_same_motion():
    packing = grown_packing(1, 6)
    reference = Reference(packing, 200)
    reference()
    system = packing.system(contact=packing.contact)
    system.refresh(everything=True)  # the order in which the plain loop has them
    system.time_step = packing.time_step
    system.run(200)
    # Fused products differ between the two in the last bit, and collisions enlarge that.
    np.testing.assert_allclose(
        reference.moved[:, 4:7], system.rows[:, 4:7], rtol=0, atol=1e-9 * 0.04
    )
    spins = np.abs(reference.turned[:, :3]).max()
    np.testing.assert_allclose(
        reference.turned[:, :3], system.turning[:, :3], rtol=0, atol=1e-8 * spins
    )
    assert np.abs(reference.moved[:, 4:7] - reference.rows[:, 4:7]).max() > 0.01


def test_a_packing_from_a_file(tmp_path):
    packing = grown_packing(1, 6)
    file = tmp_path / "packing.npz"
    c = packing.contact
    values = {
        "x": packing.positions, "r": packing.radii, "L": packing.side, "v0": packing.velocities,
        "rho": packing.density, "kn": c.normal_stiffness, "kt": c.shear_stiffness,
        "gamma_n": c.normal_damping, "gamma_t": c.shear_damping, "mu": c.friction,
    }  # fmt: skip
    np.savez(file, **values)
    with pytest.raises(InputError, match=r"dt is not a file.*gamma_n"):
        read_packing(file)
    np.savez(file, **values, dt=packing.time_step)
    read = read_packing(file)
    assert read.contact == c
    assert (read.positions == packing.positions).all()
    case = prepare_benchmark("dem-linear", 0, packing=file, steps=20, mode=None)
    case.kernel()
    found = case.results(0.5)
    assert found["contact_updates_per_second"] == found["touching_contacts"] * 20 / 0.5
    assert found["kinetic_energy"] > found["rotational_energy"] > 0.0


def test_options_of_another_benchmark_are_refused(tmp_path):
    with pytest.raises(InputError, match="packing holds"):
        read_packing(tmp_path / "none.npz")
    with pytest.raises(UsageError, match="--steps"):
        prepare_benchmark("evt-replay", 0, steps=5)
