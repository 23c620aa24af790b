"""Figures of record-magnitude forecasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from cmcrameri import cm
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from asperity.core.figures.style import INK, STAR, new_figure, styled

__all__ = ["replay_figure"]

Array = NDArray[np.float64]

_BAND, _LIMITS, _EVENTS = "#6aa3a8", "#8fa3ad", "#b9c4ca"
_LAW_NAMES = {"gev": "GEV", "lognormal": "log-normal"}
RASTER_FROM = 2000


@styled
def replay_figure(document: Mapping[str, Any], axis: str = "auto") -> Figure:
    """Draw a replay as a wall display: magnitudes, forecast bands, records, alarms.

    Parameters
    ----------
    document : mapping
        What `evt replay` prints; its ``injection`` is drawn below when there is one.
    axis : {"auto", "time", "events"}
        What runs to the right. ``auto`` numbers the events when half of them would
        stand within a fiftieth of the time axis.

    Returns
    -------
    matplotlib.figure.Figure
    """
    forecasts = document["forecasts"]
    column = _columns(forecasts)
    times, label = _axis(forecasts, axis)
    thresholds = [e["magnitude"] for e in forecasts[0]["exceedance"]] if forecasts else []
    injection = _within(document.get("injection"), times)
    rows = 1 + bool(thresholds) + (injection is not None)
    figure = new_figure(8.6, 3.6 + 1.35 * (rows - 1))
    panels = figure.subplots(
        rows, 1, sharex=True, squeeze=False,
        gridspec_kw={"height_ratios": [3.2] + [1.0] * (rows - 1)},
    )[:, 0]  # fmt: skip
    _main(panels[0], document, times, column)
    if thresholds:
        _alarms(panels[1], times, forecasts, thresholds)
    if injection is not None:
        _rate(panels[-1], *injection)
    if times.size > 1:
        margin = (times[-1] - times[0]) / 60
        panels[0].set_xlim(times[0] - margin, times[-1] + margin)
    panels[-1].set_xlabel(label)
    return figure


def _columns(forecasts: Sequence[Mapping[str, Any]]) -> dict[str, Array]:
    plain = {
        name: np.array([f[name] for f in forecasts], dtype=np.float64)
        for name in ("observed", "is_record", "m_max", "m_ue", "m_le")
    }
    keys = forecasts[0]["quantiles"] if forecasts else ()
    return plain | {
        f"q{key}": np.array([f["quantiles"][key] for f in forecasts], dtype=np.float64)
        for key in keys
    }


def _stamps(texts: Sequence[str]) -> NDArray[Any]:
    return np.array([t.rstrip("Z") for t in texts], dtype="datetime64[us]")


def _within(
    injection: Mapping[str, Any] | None, times: NDArray[Any]
) -> tuple[NDArray[Any], Array] | None:
    """Return the injection when some of it lies in the span shown, else None."""
    if injection is None or times.dtype.kind not in "Mf":
        return None
    known = injection["time"]
    stamps = _stamps(known) if times.dtype.kind == "M" else np.array(known, dtype=np.float64)
    inside = (stamps >= times[0]) & (stamps <= times[-1])
    return (stamps, np.array(injection["rate"], dtype=np.float64)) if inside.any() else None


def _axis(forecasts: Sequence[Mapping[str, Any]], axis: str) -> tuple[NDArray[Any], str]:
    numbers = np.array([f["event_index"] for f in forecasts]), "event number"
    values = [f["time"] for f in forecasts]
    if axis == "events" or not values or isinstance(values[0], int):
        return numbers
    if isinstance(values[0], str):
        times = _stamps(values)
        seconds = times.astype(np.int64) * 1e-6
        label = "time (UTC)"
    else:
        times = seconds = np.array(values)
        label = "time since the origin (s)"
    span = seconds[-1] - seconds[0]
    half = (seconds.size + 1) // 2
    shortest = np.min(seconds[half - 1 :] - seconds[: seconds.size - half + 1])
    if axis == "auto" and shortest < 0.02 * span:
        return numbers
    return times, label


def _main(
    axes: Axes,
    document: Mapping[str, Any],
    times: NDArray[Any],
    column: Mapping[str, Array],
) -> None:
    axes.set_title(document["name"])
    axes.set_ylabel("magnitude")
    if not times.size:
        why = f"no forecast: {document['status']}"
        axes.text(0.5, 0.5, why, transform=axes.transAxes, ha="center")
        return
    raster = times.size > RASTER_FROM
    axes.scatter(
        times, column["observed"], s=5 if raster else 14, c=_EVENTS, linewidths=0,
        rasterized=raster, label="events", zorder=1,
    )  # fmt: skip
    steps: Any = {"step": "pre", "linewidth": 0, "rasterized": raster}
    axes.fill_between(
        times, column["q0.05"], column["q0.95"], color=_BAND, alpha=0.28, zorder=2,
        label="next record, 90 %", **steps,
    )  # fmt: skip
    axes.fill_between(
        times, column["q0.25"], column["q0.75"], color=_BAND, alpha=0.45, zorder=2,
        label="next record, 50 %", **steps,
    )  # fmt: skip
    axes.plot(times, column["q0.5"], color="#1c5360", lw=1.3, drawstyle="steps-pre",
              label="median", zorder=3)  # fmt: skip
    axes.plot(times, column["m_ue"], color=INK, lw=1.0, ls=(0, (1, 1.2)), drawstyle="steps-pre",
              label="$M_{UE}$", zorder=3)  # fmt: skip
    axes.plot(times, column["m_le"], color=INK, lw=1.0, ls=(0, (5, 2)), drawstyle="steps-pre",
              label="$M_{LE}$", zorder=3)  # fmt: skip
    records = column["is_record"] > 0
    axes.scatter(
        times[records], column["observed"][records], marker="*", s=150, c=STAR, edgecolors=INK,
        linewidths=0.8, zorder=5, label="record",
    )  # fmt: skip
    bottom = float(np.nanmin(column["observed"]))
    top = float(np.nanmax([np.nanmax(column["q0.95"]), column["observed"].max()]))
    # M_UE may lie far above what is likely and would flatten the rest.
    axes.set_ylim(bottom - 0.15, top + 0.25 * (top - bottom))
    conditioned = "given a record" if document["conditioned"] else "not conditioned"
    axes.set_title(
        f"Mc {document['mc']:g}, {document['n_events']:,} events, "
        f"{_LAW_NAMES[document['law']['name']]}, {document['law']['profile']} constants, "
        f"{conditioned}",
        loc="right", fontsize=8.5, fontweight="normal",
    )  # fmt: skip
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.02), handlelength=1.6)


def _alarms(
    axes: Axes,
    times: NDArray[Any],
    forecasts: Sequence[Mapping[str, Any]],
    thresholds: Sequence[float],
) -> None:
    colours = cm.batlow(np.linspace(0.15, 0.8, len(thresholds)))
    for i, (threshold, colour) in enumerate(zip(thresholds, colours, strict=True)):
        for key, style in (("probability", "-"), ("baseline", ":")):
            values = np.array([f["exceedance"][i][key] for f in forecasts], dtype=np.float64)
            axes.plot(times, values, ls=style, color=colour, lw=1.3 if style == "-" else 1.0,
                      drawstyle="steps-pre", rasterized=times.size > RASTER_FROM,
                      label=f"M > {threshold:g}" if style == "-" else None)  # fmt: skip
    axes.plot([], [], ls=":", color=INK, lw=1.0, label="Gutenberg-Richter")
    axes.set(ylim=(-0.03, 1.03), ylabel="P(next\nrecord > M)")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.05), handlelength=1.4)


def _rate(axes: Axes, times: NDArray[Any], rate: Array) -> None:
    # What enters a laboratory specimen would be zeros in m³/min.
    factor, unit = (60.0, "m³/min") if np.nanmax(np.abs(rate)) > 1e-4 else (1e6, "cm³/s")
    axes.fill_between(
        times, rate * factor, step="post", color="#8fb7c9", linewidth=0, rasterized=True
    )
    axes.set(ylabel=f"injection\n({unit})")
