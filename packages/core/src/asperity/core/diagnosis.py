"""What `asperity doctor` looks at."""

from __future__ import annotations

import platform
import tempfile
import time
from importlib import metadata
from importlib.util import find_spec
from typing import Any

__all__ = ["diagnose"]

_PARTS = ("asperity-core", "asperity-dem", "asperity-gnss", "asperity-evt")
_NEEDED = ("numpy", "scipy", "xarray", "numba", "scikit-learn", "pyarrow", "h5netcdf", "pyproj",
           "shapely", "matplotlib", "pooch")  # fmt: skip
_OPTIONAL = {
    "distributed": "asperity-core[dask]",
    "obspy": "asperity-core[quakeml]",
    "ot": "asperity-core[ot]",
}


def diagnose(*, warm_up: bool = False) -> list[dict[str, Any]]:
    """Return one entry a check: ``check``, ``found``, ``status`` and ``advice``.

    Parameters
    ----------
    warm_up : bool, optional
        Compile all kernels, which also shows whether they compile.

    Returns
    -------
    list of dict
        ``status`` is ``ok``, ``absent`` (not needed) or ``problem``.
    """
    from asperity.core.kernels import usable_processors

    checks = [
        _entry(
            "python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"
        ),
        _entry(
            "processors",
            f"{usable_processors()} usable; kernels use 1 thread unless --threads says more",
        ),
    ]
    for name in (*_PARTS, *_NEEDED):
        checks.append(_version(name))
    for module, extra in _OPTIONAL.items():
        there = find_spec(module) is not None
        checks.append(
            _entry(module, "installed" if there else f"not installed (optional: {extra})",
                   "ok" if there else "absent")
        )  # fmt: skip
    checks.append(_cache())
    checks.append(_data())
    if warm_up:
        checks.append(_warm_up())
    return checks


def _entry(check: str, found: str, status: str = "ok", advice: str | None = None) -> dict[str, Any]:
    return {"check": check, "found": found, "status": status, "advice": advice}


def _version(name: str) -> dict[str, Any]:
    try:
        return _entry(name, metadata.version(name))
    except metadata.PackageNotFoundError:
        if name in _PARTS:
            return _entry(name, "not installed", "absent")
        return _entry(name, "missing", "problem", f"install {name}")


def _cache() -> dict[str, Any]:
    from asperity.core.kernels import cache_folder

    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return _entry(
            "kernel cache", f"{folder}: {error.strerror}", "problem",
            "set NUMBA_CACHE_DIR to a folder that can be written to",
        )  # fmt: skip
    kernels = len(list(folder.rglob("*.nbi")))
    return _entry("kernel cache", f"{folder}, {kernels} compiled")


def _data() -> dict[str, Any]:
    from asperity.core.datasets import datasets

    at_hand = sum(entry.local() is not None for entry in datasets().values())
    return _entry("data sets", f"{at_hand} of {len(datasets())} at hand")


def _warm_up() -> dict[str, Any]:
    from asperity.core.kernels import warm_up

    start = time.perf_counter()
    done = warm_up()
    return _entry(
        "kernels", f"{', '.join(done) or 'none'} compiled in {time.perf_counter() - start:.1f} s"
    )
