"""Strain-rate quantities of a velocity gradient on the sphere, with their uncertainties.

The gradient L_ij is the change of velocity component i in direction j, with the
curvature terms of the sphere inside (Tape et al. 2009, eq. 16). Extension is
positive, rotation is positive counter-clockwise, and en is the tensor shear.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError
from asperity.gnss.sphere import NANOSTRAIN

__all__ = [
    "OPTIONAL",
    "QUANTITIES",
    "Quantity",
    "derived",
    "principal",
    "quantities",
    "standard_normals",
]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Quantity:
    """A variable of a strain field: its name, unit, and what it is."""

    name: str
    unit: str
    title: str
    definition: str


_N = "nanostrain/yr"
_ALL = (
    Quantity("velocity_east", "mm/yr", "velocity to the east", "u"),
    Quantity("velocity_north", "mm/yr", "velocity to the north", "v"),
    Quantity("strain_ee", _N, "east-west strain rate", "extension positive"),
    Quantity("strain_nn", _N, "north-south strain rate", "extension positive"),
    Quantity("strain_en", _N, "tensor shear strain rate east-north", "half the engineering shear"),
    Quantity("rotation", "nrad/yr", "rotation rate", "counter-clockwise positive"),
    Quantity("dilatation", _N, "areal dilatation rate", "ee + nn = e1 + e2"),
    Quantity("max_shear_half", _N, "maximum shear strain rate", "(e1 - e2) / 2"),
    Quantity("max_shear_eng", _N, "maximum engineering shear strain rate", "e1 - e2"),
    Quantity("first_shear", _N, "first shear strain rate", "ee - nn"),
    Quantity("second_shear", _N, "second shear strain rate", "2 en"),
    Quantity(
        "second_invariant", _N, "second invariant of strain rate", "sqrt(ee^2 + nn^2 + 2 en^2)"
    ),
    Quantity("e1", _N, "larger principal strain rate", "most extensional"),
    Quantity("e2", _N, "smaller principal strain rate", "most compressive"),
    Quantity("azimuth_e1", "degree", "azimuth of e1", "clockwise from north, 0 to 180"),
)
_MORE = (
    Quantity(
        "second_invariant_det", "nanostrain2/yr2", "determinant of strain rate", "ee nn - en^2"
    ),
    Quantity(
        "second_invariant_3d", _N, "second invariant of an incompressible medium",
        "sqrt((ee^2 + nn^2 + err^2) / 2 + en^2), err = -(ee + nn)",
    ),
)  # fmt: skip
#: What every strain field holds, and what it holds on request.
QUANTITIES: dict[str, Quantity] = {q.name: q for q in _ALL}
OPTIONAL: dict[str, Quantity] = {q.name: q for q in _MORE}

# Rows: ee, nn, en, rotation; columns: v_e, v_n, L_ee, L_en, L_ne, L_nn.
_TENSOR = np.array(
    [
        [0.0, 0.0, 1.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
        [0.0, 0.0, 0.0, 0.5, 0.5, 0.0],
        [0.0, 0.0, 0.0, -0.5, 0.5, 0.0],
    ]
)
# Quantities whose spread is drawn, and those of them whose quantiles are kept.
_DRAWN = ("max_shear_half", "second_invariant", "e1", "e2", "azimuth_e1")
_QUANTILED = ("max_shear_half", "second_invariant")


def principal(ee: ArrayLike, nn: ArrayLike, en: ArrayLike) -> tuple[Array, Array, Array]:
    """Return the principal strain rates and the azimuth of the larger one.

    Parameters
    ----------
    ee, nn, en : array_like
        Tensor components, any one unit.

    Returns
    -------
    e1, e2 : ndarray
        e1 >= e2.
    azimuth : ndarray
        Of e1, degrees clockwise from north in [0, 180).

    Examples
    --------
    >>> [float(x) for x in principal(0.0, 0.0, 1.0)]
    [1.0, -1.0, 45.0]
    """
    ee, nn, en = (np.asarray(x, dtype=np.float64) for x in (ee, nn, en))
    middle, shear = 0.5 * (ee + nn), np.hypot(0.5 * (ee - nn), en)
    azimuth = np.mod(np.degrees(0.5 * np.arctan2(2.0 * en, nn - ee)), 180.0)
    # A tiny negative angle comes out of the modulus as 180 itself.
    return middle + shear, middle - shear, np.where(azimuth >= 180.0, 0.0, azimuth)


def derived(ee: Array, nn: Array, en: Array) -> dict[str, Array]:
    """Return all that follows from the tensor, under the names of `QUANTITIES`.

    Parameters
    ----------
    ee, nn, en : ndarray
        nanostrain/yr.
    """
    e1, e2, azimuth = principal(ee, nn, en)
    shear = 0.5 * (e1 - e2)
    squares = ee**2 + nn**2 + 2.0 * en**2
    return {
        "dilatation": ee + nn,
        "max_shear_half": shear,
        "max_shear_eng": 2.0 * shear,
        "first_shear": ee - nn,
        "second_shear": 2.0 * en,
        "second_invariant": np.sqrt(squares),
        "e1": e1,
        "e2": e2,
        "azimuth_e1": azimuth,
        "second_invariant_det": ee * nn - en**2,
        "second_invariant_3d": np.sqrt(0.5 * (squares + (ee + nn) ** 2)),
    }


@lru_cache(maxsize=4)
def standard_normals(draws: int, seed: int) -> Array:
    """Return `draws` points of three standard normal numbers, evenly spread, shape (3, k).

    A scrambled Sobol sequence: with 1,024 points the spread of a quantity is
    known as well as from tens of thousands of independent draws.
    """
    if draws < 16:
        raise InputError(f"{draws} draws; expected at least 16")
    from scipy.stats import qmc

    power = int(np.ceil(np.log2(draws)))
    sampler = qmc.MultivariateNormalQMC(np.zeros(3), seed=seed)
    points: Array = np.ascontiguousarray(sampler.random(2**power).T)
    points.flags.writeable = False
    return points


def quantities(
    mean: Array, covariance: Array, normals: Array, optional: tuple[str, ...] = ()
) -> dict[str, Array]:
    """Return all quantities of a field and their standard deviations.

    Parameters
    ----------
    mean : ndarray, shape (m, 6)
        v_e, v_n in mm/yr, L_ee, L_en, L_ne, L_nn in (mm/yr)/km.
    covariance : ndarray, shape (m, 6, 6)
        Of `mean`.
    normals : ndarray, shape (3, k)
        From `standard_normals`.
    optional : tuple of str
        Names in `OPTIONAL` wanted as well.

    Returns
    -------
    dict of str to ndarray, shape (m,)
        The names of `QUANTITIES`, each with ``<name>_sd``; quantiles
        ``<name>_p05``, ``<name>_median`` and ``<name>_p95`` of maximum shear and
        second invariant; ``strain_cov``, shape (m, 3, 3).

    Notes
    -----
    Values are those of the mean tensor. What is linear in the tensor has an exact
    standard deviation; the spread of principal values, maximum shear, invariants
    and azimuth is drawn. Where a maximum shear is not larger than about twice its
    standard deviation, the median of its distribution lies above the value of the
    mean tensor (a Rice distribution).
    """
    tensor = NANOSTRAIN * mean @ _TENSOR.T
    spread = NANOSTRAIN**2 * _TENSOR @ covariance @ _TENSOR.T
    ee, nn, en = tensor[:, 0], tensor[:, 1], tensor[:, 2]
    variance = np.maximum(spread[:, range(4), range(4)], 0.0)
    values: dict[str, Array] = {
        "velocity_east": mean[:, 0],
        "velocity_north": mean[:, 1],
        "strain_ee": ee,
        "strain_nn": nn,
        "strain_en": en,
        "rotation": tensor[:, 3],
        **derived(ee, nn, en),
    }
    shared = 2.0 * spread[:, 0, 1]
    sds = {
        "velocity_east": np.sqrt(np.maximum(covariance[:, 0, 0], 0.0)),
        "velocity_north": np.sqrt(np.maximum(covariance[:, 1, 1], 0.0)),
        "strain_ee": np.sqrt(variance[:, 0]),
        "strain_nn": np.sqrt(variance[:, 1]),
        "strain_en": np.sqrt(variance[:, 2]),
        "rotation": np.sqrt(variance[:, 3]),
        "dilatation": np.sqrt(np.maximum(variance[:, 0] + variance[:, 1] + shared, 0.0)),
        "first_shear": np.sqrt(np.maximum(variance[:, 0] + variance[:, 1] - shared, 0.0)),
        "second_shear": 2.0 * np.sqrt(variance[:, 2]),
    }
    drawn, quantiles = _drawn(tensor[:, :3], spread[:, :3, :3], normals, optional)
    sds.update(drawn)
    sds["max_shear_eng"] = 2.0 * sds["max_shear_half"]
    out: dict[str, Array] = {}
    for name in (*QUANTITIES, *optional):
        out[name] = values[name]
        out[f"{name}_sd"] = sds[name]
    return {**out, **quantiles, "strain_cov": spread[:, :3, :3]}


def _drawn(
    tensor: Array, spread: Array, normals: Array, optional: tuple[str, ...]
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return standard deviations and quantiles of what is not linear in the tensor."""
    draws = tensor[:, :, None] + _roots(spread) @ normals
    values = derived(draws[:, 0], draws[:, 1], draws[:, 2])
    sds = {name: values[name].std(axis=1) for name in (*_DRAWN, *optional)}
    azimuth = principal(tensor[:, 0], tensor[:, 1], tensor[:, 2])[2]
    # Axes repeat after 180 degrees: deviations lie within 90 of the axis itself.
    off = np.mod(values["azimuth_e1"] - azimuth[:, None] + 90.0, 180.0) - 90.0
    sds["azimuth_e1"] = np.sqrt(np.mean(off**2, axis=1))
    quantiles: dict[str, Array] = {}
    for name in _QUANTILED:
        low, middle, high = np.quantile(values[name], (0.05, 0.5, 0.95), axis=1)
        quantiles |= {f"{name}_p05": low, f"{name}_median": middle, f"{name}_p95": high}
    return sds, quantiles


def _roots(spread: Array) -> Array:
    """Return lower factors of 3 x 3 covariances, also of singular ones."""
    root = np.zeros_like(spread)
    for j in range(3):
        rest = spread[:, j, j] - np.einsum("mk,mk->m", root[:, j, :j], root[:, j, :j])
        root[:, j, j] = np.sqrt(np.maximum(rest, 0.0))
        for i in range(j + 1, 3):
            left = spread[:, i, j] - np.einsum("mk,mk->m", root[:, i, :j], root[:, j, :j])
            root[:, i, j] = np.divide(
                left, root[:, j, j], out=np.zeros_like(left), where=root[:, j, j] > 0.0
            )
    return root
