"""From the positions around an event to its anomaly statistics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError
from asperity.gnss.positions.noise import Noise, NoiseModel, fit_noise, simulate
from asperity.gnss.positions.trajectory import Trajectory, seasons_of
from asperity.gnss.series.anomaly import Test, evaluate, onset_rows, window_rows
from asperity.gnss.series.region import Displacements
from asperity.gnss.series.strain import RegionSeries, apply_weights, daily_weights
from asperity.gnss.series.weights import STRAIN, Weights, along_axes

__all__ = ["Plan", "Significance", "significance", "station_noise"]

Array = NDArray[np.float64]
CHUNK = 50
"""Draws of a network that are in memory at once."""


@dataclass(frozen=True)
class Plan:
    """What is tested.

    Parameters
    ----------
    event : float
        Year.
    start : float
        First year of the background.
    windows : tuple of float
        Years before the event.
    components : tuple of str
    draws : int
    threshold : float
    noise : {"flicker", "power-law", "random-walk", "white"}
    seed : int
    """

    event: float
    start: float
    windows: tuple[float, ...] = (0.5, 1.0, 2.0, 3.0, 5.0)
    components: tuple[str, ...] = ("ee", "e2")
    draws: int = 2000
    threshold: float = 0.18
    noise: NoiseModel = "flicker"
    seed: int = 0


@dataclass(frozen=True)
class Significance:
    """Tests of the components of a series, and of all choices together.

    Parameters
    ----------
    tests : tuple of Test
    p_value : float
        Of the largest ``|z|`` over windows and components, against the same largest of noise.
    skipped : tuple of str
        Windows that could not be tested, with the reason.
    """

    tests: tuple[Test, ...]
    p_value: float
    skipped: tuple[str, ...]


def station_noise(
    displacements: Displacements, model: NoiseModel, executor: Executor | None = None
) -> list[Noise]:
    """Return the noise of each row of displacements, fitted on the background.

    Parameters
    ----------
    displacements : Displacements
    model : {"flicker", "power-law", "random-walk", "white"}
    executor : concurrent.futures.Executor, optional
        Runs the rows.
    """
    years = displacements.years
    jobs = []
    for row in displacements.residuals:
        known = np.isfinite(row) & displacements.background
        jobs.append((years[known], row[known]))
    span = float(np.ptp(years[displacements.background]))
    one = partial(_noise_of, model=model, periods=seasons_of(span))
    return list((map if executor is None else executor.map)(one, jobs))


def _noise_of(job: tuple[Array, Array], model: NoiseModel, periods: tuple[float, ...]) -> Noise:
    from threadpoolctl import threadpool_limits

    years, values = job
    design = Trajectory(float(years.mean()), periods).design(years)
    with threadpool_limits(1):
        return fit_noise(years, values, design, model, likelihood="restricted").noise


def significance(
    series: RegionSeries,
    displacements: Displacements,
    weights: Weights,
    plan: Plan,
    *,
    executor: Executor | None = None,
    advance: Callable[[int], Any] = lambda _: None,
) -> Significance:
    """Test a series against noise with the gaps and the geometry of its stations.

    Parameters
    ----------
    series : RegionSeries
    displacements : Displacements
    weights : Weights
    plan : Plan
    executor : concurrent.futures.Executor, optional
        Runs the fits of the noise.
    advance : callable, optional
        Called with the number of draws that are done.

    Raises
    ------
    DataError
        If no window can be tested.

    Notes
    -----
    Noise is fitted to each station and component on the background; draws of it have the
    gaps of the station, lose rate and seasons of their background as the observations do,
    and pass through the same weights. The choice of window and component is part of the
    test: the largest ``|z|`` is held against the largest of each draw.
    """
    own = station_noise(displacements, plan.noise, executor)
    draws = _draw(series, displacements, weights, own, plan, advance)
    tests, skipped = [], []
    for k, name in enumerate(plan.components):
        values = series.row(name)
        known = np.isfinite(values)
        years = series.years
        background = known & (years >= plan.start) & (years < plan.event - min(plan.windows))
        noise = _noise_of(
            (years[background], values[background]),
            plan.noise,
            seasons_of(_span(years, background)),
        )
        rows = []
        for window in plan.windows:
            try:
                rows.append(window_rows(years, known, plan.event, window, plan.start, noise))
            except DataError as error:
                skipped.append(str(error))
        if not rows:
            raise DataError(f"component {name}: no window can be tested ({skipped[-1]})")
        onsets = onset_rows(years, known, plan.event, plan.start, noise)
        rate = float(np.nan_to_num(values) @ rows[0].slope_before)
        tests.append(evaluate(name, values, rows, onsets, noise, draws[:, k], rate, plan.threshold))
    largest = np.max([test.draws_max for test in tests], axis=0)
    z_max = max(test.z_max for test in tests)
    p = float((1 + (largest >= z_max).sum()) / (1 + largest.size))
    return Significance(tuple(tests), p, tuple(dict.fromkeys(skipped)))


def _span(years: Array, rows: NDArray[np.bool_]) -> float:
    return float(np.ptp(years[rows])) if rows.any() else 0.0


def _draw(
    series: RegionSeries,
    displacements: Displacements,
    weights: Weights,
    own: Sequence[Noise],
    plan: Plan,
    advance: Callable[[int], Any],
) -> Array:
    """Return draws of the components under test, shape (d, c, t)."""
    table, which = daily_weights(weights, displacements.present)
    everyone = weights.of(np.ones(len(own) // 2, dtype=bool))
    pick = _picked(series, weights, plan.components)
    table, everyone = np.einsum("rc,kcs->krs", pick, table), pick @ everyone
    table = np.nan_to_num(table)
    generator = np.random.default_rng(plan.seed)
    projections = [_projection(displacements, row) for row in displacements.residuals]
    time = displacements.years - displacements.reference
    out = np.empty((plan.draws, len(plan.components), time.size))
    for first in range(0, plan.draws, CHUNK):
        count = min(CHUNK, plan.draws - first)
        noise = np.stack([simulate(one, time.size, count, seed=generator) for one in own], axis=1)
        rates = np.empty((count, len(own)))
        for row, (design, inverse) in enumerate(projections):
            known = np.isfinite(displacements.residuals[row])
            found = noise[:, row, known & displacements.background] @ inverse.T
            rates[:, row] = found[:, 1]
            noise[:, row] = np.where(known, noise[:, row] - found @ design.T, 0.0)
        values = apply_weights(table, which, noise)
        out[first : first + count] = values + (rates @ everyone.T)[:, :, None] * time
        advance(count)
    return out


def _picked(series: RegionSeries, weights: Weights, components: Sequence[str]) -> Array:
    """Return what takes the components of the weights to those under test."""
    full = np.eye(len(weights.components))
    if weights.components == STRAIN:
        full = np.concatenate([full, along_axes(series.rate[:3])[0]])
    for name in components:
        series.row(name)  # refuses a component that is not there
    return full[[series.components.index(name) for name in components]]


def _projection(displacements: Displacements, row: Array) -> tuple[Array, Array]:
    """Return the design of rate and seasons, and its pseudo-inverse on the background."""
    years = displacements.years
    span = float(np.ptp(years[displacements.background]))
    design = Trajectory(displacements.reference, seasons_of(span)).design(years)
    known = np.isfinite(row) & displacements.background
    return design, np.asarray(np.linalg.pinv(design[known]), dtype=np.float64)
