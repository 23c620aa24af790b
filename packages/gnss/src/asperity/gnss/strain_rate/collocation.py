"""Least-squares collocation of velocities on the sphere, as an estimator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree
from sklearn.base import BaseEstimator
from threadpoolctl import threadpool_limits

from asperity.core.errors import DataError, InputError
from asperity.gnss.sphere import RADIUS, TRENDS, local_frames, longitude_latitude
from asperity.gnss.strain_rate.covariance import Covariance, VectorModel, vector_model
from asperity.gnss.strain_rate.crossvalidation import (
    LeftOut,
    block_labels,
    leave_blocks_out,
    leave_one_out,
)
from asperity.gnss.strain_rate.estimation import (
    BLOCK,
    LARGEST_LIKELIHOOD,
    METHODS,
    Estimate,
    estimate,
    starting_covariance,
)
from asperity.gnss.strain_rate.fields import check_optional, evaluated, hide, strain_dataset
from asperity.gnss.strain_rate.inputs import components_of, observations_of, places_of
from asperity.gnss.strain_rate.likelihood import projector
from asperity.gnss.strain_rate.local import LocalPosterior, compact_tiles, spread_stations
from asperity.gnss.strain_rate.solver import Noise, Observations, Posterior, SignalModel
from asperity.gnss.strain_rate.strain import quantities, standard_normals
from asperity.gnss.strain_rate.varying import with_amplitude

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Collocation"]

Array = NDArray[np.float64]

#: Stations up to which one matrix holds them all; more need neighbourhoods.
LARGEST_DENSE = 8000
#: Stations from which the trend is estimated where one matrix cannot hold them all.
TREND_STATIONS = 2000
#: Nodes whose functionals are in memory at once.
CHUNK = 512


@dataclass(repr=False, eq=False)
class Collocation(BaseEstimator):  # type: ignore[misc]
    """Velocity and strain rate from velocities of stations, with their covariance.

    Parameters
    ----------
    covariance : str or Covariance
        ``gauss``, ``matern32`` or another function, or several joined by plus
        signs; or a covariance with its parameters.
    estimate : {"reml", "empirical", "loo", "blocks", "none"}
        How variances, lengths and extra noise are found; with ``none`` they stay
        as they are given.
    variance, length : sequence of float
        One a function, mm^2/yr^2 and km; starts, or the values themselves.
    varying : bool
        Let the amplitude of the last function vary in space, by REML, where that gains
        evidence. Standard deviations of strain then follow quiet and active areas;
        over sharp faults they can still be too small by a third.
    vectors : str or VectorModel
        ``projected``, ``components``, ``helmholtz`` or ``icm``.
    trend : {"rotation", "none", "rotation+strain"}
    noise_factor : float
        Factor of the formal standard deviations.
    estimate_noise_factor : bool
        Whether REML varies that factor.
    extra_noise : float
        Standard deviation of a component beyond the formal one, mm/yr.
    local : int
        Stations around each tile of nodes; 0 uses all stations for every node.
    draws : int
        Points of the distribution of what is not linear in the tensor.
    max_resolution, max_distance : float
        Strain is masked where its posterior over prior standard deviation, or the
        distance of the nearest station in km, is larger.
    threads : int
        Of the linear algebra.
    seed : int

    Attributes
    ----------
    covariance_ : Covariance
    vectors_ : VectorModel
    noise_ : Noise
    log_likelihood_ : float
        Restricted; NaN where the network is too large for one matrix and no
        likelihood was asked for.
    trend_parameters_, trend_covariance_ : ndarray
        Angular velocity in 1e-6 rad/yr, then the uniform strain in 1e-6/yr.
    n_stations_ : int
    status_ : str
        ``ok``, or what has to be known about the parameters.

    Notes
    -----
    See `asperity.gnss.strain_rate.solver` for the equations. Strain rates do not depend on
    the frame of the velocities, as a rotation is estimated beside the signal.

    Examples
    --------
    A rigid rotation has no strain.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> longitude, latitude = rng.uniform(90, 100, 30), rng.uniform(30, 40, 30)
    >>> ve = 10.0 * np.cos(np.radians(latitude))
    >>> field = Collocation("gauss", estimate="none", variance=(30,), length=(500,))
    >>> field = field.fit((longitude, latitude), (ve, 0 * ve))
    >>> bool(abs(field.predict(([95.0], [35.0])).strain_ee[0]) < 1e-6)
    True
    """

    covariance: str | Covariance = "gauss+matern32"
    _: KW_ONLY
    estimate: str = "reml"
    variance: Sequence[float] = ()
    length: Sequence[float] = ()
    varying: bool = False
    vectors: str | VectorModel = "projected"
    trend: str = "rotation"
    noise_factor: float = 1.0
    estimate_noise_factor: bool = False
    extra_noise: float = 0.5
    local: int = 0
    draws: int = 1024
    max_resolution: float = 0.8
    max_distance: float = 150.0
    threads: int = 1
    seed: int = 0

    def fit(
        self,
        coordinates: tuple[ArrayLike, ArrayLike],
        velocities: ArrayLike,
        covariances: ArrayLike | None = None,
        *,
        advance: Callable[[], Any] = lambda: None,
    ) -> Self:
        """Estimate the parameters and condition the field on the velocities.

        Parameters
        ----------
        coordinates : tuple of array_like, each of shape (n,)
            Longitude and latitude, degrees.
        velocities : array_like, shape (2, n) or (n, 2)
            East and north, mm/yr.
        covariances : array_like, shape (n, 2, 2), optional
            (mm/yr)^2; zero when missing, so that all noise is `extra_noise`.
        advance : callable
            Called after each evaluation of a likelihood.

        Raises
        ------
        InputError
            If shapes do not fit, or a value is not finite.
        DataError
            If there are fewer than four stations, or they lie at one point or on
            one line.
        """
        observations = observations_of(coordinates, velocities, covariances)
        with self._limits():
            found = self._estimate(observations, advance)
            self._condition(found.model, observations)
        self.log_likelihood_ = found.likelihood
        self.status_ = found.status
        return self

    def _limits(self) -> AbstractContextManager[Any]:
        limits: AbstractContextManager[Any] = threadpool_limits(self.threads)
        return limits

    def _estimate(self, observations: Observations, advance: Callable[[], Any]) -> Estimate:
        if self.estimate not in METHODS:
            raise InputError(f"estimate {self.estimate!r}; allowed are {', '.join(METHODS)}")
        if self.trend not in TRENDS:
            raise InputError(f"trend {self.trend!r}; allowed are {', '.join(TRENDS)}")
        given = isinstance(self.covariance, Covariance) or (self.variance and self.length)
        if self.estimate == "none" and not given:
            raise InputError("estimate none: give variance and length of each function")
        if self.varying and self.estimate != "reml":
            raise InputError(f"varying amplitude with estimate {self.estimate!r}; it needs reml")
        noise = Noise(self.noise_factor, self.extra_noise)
        vectors = vector_model(self.vectors)

        def start(number: int) -> SignalModel:
            covariance = self.covariance
            if not isinstance(covariance, Covariance):
                covariance = starting_covariance(
                    covariance, self.variance, self.length, observations, number
                )
            covariance.require_gradient()
            vectors.check(covariance)
            return SignalModel(covariance, vectors, self.trend, noise)  # type: ignore[arg-type]

        found = estimate(
            self.estimate, start(0), observations,
            starts=() if given else (start(1),), noise_factor=self.estimate_noise_factor,
            keep_variance=bool(self.variance), seed=self.seed, advance=advance,
        )  # fmt: skip
        if self.varying:
            found = with_amplitude(found, observations, seed=self.seed, advance=advance)
        return found

    def _condition(self, model: SignalModel, observations: Observations) -> None:
        self.covariance_ = model.covariance
        self.vectors_ = model.vectors
        self.noise_ = model.noise
        self.model_ = model
        self.observations_ = observations
        self.n_stations_ = len(observations)
        centre = observations.centre
        self.posterior_: Posterior | LocalPosterior
        if len(observations) <= LARGEST_DENSE and not self.local:
            self.posterior_ = dense = Posterior.condition(model, observations, centre)
        else:
            if not self.local:
                raise DataError(
                    f"{len(observations)} stations are more than one matrix holds "
                    f"({LARGEST_DENSE}); use neighbourhoods, such as local = 300"
                )
            thin = observations
            if len(observations) > TREND_STATIONS:
                thin = observations.select(spread_stations(observations.frames, TREND_STATIONS))
            dense = Posterior.condition(model, thin, centre)
            trend = (dense.trend_parameters, dense.trend_covariance)
            self.posterior_ = LocalPosterior(model, observations, self.local, trend, centre)
        self.trend_parameters_ = dense.trend_parameters
        self.trend_covariance_ = dense.trend_covariance

    def predict(
        self,
        coordinates: tuple[ArrayLike, ArrayLike],
        *,
        optional: Sequence[str] = (),
        keep_masked: bool = False,
        executor: Executor | None = None,
        advance: Callable[[int], Any] = lambda _nodes: None,
    ) -> xr.Dataset:
        """Return velocities, strain rates and their uncertainties at points.

        Parameters
        ----------
        coordinates : tuple of array_like, each of shape (m,)
            Longitude and latitude, degrees.
        optional : sequence of str
            Further quantities: ``second_invariant_det``, ``second_invariant_3d``.
        keep_masked : bool
            Keep strain rates where `mask` says that the data do not support them;
            else they are NaN there.
        executor : concurrent.futures.Executor, optional
            Runs chunks of nodes.
        advance : callable
            Called with the number of nodes that are done.

        Returns
        -------
        xarray.Dataset
            Dimension ``point``; the names of `asperity.gnss.strain_rate.strain.QUANTITIES`, each
            with ``<name>_sd``, quantiles of maximum shear and second invariant,
            ``strain_cov``, ``velocity_gradient``, ``resolution`` and ``mask``.
        """
        check_optional(optional)
        longitude, latitude = places_of(coordinates)
        nodes = local_frames(longitude, latitude)
        task = _Task(
            self.posterior_, self.observations_.frames[:, 2], self.draws, self.seed,
            tuple(optional), self.max_resolution, self.max_distance, keep_masked, self.threads,
        )  # fmt: skip
        # A process gets the factor once for each chunk: few and large ones there.
        size = CHUNK if executor is None else max(CHUNK, -(-len(nodes) // 8))
        chunks = compact_tiles(nodes, size)
        columns = evaluated(task.values, nodes, chunks, executor, advance)
        return strain_dataset(longitude, latitude, columns)

    def score(self, coordinates: tuple[ArrayLike, ArrayLike], velocities: ArrayLike) -> float:
        """Return the coefficient of determination R^2 of predicted velocities."""
        observed = components_of(velocities, np.size(coordinates[0]))
        predicted = self.velocity(coordinates).T
        off = ((observed - predicted) ** 2).sum()
        return float(1.0 - off / ((observed - observed.mean(axis=1, keepdims=True)) ** 2).sum())

    def velocity(self, coordinates: tuple[ArrayLike, ArrayLike]) -> Array:
        """Return the velocity at points, mm/yr, shape (m, 2), without uncertainties."""
        with self._limits():
            return np.asarray(self.posterior_.mean(local_frames(*places_of(coordinates)))[:, :2])

    def gradient(self, coordinates: tuple[ArrayLike, ArrayLike]) -> Array:
        """Return the velocity gradient, (mm/yr)/km, without uncertainties.

        Returns
        -------
        ndarray, shape (m, 2, 2)
            Change of component i (east, north) in direction j.
        """
        with self._limits():
            mean = self.posterior_.mean(local_frames(*places_of(coordinates)))
        return np.asarray(mean[:, 2:].reshape(-1, 2, 2))

    def leave_one_out(self) -> LeftOut:
        """Return the errors of each station predicted from the others.

        Beyond 2,500 stations the others are those of a compact block of about 1,000.
        """
        return self._left_out(None)

    def leave_blocks_out(self, size: float = 1.0) -> LeftOut:
        """Return the errors of stations predicted from those outside their own cell.

        Parameters
        ----------
        size : float
            Of the cells, degrees.
        """
        return self._left_out(size)

    def _left_out(self, size: float | None) -> LeftOut:
        observations = self.observations_
        everything = np.arange(len(observations))
        groups = [everything]
        if len(observations) > LARGEST_LIKELIHOOD:
            groups = compact_tiles(observations.frames, BLOCK)
        residuals = np.empty((len(observations), 2))
        covariances = np.empty((len(observations), 2, 2))
        density = 0.0
        with self._limits():
            for rows in groups:
                part = observations.select(rows)
                at = projector(self.model_, part)
                if size is None:
                    left = leave_one_out(at)
                else:
                    left = leave_blocks_out(
                        at, block_labels(*longitude_latitude(part.frames), size)
                    )
                residuals[rows], covariances[rows] = left.residuals, left.covariances
                density += left.log_density * len(rows)
        return LeftOut(residuals, covariances, density / len(observations))


@dataclass(frozen=True, eq=False)
class _Task:
    """What a worker needs to evaluate the field at nodes."""

    posterior: Posterior | LocalPosterior
    stations: Array
    draws: int
    seed: int
    optional: tuple[str, ...]
    max_resolution: float
    max_distance: float
    keep_masked: bool
    threads: int

    def values(self, nodes: Array) -> dict[str, Array]:
        """Return all variables of the field at nodes."""
        parts = []
        with threadpool_limits(self.threads):
            for start in range(0, len(nodes), CHUNK):
                parts.append(self._chunk(nodes[start : start + CHUNK]))
        return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}

    def _chunk(self, nodes: Array) -> dict[str, Array]:
        mean, covariance = self.posterior.mean_and_covariance(nodes)
        values = quantities(
            mean, covariance, standard_normals(self.draws, self.seed), self.optional
        )
        # Squared size of a tensor's error: ee^2 + nn^2 + 2 en^2.
        weight = np.zeros((6, 6))
        weight[2, 2] = weight[5, 5] = 1.0
        weight[3:5, 3:5] = 0.5
        posterior = np.einsum("mij,ij->m", covariance, weight)
        prior = np.einsum("mij,ij->m", self.posterior.prior(nodes), weight)
        resolution = np.sqrt(np.maximum(posterior, 0.0) / prior)
        nearest, _ = cKDTree(RADIUS * self.stations).query(RADIUS * nodes[:, 2])
        mask = np.zeros(len(nodes), dtype=np.int8)
        mask[resolution > self.max_resolution] = 1
        mask[nearest > self.max_distance] = 2
        values["velocity_gradient"] = 1000.0 * mean[:, 2:].reshape(-1, 2, 2)
        if not self.keep_masked:
            hide(values, mask > 0)
        return {**values, "resolution": resolution, "mask": mask}
