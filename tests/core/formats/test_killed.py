"""A conversion that is killed leaves no half file, and its rest is taken for no output."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from asperity.core import Catalog
from asperity.core.formats import read_catalog, write_catalog

N = 60_000


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    rng = np.random.default_rng(0)
    catalog = Catalog.from_columns(
        {
            "time": np.arange(N) * 10**9,
            "magnitude": rng.normal(1, 1, N),
            "latitude": rng.uniform(-80, 80, N),
            "longitude": rng.uniform(-170, 170, N),
            "depth": rng.uniform(0, 1e4, N),
        }
    )
    path = tmp_path_factory.mktemp("source") / "a.parquet"
    write_catalog(catalog, path)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".qml", ".parquet", ".zmap", ".nc"])
def test_a_killed_conversion_leaves_no_half_file(source, tmp_path, suffix):
    out = tmp_path / f"out{suffix}"
    command = [
        sys.executable,
        "-m",
        "asperity.core.cli",
        "catalog",
        "convert",
        str(source),
        str(out),
    ]
    code = "from asperity.core.cli import main; main()"
    command = [sys.executable, "-c", code, "catalog", "convert", str(source), str(out)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    # Killed as soon as bytes of the output are on the disk.
    while process.poll() is None and time.monotonic() < deadline:
        if any(p.stat().st_size for p in _parts(tmp_path)):
            break
        time.sleep(0.001)
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()
    if out.exists():  # the kill came after the rename: then it is whole
        assert len(read_catalog(out).catalog) == N
        return
    visible = [p.name for p in tmp_path.iterdir() if not p.name.startswith(".")]
    assert visible == []
    # Again: the rest of the killed run is neither in the way nor read.
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(read_catalog(out).catalog) == N


def _parts(folder):
    found = []
    for path in folder.glob(".*.part*"):
        try:
            path.stat()
        except FileNotFoundError:
            continue
        found.append(path)
    return found
