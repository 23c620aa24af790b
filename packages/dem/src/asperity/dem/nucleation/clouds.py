"""Clouds of emissions, one a simulation, and the distances between all of them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from asperity.core.catalog import Catalog
from asperity.core.errors import InputError
from asperity.core.geometry.clouds import (
    chamfer_distance,
    earth_mover_distance,
    greedy_matching_distance,
    hausdorff_distance,
    scaled,
)
from asperity.dem.laboratory.fault import FaultPlane

__all__ = [
    "FEATURES", "METRICS", "Features", "Metric", "cloud_of", "distance_matrix", "scale_pooled",
]  # fmt: skip

Array = NDArray[np.float64]
Features = Literal["default", "published"]
Metric = Literal["hausdorff", "chamfer", "earth-mover"]
METRICS: tuple[Metric, ...] = ("hausdorff", "chamfer", "earth-mover")
#: What a row of a cloud holds.
FEATURES: dict[str, tuple[str, ...]] = {
    "default": ("dip", "strike", "time", "magnitude", "log duration"),
    "published": ("radius", "magnitude", "time", "distance", "cos direction", "sin direction"),
}


def cloud_of(
    events: Catalog,
    plane: FaultPlane,
    reference_time: float,
    reference_place: Array,
    features: Features = "default",
) -> Array:
    """Return the cloud of a set of emissions, one row each.

    Parameters
    ----------
    events : Catalog
    plane : FaultPlane
    reference_time : float
        From which times count back, s: the mainshock's.
    reference_place : ndarray, shape (3,)
        Hypocentre of the mainshock, m; used by the published features alone.
    features : {"default", "published"}
        ``default``: place on the fault (dip, strike), time to the mainshock, magnitude and
        the logarithm of the duration. ``published``: radius, magnitude, time, distance to
        the mainshock's first emission and direction from it in the fault plane; the angle,
        a linear number of degrees in the published clouds, stands as cosine and sine here.

    Returns
    -------
    ndarray, shape (n, d)
        Emissions without a magnitude are left out.
    """
    known = np.isfinite(events["magnitude"])
    place = np.column_stack([events[k][known] for k in "xyz"])
    time = reference_time - events["time"][known] * 1e-9
    magnitude = events["magnitude"][known]
    on_fault = plane.coordinates(place)
    if features == "default":
        duration = np.log10(np.maximum(events["duration"][known], 1e-9))
        return np.column_stack([on_fault[:, 0], on_fault[:, 1], time, magnitude, duration])
    if features != "published":
        raise InputError(f"features {features!r}; there are {', '.join(FEATURES)}")
    reference = np.asarray(reference_place, float)
    away = np.linalg.norm(place - reference, axis=1)
    direction = on_fault[:, :2] - plane.coordinates(reference[None])[0, :2]
    length = np.hypot(direction[:, 0], direction[:, 1])
    # The reference itself has no direction.
    unit = direction / np.where(length > 0.0, length, 1.0)[:, None]
    return np.column_stack([events["radius"][known], magnitude, time, away, unit])


def scale_pooled(clouds: Sequence[Array], scale: str) -> list[Array]:
    """Bring clouds to one scale, from all of them together.

    Parameters
    ----------
    clouds : sequence of ndarray, shape (n, d) each
    scale : {"none", "standard", "robust", "mahalanobis"}
        See `asperity.core.geometry.clouds.scaled`.

    Raises
    ------
    DataError
        If a column has no spread.
    """
    pool = np.concatenate(clouds)
    whole, _ = scaled(pool, pool[:0], scale)
    return list(np.split(whole, np.cumsum([len(c) for c in clouds])[:-1]))


def distance_matrix(
    clouds: Sequence[Array],
    metric: Metric,
    *,
    chamfer: Literal["mean", "sum-squared"] = "mean",
    earth_mover: Literal["exact", "greedy"] = "exact",
    executor: Executor | None = None,
) -> Array:
    """Return the distances between all clouds, shape (k, k).

    Parameters
    ----------
    clouds : sequence of ndarray, shape (n, d) each
        None of them empty.
    metric : {"hausdorff", "chamfer", "earth-mover"}
    chamfer : {"mean", "sum-squared"}
        The latter is the published one, which grows with the number of points.
    earth_mover : {"exact", "greedy"}
        The latter is the published one: matched greedily, surplus points left out.
    executor : concurrent.futures.Executor, optional
        Each row is a task.

    Raises
    ------
    InputError
        If a cloud is empty.
    """
    empty = [k for k, cloud in enumerate(clouds) if not len(cloud)]
    if empty:
        raise InputError(f"cloud {empty[0]} is empty: it has no distance to others; leave it out")
    calls = [(clouds[i], list(clouds[i + 1 :]), metric, chamfer, earth_mover)
             for i in range(len(clouds))]  # fmt: skip
    if executor is None:
        rows = [_row(*call) for call in calls]
    else:
        rows = [f.result() for f in [executor.submit(_row, *call) for call in calls]]
    out = np.zeros((len(clouds), len(clouds)))
    for i, row in enumerate(rows):
        out[i, i + 1 :] = row
    return out + out.T


def _row(
    one: Array, others: list[Array], metric: Metric, chamfer: str, earth_mover: str
) -> list[float]:
    if metric == "hausdorff":
        return [hausdorff_distance(one, other) for other in others]
    if metric == "chamfer":
        return [chamfer_distance(one, other, chamfer) for other in others]
    if earth_mover == "greedy":
        return [greedy_matching_distance(one, other) for other in others]
    return [earth_mover_distance(one, other).distance for other in others]
