"""Make an output again from its provenance record and compare the two."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asperity.core.errors import DataError
from asperity.core.files import sha256
from asperity.core.provenance import command_text, read_record

__all__ = ["replay"]


def replay(path: Path) -> tuple[bool, str, str]:
    """Run the command of an output's record again and compare the results.

    Parameters
    ----------
    path : Path
        An output that carries a record. Its inputs are looked for by the names
        that the record holds, relative to the present folder.

    Returns
    -------
    same : bool
    reason : str
        What was compared, and what differs.
    command : str

    Raises
    ------
    DataError
        If an input has gone or changed, or the command fails.
    """
    record = read_record(path)
    for entry in record["inputs"]:
        _check_input(entry)
    if "-" in record["command_line"]:
        raise DataError(
            f"{path}: its input came through standard input and is not kept; "
            f"run again by hand: {command_text(record)}"
        )
    outputs = {str(Path(o)): Path(o).name for o in record["outputs"]}
    named = [_output_named(argument, outputs) for argument in record["command_line"]]
    if path.name not in [outputs[output] for _, output in filter(None, named)]:
        raise DataError(
            f"{path}: the record does not say which argument named this output; "
            f"run again by hand: {command_text(record)}"
        )
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / path.name
        arguments = [
            f"{found[0]}{Path(folder) / outputs[found[1]]}" if found else argument
            for argument, found in zip(record["command_line"], named, strict=True)
        ]
        code = "from asperity.core.cli import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode not in (0, 3):
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise DataError(f"{path}: the command failed again with {done.returncode}: {last}")
        same, reason = _compare(path, made)
    return same, reason, command_text(record)


def _output_named(argument: str, outputs: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the option and the output of ``out.json``, ``./out.json`` or ``--output=out.json``."""
    option, equals, value = argument.partition("=")
    for prefix, name in (("", argument), (option + equals, value), (argument[:2], argument[2:])):
        looks = not prefix or (prefix.startswith("--") and equals) or prefix == "-o"
        if looks and name and str(Path(name)) in outputs:
            return prefix, str(Path(name))
    return None


def _check_input(entry: dict[str, Any]) -> None:
    name = entry["name"]
    if name.startswith("data:"):
        from asperity.core.datasets import dataset

        now = dataset(name.removeprefix("data:")).sha256
    elif Path(name).is_file():
        now = sha256(Path(name))
    else:
        raise DataError(f"input {name} is not here; run from the folder of the first run")
    if now != entry["sha256"]:
        raise DataError(
            f"input {name} has changed since (sha256 {now[:12]}, was {entry['sha256'][:12]})"
        )


def _compare(old: Path, new: Path) -> tuple[bool, str]:
    if old.suffix == ".json":
        a, b = (json.loads(p.read_text(encoding="utf-8")) for p in (old, new))
        return a == b, "JSON documents, key by key"
    if old.suffix in (".parquet", ".pq", ".nc", ".nc4"):
        from asperity.core.formats import read_catalog

        catalogs = [read_catalog(p).catalog.with_columns({}, provenance=None) for p in (old, new)]
        return catalogs[0] == catalogs[1], "catalogs, column by column, without their records"
    return old.read_bytes() == new.read_bytes(), "files, byte by byte"
