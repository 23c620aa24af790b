import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from asperity.core import Catalog, write_catalog
from asperity.core.errors import InputError
from asperity.core.files import (
    atomic_path,
    check_folder,
    check_output,
    make_folder,
    sha256,
    sweep,
)  # fmt: skip


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    with atomic_path(path) as temporary:
        temporary.write_text("half")
        assert not path.exists()
        assert temporary.name.startswith(".")
        assert temporary.suffix == ".gz"  # writers choose their format by it
    assert path.read_text() == "half"
    assert names(tmp_path) == ["a.tar.gz"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, InputError])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, error: type) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail() -> None:
        with atomic_path(path) as temporary:
            temporary.write_text("half")
            raise error("no")

    with pytest.raises(error):
        fail()
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_failures_of_the_disk_are_one_line(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match="does not exist; make it first"),
        atomic_path(tmp_path / "no" / "a.txt"),
    ):
        pass
    with pytest.raises(InputError, match="writing failed"), atomic_path(tmp_path / "a.txt"):
        raise OSError(28, "No space left on device")
    with pytest.raises(InputError, match="cannot write"), atomic_path(tmp_path / "a.txt"):
        raise PermissionError(13, "Permission denied")
    assert names(tmp_path) == []


@pytest.mark.parametrize("suffix", [".csv", ".nc", ".parquet", ".qml", ".zmap"])
def test_a_catalog_that_finds_no_room_is_one_line(tmp_path: Path, suffix: str, room_for) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_text("old")
    columns = {"latitude": np.arange(5e3) / 99, "longitude": np.arange(5e3) / 99}
    catalog = Catalog.from_columns(
        {"time": np.arange(5000), "magnitude": np.ones(5000), "depth": np.ones(5000), **columns}
    )
    with pytest.raises(InputError, match="writing failed") as told, room_for(8192):
        write_catalog(catalog, path)
    assert str(told.value) == f"{path}: writing failed (File too large)"
    assert path.read_text() == "old"
    assert names(tmp_path) == [path.name]


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    make_folder(tmp_path / "run")
    make_folder(tmp_path / "run")
    (tmp_path / "file").touch()
    for place in (tmp_path / "no" / "run", tmp_path / "file" / "run"):
        with pytest.raises(InputError, match="run: the folder cannot be made"):
            make_folder(place)


def test_what_a_failed_command_left_does_not_fill_a_folder(tmp_path: Path) -> None:
    (tmp_path / ".lock").touch()
    (tmp_path / ".config.0123abcd-9-0123abcd.part.toml").touch()
    check_folder(tmp_path, force=False)
    (tmp_path / ".mine").touch()
    with pytest.raises(InputError, match="the folder is not empty"):
        check_folder(tmp_path, force=False)


def test_a_killed_writer_leaves_no_part_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    code = (
        "import sys, time; from pathlib import Path; from asperity.core.files import atomic_path\n"
        "with atomic_path(Path(sys.argv[1])) as t:\n"
        " t.write_text('half'); print('ready', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=10)
    assert not path.exists()
    assert all(name.startswith(".") for name in names(tmp_path))
    (left,) = names(tmp_path)
    with atomic_path(path) as temporary:  # what is left behind is in nobody's way
        temporary.write_text("whole")
    assert path.read_text() == "whole"
    assert left.startswith(".a.")
    assert names(tmp_path) == ["a.txt"]  # and swept


def test_two_writers_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with atomic_path(path) as first, atomic_path(path) as second:
        assert first != second
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() in ("first", "second")


def test_an_output_that_exists_is_refused_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    check_output(path, force=False)
    path.write_text("old")
    with pytest.raises(InputError, match="pass --force to replace it"):
        check_output(path, force=False)
    check_output(path, force=True)
    for force in (False, True):
        with pytest.raises(InputError, match="is a folder; give the name of a file"):
            check_output(tmp_path, force=force)
        with pytest.raises(InputError, match="does not exist; make it first"):
            check_output(tmp_path / "no" / "a.txt", force=force)


def test_the_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    assert sha256(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_messages_name_the_file_that_the_user_knows(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"^{tmp_path}/x.unknown: no format goes"):
        write_catalog(Catalog.from_columns({"magnitude": [1.0]}), tmp_path / "x.unknown")
    with pytest.raises(InputError) as caught, atomic_path(tmp_path / "a.txt") as temporary:
        raise InputError(f"{temporary}: no")
    assert str(caught.value) == f"{tmp_path}/a.txt: no"


def test_only_regular_files_are_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="no regular file"), atomic_path(pipe):
        pass
    assert pipe.is_fifo()


def test_an_output_never_replaces_its_own_input(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from asperity.core.cli import app

    source = tmp_path / "m.csv"
    source.write_text("magnitude\n1.0\n2.0\n")
    for arguments in (["catalog", "info"], ["evt", "records"]):
        result = CliRunner().invoke(app, [*arguments, str(source), "-o", str(source), "--force"])
        assert result.exit_code == 1
        assert "is the input" in result.stderr
    assert source.read_text().startswith("magnitude")


def test_only_what_the_dead_have_left_is_swept(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a.txt") as mine:
        mine.write_text("at work")
        token = mine.name.split(".")[2]
        place, pid, tail = token.split("-")
        assert int(pid) == os.getpid()
        dead = subprocess.run(
            [sys.executable, "-c", "import os; print(os.getpid())"],
            capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip
        stale = tmp_path / f".b.{place}-{dead}-{tail}.part.csv"
        others = [
            tmp_path / f".b.{'0' * 8}-{dead}-{tail}.part.csv",  # of another machine
            tmp_path / f".b.{place}-1-{tail}.part",  # its writer lives
            tmp_path / f"b.{place}-{dead}-{tail}.part.csv",  # no hidden file
            tmp_path / ".b.part.csv",
        ]
        for path in [stale, *others]:
            path.write_text("x")
        assert sweep(tmp_path) == [stale]
        assert all(path.exists() for path in [mine, *others])


def test_of_two_writers_one_gets_the_name(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"

    def second() -> None:
        with atomic_path(path, replace=False) as temporary:
            temporary.write_text("second")
            with atomic_path(path, replace=False) as first:
                first.write_text("first")

    with pytest.raises(InputError, match="exists; choose another name or pass --force"):
        second()
    assert path.read_text() == "first"
    assert names(tmp_path) == ["a.txt"]


def test_without_hard_links_one_gets_the_name_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    test_of_two_writers_one_gets_the_name(tmp_path)


def test_of_many_processes_one_gets_the_name(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from asperity.core.files import atomic_path\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "with atomic_path(Path(sys.argv[1]), replace=False) as t:\n"
        " t.write_text(sys.argv[2]); time.sleep(0.2)"
    )
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "a.txt"), str(i)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for i in range(4)
    ]  # fmt: skip
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.readline()
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)
    (winner,) = (i for i, w in enumerate(writers) if w.returncode == 0)
    assert (tmp_path / "a.txt").read_text() == str(winner)
    assert names(tmp_path) == ["a.txt"]
