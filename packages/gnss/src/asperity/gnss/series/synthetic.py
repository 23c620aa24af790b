"""Networks whose strain is known: a steady rate that slows before an event."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from asperity.core.geometry import destination
from asperity.gnss.positions.noise import Noise, simulate
from asperity.gnss.positions.series import PositionSeries, from_julian_years
from asperity.gnss.sphere import NANOSTRAIN, local_frames, trend_functionals

__all__ = ["slowing_network"]

Array = NDArray[np.float64]


def slowing_network(
    rate: Sequence[float],
    share: float,
    *,
    event: float = 2017.88,
    years: float = 7.3,
    window: float = 1.0,
    stations: int = 6,
    radius: float = 100.0,
    center: tuple[float, float] = (95.02, 29.75),
    noise: Noise | None = None,
    gaps: float = 0.0,
    seed: int = 0,
) -> list[PositionSeries]:
    """Return stations on a circle whose strain rate slows in the window before an event.

    Parameters
    ----------
    rate : sequence of float
        ee, nn, en of the background, nanostrain/yr.
    share : float
        Of the rate by which it slows: 0 goes on, 1 stands still.
    event : float, optional
        Year; the last day is the one before.
    years, window : float, optional
    stations : int, optional
    radius : float, optional
        km.
    center : tuple of float, optional
        Longitude and latitude, degrees.
    noise : Noise, optional
        1 mm white and 3 mm/yr^0.25 flicker noise when missing.
    gaps : float, optional
        Share of days that are missing.
    seed : int, optional
    """
    generator = np.random.default_rng(seed)
    kind = Noise(1.0, 3.0, 1.0) if noise is None else noise
    azimuth = np.arange(stations) * 360.0 / stations
    latitude, longitude = destination(
        np.full(stations, center[1]), np.full(stations, center[0]), azimuth,
        np.full(stations, 1e3 * radius),
    )  # fmt: skip
    frames = local_frames(longitude, latitude)
    origin = local_frames([center[0]], [center[1]])[0]
    velocity = trend_functionals("rotation+strain", frames, origin)[:, :2, 3:] @ (
        np.asarray(rate) / NANOSTRAIN
    )
    n = round(years * 365.25)
    t = event + (np.arange(n) - n + 0.5) / 365.25
    elapsed = t - t[0] - share * np.maximum(t - (event - window), 0.0)
    # Days stand at noon.
    days = from_julian_years(t).astype("datetime64[D]") + np.timedelta64(12, "h")
    made = []
    for k in range(stations):
        horizontal = velocity[k][:, None] * elapsed + simulate(kind, n, 2, seed=generator)
        kept = generator.random(n) >= gaps
        made.append(
            PositionSeries.from_arrays(
                days[kept], np.vstack([horizontal, np.zeros(n)])[:, kept], site=f"T{k:03d}",
                longitude=float(longitude[k]), latitude=float(latitude[k]), frame="synthetic",
            )
        )  # fmt: skip
    return made
