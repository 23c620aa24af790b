"""Synthetic deviations of strain series by region and month, with and without precursors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.gnss.criteria.space_time import LEAD

__all__ = ["SyntheticAlarms", "synthetic_alarms"]


@dataclass(frozen=True, eq=False)
class SyntheticAlarms:
    """A statistic and events.

    Parameters
    ----------
    statistic : ndarray, shape (regions, months)
        Size of the deviation.
    events : ndarray of int, shape (regions, months)
    """

    statistic: NDArray[np.float64]
    events: NDArray[np.int64]


def synthetic_alarms(
    rng: np.random.Generator, regions: int = 20, months: int = 240, *,
    rate: float = 0.02, noise: float = 0.12, memory: float = 6.0,
    precursors: float = 0.0, size: float = 0.6, lead: tuple[int, int] = LEAD,
) -> SyntheticAlarms:  # fmt: skip
    """Draw deviations with a memory, events, and deviations before some of the events.

    Parameters
    ----------
    rng : numpy.random.Generator
    regions, months : int
    rate : float
        Events a region and month; Poisson.
    noise : float
        Standard deviation of the deviation without any precursor.
    memory : float
        Months over which it forgets itself (an autoregressive process of first order).
    precursors : float
        Share of the events that announce themselves.
    size : float
        Of such a deviation, which lasts half a year and begins at a month of the lead
        time, drawn evenly.
    lead : tuple of int
        Months before the event.

    Examples
    --------
    >>> made = synthetic_alarms(np.random.default_rng(0), regions=3, months=60)
    >>> made.statistic.shape, made.events.sum() > 0
    ((3, 60), np.True_)
    """
    if not (rate > 0.0 and noise >= 0.0 and memory > 0.0 and 0.0 <= precursors <= 1.0):
        raise InputError(
            f"rate {rate}, noise {noise}, memory {memory}, precursors {precursors}; give a rate "
            "and a memory above 0, noise from 0, a share of precursors from 0 to 1"
        )
    events = rng.poisson(rate, (regions, months))
    keep = math.exp(-1.0 / memory)
    deviation = np.empty((regions, months))
    deviation[:, 0] = rng.normal(0.0, noise, regions)
    fresh = rng.normal(0.0, noise * math.sqrt(1.0 - keep**2), (regions, months))
    for month in range(1, months):
        deviation[:, month] = keep * deviation[:, month - 1] + fresh[:, month]
    for region, month in np.argwhere(events > 0):
        if rng.uniform() < precursors:
            begin = month - rng.integers(lead[0], lead[1] + 1)
            deviation[region, max(begin, 0) : max(begin + 6, 0)] -= size
    return SyntheticAlarms(np.abs(deviation), events.astype(np.int64))
