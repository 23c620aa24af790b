"""How one reference frame moves in another: rotation, and if any translation and scale.

v = omega x r + T + D r. With the unit vectors e, n, u at a place and R the
radius, the rotation gives v_e = R n . omega and v_n = -R e . omega, nothing
upwards; the translation gives e . T, n . T and u . T; the scale R D upwards
only. With omega in 1e-6 rad/yr and R in km velocities are in mm/yr.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError
from asperity.core.geometry import enu_rotation
from asperity.gnss.sphere import RADIUS

__all__ = ["PARAMETERS", "EulerPole", "Motion", "design"]

PARAMETERS = ("omega_x", "omega_y", "omega_z", "t_x", "t_y", "t_z", "scale")
"""Parameters of a motion: 1e-6 rad/yr (three), mm/yr (three), 1e-9/yr."""
MAS = np.pi / 180.0 / 3600.0 * 1e3
"""1 mas/yr in 1e-6 rad/yr."""


def design(longitude: ArrayLike, latitude: ArrayLike) -> NDArray[np.float64]:
    """Return the velocities, mm/yr, that unit parameters cause.

    Parameters
    ----------
    longitude, latitude : array_like, shape (n,)
        Degrees.

    Returns
    -------
    ndarray, shape (n, 3, 7)
        Rows east, north, up; columns as in `PARAMETERS`.
    """
    axes = np.atleast_3d(enu_rotation(np.atleast_1d(latitude), np.atleast_1d(longitude)))
    columns = np.zeros((len(axes), 3, 7))
    columns[:, 0, :3] = RADIUS * axes[:, 1]
    columns[:, 1, :3] = -RADIUS * axes[:, 0]
    columns[:, :, 3:6] = axes
    columns[:, 2, 6] = RADIUS * 1e-3
    return columns


@dataclass(frozen=True)
class EulerPole:
    """The pole about which a block turns.

    Parameters
    ----------
    latitude, longitude : float
        Degrees; seen from above the pole the block turns counter-clockwise.
    rate : float
        Degrees per million years, not below zero.
    covariance : ndarray, shape (3, 3)
        Of latitude, longitude and rate, in their units.
    """

    latitude: float
    longitude: float
    rate: float
    covariance: NDArray[np.float64]

    @property
    def deviations(self) -> NDArray[np.float64]:
        """Standard deviations of latitude, longitude and rate, shape (3,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))


@dataclass(frozen=True, eq=False)
class Motion:
    """Motion of a frame or a block.

    Parameters
    ----------
    omega : ndarray, shape (3,)
        Rotation vector, earth-fixed, 1e-6 rad/yr.
    translation : ndarray, shape (3,)
        mm/yr.
    scale : float
        1e-9 per year.
    covariance : ndarray, shape (7, 7)
        Of the parameters in the order of `PARAMETERS`; zero where they are taken as known.

    Examples
    --------
    >>> eurasia = Motion.from_mas([-0.085, -0.531, 0.770])
    >>> round(eurasia.pole.rate, 3)
    0.261
    """

    omega: NDArray[np.float64]
    translation: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    scale: float = 0.0
    covariance: NDArray[np.float64] = field(default_factory=lambda: np.zeros((7, 7)))

    def __post_init__(self) -> None:
        for name, shape in (("omega", (3,)), ("translation", (3,)), ("covariance", (7, 7))):
            values = np.array(getattr(self, name), dtype=np.float64)
            if values.shape != shape or not np.isfinite(values).all():
                raise InputError(f"{name} of a motion: finite numbers of shape {shape}")
            values.flags.writeable = False
            object.__setattr__(self, name, values)

    @classmethod
    def from_parameters(cls, values: ArrayLike, covariance: ArrayLike | None = None) -> Self:
        """Build a motion from its seven parameters in the order of `PARAMETERS`."""
        given = np.asarray(values, dtype=np.float64)
        known = np.zeros((7, 7)) if covariance is None else np.asarray(covariance)
        return cls(given[:3], given[3:6], float(given[6]), known)

    @classmethod
    def from_mas(cls, omega: ArrayLike, translation: ArrayLike = (0.0, 0.0, 0.0)) -> Self:
        """Build a motion from a rotation vector in milliarcseconds a year."""
        turned = MAS * np.asarray(omega, dtype=np.float64)
        return cls(turned, np.asarray(translation, dtype=np.float64))

    @classmethod
    def from_pole(cls, latitude: float, longitude: float, rate: float) -> Self:
        """Build a rotation from a pole (degrees) and a rate (degrees per million years)."""
        up = enu_rotation(latitude, longitude)[2]
        return cls(np.deg2rad(rate) * up)

    @property
    def parameters(self) -> NDArray[np.float64]:
        """The seven parameters in the order of `PARAMETERS`."""
        return np.concatenate([self.omega, self.translation, [self.scale]])

    @property
    def pole(self) -> EulerPole:
        """The Euler pole of the rotation, with its covariance to first order.

        Notes
        -----
        ``latitude = asin(w_z / |w|)``, ``longitude = atan2(w_y, w_x)``, ``rate = |w| 180 / pi``;
        the covariance is J C J' with their derivatives J by omega. A rotation of
        zero has no pole: its place is NaN.
        """
        x, y, z = self.omega.tolist()
        across, size = float(np.hypot(x, y)), float(np.linalg.norm(self.omega))
        degree = 180.0 / np.pi
        if across == 0.0 or size == 0.0:
            unknown = np.full((3, 3), np.nan)
            latitude = 90.0 * np.sign(z) if size else np.nan
            return EulerPole(float(latitude), float("nan"), size * degree, unknown)
        jacobian = degree * np.array(
            [
                [-x * z / (across * size**2), -y * z / (across * size**2), across / size**2],
                [-y / across**2, x / across**2, 0.0],
                [x / size, y / size, z / size],
            ]
        )
        return EulerPole(
            degree * float(np.arctan2(z, across)),
            degree * float(np.arctan2(y, x)),
            degree * size,
            jacobian @ self.covariance[:3, :3] @ jacobian.T,
        )

    def velocity(self, longitude: ArrayLike, latitude: ArrayLike) -> NDArray[np.float64]:
        """Return what the motion causes at points, east, north and up, mm/yr, shape (n, 3)."""
        return np.asarray(design(longitude, latitude) @ self.parameters)

    def uncertainty(self, longitude: ArrayLike, latitude: ArrayLike) -> NDArray[np.float64]:
        """Return the covariance of the horizontal `velocity`, mm2/yr2, shape (n, 2, 2)."""
        columns = design(longitude, latitude)[:, :2]
        return np.asarray(columns @ self.covariance @ columns.transpose(0, 2, 1))

    def __add__(self, other: Motion) -> Motion:
        """Return both motions together, their errors independent."""
        return Motion.from_parameters(
            self.parameters + other.parameters, self.covariance + other.covariance
        )

    def __neg__(self) -> Motion:
        """Return the motion backwards."""
        return Motion.from_parameters(-self.parameters, self.covariance)

    def __sub__(self, other: Motion) -> Motion:
        """Return this motion seen from the other, their errors independent."""
        return self + -other
