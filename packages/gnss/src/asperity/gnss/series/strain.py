"""Strain of a region in time, without jumps where stations come and go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError
from asperity.gnss.series.region import Displacements
from asperity.gnss.series.weights import DERIVED, STRAIN, Weights, along_axes

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["RegionSeries", "daily_weights", "region_series", "smoothed"]

Array = NDArray[np.float64]
START_DAYS = 60
"""Days over which a series is zero in the mean."""


@dataclass(frozen=True)
class RegionSeries:
    """Values of a region in time.

    Parameters
    ----------
    times : ndarray of datetime64, shape (t,)
    years : ndarray, shape (t,)
    values : ndarray, shape (c, t)
        NaN where too few stations are present.
    components : tuple of str
    unit : str
    rate : ndarray, shape (c,)
        Of the background, a year.
    counts : ndarray of int64, shape (t,)
        Stations of each day.
    azimuth : float
        Of the fixed axis e1, degrees clockwise from north; NaN where there is none.
    """

    times: NDArray[np.datetime64]
    years: Array
    values: Array
    components: tuple[str, ...]
    unit: str
    rate: Array
    counts: NDArray[np.int64]
    azimuth: float

    def row(self, component: str) -> Array:
        """Return one component, shape (t,).

        Raises
        ------
        DataError
            If there is no such component.
        """
        if component not in self.components:
            raise DataError(f"component {component!r}; there are {', '.join(self.components[:12])}")
        return np.asarray(self.values[self.components.index(component)])

    def dataset(self) -> xr.Dataset:
        """Return the series as labelled data."""
        import xarray as xr

        variables: dict[str, Any] = {
            name: ("time", values, {"units": self.unit})
            for name, values in zip(self.components, self.values, strict=True)
        }
        variables["n_stations"] = ("time", self.counts)
        return xr.Dataset(
            variables, {"time": self.times}, {"azimuth_e1": self.azimuth, "unit": self.unit}
        )


def daily_weights(weights: Weights, present: NDArray[np.bool_]) -> tuple[Array, NDArray[np.int64]]:
    """Return the weights of each distinct set of stations, and which set each day has.

    Parameters
    ----------
    weights : Weights
    present : ndarray of bool, shape (s, t)

    Returns
    -------
    table : ndarray, shape (k, c, 2 s)
        NaN for sets that fix no value.
    which : ndarray of int64, shape (t,)
    """
    sets, which = np.unique(present, axis=1, return_inverse=True)
    table = np.full((sets.shape[1], len(weights.components), 2 * len(present)), np.nan)
    for k, some in enumerate(sets.T):
        if some.sum() >= weights.least:
            try:
                table[k] = weights.of(some)
            except DataError:
                continue
    return table, np.asarray(which).ravel()


def apply_weights(table: Array, which: NDArray[np.int64], displacements: Array) -> Array:
    """Return values, shape (..., c, t), of displacements, shape (..., 2 s, t).

    Stations without a displacement weigh nothing.
    """
    known = np.nan_to_num(displacements)
    out = np.empty((*known.shape[:-2], table.shape[1], known.shape[-1]))
    for k in range(len(table)):
        days = which == k
        out[..., days] = table[k] @ known[..., days]
    return out


def region_series(displacements: Displacements, weights: Weights) -> RegionSeries:
    """Return what the displacements of a region say of it, day by day.

    Parameters
    ----------
    displacements : Displacements
    weights : Weights

    Raises
    ------
    DataError
        If all stations together fix no value.

    Notes
    -----
    The rate is that of all stations; a day adds what the residuals of the stations
    present say beyond it. A station that comes or goes changes neither the level nor
    the rate, since its own constant, rate and seasons were taken away before.
    Strain gets the components ``dilatation, e1, e2, shear`` along the principal axes of
    the background rate.
    """
    everyone = np.ones(len(displacements.rates) // 2, dtype=bool)
    rate = weights.of(everyone) @ displacements.rates
    table, which = daily_weights(weights, displacements.present)
    values = apply_weights(table, which, displacements.residuals)
    years = displacements.years
    values += rate[:, None] * (years - displacements.reference)
    components = weights.components
    azimuth = float("nan")
    if components == STRAIN:
        matrix, azimuth = along_axes(rate)
        values = np.concatenate([values, matrix @ values])
        rate = np.concatenate([rate, matrix @ rate])
        components = (*STRAIN, *DERIVED)
    for row in values:
        known = np.flatnonzero(np.isfinite(row))
        if known.size:
            row -= row[known[:START_DAYS]].mean()
    return RegionSeries(
        displacements.times, years, values, components, weights.unit, rate,
        displacements.present.sum(axis=0), azimuth,
    )  # fmt: skip


def smoothed(values: Array, days: int = 30) -> Array:
    """Return the running median of the last `days` days, NaN where fewer than half are known.

    One-sided, so that no value depends on what came after it.
    """
    padded = np.concatenate([np.full(days - 1, np.nan), values])
    around = np.lib.stride_tricks.sliding_window_view(padded, days)
    enough = np.isfinite(around).sum(axis=1) >= days / 2
    out = np.full(values.size, np.nan)
    out[enough] = np.nanmedian(around[enough], axis=1)
    return out
