"""Seismic moment tensors: size, principal axes, nodal planes, double couples.

Tensors are six components in the order of the catalog, ``mrr mtt mpp mrt mrp
mtp`` (r up, t south, p east), N m.

References
----------
Aki, K. & Richards, P. G. (2002). Quantitative Seismology, 2nd ed., section 4.4.
Kanamori, H. (1977). The energy release in great earthquakes. J. Geophys. Res.
82, 2981-2987. doi:10.1029/JB082i020p02981
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "COMPONENTS",
    "double_couple",
    "moment_magnitude",
    "moment_of_magnitude",
    "nodal_planes",
    "principal_axes",
    "scalar_moment",
]

COMPONENTS = ("mrr", "mtt", "mpp", "mrt", "mrp", "mtp")
"""Columns of the catalog that hold a tensor, in the order used here."""


def scalar_moment(tensor: ArrayLike) -> NDArray[np.float64]:
    """Return the scalar moment of moment tensors.

    Parameters
    ----------
    tensor : array_like, shape (n, 6)
        Components mrr, mtt, mpp, mrt, mrp, mtp, N m.

    Returns
    -------
    ndarray, shape (n,)
        Scalar moment, N m.

    Notes
    -----
    sqrt(sum_ij M_ij^2 / 2) (Silver & Jordan 1982, doi:10.1111/j.1365-246X.1982.tb04998.x).

    Examples
    --------
    >>> scalar_moment([[0.0, 0.0, 0.0, 0.0, 0.0, 2.0]])
    array([2.])
    """
    m = np.asarray(tensor, dtype=float)
    return np.asarray(np.sqrt(0.5 * (m[:, :3] ** 2).sum(axis=1) + (m[:, 3:] ** 2).sum(axis=1)))


def moment_magnitude(moment: ArrayLike) -> NDArray[np.float64]:
    """Return the moment magnitude, Mw = 2/3 (log10 M0 - 9.1) with M0 in N m; NaN unless M0 > 0.

    Examples
    --------
    >>> moment_magnitude(10.0**18.1)
    array(6.)
    """
    m0 = np.asarray(moment, dtype=float)
    safe = np.where(m0 > 0, m0, np.nan)
    return np.asarray(2.0 / 3.0 * (np.log10(safe) - 9.1))


def moment_of_magnitude(magnitude: ArrayLike) -> NDArray[np.float64]:
    """Return the scalar moment in N m of a moment magnitude.

    Examples
    --------
    >>> float(np.log10(moment_of_magnitude(6.0)))
    18.1
    """
    return np.asarray(10.0 ** (1.5 * np.asarray(magnitude, dtype=float) + 9.1))


def double_couple(
    strike: ArrayLike, dip: ArrayLike, rake: ArrayLike, moment: ArrayLike
) -> NDArray[np.float64]:
    """Return the moment tensors of double couples.

    Parameters
    ----------
    strike, dip, rake : array_like, shape (n,)
        Aki & Richards convention, degree.
    moment : array_like, shape (n,)
        Scalar moment, N m.

    Returns
    -------
    ndarray, shape (n, 6)

    Examples
    --------
    >>> double_couple([0.0], [90.0], [0.0], [1.0]).round(12) + 0.0
    array([[ 0.,  0.,  0.,  0.,  0., -1.]])
    """
    phi, delta, lam = (np.deg2rad(np.atleast_1d(a).astype(float)) for a in (strike, dip, rake))
    m0 = np.atleast_1d(np.asarray(moment, dtype=float))
    normal, slip = _normal_and_slip(phi, delta, lam)
    m = m0[:, None, None] * (
        normal[:, :, None] * slip[:, None, :] + slip[:, :, None] * normal[:, None, :]
    )
    return np.column_stack(
        [m[:, 2, 2], m[:, 0, 0], m[:, 1, 1], m[:, 0, 2], -m[:, 1, 2], -m[:, 0, 1]]
    )


def _normal_and_slip(
    phi: NDArray[np.float64], delta: NDArray[np.float64], lam: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return fault normal and slip vector, north-east-down (Aki & Richards 4.88, 4.89)."""
    normal = np.column_stack(
        [-np.sin(delta) * np.sin(phi), np.sin(delta) * np.cos(phi), -np.cos(delta)]
    )
    along, up_dip = _plane_axes(phi, delta)
    return normal, np.cos(lam)[:, None] * along + np.sin(lam)[:, None] * up_dip


def _plane_axes(
    phi: NDArray[np.float64], delta: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    along = np.column_stack([np.cos(phi), np.sin(phi), np.zeros_like(phi)])
    up_dip = np.column_stack(
        [np.cos(delta) * np.sin(phi), -np.cos(delta) * np.cos(phi), -np.sin(delta)]
    )
    return along, up_dip


def _eigen(tensor: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return ascending eigenvalues and their vectors (rows, north-east-down)."""
    rr, tt, pp, rt, rp, tp = np.asarray(tensor, dtype=float).T
    matrix = np.stack(
        [np.stack([tt, -tp, rt]), np.stack([-tp, pp, -rp]), np.stack([rt, -rp, rr])]
    ).transpose(2, 0, 1)
    values, vectors = np.linalg.eigh(matrix)
    return values, vectors.transpose(0, 2, 1)


def principal_axes(tensor: ArrayLike) -> NDArray[np.float64]:
    """Return the principal axes of moment tensors.

    Parameters
    ----------
    tensor : array_like, shape (n, 6)

    Returns
    -------
    ndarray, shape (n, 3, 3)
        For T, N and P (descending eigenvalue): eigenvalue (N m), plunge and azimuth (degree).

    Examples
    --------
    >>> principal_axes(double_couple([0.0], [90.0], [0.0], [1.0]))[0, 0].round(6) + 0.0
    array([ 1.,  0., 45.])
    """
    values, vectors = _eigen(tensor)
    values, vectors = values[:, ::-1], vectors[:, ::-1]
    # A horizontal axis points both ways: take the eastern half of the circle.
    down, east = vectors[..., 2], vectors[..., 1]
    turn = (down < -1e-12) | ((np.abs(down) <= 1e-12) & (east < 0))
    vectors = np.where(turn[..., None], -vectors, vectors)
    plunge = np.degrees(np.arcsin(np.clip(vectors[..., 2], -1.0, 1.0)))
    azimuth = np.degrees(np.arctan2(vectors[..., 1], vectors[..., 0])) % 360.0
    return np.asarray(np.stack([values, plunge, azimuth], axis=-1))


def nodal_planes(tensor: ArrayLike) -> NDArray[np.float64]:
    """Return the nodal planes of the double couple that is closest in its axes.

    Parameters
    ----------
    tensor : array_like, shape (n, 6)

    Returns
    -------
    ndarray, shape (n, 2, 3)
        Strike, dip and rake of the two planes, degree, strike in [0, 360).

    Examples
    --------
    >>> planes = nodal_planes(double_couple([30.0], [60.0], [90.0], [1.0]))[0]
    >>> sorted(planes[:, 0].round(6).tolist())
    [30.0, 210.0]
    """
    _, vectors = _eigen(tensor)
    pressure, tension = vectors[:, 0], vectors[:, 2]
    normal = (tension + pressure) / np.sqrt(2.0)
    slip = (tension - pressure) / np.sqrt(2.0)
    return np.stack([_plane(normal, slip), _plane(slip, normal)], axis=1)


def _plane(normal: NDArray[np.float64], slip: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return strike, dip, rake of a fault normal and a slip vector, shape (n, 3)."""
    sign = np.where(normal[:, 2] > 0, -1.0, 1.0)[:, None]
    n, d = sign * normal, sign * slip
    delta = np.arccos(np.clip(-n[:, 2], -1.0, 1.0))
    phi = np.arctan2(-n[:, 0], n[:, 1])
    along, up_dip = _plane_axes(phi, delta)
    lam = np.arctan2((d * up_dip).sum(axis=1), (d * along).sum(axis=1))
    return np.asarray(np.degrees(np.column_stack([phi % (2.0 * np.pi), delta, lam])))
