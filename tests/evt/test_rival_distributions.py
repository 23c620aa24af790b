"""Distributions of rivals: against quadrature, closed forms and each other."""

import numpy as np
import pytest
from scipy import integrate

from asperity.evt.laws import Gev
from asperity.evt.rivals import rivals
from asperity.evt.rivals.distributions import (
    Distribution,
    LawAbove,
    ParetoAbove,
    TruncatedExponentials,
)
from asperity.evt.rivals.protocol import History

MIXTURE = TruncatedExponentials(
    3.0, np.array([2.3, 1.7, 2.0]), np.array([3.4, np.inf, 5.0]), np.array([0.5, 0.2, 0.3])
)
EVERY = {
    "plain": TruncatedExponentials.single(3.0, 2.3),
    "cut": TruncatedExponentials.single(3.0, 2.3, 4.1),
    "mixture": MIXTURE,
    "pareto": ParetoAbove(3.0, 0.2, 0.4),
    "bounded pareto": ParetoAbove(3.0, -0.3, 0.4),
    "gev": LawAbove(Gev(0.15, 0.3, 3.1), 3.0),
}


def crps_by_quadrature(d, y):
    def square(m):
        return (float(d.cdf(m)) - (m >= y)) ** 2

    points = sorted({min(y, 3.0), 3.0, 3.4, y, 4.0, 4.1, 4.3334, 5.0, 8.0, 20.0, 80.0, 400.0})
    return sum(
        integrate.quad(square, a, b, epsabs=1e-11, limit=200)[0]
        for a, b in zip(points[:-1], points[1:], strict=True)
    )


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("y", [3.05, 3.4, 4.6])
def test_crps_is_the_integral_of_the_squared_difference(name, y):
    d = EVERY[name]
    assert d.crps(y) == pytest.approx(crps_by_quadrature(d, y), abs=2e-6)


@pytest.mark.parametrize("name", EVERY)
def test_numeric_crps_agrees_with_the_closed_form(name):
    d = EVERY[name]
    for y in (3.05, 3.7):
        assert Distribution.crps(d, y) == pytest.approx(d.crps(y), abs=2e-4)


@pytest.mark.parametrize("name", EVERY)
def test_density_quantiles_and_distribution_belong_together(name):
    d = EVERY[name]
    p = np.array([0.01, 0.3, 0.5, 0.9, 0.999])
    m = d.quantile(p)
    assert d.cdf(m) == pytest.approx(p, abs=1e-9)
    h = 1e-6
    inside = (d.cdf(m - h) > 0) & (np.abs(m - 3.4) > 1e-3)
    slope = (d.cdf(m + h) - d.cdf(m - h)) / (2 * h)
    assert slope[inside] == pytest.approx(d.pdf(m)[inside], rel=1e-4)
    assert d.pdf(2.9) == 0.0
    assert d.cdf(2.9) == 0.0
    assert d.cdf(d.lowest) == pytest.approx(0.0, abs=1e-15)


def test_crps_of_an_exponential_is_the_published_form():
    """e - (2/L)(1 - exp(-L e)) + 1/(2 L)."""
    rate, e = 2.302585, 0.37
    expected = e - 2 / rate * (1 - np.exp(-rate * e)) + 0.5 / rate
    assert EVERY["plain"].__class__.single(1.0, rate).crps(1.0 + e) == pytest.approx(expected)


def test_baseline_has_the_memoryless_excess():
    m = np.array([1.0, 1.5, 2.5, 1.2])
    d = rivals()["gutenberg-richter"].forecast(History(m, mc=1.0))
    rate = 1.0 / np.mean(m - 1.0)
    assert d.sf(2.5 + 0.4) == pytest.approx(np.exp(-rate * 0.4))


def test_all_equal_magnitudes_get_no_forecast():
    answer = rivals()["gutenberg-richter"].forecast(History(np.full(20, 1.5), mc=1.5))
    assert answer.status == "all magnitudes equal Mc"
