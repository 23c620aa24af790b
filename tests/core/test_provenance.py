import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from asperity.core.errors import InputError
from asperity.core.formats import read_catalog
from asperity.core.provenance import command_text, read_record

ASPERITY = [sys.executable, "-c", "from asperity.core.cli import main; main()"]


def asperity(folder: Path, *arguments: object, code: int = 0) -> str:
    """Run a command in a folder; return what it says, on whichever stream."""
    done = subprocess.run(
        [*ASPERITY, *map(str, arguments)], capture_output=True, text=True, check=False, cwd=folder,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rng = np.random.default_rng(51)
    rows = [f"2019-08-{d:02d}T00:00:00Z,{m:.2f},36,-97,5" for d, m in
            zip(range(1, 29), rng.normal(2, 1, 28), strict=True)]  # fmt: skip
    path = tmp_path / "in.csv"
    path.write_text("time,magnitude,latitude,longitude,depth\n" + "\n".join(rows) + "\n")
    return path


def test_the_record_says_what_made_an_output(source: Path) -> None:
    folder = source.parent
    command = ("catalog", "filter", "in.csv", "--where", "magnitude > 2", "-o", "out.parquet")
    asperity(folder, *command)
    record = read_record(folder / "out.parquet")
    assert record["command_line"] == list(command)
    assert record["inputs"] == [
        {"name": "in.csv", "sha256": hashlib.sha256(source.read_bytes()).hexdigest()}
    ]
    assert record["outputs"] == ["out.parquet"]
    assert record["command"] == "catalog filter"
    assert record["software"] == "asperity"
    assert record["libraries"]["numpy"] == np.__version__
    assert record["peak_memory_bytes"] > 10**7
    assert command_text(record) == "asperity " + " ".join(
        f"'{a}'" if " " in a else a for a in command
    )
    assert not (folder / "out.parquet.prov.json").exists()
    assert "asperity catalog filter" in asperity(folder, "provenance", "replay", "out.parquet")
    shown = json.loads(asperity(folder, "provenance", "show", "out.parquet"))
    assert shown == record


@pytest.mark.parametrize(
    "command",
    [
        ["catalog", "filter", "in.csv", "-o", "./out.parquet"],
        ["catalog", "filter", "in.csv", "--output=out.nc"],
        ["catalog", "plot", "in.csv", "-oout.png"],
        ["catalog", "plot", "in.csv", "-o", "out.pdf"],
    ],
    ids=" ".join,
)
def test_outputs_are_made_again_the_same(source: Path, command: list[str]) -> None:
    folder = source.parent
    asperity(folder, *command)
    out = next(p for p in folder.iterdir() if (p.stem == "out" and p.suffix != ".json")
               or p.name == "out.json")  # fmt: skip
    before = out.read_bytes(), sorted(p.name for p in folder.iterdir())
    assert "\nthe same: " in asperity(folder, "provenance", "replay", out.name)
    # Nothing beside the temporary folder was touched.
    assert before == (out.read_bytes(), sorted(p.name for p in folder.iterdir()))


def test_of_several_outputs_each_is_made_again_and_none_overwritten(source: Path) -> None:
    folder = source.parent
    asperity(
        folder, "catalog", "plane", "in.csv", "--strike", 10, "--dip", 80, "-o", "plane.parquet",
        "--figure", "plane.png", "--force",
    )  # fmt: skip
    before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.iterdir()}
    # The record of the first output was written before the second was there.
    assert read_record(folder / "plane.parquet")["outputs"] == ["plane.parquet"]
    assert "the same" in asperity(folder, "provenance", "replay", "plane.parquet")
    assert before == {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.iterdir()}


def test_an_output_that_was_changed_differs(source: Path) -> None:
    folder = source.parent
    asperity(folder, "catalog", "info", "in.csv", "-o", "out.json")
    out = folder / "out.json"
    out.write_text(out.read_text().replace('"events": 28', '"events": 29'))
    assert "DIFFERS" in asperity(folder, "provenance", "replay", "out.json", code=3)


def test_inputs_that_changed_or_went_are_named(source: Path) -> None:
    folder = source.parent
    asperity(folder, "catalog", "info", "in.csv", "-o", "out.json")
    source.write_text(source.read_text() + "2019-09-01T00:00:00Z,1,36,-97,5\n")
    assert "in.csv has changed since" in asperity(
        folder, "provenance", "replay", "out.json", code=1
    )
    source.unlink()
    assert "in.csv is not here" in asperity(folder, "provenance", "replay", "out.json", code=1)


def test_standard_input_cannot_be_replayed_and_does_not_hang(source: Path) -> None:
    folder = source.parent
    with source.open() as stream:
        subprocess.run(
            [*ASPERITY, "catalog", "info", "-", "-o", "out.json"],
            stdin=stream, cwd=folder, check=True,
        )  # fmt: skip
    said = asperity(folder, "provenance", "replay", "out.json", code=1)
    assert "standard input" in said
    assert "asperity catalog info - -o out.json" in said


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"command_line": "x"}', "\xff"])
def test_what_is_no_record_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")
    (tmp_path / "a.txt.prov.json").write_text(content, encoding="latin-1")
    with pytest.raises(InputError, match=r"not JSON|not a provenance record"):
        read_record(path)


def test_files_without_a_record_say_so(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with pytest.raises(InputError, match="no such file"):
        read_record(path)
    path.write_text("x")
    with pytest.raises(InputError, match="neither inside nor in"):
        read_record(path)


def test_reading_an_output_gives_its_record_back(source: Path) -> None:
    folder = source.parent
    asperity(folder, "catalog", "filter", "in.csv", "-o", "a.parquet")
    asperity(folder, "catalog", "filter", "a.parquet", "-o", "b.nc")
    record = read_catalog(folder / "b.nc").catalog.attributes["provenance"]
    assert record["inputs"][0]["name"] == "a.parquet"
    assert record["commit"] is None or len(record["commit"]) >= 7
    assert not any(os.fspath(folder) in argument for argument in record["command_line"])


def test_a_folder_is_no_output(tmp_path):
    for name in (tmp_path, Path(), Path("/")):
        with pytest.raises(InputError, match="is a folder; give the name of a file"):
            read_record(name)
