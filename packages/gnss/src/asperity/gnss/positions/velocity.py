"""From the positions of a station to its velocity, with errors that allow for coloured noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import AsperityError, DataError
from asperity.gnss.positions.midas import Midas, midas
from asperity.gnss.positions.noise import Gram, Grid, NoiseFit, NoiseModel, fit_noise
from asperity.gnss.positions.robust import (
    FAR,
    TO_SIGMA,
    LinearFit,
    RobustWeight,
    robust_least_squares,
)
from asperity.gnss.positions.series import COMPONENTS, PositionSeries
from asperity.gnss.positions.trajectory import (
    Offset,
    Trajectory,
    best_times,
    seasons_of,
    with_relaxation,
)

__all__ = [
    "OffsetEstimate",
    "StationVelocity",
    "VelocityOptions",
    "estimate_velocities",
    "estimate_velocity",
]

Array = NDArray[np.float64]
LEAST_SPAN = 2.0
"""Years below which a rate says nothing about a velocity (Blewitt & Lavallee 2002)."""
LEAST_EPOCHS = 10
COSEISMIC_SIGMAS, COSEISMIC_SIZE = 3.0, 5.0
"""Offsets, sigmas and mm, after which relaxation is looked for."""
AFTERMATH = 0.1
"""Years of observation after an earthquake below which no relaxation is looked for."""


@dataclass(frozen=True)
class VelocityOptions:
    """How velocities are estimated.

    Parameters
    ----------
    method : {"least-squares", "midas"}
    noise : {"power-law", "flicker", "random-walk", "white", "none"}
        With ``none`` sigmas are those of white noise, too small by a factor of three to ten.
    likelihood : {"full", "restricted"}
    weight : {"huber", "igg3", "none"}
    periods : tuple of float
        Years.
    relaxation : {"none", "log", "exp"}
        After earthquakes with an offset above 3 sigma and 5 mm.
    offsets : {"significant", "all"}
        Whether steps that the noise explains are left out, one after another.
    """

    method: Literal["least-squares", "midas"] = "least-squares"
    noise: Literal["power-law", "flicker", "random-walk", "white", "none"] = "power-law"
    likelihood: Literal["full", "restricted"] = "full"
    weight: RobustWeight = "huber"
    periods: tuple[float, ...] = (1.0, 0.5)
    relaxation: Literal["none", "log", "exp"] = "none"
    offsets: Literal["significant", "all"] = "significant"


@dataclass(frozen=True)
class OffsetEstimate:
    """A step of a station.

    Parameters
    ----------
    offset : Offset
    size, sigma : ndarray, shape (3,)
        East, north and up, mm.
    """

    offset: Offset
    size: Array
    sigma: Array


@dataclass(frozen=True)
class StationVelocity:
    """The velocity of a station, and what it was estimated with.

    Parameters
    ----------
    series : PositionSeries
        Its epochs, without those left out beforehand.
    velocity, sigma : ndarray, shape (3,)
        East, north and up, mm/yr; NaN where there is no estimate.
    correlation : float
        Between the velocities east and north: that of the residuals.
    method : str
    model : Trajectory or None
    parameters : ndarray, shape (3, p)
    covariance : ndarray, shape (3, p, p)
    offsets : tuple of OffsetEstimate
    noise : tuple of NoiseFit or None
        One a component, None for one that never changes; empty where none was fitted.
    midas : tuple of Midas
        One a component; empty where pairs are lacking.
    outliers : ndarray of bool, shape (n,)
    condition : float
        Of the design, its columns of unit length.
    flags : tuple of str
        What the user should know.
    status : str
        ``ok``, or why there is no velocity.
    """

    series: PositionSeries
    velocity: Array
    sigma: Array
    correlation: float = 0.0
    method: str = "least-squares"
    model: Trajectory | None = None
    parameters: Array = field(default_factory=lambda: np.empty((3, 0)))
    covariance: Array = field(default_factory=lambda: np.empty((3, 0, 0)))
    offsets: tuple[OffsetEstimate, ...] = ()
    noise: tuple[NoiseFit | None, ...] = ()
    midas: tuple[Midas, ...] = ()
    outliers: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))
    condition: float = float("nan")
    flags: tuple[str, ...] = ()
    status: str = "ok"

    @classmethod
    def failed(cls, series: PositionSeries, method: str, status: str) -> StationVelocity:
        """Return a station without a velocity."""
        none = np.full(3, np.nan)
        return cls(series, none, none, method=method, status=status)

    @property
    def modelled(self) -> Array:
        """Positions of the trajectory at the epochs, mm, shape (3, n); NaN where none was fitted.

        Raises
        ------
        DataError
            If no trajectory was fitted.
        """
        if self.model is None:
            raise DataError(f"station {self.series.site}: no trajectory was fitted ({self.status})")
        return np.asarray(self.parameters @ self.model.design(self.series.years).T)

    @property
    def residuals(self) -> Array:
        """Positions less the trajectory, mm, shape (3, n)."""
        return np.asarray(self.series.positions - self.modelled)


def estimate_velocity(
    series: PositionSeries,
    offsets: Sequence[Offset] = (),
    options: VelocityOptions | None = None,
) -> StationVelocity:
    """Estimate the velocity of a station.

    Parameters
    ----------
    series : PositionSeries
    offsets : sequence of Offset, optional
        Steps that it may have.
    options : VelocityOptions, optional

    Returns
    -------
    StationVelocity
        Without velocity, and a status that says why, where the span is below two years. A
        component that is the same at every epoch counts as not observed: its velocity is NaN.

    Raises
    ------
    DataError
        If there are fewer than ten epochs, or not enough for the trajectory.

    Notes
    -----
    Epochs whose day contains a step are left out. A robust fit of the trajectory finds
    outliers; without them the trajectory is fitted again under white and power-law noise by
    maximum likelihood. Steps leave one after the other while the one whose sum of (b/sigma)^2
    over the three components is least stays below 3 ln n (Schwarz's criterion; 2 ln n where
    only two are observed).

    References
    ----------
    Bevis & Brown 2014, doi:10.1007/s00190-013-0685-5; Blewitt et al. 2016,
    doi:10.1002/2015JB012552; Bos et al. 2013, doi:10.1007/s00190-012-0605-0.

    Examples
    --------
    >>> days = np.datetime64("2010-01-01T12:00") + np.arange(1200) * np.timedelta64(1, "D")
    >>> noise = np.random.default_rng(0).normal(size=(3, 1200))
    >>> rise = np.array([[10.0], [-3.0], [0.0]]) * np.arange(1200) / 365.25
    >>> series = PositionSeries.from_arrays(days, rise + noise, site="ABCD")
    >>> estimate_velocity(series, options=VelocityOptions(noise="white")).velocity[:2].round()
    array([10., -3.])
    """
    chosen = options or VelocityOptions()
    if len(series) < LEAST_EPOCHS:
        raise DataError(f"{len(series)} epochs; a trajectory needs {LEAST_EPOCHS} or more")
    flags = []
    during = _during_steps(series, offsets)
    if during.any():
        flags.append(f"{during.sum()} epochs left out whose day contains a step")
        series = series.select(~during)
    years = series.years
    model = Trajectory(
        float(years.mean()), seasons_of(series.span, chosen.periods), tuple(offsets)
    ).seen_in(years)
    fits, outliers = _robust(series, model, chosen.weight)
    if chosen.noise != "none" and chosen.offsets == "significant" and model.offsets:
        model = _significant(series.select(~outliers), model, chosen)
        fits, outliers = _robust(series, model, chosen.weight)
    if chosen.relaxation != "none":
        model = _relaxing(series.select(~outliers), model, chosen)
        fits, outliers = _robust(series, model, chosen.weight)
    noise = _coloured(series.select(~outliers), model, chosen)
    sources = _sources(noise, lambda: fits)
    parameters = np.stack([fit.parameters for fit in sources])
    covariance = np.stack([fit.covariance for fit in sources])
    covariance[~_observed(series)] = np.nan
    medians, missing = _medians(series, model) if series.span >= LEAST_SPAN else ((), ())
    left = np.stack([fits[0].residuals, fits[1].residuals])[:, ~outliers]
    result = StationVelocity(
        series, parameters[:, 1], np.sqrt(covariance[:, 1, 1]), float(np.corrcoef(left).flat[1]),
        chosen.method, model, parameters, covariance, _sizes(model, parameters, covariance), noise,
        medians, outliers, max(fit.condition for fit in fits), (*flags, *missing),
    )  # fmt: skip
    return _checked(result)


def _checked(result: StationVelocity) -> StationVelocity:
    """Return the result under its method, without a velocity where the span is too short."""
    flags = list(result.flags)
    if result.condition > 100.0:
        flags.append(
            f"condition {result.condition:.0f}: relaxation and rate can hardly be told apart"
        )
    flags += [
        f"noise {name}: {fit.status}"
        for name, fit in zip(COMPONENTS, result.noise, strict=False)
        if fit is not None and fit.status != "ok"
    ]
    observed = _observed(result.series)
    still = [name for name, seen in zip(COMPONENTS, observed, strict=True) if not seen]
    if still:
        flags.append(f"{', '.join(still)} the same at every epoch: taken as not observed")
    result = replace(result, flags=tuple(flags))
    none = np.full(3, np.nan)
    if result.series.span < LEAST_SPAN:
        status = (
            f"span {result.series.span:.2f} years: too short for a velocity, which needs "
            f"{LEAST_SPAN:g}"
        )
        return replace(result, velocity=none, sigma=none, status=status)
    if not observed[:2].all():
        return replace(result, velocity=none, sigma=none, status=flags[-1])
    velocity, sigma = result.velocity, result.sigma
    if result.method == "midas":
        if not result.midas:
            return replace(result, velocity=none, sigma=none, status=flags[-1])
        velocity = np.array([m.velocity for m in result.midas])
        sigma = np.array([m.sigma for m in result.midas])
    return replace(
        result, velocity=np.where(observed, velocity, np.nan),
        sigma=np.where(observed, sigma, np.nan),
    )  # fmt: skip


def _observed(series: PositionSeries) -> NDArray[np.bool_]:
    """Return which components change at all: a file without one has zeros in its place."""
    return np.asarray(np.ptp(series.positions, axis=1) > 0.0)


def _during_steps(series: PositionSeries, offsets: Sequence[Offset]) -> NDArray[np.bool_]:
    """Return which epochs average over a step: those less than half an interval away."""
    half = 0.5 * min(series.interval, 1.0) / 365.25
    years = series.years
    during = np.zeros(years.size, dtype=bool)
    for offset in offsets:
        during |= np.abs(years - offset.year) < 0.999 * half
    return during


def _robust(
    series: PositionSeries, model: Trajectory, weight: RobustWeight
) -> tuple[list[LinearFit], NDArray[np.bool_]]:
    """Return robust fits of the components, and which epochs are outliers in one of them.

    An epoch is one, too, when its residual alone, whatever its sigma, stands far out: the
    noise that is fitted afterwards is the same for all epochs.
    """
    design = model.design(series.years)
    sigma = series.deviations
    fits = [
        robust_least_squares(design, x, s if np.isfinite(s).all() else None, weight=weight)
        for x, s in zip(series.positions, sigma, strict=True)
    ]
    observed = _observed(series)
    size = np.abs(np.stack([fit.residuals for fit in fits]))[observed]
    far = size > FAR * TO_SIGMA * np.median(size, axis=1)[:, None]
    of_sigma = np.stack([fit.outliers for fit in fits])[observed]
    return fits, np.asarray((far | of_sigma).any(axis=0), dtype=bool)


def _coloured(
    series: PositionSeries, model: Trajectory, options: VelocityOptions
) -> tuple[NoiseFit | None, ...]:
    if options.noise == "none":
        return ()
    kind: NoiseModel = options.noise
    design, years = model.design(series.years), series.years
    return tuple(
        fit_noise(years, x, design, kind, likelihood=options.likelihood) if seen else None
        for x, seen in zip(series.positions, _observed(series), strict=True)
    )


def _sources(
    noise: Sequence[NoiseFit | None], robust: Callable[[], Sequence[LinearFit]]
) -> list[NoiseFit | LinearFit]:
    """Return, of each component, the fit under its noise, or else the robust one."""
    found = [fit for fit in noise if fit is not None]
    if len(found) == len(COMPONENTS):
        return [*found]
    rest = noise or [None] * len(COMPONENTS)
    return [coloured or fit for coloured, fit in zip(rest, robust(), strict=True)]


def _significant(series: PositionSeries, model: Trajectory, options: VelocityOptions) -> Trajectory:
    """Leave out steps that the noise explains, the least one first.

    A step that relaxation follows stays: without it there is nothing to relax from.
    """
    design = model.design(series.years)
    normal = []
    for x, fit in zip(series.positions, _coloured(series, model, _for_tests(options)), strict=True):
        if fit is None:
            continue
        gram = Gram(Grid.of(series.years), np.column_stack([design, x]))
        step = fit.noise.step(gram.grid.interval)
        white = max(fit.noise.white, 3e-3 * step)
        normal.append(
            gram.coloured(white, step, fit.noise.alpha)[0] if step > 0 else gram.white(white)[0]
        )
    kept = np.arange(design.shape[1])
    limit = len(normal) * np.log(len(series))
    relaxing = {decay.year for decay in model.relaxations}
    while model.offsets:
        first = model.first_offset
        chi2 = np.zeros(len(model.offsets))
        for products in normal:
            inverse = np.linalg.inv(products[np.ix_(kept, kept)])
            solution = inverse @ products[kept, -1]
            chi2 += (solution**2 / np.diag(inverse))[first : first + chi2.size]
        chi2[[offset.year in relaxing for offset in model.offsets]] = np.inf
        weakest = int(np.argmin(chi2))
        if chi2[weakest] >= limit:
            break
        kept = np.delete(kept, first + weakest)
        model = model.without_offset(weakest)
    return model


def _for_tests(options: VelocityOptions) -> VelocityOptions:
    """Return the options with flicker noise for power-law noise: four times as quick."""
    return replace(options, noise="flicker") if options.noise == "power-law" else options


def _relaxing(series: PositionSeries, model: Trajectory, options: VelocityOptions) -> Trajectory:
    """Add relaxation after earthquakes that moved the station, the largest step first.

    Steps are tested again each time: those that stood in for relaxation are not needed
    any more.
    """
    law: Literal["log", "exp"] = "exp" if options.relaxation == "exp" else "log"
    last = series.years[-1]
    while True:
        sizes = [
            (float(np.abs(e.size).max()), e.offset)
            for e in _offsets_of(series, model, _for_tests(options))
            if e.offset.kind == "earthquake"
            and last - e.offset.year > AFTERMATH
            and all(e.offset.year != decay.year for decay in model.relaxations)
            and (np.abs(e.size) > np.maximum(COSEISMIC_SIGMAS * e.sigma, COSEISMIC_SIZE)).any()
        ]
        if not sizes:
            return model
        _, largest = max(sizes, key=lambda pair: pair[0])
        model = with_relaxation(model, law, largest)
        model = best_times(model, series)
        if options.noise != "none" and options.offsets == "significant":
            model = _significant(series, model, options)


def _offsets_of(
    series: PositionSeries, model: Trajectory, options: VelocityOptions
) -> tuple[OffsetEstimate, ...]:
    noise = _coloured(series, model, options)
    fits = _sources(noise, lambda: _robust(series, model, options.weight)[0])
    parameters = np.stack([fit.parameters for fit in fits])
    return _sizes(model, parameters, np.stack([fit.covariance for fit in fits]))


def _sizes(model: Trajectory, parameters: Array, covariance: Array) -> tuple[OffsetEstimate, ...]:
    first = model.first_offset
    return tuple(
        OffsetEstimate(offset, parameters[:, k], np.sqrt(covariance[:, k, k]))
        for k, offset in enumerate(model.offsets, first)
    )


def _medians(
    series: PositionSeries, model: Trajectory
) -> tuple[tuple[Midas, ...], tuple[str, ...]]:
    """Return MIDAS of the components, or why there is none."""
    steps = [offset.year for offset in model.offsets]
    try:
        return tuple(midas(series.years, x, steps) for x in series.positions), ()
    except DataError as error:
        return (), (f"no MIDAS velocity: {error}",)


def estimate_velocities(
    series: Sequence[PositionSeries],
    offsets: Sequence[Sequence[Offset]],
    options: VelocityOptions | None = None,
    *,
    executor: Executor | None = None,
    advance: Callable[[int], Any] = lambda _: None,
) -> list[StationVelocity]:
    """Estimate the velocities of stations; one that cannot be estimated says why.

    Parameters
    ----------
    series : sequence of PositionSeries, length s
    offsets : sequence of sequence of Offset, length s
        Steps that each may have.
    options : VelocityOptions, optional
    executor : concurrent.futures.Executor, optional
        Runs the stations, some at a time.
    advance : callable, optional
        Called with the number of stations that are done.

    Returns
    -------
    list of StationVelocity
        In the order of the stations, the same with and without an executor.
    """
    chosen = options or VelocityOptions()
    size = 16 if executor is not None else 1
    chunks = [range(i, min(i + size, len(series))) for i in range(0, len(series), size)]
    pieces = [([series[i] for i in c], [tuple(offsets[i]) for i in c], chosen) for c in chunks]
    results = (map if executor is None else executor.map)(_estimate_chunk, pieces)
    found: list[StationVelocity] = []
    for some in results:
        found += some
        advance(len(some))
    return found


def _estimate_chunk(
    piece: tuple[list[PositionSeries], list[tuple[Offset, ...]], VelocityOptions],
) -> list[StationVelocity]:
    from threadpoolctl import threadpool_limits

    results = []
    with threadpool_limits(1):
        for series, offsets in zip(*piece[:2], strict=True):
            try:
                results.append(estimate_velocity(series, offsets, piece[2]))
            except AsperityError as error:
                results.append(StationVelocity.failed(series, piece[2].method, str(error)))
    return results
