"""Earthquakes that follow an injection, and fade when it stops."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.catalog import Catalog
from asperity.core.errors import DataError, InputError
from asperity.core.statistics.synthetic.catalogs import build, check_number
from asperity.core.statistics.synthetic.magnitudes import GutenbergRichter
from asperity.core.statistics.synthetic.poisson import finite

__all__ = ["InjectionResponse", "expected_events", "injection_catalog"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class InjectionResponse:
    """How a place answers to injection.

    Parameters
    ----------
    seismogenic_index : float
        Sigma of Shapiro et al.; the number of events of magnitude 0 and above is
        10^Sigma for each cubic metre.
    decay_time : float
        tau, s: of the decay after shut-in, and over which the rate before it is averaged.
    decay_exponent : float
        p of that decay, above 0.
    magnitudes : GutenbergRichter

    Raises
    ------
    InputError
        If a parameter is out of range.

    Notes
    -----
    While fluid flows in at V' m3/s the rate of events at Mc and above is
    V' 10^(Sigma - b Mc). From each shut-in at t0 on it is lambda0 (1 + (t - t0)/tau)^(-p)
    until injection resumes, with lambda0 the mean rate of the last `decay_time` before:
    recorded rates ramp down, and the last one says little. Flow back counts as none.

    References
    ----------
    Shapiro, S. A., Dinske, C., Langenbruch, C. & Wenzel, F. (2010). Seismogenic index and
    magnitude probability of earthquakes induced during reservoir fluid stimulations. The
    Leading Edge 29, 304-309. doi:10.1190/1.3353727

    Langenbruch, C. & Shapiro, S. A. (2010). Decay rate of fluid-induced seismicity after
    termination of reservoir stimulations. Geophysics 75, MA53-MA62. doi:10.1190/1.3506005
    """

    seismogenic_index: float = -2.0
    decay_time: float = 6.0 * 3600.0
    decay_exponent: float = 2.0
    magnitudes: GutenbergRichter = GutenbergRichter()  # noqa: RUF009 (frozen)

    def __post_init__(self) -> None:
        if not math.isfinite(self.seismogenic_index):
            raise InputError(f"seismogenic index {self.seismogenic_index}; give a number")
        if not (self.decay_time > 0.0 and self.decay_exponent > 0.0):
            raise InputError(
                f"decay time {self.decay_time} s, exponent {self.decay_exponent}; both must be "
                "above 0"
            )

    @property
    def events_per_volume(self) -> float:
        """Events at Mc and above for each cubic metre injected."""
        law = self.magnitudes
        return float(10.0 ** (self.seismogenic_index - law.b * law.mc))


@dataclass(frozen=True, eq=False)
class _Pieces:
    """Stretches of time, injecting or decaying, each with its expected number of events."""

    start: Array
    length: Array
    expected: Array
    age: Array  # time since shut-in at the start of the stretch; NaN while injecting


def injection_catalog(
    times: ArrayLike,
    rates: ArrayLike,
    response: InjectionResponse,
    *,
    n: float | None = None,
    after: float = 0.0,
    origin: tuple[int, str] | None = None,
    seed: int | np.random.Generator = 0,
) -> Catalog:
    """Draw the earthquakes that an injection brings about.

    Parameters
    ----------
    times : array_like, shape (k,)
        Seconds, ascending. The rate of a row holds until the next row.
    rates : array_like, shape (k,)
        m3/s; the last one is not used.
    response : InjectionResponse
    n : float, optional
        Expected number of events; replaces the seismogenic index.
    after : float, optional
        How long to go on after the last row, s, without injection.
    origin : tuple of (int, str), optional
        UTC time of `times` = 0 in ``ns`` or ``us``, and that unit; relative when missing.
    seed : int or numpy.random.Generator, optional

    Returns
    -------
    Catalog
        Without coordinates. The attribute ``synthetic`` holds the parameters, with
        the seismogenic index in force and the expected number.

    Raises
    ------
    InputError
        If the table is not in order or an argument is out of range.
    DataError
        If nothing is injected, or the catalog would not fit into memory.

    Examples
    --------
    >>> response = InjectionResponse(seismogenic_index=-1.0)
    >>> catalog = injection_catalog([0.0, 3600.0, 7200.0], [0.1, 0.0, 0.0], response, seed=1)
    >>> len(catalog) > 10
    True
    """
    t, v = _checked(times, rates, after)
    pieces = _pieces(t, np.maximum(v, 0.0), response, after)
    whole = float(pieces.expected.sum())
    if not whole > 0.0:
        raise DataError("nothing is injected: every rate is zero, so that no event is expected")
    if n is not None and not (math.isfinite(n) and n > 0.0):
        raise InputError(f"{n} events; give a number above 0")
    factor = response.events_per_volume if n is None else n / whole
    check_number(factor * whole)
    rng = np.random.default_rng(seed)
    counts = rng.poisson(factor * pieces.expected)
    check_number(counts.sum())
    drawn = np.sort(_place(pieces, counts, response, rng))
    law = response.magnitudes
    columns = {"magnitude": law.sample(drawn.size, rng)}
    description = {
        "model": "injection",
        "seismogenic_index": math.log10(factor) + law.b * law.mc,
        "decay_time": response.decay_time,
        "decay_exponent": response.decay_exponent,
        "volume": float(np.sum(np.maximum(v[:-1], 0.0) * np.diff(t))),
        "expected": factor * whole,
        "after": after,
        "magnitudes": finite(asdict(law)),
    }
    return build(drawn, columns, law, description, origin=origin)


def expected_events(
    times: ArrayLike, rates: ArrayLike, response: InjectionResponse, *, after: float = 0.0
) -> Array:
    """Return how many events an injection is expected to have brought about at each row.

    Parameters
    ----------
    times, rates : array_like, shape (k,)
        As in `injection_catalog`.
    response : InjectionResponse
    after : float, optional
        How long to go on after the last row, s, without injection.

    Returns
    -------
    ndarray, shape (k + 1,)
        From 0 at the first row to the number `after` the last.

    Raises
    ------
    InputError
        If the table is not in order or an argument is out of range.

    Examples
    --------
    >>> response = InjectionResponse(seismogenic_index=-1.0)
    >>> expected_events([0.0, 100.0, 200.0], [0.1, 0.2, 0.0], response).round(12).tolist()
    [0.0, 1.0, 3.0, 3.0]
    """
    t, v = _checked(times, rates, after)
    pieces = _pieces(t, np.maximum(v, 0.0), response, after)
    return np.concatenate([[0.0], np.cumsum(response.events_per_volume * pieces.expected)])


def _checked(times: ArrayLike, rates: ArrayLike, after: float) -> tuple[Array, Array]:
    """Return the table as arrays, refusing what is out of order or no number."""
    t, v = np.asarray(times, dtype=np.float64), np.asarray(rates, dtype=np.float64)
    if t.ndim != 1 or t.shape != v.shape or t.size < 2:
        raise InputError(
            f"times of shape {t.shape} and rates of {v.shape}; both need (k,) with k of 2 or more"
        )
    if not (np.isfinite(t).all() and np.isfinite(v).all() and np.all(np.diff(t) >= 0.0)):
        raise InputError("times must ascend, and times and rates must be numbers")
    if not (math.isfinite(after) and after >= 0.0):
        raise InputError(f"{after} s after the last row; give a length from 0 up")
    return t, v


def _pieces(t: Array, v: Array, response: InjectionResponse, after: float) -> _Pieces:
    """Cut the time into stretches; expected numbers are for one event per cubic metre."""
    start = t.copy()
    length = np.append(np.diff(t), after)
    rate = np.append(v[:-1], 0.0)
    volume = np.concatenate([[0.0], np.cumsum(rate * length)])
    flowing = rate > 0.0
    # The end of the last stretch that flowed before each row, -1 before the first.
    last = np.maximum.accumulate(np.where(flowing, np.arange(t.size), -1))
    shut_in = np.where(last >= 0, (start + length)[last], np.nan)
    level = _mean_rate_before(shut_in, t, volume, response.decay_time)
    age = np.where(flowing | (last < 0), np.nan, start - shut_in)
    tail = _decay_integral(age, length, response)
    expected = np.where(flowing, rate * length, np.where(last >= 0, level * tail, 0.0))
    return _Pieces(start, length, expected, age)


def _mean_rate_before(shut_in: Array, t: Array, volume: Array, span: float) -> Array:
    """Return the mean injection rate over `span` before each shut-in."""
    whole = np.append(t, t[-1])
    begin = np.maximum(shut_in - span, t[0])
    injected = np.interp(shut_in, whole, volume) - np.interp(begin, whole, volume)
    return np.asarray(injected / np.maximum(shut_in - begin, 1e-300))


def _decay_integral(age: Array, length: Array, response: InjectionResponse) -> Array:
    """Integrate (1 + s/tau)^(-p) over stretches that start at an age."""
    tau, p = response.decay_time, response.decay_exponent
    low, high = 1.0 + age / tau, 1.0 + (age + length) / tau
    if abs(p - 1.0) < 1e-9:
        return np.asarray(tau * np.log(high / low))
    return np.asarray(tau * (low ** (1.0 - p) - high ** (1.0 - p)) / (p - 1.0))


def _place(
    pieces: _Pieces,
    counts: NDArray[np.int64],
    response: InjectionResponse,
    rng: np.random.Generator,
) -> Array:
    """Draw the times of the events of each stretch."""
    which = np.repeat(np.arange(counts.size), counts)
    share = rng.random(which.size)
    start, length, age = pieces.start[which], pieces.length[which], pieces.age[which]
    times = start + share * length
    decaying = np.isfinite(age)
    tau, p = response.decay_time, response.decay_exponent
    low = 1.0 + age[decaying] / tau
    high = 1.0 + (age[decaying] + length[decaying]) / tau
    u = share[decaying]
    if abs(p - 1.0) < 1e-9:
        reached = low * (high / low) ** u
    else:
        reached = (low ** (1.0 - p) + u * (high ** (1.0 - p) - low ** (1.0 - p))) ** (
            1.0 / (1.0 - p)
        )
    times[decaying] = start[decaying] + tau * (reached - low)
    return np.asarray(times)
