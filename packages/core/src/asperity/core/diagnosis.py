"""What `asperity doctor` looks at.

Every check has to tell of a broken installation, so that none may rely on what another one
checks: a check that fails in an unforeseen way becomes an entry like any other.
"""

from __future__ import annotations

import importlib
import os
import platform
import re
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

__all__ = ["PARTS", "diagnose"]

PARTS = ("asperity-core", "asperity-dem", "asperity-gnss", "asperity-evt")
"""Distributions of the project, each of which may be left out but the first."""
_OPTIONAL = {
    "distributed": "asperity-core[dask]",
    "obspy": "asperity-core[quakeml]",
    "ot": "asperity-core[ot]",
}
_MODULES = {"scikit-learn": "sklearn"}  # where the module is not called as the distribution
_PLAIN_NAME = re.compile(r"^[A-Za-z0-9._-]+")

Entry = dict[str, Any]


def diagnose(*, warm_up: bool = False) -> list[Entry]:
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
    checks: list[tuple[str, Callable[[], list[Entry]]]] = [
        ("python", _python),
        ("processors", _processors),
        ("parts", _parts),
        ("libraries", _libraries),
        ("optional libraries", _optional),
        ("plug-ins", _plugins),
        ("kernel cache", _cache),
        ("data sets", _data),
    ]
    if warm_up:
        checks.append(("kernels", _warm_up))
    return [entry for name, check in checks for entry in _attempt(name, check)]


def _attempt(name: str, check: Callable[[], list[Entry]]) -> list[Entry]:
    try:
        return check()
    except Exception as error:
        found = f"cannot be looked at ({type(error).__name__}: {error})"
        return [_entry(name, found, "problem", "mend what stands above, and look again")]


def _entry(check: str, found: str, status: str = "ok", advice: str | None = None) -> Entry:
    return {"check": check, "found": found, "status": status, "advice": advice}


def _python() -> list[Entry]:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return [_entry("python", found)]


def _processors() -> list[Entry]:
    from asperity.core.kernels import usable_processors

    found = f"{usable_processors()} usable; kernels use 1 thread unless --threads says more"
    return [_entry("processors", found)]


def _parts() -> list[Entry]:
    entries = []
    versions = {}
    for name in PARTS:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found = f"not installed (optional: pip install ./packages/{name.partition('-')[2]})"
            entries.append(_entry(name, found, "absent"))
        else:
            entries.append(_entry(name, versions[name]))
    if len({*versions.values()}) > 1:
        found = ", ".join(f"{name} {version}" for name, version in versions.items())
        advice = "install the parts anew from one checkout: they go together in one version only"
        entries.append(_entry("versions of parts", f"differ: {found}", "problem", advice))
    return entries


def _libraries() -> list[Entry]:
    """Import what the installed parts need: a version in a list says nothing of a broken file."""
    entries = []
    for name, wanted in sorted(_requirements().items()):
        module = _MODULES.get(name, name.replace("-", "_"))
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            entries.append(_entry(name, "missing", "problem", f'pip install "{wanted}"'))
            continue
        try:
            importlib.import_module(module)
        except Exception as error:
            found = f"{version}, cannot be imported ({type(error).__name__}: {error})"
            other = isinstance(error, ModuleNotFoundError) and str(error.name).partition(".")[0]
            advice = (
                f"comes right with {other}"
                if other and other != module
                else f'pip install --force-reinstall "{wanted}"'
            )
            entries.append(_entry(name, found, "problem", advice))
            continue
        if not _is_within(version, wanted):
            found = f"{version}, but {wanted} is needed"
            entries.append(_entry(name, found, "problem", f'pip install "{wanted}"'))
        else:
            entries.append(_entry(name, version))
    return entries


def _requirements() -> dict[str, str]:
    """Return what the installed parts need, without what is optional: name -> requirement."""
    found: dict[str, str] = {}
    for part in PARTS:
        try:
            lines = metadata.requires(part) or []
        except metadata.PackageNotFoundError:
            continue
        for line in lines:
            name = _PLAIN_NAME.match(line)
            if name and "extra ==" not in line and name[0] not in PARTS:
                found.setdefault(name[0], line.partition(";")[0].strip())
    return found


def _is_within(version: str, wanted: str) -> bool:
    try:
        from packaging.requirements import Requirement
    except ImportError:
        return True  # it comes with matplotlib, whose entry tells
    return bool(Requirement(wanted).specifier.contains(version, prereleases=True))


def _optional() -> list[Entry]:
    return [
        _entry(module, "installed")
        if find_spec(module)
        else _entry(module, f"not installed (optional: {extra})", "absent")
        for module, extra in _OPTIONAL.items()
    ]


def _plugins() -> list[Entry]:
    """Load the plug-ins of all kinds; one that fails is left out elsewhere, with a warning."""
    points = {
        point: str(distribution.name)
        for distribution in metadata.distributions()
        for point in distribution.entry_points
        if point.group.startswith("asperity.")
    }
    failed: dict[tuple[str, str], list[str]] = {}
    for point, owner in points.items():
        try:
            point.load()
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            failed.setdefault((owner, reason), []).append(point.value)
    count = len(points) - sum(map(len, failed.values()))
    entries = [_entry("plug-ins", f"{count} of {len(points)} load")]
    for (owner, reason), names in sorted(failed.items()):
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        found = f"{min(names)}{more} cannot be loaded ({reason})"
        advice = f"mend the libraries first; if it stays so, install {owner} again, or remove it"
        entries.append(_entry(f"plug-ins of {owner}", found, "problem", advice))
    return entries


def _cache() -> list[Entry]:
    from asperity.core.kernels import cache_folder

    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        found = f"{folder}: {error.strerror}, so that every command compiles its kernels anew"
        advice = "set NUMBA_CACHE_DIR to a folder that can be written to"
        return [_entry("kernel cache", found, "problem", advice)]
    kernels = len(list(folder.rglob("*.nbi")))
    return [_entry("kernel cache", f"{folder}, {kernels} compiled")]


def _data() -> list[Entry]:
    from asperity.core.datasets import cache_folder, datasets

    entries = datasets().values()
    at_hand = sum(entry.local() is not None for entry in entries)
    found = f"{at_hand} of {len(entries)} at hand; the others are downloaded when asked for"
    named = os.environ.get("ASPERITY_DATA")
    if not named:
        return [_entry("data sets", f"{found}, to {cache_folder()}")]
    if not Path(named).is_dir():
        advice = "name a folder that exists, or unset ASPERITY_DATA"
        text = f"ASPERITY_DATA names {named}, which is no folder; {found}"
        return [_entry("data sets", text, "problem", advice)]
    there = [entry for entry in entries if (Path(named) / entry.file).is_file()]
    if not there:
        advice = f"name the folder that holds files such as {next(iter(entries)).file}"
        text = f"ASPERITY_DATA names {named}, which holds none of them; {found}"
        return [_entry("data sets", text, "problem", advice)]
    changed = [entry.file for entry in there if entry.local() is None]
    if changed:
        advice = "fetch these files again; asperity data list shows what is at hand"
        text = f"{found}; other bytes than those registered: {', '.join(changed)}"
        return [_entry("data sets", text, "problem", advice)]
    return [_entry("data sets", f"{found} (ASPERITY_DATA names {named})")]


def _warm_up() -> list[Entry]:
    from asperity.core.kernels import warm_up

    start = time.perf_counter()
    done = warm_up()
    found = f"{', '.join(done) or 'none'} compiled in {time.perf_counter() - start:.1f} s"
    return [_entry("kernels", found)]
