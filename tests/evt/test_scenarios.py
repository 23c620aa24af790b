"""A plan, half of it, and shut-in: numbers of events and chances that can be worked out by hand."""

import numpy as np
import pytest

from asperity.core import Catalog
from asperity.core.errors import DataError, InputError
from asperity.core.formats import ReadResult
from asperity.core.operations import Operations, read_operations
from asperity.evt.config import ForecastConfiguration
from asperity.evt.outlook import outlook
from asperity.evt.planning import parse_before, plan_document
from asperity.evt.rivals.protocol import History
from asperity.evt.scenarios import exceedance_by_model, make_plan
from asperity.evt.sequence import sequence_of

SECOND = 10**9
HOUR = 3600


def operations(rows, **attributes):
    times, rates = zip(*rows, strict=True)
    return Operations(
        np.array(times, dtype=np.int64) * SECOND, {"rate": np.array(rates)}, "ns", "relative",
        attributes,
    )  # fmt: skip


# Ten hours at 0.02 m3/s before the last event, then still flowing.
PAST = operations([(0, 0.02), (10 * HOUR, 0.02), (11 * HOUR, 0.0)])
PLAN = operations([(0, 0.02), (10 * HOUR, 0.04), (20 * HOUR, 0.0), (40 * HOUR, 0.0)])


def make_sequence(n=300, past=PAST, seed=1):
    rng = np.random.default_rng(seed)
    times = np.sort(rng.uniform(0, 10 * HOUR, n))
    times[-1] = 10 * HOUR
    catalog = Catalog.from_columns(
        {"magnitude": rng.exponential(0.4343, n), "time": (times * SECOND).astype(np.int64)},
        time_frame="relative", time_origin="start", sort=False,
    )  # fmt: skip
    return sequence_of(ReadResult(catalog, past, np.arange(n)), 0.0)


def test_expected_events_of_the_three_scenarios():
    """720 m3 brought 300 events; a tail holds lambda0 tau/(p - 1) (1 - (1 + T/tau)^(1 - p))."""
    history = History.of(make_sequence())
    plan = make_plan(history, PLAN, decay_time=7200.0, decay_exponent=2.0)
    per_volume = 300 / 720.0
    by_name = {s.name: s for s in plan.scenarios}
    assert plan.past_volume == pytest.approx(720.0)
    full, _ = by_name["plan"].at(10 * HOUR)
    assert full == pytest.approx(per_volume * 0.04 * 10 * HOUR, rel=1e-9)
    half, volume = by_name["half"].at(10 * HOUR)
    assert (half, volume) == pytest.approx((full / 2, 720.0), rel=1e-9)
    for scenario, rate, rest in (("plan", 0.04, 20), ("half", 0.02, 20), ("shut-in", 0.02, 30)):
        end, _ = by_name[scenario].at(30 * HOUR)
        begin = 0.0 if scenario == "shut-in" else by_name[scenario].at(10 * HOUR)[0]
        tail = per_volume * rate * 7200.0 * (1.0 - 1.0 / (1.0 + rest * HOUR / 7200.0))
        assert end - begin == pytest.approx(tail, rel=1e-6), scenario
    assert by_name["plan"].when(720.0) == pytest.approx(5 * HOUR)
    assert by_name["half"].when(720.0) == pytest.approx(10 * HOUR)
    assert by_name["shut-in"].when(720.0) is None


def test_without_volumes_the_present_rate_goes_with_the_plan():
    sequence = make_sequence(past=None)
    history = History.of(sequence)
    plan = make_plan(history, PLAN)
    rate = 49 / ((history.times[-1] - history.times[-50]) / SECOND)
    assert plan.rate == pytest.approx(rate)
    assert plan.index is None
    assert plan.scenarios[0].at(10 * HOUR)[0] == pytest.approx(10 * HOUR * rate, rel=1e-9)
    assert "no volumes" in plan.note


def test_chances_agree_with_simulated_futures():
    """20,000 futures: Poisson events, Gutenberg-Richter magnitudes; four standard errors."""
    sequence = make_sequence()
    history = History.of(sequence)
    plan = make_plan(history, PLAN)
    expected = 80.0
    ahead = outlook(sequence.magnitudes, ForecastConfiguration(mc=0.0))
    thresholds = (1.5, 2.0, 2.6)
    found = exceedance_by_model(history, plan, expected, 200.0, thresholds, ahead)
    rng = np.random.default_rng(3)
    counts = rng.poisson(expected, 20_000)
    top = np.array([rng.exponential(1.0 / history.rate, k).max(initial=0.0) for k in counts])
    for i, m in enumerate(thresholds):
        share = np.mean(top > m)
        error = 4.0 * np.sqrt(share * (1 - share) / 20_000)
        assert abs(found["seismogenic-index"][i] - share) < error
        # a fixed number of events gives hardly less scatter here
        assert found["van-der-elst"][i] == pytest.approx(found["seismogenic-index"][i], abs=0.01)
        assert found["mcgarr"][i] is None or found["mcgarr"][i] <= found["seismogenic-index"][i]


def test_calibrated_chance_is_that_of_a_record_times_that_of_its_size():
    sequence = make_sequence()
    history = History.of(sequence)
    plan = make_plan(history, PLAN)
    ahead = outlook(sequence.magnitudes, ForecastConfiguration(mc=0.0))
    m = history.m_max + 0.4
    found = exceedance_by_model(history, plan, 1e7, 1.0, (m, history.m_max - 0.1), ahead)
    # of ten million further events one is a record almost surely
    assert found["calibrated"][0] == pytest.approx(float(ahead.forecast.exceedance(m)[0]), rel=1e-4)
    assert found["calibrated"][1] is None
    nothing = exceedance_by_model(history, plan, 0.0, 0.0, (m,), ahead)
    assert {v[0] for v in nothing.values()} <= {0.0, None}


def test_bounds_need_a_unit_and_are_silent_once_passed():
    volumes = {"volume": np.array([0.0, 720.0])}
    table = Operations(np.array([0, 10 * HOUR]) * SECOND, volumes, "ns", "relative",
                       {"volume_unit": "not stated in the source"})  # fmt: skip
    sequence = make_sequence(past=table)
    history = History.of(sequence)
    plan = make_plan(history, PLAN)
    ahead = outlook(sequence.magnitudes, ForecastConfiguration(mc=0.0))
    found = exceedance_by_model(history, plan, 10.0, 5.0, (2.0,), ahead)
    assert found["mcgarr"] == found["galis"] == [None]
    assert found["seismogenic-index"][0] is not None
    assert "unknown unit" in plan.note


def test_document_until_a_date_a_volume_and_the_end():
    sequence = make_sequence()
    configuration = ForecastConfiguration(mc=0.0, thresholds=(3.0,))
    before = [parse_before(text, sequence) for text in (str(15.0 * HOUR), "720 m3", "2e9")]
    found = plan_document(sequence, configuration, PLAN, before)
    assert [s["name"] for s in found["scenarios"]] == ["plan", "half", "shut-in"]
    plan, _, shut = (s["before"] for s in found["scenarios"])
    assert plan[0]["until"] == pytest.approx(15.0 * HOUR)
    assert plan[1]["volume"] == pytest.approx(720.0)
    assert "not reached" in shut[1]["status"]
    assert "after the end" in plan[2]["status"]
    assert set(plan[0]["exceedance"][0]) == {
        "magnitude", "seismogenic-index", "van-der-elst", "mcgarr", "galis",
        "seismic-efficiency", "calibrated",
    }  # fmt: skip
    n, k = 300, plan[0]["expected_events"]
    # near k/(n + k), below it by Jensen's inequality
    assert plan[0]["p_record"] == pytest.approx(k / (n + k), rel=0.01)
    assert plan[0]["p_record"] < k / (n + k)


def test_plans_that_cannot_be_meant():
    sequence = make_sequence()
    history = History.of(sequence)
    with pytest.raises(InputError, match="ends before the last event"):
        make_plan(history, operations([(0, 1.0), (HOUR, 0.0)]))
    with pytest.raises(InputError, match="injects nothing"):
        make_plan(history, operations([(11 * HOUR, 0.0), (12 * HOUR, 0.0)]))
    with pytest.raises(InputError, match="not after the last event"):
        parse_before("10", sequence)
    utc = Operations(PLAN.time, PLAN.columns, "ns", "utc")
    with pytest.raises(InputError, match="write the plan in the catalog's times"):
        plan_document(sequence, ForecastConfiguration(mc=0.0), utc)
    untimed = History(history.magnitudes, 0.0)
    with pytest.raises(DataError, match="with times"):
        make_plan(untimed, PLAN)


@pytest.mark.parametrize(
    ("text", "message"),
    [("time,speed\n1,2\n", "must name time"), ("time,rate\n2030-01-01,x\n", "row 2, column 'rate'"),
     ("time,rate\n2030-13-01,1\n", "row 2, column 'time'"), ("", "found nothing"),
     ("time,rate\n1,2,3\n", "3 fields"), ("time,rate\n5,1\n3,1\n", "row 1: earlier")],
)  # fmt: skip
def test_bad_tables_of_operations_name_the_place(tmp_path, text, message):
    path = tmp_path / "plan.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_operations(path)


def test_tables_of_operations_by_date_and_by_second(tmp_path):
    path = tmp_path / "plan.csv"
    path.write_text("time,rate,pressure\n2030-01-01T00:00:00Z,0.01,\n2030-01-02,0,1e6\n")
    table = read_operations(path)
    assert table.time_frame == "utc"
    assert np.diff(table.time).tolist() == [86_400 * SECOND]
    assert np.isnan(table.columns["pressure"][0])
    path.write_text("time,rate\n0,0.01\n60.5,0\n")
    assert read_operations(path).time.tolist() == [0, 60_500_000_000]
    assert read_operations(path).time_frame == "relative"
