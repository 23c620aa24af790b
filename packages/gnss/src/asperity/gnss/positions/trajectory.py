"""The model of a station's motion: rate, seasons, steps and relaxation after earthquakes.

x(t) = a + v (t - t0) + sum_k [s_k sin 2 pi k t + c_k cos 2 pi k t] + sum_j b_j H(t - t_j)
     + sum_m [A_m ln(1 + (t - T_m) / tau_m) + B_m (1 - exp(-(t - T_m) / tau_m))] H(t - T_m),

t in years; Bevis & Brown 2014, Journal of Geodesy 88, 283-311,
doi:10.1007/s00190-013-0685-5; Nikolaidis 2002.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.gnss.positions.series import PositionSeries

__all__ = ["Offset", "Relaxation", "Trajectory", "best_times", "seasons_of", "with_relaxation"]

Array = NDArray[np.float64]
SEASONAL_SPAN = 2.5
"""Years below which seasons are not told from a rate."""
_TAU_RANGE = {"log": (0.01, 10.0), "exp": (0.05, 10.0)}
_TAU_START = {"log": 0.1, "exp": 1.0}


@dataclass(frozen=True)
class Offset:
    """A time at which a station may have moved at once.

    Parameters
    ----------
    year : float
        Years of 365.25 days.
    kind : {"equipment", "earthquake"}
    label : str
        What happened, such as the name of an earthquake.
    magnitude, distance : float
        Of an earthquake, and its distance in km; NaN where not known.
    """

    year: float
    kind: Literal["equipment", "earthquake"] = "equipment"
    label: str = ""
    magnitude: float = math.nan
    distance: float = math.nan


@dataclass(frozen=True)
class Relaxation:
    """Motion that decays after an earthquake.

    Parameters
    ----------
    year : float
    law : {"log", "exp"}
    tau : float
        Years.
    time : {"given", "estimated"}
        An estimated tau adds the derivative of the decay with respect to ln tau to the
        model, so that the errors of all parameters allow for it.
    """

    year: float
    law: Literal["log", "exp"] = "log"
    tau: float = 0.1
    time: Literal["given", "estimated"] = "given"

    def values(self, years: Array) -> Array:
        """Return ln(1 + t / tau), or 1 - exp(-t / tau), after the event, 0 before."""
        after = np.maximum(years - self.year, 0.0)
        if self.law == "log":
            return np.asarray(np.log1p(after / self.tau))
        return np.asarray(-np.expm1(-after / self.tau))

    def columns(self, years: Array) -> list[Array]:
        """Return what stands for the decay in a linear model."""
        values = self.values(years)
        if self.time == "given":
            return [values]
        after = np.maximum(years - self.year, 0.0) / self.tau
        slope = after / (1.0 + after) if self.law == "log" else after * np.exp(-after)
        return [values, slope]


@dataclass(frozen=True)
class Trajectory:
    """A linear model of positions in time.

    Parameters
    ----------
    reference : float
        Year at which the constant is the position.
    periods : tuple of float
        Of the seasons, years.
    offsets : tuple of Offset
    relaxations : tuple of Relaxation

    Examples
    --------
    >>> model = Trajectory(2010.0, (1.0,), (Offset(2011.2),))
    >>> model.names
    ('constant', 'rate', 'sin 1', 'cos 1', 'offset 2011.200')
    >>> model.design([2010.0, 2012.0]).shape
    (2, 5)
    """

    reference: float
    periods: tuple[float, ...] = (1.0, 0.5)
    offsets: tuple[Offset, ...] = ()
    relaxations: tuple[Relaxation, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        seasons = [f"{part} {period:g}" for period in self.periods for part in ("sin", "cos")]
        steps = [f"offset {offset.year:.3f}" for offset in self.offsets]
        decays = []
        for r in self.relaxations:
            decays.append(f"{r.law} {r.year:.3f}")
            if r.time == "estimated":
                decays.append(f"ln tau {r.year:.3f}")
        return ("constant", "rate", *seasons, *steps, *decays)

    @property
    def first_offset(self) -> int:
        """Index of the first offset among the parameters."""
        return 2 + 2 * len(self.periods)

    def design(self, years: ArrayLike) -> Array:
        """Return the design matrix, shape (n, p); a step counts from its time on."""
        t = np.asarray(years, dtype=np.float64)
        columns = [np.ones_like(t), t - self.reference]
        for period in self.periods:
            phase = 2.0 * np.pi * t / period
            columns += [np.sin(phase), np.cos(phase)]
        columns += [(t >= offset.year).astype(np.float64) for offset in self.offsets]
        for relaxation in self.relaxations:
            columns += relaxation.columns(t)
        return np.column_stack(columns)

    def without_offset(self, index: int) -> Trajectory:
        """Return the model without one of its offsets, and what decays after it."""
        gone = self.offsets[index]
        return replace(
            self,
            offsets=self.offsets[:index] + self.offsets[index + 1 :],
            relaxations=tuple(r for r in self.relaxations if r.year != gone.year),
        )

    def seen_in(self, years: Array) -> Trajectory:
        """Return the model without offsets that no epoch lies before, or none after.

        Of several offsets between the same two epochs the one of the largest magnitude stays.
        """
        places: dict[int, Offset] = {}
        for offset in self.offsets:
            place = int(np.searchsorted(years, offset.year))
            if not 0 < place < years.size:
                continue
            other = places.get(place)
            if other is None or np.nan_to_num(offset.magnitude) > np.nan_to_num(other.magnitude):
                places[place] = offset
        kept = tuple(sorted(places.values(), key=lambda offset: offset.year))
        known = {offset.year for offset in kept}
        relaxations = tuple(r for r in self.relaxations if r.year in known)
        return replace(self, offsets=kept, relaxations=relaxations)


def seasons_of(span: float, periods: Sequence[float] = (1.0, 0.5)) -> tuple[float, ...]:
    """Return the periods that a span of years can tell from a rate: none below 2.5."""
    return tuple(periods) if span >= SEASONAL_SPAN else ()


def with_relaxation(model: Trajectory, law: Literal["log", "exp"], after: Offset) -> Trajectory:
    """Return the model with a decay that begins with an offset, its time still a guess."""
    decay = Relaxation(after.year, law, _TAU_START[law])
    return replace(model, relaxations=(*model.relaxations, decay))


def best_times(model: Trajectory, series: PositionSeries) -> Trajectory:
    """Return the model with the relaxation times that fit best, common to all components.

    Parameters
    ----------
    model : Trajectory
    series : PositionSeries

    Returns
    -------
    Trajectory
        log10 tau is found by a bounded search, one decay after the other, twice.
    """
    from scipy.optimize import minimize_scalar

    years, positions = series.years, series.positions
    sigma = np.where(np.isnan(series.deviations), 1.0, series.deviations)
    sigma = sigma.mean(axis=1, keepdims=True)

    def misfit(tried: Trajectory) -> float:
        a = _with_times(tried, "given").design(years)
        q, _ = np.linalg.qr(a)
        left = positions - (positions @ q) @ q.T
        return float(((left / sigma) ** 2).sum())

    for _ in range(2 if len(model.relaxations) > 1 else 1):
        for place, decay in enumerate(model.relaxations):
            low, high = (math.log10(v) for v in _TAU_RANGE[decay.law])
            found = minimize_scalar(
                lambda x, m=model, k=place: misfit(_with_tau(m, k, 10.0**x)),
                bounds=(low, high), method="bounded", options={"xatol": 0.01},
            )  # fmt: skip
            model = _with_tau(model, place, 10.0 ** float(found.x))
    return _with_times(model, "estimated")


def _with_times(model: Trajectory, time: Literal["given", "estimated"]) -> Trajectory:
    return replace(model, relaxations=tuple(replace(r, time=time) for r in model.relaxations))


def _with_tau(model: Trajectory, place: int, tau: float) -> Trajectory:
    """Return the model with another time of one of its decays."""
    decays = list(model.relaxations)
    decays[place] = replace(decays[place], tau=tau)
    return replace(model, relaxations=tuple(decays))
