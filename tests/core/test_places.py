"""Where inputs and outputs lie, and when: links, odd names, clocks that are wrong, cut files."""

import json
import os
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import commands
from asperity.core import Catalog, read_catalog, write_catalog

call = partial(commands.run, "catalog")


@pytest.fixture
def source(tmp_path) -> Path:
    path = tmp_path / "a.csv"
    path.write_text("time,magnitude\n2001-01-01,1.5\n2002-01-01,2.5\n")
    return path


def test_links_lead_to_inputs_and_to_folders_of_outputs(source, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "to-folder").symlink_to("real")
    (tmp_path / "to-file.csv").symlink_to("a.csv")
    call("convert", tmp_path / "to-file.csv", tmp_path / "to-folder" / "b.parquet")
    assert len(read_catalog(tmp_path / "real" / "b.parquet").catalog) == 2


def test_a_link_is_never_written_through(source, tmp_path):
    target = tmp_path / "target.csv"
    (tmp_path / "link.csv").symlink_to("target.csv")
    # It leads nowhere as yet; the name is taken all the same.
    assert "exists" in call("convert", source, tmp_path / "link.csv", code=1).stderr
    assert not target.exists()
    target.write_text("precious")
    call("convert", source, tmp_path / "link.csv", "--force")
    assert target.read_text() == "precious"
    # A link to the input is the input.
    (tmp_path / "again.csv").symlink_to("a.csv")
    answer = call("convert", source, tmp_path / "again.csv", "--force", code=1)
    assert "is the input" in answer.stderr
    assert source.read_text().startswith("time,magnitude")


@pytest.mark.parametrize("name", ["with spaces", "Été", "地震", "a'b\"c", "$HOME;ls", "x%20y", "~"])
def test_any_name_will_do(source, tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    given = folder / f"{name}.csv"
    given.write_bytes(source.read_bytes())
    answer = call("convert", given, folder / f"{name} out.csv", "--json")
    assert json.loads(answer.stdout)["written"] == [str(folder / f"{name} out.csv")]
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        [f"{name}.csv", f"{name} out.csv", f"{name} out.csv.prov.json"]
    )


def test_a_clock_that_is_set_back_does_no_harm(source, tmp_path, monkeypatch):
    later = time.time() + 10 * 365 * 86_400
    os.utime(source, (later, later))
    backwards = iter(range(10**6, 0, -1000))
    monkeypatch.setattr(time, "time", lambda: float(next(backwards)))
    call("convert", source, tmp_path / "b.csv")
    record = json.loads((tmp_path / "b.csv.prov.json").read_text())
    assert 0.0 <= record["elapsed_seconds"] < 600.0
    call("convert", source, tmp_path / "b.csv", "--force")


@pytest.mark.parametrize("suffix", [".parquet", ".nc", ".qml"])
def test_a_file_cut_anywhere_is_refused_and_nothing_is_written(tmp_path, suffix):
    rng = np.random.default_rng(3)
    catalog = Catalog.from_columns(
        {"time": np.arange(50) * 10**9, "magnitude": rng.normal(1, 1, 50),
         "latitude": rng.uniform(0, 9, 50), "longitude": rng.uniform(0, 9, 50)}
    )  # fmt: skip
    write_catalog(catalog, tmp_path / f"whole{suffix}")
    whole = (tmp_path / f"whole{suffix}").read_bytes()
    cut = tmp_path / f"cut{suffix}"
    for part in (0.01, 0.3, 0.7, 0.99):
        cut.write_bytes(whole[: int(part * len(whole))])
        answer = call("convert", cut, tmp_path / "out.csv", code=1)
        assert len(answer.stderr.strip().splitlines()) == 1
        assert not list(tmp_path.glob("*out.csv*"))
