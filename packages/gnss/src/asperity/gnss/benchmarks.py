"""Benchmarks of the collocation solver, against what the machine's linear algebra allows.

The job is that of western China: 1,701 stations between 70 and 112 degrees east, 20
and 50 north, a Matern-3/2 covariance of 32 mm^2/yr^2 and 531 km, noise of 0.5 mm/yr
beyond the formal one, and a rotation. The places are drawn, so that no data are needed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import blas, lapack
from threadpoolctl import threadpool_limits

from asperity.core.benchmark import Benchmark
from asperity.gnss.sphere import local_frames
from asperity.gnss.strain_rate.covariance import Covariance, VectorModel
from asperity.gnss.strain_rate.local import LocalPosterior, compact_tiles
from asperity.gnss.strain_rate.solver import Noise, Observations, Posterior, SignalModel

__all__ = ["collocation_fit", "collocation_local", "collocation_predict", "job", "some_nodes"]

STATIONS = 1_701
NODES = 384
LOCAL_NODES = 1_152
NEIGHBOURS = 300
#: Part of the nodes of the local job that the dense reference does.
DENSE_SHARE = 1 / 12


def job(stations: int, seed: int) -> tuple[SignalModel, Observations]:
    """Return the model of the job and velocities at places that are drawn."""
    rng = np.random.default_rng(seed)
    frames = local_frames(rng.uniform(70.0, 112.0, stations), rng.uniform(20.0, 50.0, stations))
    model = SignalModel(
        Covariance.of(("matern32", 32.0, 531.0)), VectorModel(), "rotation", Noise(1.0, 0.5)
    )
    covariances = np.tile(0.16 * np.eye(2), (stations, 1, 1))
    return model, Observations(frames, rng.normal(0.0, 5.0, 2 * stations), covariances)


def some_nodes(count: int) -> NDArray[np.float64]:
    """Return the local frames of the first nodes of a grid, in compact tiles."""
    longitude, latitude = np.meshgrid(np.arange(90.0, 98.0, 0.1), np.arange(30.0, 36.0, 0.1))
    nodes = local_frames(longitude.ravel(), latitude.ravel())
    return nodes[np.concatenate(compact_tiles(nodes, 48))[:count]]


def _on_one_thread(function: Any) -> Any:
    def timed() -> Any:
        with threadpool_limits(1):
            return function()

    return timed


def collocation_fit(seed: int) -> Benchmark:
    """Assemble and factor the covariance of 1,701 stations, against the factorisation alone."""
    model, observations = job(STATIONS, seed)
    n = 2 * STATIONS
    square = np.random.default_rng(seed).normal(size=(n, n))
    positive = np.asfortranarray(square @ square.T + n * np.eye(n))

    def reference() -> Any:
        return lapack.dpotrf(positive.copy(order="F"), lower=1, clean=0, overwrite_a=1)

    return Benchmark(
        "collocation-fit",
        _on_one_thread(lambda: Posterior.condition(model, observations)),
        _on_one_thread(reference),
        "LAPACK's dpotrf of a matrix of that size, one thread",
        details={"stations": STATIONS, "seed": seed},
    )


def collocation_predict(seed: int) -> Benchmark:
    """Predict six functionals and their joint covariance, against their triangular solve alone."""
    model, observations = job(STATIONS, seed)
    posterior = Posterior.condition(model, observations)
    nodes = some_nodes(NODES)
    right = np.asfortranarray(np.random.default_rng(seed).normal(size=(2 * STATIONS, 6 * NODES)))

    def reference() -> Any:
        return blas.dtrsm(1.0, posterior.factor, right, lower=1)

    return Benchmark(
        "collocation-predict",
        _on_one_thread(lambda: posterior.mean_and_covariance(nodes)),
        _on_one_thread(reference),
        "BLAS's dtrsm of that many right-hand sides, one thread",
        details={"stations": STATIONS, "nodes": NODES, "seed": seed},
    )


def collocation_local(seed: int) -> Benchmark:
    """Predict from 300 stations around, against all 1,701 for every node."""
    model, observations = job(STATIONS, seed)
    posterior = Posterior.condition(model, observations)
    trend = (posterior.trend_parameters, posterior.trend_covariance)
    around = LocalPosterior(model, observations, NEIGHBOURS, trend, posterior.centre)
    nodes = some_nodes(LOCAL_NODES)
    part = nodes[: round(DENSE_SHARE * LOCAL_NODES)]
    return Benchmark(
        "collocation-local",
        _on_one_thread(lambda: around.mean_and_covariance(nodes)),
        _on_one_thread(lambda: posterior.mean_and_covariance(part)),
        f"the dense solver ({len(part)} of {LOCAL_NODES} nodes timed), one thread",
        reference_share=DENSE_SHARE,
        details={
            "stations": STATIONS, "nodes": LOCAL_NODES, "neighbours": NEIGHBOURS, "seed": seed,
        },
    )  # fmt: skip
