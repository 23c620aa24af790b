"""The rotation of a block, or of one frame in another, estimated from velocities.

Weighted least squares with the full covariance of each station; stations that
do not fit are left out until nothing changes. An F test says whether the block
is rigid, and the velocities that are left carry the error of the rotation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import ConvergenceError, DataError, InputError
from asperity.gnss.sphere import NANOSTRAIN, extent, local_frames, places, trend_functionals
from asperity.gnss.velocities.motion import PARAMETERS, Motion, design
from asperity.gnss.velocities.network import Network

__all__ = ["BlockFit", "MotionFit", "Rigidity", "fit_block", "fit_motion"]

ROTATION = PARAMETERS[:3]
REJECT = 3.6
"""Distance, in units of the root of the reduced chi2, beyond which a station is left out."""
LEAST_STATIONS = 4
LEAST_EXTENT = 500.0
"""Extent of a block, km, below which its rotation axis is too uncertain to be of use."""
WORST_CONDITION = 1e8
_ROUNDS = 50
_FREE_ROUNDS = 20
"""Rounds in which a station may come back; then stations only leave, so that rounds end."""
_EXACT = 1e-4
"""Reduced chi2 below which no station is left out: what is left then is rounding."""


@dataclass(frozen=True, eq=False)
class MotionFit:
    """A motion estimated from velocities.

    Parameters
    ----------
    motion : Motion
        Its covariance is scaled by the reduced chi2 where that is above one.
    used : ndarray of bool, shape (n,)
        Stations that the estimate rests on.
    rejected : ndarray of bool, shape (n,)
        Candidates that were left out.
    distance : ndarray, shape (n,)
        Size of each residual in its own standard deviations (Mahalanobis).
    residuals : ndarray, shape (n, k)
        Velocity less the motion, mm/yr.
    chi2 : float
        Weighted sum of squared residuals of the stations used.
    freedom : int
        Observations less parameters.
    condition : float
        Condition number of the weighted equations, their columns scaled to length one.
    cofactor : ndarray, shape (7, 7)
        Covariance of the parameters before scaling.
    """

    motion: Motion
    used: NDArray[np.bool_]
    rejected: NDArray[np.bool_]
    distance: NDArray[np.float64]
    residuals: NDArray[np.float64]
    chi2: float
    freedom: int
    condition: float
    cofactor: NDArray[np.float64]

    @property
    def chi2_reduced(self) -> float:
        """Chi2 for one degree of freedom; near one where residuals are as large as sigmas say."""
        return self.chi2 / self.freedom

    @property
    def rms(self) -> float:
        """Root mean square of the residual components of the stations used, mm/yr."""
        return float(np.sqrt(np.mean(self.residuals[self.used] ** 2)))


def fit_motion(
    longitude: ArrayLike,
    latitude: ArrayLike,
    velocity: ArrayLike,
    covariance: ArrayLike,
    *,
    candidates: ArrayLike | None = None,
    parameters: Sequence[str] = ROTATION,
    reject: float | None = REJECT,
    floor: float = 0.0,
) -> MotionFit:
    """Estimate a motion from velocities, leaving out stations that do not fit.

    Parameters
    ----------
    longitude, latitude : array_like, shape (n,)
        Degrees.
    velocity : array_like, shape (n, k)
        East, north and, when k = 3, up, mm/yr.
    covariance : array_like, shape (n, k, k)
        mm2/yr2.
    candidates : array_like of bool, shape (n,), optional
        Stations that may be used; all when missing.
    parameters : sequence of str, optional
        Which of `PARAMETERS` to estimate; the others are zero.
    reject : float, optional
        As `REJECT`; None keeps every candidate.
    floor : float, optional
        Least reduced chi2 that rejection counts with: 1 takes the covariances at their
        word, 0 lets stations stand out of the scatter that there is.

    Returns
    -------
    MotionFit

    Raises
    ------
    InputError
        If a parameter is unknown, or none can be seen in such velocities.
    DataError
        If fewer than four stations are left, or they cannot tell the parameters apart.

    Notes
    -----
    Minimises sum (v_i - A_i p)' C_i^-1 (v_i - A_i p). A station is left out where the
    root of its term exceeds `reject` sqrt(max(floor, chi2 / freedom)), and comes back when
    it fits later. The covariance of p is (sum A_i' C_i^-1 A_i)^-1 max(1, chi2 / freedom).
    """
    velocity = np.asarray(velocity, dtype=np.float64)
    n, k = velocity.shape
    chosen = _chosen(parameters, k)
    allowed = np.ones(n, bool) if candidates is None else np.asarray(candidates, dtype=bool)
    whitening = np.linalg.inv(np.linalg.cholesky(np.asarray(covariance, dtype=np.float64)))
    columns = whitening @ design(longitude, latitude)[:, :k, chosen]
    observed = np.einsum("nij,nj->ni", whitening, velocity)
    used = allowed.copy()
    for turn in range(_ROUNDS):
        solution, cofactor, condition = _solve(columns[used], observed[used])
        whitened = observed - columns @ solution
        distance = np.sqrt((whitened**2).sum(axis=1))
        chi2 = float((distance[used] ** 2).sum())
        freedom = int(used.sum()) * k - len(chosen)
        if reject is None or chi2 / freedom < _EXACT:
            break
        fitting = allowed & (distance <= reject * np.sqrt(max(floor, chi2 / freedom)))
        if turn >= _FREE_ROUNDS:
            fitting &= used
        if (fitting == used).all():
            break
        used = fitting
    full, known = np.zeros(7), np.zeros((7, 7))
    full[chosen] = solution
    known[np.ix_(chosen, chosen)] = cofactor
    motion = Motion.from_parameters(full, known * max(1.0, chi2 / freedom))
    residuals = velocity - motion.velocity(longitude, latitude)[:, :k]
    return MotionFit(
        motion, used, allowed & ~used, distance, residuals, chi2, freedom, condition, known
    )


def _chosen(parameters: Sequence[str], k: int) -> list[int]:
    unknown = [name for name in parameters if name not in PARAMETERS]
    if unknown or not parameters:
        raise InputError(
            f"parameters of a motion are {', '.join(PARAMETERS)}; found {', '.join(unknown) or '-'}"
        )
    if k == 2 and "scale" in parameters:
        raise InputError(
            "a scale moves stations up and down only: horizontal velocities do not show it; "
            "leave it out, or use fields with vertical velocities"
        )
    return [PARAMETERS.index(name) for name in parameters]


def _solve(
    columns: NDArray[np.float64], observed: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return the least-squares solution, its cofactor matrix and the condition number."""
    stations, k, m = columns.shape
    if stations < LEAST_STATIONS or stations * k <= m:
        raise DataError(
            f"{stations} stations are left to estimate {m} parameters from; at least "
            f"{LEAST_STATIONS} are needed: take a larger block, or fields that share more stations"
        )
    matrix = columns.reshape(-1, m)
    length = np.linalg.norm(matrix, axis=0)
    if not length.all():
        raise DataError("the stations do not show one of the parameters at all")
    left, singular, right = np.linalg.svd(matrix / length, full_matrices=False)
    condition = float(singular[0] / singular[-1]) if singular[-1] > 0.0 else float("inf")
    if not condition < WORST_CONDITION:
        raise DataError(
            f"the stations cannot tell the parameters apart (condition number {condition:.2g}); "
            "choose stations over a wider area, or estimate fewer parameters"
        )
    inverse = right.T / singular / length[:, None]
    solution = inverse @ (left.T @ observed.ravel())
    if not np.isfinite(solution).all():
        raise ConvergenceError("the least-squares solution is not finite; check the velocities")
    return solution, inverse @ inverse.T, condition


@dataclass(frozen=True)
class Rigidity:
    """Whether a block turns as a whole: an F test on three added uniform strain rates.

    Parameters
    ----------
    f : float
        ((chi2 without - chi2 with) / 3) / (chi2 with / freedom).
    p : float
        Probability of a larger one where the block is rigid.
    strain : ndarray, shape (3,)
        Strain rates ee, nn and en in the middle of the stations that fit best, nanostrain/yr.
    deviations : ndarray, shape (3,)
        Their standard deviations, scaled as those of the rotation.
    """

    f: float
    p: float
    strain: NDArray[np.float64]
    deviations: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BlockFit:
    """The rotation of a block.

    Parameters
    ----------
    fit : MotionFit
    rigidity : Rigidity
    extent : float
        Longest distance between two stations used, km.
    network : Network
        All stations, their velocities relative to the block; see `fit_block`.
    """

    fit: MotionFit
    rigidity: Rigidity
    extent: float
    network: Network


def fit_block(
    network: Network, block: ArrayLike, name: str = "block", *, propagate: bool = True
) -> BlockFit:
    """Estimate the rotation of a block and take it from all velocities.

    Parameters
    ----------
    network : Network
    block : array_like of bool, shape (n,)
        Stations that belong to the block.
    name : str, optional
        Name of the frame of the velocities that are left.
    propagate : bool, optional
        Add the error of the rotation to the deviations. Leave it away where strain rates
        are wanted: they do not depend on the frame, and its error is common to all stations.

    Returns
    -------
    BlockFit

    Raises
    ------
    DataError
        If fewer than four stations are left or they span less than 500 km.

    Notes
    -----
    The covariance of a velocity relative to the block is C_i + A_i C_w A_i' outside it,
    with C_w as scaled. For the stations that the estimate rests on it is
    C_i - A_i C_w A_i', with C_w before scaling, because their errors are in the rotation.
    """
    members = np.asarray(block, dtype=bool)
    fit = fit_motion(
        *network.coordinates, network.velocities, network.covariances, candidates=members
    )
    span = extent(places(*network.coordinates)[fit.used])
    if span < LEAST_EXTENT:
        raise DataError(
            f"the {int(fit.used.sum())} stations of the block {name!r} span {span:.0f} km; an axis "
            f"of rotation needs {LEAST_EXTENT:.0f} km or more: choose a larger block"
        )
    covariance = network.covariances
    if propagate:
        outside = covariance + fit.motion.uncertainty(*network.coordinates)
        columns = design(*network.coordinates)[:, :2, :3]
        inside = covariance - columns @ fit.cofactor[:3, :3] @ columns.transpose(0, 2, 1)
        covariance = np.where(fit.used[:, None, None], inside, outside)
    deviation = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    relative = network.replace(
        east=fit.residuals[:, 0],
        north=fit.residuals[:, 1],
        sd_east=deviation[:, 0],
        sd_north=deviation[:, 1],
        correlation=covariance[:, 0, 1] / deviation.prod(axis=1),
        frame=name,
    )
    return BlockFit(fit, _rigidity(network.select(fit.used), fit), span, relative)


def _rigidity(used: Network, fit: MotionFit) -> Rigidity:
    from scipy.stats import f as f_law

    whitening = np.linalg.inv(np.linalg.cholesky(used.covariances))
    middle = places(*used.coordinates).mean(axis=0)
    at = np.rad2deg(
        [np.arctan2(middle[1], middle[0]), np.arctan2(middle[2], np.hypot(middle[0], middle[1]))]
    )
    plain = trend_functionals(
        "rotation+strain", local_frames(*used.coordinates), local_frames(at[0], at[1])[0]
    )[:, :2]
    columns = whitening @ plain
    observed = np.einsum("nij,nj->ni", whitening, used.velocities)
    solution, cofactor, _ = _solve(columns, observed)
    chi2 = float(((observed - columns @ solution) ** 2).sum())
    freedom = 2 * len(used) - 6
    # Of velocities without noise both misfits are rounding: the block is rigid.
    exact = fit.chi2_reduced < _EXACT
    ratio = 0.0 if exact else (fit.chi2 - chi2) / 3.0 / (chi2 / freedom)
    scale = max(1.0, chi2 / freedom)
    deviations = np.sqrt(np.diag(cofactor)[3:] * scale)
    return Rigidity(
        ratio, float(f_law.sf(ratio, 3, freedom)), NANOSTRAIN * solution[3:],
        NANOSTRAIN * deviations,
    )  # fmt: skip
