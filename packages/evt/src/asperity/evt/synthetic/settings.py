"""Sequences of a known law, of exactly so many events."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.statistics.synthetic import (
    Etas,
    GutenbergRichter,
    InjectionResponse,
    etas_catalog,
    injection_catalog,
)

__all__ = ["Process", "Setting"]

Array = NDArray[np.float64]
Process = Literal["poisson", "etas", "injection", "drift"]

_DAY = 86_400.0


@dataclass(frozen=True)
class Setting:
    """One kind of synthetic sequence.

    Parameters
    ----------
    process : {"poisson", "etas", "injection", "drift"}
        What drives the times; ``drift`` lets b fall by `b_change` from the first event
        to the last, and so breaks what the forecasts assume.
    n_events : int
    b : float
        At the first event.
    m_max : float
        Above the smallest magnitude; infinite for no cut.
    b_change : float
    branching_ratio : float
        Of ``etas``.

    Raises
    ------
    InputError
        If a parameter is out of range.

    Examples
    --------
    >>> Setting("poisson", 50).draw(np.random.default_rng(1)).size
    50
    """

    process: Process = "poisson"
    n_events: int = 1000
    b: float = 1.0
    m_max: float = math.inf
    b_change: float = 0.5
    branching_ratio: float = 0.5

    def __post_init__(self) -> None:
        if self.process not in get_args(Process):
            raise InputError(f"process {self.process!r}; known are {', '.join(get_args(Process))}")
        if self.n_events < 2 or not (self.b > 0.0 and self.m_max > 0.0):
            raise InputError(
                f"{self.n_events} events, b {self.b}, m_max {self.m_max}; give 2 events or more, "
                "and numbers above 0"
            )
        if self.process == "drift" and not self.b_change < self.b:
            raise InputError(f"b falls by {self.b_change} from {self.b}; it must stay above 0")

    @property
    def label(self) -> str:
        """What a table calls it."""
        parts = [self.process, f"n {self.n_events}", f"b {self.b:g}"]
        if self.process == "drift":
            parts[-1] += f" to {self.b - self.b_change:g}"
        if math.isfinite(self.m_max):
            parts.append(f"Mmax {self.m_max:g}")
        return ", ".join(parts)

    def draw(self, rng: np.random.Generator) -> Array:
        """Draw the magnitudes of one sequence, in order of time, from 0 up.

        Parameters
        ----------
        rng : numpy.random.Generator

        Returns
        -------
        ndarray, shape (n_events,)

        Notes
        -----
        Whatever drives the times, each magnitude is drawn independently of what came
        before, so that the first n events in time are independent and identically
        distributed, as long as n does not depend on them: the background alone gives
        more than n events.
        """
        law = GutenbergRichter(mc=0.0, b=self.b, m_max=self.m_max)
        if self.process == "poisson":
            return law.sample(self.n_events, rng)
        if self.process == "drift":
            b = np.linspace(self.b, self.b - self.b_change, self.n_events)
            share = 1.0 if math.isinf(self.m_max) else -np.expm1(-b * math.log(10.0) * self.m_max)
            return np.asarray(-np.log1p(-share * rng.random(b.size)) / (b * math.log(10.0)))
        # So many by themselves that fewer than n_events come once in 10^15 draws.
        enough = self.n_events + 8.0 * math.sqrt(self.n_events) + 20.0
        if self.process == "etas":
            model = Etas.with_branching_ratio(
                self.branching_ratio,
                background_rate=enough / (100.0 * _DAY),
                alpha=min(0.8, 0.8 * self.b),
                magnitudes=law,
            )
            catalog = etas_catalog(100.0 * _DAY, model, seed=rng)
        else:
            hours = np.arange(0.0, 49.0) * 3600.0
            rates = np.where(np.arange(49) % 12 < 8, 0.03, 0.0)
            response = InjectionResponse(magnitudes=law)
            catalog = injection_catalog(hours, rates, response, n=enough, after=_DAY, seed=rng)
        return np.asarray(catalog["magnitude"][: self.n_events])

    def record_above(self, m_max: float, rng: np.random.Generator) -> float:
        """Draw a record that follows: an event of the law at the end, given that it exceeds m_max.

        Parameters
        ----------
        m_max : float
        rng : numpy.random.Generator
        """
        share = 1.0
        if math.isfinite(self.m_max):
            share = -math.expm1(-self.final_rate * (self.m_max - m_max))
        return m_max - math.log1p(-share * rng.random()) / self.final_rate

    @property
    def final_rate(self) -> float:
        """Rate b ln 10 of the law at the last event."""
        b = self.b - (self.b_change if self.process == "drift" else 0.0)
        return b * math.log(10.0)
