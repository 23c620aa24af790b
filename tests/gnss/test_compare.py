"""Two fields: what changed is found, what did not is not, and errors are what they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from asperity.core.errors import DataError, InputError
from asperity.core.geometry import Region
from asperity.gnss import Network, read_network
from asperity.gnss.velocities.blocks import Block
from asperity.gnss.velocities.common_sites import match_sites
from asperity.gnss.velocities.compare import compare, compare_blocks, false_discovery
from asperity.gnss.velocities.motion import Motion

LOCKED, UNLOCKED = Region(99, 103, 29, 33), Region(108, 112, 26, 30)
FRAME = Motion.from_pole(40.0, -80.0, 0.35)


def twin(seed=0, n=400, sd=0.3, changed=True):
    """Two periods of one network: in the second a patch slows, a block speeds up.

    East-west shear of 12 mm/yr across 31N; the patch loses 3 mm/yr of its eastward
    speed, the block gains 2.5 mm/yr; the second field is given in another frame.
    """
    rng = np.random.default_rng(seed)
    longitude, latitude = rng.uniform(95, 115, n), rng.uniform(24, 36, n)
    velocity = np.column_stack(
        [9.0 + 6.0 * np.tanh((latitude - 31.0) / 2.0), -2.0 + 0.1 * (longitude - 105.0)]
    )
    locked = LOCKED.contains(longitude, latitude)
    unlocked = UNLOCKED.contains(longitude, latitude)
    change = np.zeros((n, 2))
    if changed:
        change[locked, 0] = -3.0
        change[unlocked, 0] = 2.5
    columns = {
        "site": [f"S{i:03d}" for i in range(n)],
        "longitude": longitude,
        "latitude": latitude,
        "sd_east": rng.uniform(0.5, 1.5, n) * sd,
        "sd_north": rng.uniform(0.5, 1.5, n) * sd,
        "correlation": rng.uniform(-0.4, 0.4, n),
    }
    fields = []
    for truth, frame in ((velocity, None), (velocity + change, FRAME)):
        plain = Network.from_columns(east=0.0, north=0.0, **columns)
        noise = np.einsum(
            "nij,nj->ni", np.linalg.cholesky(plain.covariances), rng.normal(size=(n, 2))
        )
        shift = frame.velocity(longitude, latitude)[:, :2] if frame else 0.0
        seen = truth + noise + shift
        name = "period 2" if frame else "period 1"
        fields.append(plain.replace(east=seen[:, 0], north=seen[:, 1], frame=name))
    return fields, locked, unlocked


def test_the_twin_a_locking_patch_slows_and_an_unlocked_block_speeds_up():
    (first, second), locked, unlocked = twin()
    order = np.random.default_rng(9).permutation(len(second))
    comparison = compare(first, second.select(order))
    error = comparison.fit.motion.omega - FRAME.omega
    distance = error @ np.linalg.solve(comparison.fit.motion.covariance[:3, :3], error)
    assert distance < stats.chi2(3).ppf(0.999)
    found = comparison.speed.q < 0.05
    assert found[locked].mean() > 0.85
    assert found[unlocked].mean() > 0.85
    # Of the discoveries one in twenty may be false on average, here three times as many.
    assert (found & ~locked & ~unlocked).sum() <= 0.15 * found.sum()
    assert (comparison.speed.value[found & locked] < 0).all()
    assert (comparison.speed.value[found & unlocked] > 0).all()
    blocks = [
        Block("patch", LOCKED),
        Block("block", UNLOCKED),
        Block("rest", Region(95, 99, 24, 36)),
    ]
    changes = {c.name: c for c in compare_blocks(comparison, blocks)}
    for name, expected in (("patch", -3.0), ("block", 2.5), ("rest", 0.0)):
        change = changes[name]
        assert abs(change.difference[0] - expected) < 4 * np.sqrt(change.covariance[0, 0])
    assert changes["patch"].p < 1e-10
    assert changes["block"].p < 1e-10
    assert changes["rest"].p > 1e-3
    assert changes["patch"].d_speed < -2.0
    assert changes["block"].d_speed > 2.0


def test_without_change_hardly_anything_is_discovered_in_thirty_twins():
    """Under the null every discovery is false: at 5 % they come in one comparison of twenty."""
    with_any = [(compare(*twin(s, 150, changed=False)[0]).q < 0.05).any() for s in range(30)]
    # P(more than 6 of 30 at 5 %) = 0.0006.
    assert sum(with_any) <= 6


def test_errors_of_differences_are_what_they_say():
    """Normalised squared differences of unchanged stations are chi2 with 2 degrees of freedom."""
    distance = np.concatenate(
        [compare(*twin(s, 150, changed=False)[0], rescale=False).distance for s in range(20)]
    )
    assert stats.kstest(distance**2, stats.chi2(2).cdf).pvalue > 1e-3


def test_errors_of_speeds_and_azimuths_are_what_they_say():
    speed, azimuth = [], []
    for seed in range(20):
        comparison = compare(*twin(seed, 150, changed=False)[0], rescale=False)
        speed.append(comparison.speed.value / comparison.speed.deviation)
        azimuth.append(comparison.azimuth.value / comparison.azimuth.deviation)
    # 3000 values: standard error 1.3 %; curvature and the frame take a part.
    assert abs(np.std(np.concatenate(speed)) - 1.0) < 0.06
    known = np.concatenate(azimuth)
    assert abs(np.std(known[np.isfinite(known)]) - 1.0) < 0.06


def test_stations_that_may_define_the_frame_can_be_given():
    (first, second), locked, unlocked = twin(sd=0.2)
    comparison = compare(first, second, stable=~(locked | unlocked))
    assert not (comparison.fit.used & (locked | unlocked)).any()
    free = compare(first, second)
    np.testing.assert_allclose(free.difference, comparison.difference, atol=0.15)


def test_frames_can_be_left_alone():
    (first, second), _, _ = twin()
    moved = first.replace(east=first.east + 5.0)
    comparison = compare(first, moved, align=False)
    with pytest.raises(InputError, match="'period 1' and 'period 2'"):
        compare(first, second, align=False)
    np.testing.assert_allclose(comparison.difference, np.tile([5.0, 0.0], (len(first), 1)))
    assert comparison.fit is None


def test_sigmas_that_are_too_small_are_scaled_by_what_is_seen():
    """Noise twice as large as the sigmas say: the factor is four, and no false alarm comes."""
    fields, _, _ = twin(3, 300, sd=0.8, changed=False)
    claimed = [f.replace(sd_east=f.sd_east / 2, sd_north=f.sd_north / 2) for f in fields]
    comparison = compare(*claimed)
    assert abs(comparison.factor - 4.0) < 0.6
    assert (comparison.q < 0.05).sum() <= 2
    assert (compare(*claimed, rescale=False).q < 0.05).sum() > 10


def test_slow_stations_have_no_azimuth_and_a_turn_across_north_is_short():
    network = Network.from_columns(
        longitude=[100.0, 101.0], latitude=[30.0, 30.0], east=[0.1, -0.5], north=[0.1, 5.0],
        sd_east=0.3, sd_north=0.3,
    )  # fmt: skip
    turned = network.replace(east=[0.1, 0.5])
    comparison = compare(network, turned, align=False)
    assert np.isnan(comparison.azimuth.value[0])
    assert np.isnan(comparison.azimuth.q[0])
    np.testing.assert_allclose(comparison.azimuth.value[1], 2 * np.rad2deg(np.arctan2(0.5, 5.0)))
    np.testing.assert_allclose(comparison.speed.value, [0.0, 0.0], atol=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_q_values_are_those_of_the_step_up_procedure(p):
    """The set q <= alpha is that of Benjamini and Hochberg's rule, counted out."""
    q = false_discovery(p)
    for alpha in (0.01, 0.05, 0.2, 0.7):
        ranked = sorted(p)
        k = max((i + 1 for i, v in enumerate(ranked) if v * len(p) / (i + 1) <= alpha), default=0)
        expected = np.array(p) <= ranked[k - 1] if k else np.zeros(len(p), bool)
        np.testing.assert_array_equal(q <= alpha, expected)


def test_tests_that_were_not_made_do_not_count():
    np.testing.assert_allclose(false_discovery([0.01, np.nan, 0.02]), [0.02, np.nan, 0.02])


# -- common stations -----------------------------------------------------------


def at(longitude, latitude, site):
    return Network.from_columns(
        longitude=longitude, latitude=latitude, site=site, east=0.0, north=0.0
    )


def test_sites_are_matched_by_distance_and_names_decide_between_neighbours():
    first = at([100.0, 100.005, 110.0, 179.999], [30.0, 30.0, 30.0, 0.0], ["A", "B_GPS", "C", "D"])
    second = at(
        [-179.9995, 100.001, 100.0045, 110.2], [0.0, 30.0, 30.0, 30.0], ["X", "b", "A", "C"]
    )
    rows, partners = match_sites(first, second, 1.0)
    pairs = dict(zip(first.site[rows].tolist(), second.site[partners].tolist(), strict=True))
    assert pairs == {"A": "A", "B_GPS": "b", "D": "X"}


def test_each_station_is_matched_once_and_to_the_nearest():
    first = at([100.0], [30.0], ["A"])
    second = at([100.004, 100.001, 100.002], [30.0] * 3, ["P", "Q", "R"])
    _, partners = match_sites(first, second)
    assert second.site[partners].tolist() == ["Q"]


def test_networks_without_common_stations_are_refused():
    with pytest.raises(DataError, match="none in common within 1 km"):
        match_sites(at([100.0], [30.0], ["A"]), at([101.0], [30.0], ["A"]))
    (first, second), _, _ = twin()
    with pytest.raises(DataError, match="3 stations are left"):
        compare(first.select([0, 1, 2]), second.select([0, 1, 2]))
    with pytest.raises(DataError, match="none of the 400 common stations"):
        compare_blocks(compare(first, second), [Block("far", Region(0, 1, 0, 1))])


def test_wang_and_shen_2020_is_a_part_of_alpides_2025(data_folder):
    """The compilation holds these stations turned into its frame: the two do not differ."""
    first = read_network(data_folder / "china-wang-shen-2020.psvelo").network
    second = read_network(data_folder / "alpides-2025-eurasia.csv").network
    comparison = compare(first, second)
    assert len(comparison.first) == 2391
    assert comparison.fit.chi2_reduced < 0.3
    assert np.median(np.abs(comparison.difference)) < 0.1
