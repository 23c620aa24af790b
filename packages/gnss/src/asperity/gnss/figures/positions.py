"""Figures of position series: the fit of a station, and the steps of many on a map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from asperity.core.errors import DataError
from asperity.core.figures.catalog import RASTER_FROM, trim
from asperity.core.figures.style import INK, new_figure, set_titles, styled
from asperity.gnss.figures.arrows import SHARE, MapView, VelocityScale
from asperity.gnss.positions.series import COMPONENTS, from_julian_years
from asperity.gnss.positions.velocity import OffsetEstimate, StationVelocity

__all__ = ["offset_map", "trajectory_figure"]

DATA, MODEL, OUTLIER, STEP = "#8a979f", "#b0413e", "#e0a33a", "#3b6ea5"
FAR_FIELD = "#c8662b"
RATIO = 20.0
"""Largest offset over others from which these are drawn at a scale of their own."""


@styled
def trajectory_figure(result: StationVelocity) -> Figure:
    """Draw positions with the fitted trajectory, and what it leaves, east, north and up.

    Parameters
    ----------
    result : StationVelocity

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        If no trajectory was fitted.
    """
    series, modelled = result.series, result.modelled
    years = series.years
    positions = series.positions - modelled[:, :1]
    dense = np.linspace(years[0], years[-1], 2000)
    assert result.model is not None  # `modelled` has refused what has none
    curve = result.parameters @ result.model.design(dense).T - modelled[:, :1]
    figure = new_figure(7.2, 6.2)
    panels = figure.subplots(3, 2, sharex=True, width_ratios=[1.15, 1.0])
    for k, name in enumerate(COMPONENTS):
        left, right = panels[k]
        _points(left, years, positions[k], result)
        left.plot(dense, curve[k], color=MODEL, lw=1.1, zorder=3)
        left.set_ylabel(f"{name} (mm)")
        _points(right, years, result.residuals[k], result)
        right.axhline(0.0, color=MODEL, lw=0.9, zorder=3)
        limit = 1.1 * np.abs(result.residuals[k][~result.outliers]).max(initial=1.0)
        right.set_ylim(-limit, limit)
        right.set_title(_rate(result, k), loc="right", fontsize=9, fontweight="normal")
        for axes in (left, right):
            for estimate in result.offsets:
                axes.axvline(estimate.offset.year, color=STEP, lw=0.8, ls=(0, (4, 2)), zorder=1)
    set_titles(panels[0, 0], series.site)
    panels[0, 1].set_title("residuals")
    for axes in panels[2]:
        axes.set_xlabel("year (UTC)")
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    _key(panels[0, 0], result)
    return figure


def _points(
    axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64], result: StationVelocity
) -> None:
    out = result.outliers
    many = x.size > RASTER_FROM
    axes.plot(
        x[~out], y[~out], ".", ms=1.8 if many else 3.0, color=DATA, mec="none", zorder=2,
        rasterized=many,
    )  # fmt: skip
    axes.plot(x[out], y[out], "x", ms=3.0, mew=0.7, color=OUTLIER, zorder=2)


def _rate(result: StationVelocity, k: int) -> str:
    if not np.isfinite(result.velocity[k]):
        return ""
    text = f"{result.velocity[k]:.2f} ± {result.sigma[k]:.2f} mm/yr"
    return text.replace("-", "\N{MINUS SIGN}")


def _key(axes: Axes, result: StationVelocity) -> None:
    axes.plot([], [], color=MODEL, lw=1.1, label="trajectory")
    if result.outliers.any():
        axes.plot([], [], "x", ms=3.0, mew=0.7, color=OUTLIER, label="outlier")
    if result.offsets:
        axes.plot([], [], color=STEP, lw=0.8, ls=(0, (4, 2)), label="step")
    axes.legend(loc="best", handlelength=1.6)


@styled
def offset_map(results: Sequence[StationVelocity], title: str | None = None) -> Figure:
    """Draw the offsets of one event on a map: arrows with 95 % ellipses, uplift as colour.

    The event is the step that most stations share. Offsets below a twentieth of the
    largest have a scale of their own, in a second colour. Stations whose offset the noise
    explains are small rings.

    Parameters
    ----------
    results : sequence of StationVelocity
    title : str, optional
        What happened; the label of the step when missing.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        If no station with a known place has an offset.
    """
    placed = [result for result in results if result.series.has_place]
    year = _commonest(placed)
    moved = [(r, e) for r in placed for e in r.offsets if e.offset.year == year]
    still = [r for r in placed if r.model is not None and all(r is not m for m, _ in moved)]
    longitude = np.array([r.series.longitude for r in placed])
    latitude = np.array([r.series.latitude for r in placed])
    size = np.array([np.hypot(*e.size[:2]) for _, e in moved])
    near = size >= size.max() / RATIO
    view = _view(longitude, latitude)
    view.axes.scatter(
        view.x([r.series.longitude for r in still]), [r.series.latitude for r in still],
        s=14, facecolors="none", edgecolors=DATA, linewidths=0.8, zorder=2,
    )  # fmt: skip
    groups = [(near, INK), (~near, FAR_FIELD)] if not near.all() else [(near, INK)]
    for row, (rows, colour) in enumerate(groups):
        some = [pair for pair, chosen in zip(moved, rows, strict=True) if chosen]
        _arrows(view, some, size[rows], colour, row)
    _labels(view, placed, {id(m): e for m, e in moved})
    label = next((e.offset.label for _, e in moved if e.offset.label), "")
    when = str(from_julian_years(year).astype("datetime64[m]")).replace("T", " ")
    set_titles(view.axes, title or label or f"offsets of {when} UTC")
    trim(view.figure)
    return view.figure


def _commonest(placed: Sequence[StationVelocity]) -> float:
    years = [e.offset.year for r in placed for e in r.offsets]
    if not years:
        raise DataError(
            "no station with a known place has an offset; name one with --offsets or --catalog, "
            "and places with --sites"
        )
    return max(set(years), key=years.count)


def _view(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> MapView:
    """Return a map with room for the longest arrow on all sides."""
    room = 1.6 * SHARE * MapView.around(longitude, latitude).size
    stretched = room / np.cos(np.deg2rad(np.abs(latitude).max()))
    return MapView.around(
        np.concatenate([longitude - stretched, longitude + stretched]),
        np.concatenate([latitude - room, latitude + room]),
    )


def _arrows(
    view: MapView,
    moved: Sequence[tuple[StationVelocity, OffsetEstimate]],
    size: NDArray[np.float64],
    colour: str,
    row: int,
) -> None:
    scale = VelocityScale(1.4 * VelocityScale.of(view, [size.max()]).degrees)
    horizontal = np.array([e.size[:2] for _, e in moved])
    covariance = np.array([np.diag(e.sigma[:2] ** 2) for _, e in moved])
    scale.draw(
        view, [r.series.longitude for r, _ in moved], [r.series.latitude for r, _ in moved],
        horizontal, covariance, colour=colour,
    )  # fmt: skip
    scale.legend(view, colour=colour, unit="mm", row=row)


def _labels(
    view: MapView, placed: Sequence[StationVelocity], moved: dict[int, OffsetEstimate]
) -> None:
    """Write name and uplift beside each station, away from where its arrow goes."""
    for result in placed:
        text, eastward = result.series.site, False
        if id(result) in moved:
            size, sigma = moved[id(result)].size, moved[id(result)].sigma
            eastward = bool(size[0] > 0.4 * np.abs(size[1]))
            if np.isfinite(sigma[2]):
                uplift = f"{size[2]:.0f} ± {sigma[2]:.0f}".replace("-", "\N{MINUS SIGN}")
                text += f"\nup {uplift}"
        view.axes.annotate(
            text, (float(view.x(result.series.longitude)), result.series.latitude),
            xytext=(-5, -1) if eastward else (5, 2), textcoords="offset points", fontsize=6.8,
            ha="right" if eastward else "left", va="top" if eastward else "bottom",
            color="#4c5a63", zorder=6, linespacing=1.05,
        )  # fmt: skip
