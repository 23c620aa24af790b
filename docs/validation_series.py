"""Measure what docs/validation-series.md states of velocities: coverage, MIDAS, speed.

Run with ``uv run python docs/validation_series.py PART [STATIONS]``, PART one of
coverage, midas, speed, thousands; a few minutes each on one core.
"""

import sys
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from asperity.core.executors import open_executor
from asperity.gnss.positions.noise import Noise, fit_noise, simulate
from asperity.gnss.positions.trajectory import Trajectory
from asperity.gnss.positions.velocity import (
    VelocityOptions,
    estimate_velocities,
    estimate_velocity,
)
from gnss.positions.synthetic import station


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def coverage(stations: int = 50) -> None:
    """Share of true velocities within 1 and 1.96 sigma, and the mean square of z."""
    cases = [
        ("flicker, full likelihood", 0.0, {"noise": "flicker"}),
        ("flicker, restricted", 0.0, {"noise": "flicker", "likelihood": "restricted"}),
        ("power law, restricted", 0.0, {"likelihood": "restricted"}),
        ("white noise only", 0.0, {"noise": "white"}),
        ("flicker, relaxation", 10.0, {"noise": "flicker", "likelihood": "restricted",
                                       "relaxation": "log"}),
    ]  # fmt: skip
    for name, relaxation, options in cases:
        z, medians = [], []
        for seed in range(stations):
            made = station(seed, relaxation=relaxation)
            found = estimate_velocity(made.series, made.offsets, VelocityOptions(**options))
            z.append((found.velocity - made.velocity) / found.sigma)
            if found.midas:
                pairs = zip(found.midas, made.velocity, strict=True)
                medians.append([(m.velocity - v) / m.sigma for m, v in pairs])
        size = np.abs(z)
        line = f"{name}: within 1 {np.mean(size < 1):.3f}, within 1.96 {np.mean(size < 1.96):.3f}"
        line += f", z2 {np.mean(size**2):.2f}; MIDAS z2 {np.mean(np.square(medians)):.2f}"
        say(line + f"; {3 * stations} velocities")


def against_midas(stations: int = 100) -> None:
    """Differences of MIDAS and least squares, and of both from the truth, mm/yr rms."""
    rows = []
    for seed in range(stations):
        made = station(seed, relaxation=0.0, years=8.0)
        found = estimate_velocity(made.series, made.offsets, VelocityOptions(noise="none"))
        medians = np.array([m.velocity for m in found.midas])
        rows.append((medians - found.velocity, medians - made.velocity,
                     found.velocity - made.velocity))  # fmt: skip
    rms = np.sqrt(np.mean(np.square(rows), axis=0))
    names = ("MIDAS less least squares", "MIDAS less truth", "least squares less truth")
    for name, (east, north, up) in zip(names, rms, strict=True):
        say(f"{name}: east {east:.3f}, north {north:.3f}, up {up:.3f}")


def speed(stations: int = 60) -> None:
    """Stations a second (trajectory and MIDAS, 4,000 epochs), seconds of a likelihood fit.

    Processor time on one thread, which other work on the machine does not change much.
    """
    made = [station(seed, years=4000 / 365.25, gaps=0.0, relaxation=0.0) for seed in range(8)]
    options = VelocityOptions(noise="none")
    estimate_velocity(made[0].series, made[0].offsets, options)
    start = time.process_time()
    for k in range(stations):
        estimate_velocity(made[k % 8].series, made[k % 8].offsets, options)
    rate = stations / (time.process_time() - start)
    say(f"trajectory and MIDAS, {len(made[0].series)} epochs: {rate:.0f} stations/s of processor")
    years = 2000.0 + np.arange(4000) / 365.25
    values = simulate(Noise(1.0, 3.0, 1.0), 4000, seed=1)[0]
    for share in (0.0, 0.15, 0.5):
        kept = np.random.default_rng(2).random(4000) >= share
        design = Trajectory(2005.0).design(years[kept])
        fit_noise(years[kept], values[kept], design)
        start = time.process_time()
        fit = fit_noise(years[kept], values[kept], design)
        seconds = time.process_time() - start
        say(f"power law, {kept.sum()} of 4000 epochs: {seconds:.2f} s, {fit.evaluations} steps")


def thousands(stations: int = 3000) -> None:
    """Stations of three years in two processes."""
    made = [station(seed, years=3.0, relaxation=0.0) for seed in range(stations)]
    options = VelocityOptions(method="midas", noise="none")
    with open_executor("local:2") as executor:
        start = time.perf_counter()
        found = estimate_velocities(
            [one.series for one in made], [one.offsets[1:2] for one in made], options,
            executor=executor,
        )  # fmt: skip
        seconds = time.perf_counter() - start
    good = sum(result.status == "ok" for result in found)
    say(f"{stations} stations, {good} velocities, 2 processes: {seconds:.0f} s")


if __name__ == "__main__":
    parts = {"coverage": coverage, "midas": against_midas, "speed": speed, "thousands": thousands}
    with threadpool_limits(1):
        parts[sys.argv[1]](*map(int, sys.argv[2:]))
