"""Records both ways: exact laws by enumeration, size and power by simulation, restarts."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asperity.core.errors import DataError, InputError
from asperity.evt.trend.diagnosis import break_ties, diagnose_order, windowed_differences
from asperity.evt.trend.law import (
    difference_law,
    difference_variance,
    expected_records,
    no_record_probability,
    record_count_law,
    record_probability,
    records_variance,
    two_sided,
)
from asperity.evt.trend.restarts import RestartRule, restarts
from naive import records as naive


def difference(order):
    return len(naive.records(order)) - len(naive.records(order[::-1]))


def harmonic(n, power=1):
    return sum(Fraction(1, i**power) for i in range(1, n + 1))


@pytest.mark.parametrize("n", range(2, 8))
def test_variance_of_the_difference_by_enumeration(n):
    mean, variance = naive.mean_and_variance(naive.law(n, difference))
    assert mean == 0
    assert variance == 2 * (harmonic(n) - 1)
    assert difference_variance(n) == pytest.approx(float(variance), rel=1e-14)


@pytest.mark.parametrize("n", range(1, 8))
def test_laws_of_counts_and_differences_by_enumeration(n):
    counts = naive.law(n, lambda order: len(naive.records(order)))
    found = record_count_law(n)
    assert found.size == n + 1
    for k, p in counts.items():
        assert found[k] == pytest.approx(float(p), abs=1e-14)
    exact = naive.law(n, difference)
    values, probabilities = difference_law(n)
    assert dict(zip(values.tolist(), probabilities.tolist(), strict=True)) == pytest.approx(
        {v: float(p) for v, p in exact.items()}
        | dict.fromkeys(set(values.tolist()) - set(exact), 0)
    )
    top = max(exact)
    assert two_sided(n, top) == pytest.approx(float(exact[top] + exact[-top] * (top > 0)))


@pytest.mark.parametrize("n", [5, 6])
def test_moments_of_foster_and_stuart_by_enumeration(n):
    """u, l: upper and lower records from the second event on; Foster & Stuart (1954)."""
    d = naive.law(n, lambda o: len(naive.records(o)) - len(naive.lows(o)))
    s = naive.law(n, lambda o: len(naive.records(o)) + len(naive.lows(o)) - 2)
    assert naive.mean_and_variance(d) == (0, 2 * (harmonic(n) - 1))
    mean, variance = naive.mean_and_variance(s)
    assert mean == 2 * (harmonic(n) - 1)
    assert variance == 2 * (harmonic(n) - 1) - 4 * (harmonic(n, 2) - 1)


def test_published_numbers_of_record_counts():
    """Table of evt.md 5.1: H_n, variance, law of n = 10, 95 % ranges."""
    for n, mean, variance in ((10, 2.928968, 1.379201), (100, 5.187378, 3.552394),
                              (1000, 7.485471, 5.841536)):  # fmt: skip
        assert expected_records(n) == pytest.approx(mean, abs=5e-7)
        assert records_variance(n) == pytest.approx(variance, abs=5e-7)
    expected = [0.1, 0.282897, 0.323165, 0.199427, 0.074219, 0.017436]
    assert record_count_law(10)[1:7] == pytest.approx(expected, abs=5e-7)
    for n, low, high in ((100, 2, 9), (1000, 3, 13)):
        cumulative = np.cumsum(record_count_law(n))
        assert np.searchsorted(cumulative, [0.025, 0.975]).tolist() == [low, high]
    # Monte Carlo of another program; the formula gives 3.6015.
    assert difference_variance(1000) ** 0.5 == pytest.approx(3.600, abs=3e-3)
    assert difference_variance(100) ** 0.5 == pytest.approx(2.894, abs=5e-4)


@pytest.mark.parametrize(("n", "most"), [(100, 6), (1000, 7)])
def test_central_95_percent_of_the_difference(n, most):
    values, probabilities = difference_law(n)
    assert probabilities.sum() == pytest.approx(1.0, abs=1e-9)
    assert values**2 @ probabilities == pytest.approx(difference_variance(n), rel=1e-4)
    low, high = values[np.searchsorted(np.cumsum(probabilities), [0.025, 0.975])]
    assert (-low, high) == (most, most)


def many(n, sequences, seed, b_start=1.0, b_end=1.0):
    b = np.linspace(b_start, b_end, n)
    return np.random.default_rng(seed).exponential(1.0, (sequences, n)) / (b * np.log(10.0))


def count(m):
    top = np.maximum.accumulate(m, axis=1)
    return 1 + np.count_nonzero(np.diff(top, axis=1) > 0, axis=1)


@pytest.mark.parametrize("n", [100, 1000])
def test_size_and_power_of_the_normal_approximation(n):
    """evt.md 5.3: size of z > 1.645 .059 to .066; power .19 (n = 100) and .28 (n = 1000).

    Four standard errors of 4000 runs on both sides: fails by chance once in 5000.
    """
    scale = difference_variance(n) ** 0.5
    for b, low, high in (
        ((1.0, 1.0), 0.059, 0.066),
        ((1.5, 0.8), *(2 * [{100: 0.19, 1000: 0.28}[n]])),
    ):
        m = many(n, 4000, 11, *b)
        share = np.mean((count(m) - count(m[:, ::-1])) / scale > 1.645)
        error = 4.0 * np.sqrt(high * (1.0 - high) / 4000) + 0.005
        assert low - error < share < high + error


def test_permutation_p_values_are_uniform_and_agree_with_the_exact_law():
    """Size at 5 and 20 % over 200 sequences, four standard errors: fails once in 10,000."""
    m = many(80, 200, 5)
    orders = [diagnose_order(row, 0.0, shuffles=199, seed=i) for i, row in enumerate(m)]
    for level in (0.05, 0.2):
        allowed = level + 4.0 * np.sqrt(level * (1 - level) / 200)
        for name in ("difference", "weighted_difference", "foster_stuart", "records", "round_trip",
                     "jumps"):  # fmt: skip
            share = np.mean([getattr(o, name).p <= level for o in orders])
            assert share <= allowed, name
        weighted = np.mean([o.weighted_difference.p <= level for o in orders])
        assert weighted >= level - 4.0 * np.sqrt(level * (1 - level) / 200)
    differences = [o.difference.p - o.p_exact for o in orders]
    assert np.max(np.abs(differences)) < 4.5 * np.sqrt(0.25 / 199)


@given(st.lists(st.floats(0.0, 5.0), min_size=2, max_size=60, unique=True))
@settings(max_examples=60, deadline=None)
def test_counts_are_those_of_looking_at_every_event(values):
    m = np.array(values)
    if np.ptp(m) == 0.0:
        return
    order = diagnose_order(m, 0.0, shuffles=1)
    upper, lower = naive.records(values), naive.lows(values)
    back = values[::-1]
    assert (order.forward, order.backward) == (len(upper), len(naive.records(back)))
    assert order.foster_stuart.value == len(upper) - len(lower)
    assert order.records.value == len(upper) + len(lower) - 2
    assert order.round_trip.value == len(upper) - len(lower) - (
        len(naive.records(back)) - len(naive.lows(back))
    )
    assert order.weighted_difference.value == sum(upper) - sum(naive.records(back))
    assert order.largest.value == pytest.approx(values.index(max(values)) / (len(values) - 1))


def test_record_jumps_are_compared_as_scipy_does():
    from scipy.stats import ks_2samp

    m = np.random.default_rng(8).exponential(0.5, 300)
    rows = naive.records(m.tolist())
    jumps = np.diff(np.concatenate([[0.0], m[rows]]))
    expected = ks_2samp(jumps, m).statistic
    assert diagnose_order(m, 0.0, shuffles=1).jumps.value == pytest.approx(expected, abs=1e-12)


def test_windows_and_their_simultaneous_p_value_see_a_change_in_the_middle():
    """Magnitudes that rise through 150 of 600 events, elsewhere exchangeable."""
    rng = np.random.default_rng(4)
    m = rng.exponential(0.4343, 600)
    m[300:450] = np.linspace(0.5, 6.0, 150) + rng.normal(0, 0.05, 150)
    order = diagnose_order(m, 0.0, window=100, seed=1)
    assert order.windows.p < 0.01
    assert 250 <= order.windows.first[np.argmax(order.windows.difference)] <= 375
    found, first = windowed_differences(m, 100, 25)
    for d, start in zip(found, first, strict=True):
        assert d == difference(m[start : start + 100].tolist())


def test_record_in_the_next_events_by_simulation():
    """k/(n + k) whatever the magnitudes; 20,000 sequences, four standard errors."""
    n, k = 40, 25
    m = many(n + k, 20_000, 3)
    share = np.mean(m[:, n:].max(axis=1) > m[:, :n].max(axis=1))
    assert abs(share - record_probability(n, k)) < 4.0 * np.sqrt(0.25 / 20_000)


@pytest.mark.parametrize(("n", "expected"), [(1, 0.3), (20, 7.0), (500, 2e4), (300, 3e7)])
def test_record_in_time_against_quadrature(n, expected):
    """E n/(n + K) = n int_0^1 u^(n - 1) exp(-expected (1 - u)) du for K Poisson."""
    from scipy.integrate import quad

    def integrand(t):  # u = exp(-t)
        return n * np.exp(-n * t + expected * np.expm1(-t))

    scale = 1.0 / (n + expected)
    whole = sum(quad(integrand, a * scale, b * scale, epsabs=0)[0] for a, b in ((0, 5), (5, 60)))
    assert no_record_probability(n, expected) == pytest.approx(whole, rel=1e-6)


def test_ties_broken_at_random_restore_the_expected_number():
    """evt.md 1.1: of 1000 magnitudes rounded to 0.1, strict 6.78, dithered 7.44, theory 7.485.

    1500 sequences, four standard errors of the mean.
    """
    rng = np.random.default_rng(2)
    m = np.round(many(1000, 1500, 7), 1)
    error = 4.0 * (records_variance(1000) / 1500) ** 0.5
    assert abs(count(m).mean() - 6.78) < error
    dithered = np.array([break_ties(row, 0.1, rng) for row in m])
    assert np.max(np.abs(dithered - m)) <= 0.05
    assert abs(count(dithered).mean() - 7.44) < error


def test_what_has_no_order_is_refused():
    with pytest.raises(DataError, match="two events"):
        diagnose_order([1.0], 0.0)
    with pytest.raises(DataError, match="equal"):
        diagnose_order([2.0, 2.0, 2.0], 2.0)
    with pytest.raises(InputError, match="not finite"):
        diagnose_order([2.0, np.nan], 2.0)


def test_restart_after_quiet_at_a_time_and_at_a_surprise():
    t = np.concatenate([np.arange(30.0), 1000.0 + np.arange(30.0)])
    m = np.tile([0.1, 0.2, 0.3], 20) + 1e-3 * np.arange(60)
    m[45] = 3.0
    found = restarts(t, m, 0.0, RestartRule(quiet=100.0, at=(10.5,), surprise=0.01))
    assert [(r.index, r.reason) for r in found] == [(11, "given"), (30, "quiet"), (45, "surprise")]
    # b of the history is about 1.9; an excess of 2.6 has a chance of 1e-5
    assert restarts(t, m, 0.0, RestartRule(surprise=1e-9)) == []
    with pytest.raises(InputError, match="probability"):
        RestartRule(surprise=1.5)


def test_large_numbers_of_events():
    """P(N = 2) of n events is H_(n-1)/n; the difference keeps its exact variance."""
    n = 200_000
    assert record_count_law(n)[2] == pytest.approx(expected_records(n - 1) / n, rel=1e-6)
    values, probabilities = difference_law(n)
    assert values**2 @ probabilities == pytest.approx(difference_variance(n), rel=1e-4)
