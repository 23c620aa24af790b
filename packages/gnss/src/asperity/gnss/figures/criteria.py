"""Figures of deformation criteria: where they give alarm, and Molchan diagrams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from cmcrameri import cm
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from asperity.core.errors import DataError
from asperity.core.figures.style import INK, STAR, STYLE, new_figure
from asperity.gnss.criteria.evaluation import RuleResult
from asperity.gnss.criteria.ground import Ground
from asperity.gnss.criteria.scores import significant_share
from asperity.gnss.figures.arrows import MapView

__all__ = ["criteria_map", "molchan_figure"]

_MARKS = {"strike-slip": "*", "normal": "v", "thrust": "^"}
_SCORES = {
    "value": ("value", cm.batlow(0.12), "-"),
    "gradient": ("gradient", cm.batlow(0.72), (0, (4, 1.5))),
    "edge": ("edge", cm.batlow(0.42), (0, (1, 1))),
}
_NULLS = {"uniform": "area", "seismicity": "smoothed earlier seismicity"}
_EDGE_MARKS = {"band": "o", "ridge": "s", "contour": "D"}
_ALARM = ("#f2c9a1", "#e08a4f", "#a33b1f")
_FAULTS = {"strike-slip": "#26323a", "normal": "#2a6fb0", "reverse": "#7a3b8f"}
_MOST_PANELS = 6


def criteria_map(ground: Ground, results: Sequence[RuleResult], title: str = "") -> Figure:
    """Draw where rules give alarm, with the large faults and the events they are about.

    Parameters
    ----------
    ground : Ground
    results : sequence of RuleResult
        One panel each, the first six.
    title : str, optional
        Name of the field.
    """
    shown = list(results)[:_MOST_PANELS]
    longitude, latitude = ground.area.longitude, ground.area.latitude
    stretch = 1.0 / max(float(np.cos(np.radians(latitude.mean()))), 0.1)
    ratio = float(np.clip(np.ptp(latitude) * stretch / np.ptp(longitude), 0.4, 1.5))
    columns = 2 if len(shown) == 4 else min(len(shown), 3)
    rows = -(-len(shown) // columns)
    with mpl.rc_context({**STYLE, "axes.titlesize": 9.5, "font.size": 8.5}):
        figure = new_figure(
            1.0 + 3.3 * columns, rows * (3.3 * ratio + 0.55) + 1.1, layout="compressed"
        )
        panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
        for axes, result in zip(panels.ravel(), shown, strict=False):
            _panel(MapView(figure, axes, float(longitude[0])), ground, result)
            axes.set(
                aspect=stretch, xlim=(longitude[0], longitude[-1]),
                ylim=(latitude[0], latitude[-1]),
            )  # fmt: skip
        for axes in panels.ravel()[len(shown) :]:
            axes.set_axis_off()
        for column in range(columns):
            # The lowest panel of a column that may end above the others.
            axes = panels[(len(shown) - 1 - column) // columns, column]
            axes.set_xlabel("longitude (degree)")
            axes.tick_params(labelbottom=True)
        for axes in panels[:, 0]:
            axes.set_ylabel("latitude (degree)")
        figure.legend(handles=_key(shown, ground), loc="outside lower center", ncols=4, fontsize=8)
        if title:
            figure.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize=10.5)
    return figure


def _panel(view: MapView, ground: Ground, result: RuleResult) -> None:
    area, axes = ground.area, view.axes
    alarms = [ground.on_alarm(result.rule, edge) for edge in result.edges]
    # With one definition an alarm is as certain as with all three.
    count = np.sum(alarms, axis=0) * (3 // len(alarms))
    axes.set_facecolor("#e4e9ec")
    axes.grid(visible=False)
    colours = ListedColormap(["#ffffff", *_ALARM])
    axes.pcolormesh(
        area.longitude, area.latitude, area.on_grid(count), cmap=colours, vmin=-0.5, vmax=3.5,
        shading="nearest", rasterized=True, zorder=0,
    )  # fmt: skip
    for style in _fault_styles(result, ground):
        lines = [
            np.column_stack([view.x(trace.coordinates[:, 0]), trace.coordinates[:, 1]])
            for trace in ground.large(style)
        ]
        axes.add_collection(
            LineCollection(lines, colors=_FAULTS[style], linewidths=0.7, zorder=3), autolim=False
        )
    hit = np.any([alarm[result.targets.rows] for alarm in alarms], axis=0)
    for event, on in zip(result.targets.events, hit, strict=True):
        mark = _MARKS.get(event.style, "o")
        many = len(result.targets) > 20
        size = (11.0 if mark == "*" else 7.5) * (0.6 if many else 1.0)
        axes.plot(
            float(view.x([event.longitude])[0]), event.latitude, mark, ms=size, mec=INK, mew=0.8,
            mfc=STAR if on else "white", zorder=5,
        )  # fmt: skip
    shares = [result.areas[edge, "uniform"] for edge in result.edges]
    low, high = 100.0 * min(shares), 100.0 * max(shares)
    digits = 0 if high >= 10.0 else 1
    ends = dict.fromkeys(f"{value:.{digits}f}" for value in (low, high))
    share = " to ".join(ends)
    axes.set_title(result.name)
    axes.set_title(f"on alarm {share} % of the area", loc="right", fontsize=8, fontweight="normal")


def _fault_styles(result: RuleResult, ground: Ground) -> list[str]:
    rules = [ground.settings.rules[name] for name in result.rule.union] or [result.rule]
    return [rule.fault for rule in rules if rule.fault != "none"]


def _key(results: Sequence[RuleResult], ground: Ground) -> list[Any]:
    words = ("by one definition of the edge", "by two", "by all")
    key: list[Any] = [
        Patch(fc=colour, ec="none", label=f"alarm {word}")
        for colour, word in zip(_ALARM, words, strict=True)
    ]
    key.append(Patch(fc="#e4e9ec", ec="none", label="not supported by stations"))
    drawn = dict.fromkeys(style for r in results for style in _fault_styles(r, ground))
    key += [
        Line2D([], [], color=_FAULTS[style], lw=1.2, label=f"large {style} fault")
        for style in drawn
    ]
    styles = {e.style for r in results for e in r.targets.events}
    look: dict[str, Any] = {"ls": "none", "mec": INK, "mfc": "white", "ms": 7}
    key += [
        Line2D([], [], marker=mark, label=f"{style} event", **look)
        for style, mark in {**_MARKS, "odd": "o"}.items()
        if style in styles
    ]
    if styles:
        key.append(Patch(fc=STAR, ec=INK, lw=0.8, label="event on alarm by any"))
    return key


def molchan_figure(document: Mapping[str, Any]) -> Figure:
    """Draw Molchan diagrams of the rules of a document, one column a set of events.

    Parameters
    ----------
    document : mapping
        Of `gnss criteria`.

    Raises
    ------
    DataError
        If no rule has events to rank.
    """
    columns: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for rule in document["rules"]:
        if rule["rankings"]:
            quantity = rule["rankings"][0]["quantity"]
            key = (rule["mechanism"], quantity, *rule["magnitudes"])
            columns.setdefault(key, []).append(rule)
    if not columns:
        raise DataError("no rule has events in the area, so there is no Molchan diagram to draw")
    groups = list(columns.items())[:4]
    nulls = [null["name"] for null in document["nulls"]]
    with mpl.rc_context({**STYLE, "axes.titlesize": 9.5, "font.size": 8.5}):
        figure = new_figure(0.7 + 2.75 * len(groups), 0.8 + 2.6 * len(nulls))
        panels = figure.subplots(len(nulls), len(groups), squeeze=False, sharex=True, sharey=True)
        for row, null in zip(panels, nulls, strict=True):
            for axes, (key, rules) in zip(row, groups, strict=True):
                _diagram(axes, rules, null)
                if axes in panels[0]:
                    axes.set_title(_events_label(key, rules))
            row[0].set_ylabel("share of events missed")
            row[-1].annotate(
                f"null: {_NULLS.get(null, null)}", (1.02, 0.5), xycoords="axes fraction",
                rotation=270, va="center", fontsize=8,
            )  # fmt: skip
        for axes in panels[-1]:
            axes.set_xlabel("share on alarm")
        figure.legend(handles=_molchan_key(groups), loc="outside lower center", ncols=4, fontsize=8)
    return figure


def _events_label(key: tuple[Any, ...], rules: Sequence[Mapping[str, Any]]) -> str:
    mechanism, _, low, high = key
    size = f"M {low:g} to {high:g}" if high < 10.0 else f"M {low:g} and more"
    return f"{mechanism}, {size} ({rules[0]['n_events']})"


def _diagram(axes: Axes, rules: Sequence[Mapping[str, Any]], null: str) -> None:
    n = rules[0]["n_events"]
    significance(axes, n, significant_share(n))
    for ranking in rules[0]["rankings"]:
        if ranking["null"] == null:
            _, colour, dashes = _SCORES[ranking["score"]]
            axes.step(
                ranking["tau"], ranking["miss_rate"], where="post", color=colour, ls=dashes, lw=1.6
            )
    for rule, colour in zip(rules, _rule_colours(rules), strict=False):
        several = len({a["edge"] for a in rule["alarms"]}) > 1
        for alarm in rule["alarms"]:
            if alarm["null"] == null:
                axes.plot(
                    alarm["share"], 1.0 - alarm["hits"] / n, ls="none", ms=5.5, mec=INK, mew=0.7,
                    marker=_EDGE_MARKS[alarm["edge"]] if several else "P", mfc=colour, zorder=4,
                    clip_on=False,
                )  # fmt: skip
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")


def significance(axes: Axes, n: int, shares: NDArray[np.float64]) -> None:
    """Draw the diagonal of a Molchan diagram, and shade where hits are significant.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    n : int
        Events.
    shares : ndarray, shape (n,)
        From `significant_share`.
    """
    missed = 1.0 - np.arange(n + 1) / n
    ends = np.concatenate([[0.0], shares])
    axes.fill_betweenx(missed, 0.0, ends, step="post", color="#e9eef1", lw=0, zorder=0)
    axes.plot([0, 1], [1, 0], color="#8a979f", lw=0.9, zorder=1)


def _rule_colours(rules: Sequence[Any]) -> NDArray[np.str_]:
    return np.array([STAR, "#ffffff", "#c26a77", "#7aa6a1"])[: len(rules)]


def _molchan_key(groups: Sequence[tuple[Any, Sequence[Mapping[str, Any]]]]) -> list[Any]:
    key: list[Any] = [
        Line2D([], [], color=colour, ls=dashes, lw=1.6, label=f"ranked by {label}")
        for label, colour, dashes in _SCORES.values()
    ]
    key.append(Patch(fc="#e9eef1", label="significant at 5 %"))
    look: dict[str, Any] = {"ls": "none", "mec": INK, "mew": 0.7, "ms": 5.5}
    edges = {a["edge"] for _, rules in groups for r in rules for a in r["alarms"]}
    if len(edges) > 1:
        key += [
            Line2D([], [], marker=mark, mfc="white", label=f"alarm, edge by {edge}", **look)
            for edge, mark in _EDGE_MARKS.items()
        ]
    for number in range(max(len(rules) for _, rules in groups)):
        names = [rules[number]["name"] for _, rules in groups if len(rules) > number]
        colour = _rule_colours(range(number + 1))[-1]
        key.append(Line2D([], [], marker="P", mfc=colour, label=", ".join(names), **look))
    return key
