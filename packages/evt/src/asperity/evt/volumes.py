"""What was injected until a moment, and the magnitudes that volumes bound or lead to expect.

Volumes are m3, moments N m, rigidities Pa. Fluid that flows back is not taken off.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError, InputError
from asperity.core.geometry.mechanisms import moment_magnitude
from asperity.core.operations import Operations
from asperity.core.times import PER_SECOND

__all__ = [
    "RIGIDITY",
    "efficiency_magnitude",
    "galis_magnitude",
    "injected_volume",
    "mcgarr_magnitude",
    "modal_magnitude",
    "seismogenic_index",
    "total_until",
    "volume_text",
]

Array = NDArray[np.float64]

RIGIDITY = 3.0e10
"""Pa, of the upper crust; the value of McGarr (2014)."""
GAMMA = 1.5e9
"""N m^(-7/2), of Galis et al. (2017)."""


def injected_volume(operations: Operations) -> Array:
    """Return the volume injected since the first row, at each row, m3.

    Parameters
    ----------
    operations : Operations
        With a column ``volume``, which is preferred, or ``rate``.

    Returns
    -------
    ndarray, shape (n,)
        Never falling: the rate of a row holds until the next one, and what flows back
        counts as nothing.

    Raises
    ------
    DataError
        If there is neither column.

    Examples
    --------
    >>> table = Operations(np.array([0, 10, 30]) * 10**9, {"rate": np.array([0.1, 0.2, 0.0])})
    >>> injected_volume(table).tolist()
    [0.0, 1.0, 5.0]
    """
    if "volume" in operations.columns:
        steps = np.diff(_filled(operations.columns["volume"]), prepend=0.0)
    elif "rate" in operations.columns:
        rate = np.maximum(np.nan_to_num(operations.columns["rate"]), 0.0)
        seconds = np.diff(operations.time) / PER_SECOND[operations.time_unit]
        steps = np.concatenate([[0.0], rate[:-1] * seconds]) if rate.size else np.zeros(0)
    else:
        raise DataError(
            "the operations have neither a volume (m3) nor a rate (m3/s); found "
            f"{', '.join(operations.columns) or 'no column'}"
        )
    return np.asarray(np.cumsum(np.maximum(steps, 0.0)))


def _filled(values: Array) -> Array:
    """Return values with each missing one replaced by the last before it, 0 at the start."""
    known = np.isfinite(values)
    last = np.maximum.accumulate(np.where(known, np.arange(values.size), -1))
    return np.asarray(np.where(last >= 0, values[last], 0.0))


def total_until(operations: Operations, time: int, time_unit: str = "ns") -> float:
    """Return the volume injected until a moment, m3; no row after it is used.

    Parameters
    ----------
    operations : Operations
    time : int
        In `time_unit`, in the frame of the operations.
    time_unit : {"ns", "us"}

    Examples
    --------
    >>> table = Operations(np.array([0, 10, 30]) * 10**9, {"rate": np.array([0.1, 0.2, 0.0])})
    >>> total_until(table, 20 * 10**9)
    3.0
    """
    ticks, of_moment = PER_SECOND[operations.time_unit], PER_SECOND[time_unit]
    now = time * ticks // of_moment
    known = int(np.searchsorted(operations.time, now, side="right"))
    if not known:
        return 0.0
    so_far = Operations(
        operations.time[:known], {k: v[:known] for k, v in operations.columns.items()},
        operations.time_unit, operations.time_frame,
    )  # fmt: skip
    total = float(injected_volume(so_far)[-1])
    if "volume" not in operations.columns and known < len(operations):
        # The rate in force goes on until now; after the last row nobody knows it.
        rate = max(float(np.nan_to_num(operations.columns["rate"][known - 1])), 0.0)
        total += rate * (now - int(operations.time[known - 1])) / ticks
    return total


def seismogenic_index(n_events: float, volume: float, b: float, mc: float) -> float:
    """Return the seismogenic index, ``log10(N/V) + b Mc``.

    Parameters
    ----------
    n_events : float
        Events at Mc and above.
    volume : float
        m3.
    b, mc : float

    References
    ----------
    Shapiro, S. A., Dinske, C., Langenbruch, C. & Wenzel, F. (2010). Seismogenic index and
    magnitude probability of earthquakes induced during reservoir fluid stimulations. The
    Leading Edge 29, 304-309. doi:10.1190/1.3353727

    Examples
    --------
    >>> seismogenic_index(100, 10_000.0, 1.0, 0.5)
    -1.5
    """
    _check_volume(volume)
    return float(np.log10(n_events / volume) + b * mc)


def modal_magnitude(index: float, volume: float, b: float) -> float:
    """Return the magnitude of which one event is expected, ``(Sigma + log10 V)/b``.

    Notes
    -----
    The largest of N events has its mode there; with N = V 10^(Sigma - b Mc) it is
    ``Mc + log10(N)/b``.

    References
    ----------
    van der Elst et al. (2016), doi:10.1002/2016JB012818, eq. for the volume.

    Examples
    --------
    >>> modal_magnitude(-1.5, 10_000.0, 1.0)
    2.5
    """
    _check_volume(volume)
    return float((index + np.log10(volume)) / b)


def mcgarr_magnitude(volume: float, rigidity: float = RIGIDITY) -> float:
    """Return McGarr's upper bound, of the moment ``G dV``.

    Parameters
    ----------
    volume : float
        m3.
    rigidity : float, optional
        Pa.

    References
    ----------
    McGarr, A. (2014). Maximum magnitude earthquakes induced by fluid injection. J. Geophys.
    Res. Solid Earth 119, 1008-1019. doi:10.1002/2013JB010597

    Examples
    --------
    >>> round(mcgarr_magnitude(1e4), 3)
    3.585
    """
    _check_volume(volume)
    return float(moment_magnitude(rigidity * volume))


def galis_magnitude(volume: float, gamma: float = GAMMA) -> float:
    """Return the largest self-arrested rupture of Galis et al., of the moment ``gamma dV^(3/2)``.

    Parameters
    ----------
    volume : float
        m3.
    gamma : float, optional
        N m^(-7/2); it gathers friction, stress drop, bulk modulus and reservoir height.

    References
    ----------
    Galis, M., Ampuero, J.-P., Mai, P. M. & Cappa, F. (2017). Induced seismicity provides
    insight into why earthquake ruptures stop. Science Advances 3, eaap7528.
    doi:10.1126/sciadv.aap7528

    Examples
    --------
    >>> round(galis_magnitude(1e4), 3)
    4.051
    """
    _check_volume(volume)
    return float(moment_magnitude(gamma * volume**1.5))


def efficiency_magnitude(total_moment: float, b: float, mc: float = -np.inf) -> float:
    """Return the magnitude at which a Gutenberg-Richter law spends a total moment.

    Parameters
    ----------
    total_moment : float
        N m: the seismic efficiency S times ``mu dV``, which is the sum of all moments
        where S is that of the sequence itself.
    b : float
        Below 1.5.
    mc : float, optional
        Lower end of the magnitudes that carry the moment.

    Returns
    -------
    float
        Magnitude of which one event is expected.

    Raises
    ------
    InputError
        If b is not below 1.5: the small events would then carry all moment.

    Notes
    -----
    With one event expected at M_max and above, the sum of the moments up to it is
    ``b/(1.5 - b) M0_max``; above a lower end Mc it is that times
    ``1 - 10^(-(1.5 - b)(M_max - Mc))``, solved for M_max by iteration.

    References
    ----------
    Hallo, M., Oprsal, I., Eisner, L. & Ali, M. Y. (2014). Prediction of magnitude of the
    largest potentially induced seismic event. J. Seismol. 18, 421-431.
    doi:10.1007/s10950-014-9417-4

    Examples
    --------
    >>> round(efficiency_magnitude(10.0**15.1, 1.0), 4)
    3.7993
    """
    if not 0.0 < b < 1.5:
        raise InputError(f"b = {b:g}: the sum of moments needs b between 0 and 1.5")
    _check_volume(total_moment, "total moment")
    rest = 1.5 - b
    plain = float(moment_magnitude(total_moment * rest / b))
    if not np.isfinite(mc):
        return plain
    magnitude = max(plain, mc + 1e-6)
    for _ in range(200):
        share = -np.expm1(-rest * np.log(10.0) * (magnitude - mc))
        following = plain - np.log10(share) / 1.5
        if abs(following - magnitude) < 1e-12:
            break
        magnitude = 0.5 * (magnitude + following)
    return float(magnitude)


def volume_text(volume: float) -> str:
    """Return a volume for a table: of wells in whole m3, of laboratory faults as a power of ten.

    Examples
    --------
    >>> volume_text(12345.6), volume_text(3.5e-8)
    ('12,346', '3.5e-08')
    """
    return f"{volume:,.0f}" if volume == 0.0 or volume >= 10.0 else f"{volume:.2g}"


def _check_volume(volume: float, what: str = "volume") -> None:
    if not (np.isfinite(volume) and volume > 0.0):
        raise InputError(f"{what} {volume}; give a number above 0")
