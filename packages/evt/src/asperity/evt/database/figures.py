"""The map of a database: events, large events, and the boxes of its sequences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from cmcrameri import cm
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from asperity.core.catalog import Catalog
from asperity.core.figures.catalog import RASTER_FROM, map_axes, trim
from asperity.core.figures.style import INK, new_figure, set_titles, styled

__all__ = ["database_map", "sequences_overview"]

Array = NDArray[np.float64]
_DOT = "#7f8f98"


@styled
def database_map(
    catalog: Catalog, sequences: Iterable[Mapping[str, Any]], *, mc: float, major: float, title: str
) -> Figure:
    """Draw events at or above Mc as dots, large ones as circles, and the boxes of sequences.

    Boxes around large events are solid, those around dense seismicity dashed, as in
    Fig. 1 of Verdon & Eisner (2024).

    Parameters
    ----------
    catalog : Catalog
        Geographic.
    sequences : iterable of mapping
        With ``box`` (west, east, south, north, degrees) and ``method``.
    mc, major : float
        Smallest magnitude of a dot and of a circle.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    boxed = [s for s in sequences if s["box"] is not None]
    shown = catalog["magnitude"] >= mc - 1e-9
    x, y, m = (catalog[c][shown] for c in ("longitude", "latitude", "magnitude"))
    corners = np.array([s["box"] for s in boxed]).reshape(-1, 4)
    figure, axes = map_axes(
        np.concatenate([_most(x), corners[:, :2].ravel()]),
        np.concatenate([_most(y), corners[:, 2:].ravel()]),
        local=False,
        beside=1.5,
    )
    axes.scatter(x, y, s=1.6 if x.size > RASTER_FROM else 4.0, c=_DOT, linewidths=0,
                 alpha=0.6, rasterized=x.size > RASTER_FROM, zorder=1)  # fmt: skip
    large = m >= major - 1e-9
    _circles(axes, x[large], y[large], m[large])
    _boxes(axes, boxed)
    axes.scatter([], [], s=6, c=_DOT, label=f"M ≥ {mc:g} ({x.size:,})")
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0)
    set_titles(axes, title, f"{len(boxed)} sequences")
    trim(figure)
    return figure


def _most(values: Array) -> Array:
    """Return the range of nearly all values: a few strays would make a map of nothing."""
    known = values[np.isfinite(values)]
    return np.percentile(known, [0.5, 99.5]) if known.size else known


def _circles(axes: Axes, x: Array, y: Array, m: Array) -> None:
    if not m.size:
        return
    order = np.argsort(m, kind="stable")
    points = axes.scatter(
        x[order], y[order], s=14.0 * 2.2 ** (m[order] - m.min()), c=m[order], cmap=cm.batlow_r,
        edgecolors=INK, linewidths=0.6, zorder=4, label=f"M ≥ {m.min():.1f} ({m.size})",
    )  # fmt: skip
    bar = axes.inset_axes((1.05, 0.0, 0.03, 0.55))
    axes.figure.colorbar(points, cax=bar, label="magnitude")


def _boxes(axes: Axes, boxed: list[Mapping[str, Any]]) -> None:
    for kind, style, label in (
        ("major", "-", "around large events"),
        ("dense", (0, (3, 1.6)), "around many events"),
        ("window", (0, (1, 1.2)), "named windows"),
    ):
        chosen = [s["box"] for s in boxed if s["method"] == kind]
        for west, east, south, north in chosen:
            box = Rectangle((west, south), east - west, north - south)
            box.set(fill=False, edgecolor=INK, linewidth=1.1, linestyle=style, zorder=3)
            axes.add_patch(box)
        if chosen:
            axes.plot([], [], color=INK, lw=1.1, ls=style, label=f"{label} ({len(chosen)})")


@styled
def sequences_overview(sequences: Iterable[Mapping[str, Any]]) -> Figure:
    """Draw each sequence as a point: its number of events and its largest magnitude.

    Parameters
    ----------
    sequences : iterable of mapping
        With ``n_events``, ``m_max``, ``mc`` and ``group``.
    """
    rows = list(sequences)
    groups = list(dict.fromkeys(str(s["group"]) for s in rows))
    figure = new_figure(6.4, 3.6)
    axes = figure.add_subplot()
    colours = cm.batlow(np.linspace(0.05, 0.85, max(len(groups), 1)))
    for group, colour, marker in zip(groups, colours, "osD^vP*X" * len(groups), strict=False):
        chosen = [s for s in rows if s["group"] == group]
        axes.scatter(
            [s["n_events"] for s in chosen], [s["m_max"] for s in chosen], s=34,
            color=[colour], marker=marker, edgecolors="white", linewidths=0.5,
            label=f"{group} ({len(chosen)})",
        )  # fmt: skip
    axes.set(xscale="log", xlabel="events at Mc or above", ylabel="largest magnitude")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    set_titles(axes, f"{len(rows)} sequences")
    return figure
