"""Figures of the calibration: the eight panels, and the normalised magnitudes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from cmcrameri import cm
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from asperity.core.figures.style import INK, new_figure, styled
from asperity.evt.laws import LAWS, Gev, Law, ShiftedLogNormal

__all__ = ["drawn_normalised", "drawn_panels", "eight_panels", "normalised_figure"]

Array = NDArray[np.float64]
_TITLES = tuple(
    f"({letter}) {kind}, {events}, {size}"
    for letter, (kind, events, size) in zip(
        "abcdefgh",
        (
            (k, e, s)
            for k in ("$M_{UL}$", "$M_{JL}$")
            for e in ("records", "all")
            for s in ("magnitude", "potency")
        ),
        strict=True,
    )
)
_LAW_STYLES = {"gev": ("-", 0.05), "lognormal": ((0, (5, 2)), 0.55), "gumbel": ((0, (1, 1.2)), 0.3)}
_LABELS = {"gev": "GEV", "lognormal": "log-normal", "gumbel": "Gumbel"}
_SHOWN = (-0.5, 1.5)


def drawn_panels(document: Mapping[str, Any]) -> Figure:
    """Draw what `evt calibrate` says of the eight estimators, see `eight_panels`."""
    records, index = document["records"], document["upper"].rpartition(":")[2]
    return eight_panels(
        np.array(records["estimates"], dtype=np.float64), np.array(records["observed"]),
        _groups(records), [r for r in document["comparison"] if r["index"] == index],
        f"{len(records['observed'])} records and the estimates before them, index read as {index}",
    )  # fmt: skip


def drawn_normalised(document: Mapping[str, Any]) -> Figure:
    """Draw what `evt calibrate` says of the normalised magnitude, see `normalised_figure`."""
    records, index = document["records"], document["upper"].rpartition(":")[2]
    of = {f["law"]: f["parameters"] for f in document["fits"]}
    return normalised_figure(
        np.array(records["x"], dtype=np.float64), _groups(records),
        [LAWS["gev", "published"], LAWS["lognormal", "published"]],
        [Gev(**of["gev"]), ShiftedLogNormal(**of["lognormal"])],
        f"Normalised magnitudes of {len(records['x'])} records, $M_{{UE}}$ read as {index}",
    )  # fmt: skip


def _groups(records: Mapping[str, Any]) -> dict[str, NDArray[np.bool_]]:
    groups = np.array(records["group"])
    return {g: groups == g for g in dict.fromkeys(records["group"])}


@styled
def eight_panels(
    estimates: Array, observed: Array, groups: Mapping[str, NDArray[np.bool_]],
    comparisons: Sequence[Mapping[str, Any]], title: str,
) -> Figure:  # fmt: skip
    """Draw records against the eight estimates made just before each.

    Parameters
    ----------
    estimates : ndarray, shape (n, 8)
        Columns in the order of `asperity.evt.ESTIMATORS`.
    observed : ndarray, shape (n,)
    groups : mapping of str to ndarray of bool, shape (n,)
    comparisons : sequence of mapping
        Of the eight, with ``r``, ``bias`` and ``rms``.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    low = float(observed.min()) - 0.3
    high = float(observed.max()) + 0.6
    figure = new_figure(9.6, 5.8)
    panels = figure.subplots(2, 4, sharex=True, sharey=True).ravel()
    colours = cm.batlow(np.linspace(0.05, 0.85, max(len(groups), 1)))
    for column, (axes, row) in enumerate(zip(panels, comparisons, strict=True)):
        axes.plot([low, high], [low, high], color=INK, lw=0.8, zorder=1)
        beyond = 0
        for (group, chosen), colour in zip(groups.items(), colours, strict=True):
            modelled = estimates[chosen, column]
            beyond += int(np.count_nonzero((modelled < low) | (modelled > high)))
            axes.scatter(
                observed[chosen], np.clip(modelled, low, high), s=13, color=[colour],
                linewidths=0.3, edgecolors="white", label=group, zorder=2,
            )  # fmt: skip
        axes.set(xlim=(low, high), ylim=(low, high), aspect="equal")
        axes.set_title(_TITLES[column], fontsize=9, fontweight="normal")
        off = f"\n{beyond} beyond the axes" if beyond else ""
        # Where the points are not: estimates too high lie above the line.
        above = (row["bias"] or 0.0) > 0.0
        x, y, ha, va = (0.96, 0.03, "right", "bottom") if above else (0.04, 0.97, "left", "top")
        axes.text(
            x, y, f"r {_two(row['r'])}\nbias {_two(row['bias'], True)}\n"
            f"rms {_two(row['rms'])}{off}",
            transform=axes.transAxes, ha=ha, va=va, fontsize=8, zorder=3,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0},
        )  # fmt: skip
    for axes in panels[4:]:
        axes.set_xlabel("observed record")
    for axes in panels[::4]:
        axes.set_ylabel("modelled")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, handletextpad=0.1)
    figure.suptitle(title, x=0.01, ha="left", fontsize=10.5, fontweight="bold")
    return figure


def _two(value: float | None, signed: bool = False) -> str:
    if value is None or not np.isfinite(value):
        return "-"
    return f"{value:+.2f}" if signed else f"{value:.2f}"


@styled
def normalised_figure(
    x: Array, groups: Mapping[str, NDArray[np.bool_]], published: Sequence[Law],
    fitted: Sequence[Law], title: str,
) -> Figure:  # fmt: skip
    """Draw the normalised magnitudes with the laws, for each group and pooled.

    Parameters
    ----------
    x : ndarray, shape (n,)
        NaN where there is none.
    groups : mapping of str to ndarray of bool, shape (n,)
    published, fitted : sequence of Law
        The same in all panels.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    every = np.ones(x.size, dtype=bool)
    shown = dict(groups) if len(groups) > 1 else {}
    shown = {**shown, "pooled": every}
    columns = min(len(shown), 3)
    rows = -(-len(shown) // columns)
    figure = new_figure(3.1 * columns + 0.4, 2.5 * rows + 0.9)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True).ravel()
    for axes, (group, chosen) in zip(panels, shown.items(), strict=False):
        _histogram(axes, x[chosen & np.isfinite(x)], group)
        grid = np.linspace(*_SHOWN, 800)
        for laws, width, kind in ((published, 1.5, "published"), (fitted, 0.9, "fitted")):
            for law in laws:
                style, shade = _LAW_STYLES[law.name]
                colour = cm.batlow(shade) if kind == "published" else "#d6456a"
                axes.plot(grid, law.pdf(grid), ls=style, lw=width, color=colour,
                          label=f"{_LABELS[law.name]}, {kind}")  # fmt: skip
        axes.set(xlim=_SHOWN, ylim=(0.0, None))
        axes.tick_params(labelbottom=True)
        axes.set_xlabel("$(M - M_{LE}) / (M_{UE} - M_{LE})$")
    for axes in panels[::columns]:
        axes.set_ylabel("density")
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    figure.suptitle(title, x=0.01, ha="left", fontsize=10.5, fontweight="bold")
    return figure


def _histogram(axes: Axes, values: Array, group: str) -> None:
    width = 0.05 if values.size > 100 else 0.1
    edges = np.arange(_SHOWN[0], _SHOWN[1] + width / 2, width)
    counts, _ = np.histogram(values, edges)
    # Density of all values, whether or not the axis shows them.
    height = counts / max(values.size, 1) / width
    axes.bar(edges[:-1], height, width=width, align="edge", color="#c3d3d8", linewidth=0)
    beyond = int(np.count_nonzero((values < _SHOWN[0]) | (values > _SHOWN[1])))
    axes.set_title(group, fontsize=9, fontweight="normal")
    note = f"n = {values.size}" + (f"\n{beyond} beyond" if beyond else "")
    axes.text(0.97, 0.95, note, transform=axes.transAxes, ha="right", va="top", fontsize=8)
