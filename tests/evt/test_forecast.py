"""The calibrated forecast and its baseline: published examples, scores by quadrature."""

import math

import numpy as np
import pytest
from scipy import integrate

from asperity.core.errors import InputError
from asperity.evt import (
    LAWS,
    CalibratedForecast,
    EstimatorName,
    GutenbergRichterForecast,
    jump_limited,
    upper_limit,
)
from asperity.evt.forecast import check_reading, status_of

E1 = [1.5, 2.0, 2.4, 3.1]
E2 = [1.6, 1.5, 2.1, 1.7, 1.8, 2.6, 1.5, 1.9, 3.2, 2.0]

EXCEEDANCES = [
    (E1, "gev", 3.6, 0.1439663323),
    (E1, "lognormal", 3.6, 0.1746926294),
    (E1, "gev", 4.1, 0.0184350375),
    (E1, "lognormal", 4.1, 0.0193721660),
    (E2, "gev", 3.4, 0.6876202570),
    (E2, "gev", 3.7, 0.1867125459),
    (E2, "gev", 4.2, 0.0305591840),
    (E2, "lognormal", 3.4, 0.6836636354),
    (E2, "lognormal", 3.7, 0.2223845560),
    (E2, "lognormal", 4.2, 0.0349594214),
]


def forecast_of(magnitudes, law="gev", conditioned=False):
    return CalibratedForecast(
        LAWS[law, "published"],
        np.array([jump_limited(magnitudes, size="potency")]),
        np.array([upper_limit(magnitudes, index="reversed")]),
        np.array([max(magnitudes)]),
        conditioned,
    )


@pytest.mark.parametrize(("magnitudes", "law", "threshold", "expected"), EXCEEDANCES)
def test_published_examples_of_exceedance(magnitudes, law, threshold, expected):
    found = forecast_of(magnitudes, law).exceedance(threshold)
    assert float(found[0]) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("law", ["gev", "lognormal"])
def test_conditioning_leaves_nothing_below_the_maximum(law):
    free, given = forecast_of(E2, law), forecast_of(E2, law, conditioned=True)
    assert float(given.exceedance(3.2)[0]) == pytest.approx(1.0, abs=1e-12)
    assert float(given.quantile(0.0)[0]) == pytest.approx(3.2, abs=1e-9)
    ratio = given.exceedance(3.8) / free.exceedance(3.8)
    assert float(ratio[0]) == pytest.approx(1.0 / float(free.exceedance(3.2)[0]), rel=1e-12)
    for p in (0.05, 0.5, 0.95):
        assert float(given.cdf(given.quantile(p))[0]) == pytest.approx(p, abs=1e-10)
        assert float(free.cdf(free.quantile(p))[0]) == pytest.approx(p, abs=1e-10)


# CRPS of the published laws at x, checked by quadrature to 1e-11 by their author.
CRPS = [
    ("gev", [(-0.3, 0.296671131817), (0.0, 0.0363984802367), (0.1, 0.0423480197373),
             (0.5, 0.342896519166), (1.5, 1.32477866011)]),
    ("lognormal", [(-0.3, 0.298209633873), (-0.1, 0.101022986466), (0.0, 0.0424755554711),
                   (0.1, 0.0433969281113), (0.5, 0.325521021285), (1.5, 1.30816602381)]),
]  # fmt: skip


@pytest.mark.parametrize(("law", "x", "expected"), [(n, *row) for n, rows in CRPS for row in rows])
def test_published_constants_of_the_ranked_probability_score(law, x, expected):
    unit = CalibratedForecast(
        LAWS[law, "published"], np.zeros(1), np.ones(1), np.array([-5.0]), False
    )
    assert float(unit.crps(x)[0]) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("observed", [3.2, 3.35, 4.0, 5.5])
@pytest.mark.parametrize("law", ["gev", "lognormal"])
@pytest.mark.parametrize("conditioned", [True, False])
def test_scores_by_quadrature(law, conditioned, observed):
    forecast = forecast_of(E2, law, conditioned)
    low, high = 2.0, 2000.0

    def integrand(m):
        return (float(forecast.cdf(m)[0]) - (m >= observed)) ** 2

    pieces = sorted({low, 3.2, 3.4, observed, 6.0, 20.0, 200.0, high})
    crps = sum(
        integrate.quad(integrand, a + 1e-12, b - 1e-12, limit=400, epsabs=1e-10)[0]
        for a, b in zip(pieces, pieces[1:], strict=False)
    )
    assert float(forecast.crps(observed)[0]) == pytest.approx(crps, abs=2e-6)
    if observed > 3.2:
        step = 1e-5
        density = (forecast.cdf(observed + step) - forecast.cdf(observed - step)) / (2 * step)
        assert float(forecast.log_score(observed)[0]) == pytest.approx(
            -math.log(float(density[0])), abs=1e-5
        )


def test_a_record_outside_the_support_scores_the_floor():
    given = forecast_of(E2, conditioned=True)
    assert float(given.log_score(3.0)[0]) == pytest.approx(-math.log(1e-12))


def test_baseline_is_the_exponential_excess():
    baseline = GutenbergRichterForecast(np.array([3.0]), np.array([1.2]))
    rate = 1.2 * math.log(10.0)
    assert float(baseline.exceedance(3.5)[0]) == pytest.approx(math.exp(-0.5 * rate))
    assert float(baseline.quantile(0.5)[0]) == pytest.approx(3.0 + math.log(2.0) / rate)
    by_quadrature = integrate.quad(lambda e: (1 - math.exp(-rate * e)) ** 2, 0, 0.7)[0]
    by_quadrature += integrate.quad(lambda e: math.exp(-2 * rate * e), 0.7, np.inf)[0]
    assert float(baseline.crps(3.7)[0]) == pytest.approx(by_quadrature, abs=1e-10)
    assert float(baseline.log_score(3.7)[0]) == pytest.approx(0.7 * rate - math.log(rate))


def test_published_constants_refuse_the_literal_reading():
    cooke = EstimatorName.parse("upper_limit:all:magnitude:cooke")
    with pytest.raises(InputError, match="--allow-mismatch"):
        check_reading(cooke, "published", allow_mismatch=False)
    check_reading(cooke, "published", allow_mismatch=True)
    check_reading(cooke, "refit", allow_mismatch=False)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((9, 3, 1.0, 2.0), "too few events"),
        ((10, 1, 1.0, 2.0), "too few records"),
        ((10, 2, math.nan, 2.0), "no estimate"),
        ((10, 2, 2.0, 2.0), "M_UE not above M_LE"),
        ((10, 2, 1.0, 2.0), "ok"),
    ],
)
def test_state_of_a_forecast(arguments, status):
    assert status_of(*arguments, min_events=10, min_records=2) == status
