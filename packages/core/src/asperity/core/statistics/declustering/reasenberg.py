"""Declustering by interaction zones that grow and shrink with the cluster."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from asperity.core.errors import InputError
from asperity.core.statistics.declustering.result import (
    Declustering,
    check_events,
    from_leaders,
)
from asperity.core.statistics.positions import Positions, as_positions

__all__ = ["decluster_reasenberg"]

_DAY = 86_400.0
_CRUST = 30_000.0


def decluster_reasenberg(
    times: ArrayLike,
    positions: Positions | ArrayLike,
    magnitudes: ArrayLike,
    *,
    rfact: float = 10.0,
    tau_min: float = 1.0 * _DAY,
    tau_max: float = 10.0 * _DAY,
    p1: float = 0.95,
    xk: float = 0.5,
    xmeff: float | None = None,
    longest_zone: float = _CRUST,
) -> Declustering:
    """Decluster by the interaction zones of Reasenberg (1985).

    Parameters
    ----------
    times : array_like, shape (n,)
        Seconds, ascending.
    positions : Positions or array_like, shape (n, 1), (n, 2) or (n, 3)
        As `hypocentres` makes them (the paper's choice); an array holds metres.
    magnitudes : array_like, shape (n,)
    rfact : float, optional
        Source radii around the latest event within which it links the next.
    tau_min, tau_max : float, optional
        Shortest and longest look-ahead time, s. The shortest also serves events
        outside clusters.
    p1 : float, optional
        Probability with which the next event of a sequence is to be seen.
    xk : float, optional
        By how much of the largest magnitude the effective cut-off rises in a cluster.
    xmeff : float, optional
        Effective cut-off of the catalog; the smallest magnitude when missing.
    longest_zone : float, optional
        Zones reach no farther, m; a crust's thickness by default.

    Returns
    -------
    Declustering

    Raises
    ------
    InputError
        If the events are not in order or an argument is out of range.

    Notes
    -----
    The zone of an event is a circular source of 3 MPa stress drop, r = 11 m 10^(0.4 M).
    Event j follows event i within the look-ahead time when it lies within `rfact`
    zones of i, or within one zone of the largest event so far of the cluster of i.
    That time is `tau_min` when i belongs to no cluster or is its largest event, else

        tau = -ln(1 - p1) t / 10^(2 (dM - 1) / 3),  dM = max((1 - xk) M1 - xmeff, 0),

    with the largest magnitude M1 and the time t since that event, within `tau_min`
    and `tau_max`. Clusters that meet are joined.

    References
    ----------
    Reasenberg, P. (1985). Second-order moment of central California seismicity,
    1969-1982. J. Geophys. Res. 90, 5479-5495. doi:10.1029/JB090iB07p05479

    Examples
    --------
    >>> days = 86400 * np.array([0.0, 0.5, 500.0])
    >>> made = decluster_reasenberg(days, [[0, 0], [900, 0], [0, 0]], [5.0, 3.0, 4.0])
    >>> made.is_mainshock.tolist()
    [True, False, True]
    """
    t, m = check_events(times, magnitudes)
    places = as_positions(positions, t.size)
    if not (rfact > 0.0 and longest_zone > 0.0 and 0.0 < p1 < 1.0 and 0.0 <= xk <= 1.0):
        raise InputError(
            f"rfact {rfact}, longest zone {longest_zone} m, p1 {p1}, xk {xk}: allowed are above "
            "0, above 0, (0, 1) and [0, 1]"
        )
    if not 0.0 < tau_min <= tau_max < math.inf:
        raise InputError(f"look-ahead times {tau_min} to {tau_max} s; give 0 < tau_min <= tau_max")
    cutoff = float(m.min()) if xmeff is None else float(xmeff)
    source = 11.0 * 10.0 ** (0.4 * m)
    from asperity.core.kernels import prepare

    prepare()
    from asperity.core.statistics.declustering import _kernels

    roots = _kernels.reasenberg_clusters(
        places.points, t, m, np.minimum(rfact * source, longest_zone),
        np.minimum(source, longest_zone), tau_min, tau_max, -math.log(1.0 - p1), xk, cutoff,
        places.radius,
    )  # fmt: skip
    parameters = {
        "rfact": rfact, "tau_min": tau_min, "tau_max": tau_max, "p1": p1, "xk": xk,
        "xmeff": cutoff, "longest_zone": longest_zone,
    }  # fmt: skip
    return from_leaders("reasenberg", np.asarray(roots), m, parameters)
