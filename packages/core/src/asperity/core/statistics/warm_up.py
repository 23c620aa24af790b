"""Compilation of the kernels of the statistics ahead of their first use."""

from __future__ import annotations

__all__ = ["warm_up"]


def warm_up() -> None:
    """Compile the kernels, for `asperity doctor --warm-up`."""
    from asperity.core.statistics.bvalue import next_exceeding
    from asperity.core.statistics.declustering import (
        decluster_nearest_neighbour,
        decluster_reasenberg,
        decluster_windows,
    )

    next_exceeding([1.0, 2.0], 0.0)
    events = [0.0, 1.0], [[0.0, 0.0], [1.0, 0.0]], [1.0, 1.0]
    decluster_nearest_neighbour(*events, eta0=1.0)
    decluster_windows(*events)
    decluster_reasenberg(*events)
