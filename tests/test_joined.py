"""From an injected laboratory fault to every model of records: what joins the domains, as files."""

import json
import math

import numpy as np
import pytest

from asperity.core import read_catalog
from asperity.core.statistics import b_value
from commands import run

MC = -6.0
SETTINGS = (
    "loading.first_deviator=2e8", "loading.speed=0.1", "loading.strain=0.0105",
    "injection.rates=[1e-5, 3e-5, 0.0]", "injection.times=[2e-3, 2.5e-3, 3.5e-3]",
    "injection.permeability=1e-12",
)  # fmt: skip


@pytest.fixture(scope="module")
def wet(tmp_path_factory):
    """A run folder with injection."""
    folder = tmp_path_factory.mktemp("joined") / "wet"
    changes = [word for text in SETTINGS for word in ("--set", text)]
    run("dem", "run", "--case", "smoke", *changes, "-o", folder, "-q")
    return folder


def volume_by_hand(seconds):
    """Of the schedule above, m3."""
    slow, fast = np.clip(seconds - 2e-3, 0.0, 5e-4), np.clip(seconds - 2.5e-3, 0.0, 1e-3)
    return 1e-5 * slow + 3e-5 * fast


def test_a_replay_shows_the_injection_in_laboratory_time(wet, tmp_path):
    out, figure = wet / "replay.json", tmp_path / "replay.svg"
    run("evt", "replay", wet / "events.parquet", "--mc", MC, "-o", out, "--figure", figure)
    document = json.loads(out.read_text())
    assert document["name"] == "wet"
    rate = np.array(document["injection"]["rate"])
    times = np.array(document["injection"]["time"])
    assert times.min() > 0.0
    assert rate.max() == pytest.approx(3e-5)
    assert rate[times < 1.5e-3].max() == 0.0
    assert document["mainshocks"][0]["source"] == "kind"
    page = tmp_path / "report.html"
    run("report", "build", wet, "-o", page)
    text = page.read_text()
    for needle in ("Laboratory earthquakes: wet", "Record magnitudes: wet", "Stress drops"):
        assert needle in text
    assert text.count("<svg") == 4  # stress, slip and energies of the run, and the replay


def test_emissions_gathered_anew_keep_mainshocks_and_injection(wet, tmp_path):
    """`dem events` with the window of the run gives its catalog again, operations beside it."""
    out = tmp_path / "emissions.parquet"
    run("dem", "events", wet, "-o", out)
    again, first = read_catalog(out), read_catalog(wet / "events.parquet")
    assert again.operations is not None
    for name, values in first.operations.columns.items():
        np.testing.assert_array_equal(again.operations.columns[name], values)
    for name in ("time", "magnitude", "cycle"):
        np.testing.assert_array_equal(again.catalog[name], first.catalog[name])
    assert again.catalog.texts("kind").tolist() == first.catalog.texts("kind").tolist()
    replays = [
        json.loads(run("evt", "replay", path, "--mc", MC, "--json").stdout)
        for path in (out, wet / "events.parquet")
    ]
    assert replays[0] == replays[1]


def test_a_plan_asks_every_model_that_needs_volumes(wet, tmp_path):
    catalog = read_catalog(wet / "events.parquet").catalog
    used = catalog.select(np.nan_to_num(catalog["magnitude"], nan=-99.0) >= MC)
    end = used["time"][-1] * 1e-9
    largest = used["magnitude"].max()
    plan = tmp_path / "plan.csv"
    plan.write_text(f"time,rate\n{end},2e-5\n{end + 1e-3},0\n{end + 2e-3},0\n")
    document = json.loads(
        run(
            "evt", "forecast", wet / "events.parquet", "--mc", MC, "--threshold", largest + 0.1,
            "--plan", plan, "--before", "1e-8m3", "--decay-time", "PT0.001S",
            "--figure", tmp_path / "plan.png", "--json",
        ).stdout
    )  # fmt: skip
    told = document["plan"]
    volume = volume_by_hand(end)
    assert told["past_volume"] == pytest.approx(volume, rel=1e-3)
    b = b_value(used["magnitude"], MC).b
    index = math.log10(len(used) / volume) + b * MC
    assert told["seismogenic_index"] == pytest.approx(index, abs=1e-3)
    assert told["decay"]["seconds"] == 1e-3
    planned, half, shut = told["scenarios"]
    entry = planned["before"][0]
    assert entry["volume"] == pytest.approx(1e-8, rel=1e-6)
    # 1e-8 m3 bring events as the volume before did, and nothing has decayed meanwhile.
    assert entry["expected_events"] == pytest.approx(1e-8 * len(used) / volume, rel=0.02)
    above = 10.0 ** (-b * (largest + 0.1 - MC))
    chances = entry["exceedance"][0]
    assert chances["seismogenic-index"] == pytest.approx(
        -math.expm1(-entry["expected_events"] * above), rel=1e-6
    )
    for name in ("van-der-elst", "seismic-efficiency", "calibrated"):
        assert 0.0 < chances[name] < 1.0
    # What volume times rigidity allows is passed already: stress was stored by the platen.
    bound = (math.log10(3e10 * (volume + 1e-8)) - 9.1) / 1.5
    assert bound < largest
    assert chances["mcgarr"] is None
    for later in (half, shut):
        assert later["before"][0]["exceedance"][0]["seismogenic-index"] < chances[
            "seismogenic-index"
        ]  # fmt: skip


def test_rivals_that_know_volumes_are_scored_on_it(wet):
    document = json.loads(
        run(
            "evt", "score", wet / "events.parquet", "--mc", MC, "--shuffles", 0, "--bootstrap", 20,
            "--rivals", "seismogenic-index,van-der-elst,mcgarr,galis,seismic-efficiency", "--json",
        ).stdout
    )  # fmt: skip
    rows = {row["name"]: row for row in document["table"]}
    catalog = read_catalog(wet / "events.parquet").catalog
    assert document["n_records"] >= 1
    for name in ("seismogenic-index", "van-der-elst", "mcgarr", "galis", "seismic-efficiency"):
        row = rows[name]
        # A rival answers, or says why not; nothing is left out in silence.
        assert row["n"] + sum(row["withheld"].values()) == document["n_records"]
        assert not any("no volumes" in reason for reason in row["withheld"])
    assert catalog.time_frame == "relative"


def test_the_tour_tries_a_plan_on_an_injected_fault(wet):
    """The joined section tells of what came, from the catalog and its operations alone."""
    from asperity.evt.demo_laboratory import injected_fault, laboratory_fault

    result = read_catalog(wet / "events.parquet")
    section = injected_fault(0, result)
    total = volume_by_hand(1.0)
    half = next(t for t in np.arange(0, 1e-2, 1e-6) if volume_by_hand(t) >= total / 2)
    late = result.catalog["magnitude"][result.catalog["time"] * 1e-9 > half + 3e-4]
    assert f"M {np.nanmax(late):.2f}" in section.lead
    assert "seismogenic index" in section.lead
    replayed = laboratory_fault(0, result)
    assert "mainshock" in replayed.lead
