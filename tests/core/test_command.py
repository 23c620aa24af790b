"""What every command has in common: exit codes, JSON, outputs, help."""

import json
import logging
import math
import os
import re
import shlex
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
from asperity.core.config import Configuration, configurations, resolve
from asperity.core.datasets import datasets
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
        "import sys, asperity.core.cli.root\n"
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


def example_of(path: tuple[str, ...]) -> tuple[Any, list[str]] | None:
    """Return a leaf and the words that its example gives it."""
    command: Any = typer.main.get_command(root)
    for name in path:
        command = command.commands[name]
    if hasattr(command, "commands"):
        return None
    words = shlex.split(command.epilog.removeprefix("Example: asperity "))
    assert tuple(words[: len(path)]) == path
    words = words[len(path) :]
    return command, words[: words.index(">")] if ">" in words else words


@pytest.mark.parametrize("path", commands(typer.main.get_command(root)), ids=" ".join)
def test_every_example_is_a_command_line_that_works(path: tuple[str, ...]) -> None:
    """Its options exist and take the values given; so do the keys and data sets it names."""
    found = example_of(path)
    if found is None:
        return
    command, words = found
    context = command.make_context(" ".join(path), list(words))
    for change in context.params.get("changes") or ():
        assert any(_takes(model, change) for model in configurations().values()), change
    for word in words:
        if word.startswith("data:"):
            assert word.removeprefix("data:") in datasets()


def _takes(model: type[Configuration], change: str) -> bool:
    try:
        resolve(model, {}, [change])
    except InputError:
        return False
    return True


CATALOG = "time,magnitude,latitude,longitude,depth\n2020-01-01T00:00:00Z,1.5,10,20,5000\n"


@pytest.mark.parametrize(
    "words",
    [
        "evt estimate {in} --index foo",
        "evt estimate {in} --fields jump:all",
        "evt replay {in} --axis foo",
        "evt forecast {in} --law x",
        "evt forecast {in} --profile x",
        "evt forecast {in} --ue x:y",
        "evt forecast {in} --min-events 0",
        "evt forecast {in} --threshold inf",
        "evt forecast {in} --set no.such=3",
        "evt forecast {in} --set law",
        "evt forecast {in} --set law=x",
        "catalog filter {in} -o out.csv --region foo",
        "catalog filter {in} -o out.csv --region 1/2/4/3",
        "catalog filter {in} -o out.csv --time yesterday/today",
        "catalog filter {in} -o out.csv --time 2020-01-01",
        "catalog filter {in} -o out.csv --where magnitude>",
        "catalog filter {in} -o out.csv --where size>3",
        "catalog filter {in} -o out.csv --format word",
        "catalog info {in} --depth sideways",
        "catalog info {in} --time-resolution long",
        "catalog info {in} --decimal ;",
        "catalog info {in} --rate-unit furlong",
        "catalog info {in} --on-error cry",
        "catalog convert {in} out.parquet --frame polar",
        "catalog convert {in} out.parquet --frame local --anchor 100/0",
        "catalog convert {in} out.parquet --frame local --axes up",
        "catalog convert {in} out.parquet --axes ENU",
        "catalog plot {in} -o out.png --kind pie",
        "catalog bvalue {in} --method eye",
        "catalog bvalue {in} --mc 1 --mc-method ks",
        "catalog bvalue {in} --bin-width -1",
        "catalog decluster {in} --method x",
        "catalog decluster {in} --window gk",
        "catalog fractal {in} --edges x",
        "catalog distance {in} {in} --metric x",
        "catalog distance {in} {in} --metric hausdorff --variant greedy",
        "catalog distance {in} {in} --scale some",
        "catalog plane {in} --strike 3",
        "catalog plane {in} --strike 3 --dip 300",
        "catalog merge {in} {in} --window -1 -o out.csv",
        "catalog synth --n 0 -o out.csv",
        "catalog synth --n 3 --b -1 -o out.csv",
        "catalog synth --n 3 --duration nan -o out.csv",
        "catalog bvalue {in} --mc nan",
        "catalog plot {in} -o out.png --mc nan",
        "catalog decluster {in} --b inf",
        "catalog info {in} --missing nan",
        "demo --executor nonsense",
        "demo --seed -1",
    ],
)
def test_bad_values_of_options_are_wrong_usage(words: str, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(CATALOG)
    filled = [
        str(source) if word == "{in}" else str(tmp_path / word) if word.startswith("out") else word
        for word in words.split()
    ]
    result = CliRunner().invoke(root, filled)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("asperity: error: ")
    assert result.stderr.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.parametrize(
    "words", ["catalog info none.csv", "catalog bvalue {in} --mc 9", "evt records {in} --mc 9",
              "catalog info data:nowhere", "config show none.toml"]
)  # fmt: skip
def test_what_is_wrong_with_data_is_a_known_failure(words: str, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(CATALOG)
    result = CliRunner().invoke(root, words.replace("{in}", str(source)).split())
    assert result.exit_code == 1, result.output
    assert result.stderr.count("\n") == 1


def test_what_a_format_loses_is_a_warning_unless_quiet(tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", str(tmp_path / "out.zmap")
    source.write_text(CATALOG.replace("\n", ",network\n", 1).rstrip("\n") + ",XX\n")
    loud = CliRunner().invoke(root, ["catalog", "convert", str(source), out])
    assert loud.exit_code == 0, loud.output
    assert "asperity: warning: zmap: columns left out: " in loud.stderr
    assert all(line.startswith("asperity: ") for line in loud.stderr.splitlines())
    quiet = CliRunner().invoke(root, ["catalog", "convert", str(source), out, "--force", "-q"])
    assert quiet.stderr == ""
    # The log of a library user is as it was.
    assert logging.getLogger("asperity").handlers == []


def test_warnings_of_libraries_are_one_line_unless_quiet() -> None:
    code = (
        "import asperity.core.formats as f, warnings\n"
        "real = f.read_catalog\n"
        "def read(*a, **k):\n"
        "    warnings.warn('a library\\nworries', UserWarning)\n"
        "    return real(*a, **k)\n"
        "f.read_catalog = read\n"
        "from asperity.core.cli import main; main()"
    )
    for more, said in (([], "asperity: warning: a library worries (UserWarning)\n"), (["-q"], "")):
        done = subprocess.run(
            [sys.executable, "-c", code, "catalog", "info", "-", *more],
            input="magnitude\n1.5\n", capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, said)


def test_text_for_people_has_no_fourteen_digits(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(CATALOG.replace("10,20", "10.123456789012,20.00000000000003"))
    text = CliRunner().invoke(root, ["catalog", "info", str(source)]).stdout
    assert "/10.1235/" in text
    assert not re.search(r"\d\.\d{7,}", text)
    document = json.loads(
        CliRunner().invoke(root, ["catalog", "info", str(source), "--json"]).stdout
    )
    assert document["bounds"]["south"] == 10.123456789012


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
