"""Strain from the nearest stations, and from the triangle of stations around a node."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError, cKDTree

from asperity.core.errors import DataError, InputError
from asperity.gnss.sphere import RADIUS
from asperity.gnss.strain_rate.uniform import Around, UniformStrain

__all__ = ["DelaunayStrain", "NearestStations"]

Array = NDArray[np.float64]

#: Share by which a node may lie outside a triangle, for those on its edges.
EDGE = 1e-9


@dataclass(kw_only=True, repr=False, eq=False)
class NearestStations(UniformStrain):
    """Rigid motion and uniform strain of the nearest stations.

    Parameters
    ----------
    neighbours : int
        Stations of a node, at least 3.
    noise_factor, extra_noise : float
        Factor of the formal standard deviations, and mm/yr added to them.
    max_distance : float
        Strain is masked where the nearest station is farther, km.
    draws, seed : int
        Of the distribution of what is not linear in the tensor.

    Notes
    -----
    All stations have the weight of their noise alone. Strain is masked where the
    chosen stations lie on one line.

    References
    ----------
    Savage, J. C., Gan, W. & Svarc, J. L. (2001). Strain accumulation and rotation in
    the Eastern California Shear Zone. J. Geophys. Res. 106, 21995-22007,
    doi:10.1029/2000JB000127.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> places = rng.uniform(90, 92, 20), rng.uniform(30, 32, 20)
    >>> ve = 10.0 * np.cos(np.radians(places[1]))
    >>> field = NearestStations(neighbours=6).fit(places, (ve, 0 * ve))
    >>> bool(abs(field.predict(([91.0], [31.0])).strain_ee[0]) < 1e-6)
    True
    """

    title = "least squares on the nearest stations"

    neighbours: int = 10

    def _prepare(self) -> None:
        if not 3 <= self.neighbours <= self.n_stations_:
            raise InputError(
                f"{self.neighbours} neighbours of {self.n_stations_} stations; expected 3 or "
                "more, and not more than there are"
            )
        self._tree = cKDTree(RADIUS * self.observations_.frames[:, 2])

    def _around(self, nodes: Array) -> Around:
        _, rows = self._tree.query(RADIUS * nodes[:, 2], self.neighbours)
        return Around(np.asarray(rows, dtype=np.int64), np.ones(rows.shape))


@dataclass(kw_only=True, repr=False, eq=False)
class DelaunayStrain(UniformStrain):
    """Uniform strain of the Delaunay triangle of stations that holds a node.

    Parameters
    ----------
    smallest_angle : float
        Triangles with a smaller angle are not used, degrees: along the rim of a
        network they are slivers that say nothing of the strain across them.
    noise_factor, extra_noise, max_distance, draws, seed
        As for `NearestStations`.

    Attributes
    ----------
    triangles_ : ndarray of int, shape (t, 3)
        Rows of the stations of each triangle that is used.

    Notes
    -----
    Six velocities determine motion and strain exactly; the covariance is that of
    the velocities, propagated. The triangles of points on a sphere are the faces of
    their convex hull, so that poles and the date line are places as any other.

    Examples
    --------
    >>> import numpy as np
    >>> places = np.array([90.0, 92.0, 91.0, 91.0]), np.array([30.0, 30.0, 32.0, 30.7])
    >>> field = DelaunayStrain().fit(places, np.zeros((2, 4)))
    >>> field.predict(([91.2, 99.0], [31.0, 31.0])).mask.values
    array([0, 2], dtype=int8)
    """

    title = "the Delaunay triangles of the stations"

    smallest_angle: float = 5.0

    def _prepare(self) -> None:
        points = self.observations_.frames[:, 2]
        try:
            hull = ConvexHull(points)
        except QhullError as error:
            raise DataError(
                f"no triangles of {self.n_stations_} stations: {str(error).splitlines()[0]}"
            ) from None
        # Faces that the centre of the sphere sees from outside close the hull below a region.
        outer = hull.equations[:, 3] < 0.0
        triangles = np.asarray(hull.simplices[outer], dtype=np.int64)
        wide = _angles(points[triangles]).min(axis=1) >= self.smallest_angle
        self.triangles_ = triangles[wide]
        if not self.triangles_.size:
            raise DataError(
                f"no triangle of {self.n_stations_} stations has angles of "
                f"{self.smallest_angle:g} degrees or more; strain across a line cannot be known"
            )
        # A node is a sum of the corners with shares that are all positive inside.
        self._shares = np.linalg.inv(points[self.triangles_].transpose(0, 2, 1))

    def _around(self, nodes: Array) -> Around:
        shares = np.einsum("tij,mj->mti", self._shares, nodes[:, 2]).min(axis=2)
        best = shares.argmax(axis=1)
        inside = shares[np.arange(len(nodes)), best] >= -EDGE
        weights = np.repeat(inside[:, None].astype(np.float64), 3, axis=1)
        return Around(self.triangles_[best], weights)


def _angles(corners: Array) -> Array:
    """Return the angles of flat triangles with corners (t, 3, 3), degrees, shape (t, 3)."""
    angles = []
    for i in range(3):
        a, b = (corners[:, (i + k) % 3] - corners[:, i] for k in (1, 2))
        across = np.linalg.norm(np.cross(a, b), axis=1)
        angles.append(np.degrees(np.arctan2(across, np.einsum("ti,ti->t", a, b))))
    return np.stack(angles, axis=1)
