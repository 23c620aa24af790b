"""Records of a sequence, and the exact law of their number where the order means nothing.

Of n exchangeable values without ties, event i is a record with probability 1/i,
independently of all other events (Renyi 1962). The law looks at no magnitude.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError

__all__ = [
    "expected_records",
    "record_count_law",
    "record_count_laws",
    "record_rows",
    "records_variance",
    "usual_records",
]

Array = NDArray[np.float64]

_MOST_RECORDS = 128
"""More records than this come in no sequence: of 10^12 events 28 are expected."""


def record_rows(magnitudes: ArrayLike) -> NDArray[np.int64]:
    """Return the rows of the record-breaking events.

    A record is larger than everything before it; a tie is none. The first event
    is one.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
        In order of time.

    Returns
    -------
    ndarray of int64, shape (n_records,)

    Examples
    --------
    >>> record_rows([1.5, 2.0, 2.0, 1.0, 3.1]).tolist()
    [0, 1, 4]
    """
    m = np.asarray(magnitudes, dtype=np.float64)
    if not m.size:
        return np.zeros(0, dtype=np.int64)
    before = np.concatenate([[-np.inf], np.maximum.accumulate(m)[:-1]])
    return np.flatnonzero(m > before)


def _inverse_sum(n: int, power: int) -> float:
    """Return the sum of i^(-power), i = 1 to n, smallest terms first."""
    if n < 1:
        raise InputError(f"{n} events; record statistics need one or more")
    return float(np.sum(np.arange(n, 0, -1, dtype=np.float64) ** -power))


def expected_records(n: int) -> float:
    """Return the expected number of records of n events, H_n = 1 + 1/2 + ... + 1/n.

    Examples
    --------
    >>> round(expected_records(100), 6)
    5.187378
    """
    return _inverse_sum(n, 1)


def records_variance(n: int) -> float:
    """Return the variance of the number of records of n events.

    Notes
    -----
    ``H_n - H_n^(2)``, a sum of independent indicators of mean 1/i.

    Examples
    --------
    >>> round(records_variance(100), 6)
    3.552394
    """
    return _inverse_sum(n, 1) - _inverse_sum(n, 2)


def record_count_law(n: int) -> Array:
    """Return the probabilities of 0, 1, 2, ... records of n events.

    Parameters
    ----------
    n : int
        0 gives no record with certainty.

    Returns
    -------
    ndarray, shape (k,)
        As many as exceed 1e-15.

    Notes
    -----
    The Poisson-binomial law of indicators of mean 1/i, which is the unsigned
    Stirling number of the first kind over n!.

    References
    ----------
    Renyi, A. (1962). Theorie des elements saillants d'une suite d'observations. Ann.
    Fac. Sci. Univ. Clermont-Ferrand 8, 7-13.

    Examples
    --------
    >>> record_count_law(10).round(6).tolist()[1:5]
    [0.1, 0.282897, 0.323165, 0.199427]
    """
    law = record_count_laws(np.array([n]))[0]
    return np.asarray(law[: np.flatnonzero(law > 1e-15)[-1] + 1])


def record_count_laws(sizes: NDArray[np.int64]) -> Array:
    """Return the laws of the number of records of several numbers of events.

    Parameters
    ----------
    sizes : ndarray of int64, shape (k,)
        Numbers of events.

    Returns
    -------
    ndarray, shape (k, 128)
        Probabilities of 0, 1, 2, ... records.

    Notes
    -----
    The generating function, the product of (i - 1 + z)/i, is
    Gamma(n + z)/(Gamma(n + 1) Gamma(z)); its values on the unit circle are the
    Fourier transform of the law.
    """
    from scipy.special import loggamma

    z = np.exp(-2j * np.pi * np.arange(_MOST_RECORDS) / _MOST_RECORDS)
    n = sizes[:, None].astype(np.float64)
    # z = 1, where the sum of all probabilities is 1, comes out right as well.
    transform = np.exp(loggamma(n + z) - loggamma(n + 1.0) - loggamma(z))
    return np.asarray(np.maximum(np.fft.ifft(transform, axis=1).real, 0.0))


def usual_records(sizes: NDArray[np.int64], level: float = 0.95) -> NDArray[np.int64]:
    """Return between which numbers of records a sequence without order stays.

    Parameters
    ----------
    sizes : ndarray of int64, shape (k,)
        Numbers of events.
    level : float, optional
        Least probability of the band; at most ``(1 - level)/2`` lies below it, and above.

    Returns
    -------
    ndarray of int64, shape (k, 2)
        Both ends belong to the band.

    Examples
    --------
    >>> usual_records(np.array([1, 10, 1000])).tolist()
    [[1, 1], [1, 5], [3, 13]]
    """
    cumulative = np.cumsum(record_count_laws(sizes), axis=1)
    # A sum of rounded probabilities may miss its bound by their last digit.
    ends = [
        (cumulative < p - 1e-12).sum(axis=1) for p in ((1.0 - level) / 2.0, (1.0 + level) / 2.0)
    ]
    return np.column_stack(ends)
