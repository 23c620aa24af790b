"""The rule in time: scores by hand, and networks with and without planted precursors."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from asperity.core.cli import app
from asperity.core.errors import DataError
from asperity.gnss.positions import write_positions
from asperity.gnss.positions.noise import Noise
from asperity.gnss.positions.offsets import Earthquakes
from asperity.gnss.series.rule import (
    Alarms,
    alarm_strength,
    monthly_events,
    region_centres,
    score_rule,
)
from asperity.gnss.series.synthetic import slowing_network

CENTRES = np.array([[90.0, 30.0], [100.0, 30.0]])
EVENT = 2018.0


def quakes(*rows):
    years, places = zip(*rows, strict=True)
    lon = np.array([CENTRES[p][0] for p in places])
    return Earthquakes(
        np.array(years), lon, np.full(len(rows), 30.0), np.full(len(rows), 6.0),
        tuple(map(str, years)),
    )  # fmt: skip


def test_earthquakes_are_counted_in_the_nearest_region_and_its_month():
    months = 2010.0 + np.arange(24) / 12.0
    alarms = Alarms(CENTRES, 200.0, months, np.full((2, 24), 0.05))
    far = Earthquakes(
        np.array([2011.0]), np.array([95.0]), np.array([30.0]), np.array([6.0]), ("far",)
    )
    assert monthly_events(alarms, far).sum() == 0
    counts = monthly_events(alarms, quakes((2013.0, 0), (2013.05, 1), (1999.0, 0), (2017.5, 0)))
    assert counts.shape == (2, 24 + 60)
    assert np.argwhere(counts).tolist() == [[0, 36], [1, 36]]


def test_scores_are_those_counted_by_hand():
    # One alarm, in the first region in month 12: it reaches months 18 to 72, 55 of the 78
    # that any month can reach, in one of two regions.
    months = 2010.0 + np.arange(24) / 12.0
    strength = np.full((2, 24), 0.05)
    strength[0, 12] = 0.3
    alarms = Alarms(CENTRES, 200.0, months, strength)
    score = score_rule(alarms, quakes((2013.0, 0), (2013.0, 1), (2016.5, 0)))
    marked = score.marked
    assert (marked.alarm.hits, marked.misses, marked.false_alarms) == (1, 2, 0)
    assert marked.alarm.share == pytest.approx(55 / (2 * 78))
    assert marked.alarm.p_value == pytest.approx(1 - (1 - 55 / (2 * 78)) ** 3)
    with pytest.raises(DataError):
        score_rule(alarms, quakes((1999.0, 0)))


def test_a_threshold_is_trained_before_and_tested_after():
    months = 2010.0 + np.arange(60) / 12.0
    strength = np.full((2, 60), 0.12)
    strength[0, 6] = strength[1, 40] = 0.5
    alarms = Alarms(CENTRES, 200.0, months, strength)
    score = score_rule(alarms, quakes((2012.0, 0), (2016.0, 1)), train_before=2013.0)
    # At 0.1 everything is on alarm and R is small; above 0.5 nothing is.
    assert 0.15 <= score.trained.threshold <= 0.5
    assert score.trained.test.alarm.hits == 1


def networks(share):
    made = []
    for k, (longitude, latitude) in enumerate(CENTRES):
        some = slowing_network(
            (-50.0, 0.0, 0.0), share if k == 0 else 0.0, event=EVENT, years=8.0, window=2.0,
            center=(longitude, latitude), noise=Noise(0.5), seed=k,
        )  # fmt: skip
        made += [one.with_attributes(site=f"{'AB'[k]}{one.site}") for one in some]
    return made


@pytest.fixture(scope="module")
def planted():
    return networks(1.0)


def test_a_planted_precursor_is_found_and_a_steady_rate_is_not(planted):
    for series, hits in ((planted, 1), (networks(0.0), 0)):
        alarms = alarm_strength(series, CENTRES, 150.0, window=1.0, statistic="d_win")
        score = score_rule(alarms, quakes((EVENT + 0.1, 0)))
        assert score.marked.alarm.hits == hits
        # Noise of 0.5 mm without colour raises no alarm of 18 %.
        assert (np.nan_to_num(alarms.strength) > 0.18).any() == bool(hits)
    # Nothing that came later changes an alarm.
    early = [one.select(one.years < EVENT - 0.5) for one in planted]
    alarms = alarm_strength(planted, CENTRES[:1], 150.0, statistic="d_win")
    before = alarm_strength(early, CENTRES[:1], 150.0, statistic="d_win")
    count = before.months.size
    np.testing.assert_allclose(before.strength[0], alarms.strength[0, :count], rtol=1e-9)


def test_regions_are_those_that_stations_surround(planted):
    centres = region_centres(planted, 150.0, 150.0, 2010.1, 2014.0)
    apart = np.abs(centres[:, None, 0] - CENTRES[:, 0]).min(axis=1)
    assert apart.max() < 2.0
    with pytest.raises(DataError, match="choose a larger --radius"):
        region_centres(planted, 10.0, 100.0, 2010.1, 2014.0)


def test_the_command_scores_a_catalog(planted, tmp_path):
    write_positions(planted, tmp_path / "p.csv")
    (tmp_path / "c.csv").write_text(
        "time,latitude,longitude,depth,magnitude\n2018-02-01T00:00:00Z,30.0,90.0,10,6.5\n"
    )
    arguments = [
        "gnss", "anomaly", tmp_path / "p.csv", "--catalog", tmp_path / "c.csv", "--radius", "150",
        "--statistic", "d_win",
    ]  # fmt: skip
    result = CliRunner().invoke(app, [*map(str, arguments), "--json", "-q"])
    assert result.exit_code == 0, result.output
    score = json.loads(result.stdout)["score"]
    keys = {"hits", "misses", "false_alarms", "r_value", "p_value", "molchan", "by_threshold"}
    assert keys <= score.keys()
    assert (score["hits"], score["misses"], score["threshold"]) == (1, 0, 0.18)
    assert json.loads(result.stdout)["verdict"].startswith("threshold 0.18: ")
    lone = CliRunner().invoke(app, ["gnss", "anomaly", str(tmp_path / "p.csv"), "-q"])
    assert lone.exit_code == 2
    assert "give --event and --center, or --catalog" in lone.stderr
