"""Figures of geometry: fault traces on a map, and events seen on their plane."""

from __future__ import annotations

import numpy as np
from cmcrameri import cm
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from asperity.core.catalog import Catalog
from asperity.core.figures.catalog import RASTER_FROM, map_axes, trim
from asperity.core.figures.style import INK, extension, marker_areas, new_figure, set_titles, styled
from asperity.core.geometry import FaultPlane, Faults

__all__ = ["plot_faults", "plot_plane"]

# Styles are told apart by lightness as well as by hue.
_STYLES = {
    "reverse": (cm.batlow(0.05), "-"),
    "normal": (cm.batlow(0.72), "-"),
    "strike-slip": (cm.batlow(0.38), "-"),
    "oblique": (cm.batlow(0.55), (0, (4, 1.5))),
    "fold axis": ("#9aa5ac", (0, (1, 1.5))),
    "unknown": ("#9aa5ac", "-"),
}
_EVENT = "#d6456a"


@styled
def plot_faults(faults: Faults, catalog: Catalog | None = None, title: str = "") -> Figure:
    """Draw fault traces, coloured by the way they slip, and epicentres over them.

    Parameters
    ----------
    faults : Faults
    catalog : Catalog, optional
        Geographic; the map shows its surroundings only, with a margin of a tenth.
    title : str, optional
        Name of the data set.

    Returns
    -------
    matplotlib.figure.Figure
    """
    corners = [np.concatenate([t.coordinates for t in faults]) if len(faults) else np.zeros((0, 2))]
    if catalog is not None and len(catalog):
        corners = [_surroundings(catalog)]
    extent = np.concatenate(corners)
    figure, axes = map_axes(extent[:, 0], extent[:, 1], local=False, beside=1.5)
    west, east, south, north = *axes.get_xlim(), *axes.get_ylim()
    seen = [t for t in faults if _in_view(t.coordinates, (west, east, south, north))]
    for style in _STYLES:
        lines = [t.coordinates for t in seen if _style_of(t.kind.value, t.kind.styles) == style]
        if lines:
            colour, dashes = _STYLES[style]
            axes.add_collection(
                LineCollection(lines, colors=[colour], linestyles=[dashes], linewidths=1.3)
            )
            axes.plot([], [], color=colour, ls=dashes, lw=1.6, label=f"{style} ({len(lines)})")
    if catalog is not None:
        _epicentres(axes, catalog)
    if not seen:
        axes.plot([], [], " ", label=f"none of the {len(faults):,} faults\nlies on this map")
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0)
    set_titles(axes, title)
    trim(figure)
    return figure


def _in_view(line: NDArray[np.float64], view: tuple[float, float, float, float]) -> bool:
    """Return whether any piece of a line may cross a map: whether its box does."""
    west, east, south, north = view
    ends = np.stack([line[:-1], line[1:]]) if len(line) > 1 else np.stack([line, line])
    low, high = ends.min(axis=0), ends.max(axis=0)
    across = (high[:, 0] >= west) & (low[:, 0] <= east)
    return bool((across & (high[:, 1] >= south) & (low[:, 1] <= north)).any())


def _style_of(kind: str, styles: frozenset[str]) -> str:
    if kind == "fold":
        return "fold axis"
    if len(styles) > 1:
        return "oblique"
    return next(iter(styles), "unknown")


def _surroundings(catalog: Catalog) -> NDArray[np.float64]:
    places = np.column_stack([catalog["longitude"], catalog["latitude"]])
    places = places[np.isfinite(places).all(axis=1)]
    if not len(places):
        return np.zeros((0, 2))
    low, high = places.min(axis=0), places.max(axis=0)
    margin = np.maximum(0.1 * (high - low), 0.05)
    return np.asarray(np.stack([low - margin, high + margin]))


def _epicentres(axes: Axes, catalog: Catalog) -> None:
    axes.scatter(
        catalog["longitude"], catalog["latitude"], s=marker_areas(catalog["magnitude"], 60.0),
        color=_EVENT, alpha=0.55, linewidths=0.2, edgecolors="white", zorder=3,
        rasterized=len(catalog) > RASTER_FROM, label=f"events ({len(catalog):,})",
    )  # fmt: skip


@styled
def plot_plane(
    catalog: Catalog, plane: FaultPlane, coordinates: ArrayLike, title: str = ""
) -> Figure:
    """Draw events as they lie on a plane, and across it.

    Parameters
    ----------
    catalog : Catalog
    plane : FaultPlane
    coordinates : array_like, shape (n, 3)
        Along strike, down dip and distance from the plane, m, as
        `FaultPlane.project` gives them; NaN where a hypocentre is missing.
    title : str, optional
        Name of the data set.

    Returns
    -------
    matplotlib.figure.Figure
    """
    along, down, off = (np.asarray(coordinates, dtype=np.float64)).T
    unit, name = (
        (1000.0, "km") if np.nanmax(np.abs(coordinates), initial=0.0) > 5000 else (1.0, "m")
    )
    along, down, off = along / unit, down / unit, off / unit
    known = off[np.isfinite(off)]
    limit = max(float(np.percentile(np.abs(known), 98)) if known.size else 0.0, 1e-9)
    places = [_centre_and_span(values) for values in (along, down, off)]
    across = max(1.05 * places[2][1], 0.25 * places[0][1])
    figure = new_figure(7.6, float(np.clip(4.6 * places[1][1] / places[0][1], 2.2, 7.0)) + 1.0)
    front = figure.add_subplot()
    front.set_xlim(*_limits(*places[0]))
    front.set_ylim(*_limits(*places[1])[::-1])
    # As an inset the view across has exactly the scale of the view along.
    width = across / np.ptp(front.get_xlim())
    side = front.inset_axes((1.06, 0.0, width, 1.0), sharey=front)
    side.set_xlim(places[2][0] - across / 2.0, places[2][0] + across / 2.0)
    side.tick_params(labelleft=False)
    look = {
        "s": marker_areas(catalog["magnitude"], 60.0), "c": off, "cmap": cm.vik,
        "vmin": -limit, "vmax": limit, "linewidths": 0.3, "edgecolors": "#8a979f",
        "rasterized": len(catalog) > RASTER_FROM,
    }  # fmt: skip
    points = front.scatter(along, down, **look)
    side.scatter(off, down, **look)
    side.axvline(0.0, color=INK, lw=1.0)
    if plane.length is not None and plane.width is not None:
        half = plane.length / unit / 2.0, plane.width / unit / 2.0
        front.add_patch(
            Rectangle((-half[0], -half[1]), 2 * half[0], 2 * half[1], fill=False, ec=INK, lw=0.8)
        )
    front.set(
        xlabel=f"along strike ({name})",
        ylabel=f"down dip ({name})",
        aspect="equal",
    )
    set_titles(front, title or "Plane", f"strike {plane.strike:.0f}°, dip {plane.dip:.0f}°")
    side.set_xlabel(f"off the plane ({name})")
    bar = front.inset_axes((1.09 + width, 0.0, 0.025, 1.0))
    figure.colorbar(
        points, cax=bar, label=f"off the plane, hanging wall positive ({name})",
        extend=extension(known, -limit, limit), extendfrac=0.03,
    )  # fmt: skip
    trim(figure)
    return figure


def _centre_and_span(values: NDArray[np.float64]) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    return (low + high) / 2.0, max(high - low, 1e-6)


def _limits(centre: float, span: float) -> tuple[float, float]:
    return centre - 0.53 * span, centre + 0.53 * span
