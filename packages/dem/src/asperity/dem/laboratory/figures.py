"""Figures of a triaxial test: stress with events, energies, and a cut through the specimen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from asperity.core.figures.style import DEEPENING, INK, new_figure, set_titles, styled

if TYPE_CHECKING:
    import xarray as xr

    from asperity.core.catalog import Catalog
    from asperity.dem.engine.system import System
    from asperity.dem.laboratory.fault import FaultPlane

__all__ = [
    "energies", "slip_sequence", "spans_around", "specimen_cut", "stress_and_events",
    "sweep_curves",
]  # fmt: skip

#: Colours of contact models, as in the published set-up: flat, smooth, linear.
MODEL_COLOURS = {"flat_joint": "#3b6fb6", "smooth_joint": "#3a9d5d", "linear": "#c44e3b"}


@styled
def stress_and_events(history: xr.Dataset, events: Catalog, name: str = "") -> Figure:
    """Draw the deviator against time, and below it the magnitudes of elementary events."""
    figure = new_figure(7.2, 4.8)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    time = history["time"].values * 1e3
    upper.plot(time, history["deviator"].values / 1e6, color=INK, lw=1.0)
    upper.set_ylabel("axial less confining\nstress, MPa")
    upper.set_ylim(bottom=min(0.0, float(history["deviator"].min()) / 1e6))
    when = events["time"] * 1e-6  # ns since the loading began, to ms
    kinds = events.texts("event_type")
    for kind, colour, size in (
        ("flat-joint break", MODEL_COLOURS["flat_joint"], 9),
        ("joint break", "#d08a1e", 12),
        ("slip episode", MODEL_COLOURS["smooth_joint"], 5),
    ):
        chosen = kinds == kind
        if chosen.any():
            lower.scatter(
                when[chosen], events["magnitude"][chosen], s=size, color=colour, alpha=0.6,
                linewidths=0, label=f"{kind} ({int(chosen.sum())})",
            )  # fmt: skip
    lower.set_ylabel("magnitude Mw")
    lower.set_xlabel("time since loading began, ms")
    if len(events):
        lower.legend(loc="upper left", fontsize="small", frameon=False)
    set_titles(upper, "Triaxial test", name)
    return figure


@styled
def sweep_curves(
    histories: Sequence[xr.Dataset], labels: Sequence[str], title: str | None, name: str = ""
) -> Figure:
    """Draw deviator against strain of many tests.

    Parameters
    ----------
    histories : sequence of xarray.Dataset
    labels : sequence of str
        What each test has of the value that is varied; tests of one label share a colour.
    title : str, optional
        What is varied.
    name : str
    """
    figure = new_figure(7.2, 4.2)
    axes = figure.subplots()
    distinct = list(dict.fromkeys(labels))
    colours = DEEPENING(np.linspace(0.0, 1.0, len(distinct)))
    shown = set()
    for history, label in zip(histories, labels, strict=True):
        axes.plot(
            history["axial_strain"].values * 100.0, history["deviator"].values / 1e6, lw=0.9,
            color=colours[distinct.index(label)], label=None if label in shown else label,
        )  # fmt: skip
        shown.add(label)
    axes.set_xlabel("axial strain, %")
    axes.set_ylabel("axial less confining stress, MPa")
    if 1 < len(distinct) <= 12:
        axes.legend(title=title, fontsize="small", title_fontsize="small", frameon=False)
    set_titles(axes, f"{len(histories)} triaxial tests", name)
    return figure


@styled
def slip_sequence(
    events: Catalog, plane: FaultPlane, moments: Sequence[float], name: str = ""
) -> Figure:
    """Draw the slip on the fault between moments, one map of the fault a span.

    Parameters
    ----------
    events : Catalog
        Elementary events of a test.
    plane : FaultPlane
    moments : sequence of float
        Limits of the spans, s since the loading began, ascending.
    name : str
    """
    when = events["time"] * 1e-9
    slips = events.texts("event_type") == "slip episode"
    places = plane.coordinates(np.column_stack([events[k] for k in "xyz"])) * 1e3
    slip = events["slip"] * 1e6
    figure = new_figure(7.2, 3.4)
    panels = figure.subplots(1, len(moments) - 1, sharex=True, sharey=True, squeeze=False)[0]
    largest = float(slip[slips].max(initial=1e-3))
    drawn = None
    for axes, begin, end in zip(panels, moments[:-1], moments[1:], strict=True):
        chosen = slips & (when >= begin) & (when < end)
        # The largest slips last, so that small ones do not hide them.
        order = np.flatnonzero(chosen)[np.argsort(slip[chosen], kind="stable")]
        drawn = axes.scatter(
            places[order, 1], places[order, 0], c=slip[order], s=9, cmap=DEEPENING,
            norm=LogNorm(max(1e-3 * largest, 1e-6), largest), linewidths=0,
        )  # fmt: skip
        axes.set_aspect("equal")
        axes.set_title(
            f"{begin * 1e3:.2f} to {end * 1e3:.2f} ms\n{int(chosen.sum())} episodes",
            fontsize="small", fontweight="normal",
        )  # fmt: skip
        axes.set_xlabel("along strike, mm")
    panels[0].set_ylabel("down dip, mm")
    panels[0].invert_yaxis()
    if drawn is not None:
        figure.colorbar(drawn, ax=list(panels), label="slip of an episode, μm", shrink=0.85)
    figure.suptitle(f"Slip on the fault  {name}", x=0.01, ha="left", fontsize=10.5, weight="bold")
    return figure


def spans_around(drops: Sequence[Mapping[str, float]], end: float) -> list[float]:
    """Return moments that part a test into loading, foreshocks, mainshock and what follows.

    Parameters
    ----------
    drops : sequence of mapping
        Of `stress_drops`; the spans are around the first one.
    end : float
        Of the test, s.
    """
    if not drops:
        return [0.0, end / 3.0, 2.0 * end / 3.0, end]
    first = drops[0]["time"]
    after = min(first + 0.2 * (drops[1]["time"] - first if len(drops) > 1 else first), end)
    return [0.0, 0.8 * first, first, after, max(end, 1.001 * after)]


@styled
def energies(history: xr.Dataset, name: str = "") -> Figure:
    """Draw where the work of platens and membrane has gone."""
    figure = new_figure(7.2, 3.8)
    axes = figure.subplots()
    known = np.isfinite(history["kinetic_energy"].values)
    time = history["time"].values[known] * 1e3
    work = history["platen_work"].values + history["membrane_work"].values
    axes.plot(time, (work[known] - work[known][0]), color=INK, lw=1.6, label="work done")
    for key, label in (
        ("strain_energy", "strain"), ("slip_work", "slip"), ("damping_work", "local damping"),
        ("kinetic_energy", "kinetic"), ("released_energy", "broken bonds"),
    ):  # fmt: skip
        values = history[key].values[known]
        axes.plot(time, values - values[0], lw=1.1, label=label)
    axes.plot(time, history["closure_error"].values[known], "k:", lw=1.0, label="closure error")
    axes.set_xlabel("time since loading began, ms")
    axes.set_ylabel("energy since then, J")
    axes.legend(loc="upper left", fontsize="small", frameon=False, ncols=2)
    set_titles(axes, "Energies", name)
    return figure


@styled
def specimen_cut(system: System, name: str = "") -> Figure:
    """Draw the slice y = 0 of the specimen with its contacts coloured by model."""
    figure = new_figure(4.2, 6.0)
    axes = figure.subplots()
    x, r = system.rows[:, :3], system.rows[:, 3]
    inside = np.abs(x[:, 1]) < r
    discs = [
        Circle((float(a[0]) * 1e3, float(a[2]) * 1e3), float(np.sqrt(s**2 - a[1] ** 2)) * 1e3)
        for a, s in zip(x[inside], r[inside], strict=True)
    ]
    axes.add_collection(
        PatchCollection(discs, facecolor="#efe9dd", edgecolor="#b9b09d", linewidths=0.4)
    )
    thick = 2.0 * float(r.mean())
    for model, colour in MODEL_COLOURS.items():
        group = system.groups[model]
        if model == "linear" and len(group.i):
            touching = system.gaps(model) < 0.0
        else:
            touching = np.ones(len(group.i), bool)
        i, j = group.i[touching], group.j[touching]
        near = (np.abs(x[i, 1]) < thick) & (np.abs(x[j, 1]) < thick)
        lines = np.stack([x[i][near][:, [0, 2]], x[j][near][:, [0, 2]]], axis=1) * 1e3
        if len(lines):
            width = 1.8 if model == "smooth_joint" else 0.7
            axes.add_collection(
                LineCollection(
                    list(lines), colors=colour, linewidths=width,
                    label=f"{model.replace('_', ' ')} ({len(group.i[touching])})",
                )
            )  # fmt: skip
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.set_xlabel("x, mm")
    axes.set_ylabel("z, mm")
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.09),
        fontsize="small",
        frameon=False,
        ncols=3,
        columnspacing=1.0,
        handlelength=1.2,
    )
    set_titles(axes, "Specimen, y = 0", name)
    return figure
