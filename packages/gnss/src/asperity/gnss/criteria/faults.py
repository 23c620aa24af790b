"""Which mapped faults are large, and what their own words say of their type."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from asperity.core.geometry import FaultKind, Faults, PolygonRegion, Region
from asperity.gnss.sphere import places

__all__ = ["connected_lengths", "faults_in", "large_faults", "type_counts", "words_that_disagree"]


def faults_in(faults: Faults, region: Region | PolygonRegion) -> Faults:
    """Return the faults, without axes of folds, that have a point of their trace in a region."""
    kept = [
        trace for trace in faults.without_folds() if region.contains(*trace.coordinates.T).any()
    ]
    return Faults(tuple(kept))


def connected_lengths(faults: Faults, gap: float) -> NDArray[np.float64]:
    """Return the length of all that each trace continues, km, shape (n,).

    Parameters
    ----------
    faults : Faults
    gap : float
        Ends of two traces at most so far apart are connected, km.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    n = len(faults)
    if not n:
        return np.zeros(0)
    ends = np.concatenate([trace.coordinates[[0, -1]] for trace in faults])
    pairs = cKDTree(places(*ends.T)).query_pairs(gap, output_type="ndarray") // 2
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    return np.asarray(np.bincount(label, weights=1e-3 * faults.lengths)[label])


def large_faults(faults: Faults, style: str, length: float, gap: float) -> Faults:
    """Return the large faults of a style: those with a name, and the long ones.

    Parameters
    ----------
    faults : Faults
    style : {"strike-slip", "normal", "reverse"}
        Oblique faults are of two styles.
    length : float
        Connected length, km, from which a fault without a name is large.
    gap : float
        See `connected_lengths`.
    """
    chosen = faults.without_folds().of_style(style)
    large = (chosen.names != "") | (connected_lengths(chosen, gap) >= length)
    return Faults(tuple(t for t, keep in zip(chosen, large, strict=True) if keep))


def type_counts(faults: Faults) -> dict[str, int]:
    """Return how many traces there are of each kind, the most frequent first."""
    return dict(Counter(trace.kind.value for trace in faults).most_common())


def words_that_disagree(faults: Faults) -> list[tuple[str, str, int]]:
    """Return where the words of the source name another type than its codes.

    Returns
    -------
    list of (words, kind by code, number)
        The words as they stand, misspelt or not.
    """
    found: Counter[tuple[str, str]] = Counter()
    for trace in faults:
        words = str(trace.properties.get("Type") or "")
        read = FaultKind.parse(words)
        if read is FaultKind.UNKNOWN:
            continue
        fold = (read is FaultKind.FOLD, trace.kind is FaultKind.FOLD)
        if fold[0] != fold[1] or (not any(fold) and not read.styles & trace.kind.styles):
            found[words, trace.kind.value] += 1
    return [(*key, number) for key, number in found.most_common()]
