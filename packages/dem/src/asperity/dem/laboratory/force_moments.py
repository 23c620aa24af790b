"""Moment tensors of emissions from the forces around them, after Hazzard & Young."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.stats import spearmanr

from asperity.core.catalog import Catalog
from asperity.core.geometry.mechanisms import scalar_moment, tensor_components
from asperity.dem.laboratory.sources import LONGEST_CROSSING, RUPTURE_SPEED

__all__ = ["ForceMoments", "compare_moments", "force_tensor"]

Array = NDArray[np.float64]


def force_tensor(change: Array, net: Array, centre: Array) -> Array:
    """Return the moment tensor of what a source does to its surroundings.

    Parameters
    ----------
    change : ndarray, shape (..., 6)
        Change of the sum of F_i x_j over the contacts of the grains of the source, symmetric
        part (xx, yy, zz, xy, xz, yz), N m; F acts on the grains.
    net : ndarray, shape (..., 3)
        Change of the sum of F, N.
    centre : ndarray, shape (3,)
        Of the source, m.

    Returns
    -------
    ndarray, shape (..., 3, 3)
        ``M_ij = -sum dF_i (x_j - X_j)``, symmetric part, N m. With the minus sign forces are those
        of the source on what is around it: a crack that opens pushes, and has a positive trace.
    """
    xx, yy, zz, xy, xz, yz = np.moveaxis(np.asarray(change, float), -1, 0)
    rows = [np.stack(row, axis=-1) for row in ((xx, xy, xz), (xy, yy, yz), (xz, yz, zz))]
    about = net[..., :, None] * centre
    return np.asarray(0.5 * (about + np.swapaxes(about, -1, -2)) - np.stack(rows, axis=-2))


@dataclass(frozen=True)
class ForceMoments:
    """Moment tensors of emissions from the virials that a run has kept around its events.

    Parameters
    ----------
    sources : xarray.Dataset
        See `asperity.dem.laboratory.sources.sources_dataset`.
    mean_radius : float
        Of the grains, m.

    Notes
    -----
    Hazzard & Young (2002) sum over the contacts on the boundary of the source volume, the
    grains within one mean diameter of its cracks: ``M_ij = sum dF_i R_j``, dF the change of
    the contact's force since just before the first crack and R its place from the centroid.
    Contacts within the volume act on two of its grains with opposite forces at one place, so
    that the sum over all contacts of its grains is the same. It is taken at each sample
    until a crack could have crossed the source at half the S-wave speed since the last one,
    and the tensor of the largest scalar moment is kept.

    In an elastic body the surface of the volume carries only a part of the moment of the
    dislocation within, for the volume itself is strained: for a sphere
    ``(7 - 5 nu) / (15 (1 - nu))`` of its deviatoric part and ``2 (1 - 2 nu) / (3 (1 - nu))`` of its
    isotropic one, 0.51 and 0.44 at nu = 1/4 (Eshelby 1957).

    References
    ----------
    Hazzard & Young 2002, Tectonophysics 356, 181-197; 2004, International Journal of Rock
    Mechanics and Mining Sciences 41, 1365-1376. Eshelby 1957, doi:10.1098/rspa.1957.0133.
    """

    sources: xr.Dataset
    mean_radius: float

    def __call__(self, elementary: Catalog, labels: NDArray[np.int64], centres: Array) -> Array:
        """Return the tensors of emissions, N m.

        Parameters
        ----------
        elementary : Catalog
            Of the same run.
        labels : ndarray of int, shape (n,)
            Emission of each elementary event.
        centres : ndarray, shape (m, 3)
            Of the emissions, m.

        Returns
        -------
        ndarray, shape (m, 6)
            In the order of the catalog's columns. NaN for an emission whose forces have not been
            kept: it lasted longer than ``numerics.source_window``, its members follow each other
            in a wider window or reach than those of bursts, or the run ended before a sample.
        """
        source = self.sources["source"].values[elementary["event_id"].astype(np.int64)]
        begin = elementary["time"] * 1e-9
        end = begin + elementary["duration"]
        places = np.column_stack([elementary[k] for k in "xyz"])
        tensors = np.full((len(centres), 6), np.nan)
        order = np.argsort(labels, kind="stable")
        bounds = np.searchsorted(labels[order], np.arange(1, len(centres)))
        for emission, members in enumerate(np.split(order, bounds) if len(order) else ()):
            burst = np.unique(source[members])
            if len(burst) != 1 or burst[0] < 0:
                continue
            found = self._tensors(
                int(burst[0]), float(begin[members].min()), float(end[members].max()),
                places[members], centres[emission],
            )  # fmt: skip
            if len(found):
                components = tensor_components(found)
                tensors[emission] = components[np.argmax(scalar_moment(components))]
        return tensors

    def _tensors(
        self, burst: int, first: float, last: float, places: Array, centre: Array
    ) -> Array:
        """Return the tensors at the samples from the first crack on, shape (m, 3, 3)."""
        time, centres, virials = self._burst(burst)
        extent = float(np.linalg.norm(np.ptp(places, axis=0))) + 4.0 * self.mean_radius
        until = last + min(extent / RUPTURE_SPEED, LONGEST_CROSSING)
        # Times of the catalog are whole nanoseconds, far less than half a step.
        half = 0.5 * float(self.sources.attrs["time_step"])
        before = np.searchsorted(time, first - half) - 1
        after = np.searchsorted(time, until + half)
        apart = np.linalg.norm(centres[:, None] - places, axis=-1).min(axis=1)
        within = virials[before:after, apart <= 2.0 * self.mean_radius].astype(float).sum(axis=1)
        change = within[1:] - within[0]
        return force_tensor(change[:, :6], change[:, 6:], centre)

    def _burst(self, burst: int) -> tuple[Array, Array, NDArray[np.float32]]:
        """Return samples' times, grains' places and virials of a burst."""
        samples, grains = self.sources["samples"].values, self.sources["grains"].values
        m, g = int(samples[burst]), int(grains[burst])
        sample, member = int(samples[:burst].sum()), int(grains[:burst].sum())
        row = int((samples[:burst] * grains[:burst]).sum())
        places = np.column_stack([self.sources[k].values[member : member + g] for k in "xyz"])
        virials = self.sources["virial"].values[row : row + m * g]
        return self.sources["time"].values[sample : sample + m], places, virials.reshape(m, g, -1)


def compare_moments(by_potency: Catalog, by_force: Catalog) -> dict[str, Any]:
    """Compare the moments of the same emissions by potency and by forces.

    Returns
    -------
    dict
        ``compared`` emissions that have both, ``without_tensor`` those that have none by forces;
        quartiles of the ratio of the scalar moments, force over potency, ``ratio_low``, ``ratio``
        and ``ratio_high``; Spearman's ``rank_correlation``; ``same_type`` share of emissions of
        the same source type. None where nothing can be compared.
    """
    one, other = by_potency["moment"], by_force["moment"]
    both = np.isfinite(other) & (other > 0.0) & (one > 0.0)
    told: dict[str, Any] = {
        "compared": int(both.sum()), "without_tensor": int(np.isnan(other).sum())
    }  # fmt: skip
    keys = ("ratio_low", "ratio", "ratio_high", "rank_correlation", "same_type")
    if both.sum() < 2:
        return told | dict.fromkeys(keys)
    types = [c.texts("source_type")[both] for c in (by_potency, by_force)]
    values = (
        *np.quantile(other[both] / one[both], [0.25, 0.5, 0.75]),
        spearmanr(one[both], other[both]).statistic, (types[0] == types[1]).mean(),
    )  # fmt: skip
    return told | {k: float(v) for k, v in zip(keys, values, strict=True)}
