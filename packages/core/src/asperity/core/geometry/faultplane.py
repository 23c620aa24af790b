"""Fault planes: coordinates on them, distances from them, and the plane of a cloud."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError
from asperity.core.geometry.mechanisms import (
    auxiliary_plane,
    fault_vectors,
    moment_tensor,
    nodal_planes,
    plane_angles,
)

__all__ = ["FaultPlane", "PlaneFit", "fit_plane"]


@dataclass(frozen=True)
class FaultPlane:
    """A plane in space, and perhaps a rectangle on it and the way it slips.

    Parameters
    ----------
    strike : float
        Degrees clockwise from north; the plane dips to the right of it.
    dip : float
        Degrees below the horizontal, 0 to 90.
    rake : float, optional
        Direction in which the hanging wall slips, degrees from the strike.
    anchor : tuple of float
        A point of the plane, the middle of the rectangle: east, north, up, m.
    length, width : float, optional
        Extent along strike and down dip, m.

    Raises
    ------
    InputError
        If an angle or an extent is out of range.

    Examples
    --------
    >>> plane = FaultPlane(90.0, 45.0)  # dips to the south
    >>> along, down, off = plane.project([[1000.0, -100.0, -100.0]])[0]
    >>> round(float(along)), round(float(down), 1), abs(round(float(off), 6))
    (1000, 141.4, 0.0)
    """

    strike: float
    dip: float
    rake: float | None = None
    anchor: tuple[float, float, float] = (0.0, 0.0, 0.0)
    length: float | None = None
    width: float | None = None

    def __post_init__(self) -> None:
        limits = {"strike": (-360.0, 360.0), "dip": (0.0, 90.0), "rake": (-360.0, 360.0)}
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise InputError(
                    f"fault plane: {name} is {value:g}; allowed are {low:g} to {high:g} degrees"
                )
        for name in ("length", "width"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value < np.inf:
                raise InputError(f"fault plane: {name} is {value:g} m; it cannot be negative")
        if len(self.anchor) != 3 or not np.isfinite(self.anchor).all():
            raise InputError(f"fault plane: anchor {self.anchor} is not three numbers, m")

    @classmethod
    def from_normal(cls, normal: ArrayLike, anchor: ArrayLike = (0.0, 0.0, 0.0)) -> Self:
        """Return the plane through `anchor` with a normal (east, north, up) of any length."""
        n = np.asarray(normal, dtype=np.float64)
        size = float(np.linalg.norm(n))
        if n.shape != (3,) or not 0.0 < size < np.inf:
            raise InputError(f"normal {n.tolist()} is not a vector of three numbers above zero")
        strike, dip, _ = plane_angles(n / size, np.zeros(3))
        east, north, up = np.asarray(anchor, dtype=np.float64).tolist()
        return cls(float(strike), float(dip), anchor=(east, north, up))

    # -- directions ---------------------------------------------------------

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit normal into the hanging wall: east, north, up, shape (3,)."""
        return fault_vectors(self.strike, self.dip, 0.0)[0]

    @property
    def strike_vector(self) -> NDArray[np.float64]:
        """Unit vector along strike: east, north, up, shape (3,)."""
        return fault_vectors(self.strike, self.dip, 0.0)[1]

    @property
    def dip_vector(self) -> NDArray[np.float64]:
        """Unit vector down the dip: east, north, up, shape (3,)."""
        return fault_vectors(self.strike, self.dip, -90.0)[1]

    @property
    def slip_vector(self) -> NDArray[np.float64]:
        """Unit vector in which the hanging wall moves: east, north, up, shape (3,)."""
        return fault_vectors(self.strike, self.dip, self._known_rake())[1]

    def _known_rake(self) -> float:
        if self.rake is None:
            raise InputError("this fault plane has no rake; make it with rake= in degrees")
        return self.rake

    def auxiliary(self) -> Self:
        """Return the other plane of the double couple, through the same anchor."""
        strike, dip, rake = auxiliary_plane(self.strike, self.dip, self._known_rake())
        return replace(
            self, strike=float(strike), dip=float(dip), rake=float(rake), length=None, width=None
        )

    def moment_tensor(self, moment: float = 1.0) -> NDArray[np.float64]:
        """Return ``mrr, mtt, mpp, mrt, mrp, mtp`` of slip with this rake, N m, shape (6,)."""
        return moment_tensor(self.strike, self.dip, self._known_rake(), moment)

    @classmethod
    def of_moment_tensor(cls, components: ArrayLike) -> tuple[Self, Self]:
        """Return the two nodal planes of a moment tensor, shape (6,), any unit.

        Raises
        ------
        DataError
            If the tensor is isotropic or has missing components.
        """
        planes = nodal_planes(np.asarray(components, dtype=np.float64).reshape(6))
        if np.isnan(planes).any():
            raise DataError(
                "this moment tensor has no nodal planes: it is isotropic or a component is missing"
            )
        first, second = (cls(*angles) for angles in planes.tolist())
        return first, second

    # -- coordinates --------------------------------------------------------

    def project(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the coordinates of points on and off the plane.

        Parameters
        ----------
        points : array_like, shape (n, 3)
            East, north, up, m.

        Returns
        -------
        ndarray, shape (n, 3)
            Along strike and down dip from the anchor, and distance from the
            plane, positive on the side of the hanging wall, m.
        """
        away = _points(points) - np.asarray(self.anchor)
        return np.asarray(away @ self._axes().T)

    def unproject(self, coordinates: ArrayLike) -> NDArray[np.float64]:
        """Return points (east, north, up) of coordinates that `project` gave, shape (n, 3), m."""
        return np.asarray(_points(coordinates) @ self._axes() + np.asarray(self.anchor))

    def _axes(self) -> NDArray[np.float64]:
        return np.stack([self.strike_vector, self.dip_vector, self.normal])

    @property
    def corners(self) -> NDArray[np.float64]:
        """Corners of the rectangle, the two upper ones first, shape (4, 3): east, north, up, m."""
        half = self._half_extent()
        signs = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
        return self.unproject(np.column_stack([signs * half, np.zeros(4)]))

    def distance_to_rectangle(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the shortest distance from points (n, 3) to the rectangle, m, shape (n,)."""
        coordinates = self.project(points)
        beyond = np.maximum(np.abs(coordinates[:, :2]) - self._half_extent(), 0.0)
        return np.asarray(np.sqrt((beyond**2).sum(axis=1) + coordinates[:, 2] ** 2))

    def _half_extent(self) -> NDArray[np.float64]:
        if self.length is None or self.width is None:
            raise InputError("this fault plane has no extent; make it with length= and width= in m")
        return np.array([self.length / 2.0, self.width / 2.0])


@dataclass(frozen=True)
class PlaneFit:
    """The plane of a cloud of points.

    Parameters
    ----------
    plane : FaultPlane
        Its rectangle just holds the cloud; the anchor is the rectangle's middle.
    rms : float
        Root mean square distance of the points from the plane, m.
    planarity : float
        1 - (s3 / s2)2 of the singular values s1 > s2 > s3: 1 for points of a
        plane, 0 where the cloud is as thick as it is wide.
    strike_sd, dip_sd : float
        Standard deviations of the angles, degrees, from the scatter about the
        plane alone; NaN for three points.
    n : int
        Number of points.
    """

    plane: FaultPlane
    rms: float
    planarity: float
    strike_sd: float
    dip_sd: float
    n: int


def fit_plane(points: ArrayLike, weights: ArrayLike | None = None) -> PlaneFit:
    """Fit a plane to a cloud of points by least squares of the distances from it.

    Parameters
    ----------
    points : array_like, shape (n, 3)
        East, north, up, m.
    weights : array_like, shape (n,), optional
        Not negative.

    Returns
    -------
    PlaneFit

    Raises
    ------
    DataError
        If there are fewer than three points, or they lie on a line.

    Notes
    -----
    The normal is the right singular vector of the smallest singular value of
    the centred points (total least squares). With s the rms distance and L1,
    L2 the rms extents along the two axes in the plane the normal turns about
    each of these by a standard deviation of s / (sqrt(n - 3) L).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> plane = FaultPlane(30.0, 60.0)
    >>> cloud = plane.unproject(rng.normal(size=(200, 3)) * [1000.0, 400.0, 10.0])
    >>> fit = fit_plane(cloud)
    >>> round(fit.plane.strike), round(fit.plane.dip), fit.rms < 11.0
    (30, 60, True)
    """
    cloud = _points(points)
    w = np.ones(len(cloud)) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.shape != (len(cloud),) or not np.isfinite(w).all() or (w < 0).any():
        raise InputError(f"weights of shape {w.shape}; give one number >= 0 for each point")
    cloud, w = cloud[w > 0], w[w > 0]
    if len(cloud) < 3:
        raise DataError(f"{len(cloud)} points make no plane; at least 3 are needed")
    w = w / w.sum()
    centre = w @ cloud
    _, singular, axes = np.linalg.svd(np.sqrt(w)[:, None] * (cloud - centre), full_matrices=False)
    # Coordinates of metres carry rounding errors of 1e-16 of their size.
    if singular[1] <= 1e-9 * max(singular[0], 1e-6 * float(np.abs(cloud).max()), 1e-300):
        raise DataError("the points lie on a line or coincide, so that no plane is the best")
    plane = FaultPlane.from_normal(axes[2], centre)
    coordinates = plane.project(cloud)[:, :2]
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    middle = plane.unproject([[*((low + high) / 2.0), 0.0]])[0]
    length, width = (high - low).tolist()
    east, north, up = middle.tolist()
    strike_sd, dip_sd = _angle_errors(plane, axes, singular, len(cloud))
    return PlaneFit(
        replace(plane, anchor=(east, north, up), length=length, width=width),
        float(singular[2]),
        float(1.0 - (singular[2] / singular[1]) ** 2),
        strike_sd,
        dip_sd,
        len(cloud),
    )


def _angle_errors(
    plane: FaultPlane, axes: NDArray[np.float64], singular: NDArray[np.float64], n: int
) -> tuple[float, float]:
    if n <= 3:
        return float("nan"), float("nan")
    # The normal tilts towards each axis in the plane independently.
    tilts = singular[2] / (np.sqrt(n - 3.0) * singular[:2])
    towards_strike = np.hypot(*(tilts * (axes[:2] @ plane.strike_vector)))
    towards_dip = np.hypot(*(tilts * (axes[:2] @ plane.dip_vector)))
    level = np.sin(np.deg2rad(plane.dip))
    strike_sd = np.rad2deg(towards_strike / level) if level > 1e-6 else np.nan
    return float(min(strike_sd, 180.0)), float(min(np.rad2deg(towards_dip), 90.0))


def _points(points: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(points, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != 3:
        raise InputError(f"points of shape {array.shape}; expected (n, 3): east, north, up in m")
    if not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise InputError(f"point {row} is {array[row].tolist()}; leave such points out first")
    return array
