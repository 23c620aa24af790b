"""Alarms in time: against loops, on networks with and without planted precursors.

Seeds are fixed; bounds of rates are 3.3 standard deviations (false alarms below 1 in 1,000).
"""

import json
import math
from functools import partial

import numpy as np
import pytest

import commands
from asperity.core import Catalog, write_catalog
from asperity.core.errors import DataError, InputError
from asperity.core.geometry import Region
from asperity.core.report import sections_of
from asperity.gnss.criteria import (
    StatisticTable,
    announced,
    monthly_counts,
    read_statistics,
    score_alarms,
    synthetic_alarms,
    write_statistics,
)
from asperity.gnss.criteria.space_time import MARKED, THRESHOLDS, without_aftermath
from naive.criteria import alarms_in_time

LEAD = (2, 7)


@pytest.fixture(scope="module")
def network():
    """Five regions and fifty months with gaps."""
    rng = np.random.default_rng(3)
    statistic = np.abs(rng.normal(0.0, 0.3, (5, 50)))
    statistic[rng.uniform(size=(5, 50)) < 0.2] = np.nan
    statistic[2, 10:35] = np.nan
    return statistic, rng.poisson(0.15, (5, 50))


@pytest.mark.parametrize("threshold", [0.05, 0.18, 0.5, 0.9])
def test_scores_are_those_of_the_loops(network, threshold):
    statistic, events = network
    found = score_alarms(statistic, events, lead=LEAD, marked=threshold).marked
    lists = statistic.tolist(), events.tolist()
    hits, misses, on, watched, quiet_on, quiet, alarms, false = alarms_in_time(
        *lists, LEAD, threshold, range(50)
    )
    assert (found.alarm.hits, found.misses) == (hits, misses)
    assert found.alarm.share == pytest.approx(on / watched)
    assert found.false_alarm_rate == pytest.approx(quiet_on / quiet)
    assert found.r_value == pytest.approx(hits / (hits + misses) - quiet_on / quiet)
    assert (found.alarms, found.false_alarms) == (alarms, false)


def test_both_sides_of_a_split_are_those_of_the_loops(network):
    statistic, events = network
    trained = score_alarms(statistic, events, lead=LEAD, split=30).trained
    lists = statistic.tolist(), events.tolist()
    best = -math.inf
    for threshold in THRESHOLDS:
        hits, misses, _, _, quiet_on, quiet, _, _ = alarms_in_time(
            *lists, LEAD, threshold, range(30)
        )
        best = max(best, hits / (hits + misses) - quiet_on / quiet)
    assert trained.training.r_value == pytest.approx(best)
    hits, misses, on, watched, _, _, alarms, false = alarms_in_time(
        *lists, LEAD, trained.threshold, range(30, 50)
    )
    assert (trained.test.alarm.hits, trained.test.misses) == (hits, misses)
    assert trained.test.alarm.share == pytest.approx(on / watched)
    assert (trained.test.alarms, trained.test.false_alarms) == (alarms, false)


def test_what_is_announced_is_the_largest_of_the_lead_time():
    statistic = [[0.1, np.nan, 0.3, 0.2, np.nan, np.nan, np.nan]]
    np.testing.assert_array_equal(
        announced(statistic, (1, 2)), [[np.nan, 0.1, 0.1, 0.3, 0.3, 0.2, np.nan]]
    )
    assert np.isnan(announced(statistic, (20, 60))).all()
    with pytest.raises(InputError, match="lead 0/3"):
        announced(statistic, (0, 3))


def test_roc_area_is_that_of_all_pairs(network):
    statistic, events = network
    largest = announced(statistic, LEAD)
    watched = np.isfinite(largest)
    pairs, won = 0, 0.0
    for value, count in zip(largest[watched], events[watched], strict=True):
        for other, quiet in zip(largest[watched], events[watched] == 0, strict=True):
            if quiet:
                pairs += count
                won += count * ((value > other) + 0.5 * (value == other))
    found = score_alarms(statistic, events, lead=LEAD)
    assert found.roc_area == pytest.approx(won / pairs)
    assert found.watched == watched.sum()
    assert found.unwatched_events == events[~watched].sum()


def test_a_perfect_statistic_is_perfect():
    # One event, one alarm half a year before it.
    statistic, events = np.zeros((1, 100)), np.zeros((1, 100), dtype=int)
    statistic[0, 40], events[0, 46] = 0.5, 1
    found = score_alarms(statistic, events, lead=(6, 6))
    assert (found.marked.alarm.hits, found.marked.false_alarms, found.marked.alarms) == (1, 0, 1)
    assert found.marked.r_value == 1.0
    assert found.marked.alarm.share == pytest.approx(1 / 94)
    assert found.marked.alarm.p_value == pytest.approx(1 / 94)
    late = score_alarms(statistic, np.roll(events, 1, axis=1), lead=(6, 6)).marked
    assert (late.alarm.hits, late.false_alarms) == (0, 1)
    assert late.r_value == pytest.approx(-1 / 93)


def test_the_published_threshold_is_among_those_swept():
    assert MARKED in THRESHOLDS
    assert (THRESHOLDS[0], THRESHOLDS[-1], len(THRESHOLDS)) == (0.05, 1.0, 21)


def test_weights_are_where_events_are_expected(network):
    statistic, events = network
    even = score_alarms(statistic, events, lead=LEAD, weights=[3.0] * 5)
    assert even.marked.alarm == score_alarms(statistic, events, lead=LEAD).marked.alarm
    uneven = score_alarms(statistic, events, lead=LEAD, weights=[1e9, 1, 1, 1, 1])
    largest = announced(statistic, LEAD)[0]
    share = np.mean(largest[np.isfinite(largest)] >= 0.18)
    assert uneven.marked.alarm.share == pytest.approx(share, abs=1e-6)


def test_chance_is_not_taken_for_skill():
    rng = np.random.default_rng(20)
    single, ranked, tested = [], [], []
    for _ in range(400):
        made = synthetic_alarms(rng, regions=8, months=160, rate=0.02, noise=0.2)
        found = score_alarms(
            made.statistic, made.events, thresholds=(0.3, 0.5), marked=0.4, split=110
        )
        single.append(found.marked.alarm.p_value)
        ranked.append(found.molchan.p_value)
        tested.append(found.trained.test.alarm.p_value)
    for p in (single, ranked, tested):
        for level in (0.05, 0.2):
            limit = level + 3.3 * math.sqrt(level * (1.0 - level) / 400)
            assert np.mean(np.array(p) <= level) <= limit


def test_planted_precursors_are_found():
    rng = np.random.default_rng(21)
    found = []
    for _ in range(40):
        made = synthetic_alarms(rng, precursors=0.6, size=0.8)
        found.append(score_alarms(made.statistic, made.events, split=150))
    assert np.mean([f.molchan.p_value < 0.01 for f in found]) > 0.9
    assert np.mean([f.trained.test.alarm.p_value < 0.05 for f in found]) > 0.9
    # Noise of 12 % passes 18 % somewhere in 55 months almost everywhere: no criterion.
    assert np.mean([f.marked.alarm.share for f in found]) > 0.8


def test_synthetic_noise_has_the_size_and_memory_asked_for():
    made = synthetic_alarms(np.random.default_rng(22), regions=400, months=120, noise=0.1)
    assert np.sqrt(np.mean(made.statistic**2)) == pytest.approx(0.1, rel=0.03)
    assert made.events.mean() == pytest.approx(0.02, abs=3.3 * math.sqrt(0.02 / 48_000))
    with pytest.raises(InputError, match="memory"):
        synthetic_alarms(np.random.default_rng(0), memory=0.0)


def test_the_aftermath_is_left_out():
    large = np.zeros((1, 6), dtype=bool)
    large[0, 1] = True
    kept = without_aftermath(np.ones((1, 6)), large, 3)
    np.testing.assert_array_equal(kept, [[1, np.nan, np.nan, np.nan, 1, 1]])


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"events": np.zeros((2, 3), int)}, InputError, "expected \\(regions, months\\)"),
        ({"events": np.full((2, 30), -1)}, InputError, "whole, from 0"),
        ({"events": np.zeros((2, 30), int)}, DataError, "none of 0 events"),
        ({"weights": [1.0]}, InputError, "weights must be 2 numbers"),
        ({"thresholds": []}, InputError, "thresholds"),
        ({"split": 29}, DataError, "both sides"),
    ],
)
def test_what_cannot_be_scored_is_said(arguments, error, said):
    events = np.zeros((2, 30), dtype=int)
    events[0, 20] = 1
    given = {"statistic": np.ones((2, 30)), "events": events} | arguments
    with pytest.raises(error, match=said):
        score_alarms(given.pop("statistic"), given.pop("events"), **given)


# -- tables and the command ---------------------------------------------------


REGIONS = (Region(70.0, 80.0, 30.0, 40.0), Region(80.5, 90.0, 30.0, 40.0))
MONTH = 30 * 86_400_000_000_000


@pytest.fixture
def table():
    statistic = np.abs(np.random.default_rng(5).normal(0.0, 0.1, (2, 120)))
    statistic[0, 3] = np.nan
    statistic[0, 60] = 0.9
    return StatisticTable(("west", "east"), REGIONS, "2000-01", statistic)


@pytest.fixture
def events():
    # 2000-06-15 and later, one event outside and one before the table.
    day = np.array(["2000-06-15", "2005-09-01", "2006-02-02", "2005-09-02", "1990-01-01"], "M8[ns]")
    columns = {
        "magnitude": [5.5, 5.2, 6.0, 5.1, 7.0], "longitude": [75.0, 75.0, 85.0, 10.0, 75.0],
        "latitude": [35.0, 36.0, 31.0, 35.0, 35.0], "time": day.astype(np.int64),
    }  # fmt: skip
    return Catalog.from_columns(columns)


def test_events_are_counted_in_their_months(events):
    counts = monthly_counts(events, REGIONS, "2000-01", 120)
    assert counts.sum() == 3
    assert [tuple(map(int, cell)) for cell in np.argwhere(counts)] == [(0, 5), (0, 68), (1, 73)]
    with pytest.raises(InputError, match="must not overlap"):
        monthly_counts(events, (REGIONS[0], REGIONS[0]), "2000-01", 120)


def test_tables_are_read_as_they_were_written(table, tmp_path):
    write_statistics(table, tmp_path / "table.csv")
    back = read_statistics(tmp_path / "table.csv")
    np.testing.assert_array_equal(back.statistic, table.statistic)
    assert (back.names, back.regions, back.start) == (table.names, table.regions, table.start)
    assert str(back.months[-1]) == "2009-12"


HEAD = "region,west,east,south,north,month,statistic\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("region,month\n", "no column 'west'"),
        (HEAD, "holds no row"),
        (HEAD + "a,1,2,3,4,2000-13,0.1\n", "line 2: month is '2000-13'"),
        (HEAD + "a,1,2,3,x,2000-01,0.1\n", "line 2: north is 'x'"),
        (HEAD + "a,1,2,3,4,2000-01,inf\n", "line 2: statistic is inf"),
        (HEAD + "a,1,2,3,4,2000-01,0.1\na,1,2,3,4,2000-01,0.2\n", "line 3: region 'a' has 2000-01"),
        (HEAD + "a,1,2,3,4,2000-01,0.1\na,1,2,3,5,2000-02,0.2\n", "line 3: region 'a' is"),
        (HEAD + "a,1,2,3,4,0001-01,0.1\na,1,2,3,4,9000-02,0.2\n", "at most"),
    ],
)
def test_tables_that_cannot_be_read_are_refused(text, said, tmp_path):
    (tmp_path / "table.csv").write_text(text)
    with pytest.raises(InputError, match=said):
        read_statistics(tmp_path / "table.csv")


run = partial(commands.run, "gnss", "alarms")


def test_the_command_scores_a_table(table, events, tmp_path):
    write_statistics(table, tmp_path / "table.csv")
    write_catalog(events, tmp_path / "events.parquet")
    line = (tmp_path / "table.csv", "--catalog", tmp_path / "events.parquet", "--lead", "6/12")
    found = json.loads(run(*line, "--threshold", "0.8", "--json").stdout)
    assert next(iter(found)) == "schema"
    score = found["score"]
    keys = {"hits", "misses", "false_alarms", "r_value", "p_value", "molchan", "by_threshold"}
    assert keys <= set(score)
    # The statistic of 2005-01 in the west announces 2005-07 to 2006-01: 7 of 228 region-months.
    assert (score["hits"], score["misses"], score["unwatched_events"]) == (1, 1, 1)
    assert score["share"] == pytest.approx(7 / 228)
    assert (score["alarms"], score["false_alarms"]) == (1, 0)
    weighted = run(*line, "--threshold", "0.8", "--rates", "earlier", "--json")
    share = json.loads(weighted.stdout)["score"]["share"]
    # One earlier event in the west, none in the east: rates 1.5 to 0.5.
    assert share == pytest.approx(7 * 1.5 / (114 * 1.5 + 114 * 0.5))


def test_the_command_tests_after_a_split_and_reports(tmp_path):
    out, figure = tmp_path / "alarms.json", tmp_path / "alarms.png"
    run("--synthetic", "0.6", "--seed", "2", "--split", "2011-01", "-o", out, "--figure", figure)
    document = json.loads(out.read_text())
    assert document["verdict"].startswith("threshold 0.18: no criterion")
    assert "better than chance" in document["verdict"]
    assert figure.stat().st_size > 20_000
    section = sections_of(out)
    assert len(section.tables[0].rows) == 21
    assert any("synthetic" in note for note in section.notes)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "give TABLE.csv and --catalog FILE"),
        (("--synthetic", "0.5", "--catalog", "x"), 2, "give TABLE.csv and --catalog FILE"),
        (("--synthetic", "0.5", "--lead", "6"), 2, "--lead '6'"),
        (("--synthetic", "0.5", "--lead", "9/6"), 2, "--lead '9/6'"),
        (("--synthetic", "0.5", "--split", "soon"), 2, "--split 'soon'"),
        (("--synthetic", "0.5", "--split", "1990-01"), 1, "both sides"),
        (("nowhere.csv", "--catalog", "x"), 1, "nowhere.csv"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(arguments, code, said):
    assert said in run(*arguments, code=code).stderr
