"""Whether the edge of high values says more than the values themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError

__all__ = ["GivenValue", "PairedDifference", "added_by", "intensity", "paired_difference"]

Array = NDArray[np.float64]

_EXACT = 16
_LARGEST = 30.0
_FEW = 30


@dataclass(frozen=True)
class PairedDifference:
    """How much less area one score asks for than another, event by event.

    Parameters
    ----------
    mean : float
        Of tau(other) - tau(this); positive when this score is better.
    p_value : float
        Probability of such a mean, or a larger one, if the signs were random.
    """

    mean: float
    p_value: float


def paired_difference(other: ArrayLike, this: ArrayLike, seed: int = 0) -> PairedDifference:
    """Compare the shares on alarm of two scores at the same events.

    Parameters
    ----------
    other, this : array_like, shape (m,)
        Shares of `Molchan`.
    seed : int, optional
        Of the signs, where there are more than 16 events.

    Notes
    -----
    A sign test with sizes: all 2^m changes of sign up to 16 events, 20,000 random ones
    beyond (the observed one among them).

    Examples
    --------
    >>> paired_difference([0.5, 0.6, 0.4], [0.1, 0.2, 0.3]).p_value
    0.125
    """
    differences = np.asarray(other, dtype=np.float64) - np.asarray(this, dtype=np.float64)
    m = differences.size
    if not m:
        raise InputError("no events, so there is nothing to compare")
    if m <= _EXACT:
        bits = (np.arange(2**m)[:, None] >> np.arange(m)) & 1
        signs = 1.0 - 2.0 * bits
    else:
        rng = np.random.default_rng(seed)
        signs = np.vstack([np.ones(m), rng.choice([-1.0, 1.0], size=(19_999, m))])
    means = signs @ differences / m
    observed = float(differences.mean())
    return PairedDifference(observed, float(np.mean(means >= observed - 1e-12)))


def intensity(covariates: Array, weights: Array, mean: Array) -> tuple[Array, float]:
    """Fit the rate of a point process, w(x) exp(b . z(x)), to the mean covariates of events.

    Parameters
    ----------
    covariates : ndarray, shape (n, k)
        z at the places.
    weights : ndarray, shape (n,)
        w, sum 1.
    mean : ndarray, shape (k,)
        Of z over the events, all that the likelihood knows of them.

    Returns
    -------
    coefficients : ndarray, shape (k,)
        At most 30 in size: events that all lie at the end of a covariate ask for more.
    gain : float
        Log-likelihood an event beyond that of the weights alone, nat.

    Notes
    -----
    log L / m = b . mean(z) - log sum w exp(b . z), a concave function, by Newton steps.
    """
    b = np.zeros(covariates.shape[1])

    def value(b: Array) -> tuple[float, Array]:
        lines = covariates @ b
        top = lines.max()
        rate = weights * np.exp(lines - top)
        total = rate.sum()
        return float(b @ mean - top - np.log(total)), rate / total

    current, rate = value(b)
    for _ in range(40):
        expected = rate @ covariates
        centred = covariates - expected
        curvature = (rate[:, None] * centred).T @ centred + 1e-9 * np.eye(b.size)
        step = np.linalg.solve(curvature, mean - expected)
        for _ in range(20):
            trial = np.clip(b + step, -_LARGEST, _LARGEST)
            found, trial_rate = value(trial)
            if found >= current:
                break
            step = 0.5 * step
        if found - current < 1e-9:
            break
        b, current, rate = trial, found, trial_rate
    return b, max(current, 0.0)


@dataclass(frozen=True)
class GivenValue:
    """What a second covariate adds to a first.

    Parameters
    ----------
    coefficients : tuple of float
        Of the first and of the second covariate, fitted together.
    gain : float
        Log-likelihood an event that the second adds, nat.
    p_value : float
        Probability of such a gain if the second did not matter.
    simulated : bool
        Whether the p-value is by simulation (fewer than 30 events) or by the chi-square
        law of 2 m gain with one degree of freedom.
    """

    coefficients: tuple[float, float]
    gain: float
    p_value: float
    simulated: bool


def added_by(
    second: ArrayLike, first: ArrayLike, weights: ArrayLike, rows: ArrayLike,
    seed: int = 0, simulations: int = 199,
) -> GivenValue:  # fmt: skip
    """Test whether a second covariate says where events fall once the first is known.

    Parameters
    ----------
    second, first : array_like, shape (n,)
        Covariates at the places, of similar size (percentile ranks, for instance).
    weights : array_like, shape (n,)
        Distribution of events when neither matters.
    rows : array_like of int, shape (m,)
        Places of the events.
    seed, simulations : int, optional
        Of the sets of events drawn from the fit of the first covariate.

    Notes
    -----
    The gain of the fitted Poisson rate w exp(b1 z1 + b2 z2) over that with b1 alone.
    With few events its law is found by drawing events from the latter; p = (1 + number
    of larger gains) / (1 + simulations).
    """
    places = np.asarray(rows, dtype=np.int64)
    m = places.size
    if not m:
        raise InputError("no events, so there is nothing to compare")
    z = np.column_stack([np.asarray(first, np.float64), np.asarray(second, np.float64)])
    at_events = z[places]
    # Places with the same covariates are one: a likelihood over fewer terms, the same one.
    z, group = np.unique(z, axis=0, return_inverse=True)
    w = np.bincount(group.ravel(), weights=np.asarray(weights, dtype=np.float64))
    w = w / w.sum()

    def gain_of(mean: Array) -> tuple[Array, Array, float]:
        alone, low = intensity(z[:, :1], w, mean[:1])
        both, high = intensity(z, w, mean)
        return alone, both, max(high - low, 0.0)

    alone, both, gain = gain_of(at_events.mean(axis=0))
    if m >= _FEW:
        from scipy.stats import chi2

        p = float(chi2.sf(2.0 * m * gain, 1))
    else:
        rng = np.random.default_rng(seed)
        rate = w * np.exp(z[:, 0] * alone[0] - np.max(z[:, 0] * alone[0]))
        drawn = rng.choice(w.size, size=(simulations, m), p=rate / rate.sum())
        larger = sum(gain_of(mean)[2] >= gain for mean in z[drawn].mean(axis=1))
        p = (1.0 + larger) / (1.0 + simulations)
    return GivenValue((float(both[0]), float(both[1])), gain, p, m < _FEW)
