"""The statistics of forces of grains, pooled over simulations, as the study tells them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.dem.nucleation.arcs import arc_readings
from asperity.dem.nucleation.grains import (
    acceleration_difference,
    class_shares,
    loading_by_time,
    overlaps,
    place_of,
    readings,
    tail_difference,
)
from asperity.dem.nucleation.sequence import Choices, ForeshockSequence
from asperity.dem.nucleation.shares import resamples, trend

__all__ = ["grain_statistics"]

Array = NDArray[np.float64]
#: Bins of the published class shares; windows in which stress and strength are compared;
#: resamples of the simulations.
BINS, WINDOWS, DRAWS = 9, 10, 500


def grain_statistics(
    sequences: Sequence[ForeshockSequence], rng: np.random.Generator, choices: Choices
) -> dict[str, Any]:
    """Return the statistics of forces before mainshocks, pooled over simulations.

    Parameters
    ----------
    sequences : sequence of ForeshockSequence
    rng : numpy.random.Generator
        Of the resamples of the simulations.
    choices : Choices

    Returns
    -------
    dict
        As ``grain`` of `dem nucleation --json`; ``arcs`` holds the same from the shapes
        between foreshocks.
    """
    tables = [s.table for s in sequences]
    drawn = resamples(len(tables), DRAWS, rng)
    # Times that three quarters of the simulations reach, so that no bin is of a few alone.
    longest = float(np.quantile([t["time_to_mainshock"].values.max() for t in tables], 0.25))
    bins, windows = (np.linspace(longest, 0.0, n + 1) for n in (BINS, WINDOWS))
    found: dict[str, Any] = {
        "longest": longest,
        "class_shares": _classes(tables, bins, drawn),
        **{name: asdict(share) for name, share in readings(tables, drawn).items()},
    }
    rows, toward = loading_by_time(tables, bins, drawn)
    found["shear_loading_all"] = found.pop("shear_loading")
    found["shear_loading"] = _columns(rows, "share", "low", "high", "n")
    found["shear_loading_trend"] = asdict(toward)
    found["rates"] = _columns(rows, "shear", "normal")
    found["coulomb_transfer"] = _columns(rows, "coulomb")
    shared, toward = overlaps(tables, windows, drawn, **choices.strength)
    found["overlap"] = [asdict(row) for row in shared]
    found["overlap_trend"] = asdict(toward)
    changes = {
        force: [t[f"{force}_post"].values - t[f"{force}_pre"].values for t in tables]
        for force in ("shear", "normal")
    }
    rows, told = _accelerations(tables, changes, windows, drawn)
    if choices.tail_reach:
        for row in rows:
            shear, normal = (
                _inside(tables, changes[f], windows, row["time"]) for f in ("shear", "normal")
            )
            row["tails"] = tail_difference(shear, normal, choices.tail_reach)
    found["acceleration_difference"], found["acceleration_difference_trend"] = rows, told
    arcs = [s.arcs for s in sequences if s.arcs is not None]
    if arcs:
        again = drawn if len(arcs) == len(tables) else resamples(len(arcs), DRAWS, rng)
        found["arcs"] = _of_arcs(arcs, bins, windows, again)
    return found


def _of_arcs(arcs: Sequence[Any], bins: Array, windows: Array, drawn: Array) -> dict[str, Any]:
    bent = {f: [t[f"{f}_acceleration"].values for t in arcs] for f in ("shear", "normal")}
    rows, toward = _accelerations(arcs, bent, windows, drawn)
    return {
        "class_shares": _classes(arcs, bins, drawn),
        **{name: asdict(share) for name, share in arc_readings(arcs, drawn).items()},
        "acceleration_difference": rows,
        "acceleration_difference_trend": toward,
    }


def _classes(tables: Sequence[Any], edges: Array, drawn: Array) -> dict[str, list[dict[str, Any]]]:
    return {
        force: [
            {"begin": float(a), "end": float(b), **{str(k): asdict(v) for k, v in here.items()}}
            for a, b, here in zip(
                edges[:-1], edges[1:], class_shares(tables, force, edges, drawn), strict=True
            )
        ]
        for force in ("normal", "shear")
    }


def _columns(rows: Sequence[dict[str, Any]], *keys: str) -> list[dict[str, Any]]:
    return [{k: row[k] for k in ("time", *keys)} for row in rows]


def _accelerations(
    tables: Sequence[Any], rates: dict[str, list[Array]], windows: Array, drawn: Array
) -> tuple[list[dict[str, float]], dict[str, float]]:
    """Return how much more the shear rate changes than the normal one, by window, and its trend."""
    middles = 0.5 * (windows[:-1] + windows[1:])
    values, again = np.full(len(middles), np.nan), np.full((len(drawn), len(middles)), np.nan)
    rows = []
    for w, middle in enumerate(middles):
        here = [
            (a - b)[place_of(t["time_to_mainshock"].values, windows) == w]
            for t, a, b in zip(tables, rates["shear"], rates["normal"], strict=True)
        ]
        if not any(np.isfinite(d).any() for d in here):
            continue
        told, again[:, w] = acceleration_difference(here, drawn)
        values[w] = told["median"]
        rows.append({"time": float(middle), **told})
    return rows, asdict(trend(middles, values, again))


def _inside(tables: Sequence[Any], rates: list[Array], windows: Array, time: float) -> Array:
    """Return all rates in the window whose middle is at `time`."""
    w = place_of(time, windows)
    return np.concatenate(
        [r[place_of(t["time_to_mainshock"].values, windows) == w].ravel()
         for t, r in zip(tables, rates, strict=True)]
    )  # fmt: skip
