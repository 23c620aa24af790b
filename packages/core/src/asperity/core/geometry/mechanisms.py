"""Focal mechanisms: moment tensors of double couples, their size, axes and nodal planes.

Angles follow Aki & Richards: the fault dips to the right of its strike, the
rake is the direction in which the hanging wall moves, measured in the plane
from the strike, 90 for reverse and -90 for normal faulting. Tensors have the
six components of the catalog, in the order r (up), t (south), p (east):
``mrr, mtt, mpp, mrt, mrp, mtp``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError

__all__ = [
    "TENSOR_COMPONENTS",
    "TensorParts",
    "auxiliary_plane",
    "fault_vectors",
    "mechanism_styles",
    "moment_magnitude",
    "moment_of_magnitude",
    "moment_tensor",
    "nodal_planes",
    "principal_axes",
    "scalar_moment",
    "tensor_components",
    "tensor_matrix",
    "tensor_parts",
]

TENSOR_COMPONENTS = ("mrr", "mtt", "mpp", "mrt", "mrp", "mtp")
"""Columns of a catalog that hold a moment tensor, in the order used here."""


def fault_vectors(
    strike: ArrayLike, dip: ArrayLike, rake: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the normal of fault planes and the direction of slip on them.

    Parameters
    ----------
    strike, dip, rake : array_like, broadcast to shape (n,)
        Degrees.

    Returns
    -------
    normal, slip : ndarray, shape (n, 3)
        Unit vectors, east, north, up. The normal points up, from the footwall
        into the hanging wall; the slip is that of the hanging wall.

    Notes
    -----
    Aki & Richards, equations 4.88 and 4.89, written in east, north, up.

    References
    ----------
    Aki & Richards 2002, Quantitative Seismology, 2nd edition.

    Examples
    --------
    >>> normal, slip = fault_vectors(0.0, 90.0, 0.0)  # left-lateral on a north-south wall
    >>> normal.round(12).tolist(), slip.round(12).tolist()
    ([1.0, -0.0, 0.0], [0.0, 1.0, 0.0])
    """
    s, d, r = np.broadcast_arrays(*(np.deg2rad(np.asarray(v, float)) for v in (strike, dip, rake)))
    normal = np.stack([np.sin(d) * np.cos(s), -np.sin(d) * np.sin(s), np.cos(d)], axis=-1)
    slip = np.stack(
        [
            np.cos(r) * np.sin(s) - np.cos(d) * np.sin(r) * np.cos(s),
            np.cos(r) * np.cos(s) + np.cos(d) * np.sin(r) * np.sin(s),
            np.sin(r) * np.sin(d),
        ],
        axis=-1,
    )
    return normal, slip


def plane_angles(
    normal: NDArray[np.float64], slip: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return strike (0 to 360), dip (0 to 90) and rake (-180 to 180) of unit vectors (n, 3).

    A normal that points down is turned round together with the slip. On a
    horizontal plane, which has no strike, the strike is 0.
    """
    up = np.where(normal[..., 2:] < 0.0, -1.0, 1.0)
    n, u = normal * up, slip * up
    level = np.hypot(n[..., 0], n[..., 1])
    dip = np.arctan2(level, n[..., 2])
    strike = np.where(level > 1e-12, np.arctan2(-n[..., 1], n[..., 0]), 0.0)
    along = u[..., 0] * np.sin(strike) + u[..., 1] * np.cos(strike)
    # The direction up the dip, so that the rake of a reverse fault is +90.
    rising = (
        -u[..., 0] * np.cos(strike) * np.cos(dip)
        + u[..., 1] * np.sin(strike) * np.cos(dip)
        + u[..., 2] * np.sin(dip)
    )
    rake = np.arctan2(rising, along)
    return np.rad2deg(strike) % 360.0, np.rad2deg(dip), np.rad2deg(rake)


def auxiliary_plane(
    strike: ArrayLike, dip: ArrayLike, rake: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the other plane of double couples: strike, dip, rake, degrees, shape (n,).

    Normal and slip change places.

    Examples
    --------
    >>> [round(float(v), 6) for v in auxiliary_plane(0.0, 30.0, 90.0)]
    [180.0, 60.0, 90.0]
    """
    normal, slip = fault_vectors(strike, dip, rake)
    return plane_angles(slip, normal)


def tensor_matrix(components: ArrayLike) -> NDArray[np.float64]:
    """Return tensors (..., 6) as symmetric matrices (..., 3, 3) on east, north, up.

    Notes
    -----
    With r = z, t = -y and p = x: Mzz = mrr, Myy = mtt, Mxx = mpp, Myz = -mrt,
    Mxz = mrp, Mxy = -mtp.
    """
    m = np.asarray(components, dtype=np.float64)
    if m.shape[-1:] != (6,):
        raise InputError(
            f"moment tensors of shape {m.shape}; the last axis holds the six components "
            f"{', '.join(TENSOR_COMPONENTS)}"
        )
    rr, tt, pp, rt, rp, tp = np.moveaxis(m, -1, 0)
    rows = (
        np.stack([pp, -tp, rp], axis=-1),
        np.stack([-tp, tt, -rt], axis=-1),
        np.stack([rp, -rt, rr], axis=-1),
    )
    return np.stack(rows, axis=-2)


def tensor_components(matrix: ArrayLike) -> NDArray[np.float64]:
    """Return symmetric matrices (..., 3, 3) on east, north, up as tensors (..., 6)."""
    m = np.asarray(matrix, dtype=np.float64)
    return np.stack(
        [m[..., 2, 2], m[..., 1, 1], m[..., 0, 0], -m[..., 1, 2], m[..., 0, 2], -m[..., 0, 1]],
        axis=-1,
    )


def moment_tensor(
    strike: ArrayLike, dip: ArrayLike, rake: ArrayLike, moment: ArrayLike = 1.0
) -> NDArray[np.float64]:
    """Return the moment tensors of double couples.

    Parameters
    ----------
    strike, dip, rake : array_like, broadcast to shape (n,)
        Degrees.
    moment : array_like, optional
        Scalar moment, N m.

    Returns
    -------
    ndarray, shape (n, 6)
        ``mrr, mtt, mpp, mrt, mrp, mtp``, N m.

    Notes
    -----
    M = M0 (u n + n u) with the normal n and the slip u.

    Examples
    --------
    >>> [round(m) for m in moment_tensor(0.0, 45.0, 90.0)]  # thrust, compressed east-west
    [1, 0, -1, 0, 0, 0]
    """
    normal, slip = fault_vectors(strike, dip, rake)
    outer = slip[..., :, None] * normal[..., None, :]
    both = outer + np.swapaxes(outer, -1, -2)
    return tensor_components(np.asarray(moment, dtype=np.float64)[..., None, None] * both)


def nodal_planes(components: ArrayLike) -> NDArray[np.float64]:
    """Return the two nodal planes of the best double couples of moment tensors.

    Parameters
    ----------
    components : array_like, shape (n, 6)
        ``mrr, mtt, mpp, mrt, mrp, mtp``, of any unit.

    Returns
    -------
    ndarray, shape (n, 2, 3)
        Strike, dip and rake of each plane, degrees; NaN where a component is
        NaN or the tensor has no deviatoric part.

    Notes
    -----
    With the axes t and p of the largest and the smallest principal moment the
    two planes have the normals (t + p) / sqrt 2 and (t - p) / sqrt 2, and each
    the other's normal as direction of slip.

    Examples
    --------
    >>> planes = nodal_planes(moment_tensor(20.0, 60.0, 90.0, 1e18))
    >>> sorted(planes.round(6).tolist())
    [[20.0, 60.0, 90.0], [200.0, 30.0, 90.0]]
    """
    matrix = tensor_matrix(components)
    shape = matrix.shape[:-2]
    flat = matrix.reshape(-1, 3, 3)
    out = np.full((len(flat), 2, 3), np.nan)
    scale = np.abs(flat).max(axis=(1, 2), initial=0.0)
    deviatoric = flat - np.trace(flat, axis1=1, axis2=2)[:, None, None] / 3.0 * np.eye(3)
    usable = np.isfinite(scale) & (np.abs(deviatoric).max(axis=(1, 2)) > 1e-12 * scale)
    if usable.any():
        _, axes = np.linalg.eigh(flat[usable] / scale[usable, None, None])
        tension, pressure = axes[..., 2], axes[..., 0]
        one, two = (tension + pressure) / np.sqrt(2.0), (tension - pressure) / np.sqrt(2.0)
        for i, (normal, slip) in enumerate(((one, two), (two, one))):
            out[usable, i] = np.stack(plane_angles(normal, slip), axis=-1)
    return out.reshape(*shape, 2, 3)


def principal_axes(components: ArrayLike) -> NDArray[np.float64]:
    """Return the principal axes of moment tensors.

    Parameters
    ----------
    components : array_like, shape (n, 6)
        ``mrr, mtt, mpp, mrt, mrp, mtp``, N m.

    Returns
    -------
    ndarray, shape (n, 3, 3)
        For T, N and P (descending principal moment): moment (N m), plunge and
        azimuth (degrees).

    Examples
    --------
    >>> principal_axes(moment_tensor(0.0, 90.0, 0.0))[0].round(6) + 0.0
    array([ 1.,  0., 45.])
    """
    values, vectors = np.linalg.eigh(tensor_matrix(components))
    values, axes = values[..., ::-1], np.swapaxes(vectors, -1, -2)[..., ::-1, :]
    # Axes point down; a horizontal one points both ways: take the eastern half of the circle.
    up, east = axes[..., 2], axes[..., 0]
    turn = (up > 1e-12) | ((np.abs(up) <= 1e-12) & (east < 0.0))
    axes = np.where(turn[..., None], -axes, axes)
    plunge = np.rad2deg(np.arcsin(np.clip(-axes[..., 2], -1.0, 1.0)))
    azimuth = np.rad2deg(np.arctan2(axes[..., 0], axes[..., 1])) % 360.0
    return np.stack([values, plunge, azimuth], axis=-1)


def mechanism_styles(components: ArrayLike) -> NDArray[np.object_]:
    """Return how moment tensors slip, by the plunges of their axes.

    Parameters
    ----------
    components : array_like, shape (n, 6)
        ``mrr, mtt, mpp, mrt, mrp, mtp``, of any unit.

    Returns
    -------
    ndarray of str, shape (n,)
        ``strike-slip`` where the null axis plunges by more than 60 degrees, ``normal``
        where P does, ``thrust`` where T plunges by more than 50, else ``odd``; empty
        where a component is missing.

    References
    ----------
    Frohlich 1992, doi:10.1016/0031-9201(92)90130-N; Frohlich & Apperson 1992,
    doi:10.1029/91TC02888.

    Examples
    --------
    >>> mechanism_styles(moment_tensor([0.0, 0.0, 0.0], [90.0, 45.0, 45.0], [0.0, 90.0, -90.0]))
    array(['strike-slip', 'thrust', 'normal'], dtype=object)
    """
    tensors = np.atleast_2d(np.asarray(components, dtype=np.float64))
    known = np.isfinite(tensors).all(axis=1)
    styles = np.full(len(tensors), "", dtype=object)
    if known.any():
        tension, null, pressure = principal_axes(tensors[known])[..., 1].T
        rules = [null > 60.0, pressure > 60.0, tension > 50.0]
        styles[known] = np.select(rules, ["strike-slip", "normal", "thrust"], "odd")
    return styles


def scalar_moment(components: ArrayLike) -> NDArray[np.float64]:
    """Return the scalar moments of moment tensors (..., 6), sqrt(sum_ij M_ij^2 / 2), N m.

    References
    ----------
    Silver & Jordan 1982, doi:10.1111/j.1365-246X.1982.tb04998.x.

    Examples
    --------
    >>> scalar_moment([[0.0, 0.0, 0.0, 0.0, 0.0, 2.0]])
    array([2.])
    """
    return np.asarray(np.sqrt((tensor_matrix(components) ** 2).sum(axis=(-2, -1)) / 2.0))


@dataclass(frozen=True)
class TensorParts:
    """What moment tensors are made of.

    Parameters
    ----------
    moment : ndarray, shape (n,)
        Scalar moment sqrt(sum Mij2 / 2), N m (Silver & Jordan 1982).
    isotropic : ndarray, shape (n,)
        trace / 3, N m; positive for an explosion.
    clvd : ndarray, shape (n,)
        epsilon = -m' / abs(m''), with m' the deviatoric principal moment that is
        smallest and m'' the one that is largest in size: 0 for a double couple,
        0.5 and -0.5 for a pure compensated linear vector dipole.
    """

    moment: NDArray[np.float64]
    isotropic: NDArray[np.float64]
    clvd: NDArray[np.float64]


def tensor_parts(components: ArrayLike) -> TensorParts:
    """Split moment tensors into scalar moment, isotropic part and departure from a double couple.

    Parameters
    ----------
    components : array_like, shape (n, 6)
        ``mrr, mtt, mpp, mrt, mrp, mtp``, N m.

    Returns
    -------
    TensorParts

    Examples
    --------
    >>> parts = tensor_parts(moment_tensor(20.0, 60.0, 90.0, 1e18))
    >>> f"{parts.moment:.3e}", abs(round(float(parts.clvd), 9))
    ('1.000e+18', 0.0)
    """
    matrix = tensor_matrix(components)
    moment = scalar_moment(components)
    isotropic = np.trace(matrix, axis1=-2, axis2=-1) / 3.0
    deviatoric = matrix - isotropic[..., None, None] * np.eye(3)
    known = np.isfinite(moment)
    values = np.linalg.eigvalsh(np.where(known[..., None, None], deviatoric, 0.0))
    by_size = np.take_along_axis(values, np.argsort(np.abs(values), axis=-1), axis=-1)
    largest = np.abs(by_size[..., 2])
    with np.errstate(invalid="ignore", divide="ignore"):
        clvd = np.where(known & (largest > 0.0), -by_size[..., 0] / largest, np.nan)
    return TensorParts(moment, np.asarray(isotropic), np.asarray(clvd))


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
