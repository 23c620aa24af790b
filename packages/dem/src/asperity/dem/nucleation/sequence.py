"""One simulation as the study sees it: foreshock episodes, mainshock, forces, slip."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from asperity.core.catalog import Catalog
from asperity.core.errors import AsperityError, InputError
from asperity.core.statistics import b_value, correlation_dimension, magnitude_of_completeness
from asperity.dem.laboratory import folder as runs
from asperity.dem.laboratory.cycles import with_roles
from asperity.dem.laboratory.emissions import Clustering, Tensors, emissions, summed_tensors
from asperity.dem.laboratory.fault import FaultPlane
from asperity.dem.laboratory.force_moments import ForceMoments
from asperity.dem.nucleation.arcs import arc_table
from asperity.dem.nucleation.clouds import Features
from asperity.dem.nucleation.episodes import (
    Episode,
    Segmentation,
    find_episodes,
    mainshock_episode,
    smoothed,
)
from asperity.dem.nucleation.preslip import (
    Failures,
    MainshockSlip,
    Preslip,
    failures,
    mainshock_slip,
    preslip,
)
from asperity.dem.nucleation.segments import segment_table

__all__ = [
    "PRESETS", "Choices", "ForeshockSequence", "UnsuitedError", "cumulative_slope",
    "horizontal_dimension", "read_sequence",
]  # fmt: skip

Array = NDArray[np.float64]
#: What a simulation must have before its mainshock to count.
LEAST_EMISSIONS, LEAST_EPISODES = 11, 2
#: Time after the begin of a mainshock in which its emissions are looked for, s.
MAINSHOCK_WINDOW = 1e-3
#: Steps to which the published episodes round down.
ROUNDED = 20


@dataclass(frozen=True)
class Choices:
    """What the study chooses; the fields of the preset ``published`` are those of the paper.

    Parameters
    ----------
    moment : {"potency", "force"}
        Of the emissions: sum of the members' tensors, or `ForceMoments`; what has none is left
        out.
    mainshock : {"largest", "most"}
        The largest emission of the first stress drop, or the episode with most events.
    features : {"default", "published"}
    scales : dict
        Scaling of the clouds by metric.
    chamfer, earth_mover, tree_input : str
        See `distance_matrix` and `tree_of`.
    strength : dict
        Options of `stress_and_strength`; the friction in force and each area where empty.
    tail_reach : float
        Of `tail_difference`, N/s; 0 leaves it out.
    b_method : {"maximum-likelihood", "cumulative"}
    projection : {"fault", "horizontal"}
        Of the points whose dimension is measured.
    """

    clustering: Clustering = field(default_factory=Clustering)
    moment: Literal["potency", "force"] = "potency"
    segmentation: Segmentation = field(default_factory=Segmentation)
    mainshock: Literal["largest", "most"] = "largest"
    features: Features = "default"
    scales: dict[str, str] = field(
        default_factory=lambda: dict.fromkeys(("hausdorff", "chamfer", "earth-mover"), "robust")
    )
    chamfer: Literal["mean", "sum-squared"] = "mean"
    earth_mover: Literal["exact", "greedy"] = "exact"
    tree_input: Literal["condensed", "rows"] = "condensed"
    strength: dict[str, Any] = field(default_factory=dict)
    tail_reach: float = 0.0
    b_method: Literal["maximum-likelihood", "cumulative"] = "maximum-likelihood"
    projection: Literal["fault", "horizontal"] = "fault"


PRESETS: dict[str, Choices] = {
    "default": Choices(),
    "published": Choices(
        clustering=Clustering(magnitude_constant=9.0),
        segmentation=Segmentation.published(),
        mainshock="most",
        features="published",
        scales={"hausdorff": "mahalanobis", "chamfer": "standard", "earth-mover": "standard"},
        chamfer="sum-squared",
        earth_mover="greedy",
        tree_input="rows",
        strength={"tangent": math.tan(math.radians(30.0)), "cohesion": 55e6, "fixed_area": 2e-5},
        tail_reach=8e-5 / 1e-7,  # N a step, of steps of 1e-7 s
        b_method="cumulative",
        projection="horizontal",
    ),
}


class UnsuitedError(InputError):
    """A simulation that the study sets aside, and why."""


@dataclass(frozen=True)
class ForeshockSequence:
    """What happened on the fault of one simulation before and in its first mainshock.

    Parameters
    ----------
    name : str
    plane : FaultPlane
    foreshocks, mainshock : Catalog
        Emissions of the fault before the mainshock, and in the millisecond from its begin
        (the published choice: before and in its episode).
    episodes : list of Episode
        Before the mainshock; members count in the elementary events of the fault.
    density : tuple of ndarray
        Times (s) and kernel density (1/s) in which they were found.
    time : float
        Of the mainshock's first emission, s since the loading began.
    hypocentre : ndarray, shape (3,)
        Of that emission, m.
    drop : dict or None
        The stress drop; see `asperity.dem.laboratory.results.stress_drops`.
    peaks_agree : bool
        Whether the episode with most events has the highest peak, too.
    table : xarray.Dataset
        See `segment_table`.
    arcs : xarray.Dataset or None
        See `arc_table`; None where no two emissions are far enough apart.
    preslip : Preslip
    failures : Failures
    slip : MainshockSlip
    b, b_sd, dimension, dimension_sd : float
        Of foreshocks and mainshock together; NaN where they cannot be told.
    half_width : float
        Of the grain sizes.
    """

    name: str
    plane: FaultPlane
    foreshocks: Catalog
    mainshock: Catalog
    episodes: list[Episode]
    density: tuple[Array, Array]
    time: float
    hypocentre: Array
    drop: dict[str, float] | None
    peaks_agree: bool
    table: xr.Dataset
    arcs: xr.Dataset | None
    preslip: Preslip
    failures: Failures
    slip: MainshockSlip
    b: float
    b_sd: float
    dimension: float
    dimension_sd: float
    half_width: float


def read_sequence(folder: Path, choices: Choices) -> ForeshockSequence:
    """Read a run and find its foreshocks and its first mainshock.

    Parameters
    ----------
    folder : Path
        Of a finished `dem run`.
    choices : Choices

    Raises
    ------
    UnsuitedError
        If there is no mainshock, or fewer than 11 emissions of the fault in at least two
        episodes before it.
    InputError
        If the run has not ended or a file is damaged.
    """
    configuration = runs.read_configuration(folder)
    elementary, radius = runs.read_elementary(folder)
    contacts = runs.read_contacts(folder)
    drops = runs.told(folder)["stress_drops"]
    tensors_of: Tensors = summed_tensors
    if choices.moment == "force":
        tensors_of = ForceMoments(runs.read_sources(folder), radius)
    emitted = emissions(elementary, radius, choices.clustering, tensors_of)
    emitted = emitted.select((emitted["n_fault"] > 0) & np.isfinite(emitted["moment"]))
    if not len(emitted):
        raise UnsuitedError(f"{folder.name}: no emission of the fault")
    on_fault = elementary.texts("event_type") != "flat-joint break"
    times = elementary["time"][on_fault] * 1e-9
    if choices.mainshock == "most":
        episodes, density, chosen, agree = _by_count(times, elementary, on_fault, choices)
        begin, end = episodes[chosen].begin, episodes[chosen].end
    else:
        episodes, density, chosen, agree, begin, end = _by_drop(
            folder, times, emitted, drops, float(np.diff(contacts["time"].values[:2])[0]), choices
        )
    before = episodes[:chosen]
    when = emitted["time"] * 1e-9
    foreshocks = emitted.select(when < begin)
    mainshock = emitted.select((when >= begin) & (when < end))
    if len(foreshocks) < LEAST_EMISSIONS or len(before) < LEAST_EPISODES:
        raise UnsuitedError(
            f"{folder.name}: {len(foreshocks)} emissions in {len(before)} episodes before the "
            f"mainshock; at least {LEAST_EMISSIONS} in {LEAST_EPISODES} are needed"
        )
    if not len(mainshock):
        raise UnsuitedError(f"{folder.name}: no emission of the fault in the mainshock's window")
    first = float(mainshock["time"][0]) * 1e-9
    hypocentre = np.array([mainshock[f"hypocentre_{k}"][0] for k in "xyz"])
    plane = FaultPlane(configuration.fault.angle)
    table = segment_table(contacts, before, first)
    both = emitted.select(when < end)
    b, b_sd = _slope(both["magnitude"], choices)
    dimension, dimension_sd = _dimension(both, plane, choices)
    near = [d for d in drops if begin - MAINSHOCK_WINDOW <= d["time"] <= end]
    return ForeshockSequence(
        folder.name, plane, foreshocks, mainshock, before, density, first, hypocentre,
        max(near, key=lambda d: d["drop"]) if near else None, agree, table,
        _arcs(contacts, foreshocks, first),
        preslip(contacts, foreshocks, first, hypocentre),
        failures(contacts, foreshocks, before, first), mainshock_slip(contacts, begin, end),
        b, b_sd, dimension, dimension_sd,
        configuration.specimen.half_width,
    )  # fmt: skip


def _arcs(contacts: xr.Dataset, foreshocks: Catalog, mainshock: float) -> xr.Dataset | None:
    try:
        return arc_table(contacts, foreshocks, mainshock)
    except InputError:
        return None


def _by_count(
    times: Array, elementary: Catalog, on_fault: NDArray[np.bool_], choices: Choices
) -> tuple[list[Episode], tuple[Array, Array], int, bool]:
    """Find the mainshock as the episode with most joint breaks, or most slip without any."""
    breaks = elementary.texts("event_type")[on_fault] == "joint break"
    chosen = times[breaks] if breaks.any() else times
    step = choices.segmentation.step
    if step:
        chosen = np.floor(chosen / step + 1e-9) * step
    episodes = find_episodes(chosen, choices.segmentation)
    most, agree = mainshock_episode(episodes)
    return episodes, smoothed(chosen, choices.segmentation)[:2], most, agree


def _by_drop(
    folder: Path, times: Array, emitted: Catalog, drops: Sequence[dict[str, float]],
    sample: float, choices: Choices,
) -> tuple[list[Episode], tuple[Array, Array], int, bool, float, float]:  # fmt: skip
    """Find the mainshock as the largest emission of the first drop of the stress."""
    marked = with_roles(emitted, drops)
    main = np.flatnonzero((marked.texts("kind") == "mainshock") & (marked["cycle"] == 0))
    if not len(main):
        raise UnsuitedError(f"{folder.name}: no drop of the stress with an emission of the fault")
    time = float(marked["time"][main[0]]) * 1e-9
    until = times[times < time + MAINSHOCK_WINDOW]
    recurrence = float(np.median(np.diff([d["time"] for d in drops]))) if len(drops) > 1 else time
    # Forces are known at samples alone: episodes nearer than some of them have no lines.
    known = {"recurrence": recurrence, "sample": sample}
    episodes = find_episodes(until, choices.segmentation, **known)
    chosen = max(k for k, e in enumerate(episodes) if e.begin <= time)
    most, _ = mainshock_episode(episodes)
    density = smoothed(until, choices.segmentation, **known)[:2]
    return episodes, density, chosen, most == chosen, time, time + MAINSHOCK_WINDOW


def _slope(magnitudes: Array, choices: Choices) -> tuple[float, float]:
    known = magnitudes[np.isfinite(magnitudes)]
    try:
        if choices.b_method == "cumulative":
            return cumulative_slope(known), math.nan
        mc = magnitude_of_completeness(known, method="ks").mc
        found = b_value(known, mc)
        return found.b, found.b_sd
    except AsperityError:
        return math.nan, math.nan


def _dimension(events: Catalog, plane: FaultPlane, choices: Choices) -> tuple[float, float]:
    place = np.column_stack([events[k] for k in "xyz"])
    try:
        if choices.projection == "horizontal":
            return horizontal_dimension(place[:, :2]), math.nan
        found = correlation_dimension(plane.coordinates(place)[:, :2])
        return found.dimension, found.sd
    except AsperityError:
        return math.nan, math.nan


def cumulative_slope(magnitudes: ArrayLike, levels: int = 10) -> float:
    """Return b as Ye et al. (2024) have it: a line through ten cumulative counts.

    Least squares of ``log10 N(>= M)`` at ten evenly spaced magnitudes from the smallest to
    the largest, without a completeness: small events that are missing and the one largest
    event have leverage, and the counts are not independent. To compare with, not to use.
    """
    m = np.asarray(magnitudes, float)
    at = np.linspace(m.min(), m.max(), levels)
    counts = (m[None, :] >= at[:, None] - 1e-12).sum(axis=1)
    return float(-np.polyfit(at, np.log10(counts), 1)[0])


def horizontal_dimension(points: ArrayLike, radii: int = 20) -> float:
    """Return the dimension as Ye et al. (2024) have it: of horizontal distances.

    A line through ``ln C`` against ``ln r`` at evenly spaced radii from 1.5 times the smallest
    to 0.4 of the largest distance, of more than ten points. Down dip, distances are half
    as long, and even steps of r put weight on the largest.
    """
    from scipy.spatial.distance import pdist

    p = np.asarray(points, float)
    if len(p) <= 10:
        return math.nan
    d = pdist(p)
    d = d[d > 0.0]
    r = np.linspace(1.5 * d.min(), d.max() / 2.5, radii)
    counts = (d[None, :] < r[:, None]).sum(axis=1)
    known = counts > 0
    return float(np.polyfit(np.log(r[known]), np.log(counts[known]), 1)[0])


def documents(sequences: Sequence[ForeshockSequence]) -> list[dict[str, Any]]:
    """Return the simulations as `dem nucleation --json` prints them."""
    return [
        {
            "name": s.name,
            "foreshocks": len(s.foreshocks),
            "episodes": len(s.episodes),
            "mainshock_emissions": len(s.mainshock),
            "mainshock_time": s.time,
            "mainshock_moment": float(s.mainshock["moment"].sum()),
            "slip_moment": s.slip.moment, "slipped_share": s.slip.share,
            "drop": s.drop,
            "peaks_agree": s.peaks_agree,
            "b": s.b, "b_sd": s.b_sd, "dimension": s.dimension, "dimension_sd": s.dimension_sd,
            "aseismic_moment_share": s.preslip.aseismic_share,
            "half_width": s.half_width,
        }
        for s in sequences
    ]  # fmt: skip
