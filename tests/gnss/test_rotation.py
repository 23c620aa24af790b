"""Rotations: signs against the cross product, estimates against dense least squares and data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from asperity.core.errors import DataError, InputError
from asperity.core.geometry import Region
from asperity.gnss import Network, read_network
from asperity.gnss.velocities.motion import PARAMETERS, Motion, design
from asperity.gnss.velocities.rotation import fit_block, fit_motion

degrees = st.floats(-180, 180), st.floats(-89.9, 89.9)


def stations(n=60, seed=0, box=(80.0, 110.0, 20.0, 45.0), sd=0.5):
    rng = np.random.default_rng(seed)
    west, east, south, north = box
    return {
        "longitude": rng.uniform(west, east, n),
        "latitude": rng.uniform(south, north, n),
        "sd_east": rng.uniform(0.6, 1.4, n) * sd,
        "sd_north": rng.uniform(0.6, 1.4, n) * sd,
        "correlation": rng.uniform(-0.7, 0.7, n),
    }


def noisy(motion, columns, seed=0, frame="ITRF2014", **changes):
    """Velocities of a motion with noise of the stations' covariances."""
    rng = np.random.default_rng([seed, 1])
    plain = Network.from_columns(east=0.0, north=0.0, frame=frame, **columns)
    noise = np.einsum(
        "nij,nj->ni", np.linalg.cholesky(plain.covariances), rng.normal(size=(len(plain), 2))
    )
    velocity = motion.velocity(*plain.coordinates)[:, :2] + noise
    return plain.replace(east=velocity[:, 0], north=velocity[:, 1])


# -- conventions ---------------------------------------------------------------


@given(*degrees, st.lists(st.floats(-2, 2), min_size=3, max_size=3))
def test_a_rotation_is_the_cross_product(longitude, latitude, omega):
    """omega x r in geocentric axes, projected on east, north and up written out by angles."""
    l, p = np.deg2rad([longitude, latitude])  # noqa: E741
    place = 6371.0 * np.array([np.cos(p) * np.cos(l), np.cos(p) * np.sin(l), np.sin(p)])
    v = np.cross(omega, place)
    expected = [
        -v[0] * np.sin(l) + v[1] * np.cos(l),
        -v[0] * np.sin(p) * np.cos(l) - v[1] * np.sin(p) * np.sin(l) + v[2] * np.cos(p),
        0.0,
    ]
    found = Motion(np.array(omega)).velocity(longitude, latitude)[0]
    np.testing.assert_allclose(found, expected, atol=1e-8)


@given(*degrees, st.floats(0.01, 3.0))
def test_a_pole_is_where_the_rotation_stands_still(longitude, latitude, rate):
    motion = Motion.from_pole(latitude, longitude, rate)
    np.testing.assert_allclose(motion.velocity(longitude, latitude), 0.0, atol=1e-9)
    # Counter-clockwise seen from above: what lies south of the pole moves east.
    south = max(latitude - 1.0, -90.0)
    assert motion.velocity(longitude, south)[0, 0] > 0.0
    pole = motion.pole
    assert abs(pole.rate - rate) < 1e-9
    assert abs(pole.latitude - latitude) < 1e-6
    assert abs((pole.longitude - longitude + 180) % 360 - 180) < 1e-5


def test_a_degree_per_million_years_at_the_equator_of_the_pole_is_111_mm_a_year():
    speed = Motion.from_pole(90.0, 0.0, 1.0).velocity(0.0, 0.0)[0, 0]
    assert abs(speed - 6371.0 * np.pi / 180.0) < 1e-9


def test_translation_and_scale_are_seen_in_east_north_and_up():
    motion = Motion(np.zeros(3), np.array([1.0, 2.0, 3.0]), 1.0)
    np.testing.assert_allclose(motion.velocity(0.0, 0.0)[0], [2.0, 3.0, 1.0 + 6.371])
    np.testing.assert_allclose(motion.velocity(90.0, 0.0)[0], [-1.0, 3.0, 2.0 + 6.371])


def test_the_covariance_of_a_pole_is_that_of_many_draws():
    rng = np.random.default_rng(4)
    root = np.array([[2.0, 0.0, 0.0], [0.5, 1.0, 0.0], [-0.3, 0.4, 1.5]]) * 1e-5
    covariance = np.zeros((7, 7))
    covariance[:3, :3] = root @ root.T
    omega = np.array([-0.4e-3, -2.6e-3, 3.7e-3])
    pole = Motion(omega, covariance=covariance).pole
    drawn = [Motion(omega + root @ rng.normal(size=3)).pole for _ in range(4000)]
    sample = np.cov(np.array([[p.latitude, p.longitude, p.rate] for p in drawn]).T)
    # 4000 draws: relative error of a variance 2.2 %, four of them are allowed.
    np.testing.assert_allclose(np.diag(sample), np.diag(pole.covariance), rtol=0.09)
    scale = np.sqrt(np.outer(np.diag(sample), np.diag(sample)))
    np.testing.assert_allclose(sample / scale, pole.covariance / scale, atol=0.09)


def test_motions_add_and_turn_back():
    a, b = Motion.from_pole(60.0, -100.0, 0.3), Motion.from_pole(10.0, 30.0, 0.5)
    both = (a + b).velocity(100.0, 30.0)
    expected = a.velocity(100.0, 30.0) + b.velocity(100.0, 30.0)
    np.testing.assert_allclose(both, expected)
    np.testing.assert_allclose((a - a).velocity(5.0, 5.0), 0.0, atol=1e-12)


def test_no_rotation_has_no_pole():
    pole = Motion(np.zeros(3)).pole
    assert np.isnan(pole.latitude)
    assert pole.rate == 0.0
    assert Motion(np.array([0.0, 0.0, -1.0])).pole.latitude == -90.0


# -- estimation ----------------------------------------------------------------


def test_the_estimate_is_that_of_the_dense_normal_equations():
    network = noisy(Motion.from_pole(60.0, -100.0, 0.3), stations())
    fit = fit_motion(*network.coordinates, network.velocities, network.covariances, reject=None)
    n = len(network)
    noise = np.zeros((2 * n, 2 * n))
    for i in range(n):
        noise[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = network.covariances[i]
    matrix = design(*network.coordinates)[:, :2, :3].reshape(2 * n, 3)
    weight = np.linalg.inv(noise)
    cofactor = np.linalg.inv(matrix.T @ weight @ matrix)
    expected = cofactor @ matrix.T @ weight @ network.velocities.ravel()
    np.testing.assert_allclose(fit.motion.omega, expected, rtol=1e-9)
    np.testing.assert_allclose(fit.cofactor[:3, :3], cofactor, rtol=1e-9)
    residual = network.velocities.ravel() - matrix @ expected
    np.testing.assert_allclose(fit.chi2, residual @ weight @ residual)
    assert fit.freedom == 2 * n - 3
    np.testing.assert_allclose(fit.rms, np.sqrt(np.mean(residual**2)))
    scale = max(1.0, fit.chi2_reduced)
    np.testing.assert_allclose(fit.motion.covariance[:3, :3], cofactor * scale, rtol=1e-9)


@pytest.mark.parametrize("box", [(80, 110, 20, 45), (165, 195, -20, 10), (-180, 180, 72, 89.9)])
def test_a_rotation_without_noise_comes_back_exactly(box):
    """Also across the date line and around the pole."""
    truth = Motion.from_pole(-35.0, 140.0, 0.63)
    columns = stations(box=box)
    velocity = truth.velocity(columns["longitude"], columns["latitude"])
    network = Network.from_columns(east=velocity[:, 0], north=velocity[:, 1], **columns)
    block = fit_block(network, np.ones(len(network), bool))
    np.testing.assert_allclose(block.fit.motion.omega, truth.omega, rtol=1e-10)
    assert block.fit.used.all()
    assert np.abs(block.network.velocities).max() < 1e-9
    assert block.rigidity.p == 1.0


def test_estimates_scatter_as_their_covariance_says():
    """300 draws: the normalised squared error is chi2 with 3 degrees of freedom."""
    truth = Motion.from_pole(60.0, -100.0, 0.3)
    columns = stations(30)
    normalised = []
    for seed in range(300):
        network = noisy(truth, columns, seed)
        fit = fit_motion(*network.coordinates, network.velocities, network.covariances, reject=None)
        error = fit.motion.omega - truth.omega
        normalised.append(error @ np.linalg.solve(fit.cofactor[:3, :3], error))
    # A false alarm once in a thousand seeds; this one is fixed.
    assert stats.kstest(normalised, stats.chi2(3).cdf).pvalue > 1e-3


def test_wrong_stations_are_left_out_and_others_stay():
    truth = Motion.from_pole(60.0, -100.0, 0.3)
    network = noisy(truth, stations(80))
    east = network.east.copy()
    wrong = [3, 17, 41, 66]
    east[wrong] += [15.0, -20.0, 30.0, 8.0]
    block = fit_block(network.replace(east=east), np.ones(80, bool))
    assert np.flatnonzero(block.fit.rejected).tolist() == wrong
    error = block.fit.motion.omega - truth.omega
    distance = error @ np.linalg.solve(block.fit.motion.covariance[:3, :3], error)
    assert distance < stats.chi2(3).ppf(0.999)


def test_only_members_of_the_block_count():
    truth, other = Motion.from_pole(60.0, -100.0, 0.3), Motion.from_pole(20.0, 0.0, 0.9)
    columns = stations(100)
    member = columns["longitude"] < 95
    a, b = noisy(truth, columns), noisy(other, columns)
    east = np.where(member, a.east, b.east)
    north = np.where(member, a.north, b.north)
    block = fit_block(a.replace(east=east, north=north), member, "west")
    assert not (block.fit.used & ~member).any()
    assert block.network.frame == "west"
    np.testing.assert_allclose(
        block.network.velocities[~member] + block.fit.motion.velocity(
            a.longitude[~member], a.latitude[~member])[:, :2],
        np.column_stack([east, north])[~member],
    )  # fmt: skip


def test_covariances_of_residual_velocities_are_those_of_many_draws():
    """C + A C_w A' outside the block and C - A C_w A' inside it, by 3000 draws."""
    truth = Motion.from_pole(60.0, -100.0, 0.3)
    columns = stations(12, sd=1.0)
    member = np.arange(12) < 6
    drawn = []
    for seed in range(3000):
        network = noisy(truth, columns, seed)
        drawn.append(
            fit_motion(
                *network.coordinates, network.velocities, network.covariances,
                candidates=member, reject=None,
            ).residuals
        )  # fmt: skip
    network = noisy(truth, columns)
    fit = fit_motion(
        *network.coordinates, network.velocities, network.covariances, candidates=member,
        reject=None,
    )  # fmt: skip
    columns_ = design(*network.coordinates)[:, :2, :3]
    spread = columns_ @ fit.cofactor[:3, :3] @ columns_.transpose(0, 2, 1)
    sign = np.where(member, -1.0, 1.0)[:, None, None]
    expected = network.covariances + sign * spread
    sample = np.array(drawn).var(axis=0, ddof=1)
    # Standard error of a variance from 3000 draws: 2.6 %; four of it.
    np.testing.assert_allclose(sample, np.diagonal(expected, axis1=1, axis2=2), rtol=0.105)


def test_the_network_of_a_block_carries_these_covariances():
    network = noisy(Motion.from_pole(60.0, -100.0, 0.3), stations(40))
    member = network.longitude < 98
    block = fit_block(network, member)
    columns = design(*network.coordinates)[:, :2, :3]
    outside = ~block.fit.used
    scaled = columns @ block.fit.motion.covariance[:3, :3] @ columns.transpose(0, 2, 1)
    np.testing.assert_allclose(
        block.network.covariances[outside], (network.covariances + scaled)[outside], atol=1e-12
    )
    own = columns @ block.fit.cofactor[:3, :3] @ columns.transpose(0, 2, 1)
    np.testing.assert_allclose(
        block.network.covariances[~outside], (network.covariances - own)[~outside], atol=1e-12
    )
    kept = fit_block(network, member, propagate=False).network
    np.testing.assert_allclose(kept.covariances, network.covariances)


def test_rigid_blocks_pass_the_f_test_as_often_as_they_should():
    """200 rigid blocks: p is uniform; a block with 3 nanostrain/yr never passes."""
    truth, columns = Motion.from_pole(60.0, -100.0, 0.3), stations(25, box=(100, 112, 22, 32))
    everyone = np.ones(25, bool)
    p = [fit_block(noisy(truth, columns, s), everyone).rigidity.p for s in range(200)]
    # The rejection of one in a few hundred stations leaves this all but exact.
    assert stats.kstest(p, "uniform").pvalue > 1e-3
    # Strain of 3, -2 and 1 nanostrain/yr (ee, nn, en) around the middle of the block, in a plane.
    x = 6.371 * np.cos(np.deg2rad(27.0)) * np.deg2rad(columns["longitude"] - 106.0)
    y = 6.371 * np.deg2rad(columns["latitude"] - 27.0)
    strained = np.column_stack([3.0 * x + y, x - 2.0 * y])
    for seed in range(20):
        network = noisy(truth, columns, seed)
        network = network.replace(
            east=network.east + strained[:, 0], north=network.north + strained[:, 1]
        )
        rigidity = fit_block(network, everyone).rigidity
        assert rigidity.p < 1e-6
        # The plane is not the sphere: a twentieth of the strain is its share.
        z = (np.abs(rigidity.strain - [3.0, -2.0, 1.0]) - 0.15) / rigidity.deviations
        assert z.max() < 4.5


def test_translation_is_estimated_with_rotation_and_scale_needs_the_vertical():
    rng = np.random.default_rng(5)
    longitude, latitude = rng.uniform(-180, 180, 200), rng.uniform(-80, 80, 200)
    truth = Motion(np.array([1e-3, -2e-3, 3e-3]), np.array([0.5, -0.3, 0.8]), 0.2)
    velocity = truth.velocity(longitude, latitude)
    covariance = np.broadcast_to(np.eye(3), (200, 3, 3))
    fit = fit_motion(longitude, latitude, velocity, covariance, parameters=PARAMETERS)
    np.testing.assert_allclose(fit.motion.parameters, truth.parameters, atol=1e-10)
    with pytest.raises(InputError, match="up and down only"):
        fit_motion(longitude, latitude, velocity[:, :2], covariance[:, :2, :2],
                   parameters=PARAMETERS)  # fmt: skip
    with pytest.raises(InputError, match="parameters of a motion are"):
        fit_motion(longitude, latitude, velocity, covariance, parameters=["shear"])


# -- what is refused -----------------------------------------------------------


def test_few_or_close_stations_are_refused():
    network = noisy(Motion.from_pole(60.0, -100.0, 0.3), stations(20))
    with pytest.raises(DataError, match="3 stations are left"):
        fit_block(network, np.arange(20) < 3)
    close = noisy(Motion.from_pole(60.0, -100.0, 0.3), stations(20, box=(100, 102, 30, 31)))
    with pytest.raises(DataError, match=r"span \d+ km"):
        fit_block(close, np.ones(20, bool))


def test_stations_at_one_place_cannot_tell_the_axes_apart():
    columns = stations(20, box=(100, 100, 30, 30))
    network = noisy(Motion.from_pole(60.0, -100.0, 0.3), columns)
    with pytest.raises(DataError, match=r"cannot tell the parameters apart|span"):
        fit_block(network, np.ones(20, bool))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_the_frame_of_the_data_does_not_change_what_is_left(seed):
    network = noisy(Motion.from_pole(60.0, -100.0, 0.3), stations(40, seed), seed)
    shift = Motion.from_pole(-20.0, 40.0, 0.8).velocity(*network.coordinates)
    other = network.replace(east=network.east + shift[:, 0], north=network.north + shift[:, 1])
    member = network.longitude < 98
    a, b = fit_block(network, member), fit_block(other, member)
    np.testing.assert_array_equal(a.fit.used, b.fit.used)
    np.testing.assert_allclose(a.network.velocities, b.network.velocities, atol=1e-8)


# -- published -----------------------------------------------------------------


def test_south_china_relative_to_eurasia_of_wang_and_shen_2020(data_folder):
    """gnss.md 2: 130 stations, pole 68.37N 119.59W 0.0676 deg/Myr, v at 30N 112E, rms 0.55.

    The pole may differ by a tenth of its error: gnss.md was measured by another program.
    """
    network = read_network(data_folder / "china-wang-shen-2020.psvelo").network
    member = Region(107, 119, 23, 31).contains(*network.coordinates)
    member &= np.maximum(network.sd_east, network.sd_north) < 1.0
    block = fit_block(network, member, "south-china")
    pole = block.fit.motion.pole
    assert block.fit.used.sum() == 130
    offset = np.array([pole.latitude - 68.37, pole.longitude + 119.59, pole.rate - 0.0676])
    assert (np.abs(offset) < 0.1 * pole.deviations).all()
    assert abs(np.sqrt(block.fit.chi2_reduced) - 1.21) < 0.01
    assert abs(block.fit.rms - 0.55) < 0.01
    np.testing.assert_allclose(
        block.fit.motion.velocity(112.0, 30.0)[0, :2], [6.9, -2.2], atol=0.05
    )
