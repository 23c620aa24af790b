"""Criteria fitted to events before a date, and tested on those after it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError
from asperity.gnss.criteria.comparison import intensity
from asperity.gnss.criteria.scores import AlarmScore, alarm_score, alarmed_shares

__all__ = [
    "InformationGain",
    "Trained",
    "information_gain",
    "trained_range",
    "trained_threshold",
]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Trained:
    """An alarm that was fitted to some events and scored on others.

    Parameters
    ----------
    low, high : float
        Alarm is on where the score lies between them.
    training, test : AlarmScore
        On the events that it was fitted to, and on the others.
    """

    low: float
    high: float
    training: AlarmScore
    test: AlarmScore


def _split(rows: ArrayLike, training: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    places, first = np.asarray(rows, dtype=np.int64), np.asarray(training, dtype=bool)
    if not first.any() or first.all():
        raise DataError(
            f"{np.count_nonzero(first)} events before the split and {np.count_nonzero(~first)} "
            "after it; calibration needs at least one of each: move --split"
        )
    return places[first], places[~first]


def trained_threshold(
    score: ArrayLike, weights: ArrayLike, rows: ArrayLike, training: ArrayLike
) -> Trained:
    """Fit the threshold of a score to the events before a date, and test it on the others.

    Parameters
    ----------
    score, weights, rows
        As for `alarmed_shares`.
    training : array_like of bool, shape (m,)
        Which events the threshold is fitted to.

    Notes
    -----
    The threshold is the score of the training event at which the share of training events
    hit exceeds the share on alarm by most.

    Raises
    ------
    DataError
        If no event is before the date, or none after it.

    Examples
    --------
    >>> found = trained_threshold([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1], [2, 3], [True, False])
    >>> found.low, found.test.hits, found.test.share
    (3.0, 1, 0.5)
    """
    values = np.asarray(score, dtype=np.float64)
    first, second = _split(rows, training)
    candidates = values[first]
    hit = np.array([np.mean(candidates >= c) for c in candidates])
    best = int(np.argmax(hit - alarmed_shares(values, weights, first)))
    low = float(candidates[best])
    on = values >= low
    scores = (alarm_score(on, weights, places) for places in (first, second))
    return Trained(low, math.inf, *scores)


def trained_range(
    values: ArrayLike, weights: ArrayLike, rows: ArrayLike, training: ArrayLike
) -> Trained:
    """Take the range of values of the events before a date, and test it on the others.

    This is how ranges such as "6 to 20 nanostrain/yr" come about; all training events
    lie in it by construction, so only the test says anything.

    Parameters
    ----------
    values : array_like, shape (n,)
        Of the strain rate at the places.
    weights, rows, training
        As for `trained_threshold`.
    """
    places_values = np.asarray(values, dtype=np.float64)
    first, second = _split(rows, training)
    low, high = float(places_values[first].min()), float(places_values[first].max())
    on = (places_values >= low) & (places_values <= high)
    scores = (alarm_score(on, weights, places) for places in (first, second))
    return Trained(low, high, *scores)


@dataclass(frozen=True)
class InformationGain:
    """Log-likelihood an event of a rate beyond a null, on events that it was not fitted to.

    Parameters
    ----------
    coefficient : float
        Of the covariate, fitted to the training events.
    gain : float
        nat an event.
    low, high : float
        95 % interval by Student's t; NaN for a single event.
    n : int
        Test events.
    """

    coefficient: float
    gain: float
    low: float
    high: float
    n: int


def information_gain(
    covariate: ArrayLike, weights: ArrayLike, rows: ArrayLike, training: ArrayLike
) -> InformationGain:
    """Turn a score into a rate, w exp(b z), with b of the training events, and test it.

    Parameters
    ----------
    covariate : array_like, shape (n,)
        z at the places.
    weights, rows, training
        As for `trained_threshold`.

    Notes
    -----
    Both rates are normalised to the number of test events, so that the N-test does not
    come into it. The interval is that of the T-test.

    References
    ----------
    Rhoades et al. 2011, doi:10.2478/s11600-011-0013-5.
    """
    from scipy.stats import t as student

    z = np.asarray(covariate, dtype=np.float64)
    w = np.asarray(weights, dtype=np.float64)
    w = w / w.sum()
    first, second = _split(rows, training)
    (b,), _ = intensity(z[:, None], w, np.array([z[first].mean()]))
    lines = b * z
    top = lines.max()
    each = lines[second] - top - math.log(float(w @ np.exp(lines - top)))
    n = second.size
    half = math.nan
    if n > 1:
        half = float(student.ppf(0.975, n - 1) * each.std(ddof=1) / math.sqrt(n))
    mean = float(each.mean())
    return InformationGain(float(b), mean, mean - half, mean + half, n)
