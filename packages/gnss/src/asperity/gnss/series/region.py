"""The stations around an event: which of them take part, and their displacements, prepared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError, InputError
from asperity.gnss.positions.common_mode import aligned
from asperity.gnss.positions.robust import hampel
from asperity.gnss.positions.series import PositionSeries, julian_years
from asperity.gnss.positions.trajectory import Offset, Trajectory, seasons_of

__all__ = ["Displacements", "Region", "choose_stations", "prepare"]

Array = NDArray[np.float64]
MOST_MISSING = 0.2
"""Share of the background that a station may miss."""
LARGEST_GAP = 150.0
"""Degrees of azimuth without a station, from which the event counts as outside."""
LEAST_BACKGROUND = 3.0
"""Years without which a background rate is not told from noise."""
HAMPEL_WINDOW = 61


@dataclass(frozen=True)
class Region:
    """The stations around an event.

    Parameters
    ----------
    series : tuple of PositionSeries
    distance, azimuth : ndarray, shape (s,)
        From the centre, km and degrees.
    left_out : tuple of dict
        ``site, reason``.
    flags : tuple of str
    """

    series: tuple[PositionSeries, ...]
    distance: Array
    azimuth: Array
    left_out: tuple[dict[str, str], ...]
    flags: tuple[str, ...]

    @property
    def sites(self) -> tuple[str, ...]:
        """Names of the stations."""
        return tuple(one.site for one in self.series)

    @property
    def coordinates(self) -> tuple[Array, Array]:
        """Longitude and latitude, degrees, shape (s,) each."""
        places = np.array([[one.longitude, one.latitude] for one in self.series])
        return places[:, 0], places[:, 1]


def choose_stations(
    series: Sequence[PositionSeries],
    center: tuple[float, float],
    radius: float,
    start: float,
    end: float,
    *,
    least: int = 4,
) -> Region:
    """Return the stations within a radius that were observed through the background.

    Parameters
    ----------
    series : sequence of PositionSeries
    center : tuple of float
        Longitude and latitude, degrees.
    radius : float
        km.
    start, end : float
        Of the background, years of 365.25 days.
    least : int, optional
        Stations that are needed.

    Raises
    ------
    InputError
        If the place of a station is not known.
    DataError
        If too few are left; the message says why the others are not.
    """
    from asperity.core.geometry import geodesic

    homeless = [one.site for one in series if not one.has_place]
    if homeless:
        raise InputError(
            f"station {homeless[0]}: its place is not known; give it with --sites, or leave it out"
        )
    longitude = np.array([one.longitude for one in series])
    latitude = np.array([one.latitude for one in series])
    metres, azimuth, _ = geodesic(center[1], center[0], latitude, longitude)
    kept, left_out = [], []
    for k, one in enumerate(series):
        expected = (end - start) * 365.25 / max(one.interval, 1.0)
        there = int(((one.years >= start) & (one.years < end)).sum())
        if metres[k] > 1e3 * radius:
            left_out.append({"site": one.site, "reason": f"{metres[k] / 1e3:.0f} km away"})
        elif there < (1.0 - MOST_MISSING) * expected:
            missing = 100.0 * (1.0 - there / expected)
            reason = f"{missing:.0f} % of the background missing"
            left_out.append({"site": one.site, "reason": reason})
        else:
            kept.append(k)
    if len(kept) < least:
        why = "; ".join(f"{row['site']} {row['reason']}" for row in left_out[:5])
        raise DataError(
            f"{len(kept)} stations within {radius:g} km of {center[0]:g}/{center[1]:g} with a "
            f"background; {least} are needed{f' ({why})' if why else ''}"
        )
    flags = []
    turned = np.sort(azimuth[kept])
    gap = float(np.diff(turned, append=turned[0] + 360.0).max())
    if len(kept) > 2 and gap > LARGEST_GAP:
        flags.append(f"{gap:.0f} degrees of azimuth without a station: the centre lies outside")
    return Region(
        tuple(series[k] for k in kept), metres[kept] / 1e3, azimuth[kept], tuple(left_out),
        tuple(flags),
    )  # fmt: skip


@dataclass(frozen=True)
class Displacements:
    """Displacements of the stations of a region on common days.

    Parameters
    ----------
    times : ndarray of datetime64, shape (t,)
        Days, without gaps.
    residuals : ndarray, shape (2 s, t)
        mm, east of all stations first; NaN where there is none. What is left of
        rate, seasons and steps that were fitted on the background.
    rates : ndarray, shape (2 s,)
        mm/yr, of the background.
    reference : float
        Year at which the rates pass through zero.
    background : ndarray of bool, shape (t,)
    models : tuple of Trajectory
        One a station.
    """

    times: NDArray[np.datetime64]
    residuals: Array
    rates: Array
    reference: float
    background: NDArray[np.bool_]
    models: tuple[Trajectory, ...]

    @property
    def years(self) -> Array:
        """Days in years of 365.25 days, shape (t,)."""
        return julian_years(self.times)

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which stations have both components on a day, shape (s, t)."""
        known = np.isfinite(self.residuals)
        half = len(known) // 2
        return np.asarray(known[:half] & known[half:])


def prepare(
    region: Region, offsets: Sequence[Sequence[Offset]], start: float, end: float
) -> Displacements:
    """Take rate, seasons and steps from displacements, as the background shows them.

    Parameters
    ----------
    region : Region
    offsets : sequence of sequence of Offset, length s
        Steps of each station, all of which are taken away.
    start, end : float
        Of the background, years.

    Raises
    ------
    DataError
        If the background is shorter than three years.

    Notes
    -----
    The trajectory is fitted on the background only, so that a change of rate before the
    event stays in the residuals; steps after the background are fitted as the difference
    of the means of 30 days on both sides. Days that depart from a running median of 61
    days by three robust deviations are left out (Hampel).
    """
    if end - start < LEAST_BACKGROUND:
        raise DataError(
            f"a background of {end - start:.2f} years; at least {LEAST_BACKGROUND:g} are "
            "needed: bring longer series"
        )
    reference = 0.5 * (start + end)
    rates, residuals, models = [], [], []
    for one, steps in zip(region.series, offsets, strict=True):
        years = one.years
        inside = (years >= start) & (years < end)
        model = Trajectory(reference, seasons_of(end - start), tuple(steps)).seen_in(years[inside])
        design = model.design(years)
        found = np.linalg.lstsq(design[inside], one.positions[:2, inside].T, rcond=None)[0]
        left = one.positions[:2] - (design @ found).T
        left = _without_later_steps(left, years, [s for s in steps if s.year >= end])
        left[:, hampel(left[0], HAMPEL_WINDOW) | hampel(left[1], HAMPEL_WINDOW)] = np.nan
        rates.append(found[1])
        residuals.append(left)
        models.append(model)
    times, table = aligned(region.series, residuals)
    days, table = _daily(times, table)
    years = julian_years(days)
    return Displacements(
        days, table.transpose(1, 0, 2).reshape(-1, days.size), np.array(rates).T.ravel(),
        reference, (years >= start) & (years < end), tuple(models),
    )  # fmt: skip


def _without_later_steps(left: Array, years: Array, steps: Sequence[Offset]) -> Array:
    for step in steps:
        before = (years < step.year) & (years >= step.year - 30.0 / 365.25)
        after = (years >= step.year) & (years < step.year + 30.0 / 365.25)
        if before.any() and after.any():
            size = np.median(left[:, after], axis=1) - np.median(left[:, before], axis=1)
            left = left - size[:, None] * (years >= step.year)
    return left


def _daily(times: NDArray[np.datetime64], table: Array) -> tuple[NDArray[np.datetime64], Array]:
    """Return the table on days without gaps."""
    day = np.timedelta64(1, "D")
    index = np.round((times - times[0]) / day).astype(np.int64)
    if np.unique(index).size < index.size:
        raise DataError("stations differ in the time of day of their epochs; bring them to one")
    days = times[0] + np.arange(index[-1] + 1) * day
    full: Any = np.full((*table.shape[:-1], days.size), np.nan)
    full[..., index] = table
    return days, full
