"""What every command shares: documents, outputs, failures and their exit codes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from asperity.core.cli import app
from asperity.core.command import Answer, group, leaf, plain
from asperity.core.errors import ConvergenceError, DataError, InputError

PROGRAM = str(Path(sys.executable).with_name("asperity"))
MAGNITUDES = "magnitude\n1.5\n2.0\n2.4\n3.1\n"


def failing(error):
    """A root with one command that fails in a given way."""
    root = typer.Typer()
    inner = group("test", "Tests.")

    @leaf(inner, "fail", example="asperity test fail")
    def fail(run):
        """Fail."""
        if isinstance(error, Answer):
            return error
        raise error

    root.add_typer(inner)
    return root


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (Answer({"a": 1}), 0, ""),
        (InputError("what, where"), 1, "asperity: error: what, where"),
        (DataError("what, where"), 1, "asperity: error: what, where"),
        (Answer({"holds": False}, failed_check=True), 3, ""),
        (ConvergenceError("step 7"), 4, "asperity: error: step 7"),
        (ZeroDivisionError("oh"), 70, "unexpected ZeroDivisionError: oh"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
    ids=["ok", "input", "data", "check", "numerical", "unexpected", "interrupted"],
)
def test_exit_codes(error, code, text):
    result = CliRunner().invoke(failing(error), ["test", "fail"])
    assert result.exit_code == code
    assert text in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr.count("\n") <= 1


def test_debug_shows_the_traceback():
    result = CliRunner().invoke(failing(ZeroDivisionError("oh")), ["test", "fail", "--debug"])
    assert result.exit_code == 70
    assert "Traceback" in result.stderr


def test_usage_errors_exit_with_2(tmp_path):
    for arguments in (["nonsense"], ["catalog", "info", "--nonsense", "x"], ["evt", "forecast"]):
        assert CliRunner().invoke(app, arguments).exit_code == 2


def test_the_program_alone_prints_help():
    result = subprocess.run([PROGRAM], capture_output=True, text=True, check=False)
    assert "Usage: asperity" in result.stdout
    version = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.startswith("asperity 0.")


def test_documents_hold_no_nan_and_begin_with_their_schema(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text("magnitude\n1.5\n\n2.0\nnan\n")
    result = CliRunner().invoke(app, ["catalog", "info", str(path), "--json"])
    document = json.loads(result.stdout, parse_constant=lambda c: pytest.fail(c))
    assert next(iter(document)) == "schema"
    assert document["schema"] == "asperity.catalog.info/1"
    assert document["bounds"] is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64("inf"), None),
        (np.array([1.0, np.nan]), [1.0, None]),
        (np.int64(3), 3),
        (np.bool_(True), True),
        ({"a": (1, 2.5)}, {"a": [1, 2.5]}),
        (Path("x"), "x"),
        (None, None),
    ],
)
def test_plain_values(value, expected):
    found = plain(value)
    assert found == expected
    json.dumps(found, allow_nan=False)


def test_an_output_is_not_replaced_unasked_and_carries_its_record(tmp_path):
    source, out = tmp_path / "m.csv", tmp_path / "out.json"
    source.write_text(MAGNITUDES)
    arguments = ["evt", "estimate", str(source), "-o", str(out)]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    before = out.read_bytes()
    refused = CliRunner().invoke(app, arguments)
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert out.read_bytes() == before
    assert CliRunner().invoke(app, [*arguments, "--force"]).exit_code == 0
    record = json.loads((tmp_path / "out.json.prov.json").read_text())
    for key in ("schema_version", "software", "version", "command_line", "configuration", "seed",
                "inputs", "libraries", "processor", "threads", "elapsed_seconds", "cpu_seconds",
                "peak_memory_bytes", "time"):  # fmt: skip
        assert key in record
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.csv", "out.json", "out.json.prov.json"]


def test_provenance_replays_and_notices_a_changed_input(tmp_path):
    (tmp_path / "m.csv").write_text(MAGNITUDES)

    def asperity(*arguments):
        return subprocess.run(
            [PROGRAM, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    assert asperity("evt", "estimate", "m.csv", "-o", "out.json").returncode == 0
    assert asperity("catalog", "convert", "m.csv", "m.parquet").returncode == 0
    for name in ("out.json", "m.parquet"):
        shown = asperity("provenance", "show", name)
        assert json.loads(shown.stdout)["command_line"][0] in ("evt", "catalog")
        again = asperity("provenance", "replay", name)
        assert again.returncode == 0, again.stderr
        assert "the same" in again.stdout
    # An output that was tampered with differs.
    text = (tmp_path / "out.json").read_text().replace("3.1", "3.2")
    (tmp_path / "out.json").write_text(text)
    assert asperity("provenance", "replay", "out.json").returncode == 3
    (tmp_path / "m.csv").write_text(MAGNITUDES + "4.0\n")
    changed = asperity("provenance", "replay", "m.parquet")
    assert changed.returncode == 1
    assert "has changed since" in changed.stderr
    missing = asperity("provenance", "show", "m.csv")
    assert missing.returncode == 1
    assert "no provenance record" in missing.stderr


def test_a_pipe_whose_reader_has_gone_is_no_failure(tmp_path):
    (tmp_path / "m.csv").write_text(MAGNITUDES)
    command = f"'{PROGRAM}' evt estimate m.csv --json | true"
    result = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert "Traceback" not in result.stderr


def test_ctrl_c_exits_with_130_and_leaves_nothing(tmp_path):
    """SIGINT while the demo works: no report, no part of one."""
    process = subprocess.Popen(
        [PROGRAM, "demo", "-o", "report.html"], cwd=tmp_path, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "ASPERITY_DATA": "", "XDG_CACHE_HOME": str(tmp_path / "cache"),
             "https_proxy": "http://127.0.0.1:9"},
    )  # fmt: skip
    time.sleep(2.0)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert not list(tmp_path.glob("*report*"))


def test_a_plug_in_that_fails_is_a_warning_that_names_it(tmp_path):
    """A distribution whose command group cannot be imported, put on the path of a process."""
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[asperity.commands]\nbroken = broken_module:app\n"
        "[asperity.reports]\nbroken.result = broken_module:section\n"
    )
    (tmp_path / "broken_module.py").write_text("raise RuntimeError('out of order')\n")
    code = "from asperity.core.cli import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", code, "report", "list"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0
    assert "broken_module" in result.stderr
    assert "out of order" in result.stderr
    assert "asperity.evt.replay" in result.stdout


@pytest.mark.parametrize("text", ["local:0", "local:x", "ray://x", "dask://nowhere"])
def test_unknown_executors_are_refused(tmp_path, text):
    result = CliRunner().invoke(app, ["demo", "--executor", text, "-o", str(tmp_path / "r.html")])
    assert result.exit_code == 1
    assert "local:N" in result.stderr
