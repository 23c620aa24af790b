"""Make an output again from its provenance record and compare the two."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from asperity.core.errors import AsperityError, DataError
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
    named = [_split(argument) for argument in record["command_line"]]
    if "-" in [value for _, value in named]:
        raise DataError(
            f"{path}: the command read standard input or wrote standard output, "
            "which are not kept; "
            f"run again by hand: {command_text(record)}"
        )
    values = [value for _, value in named]
    outputs = _outputs(record, values)
    folder = _folder_of(path, record, values)
    if folder is not None:
        outputs.append(folder)
    elif path.name not in [Path(output).name for output in outputs]:
        raise DataError(
            f"{path}: the record does not say which argument named this output; "
            f"run again by hand: {command_text(record)}"
        )
    with tempfile.TemporaryDirectory() as room:
        # A folder each, because two outputs may have one name.
        places = {output: Path(room) / str(i) for i, output in enumerate(outputs)}
        for place in places.values():
            place.mkdir()
        arguments = [
            f"{prefix}{places[value] / Path(value).name}" if value in places else prefix + value
            for prefix, value in named
        ]
        if folder is not None:
            inside = path.resolve().relative_to(Path(folder).resolve())
            made = places[folder] / Path(folder).name / inside
        else:
            made = next(
                place / path.name
                for output, place in places.items()
                if Path(output).name == path.name
            )
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


def _split(argument: str) -> tuple[str, str]:
    """Split ``--output=out.json`` and ``-oout.json`` into the option and its value."""
    option, equals, value = argument.partition("=")
    if option.startswith("--") and equals:
        return option + equals, value
    if argument.startswith("-o") and len(argument) > 2:
        return "-o", argument[2:]
    return "", argument


def _outputs(record: Mapping[str, Any], values: Sequence[str]) -> list[str]:
    """Return the arguments that name outputs of the command, as they stand there.

    An output is recorded when it is written, so that the record of one may not
    know those that came after it; but those know the command. Without this a
    replay would write over them.
    """
    known = {Path(output) for output in record["outputs"]}
    inputs = {entry["name"] for entry in record["inputs"]}
    return [
        value
        for value in dict.fromkeys(values)
        if Path(value) in known or (value not in inputs and _made_by(value, record))
    ]


def _folder_of(path: Path, record: Mapping[str, Any], values: Sequence[str]) -> str | None:
    """Return the argument that names a folder which the output lies in, if there is one."""
    inputs = {entry["name"] for entry in record["inputs"]}
    above = path.resolve().parents
    return next(
        (v for v in values if v and v not in inputs and Path(v).is_dir()
         and Path(v).resolve() in above and Path(v).resolve() != Path.cwd()),
        None,
    )  # fmt: skip


def _made_by(value: str, record: Mapping[str, Any]) -> bool:
    """Return whether an argument is a file that the same command wrote."""
    if not Path(value).is_file():
        return False
    try:
        return bool(read_record(Path(value)).get("command_line") == record["command_line"])
    except AsperityError:
        return False


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
    if old.suffix in (".nc", ".nc4"):
        import xarray as xr

        fields = [xr.load_dataset(p, engine="h5netcdf", decode_cf=False) for p in (old, new)]
        if fields[0].attrs.get("featureType") != "point":
            kept = [json.loads(f.attrs.pop("asperity", "{}")) for f in fields]
            for content in kept:
                content.pop("provenance", None)
            same = fields[0].identical(fields[1]) and kept[0] == kept[1]
            return same, "variables and attributes, without their records"
    if old.suffix in (".parquet", ".pq", ".nc", ".nc4"):
        from asperity.core.formats import read_catalog

        catalogs = [read_catalog(p).catalog.with_columns({}, provenance=None) for p in (old, new)]
        return catalogs[0] == catalogs[1], "catalogs, column by column, without their records"
    if old.suffix == ".html":
        # The foot of a page tells when it was made and how long that took.
        a, b = (p.read_text(encoding="utf-8").rpartition("<footer>")[0] for p in (old, new))
        return a == b, "pages, but for their foot"
    return old.read_bytes() == new.read_bytes(), "files, byte by byte"
