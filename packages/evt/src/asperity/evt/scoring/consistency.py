"""Are the records what the forecast expects? Tests in the manner of CSEP.

N: their number, against the exact law of records. L: the joint likelihood, against
samples of the forecast itself. M: the histogram of F(observed), against samples
of a perfect forecast.

References
----------
Schorlemmer, D., Gerstenberger, M. C., Wiemer, S., Jackson, D. D. & Rhoades, D. A.
(2007). Earthquake likelihood model testing. Seismol. Res. Lett. 78, 17-29.
doi:10.1785/gssrl.78.1.17; Zechar, J. D., Gerstenberger, M. C. & Rhoades, D. A. (2010).
Likelihood-based tests for evaluating space-rate-magnitude earthquake forecasts. Bull.
Seismol. Soc. Am. 100, 1184-1195. doi:10.1785/0120090192
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from asperity.evt.forecast import Forecast

__all__ = ["ConsistencyTest", "likelihood_test", "magnitude_test", "number_test"]

Array = NDArray[np.float64]
_BINS = 10


@dataclass(frozen=True)
class ConsistencyTest:
    """A statistic, and how often the forecast itself gives one as low or as high.

    Parameters
    ----------
    name : {"N", "M", "L"}
    observed, expected : float
    p_low, p_high : float
        Probability of a statistic at most, and at least, as large as the observed one.
    """

    name: str
    observed: float
    expected: float
    p_low: float
    p_high: float


def number_test(
    n_events: Sequence[int], n_records: Sequence[int], *, skipped: Sequence[int] | None = None
) -> ConsistencyTest:
    """Hold the number of records against that of independent magnitudes.

    Parameters
    ----------
    n_events, n_records : sequence of int, one for each sequence
        Events, and records among those after the first `skipped`.
    skipped : sequence of int, optional
        Events at the beginning whose records do not count; 0 when missing.

    Notes
    -----
    Event k of independent magnitudes without ties is a record with probability 1/k,
    whatever their law, and independently of the others (Renyi 1962). The number is
    Poisson-binomial; for more than 20,000 events its normal limit is taken.
    """
    first = [0] * len(n_events) if skipped is None else list(skipped)
    p = np.concatenate(
        [1.0 / np.arange(f + 1, n + 1) for n, f in zip(n_events, first, strict=True)]
    )
    observed = int(np.sum(n_records))
    mean, variance = float(p.sum()), float(np.sum(p * (1.0 - p)))
    if p.size > 20_000:
        sd = np.sqrt(variance)
        return ConsistencyTest(
            "N", observed, mean, float(stats.norm.cdf((observed + 0.5 - mean) / sd)),
            float(stats.norm.sf((observed - 0.5 - mean) / sd)),
        )  # fmt: skip
    pmf = _poisson_binomial(p, observed)
    low = float(pmf[: observed + 1].sum())
    return ConsistencyTest(
        "N", observed, mean, min(low, 1.0), min(max(1.0 - low + float(pmf[observed]), 0.0), 1.0)
    )


def _poisson_binomial(p: Array, largest: int) -> Array:
    """Return the probabilities of 0 to `largest` successes."""
    pmf = np.zeros(largest + 1)
    pmf[0] = 1.0
    for chance in p:
        pmf[1:] = pmf[1:] * (1.0 - chance) + pmf[:-1] * chance
        pmf[0] *= 1.0 - chance
    return pmf


def likelihood_test(
    forecast: Forecast, observed: Array, *, replicates: int = 500, seed: int = 0
) -> ConsistencyTest:
    """Hold the mean log likelihood of the records against records drawn from the forecast.

    Parameters
    ----------
    forecast : Forecast
        One distribution for each of n records.
    observed : ndarray, shape (n,)
    replicates, seed : int, optional
    """
    rng = np.random.default_rng(seed)
    own = float(-np.mean(forecast.log_score(observed)))
    drawn = np.empty(replicates)
    for i in range(replicates):
        sample = forecast.quantile(rng.uniform(size=observed.size))
        drawn[i] = -np.mean(forecast.log_score(sample))
    return _against("L", own, drawn)


def magnitude_test(pit: ArrayLike, *, replicates: int = 2000, seed: int = 0) -> ConsistencyTest:
    """Hold the histogram of F(observed) in ten bins against that of a perfect forecast.

    Parameters
    ----------
    pit : array_like, shape (n,)
    replicates, seed : int, optional

    Notes
    -----
    The statistic is the log probability of the ten counts, all bins being equally
    likely; only low values speak against the forecast.
    """
    values = np.asarray(pit, dtype=np.float64)
    counts = np.histogram(values, _BINS, (0.0, 1.0))[0]
    even = np.full(_BINS, 1.0 / _BINS)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(values.size, even, size=replicates)
    own = float(stats.multinomial.logpmf(counts, values.size, even))
    return _against("M", own, stats.multinomial.logpmf(drawn, values.size, even))


def _against(name: str, own: float, drawn: Array) -> ConsistencyTest:
    n = drawn.size
    low = (1.0 + np.count_nonzero(drawn <= own)) / (1.0 + n)
    high = (1.0 + np.count_nonzero(drawn >= own)) / (1.0 + n)
    return ConsistencyTest(name, own, float(drawn.mean()), float(low), float(high))
