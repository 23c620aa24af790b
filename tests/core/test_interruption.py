"""A signal that asks the program to stop: one line, 128 + signal, nothing left behind."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
AT_WORK = """
import sys, time
import asperity.core.formats as formats
def slow(catalog, path, **_):
    path.write_text("half")
    print("at work", flush=True)
    time.sleep(60)
formats.write_catalog = slow
from asperity.core.cli import main
main()
"""


def started(code: str, *arguments: object) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    return process


@pytest.mark.parametrize("number", SIGNALS, ids=lambda n: n.name)
def test_while_a_file_is_written(tmp_path: Path, number: signal.Signals) -> None:
    source = tmp_path / "in.csv"
    source.write_text("magnitude\n1.5\n")
    process = started(AT_WORK, "catalog", "convert", source, tmp_path / "out.parquet")
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert said.count("\n") == 1
    assert said.startswith("asperity: error: interrupted")
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("number", SIGNALS, ids=lambda n: n.name)
def test_while_the_program_loads(number: signal.Signals) -> None:
    """From the first line of `main` on, in the midst of its imports."""
    code = (
        "import sys, time\n"
        "class Slow:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'typer':\n"
        "            print('loading', flush=True)\n"
        "            time.sleep(60)\n"
        "sys.meta_path.insert(0, Slow())\n"
        "from asperity.core.cli import main\n"
        "main()"
    )
    process = started(code)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert said == f"asperity: error: interrupted ({number.name})\n"


def test_at_any_moment_there_is_no_traceback() -> None:
    """Once the entry point is reached; the interpreter's own start is out of reach."""
    for delay in (0.0, 0.05, 0.1, 0.2, 0.4):
        code = "print(flush=True)\nfrom asperity.core.cli import main\nmain()"
        process = started(code, "data", "list")
        time.sleep(delay)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
        assert "Traceback" not in said
        # Before `main` the default of the system holds, after it there is nothing to stop.
        assert process.returncode in (0, 128 + signal.SIGTERM, -signal.SIGTERM)


def test_what_is_ignored_stays_ignored() -> None:
    code = (
        "import signal\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from asperity.core.interruption import exit_on_signals, raise_on_signals\n"
        "exit_on_signals()\n"
        "with raise_on_signals():\n"
        "    signal.raise_signal(signal.SIGHUP)\n"
        "    print('still here')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "still here\n"


def test_a_library_user_keeps_the_handlers() -> None:
    from typer.testing import CliRunner

    from asperity.core.cli import app

    before = [signal.getsignal(number) for number in SIGNALS]
    assert CliRunner().invoke(app, ["data", "list"]).exit_code == 0
    assert [signal.getsignal(number) for number in SIGNALS] == before
