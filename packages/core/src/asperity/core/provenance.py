"""The record that every output carries: what made it, from what, with what."""

from __future__ import annotations

import json
import platform
import resource
import shlex
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asperity.core.errors import InputError
from asperity.core.files import atomic_path, sha256

if TYPE_CHECKING:
    from asperity.core.run import Run

__all__ = ["carries_record", "made_by", "read_record", "record", "write_sidecar"]

SCHEMA_VERSION = 1
_INSIDE = (".parquet", ".pq", ".nc", ".nc4")


def record(run: Run) -> dict[str, Any]:
    """Return the provenance of a run of the command line."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    versions: dict[str, str | None] = {}
    for name in ("numpy", "scipy", "numba", "pyarrow", "xarray"):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = None
    # ru_maxrss counts KiB on Linux and bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "schema_version": SCHEMA_VERSION,
        "software": "asperity",
        "version": metadata.version("asperity-core"),
        "commit": _commit(),
        "command": run.name,
        "command_line": sys.argv[1:],
        "configuration": run.configuration,
        "seed": run.seed,
        "inputs": [
            {"name": name, "sha256": sha256(path)} for name, path in run.inputs if path.is_file()
        ],
        "outputs": [str(path) for path in run.outputs],
        "python": platform.python_version(),
        "libraries": versions,
        "processor": platform.processor() or platform.machine(),
        "threads": run.threads,
        "executor": run.executor_text or None,
        "elapsed_seconds": round(time.monotonic() - run.started, 3),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3),
        "peak_memory_bytes": usage.ru_maxrss * unit,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _commit() -> str | None:
    """Return the commit of a source checkout; an installed package has none."""
    here = Path(__file__).resolve().parent
    if not any((parent / ".git").exists() for parent in list(here.parents)[:7]):
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=12"],
            capture_output=True, text=True, timeout=5, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def carries_record(path: Path) -> bool:
    """Return whether an output's format holds the record itself."""
    return path.suffix.lower() in _INSIDE


def sidecar(path: Path) -> Path:
    """Return the file that holds the record of an output that cannot."""
    return path.with_name(f"{path.name}.prov.json")


def write_sidecar(path: Path, content: dict[str, Any]) -> None:
    """Write the record of `path` beside it, with the SHA-256 that tells a later change."""
    text = json.dumps({**content, "output_sha256": sha256(path)}, indent=1) + "\n"
    with atomic_path(sidecar(path)) as temporary:
        temporary.write_text(text, encoding="utf-8")


def read_record(path: Path) -> dict[str, Any]:
    """Return the record of an output.

    Raises
    ------
    InputError
        If there is none.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder; give the name of a file in it")
    if sidecar(path).is_file():
        try:
            content = json.loads(sidecar(path).read_text(encoding="utf-8"))
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            raise InputError(f"{sidecar(path)}: not JSON ({error})") from None
        if _is_record(content):
            return dict(content)
        raise InputError(f"{sidecar(path)}: not a provenance record")
    if not path.is_file():
        raise InputError(f"{path}: no such file; check the name")
    if carries_record(path):
        found = _carried(path).get("provenance")
        if isinstance(found, dict) and _is_record(found):
            return found
    raise InputError(
        f"{path}: no provenance record, neither inside nor in {sidecar(path).name}; "
        "the file was not written by an asperity command"
    )


def _carried(path: Path) -> dict[str, Any]:
    """Return the attributes that a Parquet or netCDF file of ours holds as JSON."""
    if path.suffix.lower() in (".nc", ".nc4"):
        import h5py

        try:
            with h5py.File(path, "r") as stream:
                text = stream.attrs.get("asperity", "{}")
            content = json.loads(text)
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: cannot be read as netCDF-4 ({error})") from None
        return content if isinstance(content, dict) else {}
    from asperity.core.formats import parquet
    from asperity.core.formats.source import Source

    with parquet.opened(Source(path)) as file:
        return parquet.attributes_of(file.schema_arrow, str(path))


def made_by(path: Path, command: str) -> bool:
    """Return whether a file is as a command wrote it, by the record beside it.

    Parameters
    ----------
    path : Path
    command : str
        Such as ``demo``.
    """
    try:
        found = read_record(path)
        return found.get("command") == command and found.get("output_sha256") == sha256(path)
    except (InputError, OSError):
        return False


def _is_record(content: Any) -> bool:
    lists = ("command_line", "inputs", "outputs")
    return isinstance(content, dict) and all(isinstance(content.get(key), list) for key in lists)


def command_text(content: dict[str, Any]) -> str:
    """Return the command line of a record as one would type it.

    Examples
    --------
    >>> command_text({"command_line": ["catalog", "info", "my file.csv"]})
    "asperity catalog info 'my file.csv'"
    """
    return "asperity " + shlex.join(content["command_line"])
