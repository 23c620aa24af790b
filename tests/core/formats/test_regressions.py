"""Inputs that fuzzing has found (`tests/fuzz.py`): each is refused in one line, or read."""

import subprocess
import sys
from pathlib import Path

import pytest

from asperity.core.errors import AsperityError
from asperity.core.formats import ReadOptions, read_catalog

FOUND = sorted((Path(__file__).parent / "regressions").iterdir())
READ = """
import sys
from asperity.core.errors import AsperityError
from asperity.core.formats import read_catalog
for path in sys.argv[1:]:
    try:
        read_catalog(path)
    except AsperityError as error:
        print(error)
"""


@pytest.mark.parametrize("path", [p for p in FOUND if "crash" not in p.name], ids=lambda p: p.name)
@pytest.mark.parametrize("on_error", ["strict", "skip"])
def test_an_answer_or_one_line(path, on_error):
    said = "read"
    try:
        read_catalog(path, options=ReadOptions(on_error=on_error))
    except AsperityError as error:
        said = str(error)
    assert len(said.splitlines()) == 1
    assert said.isprintable()


def test_what_once_crashed_the_interpreter_is_refused():
    crashed = [str(p) for p in FOUND if p.suffix == ".mat" and "stream" in p.name]
    done = subprocess.run(
        [sys.executable, "-c", READ, *crashed], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("the MATLAB file is") == len(crashed) > 1
