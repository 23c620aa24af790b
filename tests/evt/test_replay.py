"""The replay: equal to sorting, blind to the future, and as published on real sequences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asperity.core import Catalog, ReadOptions, read_catalog
from asperity.core.datasets import dataset
from asperity.core.errors import DataError, InputError
from asperity.core.formats import ReadResult
from asperity.evt import EstimatorName, Gev, replay_estimates
from asperity.evt.benchmarks import estimates_by_sorting
from asperity.evt.config import ForecastConfiguration
from asperity.evt.replay import history_b, replay
from asperity.evt.results import make_replay, replay_document
from asperity.evt.sequence import sequence_of
from naive import evt as naive

LAW = Gev(0.23, 0.1, 0.0)
UPPER = EstimatorName.parse("upper_limit:all:magnitude:reversed")
LOWER = EstimatorName.parse("jump_limited:all:potency:cooke")

sequences = st.one_of(
    st.lists(st.floats(-2.0, 6.0), min_size=1, max_size=80),
    # rounded, so that ties and gaps of zero abound
    st.lists(st.integers(0, 25).map(lambda k: k / 10), min_size=1, max_size=120),
).map(np.array)


@given(sequences, st.sampled_from(["cooke", "reversed", "truncated"]))
@settings(max_examples=80, deadline=None)
def test_identical_to_sorting_at_each_event(magnitudes, index):
    found = replay_estimates(magnitudes, index)
    for k in range(magnitudes.size):
        expected = naive.estimate_all(magnitudes[: k + 1].tolist(), index)
        np.testing.assert_allclose(found[k], expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("rounding", [None, 0.1, 0.01])
def test_long_sequences_identical_to_sorting_to_1e_12(rounding):
    """Long enough that gap buffers run low and are gathered anew many times."""
    m = np.random.default_rng(3).exponential(1.0 / np.log(10.0), 20_000)
    if rounding:
        m = np.round(m / rounding) * rounding
    found = replay_estimates(m)
    for k in np.linspace(0, m.size - 1, 60, dtype=int):
        expected = estimates_by_sorting(m[: k + 1])
        np.testing.assert_allclose(found[k], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("shape", ["rising", "falling", "equal"])
def test_adversarial_orders(shape):
    m = {
        "rising": np.linspace(0.0, 5.0, 700),
        "falling": np.linspace(5.0, 0.0, 700),
        "equal": np.full(700, 2.5),
    }[shape]
    found = replay_estimates(m)
    for k in range(0, 700, 37):
        expected = estimates_by_sorting(m[: k + 1])
        np.testing.assert_allclose(found[k], expected, rtol=0, atol=1e-12)


def made(magnitudes, **options):
    return replay(magnitudes, 0.0, LAW, upper=UPPER, lower=LOWER, **options)


@given(st.integers(0, 10_000), st.integers(15, 80), st.floats(0.0, 9.0))
@settings(max_examples=60, deadline=None)
def test_no_look_ahead(seed, k, other):
    """Whatever comes from event k on, the forecast of event k stays."""
    m = np.random.default_rng(seed).exponential(0.4343, 100)
    altered = np.concatenate([m[:k], np.full(1, other), m[k + 1 :][::-1]])
    a, b = made(m), made(altered)
    for name in ("m_max", "m_ue", "m_le", "b", "n_events", "n_records"):
        of_a = getattr(a, name)[a.event_index <= k]
        of_b = getattr(b, name)[b.event_index <= k]
        np.testing.assert_array_equal(of_a, of_b)
    p = [r.forecast().quantile(0.95)[r.event_index <= k] for r in (a, b)]
    np.testing.assert_array_equal(*p)


def test_first_forecast_waits_for_events_and_records():
    m = np.array([1.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.4, 0.3, 0.2, 0.1, 1.5, 1.2, 2.0])
    # ten events have come before event 10, but only one record; the second is event 10 itself
    assert made(m).event_index.tolist() == [11, 12]
    assert made(m, min_records=1).event_index.tolist() == [10, 11, 12]
    assert made(m, min_events=12).event_index.tolist() == [12]
    assert made(m[:11]).event_index.size == 0


def test_history_b_is_the_exact_binned_estimator():
    rng = np.random.default_rng(1)
    m = np.round(2.0 + rng.exponential(1 / np.log(10), 5000), 1)
    b = history_b(m, 2.0, 0.1)
    k = 2500
    mean = m[: k + 1].mean()
    assert b[k] == pytest.approx(np.log10(1.0 + 0.1 / (mean - 2.0)) / 0.1, rel=1e-12)


def test_bad_sequences_are_refused():
    with pytest.raises(InputError, match="event 1 is nan"):
        replay_estimates([1.0, np.nan])
    with pytest.raises(DataError, match="no events"):
        replay_estimates([])
    with pytest.raises(InputError, match="below Mc"):
        made([-1.0, 2.0])


def real(name, mc, **options):
    entry = dataset(name)
    result = read_catalog(entry.fetch(), options=ReadOptions().merged(entry.read))
    configuration = ForecastConfiguration(mc=mc, **options)
    sequence = sequence_of(result, mc)
    return sequence, replay_document(sequence, make_replay(sequence, configuration), configuration)


@pytest.mark.data
def test_peace_river_as_published(data_folder):
    """Mc 2, published GEV, not conditioned; the first forecast here has 9 earlier events."""
    _, document = real(
        "peace-river", 2.0, condition_on_record=False, min_events=9,
        thresholds=(4.7999, 4.9599, 5.5899),
    )  # fmt: skip
    assert document["n_events"] == 34
    records = {round(f["observed"], 2): f for f in document["forecasts"] if f["is_record"]}
    expected = {4.80: (5.75, 4.13, 0.053), 4.96: (7.47, 5.04, 0.751), 5.59: (7.79, 5.10, 0.197)}
    assert set(expected) <= set(records)
    for magnitude, (upper, lower, probability) in expected.items():
        f = records[magnitude]
        assert f["m_ue"] == pytest.approx(upper, abs=0.005)
        assert f["m_le"] == pytest.approx(lower, abs=0.005)
        assert 1.0 - f["pit"] == pytest.approx(probability, abs=0.0006)


@pytest.mark.data
@pytest.mark.parametrize(("mc", "events"), [(-1.0, 4797), (-2.5, 57426)])
def test_preston_new_road(data_folder, mc, events):
    sequence, document = real("pnr2", mc)
    assert document["n_events"] == events
    assert sequence.missing == 283
    assert max(f["observed"] for f in document["forecasts"]) == pytest.approx(2.79, abs=0.005)
    # The jump to about 1.9, another fault taking over, is what the forecast misses.
    jump = max(
        (f for f in document["forecasts"] if f["is_record"]),
        key=lambda f: f["observed"] - f["m_max"],
    )
    assert jump["observed"] == pytest.approx(1.94, abs=0.02)
    assert jump["m_max"] == pytest.approx(0.90, abs=0.02)
    # M_UE - M_LE grows with the span of magnitudes, so a low Mc blunts the surprise.
    assert jump["pit"] > (0.95 if mc == -1.0 else 0.85)
    # Injection is known during the sequence and goes along.
    assert max(document["injection"]["rate"]) > 0.01


@pytest.mark.data
def test_forecasts_count_in_the_sequence_and_rows_in_the_file(data_folder):
    sequence, document = real("prague", 2.2)
    last = document["forecasts"][-1]
    assert last["event_index"] == document["n_events"] - 1
    assert last["row"] == sequence.rows[-1]
    assert [f["event_index"] for f in document["forecasts"]] == list(
        range(document["forecasts"][0]["event_index"], document["n_events"])
    )


def test_the_records_of_a_replay_are_those_of_the_whole_document():
    rng = np.random.default_rng(6)
    catalog = Catalog.from_columns({"magnitude": rng.exponential(0.4343, 500)})
    sequence = sequence_of(ReadResult(catalog, None, np.arange(500)), 0.0)
    configuration = ForecastConfiguration(mc=0.0, thresholds=(2.0,))
    made_ = make_replay(sequence, configuration)
    whole = replay_document(sequence, made_, configuration)
    short = replay_document(sequence, made_, configuration, records_only=True)
    assert short["forecasts"] == [f for f in whole["forecasts"] if f["is_record"]]
    assert short["scores"] == whole["scores"]


def test_a_million_events_in_linear_time_and_little_memory():
    """Ten times the events in at most twenty times the time; 64 bytes an event for the result."""
    import time

    m = np.random.default_rng(0).exponential(0.4343, 1_000_000)
    replay_estimates(m[:1000])  # compiled
    seconds = []
    for n in (100_000, 1_000_000):
        runs = []
        for _ in range(2):
            start = time.process_time()
            found = replay_estimates(m[:n])
            runs.append(time.process_time() - start)
        seconds.append(min(runs))
    assert found.nbytes == 64 * m.size
    assert seconds[1] < 20.0 * seconds[0]
    np.testing.assert_allclose(found[-1], estimates_by_sorting(m), rtol=0, atol=1e-12)
