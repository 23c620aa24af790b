"""Figures of strain series before an event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from asperity.core.figures.style import INK, STAR, new_figure, set_titles, styled
from asperity.gnss.series.strain import RegionSeries, smoothed

__all__ = ["Trend", "power_figure", "series_figure"]

DAYS, LINE, WINDOW = "#c3ccd1", "#b0413e", "#f3ead7"
LABELS = {
    "ee": "east-west strain", "nn": "north-south strain", "en": "shear strain en",
    "dilatation": "areal strain", "e1": "largest extension", "e2": "largest shortening",
    "shear": "maximum shear",
}  # fmt: skip


@dataclass(frozen=True)
class Trend:
    """The line of the background and where means of 30 days may lie about it.

    Parameters
    ----------
    years, line, sigma : ndarray, shape (m,)
    remark : str
        Beside the title of the panel.
    """

    years: NDArray[np.float64]
    line: NDArray[np.float64]
    sigma: NDArray[np.float64]
    remark: str = ""


@styled
def series_figure(
    series: RegionSeries,
    components: Sequence[str],
    trends: Sequence[Trend],
    event: float,
    window: float,
    title: str,
) -> Figure:
    """Draw components with the line of their background, its band, the window and the event.

    Parameters
    ----------
    series : RegionSeries
    components : sequence of str
    trends : sequence of Trend
        One a component.
    event : float
        Year.
    window : float
        Years.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(7.2, 0.7 + 2.3 * len(components))
    panels = figure.subplots(len(components), 1, sharex=True, squeeze=False)[:, 0]
    for axes, name, trend in zip(panels, components, trends, strict=True):
        values = series.row(name)
        axes.axvspan(event - window, event, color=WINDOW, lw=0, zorder=0)
        axes.fill_between(
            trend.years, trend.line - 1.96 * trend.sigma, trend.line + 1.96 * trend.sigma,
            color=LINE, alpha=0.16, lw=0, zorder=1,
        )  # fmt: skip
        axes.plot(series.years, values, ".", ms=1.6, color=DAYS, zorder=2, rasterized=True)
        axes.plot(series.years, smoothed(values), color=INK, lw=1.1, zorder=4)
        axes.plot(trend.years, trend.line, color=LINE, lw=1.0, ls=(0, (5, 2)), zorder=3)
        axes.axvline(event, color=INK, lw=0.9, zorder=3)
        axes.plot(
            [event], [1.0], marker="*", ms=11, mfc=STAR, mec=INK, mew=0.7, clip_on=False,
            transform=axes.get_xaxis_transform(), zorder=6,
        )  # fmt: skip
        axes.set_ylabel(f"{LABELS.get(name, name)}\n({series.unit})")
        axes.set_title(trend.remark, loc="right", fontsize=8.5, fontweight="normal")
        axes.set_xlim(series.years[0], max(series.years[-1], event + 0.15))
    set_titles(panels[0], title)
    panels[0].set_title(trends[0].remark, loc="right", fontsize=8.5, fontweight="normal")
    panels[-1].set_xlabel("year (UTC)")
    panels[-1].xaxis.set_major_locator(MaxNLocator(8, integer=True))
    first = panels[0]
    first.plot([], [], ".", ms=4, color=DAYS, label="days")
    first.plot([], [], color=INK, lw=1.1, label="median of the last 30 days")
    first.plot([], [], color=LINE, lw=1.0, ls=(0, (5, 2)), label="background, 95 % of 30 days")
    first.legend(loc="best", handlelength=1.8)
    return figure


@styled
def power_figure(
    shares: NDArray[np.float64], detected: NDArray[np.float64], level: float, title: str,
    smallest: float | None,
) -> Figure:  # fmt: skip
    """Draw how often a slowing is found, by its share of the background rate."""
    figure = new_figure(5.6, 3.2)
    axes = figure.add_subplot()
    axes.plot(100.0 * shares, 100.0 * detected, color=INK, lw=1.4)
    axes.axhline(100.0 * level, color=LINE, lw=0.9, ls=(0, (4, 2)), label="false alarms")
    axes.axvline(18.0, color=STAR, lw=1.4, label="18 %")
    if smallest is not None:
        axes.plot([100.0 * smallest], [80.0], "o", ms=5, color=LINE,
                  label=f"80 % found at {100.0 * smallest:.0f} %")  # fmt: skip
    axes.set_xlabel("slowing, % of the background rate")
    axes.set_ylabel("found, % of draws")
    axes.set_ylim(0.0, 102.0)
    axes.legend(loc="center right")
    set_titles(axes, title.replace("-", "\N{MINUS SIGN}"))
    return figure
