"""Figures of catalog statistics: sizes, clusters, clouds of points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from asperity.core.catalog import Catalog
from asperity.core.errors import DataError
from asperity.core.figures.catalog import time_axis
from asperity.core.figures.style import DEEPENING, INK, new_figure, set_titles, styled
from asperity.core.statistics.declustering.result import Declustering

__all__ = [
    "correlation_integral_fit",
    "declustered_counts",
    "frequency_magnitude",
    "nearest_neighbour_modes",
]

Array = NDArray[np.float64]

_FIT, _CUMULATIVE, _INCREMENTAL = "#c25a2a", "#1c5360", "#9db4ab"


def with_error(value: float, sd: float) -> str:
    """Return a value and its standard deviation with the digits that the latter leaves.

    Examples
    --------
    >>> with_error(1.0726, 0.0060), with_error(0.7255, 0.13)
    ('1.0726 ± 0.0060', '0.73 ± 0.13')
    """
    digits = 2 if not sd > 0.0 else min(max(1 - int(np.floor(np.log10(sd))), 0), 6)
    return f"{value:.{digits}f} ± {sd:.{digits}f}"


@styled
def frequency_magnitude(document: Mapping[str, Any]) -> Figure:
    """Draw a frequency-magnitude distribution with its fit and Mc.

    Parameters
    ----------
    document : mapping
        What `catalog bvalue` prints.

    Returns
    -------
    matplotlib.figure.Figure
    """
    shown = {k: np.asarray(v, dtype=np.float64) for k, v in document["distribution"].items()}
    figure = new_figure(5.6, 4.2)
    axes = figure.add_subplot()
    counted = shown["count"] > 0
    axes.plot(
        shown["magnitude"][counted], shown["count"][counted], "^", ms=4.5, mfc=_INCREMENTAL,
        mec="none", label=f"in bins of {float(shown['bin_width']):g}",
    )  # fmt: skip
    axes.plot(
        shown["cumulative_from"], shown["cumulative"], "o", ms=4.2, mfc="white",
        mec=_CUMULATIVE, mew=1.1, label="at M and above",
    )  # fmt: skip
    _fit(axes, document, float(shown["magnitude"][-1]))
    axes.set_yscale("log")
    top = float(shown["cumulative"][0])
    axes.set(xlabel="magnitude M", ylabel="number of events", ylim=(0.6, 2.5 * top))
    set_titles(
        axes, document.get("name") or "Frequency-magnitude distribution",
        f"b = {with_error(document['b'], document['b_sd'])} ({document['method']})",
    )  # fmt: skip
    axes.legend(loc="upper right")
    return figure


def _fit(axes: Axes, document: Mapping[str, Any], largest: float) -> None:
    """Draw the law through the count at Mc, its band of 95 %, and Mc."""
    mc, n, b, b_sd = (float(document[k]) for k in ("mc", "n", "b", "b_sd"))
    m = np.linspace(mc, max(largest, mc + 0.5) + 0.3, 50)
    # The law turns about the count at Mc, which b does not change.
    low, middle, high = (n * 10.0 ** (-(b + k * b_sd) * (m - mc)) for k in (1.96, 0.0, -1.96))
    axes.fill_between(m, low, high, color=_FIT, alpha=0.22, linewidth=0, label="95 % of b")
    axes.plot(m, middle, color=_FIT, lw=1.6, label="Gutenberg-Richter fit")
    axes.axvline(mc, color=INK, lw=0.9, ls=(0, (4, 2)))
    chosen = "" if document["mc_method"] == "given" else f" ({document['mc_method']})"
    axes.annotate(
        f"Mc {mc:g}{chosen}\n{document['n']:,} events", (mc, 0.6), xytext=(5, 8),
        textcoords="offset points", fontsize=8.5, va="bottom",
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5},
    )  # fmt: skip


@styled
def nearest_neighbour_modes(made: Declustering, title: str = "") -> Figure:
    """Draw the nearest-neighbour proximity: its parts T and R, and its modes.

    Parameters
    ----------
    made : Declustering
        By nearest neighbours.
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        If there is no proximity to draw.
    """
    if made.eta is None or made.rescaled_time is None or made.rescaled_distance is None:
        raise DataError("only the nearest-neighbour method has a proximity to draw")
    known = np.isfinite(made.eta)
    if not known.any():
        raise DataError("no event has an earlier neighbour; there is no proximity to draw")
    time, distance = (np.log10(v[known]) for v in (made.rescaled_time, made.rescaled_distance))
    figure = new_figure(8.4, 3.7)
    left, right = figure.subplots(1, 2, width_ratios=[1.15, 1.0])
    _proximity_density(left, time, distance, made.eta0)
    _proximity_histogram(right, time + distance, made)
    set_titles(left, title or "Nearest neighbours")
    set_titles(right, "", f"{made.n_mainshocks:,} mainshocks, {made.n_clusters:,} clusters")
    return figure


def _proximity_density(axes: Axes, time: Array, distance: Array, eta0: float | None) -> None:
    bins = int(np.clip(np.sqrt(time.size) / 1.5, 20, 90))
    counts, x, y = np.histogram2d(time, distance, bins=bins)
    shown = np.ma.masked_equal(counts.T, 0)
    mesh = axes.pcolormesh(x, y, shown, cmap=DEEPENING, rasterized=True)
    axes.figure.colorbar(
        mesh, ax=axes, label="events in a cell", ticks=MaxNLocator(6, integer=True)
    )
    if eta0 is not None:
        line = np.array([x[0], x[-1]])
        axes.plot(line, np.log10(eta0) - line, color=_FIT, lw=1.5, ls=(0, (5, 2)),
                  label=f"$\\eta_0$ = $10^{{{np.log10(eta0):.2f}}}$")  # fmt: skip
        axes.legend(loc="lower left")
    axes.set(
        xlabel="rescaled time log$_{10}$ T", ylabel="rescaled distance log$_{10}$ R",
        ylim=(y[0], y[-1]),
    )  # fmt: skip


def _proximity_histogram(axes: Axes, proximity: Array, made: Declustering) -> None:
    width = max(0.1, float(np.ptp(proximity)) / 80.0)
    edges = np.arange(proximity.min(), proximity.max() + 2 * width, width)
    axes.hist(proximity, bins=edges.tolist(), color=_INCREMENTAL, alpha=0.75)
    modes: Any = made.parameters.get("modes")
    if modes is not None:
        x = np.linspace(edges[0], edges[-1], 300)
        for weight, mean, sd, colour, label in zip(
            modes["weights"], modes["means"], modes["sds"], (_FIT, _CUMULATIVE),
            ("clustered", "background"), strict=True,
        ):  # fmt: skip
            law = np.exp(-0.5 * ((x - mean) / sd) ** 2) / (sd * np.sqrt(2.0 * np.pi))
            axes.plot(x, weight * proximity.size * width * law, color=colour, lw=1.5, label=label)
    if made.eta0 is not None:
        axes.axvline(np.log10(made.eta0), color=INK, lw=1.1, ls=(0, (5, 2)), label="$\\eta_0$")
    axes.set(xlabel="proximity log$_{10}$ $\\eta$  (yr km$^d$)", ylabel="number of events")
    axes.legend(loc="upper left")


@styled
def declustered_counts(
    catalog: Catalog, made: Declustering, rows: NDArray[np.int64], title: str = ""
) -> Figure:
    """Draw how events and mainshocks add up in time.

    Parameters
    ----------
    catalog : Catalog
    made : Declustering
    rows : ndarray of int64
        Rows of the catalog that took part.
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    times, label = time_axis(catalog)
    times = times[rows]
    figure = new_figure(7.2, 3.4)
    axes = figure.add_subplot()
    for chosen, colour, name in (
        (np.ones(rows.size, dtype=bool), _CUMULATIVE, "all events"),
        (made.is_mainshock, _FIT, "mainshocks"),
    ):
        count = np.arange(1, np.count_nonzero(chosen) + 1)
        axes.plot(times[chosen], count / count[-1], color=colour, lw=1.5,
                  drawstyle="steps-post", label=f"{name}, {count[-1]:,}")  # fmt: skip
    axes.set_xlabel(label, parse_math=False)
    axes.set(ylabel="fraction of events so far", ylim=(-0.02, 1.02))
    set_titles(axes, title or "Declustered catalog", made.method)
    axes.legend(loc="upper left")
    return figure


@styled
def correlation_integral_fit(document: Mapping[str, Any]) -> Figure:
    """Draw a correlation integral with the range and the slope of its fit.

    Parameters
    ----------
    document : mapping
        What `catalog fractal` prints.

    Returns
    -------
    matplotlib.figure.Figure
    """
    radii, correlation = (np.asarray(document[k], dtype=float) for k in ("radii", "correlation"))
    fitted = np.asarray(document["fitted"], dtype=bool)
    dimension, low, high = (float(document[k]) for k in ("dimension", "r_min", "r_max"))
    figure = new_figure(5.6, 4.2)
    axes = figure.add_subplot()
    axes.axvspan(low, high, color="#eef2f3", label="range of the fit")
    axes.plot(
        radii[~fitted], correlation[~fitted], "o", ms=3.6, mfc="white", mec=_INCREMENTAL,
        label="outside it",
    )  # fmt: skip
    axes.plot(
        radii[fitted], correlation[fitted], "o", ms=4.4, mfc=_CUMULATIVE, mec="none",
        label="correlation integral",
    )  # fmt: skip
    line = np.geomspace(low / 1.8, high * 1.8, 20)
    axes.plot(
        line, 10.0 ** document["intercept"] * line**dimension, color=_FIT, lw=1.5,
        label=f"slope $D_2$ = {with_error(dimension, float(document['sd']))}",
    )  # fmt: skip
    axes.set(
        xscale="log", yscale="log", xlabel="distance r (m)", ylim=(None, 2.0),
        ylabel="fraction of pairs within r, C(r)",
    )  # fmt: skip
    set_titles(
        axes, document.get("name") or "Correlation dimension",
        f"{document['n']:,} events, {document['distance']}",
    )  # fmt: skip
    axes.legend(loc="lower right")
    return figure
