"""How kernels run: a cache named by the sources, as many threads as one asks for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import sys
from asperity.evt import replay_estimates
from asperity.core import kernels
print(replay_estimates([1.5, 2.0, 2.4, 3.1])[-1, 0])
print(kernels.cache_folder())
"""


def run(**environment):
    inherited = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    result = subprocess.run(
        [sys.executable, "-c", CODE],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    value, folder = result.stdout.split()
    assert float(value) == pytest.approx(3.3484375)
    return Path(folder)


def test_cache_lies_in_the_users_folder_and_is_used(tmp_path):
    folder = run(XDG_CACHE_HOME=str(tmp_path))
    assert folder.is_relative_to(tmp_path)
    compiled = {p: p.stat().st_mtime_ns for p in folder.rglob("*.nbi")}
    assert compiled
    assert run(XDG_CACHE_HOME=str(tmp_path)) == folder
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*.nbi")} == compiled


def test_the_users_own_cache_folder_is_respected(tmp_path):
    assert run(NUMBA_CACHE_DIR=str(tmp_path)) == tmp_path
    assert list(tmp_path.rglob("*.nbi"))


def test_a_folder_that_cannot_be_written_to_does_not_stop_the_work():
    run(XDG_CACHE_HOME="/proc/nowhere")


def test_name_follows_the_sources(tmp_path, monkeypatch):
    from asperity.core import kernels

    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    source = tmp_path / "_kernels.py"
    names = []
    for text in ("x = 1", "x = 2", "x = 1"):
        source.write_text(text)
        monkeypatch.setattr(kernels, "kernel_sources", lambda: [source])
        kernels.cache_folder.cache_clear()
        names.append(kernels.cache_folder().name)
    kernels.cache_folder.cache_clear()
    assert names[0] == names[2] != names[1]


def test_the_kernels_without_compilation():
    """The same numbers from plain Python: numba may be switched off."""
    folder = run(NUMBA_DISABLE_JIT="1")
    assert folder.name.startswith("kernels-")


THREADS = """
from numba import njit, prange, get_num_threads
import numpy as np
from asperity.core.kernels import kernel_threads

@njit(parallel=True)
def mask(n):
    seen = np.zeros(n, dtype=np.int64)
    for i in prange(n):
        seen[i] = get_num_threads()
    return seen

with kernel_threads(1):
    print(*set(mask(64).tolist()))
with kernel_threads(2):
    print(*set(mask(64).tolist()))
"""


def test_kernels_take_the_threads_that_they_are_given(tmp_path):
    environment = {**os.environ, "NUMBA_NUM_THREADS": "3", "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", THREADS], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "2"]


def test_threads_that_cannot_be_had_are_wrong_usage(monkeypatch):
    from asperity.core.errors import UsageError
    from asperity.core.kernels import check_threads

    monkeypatch.setenv("NUMBA_NUM_THREADS", "3")
    check_threads(3)
    for count in (0, 4):
        with pytest.raises(UsageError, match="can use 1 to 3 threads here"):
            check_threads(count)
