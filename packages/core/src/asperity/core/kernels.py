"""The cache of compiled kernels.

numba does not notice an edit in a file that a cached kernel calls and would
return the stale result, so the cache folder is named after a hash of all kernel
sources of the installed packages.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

from asperity.core.plugins import plugins

__all__ = ["cache_folder", "kernel_sources", "prepare", "warm_up"]


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
