"""Mc: recovery, calibration of the test, what must not pass."""

import math
import time

import numpy as np
import pytest
from scipy.stats import binomtest, kstest

from asperity.core.errors import DataError, InputError
from asperity.core.statistics import (
    b_stability,
    kolmogorov_smirnov,
    magnitude_of_completeness,
    maximum_curvature,
    round_magnitudes,
)


def thinned(rng, n, b, mc, width):
    """Return magnitudes detected with a chance that falls below `mc` over 0.2."""
    m = mc - 1.5 + rng.exponential(math.log10(math.e) / b, n)
    chance = np.where(m >= mc - width / 2, 1.0, 10.0 ** (4.0 * (m - mc)))
    return round_magnitudes(m[rng.random(n) < chance], width)


def test_maximum_curvature_is_the_mode_and_a_correction():
    m = [1.0] * 3 + [1.1] * 5 + [1.2] * 4
    assert maximum_curvature(m, bin_width=0.1, correction=0.0).mc == 1.1
    assert maximum_curvature(m, bin_width=0.1).mc == 1.3
    assert maximum_curvature([*m, 1.2], bin_width=0.1, correction=0.0).mc == 1.2  # a tie


def test_maximum_curvature_counts_fine_magnitudes_in_tenths():
    rng = np.random.default_rng(0)
    m = thinned(rng, 200_000, 1.0, 1.0, 0.01)
    found = maximum_curvature(m, bin_width=0.01, correction=0.0)
    assert found.mc == pytest.approx(1.0, abs=0.1)
    assert np.diff(found.curve["mc"]) == pytest.approx(0.1)


@pytest.mark.parametrize("width", [0.0, 0.1])
@pytest.mark.parametrize("method", ["maxc", "ks", "b-stability"])
def test_finds_the_completeness_of_synthetic_catalogs(method, width):
    # At p >= 0.1 the right Mc is passed over in one catalog of ten, then the next is taken.
    rng = np.random.default_rng(6)
    found = [
        magnitude_of_completeness(
            thinned(rng, 60_000, 1.0, 1.0, width), method=method, bin_width=width, correction=0.0
        ).mc
        for _ in range(10)
    ]
    assert np.median(found) == pytest.approx(1.0, abs=0.1 + 1e-9)
    assert max(found) <= 1.5


@pytest.mark.parametrize("width", [0.0, 0.1])
def test_ks_p_is_uniform_where_the_law_holds(width):
    # 300 complete catalogs; false-alarm rate of this test 1e-3 by each of its two asserts.
    rng = np.random.default_rng(12)
    p = []
    for k in range(300):
        m = round_magnitudes(1.0 - width / 2 + rng.exponential(0.4343, 150), width)
        found = kolmogorov_smirnov(m, bin_width=width, n_simulations=199, seed=k, p_accepted=0.001)
        p.append(found.curve["p"][list(found.curve["mc"]).index(1.0)])
    p = np.array(p)
    assert kstest(p, "uniform").pvalue > 1e-3
    assert binomtest(int((p < 0.1).sum()), p.size, 0.1).pvalue > 1e-3


def test_ks_rejects_a_law_that_is_not_there():
    rng = np.random.default_rng(1)
    with pytest.raises(DataError, match=r"rejected at every Mc from .* use --mc-method maxc"):
        kolmogorov_smirnov(1.0 + rng.random(5000), n_simulations=200)


def test_ks_of_many_continuous_events_agrees_with_its_full_simulation():
    """Above 2000 events D is scaled instead of simulated: the quantiles must agree."""
    from asperity.core.statistics import completeness as module

    rng = np.random.default_rng(2)
    n = 8000
    samples = np.sort(rng.exponential(size=(1500, n)), axis=1)
    full = module._stephens(module._exponential_distances(samples), n)
    samples = np.sort(rng.exponential(size=(1500, 2000)), axis=1)
    scaled = module._stephens(module._exponential_distances(samples), 2000)
    for q in (0.5, 0.9):
        assert np.quantile(full, q) == pytest.approx(np.quantile(scaled, q), rel=0.04)
    assert np.quantile(full, 0.95) == pytest.approx(1.094, rel=0.03)  # Stephens's table


def test_seeded():
    m = thinned(np.random.default_rng(3), 8000, 1.0, 1.0, 0.1)
    one, two = (kolmogorov_smirnov(m, bin_width=0.1, seed=4) for _ in range(2))
    assert np.array_equal(one.curve["p"], two.curve["p"])
    assert "no dither" in one.notes[0]


def test_b_stability_curve_is_what_it_says():
    m = thinned(np.random.default_rng(3), 30_000, 1.0, 1.0, 0.1)
    found = b_stability(m, bin_width=0.1)
    curve = found.curve
    passing = np.abs(curve["b_average"] - curve["b"]) <= curve["b_sd"]
    first = int(np.argmax(passing))
    assert curve["mc"][first] == found.mc
    assert not passing[:first].any()
    assert curve["b_average"][0] == pytest.approx(curve["b"][:5].mean())


@pytest.mark.parametrize("method", ["ks", "b-stability"])
@pytest.mark.parametrize("m", [[1.0] * 80, [1.0, 2.0], np.linspace(1, 1.05, 60)])
def test_too_little_is_said(method, m):
    try:
        found = magnitude_of_completeness(m, method=method, bin_width=0.1)
    except DataError as error:
        assert "--mc" in str(error)  # noqa: PT017
    else:
        assert math.isfinite(found.mc)
        assert len(set(round_magnitudes(m, 0.1))) > 1


def test_refuses_what_it_does_not_know():
    with pytest.raises(InputError, match="maxc, ks, b-stability"):
        magnitude_of_completeness([1.0, 2.0], method="eye")
    with pytest.raises(InputError, match="correction"):
        maximum_curvature([1.0], correction=float("nan"))
    with pytest.raises(DataError, match="no magnitudes"):
        maximum_curvature([np.nan])


@pytest.mark.parametrize("bin_width", [0.0, 0.1])
@pytest.mark.parametrize("stray", [99.0, -99.0])
def test_one_stray_magnitude_does_not_stop_ks(bin_width: float, stray: float) -> None:
    m = 2.0 + np.random.default_rng(3).exponential(np.log10(np.e), 500)
    m = np.append(np.round(m, 1) if bin_width else m, stray)
    start = time.process_time()
    if stray > 0:
        # One event of magnitude 99 among 500 does not follow the law at any Mc.
        with pytest.raises(DataError, match="rejected at every Mc"):
            kolmogorov_smirnov(m, bin_width=bin_width, n_simulations=100)
    else:
        mc = kolmogorov_smirnov(m, bin_width=bin_width, n_simulations=100).mc
        assert mc == pytest.approx(2.0, abs=0.3)
    assert time.process_time() - start < 20.0


def test_ks_refuses_bins_that_fill_the_memory() -> None:
    with pytest.raises(InputError, match=r"0\.001 at least"):
        kolmogorov_smirnov(np.arange(100.0) / 50.0, bin_width=1e-7)
