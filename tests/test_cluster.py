"""Commands on a Dask cluster of two worker processes: what they find here, and a lost worker."""

import os
import signal
import threading
import time

import numpy as np
import pytest
import xarray as xr

from asperity.core.errors import InputError
from asperity.core.executors import open_executor
from asperity.core.netcdf import write_netcdf
from commands import document

distributed = pytest.importorskip("distributed")

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as started:
        yield started


@pytest.fixture
def address(cluster):
    return cluster.scheduler_address.replace("tcp://", "dask://")


def without(document, *keys):
    return {k: v for k, v in document.items() if k not in keys}


def members(document):
    return [without(row, "wall_seconds") for row in document["members"]]


SWEEP = ("dem", "sweep", "--case", "smoke", "--vary", "cell.pressure=5e7,1e8")


@pytest.mark.slow
def test_a_sweep(address, tmp_path, monkeypatch):
    short = ("--set", "loading.strain=0.002")
    alone = document(*SWEEP, *short, "-o", tmp_path / "alone")
    # The workers stand in another folder: a relative name must mean ours.
    monkeypatch.chdir(tmp_path)
    shared = document(*SWEEP, *short, "-o", "shared", "--executor", address)
    assert members(shared) == members(alone)
    for name in ("000", "001"):
        one, two = (
            xr.load_dataset(tmp_path / f / name / "history.nc") for f in ("alone", "shared")
        )
        xr.testing.assert_equal(one, two)


def test_a_database(address, tmp_path):
    rng = np.random.default_rng(1)
    for i in range(12):
        lines = "\n".join(f"{v:.3f}" for v in 1.0 + rng.exponential(0.43, 300))
        (tmp_path / f"s{i}.csv").write_text(f"magnitude\n{lines}\n")
    asked = ("evt", "score", tmp_path, "--mc", 1, "--bootstrap", 20, "--shuffles", 2)
    asked += ("--rivals", "block-maxima,next-maximum")
    alone = document(*asked)
    assert document(*asked, "--executor", address) == alone


def test_tiles_of_strain(address, tmp_path):
    rng = np.random.default_rng(2)
    rows = [
        f"S{i:03d},{lon:.4f},{lat:.4f},{9 * np.tanh(lat - 2) + rng.normal():.3f},"
        f"{rng.normal():.3f},1,1"
        for i, (lon, lat) in enumerate(rng.uniform(0, 4, (60, 2)))
    ]
    (tmp_path / "v.csv").write_text("\n".join(["site,lon,lat,ve,vn,se,sn", *rows]) + "\n")
    asked = ("gnss", "strain", tmp_path / "v.csv", "--spacing", 0.2, "--local", 30)
    asked += ("--region", "0.5/3.5/0.5/3.5")
    document(*asked, "-o", tmp_path / "alone.nc")
    document(*asked, "-o", tmp_path / "shared.nc", "--executor", address)
    one, two = (xr.load_dataset(tmp_path / f"{n}.nc") for n in ("alone", "shared"))
    xr.testing.assert_allclose(one, two, rtol=1e-12, atol=0)


def test_workers_write_netcdf(address, tmp_path):
    """They do not ask the scheduler for a lock on a file in memory, which it does not know."""
    dataset = xr.Dataset({"a": ("x", [1.0, 2.0])})
    with open_executor(address) as executor:
        list(executor.map(write_netcdf, iter([dataset]), iter([tmp_path / "a.nc"])))
    xr.testing.assert_equal(xr.load_dataset(tmp_path / "a.nc"), dataset)


def kill_one_at_work(cluster, killed):
    """Kill -9 a worker as soon as it is at work on something."""
    with distributed.Client(cluster.scheduler_address) as client:
        pids = client.run(os.getpid)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            busy = [worker for worker, tasks in client.processing().items() if tasks]
            if busy:
                time.sleep(1.0)  # into the middle of it
                os.kill(pids[busy[0]], signal.SIGKILL)
                killed.append(pids[busy[0]])
                return
            time.sleep(0.05)


@pytest.mark.slow
def test_a_lost_worker_costs_its_task_only(cluster, address, tmp_path):
    longer = ("--set", "loading.strain=0.005", "--seeds", 2, "--checkpoint-every", 0.5)
    alone = document(*SWEEP, *longer, "-o", tmp_path / "alone")
    killed = []
    killer = threading.Thread(target=kill_one_at_work, args=(cluster, killed))
    killer.start()
    shared = document(*SWEEP, *longer, "-o", tmp_path / "shared", "--executor", address)
    killer.join()
    assert killed
    assert shared["failed"] == 0
    assert members(shared) == members(alone)


@pytest.mark.slow  # closing a cluster whose workers are just born again can fail in its library
def test_a_piece_that_kills_every_worker_is_one_line(address):
    def work():
        with open_executor(address) as executor:
            executor.submit(os._exit, 1).result()

    with pytest.raises(InputError, match=r"--executor dask://.*ended without an answer"):
        work()
