"""Figures of any catalog: where its events are, and how large they were when."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from asperity.core.catalog import Catalog
from asperity.core.figures.style import (
    DEEPENING,
    INK,
    STAR,
    extension,
    marker_areas,
    new_figure,
    set_titles,
    styled,
)
from asperity.core.times import PER_SECOND

__all__ = ["RASTER_FROM", "magnitude_time", "map_axes", "plot_epicentres", "time_axis", "trim"]

RASTER_FROM = 2000
"""Scatter plots with more points are drawn as pixels, so that an SVG stays small."""

_YEAR = 365.2425 * 86400.0  # seconds
_FIRST_YEAR, _LAST_YEAR = 600.0, 9400.0  # a margin of a twentieth leads not beyond 1 to 9999
_PAD = 0.07  # inches of white round a trimmed figure


def time_axis(catalog: Catalog) -> tuple[NDArray[Any], str]:
    """Return what a time axis shows of a catalog, shape (n,), and its label.

    Dates, as far as matplotlib has any (years 1 to 9999, less a margin), else years.
    """
    if catalog.time_frame == "utc":
        ticks = PER_SECOND[str(catalog.time_unit)]
        years = catalog["time"] / ticks / _YEAR + 1970.0
        if not len(catalog) or (years.min() > _FIRST_YEAR and years.max() < _LAST_YEAR):
            stamps = catalog["time"].astype(f"datetime64[{catalog.time_unit}]")
            return stamps.astype("datetime64[us]"), "time (UTC)"
        return years, "year (UTC)"
    if catalog.time_frame == "order":
        return catalog["time"], "event number"
    origin = catalog.attributes["time_origin"]
    return np.asarray(catalog.format_times()), f"time since {origin} (s)"


@styled
def magnitude_time(catalog: Catalog, title: str = "") -> Figure:
    """Draw magnitudes in time, the largest event marked.

    Parameters
    ----------
    catalog : Catalog
    title : str, optional
        Name of the data set.

    Returns
    -------
    matplotlib.figure.Figure
    """
    times, label = time_axis(catalog)
    magnitudes = catalog["magnitude"]
    figure = new_figure(7.2, 3.2)
    axes = figure.add_subplot()
    axes.scatter(
        times, magnitudes, s=marker_areas(magnitudes, 60.0), c=magnitudes, cmap=DEEPENING,
        linewidths=0, alpha=0.8, rasterized=len(catalog) > RASTER_FROM,
    )  # fmt: skip
    finite = np.isfinite(magnitudes)
    if finite.any():
        top = int(np.nanargmax(magnitudes))
        axes.plot(times[top], magnitudes[top], marker="*", ms=13, mfc=STAR, mec=INK, mew=0.8)
        when = catalog.format_times(np.array([top]))[0]
        date = f", {when}" if catalog.time_frame == "utc" else ""
        late = _share_of_axis(times, top) > 0.75
        axes.annotate(
            f"{magnitudes[top]:.2f}{date}",
            (times[top], magnitudes[top]),
            xytext=(-8 if late else 8, 2),
            textcoords="offset points",
            fontsize=8.5,
            annotation_clip=False,
            ha="right" if late else "left",
        )
    axes.set_xlabel(label, parse_math=False)
    axes.set_ylabel(magnitude_label(catalog), parse_math=False)
    set_titles(axes, title, _how_many(catalog))
    return figure


def _how_many(catalog: Catalog) -> str:
    return f"{len(catalog):,} event{'s' * (len(catalog) != 1)}"


def _share_of_axis(times: NDArray[Any], row: int) -> float:
    """Return where along the time axis a row stands, 0 at the left and 1 at the right."""
    ticks = times.astype(np.int64) if times.dtype.kind == "M" else times.astype(np.float64)
    span = float(ticks.max() - ticks.min())
    return float(ticks[row] - ticks.min()) / span if span > 0.0 else 0.0


def magnitude_label(catalog: Catalog) -> str:
    """Return "magnitude", with its type when the catalog holds one only."""
    types = {t for t in np.unique(catalog.texts("magnitude_type").astype(str)) if t}
    return f"magnitude {types.pop()}" if len(types) == 1 else "magnitude"


@styled
def plot_epicentres(catalog: Catalog, title: str = "") -> Figure:
    """Draw epicentres with depth as colour and magnitude as size.

    The map is scaled so that a kilometre east is as long as one north at its
    mean latitude. Catalogs with `frame = "local"` are drawn in metres. Colours end
    at the 1st and 99th percentile of the depths.

    Parameters
    ----------
    catalog : Catalog
    title : str, optional
        Name of the data set.

    Returns
    -------
    matplotlib.figure.Figure
    """
    local = catalog.frame == "local"
    x, y = (catalog[n] for n in (("x", "y") if local else ("longitude", "latitude")))
    depth = (catalog["z"] if local else catalog["depth"]) / 1000.0
    order = np.argsort(np.nan_to_num(catalog["magnitude"], nan=-99.0), kind="stable")
    figure, axes = map_axes(x, y, local=local)
    known = depth[np.isfinite(depth)]
    low, high = np.percentile(known, [1, 99]) if known.size else (0.0, 1.0)
    points = axes.scatter(
        x[order], y[order], s=marker_areas(catalog["magnitude"], 120.0)[order], c=depth[order],
        cmap=DEEPENING, vmin=low, vmax=max(high, low + 1e-3), linewidths=0.2,
        edgecolors="white", alpha=0.85, rasterized=len(catalog) > RASTER_FROM,
        plotnonfinite=True,
    )  # fmt: skip
    # An inset is as high as the map, whatever its aspect; a neighbour would not be.
    bar = axes.inset_axes((1.03, 0.0, 0.03, 1.0))
    figure.colorbar(
        points, cax=bar, label="z (km)" if local else "depth (km)",
        extend=extension(known, low, high), extendfrac=0.03,
    )  # fmt: skip
    if not local:
        bar.invert_yaxis()  # deep is down
    _size_legend(axes, catalog["magnitude"])
    set_titles(axes, title)
    trim(figure)
    return figure


def map_axes(
    x: NDArray[np.float64], y: NDArray[np.float64], *, local: bool, beside: float = 1.0
) -> tuple[Figure, Axes]:
    """Return a figure as high as the map of its points needs, and the axes of the map.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Metres (`local`), or longitude and latitude in degrees.
    local : bool
        Whether x and y have one unit; else a degree of longitude is drawn
        shorter, as it is at the mean latitude.
    beside : float, optional
        Inches left for a colour bar or a legend at the right.
    """
    known = np.isfinite(x) & np.isfinite(y)
    spans = [float(np.ptp(v[known])) if known.any() else 0.0 for v in (x, y)]
    middle = float(y[known].mean()) if known.any() and not local else 0.0
    stretch = 1.0 / max(np.cos(np.deg2rad(middle)), 0.1)
    # A map of one place shows its surroundings: a metre, or a hundredth of a degree.
    least = (max(spans) or (1.0 if local else 0.01)) / 8.0
    wide, high = (max(span, least) for span in spans)
    ratio = high * stretch / wide
    width = min(4.8, 6.4 / ratio)
    figure = new_figure(max(width, 2.4) + 0.8 + beside, width * ratio + 0.9)
    axes = figure.add_subplot()
    for limit, values, span in ((axes.set_xlim, x, wide), (axes.set_ylim, y, high)):
        if known.any():
            centre = (values[known].min() + values[known].max()) / 2.0
            limit(centre - 0.525 * span, centre + 0.525 * span)
    if local:
        axes.set(xlabel="x (m)", ylabel="y (m)", aspect="equal")
    else:
        axes.set(xlabel="longitude (degree)", ylabel="latitude (degree)", aspect=stretch)
    # A degree with five decimals takes 0.7 inches.
    axes.xaxis.set_major_locator(MaxNLocator(max(2, int(width / 0.8)), steps=[1, 2, 2.5, 5, 10]))
    return figure, axes


def trim(figure: Figure) -> None:
    """Make a figure as large as what is drawn on it: a map of fixed aspect leaves white bands."""
    figure.draw_without_rendering()
    drawn = figure.get_tightbbox()
    old, new = figure.get_size_inches(), np.array([drawn.width, drawn.height]) + 2 * _PAD
    boxes = [(axes, axes.get_position().bounds) for axes in figure.axes]
    # The layout is done; left on, it would answer the new size with another one.
    figure.set_layout_engine("none")
    figure.set_size_inches(*new)
    for axes, (left, bottom, width, height) in boxes:
        corner = (np.array([left, bottom]) * old - drawn.min + _PAD) / new
        axes.set_position((*corner, *(np.array([width, height]) * old / new)))


def _size_legend(axes: Axes, magnitudes: NDArray[np.float64]) -> None:
    finite = magnitudes[np.isfinite(magnitudes)]
    if not finite.size:
        return
    top = float(finite.max())
    shown = [m for m in (np.floor(top) - 2, np.floor(top) - 1, np.floor(top)) if m >= finite.min()]
    if not shown:
        return
    # Beside the catalog's own events, so that the smallest dots are those of the map.
    areas = marker_areas(np.append(magnitudes, shown), 120.0)[-len(shown) :]
    for m, area in zip(shown, areas, strict=True):
        axes.scatter([], [], s=area, c="#8a979f", linewidths=0, label=f"M {m:g}")
    below = ScaledTranslation(0.0, -0.42, axes.figure.dpi_scale_trans)  # the label of the axis
    axes.legend(
        loc="upper left", bbox_to_anchor=(0, 0), ncols=3, borderaxespad=0.2,
        bbox_transform=axes.transAxes + below,
    )  # fmt: skip
