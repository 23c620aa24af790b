"""Leave out velocities that cannot be used, and merge stations that stand together.

Three steps, each a function of its own: standard deviations above a limit,
outliers among their neighbours, and duplicates within a distance. Whatever is
left out or merged is listed with its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.gnss.sphere import places
from asperity.gnss.velocities.network import COLUMNS, Network

__all__ = ["Screened", "close_groups", "merge_close", "outliers", "screen"]

TO_SIGMA = 1.4826
"""Standard deviation of a normal law in units of its median absolute deviation."""


@dataclass(frozen=True)
class Screened:
    """A network with what was left out of it.

    Parameters
    ----------
    network : Network
    rejected : tuple of dict
        ``site, longitude, latitude, reason`` of each station left out.
    merged : tuple of dict
        ``sites, longitude, latitude, chi2, freedom`` of each station made of several:
        `chi2` is the misfit of their velocities, of `freedom` degrees of freedom.
    """

    network: Network
    rejected: tuple[dict[str, Any], ...] = ()
    merged: tuple[dict[str, Any], ...] = ()


def screen(
    network: Network,
    *,
    max_deviation: float | None = 2.0,
    outlier_factor: float | None = 6.0,
    neighbours: int = 8,
    merge_distance: float | None = 1.0,
) -> Screened:
    """Screen a network in three steps; None leaves a step out.

    Parameters
    ----------
    network : Network
    max_deviation : float, optional
        Largest standard deviation, east or north, mm/yr.
    outlier_factor : float, optional
        Largest departure from the median of the neighbours, in robust standard deviations.
    neighbours : int, optional
        How many neighbours that median is of.
    merge_distance : float, optional
        Stations closer than this, km, become one.

    Returns
    -------
    Screened

    Raises
    ------
    InputError
        If a limit is not above zero.

    Notes
    -----
    The steps run in this order, so that no outlier enters a merged velocity. All
    take O(n log n) time.
    """
    for name, value in (
        ("max_deviation", max_deviation),
        ("outlier_factor", outlier_factor),
        ("neighbours", neighbours),
        ("merge_distance", merge_distance),
    ):
        if value is not None and not value > 0:
            raise InputError(f"{name} is {value:g}; give a number above zero, or leave it out")
    rejected: list[dict[str, Any]] = []
    if max_deviation is not None:
        largest = np.fmax(network.sd_east, network.sd_north)
        wrong = np.asarray(largest > max_deviation)
        reasons = [f"sigma {v:.2f} above {max_deviation:g} mm/yr" for v in largest[wrong]]
        rejected += _listed(network, wrong, reasons)
        network = network.select(~wrong)
    if outlier_factor is not None:
        departure, scale = departures(network, neighbours)
        ratio = np.abs(departure) / scale
        wrong = np.asarray((ratio > outlier_factor).any(axis=1))
        reasons = [
            f"{dv[0]:+.1f} east, {dv[1]:+.1f} north mm/yr off the median of {neighbours} neighbours"
            f" ({r.max():.1f} sigma)"
            for dv, r in zip(departure[wrong], ratio[wrong], strict=True)
        ]
        rejected += _listed(network, wrong, reasons)
        network = network.select(~wrong)
    merged: tuple[dict[str, Any], ...] = ()
    if merge_distance is not None:
        network, merged = merge_close(network, merge_distance)
    return Screened(network, tuple(rejected), merged)


def _listed(
    network: Network, rows: NDArray[np.bool_], reasons: Sequence[str]
) -> list[dict[str, Any]]:
    chosen = network.select(rows)
    return [
        {"site": site, "longitude": x, "latitude": y, "reason": reason}
        for site, x, y, reason in zip(
            chosen.site, chosen.longitude.tolist(), chosen.latitude.tolist(), reasons, strict=True
        )
    ]


def departures(
    network: Network, neighbours: int = 8
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far each velocity lies from the median of its nearest neighbours.

    Parameters
    ----------
    network : Network
    neighbours : int, optional

    Returns
    -------
    departure : ndarray, shape (n, 2)
        East and north, mm/yr; zero where there are fewer than three neighbours.
    scale : ndarray, shape (2,)
        Robust standard deviation of the departures of the whole network.

    Notes
    -----
    The scale is 1.4826 times the median of the absolute departures, one for each
    component: it holds what velocities differ by over the distance of neighbours. It
    is never below half the median standard deviation of the velocities themselves.
    """
    from scipy.spatial import KDTree

    n = len(network)
    k = min(neighbours, n - 1)
    if k < 3:
        return np.zeros((n, 2)), np.ones(2)
    points = places(*network.coordinates)
    # One more is asked for than needed: a station is its own neighbour, though at one
    # place with others not always the first.
    _, near = KDTree(points).query(points, k=k + 1)
    itself = near == np.arange(n)[:, None]
    itself[~itself.any(axis=1), -1] = True
    others = near[~itself].reshape(n, k)
    velocities = network.velocities
    departure = velocities - np.median(velocities[others], axis=1)
    scale = TO_SIGMA * np.median(np.abs(departure), axis=0)
    # Velocities that are nearly all alike depart by their errors: none is an outlier for that.
    errors = np.concatenate([network.sd_east, network.sd_north])
    known = errors[np.isfinite(errors)]
    floor = 0.5 * float(np.median(known)) if known.size else 1e-9
    return departure, np.maximum(scale, floor)


def outliers(network: Network, factor: float = 6.0, neighbours: int = 8) -> NDArray[np.bool_]:
    """Return which velocities depart from their neighbours, shape (n,).

    Parameters
    ----------
    network : Network
    factor : float, optional
        In robust standard deviations of all departures, east or north.
    neighbours : int, optional
        Stations whose median is taken.
    """
    departure, scale = departures(network, neighbours)
    return np.asarray((np.abs(departure) > factor * scale).any(axis=1))


def merge_close(
    network: Network, distance: float = 1.0
) -> tuple[Network, tuple[dict[str, Any], ...]]:
    """Merge stations that stand within a distance of each other.

    Parameters
    ----------
    network : Network
    distance : float, optional
        Kilometres. Stations are taken together along chains of such distances.

    Returns
    -------
    network : Network
        One row for each group, in the order of the first of each.
    merged : tuple of dict
        As in `Screened`.

    Notes
    -----
    With the 2 x 2 covariances C_i of the group, the velocity is
    C sum(C_i^-1 v_i) with C = (sum C_i^-1)^-1, and the misfit
    chi2 = sum (v_i - v)' C_i^-1 (v_i - v) has 2 (m - 1) degrees of freedom. Without
    standard deviations the velocity is the plain mean. Heights and vertical
    velocities are averaged likewise, names are joined by "+", and the time span
    covers all.
    """
    group = close_groups(network, distance)
    order, first, count = _by_group(group)
    if not (count > 1).any():
        return network, ()
    rows: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    listed = []
    for begin, size in zip(first.tolist(), count.tolist(), strict=True):
        members = order[begin : begin + size]
        if size == 1:
            for name in COLUMNS:
                rows[name].append(getattr(network, name)[members[0]])
            continue
        one, misfit = _mean_station(network.select(members))
        for name in COLUMNS:
            rows[name].append(one[name])
        listed.append(
            {
                "sites": [str(s) for s in network.site[members]],
                "longitude": one["longitude"],
                "latitude": one["latitude"],
                "chi2": misfit,
                "freedom": 2 * (size - 1),
            }
        )
    return Network.from_columns(frame=network.frame, **rows), tuple(listed)


def close_groups(network: Network, distance: float) -> NDArray[np.int64]:
    """Return the group of each station, from 0; chains of pairs within a distance (km) are one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import KDTree

    points = places(*network.coordinates)
    n = len(points)
    if n < 2:
        return np.zeros(n, dtype=np.int64)
    pairs = KDTree(points).query_pairs(distance, output_type="ndarray")
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), pairs.T), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _by_group(
    group: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return rows sorted by group, and where each group begins and how many it has.

    Groups come in the order of their first rows.
    """
    order = np.argsort(group, kind="stable")
    _, first, count = np.unique(group[order], return_index=True, return_counts=True)
    by_first = np.argsort(order[first], kind="stable")
    return order, first[by_first], count[by_first]


def _mean_station(members: Network) -> tuple[dict[str, Any], float | None]:
    """Return the columns of a station made of several, and the misfit of their velocities."""
    mean = places(*members.coordinates).mean(axis=0)
    columns: dict[str, Any] = {
        "site": "+".join(dict.fromkeys(str(s) for s in members.site)),
        "longitude": float(np.rad2deg(np.arctan2(mean[1], mean[0]))),
        "latitude": float(np.rad2deg(np.arctan2(mean[2], np.hypot(mean[0], mean[1])))),
        "height": _mean(members.height),
        "start": _extreme(members.start, np.min),
        "end": _extreme(members.end, np.max),
        "source": "+".join(dict.fromkeys(str(s) for s in members.source if s)),
    }
    misfit = None
    if members.has_deviations:
        weight = np.linalg.inv(members.covariances)
        covariance = np.linalg.inv(weight.sum(axis=0))
        velocity = covariance @ np.einsum("nij,nj->i", weight, members.velocities)
        residual = members.velocities - velocity
        misfit = float(np.einsum("ni,nij,nj->", residual, weight, residual))
        deviation = np.sqrt(np.diag(covariance))
        correlation = covariance[0, 1] / deviation.prod()
    else:
        velocity, deviation, correlation = members.velocities.mean(axis=0), (np.nan, np.nan), 0.0
    columns |= {"east": velocity[0], "north": velocity[1], "correlation": float(correlation)}
    columns |= {"sd_east": float(deviation[0]), "sd_north": float(deviation[1])}
    known = np.isfinite(members.up) & np.isfinite(members.sd_up)
    weights = members.sd_up[known] ** -2.0
    columns["up"] = _mean(members.up)
    columns["sd_up"] = np.nan
    if weights.size:
        columns["up"] = float(weights @ members.up[known] / weights.sum())
        columns["sd_up"] = float(weights.sum() ** -0.5)
    return columns, misfit


def _mean(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def _extreme(values: NDArray[np.float64], which: Any) -> float:
    known = values[np.isfinite(values)]
    return float(which(known)) if known.size else float("nan")
