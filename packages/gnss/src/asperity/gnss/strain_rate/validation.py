"""How far a strain field can be trusted: left-out stations, checkerboards, known truths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from sklearn.base import clone

from asperity.core.errors import DataError
from asperity.core.geometry import Region
from asperity.gnss.sphere import RADIUS, longitude_latitude, places
from asperity.gnss.strain_rate.collocation import Collocation
from asperity.gnss.strain_rate.fields import grid_axes
from asperity.gnss.strain_rate.solver import Observations
from asperity.gnss.strain_rate.strain import principal
from asperity.gnss.strain_rate.synthetic import (
    TRUTHS,
    Checkerboard,
    SyntheticField,
    noisy,
    truth_for,
)

__all__ = ["Recovery", "checkerboard", "compare", "recover", "supported_nodes", "validate"]

Array = NDArray[np.float64]
_TENSOR = ("strain_ee", "strain_nn", "strain_en")
#: Nodes whose third station is farther are not judged, km.
THIRD_STATION = 120.0


@dataclass(frozen=True, eq=False)
class Recovery:
    """A strain field held against the truth that its velocities were made of.

    Parameters
    ----------
    name : str
    rms : ndarray, shape (4,)
        Error of ee, nn, en and the maximum shear (half), nanostrain/yr.
    correlation : ndarray, shape (4,)
    z_rms : float
        Of the three components; one when the standard deviations are right.
    z_rms_by_third : ndarray, shape (3,)
        The same in the thirds of the nodes by the truth's maximum shear.
    coverage : float
        Share of components inside their central 90 % interval.
    nodes : int
    """

    name: str
    rms: Array
    correlation: Array
    z_rms: float
    z_rms_by_third: Array
    coverage: float
    nodes: int

    def document(self) -> dict[str, Any]:
        """Return the scores as the JSON documents show them."""
        keys = ("ee", "nn", "en", "max_shear_half")
        return {
            "rms": dict(zip(keys, self.rms.tolist(), strict=True)),
            "correlation": dict(zip(keys, self.correlation.tolist(), strict=True)),
            "z_rms": self.z_rms,
            "z_rms_by_third": self.z_rms_by_third.tolist(),
            "coverage_90": self.coverage,
            "nodes": self.nodes,
        }


def supported_nodes(observations: Observations, region: Region, spacing: float) -> Array:
    """Return the nodes of a grid that have three stations within 120 km.

    Returns
    -------
    ndarray, shape (m, 2)
        Longitude and latitude, degrees.

    Raises
    ------
    DataError
        If there are fewer than ten.
    """
    axes = grid_axes((region.west, region.east, region.south, region.north), spacing)
    longitude, latitude = (a.ravel() for a in np.meshgrid(*axes))
    tree = cKDTree(RADIUS * observations.frames[:, 2])
    third, _ = tree.query(places(longitude, latitude), 3)
    near = third[:, 2] <= THIRD_STATION
    if near.sum() < 10:
        raise DataError(
            f"{int(near.sum())} nodes of a {spacing:g}-degree grid on {region} have three stations "
            f"within {THIRD_STATION:g} km; choose a region with more stations or a finer grid"
        )
    return np.column_stack([longitude[near], latitude[near]])


def recover(
    field: Collocation,
    truth: SyntheticField,
    nodes: Array,
    *,
    seed: int = 0,
    advance: Callable[[], Any] = lambda: None,
) -> Recovery:
    """Make velocities of a truth at a field's stations, and see what becomes of it.

    Parameters
    ----------
    field : Collocation
        Fitted; its stations, formal covariances and extra noise are used, and its
        way to find the parameters is gone through anew.
    truth : SyntheticField
    nodes : ndarray, shape (m, 2)
        Where it is judged.
    seed : int
        Of the noise.
    advance : callable
    """
    observations = field.observations_
    coordinates = longitude_latitude(observations.frames)
    clean = truth.at(observations.frames)
    data = noisy(clean, observations.covariances, field.noise_.extra, np.random.default_rng(seed))
    again = clone(field).fit(coordinates, data, observations.covariances, advance=advance)
    predicted = again.predict((nodes[:, 0], nodes[:, 1]), keep_masked=True)
    return compare(
        truth.name,
        truth.strain(nodes[:, 0], nodes[:, 1]),
        np.stack([predicted[name].values for name in _TENSOR], axis=1),
        np.stack([predicted[f"{name}_sd"].values for name in _TENSOR], axis=1),
    )


def compare(name: str, truth: Array, estimate: Array, sd: Array) -> Recovery:
    """Score a strain field against the truth.

    Parameters
    ----------
    name : str
    truth, estimate, sd : ndarray, shape (m, 3)
        ee, nn and en, nanostrain/yr.
    """

    def with_shear(tensor: Array) -> Array:
        e1, e2, _ = principal(*tensor.T)
        return np.column_stack([tensor, 0.5 * (e1 - e2)])

    true, found = with_shear(truth), with_shear(estimate)
    z = (estimate - truth) / sd
    thirds = np.digitize(true[:, 3], np.quantile(true[:, 3], [1.0 / 3.0, 2.0 / 3.0]))
    return Recovery(
        name,
        np.sqrt(np.mean((found - true) ** 2, axis=0)),
        np.array([np.corrcoef(true[:, i], found[:, i])[0, 1] for i in range(4)]),
        float(np.sqrt(np.mean(z**2))),
        np.array([np.sqrt(np.mean(z[thirds == k] ** 2)) for k in range(3)]),
        float(np.mean(np.abs(z) <= 1.645)),
        len(truth),
    )


def checkerboard(
    field: Collocation, nodes: Array, widths: Sequence[float] = (1.0, 2.0, 4.0, 8.0)
) -> dict[str, Any]:
    """Say which share of checkerboards of several widths comes back.

    Parameters
    ----------
    field : Collocation
        Fitted; its parameters are kept, the velocities are the board's without noise.
    nodes : ndarray, shape (m, 2)
    widths : sequence of float
        Of a cell, degrees.

    Returns
    -------
    dict
        ``widths`` and ``restoration``, the slope of found against true tensor
        components; ``resolution_length``, the width at which half comes back,
        degrees, by interpolation in the logarithm, None outside the widths.
    """
    observations = field.observations_
    coordinates = longitude_latitude(observations.frames)
    restored = []
    for width in widths:
        board = SyntheticField(f"checkerboard {width:g}", [Checkerboard(width)])
        kept = Collocation(
            field.covariance_, estimate="none", vectors=field.vectors_, trend=field.trend,
            noise_factor=field.noise_.factor, extra_noise=field.noise_.extra, local=field.local,
            threads=field.threads,
        ).fit(coordinates, board.at(observations.frames), observations.covariances)  # fmt: skip
        truth = board.strain(nodes[:, 0], nodes[:, 1])
        gradient = 1000.0 * kept.gradient((nodes[:, 0], nodes[:, 1]))
        shear = 0.5 * (gradient[:, 0, 1] + gradient[:, 1, 0])
        found = np.stack([gradient[:, 0, 0], gradient[:, 1, 1], shear], axis=1)
        restored.append(float((found * truth).sum() / (truth**2).sum()))
    return {
        "widths": list(widths),
        "restoration": restored,
        "resolution_length": _crossing(widths, restored, 0.5),
    }


def _crossing(widths: Sequence[float], values: Sequence[float], level: float) -> float | None:
    pairs = list(zip(widths, values, strict=True))
    for (w0, r0), (w1, r1) in pairwise(pairs):
        if r0 < level <= r1:
            share = (level - r0) / (r1 - r0)
            return float(np.exp((1.0 - share) * np.log(w0) + share * np.log(w1)))
    return None


def validate(
    field: Collocation,
    region: Region,
    *,
    truths: Sequence[str] = TRUTHS,
    spacing: float = 0.5,
    block_size: float = 1.0,
    seed: int = 0,
    advance: Callable[[], Any] = lambda: None,
) -> dict[str, Any]:
    """Return all that says how far a fitted field can be trusted.

    Parameters
    ----------
    field : Collocation
    region : Region
    truths : sequence of str
        Names for `truth_for`.
    spacing : float
        Of the nodes at which truths are judged, degrees.
    block_size : float
        Of the cells that are left out together, degrees.
    seed : int
        Of truths and noise.
    advance : callable

    Returns
    -------
    dict
        ``loo``, ``block_cv``, ``checkerboard``, ``synthetic``, ``calibration``.
    """
    nodes = supported_nodes(field.observations_, region, spacing)
    box = (region.west, region.west + region.width, region.south, region.north)
    one, blocks = field.leave_one_out(), field.leave_blocks_out(block_size)
    synthetic = {}
    for name in truths:
        truth = truth_for(name, box, seed)
        synthetic[name] = recover(field, truth, nodes, seed=seed, advance=advance).document()
    return {
        "loo": one.document(),
        "block_cv": {"size": block_size, **blocks.document()},
        "checkerboard": checkerboard(field, nodes),
        "synthetic": synthetic,
        "calibration": {"z2": one.z2, "coverage": one.document()["coverage"]},
    }
