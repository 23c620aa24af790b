"""Rivals that know what was injected: bounds and expectations from the volume.

All use the volume until the last event of the history and nothing after it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from asperity.core.geometry.mechanisms import moment_of_magnitude
from asperity.evt.rivals.distributions import Distribution, TruncatedExponentials
from asperity.evt.rivals.maxima import LargestOfNumber, LargestOfPoisson
from asperity.evt.rivals.protocol import History, Need, Withheld
from asperity.evt.volumes import (
    GAMMA,
    RIGIDITY,
    efficiency_magnitude,
    galis_magnitude,
    mcgarr_magnitude,
    modal_magnitude,
    seismogenic_index,
    total_until,
)

__all__ = [
    "Galis",
    "McGarr",
    "SeismicEfficiency",
    "SeismogenicIndex",
    "VanDerElst",
    "volumetric",
]

UNIT_UNKNOWN = "not stated in the source"


class _Volumetric(ABC):
    """What the rivals of this module share: a volume, a b-value, reasons to withhold."""

    unit_matters = False
    name: ClassVar[str]
    """Name on the command line."""
    needs: ClassVar[frozenset[Need]] = frozenset({"volumes"})

    def forecast(self, history: History) -> Distribution | Withheld:
        """Return the distribution of the next record magnitude, or why there is none."""
        table = history.operations
        if table is None or history.times is None or not {"volume", "rate"} & set(table.columns):
            return Withheld("no volumes")
        if self.unit_matters and table.attributes.get("volume_unit") == UNIT_UNKNOWN:
            return Withheld("the unit of the volumes is not known")
        if not np.isfinite(history.rate):
            return Withheld("all magnitudes equal Mc")
        volume = total_until(table, int(history.times[-1]), history.time_unit)
        if not volume > 0.0:
            return Withheld("nothing was injected before the last event")
        return self._with_volume(history, volume)

    @abstractmethod
    def _with_volume(self, history: History, volume: float) -> Distribution | Withheld:
        """Answer with the volume injected so far, m3."""


@dataclass(frozen=True)
class SeismogenicIndex(_Volumetric):
    """Shapiro's seismogenic index: a Poisson number of events for each cubic metre.

    Notes
    -----
    ``Sigma = log10(N/V) + b Mc`` of the history, V in m3; no event at m or above has
    the probability ``exp(-V 10^(Sigma - b m))``. The next record is the largest event of
    a volume like that so far, given that it is a record. The unit of the volume cancels.

    References
    ----------
    Shapiro et al. (2010), doi:10.1190/1.3353727.
    """

    name: ClassVar[str] = "seismogenic-index"

    def _with_volume(self, history: History, volume: float) -> Distribution:
        b = history.rate / np.log(10.0)
        index = seismogenic_index(history.magnitudes.size, volume, b, history.mc)
        return LargestOfPoisson(history.m_max, modal_magnitude(index, volume, b), history.rate)


@dataclass(frozen=True)
class VanDerElst(_Volumetric):
    """Van der Elst's volume form: the largest of as many events as the volume brings.

    Notes
    -----
    ``P(max <= m) = (1 - 10^(-b (m - Mc)))^N`` with ``N = V 10^(Sigma - b Mc)``, V in m3, and
    the mode ``(Sigma + log10 V)/b``; N is fixed where the seismogenic index lets it vary
    by chance. The unit of the volume cancels. With bins the law starts half a bin
    below Mc.

    References
    ----------
    van der Elst et al. (2016), doi:10.1002/2016JB012818.
    """

    name: ClassVar[str] = "van-der-elst"

    def _with_volume(self, history: History, volume: float) -> Distribution:
        b, floor = history.rate / np.log(10.0), history.mc - 0.5 * history.bin_width
        index = seismogenic_index(history.magnitudes.size, volume, b, floor)
        number = volume * 10.0 ** (index - b * floor)
        return LargestOfNumber(history.m_max, floor, history.rate, number)


class _Capped(_Volumetric):
    """A Gutenberg-Richter excess cut at a magnitude that the volume bounds."""

    unit_matters = True

    @abstractmethod
    def largest(self, volume: float) -> float:
        """Return the largest magnitude that a volume allows, m3."""

    def _with_volume(self, history: History, volume: float) -> Distribution | Withheld:
        cap = self.largest(volume)
        if not cap > history.m_max:
            return Withheld(f"the bound, {cap:.2f}, is not above the largest magnitude so far")
        return TruncatedExponentials.single(history.m_max, history.rate, cap)


@dataclass(frozen=True)
class McGarr(_Capped):
    """McGarr's bound: no moment beyond the rigidity times the volume.

    Parameters
    ----------
    rigidity : float, optional
        G, Pa.

    Notes
    -----
    ``M0_max = G V``, V in m3; a Gutenberg-Richter excess cut there. Withheld where an
    event has already gone beyond.

    References
    ----------
    McGarr (2014), doi:10.1002/2013JB010597.
    """

    name: ClassVar[str] = "mcgarr"
    rigidity: float = RIGIDITY

    def largest(self, volume: float) -> float:
        """Return the largest magnitude that a volume allows, m3."""
        return mcgarr_magnitude(volume, self.rigidity)


@dataclass(frozen=True)
class Galis(_Capped):
    """Galis' bound: no self-arrested rupture beyond a power of the volume.

    Parameters
    ----------
    gamma : float, optional
        N m^(-7/2).

    Notes
    -----
    ``M0_max = gamma V^(3/2)``, V in m3; a Gutenberg-Richter excess cut there. Runaway
    ruptures have no bound in that theory.

    References
    ----------
    Galis et al. (2017), doi:10.1126/sciadv.aap7528.
    """

    name: ClassVar[str] = "galis"
    gamma: float = GAMMA

    def largest(self, volume: float) -> float:
        """Return the largest magnitude that a volume allows, m3."""
        return galis_magnitude(volume, self.gamma)


@dataclass(frozen=True)
class SeismicEfficiency(_Volumetric):
    """Hallo's seismic efficiency: the moment so far, spent by a Gutenberg-Richter law.

    Notes
    -----
    ``S = sum M0/(mu V)`` of the history; for a volume like that so far the sum of the
    moments is ``S mu V``, so that rigidity and volume cancel. It is spent with one event
    expected at `asperity.evt.volumes.efficiency_magnitude`, and the next record is the
    largest event of such a law, given that it is a record. Needs b below 1.5 and
    magnitudes like Mw.

    References
    ----------
    Hallo et al. (2014), doi:10.1007/s10950-014-9417-4.
    """

    name: ClassVar[str] = "seismic-efficiency"

    def _with_volume(self, history: History, volume: float) -> Distribution | Withheld:
        b = history.rate / np.log(10.0)
        if not b < 1.5:
            return Withheld(f"b is {b:.2f}; the sum of moments needs b below 1.5")
        total = float(moment_of_magnitude(history.magnitudes).sum())
        return LargestOfPoisson(
            history.m_max, efficiency_magnitude(total, b, history.mc), history.rate
        )


def volumetric() -> tuple[_Volumetric, ...]:
    """Return the rivals that need volumes."""
    return SeismogenicIndex(), VanDerElst(), McGarr(), Galis(), SeismicEfficiency()
