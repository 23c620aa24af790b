"""Fluid injected into a fault: pressure that diffuses along it, and the table of operations."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RegularGridInterpolator
from scipy.sparse import coo_array, diags_array
from scipy.sparse.linalg import splu

from asperity.core.errors import InputError
from asperity.core.operations import Operations

if TYPE_CHECKING:
    from asperity.dem.config import Injection

__all__ = ["FaultInjection", "injected", "radial_pressure"]

Array = NDArray[np.float64]
#: Cells of a fault, at most.
MOST_CELLS = 100_000


@dataclass
class FaultInjection:
    """Pressure on a fault of the shape of an ellipse, by finite volumes.

    Parameters
    ----------
    settings : Injection
    half_dip, half_strike : float
        Half axes of the fault, m.
    interval : float
        Between two pressures, s.

    Raises
    ------
    InputError
        If the point of injection lies outside the fault, or the grid is too fine or coarse.

    Notes
    -----
    ``S h dp/dt = k h / eta (laplacian p) + q``, with the permeability k and thickness h of
    the fault, viscosity eta, storage S (1/Pa), on squares of `spacing`; backward Euler steps of
    one interval, with the mean rate within it. Where the rim is sealed nothing flows through
    it, where it is drained the excess pressure there is zero. Pressure depends on the number
    of the interval alone, so that a test that is resumed finds it again.

    Examples
    --------
    >>> from asperity.dem.config import Injection
    >>> fluid = FaultInjection(Injection(rates=(1e-7,), times=(0.0,)), 0.04, 0.02, 1e-4)
    >>> fluid.advance(50)
    >>> round(fluid.stored / injected(fluid.settings, 50 * 1e-4), 9)
    1.0
    """

    settings: Injection
    half_dip: float
    half_strike: float
    interval: float
    pressures: Array = field(init=False, repr=False)
    count: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        s = self.settings
        self._ticks = [
            s.spacing
            * (np.arange(2 * math.ceil(half / s.spacing)) - math.ceil(half / s.spacing) + 0.5)
            for half in (self.half_dip, self.half_strike)
        ]
        dip, strike = np.meshgrid(*self._ticks, indexing="ij")
        self._inside = (dip / self.half_dip) ** 2 + (strike / self.half_strike) ** 2 <= 1.0
        cells = int(self._inside.sum())
        if not 12 <= cells <= MOST_CELLS:
            raise InputError(
                f"injection.spacing = {s.spacing} m: {cells} cells on the fault; between 12 and "
                f"{MOST_CELLS} are needed"
            )
        if (s.dip / self.half_dip) ** 2 + (s.strike / self.half_strike) ** 2 > 1.0:
            raise InputError(
                f"injection at dip {s.dip}, strike {s.strike} m lies outside the fault, whose half "
                f"axes are {self.half_dip:.4g} and {self.half_strike:.4g} m"
            )
        self._capacity = s.storage * s.thickness * s.spacing**2
        conductance = s.permeability * s.thickness / s.viscosity
        # The rim is half a cell away.
        through_rim = {"sealed": 0.0, "drained": 2.0 * conductance}[s.rim]
        flow = _conductances(self._inside, conductance, through_rim)
        step = diags_array(np.full(cells, self._capacity / self.interval)) + flow
        self._solve = splu(step.tocsc()).solve
        away = (dip[self._inside] - s.dip) ** 2 + (strike[self._inside] - s.strike) ** 2
        self._source = int(np.argmin(away))
        self.pressures = np.zeros(cells)
        self._at_point = [0.0]

    def advance(self, count: int) -> None:
        """Go on to the end of so many intervals, from the first one if that is in the past."""
        if count < self.count:
            self.pressures, self.count = np.zeros_like(self.pressures), 0
            self._at_point = [0.0]
        while self.count < count:
            begin = self.count * self.interval
            volume = injected(self.settings, begin + self.interval)
            load = self._capacity / self.interval * self.pressures
            load[self._source] += (volume - injected(self.settings, begin)) / self.interval
            self.pressures = self._solve(load)
            self.count += 1
            self._at_point.append(float(self.pressures[self._source]))

    def at(self, places: Array) -> Array:
        """Return the pressure at dip and strike coordinates, shape (n, 2) in m, shape (n,), Pa."""
        shape = self._inside.shape
        grid, weight = np.zeros(shape), self._inside.astype(float)
        grid[self._inside] = self.pressures
        options: dict[str, Any] = {"bounds_error": False, "fill_value": None}
        low, high = ([t[0] for t in self._ticks], [t[-1] for t in self._ticks])
        within = np.clip(places, low, high)
        value = RegularGridInterpolator(self._ticks, grid, **options)(within)
        share = RegularGridInterpolator(self._ticks, weight, **options)(within)
        # Beside the rim from the cells within it alone; beyond it nothing is known.
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(share > 1e-9, value / share, 0.0)

    @property
    def stored(self) -> float:
        """Volume that the pressure holds in the fault, m3."""
        return float(self._capacity * self.pressures.sum())

    def operations(self) -> Operations:
        """Return rate, volume and pressure at the point, at the end of each interval so far."""
        seconds = self.interval * np.arange(self.count + 1)
        volume = np.array([injected(self.settings, t) for t in seconds])
        return Operations(
            np.round(seconds * 1e9).astype(np.int64),
            {
                "rate": np.array([_rate(self.settings, t) for t in seconds]),
                "volume": volume,
                "pressure": np.array(self._at_point),
            },
            time_frame="relative",
            attributes={"source": "injection into the fault of a laboratory test"},
        )


def _conductances(inside: NDArray[np.bool_], between: float, through_rim: float) -> Any:
    """Return the matrix of flow out of each cell over pressures, m3/(s Pa)."""
    number = np.full(inside.shape, -1)
    number[inside] = np.arange(int(inside.sum()))
    cells = int(inside.sum())
    rows: list[Array] = []
    columns: list[Array] = []
    values: list[Array] = []
    diagonal = np.zeros(cells)
    padded = np.pad(number, 1, constant_values=-1)
    for axis in (0, 1):
        for step in (-1, 1):
            other = np.roll(padded, -step, axis=axis)[1:-1, 1:-1][inside]
            own = number[inside]
            joined = other >= 0
            rows.append(own[joined])
            columns.append(other[joined])
            values.append(np.full(int(joined.sum()), -between))
            diagonal += np.where(joined, between, through_rim)
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return coo_array(entries, shape=(cells, cells)) + diags_array(diagonal)


def _rate(settings: Injection, seconds: float) -> float:
    """Return the rate from a time on, m3/s."""
    last = int(np.searchsorted(settings.times, seconds, side="right")) - 1
    return settings.rates[last] if last >= 0 else 0.0


def injected(settings: Injection, seconds: float) -> float:
    """Return the volume injected until a time since the loading began, m3."""
    edges = np.append(settings.times, math.inf)
    spans = np.clip(np.minimum(edges[1:], seconds) - edges[:-1], 0.0, None)
    return float(np.dot(settings.rates, spans))


def radial_pressure(settings: Injection, distances: Array, seconds: float) -> Array:
    """Return the pressure around a point of a fault without end, shape (n,), Pa.

    Parameters
    ----------
    settings : Injection
        Its rates are superposed.
    distances : ndarray, shape (n,)
        From the point, m.
    seconds : float
        Since the loading began.

    Notes
    -----
    ``sum of dq eta / (4 pi k h) E1(r^2 / (4 D (t - t_i)))`` with D = k / (eta S) over the
    changes dq of the rate (Theis 1935, doi:10.1029/TR016i002p00519).

    Examples
    --------
    >>> from asperity.dem.config import Injection
    >>> radial_pressure(Injection(rates=(1e-7,), times=(0.0,)), np.array([5e-3]), 1e-3).round()
    array([696798.])
    """
    from scipy.special import exp1

    s = settings
    diffusivity = s.permeability / (s.viscosity * s.storage)
    total = np.zeros(len(distances))
    for when, change in zip(s.times, np.diff(s.rates, prepend=0.0), strict=True):
        if seconds > when:
            total += change * exp1(distances**2 / (4.0 * diffusivity * (seconds - when)))
    return np.asarray(total * s.viscosity / (4.0 * math.pi * s.permeability * s.thickness))
