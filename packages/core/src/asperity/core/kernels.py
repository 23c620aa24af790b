"""How kernels run: their cache and their threads.

numba does not notice an edit in a file that a cached kernel calls and would
return the stale result, so the cache folder is named after a hash of all kernel
sources of the installed packages.
"""

from __future__ import annotations

import atexit
import hashlib
import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from asperity.core.errors import UsageError
from asperity.core.plugins import plugins

__all__ = [
    "cache_folder",
    "check_threads",
    "kernel_sources",
    "kernel_threads",
    "prepare",
    "usable_processors",
    "warm_up",
]


def kernel_sources() -> list[Path]:
    """Return the files of all kernels in the ``asperity`` namespace, sorted."""
    import asperity

    found: list[Path] = []
    for root in asperity.__path__:
        for pattern in ("*/**/_kernels.py", "*/**/_kernels/*.py"):
            found += Path(root).glob(pattern)
    return sorted(set(found))


@lru_cache(maxsize=1)
def cache_folder() -> Path:
    """Return the folder of this state of the kernels.

    `NUMBA_CACHE_DIR` is respected when the user has set it.
    """
    given = os.environ.get("NUMBA_CACHE_DIR")
    if given:
        return Path(given)
    digest = hashlib.sha256()
    for path in kernel_sources():
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    from asperity.core.datasets import cache_folder as user_cache

    return user_cache() / f"kernels-{digest.hexdigest()[:16]}"


def prepare() -> None:
    """Point numba at `cache_folder`; call it before a kernel module is imported."""
    folder = str(_writable(cache_folder()))
    os.environ.setdefault("NUMBA_CACHE_DIR", folder)
    numba = sys.modules.get("numba")
    if numba is not None:
        numba.config.CACHE_DIR = folder


@lru_cache(maxsize=1)
def _writable(folder: Path) -> Path:
    """Return the folder, or one for this process only where it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    scratch = tempfile.TemporaryDirectory(prefix="asperity-kernels-")
    atexit.register(scratch.cleanup)
    return Path(scratch.name)


def usable_processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_threads(count: int) -> None:
    """Refuse a number of threads that numba cannot give.

    Raises
    ------
    UsageError
        If it is not between 1 and the number of processors (or what
        `NUMBA_NUM_THREADS` says instead).
    """
    given = os.environ.get("NUMBA_NUM_THREADS", "")
    most = int(given) if given.isdecimal() else usable_processors()
    if not 1 <= count <= most:
        raise UsageError(f"--threads {count}: kernels can use 1 to {most} threads here")


@contextmanager
def kernel_threads(count: int) -> Iterator[None]:
    """Run parallel kernels in so many threads inside a block.

    Without it numba would take every processor; commands run their kernels in the
    number that ``--threads`` gives, 1 if nothing is said.

    Raises
    ------
    UsageError
        If so many cannot be had, see `check_threads`.
    """
    check_threads(count)
    prepare()
    numba = importlib.import_module("numba")  # this module owns how kernels run
    before = numba.get_num_threads()
    numba.set_num_threads(count)
    try:
        yield
    finally:
        numba.set_num_threads(before)


def warm_up() -> list[str]:
    """Compile every kernel that the installed packages name; returns what was compiled.

    A package names a function without arguments in the entry-point group
    ``asperity.warm_up``.
    """
    prepare()
    functions = plugins("warm_up")
    for function in functions.values():
        function()
    return list(functions)
