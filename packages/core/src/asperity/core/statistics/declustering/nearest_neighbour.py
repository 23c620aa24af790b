"""Declustering by nearest neighbours in space, time and magnitude."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError
from asperity.core.statistics.declustering.mixture import TwoModes, fit_two_modes
from asperity.core.statistics.declustering.result import (
    Declustering,
    check_events,
    mainshocks,
)
from asperity.core.statistics.positions import Positions, as_positions

__all__ = ["decluster_nearest_neighbour", "nearest_neighbours"]

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

YEAR = 365.25 * 86_400.0
_CLEAN_SEPARATION = 2.0
_TIME_STRETCH = 30.0  # fastest of 1 to 300 on uniform and on real catalogs of 1e5 events


def nearest_neighbours(
    times: ArrayLike,
    positions: Positions | ArrayLike,
    magnitudes: ArrayLike,
    *,
    b: float = 1.0,
    fractal_dimension: float = 1.6,
    minimum_distance: float | None = None,
) -> tuple[Rows, Array, Array, Array]:
    """Find for each event the earlier one of least proximity.

    Parameters
    ----------
    times : array_like, shape (n,)
        Seconds, ascending.
    positions : Positions or array_like, shape (n, 1), (n, 2) or (n, 3)
        As `epicentres` (the paper's choice) or `hypocentres` make them; an array
        holds metres.
    magnitudes : array_like, shape (n,)
    b, fractal_dimension : float, optional
        Of the catalog; 1 and 1.6 for epicentres, as in the paper.
    minimum_distance : float, optional
        Shorter distances count as this, m; see Notes.

    Returns
    -------
    nearest : ndarray of int64, shape (n,)
        Row of the nearest neighbour; -1 where no event is earlier.
    eta, rescaled_time, rescaled_distance : ndarray, shape (n,)
        Proximity and its parts, eta = T R; NaN where there is none.

    Raises
    ------
    InputError
        If the events are not in order or an argument is out of range.

    Notes
    -----
    For an event i earlier than j, with the time t in years and the distance r in km,

        eta = t r^d 10^(-b m_i),  T = t 10^(-b m_i / 2),  R = r^d 10^(-b m_i / 2).

    Events at the same time are not earlier than each other. A distance of zero
    would make a proximity of zero: distances below `minimum_distance` count as
    it; by default this is the first percentile of the distances above zero from
    each event to the nearest place of another.

    The search prunes a tree in space and time by lower bounds of the proximity;
    it is exact.

    References
    ----------
    Baiesi, M. & Paczuski, M. (2004). Scale-free networks of earthquakes and
    aftershocks. Phys. Rev. E 69, 066106. doi:10.1103/PhysRevE.69.066106

    Zaliapin, I. & Ben-Zion, Y. (2013). Earthquake clusters in southern California I:
    Identification and stability. J. Geophys. Res. Solid Earth 118, 2847-2864.
    doi:10.1002/jgrb.50179

    Examples
    --------
    >>> nearest, eta, _, _ = nearest_neighbours(
    ...     [0.0, 1e5, 2e5], [[0, 0], [5e4, 0], [1e3, 0]], [5.0, 4.0, 2.0])
    >>> nearest.tolist()
    [-1, 0, 0]
    """
    t, m = check_events(times, magnitudes)
    places = as_positions(positions, t.size)
    if not (math.isfinite(b) and b >= 0.0 and fractal_dimension > 0.0):
        raise InputError(f"b {b}, fractal dimension {fractal_dimension}; give b >= 0 and d > 0")
    floor = _resolution(places.points) if minimum_distance is None else minimum_distance
    if not (math.isfinite(floor) and floor > 0.0):
        raise InputError(f"minimum distance {floor} m; give a length above 0")
    from asperity.core.kernels import prepare

    prepare()
    from asperity.core.statistics.declustering import _kernels

    years, km = t / YEAR, places.points / 1000.0
    radius, floor_km = places.radius / 1000.0, floor / 1000.0
    weights = b * math.log(10.0) * m
    tree = _kernels.split_tree(_tree_keys(km))
    bounds = _kernels.node_bounds(km, years, weights, *tree)
    nearest, log_eta = _kernels.nearest_parents(
        km, years, weights, fractal_dimension, floor_km, radius, *tree, *bounds
    )
    known = nearest >= 0
    eta, time = np.full(t.size, np.nan), np.full(t.size, np.nan)
    eta[known] = np.exp(log_eta[known])
    parents = nearest[known]
    time[known] = (years[known] - years[parents]) * np.exp(-0.5 * weights[parents])
    return np.asarray(nearest), eta, time, eta / time


def decluster_nearest_neighbour(
    times: ArrayLike,
    positions: Positions | ArrayLike,
    magnitudes: ArrayLike,
    *,
    b: float = 1.0,
    fractal_dimension: float = 1.6,
    eta0: float | None = None,
    minimum_distance: float | None = None,
) -> Declustering:
    """Decluster by the nearest-neighbour proximity of Zaliapin & Ben-Zion (2013).

    Parameters
    ----------
    times, positions, magnitudes, b, fractal_dimension, minimum_distance
        See `nearest_neighbours`.
    eta0 : float, optional
        Links of this proximity or less bind; where the two modes of log10 eta part
        when missing.

    Returns
    -------
    Declustering
        `parent` holds the links that bind, `nearest` all.

    Raises
    ------
    DataError
        If log10 eta shows no two modes that part.

    Notes
    -----
    eta0 is where two normal laws fitted to log10 eta are equally likely. When the
    modes hardly part (Ashman's D below 2, or one law does as well) a warning says
    so: then the division rests on the fit and not on the data.

    References
    ----------
    Zaliapin & Ben-Zion (2013), doi:10.1002/jgrb.50179

    Examples
    --------
    >>> made = decluster_nearest_neighbour(
    ...     [0.0, 1e5, 2e5], [[0, 0], [5e4, 0], [1e3, 0]], [5.0, 4.0, 2.0], eta0=1e-6)
    >>> made.parent.tolist(), made.is_mainshock.tolist()
    ([-1, -1, 0], [True, True, False])
    """
    t, m = check_events(times, magnitudes)
    if eta0 is not None and not (math.isfinite(eta0) and eta0 > 0.0):
        raise InputError(f"eta0 {eta0}; give a proximity above 0, such as 1e-5")
    nearest, eta, rescaled_time, rescaled_distance = nearest_neighbours(
        t, positions, m, b=b, fractal_dimension=fractal_dimension,
        minimum_distance=minimum_distance,
    )  # fmt: skip
    parameters: dict[str, object] = {"b": b, "fractal_dimension": fractal_dimension}
    warnings: tuple[str, ...] = ()
    if eta0 is None:
        modes = fit_two_modes(np.log10(eta[np.isfinite(eta)]))
        warnings = _doubts(modes)
        eta0 = 10.0**modes.threshold
        parameters["modes"] = {
            "weights": modes.weights, "means": modes.means, "sds": modes.sds,
            "separation": modes.separation,
        }  # fmt: skip
    from asperity.core.statistics.declustering import _kernels

    parent = np.where(eta <= eta0, nearest, -1)
    cluster = np.asarray(_kernels.families(parent))
    is_mainshock = np.zeros(t.size, dtype=bool)
    is_mainshock[mainshocks(cluster, m)] = True
    return Declustering(
        "nearest-neighbour", parent, cluster, is_mainshock, parameters, eta, rescaled_time,
        rescaled_distance, nearest, eta0, warnings,
    )  # fmt: skip


def _doubts(modes: TwoModes) -> tuple[str, ...]:
    if not math.isfinite(modes.threshold):
        raise DataError(
            f"log10 eta has no two modes that part (means {modes.means[0]:.2f} and "
            f"{modes.means[1]:.2f}); give the threshold, --eta0"
        )
    if modes.separation < _CLEAN_SEPARATION or modes.bic_gain <= 0.0 or not modes.settled:
        return (
            f"the modes of log10 eta hardly part (Ashman's D {modes.separation:.2f}, 2 or more "
            "is clean): eta0 rests on the fit",
        )
    return ()


def _tree_keys(points: Array) -> Array:
    """Return columns in which a split along the widest one makes good nodes.

    Time counts by rank, for rates change by orders of magnitude. It is stretched so
    that most splits are in time: the proximity falls to nothing as the time between
    two events does, and only nodes short in time keep that away from the bounds.
    """
    spread = float(points.std(axis=0).max()) or 1.0
    rank = np.linspace(0.0, _TIME_STRETCH, points.shape[0])
    return np.ascontiguousarray(np.column_stack([points / spread, rank]))


def _resolution(points: Array) -> float:
    """Return the first percentile of the distances above zero to the nearest other place."""
    from scipy.spatial import cKDTree

    places = np.unique(points, axis=0)
    if len(places) < 2:
        return 1.0
    distances, _ = cKDTree(places).query(places, k=2)
    return float(np.percentile(distances[:, 1], 1.0))
