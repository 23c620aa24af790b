"""Runs that are stopped and go on: to the bit, and with nothing lost when something fails."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from asperity.core import read_catalog
from asperity.core.cli import app
from asperity.core.config import resolve
from asperity.core.errors import InputError
from asperity.core.files import check_folder, held
from asperity.dem import LaboratoryConfiguration, Simulation
from asperity.dem.laboratory.checkpoint import read_checkpoint, write_checkpoint
from asperity.dem.laboratory.ensemble import grid, published
from asperity.dem.laboratory.folder import Checkpointing
from asperity.dem.laboratory.published import SIMULATIONS
from dem.cases import laboratory

SLOW = ("loading.speed=0.2", "loading.first_speed=0.2")
RESULTS = ("history.nc", "contacts.nc")
PROGRAM = [sys.executable, "-c", "from asperity.core.cli import main; main()"]


def call(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def loading():
    return Simulation(laboratory()).run(until="loading")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted run of the test that others interrupt."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    changes = [part for change in SLOW for part in ("--set", change)]
    done = call("dem", "run", "--case", "smoke", *changes, "-o", folder)
    assert done.exit_code == 0, done.output
    return folder


def same(a, b):
    """Return the names of the arrays of two states that differ in a bit."""
    return [
        name
        for name in a
        if name != "simulation.wall_seconds"
        and (a[name].shape != b[name].shape or a[name].tobytes() != b[name].tobytes())
    ]


def assert_same_run(a, b):
    for name in RESULTS:
        one, two = (xr.load_dataset(f / name, engine="h5netcdf") for f in (a, b))
        for variable in one.variables:
            assert one[variable].values.tobytes() == two[variable].values.tobytes(), variable
    events = [read_catalog(f / "events.parquet").catalog for f in (a, b)]
    for column in events[0].columns:
        assert np.array_equal(events[0][column], events[1][column]) or (
            events[0][column].tobytes() == events[1][column].tobytes()
        )


@pytest.mark.parametrize(
    "changes",
    [
        ("numerics.source_window=5e-4",), ('numerics.mode="private"',), ('cell.side="wall"',),
        ("fault.roughness=5e-4", 'fault.strain="large"', "loading.strain=0.06"),
        ("injection.rates=[2e-6,0.0]", "injection.times=[2e-4,1e-3]"),
    ],
)  # fmt: skip
def test_a_simulation_goes_on_to_the_bit(changes, tmp_path):
    path = tmp_path / "checkpoint.nc"
    simulation = Simulation(laboratory(*changes)).run(until="loading")
    simulation.load(most_steps=2000)
    write_checkpoint(simulation, path, {"seed": 0})
    other, record = read_checkpoint(path)
    assert record == {"seed": 0}
    assert same(simulation.state(), other.state()) == []
    for each in (simulation, other):
        each.load(most_steps=5000)
    assert same(simulation.state(), other.state()) == []
    assert len(simulation.events) > 0
    assert simulation.events.tobytes() == other.events.tobytes()


def test_one_that_breaks_goes_on_to_the_bit(tmp_path):
    # Bonded joints and breakable rock: bonds that break after the checkpoint are found once.
    changes = (
        "rock.breakable=true", "rock.tensile_strength=5e6", "rock.cohesion=3e7",
        "fault.bonded=true", 'fault.law="coulomb"', "fault.parameters=[0.3]",
        "fault.strength_sd=0.3", "fault.friction_sd=0.0",
    )  # fmt: skip
    simulation = Simulation(laboratory(*changes)).run(until="loading")
    simulation.load(most_steps=4000)
    write_checkpoint(simulation, tmp_path / "c.nc", {})
    other, _ = read_checkpoint(tmp_path / "c.nc")
    before = len(simulation.events)
    for each in (simulation, other):
        each.load(most_steps=6000)
    assert len(simulation.events) > before > 0
    assert same(simulation.state(), other.state()) == []


def test_a_killed_run_goes_on_to_the_bit(whole, tmp_path):
    folder = tmp_path / "killed"
    changes = [part for change in SLOW for part in ("--set", change)]
    arguments = ["dem", "run", "--case", "smoke", *changes, "-o", str(folder)]
    process = subprocess.Popen(
        [*PROGRAM, *arguments, "--checkpoint-every", "0.05"], stderr=subprocess.DEVNULL
    )
    seen = set()
    checkpoint = folder / "checkpoint.nc"
    while process.poll() is None and len(seen) < 6:
        if checkpoint.is_file():
            seen.add(checkpoint.stat().st_mtime_ns)
        time.sleep(0.005)
    busy = call("dem", "resume", folder)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert busy.exit_code == 1
    assert "is at work there" in busy.output
    standing = json.loads(call("dem", "info", folder, "--json").output)
    assert standing["stage"] == "loading"
    assert 0.0 < standing["progress"] < 1.0
    told = call("dem", "resume", folder)
    assert told.exit_code == 0, told.output
    assert_same_run(whole, folder)
    record = json.loads((folder / "provenance.json").read_text())
    assert record["command_line"][:2] == ["dem", "run"]
    assert [r["command_line"][:2] for r in record["resumed"]] == [sys.argv[1:][:2]]
    again = call("dem", "resume", folder)
    assert again.exit_code == 0
    assert "nothing was left to do" in again.output


def test_an_interrupted_run_says_how_to_go_on(tmp_path):
    folder = tmp_path / "run"
    process = subprocess.Popen(
        [*PROGRAM, "dem", "run", "--case", "smoke", "--set", "loading.speed=0.05",
         "--set", "loading.first_speed=0.05", "-o", str(folder), "--checkpoint-every", "0.05"],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while process.poll() is None and not (folder / "checkpoint.nc").is_file():
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert said.splitlines()[-1].endswith("goes on from the last checkpoint")
    assert "interrupted" in said


def test_a_prepared_specimen_is_loaded_by_resume(whole, tmp_path):
    folder = tmp_path / "prepared"
    changes = [part for change in SLOW for part in ("--set", change)]
    made = call("dem", "prepare", "--case", "smoke", *changes, "-o", folder, "--json")
    assert made.exit_code == 0, made.output
    told = json.loads(made.stdout)
    assert told["axial_stress"] == pytest.approx(150e6, rel=2e-3)
    assert told["porosity"] == pytest.approx(0.38, abs=1e-6)
    assert call("dem", "resume", folder).exit_code == 0
    assert_same_run(whole, folder)


def test_a_full_disk_keeps_the_last_checkpoint(loading, tmp_path, room_for):
    heard = []
    keep = Checkpointing(tmp_path, {}, 1e-9, heard.append)
    keep(loading)
    before = (tmp_path / "checkpoint.nc").read_bytes()
    with room_for(4096):
        keep(loading)
    assert len(heard) == 1
    assert "checkpoint.nc: writing failed" in heard[0]
    assert (tmp_path / "checkpoint.nc").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["checkpoint.nc"]


@pytest.mark.parametrize("damage", ["cut", "flipped", "other", "missing", "future"])
def test_an_unreadable_checkpoint_is_refused(loading, damage, tmp_path):
    path = tmp_path / "checkpoint.nc"
    write_checkpoint(loading, path, {"time": "now"})
    content = bytearray(path.read_bytes())
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        content[len(content) // 3] ^= 4
        path.write_bytes(content)
    elif damage == "other":
        xr.Dataset({"a": 1}).to_netcdf(path, engine="h5netcdf")
    elif damage == "missing":
        path.unlink()
    else:
        from asperity.core.netcdf import seal

        with xr.open_dataset(path, engine="h5netcdf") as dataset:
            later = dataset.load().assign_attrs(checkpoint_version=99)
        later.to_netcdf(path, engine="h5netcdf")
        seal(path)
    with pytest.raises(InputError, match=r"checkpoint\.nc: .*(cannot be read|no such|version 99)"):
        read_checkpoint(path)
    for command in ("resume", "info"):
        done = call("dem", command, tmp_path)
        assert done.exit_code == 1
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_folder_at_work_is_not_taken_by_another(tmp_path):
    busy = pytest.raises(InputError, match=f"process {os.getpid()} is at work")
    with held(tmp_path), busy, held(tmp_path):
        pass
    with held(tmp_path):
        pass


def test_a_full_disk_does_not_take_a_folder_away(tmp_path, room_for):
    """The number of the process cannot be written; no later close may stumble on it."""
    with room_for(0), held(tmp_path):
        busy = pytest.raises(InputError, match=r"process \? is at work")
        with busy, held(tmp_path):
            pass
    check_folder(tmp_path, force=False)  # the lock that stays is no output


def test_a_run_that_starts_over_leaves_nothing_of_the_old(whole, tmp_path):
    folder = tmp_path / "run"
    assert call("dem", "prepare", "--case", "smoke", "-o", folder).exit_code == 0
    (folder / "summary.json").write_text("{}")
    assert call("dem", "run", "--case", "smoke", "-o", folder).exit_code == 1
    assert call("dem", "prepare", "--case", "smoke", "-o", folder, "--force").exit_code == 0
    assert not (folder / "summary.json").exists()


def test_a_run_folder_is_made_again_from_its_record(whole, monkeypatch):
    # The command line of the record is that of this process; give it its own.
    folder = whole.parent / "short"
    arguments = [
        "dem",
        "run",
        "--case",
        "smoke",
        "--set",
        "loading.strain=0.001",
        "-o",
        str(folder),
    ]
    subprocess.run([*PROGRAM, *arguments, "-q"], check=True, stdout=subprocess.DEVNULL)
    for name in ("history.nc", "events.parquet"):
        told = call("provenance", "replay", folder / name)
        assert told.exit_code == 0, told.output
        assert "dem run" in told.output


# ------------------------------------------------------------------ sweeps


def test_members_of_a_grid():
    members = grid(["cell.pressure=5e7,1e8", "fault.parameters=[0.3,0.2],[0.4,0.2]"], [3, 4])
    assert len(members) == 8
    assert members[0].changes == ("cell.pressure=5e7", "fault.parameters=[0.3,0.2]")
    assert [m.seed for m in members[:2]] == [3, 4]
    assert len({m.name for m in members}) == 8


def test_published_spreads():
    members = published([0, 1])
    assert len(members) == 54
    assert len({m.seed for m in members}) == 54
    last = SIMULATIONS[-1]
    assert last.name == "S463"
    configured = resolve(LaboratoryConfiguration, {}, last.changes, "test").specimen
    assert configured.mean_radius == pytest.approx(2.5e-3)
    assert configured.half_width == pytest.approx(0.2)
    assert all(s.peak - s.after == pytest.approx(s.drop) for s in SIMULATIONS)


def test_a_sweep_goes_on_where_it_stopped(tmp_path):
    folder = tmp_path / "sweep"
    common = ("--set", "loading.strain=0.004", "--vary", "cell.pressure=5e7,1e8", "-o", folder)
    done = call("dem", "sweep", "--case", "smoke", *common, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    peaks = [row["peak_deviator"] for row in told["members"]]
    assert told["failed"] == 0
    assert peaks[1] > peaks[0] > 0.0
    assert (folder / "sweep.png").stat().st_size > 10_000
    # One member is lost: it alone is made again.
    kept = (folder / "000" / "history.nc").stat().st_mtime_ns
    (folder / "001" / "summary.json").unlink()
    (folder / "001" / "checkpoint.nc").write_bytes(b"damaged")
    again = call("dem", "resume", folder, "--json")
    assert again.exit_code == 0, again.output
    assert (folder / "000" / "history.nc").stat().st_mtime_ns == kept
    rows = json.loads(again.stdout)["members"]
    for old, new in zip(told["members"], rows, strict=True):
        assert {k: v for k, v in old.items() if k != "wall_seconds"} == {
            k: v for k, v in new.items() if k != "wall_seconds"
        }


def test_a_member_that_fails_does_not_stop_the_others(tmp_path):
    folder = tmp_path / "sweep"
    done = call(
        "dem", "sweep", "--case", "smoke", "--set", "loading.strain=0.001",
        "--vary", "numerics.time_step=0,1e-3", "-o", folder, "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["failed"] == 1
    assert "time step 0.001 s" in told["members"][1]["failure"]
    nothing = call(
        "dem", "sweep", "--case", "smoke", "--vary", "numerics.time_step=1,2", "-o",
        tmp_path / "none",
    )  # fmt: skip
    assert nothing.exit_code == 4
    assert call("dem", "sweep", "--vary", "cell.pressure", "-o", tmp_path / "x").exit_code == 2
    assert call("dem", "sweep", "--vary", "cell.wrong=1", "-o", tmp_path / "x").exit_code == 2


def test_a_sweep_on_a_full_disk_stops_and_goes_on(tmp_path, room_for):
    """No test of it has failed: the code is not that of a numerical failure."""
    folder = tmp_path / "sweep"
    words = ("--case", "smoke", "--set", "loading.strain=0.001", "--seeds", "2", "-o", folder)
    with room_for(200_000):
        done = call("dem", "sweep", *words)
    assert done.exit_code == 1, done.output
    assert len(done.stderr.strip().splitlines()) == 1
    assert "writing failed (File too large)" in done.stderr
    assert f"asperity dem resume {folder} goes on with the sweep" in done.stderr
    assert not (folder / "001").exists()
    again = call("dem", "resume", folder, "--json")
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout)["failed"] == 0


def test_a_sweep_in_processes_gives_the_same(tmp_path):
    common = ("--case", "smoke", "--set", "loading.strain=0.002", "--seeds", "2", "--json")
    alone = call("dem", "sweep", *common, "-o", tmp_path / "alone")
    shared = call("dem", "sweep", *common, "-o", tmp_path / "shared", "--executor", "local:2")
    assert shared.exit_code == 0, shared.output
    for name in ("000", "001"):
        assert_same_run(tmp_path / "alone" / name, tmp_path / "shared" / name)
    one, two = (json.loads(done.stdout)["members"] for done in (alone, shared))
    assert [r["peak_deviator"] for r in one] == [r["peak_deviator"] for r in two]
    assert one[0]["peak_deviator"] != one[1]["peak_deviator"]


# ------------------------------------------------------------------ export


def test_exported_contacts_carry_the_stress(loading, tmp_path):
    from asperity.dem.laboratory.export import contact_table, grain_table, state_dataset

    system = loading.system
    contacts, grains = contact_table(system), grain_table(system)
    assert len(contacts["pair"]) == sum(system.contacts.values())
    assert grains["coordination"].sum() == 2 * len(contacts["pair"])
    # The trace of Love and Weber's stress needs normal forces and branches alone where the
    # force is split along the branch: flat joints.
    volume = loading.section * loading.configuration.specimen.height
    flat = contacts["model"] == 4
    branch = system.separations(*contacts["pair"][flat].T.astype(np.int32))
    trace = np.sum(contacts["normal_force"][flat] * np.linalg.norm(branch, axis=1)) / volume
    joints = contacts["model"] == 5
    share = trace / np.trace(system.stress(volume))
    assert joints.sum() > 50
    assert 0.7 < share < 1.0
    dataset = state_dataset(system)
    assert dataset["model"].attrs["flag_meanings"].split()[4] == "flat_joint"


def test_the_vtu_file_says_what_the_table_says(loading, tmp_path):
    import base64
    import zlib
    from xml.etree import ElementTree

    from asperity.dem.laboratory.export import grain_table
    from asperity.dem.laboratory.vtu import write_points

    grains = grain_table(loading.system)
    points = grains.pop("position")
    write_points(tmp_path / "g.vtu", points, grains)
    root = ElementTree.parse(tmp_path / "g.vtu").getroot()
    piece = root.find("UnstructuredGrid/Piece")
    assert int(piece.get("NumberOfPoints")) == len(points)
    for array in piece.findall("PointData/DataArray"):
        text = array.text
        count = int(np.frombuffer(base64.b64decode(text[:12])[:8], "<u8")[0])
        head = 4 * -(-8 * (3 + count) // 3)
        sizes = np.frombuffer(base64.b64decode(text[:head]), "<u8")[3 : 3 + count].astype(int)
        packed = base64.b64decode(text[head:])
        raw = b"".join(
            zlib.decompress(packed[at : at + n])
            for at, n in zip(np.cumsum([0, *sizes[:-1]]), sizes, strict=True)
        )
        assert raw == grains[array.get("Name")].tobytes()
