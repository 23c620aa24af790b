"""The rule in time over a catalog: alarms of regions, held against earthquakes that followed.

A region is on alarm in a month when its statistic, computed from what was known then,
passes a threshold; the alarm stands for the time from half a year to five years later.
Scores after Zechar & Jordan 2008 (doi:10.1111/j.1365-246X.2007.03676.x) and, in China, the R
value: hit rate less the share of time and space on alarm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError
from asperity.gnss.positions.noise import Noise
from asperity.gnss.positions.offsets import Earthquakes
from asperity.gnss.positions.series import PositionSeries
from asperity.gnss.series.anomaly import PAPER, Statistic, window_rows
from asperity.gnss.series.region import choose_stations, prepare
from asperity.gnss.series.strain import region_series
from asperity.gnss.series.weights import UniformStrain

__all__ = ["Alarms", "alarm_strength", "region_centres", "score_rule"]

Array = NDArray[np.float64]
MONTH = 1.0 / 12.0
LEAD = 0.5, 5.0
"""Years after an alarm in which an earthquake counts as foretold (Ma et al. 2024)."""
THRESHOLDS = tuple(round(0.05 * k, 2) for k in range(1, 21))


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


def events_of(alarms: Alarms, earthquakes: Earthquakes) -> list[tuple[int, float]]:
    """Return which regions earthquakes strike, each in the nearest one, and when."""
    from asperity.core.geometry import geodesic_distance

    found = []
    for year, longitude, latitude in zip(
        earthquakes.years, earthquakes.longitude, earthquakes.latitude, strict=True
    ):
        metres = geodesic_distance(latitude, longitude, alarms.centres[:, 1], alarms.centres[:, 0])
        nearest = int(np.argmin(metres))
        first, last = alarms.months[0] + LEAD[0], alarms.months[-1] + LEAD[1]
        if metres[nearest] <= 1e3 * alarms.radius and first <= year <= last:
            found.append((nearest, float(year)))
    return found


def score_rule(
    alarms: Alarms,
    earthquakes: Earthquakes,
    *,
    thresholds: Sequence[float] = THRESHOLDS,
    marked: float = PAPER,
    train_before: float | None = None,
) -> dict[str, Any]:
    """Score alarms against earthquakes, for each threshold.

    Parameters
    ----------
    alarms : Alarms
    earthquakes : Earthquakes
        Declustered; those outside all regions or outside the time that alarms reach do
        not count.
    thresholds : sequence of float, optional
    marked : float, optional
        Threshold whose score leads.
    train_before : float, optional
        Year; the threshold with the largest R before it is scored after it.

    Returns
    -------
    dict
        ``hits, misses, false_alarms, r_value, p_value`` at `marked`, ``molchan{tau, nu}``,
        ``by_threshold[...]``, ``trained`` (None without `train_before`).

    Raises
    ------
    DataError
        If no earthquake can be scored.

    Notes
    -----
    tau is the share of region-months that an alarm covers; p the binomial probability of
    as many hits by chance. A false alarm is a region-month on alarm that no earthquake
    follows within the lead.
    """
    events = events_of(alarms, earthquakes)
    if not events:
        raise DataError(
            "no earthquake of the catalog strikes a region while alarms could reach it; nothing "
            "can be scored"
        )
    every = sorted({*thresholds, marked})
    table = [_score(alarms, events, threshold, -np.inf, np.inf) for threshold in every]
    lead = dict(table[every.index(marked)])
    trained = None
    if train_before is not None:
        before = [_score(alarms, events, t, -np.inf, train_before) for t in every]
        chosen = every[int(np.argmax([_number(row["r_value"]) for row in before]))]
        trained = {
            "before": before[every.index(chosen)],
            "after": _score(alarms, events, chosen, train_before, np.inf),
        }
    order = np.argsort([row["tau"] for row in table], kind="stable")
    return {
        **lead,
        "n_events": len(events),
        "n_regions": len(alarms.centres),
        "n_months": alarms.months.size,
        "molchan": {key: [table[k][key] for k in order] for key in ("tau", "nu", "threshold")},
        "by_threshold": table,
        "trained": trained,
    }


def _number(value: float | None) -> float:
    return -np.inf if value is None else value


def _score(
    alarms: Alarms, events: Sequence[tuple[int, float]], threshold: float, first: float, last: float
) -> dict[str, Any]:
    """Score one threshold on the target months from `first` to `last`."""
    from scipy.stats import binom

    on = np.nan_to_num(alarms.strength) > threshold
    # Months that alarms can reach: from the first month plus the shortest lead on.
    targets = np.arange(alarms.months[0] + LEAD[0], alarms.months[-1] + LEAD[1], MONTH)
    targets = targets[(targets >= first) & (targets < last)]
    since = targets[:, None] - alarms.months
    reach = (since >= LEAD[0]) & (since <= LEAD[1])
    covered = (on[:, None, :] & reach).any(axis=2)
    scored = [(r, t) for r, t in events if first <= t < last]
    hits = sum(
        bool((on[r] & (t - alarms.months >= LEAD[0]) & (t - alarms.months <= LEAD[1])).any())
        for r, t in scored
    )
    n = len(scored)
    tau = float(covered.mean()) if covered.size else 0.0
    followed = np.zeros_like(on)
    for r, t in events:
        followed[r] |= (t - alarms.months >= LEAD[0]) & (t - alarms.months <= LEAD[1])
    inside = (alarms.months >= first) & (alarms.months < last)
    hit_rate = hits / n if n else None
    return {
        "threshold": threshold,
        "hits": hits,
        "misses": n - hits,
        "alarms": int(on[:, inside].sum()),
        "false_alarms": int((on & ~followed)[:, inside].sum()),
        "tau": tau,
        "nu": None if hit_rate is None else 1.0 - hit_rate,
        "r_value": None if hit_rate is None else hit_rate - tau,
        "gain": hit_rate / tau if hit_rate is not None and tau > 0.0 else None,
        "p_value": float(binom.sf(hits - 1, n, tau)) if n else None,
    }
