"""Forces of grains between foreshocks: a parabola each, in one of eight shapes.

Another reading of the published classes beside the ladders of `segments`: what forces do from
the end of one emission to the begin of the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from asperity.core.catalog import Catalog
from asperity.core.errors import InputError
from asperity.dem.nucleation.shares import Share, pooled_share

__all__ = ["SHAPES", "arc_readings", "arc_shapes", "arc_table"]

Array = NDArray[np.float64]
#: What the shapes are called, by number; 0 is flat and counts in none.
SHAPES: dict[int, str] = {
    1: "rise, faster", 2: "rise, slower", 3: "fall, faster", 4: "fall, slower",
    5: "valley, net up", 6: "valley, net down", 7: "peak, net up", 8: "peak, net down",
}  # fmt: skip
#: Time left out on both sides of an emission, s, and least number of samples between two.
GUARD, LEAST_SAMPLES = 10e-6, 8
#: A force whose range is below this share of its mean is flat.
FLAT = 1e-3


def arc_shapes(first: ArrayLike, bend: ArrayLike) -> NDArray[np.int8]:
    """Return the shape of ``first s + bend s^2`` for s from 0 to 1, see `SHAPES`.

    Parameters
    ----------
    first, bend : array_like
        Of any common shape and unit.

    Returns
    -------
    ndarray of int8
        0 where both are zero or one is not finite.
    """
    a, c = np.broadcast_arrays(np.asarray(first, float), np.asarray(bend, float))
    b, net = a + 2.0 * c, a + c
    out = np.zeros(a.shape, np.int8)
    out[(a >= 0) & (b >= 0)] = 2
    out[(a >= 0) & (b > 0) & (c > 0)] = 1
    out[(a <= 0) & (b <= 0)] = 4
    out[(a <= 0) & (b < 0) & (c < 0)] = 3
    out[(a < 0) & (b > 0)] = 6
    out[(a < 0) & (b > 0) & (net >= 0)] = 5
    out[(a > 0) & (b < 0)] = 8
    out[(a > 0) & (b < 0) & (net >= 0)] = 7
    out[((a == 0) & (c == 0)) | ~np.isfinite(a + c)] = 0
    return out


def arc_table(contacts: xr.Dataset, foreshocks: Catalog, mainshock: float) -> xr.Dataset:
    """Fit a parabola to the force of each contact between each two emissions.

    Parameters
    ----------
    contacts : xarray.Dataset
        Sampled joints, see `asperity.dem.laboratory.results.contacts_dataset`.
    foreshocks : Catalog
        Emissions of the fault before the mainshock, with ``duration``.
    mainshock : float
        Its time, s since the loading began.

    Returns
    -------
    xarray.Dataset
        Dimensions ``segment`` and ``contact``, and of both forces ``normal`` and ``shear``:
        ``_change`` from the begin to the end of a segment (N), ``_pre`` the mean slope (N/s),
        ``_acceleration`` (N/s2), ``_jump`` from its end to the begin of the next (N) and
        ``_class``, see `arc_shapes`; ``time_to_mainshock`` of the middle of a segment, s.

    Raises
    ------
    InputError
        If no two emissions are far enough apart.
    """
    time = contacts["time"].values
    begins = foreshocks["time"] * 1e-9
    ends = begins + foreshocks["duration"]
    order = np.argsort(begins, kind="stable")
    edges_from = np.concatenate([[time[0]], np.maximum.accumulate(ends[order]) + GUARD])
    edges_to = np.concatenate([begins[order], [mainshock]]) - GUARD
    lows = np.searchsorted(time, edges_from)
    highs = np.searchsorted(time, edges_to)
    spans = [(a, b) for a, b in zip(lows, highs, strict=True) if b - a >= LEAST_SAMPLES]
    if not spans:
        raise InputError(
            f"no two emissions have {LEAST_SAMPLES} samples between them; lower "
            "numerics.sample_every"
        )
    parts: dict[str, list[NDArray[Any]]] = {}
    for force in ("normal", "shear"):
        values = contacts[f"{force}_force"].values
        start, stop = [], []
        for a, b in spans:
            length = time[b - 1] - time[a]
            s = (time[a:b] - time[a]) / length
            here = values[a:b].astype(float)
            level, first, bend = np.linalg.lstsq(np.vander(s, 3, increasing=True), here)[0]
            flat = np.ptp(here, axis=0) < FLAT * np.abs(here.mean(axis=0))
            first, bend = (np.where(flat | ~here.any(axis=0), np.nan, x) for x in (first, bend))
            parts.setdefault(f"{force}_class", []).append(arc_shapes(first, bend))
            parts.setdefault(f"{force}_change", []).append(first + bend)
            parts.setdefault(f"{force}_pre", []).append((first + bend) / length)
            parts.setdefault(f"{force}_acceleration", []).append(2.0 * bend / length**2)
            start.append(level)
            stop.append(level + first + bend)
        # The last segment ends at the mainshock: no foreshock follows it.
        jumps = np.full((len(spans), values.shape[1]), np.nan)
        jumps[:-1] = np.array(start[1:]) - np.array(stop[:-1])
        parts[f"{force}_jump"] = list(jumps)
    middle = [mainshock - 0.5 * (time[a] + time[b - 1]) for a, b in spans]
    return xr.Dataset(
        {name: (("segment", "contact"), np.array(rows)) for name, rows in parts.items()},
        coords={"time_to_mainshock": ("segment", middle, {"units": "s"})},
    )


def arc_readings(tables: Sequence[xr.Dataset], drawn: Array) -> dict[str, Share]:
    """Return what the shapes between foreshocks say of them.

    Parameters
    ----------
    tables : sequence of xarray.Dataset
        One a simulation; see `arc_table`.
    drawn : ndarray, shape (draws, simulations)
        See `asperity.dem.nucleation.shares.resamples`.

    Returns
    -------
    dict of Share
        Of pairs of a contact and a foreshock, normal and shear: ``trend_unchanged``, the net
        change has the same sign before and after; ``shape_unchanged``, both rise, both fall
        or both turn; ``unloaded``, a shear force that grew and is less after the foreshock
        (of all pairs, normal ones too). Of segments: ``shear_without_strength``, shear up
        while normal is not.
    """
    rows: dict[str, list[tuple[Any, Any]]] = {}
    for t in tables:
        pairs = {f: (t[f"{f}_pre"].values[:-1], t[f"{f}_pre"].values[1:]) for f in _FORCES}
        known = {f: np.isfinite(a) & np.isfinite(b) for f, (a, b) in pairs.items()}
        total = sum(int(k.sum()) for k in known.values())
        same = sum(
            int((np.sign(a) == np.sign(b))[known[f]].sum()) for f, (a, b) in pairs.items()
        )  # fmt: skip
        kinds = {f: _KIND[t[f"{f}_class"].values] for f in _FORCES}
        alike = sum(int((kinds[f][:-1] == kinds[f][1:])[known[f]].sum()) for f in _FORCES)
        growing = known["shear"] & (pairs["shear"][0] > 0.0)
        fell = growing & (t["shear_jump"].values[:-1] < 0.0)
        shear, normal = t["shear_change"].values, t["normal_change"].values
        both = np.isfinite(shear) & np.isfinite(normal)
        without = both & (shear > 0.0) & (normal <= 0.0)
        for name, count, whole in (
            ("trend_unchanged", same, total), ("shape_unchanged", alike, total),
            ("unloaded", fell.sum(), total), ("shear_without_strength", without.sum(), both.sum()),
        ):  # fmt: skip
            rows.setdefault(name, []).append((count, whole))
    counted = {name: np.array(told).T for name, told in rows.items()}
    return {name: pooled_share(count, total, drawn) for name, (count, total) in counted.items()}


_FORCES = ("normal", "shear")
#: By shape: flat, rising, falling, turning.
_KIND = np.array([0, 1, 1, 2, 2, 3, 3, 3, 3])
