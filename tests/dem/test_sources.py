"""Moment tensors by forces: the sum over grains, dipoles in a network, sources of a run."""

import json
import shutil

import numpy as np
import pytest
from typer.testing import CliRunner

from asperity.core import read_catalog
from asperity.core.cli import app
from asperity.core.config import resolve
from asperity.core.errors import InputError
from asperity.core.geometry.mechanisms import scalar_moment, tensor_components, tensor_matrix
from asperity.dem import (
    LaboratoryConfiguration,
    Linear,
    ParallelBond,
    Simulation,
    SmoothJoint,
    System,
)  # fmt: skip
from asperity.dem.config import CASES
from asperity.dem.engine._kernels import smooth_joint as sj
from asperity.dem.engine._kernels.layout import BROKEN_SHEAR
from asperity.dem.laboratory.emissions import source_types, tensile_ratio
from asperity.dem.laboratory.force_moments import force_tensor
from asperity.dem.laboratory.sources import grouped_by_source_area
from naive.dem import boundary_moment, network_forces

STIFFNESS = (1e7, 4e6, 2.0, 1.0)  # N/m, N/m, N m, N m
RADIUS = 1e-3


def virial_sums(system, every=1):
    """Return the sums of the present positions, by grain as given; makes a step."""
    ring = np.zeros((1, len(system), 9), np.float32)
    system.run(1, every=every, virials=ring)
    return ring[0].astype(float)


# ------------------------------------------------------------------ a bond that is cut


def balanced(x, load):
    """Return the load with the least change that takes away its sum and its moment."""
    rows = [[[1, 0, 0, 0, -c, b], [0, 1, 0, c, 0, -a], [0, 0, 1, -b, a, 0]] for a, b, c in x]
    balance = np.array(rows, float).reshape(-1, 6).T
    return (load.ravel() - np.linalg.pinv(balance) @ (balance @ load.ravel())).reshape(-1, 3)


def ball(size):
    """Return grains of a ball, their radii, their bonds and a pull at both ends along x."""
    rng = np.random.default_rng(3)
    i = np.arange(-9, 10)
    lattice = np.stack(np.meshgrid(i, i, i), axis=-1).reshape(-1, 3)
    x = lattice[lattice.sum(axis=1) % 2 == 0] * np.sqrt(2.0) * RADIUS
    x = x[np.linalg.norm(x, axis=1) < size * RADIUS]
    x = x + rng.normal(0.0, 0.05 * RADIUS, x.shape)
    radii = RADIUS * rng.uniform(0.9, 1.1, len(x))
    apart = np.linalg.norm(x[:, None] - x, axis=-1)
    pairs = np.argwhere(np.triu(apart < 2.4 * RADIUS, 1))
    load = np.zeros_like(x)
    ends = np.abs(x[:, 0]) > (size - 1.6) * RADIUS
    load[ends, 0] = np.sign(x[ends, 0])
    return x, radii, pairs, balanced(x, load)


@pytest.fixture(scope="module")
def cut():
    """The engine's sums before and after a bond in the middle breaks, and the dense solution's."""
    x, radii, pairs, load = ball(5.8)
    bond = ParallelBond(Linear(normal_stiffness=1e-3), stiffnesses=STIFFNESS)
    system = System(x, radii, 2600.0, applied=load, damping=0.7)
    system.install(bond, pairs)
    group = system.groups["parallel_bond"]
    bonds = np.column_stack([system.ids[group.i], system.ids[group.j]])
    along = np.abs(x[bonds[:, 1]] - x[bonds[:, 0]])[:, 0]
    middle = 0.5 * (x[bonds[:, 0]] + x[bonds[:, 1]])
    chosen = int(np.argmin(np.linalg.norm(middle, axis=1) + RADIUS * (along < 1.2 * RADIUS)))
    system.set_time_step(safety=0.9)
    system.run(4000)
    before = virial_sums(system)
    group = system.groups["parallel_bond"]
    now = np.column_stack([system.ids[group.i], system.ids[group.j]])
    which = np.flatnonzero((np.sort(now, axis=1) == np.sort(bonds[chosen])).all(axis=1))
    group.properties[11, which] = 0.0  # no tensile strength
    system.run(4000)
    after = virial_sums(system)
    pulled = np.hstack([load, np.zeros_like(load)])
    first = network_forces(x, radii, bonds, STIFFNESS, pulled, [0])
    rest = np.arange(len(bonds)) != chosen
    second = np.zeros_like(first)
    second[rest] = network_forces(x, radii, bonds[rest], STIFFNESS, pulled, [0])
    return x, radii, bonds, middle[chosen], after - before, second - first, first[chosen], chosen


def around(x, place, shells):
    return np.linalg.norm(x - place, axis=1) < (2.0 * shells + 0.1) * RADIUS


@pytest.mark.parametrize("shells", [1, 2])
def test_a_cut_bond_in_a_network_at_rest(cut, shells):
    # The engine, brought to rest twice, against one dense system of equations; the sum over the
    # grains of the volume against a loop over the bonds on its boundary.
    x, radii, bonds, place, change, forces, _, _ = cut
    inside = around(x, place, shells)
    sums = change[inside].sum(axis=0)
    found = force_tensor(sums[:6], sums[6:], place)
    wanted = boundary_moment(x, radii, bonds, forces, inside, place)
    assert 5 < inside.sum() < len(x)
    assert found == pytest.approx(wanted, rel=2e-3, abs=2e-3 * np.abs(wanted).max())


def test_a_bond_cut_under_tension_is_a_tensile_source(cut):
    x, _, bonds, place, change, _, released, chosen = cut
    dipole = -np.outer(released, x[bonds[chosen, 1]] - x[bonds[chosen, 0]])
    sums = change[around(x, place, 1)].sum(axis=0)
    found = force_tensor(sums[:6], sums[6:], place)
    assert np.trace(dipole) > 0.0  # the bond pulled
    ratio = tensile_ratio(tensor_components(found[None]))
    assert ratio[0] > 30.0
    assert list(source_types(ratio)) == ["tensile"]
    # What is around a source carries a part of its moment, see the test of a dipole below.
    assert 0.3 < np.sum(found * dipole) / np.sum(dipole**2) < 0.8


def test_a_joint_that_breaks_in_shear_is_a_shear_source():
    # A ball with a fault through its middle, pressed and sheared along z, and a joint between
    # grains that lie across from each other fails. (Smooth joints act at the centres, without a
    # moment: between others the dipole is not one of shear.)
    x, radii, pairs, _ = ball(5.8)
    normal = np.array([1.0, 1.0, 0.0]) / np.sqrt(2.0)
    height = x @ normal - 0.5 * RADIUS
    upper = height > 0.0
    across = upper[pairs[:, 0]] != upper[pairs[:, 1]]
    rim = np.abs(height) > 2.5 * RADIUS
    load = np.where(rim, np.sign(height), 0.0)[:, None] * ([0.0, 0.0, 1.0] - 3.0 * normal)
    system = System(x, radii, 2600.0, applied=balanced(x, load), damping=0.7)
    bond = ParallelBond(Linear(normal_stiffness=1e-3), stiffnesses=STIFFNESS)
    system.install(bond, pairs[~across])
    joint = SmoothJoint(
        1e13, 4e12, bonded=True, tensile_strength=1e9, cohesion=1e9, parameters=(0.0,)
    )
    ordered = np.where(upper[pairs[across, 0]][:, None], pairs[across, ::-1], pairs[across])
    count = len(ordered)
    system.install(joint, ordered, normals=np.tile(normal, (count, 1)), areas=np.full(count, 1e-6))
    system.set_time_step(safety=0.9)
    system.run(4000)
    before = virial_sums(system)
    away = x[ordered[:, 1]] - x[ordered[:, 0]]
    middle = x[ordered].mean(axis=1)
    aslant = np.linalg.norm(np.cross(away, normal), axis=1) > 0.3 * RADIUS
    chosen = int(np.argmin(np.linalg.norm(middle, axis=1) + 9.0 * aslant))
    group = system.groups["smooth_joint"]
    force = group.history[sj.SHEAR : sj.SHEAR + 3, chosen].copy()
    assert abs(force[2]) > 0.02
    assert group.history[sj.FORCE, chosen] > 0.0
    group.properties[[sj.COHESION, sj.BOND_TANGENT], chosen] = 0.0
    system.run(4000)
    assert system.groups["smooth_joint"].history[sj.STATE, chosen] == BROKEN_SHEAR
    sums = (virial_sums(system) - before)[around(x, middle[chosen], 1)].sum(axis=0)
    found = tensor_components(force_tensor(sums[:6], sums[6:], middle[chosen]))[None]
    assert list(source_types(tensile_ratio(found))) == ["shear"]
    # The sides move along the shear that the joint had held.
    dipole = -np.outer(force, away[chosen])
    wanted = tensor_components(0.5 * (dipole + dipole.T))[None]
    product = 0.5 * np.sum(tensor_matrix(found) * tensor_matrix(wanted))
    assert product > 0.8 * scalar_moment(found)[0] * scalar_moment(wanted)[0]


def test_at_rest_the_centre_does_not_matter(cut):
    x, _, _, place, change, _, _, _ = cut
    sums = change[around(x, place, 1)].sum(axis=0)
    one = force_tensor(sums[:6], sums[6:], place)
    other = force_tensor(sums[:6], sums[6:], place + np.array([10.0, -20.0, 5.0]) * RADIUS)
    assert other == pytest.approx(one, abs=1e-4 * np.abs(one).max())
    # And if it does not rest, it does by the net force times the way.
    push, aside = np.array([1.0, 0.0, 0.0]), place + np.array([0.0, RADIUS, 0.0])
    moved = force_tensor(sums[:6], push, aside) - force_tensor(sums[:6], push, place)
    assert moved[0, 1] == pytest.approx(0.5 * RADIUS)


@pytest.mark.slow
def test_what_is_around_a_source_carries_half_of_it():
    # Eshelby (1957): a sphere around a source passes on so much of its isotropic and of its
    # deviatoric part, in a body without end: halfway between a held and a free ball. Poisson's
    # ratio is that of many bonds of all directions, which move as the whole does.
    softer = STIFFNESS[1] / STIFFNESS[0]
    poisson = (1.0 - softer) / (4.0 + softer)
    wanted = np.array([10.0 - 20.0 * poisson, 7.0 - 5.0 * poisson]) / (15.0 * (1.0 - poisson))
    x, radii, pairs, _ = ball(7.6)
    middle = 0.5 * (x[pairs[:, 0]] + x[pairs[:, 1]])
    rim = np.flatnonzero(np.linalg.norm(x, axis=1) > 6.0 * RADIUS)
    shares = []
    for bond in np.argsort(np.linalg.norm(middle, axis=1))[:8]:
        i, j = pairs[bond]
        away = x[j] - x[i]
        normal = away / np.linalg.norm(away)
        load = np.zeros((len(x), 6))
        load[[i, j], :3] = [-normal, normal]
        dipole = np.outer(normal, away)
        inside = np.linalg.norm(x - middle[bond], axis=1) < 3.6 * RADIUS
        for held in (rim[:1], rim):
            forces = network_forces(x, radii, pairs, STIFFNESS, load, held)
            found = boundary_moment(x, radii, pairs, forces, inside, middle[bond])
            parts = [m - np.trace(m) / 3.0 * np.eye(3) for m in (found, dipole)]
            shares.append(
                (np.trace(found) / np.trace(dipole), np.sum(parts[0] * parts[1])
                 / np.sum(parts[1] ** 2))
            )  # fmt: skip
    assert np.mean(shares, axis=0) == pytest.approx(wanted, abs=0.06)


# ------------------------------------------------------------------ the sum over grains


@pytest.fixture(scope="module")
def loading():
    configuration = resolve(LaboratoryConfiguration, CASES["smoke"], (), "test")
    simulation = Simulation(configuration).run(until="loading")
    simulation.load(most_steps=3000)
    return simulation


def test_the_sum_over_grains_is_that_over_the_boundary(loading):
    # All contact models of the test and the walls, against a loop over contacts.
    system = loading.system
    world = system.forces_now()
    x, radii = np.empty((len(system), 3)), np.empty(len(system))
    x[system.ids], radii[system.ids] = system.rows[:, :3], system.rows[:, 3]
    pairs, forces = [], []
    for name in ("linear", "flat_joint", "smooth_joint"):
        group = getattr(world, name)
        pairs.append(system.ids[np.column_stack([group.i, group.j])])
        forces.append(world.forces[0][group.slot_j, :3])
    assert len(pairs[1]) > 500
    assert len(pairs[2]) > 50
    pairs, forces = np.concatenate(pairs), np.concatenate(forces)
    touching = np.zeros(len(system), bool)
    touching[system.ids[system.wall_state.particle]] = True
    sums = virial_sums(system)
    scale = np.abs(sums[:, :6]).max()
    rng = np.random.default_rng(0)
    for centre in 0.015 * rng.uniform(-1.0, 1.0, (5, 3)):
        inside = np.linalg.norm(x - centre, axis=1) < 0.02
        assert 10 < inside.sum() < len(system)
        assert not touching[inside].any()
        total = sums[inside].sum(axis=0)
        found = force_tensor(total[:6], total[6:], centre)
        wanted = boundary_moment(x, radii, pairs, forces, inside, centre)
        assert found == pytest.approx(wanted, abs=1e-5 * scale)
    # Everything: what is left are the platens, which press on the ends.
    total = sums.sum(axis=0)
    pressed = system.wall_state.force
    assert total[8] == pytest.approx(-pressed[:2, 2].sum(), abs=1e-4 * np.abs(pressed).max())


def test_sampling_changes_no_bit(loading):
    state = loading.state()
    states = []
    for threads, sampled in ((1, False), (1, True), (2, True)):
        system = Simulation.from_state(loading.configuration, state, threads).system
        rings = np.zeros((30, len(system), 9), np.float32) if sampled else None
        system.run(500, every=20, virials=rings, chunk=500)
        states.append((system.rows.tobytes(), None if rings is None else rings.tobytes()))
    assert states[0][0] == states[1][0] == states[2][0]
    assert states[1][1] == states[2][1]


@pytest.mark.parametrize("change", [{"mode": "private"}, {"period": [1.0, 1.0, 1.0]}])
def test_virials_need_the_force_of_each_contact(change):
    system = System(
        [[0.1, 0.1, 0.1], [0.3, 0.1, 0.1]], [0.1, 0.1], 2600.0, Linear(modulus=1e9), **change
    )
    system.time_step = 1e-5
    with pytest.raises(InputError, match="force of each contact"):
        virial_sums(system)


def test_a_configuration_in_private_mode_keeps_no_sources():
    with pytest.raises(InputError, match=r"source_window .*mode = gather"):
        resolve(LaboratoryConfiguration, CASES["paper"], ('numerics.mode="private"',), "test")


# ------------------------------------------------------------------ grouping


def grouped(times, places, speed=1.0, reach=1.5, most=100.0):
    x = np.zeros((len(times), 3))
    x[:, 0] = places
    t = np.array(times, float)
    return list(grouped_by_source_area(t, t, x, reach, 2.0, speed, most))


def test_cracks_inside_the_source_of_an_active_event():
    # A source of one crack is crossed in 2 s; each crack begins the wait anew.
    assert grouped([0.0, 1.9], [0.0, 1.0]) == [0, 0]
    assert grouped([0.0, 2.1], [0.0, 1.0]) == [0, 1]
    assert grouped([0.0, 1.9], [0.0, 2.0]) == [0, 1]
    # With two cracks it is 3 m long.
    assert grouped([0.0, 1.9, 4.8], [0.0, 1.0, 0.0]) == [0, 0, 0]
    assert grouped([0.0, 1.9, 5.0], [0.0, 1.0, 0.0]) == [0, 0, 1]
    assert grouped([0.0, 1.9, 4.8], [0.0, 1.0, 0.0], most=2.5) == [0, 0, 1]
    # One that is near two events makes them one; the order in which they are given is no matter.
    assert grouped([0.0, 0.1, 0.2], [0.0, 2.0, 1.0]) == [0, 0, 0]
    assert grouped([0.2, 0.1, 0.0], [1.0, 2.0, 0.0]) == [0, 0, 0]
    assert grouped([0.0, 0.1, 0.2], [0.0, 9.0, 8.0]) == [0, 1, 1]


def test_narrower_groups_lie_within_wider_ones():
    # That bursts hold every emission rests on this.
    rng = np.random.default_rng(1)
    for _ in range(20):
        t = rng.uniform(0.0, 40.0, 120)
        x = rng.uniform(0.0, 10.0, (120, 3))
        end = t + rng.exponential(0.5, 120)
        wide = grouped_by_source_area(t, end, x, 2.0, 1.0, 0.0, 3.0)
        narrow = grouped_by_source_area(t, end, x, 1.5, 1.0, 1.0, 3.0)
        for label in np.unique(narrow):
            assert len(np.unique(wide[narrow == label])) == 1
        assert 1 < len(np.unique(wide)) < len(np.unique(narrow)) < 120


# ------------------------------------------------------------------ from a run to a catalog


def call(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources") / "run"
    done = call(
        "dem", "run", "--case", "smoke", "--set", "numerics.source_window=1e-3", "-o", folder
    )
    assert done.exit_code == 0, done.output
    return folder


def test_moments_by_force_and_by_potency_go_together(run, tmp_path):
    figure = tmp_path / "moments.png"
    made = {}
    for moment in ("potency", "force"):
        out = tmp_path / f"{moment}.parquet"
        done = call(
            "dem", "events", run, "--moment", moment, "--figure", figure, "--force", "-o", out,
            "--json",
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        told = json.loads(done.stdout)
        made[moment] = read_catalog(out).catalog
        assert told["moment"] == moment
        assert figure.stat().st_size > 20_000
    by_potency, by_force = made["potency"], made["force"]
    assert by_potency.columns == by_force.columns
    assert sum(told["source_types"].values()) == told["emissions"] == len(by_force)
    forces = told["forces"]
    assert forces["without_tensor"] == np.isnan(by_force["moment"]).sum()
    assert 0.9 * len(by_force) < forces["compared"] <= len(by_force) - forces["without_tensor"]
    # Independent moments of 389 emissions would have 0.4 by chance less often than once in 1e15.
    assert forces["rank_correlation"] > 0.4
    assert forces["ratio_low"] < forces["ratio"] < forces["ratio_high"]
    # Slips through the whole section: the membrane holds the lateral stress, so that the axial one
    # alone falls in the volume around the fault. Of a tensor with one component R is -300 / 7, and
    # its product with the double couple of a fault at 30 degrees sin(60) / sqrt(2).
    names = ("mrr", "mtt", "mpp", "mrt", "mrp", "mtp")
    largest = np.argsort(by_potency["moment"])[-6:]
    tensors = [np.column_stack([c[n] for n in names])[largest] for c in (by_potency, by_force)]
    sizes = [scalar_moment(t) for t in tensors]
    one, other = (tensor_matrix(t) for t in tensors)
    alike = 0.5 * np.sum(one * other, axis=(1, 2)) / (sizes[0] * sizes[1])
    assert np.median(by_force["tensile_ratio"][largest]) == pytest.approx(-300.0 / 7.0, abs=4.0)
    assert np.median(alike) == pytest.approx(0.612, abs=0.1)
    assert 0.1 < np.median(sizes[1] / sizes[0]) < 0.5


def test_the_rule_of_source_areas(run):
    told = json.loads(call("dem", "events", run, "--grouping", "source-area", "--json").stdout)
    linked = json.loads(call("dem", "events", run, "--json").stdout)
    assert told["grouping"] == "source-area"
    assert told["elementary"] == linked["elementary"]
    assert told["emissions"] != linked["emissions"]
    counts = [row["emissions"] for row in told["sensitivity"]]
    assert counts[0] >= counts[1] >= counts[2]
    speeds = [row["rupture_speed"] for row in told["sensitivity"]]
    assert speeds[0] == pytest.approx(2.0 * speeds[1]) == pytest.approx(4.0 * speeds[2])


def test_what_is_kept_is_what_the_engine_said(run):
    # Baselines lie before the first event of a burst, and each event of one is near its grains.
    from asperity.dem.laboratory.folder import read_elementary, read_sources

    elementary, radius = read_elementary(run)
    sources = read_sources(run)
    source = sources["source"].values[elementary["event_id"].astype(int)]
    assert (source >= 0).mean() > 0.5
    first = np.cumsum(np.concatenate([[0], sources["samples"].values[:-1]]))
    members = np.cumsum(np.concatenate([[0], sources["grains"].values[:-1]]))
    step = sources.attrs["time_step"]
    time = elementary["time"] * 1e-9
    for burst in range(0, sources.sizes["burst"], 7):
        events = np.flatnonzero(source == burst)
        before = sources["time"].values[first[burst]]
        assert 0.0 < time[events].min() - before < 20.5 * step
        grains = sources["grain"].values[members[burst] :][: sources["grains"].values[burst]]
        assert np.isin(elementary["grain_i"][events], grains).all()
        assert np.isin(elementary["grain_j"][events], grains).all()
    rows = int((sources["samples"] * sources["grains"]).sum())
    assert sources.sizes["row"] == rows > 0
    assert radius == 5e-3


def test_a_run_without_sources_says_what_to_set(run, tmp_path):
    other = tmp_path / "run"
    shutil.copytree(run, other)
    (other / "sources.nc").unlink()
    for arguments in (("--moment", "force"), ("--figure", tmp_path / "m.png")):
        done = call("dem", "events", other, *arguments)
        assert done.exit_code == 1
        assert "no sources.nc there" in done.stderr
        assert "numerics.source_window = 1e-3" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def test_nucleation_by_forces(run):
    from asperity.dem.nucleation.sequence import Choices, read_sequence

    by_potency, by_force = (
        read_sequence(run, Choices(moment=moment)) for moment in ("potency", "force")
    )
    assert len(by_force.foreshocks) <= len(by_potency.foreshocks)
    assert np.isfinite(by_force.foreshocks["magnitude"]).all()
    done = call("dem", "nucleation", run, "--moment", "force", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["simulations"][0]
    assert told["foreshocks"] == len(by_force.foreshocks)
