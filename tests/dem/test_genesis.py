"""Packings against jamming and all pairs, rough faults against their spectrum."""

import json
import math

import numpy as np
import pytest
import xarray as xr

from asperity.core.errors import InputError
from asperity.dem import Simulation
from asperity.dem.benchmarks import read_packing
from asperity.dem.laboratory.roughness import RoughFault, SelfAffineSurface
from asperity.dem.rock.genesis import (
    coordination,
    grow_floaters,
    pack_box,
    periodic_vessel,
    remove_floaters,
    scale_to_stress,
)
from commands import run
from dem.cases import laboratory
from naive.dem import all_pairs, separation

SIDE = 0.0126
RADIUS = 1e-3


@pytest.fixture(scope="module")
def box():
    return pack_box((SIDE,) * 3, RADIUS, 0.1, 0.642, np.random.default_rng(0))


def test_periodic_packing_is_that_of_the_benchmark(box):
    x, radii = box
    assert 4 / 3 * math.pi * np.sum(radii**3) / SIDE**3 == pytest.approx(0.642, abs=1e-12)
    assert 0.9 / 1.1 < radii.min() / radii.max() < 1.0
    touching = all_pairs(x, radii, 0.0, (SIDE,) * 3)
    # The registered packing of 10,000 grains has 6.5 at this solid fraction.
    assert 2 * len(touching) / len(radii) == pytest.approx(6.5, abs=0.2)
    assert coordination(x, radii, np.full(3, SIDE)) == 2 * len(touching) / len(radii)
    with pytest.raises(InputError, match="at least 50"):
        pack_box((SIDE,) * 3, 4 * RADIUS, 0.1, 0.642, np.random.default_rng(0))


def test_radii_scaled_to_a_stress(box):
    modulus, wanted = 1e9, 1e6
    x, radii = scale_to_stress(*box, periodic_vessel((SIDE,) * 3), modulus, wanted)
    assert np.ptp(radii / box[1]) < 1e-12
    # The virial of all pairs: kn = pi min(r)^2 E / (r1 + r2).
    total = 0.0
    pairs = all_pairs(x, radii, 0.0, (SIDE,) * 3)
    for i, j in pairs:
        distance = np.linalg.norm(separation(x[i], x[j], (SIDE,) * 3))
        span = radii[i] + radii[j]
        stiffness = math.pi * min(radii[i], radii[j]) ** 2 * modulus / span
        total += stiffness * (span - distance) * distance
    assert total / 3 / SIDE**3 == pytest.approx(wanted, rel=0.02)
    # Without friction grains jam with six contacts each at about 0.64 (O'Hern et al. 2003).
    assert 5.6 < 2 * len(pairs) / len(radii) < 6.8
    assert 0.61 < 4 / 3 * math.pi * np.sum(radii**3) / SIDE**3 < 0.66


def test_floaters_grow_or_go(box):
    x, radii = box
    away = x - 0.5 * SIDE
    inner = int(np.argmin(np.linalg.norm(away, axis=1)))
    shrunk = radii.copy()
    shrunk[inner] *= 0.8
    enough = 2.8  # joints a grain, of which those at the faces of the box have fewer
    before = remove_floaters(x, shrunk, enough, 3)
    assert not before[inner]
    grown, floating = grow_floaters(x, shrunk, enough, 3)
    assert shrunk[inner] < grown[inner] <= 1.3 * shrunk[inner]
    assert not floating[inner]
    # Whoever stays has enough joints among those who stay.
    left, r = x[before], shrunk[before]
    gaps = [
        (math.dist(left[i], left[j]) - r[i] - r[j], i, j)
        for i, j in all_pairs(left, r, 0.8 * RADIUS)
    ]
    all_gaps = sorted(
        math.dist(x[i], x[j]) - shrunk[i] - shrunk[j] for i, j in all_pairs(x, shrunk, 0.8 * RADIUS)
    )
    reach = all_gaps[round(enough * len(radii)) - 1]
    joints = np.bincount([k for g, i, j in gaps if g <= reach for k in (i, j)], minlength=len(r))
    assert joints.min() >= 3


@pytest.mark.parametrize("hurst", [0.5, 0.8])
def test_a_rough_fault_has_the_spectrum_of_its_exponent(hurst):
    # The powers of its 1200 waves scatter as exponential draws: the slope of one surface has
    # a standard error of 0.05, and is off by more than 0.25 less than once in a million.
    surface = SelfAffineSurface.drawn(3e-4, hurst, (2e-3, 40e-3), np.random.default_rng(5))
    n = 96
    ticks = surface.period * np.arange(n) / n
    grid = np.stack(np.meshgrid(ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 2)
    power = np.abs(np.fft.fft2(surface.heights(grid).reshape(n, n))) ** 2
    waves = np.fft.fftfreq(n, 1 / n)
    number = np.hypot(*np.meshgrid(waves, waves))  # waves in a period
    edges = np.geomspace(2, 40, 12)
    rings = [(number >= low) & (number < high) for low, high in zip(edges, edges[1:], strict=False)]
    mean = np.array([power[ring].mean() for ring in rings])
    weight = np.sqrt([ring.sum() for ring in rings])
    slope = np.polyfit(np.log(np.sqrt(edges[1:] * edges[:-1])), np.log(mean), 1, w=weight)[0]
    assert slope == pytest.approx(-(2 + 2 * hurst), abs=0.25)
    # Nothing is longer than the longest wavelength or shorter than the shortest.
    outside = (number < 1.99) | (number > 40.01)
    assert power[outside].max() < 1e-20 * power.max()


def test_heights_and_slopes_of_a_rough_fault():
    surface = SelfAffineSurface.drawn(3e-4, 0.7, (4e-3, 20e-3), np.random.default_rng(1))
    ticks = surface.period * np.arange(64) / 64
    grid = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    assert np.sqrt(np.mean(surface.heights(grid) ** 2)) == pytest.approx(3e-4, rel=1e-9)
    np.testing.assert_allclose(surface.heights(grid + surface.period), surface.heights(grid))
    step = 1e-8
    for k in range(2):
        ahead = np.zeros(2)
        ahead[k] = step
        rise = surface.heights(grid + ahead) - surface.heights(grid - ahead)
        np.testing.assert_allclose(surface.slopes(grid)[:, k], rise / (2 * step), atol=1e-6)
    with pytest.raises(InputError, match="a longer longest"):
        SelfAffineSurface.drawn(1e-4, 0.8, (2e-3, 1e-3), np.random.default_rng(0))
    with pytest.raises(InputError, match="raise the shortest"):
        SelfAffineSurface.drawn(1e-4, 0.8, (1e-6, 1e-1), np.random.default_rng(0))


@pytest.mark.parametrize("normals", ["local", "mean"])
def test_joints_lie_along_the_rough_fault(normals):
    simulation = Simulation(
        laboratory("fault.roughness=1e-3", "fault.wavelengths=[0.01, 0.08]",
                   f'fault.normals="{normals}"')
    )  # fmt: skip
    system = simulation.prepare()
    fault = simulation.fault
    assert isinstance(fault, RoughFault)
    joints, flat = system.groups["smooth_joint"], system.groups["flat_joint"]
    above = fault.sides(system.rows[:, :3])
    assert not above[joints.i].any()
    assert above[joints.j].all()
    assert (above[flat.i] == above[flat.j]).all()
    # As many as across the plane, give or take.
    planar = Simulation(laboratory()).prepare().groups["smooth_joint"]
    assert 0.8 * len(planar.i) < len(joints.i) < 1.4 * len(planar.i)
    normal = joints.properties[:3].T
    np.testing.assert_allclose(np.linalg.norm(normal, axis=1), 1.0)
    # Their areas, seen along the mean normal, fill the ellipse.
    assert joints.properties[3] @ (normal @ fault.normal) == pytest.approx(fault.area(0.05))
    middle = 0.5 * (system.rows[joints.i, :3] + system.rows[joints.j, :3])
    places = fault.coordinates(middle)[:, :2]
    if normals == "mean":
        np.testing.assert_allclose(normal, np.tile(fault.normal, (len(normal), 1)))
        return
    # Normal to what one walks along on the surface.
    for k, axis in enumerate((fault.dip, fault.strike)):
        ahead = np.zeros(2)
        ahead[k] = 1e-8
        rise = (fault.surface.heights(places + ahead) - fault.surface.heights(places)) / 1e-8
        along = axis + rise[:, None] * fault.normal
        assert np.abs(np.sum(along * normal, axis=1)).max() < 1e-5


def test_roughness_strengthens_a_fault():
    # Constant friction: a fault that climbs its own slopes bears more than a plane.
    common = (
        'fault.law="coulomb"', "fault.parameters=[0.4]", "fault.friction_sd=0.0",
        "loading.damping=0.3", "loading.strain=0.008", "cell.machine_stiffness=0.0",
        "loading.consolidation_steps=1500",
    )  # fmt: skip
    rough = ("fault.roughness=1e-3", "fault.wavelengths=[0.01, 0.08]")
    plane, uneven = (
        Simulation(laboratory(*common, *more)).run().history.deviator.max() for more in ((), rough)
    )
    assert uneven > 1.1 * plane


def test_pack_from_the_command_line(tmp_path):
    path, picture = tmp_path / "specimen.nc", tmp_path / "fault.png"
    told = run(
        "dem", "pack", "--case", "smoke", "--set", "fault.roughness=5e-4", "--json",
        "--set", "specimen.packing_stress=1e8", "--set", 'specimen.floaters="grow"',
        "-o", path, "--figure", picture,
    )  # fmt: skip
    document = json.loads(told.stdout)
    assert document["floaters"] == 0
    assert document["fault"]["roughness"]["hurst"] == 0.8
    assert 0.38 < document["porosity"] < 0.45  # fewer overlaps than at the 0.38 asked for
    assert picture.stat().st_size > 10_000
    with xr.open_dataset(path, engine="h5netcdf") as data:
        assert data.sizes["grain"] == document["particles"]
        assert data.sizes["smooth_joint"] == document["joints"]["smooth_joint"]
        assert data["smooth_joint_area"].attrs["units"] == "m2"
    packing = tmp_path / "box.npz"
    told = run(
        "dem", "pack", "--vessel", "periodic", "--grains", 200, "--set",
        "specimen.porosity=0.36", "--json", "-o", packing,
    )  # fmt: skip
    document = json.loads(told.stdout)
    read = read_packing(packing)
    assert len(read.radii) == document["particles"] == 200
    with np.load(packing) as content:
        assert 2 * len(content["contacts"]) / 200 == document["coordination"]
        assert content["overlap"].min() > 0
    run("dem", "pack", "--vessel", "periodic", "-o", tmp_path / "box.nc", code=2)
