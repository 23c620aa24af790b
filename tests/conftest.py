"""Make the oracles importable and the real data sets reachable for every test."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))  # so that tests import `naive.…`

_shared = ROOT.parent / "shared" / "data"
if "ASPERITY_DATA" not in os.environ and _shared.is_dir():
    os.environ["ASPERITY_DATA"] = str(_shared)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of the registered data sets; without it the test is skipped by name."""
    folder = os.environ.get("ASPERITY_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("needs the registered data sets: set ASPERITY_DATA to their folder")
    return Path(folder)
