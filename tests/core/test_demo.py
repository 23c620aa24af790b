"""The tour: on real data where it can be had, on synthetic twins that say so where not."""

import json
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from asperity.core.demo import Follower, Twin, draw_twin, run_tasks
from asperity.core.errors import DataError
from asperity.core.report import Section

PROGRAM = str(Path(sys.executable).with_name("asperity"))


def demo(folder, **environment):
    result = subprocess.run(
        [PROGRAM, "demo", "--json"],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.data
def test_the_tour_on_real_data(data_folder, tmp_path):
    found = demo(tmp_path)
    assert found["failed"] == []
    page = (tmp_path / "asperity-demo/report.html").read_text()
    for needle in (
        "Peace River",
        "Preston New Road",
        "4,797",
        "Gutenberg-Richter",
        "eastern Tibet",
        "Laboratory to field on one axis",
        "Record magnitudes: a laboratory fault",
        "A plan of injection, tried on a laboratory fault",
        "Deformation criteria on western China",
    ):
        assert needle in page
    assert "SYNTHETIC" not in page
    assert page.count("<svg") >= 5
    record = json.loads((tmp_path / "asperity-demo/report.html.prov.json").read_text())
    names = {entry["name"] for entry in record["inputs"]}
    assert names == {
        "data:oklahoma-ogs", "data:peace-river", "data:pnr2", "data:china-wang-shen-2020",
        "data:himatibetmap", "data:isc-gem-v3",
    }  # fmt: skip


def test_the_tour_without_network_or_data_says_that_it_is_synthetic(tmp_path):
    """An address where nobody listens stands for a network that is not there."""
    found = demo(
        tmp_path,
        ASPERITY_DATA="",
        XDG_CACHE_HOME=str(tmp_path / "cache"),
        https_proxy="http://127.0.0.1:9",
        HTTPS_PROXY="http://127.0.0.1:9",
    )
    assert found["failed"] == []
    page = (tmp_path / "asperity-demo/report.html").read_text()
    # The laboratory's tests are computed anew and stand for no data; a comparison names three.
    of_data = [title for title in found["sections"] if "aboratory" not in title]
    assert len(of_data) == len(found["sections"]) - 5
    assert page.count("SYNTHETIC DATA") == len(of_data) + 3
    record = json.loads((tmp_path / "asperity-demo/report.html.prov.json").read_text())
    assert record["inputs"] == []


def test_a_twin_has_the_size_and_the_slope_of_its_data_set():
    """b within 4 standard errors of the law (false alarm below 1 in 10,000, seed fixed)."""
    from asperity.core.statistics import b_value
    from asperity.core.tour import OKLAHOMA

    catalog = draw_twin(OKLAHOMA, 0).catalog
    assert len(catalog) == OKLAHOMA.events
    found = b_value(catalog["magnitude"], OKLAHOMA.mc, bin_width=0.1)
    assert found.n == OKLAHOMA.events
    assert abs(found.b - OKLAHOMA.b) < 4 * found.b_sd
    assert np.all(np.diff(catalog["time"]) >= 0)
    assert draw_twin(OKLAHOMA, 0).catalog == catalog
    assert draw_twin(OKLAHOMA, 1).catalog != catalog


@pytest.fixture
def short_tour(monkeypatch):
    """A tour of one section, so that what surrounds it can be tried often."""
    import asperity.core.demo
    from asperity.core.cli import app

    tasks = [lambda seed: Section(f"One {seed}", "lead")]
    monkeypatch.setattr(asperity.core.demo, "demo_tasks", lambda: tasks)
    return lambda *words: CliRunner().invoke(app, ["demo", *map(str, words)])


def test_a_second_tour_replaces_the_first_and_nothing_else(short_tour, tmp_path):
    folder = tmp_path / "new" / "tour"
    page = folder / "report.html"
    assert short_tour("--folder", folder).exit_code == 0
    assert short_tour("--folder", folder, "--seed", 7).exit_code == 0
    assert "One 7" in page.read_text()
    page.write_text(page.read_text() + "<!-- my notes -->")
    edited = short_tour("--folder", folder)
    assert edited.exit_code == 1
    assert "exists; choose another name or pass --force" in edited.stderr
    assert "my notes" in page.read_text()
    assert short_tour("--folder", folder, "--force").exit_code == 0
    assert "my notes" not in page.read_text()
    # Of the same name, but made by somebody else.
    page.with_name("report.html.prov.json").unlink()
    assert short_tour("--folder", folder).exit_code == 1


def test_a_folder_that_cannot_be_is_said_in_one_line(short_tour, tmp_path):
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "inside"):
        answer = short_tour("--folder", folder)
        assert answer.exit_code == 1
        assert f"--folder {folder}" in answer.stderr
        assert answer.stderr.count("\n") == 1
    assert (tmp_path / "file").read_text() == "mine"


def test_a_part_that_fails_says_so_in_its_place():
    def good(seed):
        return Section("Good", "lead")

    def bad(seed):
        raise DataError("nothing there")

    sections = run_tasks([bad, good], 0)
    assert [s.title for s in sections] == ["Failed: bad", "Good"]
    assert sections[0].notes == ["nothing there"]


def _rig(seed):
    return Section("Rig", "lead", catalogs={"laboratory": draw_twin(TWIN, seed)})


def _after(seed, result):
    return Section(f"After: {len(result.catalog)} events, seed {seed}", "lead")


def _broken(seed, result):
    raise DataError("too few")


def _plain(seed):
    return Section("Plain", "lead")


TWIN = Twin("none", "None", events=7, mc=0.0, b=1.0, start="2000-01-01", end="2001-01-01")


@pytest.mark.parametrize("workers", [0, 2])
def test_a_follower_takes_the_catalog_that_another_section_made(workers):
    """One by one and side by side; each stands after what made its catalog, in its order."""
    tasks = [
        Follower("laboratory", _after), _plain, _rig, Follower("nowhere", _after),
        Follower("laboratory", _broken),
    ]  # fmt: skip
    told = []
    with ThreadPoolExecutor(workers) if workers else nullcontext() as executor:
        sections = run_tasks(tasks, 3, executor, told.append)
    assert [s.title for s in sections] == [
        "Plain", "Rig", "After: 7 events, seed 3", "Failed: _broken",
    ]  # fmt: skip
    assert sum(told) == 4
    # Between processes it goes pickled.
    again = pickle.loads(pickle.dumps(sections[1]))
    assert again.catalogs["laboratory"].catalog == sections[1].catalogs["laboratory"].catalog
