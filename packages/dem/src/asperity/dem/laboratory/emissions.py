"""Acoustic emissions: elementary events that are near in space and time, as one source."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from asperity.core.catalog import Catalog
from asperity.core.errors import InputError
from asperity.core.geometry.mechanisms import TENSOR_COMPONENTS, scalar_moment, tensor_matrix
from asperity.dem.laboratory.sources import RUPTURE_SPEED, grouped_by_source_area

__all__ = [
    "Clustering", "Grouping", "Tensors", "cluster", "emissions", "source_types", "summed_tensors",
    "tensile_ratio",
]  # fmt: skip

Array = NDArray[np.float64]
Grouping = Literal["linked", "source-area"]
#: Returns the moment tensors (m, 6) of emissions, N m, from the elementary events, their labels
#: and the emissions' centres.
Tensors = Callable[[Catalog, NDArray[np.int64], Array], Array]
#: Largest number of pairs of elementary events that are held in memory.
_MOST_PAIRS = 200_000_000


@dataclass(frozen=True)
class Clustering:
    """How elementary events are gathered, and how sources are measured.

    Parameters
    ----------
    window : float
        Two events belong together if they begin within this time, s. The default is
        about the time in which an S wave crosses `reach`.
    reach : float
        And if their places are nearer than this, m; three mean radii where zero.
    shear_modulus : float
        Pa.
    magnitude_constant : float
        c of ``Mw = (2/3)(log10 M0 - c)``; 9.1 is standard, 9.0 that of Ye et al. (2024).
    grouping : {"linked", "source-area"}
        By `cluster`, or by `asperity.dem.laboratory.sources.grouped_by_source_area`, where
        `window` has no part.
    rupture_speed : float
        At which a crack crosses a source; half that of S waves, m/s.
    """

    window: float = 3e-6
    reach: float = 0.0
    shear_modulus: float = 22e9
    magnitude_constant: float = 9.1
    grouping: Grouping = "linked"
    rupture_speed: float = RUPTURE_SPEED

    def labels(self, elementary: Catalog, mean_radius: float) -> NDArray[np.int64]:
        """Return the emission of each elementary event, numbered by their first events."""
        reach = self.reach or 3.0 * mean_radius
        # Times are whole nanoseconds; nothing is lost in a double for years.
        times = elementary["time"] * 1e-9
        places = np.column_stack([elementary[k] for k in "xyz"])
        if self.grouping == "linked":
            return cluster(times, places, self.window, reach)
        return grouped_by_source_area(
            times, times + elementary["duration"], places, reach, 4.0 * mean_radius,
            self.rupture_speed,
        )  # fmt: skip


def cluster(times: Array, places: Array, window: float, reach: float) -> NDArray[np.int64]:
    """Find the clusters of events that are linked in space and time.

    Two events are linked if they begin within `window` and are nearer than `reach`; a
    cluster holds all that are linked through others.

    Parameters
    ----------
    times : ndarray, shape (n,)
        s.
    places : ndarray, shape (n, 3)
        m.
    window : float
        s.
    reach : float
        m.

    Returns
    -------
    ndarray, shape (n,)
        Labels in the order of the clusters' first events.

    Raises
    ------
    InputError
        If window or reach is not positive, or so wide that nearly all events are linked.
    """
    n = len(times)
    if not (window > 0.0 and reach > 0.0):
        raise InputError(f"window {window} s and reach {reach} m of a cluster must be positive")
    if n == 0:
        return np.zeros(0, np.int64)
    scaled = np.column_stack([times / window, places / reach])
    tree = cKDTree(scaled)
    expected = tree.count_neighbors(tree, 1.0, p=math.inf)
    if expected > 2 * _MOST_PAIRS:
        raise InputError(
            f"{expected // 2} pairs of elementary events lie within {window} s and {reach} m; "
            "narrow the window or the reach"
        )
    pairs = tree.query_pairs(1.0, p=math.inf, output_type="ndarray")
    apart = np.sum((scaled[pairs[:, 0], 1:] - scaled[pairs[:, 1], 1:]) ** 2, axis=1)
    pairs = pairs[apart < 1.0]
    links = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, labels = connected_components(links, directed=False)
    # Number them by the time of their first event.
    first = np.full(labels.max() + 1, np.inf)
    np.minimum.at(first, labels, times)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return np.asarray(rank[labels])


def tensile_ratio(tensors: Array) -> Array:
    """Return ``R = 100 tr M / (|tr M| + sum |m_k - tr M / 3|)`` of moment tensors (n, 6).

    Feignier & Young (1992, doi:10.1029/92GL01130): above 30 tensile, below -30 implosive,
    shear between.
    """
    matrix = tensor_matrix(tensors)
    trace = np.trace(matrix, axis1=-2, axis2=-1)
    values = np.linalg.eigvalsh(np.nan_to_num(matrix))
    deviatoric = np.abs(values - trace[..., None] / 3.0).sum(axis=-1)
    whole = np.abs(trace) + deviatoric
    return np.asarray(100.0 * trace / np.where(whole > 0.0, whole, 1.0))


def source_types(ratios: Array) -> NDArray[np.object_]:
    """Return ``tensile``, ``implosive``, ``shear`` or ``unknown`` for each `tensile_ratio`."""
    kinds = np.where(ratios > 30.0, "tensile", np.where(ratios < -30.0, "implosive", "shear"))
    return np.where(np.isnan(ratios), "unknown", kinds).astype(object)


def summed_tensors(elementary: Catalog, labels: NDArray[np.int64], centres: Array) -> Array:
    """Return the sum of the tensors of each emission's members, shape (m, 6), N m."""
    sums = [
        np.bincount(labels, weights=elementary[name], minlength=len(centres))
        for name in TENSOR_COMPONENTS
    ]
    return np.column_stack(sums).astype(float)


def emissions(
    elementary: Catalog,
    mean_radius: float,
    how: Clustering | None = None,
    tensors_of: Tensors = summed_tensors,
) -> Catalog:
    """Gather elementary events into acoustic emissions.

    Parameters
    ----------
    elementary : Catalog
        Bond breaks and slip episodes, see `asperity.dem.laboratory.results.elementary_catalog`.
    mean_radius : float
        Of the grains, m.
    how : Clustering, optional
    tensors_of : callable, optional
        The sum of the members' tensors, or a `ForceMoments`.

    Returns
    -------
    Catalog
        One row a source, local frame, relative time. The place is the mean of its members
        weighted by moment, ``hypocentre_x, _y, _z`` that of the first one; ``moment`` of its
        tensor, and ``source_type`` unknown where there is none; ``source_area`` that of the
        contacts that took part, each once; ``radius = sqrt(area / pi)``,
        ``static_stress_drop = (7/16) M0 / radius^3`` (Eshelby 1957); ``n_fault`` members on
        joints of the fault.
    """
    c = how or Clustering()
    times = elementary["time"] * 1e-9
    places = np.column_stack([elementary[k] for k in "xyz"])
    labels = c.labels(elementary, mean_radius)
    count = int(labels.max()) + 1 if len(labels) else 0
    order = np.lexsort((np.arange(len(times)), times, labels))
    begins = np.searchsorted(labels[order], np.arange(count))
    heads = order[begins]

    def total(values: Array) -> Array:
        return np.asarray(np.bincount(labels, weights=values, minlength=count), float)

    weight = np.maximum(elementary["moment"], 1e-300)
    weights = total(weight)
    centre = np.column_stack([total(weight * places[:, k]) / weights for k in range(3)])
    tensors = tensors_of(elementary, labels, centre)
    moment = scalar_moment(tensors)
    end = np.full(count, -np.inf)
    np.maximum.at(end, labels, times + elementary["duration"])
    area = _areas(elementary, labels, count)
    radius = np.sqrt(area / np.pi)
    kinds = elementary.texts("event_type")
    ratios = tensile_ratio(tensors)
    with np.errstate(divide="ignore"):
        magnitude = (2.0 / 3.0) * (np.log10(moment) - c.magnitude_constant)
    return Catalog.from_columns(
        {
            "time": elementary["time"][heads],
            "magnitude": np.where(moment > 0.0, magnitude, np.nan),
            "magnitude_type": np.full(count, "Mw", dtype=object),
            "x": centre[:, 0], "y": centre[:, 1], "z": centre[:, 2],
            "moment": moment,
            **{name: tensors[:, k] for k, name in enumerate(TENSOR_COMPONENTS)},
            "event_type": np.full(count, "acoustic emission", dtype=object),
            "duration": end - times[heads],
            "source_area": area,
            "slip": moment / (c.shear_modulus * area),
            "energy": total(elementary["energy"]),
            "n_members": np.bincount(labels, minlength=count).astype(np.int64),
            "n_fault": total((kinds != "flat-joint break").astype(float)).astype(np.int64),
            "radius": radius,
            "static_stress_drop": 7.0 / 16.0 * moment / radius**3,
            "tensile_ratio": ratios,
            "source_type": source_types(ratios),
            **{f"hypocentre_{k}": places[heads, j] for j, k in enumerate("xyz")},
        },
        frame="local",
        axes="ENU",
        time_frame="relative",
        time_origin="start of the loading",
    )  # fmt: skip


def _areas(elementary: Catalog, labels: NDArray[np.int64], count: int) -> Array:
    """Return the area of the contacts in each cluster, m2; one that acts twice counts once."""
    keys = np.column_stack(
        [labels, *(elementary[name] for name in ("grain_i", "grain_j", "element"))]
    )
    _, once = np.unique(keys, axis=0, return_index=True)
    area = elementary["source_area"][once]
    return np.asarray(np.bincount(labels[once], weights=area, minlength=count), float)
