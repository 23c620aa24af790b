"""The slope of the frequency-magnitude distribution, b, with its error.

Four estimators share one form: each takes a sample of *excesses*, magnitudes or
magnitude differences above a threshold, which under Gutenberg-Richter follow an
exponential law of rate b ln 10, and turns their mean into b.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError
from asperity.core.notebook import Shown
from asperity.core.statistics.magnitudes import (
    LARGEST,
    TOLERANCE,
    finite_magnitudes,
    lowest_bin,
    round_magnitudes,
)

__all__ = ["BMethod", "BValue", "b_value", "next_exceeding", "shi_bolt_sd"]

Array = NDArray[np.float64]
BMethod = Literal["aki-utsu", "utsu", "b-positive", "b-more-positive"]

FEW_EVENTS = 50
_DEPENDENT_RESAMPLES = 200
_INTERVAL = (2.5, 97.5)
_GAP = 0.1  # magnitudes without an event above Mc that are looked at where there are no bins
_HARDLY = 1e-3


@dataclass(frozen=True, repr=False)
class BValue(Shown):
    """A b-value and what it was estimated from.

    Parameters
    ----------
    method : str
    b, b_sd : float
        Estimate and standard deviation.
    sd_method : {"shi-bolt", "bootstrap"}
    a : float
        log10 of the number of events at magnitude 0 and above, log10(n) + b Mc.
    mc : float
        Lowest magnitude used; a bin centre when magnitudes are binned.
    bin_width : float
    n : int
        Events at Mc and above.
    n_sample : int
        Excesses behind the estimate: `n`, or the number of differences.
    mean_magnitude : float
        Of the events at Mc and above.
    difference_threshold : float or None
        Least difference used by the positive methods, dMc.
    b_interval : tuple of float or None
        95 % bootstrap percentile interval.
    warnings : tuple of str
    """

    method: BMethod
    b: float
    b_sd: float
    sd_method: str
    a: float
    mc: float
    bin_width: float
    n: int
    n_sample: int
    mean_magnitude: float
    difference_threshold: float | None
    b_interval: tuple[float, float] | None
    warnings: tuple[str, ...]

    def _facts(self) -> dict[str, Any]:
        return {
            "b": f"{self.b:.3f} ± {self.b_sd:.3f}", "Mc": f"{self.mc:g}", "events": self.n,
            "bin width": f"{self.bin_width:g}", "method": self.method, "status": self.status,
        }  # fmt: skip

    @property
    def status(self) -> str:
        """``ok``, or the warnings in one line."""
        return "; ".join(self.warnings) or "ok"


def b_value(
    magnitudes: ArrayLike,
    mc: float,
    *,
    method: BMethod = "aki-utsu",
    bin_width: float = 0.0,
    difference_threshold: float | None = None,
    unbiased: bool = False,
    n_bootstrap: int = 0,
    seed: int = 0,
) -> BValue:
    """Estimate b of the Gutenberg-Richter law by maximum likelihood.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
        In order of time (which the positive methods need); NaN is passed over.
    mc : float
        Magnitude of completeness. With bins it is raised to the next bin centre.
    method : {"aki-utsu", "utsu", "b-positive", "b-more-positive"}
    bin_width : float, optional
        Magnitudes are first rounded to multiples of it, halves away from zero; 0
        means continuous.
    difference_threshold : float, optional
        Least difference that the positive methods use; the bin width when missing.
    unbiased : bool, optional
        Multiply by (n - 1)/n, which takes the bias of order 1/n away.
    n_bootstrap : int, optional
        Resamples for a percentile interval, and then for the standard deviation.
        ``b-more-positive`` makes 200 in any case.
    seed : int, optional
        Of the bootstrap.

    Returns
    -------
    BValue

    Raises
    ------
    InputError
        If an argument is out of range.
    DataError
        If fewer than two events or differences are left, or all are equal.

    Notes
    -----
    With the mean excess e over the threshold and the bin width dM:

    - ``aki-utsu``: b = log10(1 + dM/e)/dM, and log10(exp 1)/e when dM = 0, with
      excesses M - Mc of the events M >= Mc;
    - ``utsu``: b = log10(exp 1)/(e + dM/2), the usual approximation of it;
    - ``b-positive``: the first form with excesses d - dMc of the differences
      d >= dMc of successive magnitudes; insensitive to events missed after large ones;
    - ``b-more-positive``: the same with the difference from each event to the next
      later one that exceeds it by dMc. These share later events and so are not
      independent: the standard deviation comes from a bootstrap of events.

    Differences of zero are no positive differences and are left out. Standard
    deviations are Shi & Bolt's unless a bootstrap was made.

    References
    ----------
    Aki, K. (1965). Maximum likelihood estimate of b in the formula log N = a - bM and
    its confidence limits. Bull. Earthq. Res. Inst. 43, 237-239.

    Lippiello, E. & Petrillo, G. (2024). b-more-incomplete and b-more-positive: Insights
    on a robust estimator of magnitude distribution. J. Geophys. Res. Solid Earth 129,
    e2023JB027849. doi:10.1029/2023JB027849

    Shi, Y. & Bolt, B. A. (1982). The standard error of the magnitude-frequency b value.
    Bull. Seismol. Soc. Am. 72, 1677-1687. doi:10.1785/BSSA0720051677

    Tinti, S. & Mulargia, F. (1987). Confidence intervals of b values for grouped
    magnitudes. Bull. Seismol. Soc. Am. 77, 2125-2134. doi:10.1785/BSSA0770062125

    van der Elst, N. J. (2021). B-positive: A robust estimator of aftershock magnitude
    distribution in transiently incomplete catalogs. J. Geophys. Res. Solid Earth 126,
    e2020JB021027. doi:10.1029/2020JB021027

    Examples
    --------
    >>> result = b_value([2.0, 2.1, 2.0, 2.4, 2.2, 2.0, 3.0, 2.1], 2.0, bin_width=0.1)
    >>> round(result.b, 4), result.n, result.status
    (1.597, 8, 'fewer than 50 events (8): b is poorly known')
    """
    _check(method, mc, n_bootstrap, difference_threshold)
    warnings: list[str] = []
    rounded = round_magnitudes(finite_magnitudes(magnitudes), bin_width)
    threshold = lowest_bin(mc, bin_width)
    if threshold > mc + TOLERANCE:
        warnings.append(f"Mc {mc:g} is no multiple of the bin width; raised to {threshold:g}")
    above = rounded[rounded >= threshold - TOLERANCE]
    if above.size < 2:
        raise DataError(
            f"b needs at least two events; found {above.size} of {rounded.size} at Mc "
            f"{threshold:g} and above; lower Mc"
        )
    positive = method in ("b-positive", "b-more-positive")
    if _starts_above(above, threshold, bin_width):
        warnings.append(
            f"no event from Mc {threshold:g} up to the smallest magnitude {above.min():g}: Mc lies "
            f"below what the catalog records, so that {'a is' if positive else 'a and b are'} too "
            "small; raise Mc"
        )
    margin = bin_width if difference_threshold is None else difference_threshold
    if positive and bin_width > 0.0:
        margin = lowest_bin(margin, bin_width)
    sampler, slope = _METHODS[method]
    level = margin if positive else threshold
    excess = sampler(above, level)
    _check_sample(excess, method)
    factor = (excess.size - 1) / excess.size if unbiased else 1.0
    b = factor * slope(float(excess.mean()), bin_width)
    b_sd, sd_method, interval = shi_bolt_sd(excess, b), "shi-bolt", None
    resamples = n_bootstrap
    if method == "b-more-positive":
        resamples = max(n_bootstrap, _DEPENDENT_RESAMPLES)
    if resamples:
        draw = _resample_events if method == "b-more-positive" else _resample_excesses
        means = draw(above, excess, level, resamples, np.random.default_rng(seed))
        usable = means[means > 0.0]
        if usable.size < resamples:
            warnings.append(f"{resamples - usable.size} of {resamples} resamples had no range")
        if usable.size > 1:
            values = factor * np.array([slope(mean, bin_width) for mean in usable.tolist()])
            low, high = np.percentile(values, _INTERVAL)
            b_sd, sd_method = float(values.std(ddof=1)), "bootstrap"
            interval = (float(low), float(high))
    if excess.size < FEW_EVENTS:
        what = "differences" if positive else "events"
        warnings.append(f"fewer than {FEW_EVENTS} {what} ({excess.size}): b is poorly known")
    return BValue(
        method=method,
        b=b,
        b_sd=b_sd,
        sd_method=sd_method,
        a=math.log10(above.size) + b * threshold,
        mc=threshold,
        bin_width=bin_width,
        n=above.size,
        n_sample=excess.size,
        mean_magnitude=float(above.mean()),
        difference_threshold=margin if positive else None,
        b_interval=interval,
        warnings=tuple(warnings),
    )


def shi_bolt_sd(sample: ArrayLike, b: float) -> float:
    """Return Shi & Bolt's standard deviation of b.

    Parameters
    ----------
    sample : array_like, shape (n,)
        Magnitudes or differences behind b; at least two.
    b : float

    Returns
    -------
    float

    Notes
    -----
    ln(10) b^2 sqrt(sum (M - mean M)^2 / (n (n - 1))).

    References
    ----------
    Shi & Bolt (1982), doi:10.1785/BSSA0720051677

    Examples
    --------
    >>> round(shi_bolt_sd([2.0, 2.1, 2.3, 2.6], 1.0), 4)
    0.3046
    """
    x = np.asarray(sample, dtype=np.float64)
    if x.size < 2:
        raise DataError(f"a standard deviation needs at least two values; found {x.size}")
    return float(math.log(10.0) * b**2 * x.std(ddof=1) / math.sqrt(x.size))


def next_exceeding(magnitudes: ArrayLike, margin: float) -> NDArray[np.int64]:
    """Find for each event the next later one that exceeds it by a margin.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
        In order of time.
    margin : float
        Least excess, compared with a tolerance of 1e-9; with 0 a tie is none.

    Returns
    -------
    ndarray of int64, shape (n,)
        Row of that event, -1 where none comes.

    Examples
    --------
    >>> next_exceeding([2.0, 1.0, 1.5, 3.0], 0.5).tolist()
    [3, 2, 3, -1]
    """
    m = np.ascontiguousarray(magnitudes, dtype=np.float64)
    from asperity.core.kernels import prepare

    prepare()
    from asperity.core.statistics import _kernels

    # A tie is never an excess, so that 0 becomes the tolerance itself.
    wanted = margin - TOLERANCE if margin > TOLERANCE else TOLERANCE
    return np.asarray(_kernels.next_exceeding(m, wanted))


def _check(method: str, mc: float, n_bootstrap: int, threshold: float | None) -> None:
    if method not in get_args(BMethod):
        raise InputError(f"method {method!r}; allowed are {', '.join(get_args(BMethod))}")
    if not abs(mc) <= LARGEST:
        raise InputError(f"Mc is {mc:g}; give a magnitude")
    if n_bootstrap < 0:
        raise InputError(f"{n_bootstrap} bootstrap resamples; give 0 or more")
    if threshold is not None and not 0.0 <= threshold <= LARGEST:
        raise InputError(f"difference threshold {threshold:g}; give a number from 0 to {LARGEST:g}")


def _starts_above(magnitudes: Array, mc: float, bin_width: float) -> bool:
    """Return whether the law from Mc on would hardly leave its lowest bin empty.

    Of n exponential excesses with a given mean, none is below g in one case of
    (1 - g / mean)^(n - 1), for their shares of the sum are uniform spacings.
    """
    gap = float(magnitudes.min()) - mc
    mean = float(magnitudes.mean()) - mc
    if gap < max(bin_width, 0.0 if bin_width else _GAP) - TOLERANCE or mean <= 0.0:
        return False
    return (1.0 - gap / mean) ** (magnitudes.size - 1) < _HARDLY


def _check_sample(excess: Array, method: str) -> None:
    if excess.size < 2:
        raise DataError(
            f"{method} needs at least two magnitude differences above its threshold; found "
            f"{excess.size}; lower Mc or the threshold"
        )
    if np.ptp(excess) <= TOLERANCE:
        raise DataError(
            f"{method}: all {excess.size} values are equal, so that b is not determined; "
            "lower Mc or use a smaller bin width"
        )


def _excess_of_magnitudes(magnitudes: Array, mc: float) -> Array:
    return np.maximum(magnitudes - mc, 0.0)


def _excess_of_differences(magnitudes: Array, margin: float) -> Array:
    differences = np.diff(magnitudes)
    chosen = (differences >= margin - TOLERANCE) & (differences > TOLERANCE)
    return np.maximum(differences[chosen] - margin, 0.0)


def _excess_of_next(magnitudes: Array, margin: float) -> Array:
    later = next_exceeding(magnitudes, margin)
    known = later >= 0
    return np.maximum(magnitudes[later[known]] - magnitudes[known] - margin, 0.0)


def _binned_slope(mean_excess: float, bin_width: float) -> float:
    if bin_width == 0.0:
        return math.log10(math.e) / mean_excess
    return math.log1p(bin_width / mean_excess) / (math.log(10.0) * bin_width)


def _midpoint_slope(mean_excess: float, bin_width: float) -> float:
    return math.log10(math.e) / (mean_excess + 0.5 * bin_width)


_METHODS: dict[BMethod, tuple[Callable[[Array, float], Array], Callable[[float, float], float]]] = {
    "aki-utsu": (_excess_of_magnitudes, _binned_slope),
    "utsu": (_excess_of_magnitudes, _midpoint_slope),
    "b-positive": (_excess_of_differences, _binned_slope),
    "b-more-positive": (_excess_of_next, _binned_slope),
}


def _resample_excesses(
    _magnitudes: Array, excess: Array, _level: float, count: int, rng: np.random.Generator
) -> Array:
    """Return the mean excess of resamples of independent excesses, shape (count,)."""
    n = excess.size
    return np.array([excess[rng.integers(0, n, n)].mean() for _ in range(count)])


def _resample_events(
    magnitudes: Array, _excess: Array, level: float, count: int, rng: np.random.Generator
) -> Array:
    """Return the mean excess over the next larger event of resamples of events, shape (count,).

    The events keep their order; one drawn twice does not exceed itself.
    """
    n = magnitudes.size
    means = np.zeros(count)
    for k in range(count):
        drawn = np.repeat(magnitudes, np.bincount(rng.integers(0, n, n), minlength=n))
        excess = _excess_of_next(drawn, level)
        means[k] = excess.mean() if excess.size else 0.0
    return means
