"""What every command has in common: exit codes, JSON, outputs, help."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from asperity.core.cli import app as root
from asperity.core.command import Answer, Run, group, leaf, plain
from asperity.core.errors import CheckError, ConvergenceError, DataError, InputError

ASPERITY = [sys.executable, "-c", "from asperity.core.cli import main; main()"]

app = group("trial", "Commands for trials.")
FAILURES = {
    "input": InputError("bad\ninput"),
    "data": DataError("no data"),
    "check": CheckError("does not hold"),
    "converge": ConvergenceError("no end"),
    "bug": ValueError("a bug"),
    "assert": AssertionError(),
    "stop": KeyboardInterrupt(),
}


@leaf(app, "fail", example="asperity trial fail input")
def fail(run: Run, how: Annotated[str, typer.Argument(metavar="HOW", help="How.")]) -> Answer:
    """Fail in a given way."""
    raise FAILURES[how]


@leaf(app, "answer", example="asperity trial answer", seed=True, threads=True, executor=True)
def answer(run: Run, held: bool = True) -> Answer:
    """Answer with all that NumPy has."""
    document = {
        "value": np.float64("nan"),
        "values": np.array([1.0, np.inf, -np.inf]),
        "flag": np.bool_(True),
        "count": np.int64(3),
        "text": "ü",
        "nested": {1: (None, [math.nan])},
        "seed": run.seed,
        "threads": run.threads,
    }
    run.note("a note")
    return Answer(document, failed_check=not held)


def call(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, result.output
    return result


@pytest.mark.parametrize(
    ("how", "code", "text"),
    [
        ("input", 1, "asperity: error: bad input"),
        ("data", 1, "asperity: error: no data"),
        ("check", 3, "asperity: error: does not hold"),
        ("converge", 4, "asperity: error: no end"),
        ("bug", 70, "asperity: error: unexpected ValueError: a bug (test_command.py:"),
        ("assert", 70, "asperity: error: unexpected AssertionError"),
        ("stop", 130, "asperity: error: interrupted"),
    ],
)
def test_failures_are_one_line_and_a_code(how: str, code: int, text: str) -> None:
    result = call("fail", how, code=code)
    assert result.stdout == ""
    assert result.stderr.startswith(text)
    assert result.stderr.count("\n") == 1
    traced = call("fail", how, "--debug", code=code)
    assert "Traceback" in traced.stderr
    assert traced.stderr.rstrip("\n").splitlines()[-1].startswith("asperity: error:")


@pytest.mark.parametrize("arguments", [["answer", "--no-such"], ["answer", "--seed", "-1"],
                                       ["answer", "--threads", "0"], ["nothing"]])  # fmt: skip
def test_wrong_usage_is_two(arguments: list[str]) -> None:
    assert call(*arguments, code=2).stdout == ""


def test_threads_and_executors_that_cannot_be_had_are_wrong_usage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NUMBA_NUM_THREADS", "2")
    for arguments, said in (
        (["--executor", "nonsense"], "write local:N"),
        (["--executor", "local:0"], "write local:N"),
        (["--threads", "3"], "1 to 2 threads"),
    ):
        result = call("answer", *arguments, code=2)
        assert result.stdout == ""
        assert said in result.stderr
        assert result.stderr.count("\n") == 1


def test_a_check_that_does_not_hold_is_three_and_still_answers() -> None:
    result = call("answer", "--no-held", "--json", code=3)
    assert json.loads(result.stdout)["count"] == 3


def test_json_is_one_document_with_its_schema_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_NUM_THREADS", "2")
    result = call("answer", "--json", "--seed", "7", "--threads", "2")
    assert result.stdout.count("\n") == 1
    document = json.loads(result.stdout)
    assert next(iter(document)) == "schema"
    assert document == {
        "schema": "asperity.trial.answer/1", "value": None, "values": [1.0, None, None],
        "flag": True, "count": 3, "text": "ü", "nested": {"1": [None, [None]]}, "seed": 7,
        "threads": 2,
    }  # fmt: skip


def test_notes_go_to_standard_error_unless_quiet() -> None:
    assert call("answer").stderr == "asperity: note: a note\n"
    assert call("answer", "-q").stderr == ""
    assert "s elapsed" in call("answer", "-v").stderr


def test_text_is_aligned_and_says_what_is_missing() -> None:
    lines = call("answer").stdout.splitlines()
    assert lines[0] == "value    -"
    assert lines[3] == "count    3"


def test_the_document_is_written_with_its_record(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    result = call("answer", "-o", str(path))
    assert result.stdout == ""
    assert json.loads(path.read_text())["schema"] == "asperity.trial.answer/1"
    record = json.loads((tmp_path / "out.json.prov.json").read_text())
    assert record["command"] == "trial answer"
    assert record["seed"] == 0
    assert "exists" in call("answer", "-o", str(path), code=1).stderr
    call("answer", "-o", str(path), "--force", "--seed", "5")
    assert json.loads(path.read_text())["seed"] == 5
    assert "does not exist" in call("answer", "-o", str(tmp_path / "no" / "x"), code=1).stderr


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_plain_values_are_always_json(value: Any) -> None:
    text = json.dumps(plain(value), allow_nan=False)
    finite = json.loads(text)
    assert plain(finite) == finite


def test_plain_takes_the_types_of_numpy() -> None:
    assert plain(np.array([[1, 2]])) == [[1, 2]]
    assert plain(np.array(3)) == 3
    assert plain(np.datetime64("2019-01-01")) == "2019-01-01"
    assert plain(Path("a")) == "a"
    assert plain({"a": np.array(["x"], dtype=np.dtypes.StringDType())}) == {"a": ["x"]}


# -- the whole program ------------------------------------------------------


def run(*arguments: object, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ASPERITY, *map(str, arguments)], capture_output=True, text=True, check=False, **more
    )


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    code = (
        "import sys, asperity.core.cli\n"
        "heavy = {'numba', 'scipy', 'xarray', 'pandas', 'sklearn', 'matplotlib', 'pyarrow',"
        " 'numpy', 'shapely', 'pyproj'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def commands(typed: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [path] if path else []
    for name, command in getattr(typed, "commands", {}).items():
        found += commands(command, (*path, name))
    return found


@pytest.mark.parametrize("path", commands(typer.main.get_command(root)), ids=" ".join)
def test_every_command_has_help_with_an_example(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(root, [*path, "--help"])
    assert result.exit_code == 0
    command: Any = typer.main.get_command(root)
    for name in path:
        command = command.commands[name]
    assert command.help
    if not hasattr(command, "commands"):
        assert f"Example: asperity {' '.join(path)}" in command.epilog
        for option in ("--json", "--output", "--force", "--quiet", "--debug", "--no-progress"):
            assert any(option in parameter.opts for parameter in command.params), option


def test_a_pipe_that_closes_is_no_failure() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*ASPERITY, "data", "list"], stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_standard_input_is_a_file_too() -> None:
    done = run("catalog", "info", "-", "--json", input="magnitude\n1.5\n2.5\n")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["events"] == 2


def test_the_folder_is_missed_before_the_input_is_read(tmp_path: Path) -> None:
    done = run("catalog", "filter", tmp_path / "none.csv", "-o", tmp_path / "no" / "out.parquet")
    assert done.returncode == 1
    assert "the folder" in done.stderr
    assert "none.csv" not in done.stderr


def test_an_interrupt_leaves_nothing_half_written(tmp_path: Path) -> None:
    code = (
        "import asperity.core.formats as f, sys\n"
        "def stop(*a, **k): raise KeyboardInterrupt\n"
        "f.write_catalog = stop\n"
        "from asperity.core.cli import main; main()"
    )
    source, out = tmp_path / "in.csv", tmp_path / "out.parquet"
    source.write_text("magnitude\n1.5\n")
    done = subprocess.run(
        [sys.executable, "-c", code, "catalog", "convert", str(source), str(out)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 130
    assert "interrupted; nothing was half-written" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]


def test_version_and_bare_call() -> None:
    assert run("--version").stdout.startswith("asperity ")
    assert "Usage" in CliRunner().invoke(root, []).output
