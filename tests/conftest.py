"""Make the oracles importable and the real data sets reachable for every test."""

import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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


@pytest.fixture
def room_for() -> Callable[[int], AbstractContextManager[None]]:
    """A block in which a file that grows beyond so many bytes fails, as on a full disk."""

    @contextmanager
    def block(size: int) -> Iterator[None]:
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        former = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limit[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)
            signal.signal(signal.SIGXFSZ, former)

    return block
