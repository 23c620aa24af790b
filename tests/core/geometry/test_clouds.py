import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import wasserstein_distance

from asperity.core.errors import DataError, InputError
from asperity.core.geometry import (
    chamfer_distance,
    cloud_distance,
    earth_mover_distance,
    greedy_matching_distance,
    hausdorff_distance,
    scaled,
)
from naive import clouds as naive

VARIANTS = ["mean", "half-sum", "mean-squared", "sum-squared"]
# Few distinct values, so that ties and coincident points are common.
VALUES = st.one_of(st.integers(-4, 4).map(float), st.floats(-1e3, 1e3, width=32))


def cloud(largest: int = 6, columns: int = 2) -> st.SearchStrategy[np.ndarray]:
    return st.integers(1, largest).flatmap(lambda n: arrays(float, (n, columns), elements=VALUES))


def random_masses(n: int, seed: int) -> np.ndarray:
    masses = np.random.default_rng(seed).integers(1, 6, n).astype(float)
    return masses / masses.sum()


def earth_mover(a: np.ndarray, b: np.ndarray) -> float:
    return earth_mover_distance(a, b).distance


@given(cloud(), cloud())
def test_all_are_what_their_definitions_say(a: np.ndarray, b: np.ndarray) -> None:
    assert hausdorff_distance(a, b) == pytest.approx(naive.hausdorff(a, b), rel=1e-12, abs=1e-12)
    for variant in VARIANTS:
        expected = naive.chamfer(a, b, variant)
        assert chamfer_distance(a, b, variant) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(cloud(5))
@settings(max_examples=30)
def test_equal_clouds_are_an_assignment(a: np.ndarray) -> None:
    b = np.random.default_rng(len(a)).normal(size=a.shape) * 10
    found = earth_mover_distance(a, b)
    assert found.method == "assignment"
    assert found.distance == pytest.approx(naive.assignment(a, b), rel=1e-9, abs=1e-12)


@given(cloud(), cloud(), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_weighted_clouds_reach_the_optimum_of_all_routes(
    a: np.ndarray, b: np.ndarray, seed: int
) -> None:
    mass_a, mass_b = random_masses(len(a), seed), random_masses(len(b), seed + 1)
    found = earth_mover_distance(a, b, 7 * mass_a, mass_b)
    expected = naive.transport(a, b, mass_a, mass_b)
    assert found.distance == pytest.approx(expected, rel=1e-7, abs=1e-7)
    assert found.lower_bound == pytest.approx(found.distance, rel=1e-7, abs=1e-7)


@given(st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_columns_added_one_by_one_reach_the_same_optimum(seed: int) -> None:
    # Large enough that the near routes alone are not the answer.
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(40, 2)), rng.normal(size=(33, 2)) + rng.uniform(0, 5, 2)
    mass_a, mass_b = random_masses(40, seed), random_masses(33, seed)
    found = earth_mover_distance(a, b, mass_a, mass_b)
    assert found.distance == pytest.approx(naive.transport(a, b, mass_a, mass_b), rel=1e-8)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 10**6))
@settings(deadline=None)
def test_on_a_line_it_is_the_wasserstein_distance(n: int, m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=n), rng.exponential(size=m)
    mass_a, mass_b = random_masses(n, seed), random_masses(m, seed)
    expected = wasserstein_distance(a, b, mass_a, mass_b)
    found = earth_mover_distance(a[:, None], b[:, None], mass_a, mass_b).distance
    assert found == pytest.approx(expected, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("distance", [hausdorff_distance, earth_mover])
@given(a=cloud(4), b=cloud(4), c=cloud(4))
@settings(max_examples=40, deadline=None)
def test_metrics_keep_the_axioms(distance, a, b, c) -> None:
    ab, bc, ac = distance(a, b), distance(b, c), distance(a, c)
    slack = 1e-6 * (1 + ab + bc + ac)
    assert distance(a, a) <= slack
    assert distance(b, a) == pytest.approx(ab, rel=1e-6, abs=1e-9)
    assert ac <= ab + bc + slack
    if not {tuple(p) for p in a} & {tuple(p) for p in b}:
        assert ab > 0


@pytest.mark.parametrize("variant", VARIANTS)
@given(a=cloud(), b=cloud())
@settings(max_examples=30)
def test_chamfer_is_symmetric_and_zero_at_home(variant, a, b) -> None:
    assert chamfer_distance(a, a, variant) == 0.0
    assert chamfer_distance(a, b, variant) == pytest.approx(chamfer_distance(b, a, variant))


def test_chamfer_breaks_the_triangle_inequality() -> None:
    # C holds both places: it is near A and near B, which are far from each other.
    a, b = np.zeros((9, 1)), np.full((9, 1), 10.0)
    c = np.concatenate([a, b])
    assert chamfer_distance(a, b) == 20.0
    assert chamfer_distance(a, c) + chamfer_distance(c, b) == 10.0


@given(cloud(), st.floats(-100, 100), st.floats(-100, 100))
@settings(deadline=None)
def test_a_shift_moves_the_earth_by_its_length(a: np.ndarray, dx: float, dy: float) -> None:
    assert earth_mover(a, a + np.array([dx, dy])) == pytest.approx(
        np.hypot(dx, dy), rel=1e-6, abs=1e-6
    )


@given(cloud(), cloud())
@settings(max_examples=50)
def test_greedy_is_what_it_says(a: np.ndarray, b: np.ndarray) -> None:
    # Ties may be broken in another way, so compare where all distances differ.
    rng = np.random.default_rng(3)
    a, b = a + rng.normal(size=a.shape), b + rng.normal(size=b.shape)
    assert greedy_matching_distance(a, b) == pytest.approx(naive.greedy(a, b))


def test_greedy_lies_above_the_exact_value_by_what_the_design_measured() -> None:
    # dem.md 5: 5-17 % above exact for equal clouds of 60 points in five columns.
    rng = np.random.default_rng(4)
    excess = []
    for _ in range(40):
        a, b = rng.normal(size=(60, 5)), rng.normal(size=(60, 5))
        excess.append(greedy_matching_distance(a, b) / earth_mover(a, b) - 1.0)
    assert min(excess) > 0.0
    assert 0.05 < np.median(excess) < 0.17


def test_sinkhorn_brackets_the_exact_value() -> None:
    rng = np.random.default_rng(5)
    for scale in (1e-3, 1.0, 1e6):
        a, b = rng.normal(size=(150, 3)) * scale, (rng.normal(size=(120, 3)) + 0.4) * scale
        mass = random_masses(150, 5)
        exact = earth_mover_distance(a, b, mass, method="exact").distance
        found = earth_mover_distance(a, b, mass, method="sinkhorn")
        assert found.lower_bound <= exact * (1 + 1e-9)
        assert exact * (1 - 1e-9) <= found.distance < 1.03 * exact
        assert "sinkhorn: at most" in found.status


def test_sinkhorn_of_coincident_clouds_is_nothing() -> None:
    points = np.zeros((5, 2))
    assert earth_mover_distance(points, points[:3], method="sinkhorn").distance == 0.0
    assert earth_mover_distance(points, points[:3]).distance == 0.0


def test_a_point_of_no_weight_is_not_there() -> None:
    a, b = np.array([[0.0], [100.0]]), np.array([[1.0]])
    assert earth_mover_distance(a, b, [1.0, 0.0]).distance == 1.0


@pytest.mark.parametrize("metric", ["hausdorff", "chamfer", "earth-mover"])
def test_the_distance_to_nothing_is_nan_and_says_so(metric: str) -> None:
    some, none = np.zeros((3, 2)), np.zeros((0, 2))
    for a, b, text in (
        (some, none, "cloud B is"),
        (none, some, "cloud A is"),
        (none, none, "both"),
    ):
        found = cloud_distance(a, b, metric)
        assert np.isnan(found.distance)
        assert text in found.status
        assert (found.n_a, found.n_b) == (len(a), len(b))
    assert np.isnan(hausdorff_distance(some, none))
    assert np.isnan(chamfer_distance(none, some))
    assert np.isnan(greedy_matching_distance(none, some))
    assert np.isnan(earth_mover_distance(some, none).distance)


@pytest.mark.parametrize(
    ("a", "b", "arguments", "expected"),
    [
        ([0.0], [1.0], {}, "cloud A has shape"),
        ([[0.0]], [[1.0, 2.0]], {}, "1 and 2 columns"),
        ([[0.0], [np.nan]], [[1.0]], {}, "cloud A, point 1"),
        ([[0.0]], [[np.inf]], {}, "cloud B, point 0"),
        ([[]], [[]], {}, "no columns"),
        ([[0.0]], [[1.0]], {"metric": "frechet"}, "choose hausdorff, chamfer, earth-mover"),
        ([[0.0]], [[1.0]], {"metric": "hausdorff", "variant": "mean"}, "it has none"),
        ([[0.0]], [[1.0]], {"metric": "chamfer", "variant": "max"}, "choose mean, half-sum"),
        ([[0.0]], [[1.0]], {"variant": "fast"}, "choose auto, exact, sinkhorn, greedy"),
    ],
)
def test_what_cannot_be_compared_is_refused(a, b, arguments, expected) -> None:
    with pytest.raises(InputError, match=expected):
        cloud_distance(a, b, **arguments)


@pytest.mark.parametrize("weights", [[1.0], [1.0, -1.0], [0.0, 0.0], [1.0, np.nan]])
def test_weights_that_weigh_nothing_are_refused(weights: list) -> None:
    with pytest.raises(InputError, match="weights of cloud A: give 2 numbers"):
        earth_mover_distance([[0.0], [1.0]], [[0.0]], weights)


def test_too_many_pairs_are_refused_before_the_memory_is_taken() -> None:
    with pytest.raises(DataError, match="make 100,000,000 pairs"):
        earth_mover_distance(np.zeros((10_000, 1)), np.zeros((10_000, 1)))


def test_scales_of_the_pool() -> None:
    rng = np.random.default_rng(6)
    a, b = rng.normal(size=(40, 3)) * [1, 10, 100], rng.normal(size=(60, 3)) * [1, 10, 100] + 5
    pool = np.concatenate(scaled(a, b, "standard"))
    np.testing.assert_allclose(pool.std(axis=0), 1.0)
    pool = np.concatenate(scaled(a, b, "robust"))
    np.testing.assert_allclose(np.subtract(*np.percentile(pool, [75, 25], axis=0)), 1.0)
    white = scaled(a, b, "mahalanobis")
    np.testing.assert_allclose(np.cov(np.concatenate(white), rowvar=False), np.eye(3), atol=1e-12)
    np.testing.assert_array_equal(scaled(a, b, "none")[0], a)


def test_mahalanobis_distances_are_those_of_scipy() -> None:
    from scipy.spatial.distance import cdist

    rng = np.random.default_rng(7)
    mix = rng.normal(size=(3, 3)) * [1e-3, 1.0, 1e4]
    a, b = rng.normal(size=(20, 3)) @ mix, rng.normal(size=(30, 3)) @ mix
    inverse = np.linalg.inv(np.cov(np.concatenate([a, b]), rowvar=False))
    np.testing.assert_allclose(
        cdist(*scaled(a, b, "mahalanobis")), cdist(a, b, "mahalanobis", VI=inverse), rtol=1e-6
    )


@pytest.mark.parametrize("scale", ["standard", "robust", "mahalanobis", [1.0, 0.0]])
def test_a_column_without_spread_cannot_be_scaled(scale) -> None:
    a = np.column_stack([np.arange(5.0), np.ones(5)])
    with pytest.raises(DataError, match="column"):
        scaled(a, a, scale)


def test_scales_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="1 scales for 2 columns"):
        scaled([[0.0, 1.0]], [[0.0, 1.0]], [1.0])
    with pytest.raises(InputError, match="scale 'zscore' is not known"):
        scaled([[0.0, 1.0]], [[0.0, 1.0]], "zscore")
