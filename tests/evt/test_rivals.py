"""Rivals of the forecast: each against its equation solved another way, or a known truth."""

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from asperity.core.operations import Operations
from asperity.evt.rivals import rivals
from asperity.evt.rivals.bayes import BayesianEnd
from asperity.evt.rivals.distributions import TruncatedExponentials
from asperity.evt.rivals.endpoints import (
    KijkoSellevoll,
    RobsonWhitlock,
    TatePisarenko,
    TruncatedMaximumLikelihood,
)
from asperity.evt.rivals.extremes import BlockMaxima, PeaksOverThreshold, fit_pareto
from asperity.evt.rivals.next_maximum import Ensemble, NextMaximum, jump_log_likelihood
from asperity.evt.rivals.protocol import History, Withheld

B = np.log(10.0)


def truncated(n, end=3.0, seed=0):
    """Gutenberg-Richter from 1 to `end`, b = 1."""
    u = np.random.default_rng(seed).uniform(size=n)
    return 1.0 - np.log1p(u * np.expm1(-B * (end - 1.0))) / B


def injected(m):
    """A history above 1 with a volume that bounds nothing below magnitude 6."""
    seconds = np.arange(m.size + 1) * 10**9
    table = Operations(seconds, {"rate": np.full(seconds.size, 1e7)})
    return History(m, mc=1.0, times=seconds[1:], operations=table)


HISTORY = injected(truncated(300))


def test_kijko_sellevoll_solves_its_equation():
    h = HISTORY
    n, rate = h.magnitudes.size, h.rate

    def lacking(end):
        def f(m):
            return (np.expm1(-rate * (m - 1.0)) / np.expm1(-rate * (end - 1.0))) ** n

        return h.m_max + integrate.quad(f, 1.0, end, epsabs=1e-12, limit=200)[0] - end

    expected = optimize.brentq(lacking, h.m_max + 1e-6, h.m_max + 3.0)
    assert KijkoSellevoll().end(h) == pytest.approx(expected, abs=1e-4)


def test_tate_pisarenko_solves_its_equation():
    h = HISTORY
    n, rate = h.magnitudes.size, h.rate
    end = TatePisarenko().end(h)
    density = rate * np.exp(-rate * (h.m_max - 1.0)) / -np.expm1(-rate * (end - 1.0))
    assert end == pytest.approx(h.m_max + 1.0 / (n * density), abs=1e-7)


@pytest.mark.parametrize("rival", [KijkoSellevoll(), TatePisarenko()])
def test_a_true_end_is_found_on_average(rival):
    """200 catalogs of 1000 events cut at 3.0: within 0.05 of it, where M_obs is 0.04 short."""
    ends = [rival.end(History(truncated(1000, seed=s), mc=1.0)) for s in range(200)]
    assert np.median(ends) == pytest.approx(3.0, abs=0.05)


def test_robson_whitlock_by_hand():
    h = History(np.array([1.0, 2.4, 3.1, 1.7]), mc=1.0)
    assert RobsonWhitlock().end(h) == pytest.approx(3.8)
    assert RobsonWhitlock(0.5).end(h) == pytest.approx(3.45)
    tied = RobsonWhitlock().forecast(History(np.array([1.0, 2.0, 2.0]), mc=1.0))
    assert tied.status == "the upper end leaves no room for a record"


def test_truncated_likelihood_is_at_its_maximum():
    h = HISTORY
    rival, span = TruncatedMaximumLikelihood(), h.m_max - 1.0
    excess = h.magnitudes - 1.0

    def cost(rate):
        return -np.sum(np.log(rate / -np.expm1(-rate * span)) - rate * excess)

    found = optimize.minimize_scalar(cost, bounds=(0.1, 10.0), method="bounded",
                                     options={"xatol": 1e-10})  # fmt: skip
    rate = rival.rate(h)
    assert rate == pytest.approx(found.x, rel=1e-5)
    end, n = rival.end(h), excess.size
    share = np.expm1(-rate * span) / np.expm1(-rate * (end - 1.0))
    assert share == pytest.approx(n / (n + 1.0))
    flat = History(1.0 + np.linspace(0.0, 1.0, 50) ** 0.3, mc=1.0)
    assert "too high" in rival.forecast(flat).status


def test_next_maximum_has_the_published_mean():
    """Schultz (2024): [(m1 B + 1) - (1 - c)(m2 B + 1)]/(B c), c = 1 - 10^(-b (m2 - m1))."""
    m1, m2 = 2.5, 4.0
    c = 1.0 - 10.0 ** -(m2 - m1)
    expected = ((m1 * B + 1.0) - (1.0 - c) * (m2 * B + 1.0)) / (B * c)
    d = TruncatedExponentials.single(m1, B, m2)
    mean = integrate.quad(lambda p: float(d.quantile(p)), 0.0, 1.0, epsabs=1e-10)[0]
    assert mean == pytest.approx(expected, abs=1e-7)
    q = 0.3
    assert d.quantile(q) == pytest.approx(m1 - np.log10(1.0 - q * c))


def test_likelihood_of_the_jumps_by_hand():
    """From Mc 1 to 2 to 2.5 under an end at 3: two truncated exponentials."""
    ll = jump_log_likelihood(np.array([2.0, 2.5]), 1.0, B, np.array([3.0, np.inf]))
    first = B * 10.0**-1 / (1.0 - 10.0**-2)
    second = B * 10.0**-0.5 / (1.0 - 10.0**-1)
    assert ll[0] == pytest.approx(np.log(first * second))
    assert ll[1] == pytest.approx(np.log(B * 10.0**-1 * B * 10.0**-0.5))


def test_the_end_of_the_next_maximum_depends_on_the_past_only():
    assert NextMaximum().end(HISTORY) == NextMaximum().end(History(HISTORY.magnitudes, mc=1.0))
    assert HISTORY.m_max < NextMaximum().end(HISTORY) <= HISTORY.m_max + 5.0


def test_ensemble_weighs_by_the_jumps():
    """Jumps of one magnitude each, far below any end: an end gains nothing, and costs."""
    m = np.concatenate([np.array([1.5, 2.5, 3.5]), np.full(40, 1.2)])
    d = Ensemble().forecast(History(m, mc=1.0))
    assert d.weights.sum() == pytest.approx(1.0)
    assert np.isinf(d.ends[-1])
    # AICc of three jumps and one parameter: 2 + 4/1; the likelihoods are nearly alike.
    far = d.ends[:-1] > 5.0
    assert (d.weights[:-1][far] < 0.1 * d.weights[-1]).all()


def test_bayes_is_the_integral_over_the_posterior():
    h, rate = HISTORY, HISTORY.rate
    n = h.magnitudes.size

    def posterior(end):
        return np.exp(-n * np.log(-np.expm1(-rate * (end - 1.0)))
                      + n * np.log(-np.expm1(-rate * 7.0)))  # fmt: skip

    def beyond(end, m):
        cut = np.exp(-rate * (end - h.m_max))
        return max(np.exp(-rate * (m - h.m_max)) - cut, 0.0) / (1.0 - cut)

    m = h.m_max + 0.3
    points = {"points": [m, h.m_max + 0.05, h.m_max + 1.0], "limit": 300, "epsabs": 1e-10}
    whole = integrate.quad(posterior, h.m_max, 8.0, **points)[0]
    part = integrate.quad(lambda e: posterior(e) * beyond(e, m), m, 8.0, limit=300)[0]
    assert BayesianEnd().forecast(h).sf(m) == pytest.approx(part / whole, rel=2e-3)
    assert "prior" in BayesianEnd(2.0).forecast(h).status


def test_block_maxima_are_stable():
    """The law of one event to the power of the block size is that of the maxima."""
    rng = np.random.default_rng(2)
    m = 1.0 + rng.exponential(1.0 / B, 2000)
    d = BlockMaxima().forecast(History(m, mc=1.0))
    maxima = m.reshape(20, 100).max(axis=1)
    c, loc, scale = stats.genextreme.fit(maxima, -0.1, loc=maxima.mean(), scale=maxima.std())
    grid = np.array([3.0, 3.4, 3.8])
    theirs = stats.genextreme(c, loc, scale)
    assert d.law.cdf(grid) ** 100 == pytest.approx(theirs.cdf(grid), abs=2e-3)
    assert BlockMaxima().forecast(History(m[:39], mc=1.0)).status == "fewer than 40 events"


@pytest.mark.parametrize("shape", [0.3, -0.3])
def test_pareto_fit_is_as_likely_as_scipys(shape):
    y = stats.genpareto(shape, scale=0.4).rvs(400, random_state=1)
    ours, scale, statistic = fit_pareto(y)
    c, _, s = stats.genpareto.fit(y, shape, floc=0.0, scale=0.4)
    theirs = stats.genpareto(c, scale=s).logpdf(y).sum()
    assert stats.genpareto(ours, scale=scale).logpdf(y).sum() >= theirs - 1e-3
    exponential = stats.expon(scale=y.mean()).logpdf(y).sum()
    assert statistic == pytest.approx(2 * (theirs - exponential), abs=0.01)


def test_peaks_stay_exponential_when_they_are():
    """A test at 95 %: of 200 Gutenberg-Richter samples some 10 are called otherwise."""
    otherwise = 0
    for seed in range(200):
        m = 1.0 + np.random.default_rng(seed).exponential(1.0 / B, 200)
        d = PeaksOverThreshold().forecast(History(m, mc=1.0))
        otherwise += not isinstance(d, TruncatedExponentials)
    assert 2 <= otherwise <= 22  # 4 standard deviations


@pytest.mark.parametrize("name", rivals())
def test_every_rival_answers_or_says_why_not(name):
    rival = rivals()[name]
    d = rival.forecast(HISTORY)
    assert not isinstance(d, Withheld)
    assert d.lowest == HISTORY.m_max
    assert d.cdf(HISTORY.m_max) == pytest.approx(0.0, abs=1e-12)
    assert d.cdf(d.quantile(0.5)) == pytest.approx(0.5, abs=1e-6)
    assert np.isfinite(d.crps(HISTORY.m_max + 0.2))
    for m in ([1.5] * 60, [1.0, 1.0], [1.0]):
        answer = rival.forecast(History(np.array(m), mc=m[0]))
        if isinstance(answer, Withheld):
            assert answer.status
        else:
            # Only what needs no slope of the sequence may answer.
            assert name == "gutenberg-richter-b1"


@pytest.mark.parametrize("name", rivals())
def test_no_rival_looks_ahead(name):
    m = truncated(120, seed=4)
    changed = m.copy()
    changed[100:] += 2.0
    rival = rivals()[name]
    one, other = (rival.forecast(injected(v).until(100)) for v in (m, changed))
    assert one.quantile(0.9) == other.quantile(0.9)
    assert not np.any(one.quantile(0.9) == rival.forecast(injected(changed)).quantile(0.9))
