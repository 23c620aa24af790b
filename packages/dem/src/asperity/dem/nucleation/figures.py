"""Figures of the study of nucleation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from cmcrameri import cm
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import dendrogram

from asperity.core.catalog import Catalog
from asperity.core.errors import AsperityError
from asperity.core.figures.style import INK, new_figure, set_titles, styled
from asperity.core.statistics import b_value, correlation_dimension, magnitude_of_completeness
from asperity.dem.nucleation.arcs import SHAPES
from asperity.dem.nucleation.convergence import Running
from asperity.dem.nucleation.grains import stress_and_strength
from asperity.dem.nucleation.segments import CLASSES
from asperity.dem.nucleation.sequence import ForeshockSequence
from asperity.dem.nucleation.study import (
    ALPHA,
    Study,
    Trees,
    mainshock_measures,
    nucleation_measures,
)

__all__ = [
    "class_panels",
    "convergence_panels",
    "densities",
    "episodes_figure",
    "facing_trees",
    "fits",
    "growth",
    "moments_figure",
    "profiles",
    "scaling_panels",
    "shape_panels",
]  # fmt: skip

SHEAR, NORMAL = "#c44e3b", "#3b6fb6"


@styled
def episodes_figure(sequence: ForeshockSequence) -> Figure:
    """Draw the emissions of one simulation in time, and the windows of its episodes."""
    figure = new_figure(7.2, 3.6)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    for events, colour, label in (
        (sequence.foreshocks, NORMAL, "foreshocks"), (sequence.mainshock, SHEAR, "mainshock"),
    ):  # fmt: skip
        time = (events["time"] * 1e-9 - sequence.time) * 1e3
        upper.scatter(time, events["magnitude"], s=9, color=colour, alpha=0.7, lw=0, label=label)
    upper.set_ylabel("magnitude Mw")
    upper.legend(loc="upper left", fontsize="small", frameon=False)
    grid, values = sequence.density
    lower.plot((grid - sequence.time) * 1e3, values / 1e3, color=INK, lw=0.9)
    for k, e in enumerate(sequence.episodes):
        begin, end, peak = ((t - sequence.time) * 1e3 for t in (e.begin, e.end, e.peak))
        lower.axvspan(begin, end, color="#e9edf0" if k % 2 else "#d5dde2", lw=0)
        lower.plot(peak, e.height / 1e3, "o", color=SHEAR, ms=3.5)
    # The mainshock is far higher than any foreshock: both are to be seen.
    lower.set_yscale("symlog", linthresh=0.02)
    lower.set_ylim(bottom=0.0)
    lower.set_ylabel("density, 1/ms")
    lower.set_xlabel("time to the mainshock, ms")
    set_titles(upper, "Episodes before the mainshock", sequence.name)
    return figure


@styled
def class_panels(grain: dict[str, Any]) -> Figure:
    """Draw the share of each class of ladders against time, normal and shear."""
    return _panels(
        grain["class_shares"],
        {kind: (f"class {kind}", *_ladder(*signs)) for kind, signs in CLASSES.items()},
        "Contact forces across foreshocks",
    )


@styled
def shape_panels(grain: dict[str, Any]) -> Figure:
    """Draw the share of each shape between foreshocks against time, normal and shear."""
    s = np.linspace(0.0, 1.0, 30)
    # First and last slope of an example of each shape.
    slopes = {1: (0.2, 2), 2: (2, 0.2), 3: (-0.2, -2), 4: (-2, -0.2),
              5: (-1, 2), 6: (-2, 1), 7: (2, -1), 8: (1, -2)}  # fmt: skip
    drawn = {
        kind: (SHAPES[kind], s, a * s + 0.5 * (b - a) * s**2) for kind, (a, b) in slopes.items()
    }
    return _panels(grain["arcs"]["class_shares"], drawn, "Contact forces between foreshocks")


def _panels(shares: dict[str, Any], kinds: dict[int, tuple[str, Any, Any]], title: str) -> Figure:
    figure = new_figure(7.2, 4.2)
    panels = figure.subplots(2, 4, sharex=True, sharey=True)
    for axes, (kind, (name, x, y)) in zip(panels.ravel(), kinds.items(), strict=True):
        for force, colour in (("normal", NORMAL), ("shear", SHEAR)):
            rows = shares[force]
            time = [-0.5e3 * (r["begin"] + r["end"]) for r in rows]
            values = [r[str(kind)] for r in rows]
            axes.plot(time, [100 * v["share"] for v in values], color=colour, lw=1.2, label=force)
            axes.fill_between(
                time, [100 * v["low"] for v in values], [100 * v["high"] for v in values],
                color=colour, alpha=0.18, lw=0,
            )  # fmt: skip
        small = axes.inset_axes((0.03, 0.76, 0.24, 0.22))
        small.plot(x, y, color=INK, lw=1.1)
        small.set_axis_off()
        axes.set_title(name, fontsize="small", fontweight="normal", loc="right")
    for axes in panels[1]:
        axes.set_xlabel("time, ms")
    for axes in panels[:, 0]:
        axes.set_ylabel("share, %")
    # Room for the examples.
    panels[0, 0].set_ylim(0.0, 1.3 * panels[0, 0].get_ylim()[1])
    panels[0, 0].legend(loc="upper right", fontsize="x-small", frameon=False)
    figure.suptitle(title, x=0.01, ha="left", fontsize=10.5, weight="bold")
    return figure


def _ladder(pre: int, jump: int, post: int) -> tuple[list[float], list[float]]:
    """Return the slope, the jump and the slope of a class as a line."""
    return [0, 1, 1, 2], [-pre, 0, 1.2 * jump, 1.2 * jump + post]


@styled
def densities(
    sequences: Sequence[ForeshockSequence], windows: Sequence[tuple[float, float]], **how: Any
) -> Figure:
    """Draw densities of shear stress and strength far from and near the mainshock.

    `how` goes to `stress_and_strength`.
    """
    figure = new_figure(7.2, 2.8)
    panels = figure.subplots(1, len(windows), sharey=True, squeeze=False)[0]
    pooled = [(s.table["time_to_mainshock"].values, *stress_and_strength(s.table, **how))
              for s in sequences]  # fmt: skip
    every = np.concatenate([b.ravel() for _, _, b in pooled])
    edges = np.linspace(0.0, float(np.nanquantile(every, 0.995)) / 1e6, 51)
    for axes, (longest, shortest) in zip(panels, windows, strict=True):
        for which, colour, label in ((1, SHEAR, "shear stress"), (2, NORMAL, "strength")):
            values = np.concatenate(
                [p[which][(p[0] <= longest) & (p[0] > shortest)].ravel() for p in pooled]
            )
            known = values[np.isfinite(values) & (values > 0.0)] / 1e6
            if len(known):
                axes.hist(known, edges, density=True, color=colour, alpha=0.5, label=label)
        axes.set_title(
            f"{longest * 1e3:.2f} to {shortest * 1e3:.2f} ms before", fontsize="small",
            fontweight="normal",
        )  # fmt: skip
        axes.set_xlabel("stress, MPa")
    panels[0].set_ylabel("density, 1/MPa")
    panels[0].legend(fontsize="small", frameon=False)
    return figure


@styled
def growth(grain: dict[str, Any]) -> Figure:
    """Draw what changes towards the mainshock: overlap, rates and their changes, loading."""
    figure = new_figure(7.2, 4.8)
    panels = figure.subplots(2, 2, sharex=True)
    for axes, what, key, scale, colour, title, label in (
        (panels[0, 0], "overlap", "overlap", 1.0, INK, "Stress and strength",
         "overlap of densities"),
        (panels[0, 1], "acceleration_difference", "median", 1e-3, INK, "Change of rates",
         "shear less normal, N/ms"),
        (panels[1, 0], "shear_loading", "share", 100.0, SHEAR, "Jumps at foreshocks",
         "more shear than normal, %"),
    ):  # fmt: skip
        rows = grain[what]
        low, high = ("median_low", "median_high") if key == "median" else ("low", "high")
        time = [-1e3 * r["time"] for r in rows]
        axes.plot(time, [scale * r[key] for r in rows], "o-", color=colour, ms=3, lw=1.0)
        axes.fill_between(
            time, [scale * r[low] for r in rows], [scale * r[high] for r in rows], color=colour,
            alpha=0.15, lw=0,
        )  # fmt: skip
        axes.set_ylabel(label)
        axes.set_title(title, fontsize=9.5)
    panels[0, 1].axhline(0.0, color="#8a979f", lw=0.8)
    panels[1, 0].axhline(50.0, color="#8a979f", lw=0.8)
    time = [-1e3 * r["time"] for r in grain["rates"]]
    for force, colour in (("shear", SHEAR), ("normal", NORMAL)):
        panels[1, 1].plot(time, [1e-3 * r[force] for r in grain["rates"]], "o-", color=colour, ms=3,
                          lw=1.0, label=force)  # fmt: skip
    panels[1, 1].set_title("Median rates before foreshocks", fontsize=9.5)
    panels[1, 1].set_ylabel("N/ms")
    panels[1, 1].legend(fontsize="small", frameon=False)
    for axes in panels[1]:
        axes.set_xlabel("time to the mainshock, ms")
    return figure


@styled
def facing_trees(trees: Trees, names: Sequence[str]) -> Figure:
    """Draw the trees of foreshocks and of mainshocks face to face, leaves joined by lines."""
    figure = new_figure(7.2, 0.6 + 0.19 * len(names))
    left, middle, right = figure.subplots(1, 3, width_ratios=(4, 2, 4))
    orders = []
    for axes, tree, side in ((left, trees.foreshocks, "left"), (right, trees.mainshocks, "right")):
        # The root away from the middle.
        drawn = dendrogram(
            tree, orientation="left" if side == "left" else "right", labels=list(names), ax=axes,
            color_threshold=0.0, above_threshold_color=INK, leaf_font_size=7,
        )  # fmt: skip
        axes.grid(False)
        axes.set_xticks([])
        for spine in axes.spines.values():
            spine.set_visible(False)
        orders.append({leaf: k for k, leaf in enumerate(drawn["leaves"])})
    colours = cm.batlow(np.linspace(0.0, 0.9, len(names)))
    for leaf in range(len(names)):
        middle.plot(
            [0, 1], [orders[0][leaf], orders[1][leaf]], lw=0.9,
            color=colours[orders[0][leaf]],
        )  # fmt: skip
    middle.set_ylim(-0.5, len(names) - 0.5)
    middle.set_axis_off()
    left.set_title("foreshocks", fontsize="small", fontweight="normal")
    right.set_title("mainshocks", fontsize="small", fontweight="normal")
    figure.suptitle(
        f"Trees by {trees.metric} distance, {trees.linkage} linkage", x=0.01, ha="left",
        fontsize=10.5, weight="bold",
    )  # fmt: skip
    return figure


@styled
def profiles(found: Study) -> Figure:
    """Draw the index of Fowlkes and Mallows by level, with its null, for all trees."""
    metrics = list(dict.fromkeys(t.metric for t in found.trees))
    linkages = list(dict.fromkeys(t.linkage for t in found.trees))
    figure = new_figure(7.2, 1.9 * len(metrics) + 0.5)
    panels = figure.subplots(len(metrics), len(linkages), sharex=True, sharey=True, squeeze=False)
    for t in found.trees:
        axes = panels[metrics.index(t.metric), linkages.index(t.linkage)]
        k = np.array([level.k for level in t.levels])
        mean = np.array([level.expected for level in t.levels])
        sd = np.array([level.sd for level in t.levels])
        axes.fill_between(k, mean - 2 * sd, mean + 2 * sd, color="#c9d3d9", lw=0)
        axes.plot(k, mean, color="#8a979f", lw=1.0, label="independent labels, ± 2 sd")
        axes.plot(k, [level.b_k for level in t.levels], "o-", color=INK, ms=2.5, lw=0.9,
                  label="these trees")  # fmt: skip
        significance = ALPHA / len(t.levels)
        found_at = [lv for lv in t.levels if lv.testable and lv.p_label_permutation <= significance]
        axes.plot([lv.k for lv in found_at], [lv.b_k for lv in found_at], "o", color=SHEAR, ms=5,
                  mfc="none")  # fmt: skip
        axes.set_title(f"{t.metric}, {t.linkage}", fontsize="small", fontweight="normal")
        axes.set_ylim(0.0, 1.02)
    for axes in panels[-1]:
        axes.set_xlabel("clusters k")
    for axes in panels[:, 0]:
        axes.set_ylabel("index")
    panels[0, 0].legend(fontsize="x-small", frameon=False)
    return figure


@styled
def scaling_panels(found: Study) -> Figure:
    """Draw each measure of the mainshocks against each of their nucleation."""
    mains = [mainshock_measures(s) for s in found.sequences]
    fores = [nucleation_measures(s) for s in found.sequences]
    units = {
        "stress drop": (1e-6, "drop, MPa"), "slip moment": (1.0, "M0 of slip, N m"),
        "largest moment": (1.0, "largest M0, N m"),
        "summed moment": (1.0, "summed M0, N m"), "duration": (1e3, "duration, ms"),
        "foreshocks": (1.0, "foreshocks"), "area": (1e6, "area, mm²"),
        "moment": (1.0, "foreshock M0, N m"), "hypocentre": (1e3, "hypocentre, mm"),
    }  # fmt: skip
    told = {(r.mainshock_measure, r.nucleation_measure): r for r in found.scaling}
    figure = new_figure(7.2, 5.8)
    panels = figure.subplots(len(mains[0]), len(fores[0]), sharex="col", sharey="row")
    for i, m in enumerate(mains[0]):
        for j, f in enumerate(fores[0]):
            axes = panels[i, j]
            axes.plot(
                [units[f][0] * row[f] for row in fores], [units[m][0] * row[m] for row in mains],
                "o", color=NORMAL, ms=3.5, mew=0, alpha=0.8,
            )  # fmt: skip
            if (m, f) in told:
                row = told[m, f]
                axes.set_title(
                    f"$\\rho$ {row.rho:.2f}, p {row.p:.2g}", fontsize="x-small", fontweight="normal"
                )
            if i == len(mains[0]) - 1:
                axes.set_xlabel(units[f][1], fontsize="small")
            if j == 0:
                axes.set_ylabel(units[m][1], fontsize="small")
            axes.tick_params(labelsize=7)
    return figure


@styled
def moments_figure(by_potency: Catalog, by_force: Catalog, name: str) -> Figure:
    """Draw the moments of emissions by potency against those by forces, and the source types."""
    figure = new_figure(7.2, 3.3)
    left, right = figure.subplots(1, 2, width_ratios=(5, 4))
    one, other = by_potency["moment"], by_force["moment"]
    types = by_force.texts("source_type")
    both = np.isfinite(other) & (other > 0.0) & (one > 0.0)
    for kind, colour in (("shear", SHEAR), ("tensile", NORMAL), ("implosive", "#8a979f")):
        chosen = both & (types == kind)
        left.loglog(one[chosen], other[chosen], "o", color=colour, ms=3.2, mew=0, alpha=0.75,
                    label=f"{kind} by forces, {chosen.sum()}")  # fmt: skip
    ends = np.array([one[both].min(), one[both].max()]) if both.any() else np.array([1.0, 10.0])
    left.loglog(ends, ends, color=INK, lw=0.9, label="equal")
    ratio = float(np.median(other[both] / one[both])) if both.any() else 1.0
    left.loglog(ends, ratio * ends, color=INK, lw=0.9, ls="--", label=f"median, {ratio:.2g} times")
    left.set_xlabel("scalar moment by potency, N m")
    left.set_ylabel("scalar moment by forces, N m")
    left.legend(fontsize="x-small", frameon=False, loc="upper left")
    edges = np.linspace(-105.0, 105.0, 22)  # one of them around the zero of pure shear
    right.hist(by_potency["tensile_ratio"][both], edges, color="#c9d3d9", label="potency")
    right.hist(by_force["tensile_ratio"][both], edges, histtype="step", color=INK, lw=1.3,
               label="forces")  # fmt: skip
    for limit in (-30.0, 30.0):
        right.axvline(limit, color="#8a979f", lw=0.8, ls=":")
    right.set_ylim(top=1.18 * right.get_ylim()[1])
    for at, word in ((-68.0, "implosive"), (0.0, "shear"), (68.0, "tensile")):
        right.text(at, 0.97, word, transform=right.get_xaxis_transform(), ha="center", va="top",
                   fontsize="x-small")  # fmt: skip
    right.set_xlabel("tensile ratio R")
    right.set_ylabel("emissions")
    right.legend(fontsize="x-small", frameon=False, loc="center right")
    set_titles(left, "Moments of emissions", name)
    return figure


@styled
def convergence_panels(found: Mapping[str, Sequence[Running]]) -> Figure:
    """Draw running means and standard deviations as simulations are added."""
    figure = new_figure(7.2, 4.4)
    panels = figure.subplots(2, len(found), sharex=True, sharey="row")
    for (group, rows), column in zip(found.items(), panels.T, strict=True):
        colours = cm.batlow(np.linspace(0.05, 0.85, len(rows)))
        n = np.arange(2, len(rows[0].mean) + 2)
        # Of the mean of the first less that of all, which holds them.
        band = 1.96 * (1.0 / n - 1.0 / n[-1]) ** 0.5
        column[0].fill_between(n, -band, band, color="#e3e8eb", lw=0)
        for row, colour in zip(rows, colours, strict=True):
            sd = row.sd[-1] or 1.0
            # Ten pairs of features would fill the panel with names.
            label = row.name if len(rows) <= 6 else None
            column[0].plot(n, (row.mean - row.mean[-1]) / sd, color=colour, lw=1.0, label=label)
            column[1].plot(n, row.sd / sd, color=colour, lw=1.0)
        column[0].set_title(group, fontsize=9.5)
        column[1].set_xlabel("simulations")
        if len(rows) <= 6:
            column[0].legend(fontsize="x-small", frameon=False, ncols=2)
    panels[0, 0].set_ylabel("mean less the last, sd")
    panels[1, 0].set_ylabel("sd over the last")
    return figure


@styled
def fits(sequences: Sequence[ForeshockSequence]) -> Figure:
    """Draw the magnitudes and the places of emissions with the fits of b and dimension.

    All simulations in grey, the first one with its fits.
    """
    figure = new_figure(7.2, 3.2)
    left, right = figure.subplots(1, 2)
    for k, s in enumerate(sequences):
        colour, width = (INK, 1.4) if k == 0 else ("#b8c3ca", 0.7)
        magnitudes = np.concatenate([s.foreshocks["magnitude"], s.mainshock["magnitude"]])
        m = np.sort(magnitudes[np.isfinite(magnitudes)])
        left.step(m, np.arange(len(m), 0, -1), color=colour, lw=width, zorder=3 - bool(k))
        places = np.column_stack([np.concatenate([s.foreshocks[c], s.mainshock[c]]) for c in "xyz"])
        with suppress(AsperityError):
            d = correlation_dimension(s.plane.coordinates(places)[:, :2])
            right.plot(1e3 * d.radii, d.correlation, color=colour, lw=width, zorder=3 - bool(k))
            if k == 0:
                r = np.array([d.r_min, d.r_max])
                right.plot(1e3 * r, 10.0**d.intercept * r**d.dimension, color=SHEAR, lw=2.0,
                           label=f"D = {d.dimension:.2f}", zorder=4)  # fmt: skip
        if k == 0:
            with suppress(AsperityError):
                mc = magnitude_of_completeness(m, method="ks").mc
                b = b_value(m, mc).b
                x = np.array([mc, m[-1]])
                left.plot(x, (m >= mc).sum() * 10.0 ** (-b * (x - mc)), color=SHEAR, lw=2.0,
                          label=f"b = {b:.2f} above {mc:.2f}", zorder=4)  # fmt: skip
    left.set_yscale("log")
    left.set_ylim(bottom=0.8)
    left.set_xlabel("magnitude Mw")
    left.set_ylabel("emissions at least as large")
    right.set_xscale("log")
    right.set_yscale("log")
    right.set_xlabel("distance on the fault, mm")
    right.set_ylabel("share of pairs that are nearer")
    for axes, title in ((left, "Magnitudes"), (right, "Places")):
        axes.set_title(title, fontsize=9.5)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize="small", frameon=False)
    return figure


@styled
def preslip_figure(sequences: Sequence[ForeshockSequence]) -> Figure:
    """Draw the moment of slip in and between emissions, and how near the latter comes.

    Each simulation in grey, over the time before its mainshock; medians in colour.
    """
    figure = new_figure(7.2, 3.0)
    left, right = figure.subplots(1, 2)
    shares, distances = [], []
    for s in sequences:
        p = s.preslip
        total = p.seismic + p.aseismic
        if not len(p.distances) or total <= 0.0:
            continue
        part = (np.arange(len(p.distances)) + 1) / len(p.distances)
        shares.append((p.seismic_growth / total, p.aseismic_growth / total))
        distances.append(1e3 * p.distances)
        left.plot(part, shares[-1][1], color="#b8c3ca", lw=0.7)
        right.plot(part, distances[-1], color="#b8c3ca", lw=0.7)
    if shares:
        seismic, quiet = np.median(np.array(shares), axis=0)
        left.plot(part, quiet, color=INK, lw=1.8, label="between emissions")
        left.plot(part, seismic, color=SHEAR, lw=1.8, label="in emissions")
        left.legend(fontsize="small", frameon=False)
        right.plot(part, np.nanmedian(distances, axis=0), color=INK, lw=1.8)
    left.set_ylabel("share of the moment")
    right.set_ylabel("distance to hypocentre, mm")
    for axes, title in ((left, "Growth"), (right, "Migration")):
        axes.set_title(title, fontsize=9.5)
        axes.set_xlabel("share of the time before the mainshock")
        axes.set_xlim(0.0, 1.0)
        axes.set_ylim(bottom=0.0)
    return figure
