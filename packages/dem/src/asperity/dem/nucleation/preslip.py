"""Cascade or preslip: slip without emissions, and what brings contacts to failure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.stats import spearmanr

from asperity.core.catalog import Catalog
from asperity.dem.nucleation.episodes import Episode

__all__ = ["Failures", "MainshockSlip", "Preslip", "failures", "mainshock_slip", "preslip"]

Array = NDArray[np.float64]
#: Path by which a joint has slipped, m.
SLIPPED = 1e-6
#: Parts of the time before a mainshock in which the growth of slip is told.
PARTS = 10


@dataclass(frozen=True)
class Preslip:
    """Slip of the fault before a mainshock, inside and outside of its emissions.

    Parameters
    ----------
    seismic, aseismic : float
        Moments, N m.
    times : ndarray, shape (k,)
        Ends of equal parts of the time before the mainshock, s since the loading began.
    seismic_growth, aseismic_growth : ndarray, shape (k,)
        Moments up to these times, N m.
    distances : ndarray, shape (k,)
        From the centroid of the aseismic slip of each part to the hypocentre of the
        mainshock, m; NaN without slip.
    migration : float
        Spearman's correlation of distance with time: negative towards the hypocentre.
    migration_p : float
        Its p against no correlation, two-sided.
    """

    seismic: float
    aseismic: float
    times: Array
    seismic_growth: Array
    aseismic_growth: Array
    distances: Array
    migration: float
    migration_p: float

    @property
    def aseismic_share(self) -> float:
        """Share of the moment that slips outside of emissions."""
        whole = self.seismic + self.aseismic
        return self.aseismic / whole if whole > 0.0 else float("nan")


def preslip(
    contacts: xr.Dataset,
    emitted: Catalog,
    mainshock: float,
    hypocentre: Array,
    *,
    begin: float = 0.0,
    shear_modulus: float = 22e9,
) -> Preslip:
    """Measure the slip of the fault outside the time of emissions, before a mainshock.

    Parameters
    ----------
    contacts : xarray.Dataset
        Sampled joints with ``slip``; an interval between two samples counts as seismic where
        an emission of the fault touches it.
    emitted : Catalog
        Acoustic emissions.
    mainshock : float
        Time of its first event, s since the loading began.
    hypocentre : ndarray, shape (3,)
        Of the mainshock, m.
    begin : float
        Start of the cycle, s.
    shear_modulus : float
        Pa.

    Notes
    -----
    The moment of a joint in an interval is ``G A du``, with the path u of its slip. A fault
    that slips everywhere while one place emits counts as seismic meanwhile: the aseismic
    share is a lower bound.
    """
    time = contacts["time"].values
    inside = np.flatnonzero((time >= begin) & (time < mainshock))
    if len(inside) < 2:
        nothing = np.zeros(0)
        return Preslip(0.0, 0.0, nothing, nothing, nothing, nothing, np.nan, np.nan)
    t = time[inside]
    slip = contacts["slip"].values[inside].astype(float)
    moment = shear_modulus * contacts["area"].values * np.maximum(np.diff(slip, axis=0), 0.0)
    loud = _touched(t, emitted, mainshock)
    place = np.column_stack([contacts[k].values for k in "xyz"])
    edges = np.linspace(t[0], mainshock, PARTS + 1)
    part = np.clip(np.searchsorted(edges, t[1:], side="left") - 1, 0, PARTS - 1)
    each = moment.sum(axis=1)
    seismic = np.bincount(part[loud], weights=each[loud], minlength=PARTS)
    quiet = np.bincount(part[~loud], weights=each[~loud], minlength=PARTS)
    distances = np.full(PARTS, np.nan)
    for k in range(PARTS):
        weight = moment[(part == k) & ~loud].sum(axis=0)
        if weight.sum() > 0.0:
            centre = weight @ place / weight.sum()
            distances[k] = np.linalg.norm(centre - hypocentre)
    known = np.isfinite(distances)
    rho, p = np.nan, np.nan
    if known.sum() > 3 and np.ptp(distances[known]) > 0.0:
        rho, p = spearmanr(np.flatnonzero(known), distances[known])
    return Preslip(
        float(seismic.sum()), float(quiet.sum()), edges[1:], np.cumsum(seismic), np.cumsum(quiet),
        distances, float(rho), float(p),
    )  # fmt: skip


def _touched(t: Array, emitted: Catalog, mainshock: float) -> NDArray[np.bool_]:
    """Return which intervals between samples an emission of the fault touches."""
    begin = emitted["time"] * 1e-9
    on_fault = (emitted["n_fault"] > 0) & (begin < mainshock)
    begin = begin[on_fault]
    end = begin + emitted["duration"][on_fault]
    # Intervals k: (t[k], t[k + 1]]; counted up where an emission begins and down after it.
    first = np.clip(np.searchsorted(t, begin, side="left") - 1, 0, len(t) - 1)
    last = np.clip(np.searchsorted(t, end, side="left") - 1, 0, len(t) - 1)
    change = np.zeros(len(t) + 1)
    np.add.at(change, first, 1.0)
    np.add.at(change, last + 1, -1.0)
    return np.asarray(np.cumsum(change)[: len(t) - 1] > 0.0)


@dataclass(frozen=True)
class MainshockSlip:
    """Slip of the whole fault in a mainshock, whether or not it emits.

    Parameters
    ----------
    share : float
        Of the fault's area, of joints that slipped by more than a micrometre.
    moment : float
        N m.
    """

    share: float
    moment: float


def mainshock_slip(
    contacts: xr.Dataset, begin: float, end: float, *, shear_modulus: float = 22e9
) -> MainshockSlip:
    """Measure the slip of the joints of a fault between two moments.

    Parameters
    ----------
    contacts : xarray.Dataset
        Sampled joints with ``slip``.
    begin, end : float
        s since the loading began.
    shear_modulus : float
        Pa.

    Notes
    -----
    ``M0 = sum G A du``. A joint of a bonded fault breaks once: the moment of a mainshock's
    emissions misses the slip of joints that had broken before, this one does not.
    """
    slip = contacts["slip"]
    first, last = (slip.sel(time=t, method="nearest").values.astype(float) for t in (begin, end))
    moved = np.maximum(last - first, 0.0)
    area = contacts["area"].values
    return MainshockSlip(
        float(area[moved > SLIPPED].sum() / area.sum()), float(shear_modulus * (area @ moved))
    )


@dataclass(frozen=True)
class Failures:
    """Contacts that came to failure in foreshocks: by the stress of others, or by loading.

    Parameters
    ----------
    by_jump : int
        Whose remaining strength was used up mostly while other places emitted.
    by_slope : int
        Mostly between emissions.
    undetermined : int
        Who had more strength left at the last sample before their failure than in the
        beginning: what took it came with the failure itself.
    """

    by_jump: int
    by_slope: int
    undetermined: int

    @property
    def total(self) -> int:
        """Contacts that failed and can be told."""
        return self.by_jump + self.by_slope


def failures(
    contacts: xr.Dataset, emitted: Catalog, episodes: list[Episode], mainshock: float
) -> Failures:
    """Tell what brought contacts to failure in the episodes before a mainshock.

    A contact fails in the episode in which its slip begins: at most a micrometre of path
    at the episode's begin and more at its end. What used up its strength, the shear force
    that it bears less the shear force, is summed over the samples from the begin to the
    last one before it slips, those that an emission touches apart from the others. The
    failure itself, in which its own force falls, has no part in it.

    Parameters
    ----------
    contacts : xarray.Dataset
        Sampled joints, see `asperity.dem.laboratory.results.contacts_dataset`.
    emitted : Catalog
        Emissions of the fault before the mainshock.
    episodes : list of Episode
    mainshock : float
        Its time, s since the loading began.
    """
    time = contacts["time"].values
    slipped = contacts["slip"].values > SLIPPED
    left = contacts["strength"].values.astype(float) - contacts["shear_force"].values
    loud = _touched(time, emitted, mainshock)
    by_jump = by_slope = undetermined = 0
    for episode in episodes:
        rows = np.flatnonzero((time >= episode.begin) & (time < episode.end))
        if len(rows) < 2:
            continue
        window = slipped[rows]
        for c in np.flatnonzero(~window[0] & window[-1]):
            before = rows[: int(np.argmax(window[:, c]))]
            used = -np.diff(left[before, c])
            touched = loud[before[:-1]]
            jump, slope = float(used[touched].sum()), float(used[~touched].sum())
            if max(jump, slope) <= 0.0:
                undetermined += 1
            elif jump > slope:
                by_jump += 1
            else:
                by_slope += 1
    return Failures(by_jump, by_slope, undetermined)
