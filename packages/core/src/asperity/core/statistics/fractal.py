"""The dimension of a cloud of hypocentres: correlation dimension and box counting."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError

__all__ = [
    "BoxCounting",
    "CorrelationDimension",
    "Edges",
    "box_counting",
    "correlation_dimension",
    "correlation_integral",
]

Array = NDArray[np.float64]
Edges = Literal["border", "none"]

FEW_EVENTS = 50
N_RADII = 24
LEAST_RADII = 10
CORRELATION_RANGE = (0.02, 0.3)
_BLOCKS = 20
_BOX_LEVELS = 6
_MOST_CENTRES = 2000
_LEAST_CENTRES = 10
_WIDE = 1.25
_LOCATED_BY = 5000


@dataclass(frozen=True, eq=False)
class CorrelationDimension:
    """A correlation dimension D2 and the curve that it is the slope of.

    Parameters
    ----------
    dimension : float
    sd : float
        The larger of `sd_slope` and `sd_jackknife`.
    sd_slope : float
        Standard error of the slope of the line.
    sd_jackknife : float
        From leaving out blocks of events.
    r_min, r_max : float
        Range of the fit, m.
    n : int
        Events.
    radii, correlation : ndarray, shape (k,)
        The curve, beyond the fit on both sides; corrected for edges where asked for.
    fitted : ndarray of bool, shape (k,)
        Which of its points the fit used.
    intercept : float
        log10 C at r = 1 m on the line.
    notes : tuple of str
        What limited the range.
    """

    dimension: float
    sd: float
    sd_slope: float
    sd_jackknife: float
    r_min: float
    r_max: float
    n: int
    radii: Array
    correlation: Array
    fitted: NDArray[np.bool_]
    intercept: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class BoxCounting:
    """A box-counting dimension D0.

    Parameters
    ----------
    dimension, sd : float
        Slope of log N against -log size, and its standard error.
    sizes : ndarray, shape (k,)
        Sides of the boxes, m.
    counts : ndarray of int64, shape (k,)
        Boxes that hold an event.
    fitted : ndarray of bool, shape (k,)
        Sizes at which fewer than half as many boxes as events are taken: beyond,
        every event stands in a box of its own and the count says nothing.
    """

    dimension: float
    sd: float
    sizes: Array
    counts: NDArray[np.int64]
    fitted: NDArray[np.bool_]


def correlation_integral(points: ArrayLike, radii: ArrayLike) -> Array:
    """Return the fraction of pairs of points closer than each radius.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Metres.
    radii : array_like, shape (k,)
        Metres.

    Returns
    -------
    ndarray, shape (k,)

    Notes
    -----
    ``C(r) = 2/(n (n - 1)) #{i < j: |x_i - x_j| <= r}``, counted by a neighbour tree.

    References
    ----------
    Grassberger, P. & Procaccia, I. (1983). Measuring the strangeness of strange
    attractors. Physica D 9, 189-208. doi:10.1016/0167-2789(83)90298-1

    Examples
    --------
    >>> correlation_integral([[0.0], [1.0], [3.0]], [0.5, 1.0, 2.0, 3.0]).round(3).tolist()
    [0.0, 0.333, 0.667, 1.0]
    """
    x = _points(points)
    return _pair_counts(x, np.asarray(radii, dtype=np.float64)) / (len(x) * (len(x) - 1) / 2.0)


def correlation_dimension(
    points: ArrayLike,
    *,
    r_min: float | None = None,
    r_max: float | None = None,
    uncertainty: float = 0.0,
    edges: Edges = "border",
    seed: int = 0,
) -> CorrelationDimension:
    """Estimate the correlation dimension D2 of a cloud of points.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Hypocentres or epicentres, m.
    r_min : float, optional
        Lower end of the fit, m; see Notes.
    r_max : float, optional
        Upper end, m.
    uncertainty : float, optional
        Median location uncertainty, m; distances below twice of it are noise.
    edges : {"border", "none"}
        What is done about spheres that reach beyond the cloud; see Notes.
    seed : int, optional
        Of the division into blocks of the jackknife, and of the choice of centres.

    Returns
    -------
    CorrelationDimension

    Raises
    ------
    InputError
        If the points or the range cannot be used.
    DataError
        With fewer than 50 events, or when no range is left.

    Notes
    -----
    D2 is the slope of log C(r) against log r at 24 log-spaced radii. The fit goes from
    the larger of twice the uncertainty and the 5th percentile of the distances to the
    nearest neighbours up to a quarter of the largest extent, and is cut to
    0.02 < C < 0.3: below, few pairs; above, the size of the cloud. Both ends may be
    given; the cut holds all the same.

    At such radii many spheres reach beyond the cloud and find nothing there: a square
    filled uniformly has a slope of 1.86, not 2. ``border`` counts for each radius only
    the spheres around events that lie at least so far inside the convex hull (Ripley's
    reduced sample). The upper end is lowered to where ten such events are left. Where
    that leaves no range, the thinnest principal direction of the cloud counts no more:
    so the faces of a fault plane are no edges.

    Points of the curve are not independent, so that the standard error of the slope
    is too small. The jackknife leaves out one of 20 random blocks of events at a time.
    Of more than 2,000 events the centres of the spheres are a random 2,000.

    A dimension describes a cloud that is the same at all scales of the fit. Clouds
    of fewer than some hundred events, or with a location error near the size of
    the clusters, have none that can be told.

    References
    ----------
    Grassberger & Procaccia (1983), doi:10.1016/0167-2789(83)90298-1

    Ripley, B. D. (1988). Statistical Inference for Spatial Processes. Cambridge
    University Press. doi:10.1017/CBO9780511624131

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> plane = np.column_stack([rng.random((2000, 2)) * 1000.0, np.zeros(2000)])
    >>> abs(correlation_dimension(plane).dimension - 2.0) < 0.1
    True
    """
    x = _points(points)
    n = len(x)
    if n < FEW_EVENTS:
        raise DataError(
            f"a dimension needs at least {FEW_EVENTS} events; found {n}: lower --mc, or bring more"
        )
    if not (math.isfinite(uncertainty) and uncertainty >= 0.0):
        raise InputError(f"location uncertainty {uncertainty} m; give a length from 0 up")
    if edges not in get_args(Edges):
        raise InputError(f"edges {edges!r}; allowed are {', '.join(get_args(Edges))}")
    rng = np.random.default_rng(seed)
    nearest = _nearest_distances(x)
    extent = _extent(x)
    low, low_why = _lower_end(nearest, uncertainty, r_min)
    high = 0.25 * extent if r_max is None else r_max
    if not 0.0 < low < high < math.inf:
        raise DataError(
            f"no range of distances is left: from {low:.4g} m ({low_why}) to {high:.4g} m "
            f"({'a quarter of the extent' if r_max is None else 'given'}); the location "
            "uncertainty may be too large for the cloud, or give --r-min and --r-max"
        )
    r1, r2, notes = _within_correlation(x, low, high, rng)
    inside = np.full(n, np.inf)
    if edges == "border":
        inside, deep = _depth_inside(x, r1, r2)
        if deep < r2:
            r2, notes = deep, (*notes, "upper end lowered: few events lie farther inside")
    if not r2 > _WIDE * r1:
        raise DataError(
            f"the fit would go from {r1:.4g} to {r2:.4g} m only ({'; '.join(notes)}); a dimension "
            "needs a wider range: more events, or --edges none, --r-min, --r-max"
        )
    radii, fitted = _ladder(r1, r2, extent, nearest)
    counts = _count_spheres(x, radii, inside, rng)
    correlation = counts.correlation()
    log_r, log_c = np.log10(radii[fitted]), np.log10(correlation[fitted])
    slope, intercept, error = _line(log_r, log_c)
    left_out = counts.leaving_out_each()[:, fitted]
    slopes = [_line(log_r, np.log10(c))[0] for c in left_out if np.all(c > 0.0)]
    blocks = _jackknife_sd(np.array(slopes))
    # The last few events deep inside are one cluster, whose curve is not that of the others.
    shown = (correlation > 0.0) & (fitted | (counts.centres.sum(axis=0) >= _LEAST_CENTRES))
    return CorrelationDimension(
        dimension=slope,
        sd=max(error, blocks),
        sd_slope=error,
        sd_jackknife=blocks,
        r_min=r1,
        r_max=r2,
        n=n,
        radii=radii[shown],
        correlation=correlation[shown],
        fitted=fitted[shown],
        intercept=intercept,
        notes=(f"from {low_why}", *notes),
    )


def box_counting(points: ArrayLike) -> BoxCounting:
    """Estimate the box-counting dimension D0 of a cloud of points.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Metres.

    Returns
    -------
    BoxCounting

    Raises
    ------
    DataError
        With fewer than 50 events, or when three sizes of boxes do not resolve them.

    Notes
    -----
    Slope of log N against -log e for boxes of side e = L/2^k, k = 1 to 6, with L the
    largest extent. The grid starts at the lower corner of the cloud. D0 needs many
    more events than D2, and comes out low with few.

    Examples
    --------
    >>> line = np.linspace(0.0, 1000.0, 4000)[:, np.newaxis]
    >>> round(box_counting(line).dimension, 2)
    1.0
    """
    x = _points(points)
    n = len(x)
    if n < FEW_EVENTS:
        raise DataError(
            f"a dimension needs at least {FEW_EVENTS} events; found {n}: lower --mc, or bring more"
        )
    low, extent = x.min(axis=0), _extent(x)
    sizes = np.asarray(extent / 2.0 ** np.arange(1, _BOX_LEVELS + 1), dtype=np.float64)
    counts = []
    for k in range(1, _BOX_LEVELS + 1):
        # The event at the far corner belongs to the last box, not to one of its own.
        boxes = np.minimum(np.floor((x - low) / extent * 2**k), 2**k - 1)
        counts.append(len(np.unique(boxes.astype(np.int64), axis=0)))
    taken = np.array(counts, dtype=np.int64)
    fitted = taken <= 0.5 * n
    if np.count_nonzero(fitted) < 3:
        raise DataError(
            f"{n} events fill {taken.tolist()} boxes of sides {extent / 2:.4g} m and its halves: "
            "too few events for a box-counting dimension"
        )
    slope, _, error = _line(-np.log10(sizes[fitted]), np.log10(taken[fitted]))
    return BoxCounting(slope, error, sizes, taken, fitted)


def _points(points: ArrayLike) -> Array:
    x = np.asarray(points, dtype=np.float64)
    if x.ndim != 2 or not 1 <= x.shape[1] <= 3:
        raise InputError(f"points have shape {x.shape}; give (n, 1), (n, 2) or (n, 3)")
    bad = np.flatnonzero(~np.isfinite(x).all(axis=1))
    if bad.size:
        raise InputError(f"event {bad[0]} has no place; leave such events out first")
    if len(x) < 2:
        raise DataError(f"pairs need at least two events; found {len(x)}")
    return x


def _extent(x: Array) -> float:
    extent = float(np.ptp(x, axis=0).max())
    if not extent > 0.0:
        raise DataError(
            f"all {len(x)} events lie in one place; a dimension needs distances between them"
        )
    return extent


def _pair_counts(x: Array, radii: Array) -> Array:
    """Count the pairs of different points within each radius."""
    from scipy.spatial import cKDTree

    tree = cKDTree(x)
    order = np.argsort(radii)
    counts = np.empty(radii.size)
    counts[order] = (tree.count_neighbors(tree, radii[order]) - len(x)) / 2.0
    return counts


def _nearest_distances(x: Array) -> Array:
    """Return the distance from each event to the nearest other one, of places if some coincide."""
    from scipy.spatial import cKDTree

    distances, _ = cKDTree(x).query(x, k=2)
    if distances[:, 1].max() == 0.0:
        places = np.unique(x, axis=0)
        distances, _ = cKDTree(places).query(places, k=2)
    return np.asarray(distances[:, 1])


def _lower_end(nearest: Array, uncertainty: float, given: float | None) -> tuple[float, str]:
    if given is not None:
        return given, "given"
    by_neighbours = float(np.percentile(nearest, 5.0))
    if by_neighbours == 0.0:
        by_neighbours = float(nearest[nearest > 0.0].min())
    if 2.0 * uncertainty > by_neighbours:
        return 2.0 * uncertainty, "twice the location uncertainty"
    return by_neighbours, "5th percentile of nearest neighbours"


def _within_correlation(
    x: Array, low: float, high: float, rng: np.random.Generator
) -> tuple[float, float, tuple[str, ...]]:
    """Cut a range of radii to where the correlation integral lies within its limits."""
    fine = np.geomspace(low, high, 200)
    some = x if len(x) <= _LOCATED_BY else x[rng.choice(len(x), _LOCATED_BY, replace=False)]
    correlation = correlation_integral(some, fine)
    inside = (correlation > CORRELATION_RANGE[0]) & (correlation < CORRELATION_RANGE[1])
    if np.count_nonzero(inside) < 2:
        raise DataError(
            f"from {low:.4g} to {high:.4g} m the correlation integral goes from "
            f"{correlation[0]:.3g} to {correlation[-1]:.3g} and hardly lies in "
            f"{CORRELATION_RANGE[0]} to {CORRELATION_RANGE[1]}; give --r-min and --r-max"
        )
    rows = np.flatnonzero(inside)
    notes = []
    if rows[0] > 0:
        notes.append(f"lower end raised to C = {CORRELATION_RANGE[0]}")
    if rows[-1] < fine.size - 1:
        notes.append(f"upper end lowered to C = {CORRELATION_RANGE[1]}")
    return float(fine[rows[0]]), float(fine[rows[-1]]), tuple(notes)


def _ladder(r1: float, r2: float, extent: float, nearest: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Return log-spaced radii through the fit and beyond it, and which the fit uses."""
    step = math.log10(r2 / r1) / (N_RADII - 1)
    least = float(nearest[nearest > 0.0].min())
    below = min(max(math.ceil(math.log10(r1 / least) / step), 0), 3 * N_RADII)
    above = min(max(math.ceil(math.log10(2.0 * extent / r2) / step), 0), 3 * N_RADII)
    ranks = np.arange(-below, N_RADII + above)
    radii = np.asarray(r1 * 10.0 ** (step * ranks), dtype=np.float64)
    return radii, (ranks >= 0) & (ranks < N_RADII)


def _line(x: Array, y: Array) -> tuple[float, float, float]:
    """Return slope, intercept and standard error of the slope of a least-squares line."""
    centred = x - x.mean()
    spread = float((centred**2).sum())
    slope = float((centred * y).sum() / spread)
    intercept = float(y.mean() - slope * x.mean())
    rest = y - intercept - slope * x
    error = math.sqrt(float((rest**2).sum()) / max(x.size - 2, 1) / spread)
    return slope, intercept, error


def _depth_inside(x: Array, r1: float, r2: float) -> tuple[Array, float]:
    """Return how far inside the cloud each event lies, shape (n,), and the radius left.

    Distances to the convex hull count in as many principal directions as leave a
    range of radii: on a fault plane the distance to its two faces means nothing.
    """
    centred = x - x.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2]
    turned = centred @ axes.T
    # Of many events only some serve as centres, so that more must lie inside.
    rank = max(_LEAST_CENTRES, 2 * _LEAST_CENTRES * len(x) // _MOST_CENTRES)
    for directions in range(turned.shape[1], 0, -1):
        depth = _depth_in_hull(turned[:, :directions])
        deep = min(float(np.sort(depth)[-rank]), r2)
        if deep > _WIDE * r1:
            break
    return depth, deep


def _depth_in_hull(x: Array) -> Array:
    """Return the distance of points to their convex hull, to their box where it is flat."""
    from scipy.spatial import ConvexHull, QhullError

    box = np.minimum(x - x.min(axis=0), x.max(axis=0) - x).min(axis=1)
    if x.shape[1] < 2:
        return np.asarray(box)
    try:
        equations = ConvexHull(x).equations
    except QhullError:
        return np.asarray(box)
    depth = np.full(len(x), np.inf)
    for *normal, offset in equations:
        depth = np.minimum(depth, -(x @ np.array(normal) + offset))
    return depth


@dataclass(frozen=True, eq=False)
class _Spheres:
    """Events within spheres, by the blocks of their centres and of the events in them.

    Parameters
    ----------
    pairs : ndarray, shape (blocks, blocks, k)
    centres : ndarray, shape (blocks, k)
    events : ndarray, shape (blocks,)
    """

    pairs: Array
    centres: Array
    events: Array

    def correlation(self) -> Array:
        """Return the mean fraction of the other events within the spheres, shape (k,)."""
        return _fraction(self.pairs.sum(axis=(0, 1)), self.centres.sum(axis=0), self.events.sum())

    def leaving_out_each(self) -> Array:
        """Return the same without one block at a time, shape (blocks, k)."""
        whole = self.pairs.sum(axis=(0, 1))
        rows = []
        for block in range(self.events.size):
            lost = self.pairs[block].sum(axis=0) + self.pairs[:, block].sum(axis=0)
            pairs = whole - lost + self.pairs[block, block]
            centres = self.centres.sum(axis=0) - self.centres[block]
            rows.append(_fraction(pairs, centres, self.events.sum() - self.events[block]))
        return np.array(rows)


def _fraction(pairs: Array, centres: Array, events: float) -> Array:
    return np.asarray(pairs / np.maximum(centres, 1.0) / (events - 1.0))


def _count_spheres(x: Array, radii: Array, inside: Array, rng: np.random.Generator) -> _Spheres:
    """Count the events within spheres that do not reach beyond the cloud.

    `radii` are log-spaced.
    """
    n, k = len(x), radii.size
    block = rng.permutation(n) % _BLOCKS
    chosen = np.arange(n) if n <= _MOST_CENTRES else rng.choice(n, _MOST_CENTRES, replace=False)
    pairs = np.zeros((_BLOCKS, _BLOCKS, k))
    centres = np.zeros((_BLOCKS, k))
    start, step = math.log(radii[0]), math.log(radii[1] / radii[0])
    for i in chosen.tolist():
        usable = inside[i] >= radii
        squared = ((x - x[i]) ** 2).sum(axis=1)
        squared[i] = np.inf
        near = squared <= radii[-1] ** 2 * (1.0 + 1e-12)
        with np.errstate(divide="ignore"):
            rung = np.ceil((0.5 * np.log(squared[near]) - start) / step - 1e-9)
        rung = np.clip(rung, 0, k - 1).astype(np.int64)
        found = np.bincount(block[near] * k + rung, minlength=_BLOCKS * k).reshape(_BLOCKS, k)
        pairs[block[i]] += np.cumsum(found, axis=1) * usable
        centres[block[i]] += usable
    events = np.bincount(block, minlength=_BLOCKS).astype(np.float64)
    return _Spheres(pairs, centres, events)


def _jackknife_sd(slopes: Array) -> float:
    k = slopes.size
    if k < 2:
        return 0.0
    return math.sqrt((k - 1) / k * float(((slopes - slopes.mean()) ** 2).sum()))
