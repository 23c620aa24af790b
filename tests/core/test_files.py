"""Files are written whole or not at all."""

import os
import signal
import subprocess
import sys
import time

import pytest

from asperity.core.errors import InputError
from asperity.core.files import atomic_path, check_output, sha256


def test_a_block_that_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write():
        with atomic_path(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        write()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_killed_process_leaves_no_part_under_the_name(tmp_path):
    path = tmp_path / "a.txt"
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom asperity.core.files import atomic_path\n"
        "with atomic_path(Path(sys.argv[1])) as t:\n"
        "    t.write_text('half'); print('writing', flush=True); time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, path], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "writing\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not path.exists()
    # What stays is hidden and not of the name; it stands in nobody's way.
    assert all(p.name.startswith(".") and ".part" in p.name for p in tmp_path.iterdir())
    with atomic_path(path) as temporary:
        temporary.write_text("whole")
    assert path.read_text() == "whole"


def test_folders_that_are_not_there_or_cannot_be_written_to(tmp_path):
    with pytest.raises(InputError, match="does not exist"), atomic_path(tmp_path / "no/a.txt"):
        pass
    with pytest.raises(InputError, match="is a folder"):
        check_output(tmp_path, force=True)
    (tmp_path / "b").write_text("")
    with pytest.raises(InputError, match="--force"):
        check_output(tmp_path / "b", force=False)
    check_output(tmp_path / "b", force=True)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_a_full_disk_is_one_clear_error(tmp_path):
    def write():
        with atomic_path(tmp_path / "a.txt") as temporary:
            temporary.symlink_to("/dev/full")
            with temporary.open("w") as stream:
                stream.write("x" * 100_000)

    start = time.monotonic()
    with pytest.raises(InputError, match="No space left"):
        write()
    assert time.monotonic() - start < 5
    assert not (tmp_path / "a.txt").exists()


def test_sha256_of_a_known_text(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256(tmp_path / "a").startswith("ba7816bf8f01cfea414140de5dae2223b00361a396177a9c")
