"""The study of many simulations: whether nucleation tells the mainshock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from asperity.core.errors import InputError
from asperity.core.statistics.multiplicity import holm
from asperity.dem.nucleation.clouds import METRICS, Metric, cloud_of, distance_matrix, scale_pooled
from asperity.dem.nucleation.pooled import grain_statistics
from asperity.dem.nucleation.sequence import Choices, ForeshockSequence
from asperity.dem.nucleation.trees import (
    Level,
    Linkage,
    compare_trees,
    random_linkage,
    random_tree,
    tree_of,
)

__all__ = [
    "Scaling", "Study", "Trees", "decision", "mainshock_measures", "mechanism",
    "nucleation_measures", "scaling", "study",
]  # fmt: skip

Array = NDArray[np.float64]
STUDIED: tuple[Linkage, ...] = ("single", "complete", "average")
#: Significance of all levels of a pair of trees together.
ALPHA = 0.05


@dataclass(frozen=True)
class Trees:
    """The trees of foreshocks and of mainshocks under one distance and one linkage."""

    metric: str
    linkage: str
    foreshocks: Array
    mainshocks: Array
    levels: list[Level]


@dataclass(frozen=True)
class Scaling:
    """Spearman's correlation of a mainshock's size with a measure of its nucleation.

    `low` and `high` are the interval of 95 % (Fisher's z with the variance of Bonett &
    Wright 2000), `p` is corrected for all correlations together (Holm 1979).
    """

    mainshock_measure: str
    nucleation_measure: str
    rho: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Study:
    """What the study found.

    Parameters
    ----------
    sequences : list of ForeshockSequence
    trees : list of Trees
        Empty with fewer than five simulations.
    scaling : list of Scaling
        Empty with fewer than five simulations.
    grain : dict
        See `grain_statistics`.
    distances : dict of ndarray, shape (n, n)
        Between the clouds of foreshocks, by metric; empty with fewer than five.
    """

    sequences: list[ForeshockSequence]
    trees: list[Trees]
    scaling: list[Scaling]
    grain: dict[str, Any] = field(default_factory=dict)
    distances: dict[str, Array] = field(default_factory=dict)


def study(
    sequences: Sequence[ForeshockSequence],
    choices: Choices,
    *,
    draws: int = 10_000,
    linkage_draws: int = 0,
    seed: int = 0,
    executor: Executor | None = None,
) -> Study:
    """Compare foreshocks and mainshocks of many simulations.

    Parameters
    ----------
    sequences : sequence of ForeshockSequence
    choices : Choices
    draws : int
        Of the null models of the trees.
    linkage_draws : int
        Of trees of random clouds, for Hausdorff and Chamfer distances; 0 for none.
    seed : int
    executor : concurrent.futures.Executor, optional
        For the distances between clouds.

    Raises
    ------
    InputError
        If there is no simulation.
    """
    if not sequences:
        raise InputError("no simulation with foreshocks and a mainshock: nothing to study")
    rng = np.random.default_rng(seed)
    found = list(sequences)
    trees: list[Trees] = []
    distances: dict[str, Array] = {}
    correlations: list[Scaling] = []
    if len(found) >= 5:
        trees, distances = _trees(found, choices, draws, linkage_draws, rng, executor)
        correlations = scaling(found)
    return Study(found, trees, correlations, grain_statistics(found, rng, choices), distances)


def _trees(
    sequences: list[ForeshockSequence], choices: Choices, draws: int, linkage_draws: int,
    rng: np.random.Generator, executor: Executor | None,
) -> tuple[list[Trees], dict[str, Array]]:  # fmt: skip
    fore = [
        cloud_of(s.foreshocks, s.plane, s.time, s.hypocentre, choices.features) for s in sequences
    ]
    main = [
        cloud_of(s.mainshock, s.plane, s.time, s.hypocentre, choices.features) for s in sequences
    ]
    coalescent = random_tree(len(sequences), draws, rng)
    trees = []
    between: dict[str, Array] = {}
    for metric in METRICS:
        matrices = [
            distance_matrix(
                scale_pooled(clouds, choices.scales[metric]), metric, chamfer=choices.chamfer,
                earth_mover=choices.earth_mover, executor=executor,
            )
            for clouds in (fore, main)
        ]  # fmt: skip
        between[metric] = matrices[0]
        chains: dict[Linkage, Array] = {}
        if linkage_draws and metric != "earth-mover":  # which takes a minute a draw
            sizes = [[len(c) for c in clouds] for clouds in (fore, main)]
            chains = random_linkage(
                partial(_random_distances, sizes, fore[0].shape[1], metric, choices.chamfer),
                STUDIED, linkage_draws, rng, choices.tree_input,
            )  # fmt: skip
        for linkage in STUDIED:
            a, b = (tree_of(m, linkage, choices.tree_input) for m in matrices)
            levels = compare_trees(
                a, b, draws=draws, alpha=ALPHA, rng=rng, coalescent=coalescent,
                random_clouds=chains.get(linkage),
            )  # fmt: skip
            trees.append(Trees(metric, linkage, a, b, levels))
    return trees, between


def _random_distances(
    sizes: list[list[int]], columns: int, metric: Metric, chamfer: Literal["mean", "sum-squared"],
    rng: np.random.Generator,
) -> tuple[Array, Array]:  # fmt: skip
    """Return distances between random clouds of given sizes, foreshocks' and mainshocks'."""
    fore, main = (
        distance_matrix([rng.normal(size=(n, columns)) for n in each], metric, chamfer=chamfer)
        for each in sizes
    )
    return fore, main


# ---------------------------------------------------------------- scaling


def mainshock_measures(s: ForeshockSequence) -> dict[str, float]:
    """Return stress drop (Pa), moment of all slip, largest and summed of emissions (N m)."""
    return {
        "stress drop": s.drop["drop"] if s.drop else math.nan,
        "slip moment": s.slip.moment,
        "largest moment": float(s.mainshock["moment"].max()),
        "summed moment": float(s.mainshock["moment"].sum()),
    }


def nucleation_measures(s: ForeshockSequence) -> dict[str, float]:
    """Return duration (s), number, area (m2) and moment (N m) of foreshocks, and the hypocentre.

    The latter is its distance from the fault's centre, m.
    """
    return {
        "duration": s.time - s.episodes[0].peak,
        "foreshocks": float(len(s.foreshocks)),
        "area": float(s.foreshocks["source_area"].sum()),
        "moment": float(s.foreshocks["moment"].sum()),
        "hypocentre": float(np.linalg.norm(s.plane.coordinates(s.hypocentre[None])[0, :2])),
    }


def scaling(sequences: Sequence[ForeshockSequence]) -> list[Scaling]:
    """Correlate measures of the mainshocks with measures of their nucleation.

    Returns
    -------
    list of Scaling
        Stress drop and moments against duration, number, area and moment of
        the foreshocks, and the distance of the hypocentre from the fault's centre.
    """
    mains = [mainshock_measures(s) for s in sequences]
    fores = [nucleation_measures(s) for s in sequences]
    rows = []
    for m in mains[0]:
        for f in fores[0]:
            x = np.array([row[f] for row in fores])
            y = np.array([row[m] for row in mains])
            known = np.isfinite(x) & np.isfinite(y)
            if known.sum() < 5 or np.ptp(x[known]) == 0.0 or np.ptp(y[known]) == 0.0:
                continue
            rho, p = spearmanr(x[known], y[known])
            low, high = _spearman_interval(float(rho), int(known.sum()))
            rows.append(Scaling(m, f, float(rho), low, high, float(p)))
    return _holm(rows)


def _spearman_interval(rho: float, n: int) -> tuple[float, float]:
    reach = 1.959964 * math.sqrt((1.0 + rho * rho / 2.0) / (n - 3))
    middle = math.atanh(max(min(rho, 1.0 - 1e-12), -1.0 + 1e-12))
    return math.tanh(middle - reach), math.tanh(middle + reach)


def _holm(rows: list[Scaling]) -> list[Scaling]:
    corrected = holm([row.p for row in rows])
    return [
        Scaling(r.mainshock_measure, r.nucleation_measure, r.rho, r.low, r.high, p)
        for r, p in zip(rows, corrected, strict=True)
    ]


# ---------------------------------------------------------------- what they say


def mechanism(sequences: Sequence[ForeshockSequence]) -> dict[str, Any]:
    """Return what speaks for a cascade and what for preslip, over all simulations."""
    shares = np.array([s.preslip.aseismic_share for s in sequences])
    moves = np.array([s.preslip.migration for s in sequences])
    jumps = sum(s.failures.by_jump for s in sequences)
    slopes = sum(s.failures.by_slope for s in sequences)
    failed = jumps + slopes
    share = float(np.nanmedian(shares)) if np.isfinite(shares).any() else math.nan
    move = float(np.nanmedian(moves)) if np.isfinite(moves).any() else math.nan
    towards = int(np.sum([s.preslip.migration < 0.0 and s.preslip.migration_p < ALPHA
                          for s in sequences]))  # fmt: skip
    return {
        "aseismic_moment_share": share,
        "migration": move,
        "migrating": towards,
        "failed_by_jump": jumps / failed if failed else math.nan,
        "failed_by_slope": slopes / failed if failed else math.nan,
        "failed": failed,
        "failed_undetermined": sum(s.failures.undetermined for s in sequences),
        "verdict": _verdict(share, jumps, failed),
    }


def _verdict(share: float, jumps: int, failed: int) -> str:
    if not failed or not math.isfinite(share):
        return "cannot be told"
    by_jump = jumps / failed
    cascade, slips = by_jump >= 0.25, share >= 0.25
    if cascade and slips:
        return "both"
    return "cascade" if cascade else "preslip" if slips else "neither: slow loading alone"


def decision(found: Study) -> str:
    """Return in a sentence whether the foreshocks' trees tell the mainshocks'."""
    if not found.trees:
        return f"{len(found.sequences)} simulations: fewer than five have no trees to compare"
    tested = [(t, level) for t in found.trees for level in t.levels if level.testable]
    related = [
        (t, level) for t, level in tested
        if level.p_label_permutation <= ALPHA / len(t.levels)
    ]  # fmt: skip
    if not tested:
        return (
            f"{len(found.sequences)} simulations are too few for any level of their trees to show "
            "a relation of foreshocks and mainshocks"
        )
    pairs = {(t.metric, t.linkage) for t, _ in related}
    if not related:
        return (
            f"no level of {len(found.trees)} pairs of trees ({len(tested)} testable levels) shows "
            "a relation of foreshocks and mainshocks beyond chance"
        )
    return (
        f"{len(related)} of {len(tested)} testable levels, in {len(pairs)} of {len(found.trees)} "
        "pairs of trees, show a relation of foreshocks and mainshocks beyond chance"
    )
