"""The eight estimators against published worked examples, exact bounds and exact expectations."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asperity.core.errors import DataError, InputError
from asperity.evt import (
    ESTIMATORS,
    EstimatorName,
    cooke_endpoint,
    cooke_weights,
    estimate_all,
    jump_limited,
    record_rows,
    upper_limit,
)
from naive import evt as naive

# Made with 40-digit arithmetic; in the order of ESTIMATORS. None: not given.
EXAMPLES = {
    "E1": ([1.5, 2.0, 2.4, 3.1], {
        "cooke": [3.3484375, 3.1742757286, 3.3484375, 3.1742757286,
                  3.8629629630, 3.3233415156, 3.8629629630, 3.3233415156],
        "reversed": [4.5140625, 3.2981371488, 4.5140625, 3.2981371488,
                     4.0629629630, 3.3937041884, 4.0629629630, 3.3937041884],
        "truncated": [None, None, 5.4675781250, None, None, None, None, None],
    }),
    "E2": ([1.6, 1.5, 2.1, 1.7, 1.8, 2.6, 1.5, 1.9, 3.2, 2.0], {
        "cooke": [3.4230468750, 3.2721768393, 3.4664323122, 3.2795286445,
                  3.8296296296, 3.4155819672, 3.8763078271, 3.4217914512],
        "reversed": [4.6082031250, 3.3978223463, 4.8857243838, 3.4002509733,
                     3.8962962963, 3.4849965152, 4.3653555295, 3.4926502728],
        "truncated": [None, None, 5.5506613039, None, None, None, None, None],
    }),
    "E3": ([1.0, 2.0], {
        "cooke": [2.25, 2.0627697139, 2.25, 2.0627697139,
                  3.0, 2.1960722207, 3.0, 2.1960722207],
        "reversed": [2.75, 2.1580746487, 2.75, 2.1580746487,
                     3.0, 2.1960722207, 3.0, 2.1960722207],
    }),
    "E4": ([2.39, 2.1, 2.2, 2.43, 3.94, 2.7, 2.3, 3.1, 2.5], {
        "cooke": [4.3888888889, 4.0147822560, 4.2782601192, 4.0229755340,
                  5.8175, 4.1738905870, 4.9535430300, 4.1759684475],
        "reversed": [5.4222222222, 4.1345750536, 5.7323392696, 4.1403782267,
                     6.5525, 4.2318302612, 5.5674144590, 4.2471997360],
        "truncated": [None, None, 6.8532888197, None, None, None, None, None],
    }),
    "E6": ([2.0, 2.5, 3.0, 3.5, 4.0], {
        "cooke": [4.208, 4.0717098090, 4.208, 4.0717098090,
                  4.5, 4.2069374774, 4.5, 4.2069374774],
        "reversed": [5.792, 4.1997736493, 5.792, 4.1997736493,
                     4.5, 4.2791772097, 4.5, 4.2791772097],
    }),
}  # fmt: skip

CASES = [(name, index) for name, (_, by_index) in EXAMPLES.items() for index in by_index]


@pytest.mark.parametrize(("name", "index"), CASES)
def test_worked_examples_to_nine_digits(name, index):
    magnitudes, by_index = EXAMPLES[name]
    for found, expected in zip(estimate_all(magnitudes, index), by_index[index], strict=True):
        if expected is not None:
            assert found.status == "ok"
            assert found.value == pytest.approx(expected, abs=1e-9), found.name


@pytest.mark.parametrize(
    ("n", "leading"),
    [
        (2, [0.75, 0.25]),
        (3, [0.703704, 0.259259, 0.037037]),
        (4, [0.68359375, 0.25390625, 0.05859375, 0.00390625]),
        (10, [0.6513215599, 0.2413042577, 0.0791266575]),
        (100, [0.633967658727, 0.233412785378]),
    ],
)
def test_weights_of_cooke_1979(n, leading):
    weights = cooke_weights(n)
    assert weights[: len(leading)] == pytest.approx(leading, abs=5e-7 if n == 3 else 1e-10)
    assert weights.sum() == pytest.approx(1.0, abs=1e-14)


def test_weights_tend_to_the_exponential_of_kijko_and_singh():
    i = np.arange(20)
    limit = (1.0 - math.exp(-1.0)) * np.exp(-i)
    assert cooke_weights(1_000_000)[:20] == pytest.approx(limit, abs=2e-6)


magnitudes_of = st.lists(
    st.floats(-3.0, 7.0).map(lambda m: round(m, 3)), min_size=2, max_size=60
).map(np.array)


@given(magnitudes_of, st.sampled_from(["cooke", "reversed", "truncated"]))
def test_equal_to_the_obvious_version(magnitudes, index):
    found = [e.value for e in estimate_all(magnitudes, index)]
    expected = naive.estimate_all(magnitudes.tolist(), index)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11)


@given(magnitudes_of)
def test_bounds_of_upper_limit_and_jump_limited(magnitudes):
    top, n = magnitudes.max(), magnitudes.size
    tiny = 1e-12
    cooke_bound = math.log10(1.0 + (1.0 - 1.0 / n) ** n) / 1.5
    assert -tiny <= upper_limit(magnitudes, size="potency") - top <= cooke_bound + tiny
    assert cooke_bound <= 0.09072
    reversed_limit = upper_limit(magnitudes, size="potency", index="reversed") - top
    assert -tiny <= reversed_limit <= math.log10(2.0) / 1.5 + tiny
    jump = jump_limited(magnitudes, size="potency") - top
    assert -tiny <= jump <= (0.24958 if n > 2 else 0.20070)
    jump = jump_limited(magnitudes, size="potency", index="reversed") - top
    assert -tiny <= jump <= math.log10(3.0) / 1.5 + tiny
    for index in ("cooke", "reversed"):
        for estimate in estimate_all(magnitudes, index):
            assert not estimate.value < top - tiny


@given(magnitudes_of, st.floats(-5, 5), st.sampled_from(["cooke", "reversed"]))
def test_translation_equivariance(magnitudes, shift, index):
    before = [e.value for e in estimate_all(magnitudes, index)]
    # Ties that rounding makes or breaks would change the records.
    moved = magnitudes + shift
    if np.unique(moved).size == np.unique(magnitudes).size:
        after = [e.value for e in estimate_all(moved, index)]
        np.testing.assert_allclose(np.array(after) - shift, before, rtol=0, atol=1e-9)


def test_truncated_reading_is_not_translation_equivariant():
    """Adding 1 to ten magnitudes adds 1.651322: meaningless below magnitude zero."""
    m = np.linspace(1.0, 3.0, 10)
    gain = upper_limit(m + 1.0, index="truncated") - upper_limit(m, index="truncated")
    assert gain == pytest.approx(1.651322, abs=1e-6)


@given(magnitudes_of, st.randoms(use_true_random=False))
def test_order_does_not_matter_for_all_events(magnitudes, random):
    shuffled = magnitudes.tolist()
    random.shuffle(shuffled)
    for size in ("magnitude", "potency"):
        assert upper_limit(shuffled, size=size) == pytest.approx(
            upper_limit(magnitudes, size=size), abs=1e-12
        )


@pytest.mark.parametrize("rigidity", [1.0, 3e10])
@pytest.mark.parametrize("constant", [9.05, 9.1])
def test_rigidity_and_moment_constant_cancel(rigidity, constant):
    m = np.array(EXAMPLES["E2"][0])
    potency = 10 ** (1.5 * m + constant) / rigidity
    for index in ("cooke", "reversed"):
        by_hand = (math.log10(cooke_endpoint(potency, index) * rigidity) - constant) / 1.5
        assert upper_limit(m, size="potency", index=index) == pytest.approx(by_hand, abs=1e-12)


@pytest.mark.parametrize(
    ("n", "cooke", "reverse"),
    [(10, 0.179584, 1.203664), (50, 0.195217, 1.940252), (100, 0.197205, 2.245982)],
)
def test_exact_expectations_of_upper_limit_under_gutenberg_richter(n, cooke, reverse):
    """Means of 20,000 sequences within 4 standard errors: false alarm below 1 in 10,000."""
    rng = np.random.default_rng(20241124)
    m = rng.exponential(1.0 / math.log(10.0), size=(20_000, n))
    x = np.sort(m, axis=1)
    w = cooke_weights(n)
    top = x[:, -1]
    for excess, expected in (
        (top - x[:, ::-1] @ w, cooke),
        (top - x @ w, reverse),
    ):
        error = excess.std(ddof=1) / math.sqrt(excess.size)
        assert abs(excess.mean() - expected) < 4.0 * error
    # The batch above is the public function, row by row.
    for row in m[:50]:
        assert upper_limit(row) - row.max() == pytest.approx(
            row.max() - np.sort(row)[::-1] @ w, abs=1e-12
        )


def test_exact_sum_of_the_expectation():
    """E[M_UL - M_max] = (1/beta) sum (1 - j/n)^n / j tends to -ln(1 - 1/e)/beta = 0.199200."""
    for n, expected in ((10, 0.179584), (1000, 0.199000)):
        exact = sum((1 - j / n) ** n / j for j in range(1, n)) / math.log(10)
        assert exact == pytest.approx(expected, abs=1e-6)
        # E of the k-th largest of n exponentials is H_n - H_(k), so it follows from the weights.
        harmonic = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, n + 1))])
        by_weights = harmonic[n] - sum(
            w * (harmonic[n] - harmonic[i]) for i, w in enumerate(cooke_weights(n))
        )
        assert by_weights / math.log(10) == pytest.approx(exact, abs=1e-12)


# Mean excess over M_max for b = 1 and n = 100 by 20,000 simulations (standard error <= 0.005).
SIMULATED = {
    ("upper_limit:all:magnitude", "cooke"): (0.1959, 0.161),
    ("upper_limit:all:magnitude", "reversed"): (2.245, 0.555),
    ("upper_limit:all:potency", "cooke"): (0.0629, 0.0215),
    ("upper_limit:all:potency", "reversed"): (0.2005, 0.0003),
    ("upper_limit:records:magnitude", "cooke"): (0.2522, 0.181),
    ("upper_limit:records:magnitude", "reversed"): (1.652, 0.676),
    ("upper_limit:records:potency", "cooke"): (0.0632, 0.0191),
    ("jump_limited:all:magnitude", "cooke"): (0.667, 0.524),
    ("jump_limited:all:potency", "cooke"): (0.1754, 0.0539),
    ("jump_limited:all:potency", "reversed"): (0.2386, 0.0593),
    ("jump_limited:records:magnitude", "cooke"): (1.137, 0.607),
    ("jump_limited:records:potency", "cooke"): (0.1960, 0.0427),
    ("jump_limited:records:potency", "reversed"): (0.2582, 0.0526),
}


def test_mean_excess_of_all_eight_under_gutenberg_richter():
    """2,000 sequences, 4 sigma on each of 13 means (seed fixed): false alarm about 1 in 1,000."""
    rng = np.random.default_rng(7)
    sequences = rng.exponential(1.0 / math.log(10.0), size=(2000, 100))
    for index in ("cooke", "reversed"):
        rows = np.array(
            [[e.value for e in estimate_all(m, index)] for m in sequences[:2000]]
        ) - sequences.max(axis=1, keepdims=True)
        for column, name in enumerate(ESTIMATORS):
            key = (str(name).rpartition(":")[0], index)
            if key in SIMULATED:
                mean, sd = SIMULATED[key]
                # Sequences whose first event is the largest have no record jump.
                values = rows[np.isfinite(rows[:, column]), column]
                error = math.hypot(sd / math.sqrt(values.size), 0.005 * min(1.0, sd))
                assert abs(values.mean() - mean) < 4.0 * error + 5e-5, key


def test_records_are_strict():
    assert record_rows([2.0, 2.0, 1.0, 2.1, 2.1]).tolist() == [0, 3]
    assert record_rows([]).size == 0


def test_no_jump_and_no_events_say_so():
    with pytest.raises(DataError, match="two records"):
        jump_limited([3.0, 2.0], events="records")
    with pytest.raises(DataError, match="no events"):
        upper_limit([])
    statuses = [e.status for e in estimate_all([3.0, 2.0])]
    assert [s == "ok" for s in statuses] == [True] * 4 + [False, False, True, True]


def test_bad_magnitudes_and_names_are_refused():
    with pytest.raises(InputError, match="1 not finite"):
        upper_limit([1.0, np.nan])
    with pytest.raises(InputError, match="upper_limit\\|jump_limited"):
        EstimatorName.parse("upper:all:magnitude")
    with pytest.raises(InputError, match="cooke, reversed, truncated"):
        cooke_endpoint([1.0, 2.0], "backwards")


def test_first_jump_may_start_at_completeness():
    """Schultz's reading prepends Mc to the records: jumps 0.5, 0.5, 0.4, 0.7 from Mc = 1."""
    m = [1.5, 2.0, 2.4, 3.1]
    expected = 3.1 + naive.cooke([0.5, 0.5, 0.4, 0.7], "cooke")
    assert jump_limited(m, events="records", first_from=1.0) == pytest.approx(expected, abs=1e-12)
