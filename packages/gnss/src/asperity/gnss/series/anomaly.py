"""Whether a series departs from its background before an event, and how sure one can be.

All statistics are linear in the series, or ratios of what is: they are rows that are
applied to the observed series and to thousands of series of noise alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError
from asperity.gnss.positions.noise import Gram, Grid, Noise

__all__ = ["STATISTICS", "Statistic", "Test", "WindowRows", "evaluate", "onset_rows", "window_rows"]

Array = NDArray[np.float64]
Statistic = Literal["d_slope", "d_acc", "d_win"]
STATISTICS: tuple[Statistic, ...] = ("d_slope", "d_acc", "d_win")
LAST_DAYS = 30
PAPER = 0.18
"""Threshold of Ma et al. 2024: 18 % off the linear trend."""
LEAST_IN_WINDOW = 30
LEVEL, POWER = 0.05, 0.8


@dataclass(frozen=True)
class WindowRows:
    """What turns a series into the statistics of one window.

    Parameters
    ----------
    window : float
        Years before the event.
    background : float
        Years of the background before it.
    slope_before, slope_within, deviation : ndarray, shape (t,)
        Rows: rate of the background, rate of the window (both a year), and mean of the
        last 30 days less the line of the background.
    sigma : float
        Standard deviation of the change of rate under the noise.
    """

    window: float
    background: float
    slope_before: Array
    slope_within: Array
    deviation: Array
    sigma: float

    def statistics(self, series: Array) -> dict[str, Array]:
        """Return ``d_slope, d_acc, d_win, z`` and the rates of series, shape (..., t).

        Notes
        -----
        D_slope = (c1(W) - c1(B)) / |c1(B)|, D_acc and D_win the deviation over |c1(B)| times
        the length of the background, or of the window.
        """
        before, within, off = (
            series @ row for row in (self.slope_before, self.slope_within, self.deviation)
        )
        size = np.abs(before)
        with np.errstate(divide="ignore", invalid="ignore"):
            return {
                "d_slope": (within - before) / size,
                "d_acc": off / (size * self.background),
                "d_win": off / (size * self.window),
                "z": (within - before) / self.sigma,
                "slope_before": before,
                "slope_within": within,
            }


def window_rows(
    years: Array,
    known: NDArray[np.bool_],
    event: float,
    window: float,
    start: float,
    noise: Noise,
    fitted: Noise | None = None,
) -> WindowRows:
    """Return the rows of one window by generalised least squares under coloured noise.

    Parameters
    ----------
    years : ndarray, shape (t,)
        Days in a row.
    known : ndarray of bool, shape (t,)
        Where the series has a value.
    event : float
        Year; nothing from then on is used.
    window : float
        Years before the event.
    start : float
        First year of the background, which ends where the window begins.
    noise : Noise
        Of the series.
    fitted : Noise, optional
        By which lines are fitted, that of the series when missing; white noise makes
        them ordinary least squares.

    Raises
    ------
    DataError
        If background or window hold too few days.
    """
    begin = event - window
    background = known & (years >= start) & (years < begin)
    within = known & (years >= begin) & (years < event)
    last = known & (years >= event - LAST_DAYS / 365.25) & (years < event)
    if background.sum() < 365 or within.sum() < LEAST_IN_WINDOW or not last.any():
        raise DataError(
            f"window of {window:g} years: {background.sum()} days of background, {within.sum()} in "
            f"the window and {last.sum()} in its last {LAST_DAYS}; too few: choose another "
            "--window, or longer series"
        )
    by = noise if fitted is None else fitted
    constant, slope = line_rows(years, background, begin, by)
    inside = line_rows(years, within, begin, by)[1]
    mean = last / last.sum()
    deviation = mean - constant - slope * float(mean @ (years - begin))
    change = inside - slope
    return WindowRows(
        window, begin - start, slope, inside, deviation, deviation_under(change, noise)
    )


def line_rows(
    years: Array, rows: NDArray[np.bool_], reference: float, noise: Noise
) -> tuple[Array, Array]:
    """Return the rows that give constant (at `reference`) and slope of a line, shape (t,) each."""
    index = np.flatnonzero(rows)
    grid = Grid(index - index[0], 1.0)
    design = np.column_stack([np.ones(index.size), years[index] - reference])
    solved = Gram(grid, design).solve(noise)
    estimator = np.linalg.solve(design.T @ solved, solved.T)
    out = np.zeros((2, years.size))
    out[:, index] = estimator
    return out[0], out[1]


def line_band(
    years: Array, known: NDArray[np.bool_], start: float, begin: float, noise: Noise
) -> tuple[Array, Array, Array]:
    """Return where means of 30 days lie about the line of the background, as the noise allows.

    Parameters
    ----------
    years, known : ndarray, shape (t,)
    start, begin : float
        Of the background and of the window behind it.
    noise : Noise

    Returns
    -------
    at : ndarray, shape (m,)
        Middle of each 30 days, years.
    line_of : ndarray, shape (m, t)
        Rows that give the line there.
    sigma : ndarray, shape (m,)
        Standard deviation of mean less line.
    """
    constant, slope = line_rows(years, known & (years >= start) & (years < begin), begin, noise)
    middles, lines, sigma = [], [], []
    for first in range(0, years.size - LAST_DAYS + 1, LAST_DAYS):
        days = np.zeros(years.size)
        days[first : first + LAST_DAYS] = known[first : first + LAST_DAYS]
        if days.sum() < LAST_DAYS / 2:
            continue
        mean = days / days.sum()
        middle = float(mean @ years)
        line = constant + slope * (middle - begin)
        middles.append(middle)
        lines.append(line)
        sigma.append(deviation_under(mean - line, noise))
    return np.array(middles), np.array(lines), np.array(sigma)


def deviation_under(row: Array, noise: Noise) -> float:
    """Return the standard deviation of what a row gives of noise.

    Notes
    -----
    u' C u with u = P C~: for power-law noise the row must take constants away, since its
    mean has no expectation; then the generalised covariance suffices.
    """
    from scipy.fft import irfft, next_fast_len, rfft

    from asperity.gnss.positions.noise import autocovariance

    variance = noise.white**2 * float(row @ row)
    step = noise.step(1.0)
    if step > 0.0:
        n = row.size
        length = next_fast_len(2 * n - 1, real=True)
        spectrum = np.abs(rfft(row, length)) ** 2
        lags = irfft(spectrum, length)[:n]
        lags[1:] *= 2.0
        variance += step**2 * float(lags @ autocovariance(noise.alpha, n))
    return math.sqrt(max(variance, 0.0))


def onset_rows(
    years: Array, known: NDArray[np.bool_], event: float, start: float, noise: Noise,
    span: tuple[float, float] = (0.5, 5.0), step: float = 0.1,
) -> tuple[Array, Array]:  # fmt: skip
    """Return the onsets that are tried, and the rows that give z of a change of rate there.

    Parameters
    ----------
    years, known, event, start, noise
        As for `window_rows`.
    span : tuple of float, optional
        Earliest and latest, years before the event.
    step : float, optional
        Years between onsets.

    Returns
    -------
    onsets : ndarray, shape (m,)
        Years.
    rows : ndarray, shape (m, t)

    Notes
    -----
    A line that bends at the onset is fitted to all that is before the event; z is the
    bend over its standard deviation (sup-F test of Andrews 1993, doi:10.2307/2951764, under
    the coloured covariance).
    """
    used = known & (years >= start) & (years < event)
    index = np.flatnonzero(used)
    earliest = max(event - span[1], start + 1.0)
    onsets = np.arange(event - span[0], earliest - 1e-9, -step)[::-1]
    if not onsets.size or index.size < 365:
        return np.empty(0), np.empty((0, years.size))
    t = years[index]
    bends = np.maximum(t[:, None] - onsets, 0.0)
    line = np.column_stack([np.ones(t.size), t - event])
    columns = np.column_stack([line, bends])
    solved = Gram(Grid(index - index[0], 1.0), columns).solve(noise)
    base = np.linalg.inv(line.T @ solved[:, :2])
    rows = np.zeros((onsets.size, years.size))
    for k in range(onsets.size):
        against = line.T @ solved[:, 2 + k]
        left = solved[:, 2 + k] - solved[:, :2] @ (base @ against)
        information = float(bends[:, k] @ left)
        rows[k, index] = left / math.sqrt(information)
    return onsets, rows


@dataclass(frozen=True)
class Test:
    """Statistics of a series beside those of noise.

    Parameters
    ----------
    component : str
    noise : Noise
        Fitted on the background.
    windows : mapping of float to dict
        By length: statistics, their p and false-alarm rates.
    onset : dict
        The bend that stands out most.
    z_max : float
        Largest |z| over windows.
    draws_max : ndarray
        The same of the noise.
    """

    component: str
    noise: Noise
    windows: Mapping[float, dict[str, Any]]
    onset: dict[str, Any]
    z_max: float
    draws_max: Array = field(default_factory=lambda: np.empty(0))


def evaluate(
    component: str,
    series: Array,
    rows: Sequence[WindowRows],
    onsets: tuple[Array, Array],
    noise: Noise,
    draws: Array,
    rate: float,
    threshold: float = PAPER,
) -> Test:
    """Hold the statistics of a series against those of noise about its background line.

    Parameters
    ----------
    component : str
    series : ndarray, shape (t,)
        NaN where there is no value.
    rows : sequence of WindowRows
    onsets : tuple of ndarray
        From `onset_rows`.
    noise : Noise
    draws : ndarray, shape (d, t)
        Noise with the gaps and the geometry of the series.
    rate : float
        Of the background line, a year.
    threshold : float, optional
        Of the D statistics.

    Returns
    -------
    Test

    Notes
    -----
    p = (1 + draws at least as large) / (1 + draws). The least change that is detected in 80
    of 100 cases at a level of 5 % follows from the spread of z in the draws.
    """
    observed = np.nan_to_num(series)
    windows: dict[float, dict[str, Any]] = {}
    z_all = []
    ramp: Array = rate * np.arange(observed.size, dtype=np.float64) / 365.25
    for row in rows:
        own = {k: float(v) for k, v in row.statistics(observed).items()}
        theirs = row.statistics(draws + ramp)
        z = theirs["z"] - float(row.statistics(ramp)["z"])
        z_all.append(np.abs(z))
        critical = float(np.quantile(np.abs(z), 1.0 - LEVEL))
        least = _shift(z, critical) * row.sigma
        windows[row.window] = {
            "background_years": row.background,
            "slope_before": own["slope_before"],
            "slope_within": own["slope_within"],
            "slope_sigma": row.sigma,
            "z": own["z"],
            "p_z": p_value(np.abs(z), abs(own["z"])),
            "statistics": {name: own[name] for name in STATISTICS},
            "p": {n: p_value(np.abs(theirs[n]), abs(own[n])) for n in STATISTICS},
            "exceeds": {n: abs(own[n]) > threshold for n in STATISTICS},
            "false_alarm_rate": {
                n: float((np.abs(theirs[n]) > threshold).mean()) for n in STATISTICS
            },
            "minimum_detectable": {
                "slope_change": least,
                "share_of_background": least / abs(own["slope_before"])
                if own["slope_before"] != 0.0 else None,
            },
        }  # fmt: skip
    z_max = max(abs(w["z"]) for w in windows.values())
    return Test(
        component, noise, windows, _onset(observed, onsets, draws), z_max,
        np.max(z_all, axis=0),
    )  # fmt: skip


def _onset(observed: Array, onsets: tuple[Array, Array], draws: Array) -> dict[str, Any]:
    times, rows = onsets
    if not times.size:
        return {"year": None, "z": None, "p": None}
    z = rows @ observed
    best = int(np.argmax(np.abs(z)))
    largest = np.abs(draws @ rows.T).max(axis=1)
    return {
        "year": float(times[best]),
        "z": float(z[best]),
        "p": p_value(largest, float(abs(z[best]))),
    }


def _shift(z: Array, critical: float) -> float:
    """Return the shift of z with which the test detects in 80 of 100 cases."""
    low, high = 0.0, critical + 10.0 * float(z.std()) + 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if (np.abs(z + middle) > critical).mean() < POWER:
            low = middle
        else:
            high = middle
    return high


def p_value(draws: Array, observed: float) -> float:
    """Return the share of draws at least as large, the observed one among them."""
    return float((1 + (draws >= observed).sum()) / (1 + draws.size))
