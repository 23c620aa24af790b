"""Stations whose velocity, steps, seasons, relaxation and noise are known."""

from dataclasses import dataclass

import numpy as np

from asperity.gnss.positions import PositionSeries
from asperity.gnss.positions.noise import Noise, simulate
from asperity.gnss.positions.trajectory import Offset, Relaxation

NOISE = (Noise(1.0, 3.0, 1.0), Noise(1.0, 3.0, 1.0), Noise(3.0, 10.0, 1.0))


@dataclass(frozen=True)
class Made:
    series: PositionSeries
    offsets: tuple[Offset, ...]
    velocity: np.ndarray
    steps: np.ndarray


def station(seed, years=6.0, gaps=0.1, noise=NOISE, relaxation=10.0, outliers=0.01):
    """Two equipment changes, an earthquake with relaxation, seasons, gaps and outliers."""
    generator = np.random.default_rng(seed)
    n = round(years * 365.25)
    times = np.datetime64("2010-01-01T12:00", "ns") + np.arange(n) * np.timedelta64(1, "D")
    t = 2010.0 + np.arange(n) / 365.25
    velocity = generator.normal(0.0, 20.0, 3)
    offsets = (
        Offset(2010.0 + 0.3 * years, "equipment", "antenna"),
        Offset(2010.0 + 0.5 * years, "earthquake", "M 7.0", 7.0, 30.0),
        Offset(2010.0 + 0.8 * years, "equipment", "nothing moved"),
    )
    steps = generator.normal(0.0, 1.0, (3, 3)) * [15.0, 60.0, 0.0]
    values = np.stack([simulate(one, n, seed=generator)[0] for one in noise])
    values += velocity[:, None] * (t - 2010.0)
    for k in (1, 2):
        size = generator.normal(0.0, 2.0 / k, (3, 2))
        values += size[:, :1] * np.sin(2 * np.pi * k * t) + size[:, 1:] * np.cos(2 * np.pi * k * t)
    for k, offset in enumerate(offsets):
        values += steps[:, k : k + 1] * (t >= offset.year)
    decay = Relaxation(offsets[1].year, "log", 0.1).values(t)
    values += relaxation * np.sign(steps[:, 1:2]) * decay
    kept = generator.random(n) > gaps
    strange = np.flatnonzero(generator.random(n) < outliers)
    values[:, strange] += generator.normal(0.0, 40.0, (3, strange.size))
    sigma = np.array([[1.0], [1.0], [3.0]]) * generator.uniform(0.8, 1.3, (3, n))
    series = PositionSeries.from_arrays(
        times[kept], values[:, kept], sigma[:, kept], site=f"S{seed:03d}", longitude=100.0,
        latitude=30.0,
    )  # fmt: skip
    return Made(series, offsets, velocity, steps)
