"""Events that know nothing of each other."""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from asperity.core.catalog import Catalog
from asperity.core.errors import InputError
from asperity.core.statistics.synthetic.catalogs import (
    build,
    check_duration,
    check_number,
    local_columns,
)
from asperity.core.statistics.synthetic.magnitudes import GutenbergRichter

__all__ = ["poisson_catalog", "poisson_times"]


def poisson_times(
    duration: float,
    *,
    rate: float | None = None,
    n: int | None = None,
    seed: int | np.random.Generator = 0,
) -> NDArray[np.float64]:
    """Draw the times of a Poisson process, with a rate or with a number of events.

    Parameters
    ----------
    duration : float
        Seconds.
    rate : float, optional
        Events per second; their number is then random.
    n : int, optional
        Number of events; their times are then uniform and independent.
    seed : int or numpy.random.Generator, optional

    Returns
    -------
    ndarray, shape (n,)
        Seconds, ascending.

    Raises
    ------
    InputError
        Unless one of `rate` and `n` is given, and in range.

    Examples
    --------
    >>> len(poisson_times(86_400.0, n=5, seed=1))
    5
    """
    check_duration(duration)
    if (rate is None) == (n is None):
        raise InputError("a Poisson process needs either a rate or a number of events")
    rng = np.random.default_rng(seed)
    if n is None:
        if not (rate is not None and math.isfinite(rate) and rate >= 0.0):
            raise InputError(f"rate {rate} per second; give a number from 0 up")
        check_number(rate * duration)
        n = int(rng.poisson(rate * duration))
    elif n < 0:
        raise InputError(f"{n} events; give a number from 0 up")
    check_number(n)
    return np.sort(rng.uniform(0.0, duration, n))


def poisson_catalog(
    duration: float,
    *,
    rate: float | None = None,
    n: int | None = None,
    magnitudes: GutenbergRichter | None = None,
    extent: float = 100_000.0,
    seed: int | np.random.Generator = 0,
) -> Catalog:
    """Draw a catalog without memory: uniform in time and on a square.

    Parameters
    ----------
    duration : float
        Seconds.
    rate : float, optional
        Events per second.
    n : int, optional
        Number of events, instead of the rate.
    magnitudes : GutenbergRichter, optional
    extent : float, optional
        Side of the square, m.
    seed : int or numpy.random.Generator, optional

    Returns
    -------
    Catalog
        In a local frame, with relative times.

    Examples
    --------
    >>> catalog = poisson_catalog(86_400.0, n=10, seed=1)
    >>> len(catalog), catalog.frame, catalog.time_frame
    (10, 'local', 'relative')
    """
    if not (math.isfinite(extent) and extent > 0.0):
        raise InputError(f"extent {extent} m; give a length above 0")
    law = magnitudes or GutenbergRichter()
    rng = np.random.default_rng(seed)
    times = poisson_times(duration, rate=rate, n=n, seed=rng)
    columns = {
        "magnitude": law.sample(times.size, rng),
        **local_columns(rng.uniform(0, extent, times.size), rng.uniform(0, extent, times.size)),
    }
    description = {
        "model": "poisson", "duration": duration, "rate": rate, "n": n, "extent": extent,
        "magnitudes": finite(asdict(law)),
    }  # fmt: skip
    return build(times, columns, law, description)


def finite(parameters: dict[str, float]) -> dict[str, float | None]:
    """Replace what is infinite by None, for JSON has no such number."""
    return {k: v if math.isfinite(v) else None for k, v in parameters.items()}
