"""Prediction from neighbourhoods, tiles and spread stations."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asperity.core.errors import DataError
from asperity.gnss import Collocation, Covariance
from asperity.gnss.benchmarks import job
from asperity.gnss.sphere import local_frames
from asperity.gnss.strain_rate import collocation as module
from asperity.gnss.strain_rate.local import LocalPosterior, around, compact_tiles, spread_stations
from asperity.gnss.strain_rate.solver import Posterior

TENSOR = np.array([[0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 1], [0, 0, 0, 0.5, 0.5, 0]])


def tensor(mean, covariance):
    return mean @ TENSOR.T, np.sqrt(np.einsum("ij,mjk,ik->mi", TENSOR, covariance, TENSOR))


def test_neighbourhoods_agree_with_the_dense_solver():
    # The goals: rms 2 % and 99th percentile 8 % of the posterior sd, sd ratio within 1 %.
    model, observations = job(900, 1)
    posterior = Posterior.condition(model, observations)
    lon, lat = np.meshgrid(np.arange(72.0, 110.0, 1.5), np.arange(22.0, 48.0, 1.5))
    nodes = local_frames(lon.ravel(), lat.ravel())
    trend = (posterior.trend_parameters, posterior.trend_covariance)
    near = LocalPosterior(model, observations, 300, trend, posterior.centre)
    truth, sd = tensor(*posterior.mean_and_covariance(nodes))
    found, spread = tensor(*near.mean_and_covariance(nodes))
    z = np.abs(found - truth) / sd
    assert np.sqrt(np.mean(z**2)) <= 0.02
    assert np.quantile(z, 0.99) <= 0.08
    assert np.abs(spread / sd - 1.0).max() <= 0.05
    assert np.mean(spread / sd) == pytest.approx(1.0, abs=0.01)
    np.testing.assert_allclose(near.mean(nodes), near.mean_and_covariance(nodes)[0], atol=1e-12)


def test_all_stations_around_are_the_dense_solver():
    model, observations = job(60, 2)
    posterior = Posterior.condition(model, observations)
    trend = (posterior.trend_parameters, posterior.trend_covariance)
    nodes = local_frames([80.0, 100.0], [30.0, 40.0])
    near = LocalPosterior(model, observations, 60, trend, posterior.centre)
    for got, want in zip(
        near.mean_and_covariance(nodes), posterior.mean_and_covariance(nodes), strict=True
    ):
        np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-10)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 400), st.integers(1, 60), st.integers(0, 5))
def test_tiles_part_the_nodes(n, size, seed):
    rng = np.random.default_rng(seed)
    nodes = local_frames(rng.uniform(-180, 180, n), rng.uniform(-80, 80, n))
    tiles = compact_tiles(nodes, size)
    assert max(len(t) for t in tiles) <= size
    np.testing.assert_array_equal(np.sort(np.concatenate(tiles)), np.arange(n))


def test_spread_stations_lie_far_apart():
    rng = np.random.default_rng(0)
    frames = local_frames(rng.uniform(0, 20, 500), rng.uniform(0, 20, 500))
    rows = spread_stations(frames, 25)
    assert len(set(rows)) == 25
    gaps = np.linalg.norm(frames[rows, None, 2] - frames[None, rows, 2], axis=2)
    # 25 points over 20 x 20 degrees: a square net would have 5 degrees.
    assert gaps[np.triu_indices(25, 1)].min() > np.radians(3.0)


def test_a_tile_has_stations_on_all_sides():
    # 300 stations crowd in the west, 12 are in the east: the nearest 64 are all western.
    rng = np.random.default_rng(4)
    lon = np.concatenate([rng.uniform(88.0, 90.0, 300), rng.uniform(92.0, 96.0, 12)])
    lat = np.concatenate([rng.uniform(29.0, 31.0, 300), rng.uniform(28.0, 32.0, 12)])
    middle = local_frames([90.5], [30.0])[0, 2]
    rows = around(local_frames(lon, lat), middle, 64, np.array([], dtype=int))
    assert len(rows) == 64
    assert (rows >= 300).sum() >= 6


def test_through_an_executor_the_field_is_the_same():
    model, observations = job(80, 3)
    from asperity.gnss.sphere import longitude_latitude

    places = longitude_latitude(observations.frames)
    field = Collocation(model.covariance, estimate="none", local=40).fit(
        places, observations.velocities.reshape(2, -1), observations.covariances
    )
    rng = np.random.default_rng(0)
    where = (rng.uniform(75, 105, 1200), rng.uniform(25, 45, 1200))
    done = []
    alone = field.predict(where, advance=done.append)
    with ThreadPoolExecutor(2) as executor:
        together = field.predict(where, executor=executor)
    assert sum(done) == 1200
    for name in ("velocity_east", "strain_ee_sd", "max_shear_half_sd"):
        np.testing.assert_allclose(together[name], alone[name], rtol=0.1)
    assert together.sizes == alone.sizes


def test_a_network_too_large_for_one_matrix_needs_neighbourhoods(monkeypatch):
    monkeypatch.setattr(module, "LARGEST_DENSE", 50)
    monkeypatch.setattr(module, "TREND_STATIONS", 40)
    monkeypatch.setattr(module, "LARGEST_LIKELIHOOD", 50)
    rng = np.random.default_rng(0)
    places = rng.uniform((80, 25), (100, 40), (70, 2)).T
    data = rng.normal(size=(2, 70))
    covariance = Covariance.of(("gauss", 10.0, 500.0))
    with pytest.raises(DataError, match="use neighbourhoods"):
        Collocation(covariance, estimate="none").fit(places, data)
    field = Collocation(covariance, estimate="none", local=30).fit(places, data)
    assert np.isfinite(field.velocity(([90.0], [30.0]))).all()
    assert np.isfinite(field.leave_one_out().rmse)
