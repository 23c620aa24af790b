"""Distributions of the normalised magnitude of synthetic sequences, as one figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from cmcrameri import cm
from matplotlib.figure import Figure

from asperity.core.figures.style import INK, new_figure, set_titles, styled
from asperity.evt.laws import LAWS

__all__ = ["synthetic_figure"]


@styled
def synthetic_figure(document: Mapping[str, Any]) -> Figure:
    """Draw the distribution of x of each setting over the published laws.

    Parameters
    ----------
    document : mapping
        What `evt synthetic` prints.

    Returns
    -------
    matplotlib.figure.Figure
    """
    shown = [s for s in document["consistency"] if s["cdf"] is not None]
    grid = np.linspace(-0.4, 1.5, 400)
    figure = new_figure(7.6, 3.8)
    axes = figure.subplots()
    for name, line in (("gev", "-"), ("lognormal", (0, (4, 2)))):
        axes.plot(grid, LAWS[name, "published"].cdf(grid), color=INK, lw=2.0, ls=line,
                  label=f"{name}, published", zorder=5)  # fmt: skip
    for setting, colour in zip(
        shown, cm.batlow(np.linspace(0.05, 0.85, max(1, len(shown)))), strict=False
    ):
        axes.plot(setting["cdf"]["x"], setting["cdf"]["share"], color=colour, lw=1.2,
                  label=setting["setting"])  # fmt: skip
    axes.axvline(0.0, color="#8a979f", lw=0.8)
    axes.axvline(1.0, color="#8a979f", lw=0.8)
    set_titles(axes, "Records of synthetic sequences", f"{document['sequences']:,} of each")
    axes.set(
        xlabel=r"x = (M - $M_{LE}$)/($M_{UE}$ - $M_{LE}$)", ylabel="share of records",
        xlim=(-0.4, 1.5), ylim=(-0.02, 1.02),
    )  # fmt: skip
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.02), handlelength=1.6)
    return figure
