"""The rule in time over a catalog: alarms of regions, held against earthquakes that followed.

A region is on alarm in a month when its statistic, computed from what was known then,
passes a threshold; the alarm stands for the time from half a year to five years later.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError
from asperity.gnss.criteria.space_time import LEAD, MARKED, TimeScore, score_alarms
from asperity.gnss.positions.noise import Noise
from asperity.gnss.positions.offsets import Earthquakes
from asperity.gnss.positions.series import PositionSeries
from asperity.gnss.series.anomaly import Statistic, window_rows
from asperity.gnss.series.region import choose_stations, prepare
from asperity.gnss.series.strain import region_series
from asperity.gnss.series.weights import UniformStrain

__all__ = ["Alarms", "alarm_strength", "monthly_events", "region_centres", "score_rule"]

Array = NDArray[np.float64]
MONTH = 1.0 / 12.0


@dataclass(frozen=True)
class Alarms:
    """The statistic of regions, month by month.

    Parameters
    ----------
    centres : ndarray, shape (r, 2)
        Longitude and latitude, degrees.
    radius : float
        km.
    months : ndarray, shape (m,)
        Years at which the statistic could be known.
    strength : ndarray, shape (r, m)
        |D|; NaN where it could not be computed.
    """

    centres: Array
    radius: float
    months: Array
    strength: Array


def region_centres(
    series: Sequence[PositionSeries], radius: float, spacing: float, start: float, end: float
) -> Array:
    """Return centres of regions that stations surround, longitude and latitude, shape (r, 2).

    Parameters
    ----------
    series : sequence of PositionSeries
    radius, spacing : float
        km.
    start, end : float
        Of the background that stations must have, years.

    Raises
    ------
    DataError
        If there is none.
    """
    places = np.array([[one.longitude, one.latitude] for one in series])
    middle = np.radians(places[:, 1].mean())
    steps = spacing / 111.2 / np.cos(middle), spacing / 111.2
    centres = []
    for latitude in np.arange(places[:, 1].min(), places[:, 1].max() + 1e-9, steps[1]):
        for longitude in np.arange(places[:, 0].min(), places[:, 0].max() + 1e-9, steps[0]):
            try:
                region = choose_stations(series, (longitude, latitude), radius, start, end)
            except DataError:
                continue
            if not region.flags:
                centres.append((longitude, latitude))
    if not centres:
        raise DataError(
            f"no place has four stations around it within {radius:g} km; choose a larger --radius"
        )
    return np.array(centres)


def alarm_strength(
    series: Sequence[PositionSeries],
    centres: Array,
    radius: float,
    *,
    window: float = 1.0,
    background: float = 4.0,
    statistic: Statistic = "d_acc",
    component: str = "ee",
) -> Alarms:
    """Return the statistic of each region at the end of each month, from earlier data only.

    Parameters
    ----------
    series : sequence of PositionSeries
    centres : ndarray, shape (r, 2)
    radius : float
        km.
    window, background : float, optional
        Years; the first alarm is possible after both.
    statistic : {"d_acc", "d_slope", "d_win"}, optional
    component : str, optional
    """
    start = min(float(one.years[0]) for one in series)
    end = max(float(one.years[-1]) for one in series)
    months = np.arange(start + background + window, end + 1e-9, MONTH)
    strength = np.full((len(centres), months.size), np.nan)
    for k, (longitude, latitude) in enumerate(centres):
        place = (float(longitude), float(latitude))
        region = choose_stations(series, place, radius, start, start + background)
        made = prepare(region, [()] * len(region.series), start, start + background)
        strain = region_series(made, UniformStrain(*region.coordinates, place))
        values = strain.row(component)
        known = np.isfinite(values)
        for m, month in enumerate(months):
            try:
                rows = window_rows(strain.years, known, month, window, start, Noise(1.0))
            except DataError:
                continue
            strength[k, m] = abs(float(rows.statistics(np.nan_to_num(values))[statistic]))
    return Alarms(centres, radius, months, strength)


def monthly_events(alarms: Alarms, earthquakes: Earthquakes) -> NDArray[np.int64]:
    """Count earthquakes by region, each in the nearest one, and month.

    Returns
    -------
    ndarray, shape (r, m + 60)
        Of the months of the alarms and of the five years that the last of them reaches.
    """
    from asperity.core.geometry import geodesic_distance

    counts = np.zeros((len(alarms.centres), alarms.months.size + LEAD[1]), np.int64)
    for year, longitude, latitude in zip(
        earthquakes.years, earthquakes.longitude, earthquakes.latitude, strict=True
    ):
        metres = geodesic_distance(latitude, longitude, alarms.centres[:, 1], alarms.centres[:, 0])
        nearest = int(np.argmin(metres))
        month = math.floor((year - alarms.months[0]) / MONTH + 1e-9)
        if metres[nearest] <= 1e3 * alarms.radius and 0 <= month < counts.shape[1]:
            counts[nearest, month] += 1
    return counts


def score_rule(
    alarms: Alarms,
    earthquakes: Earthquakes,
    *,
    marked: float = MARKED,
    train_before: float | None = None,
) -> TimeScore:
    """Score alarms against earthquakes; see `asperity.gnss.criteria.score_alarms`.

    Parameters
    ----------
    alarms : Alarms
    earthquakes : Earthquakes
        Declustered; those outside all regions or outside the time that alarms reach do
        not count.
    marked : float, optional
        Threshold whose score leads.
    train_before : float, optional
        Year; the threshold with the largest R before it is scored after it.

    Raises
    ------
    DataError
        If no earthquake can be scored.
    """
    counts = monthly_events(alarms, earthquakes)
    statistic = np.full(counts.shape, np.nan)
    statistic[:, : alarms.months.size] = alarms.strength
    split = None
    if train_before is not None:
        split = round((train_before - alarms.months[0]) / MONTH)
    return score_alarms(statistic, counts, marked=marked, split=split)
