"""REML, cross-validation in closed form, and what they recover."""

import math
from dataclasses import replace

import numpy as np
import pytest

from asperity.gnss import Collocation
from asperity.gnss.sphere import local_frames
from asperity.gnss.strain_rate.covariance import Component, Covariance, VectorModel
from asperity.gnss.strain_rate.covariance.amplitude import Amplitude
from asperity.gnss.strain_rate.crossvalidation import block_labels, leave_blocks_out, leave_one_out
from asperity.gnss.strain_rate.estimation import trial_parts
from asperity.gnss.strain_rate.likelihood import (
    likelihood_curvature,
    projector,
    reml,
    restricted_likelihood,
)
from asperity.gnss.strain_rate.solver import Noise, Observations, Posterior, SignalModel
from naive import collocation as naive


def observed(n=36, seed=0):
    rng = np.random.default_rng(seed)
    places = np.column_stack([rng.uniform(85.0, 100.0, n), rng.uniform(25.0, 38.0, n)])
    covariances = np.tile([[0.16, 0.02], [0.02, 0.25]], (n, 1, 1))
    velocities = rng.normal(0.0, 4.0, (n, 2))
    frames = local_frames(*places.T)
    return places, velocities, covariances, Observations(frames, velocities.T.ravel(), covariances)


def model_of(*parts, vectors="projected", trend="rotation"):
    return SignalModel(Covariance.of(*parts), VectorModel(vectors), trend, Noise(1.0, 0.4))


def drawn(model, n, seed, region=(80.0, 100.0, 25.0, 40.0)):
    """Velocities drawn from a model."""
    rng = np.random.default_rng(seed)
    west, east, south, north = region
    frames = local_frames(rng.uniform(west, east, n), rng.uniform(south, north, n))
    matrix = model.vectors.matrix(model.covariance, frames, model.vectors.distance(frames, frames))
    covariances = np.tile(0.09 * np.eye(2), (n, 1, 1))
    model.noise.add_to(matrix, covariances)
    data = np.linalg.cholesky(matrix) @ rng.normal(size=2 * n)
    return Observations(frames, data, covariances)


def test_the_likelihood_is_that_of_what_the_trend_leaves():
    places, velocities, covariances, observations = observed()

    def value(d):
        return 25.0 * math.exp(-0.5 * (d / 300.0) ** 2)

    want = naive.restricted_log_likelihood(value, places, velocities, covariances, 0.4)
    got = restricted_likelihood(model_of(("gauss", 25.0, 300.0)), observations)
    # The two bases of the trend differ by nothing but a constant that REML leaves out.
    assert got == pytest.approx(want, abs=1e-7)


@pytest.mark.parametrize("vectors", ["projected", "components", "helmholtz", "icm"])
def test_its_gradient_equals_finite_differences(vectors):
    _, _, _, observations = observed()
    knots = Amplitude(local_frames([88.0, 96.0], [30.0, 33.0]), np.array([0.4, -0.3]), 500.0)
    base = SignalModel(
        Covariance((Component("gauss", 20.0, 600.0), Component("matern52", 5.0, 150.0, knots))),
        VectorModel(vectors, share=0.3, ratio=1.2, correlation=-0.3),
        "rotation",
        Noise(1.1, 0.4),
    )
    from asperity.gnss.strain_rate.likelihood import _Parameters

    form = _Parameters(base, noise_factor=True, amplitude_sd=1.0)
    vector = form.vector(base)
    got = form.gradient(base, observations, projector(base, observations))
    want = np.empty_like(got)
    for k in range(vector.size):
        step = 1e-5 * np.eye(vector.size)[k]
        up, down = (
            restricted_likelihood(form.model_of(vector + s), observations) for s in (step, -step)
        )
        want[k] = -(up - down) / 2e-5
    np.testing.assert_allclose(got, want, atol=1e-5 * np.abs(want).max())


def test_leave_one_out_equals_refits_without_the_station():
    _, velocities, covariances, observations = observed()
    model = model_of(("matern32", 25.0, 300.0))
    left = leave_one_out(projector(model, observations))
    for i in (0, 7, 35):
        rest = np.delete(np.arange(36), i)
        field = Posterior.condition(model, observations.select(rest))
        mean, spread = field.mean_and_covariance(observations.frames[[i]])
        noise = covariances[i] + 0.16 * np.eye(2)
        np.testing.assert_allclose(left.residuals[i], velocities[i] - mean[0, :2], atol=1e-8)
        np.testing.assert_allclose(left.covariances[i], spread[0, :2, :2] + noise, atol=1e-8)


def test_leaving_blocks_out_equals_refits_without_them():
    places, velocities, _, observations = observed()
    model = model_of(("matern32", 25.0, 300.0))
    blocks = block_labels(*places.T, 4.0)
    assert sum(len(b) for b in blocks) == 36
    left = leave_blocks_out(projector(model, observations), blocks)
    for rows in blocks[:4]:
        rest = np.setdiff1d(np.arange(36), rows)
        field = Posterior.condition(model, observations.select(rest))
        mean = field.mean(observations.frames[rows])
        np.testing.assert_allclose(left.residuals[rows], velocities[rows] - mean[:, :2], atol=1e-8)


def test_reml_finds_the_parameters_that_the_data_were_drawn_from():
    # 300 stations tell the variance of the gradient, C0 / L^2, within about a fifth, and the
    # noise within a tenth (the spread over 20 seeds); the bounds are twice that.
    truth = model_of(("matern32", 20.0, 400.0))
    fit = reml(
        model_of(("matern32", 60.0, 900.0)), drawn(replace(truth, noise=Noise(1.0, 0.5)), 300, 4)
    )
    part = fit.model.covariance.components[0]
    assert part.curvature == pytest.approx(truth.covariance.curvature, rel=0.4)
    assert fit.model.noise.extra == pytest.approx(0.5, rel=0.2)


def test_reml_finds_the_share_of_the_potential():
    truth = SignalModel(
        Covariance.of(("gauss", 20.0, 300.0)), VectorModel("helmholtz", share=0.15), "rotation",
        Noise(1.0, 0.3),
    )  # fmt: skip
    start = replace(truth, vectors=VectorModel("helmholtz"))
    fit = reml(start, drawn(truth, 250, 2))
    assert fit.model.vectors.share == pytest.approx(0.15, abs=0.08)


def test_one_scale_is_kept_where_the_likelihood_does_not_ask_for_two():
    observations = drawn(model_of(("matern32", 20.0, 400.0)), 200, 7)
    from asperity.gnss.sphere import longitude_latitude

    field = Collocation("gauss+matern32").fit(
        longitude_latitude(observations.frames), observations.velocities.reshape(2, -1),
        observations.covariances,
    )  # fmt: skip
    assert len(field.covariance_.components) == 1
    assert "another scale gains" in field.status_


def test_a_varying_amplitude_is_found_where_the_field_varies():
    knots = Amplitude(local_frames([82.0, 98.0], [32.0, 32.0]), np.array([1.2, -1.2]), 700.0)
    truth = SignalModel(
        Covariance((Component("matern32", 4.0, 150.0, knots),)), VectorModel(), "rotation",
        Noise(1.0, 0.3),
    )  # fmt: skip
    observations = drawn(truth, 350, 11)
    from asperity.gnss.sphere import longitude_latitude

    places = longitude_latitude(observations.frames)
    data = observations.velocities.reshape(2, -1)
    field = Collocation("matern32", varying=True).fit(places, data, observations.covariances)
    amplitude = field.covariance_.components[-1].amplitude
    loud, quiet = amplitude.scale(local_frames([82.0, 98.0], [32.0, 32.0]))
    # The truth's ratio is exp(2.3), about ten.
    assert 3.0 < loud / quiet < 30.0
    still = Collocation("matern32").fit(places, data, observations.covariances)
    assert field.log_likelihood_ > still.log_likelihood_ + 10.0


@pytest.mark.parametrize("method", ["loo", "blocks"])
def test_predictive_density_finds_a_model_about_as_good_as_the_truth(method):
    from asperity.gnss.sphere import longitude_latitude

    truth = model_of(("matern32", 20.0, 400.0))
    observations = drawn(truth, 150, 3)
    places = longitude_latitude(observations.frames)
    field = Collocation("matern32", estimate=method).fit(
        places, observations.velocities.reshape(2, -1), observations.covariances
    )
    at = projector(truth, observations)
    if method == "loo":
        assert field.leave_one_out().log_density >= leave_one_out(at).log_density - 1e-6
    else:
        best = leave_blocks_out(at, block_labels(*places, 1.0)).log_density
        assert field.leave_blocks_out(1.0).log_density >= best - 1e-6


def test_a_smooth_field_gets_no_scale_below_the_distance_of_its_stations():
    # A second scale of some kilometres is the noise by another name: it fits velocities no
    # worse, and gives strain a standard deviation twenty times too large.
    observations = drawn(model_of(("gauss", 60.0, 600.0)), 250, 3)
    from asperity.gnss.sphere import longitude_latitude

    field = Collocation("gauss+matern32").fit(
        longitude_latitude(observations.frames), observations.velocities.reshape(2, -1),
        observations.covariances,
    )  # fmt: skip
    assert field.covariance_.name == "gauss"


def test_a_search_on_known_curvature_ends_where_the_other_does():
    observations = drawn(model_of(("matern32", 20.0, 400.0)), 200, 5)
    start = model_of(("matern32", 20.0, 400.0))
    part = observations.select(np.arange(0, 200, 2))
    curvature = 2.0 * likelihood_curvature(start, part)
    slow, quick = reml(start, observations), reml(start, observations, curvature=curvature)
    assert quick.likelihood == pytest.approx(slow.likelihood, abs=0.01)
    assert quick.evaluations < slow.evaluations


def test_the_curvature_is_that_of_the_likelihood():
    _, _, _, observations = observed()
    model = model_of(("gauss", 20.0, 500.0), vectors="icm")
    got = likelihood_curvature(model, observations, noise_factor=True)

    def minus(noise):
        changed = replace(model, noise=noise)
        return -restricted_likelihood(changed, observations)

    # Second differences by the logarithms of both noises: entries 2 and 3.
    h, f, s = 0.02, model.noise.factor, model.noise.extra
    mixed = sum(
        a * b * minus(Noise(f * math.exp(b * h), s * math.exp(a * h)))
        for a in (1, -1)
        for b in (1, -1)
    ) / (4 * h * h)
    middle = minus(model.noise)
    own = (minus(Noise(f, s * math.exp(h))) - 2 * middle + minus(Noise(f, s * math.exp(-h)))) / (
        h * h
    )
    assert got[2, 2] == pytest.approx(own, rel=1e-3)
    assert got[2, 3] == pytest.approx(mixed, rel=1e-3)


def test_the_parts_of_a_large_network_have_close_pairs():
    # 600 of 4,000 stations drawn at random lie 2.6 times farther apart than the whole.
    rng = np.random.default_rng(0)
    frames = local_frames(rng.uniform(60.0, 120.0, 4000), rng.uniform(10.0, 50.0, 4000))
    network = Observations(frames, np.zeros(8000), np.tile(np.eye(2), (4000, 1, 1)))

    def nearest(part):
        gaps = VectorModel().distance(part.frames, part.frames) + 1e9 * np.eye(len(part))
        return np.median(gaps.min(axis=1))

    parts = trial_parts(network, 600, seed=1)
    assert len(parts) == 3
    assert nearest(parts[0]) < 1.2 * nearest(network)
    assert len(trial_parts(network.select(np.arange(2000)), 600, seed=1)) == 1
