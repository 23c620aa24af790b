"""Records of a sequence both ways, and their difference in windows, as one figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from cmcrameri import cm
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from asperity.core.figures.style import INK, new_figure, set_titles, styled

__all__ = ["trend_figure"]

_FORWARD, _BACKWARD = cm.batlow(0.15), cm.batlow(0.72)
_EVENTS = "#b9c4ca"


@styled
def trend_figure(document: Mapping[str, Any]) -> Figure:
    """Draw the records forwards and backwards, and the difference of their numbers in windows.

    Parameters
    ----------
    document : mapping
        What `evt trend` prints.

    Returns
    -------
    matplotlib.figure.Figure
    """
    windows = document["windows"]
    rows = 2 if windows else 1
    figure = new_figure(7.6, 3.2 + 1.7 * (rows - 1))
    panels = figure.subplots(
        rows, 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": [2.2, 1.3][:rows]}
    )[:, 0]
    _records(panels[0], document)
    if windows:
        _windows(panels[1], windows)
    for segment in document["segments"][1:]:
        for axes in panels:
            axes.axvline(segment["first"], color=INK, lw=0.8, ls=(0, (1, 2)))
    panels[-1].set_xlabel("event number")
    return figure


def _records(axes: Axes, document: Mapping[str, Any]) -> None:
    envelope = document["envelope"]
    step = envelope["step"]
    axes.scatter(
        envelope["index"], envelope["magnitude"], s=6, c=_EVENTS, linewidths=0, zorder=1,
        rasterized=True, label="events" if step == 1 else f"largest of {step} events",
    )  # fmt: skip
    n = document["n_events"]
    for key, colour, marker, ends in (
        ("forward", _FORWARD, "o", (0, n - 1)), ("backward", _BACKWARD, "s", (n - 1, 0)),
    ):  # fmt: skip
        points = document["records"][key]
        index = np.array([p["index"] for p in points] + [ends[1]])
        level = np.array([p["magnitude"] for p in points] + [points[-1]["magnitude"]])
        axes.step(index, level, where="post", color=colour, lw=1.3, zorder=2)
        axes.plot(index[:-1], level[:-1], ls="", marker=marker, ms=5, color=colour, zorder=3,
                  label=f"{len(points)} records {key}")  # fmt: skip
    p = document["p_permutation"]
    remark = f"Mc {document['mc']:g}, {n:,} events"
    if p is not None:
        remark += f", z = {document['z']:.2f}, p = {p:.2g}"
    set_titles(axes, document["name"], remark)
    axes.set_ylabel("magnitude")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.02), handlelength=1.2)


def _windows(axes: Axes, windows: Mapping[str, Any]) -> None:
    entries = windows["entries"]
    middle = np.array([(e["first"] + e["last"]) / 2 for e in entries])
    difference = np.array([e["difference"] for e in entries], dtype=np.float64)
    axes.axhspan(-windows["band"], windows["band"], color="#6aa3a8", alpha=0.22, lw=0,
                 label="95 % by chance,\none window")  # fmt: skip
    axes.axhline(0.0, color=INK, lw=0.8)
    axes.plot(middle, difference, color="#1c5360", lw=1.0, marker="o", ms=2.6,
              label=f"windows of {windows['width']}")  # fmt: skip
    axes.set_ylabel("forward minus\nbackward")
    axes.set_title(
        f"largest of all windows: p = {windows['p']:.2g}", loc="right", fontsize=9,
        fontweight="normal",
    )  # fmt: skip
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.05), handlelength=1.4)
