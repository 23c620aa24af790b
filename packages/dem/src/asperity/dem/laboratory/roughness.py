"""Rough faults: self-affine height fields, and the sides and normals that they give."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.dem.laboratory.fault import FaultPlane

if TYPE_CHECKING:
    from asperity.dem.config import Fault

__all__ = ["RoughFault", "SelfAffineSurface", "fault_surface"]

Array = NDArray[np.float64]
#: The surface repeats after so many of its longest wavelengths, and has at most so many waves.
PERIODS, MOST_WAVES = 2, 200_000


@dataclass(frozen=True)
class SelfAffineSurface:
    """A random surface whose power falls as ``k^-(2 + 2 H)`` between two wavelengths.

    Parameters
    ----------
    wave_vectors : ndarray, shape (m, 2)
        rad/m.
    cosines, sines : ndarray, shape (m,)
        Amplitudes of each wave, m.
    period : float
        After which the surface repeats in both directions, m.

    Notes
    -----
    ``h(x) = sum a cos(k.x) + b sin(k.x)`` over the waves of a square lattice in the
    upper half plane of k, with normal a and b of variance ``|k|^-(2 + 2 H)``. A profile along any
    line then has the Hurst exponent H (Candela et al. 2012, doi:10.1029/2011JB009041, give
    0.6 along slip and 0.8 across it).
    """

    wave_vectors: Array
    cosines: Array
    sines: Array
    period: float

    @classmethod
    def drawn(
        cls,
        rms: float,
        hurst: float,
        wavelengths: tuple[float, float],
        rng: np.random.Generator,
    ) -> SelfAffineSurface:
        """Draw a surface.

        Parameters
        ----------
        rms : float
            Root mean square height over a period, m.
        hurst : float
            Between 0 and 1.
        wavelengths : tuple of 2 floats
            Shortest and longest, m.
        rng : numpy.random.Generator

        Raises
        ------
        InputError
            If the wavelengths are not positive and ascending, or too far apart.

        Examples
        --------
        >>> rng = np.random.default_rng(0)
        >>> surface = SelfAffineSurface.drawn(1e-4, 0.8, (2e-3, 2e-2), rng)
        >>> float(np.sqrt(0.5 * np.sum(surface.cosines**2 + surface.sines**2)).round(9))
        0.0001
        """
        shortest, longest = wavelengths
        if not 0.0 < shortest < longest < math.inf:
            raise InputError(
                f"roughness: wavelengths are {shortest} and {longest} m; a positive shortest and a "
                "longer longest one are needed"
            )
        period = PERIODS * longest
        most = math.floor(period / shortest)
        if math.pi * most**2 / 2.0 > MOST_WAVES:
            raise InputError(
                f"roughness: wavelengths from {shortest} to {longest} m make more than "
                f"{MOST_WAVES} waves; raise the shortest (a grain's diameter is enough)"
            )
        ticks = np.arange(-most, most + 1)
        p, q = (k.ravel() for k in np.meshgrid(ticks, ticks, indexing="ij"))
        number = np.hypot(p, q)
        upper = (p > 0) | ((p == 0) & (q > 0))
        chosen = upper & (number <= period / shortest) & (number >= period / longest)
        vectors = 2.0 * math.pi / period * np.column_stack([p, q])[chosen]
        weight = number[chosen] ** -(1.0 + hurst)
        cosines, sines = weight * rng.normal(size=(2, len(weight)))
        scale = rms / math.sqrt(0.5 * float(np.sum(cosines**2 + sines**2)))
        return cls(vectors, scale * cosines, scale * sines, period)

    def heights(self, places: Array) -> Array:
        """Return the heights at places, shape (n, 2) in m, shape (n,), m."""
        phase = np.asarray(places, float) @ self.wave_vectors.T
        return np.asarray(np.cos(phase) @ self.cosines + np.sin(phase) @ self.sines)

    def slopes(self, places: Array) -> Array:
        """Return the gradient of the heights at places, shape (n, 2)."""
        phase = np.asarray(places, float) @ self.wave_vectors.T
        along = np.cos(phase) * self.sines - np.sin(phase) * self.cosines
        return np.asarray(along @ self.wave_vectors)


@dataclass(frozen=True)
class RoughFault(FaultPlane):
    """A fault plane with a height field on it.

    Parameters
    ----------
    angle : float
        Between the mean plane and the axis, degrees.
    surface : SelfAffineSurface
        Heights over the mean plane, towards the upper side, at dip and strike coordinates.
    """

    surface: SelfAffineSurface

    def sides(self, positions: Array) -> NDArray[np.bool_]:
        """Return which points lie above the surface."""
        c = self.coordinates(positions)
        return np.asarray(c[:, 2] > self.surface.heights(c[:, :2]))

    def normals(self, places: Array) -> Array:
        """Return the unit normals of the surface at dip and strike coordinates, shape (n, 3)."""
        slopes = self.surface.slopes(places)
        steep = self.normal - slopes[:, :1] * self.dip - slopes[:, 1:] * self.strike
        return np.asarray(steep / np.linalg.norm(steep, axis=1)[:, None])


def fault_surface(fault: Fault, rng: np.random.Generator) -> FaultPlane:
    """Return the fault of a configuration, rough where it says so."""
    if fault.roughness == 0.0:
        return FaultPlane(fault.angle)
    surface = SelfAffineSurface.drawn(fault.roughness, fault.hurst, fault.wavelengths, rng)
    return RoughFault(fault.angle, surface)
