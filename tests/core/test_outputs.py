"""Where results go: to one file each, or to standard output alone."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from asperity.core.operations import Operations, operations_path

CODE = "from asperity.core.cli import main; main()"


def run(*arguments: object, code: int = 0, **more: Any) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        [sys.executable, "-c", CODE, *map(str, arguments)],
        capture_output=True, check=False, **more,
    )  # fmt: skip
    assert done.returncode == code, done.stderr.decode()
    return done


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    rows = [f"2020-01-{d:02d}T00:00:00Z,{d % 5 / 2 + d / 40},10,{d}" for d in range(1, 29)]
    path.write_text("\n".join(["time,magnitude,latitude,longitude", *rows]) + "\n")
    return path


# -- standard output ----------------------------------------------------------


@pytest.mark.parametrize("where", [["-"], ["-o", "-"], ["--output=-"]])
def test_a_catalog_goes_to_standard_output(catalog: Path, tmp_path: Path, where: list[str]) -> None:
    done = run("catalog", "convert", catalog, *where, "--format", "csv", cwd=tmp_path)
    assert done.stdout.count(b"\n") == 29
    again = run("catalog", "info", "-", "--json", input=done.stdout)
    assert json.loads(again.stdout)["events"] == 28
    # What a person reads goes elsewhere, and no file has come up.
    assert b"events" in done.stderr
    assert b"no record of how it was made" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]
    quiet = run("catalog", "convert", catalog, *where, "--format", "csv", "-q", cwd=tmp_path)
    assert (quiet.stdout, quiet.stderr) == (done.stdout, b"")


def test_a_binary_format_is_binary_and_holds_its_record(catalog: Path) -> None:
    done = run("catalog", "filter", catalog, "--where", "magnitude > 1", "-o", "-",
               "--format", "parquet")  # fmt: skip
    table = pq.read_table(io.BytesIO(done.stdout))
    assert table.num_rows > 5
    record = json.loads(table.schema.metadata[b"asperity"])["provenance"]
    assert record["command"] == "catalog filter"
    assert b"no record" not in done.stderr
    netcdf = run("catalog", "convert", catalog, "-", "--format", "netcdf")
    assert netcdf.stdout.startswith(b"\x89HDF\r\n")


@pytest.mark.parametrize(
    ("kind", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
)
def test_a_figure_goes_to_standard_output(catalog: Path, kind: str, start: bytes) -> None:
    done = run("catalog", "plot", catalog, "-o", "-", "--format", kind)
    assert done.stdout.startswith(start)


def test_a_document_goes_to_standard_output_once(catalog: Path, tmp_path: Path) -> None:
    for more in ([], ["--json"]):
        done = run("catalog", "info", catalog, "-o", "-", *more, cwd=tmp_path)
        assert json.loads(done.stdout)["events"] == 28
        assert done.stdout.count(b"\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]
    template = run("evt", "template", "-o", "-", cwd=tmp_path)
    assert b'kind = "evt.forecast"' in template.stdout
    result = tmp_path / "b.json"
    run("evt", "replay", catalog, "--mc", "0", "-o", result)
    page = run("report", "build", result, "-o", "-", cwd=tmp_path)
    assert page.stdout.startswith(b"<!doctype html>")
    assert page.stdout.rstrip().endswith(b"</html>")


def test_rows_left_out_are_still_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("magnitude\n1.5\nmany\n")
    done = run("catalog", "convert", path, "-", "--format", "csv", "--on-error", "skip")
    assert b"left out" in done.stderr
    assert b"many" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["convert", "{in}", "-"], b"name its format with --format"),
        (["convert", "{in}", "-", "--format", "csv", "--json"], b"both want standard output"),
        (["convert", "{in}", "-", "--format", "word"], b"cannot be written; there are"),
        (["filter", "{in}", "-o", "-"], b"name its format with --format"),
        (["bvalue", "{in}", "--figure", "-"], b"name a file, whose suffix"),
        (["convert", "{in}", "a.csv", "-o", "b.csv"], b"two outputs named"),
        (["convert", "{in}"], b"no output named"),
        (["bvalue", "{in}", "--figure", "a.bmp"], b"figures are written as .png, .svg, .pdf"),
        (["bvalue", "{in}", "-o", "a.png", "--figure", "a.png"], b"named for two outputs"),
        (["bvalue", "{in}", "--figure", "a.png", "--figure", "./a.png"], b"named for two outputs"),
        (["decluster", "{in}", "-o", "x/../a.png", "--figure", "a.png"], b"named for two outputs"),
    ],
)
def test_what_cannot_be_meant_is_wrong_usage(
    catalog: Path, tmp_path: Path, arguments: list[str], said: bytes
) -> None:
    (tmp_path / "x").mkdir()
    filled = [a.replace("{in}", str(catalog)) for a in arguments]
    done = run("catalog", *filled, code=2, cwd=tmp_path)
    assert said in done.stderr
    assert done.stderr.count(b"\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.csv", "x"]


# -- the disk and the pipe ----------------------------------------------------


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "arguments", [["info", "{in}"], ["convert", "{in}", "-", "--format", "csv", "-q"]]
)
def test_a_full_disk_behind_standard_output(catalog: Path, arguments: list[str]) -> None:
    filled = [a.replace("{in}", str(catalog)) for a in arguments]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", CODE, "catalog", *filled],
            stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        b"asperity: error: standard output: writing failed (No space left on device)\n"
    )


def test_a_reader_that_leaves_early_is_no_failure(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("magnitude\n" + "1.5\n" * 60_000)
    command = [sys.executable, "-c", CODE, "catalog", "convert", str(path), "-", "--format", "csv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(timeout=60) == 0
    assert b"Error" not in said
    assert b"Traceback" not in said


@pytest.mark.parametrize(
    ("closed", "code", "said"),
    [(">&-", 1, "standard output is closed"), ("<&-", 1, "standard input is closed"),
     ("2>&-", 1, "")],
)  # fmt: skip
def test_streams_that_are_closed(closed: str, code: int, said: str) -> None:
    commands = {">&-": "data list", "<&-": "catalog info -", "2>&-": "catalog info none.csv"}
    command = commands[closed]
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" -c "$1" {command} {closed}', sys.executable, CODE],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code
    assert done.stdout == ""
    assert said in done.stderr
    assert "unexpected" not in done.stderr


def test_a_terminal_without_unicode(catalog: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = run("catalog", "bvalue", catalog, "--mc", "0.1", env=environment)
    assert rb"\xb1" in done.stdout  # the sign of plus or minus


def test_a_name_that_is_no_text(catalog: Path, tmp_path: Path) -> None:
    source = os.fsencode(tmp_path) + b"/\xff.csv"
    with open(source, "wb") as stream:  # noqa: PTH123
        stream.write(catalog.read_bytes())
    done = subprocess.run(
        [sys.executable, "-c", CODE, "catalog", "info", source, "--json"],
        capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["events"] == 28
    refused = subprocess.run(
        [sys.executable, "-c", CODE, "catalog", "convert", catalog, source + b".csv"],
        capture_output=True, check=False,
    )  # fmt: skip
    assert refused.returncode == 1
    assert b"is no UTF-8; choose another name" in refused.stderr


# -- what stands beside an output ---------------------------------------------


def test_nothing_beside_an_output_is_replaced(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("magnitude\n1.5\nmany\n")
    precious = tmp_path / "out.csv.rejected.jsonl"
    precious.write_text("mine\n")
    done = run("catalog", "convert", bad, tmp_path / "out.csv", "--on-error", "skip", code=1)
    assert b"out.csv.rejected.jsonl exists" in done.stderr
    assert precious.read_text() == "mine\n"
    assert not (tmp_path / "out.csv").exists()


def test_operations_of_another_catalog_are_not_replaced(catalog: Path, tmp_path: Path) -> None:
    field, out = tmp_path / "field.parquet", tmp_path / "out.parquet"
    run("catalog", "convert", catalog, field)
    table = Operations(np.array([0, 1]), {"rate": np.array([0.1, 0.2])})
    table.write(operations_path(field))
    run("catalog", "convert", field, out)
    assert operations_path(out).is_file()
    out.unlink()
    operations_path(out).write_text("mine\n")
    done = run("catalog", "convert", field, out, code=1)
    assert b"out.operations.parquet exists" in done.stderr
    assert operations_path(out).read_text() == "mine\n"
    assert not out.exists()
    streamed = run("catalog", "convert", field, "-", "--format", "parquet")
    assert b"2 operations left out" in streamed.stderr


# -- paths --------------------------------------------------------------------


@pytest.mark.parametrize("name", ["with space", "naïve Größe 地震", "-dash", "%d{x}[1]", "a" * 230])
def test_any_name_will_do(catalog: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / f"{name}.csv"
    run("catalog", "convert", catalog, out)
    assert json.loads(run("catalog", "info", out, "--json").stdout)["events"] == 28
    assert json.loads(run("provenance", "show", out, "--json").stdout)["record"]["outputs"]
