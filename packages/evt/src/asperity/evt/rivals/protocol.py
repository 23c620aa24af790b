"""What a rival is asked and what it may answer.

A rival sees the `History` of a sequence up to an event and answers with the
`Distribution` of the next record magnitude, or with `Withheld` and the reason why
it gives none. Nothing after the event is in the history.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from asperity.core.operations import Operations
from asperity.evt.estimators import record_rows
from asperity.evt.rivals.distributions import Distribution
from asperity.evt.sequence import Sequence

__all__ = ["History", "Need", "Rival", "Withheld"]

Array = NDArray[np.float64]
Need = Literal["volumes"]


@dataclass(frozen=True, eq=False)
class History:
    """What is known before the next event.

    Parameters
    ----------
    magnitudes : ndarray, shape (n,)
        At or above `mc`, in order of time.
    mc : float
    bin_width : float, optional
        Step of the magnitudes, 0 if continuous.
    times : ndarray of int64, shape (n,), optional
        In `time_unit` since the origin of the operations; None where no time is known.
    time_unit : {"ns", "us"}
    operations : Operations, optional
        What an operator did; a rival may use no row later than the last time.

    Examples
    --------
    >>> History(np.array([1.0, 2.0]), mc=1.0).m_max
    2.0
    """

    magnitudes: Array
    mc: float
    bin_width: float = 0.0
    times: NDArray[np.int64] | None = None
    time_unit: str = "ns"
    operations: Operations | None = None

    @classmethod
    def of(cls, sequence: Sequence) -> History:
        """Return all of a sequence."""
        catalog = sequence.catalog
        timed = catalog.time_frame != "order"
        return cls(
            sequence.magnitudes,
            sequence.mc,
            sequence.bin_width,
            catalog["time"] if timed else None,
            str(catalog.time_unit) if timed else "ns",
            sequence.operations,
        )

    def until(self, n_events: int) -> History:
        """Return what was known after the first `n_events`."""
        times = None if self.times is None else self.times[:n_events]
        return replace(self, magnitudes=self.magnitudes[:n_events], times=times)

    @cached_property
    def m_max(self) -> float:
        """Largest magnitude so far."""
        return float(self.magnitudes.max())

    @cached_property
    def records(self) -> Array:
        """Magnitudes of the records so far, shape (n_records,)."""
        return np.asarray(self.magnitudes[record_rows(self.magnitudes)])

    @cached_property
    def mean_excess(self) -> float:
        """Mean of the magnitudes above `mc`."""
        return float(np.mean(self.magnitudes - self.mc))

    @cached_property
    def rate(self) -> float:
        """Rate b ln 10 of the Gutenberg-Richter law, infinite when all magnitudes are `mc`.

        Exact for binned magnitudes: ``ln(1 + dM/(mean - Mc))/dM`` (Tinti & Mulargia
        1987), which is Aki's (1965) ``1/(mean - Mc)`` for dM = 0.
        """
        if self.mean_excess <= 1e-12:
            return float("inf")
        if self.bin_width > 0.0:
            return float(np.log1p(self.bin_width / self.mean_excess) / self.bin_width)
        return 1.0 / self.mean_excess


@dataclass(frozen=True)
class Withheld:
    """No forecast, and why not."""

    status: str


class Rival(Protocol):
    """A way to forecast the next record magnitude; one instance serves any sequence."""

    @property
    def name(self) -> str:
        """Name on the command line, such as ``kijko-sellevoll``."""

    @property
    def needs(self) -> frozenset[Need]:
        """What a history must hold beside magnitudes."""

    def forecast(self, history: History) -> Distribution | Withheld:
        """Return the distribution of the next record magnitude, or why there is none."""
