"""Where events would happen if a criterion said nothing: by area, or where they did before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError
from asperity.gnss.criteria.area import StudyArea
from asperity.gnss.earth import places

__all__ = ["Null", "seismicity_null", "uniform_null"]

# Beyond so many standard deviations a kernel is nothing.
REACH = 4.0
_CHUNK = 4000


@dataclass(frozen=True, eq=False)
class Null:
    """A distribution of events over the nodes of a study area.

    Parameters
    ----------
    name : {"uniform", "seismicity"}
    weights : ndarray, shape (n,)
        Probability of each node, sum 1.
    events : int
        Earlier events that it was made from.
    """

    name: str
    weights: NDArray[np.float64]
    events: int = 0


def uniform_null(area: StudyArea) -> Null:
    """Return the distribution by area."""
    return Null("uniform", area.shares)


def seismicity_null(
    area: StudyArea, longitude: ArrayLike, latitude: ArrayLike, bandwidth: float
) -> Null:
    """Return the distribution by earlier events, smoothed by a Gaussian.

    Parameters
    ----------
    area : StudyArea
    longitude, latitude : array_like, shape (m,)
        Of earlier events, inside the area and around it, degrees.
    bandwidth : float
        Standard deviation of the kernel, km.

    Raises
    ------
    InputError
        If the bandwidth is not above zero.
    DataError
        If no event lies within four bandwidths of the area.

    Notes
    -----
    The density at a node is sum_k exp(-d_k^2 / 2 h^2) over all m events, times the area
    of the node. Far from all of them it is zero: what the null calls impossible counts
    for nothing on alarm, and an event there costs the criterion nothing but the shares
    of the higher scores.
    """
    if not bandwidth > 0.0:
        raise InputError(f"bandwidth {bandwidth} km; give a length above 0")
    earlier, nodes = places(longitude, latitude), places(*area.coordinates)
    from scipy.spatial.distance import cdist

    density = np.zeros(area.size)
    for start in range(0, len(earlier), _CHUNK):
        squared = cdist(nodes, earlier[start : start + _CHUNK], "sqeuclidean")
        density += np.exp(-0.5 * squared / bandwidth**2).sum(axis=1)
    near = density > np.exp(-0.5 * REACH**2)
    if not near.any():
        raise DataError(
            f"none of {len(earlier)} earlier events lies within {REACH * bandwidth:.0f} km of the "
            "study area, so there is no seismicity to compare with; give a catalog that reaches it"
        )
    weights = density * area.shares
    return Null("seismicity", weights / weights.sum(), len(earlier))
