"""What the residuals of a region have in common: a weighted stack, or principal components."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError
from asperity.gnss.positions.series import PositionSeries
from asperity.gnss.positions.trajectory import Offset

__all__ = ["CommonMode", "aligned", "filtered", "principal_mode", "stacked_mode"]

Array = NDArray[np.float64]
LEAST_STATIONS = 3
SHARE_OF_SITES, RESPONSE, SHARE_OF_VARIANCE = 0.5, 0.25, 0.01
"""A component is common where more than half of the sites respond with over a quarter of
the largest response and it explains over a hundredth of the variance (Dong et al. 2006)."""


@dataclass(frozen=True)
class CommonMode:
    """The common part of residuals.

    Parameters
    ----------
    values : ndarray, shape (s, t)
        What to take away from each station at each time, mm; 0 where it is not known.
    explained : ndarray
        Shares of the variance, by component; empty for a stack.
    removed : int
        Components that are common; 1 for a stack.
    """

    values: Array
    explained: Array
    removed: int


def aligned(
    series: Sequence[PositionSeries], values: Sequence[ArrayLike]
) -> tuple[NDArray[np.datetime64], Array]:
    """Return all epochs of stations and their values on them, NaN where there is none.

    Parameters
    ----------
    series : sequence of PositionSeries, length s
    values : sequence of array_like
        One array of shape (n,) or (c, n) for each station.

    Returns
    -------
    times : ndarray of datetime64, shape (t,)
    table : ndarray, shape (s, t) or (s, c, t)
    """
    times = np.unique(np.concatenate([one.times for one in series]))
    rows = []
    for one, own in zip(series, values, strict=True):
        block = np.asarray(own, dtype=np.float64)
        row = np.full((*block.shape[:-1], times.size), np.nan)
        row[..., np.searchsorted(times, one.times)] = block
        rows.append(row)
    return times, np.stack(rows)


def filtered(
    series: Sequence[PositionSeries],
    offsets: Sequence[Sequence[Offset]],
    kind: Literal["stack", "pca"],
    *,
    executor: Executor | None = None,
) -> list[PositionSeries]:
    """Return the positions without the common part of their residuals.

    Parameters
    ----------
    series : sequence of PositionSeries
        Of one region; a station of the region under test must not be among them, since
        the filter takes away its signal, too.
    offsets : sequence of sequence of Offset
        Steps that each may have.
    kind : {"stack", "pca"}
    executor : concurrent.futures.Executor, optional
        Runs the trajectories.

    Raises
    ------
    DataError
        If fewer than three stations have a trajectory.
    """
    from asperity.gnss.positions.velocity import VelocityOptions, estimate_velocities

    quick = VelocityOptions(noise="none")
    results = estimate_velocities(series, offsets, quick, executor=executor)
    fitted = [result for result in results if result.model is not None]
    if len(fitted) < LEAST_STATIONS:
        raise DataError(
            f"{len(fitted)} stations have a trajectory; a common mode needs {LEAST_STATIONS}"
        )
    residuals = [np.where(r.outliers, np.nan, r.residuals) for r in fitted]
    own = [result.series for result in fitted]
    times, table = aligned(own, residuals)
    sigma = aligned(own, [np.where(np.isnan(s), 1.0, s) for s in (o.deviations for o in own)])[1]
    modes = [
        stacked_mode(table[:, c], sigma[:, c]) if kind == "stack" else principal_mode(table[:, c])
        for c in range(3)
    ]
    shared = dict(zip((o.site for o in own), range(len(own)), strict=True))
    cleaned = []
    for one in series:
        if one.site not in shared:
            cleaned.append(one)
            continue
        place = np.searchsorted(times, one.times)
        inside = (place < times.size) & (times[np.minimum(place, times.size - 1)] == one.times)
        common = np.stack(
            [m.values[shared[one.site]][np.minimum(place, times.size - 1)] for m in modes]
        )
        cleaned.append(one.with_positions(one.positions - np.where(inside, common, 0.0)))
    return cleaned


def stacked_mode(residuals: ArrayLike, deviations: ArrayLike) -> CommonMode:
    """Return the weighted mean of the residuals of each epoch.

    Parameters
    ----------
    residuals, deviations : array_like, shape (s, t)
        mm; NaN where a station has no epoch.

    Notes
    -----
    sum_s r_s / sigma_s^2 over sum_s 1 / sigma_s^2, at epochs of three stations or more.
    Only for regions below about a thousand kilometres.

    References
    ----------
    Wdowinski et al. 1997, doi:10.1029/97JB01378.
    """
    r = np.asarray(residuals, dtype=np.float64)
    weights = np.where(np.isnan(r), 0.0, 1.0 / np.asarray(deviations, dtype=np.float64) ** 2)
    weights = np.where(np.isfinite(weights), weights, 0.0)
    total = weights.sum(axis=0)
    enough = (weights > 0.0).sum(axis=0) >= LEAST_STATIONS
    if not enough.any():
        raise DataError(
            f"no epoch has residuals of {LEAST_STATIONS} stations; a common mode needs them"
        )
    mean = np.where(enough, (weights * np.nan_to_num(r)).sum(axis=0) / np.maximum(total, 1e-300), 0)
    return CommonMode(np.broadcast_to(mean, r.shape).copy(), np.empty(0), 1)


def principal_mode(residuals: ArrayLike, *, iterations: int = 50) -> CommonMode:
    """Return the common principal components of residuals.

    Parameters
    ----------
    residuals : array_like, shape (s, t)
        mm; NaN where a station has no epoch.
    iterations : int, optional
        Of the filling of gaps by the first component.

    Raises
    ------
    InputError
        If there are fewer than three stations.

    Notes
    -----
    Gaps are filled by what the first component says of them until it no longer
    changes. Components count as common by the rule of Dong et al. 2006
    (doi:10.1029/2005JB003806): a response above a quarter of the largest at more than
    half of the sites, and more than a hundredth of the variance.
    """
    r = np.asarray(residuals, dtype=np.float64)
    if r.shape[0] < LEAST_STATIONS:
        raise InputError(f"{r.shape[0]} stations; principal components need {LEAST_STATIONS}")
    known = np.isfinite(r)
    mean = np.nanmean(np.where(known, r, np.nan), axis=1, keepdims=True)
    centred = np.where(known, r - mean, 0.0)
    for _ in range(iterations):
        left, size, right = np.linalg.svd(centred, full_matrices=False)
        filled = np.where(known, centred, size[0] * np.outer(left[:, 0], right[0]))
        change = np.abs(filled - centred).max()
        centred = filled
        if change < 1e-3:
            break
    left, size, right = np.linalg.svd(centred, full_matrices=False)
    explained = size**2 / (size**2).sum()
    response = np.abs(left) / np.abs(left).max(axis=0)
    common = ((response > RESPONSE).mean(axis=0) > SHARE_OF_SITES) & (explained > SHARE_OF_VARIANCE)
    # The first component always counts; the others as long as each is common.
    count = max(1, int(np.argmin(common)) if not common.all() else common.size)
    values = (left[:, :count] * size[:count]) @ right[:count]
    return CommonMode(np.where(known, values, 0.0), explained, count)
