"""A forecast with what it depends on, and a plan with its scenarios, as one figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from cmcrameri import cm
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from asperity.core.figures.style import INK, new_figure, set_titles, styled

__all__ = ["forecast_figure"]

_COLOURS = {"0.05": cm.batlow(0.12), "0.5": cm.batlow(0.45), "0.95": cm.batlow(0.75)}
_BANDS = {
    "mc": "Mc moved by 0.3 either way",
    "index": "readings of the index",
    "magnitude": "errors of the magnitudes",
}
_UNITS = {"days": 86_400.0, "hours": 3600.0, "seconds": 1.0, "milliseconds": 1e-3}
_LINES = {"plan": "-", "half": (0, (5, 2)), "shut-in": (0, (1, 1.3))}


@styled
def forecast_figure(document: Mapping[str, Any]) -> Figure:
    """Draw the quantiles of the next record, their bands, and the chances under a plan.

    Parameters
    ----------
    document : mapping
        What `evt forecast` prints, with ``name``; ``robust`` and ``plan`` are drawn where
        they are there.

    Returns
    -------
    matplotlib.figure.Figure
    """
    robust, plan = document.get("robust"), document.get("plan")
    heights = [1.3 + (1.2 if robust else 0.0), *([2.3] if plan else [])]
    figure = new_figure(7.6, 0.7 + sum(heights))
    panels = figure.subplots(
        len(heights), 1, squeeze=False, gridspec_kw={"height_ratios": heights}
    )[:, 0]
    _quantiles(panels[0], document, robust)
    if plan:
        _scenarios(panels[1], plan)
    return figure


def _quantiles(axes: Axes, document: Mapping[str, Any], robust: Mapping[str, Any] | None) -> None:
    remark = f"Mc {document['mc']:g}, {document['n_events']:,} events"
    set_titles(axes, document["name"], remark)
    if document["status"] != "ok":
        axes.text(0.5, 0.5, f"no forecast: {document['status']}", transform=axes.transAxes,
                  ha="center", va="center")  # fmt: skip
        axes.set_axis_off()
        return
    rows: list[tuple[str, dict[str, list[float | None]]]] = [
        ("calibrated forecast", {k: [v, v] for k, v in document["quantiles"].items()}),
        ("Gutenberg-Richter", {k: [v, v] for k, v in document["baseline"]["quantiles"].items()}),
    ]
    if robust:
        rows += [(label, robust[key]["quantiles"]) for key, label in _BANDS.items()]
    for i, (_, quantiles) in enumerate(rows):
        for step, (key, colour) in enumerate(_COLOURS.items()):
            # Beside each other, because wide intervals overlap.
            y = i + 0.17 * (step - 1)
            low, high = quantiles[key]
            if low is None or high is None:
                continue
            label = f"{100 * float(key):g} % below" if i == 0 else None
            if high - low < 0.02:  # too short for a line
                axes.plot(low, y, "o", ms=5.0, color=colour, zorder=3)
            axes.plot([low, high], [y, y], color=colour, lw=4.0, solid_capstyle="round",
                      label=label, zorder=3)  # fmt: skip
    for key, colour in _COLOURS.items():
        axes.axvline(document["quantiles"][key], color=colour, lw=0.8, zorder=1)
    axes.axvline(document["m_max"], color=INK, lw=1.0, ls=(0, (1, 1.2)), label="largest so far")
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("magnitude of the next record")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.02), handlelength=1.2)


def _scenarios(axes: Axes, plan: Mapping[str, Any]) -> None:
    thresholds = [e["magnitude"] for e in plan["scenarios"][0]["curve"]["exceedance"]]
    shown = list(range(len(thresholds)))[:3]
    colours = cm.batlow(np.linspace(0.12, 0.75, max(2, len(shown))))
    longest = max(s["curve"]["seconds"][-1] for s in plan["scenarios"])
    unit, length = next(
        (u for u in _UNITS.items() if longest >= 2.0 * u[1]), ("microseconds", 1e-6)
    )
    for scenario in plan["scenarios"]:
        curve = scenario["curve"]
        moments = np.array(curve["seconds"]) / length
        for i in shown:
            chance = np.array(curve["exceedance"][i]["seismogenic-index"], dtype=np.float64)
            axes.plot(moments, chance, color=colours[i], ls=_LINES[scenario["name"]], lw=1.5)
            calibrated = np.array(curve["exceedance"][i]["calibrated"], dtype=np.float64)
            axes.plot(moments, calibrated, color=colours[i], ls=_LINES[scenario["name"]], lw=0.8,
                      alpha=0.8)  # fmt: skip
    for name, line in _LINES.items():
        axes.plot([], [], color=INK, ls=line, lw=1.3, label=name)
    for i in shown:
        axes.plot([], [], color=colours[i], lw=3.0, label=f"M > {thresholds[i]:g}")
    axes.plot([], [], color=INK, lw=1.5, label="seismogenic index")
    axes.plot([], [], color=INK, lw=0.8, label="next record,\ncalibrated")
    axes.set(xlabel=f"{unit} after the last event", ylabel="P(an event exceeds M)")
    axes.set_ylim(-0.02, 1.02)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.02), handlelength=1.8)
