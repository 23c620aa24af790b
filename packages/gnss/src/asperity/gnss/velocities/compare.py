"""Two velocity fields of one network, two periods or two solutions: what has changed where.

The second field is brought into the frame of the first by common stations.
What is left is the change of each station, with the errors of both fields and
of the frame, the change of its speed and of its azimuth, and which of them
stand out of the noise once it is counted how many were looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError
from asperity.gnss.velocities.blocks import Block
from asperity.gnss.velocities.common_sites import match_sites
from asperity.gnss.velocities.motion import design
from asperity.gnss.velocities.network import Network
from asperity.gnss.velocities.rotation import REJECT, ROTATION, MotionFit, fit_motion

__all__ = ["BlockChange", "Change", "Comparison", "compare", "compare_blocks", "false_discovery"]

Numbers = NDArray[np.float64]
SLOW = 2.0
"""A velocity shorter than this many of its standard deviations has no azimuth."""


@dataclass(frozen=True, eq=False)
class Change:
    """A quantity that changed at each station, with its error and what it means.

    Parameters
    ----------
    value, deviation : ndarray, shape (n,)
        NaN where there is none.
    p : ndarray, shape (n,)
        Probability of a change as large by chance.
    q : ndarray, shape (n,)
        Smallest share of false discoveries at which the station counts (Benjamini-Hochberg).
    """

    value: Numbers
    deviation: Numbers
    p: Numbers
    q: Numbers


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two fields at their common stations.

    Parameters
    ----------
    first, second : Network
        Common stations in one order and in the frame of the first.
    fit : MotionFit or None
        Of the second field relative to the first; None where the frames were left alone.
    difference : ndarray, shape (n, 2)
        Second less first, east and north, mm/yr.
    covariance : ndarray, shape (n, 2, 2)
        Of the difference.
    distance : ndarray, shape (n,)
        Size of the difference in its own standard deviations (Mahalanobis).
    p, q : ndarray, shape (n,)
        As in `Change`, of the difference vector: p = exp(-distance^2 / 2).
    speed : Change
        Of the speed in the frame of the first, mm/yr.
    azimuth : Change
        Of the azimuth, degrees clockwise; NaN where a velocity is too slow to have one.
    factor : float
        By which the covariances of both fields were multiplied.
    """

    first: Network
    second: Network
    fit: MotionFit | None
    difference: Numbers
    covariance: Numbers
    distance: Numbers
    p: Numbers
    q: Numbers
    speed: Change
    azimuth: Change
    factor: float


def compare(
    first: Network,
    second: Network,
    *,
    distance: float = 1.0,
    align: bool = True,
    stable: ArrayLike | None = None,
    parameters: Sequence[str] = ROTATION,
    rescale: bool = True,
) -> Comparison:
    """Compare two velocity fields at their common stations.

    Parameters
    ----------
    first, second : Network
    distance : float, optional
        How far apart common stations may lie, km.
    align : bool, optional
        Bring the second field into the frame of the first.
    stable : array_like of bool, shape (len(first),), optional
        Stations that may define the common frame; all when missing. Those that changed
        are left out in any case.
    parameters : sequence of str, optional
        As in `fit_motion`.
    rescale : bool, optional
        Multiply the covariances by the reduced chi2 of the stations that define the frame,
        where it is above one: the fields then differ there as their errors say.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        If the frames differ and are to be left alone.
    DataError
        If fewer than four stations are common.

    Notes
    -----
    The difference has the covariance C_1 + C_2 + A C_w A', or C_1 + C_2 - A C_w A' at
    stations that the frame rests on; errors of the two fields are taken as independent.
    The speed changes by |v_2| - |v_1| with the variance u_1' C_1 u_1 + u_2' C_2 u_2 along
    the directions u; the azimuth with the variances across them over the squared speeds.
    """
    rows, partners = match_sites(first, second, distance)
    a, b = first.select(rows), second.select(partners)
    if not align:
        if a.frame and b.frame and a.frame != b.frame:
            raise InputError(
                f"the fields are in the frames {a.frame!r} and {b.frame!r}: bring one into the "
                "other with gnss frame, or let the comparison align them"
            )
        return _compared(a, b.replace(frame=a.frame), None, 1.0)
    candidates = None if stable is None else np.asarray(stable, dtype=bool)[rows]
    fit = fit_motion(
        *a.coordinates, b.velocities - a.velocities, a.covariances + b.covariances,
        candidates=candidates, parameters=parameters, reject=REJECT, floor=1.0,
    )  # fmt: skip
    shift = fit.motion.velocity(*b.coordinates)
    moved = b.replace(
        east=b.east - shift[:, 0], north=b.north - shift[:, 1], up=b.up - shift[:, 2],
        frame=a.frame,
    )  # fmt: skip
    return _compared(a, moved, fit, max(1.0, fit.chi2_reduced) if rescale else 1.0)


def _compared(a: Network, b: Network, fit: MotionFit | None, factor: float) -> Comparison:
    difference = b.velocities - a.velocities
    of_a, of_b = a.covariances * factor, b.covariances * factor
    covariance = of_a + of_b
    if fit is not None:
        columns = design(*a.coordinates)[:, :2]
        frame = columns @ (fit.cofactor * factor) @ columns.transpose(0, 2, 1)
        covariance = covariance + np.where(fit.used, -1.0, 1.0)[:, None, None] * frame
    solved = np.linalg.solve(covariance, difference[:, :, None])[:, :, 0]
    distance = np.sqrt(np.maximum((difference * solved).sum(axis=1), 0.0))
    p = np.exp(-(distance**2) / 2.0)
    return Comparison(
        a, b, fit, difference, covariance, distance, p, false_discovery(p),
        _speed_change(a, b, of_a, of_b), _azimuth_change(a, b, of_a, of_b), factor,
    )  # fmt: skip


def _polar(velocity: Numbers, covariance: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return speeds, azimuths (radians), and their variances (that of the azimuth along an arc)."""
    speed = np.hypot(velocity[:, 0], velocity[:, 1])
    safe = np.where(speed > 0.0, speed, 1.0)[:, None]
    along = np.where(speed[:, None] > 0.0, velocity / safe, [1.0, 0.0])
    across = np.column_stack([along[:, 1], -along[:, 0]])
    of_speed = np.einsum("ni,nij,nj->n", along, covariance, along)
    of_arc = np.einsum("ni,nij,nj->n", across, covariance, across)
    return speed, np.arctan2(velocity[:, 0], velocity[:, 1]), of_speed, of_arc


def _speed_change(a: Network, b: Network, of_a: Numbers, of_b: Numbers) -> Change:
    speed_a, _, variance_a, _ = _polar(a.velocities, of_a)
    speed_b, _, variance_b, _ = _polar(b.velocities, of_b)
    return _change(speed_b - speed_a, np.sqrt(variance_a + variance_b))


def _azimuth_change(a: Network, b: Network, of_a: Numbers, of_b: Numbers) -> Change:
    variance = np.zeros(len(a))
    turned = np.zeros(len(a))
    known = np.ones(len(a), dtype=bool)
    for sign, velocity, covariance in ((-1.0, a.velocities, of_a), (1.0, b.velocities, of_b)):
        speed, azimuth, along, arc = _polar(velocity, covariance)
        known &= speed > SLOW * np.sqrt(np.maximum(along, arc))
        turned += sign * azimuth
        variance += arc / np.where(speed > 0.0, speed, 1.0) ** 2
    wrapped = np.rad2deg((turned + np.pi) % (2.0 * np.pi) - np.pi)
    return _change(
        np.where(known, wrapped, np.nan), np.where(known, np.rad2deg(np.sqrt(variance)), np.nan)
    )


def _change(value: Numbers, deviation: Numbers) -> Change:
    from scipy.special import erfc

    p = erfc(np.abs(value / deviation) / np.sqrt(2.0))
    return Change(value, deviation, p, false_discovery(p))


def false_discovery(p: ArrayLike) -> Numbers:
    """Return for each test the share of false discoveries at which it counts.

    Parameters
    ----------
    p : array_like, shape (n,)
        Probabilities; NaN where there was no test.

    Returns
    -------
    ndarray, shape (n,)
        q values: of the tests with q <= alpha a share of alpha or less is false on average.

    References
    ----------
    Benjamini & Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x.

    Examples
    --------
    >>> false_discovery([0.01, 0.04, 0.03, 0.5]).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    given = np.asarray(p, dtype=np.float64)
    q = np.full(given.shape, np.nan)
    known = np.flatnonzero(np.isfinite(given))
    if known.size:
        order = known[np.argsort(given[known], kind="stable")]
        ranked = given[order] * known.size / np.arange(1, known.size + 1)
        q[order] = np.minimum.accumulate(ranked[::-1])[::-1]
    return q


@dataclass(frozen=True, eq=False)
class BlockChange:
    """The change of a block: the weighted mean of its stations.

    Parameters
    ----------
    name : str
    n : int
        Stations.
    difference : ndarray, shape (2,)
        East and north, mm/yr.
    covariance : ndarray, shape (2, 2)
        Multiplied by `scatter` where that is above one.
    scatter : float
        Reduced chi2 of its stations about the mean, NaN for one station.
    d_speed, d_speed_sd : float
        Weighted mean change of speed, mm/yr.
    p : float
        Probability of a mean difference as large by chance.
    """

    name: str
    n: int
    difference: Numbers
    covariance: Numbers
    scatter: float
    d_speed: float
    d_speed_sd: float
    p: float


def compare_blocks(comparison: Comparison, blocks: Sequence[Block]) -> list[BlockChange]:
    """Return the change of each block that has a common station.

    Parameters
    ----------
    comparison : Comparison
    blocks : sequence of Block

    Raises
    ------
    InputError
        If no block is given.
    DataError
        If none of them has a common station.
    """
    if not blocks:
        raise InputError("no block given; name a file of polygons")
    found = []
    for block in blocks:
        members = block.members(comparison.first)
        if members.any():
            found.append(_block_change(comparison, block.name, members))
    if not found:
        raise DataError(
            f"none of the {len(comparison.first)} common stations lies in one of "
            f"{len(blocks)} blocks"
        )
    return found


def _block_change(comparison: Comparison, name: str, members: NDArray[np.bool_]) -> BlockChange:
    difference = comparison.difference[members]
    weight = np.linalg.inv(comparison.covariance[members])
    covariance = np.linalg.inv(weight.sum(axis=0))
    mean = covariance @ np.einsum("nij,nj->i", weight, difference)
    n = int(members.sum())
    residual = difference - mean
    misfit = float(np.einsum("ni,nij,nj->", residual, weight, residual))
    scatter = misfit / (2 * (n - 1)) if n > 1 else float("nan")
    covariance = covariance * max(1.0, scatter) if n > 1 else covariance
    size = float(mean @ np.linalg.solve(covariance, mean))
    weights = comparison.speed.deviation[members] ** -2.0
    speed = float(weights @ comparison.speed.value[members] / weights.sum())
    spread = comparison.speed.value[members] - speed
    inflation = max(1.0, float(weights @ spread**2) / (n - 1)) if n > 1 else 1.0
    return BlockChange(
        name, n, mean, covariance, scatter, speed, float(np.sqrt(inflation / weights.sum())),
        float(np.exp(-size / 2.0)),
    )  # fmt: skip
