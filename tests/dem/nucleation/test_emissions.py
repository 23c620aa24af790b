"""Acoustic emissions of planted and of computed elementary events."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from asperity.core import Catalog, read_catalog
from asperity.core.cli import app
from asperity.core.errors import InputError
from asperity.core.geometry.mechanisms import scalar_moment, tensor_components
from asperity.dem import Simulation
from asperity.dem.laboratory.emissions import (
    Clustering,
    cluster,
    emissions,
    source_types,
    tensile_ratio,
)
from asperity.dem.laboratory.results import elementary_catalog
from naive.declustering import same_partition


def linked_slowly(times, places, window, reach):
    """Clusters by looking at every pair until nothing changes."""
    labels = np.arange(len(times))
    changed = True
    while changed:
        changed = False
        for i in range(len(times)):
            for j in range(len(times)):
                near = np.linalg.norm(places[i] - places[j]) < reach
                if near and abs(times[i] - times[j]) < window and labels[i] != labels[j]:
                    labels[labels == max(labels[i], labels[j])] = min(labels[i], labels[j])
                    changed = True
    return labels


def table(n, **columns):
    base = {
        "time": np.arange(n) * 1000, "magnitude": np.full(n, -6.0),
        "magnitude_type": np.full(n, "Mw", object),
        "x": np.zeros(n), "y": np.zeros(n), "z": np.zeros(n), "moment": np.ones(n),
        **{name: np.zeros(n) for name in ("mrr", "mtt", "mpp", "mrt", "mrp", "mtp")},
        "event_type": np.full(n, "joint break", object), "duration": np.full(n, 1e-6),
        "source_area": np.full(n, 2e-5), "slip": np.full(n, 1e-6), "energy": np.ones(n),
        "n_members": np.ones(n, np.int64), "mode": np.full(n, "shear", object),
        "grain_i": np.arange(n), "grain_j": np.arange(n) + 100, "element": np.zeros(n, np.int64),
        **{f"normal_{k}": np.zeros(n) for k in "xyz"},
    }  # fmt: skip
    return Catalog.from_columns(
        base | columns, frame="local", axes="ENU", time_frame="relative", time_origin="start"
    )


@pytest.mark.parametrize("seed", range(5))
def test_clusters_are_those_of_every_pair(seed):
    rng = np.random.default_rng(seed)
    times, places = rng.uniform(0, 40, 60), rng.uniform(0, 4, (60, 3))
    found = cluster(times, places, 3.0, 1.2)
    assert same_partition(found, linked_slowly(times, places, 3.0, 1.2))
    firsts = [times[found == k].min() for k in range(found.max() + 1)]
    assert firsts == sorted(firsts)
    assert 5 < found.max() < 59
    order = rng.permutation(60)
    assert same_partition(found[order], cluster(times[order], places[order], 3.0, 1.2))


def test_planted_bursts_are_found():
    rng = np.random.default_rng(1)
    centres = rng.uniform(-0.02, 0.02, (8, 3))
    when = np.arange(8) * 1e-4
    times = np.concatenate([t + rng.uniform(0, 2e-6, 20) for t in when])
    places = np.concatenate([c + rng.uniform(-1e-3, 1e-3, (20, 3)) for c in centres])
    assert (cluster(times, places, 3e-6, 7.5e-3) == np.repeat(np.arange(8), 20)).all()


def test_the_tensor_of_a_source_is_the_sum_of_its_members():
    # Two equal shears on planes at right angles: their double couples add to sqrt(2) times
    # one; an area that slips twice counts once.
    shear = np.zeros((2, 3, 3))
    shear[0, 0, 2] = shear[0, 2, 0] = 1.0
    shear[1, 1, 2] = shear[1, 2, 1] = 1.0
    components = tensor_components(shear)
    names = ("mrr", "mtt", "mpp", "mrt", "mrp", "mtp")
    columns = {name: components[:, k] for k, name in enumerate(names)}
    pair = table(2, **columns, x=np.array([0.0, 1e-3]), moment=np.array([1.0, 3.0]))
    source = emissions(pair, 1e-3)
    assert len(source) == 1
    assert source["moment"][0] == pytest.approx(np.sqrt(2.0))
    assert source["x"][0] == pytest.approx(0.75e-3)
    assert source["hypocentre_x"][0] == 0.0
    assert source["source_area"][0] == pytest.approx(4e-5)
    assert source["duration"][0] == pytest.approx(2e-6)
    assert source["magnitude"][0] == pytest.approx(2 / 3 * (np.log10(np.sqrt(2)) - 9.1))
    again = table(2, **columns, grain_i=np.array([1, 1]), grain_j=np.array([2, 2]))
    assert emissions(again, 1e-3)["source_area"][0] == pytest.approx(2e-5)
    apart = emissions(pair, 1e-3, Clustering(window=1e-7))
    assert len(apart) == 2
    assert apart["moment"] == pytest.approx([1.0, 1.0])


def test_kinds_of_sources():
    shear = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0.0]])
    crack = np.diag([1.0, 1.0, 3.0])
    ratios = tensile_ratio(tensor_components(np.stack([shear, crack, -crack, np.eye(3)])))
    assert ratios == pytest.approx([0.0, 100 * 5 / (5 + 8 / 3), -100 * 5 / (5 + 8 / 3), 100.0])
    assert list(source_types(ratios)) == ["shear", "tensile", "implosive", "tensile"]


def test_nothing_gives_nothing():
    assert len(emissions(table(0), 1e-3)) == 0


@pytest.mark.parametrize(("window", "reach"), [(0.0, 1.0), (1.0, -1.0)])
def test_windows_must_be_positive(window, reach):
    with pytest.raises(InputError, match="must be positive"):
        cluster(np.zeros(2), np.zeros((2, 3)), window, reach)


@pytest.fixture(scope="module")
def smoke():
    return Simulation.from_case("smoke").run()


def test_whole_fault_slips_have_the_moment_of_laboratory_earthquakes(smoke):
    # Complete ruptures of saw-cut cylinders of this size: about Mw -3 (-3.5 to -2.8).
    found = emissions(elementary_catalog(smoke), 5e-3)
    largest = np.argsort(found["moment"])[-3:]
    assert found["magnitude"][largest].max() == pytest.approx(-3.1, abs=0.35)
    assert (found["source_type"][largest] == "shear").all()
    # The motion is down dip: the tensor of a fault at 30 degrees to the axis, upper side down.
    tensor = np.array([found[name][largest[-1]] for name in ("mrr", "mtt", "mpp")])
    assert tensor[0] < 0.0 < tensor[2]
    assert abs(tensor[1]) < 0.1 * abs(tensor[0])
    assert tensor.sum() == pytest.approx(0.0, abs=1e-6 * abs(tensor[0]))


def test_the_moment_of_an_episode_is_that_of_its_slip(smoke):
    # n and u of a joint are at right angles, so that M0 = G A |u| to the digit.
    elementary = elementary_catalog(smoke)
    tensors = np.column_stack(
        [elementary[name] for name in ("mrr", "mtt", "mpp", "mrt", "mrp", "mtp")]
    )
    slip, area = elementary["slip"], elementary["source_area"]
    assert scalar_moment(tensors) == pytest.approx(22e9 * area * slip, rel=1e-9)


def test_events_of_the_fault_name_their_joint(smoke):
    # Not their grains: a joint may go on between others where the fault slides far.
    elementary = elementary_catalog(smoke)
    joints = smoke.system.groups["smooth_joint"]
    for end, side in (("grain_i", joints.i), ("grain_j", joints.j)):
        assert (elementary[end] == smoke.system.ids[side][elementary["element"]]).all()


def test_a_fault_that_pressure_breaks_is_told():
    from asperity.core.config import resolve
    from asperity.dem import LaboratoryConfiguration
    from asperity.dem.config import CASES
    from asperity.dem.laboratory.results import broken_before_loading

    # A stiff fault slips a little where it is locked in, which bonds of 55 MPa do not stand.
    changes = ("fault.bonded=true", 'fault.law="coulomb"', "fault.parameters=[0.2]")
    configuration = resolve(LaboratoryConfiguration, CASES["smoke"], changes, "test")
    made = Simulation(configuration).run(until="loading")
    assert broken_before_loading(made)["smooth_joint"] > 50
    assert len(elementary_catalog(made)) == 0


def test_a_break_releases_a_motion_along_its_kind():
    changes = {
        "rock": {"breakable": True, "tensile_strength": 4e6, "cohesion": 3e7},
        "fault": {"bonded": True, "law": "coulomb", "parameters": (0.3,), "friction_sd": 0.0},
    }
    from asperity.core.config import resolve
    from asperity.dem import LaboratoryConfiguration
    from asperity.dem.config import CASES, _with

    configuration = resolve(LaboratoryConfiguration, _with(CASES["smoke"], **changes), (), "test")
    simulation = Simulation(configuration).run(until="loading")
    simulation.load(most_steps=9000)
    found = elementary_catalog(simulation)
    kinds, modes = found.texts("event_type"), found.texts("mode")
    normal = np.column_stack([found[f"normal_{k}"] for k in "xyz"])
    assert np.linalg.norm(normal, axis=1) == pytest.approx(1.0)
    assert {"flat-joint break", "joint break"} <= set(kinds)
    assert {"tension", "shear"} <= set(modes)
    assert np.isfinite(found["magnitude"]).mean() > 0.9
    ratio = tensile_ratio(
        np.column_stack([found[name] for name in ("mrr", "mtt", "mpp", "mrt", "mrp", "mtp")])
    )
    known = np.isfinite(found["magnitude"])
    assert np.allclose(ratio[(modes == "tension") & known], 100 * 5 / (5 + 8 / 3))
    # The axes of a face follow its normal within a step, and are looked at later.
    assert np.abs(ratio[(modes == "shear") & known]).max() < 0.01


def test_from_the_command_line(smoke, tmp_path):
    from asperity.dem.laboratory.folder import write

    folder = tmp_path / "run"
    folder.mkdir()
    from asperity.dem.laboratory.folder import begin

    begin(folder, smoke.configuration, {"time": "now"}, force=True)
    write(folder, smoke, {"time": "now"})
    out = tmp_path / "emissions.parquet"
    done = CliRunner().invoke(
        app, ["dem", "events", str(folder), "--window", "6e-6", "-o", str(out), "--json"]
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["emissions"] == len(read_catalog(out).catalog)
    halves = [row["emissions"] for row in told["sensitivity"]]
    assert halves[0] >= halves[1] >= halves[2]
    assert halves[0] == len(read_catalog(folder / "events.parquet").catalog)
    b = CliRunner().invoke(app, ["catalog", "bvalue", str(folder / "events.parquet"), "--json"])
    assert 0.4 < json.loads(b.stdout)["b"] < 2.0
