"""P-values of several tests that were made together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["holm"]


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for being several, after Holm.

    Parameters
    ----------
    p_values : sequence of float, length n

    Returns
    -------
    list of float, length n
        In the order of `p_values`, at most 1.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian
    Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    adjusted, running = np.empty(len(p_values)), 0.0
    for rank, row in enumerate(order):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[row]))
        adjusted[row] = running
    return [float(p) for p in adjusted]
