"""Statistics of the forces of grains before a mainshock: shapes, loading, stress and strength.

All are pooled over simulations; intervals come from resampled simulations, see `shares`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError
from asperity.dem.nucleation.segments import CLASSES
from asperity.dem.nucleation.shares import Share, Trend, limits, pooled_share, trend

__all__ = [
    "Overlap", "acceleration_difference", "class_shares", "loading_by_time", "overlap_of",
    "overlaps", "place_of", "readings", "stress_and_strength", "tail_difference",
]  # fmt: skip

Array = NDArray[np.float64]
#: Classes with the same sign of both slopes; up, then down; down, then up.
UNCHANGED, UNLOADED, RELOADED = (1, 2, 5, 6), (3, 4), (7, 8)
#: Bins of the published densities, Pa.
DENSITY_BINS, DENSITY_RANGE = 99, 300e6


def place_of(times: ArrayLike, edges: Array) -> NDArray[np.intp]:
    """Return in which bin times to the mainshock lie, -1 outside.

    Parameters
    ----------
    times : array_like
        s.
    edges : ndarray, shape (bins + 1,)
        Descending; a bin holds its first edge, the last bin both.
    """
    t = np.asarray(times, float)
    place = np.searchsorted(-edges, -t, side="right") - 1
    place = np.where(t == edges[-1], len(edges) - 2, place)
    return np.where((t > edges[0]) | (t < edges[-1]), -1, place)


def class_shares(
    tables: Sequence[xr.Dataset], force: str, edges: Array, drawn: Array
) -> list[dict[int, Share]]:
    """Return the shares of the eight classes in bins of time.

    Parameters
    ----------
    tables : sequence of xarray.Dataset
        One a simulation; see `asperity.dem.nucleation.segments.segment_table` and
        `asperity.dem.nucleation.arcs.arc_table`.
    force : {"normal", "shear"}
    edges : ndarray, shape (bins + 1,)
        Times to the mainshock, s, descending.
    drawn : ndarray, shape (draws, simulations)
        See `asperity.dem.nucleation.shares.resamples`.

    Returns
    -------
    list of dict
        By class, of each bin.
    """
    bins = len(edges) - 1
    counts = np.zeros((len(tables), bins, len(CLASSES)))
    for s, table in enumerate(tables):
        place = place_of(table["time_to_mainshock"].values, edges)
        kinds = table[f"{force}_class"].values
        for b in range(bins):
            here = kinds[place == b]
            counts[s, b] = [(here == k).sum() for k in CLASSES]
    totals = counts.sum(axis=2)
    return [
        {k: pooled_share(counts[:, b, c], totals[:, b], drawn) for c, k in enumerate(CLASSES)}
        for b in range(bins)
    ]


def readings(tables: Sequence[xr.Dataset], drawn: Array) -> dict[str, Share]:
    """Return what classes and changes say of foreshocks.

    Returns
    -------
    dict of Share
        ``unloaded`` (3 and 4), ``unaffected`` (the rest: one reading of the published
        share), ``trend_unchanged`` (1, 2, 5, 6: the other), ``reloaded`` (7 and 8), over
        normal and shear forces; ``shear_without_strength``: of segments with both lines,
        those whose shear force grew while the normal force did not; ``shear_loading``:
        jumps that load shear more than normal, also where both fall; ``shear_raised``: those
        of them that raise the shear force.
    """
    groups = {
        "unloaded": UNLOADED, "unaffected": UNCHANGED + RELOADED, "trend_unchanged": UNCHANGED,
        "reloaded": RELOADED,
    }  # fmt: skip
    counts: dict[str, list[tuple[int, int]]] = {
        name: [] for name in (*groups, "shear_without_strength", "shear_loading", "shear_raised")
    }
    for table in tables:
        kinds = np.concatenate([table[f"{f}_class"].values.ravel() for f in ("normal", "shear")])
        total = int(np.isin(kinds, list(CLASSES)).sum())
        for name, classes in groups.items():
            counts[name].append((int(np.isin(kinds, classes).sum()), total))
        shear, normal = (table[f"{f}_change"].values for f in ("shear", "normal"))
        known = np.isfinite(shear) & np.isfinite(normal)
        grew = known & (shear > 0.0) & (normal <= 0.0)
        counts["shear_without_strength"].append((int(grew.sum()), int(known.sum())))
        shear, normal = (table[f"{f}_jump"].values for f in ("shear", "normal"))
        known = np.isfinite(shear) & np.isfinite(normal)
        counts["shear_loading"].append((int((shear > normal)[known].sum()), int(known.sum())))
        raised = (shear > normal) & (shear > 0.0)
        counts["shear_raised"].append((int(raised[known].sum()), int(known.sum())))
    pairs = {name: np.array(rows).T for name, rows in counts.items()}
    return {name: pooled_share(count, total, drawn) for name, (count, total) in pairs.items()}


def loading_by_time(
    tables: Sequence[xr.Dataset], edges: Array, drawn: Array
) -> tuple[list[dict[str, Any]], Trend]:
    """Return, by time to the mainshock, how foreshocks and loading act on contacts.

    Returns
    -------
    rows : list of dict
        ``time`` to the mainshock at the middle of the bin, s; ``share`` of jumps that load
        shear more than normal, with ``low`` and ``high``; ``shear`` and ``normal``, medians
        of the slopes before the jumps, N/s; ``coulomb``, median of ``dF_s - mu dF_n``, N;
        ``n``. Bins without a segment are left out.
    toward : Trend
        Of that share.
    """
    bins = len(edges) - 1
    counts, totals = np.zeros((2, len(tables), bins))
    pieces: list[list[Array]] = [[] for _ in range(bins)]
    for s, table in enumerate(tables):
        place = place_of(table["time_to_mainshock"].values, edges)
        names = ("shear_jump", "normal_jump", "shear_pre", "normal_pre", "friction")
        for b in range(bins):
            rows = np.array([table[name].values[place == b].ravel() for name in names])
            rows = rows[:, np.isfinite(rows[0]) & np.isfinite(rows[1])]
            counts[s, b], totals[s, b] = (rows[0] > rows[1]).sum(), rows.shape[1]
            pieces[b].append(rows)
    told = []
    for b in range(bins):
        if not totals[:, b].any():
            continue
        shear, normal, slope_s, slope_n, mu = np.concatenate(pieces[b], axis=1)
        share = pooled_share(counts[:, b], totals[:, b], drawn)
        told.append(
            {
                "time": 0.5 * (edges[b] + edges[b + 1]), "share": share.share, "low": share.low,
                "high": share.high, "shear": float(np.median(slope_s)),
                "normal": float(np.median(slope_n)),
                "coulomb": float(np.median(shear - mu * normal)), "n": share.total,
            }
        )  # fmt: skip
    middle = 0.5 * (edges[:-1] + edges[1:])
    with np.errstate(invalid="ignore"):
        values = counts.sum(axis=0) / totals.sum(axis=0)
        again = (drawn @ counts) / (drawn @ totals)
    return told, trend(middle, values, again)


# ---------------------------------------------------------------- stress and strength


@dataclass(frozen=True)
class Overlap:
    """How much the densities of stress and of strength share, from 0 to 1."""

    time: float
    overlap: float
    low: float
    high: float
    n: int


def overlap_of(stress: ArrayLike, strength: ArrayLike, edges: ArrayLike) -> float:
    """Return the area that two histograms share, each of area 1: ``sum min(p, q) db``.

    Values outside the edges count in neither.
    """
    e = np.asarray(edges, float)
    densities = [np.histogram(np.asarray(x, float), e)[0].astype(float) for x in (stress, strength)]
    totals = [d.sum() for d in densities]
    if not all(totals):
        return math.nan
    return float(np.minimum(densities[0] / totals[0], densities[1] / totals[1]).sum())


def stress_and_strength(
    table: xr.Dataset,
    *,
    tangent: float | None = None,
    cohesion: float = 0.0,
    fixed_area: float | None = None,
) -> tuple[Array, Array]:
    """Return shear stress and strength of contacts just before the peaks, (episode, contact), Pa.

    Parameters
    ----------
    table : xarray.Dataset
        See `segment_table`.
    tangent, cohesion : float, optional
        Of a strength ``tangent F_n / A + cohesion`` for all, instead of what each joint
        bears: by its bond where it is bonded, by friction where not. The published figures
        take 30 degrees and 55 MPa, for broken contacts too.
    fixed_area : float, optional
        m2, instead of each contact's own; 2e-5 in the published figures.
    """
    area = table["area"].values if fixed_area is None else fixed_area
    stress = table["shear_level"].values / area
    if tangent is None:
        strength = table["strength_level"].values / area
    else:
        strength = tangent * table["normal_level"].values / area + cohesion
    dead = ~(table["normal_level"].values > 0.0)
    return np.where(dead, np.nan, stress), np.where(dead, np.nan, strength)


def overlaps(
    tables: Sequence[xr.Dataset], edges: Array, drawn: Array, **how: Any
) -> tuple[list[Overlap], Trend]:
    """Return the overlap of stress and strength by time to the mainshock, and its trend.

    Parameters
    ----------
    tables : sequence of xarray.Dataset
        See `segment_table`.
    edges : ndarray, shape (windows + 1,)
        Times to the mainshock, s, descending.
    drawn : ndarray, shape (draws, simulations)
        See `asperity.dem.nucleation.shares.resamples`.
    how
        See `stress_and_strength`.
    """
    windows = len(edges) - 1
    bounds = np.linspace(0.0, DENSITY_RANGE, DENSITY_BINS + 1)
    if "tangent" not in how:
        # What lies beyond has a bin of its own; in the published figures it counts nowhere.
        bounds = np.append(bounds, np.inf)
    counts = np.zeros((2, len(tables), windows, len(bounds) - 1))
    numbers = np.zeros(windows, np.int64)
    for s, table in enumerate(tables):
        place = place_of(table["time_to_mainshock"].values, edges)
        stress, strength = stress_and_strength(table, **how)
        known = np.isfinite(stress) & np.isfinite(strength) & (stress > 0.0)
        for w in range(windows):
            here = known & (place == w)[:, None]
            for k, values in enumerate((stress, strength)):
                counts[k, s, w] = np.histogram(values[here], bounds)[0]
            numbers[w] += int(here.sum())
    values = _shared(counts.sum(axis=1))
    again = _shared(np.einsum("ds,ksw...->kdw...", drawn, counts))
    middle = 0.5 * (edges[:-1] + edges[1:])
    rows = []
    for w in range(windows):
        if numbers[w] < 2:
            continue
        # Simulations drawn twice make histograms rougher and the overlap smaller: what they
        # take is given back.
        low, high = limits(again[:, w] - np.nanmean(again[:, w]) + values[w] if len(again) else [])
        rows.append(
            Overlap(
                float(middle[w]), float(values[w]), float(np.clip(low, 0.0, 1.0)),
                float(np.clip(high, 0.0, 1.0)), int(numbers[w]),
            )
        )  # fmt: skip
    return rows, trend(middle, np.where(numbers >= 2, values, np.nan), again)


def _shared(counts: Array) -> Array:
    """Return the area that two histograms share, from their counts (2, ..., bins)."""
    totals = counts.sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.minimum(*(counts / totals)).sum(axis=-1))


# ---------------------------------------------------------------- change of rates


def acceleration_difference(
    differences: Sequence[ArrayLike], drawn: Array
) -> tuple[dict[str, float], Array]:
    """Return how much more the shear rate changes than the normal rate.

    Parameters
    ----------
    differences : sequence of array_like
        Change of the shear rate less that of the normal rate, one array a simulation.
    drawn : ndarray, shape (draws, simulations)
        See `asperity.dem.nucleation.shares.resamples`.

    Returns
    -------
    told : dict
        ``mean`` and ``median``, each with ``_low`` and ``_high`` (95 %), and ``n``.
    medians : ndarray, shape (draws,)
        Of the resamples.

    Raises
    ------
    InputError
        If there is no finite difference.
    """
    arrays = [np.asarray(d, float).ravel() for d in differences]
    arrays = [d[np.isfinite(d)] for d in arrays]
    sizes = np.array([len(d) for d in arrays])
    if not sizes.any():
        raise InputError("no contact has lines on both sides of a peak")
    d = np.concatenate(arrays)
    sums = np.array([x.sum() for x in arrays])
    whole = drawn @ sizes
    means = (drawn @ sums)[whole > 0] / whole[whole > 0]
    order = np.argsort(d, kind="stable")
    owner = np.repeat(np.arange(len(arrays)), sizes)[order]
    medians = np.full(len(drawn), np.nan)
    for k in np.flatnonzero(whole > 0):
        reached = np.cumsum(drawn[k, owner])
        medians[k] = d[order[np.searchsorted(reached, 0.5 * reached[-1])]]
    told: dict[str, float] = {"n": len(d)}
    for name, one, values in (("mean", d.mean(), means), ("median", np.median(d), medians)):
        low, high = limits(values)
        told |= {name: float(one), f"{name}_low": low, f"{name}_high": high}
    return told, medians


def tail_difference(shear: ArrayLike, normal: ArrayLike, reach: float, bins: int = 49) -> float:
    """Return the published rate difference: shares inside a range, times the bin's width.

    The 'probability' bins of a histogram divide by all values, so that their sum is the share
    of values inside the range whatever their mean: the figure compares tails, and does not
    move when a distribution is shifted inside. Here to reproduce, not to conclude from.

    Parameters
    ----------
    shear, normal : array_like, shape (n,)
        Slope after less slope before.
    reach : float
        Half width of the range, the same unit.
    bins : int
    """
    shares = []
    for values in (shear, normal):
        v = np.asarray(values, float)
        v = v[np.isfinite(v)]
        shares.append(np.histogram(v, bins, (-reach, reach))[0].sum() / max(len(v), 1))
    return float(2.0 * reach / bins * (shares[0] - shares[1]))
