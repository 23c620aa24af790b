"""b: exact forms, published and reference values, errors against simulation."""

import math
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asperity.core.datasets import dataset
from asperity.core.errors import DataError, InputError
from asperity.core.formats import ReadOptions, read_catalog
from asperity.core.statistics import (
    b_value,
    count_magnitudes,
    infer_bin_width,
    next_exceeding,
    round_magnitudes,
    shi_bolt_sd,
)
from naive import bvalue as naive

METHODS = ["aki-utsu", "utsu", "b-positive", "b-more-positive"]


def gutenberg_richter(rng, n, b, mc=0.0, width=0.0):
    # Events of the lowest bin start half a bin below its centre.
    m = mc - width / 2 + rng.exponential(math.log10(math.e) / b, n)
    return round_magnitudes(m, width)


def magnitudes_of(name):
    entry = dataset(name)
    return read_catalog(entry.fetch(), options=ReadOptions().merged(entry.read)).catalog[
        "magnitude"
    ]


# -- rounding -----------------------------------------------------------------


@given(st.integers(-9999, 9999), st.sampled_from(["0.1", "0.01", "0.2", "0.5", "0.05"]))
def test_rounds_as_decimal_arithmetic_does(thousandths, width):
    text = (
        f"{'-' if thousandths < 0 else ''}{abs(thousandths) // 1000}.{abs(thousandths) % 1000:03}"
    )
    assert round_magnitudes([float(text)], float(width))[0] == naive.round_half_away(text, width)


def test_rounding_is_symmetric_and_leaves_no_negative_zero():
    rounded = round_magnitudes([-0.04, 0.04, -0.05, 0.05], 0.1)
    assert rounded.tolist() == [0.0, 0.0, -0.1, 0.1]
    assert not np.signbit(rounded[0])


@pytest.mark.parametrize("width", [-0.1, float("nan"), float("inf")])
def test_refuses_a_bin_width_out_of_range(width):
    with pytest.raises(InputError, match="bin width"):
        round_magnitudes([1.0], width)


def test_infers_the_step_of_the_source():
    assert infer_bin_width([1.1, -0.3, np.nan]) == 0.1
    assert infer_bin_width([1.1, 2.25]) == 0.01
    assert infer_bin_width([1.1, 2.256]) == 0.0


def test_counts_sum_to_the_events_and_leave_no_bin_out():
    counted = count_magnitudes([2.0, 1.0, np.nan, 1.96, 1.2], 0.1)
    assert counted.counts.sum() == 4
    assert counted.cumulative[0] == 4
    assert counted.magnitudes.tolist() == np.round(np.arange(1.0, 2.05, 0.1), 10).tolist()
    assert counted.counts[-1] == 2


# -- the estimators -----------------------------------------------------------


def test_exact_form_is_the_maximum_of_the_binned_likelihood():
    m = gutenberg_richter(np.random.default_rng(3), 400, 1.1, 2.0, 0.2)
    result = b_value(m, 2.0, bin_width=0.2)
    assert result.b == pytest.approx(naive.binned_likelihood_b(m, 2.0, 0.2), abs=1e-5)


def test_forms_by_hand():
    # Excesses over 1.0: 0, 0.1, 0.3; mean 0.4/3.
    m = [1.0, 1.1, 1.3]
    mean = 0.4 / 3
    assert b_value(m, 1.0, bin_width=0.1).b == pytest.approx(math.log10(1 + 0.1 / mean) / 0.1)
    assert b_value(m, 1.0).b == pytest.approx(math.log10(math.e) / mean)
    utsu = b_value(m, 1.0, method="utsu", bin_width=0.1)
    assert utsu.b == pytest.approx(math.log10(math.e) / (mean + 0.05))
    assert utsu.b == b_value(m, 1.0, method="utsu", bin_width=0.1, n_bootstrap=0).b


def test_a_counts_the_events_at_mc():
    result = b_value([1.0, 1.1, 1.3, 0.9], 1.0, bin_width=0.1)
    assert 10 ** (result.a - result.b * result.mc) == pytest.approx(3)
    assert result.mean_magnitude == pytest.approx(3.4 / 3)


def test_exact_form_tends_to_akis_as_bins_shrink():
    m = gutenberg_richter(np.random.default_rng(4), 300, 0.9)
    assert b_value(m, 0.0, bin_width=1e-7).b == pytest.approx(b_value(m, 0.0).b, rel=1e-6)


def test_b_positive_by_hand():
    # Differences 0.3, -0.4, 0.1, 0, 0.5 in bins of 0.1: excesses over 0.1 are 0.2, 0, 0.4.
    m = [1.0, 1.3, 0.9, 1.0, 1.0, 1.5]
    result = b_value(m, 0.9, method="b-positive", bin_width=0.1)
    assert result.n_sample == 3
    assert result.n == 6
    assert result.b == pytest.approx(math.log10(1 + 0.1 / 0.2) / 0.1)
    stricter = b_value(
        m, 0.9, method="b-positive", bin_width=0.1, difference_threshold=0.2
    )  # excesses over 0.2: 0.1, 0.3
    assert stricter.b == pytest.approx(math.log10(1 + 0.1 / 0.2) / 0.1)
    assert stricter.n_sample == 2


def test_b_more_positive_by_hand():
    # 1.0 -> 1.3, 1.3 -> 1.5, 0.9 -> 1.2, 1.2 -> 1.5: excesses over 0.1 are 0.2, 0.1, 0.2, 0.2.
    result = b_value([1.0, 1.3, 0.9, 1.2, 1.5], 0.9, method="b-more-positive", bin_width=0.1)
    assert result.n_sample == 4
    assert result.b == pytest.approx(math.log10(1 + 0.1 / 0.175) / 0.1)
    assert result.sd_method == "bootstrap"


@settings(deadline=None)
@given(
    st.lists(st.integers(-3, 25), max_size=60),
    st.sampled_from([0.0, 0.1, 0.2, 0.35, 3.0]),
)
def test_next_exceeding_looks_at_every_later_event(tenths, margin):
    m = [t / 10 for t in tenths]
    assert next_exceeding(m, margin).tolist() == naive.next_exceeding(m, margin)


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="times the kernel")
def test_next_exceeding_does_not_look_at_all_pairs():
    """Falling magnitudes make the obvious search look at 1.25e11 pairs, for minutes."""
    import time

    m = np.linspace(5.0, 1.0, 500_000)
    next_exceeding(m[:10], 0.1)
    start = time.process_time()
    assert (next_exceeding(m, 0.1) == -1).all()
    assert time.process_time() - start < 20.0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("width", [0.0, 0.1])
def test_recovers_b_of_synthetic_magnitudes(method, width):
    # 24 estimates of 3000 events against their own error; |z| of the mean below 4 (6e-5).
    rng = np.random.default_rng(11)
    results = [
        b_value(gutenberg_richter(rng, 3000, 1.2, 1.0, width), 1.0, method=method, bin_width=width)
        for _ in range(24)
    ]
    b = np.array([r.b for r in results])
    allowance = 0.01 if method == "utsu" and width else 0.0  # the approximation's own bias
    assert abs(b.mean() - 1.2) < 4 * b.std(ddof=1) / math.sqrt(24) + allowance


def test_errors_agree_with_simulation():
    # 400 samples: their sd is known to 3.5 %; bounds at four times that.
    rng = np.random.default_rng(5)
    for method, n in (("aki-utsu", 200), ("b-positive", 400), ("b-more-positive", 400)):
        results = [b_value(gutenberg_richter(rng, n, 1.0), 0.0, method=method) for _ in range(400)]
        spread = np.std([r.b for r in results], ddof=1)
        assert np.mean([r.b_sd for r in results]) == pytest.approx(spread, rel=0.16), method


def test_shi_bolt_by_hand():
    values = [1.0, 1.4, 1.1, 2.0, 1.2]
    assert shi_bolt_sd(values, 0.9) == pytest.approx(naive.shi_bolt(values, 0.9), rel=1e-12)
    with pytest.raises(DataError, match="at least two"):
        shi_bolt_sd([1.0], 1.0)


def test_bootstrap_is_seeded_and_covers():
    rng = np.random.default_rng(8)
    m = gutenberg_richter(rng, 500, 1.0)
    first = b_value(m, 0.0, n_bootstrap=300, seed=1)
    assert first == b_value(m, 0.0, n_bootstrap=300, seed=1)
    assert first.b_sd != b_value(m, 0.0, n_bootstrap=300, seed=2).b_sd
    low, high = first.b_interval
    assert low < first.b < high
    assert first.sd_method == "bootstrap"
    assert high - low == pytest.approx(3.92 * first.b_sd, rel=0.25)
    # 200 intervals of nominal 95 %: fewer than 180 cover once in 1e4.
    inside = 0
    for k in range(200):
        sample = gutenberg_richter(rng, 300, 1.0)
        low, high = b_value(sample, 0.0, n_bootstrap=200, seed=k).b_interval
        inside += low <= 1.0 <= high
    assert inside >= 180


def test_unbiased_takes_the_bias_away():
    # Mean of b over 20000 samples of 10: n/(n - 1) without the factor, by theory; error 0.3 %.
    rng = np.random.default_rng(9)
    excess = rng.exponential(math.log10(math.e), (20_000, 10))
    plain = np.mean([b_value(row, 0.0).b for row in excess])
    fair = np.mean([b_value(row, 0.0, unbiased=True).b for row in excess])
    assert plain == pytest.approx(10 / 9, rel=0.012)
    assert fair == pytest.approx(1.0, rel=0.012)


def test_positive_methods_ignore_what_large_events_hide():
    """Hide events as the detection threshold recovers after large ones: only Aki's b falls."""
    rng = np.random.default_rng(10)
    m = gutenberg_richter(rng, 60_000, 1.0)
    level, kept = 0.0, []
    for magnitude in m:
        level = max(0.0, level - 0.02)
        if magnitude >= level:
            kept.append(magnitude)
            level = max(level, magnitude - 0.8)
    assert len(kept) < 0.9 * m.size
    assert b_value(kept, 0.0).b < 0.93
    for method in ("b-positive", "b-more-positive"):
        # The positive methods are right where the threshold only falls between two events.
        assert b_value(kept, 0.0, method=method).b == pytest.approx(1.0, abs=0.03), method


# -- what must not pass --------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("m", [[], [np.nan], [2.0], [2.0, 2.0, 2.0], [1.0, 0.9, 0.8]])
def test_says_what_is_missing(method, m):
    with pytest.raises(DataError):
        b_value(m, 1.0, method=method, bin_width=0.1)


def test_few_events_warn():
    result = b_value(np.linspace(1.0, 2.0, 49), 1.0)
    assert "fewer than 50" in result.status
    assert b_value(np.linspace(1.0, 2.0, 50), 1.0).status == "ok"


def test_mc_between_bins_is_raised_and_said():
    m = gutenberg_richter(np.random.default_rng(2), 500, 1.0, 1.0, 0.1)
    result = b_value(m, 1.25, bin_width=0.1)
    assert result.mc == 1.3
    assert "raised to 1.3" in result.status
    assert result.b == b_value(m, 1.3, bin_width=0.1).b


def test_keeps_the_lowest_bin_whatever_its_binary_noise():
    m = np.array([0.1 * k for k in range(1, 40)])  # 0.30000000000000004 and its like
    for mc in (0.3, 0.7, 1.1, 2.3):
        assert b_value(m, mc, bin_width=0.1).n == 40 - round(mc * 10)


def test_refuses_what_it_does_not_know():
    with pytest.raises(InputError, match="allowed are aki-utsu"):
        b_value([1.0, 2.0], 1.0, method="least-squares")
    with pytest.raises(InputError, match="Mc"):
        b_value([1.0, 2.0], float("nan"))
    with pytest.raises(InputError, match="one row"):
        b_value([[1.0, 2.0]], 1.0)
    with pytest.raises(InputError, match="threshold"):
        b_value([1.0, 2.0], 1.0, method="b-positive", difference_threshold=-1.0)
    with pytest.raises(InputError, match="resamples"):
        b_value([1.0, 2.0], 1.0, n_bootstrap=-1)


# -- real catalogs -------------------------------------------------------------


@pytest.mark.data
def test_preston_new_road_reference(data_folder):
    m = magnitudes_of("pnr2")
    assert b_value(m, -1.7, bin_width=0.1).b == pytest.approx(1.058, abs=1e-3)
    assert b_value(m, -1.7, bin_width=0.1, method="utsu").b == pytest.approx(1.053, abs=1e-3)
    # Without rounding first, the binned form is ten per cent wrong: 0.959.
    kept = m[m >= -1.7]
    wrong = math.log10(1 + 0.1 / (kept.mean() + 1.7)) / 0.1
    assert wrong == pytest.approx(0.959, abs=1e-3)


@pytest.mark.data
def test_oklahoma_magnitudes_are_steps_of_a_tenth(data_folder):
    assert infer_bin_width(magnitudes_of("oklahoma-ogs")) == 0.1


@pytest.mark.parametrize("wrong", [1e308, -1e308, 1e9, -999.0])
def test_a_number_that_is_no_magnitude_is_named(wrong: float) -> None:
    m = np.round(2.0 + np.random.default_rng(0).exponential(0.43, 200), 1)
    m[7] = wrong
    with pytest.raises(DataError, match=rf"row 7: {wrong:g} is no magnitude".replace("+", r"\+")):
        b_value(m, 2.0, bin_width=0.1)


@pytest.mark.parametrize("mc", [1e308, -1e308, float("nan")])
def test_mc_is_a_magnitude(mc: float) -> None:
    with pytest.raises(InputError, match="Mc is"):
        b_value([1.0, 2.0, 3.0], mc)


@pytest.mark.parametrize(("bin_width", "mc"), [(0.0, -4.0), (0.1, -4.0), (0.1, 1.9), (0.1, 1.0)])
@pytest.mark.parametrize("n", [30, 3000])
def test_mc_below_all_data_is_said(bin_width: float, mc: float, n: int) -> None:
    """A complete sample from 2.0 on: each lower Mc makes b too small."""
    m = 2.0 + np.random.default_rng(1).exponential(np.log10(np.e), n)
    m = np.round(m, 1) if bin_width else m
    warned = "Mc lies below what the catalog records" in b_value(m, mc, bin_width=bin_width).status
    # An empty bin of 0.1 says nothing with 30 events: 0.8^30 is 1e-3.
    assert warned or (mc == 1.9 and n == 30)
    assert "Mc lies" not in b_value(m, 2.1, bin_width=bin_width).status


def test_a_complete_sample_is_hardly_ever_called_incomplete() -> None:
    """In one of 1,000 at most; of 2,000 samples 10 or more would come once in 20,000 times."""
    rng = np.random.default_rng(2)
    said = 0
    for _ in range(2000):
        m = rng.exponential(np.log10(np.e), int(rng.integers(5, 100)))
        said += "Mc lies" in b_value(m, 0.0).status
    assert said < 10
