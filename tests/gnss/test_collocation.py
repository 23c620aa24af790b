"""The field given velocities: against the textbook, finite differences and known fields."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from asperity.core.errors import DataError, InputError
from asperity.gnss import Collocation
from asperity.gnss.sphere import local_frames
from asperity.gnss.strain_rate.covariance import Component, Covariance, VectorModel
from asperity.gnss.strain_rate.covariance.amplitude import Amplitude
from asperity.gnss.strain_rate.solver import Noise, Observations, Posterior, SignalModel
from naive import collocation as naive

MATERN = Covariance.of(("matern32", 30.0, 400.0))
SMOOTH = Covariance.of(("gauss", 30.0, 600.0))
VARYING = Covariance(
    (
        Component("gauss", 20.0, 600.0),
        Component(
            "matern32",
            5.0,
            150.0,
            Amplitude(local_frames([85.0, 95.0], [30.0, 35.0]), np.array([0.6, -0.5]), 400.0),
        ),
    )
)


def matern32(c0, length):
    return lambda d: c0 * (1 + math.sqrt(3) * d / length) * math.exp(-math.sqrt(3) * d / length)


def network(n=30, seed=0, region=(85.0, 100.0, 25.0, 38.0)):
    rng = np.random.default_rng(seed)
    west, east, south, north = region
    places = np.column_stack([rng.uniform(west, east, n), rng.uniform(south, north, n)])
    covariances = np.tile([[0.16, 0.02], [0.02, 0.25]], (n, 1, 1))
    return places, rng.normal(0.0, 5.0, (n, 2)), covariances


def posterior(covariance, vectors="projected", trend="rotation", seed=0, **where):
    places, velocities, covariances = network(seed=seed, **where)
    model = SignalModel(covariance, VectorModel(vectors), trend, Noise(1.0, 0.4))
    frames = local_frames(*places.T)
    return Posterior.condition(model, Observations(frames, velocities.T.ravel(), covariances))


class TestTextbook:
    def test_mean_and_covariance_equal_those_by_explicit_inverses(self):
        places, velocities, covariances = network()
        nodes = np.array([[90.0, 30.0], [97.0, 26.0], [110.0, 40.0]])
        means, covs = naive.collocate(
            matern32(30.0, 400.0), places, velocities, covariances, 0.4, nodes
        )
        got, spread = posterior(MATERN).mean_and_covariance(local_frames(*nodes.T))
        np.testing.assert_allclose(got[:, :2], means, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(spread[:, :2, :2], covs, rtol=1e-9, atol=1e-9)

    def test_without_a_trend(self):
        places, velocities, covariances = network()
        nodes = np.array([[90.0, 30.0]])
        means, covs = naive.collocate(
            matern32(30.0, 400.0), places, velocities, covariances, 0.4, nodes, rotation=False
        )
        got, spread = posterior(MATERN, trend="none").mean_and_covariance(local_frames(*nodes.T))
        np.testing.assert_allclose(got[:, :2], means, rtol=1e-10)
        np.testing.assert_allclose(spread[:, :2, :2], covs, rtol=1e-9)


class TestGradient:
    @pytest.mark.parametrize("vectors", ["projected", "components", "helmholtz", "icm"])
    @pytest.mark.parametrize("trend", ["none", "rotation", "rotation+strain"])
    @pytest.mark.parametrize("covariance", [MATERN, VARYING], ids=["matern32", "varying"])
    def test_analytic_gradient_equals_finite_differences(self, vectors, trend, covariance):
        field = posterior(covariance, vectors, trend)

        def velocity(lon, lat):
            return field.mean(local_frames([lon], [lat]))[0, :2]

        for place in ((90.3, 31.2), (179.9999, 10.0), (-179.9995, 12.0), (20.0, -60.0)):
            got = field.mean(local_frames([place[0]], [place[1]]))[0, 2:].reshape(2, 2)
            np.testing.assert_allclose(got, naive.gradient(velocity, *place), atol=1e-7)

    @pytest.mark.parametrize("function", ["gauss", "gauss_k", "matern52", "hirvonen", "wendland"])
    def test_every_function_has_its_gradient(self, function):
        field = posterior(Covariance.of((function, 20.0, 900.0)))

        def velocity(lon, lat):
            return field.mean(local_frames([lon], [lat]))[0, :2]

        got = field.mean(local_frames([92.0], [30.0]))[0, 2:].reshape(2, 2)
        np.testing.assert_allclose(got, naive.gradient(velocity, 92.0, 30.0), atol=1e-7)

    @pytest.mark.parametrize("vectors", ["projected", "components", "helmholtz", "icm"])
    def test_prior_variances_equal_finite_differences_of_the_covariance(self, vectors):
        # A difference over h sees a Matern-3/2 field with a relative error of about h / L.
        model = VectorModel(vectors, share=0.3, ratio=1.3, correlation=-0.4)
        covariance = Covariance.of(("gauss", 20.0, 300.0))
        lon, lat, step = 90.3, 31.2, 0.02
        spots = [(lon + step, lat), (lon - step, lat), (lon, lat + step), (lon, lat - step)]
        frames = local_frames(*np.array([*spots, (lon, lat)]).T)
        pairs = model.cross(covariance, frames, frames).reshape(5, 6, 2, 5)[:, :2]
        joint = pairs.transpose(0, 1, 3, 2).reshape(10, 10)
        change = np.zeros((4, 10))
        for column in range(10):
            unit = np.eye(10)[column].reshape(5, 2)
            values = {spot: unit[i] for i, spot in enumerate([*spots, (lon, lat)])}
            change[:, column] = naive.gradient(
                lambda x, y, values=values: values[min(values, key=lambda s: math.dist(s, (x, y)))],
                lon, lat, step,
            ).ravel()  # fmt: skip
        prior = model.prior(covariance, local_frames([lon], [lat]))[0]
        scale = np.abs(prior[2:, 2:]).max()
        np.testing.assert_allclose(change @ joint @ change.T, prior[2:, 2:], atol=1e-3 * scale)

    def test_prior_variances_of_the_published_case(self):
        # gnss.md 3.4: Var(ee) = m2 + C0 / R^2 and Var(en) = m2 / 2 of the projected model.
        prior = VectorModel().prior(MATERN, local_frames([90.0], [30.0]))[0]
        m2, lift = 3 * 30.0 / 400.0**2, 30.0 / 6371.0**2
        shear = 0.25 * (prior[3, 3] + prior[4, 4] + 2 * prior[3, 4])
        assert prior[2, 2] == pytest.approx(m2 + lift, rel=1e-12)
        assert prior[2, 5] == pytest.approx(lift, rel=1e-9)
        assert shear == pytest.approx(m2 / 2, rel=1e-12)

    @pytest.mark.parametrize("vectors", ["projected", "components", "helmholtz", "icm"])
    @pytest.mark.parametrize("seed", range(3))
    def test_the_covariance_matrix_is_positive_definite(self, vectors, seed):
        places, _, _ = network(60, seed)
        frames = local_frames(*places.T)
        model = VectorModel(vectors, share=0.2, ratio=1.5, correlation=0.6)
        matrix = model.matrix(VARYING, frames, model.distance(frames, frames))
        assert np.linalg.eigvalsh(np.tril(matrix) + np.tril(matrix, -1).T).min() > 0.0


def rigid(places, omega):
    return np.array(
        [
            [np.cross(omega, naive.RADIUS * up) @ east, np.cross(omega, naive.RADIUS * up) @ north]
            for east, north, up in (naive.unit_vectors(*p) for p in places)
        ]
    )


class TestKnownFields:
    @settings(max_examples=12, deadline=None)
    @given(
        st.tuples(*[st.floats(-0.02, 0.02) for _ in range(3)]),
        st.sampled_from([(85, 100, 25, 38), (170, 190, -10, 10), (0, 360, 75, 89.9)]),
    )
    def test_a_rigid_rotation_has_no_strain(self, omega, region):
        places, _, covariances = network(60, 1, region)
        velocities = rigid(places, np.array(omega))
        field = Collocation(MATERN, estimate="none").fit(places.T, velocities, covariances)
        gradient = field.gradient(places.T)
        strain = 0.5 * (gradient + gradient.transpose(0, 2, 1))
        # (mm/yr)/km; 1e-15 of them are 1e-12 nanostrain/yr.
        assert np.abs(strain).max() <= 1e-15 * max(1.0, np.abs(velocities).max())

    def test_rotation_is_counter_clockwise_positive(self):
        places, _, covariances = network(60, 1)
        omega = 0.01 * naive.unit_vectors(92.0, 31.0)[2]
        field = Collocation(MATERN, estimate="none").fit(
            places.T, rigid(places, omega), covariances
        )
        assert field.predict(([92.0], [31.0])).rotation.item() == pytest.approx(10.0, rel=1e-6)

    def test_data_that_a_rotation_explains_give_zero_strain_by_likelihood_too(self):
        places, _, covariances = network(60, 1)
        velocities = rigid(places, np.array([0.001, -0.004, 0.002]))
        field = Collocation("matern32", estimate="reml").fit(places.T, velocities, covariances)
        strain = field.predict(places.T, keep_masked=True)
        assert np.abs(strain.max_shear_half).max() < 1e-6

    def test_uniform_strain_within_one_percent(self):
        rng = np.random.default_rng(3)
        places = np.column_stack([rng.uniform(94.0, 96.0, 60), rng.uniform(30.0, 32.0, 60)])
        ee, nn, en = 30e-3, -50e-3, 20e-3  # (mm/yr)/km

        def velocity(lon, lat):
            x = naive.RADIUS * math.cos(math.radians(31.0)) * math.radians(lon - 95.0)
            y = naive.RADIUS * math.radians(lat - 31.0)
            return ee * x + en * y, en * x + nn * y

        data = np.array([velocity(*p) for p in places])
        truth = naive.gradient(velocity, 95.0, 31.0)
        field = Collocation(
            Covariance.of(("gauss", 1.0, 300.0)), estimate="none", trend="rotation+strain",
            extra_noise=0.05,
        ).fit(places.T, data)  # fmt: skip
        got = field.gradient(([95.0], [31.0]))[0]
        np.testing.assert_allclose(got, truth, atol=0.01 * 50e-3)

    def test_posterior_intervals_cover_draws_of_the_prior(self):
        # 200 fields drawn from the prior; the variance of z of six numbers each has a
        # standard error below 0.05, so that 0.85 to 1.15 fails once in some hundred seeds.
        places, _, covariances = network(40, 5)
        nodes = np.array([[91.0, 30.0], [95.0, 33.0]])
        everything = np.vstack([places, nodes])
        frames = local_frames(*everything.T)
        vectors = VectorModel()
        cross = vectors.cross(MATERN, frames, frames).reshape(42, 6, 84)
        top = cross[:40, :2].transpose(1, 0, 2).reshape(80, 84)[:, [*range(40), *range(42, 82)]]
        noise = np.zeros((80, 80))
        i = np.arange(40)
        noise[i, i], noise[40 + i, 40 + i] = (
            covariances[:, 0, 0] + 0.16,
            covariances[:, 1, 1] + 0.16,
        )
        noise[i, 40 + i] = noise[40 + i, i] = covariances[:, 0, 1]
        side = cross[40:].reshape(12, 84)[:, [*range(40), *range(42, 82)]]
        # Gradients of the two nodes among each other are left to their own blocks.
        draws = np.random.default_rng(6)
        model = SignalModel(MATERN, vectors, "rotation", Noise(1.0, 0.4))
        joint_top = np.linalg.cholesky(top)
        gain = np.linalg.solve(top, side.T).T
        rest = vectors.prior(MATERN, frames[40:])
        z = []
        for _ in range(200):
            signal = joint_top @ draws.normal(size=80)
            data = signal + np.linalg.cholesky(noise) @ draws.normal(size=80)
            field = Posterior.condition(model, Observations(frames[:40], data, covariances))
            mean, spread = field.mean_and_covariance(frames[40:])
            for k in range(2):
                own = gain[6 * k : 6 * k + 6]
                left = rest[k] - own @ side[6 * k : 6 * k + 6].T
                truth = own @ signal + np.linalg.cholesky(left + 1e-12 * np.eye(6)) @ draws.normal(
                    size=6
                )
                z.append((mean[k, 2:] - truth[2:]) / np.sqrt(spread[k].diagonal()[2:]))
        assert 0.85 < np.var(z) < 1.15

    def test_strain_does_not_depend_on_the_frame(self):
        places, velocities, covariances = network(50, 2)
        nodes = ([90.0, 95.0], [30.0, 33.0])
        turned = velocities + rigid(places, np.array([0.002, -0.003, 0.004]))
        first = Collocation(MATERN, estimate="none").fit(places.T, velocities, covariances)
        second = Collocation(MATERN, estimate="none").fit(places.T, turned, covariances)
        for name in ("strain_ee", "strain_nn", "strain_en", "max_shear_half_sd"):
            np.testing.assert_allclose(
                first.predict(nodes)[name], second.predict(nodes)[name], rtol=1e-7, atol=1e-7
            )


class TestEstimator:
    def test_it_keeps_the_contract_of_an_estimator(self):
        field = Collocation("gauss", length=(400.0,), variance=(20.0,), estimate="none")
        again = clone(field)
        assert again.get_params() == field.get_params()
        assert again is not field

    def test_score_is_one_where_the_field_is_known(self):
        places, _, _ = network(60, 1)
        data = rigid(places, np.array([0.001, -0.004, 0.002]))
        field = Collocation(MATERN, estimate="none").fit(places.T, data)
        assert field.score(places.T, data) == pytest.approx(1.0, abs=1e-9)

    def test_labels_units_and_attributes(self):
        places, velocities, covariances = network()
        field = Collocation(SMOOTH, estimate="none").fit(places.T, velocities, covariances)
        data = field.predict(([90.0], [30.0]), optional=["second_invariant_det"])
        assert data.strain_ee.attrs["units"] == "nanostrain/yr"
        assert data.rotation.attrs["units"] == "nrad/yr"
        assert data.max_shear_eng.item() == pytest.approx(2 * data.max_shear_half.item())
        assert data.second_invariant_det.item() == pytest.approx(
            data.e1.item() * data.e2.item(), rel=1e-9
        )
        assert data.strain_cov.shape == (1, 3, 3)
        assert data.strain_cov.values[0, 2, 2] == pytest.approx(data.strain_en_sd.item() ** 2)

    def test_a_place_without_stations_is_masked_and_not_invented(self):
        places, velocities, covariances = network()
        field = Collocation(SMOOTH, estimate="none").fit(places.T, velocities, covariances)
        far = ([90.0, 140.0], [30.0, 10.0])
        data = field.predict(far)
        assert data.mask.values.tolist() == [0, 2]
        assert np.isnan(data.strain_ee.values).tolist() == [False, True]
        assert np.isfinite(data.strain_ee_sd.values).all()
        assert np.isfinite(field.predict(far, keep_masked=True).strain_ee.values).all()


BAD = {
    "one station": (lambda p, v, c: (p[:1], v[:1], c[:1]), DataError, "at least 4"),
    "one point": (lambda p, v, c: (np.repeat(p[:1], 5, 0), v[:5], c[:5]), DataError, "lie within"),
    "one line": (
        lambda p, v, c: (np.column_stack([np.full(9, 95.0), np.linspace(25, 35, 9)]), v[:9], c[:9]),
        DataError,
        "one line",
    ),
    "NaN velocity": (
        lambda p, v, c: (p, np.where(v == v[3, 0], np.nan, v), c),
        InputError,
        "station 3",
    ),
    "NaN place": (lambda p, v, c: (np.where(p == p[2, 0], np.nan, p), v, c), InputError, "point 2"),
    "impossible correlation": (
        lambda p, v, c: (p, v, c + np.array([[0, 9.0], [9.0, 0]])),
        InputError,
        "semi-definite",
    ),
    "shape": (lambda p, v, c: (p, v[:-1], c), InputError, "shape"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named(case):
    spoil, error, text = BAD[case]
    places, velocities, covariances = spoil(*network())
    with pytest.raises(error, match=text):
        Collocation(MATERN, estimate="none").fit(places.T, velocities, covariances)


def test_a_field_without_gradient_is_refused():
    places, velocities, covariances = network()
    with pytest.raises(InputError, match="no gradient"):
        Collocation("exponential", estimate="none", variance=(9.0,), length=(300.0,)).fit(
            places.T, velocities, covariances
        )


def test_two_stations_at_one_place_without_noise_do_not_stop_the_solver():
    places, velocities, _ = network()
    doubled = np.vstack([places, places[:1]])
    data = np.vstack([velocities, velocities[:1] + 1.0])
    covariance = Covariance.of(("gauss", 30.0, 2000.0))
    field = Collocation(covariance, estimate="none", extra_noise=0.0).fit(doubled.T, data)
    assert np.isfinite(field.gradient(places.T)).all()
