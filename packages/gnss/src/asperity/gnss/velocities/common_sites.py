"""Which stations of two networks are the same: close, and by name where there is a choice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError
from asperity.gnss.sphere import places
from asperity.gnss.velocities.network import Network

__all__ = ["match_sites", "short_name"]


def short_name(site: str) -> str:
    """Return a name as networks share it: upper case, without ``_GPS``.

    Examples
    --------
    >>> short_name("lhas_gps")
    'LHAS'
    """
    return site.upper().removesuffix("_GPS")


def match_sites(
    first: Network, second: Network, distance: float = 1.0
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of two networks that are the same station.

    Parameters
    ----------
    first, second : Network
    distance : float, optional
        How far apart their coordinates may lie, km.

    Returns
    -------
    rows_first, rows_second : ndarray of int64, shape (m,)
        Each row stands in at most one pair; in the order of the first network.

    Raises
    ------
    DataError
        If there is no pair at all.

    Notes
    -----
    Of all pairs within the distance those of one name come first, then the closer
    ones; each is taken unless one of its stations has gone. O(n log n).
    """
    from scipy.spatial import KDTree

    a, b = places(*first.coordinates), places(*second.coordinates)
    if not (len(a) and len(b)):
        raise DataError("one of the two networks holds no station")
    near = KDTree(a).sparse_distance_matrix(KDTree(b), distance, output_type="ndarray")
    names_first = np.array([short_name(str(s)) for s in first.site], dtype=object)
    names_second = np.array([short_name(str(s)) for s in second.site], dtype=object)
    other_name = names_first[near["i"]] != names_second[near["j"]]
    order = np.lexsort((near["j"], near["i"], near["v"], other_name.astype(bool)))
    partner = np.full(len(a), -1, dtype=np.int64)
    taken = np.zeros(len(b), dtype=bool)
    for i, j in zip(near["i"][order].tolist(), near["j"][order].tolist(), strict=True):
        if partner[i] < 0 and not taken[j]:
            partner[i] = j
            taken[j] = True
    rows = np.flatnonzero(partner >= 0)
    if not rows.size:
        raise DataError(
            f"the networks of {len(a)} and {len(b)} stations have none in common within "
            f"{distance:g} km; pass a larger --distance-km, or check their coordinates"
        )
    return rows.astype(np.int64), partner[rows]
