"""Strain from stations weighted by distance and by the area they stand for (VISR).

At a node the velocities of stations get the weight L Z / sigma^2: L falls with
distance over a smoothing distance D, Z is the share of the network that a station
stands for, and D is the smallest at which the weights add up to a threshold, so
that resolution follows the density of stations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import SphericalVoronoi, cKDTree

from asperity.core.errors import DataError, InputError
from asperity.gnss.sphere import RADIUS, great_circle
from asperity.gnss.strain_rate import _kernels
from asperity.gnss.strain_rate.uniform import Around, UniformStrain

__all__ = ["ShenStrain", "Weighting", "cell_areas", "weights_around"]

Array = NDArray[np.float64]
DistanceWeight = Literal["gaussian", "quadratic"]
ArealWeight = Literal["voronoi", "azimuth"]

#: Smoothing distances beyond which a station's weight is taken for zero.
CUTOFF = {"gaussian": 2.15, "quadratic": 10.0}
#: Weight of the mean sector beside a station's own one.
MEAN_SHARE = 0.25
#: Nearest stations whose mean distance is the radius of the largest cell that is believed, and
#: how many times the area of that circle it may have.
CELL_NEIGHBOURS = 6
CELL_LIMIT = 2.0
_TAPERS = {"gaussian": _kernels.GAUSSIAN, "quadratic": _kernels.QUADRATIC}
_COVERAGES = {"azimuth": _kernels.AZIMUTHAL, "voronoi": _kernels.AREAL}


@dataclass(frozen=True)
class Weighting:
    """How stations around a node are weighted.

    Parameters
    ----------
    distance : {"gaussian", "quadratic"}
        exp(-d^2 / D^2), or 1 / (1 + d^2 / D^2).
    area : {"voronoi", "azimuth"}
        By the cell of the station, or by the sector between its neighbours in
        azimuth.
    threshold : float
        W_t, that twice the sum of weights has to reach.
    smallest, largest, step : float
        Smoothing distances that are tried, km; the largest itself is not.

    Raises
    ------
    InputError
        If a value is not allowed.
    """

    distance: DistanceWeight = "gaussian"
    area: ArealWeight = "voronoi"
    threshold: float = 24.0
    smallest: float = 1.0
    largest: float = 500.0
    step: float = 1.0

    def __post_init__(self) -> None:
        for name, table in (("distance", _TAPERS), ("area", _COVERAGES)):
            if getattr(self, name) not in table:
                raise InputError(
                    f"{name} weight {getattr(self, name)!r}; allowed are {', '.join(table)}"
                )
        if not (self.threshold > 0.0 and 0.0 < self.smallest < self.largest and self.step > 0.0):
            raise InputError(
                f"threshold {self.threshold:g}, smoothing from {self.smallest:g} to "
                f"{self.largest:g} km in steps of {self.step:g} km; expected a threshold and a "
                "step above 0 and 0 < smallest < largest"
            )

    @property
    def steps(self) -> Array:
        """Smoothing distances, km."""
        count = int(np.ceil((self.largest - self.smallest) / self.step - 1e-9))
        return np.asarray(self.smallest + self.step * np.arange(count))


def weights_around(
    distance: Array, azimuth: Array, area: Array, weighting: Weighting
) -> tuple[Array, Array, NDArray[np.int64]]:
    """Return the weights of stations around nodes.

    Parameters
    ----------
    distance, azimuth : ndarray, shape (m, n)
        Of the stations from the nodes, km and degrees.
    area : ndarray, shape (n,)
        Of the stations' cells, any unit.
    weighting : Weighting

    Returns
    -------
    weights : ndarray, shape (m, n)
        L Z of each station, zero for those that do not take part.
    smoothing : ndarray, shape (m,)
        D, km; zero where no smoothing distance does.
    count : ndarray of int, shape (m,)
        Stations that take part; where none does the reason: -1 fewer than three,
        -2 all on one side (no more than half of the horizon), -3 too little weight.
    """
    cutoff = CUTOFF[weighting.distance]
    steps = weighting.steps
    weights = np.zeros(distance.shape)
    smoothing, count = np.zeros(len(distance)), np.zeros(len(distance), dtype=np.int64)
    for i in range(len(distance)):
        near = np.flatnonzero(distance[i] <= cutoff * steps[-1])
        rows = near[np.argsort(distance[i, near], kind="stable")]
        own = np.zeros(rows.size)
        smoothing[i], count[i] = _kernels.smoothing(
            distance[i, rows], np.mod(azimuth[i, rows], 360.0), area[rows],
            _TAPERS[weighting.distance], cutoff, _COVERAGES[weighting.area], MEAN_SHARE,
            weighting.threshold, steps, own,
        )  # fmt: skip
        if count[i] > 0:
            weights[i, rows[: count[i]]] = own[: count[i]]
    return weights, smoothing, count


def cell_areas(points: Array) -> Array:
    """Return the areas of the Voronoi cells of stations on the unit sphere, km^2.

    Parameters
    ----------
    points : ndarray, shape (n, 3)
        Unit vectors, no two alike.

    Notes
    -----
    A cell at the rim of a network is open, or nearly so: one larger than twice the
    circle whose radius is the mean distance of the six nearest stations counts as
    that circle.

    Raises
    ------
    DataError
        If two stations lie at one place.
    """
    count = min(CELL_NEIGHBOURS, len(points) - 1)
    near, _ = cKDTree(points).query(points, count + 1)
    circle = np.pi * great_circle(RADIUS * near[:, 1:]).mean(axis=1) ** 2
    try:
        cells = RADIUS**2 * SphericalVoronoi(points).calculate_areas()
    except ValueError as error:
        raise DataError(
            f"no Voronoi cells of {len(points)} stations: {error}; merge stations at one place, or "
            "weigh by azimuth"
        ) from None
    return np.asarray(np.where(cells > CELL_LIMIT * circle, circle, cells))


@dataclass(kw_only=True, repr=False, eq=False)
class ShenStrain(UniformStrain):
    """Strain by the optimal interpolation of Shen et al. (2015), as in VISR.

    Parameters
    ----------
    distance_weight : {"gaussian", "quadratic"}
    areal_weight : {"voronoi", "azimuth"}
    threshold : float
        W_t; larger is smoother.
    smallest, largest, step : float
        Smoothing distances that are tried, km.
    noise_factor, extra_noise : float
        Factor of the formal standard deviations, and mm/yr added to them.
    max_distance : float
        Strain is masked where the nearest station is farther, km.
    draws, seed : int
        Of the distribution of what is not linear in the tensor.

    Notes
    -----
    Strain is masked where all stations within reach lie on one side, or no smoothing
    distance gathers the threshold: the rules of VISR. Unlike VISR distances, azimuths
    and the motion are those on the sphere, not in one plane for the whole network,
    and the correlation of east and north counts.

    References
    ----------
    Shen, Z.-K., Wang, M., Zeng, Y. & Wang, F. (2015). Optimal interpolation of
    spatially discretized geodetic data. Bull. Seismol. Soc. Am. 105, 2117-2127,
    doi:10.1785/0120140247.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> places = rng.uniform(90, 92, 40), rng.uniform(30, 32, 40)
    >>> ve = 10.0 * np.cos(np.radians(places[1]))
    >>> field = ShenStrain(threshold=12.0).fit(places, (ve, 0 * ve))
    >>> bool(abs(field.predict(([91.0], [31.0])).strain_ee[0]) < 1e-6)
    True
    """

    title = "the optimal interpolation of Shen et al. (2015)"

    distance_weight: DistanceWeight = "gaussian"
    areal_weight: ArealWeight = "voronoi"
    threshold: float = 24.0
    smallest: float = 1.0
    largest: float = 500.0
    step: float = 1.0

    def _prepare(self) -> None:
        self._weighting = Weighting(
            self.distance_weight, self.areal_weight, self.threshold, self.smallest, self.largest,
            self.step,
        )  # fmt: skip
        points = self.observations_.frames[:, 2]
        areal = self.areal_weight == "voronoi"
        self._areas = cell_areas(points) if areal else np.ones(len(points))

    def _around(self, nodes: Array) -> Around:
        seen = np.einsum("mia,na->mni", nodes, self.observations_.frames[:, 2])
        distance = RADIUS * np.arctan2(np.hypot(seen[..., 0], seen[..., 1]), seen[..., 2])
        azimuth = np.degrees(np.arctan2(seen[..., 0], seen[..., 1]))
        weights, _, _ = weights_around(distance, azimuth, self._areas, self._weighting)
        # Only the stations that any weight is given to are carried on.
        most = max(3, int((weights > 0.0).sum(axis=1).max()))
        rows = np.argsort(-weights, axis=1, kind="stable")[:, :most]
        return Around(rows, np.take_along_axis(weights, rows, axis=1))
