"""Figures of catalog statistics: sizes, clusters, clouds of points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from asperity.core.figures.style import INK, STYLE, new_figure

__all__ = ["frequency_magnitude"]

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
    with mpl.rc_context(STYLE):
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
        axes.set_title(document.get("name") or "Frequency-magnitude distribution")
        axes.set_title(
            f"b = {with_error(document['b'], document['b_sd'])} ({document['method']})",
            loc="right", fontsize=9, fontweight="normal",
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
