"""Declustering by windows in distance and time around the largest events."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError
from asperity.core.statistics.declustering.result import (
    Declustering,
    check_events,
    from_leaders,
)
from asperity.core.statistics.positions import Positions, as_positions

__all__ = ["Window", "decluster_windows", "window_lengths"]

Array = NDArray[np.float64]
Window = Literal["gk", "gruenthal", "uhrhammer"]

_DAY = 86_400.0


def window_lengths(magnitudes: ArrayLike, window: Window = "gk") -> tuple[Array, Array]:
    """Return how far the windows of mainshocks reach in distance and in time.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
    window : {"gk", "gruenthal", "uhrhammer"}
        Gardner & Knopoff (1974), Gruenthal (1985) or Uhrhammer (1986).

    Returns
    -------
    distance : ndarray, shape (n,)
        Metres.
    time : ndarray, shape (n,)
        Seconds.

    Raises
    ------
    InputError
        If the window is not known.

    Notes
    -----
    With d in km and T in days, as van Stiphout et al. give them:

    - gk: d = 10^(0.1238 M + 0.983); T = 10^(0.032 M + 2.7389) from M 6.5 up, else
      10^(0.5409 M - 0.547);
    - gruenthal: d = exp(1.77 + sqrt(0.037 + 1.02 M)); T = 10^(2.8 + 0.024 M) from
      M 6.5 up, else exp(-3.95 + sqrt(0.62 + 17.32 M));
    - uhrhammer: d = exp(-1.024 + 0.804 M); T = exp(-2.87 + 1.235 M).

    All were made for moderate and large earthquakes; below M 2.5 they extrapolate.
    Gruenthal's roots end at M -0.036, below which his window is that of -0.036.

    References
    ----------
    Gardner, J. K. & Knopoff, L. (1974). Is the sequence of earthquakes in southern
    California, with aftershocks removed, Poissonian? Bull. Seismol. Soc. Am. 64,
    1363-1367. doi:10.1785/BSSA0640051363

    Uhrhammer, R. (1986). Characteristics of northern and central California
    seismicity. Earthquake Notes 57, 21.

    van Stiphout, T., Zhuang, J. & Marsan, D. (2012). Seismicity declustering. Community
    Online Resource for Statistical Seismicity Analysis. doi:10.5078/corssa-52382934

    Examples
    --------
    >>> distance, time = window_lengths([5.0])
    >>> round(distance[0] / 1000), round(time[0] / 86400)
    (40, 144)
    """
    m = np.asarray(magnitudes, dtype=np.float64)
    if window == "gk":
        distance = 10.0 ** (0.1238 * m + 0.983)
        days = 10.0 ** np.where(m >= 6.5, 0.032 * m + 2.7389, 0.5409 * m - 0.547)
    elif window == "gruenthal":
        low = np.maximum(m, -0.62 / 17.32)
        distance = np.exp(1.77 + np.sqrt(0.037 + 1.02 * low))
        days = np.where(
            m >= 6.5, 10.0 ** (2.8 + 0.024 * m), np.exp(-3.95 + np.sqrt(0.62 + 17.32 * low))
        )
    elif window == "uhrhammer":
        distance = np.exp(-1.024 + 0.804 * m)
        days = np.exp(-2.87 + 1.235 * m)
    else:
        raise InputError(f"window {window!r}; allowed are {', '.join(get_args(Window))}")
    return np.asarray(1000.0 * distance), np.asarray(_DAY * days)


def decluster_windows(
    times: ArrayLike,
    positions: Positions | ArrayLike,
    magnitudes: ArrayLike,
    *,
    window: Window = "gk",
    foreshock_fraction: float = 1.0,
) -> Declustering:
    """Decluster by the windows of Gardner & Knopoff (1974).

    Parameters
    ----------
    times : array_like, shape (n,)
        Seconds, ascending.
    positions : Positions or array_like, shape (n, 1), (n, 2) or (n, 3)
        As `epicentres` or `hypocentres` make them; an array holds metres.
    magnitudes : array_like, shape (n,)
    window : {"gk", "gruenthal", "uhrhammer"}
        See `window_lengths`.
    foreshock_fraction : float, optional
        Length of the window before a mainshock in terms of that after it.

    Returns
    -------
    Declustering

    Raises
    ------
    InputError
        If the events are not in order or an argument is out of range.

    Notes
    -----
    The events take their turn from the largest down, the earlier of equal ones
    first. Each that belongs to no cluster yet becomes a mainshock and takes the
    free events within its windows. Members do not widen their cluster.

    The work grows with the number of pairs within the windows in time.

    References
    ----------
    Gardner & Knopoff (1974), doi:10.1785/BSSA0640051363

    Examples
    --------
    >>> days = 86400 * np.array([0.0, 1.0, 500.0])
    >>> made = decluster_windows(days, [[0, 0], [900, 0], [0, 0]], [5.0, 3.0, 4.0])
    >>> made.is_mainshock.tolist(), made.parent.tolist()
    ([True, False, True], [-1, 0, -1])
    """
    t, m = check_events(times, magnitudes)
    places = as_positions(positions, t.size)
    if not 0.0 <= foreshock_fraction <= 1.0:
        raise InputError(f"foreshock fraction {foreshock_fraction}; give a number from 0 to 1")
    reach, after = window_lengths(m, window)
    from asperity.core.kernels import prepare

    prepare()
    from asperity.core.statistics.declustering import _kernels

    by_size = np.lexsort((np.arange(m.size), -m))
    leaders = _kernels.window_clusters(
        places.points, t, by_size, reach, after, foreshock_fraction * after, places.radius
    )
    parameters = {"window": window, "foreshock_fraction": foreshock_fraction}
    return from_leaders("gardner-knopoff", np.asarray(leaders), m, parameters)
