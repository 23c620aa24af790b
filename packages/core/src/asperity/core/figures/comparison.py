"""Catalogs of any scale on one axis of magnitude, and their records on one of events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from cmcrameri import cm
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from asperity.core.figures.statistics import with_error
from asperity.core.figures.style import INK, new_figure, set_titles, styled

__all__ = ["comparison_figure"]

_MARKERS = "osD^vh"


@styled
def comparison_figure(document: Mapping[str, Any]) -> Figure:
    """Draw magnitude-frequency distributions and numbers of records of several catalogs.

    Parameters
    ----------
    document : mapping
        What `catalog compare` prints.

    Returns
    -------
    matplotlib.figure.Figure
    """
    entries = document["catalogs"]
    colours = cm.batlow(np.linspace(0.05, 0.82, max(len(entries), 2)))
    figure = new_figure(8.6, 6.8)
    upper, lower = figure.subplots(2, 1, height_ratios=(1.25, 1.0))
    for k, (entry, colour) in enumerate(zip(entries, colours, strict=False)):
        _frequency(upper, entry, colour, _MARKERS[k % len(_MARKERS)])
    upper.axhline(1.0, color=INK, lw=0.7, ls=(0, (1, 2)))
    upper.set(
        yscale="log",
        xlabel="magnitude",
        ylabel="events at M and above,\nover those at Mc and above",
        xlim=_whole(entries),
    )
    set_titles(upper, "Magnitude-frequency", "tick: Mc; line: Gutenberg-Richter law with b")
    upper.legend(loc="upper left", bbox_to_anchor=(1.0, 1.02), handlelength=1.4)
    _independent(lower, document["independent"])
    for k, (entry, colour) in enumerate(zip(entries, colours, strict=False)):
        _records(lower, entry, colour, _MARKERS[k % len(_MARKERS)])
    lower.set(
        xscale="log",
        xlabel="events at Mc and above so far",
        ylabel="records so far",
        ylim=(0, None),
    )
    lower.yaxis.set_major_locator(MaxNLocator(integer=True))
    set_titles(lower, "Records")
    lower.legend(loc="upper left", bbox_to_anchor=(1.0, 1.02), handlelength=1.4)
    return figure


def _whole(entries: list[Mapping[str, Any]]) -> tuple[float, float]:
    low = min(min(e["frequency"]["magnitude"]) for e in entries)
    high = max(e["magnitude_max"] for e in entries)
    return float(np.floor(low - 0.05)), float(np.ceil(high + 0.05))


def _frequency(axes: Axes, entry: Mapping[str, Any], colour: Any, marker: str) -> None:
    mc, b = float(entry["mc"]), float(entry["b"])
    low, high = (float(value) for value in entry["b_interval"])
    shown = entry["frequency"]
    label = f"{entry['name']}\nb {with_error(b, entry['b_sd'])}, Mc {mc:g}"
    axes.plot(
        shown["magnitude"], shown["ratio"], marker, ms=3.6, mfc="none", mec=colour, mew=0.9,
        label=label,
    )  # fmt: skip
    m = np.linspace(mc, max(float(entry["magnitude_max"]), mc + 0.3), 50)
    axes.plot(m, 10.0 ** (-b * (m - mc)), color=colour, lw=1.5)
    axes.fill_between(
        m, 10.0 ** (-high * (m - mc)), 10.0 ** (-low * (m - mc)), color=colour, alpha=0.18, lw=0
    )
    axes.plot([mc, mc], [0.35, 1.0], color=colour, lw=1.2)


def _independent(axes: Axes, law: Mapping[str, Any]) -> None:
    axes.fill_between(
        law["n_events"], law["low"], law["high"], color="#9db4ab", alpha=0.35, lw=0,
        label="independent draws, 95 %", step="post",
    )  # fmt: skip
    axes.plot(law["n_events"], law["expected"], color=INK, lw=1.0, ls=(0, (4, 2)),
              label="their mean, $H_n$")  # fmt: skip


def _records(axes: Axes, entry: Mapping[str, Any], colour: Any, marker: str) -> None:
    records = entry["records"]
    at = [*records["at"], records["n_events"]]
    count = [*range(1, records["n_records"] + 1), records["n_records"]]
    axes.plot(at, count, color=colour, lw=1.4, drawstyle="steps-post")
    axes.plot(
        at[-1:], count[-1:], marker, ms=5.5, mfc=colour, mec="white",
        label=f"{entry['name']}: {records['n_records']} of {records['n_events']:,}",
    )  # fmt: skip
