"""Bands of a forecast: each member is the forecast that its own command would make."""

import numpy as np
import pytest

from asperity.core import Catalog
from asperity.core.errors import InputError
from asperity.core.formats import ReadResult
from asperity.evt.config import ForecastConfiguration
from asperity.evt.forecast import QUANTILES
from asperity.evt.results import forecast_document
from asperity.evt.robustness import (
    MC_STEPS,
    by_index,
    by_magnitude_errors,
    by_mc,
    robustness_document,
)
from asperity.evt.sequence import sequence_of


def result_of(magnitudes, **columns):
    catalog = Catalog.from_columns({"magnitude": magnitudes, **columns})
    return ReadResult(catalog, None, np.arange(len(catalog)))


@pytest.fixture
def result():
    return result_of(np.random.default_rng(5).exponential(0.4343, 400))


CONFIGURATION = ForecastConfiguration(mc=0.5, thresholds=(3.0, 4.0))


def test_members_of_mc_are_the_forecasts_at_that_mc(result):
    band = by_mc(result, CONFIGURATION, 0.5)
    assert [m.label for m in band.members] == pytest.approx([0.5 + s for s in MC_STEPS])
    for member in band.members:
        alone = forecast_document(sequence_of(result, member.label), CONFIGURATION)
        assert member.n_events == alone["n_events"]
        assert member.quantiles.tolist() == list(alone["quantiles"].values())
        assert member.exceedance.tolist() == [e["probability"] for e in alone["exceedance"]]
    # M_UE follows Mc downwards: about -0.63 to -1 (evt.md 1.6)
    slope = np.polyfit([m.label for m in band.members], [m.m_ue for m in band.members], 1)[0]
    assert -1.3 < slope < -0.5


def test_readings_of_the_index_change_the_upper_limit_only(result):
    m = sequence_of(result, 0.5).magnitudes
    band = by_index(m, CONFIGURATION)
    assert [member.label for member in band.members] == ["cooke", "reversed", "truncated"]
    assert len({member.m_le for member in band.members}) == 1
    alone = forecast_document(sequence_of(result, 0.5), CONFIGURATION)
    assert band.members[1].m_ue == alone["m_ue"]
    # Cooke's own M_UE lies near M_max (evt.md 1.7): its status tells, not a number
    cooke = band.members[0]
    assert cooke.m_ue < m.max() + 1.0
    assert cooke.status in ("ok", "M_UE not above M_LE")


def test_errors_of_nothing_move_nothing(result):
    band = by_magnitude_errors(result, CONFIGURATION, 0.5, error=(0.0, 0.0), simulations=3)
    alone = forecast_document(sequence_of(result, 0.5), CONFIGURATION)
    for member in band.members:
        assert member.quantiles.tolist() == list(alone["quantiles"].values())


def test_errors_of_the_catalog_are_used_where_it_has_them():
    m = np.random.default_rng(5).exponential(0.4343, 300)
    exact = result_of(m, magnitude_uncertainty=np.zeros(300))
    band = by_magnitude_errors(exact, CONFIGURATION, 0.5, simulations=3)
    assert len({member.m_ue for member in band.members}) == 1
    # one event of 300, the largest, is uncertain by 0.5: the median follows it
    sd = np.where(m == m.max(), 0.5, 0.0)
    loose = by_magnitude_errors(
        result_of(m, magnitude_uncertainty=sd), CONFIGURATION, 0.5, simulations=200
    )
    low, high = loose.range_of([member.quantiles[2] for member in loose.valid])
    # 90 % of normal errors of 0.5 span 1.64; the second largest limits the fall
    assert 0.8 < high - low < 2.5


def test_magnitude_errors_let_more_events_in_as_the_convolution_says():
    """N above Mc grows by 10^(b^2 s^2 ln(10)/2), 1.112 for b = 1, s = 0.2; four standard errors."""
    m = -1.0 + np.random.default_rng(7).exponential(1 / np.log(10), 60_000)
    some = result_of(m)
    band = by_magnitude_errors(some, CONFIGURATION, 0.5, error=(0.2, 0.2), simulations=30)
    n = np.count_nonzero(m >= 0.5)
    ratio = np.mean([member.n_events for member in band.members]) / n
    assert ratio == pytest.approx(10 ** (0.04 * np.log(10) / 2), abs=4.0 * 1.1 / np.sqrt(n))


def test_document_has_three_bands_and_says_what_has_no_forecast(result):
    configuration = ForecastConfiguration(mc=2.0, thresholds=(3.0,), min_events=2)
    found = robustness_document(result, configuration, 2.0, simulations=20)
    assert list(found) == ["mc", "index", "magnitude"]
    for band in found.values():
        for p in QUANTILES:
            low, high = band["quantiles"][f"{p:g}"]
            assert low <= high or np.isnan(low)
    few = robustness_document(result, ForecastConfiguration(mc=1.9), 1.9, simulations=20)
    assert "without a forecast: " in few["index"]["status"]
    assert np.isnan(few["index"]["quantiles"]["0.5"][0])
    with pytest.raises(InputError, match="ascending"):
        robustness_document(result, configuration, 2.0, error=(0.3, 0.1))
