"""A varying amplitude: its information, when it is kept, and what it does to intervals."""

from dataclasses import replace

import numpy as np
import pytest

from asperity.core.errors import InputError
from asperity.core.geometry import Region
from asperity.gnss import Collocation, Component, Covariance, VectorModel
from asperity.gnss.sphere import local_frames
from asperity.gnss.strain_rate.covariance.amplitude import Amplitude
from asperity.gnss.strain_rate.likelihood import projector, reml
from asperity.gnss.strain_rate.solver import Noise, Observations, SignalModel
from asperity.gnss.strain_rate.synthetic import noisy, truth_for
from asperity.gnss.strain_rate.validation import compare, supported_nodes
from asperity.gnss.strain_rate.varying import amplitude_information

KNOTS = local_frames([92.0, 95.0, 98.0], [30.0, 33.0, 31.0])


def model(weights, length=150.0):
    amplitude = Amplitude(KNOTS, np.asarray(weights), 300.0)
    parts = (Component("gauss", 20.0, 600.0), Component("matern32", 5.0, length, amplitude))
    return SignalModel(Covariance(parts), VectorModel(), "rotation", Noise(1.0, 0.4))


def observations(count=40, seed=0):
    rng = np.random.default_rng(seed)
    frames = local_frames(rng.uniform(90.0, 100.0, count), rng.uniform(28.0, 35.0, count))
    covariances = np.tile([[0.16, 0.02], [0.02, 0.25]], (count, 1, 1))
    return Observations(frames, rng.normal(0.0, 3.0, 2 * count), covariances)


def whole(signal, data):
    """The covariance of the velocities, both triangles."""
    distance = signal.vectors.distance(data.frames, data.frames)
    matrix = signal.vectors.matrix(signal.covariance, data.frames, distance)
    return np.tril(matrix) + np.tril(matrix, -1).T


def test_information_is_the_trace_of_finite_differences():
    weights, step = np.array([0.4, -0.3, 0.2]), 1e-5
    data, slopes = observations(), []
    for k in range(3):
        up, down = (model(weights + s * step * np.eye(3)[k]) for s in (1.0, -1.0))
        slopes.append((whole(up, data) - whole(down, data)) / (2.0 * step))
    precision = projector(model(weights), data).matrix
    wanted = [[0.5 * np.trace(precision @ a @ precision @ b) for b in slopes] for a in slopes]
    np.testing.assert_allclose(amplitude_information(model(weights), data), wanted, rtol=1e-6)


def test_a_constant_amplitude_has_no_weights_to_know_of():
    one = model([0.0, 0.0, 0.0])
    parts = one.covariance.components
    plain = replace(one, covariance=Covariance((*parts[:-1], replace(parts[-1], amplitude=None))))
    with pytest.raises(InputError, match="does not vary"):
        amplitude_information(plain, observations())


def test_the_length_of_a_varying_component_stays():
    fit = reml(model([0.0, 0.0, 0.0], length=170.0), observations(), tolerance=1e-4)
    assert fit.model.covariance.components[1].length == pytest.approx(170.0, rel=1e-12)
    assert fit.model.covariance.components[0].length != 600.0


BOX = (92.0, 104.0, 24.0, 36.0)


def recovered(name, varying, count=280, seed=0):
    """A fitted field of a truth, and its scores."""
    rng = np.random.default_rng([seed, 5])
    places = rng.uniform(*BOX[:2], count), rng.uniform(*BOX[2:], count)
    truth, covariances = truth_for(name, BOX, seed), np.tile(0.16 * np.eye(2), (count, 1, 1))
    data = noisy(truth.velocity(*places), covariances, 0.5, rng)
    field = Collocation(varying=varying, draws=16).fit(places, data, covariances)
    nodes = supported_nodes(field.observations_, Region(*BOX), 0.5)
    found = field.predict(tuple(nodes.T), keep_masked=True)
    names = ("strain_ee", "strain_nn", "strain_en")
    strain = np.stack([found[n].values for n in names], axis=1)
    sd = np.stack([found[f"{n}_sd"].values for n in names], axis=1)
    return field, compare(name, truth.strain(*nodes.T), strain, sd)


def test_a_field_of_one_amplitude_keeps_it():
    field, score = recovered("smooth", True)
    assert "one amplitude everywhere" in field.status_
    assert all(c.amplitude is None for c in field.covariance_.components)
    assert 0.6 < score.z_rms < 1.3


def test_over_faults_intervals_are_evener_than_those_of_one_amplitude():
    _, one = recovered("faults", False)
    field, varying = recovered("faults", True)
    assert "log-evidence +" in field.status_

    def unevenness(score):
        return np.ptp(np.log(score.z_rms_by_third))

    assert unevenness(varying) < 0.7 * unevenness(one)
    # Not bought by confidence: at least nine tenths lie inside the central nine tenths.
    assert varying.coverage >= 0.9
    assert np.all(varying.z_rms_by_third < 1.25)
