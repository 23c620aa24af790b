"""Growth and memory of the collocation solver: what no machine's speed can hide."""

import math
import time
import tracemalloc

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from asperity.gnss.benchmarks import job, some_nodes
from asperity.gnss.strain_rate.local import LocalPosterior
from asperity.gnss.strain_rate.solver import Posterior


def peak(function):
    """Return the largest memory that NumPy held at once meanwhile, bytes."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module")
def fitted():
    model, observations = job(800, 0)
    return model, observations, Posterior.condition(model, observations)


def test_a_fit_holds_the_matrix_once(fitted):
    # The matrix of 2 n, factored in place, beside distances, C, g and temporaries of n.
    model, observations, _ = fitted
    matrix = (2 * len(observations)) ** 2 * 8
    assert peak(lambda: Posterior.condition(model, observations)) < 2.5 * matrix


def test_memory_of_a_prediction_grows_by_its_results_alone(fitted):
    # Twice the nodes need twice the results, 42 numbers a node, and no more of anything else.
    posterior = fitted[2]
    few, many = (peak(lambda n=n: posterior.mean_and_covariance(some_nodes(n))) for n in (400, 800))
    assert many - few < 400 * (42 + 9 * 4) * 8


def test_neighbourhoods_hold_no_matrix_of_all_stations():
    model, observations = job(6_000, 0)
    trend = (np.zeros(3), np.zeros((3, 3)))
    around = LocalPosterior(model, observations, 150, trend, observations.centre)
    nodes = some_nodes(96)
    assert peak(lambda: around.mean_and_covariance(nodes)) < 0.05 * (2 * 6_000) ** 2 * 8


def test_work_grows_as_the_algorithm_says(fitted):
    # Operations of the solves: 6 (2 n)^2 a node; counted as elements of the right-hand sides.
    model, _, posterior = fitted
    shapes = []

    class Counting(type(model.vectors)):
        def cross(self, covariance, nodes, stations, out=None):
            found = super().cross(covariance, nodes, stations, out)
            shapes.append(found.shape)
            return found

    from dataclasses import replace

    counted = replace(posterior, model=replace(model, vectors=Counting()))
    counted.mean_and_covariance(some_nodes(300))
    assert sum(rows for rows, _ in shapes) == 6 * 300
    assert {columns for _, columns in shapes} == {2 * 800}


def seconds(function):
    """Return the least processor time of three calls, one thread."""
    times = []
    with threadpool_limits(1):
        for _ in range(3):
            start = time.process_time()
            function()
            times.append(time.process_time() - start)
    return min(times)


def test_time_grows_as_the_algorithm_says(fitted):
    # A factorisation grows as n^3, assembly as n^2; a prediction as the number of nodes.
    cases = [job(n, 0) for n in (400, 800, 1_600)]
    fits = [seconds(lambda case=case: Posterior.condition(*case)) for case in cases]
    exponent = math.log(fits[2] / fits[0]) / math.log(4.0)
    assert 1.5 < exponent < 3.2
    posterior = fitted[2]
    few, many = (
        seconds(lambda n=n: posterior.mean_and_covariance(some_nodes(n))) for n in (384, 1_536)
    )
    assert 0.7 < math.log(many / few) / math.log(4.0) < 1.3
