"""Scores over the records of a replay."""

import numpy as np
import pytest
from scipy import stats

from asperity.evt import LAWS, EstimatorName, score_replay
from asperity.evt.replay import replay
from asperity.evt.scores import score_forecast, uniform_distance

UPPER = EstimatorName.parse("upper_limit:all:magnitude:reversed")
LOWER = EstimatorName.parse("jump_limited:all:potency:cooke")


def replayed(magnitudes, **options):
    return replay(magnitudes, 0.0, LAWS["gev", "published"], upper=UPPER, lower=LOWER, **options)


def test_distance_from_uniform_is_scipys():
    u = np.random.default_rng(0).random(200) ** 1.3
    assert uniform_distance(u) == pytest.approx(stats.kstest(u, "uniform").statistic, abs=1e-14)


def test_scores_are_means_over_records_only():
    m = np.random.default_rng(5).exponential(0.4343, 4000)
    made = replayed(m)
    scores = score_replay(made)
    rows = np.flatnonzero(made.records & made.valid)
    assert scores["n_records_scored"] == rows.size > 3
    one_by_one = [float(made.forecast(slice(r, r + 1)).crps(made.observed[r])[0]) for r in rows]
    assert scores["crps"] == pytest.approx(np.mean(one_by_one), abs=1e-12)
    base = made.baseline(rows)
    assert scores["baseline"]["crps"] == pytest.approx(np.mean(base.crps(made.observed[rows])))
    assert scores["crps_skill"] == pytest.approx(1 - scores["crps"] / scores["baseline"]["crps"])


def test_the_true_law_is_calibrated():
    """Records of Gutenberg-Richter under the baseline with the true b: uniform F, 200 sequences.

    False-alarm rate 1 in 1,000 (seed fixed).
    """
    from asperity.evt import GutenbergRichterForecast

    rng = np.random.default_rng(11)
    tops, nexts = [], []
    for _ in range(400):
        m = rng.exponential(1 / np.log(10), 200)
        top = m[:50].max()
        later = m[50:][m[50:] > top]
        if later.size:
            tops.append(top)
            nexts.append(later[0])
    forecast = GutenbergRichterForecast(np.array(tops), np.ones(len(tops)))
    scores = score_forecast(forecast, np.array(nexts))
    assert stats.kstest(forecast.cdf(np.array(nexts)), "uniform").pvalue > 1e-3
    assert abs(scores["coverage_90"] - 0.9) < 3.3 * np.sqrt(0.09 / len(tops))


def test_no_record_gives_a_status_and_no_numbers():
    falling = np.concatenate([[1.0, 3.0], np.full(20, 0.5)])
    scores = score_replay(replayed(falling))
    assert scores["n_records_scored"] == 0
    assert scores["crps"] is None
    assert scores["baseline"] is None
    assert "no record" in scores["status"]


def test_few_records_are_called_an_anecdote():
    m = np.concatenate([[1.0, 1.5], np.full(10, 0.5), [2.0]])
    assert "anecdote" in score_replay(replayed(m))["status"]
