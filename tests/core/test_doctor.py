"""What ``asperity doctor`` says of installations that are broken in one way each."""

import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = str(Path(sys.executable).with_name("asperity"))


def doctor(tmp_path, modules=(), **environment):
    """Run it where Python finds broken modules of these names first."""
    broken = tmp_path / "broken"
    broken.mkdir(exist_ok=True)
    for name, text in dict(modules).items():
        (broken / f"{name}.py").write_text(text)
    done = subprocess.run(
        [PROGRAM, "doctor", "--json"],
        env={**os.environ, "ASPERITY_DATA": "", "PYTHONPATH": str(broken), **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    document = json.loads(done.stdout)
    problems = {c["check"]: c for c in document["checks"] if c["status"] == "problem"}
    assert document["sound"] == (not problems)
    assert done.returncode == (3 if problems else 0)
    assert all(c["advice"] for c in problems.values())
    return problems


def test_this_installation_is_sound(tmp_path):
    assert doctor(tmp_path) == {}


def test_a_library_that_cannot_be_imported_is_named_with_what_it_takes_down(tmp_path):
    """A file that is there with its version in the list, but does not load."""
    problems = doctor(tmp_path, {"scipy": "raise ImportError('libfoo.so is missing')"})
    assert "cannot be imported (ImportError: libfoo.so is missing)" in problems["scipy"]["found"]
    assert problems["scipy"]["advice"].startswith("pip install --force-reinstall")
    assert "cannot be loaded" in problems["plug-ins of asperity-evt"]["found"]


def test_a_library_that_only_lacks_another_is_not_to_be_installed_again(tmp_path):
    lacking = "raise ModuleNotFoundError('no', name='six.moves')"
    assert doctor(tmp_path, {"lxml": lacking})["lxml"]["advice"] == "comes right with six"


def test_a_command_names_a_library_that_is_missing_and_who_can_help(tmp_path):
    (tmp_path / "pyarrow.py").write_text("raise ModuleNotFoundError('no', name='pyarrow')")
    (tmp_path / "a.csv").write_text("magnitude\n1\n")
    done = subprocess.run(
        [PROGRAM, "catalog", "info", str(tmp_path / "a.csv")],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.endswith(
        "error: the library pyarrow is missing; asperity doctor says what to install\n"
    )


def test_a_plug_in_that_fails_is_named_with_its_distribution(tmp_path):
    info = tmp_path / "broken" / "strange-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: strange\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[asperity.reports]\nx = strange_thing:x\n")
    problem = doctor(tmp_path, {"strange_thing": "1 / 0"})["plug-ins of strange"]
    assert "strange_thing:x cannot be loaded (ZeroDivisionError" in problem["found"]
    assert "install strange again, or remove it" in problem["advice"]


def test_a_cache_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").write_text("")
    problems = doctor(tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "file" / "inside"))
    assert "compiles its kernels anew" in problems["kernel cache"]["found"]
    assert "NUMBA_CACHE_DIR" in problems["kernel cache"]["advice"]


def test_data_in_a_folder_that_is_not_there_that_is_empty_or_that_holds_other_bytes(tmp_path):
    nowhere = doctor(tmp_path, ASPERITY_DATA=str(tmp_path / "nowhere"))["data sets"]
    assert "which is no folder" in nowhere["found"]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "holds none of them" in doctor(tmp_path, ASPERITY_DATA=str(empty))["data sets"]["found"]
    (empty / "pnr2.mat").write_bytes(b"something else")
    changed = doctor(tmp_path, ASPERITY_DATA=str(empty), XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert "other bytes than those registered: pnr2.mat" in changed["data sets"]["found"]
