"""Scores of many sequences: against hand counts, exact laws, simulation, and linear growth."""

import pickle
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from asperity.core.errors import InputError
from asperity.evt.calibration.results import calibration_document
from asperity.evt.estimators import EstimatorName
from asperity.evt.forecast import GutenbergRichterForecast
from asperity.evt.pairs import SequenceMagnitudes, pairs_of
from asperity.evt.rivals import rivals
from asperity.evt.scoring.consistency import likelihood_test, magnitude_test, number_test
from asperity.evt.scoring.forecasters import score_laws, score_rivals
from asperity.evt.scoring.measures import brier, mean_by_sequence, reliability, summary
from asperity.evt.scoring.requirements import parse_requirement
from asperity.evt.scoring.results import score_document
from asperity.evt.scoring.stages import peak_time, stages_of
from commands import document, run

UPPER = EstimatorName("upper_limit", "all", "magnitude", "reversed")
LOWER = EstimatorName("jump_limited", "all", "potency", "cooke")
BASELINE = rivals()["gutenberg-richter"]


def made(n_sequences, n=400, seed=1):
    rng = np.random.default_rng(seed)
    return [
        SequenceMagnitudes(f"s{i}", "made", 1.0 + rng.exponential(1.0 / np.log(10.0), n), 1.0,
                           seconds=86_400.0 * np.arange(n))
        for i in range(n_sequences)
    ]  # fmt: skip


def test_brier_by_hand():
    """Four forecasts of 0.25 of which one comes true, one of 0.95 that does."""
    p = np.array([0.25, 0.25, 0.25, 0.25, 0.95])
    y = np.array([True, False, False, False, True])
    found = brier(p, y, 3.0)
    assert found.score == pytest.approx((0.75**2 + 3 * 0.25**2 + 0.05**2) / 5)
    assert found.uncertainty == pytest.approx(0.4 * 0.6)
    assert found.reliability == pytest.approx(0.05**2 / 5)
    assert found.resolution == pytest.approx((4 * 0.15**2 + 0.6**2) / 5)
    assert found.within == pytest.approx(0.0, abs=1e-15)
    assert found.skill == pytest.approx(1.0 - found.score / 0.24)


def test_the_parts_of_brier_add_up():
    rng = np.random.default_rng(0)
    p = rng.uniform(size=300)
    b = brier(p, rng.uniform(size=300) < p, 3.0)
    assert b.score == pytest.approx(b.reliability - b.resolution + b.uncertainty + b.within)
    # Forecasts that are right on average: unreliability is chance, about 10/(6 n).
    assert b.reliability < 0.02


def test_reliability_counts():
    rows = reliability(np.array([0.1, 0.2, 0.6, 0.95]), np.array([0.5, 0.9]))
    assert [r["observed"] for r in rows] == [0.5, 0.75]
    # 2.5 and 97.5 % of a binomial of four tries at one half.
    assert (rows[0]["low"], rows[0]["high"]) == (0.0, 1.0)


def test_interval_of_a_mean_respects_sequences():
    """Ten equal values a sequence hold the information of one: the standard error of ten
    times as many independent ones would be sqrt(10) too small."""
    rng = np.random.default_rng(1)
    once = rng.normal(size=200)
    values, owner = np.repeat(once, 10), np.repeat(np.arange(200), 10)
    mean, low, high = mean_by_sequence(values, owner, replicates=4000)
    assert mean == pytest.approx(once.mean())
    assert high - low == pytest.approx(2 * 1.96 * once.std() / np.sqrt(200), rel=0.08)


def test_the_number_test_is_the_law_of_records():
    """Ten events: probabilities .1, .282897, .323165 of one, two and three records (Renyi)."""
    found = number_test([10], [3])
    assert found.p_low == pytest.approx(0.1 + 0.282897 + 0.323165, abs=1e-6)
    assert found.p_high == pytest.approx(1.0 - 0.1 - 0.282897, abs=1e-6)
    assert found.expected == pytest.approx(2.928968, abs=1e-6)


def test_normal_limit_of_the_number_test_meets_the_exact_law():
    exact = number_test([1000] * 20, [8] * 20)
    normal = number_test([1000] * 21, [8] * 21)
    assert exact.p_high == pytest.approx(normal.p_high, abs=0.03)


def test_a_true_forecast_passes_and_a_wrong_one_fails():
    rng = np.random.default_rng(3)
    n = 400
    truth = GutenbergRichterForecast(np.full(n, 3.0), np.full(n, 1.0))
    observed = truth.quantile(rng.uniform(size=n))
    wrong = GutenbergRichterForecast(np.full(n, 3.0), np.full(n, 0.5))
    assert magnitude_test(truth.cdf(observed)).p_low > 0.01
    assert magnitude_test(wrong.cdf(observed)).p_low < 0.01
    assert 0.01 < likelihood_test(truth, observed, replicates=200).p_low < 0.99
    sharp = GutenbergRichterForecast(np.full(n, 3.0), np.full(n, 2.0))
    assert likelihood_test(sharp, observed, replicates=200).p_low < 0.01


def test_the_baseline_has_no_skill_against_itself():
    pairs = pairs_of(made(10))
    (scored,) = score_rivals(pairs, [BASELINE])
    row = summary(scored, scored, pairs.observed, pairs.sequence, replicates=50)
    assert row["crps_skill"] == 0.0
    assert row["information_gain"] == 0.0
    # The vectorised baseline of the replay and the rival are one forecast.
    assert row["crps"] == pytest.approx(np.mean(pairs.baseline().crps(pairs.observed)))
    assert row["log_score"] == pytest.approx(np.mean(pairs.baseline().log_score(pairs.observed)))


def test_the_left_out_law_is_not_the_fitted_one():
    pairs = pairs_of(made(12))
    names = ("gev-published", "gev-left-out")
    published, left_out = score_laws(pairs, UPPER, LOWER, thresholds=(2.0,), names=names)
    assert (published.name, left_out.name) == names
    assert np.isfinite(left_out.crps).all()
    forecast = pairs.calibrated(score_law := _published(), UPPER, LOWER)
    assert published.exceedance[:, 0] == pytest.approx(forecast.exceedance(2.0))
    assert score_law.parameters["k"] == 0.23


def _published():
    from asperity.evt.laws import LAWS

    return LAWS["gev", "published"]


def test_stages_by_hand():
    """Records at rows 0, 1, 3, 12, 13, 40: the last three count; 6 in all, of months 1 and 2."""
    m = np.full(60, 1.0)
    m[[1, 3, 12, 13, 40]] = [1.5, 2.0, 2.5, 3.0, 3.5]
    item = SequenceMagnitudes("x", "x", m, 1.0, seconds=86_400.0 * np.arange(60))
    pairs = pairs_of([item], min_events=10)
    assert pairs.n_events.tolist() == [12, 13, 40]
    found = stages_of(pairs)
    assert found["third"].tolist() == ["second", "last", "last"]
    assert peak_time(item.seconds) == pytest.approx(30.4375 * 86_400.0)
    assert found["rate"].tolist() == ["before peak", "before peak", "after peak"]
    # Backward from row 11: 1.0, then 2.0 at row 3: two records, forward three.
    assert found["records"][0] == "more forward"


def test_random_order_is_not_called_worse_late():
    """Early records are easier in hindsight even without any change; the control knows."""
    pairs = pairs_of(made(60, 300, seed=5))
    stages = score_document(pairs, UPPER, LOWER, [BASELINE], shuffles=19, replicates=50)["stages"]
    third = next(c for c in stages["contrasts"] if c["division"] == "third")
    assert third["difference"] > 0.03
    assert third["control"] > 0.03
    assert third["verdict"].startswith("not decided")


def test_records_count_from_as_many_events_as_the_pairs_needed():
    """Event k of independent magnitudes is a record with probability 1/k; three do not count."""
    pairs = pairs_of(made(10), min_events=3)
    scores = score_document(pairs, UPPER, LOWER, [BASELINE], shuffles=0, replicates=20)
    lengths = [len(s.magnitudes) for s in pairs.sequences]
    expected = sum((1.0 / np.arange(4, n + 1)).sum() for n in lengths)
    assert scores["consistency"]["number"]["expected"] == pytest.approx(expected)


def test_calibration_and_scores_grow_linearly():
    """1000 sequences of 1000 events in seconds; twice the sequences take about twice as long."""
    pairs_of(made(2))
    seconds = []
    for n in (100, 200):
        sequences = made(n, 1000)
        start = time.process_time()
        pairs = pairs_of(sequences)
        calibration_document(pairs, UPPER, LOWER, replicates=0)
        score_document(pairs, UPPER, LOWER, [BASELINE], shuffles=0, replicates=100)
        seconds.append(time.process_time() - start)
    assert seconds[1] < 3.0 * seconds[0]
    assert 5.0 * seconds[1] < 60.0


def test_rivals_side_by_side_score_the_same():
    pairs = pairs_of(made(4, 200))
    chosen = [rivals()[name] for name in ("gutenberg-richter", "fixed-increment", "mcgarr")]
    alone = list(score_rivals(pairs, chosen, thresholds=(2.0,)))
    with ThreadPoolExecutor(2) as executor:
        together = list(score_rivals(pairs, chosen, thresholds=(2.0,), executor=executor))
    # Processes are sent what they score.
    sent = pickle.loads(pickle.dumps((pairs, chosen)))
    for others in (together, list(score_rivals(*sent, thresholds=(2.0,)))):
        for a, b in zip(alone, others, strict=True):
            assert (a.name, a.withheld) == (b.name, b.withheld)
            for column in ("valid", "pit", "crps", "log_score", "median", "exceedance"):
                np.testing.assert_array_equal(getattr(a, column), getattr(b, column))


@pytest.mark.parametrize("text", ["crps", "crps<x", "speed<1", "crps=0.2"])
def test_conditions_that_cannot_be_read(text):
    with pytest.raises(InputError, match=r"scores are crps|is no number"):
        parse_requirement(text, "gev-published")


@pytest.fixture
def folder(tmp_path):
    for i, item in enumerate(made(8, 200)):
        lines = "\n".join(f"{v:.3f}" for v in item.magnitudes)
        (tmp_path / f"s{i}.csv").write_text(f"magnitude\n{lines}\n")
    return tmp_path


def test_score_requires_and_draws(folder):
    asked = ("evt", "score", folder, "--mc", 1, "--bootstrap", 20, "--shuffles", 2)
    found = document(*asked, "--require", "crps<5", "--figure", folder / "a.png",
                     "--stages-figure", folder / "b.png")  # fmt: skip
    assert {r["name"] for r in found["table"]} >= {*rivals(), "gev-published", "gev-left-out"}
    skills = [r["crps_skill"] for r in found["table"] if r["crps_skill"] is not None]
    assert skills == sorted(skills, reverse=True)
    assert found["requirements"] == [
        {"condition": "gev-published:crps<5", "value": pytest.approx(0.3, abs=0.3), "met": True}
    ]
    assert len(found["comparison"]) == 24
    assert (folder / "a.png").stat().st_size > 20_000
    failed = run(*asked, "--rivals", "none", "--require", "gutenberg-richter:crps<0.001", code=3)
    assert "NOT met" in failed.stdout
    assert "known are" in run(*asked, "--rivals", "mine", code=2).stderr
    assert "no forecaster is called" in run(*asked, "--require", "mine:crps<1", code=2).stderr
