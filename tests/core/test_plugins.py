"""A plug-in that fails to load becomes a warning that names it; the rest still works."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

GROUPS = ["commands", "reports", "demos", "configurations", "benchmarks", "formats"]


@pytest.fixture
def broken(tmp_path: Path) -> dict[str, str]:
    """The environment of a Python that sees a distribution whose every plug-in fails."""
    info = tmp_path / "broken_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-plugin\nVersion: 1.0\n")
    points = "".join(f"[asperity.{g}]\nbroken = broken_plugin:{g}\n" for g in GROUPS)
    (info / "entry_points.txt").write_text(points)
    (tmp_path / "broken_plugin.py").write_text("raise RuntimeError('it broke')\n")
    return {**os.environ, "PYTHONPATH": str(tmp_path)}


def asperity(environment: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    code = "from asperity.core.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip


def test_commands(broken: dict[str, str]) -> None:
    done = asperity(broken, "data", "list", "--json")
    assert done.returncode == 0
    assert "warning: 'broken_plugin:commands' of commands cannot be loaded" in done.stderr
    assert "RuntimeError: it broke" in done.stderr
    assert done.stdout.startswith('{"schema": "asperity.data.list/1"')
    quiet = asperity(broken, "data", "list", "--json", "--quiet")
    assert (quiet.stdout, quiet.stderr) == (done.stdout, "")
    assert "cannot be loaded" in asperity(broken, "--help").stderr


@pytest.mark.parametrize(
    ("arguments", "group"),
    [
        (("config", "check", "run.toml"), "configurations"),
        (("report", "list"), "reports"),
        (("bench", "list"), "benchmarks"),
        (("catalog", "info", "run.toml"), "formats"),
    ],
)
def test_the_other_groups(
    broken: dict[str, str], tmp_path: Path, arguments: tuple[str, ...], group: str
) -> None:
    (tmp_path / "run.toml").write_text('kind = "none"\n')
    arguments = tuple(str(tmp_path / a) if a == "run.toml" else a for a in arguments)
    done = asperity(broken, *arguments)
    assert f"broken_plugin:{group}" in done.stderr
    assert "cannot be loaded" in done.stderr
    assert "unexpected" not in done.stderr
    assert done.returncode in (0, 1, 3)


def test_demos(broken: dict[str, str]) -> None:
    code = "from asperity.core.demo import demo_tasks; print(len(demo_tasks()) >= 0)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=broken
    )
    assert done.stdout == "True\n"
    assert "'broken_plugin:demos' of demos cannot be loaded" in done.stderr
