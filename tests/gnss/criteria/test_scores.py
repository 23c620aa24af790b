"""Molchan, Irwin-Hall, binomial: against loops, other programs and simulation.

Seeds are fixed. A test that compares a rate of rejections with its level fails by chance in
fewer than 1 of 1,000 runs of another seed (bounds of 3.3 standard deviations).
"""

import math

import numpy as np
import pytest
from scipy import stats

from asperity.core.errors import InputError
from asperity.core.statistics.multiplicity import holm
from asperity.gnss.criteria import alarm_score, irwin_hall_cdf, molchan, scores
from asperity.gnss.criteria.scores import alarmed_shares, significant_share
from naive.criteria import area_over_trajectory, binomial_tail, shares_on_alarm


@pytest.fixture
def places():
    """Scores with many ties, weights and events."""
    rng = np.random.default_rng(4)
    return rng.integers(0, 12, 60).astype(float), rng.uniform(0.1, 2.0, 60), rng.integers(0, 60, 7)


def test_shares_and_area_are_those_of_the_loops(places):
    score, weights, rows = places
    found = molchan(score, weights, rows)
    expected = shares_on_alarm(score.tolist(), weights.tolist(), rows.tolist())
    np.testing.assert_allclose(found.shares, expected, rtol=1e-12)
    area = area_over_trajectory(score.tolist(), weights.tolist(), rows.tolist())
    assert found.area_skill == pytest.approx(area, abs=1e-12)


def test_the_trajectory_falls_from_all_missed_to_none(places):
    tau, nu = molchan(*places).trajectory
    assert (tau[0], nu[0], tau[-1], nu[-1]) == (0.0, 1.0, 1.0, 0.0)
    assert (np.diff(tau) >= 0.0).all()
    assert (np.diff(nu) <= 0.0).all()
    # The area over steps that hold the last value is the skill.
    assert 1.0 - np.sum(np.diff(tau) * nu[:-1]) == pytest.approx(molchan(*places).area_skill)


def test_a_score_that_is_the_same_everywhere_asks_for_everything():
    assert molchan(np.zeros(9), np.ones(9), [1, 2]).area_skill == pytest.approx(0.0)


@pytest.mark.parametrize("n", [1, 2, 5, 9, 40, 120])
def test_irwin_hall_is_that_of_scipy(n):
    for share in (0.02, 0.2, 0.45, 0.5, 0.8):
        total = share * n
        reference = stats.irwinhall(n).cdf(total)
        assert irwin_hall_cdf(total, n) == pytest.approx(reference, rel=1e-6, abs=1e-15)


def test_many_numbers_are_as_exact_as_they_are_said_to_be(monkeypatch):
    # The sum in fractions is the truth for the approximation that takes over beyond 200.
    for n in (201, 320):
        for z in (-6.0, -3.0, -1.7, -0.6, -0.4, 0.0, 0.3, 2.0):
            total = n / 2.0 + z * math.sqrt(n / 12.0)
            found = irwin_hall_cdf(total, n)
            with monkeypatch.context() as exact:
                exact.setattr(scores, "_EXACT", n)
                truth = irwin_hall_cdf(total, n)
            assert found == pytest.approx(truth, abs=1e-4 * min(truth, 1.0 - truth))


def test_irwin_hall_is_what_is_drawn():
    rng = np.random.default_rng(0)
    totals = rng.uniform(size=(200_000, 5)).sum(axis=1)
    for limit in (0.9, 1.7, 2.5):
        p = irwin_hall_cdf(limit, 5)
        assert np.mean(totals <= limit) == pytest.approx(p, abs=3.3 * math.sqrt(p / 200_000))


def test_irwin_hall_is_symmetric_and_ends_at_its_ends():
    assert irwin_hall_cdf(3.2, 9) + irwin_hall_cdf(9 - 3.2, 9) == pytest.approx(1.0)
    assert (irwin_hall_cdf(0.0, 4), irwin_hall_cdf(4.0, 4)) == (0.0, 1.0)
    # A cubic corner: s^n / n! for s up to 1.
    assert irwin_hall_cdf(0.3, 3) == pytest.approx(0.3**3 / 6.0)


@pytest.mark.parametrize(("n", "hits", "nodes"), [(5, 1, 8), (9, 9, 30), (57, 34, 40), (3, 0, 1)])
def test_binomial_tail_is_the_sum(n, hits, nodes):
    alarm = np.arange(100) < nodes
    rows = [0] * hits + [99] * (n - hits)
    found = alarm_score(alarm, np.ones(100), rows)
    assert (found.n, found.hits, found.share) == (n, hits, pytest.approx(nodes / 100))
    assert found.p_value == pytest.approx(binomial_tail(n, hits, nodes / 100))
    assert found.gain == pytest.approx(hits / n / (nodes / 100))


def test_without_alarm_nothing_is_gained():
    found = alarm_score(np.zeros(4, bool), np.ones(4), [0, 1])
    assert math.isnan(found.gain)
    assert (found.hits, found.share, found.p_value) == (0, 0.0, 1.0)


def test_five_nearly_perfect_ranks_are_significant_and_nine_need_two_thirds():
    # With nine events an area skill of about 0.66 is significant at 5 %.
    skills = np.linspace(0.5, 0.8, 301)
    p = np.array([irwin_hall_cdf(9 * (1.0 - s), 9) for s in skills])
    assert skills[np.argmax(p < 0.05)] == pytest.approx(0.66, abs=0.005)


def test_p_values_are_not_too_small_when_events_fall_after_the_weights(places):
    score, weights, _ = places
    alarm = score >= 7.0
    rng = np.random.default_rng(11)
    draws = rng.choice(60, size=(3000, 5), p=weights / weights.sum())
    ranked = np.array([molchan(score, weights, rows).p_value for rows in draws])
    on = np.array([alarm_score(alarm, weights, rows).p_value for rows in draws])
    for level in (0.05, 0.2, 0.5):
        limit = level + 3.3 * math.sqrt(level * (1.0 - level) / 3000)
        assert np.mean(ranked <= level) <= limit
        assert np.mean(on <= level) <= limit


def test_p_values_have_their_level_without_ties():
    rng = np.random.default_rng(12)
    score = rng.permutation(2000).astype(float)
    draws = rng.integers(0, 2000, size=(3000, 5))
    p = np.array([molchan(score, np.ones(2000), rows).p_value for rows in draws])
    for level in (0.05, 0.2, 0.5):
        sd = math.sqrt(level * (1.0 - level) / 3000)
        assert np.mean(p <= level) == pytest.approx(level, abs=3.3 * sd + 0.002)


def test_a_planted_criterion_is_found():
    rng = np.random.default_rng(13)
    score = rng.normal(size=1000)
    # Events where the score is among the highest tenth, nine at a time.
    high = np.flatnonzero(score >= np.quantile(score, 0.9))
    p = [molchan(score, np.ones(1000), rng.choice(high, 9)).p_value for _ in range(200)]
    assert np.mean(np.array(p) < 1e-4) == 1.0


@pytest.mark.parametrize("n", [1, 5, 9])
def test_significant_share_is_where_the_binomial_tail_is_the_level(n):
    for k, share in enumerate(significant_share(n, 0.05), start=1):
        assert binomial_tail(n, k, float(share)) == pytest.approx(0.05, rel=1e-6)


def test_holm_by_hand():
    # 4 x 0.01, then the larger of that and 3 x 0.013, then 2 x 0.02, then 0.6.
    assert holm([0.02, 0.01, 0.6, 0.013]) == pytest.approx([0.04, 0.04, 0.6, 0.04])


def test_nothing_to_score_is_said():
    with pytest.raises(InputError, match="no events"):
        molchan([1.0], [1.0], [])
    with pytest.raises(InputError, match="no events"):
        alarm_score([True], [1.0], [])
    with pytest.raises(InputError, match="uniform numbers"):
        irwin_hall_cdf(0.5, 0)


def test_scores_of_a_subset_of_nodes_do_not_depend_on_their_order(places):
    score, weights, rows = places
    order = np.random.default_rng(1).permutation(60)
    back = np.argsort(order)
    np.testing.assert_allclose(
        alarmed_shares(score[order], weights[order], back[rows]),
        alarmed_shares(score, weights, rows),
    )
