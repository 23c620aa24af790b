"""The tour: on real data where it can be had, on synthetic twins that say so where not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from asperity.core.demo import draw_twin, run_tasks
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
    for needle in ("Peace River", "Preston New Road", "Oklahoma", "4,797", "Gutenberg-Richter"):
        assert needle in page
    assert "SYNTHETIC" not in page
    assert page.count("<svg") >= 5
    record = json.loads((tmp_path / "asperity-demo/report.html.prov.json").read_text())
    names = {entry["name"] for entry in record["inputs"]}
    assert names == {"data:oklahoma-ogs", "data:peace-river", "data:pnr2"}
    demo(tmp_path)  # a second run replaces its own report


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
    assert page.count("SYNTHETIC DATA") == len(found["sections"])
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


def test_a_part_that_fails_says_so_in_its_place():
    def good(seed):
        return Section("Good", "lead")

    def bad(seed):
        raise DataError("nothing there")

    sections = run_tasks([bad, good], 0)
    assert [s.title for s in sections] == ["Failed: bad", "Good"]
    assert sections[0].notes == ["nothing there"]
