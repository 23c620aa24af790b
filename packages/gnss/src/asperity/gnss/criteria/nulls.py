"""Where events would happen if a criterion said nothing: by area, or where they did before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError
from asperity.gnss.criteria.area import StudyArea
from asperity.gnss.sphere import places

__all__ = ["Null", "seismicity_null", "uniform_null"]

# Beyond so many standard deviations a kernel is nothing.
REACH = 4.0
_CHUNK = 256


@dataclass(frozen=True, eq=False)
class Null:
    """A distribution of events over the nodes of a study area.

    Parameters
    ----------
    name : {"uniform", "seismicity"}
    weights : ndarray, shape (n,)
        Probability of each node, sum 1.
    events : int
        Earlier events that it was made from, within four bandwidths of the area.
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
    The density at a node is sum_k exp(-d_k^2 / 2 h^2), times the area of the node, over
    the events within four bandwidths of the area; those beyond add less than 4e-4 each.
    Far from all of them it is zero: such a place counts for nothing on alarm, and an event
    there costs a score no more than the places that rank above it.
    """
    if not bandwidth > 0.0:
        raise InputError(f"bandwidth {bandwidth} km; give a length above 0")
    from scipy.spatial.distance import cdist

    x, y = (np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in (longitude, latitude))
    near = area.distance(x, y) <= REACH * bandwidth
    if not near.any():
        raise DataError(
            f"none of {x.size} earlier events lies within {REACH * bandwidth:.0f} km of the "
            "study area, so there is no seismicity to compare with; give a catalog that reaches it"
        )
    earlier, nodes = places(x[near], y[near]), places(*area.coordinates)
    density = np.zeros(area.size)
    for start in range(0, len(earlier), _CHUNK):
        squared = cdist(nodes, earlier[start : start + _CHUNK], "sqeuclidean")
        density += np.exp(-0.5 * squared / bandwidth**2).sum(axis=1)
    weights = density * area.shares
    return Null("seismicity", weights / weights.sum(), len(earlier))
