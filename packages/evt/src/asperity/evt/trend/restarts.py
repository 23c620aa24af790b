"""Where a sequence begins anew: after quiet, at a given time, at a record out of all bounds."""

from __future__ import annotations

from collections.abc import Sequence as Rows
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError

__all__ = ["Restart", "RestartRule", "restarts"]

Reason = Literal["quiet", "given", "surprise"]
_HISTORY = 10


@dataclass(frozen=True)
class RestartRule:
    """When the past of a sequence stops being a sample of its future.

    Parameters
    ----------
    quiet : float or None
        A gap longer than so many seconds.
    at : sequence of float
        Seconds since the first event: when another fault was reached, or injection changed.
    surprise : float or None
        A record whose excess over the largest magnitude so far has a smaller
        probability than this under the Gutenberg-Richter law of the history.
    """

    quiet: float | None = None
    at: Rows[float] = ()
    surprise: float | None = None

    def __post_init__(self) -> None:
        if self.quiet is not None and not self.quiet > 0.0:
            raise InputError(f"quiet of {self.quiet} s; give a length above 0")
        if self.surprise is not None and not 0.0 < self.surprise < 1.0:
            raise InputError(f"surprise {self.surprise}; give a probability between 0 and 1")


@dataclass(frozen=True)
class Restart:
    """The event that a part of a sequence begins with, and why."""

    index: int
    reason: Reason


def restarts(
    seconds: ArrayLike, magnitudes: ArrayLike, mc: float, rule: RestartRule, bin_width: float = 0.0
) -> list[Restart]:
    """Return where a sequence begins anew, in order.

    Parameters
    ----------
    seconds : array_like, shape (n,)
        Times, ascending.
    magnitudes : array_like, shape (n,)
        At or above `mc`.
    mc : float
    rule : RestartRule
    bin_width : float, optional
        Step of the magnitudes.

    Returns
    -------
    list of Restart
        Without the first event, which begins the first part.

    Notes
    -----
    An excess e over M_max has probability 10^(-b e) at a record. The history of b and
    M_max starts anew with each part, and ten events are needed before a record can
    surprise.

    Examples
    --------
    >>> rule = RestartRule(quiet=100.0)
    >>> [r.index for r in restarts([0.0, 1.0, 500.0, 501.0], [1.0, 2.0, 1.0, 1.5], 1.0, rule)]
    [2]
    """
    t = np.asarray(seconds, dtype=np.float64)
    m = np.asarray(magnitudes, dtype=np.float64)
    found: dict[int, Reason] = {}
    if rule.quiet is not None:
        found |= dict.fromkeys((np.flatnonzero(np.diff(t) > rule.quiet) + 1).tolist(), "quiet")
    for moment in rule.at:
        row = int(np.searchsorted(t, moment))
        if 0 < row < t.size:
            found[row] = "given"
    if rule.surprise is not None:
        borders = [0, *sorted(found), m.size]
        for low, high in pairwise(borders):
            for row in _surprises(m[low:high], mc, rule.surprise, bin_width):
                found[low + row] = "surprise"
    return [Restart(row, found[row]) for row in sorted(found)]


def _surprises(m: NDArray[np.float64], mc: float, limit: float, bin_width: float) -> list[int]:
    from asperity.evt.estimators import record_rows
    from asperity.evt.replay import history_b

    found: list[int] = []
    start = 0
    while start < m.size:
        part = m[start:]
        b = history_b(part, mc, bin_width)
        rows = record_rows(part)
        rows = rows[rows >= _HISTORY]
        highest = np.maximum.accumulate(part)
        chance = 10.0 ** (-b[rows - 1] * (part[rows] - highest[rows - 1]))
        beyond = rows[chance < limit]
        if not beyond.size:
            break
        start += int(beyond[0])
        found.append(start)
    return found
