"""Figures of the scores: the table as a picture, reliability, accuracy along a sequence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from cmcrameri import cm
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from asperity.core.figures.style import INK, new_figure, set_titles, styled

__all__ = ["score_figure", "stages_figure"]

_OF = {"third": " third", "rate": " rate", "records": " records"}
_LAW, _RIVAL = cm.batlow(0.1), cm.batlow(0.72)


@styled
def score_figure(document: Mapping[str, Any]) -> Figure:
    """Draw each forecaster's difference from the baseline, and the reliability of some.

    Parameters
    ----------
    document : mapping
        What `evt score` prints.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = [r for r in document["table"] if r["crps_difference"] is not None][::-1]
    figure = new_figure(9.2, 1.2 + 0.24 * len(rows) + 0.6)
    left, right = figure.subplots(1, 2, gridspec_kw={"width_ratios": [1.5, 1.0]})
    _differences(left, rows, document["baseline"])
    _reliability(right, document["reliability"])
    set_titles(left, f"{document['n_records']} records, "
               f"{document['n_sequences_with_records']} sequences")  # fmt: skip
    set_titles(right, "Reliability")
    return figure


def _differences(axes: Axes, rows: list[Mapping[str, Any]], baseline: str) -> None:
    for y, row in enumerate(rows):
        low, high = row["crps_difference_interval"]
        colour = _LAW if row["kind"] == "law" else _RIVAL
        if low is not None and np.isfinite(low):
            axes.plot([low, high], [y, y], color=colour, lw=1.6, solid_capstyle="butt")
        axes.plot(row["crps_difference"], y, "o", ms=4.5, color=colour)
    axes.axvline(0.0, color=INK, lw=0.8)
    axes.set_yticks(range(len(rows)), [r["name"] for r in rows], fontsize=8)
    axes.set_xlabel(f"CRPS less that of {baseline} (magnitudes; left is better)")
    axes.plot([], [], "o", ms=4.5, color=_LAW, label="calibrated laws")
    axes.plot([], [], "o", ms=4.5, color=_RIVAL, label="rivals")
    axes.legend(loc="upper right")


def _reliability(axes: Axes, curves: Mapping[str, Any]) -> None:
    axes.plot([0, 1], [0, 1], color=INK, lw=0.8)
    first = next(iter(curves.values()))
    nominal = [p["nominal"] for p in first]
    axes.fill_between(nominal, [p["low"] for p in first], [p["high"] for p in first],
                      color="#dfe6e9", linewidth=0, label="95 % of a perfect one")  # fmt: skip
    for (name, curve), shade, style in zip(
        curves.items(), (0.05, 0.4, 0.72), ("-", "--", ":"), strict=False
    ):
        axes.plot(nominal, [p["observed"] for p in curve], style, color=cm.batlow(shade), lw=1.5,
                  label=name)  # fmt: skip
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="forecast probability",
             ylabel="share of records below")  # fmt: skip
    axes.legend(loc="upper left", fontsize=7.5)


@styled
def stages_figure(document: Mapping[str, Any]) -> Figure:
    """Draw bias and CRPS of each stage of a sequence, all groups together.

    Parameters
    ----------
    document : mapping
        ``stages`` of what `evt score` prints.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = [r for r in document["rows"] if r["group"] == "pooled"]
    figure = new_figure(7.6, 3.4)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, key, label in (
        (panels[0], "bias", "median forecast less record (magnitudes)"),
        (panels[1], "crps", "CRPS (magnitudes)"),
    ):
        y = 0.0
        ticks, names = [], []
        for division in dict.fromkeys(r["division"] for r in rows):
            for row in (r for r in rows if r["division"] == division):
                ticks.append(y)
                names.append(f"{row['stage']}{_OF[division]} ({row['n']})")
                if row["n"]:
                    low, high = row[f"{key}_interval"]
                    axes.plot([low, high], [y, y], color=_LAW, lw=1.6, solid_capstyle="butt")
                    axes.plot(row[key], y, "o", ms=4.5, color=_LAW)
                y -= 1.0
            y -= 0.6
        axes.set_yticks(ticks, names)
        axes.set_xlabel(label)
        axes.xaxis.set_major_locator(MaxNLocator(5))
    panels[0].axvline(0.0, color=INK, lw=0.8)
    set_titles(panels[0], f"Stages: {document['forecaster']}")
    return figure
