"""The magnitude of completeness, Mc, by three methods that look at the magnitudes alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError
from asperity.core.statistics.bvalue import b_value
from asperity.core.statistics.magnitudes import (
    TOLERANCE,
    count_magnitudes,
    finite_magnitudes,
    lowest_bin,
    round_magnitudes,
)

__all__ = [
    "Completeness",
    "McMethod",
    "b_stability",
    "kolmogorov_smirnov",
    "magnitude_of_completeness",
    "maximum_curvature",
]

Array = NDArray[np.float64]
McMethod = Literal["maxc", "ks", "b-stability"]

STEP = 0.1
"""Least spacing of the histogram and of the magnitudes tested, as in the source papers."""

FEW_EVENTS = 50
_NARROWEST = 1e-3  # in narrower bins the samples of ks fill gigabytes
_STABLE_OVER = 0.5
_SIMULATED_AT_MOST = 2000


@dataclass(frozen=True)
class Completeness:
    """A magnitude of completeness and the curve that led to it.

    Parameters
    ----------
    mc : float
    method : {"maxc", "ks", "b-stability"}
    bin_width : float
        Of the magnitudes as they were tested; 0 when continuous.
    curve : mapping of str to ndarray, shape (k,)
        What was tested, by ``mc``: ``count`` (maxc); ``distance``, ``p`` and ``b``
        (ks); ``b``, ``b_average`` and ``b_sd`` (b-stability).
    correction : float
        What was added (maxc).
    notes : tuple of str
        How bins or ties were treated.
    """

    mc: float
    method: McMethod
    bin_width: float
    curve: Mapping[str, NDArray[Any]]
    correction: float = 0.0
    notes: tuple[str, ...] = ()


def magnitude_of_completeness(
    magnitudes: ArrayLike,
    *,
    method: McMethod = "maxc",
    bin_width: float = 0.0,
    correction: float = 0.2,
    seed: int = 0,
) -> Completeness:
    """Estimate Mc by the method of a name.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
        NaN is passed over.
    method : {"maxc", "ks", "b-stability"}
        See `maximum_curvature`, `kolmogorov_smirnov` and `b_stability`.
    bin_width : float, optional
        Bin width of the magnitudes; 0 when continuous.
    correction : float, optional
        Added by ``maxc``.
    seed : int, optional
        Of the Monte Carlo of ``ks``.

    Returns
    -------
    Completeness

    Examples
    --------
    >>> magnitude_of_completeness([1.0, 1.1, 1.1, 1.2, 1.5], bin_width=0.1).mc
    1.3
    """
    if method == "maxc":
        return maximum_curvature(magnitudes, bin_width=bin_width, correction=correction)
    if method == "ks":
        return kolmogorov_smirnov(magnitudes, bin_width=bin_width, seed=seed)
    if method == "b-stability":
        return b_stability(magnitudes, bin_width=bin_width)
    raise InputError(f"Mc method {method!r}; allowed are {', '.join(get_args(McMethod))}")


def maximum_curvature(
    magnitudes: ArrayLike, *, bin_width: float = 0.0, correction: float = 0.2
) -> Completeness:
    """Take the mode of the magnitudes as Mc, and add a correction.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
    bin_width : float, optional
        The histogram has bins of this width, but of 0.1 at least.
    correction : float, optional
        0.2 as Woessner & Wiemer recommend, for the mode lies where detection
        already fails.

    Returns
    -------
    Completeness
        Of equal counts the largest magnitude is taken.

    References
    ----------
    Wiemer, S. & Wyss, M. (2000). Minimum magnitude of completeness in earthquake
    catalogs. Bull. Seismol. Soc. Am. 90, 859-869. doi:10.1785/0119990114

    Woessner, J. & Wiemer, S. (2005). Assessing the quality of earthquake catalogues.
    Bull. Seismol. Soc. Am. 95, 684-698. doi:10.1785/0120040007

    Examples
    --------
    >>> maximum_curvature([1.0, 1.1, 1.1, 1.2, 1.5], bin_width=0.1, correction=0.0).mc
    1.1
    """
    if not math.isfinite(correction):
        raise InputError(f"correction of Mc {correction}; give a number, usually 0.2")
    width = max(bin_width, STEP)
    counted = count_magnitudes(round_magnitudes(finite_magnitudes(magnitudes), bin_width), width)
    top = np.flatnonzero(counted.counts == counted.counts.max())[-1]
    mc = round(float(counted.magnitudes[top]) + correction, 10)
    curve = {"mc": counted.magnitudes, "count": counted.counts}
    return Completeness(mc, "maxc", bin_width, curve, correction)


def kolmogorov_smirnov(
    magnitudes: ArrayLike,
    *,
    bin_width: float = 0.0,
    p_accepted: float = 0.1,
    n_simulations: int = 1000,
    seed: int = 0,
) -> Completeness:
    """Find the lowest Mc above which Gutenberg-Richter is not rejected.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
    bin_width : float, optional
    p_accepted : float, optional
        A magnitude passes with a p of this or more.
    n_simulations : int, optional
        Synthetic samples behind each p.
    seed : int, optional

    Returns
    -------
    Completeness
        The note names the Mc of the smallest distance, the choice of Clauset et al.

    Raises
    ------
    DataError
        If no magnitude with at least 50 events above it passes.

    Notes
    -----
    D is the largest distance between the distribution of the events at Mc and
    above and the law fitted to them. Its p comes from samples of the fitted law
    that are fitted again, each by its own b: without that p would be far too large.

    Bins are no obstacle: magnitudes in bins follow a geometric law, and both the
    data and the samples are compared with it at the upper edges of the bins;
    nothing is dithered. For continuous magnitudes D does not depend on b, and above
    2,000 events its law is that of 2,000 under Stephens's scaling.

    A large catalog is rejected for deviations that do not matter, so that Mc grows
    with the number of events.

    References
    ----------
    Clauset, A., Shalizi, C. R. & Newman, M. E. J. (2009). Power-law distributions in
    empirical data. SIAM Review 51, 661-703. doi:10.1137/070710111

    Mizrahi, L., Nandan, S. & Wiemer, S. (2021). The effect of declustering on the size
    distribution of mainshocks. Seismol. Res. Lett. 92, 2333-2342. doi:10.1785/0220200231

    Stephens, M. A. (1974). EDF statistics for goodness of fit and some comparisons.
    J. Am. Stat. Assoc. 69, 730-737. doi:10.1080/01621459.1974.10480196

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> complete = 1.0 + rng.exponential(0.45, 500)
    >>> kolmogorov_smirnov(complete).mc <= 1.2
    True
    """
    if n_simulations < 1 or not 0.0 < p_accepted < 1.0:
        raise InputError(
            f"{n_simulations} simulations with p {p_accepted}; give at least one, and p in (0, 1)"
        )
    if 0.0 < bin_width < _NARROWEST:
        raise InputError(
            f"ks with bins of {bin_width:g}; give 0 (continuous magnitudes), or {_NARROWEST:g} at "
            "least"
        )
    m = round_magnitudes(finite_magnitudes(magnitudes), bin_width)
    tested = _occupied(_candidates(m, bin_width), m, max(bin_width, STEP))
    rng = np.random.default_rng(seed)
    null = _ExponentialNull(n_simulations, rng)
    rows = []
    for mc in tested:
        excess = m[m >= mc - TOLERANCE] - mc
        mean = float(np.maximum(excess, 0.0).mean())
        if bin_width > 0.0:
            distance, p = _binned_test(excess, mean, bin_width, n_simulations, rng)
            b = math.log10(1.0 + bin_width / mean) / bin_width
        else:
            distance, p = null.test(np.maximum(excess, 0.0))
            b = math.log10(math.e) / mean
        rows.append((distance, p, b))
    distances, p_values, slopes = np.array(rows).T
    curve = {"mc": tested, "distance": distances, "p": p_values, "b": slopes}
    passing = np.flatnonzero(p_values >= p_accepted)
    if not passing.size:
        best = int(np.argmax(p_values))
        raise DataError(
            f"ks: Gutenberg-Richter is rejected at every Mc from {tested[0]:g} to {tested[-1]:g} "
            f"(largest p {p_values[best]:.3g} at {tested[best]:g}, {p_accepted:g} needed); "
            "use --mc-method maxc or b-stability, or give --mc"
        )
    nearest = tested[int(np.argmin(distances))]
    how = "geometric law at the bin edges, no dither" if bin_width > 0.0 else "continuous law"
    notes = (how, f"smallest distance at Mc {nearest:g}")
    return Completeness(float(tested[passing[0]]), "ks", bin_width, curve, notes=notes)


def b_stability(magnitudes: ArrayLike, *, bin_width: float = 0.0) -> Completeness:
    """Find the lowest Mc from which b no longer changes beyond its error.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
    bin_width : float, optional

    Returns
    -------
    Completeness

    Raises
    ------
    DataError
        If no magnitude with at least 50 events half a magnitude above it passes.

    Notes
    -----
    The first Mc where the mean of b(M) over M from Mc to Mc + 0.4 in steps of 0.1
    differs from b(Mc) by at most the standard deviation of b(Mc) after Shi & Bolt.

    References
    ----------
    Cao, A. & Gao, S. S. (2002). Temporal variation of seismic b-values beneath
    northeastern Japan island arc. Geophys. Res. Lett. 29, 48-1 to 48-3.
    doi:10.1029/2001GL013775

    Woessner & Wiemer (2005), doi:10.1785/0120040007

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> b_stability(1.0 + rng.exponential(0.45, 2000)).mc <= 1.2
    True
    """
    m = round_magnitudes(finite_magnitudes(magnitudes), bin_width)
    tested = _candidates(m, bin_width)
    step = max(bin_width, STEP)
    span = max(round(_STABLE_OVER / step), 1)
    if tested.size < span:
        raise DataError(
            f"b-stability: {FEW_EVENTS} events must lie above a range of {_STABLE_OVER} "
            f"magnitudes; here they do over {step * max(tested.size - 1, 0):.1f} only; "
            "use --mc-method maxc, or give --mc"
        )
    results = [b_value(m, mc, bin_width=bin_width) for mc in tested.tolist()]
    slopes = np.array([r.b for r in results])
    deviations = np.array([r.b_sd for r in results])
    averages = np.convolve(slopes, np.full(span, 1.0 / span), mode="valid")
    usable = averages.size
    curve = {
        "mc": tested[:usable],
        "b": slopes[:usable],
        "b_average": averages,
        "b_sd": deviations[:usable],
    }
    stable = np.flatnonzero(np.abs(averages - slopes[:usable]) <= deviations[:usable])
    if not stable.size:
        raise DataError(
            f"b-stability: b changes beyond its error at every Mc from {tested[0]:g} to "
            f"{tested[usable - 1]:g}; use --mc-method maxc, or give --mc"
        )
    return Completeness(float(tested[stable[0]]), "b-stability", bin_width, curve)


def _candidates(magnitudes: Array, bin_width: float) -> Array:
    """Return the magnitudes to test, ascending, each with enough different events above."""
    if magnitudes.size < FEW_EVENTS:
        raise DataError(
            f"Mc by its curve needs at least {FEW_EVENTS} events; found {magnitudes.size}; "
            "use --mc-method maxc, or give --mc"
        )
    step = max(bin_width, STEP)
    ordered = np.sort(magnitudes)
    # The highest with 50 events at or above it, of which the last must not all be equal.
    highest = min(float(ordered[-FEW_EVENTS]), float(ordered[-1]) - TOLERANCE * 10)
    first = lowest_bin(float(ordered[0]), bin_width) if bin_width else _floor(ordered[0], step)
    tested = np.round(first + step * np.arange(int((highest - first) / step + TOLERANCE) + 1), 10)
    if tested[-1] > highest + TOLERANCE or ordered[0] == ordered[-1]:
        tested = tested[tested <= highest + TOLERANCE]
    if not tested.size:
        raise DataError("Mc: all magnitudes are equal; give --mc")
    return np.asarray(tested)


def _occupied(tested: Array, magnitudes: Array, step: float) -> Array:
    """Leave out the magnitudes with no event in the step above: none is the lowest that passes."""
    ordered = np.sort(magnitudes)
    first = np.searchsorted(ordered, tested - TOLERANCE)
    return np.asarray(tested[first < np.searchsorted(ordered, tested + step - TOLERANCE)])


def _floor(value: float, step: float) -> float:
    return round(math.floor(value / step + TOLERANCE) * step, 10)


def _binned_test(
    excess: Array, mean: float, bin_width: float, n_simulations: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Return D of binned excesses and its p under the geometric law."""
    n = excess.size
    ratio = mean / (bin_width + mean)
    # So many bins that a sample leaves them less than once in a million.
    n_bins = math.ceil(math.log(n * n_simulations * 1e3) / -math.log(ratio)) + 1
    steps = np.round(excess / bin_width).astype(np.int64)
    n_bins = max(n_bins, int(steps.max()) + 1)
    chances = (1.0 - ratio) * ratio ** np.arange(n_bins)
    chances[-1] = ratio ** (n_bins - 1)  # that bin and all above
    chances /= chances.sum()
    observed = _geometric_distances(np.bincount(steps, minlength=n_bins)[np.newaxis, :])[0]
    simulated = _geometric_distances(rng.multinomial(n, chances, size=n_simulations))
    return float(observed), _p_value(simulated, observed)


def _geometric_distances(counts: NDArray[np.int64]) -> Array:
    """Return D of each row of bin counts from the geometric law fitted to it."""
    n = counts.sum(axis=1, keepdims=True)
    order = np.arange(counts.shape[1])
    mean = (counts @ order)[:, np.newaxis] / n
    ratio = mean / (1.0 + mean)
    empirical = np.cumsum(counts, axis=1) / n
    return np.asarray(np.abs(empirical - (1.0 - ratio ** (order + 1))).max(axis=1))


class _ExponentialNull:
    """The law of D for exponential samples, drawn once for each size."""

    def __init__(self, n_simulations: int, rng: np.random.Generator) -> None:
        self.n_simulations = n_simulations
        self.rng = rng
        self.drawn: dict[int, Array] = {}

    def test(self, excess: Array) -> tuple[float, float]:
        """Return D of continuous excesses and its p."""
        observed = _exponential_distances(np.sort(excess)[np.newaxis, :])[0]
        n = min(excess.size, _SIMULATED_AT_MOST)
        if n not in self.drawn:
            samples = np.sort(self.rng.exponential(size=(self.n_simulations, n)), axis=1)
            self.drawn[n] = _stephens(_exponential_distances(samples), n)
        return float(observed), _p_value(self.drawn[n], _stephens(observed, excess.size))


def _exponential_distances(ordered: Array) -> Array:
    """Return D of each sorted row from the exponential law fitted to it."""
    n = ordered.shape[1]
    law = -np.expm1(-ordered / ordered.mean(axis=1, keepdims=True))
    ranks = np.arange(n + 1) / n
    return np.asarray(np.maximum(ranks[1:] - law, law - ranks[:-1]).max(axis=1))


def _stephens(distance: Any, n: int) -> Any:
    """Scale D so that its law no longer depends on n (Stephens 1974, Table 1.1, case 4)."""
    root = math.sqrt(n)
    return (distance - 0.2 / n) * (root + 0.26 + 0.5 / root)


def _p_value(simulated: Array, observed: float) -> float:
    return float((1 + np.count_nonzero(simulated >= observed - 1e-12)) / (1 + simulated.size))
