"""How often noise alone passes a threshold, and how often a real change does.

A network of stations with independent noise of one kind gives, through linear weights, a
strain whose noise is of the same kind, its amplitude that of the root of the sum of
squared weights. So one series a draw suffices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.geometry import destination
from asperity.gnss.positions.noise import Noise, simulate
from asperity.gnss.series.anomaly import PAPER, STATISTICS, WindowRows, window_rows
from asperity.gnss.series.weights import STRAIN, UniformStrain

__all__ = ["CASES", "Case", "Fit", "circle_weights", "false_alarms", "power"]

Array = NDArray[np.float64]
Fit = Literal["ordinary", "generalised"]
"""How lines are fitted: as if noise were white, or under its coloured covariance."""


@dataclass(frozen=True)
class Case:
    """A synthetic network and its background.

    Parameters
    ----------
    name : str
    rate : float
        Of the background, nanostrain/yr.
    radius : float
        Of the circle of stations, km.
    noise : tuple of Noise
        Independent parts of the displacement of a component.
    window : float
        Years.
    total : float
        Years of background and window.
    stations : int
    component : {"ee", "nn", "en"}
    """

    name: str
    rate: float = -20.0
    radius: float = 100.0
    noise: tuple[Noise, ...] = (Noise(1.0, 3.0, 1.0),)
    window: float = 1.0
    total: float = 7.3
    stations: int = 6
    component: str = "ee"


_WALK = (Noise(1.0, 3.0, 1.0), Noise(0.0, 1.0, 2.0))
CASES: tuple[Case, ...] = (
    Case("-20 nanostrain/yr, 100 km, white 1 mm, flicker 3, 1 year"),
    Case("-5 nanostrain/yr", rate=-5.0),
    Case("radius 200 km", radius=200.0),
    Case("white 0.7 mm, flicker 1.5 (filtered)", noise=(Noise(0.7, 1.5, 1.0),)),
    Case("white noise only", noise=(Noise(1.0),)),
    Case("window of 2 years", window=2.0),
    Case("window of 3 years", window=3.0),
    Case("window of half a year", window=0.5),
    Case("with a random walk of 1 mm/yr^0.5", noise=_WALK),
)
"""Cases of a network of six stations with independent noise."""


def circle_weights(case: Case, centre: tuple[float, float] = (95.0, 30.0)) -> Array:
    """Return the weights of the stations of a circle for one component, shape (2 s,).

    Raises
    ------
    InputError
        If fewer than three stations, or an unknown component, are asked for.
    """
    if case.stations < 3 or case.component not in STRAIN:
        raise InputError(
            f"{case.stations} stations, component {case.component!r}; give three or more, and one "
            f"of {', '.join(STRAIN)}"
        )
    azimuth = np.arange(case.stations) * 360.0 / case.stations
    latitude, longitude = destination(
        np.full(case.stations, centre[1]), np.full(case.stations, centre[0]), azimuth,
        np.full(case.stations, 1e3 * case.radius),
    )[:2]  # fmt: skip
    weights = UniformStrain(np.asarray(longitude), np.asarray(latitude), centre)
    rows = weights.of(np.ones(case.stations, dtype=bool))
    return np.asarray(rows[STRAIN.index(case.component)])


def draw(case: Case, draws: int, seed: int, fit: Fit) -> tuple[WindowRows, Array]:
    """Return the rows of a case and its series of noise, nanostrain, shape (draws, t)."""
    amplitude = float(np.linalg.norm(circle_weights(case)))
    n = round(case.total * 365.25)
    years = 2000.0 + np.arange(n) / 365.25
    event = years[-1] + 0.5 / 365.25
    # The first part weights the least squares.
    first = case.noise[0]
    scaled = Noise(amplitude * first.white, amplitude * first.power_law, first.alpha)
    rows = window_rows(
        years, np.ones(n, dtype=bool), event, case.window, years[0] - 0.5 / 365.25, scaled,
        Noise(1.0) if fit == "ordinary" else None,
    )  # fmt: skip
    generator = np.random.default_rng(seed)
    series = sum(simulate(part, n, draws, seed=generator) for part in case.noise)
    return rows, amplitude * np.asarray(series)


def false_alarms(
    cases: Sequence[Case] = CASES,
    *,
    draws: int = 2000,
    seed: int = 0,
    threshold: float = PAPER,
    fit: Fit = "ordinary",
) -> list[dict[str, Any]]:
    """Return how often the statistics of noise about a steady rate pass a threshold.

    Parameters
    ----------
    cases : sequence of Case, optional
    draws : int, optional
    seed : int, optional
    threshold : float, optional
    fit : {"ordinary", "generalised"}, optional

    Returns
    -------
    list of dict
        ``case, rate, radius_km, window, rates{d_slope, d_acc, d_win}, errors{...}``
        (Monte Carlo standard errors) ``, slope_sd`` (of the window, nanostrain/yr).
    """
    table = []
    for case in cases:
        rows, noise = draw(case, draws, seed, fit)
        found = rows.statistics(noise + case.rate * np.arange(noise.shape[1]) / 365.25)
        rates = {name: float((np.abs(found[name]) > threshold).mean()) for name in STATISTICS}
        table.append(
            {
                "case": case.name,
                "rate": case.rate,
                "radius_km": case.radius,
                "window": case.window,
                "rates": rates,
                "errors": {k: float(np.sqrt(v * (1.0 - v) / draws)) for k, v in rates.items()},
                "slope_sd": float(found["slope_within"].std()),
            }
        )
    return table


def power(
    case: Case, shares: Sequence[float], *, draws: int = 2000, seed: int = 0,
    threshold: float = PAPER, level: float = 0.05, fit: Fit = "generalised",
) -> dict[str, Any]:  # fmt: skip
    """Return how often a slowing in the window is found, at a stated false-alarm rate.

    Parameters
    ----------
    case : Case
    shares : sequence of float
        Of the background rate by which it slows: 1 stands still.
    draws : int, optional
        Half of them give the critical value, half are tested.
    seed : int, optional
    threshold : float, optional
        Of the rule on D_acc, D_slope and D_win.
    level : float, optional
        False-alarm rate of the test by simulation.
    fit : {"ordinary", "generalised"}, optional

    Returns
    -------
    dict
        ``level, rows[{share, detected, median_p, d_slope, d_acc, d_win}], minimum_share``: the
        share found in 80 of 100 draws, None above 10.
    """
    rows, noise = draw(case, 2 * draws, seed, fit)
    null, tested = noise[:draws], noise[draws:]
    days = np.arange(noise.shape[1]) / 365.25
    line = case.rate * days
    steady = np.abs(rows.statistics(null + line)["z"])
    critical = float(np.quantile(steady, 1.0 - level))
    begin = days[-1] - case.window
    bend = -case.rate * np.maximum(days - begin, 0.0)
    ordered = np.sort(steady)

    def at(share: float) -> dict[str, Any]:
        found = rows.statistics(tested + line + share * bend)
        z = np.abs(found["z"])
        p = (1 + draws - np.searchsorted(ordered, z)) / (1 + draws)
        return {
            "share": share,
            "detected": float((z > critical).mean()),
            "median_p": float(np.median(p)),
            **{name: float((np.abs(found[name]) > threshold).mean()) for name in STATISTICS},
        }

    low, high = 0.0, 10.0
    if at(high)["detected"] < 0.8:
        smallest = None
    else:
        for _ in range(20):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if at(middle)["detected"] < 0.8 else (low, middle)
        smallest = high
    return {
        "level": level,
        "critical_z": critical,
        "slope_sigma": rows.sigma,
        "rows": [at(share) for share in shares],
        "minimum_share": smallest,
    }
