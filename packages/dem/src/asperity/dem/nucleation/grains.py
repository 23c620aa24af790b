"""Statistics of the forces of grains before a mainshock: shapes, loading, stress and strength."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError
from asperity.dem.nucleation.segments import CLASSES

__all__ = [
    "Overlap",
    "Share",
    "acceleration_difference",
    "class_shares",
    "loading_by_time",
    "overlap_of",
    "overlaps",
    "readings",
    "stress_and_strength",
    "tail_difference",
    "wilson",
]  # fmt: skip

Array = NDArray[np.float64]
#: Classes with the same sign of both slopes; up, then down; down, then up.
UNCHANGED, UNLOADED, RELOADED = (1, 2, 5, 6), (3, 4), (7, 8)
#: Bins of the published class shares, and of its densities (Pa).
BINS, DENSITY_BINS, DENSITY_RANGE = 9, 99, 300e6


@dataclass(frozen=True)
class Share:
    """A share with its interval of 95 % (Wilson 1927); `count` of `total`."""

    share: float
    low: float
    high: float
    count: int
    total: int


def wilson(count: int, total: int, z: float = 1.959964) -> Share:
    """Return a share with the score interval of Wilson (1927, doi:10.1080/01621459.1927.10502953).

    Examples
    --------
    >>> s = wilson(10, 100)
    >>> round(s.low, 4), round(s.high, 4)
    (0.0552, 0.1744)
    """
    if total == 0:
        return Share(math.nan, math.nan, math.nan, 0, 0)
    p = count / total
    middle = p + z * z / (2 * total)
    reach = z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return Share(p, (middle - reach) / scale, (middle + reach) / scale, count, total)


def class_shares(
    tables: Sequence[xr.Dataset], force: str, bins: int = BINS, longest: float | None = None
) -> tuple[Array, list[dict[int, Share]]]:
    """Return the shares of the eight classes by time to the mainshock, pooled over tests.

    Parameters
    ----------
    tables : sequence of xarray.Dataset
        See `segment_table`.
    force : {"normal", "shear"}
    bins : int
        Of equal width from `longest` to the mainshock.
    longest : float, optional
        Time to the mainshock at which the first bin begins, s; the longest there is where
        not given.

    Returns
    -------
    edges : ndarray, shape (bins + 1,)
        Times to the mainshock, s, descending.
    shares : list of dict
        By class, of each bin.
    """
    time = np.concatenate([np.repeat(t["time_to_mainshock"].values, t.sizes["contact"])
                           for t in tables])  # fmt: skip
    kind = np.concatenate([t[f"{force}_class"].values.ravel() for t in tables])
    chosen = (kind >= 1) & (kind <= 8)
    time, kind = time[chosen], kind[chosen]
    first = float(longest if longest is not None else time.max(initial=0.0))
    edges = np.linspace(first, 0.0, bins + 1)
    place = np.clip(((first - time) / max(first, 1e-300) * bins).astype(int), 0, bins - 1)
    inside = time <= first
    shares = []
    for b in range(bins):
        here = kind[inside & (place == b)]
        shares.append({k: wilson(int((here == k).sum()), len(here)) for k in CLASSES})
    return edges, shares


def readings(tables: Sequence[xr.Dataset]) -> dict[str, Share]:
    """Return what classes and changes say of foreshocks, pooled over tests.

    Returns
    -------
    dict of Share
        ``unloaded`` (3 and 4), ``unaffected`` (the rest: one reading of the published
        share), ``trend_unchanged`` (1, 2, 5, 6: the other), ``reloaded`` (7 and 8), over
        normal and shear forces; ``shear_without_strength``: of segments with both lines,
        those whose shear force grew while the normal force did not; ``shear_loading``:
        jumps that load shear more than normal.
    """
    kinds = np.concatenate(
        [t[f"{f}_class"].values.ravel() for t in tables for f in ("normal", "shear")]
    )
    kinds = kinds[(kinds >= 1) & (kinds <= 8)]

    def of(classes: Sequence[int]) -> Share:
        return wilson(int(np.isin(kinds, classes).sum()), len(kinds))

    unloaded = of(UNLOADED)
    shear, normal = (_pooled(tables, f"{f}_change") for f in ("shear", "normal"))
    known = np.isfinite(shear) & np.isfinite(normal)
    jump_s, jump_n = (_pooled(tables, f"{f}_jump") for f in ("shear", "normal"))
    jumped = np.isfinite(jump_s) & np.isfinite(jump_n)
    return {
        "unloaded": unloaded,
        "unaffected": wilson(unloaded.total - unloaded.count, unloaded.total),
        "trend_unchanged": of(UNCHANGED),
        "reloaded": of(RELOADED),
        "shear_without_strength": wilson(
            int(((shear > 0.0) & (normal <= 0.0) & known).sum()), int(known.sum())
        ),
        "shear_loading": wilson(int((jump_s > jump_n)[jumped].sum()), int(jumped.sum())),
    }


def _pooled(tables: Sequence[xr.Dataset], name: str) -> Array:
    return np.concatenate([t[name].values.ravel() for t in tables])


def loading_by_time(
    tables: Sequence[xr.Dataset], bins: int = BINS, longest: float | None = None
) -> list[dict[str, Any]]:
    """Return, by time to the mainshock, how foreshocks and loading act on contacts.

    Returns
    -------
    list of dict
        ``time`` to the mainshock at the middle of the bin, s; ``share`` of jumps that load
        shear more than normal, with ``low`` and ``high``; ``shear`` and ``normal``, medians
        of the slopes before the jumps, N/s; ``coulomb``, median of ``dF_s - mu dF_n``, N;
        ``n``. Bins without a segment are left out.
    """
    time = np.concatenate([np.repeat(t["time_to_mainshock"].values, t.sizes["contact"])
                           for t in tables])  # fmt: skip
    shear, normal, mu = (_pooled(tables, n) for n in ("shear_jump", "normal_jump", "friction"))
    slope_s, slope_n = (_pooled(tables, n) for n in ("shear_pre", "normal_pre"))
    known = np.isfinite(shear) & np.isfinite(normal)
    first = float(longest if longest is not None else time[known].max(initial=0.0))
    edges = np.linspace(first, 0.0, bins + 1)
    rows = []
    for begin, end in pairwise(edges):
        here = known & (time <= begin) & ((time > end) | ((end == 0.0) & (time >= 0.0)))
        if not here.any():
            continue
        share = wilson(int((shear > normal)[here].sum()), int(here.sum()))
        rows.append(
            {
                "time": 0.5 * (begin + end), "share": share.share, "low": share.low,
                "high": share.high, "shear": float(np.median(slope_s[here])),
                "normal": float(np.median(slope_n[here])),
                "coulomb": float(np.median(shear[here] - mu[here] * normal[here])),
                "n": int(here.sum()),
            }
        )  # fmt: skip
    return rows


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
    tables: Sequence[xr.Dataset],
    windows: Sequence[tuple[float, float]],
    rng: np.random.Generator,
    *,
    draws: int = 200,
    **how: Any,
) -> list[Overlap]:
    """Return the overlap of stress and strength by time to the mainshock, pooled over tests.

    Parameters
    ----------
    tables : sequence of xarray.Dataset
    windows : sequence of (float, float)
        Longest and shortest time to the mainshock, s.
    rng : numpy.random.Generator
        Of the bootstrap over contacts, for the interval of 95 %.
    draws : int
    how
        See `stress_and_strength`.
    """
    edges = np.linspace(0.0, DENSITY_RANGE, DENSITY_BINS + 1)
    pooled = [stress_and_strength(t, **how) for t in tables]
    rows = []
    for longest, shortest in windows:
        stress, strength = [], []
        for t, (a, b) in zip(tables, pooled, strict=True):
            time = t["time_to_mainshock"].values
            inside = (time <= longest) & (time > shortest)
            stress.append(a[inside].ravel())
            strength.append(b[inside].ravel())
        a, b = np.concatenate(stress), np.concatenate(strength)
        known = np.isfinite(a) & np.isfinite(b) & (a > 0.0)
        a, b = a[known], b[known]
        if len(a) < 2:
            continue
        drawn = []
        for _ in range(draws):
            chosen = rng.integers(0, len(a), len(a))
            drawn.append(overlap_of(a[chosen], b[chosen], edges))
        value = overlap_of(a, b, edges)
        # Ties of a resample lower the overlap: what they lower is given back.
        low, high = np.nanpercentile(drawn, [2.5, 97.5]) - np.nanmean(drawn) + value
        middle = 0.5 * (longest + shortest)
        rows.append(Overlap(middle, value, max(0.0, float(low)), min(1.0, float(high)), len(a)))
    return rows


# ---------------------------------------------------------------- change of rates


def acceleration_difference(
    shear: ArrayLike, normal: ArrayLike, rng: np.random.Generator, draws: int = 500
) -> dict[str, float]:
    """Return how much more the shear rate changes than the normal rate, N/s.

    Parameters
    ----------
    shear, normal : array_like, shape (n,)
        Slope after less slope before, N/s.
    rng : numpy.random.Generator
        Of the bootstrap.
    draws : int

    Returns
    -------
    dict
        ``mean``, ``median`` of the differences, each with ``_low`` and ``_high`` (95 %), ``n``.
    """
    d = np.asarray(shear, float) - np.asarray(normal, float)
    d = d[np.isfinite(d)]
    if not len(d):
        raise InputError("no contact has lines on both sides of a peak")
    chosen = d[rng.integers(0, len(d), (draws, len(d)))]
    found: dict[str, float] = {"n": len(d)}
    for name, values, one in (
        ("mean", chosen.mean(axis=1), d.mean()),
        ("median", np.median(chosen, axis=1), np.median(d)),
    ):
        low, high = np.percentile(values, [2.5, 97.5])
        found |= {name: float(one), f"{name}_low": float(low), f"{name}_high": float(high)}
    return found


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
