"""Figure of alarms in time: Molchan diagram, ROC curve, R by threshold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
from cmcrameri import cm
from matplotlib.figure import Figure

from asperity.core.figures.style import INK, STAR, STYLE, new_figure
from asperity.gnss.criteria.scores import significant_share
from asperity.gnss.figures.criteria import significance

__all__ = ["alarms_figure"]

_LINE, _TEST = cm.batlow(0.12), cm.batlow(0.72)


def alarms_figure(score: Mapping[str, Any]) -> Figure:
    """Draw how alarms of all thresholds did, with the published one marked.

    Parameters
    ----------
    score : mapping
        From `time_score_document`.
    """
    rows = score["by_threshold"]
    star = {"marker": "*", "ms": 12, "mfc": STAR, "mec": INK, "mew": 0.8, "ls": "none", "zorder": 5,
            "clip_on": False}  # fmt: skip
    with mpl.rc_context({**STYLE, "font.size": 8.5}):
        figure = new_figure(8.6, 3.1)
        left, middle, right = figure.subplots(1, 3)
        significance(left, score["n"], significant_share(score["n"]))
        left.step(
            score["molchan"]["tau"],
            score["molchan"]["miss_rate"],
            where="post",
            color=_LINE,
            lw=1.6,
        )
        left.plot(score["share"], 1.0 - score["hit_rate"], **star)
        left.set(xlabel="share of space-time on alarm", ylabel="share of events missed")
        left.set_title(f"Molchan, area skill {score['molchan']['area_skill']:.2f}")
        curve = sorted((r["false_alarm_rate"], r["hit_rate"]) for r in rows)
        middle.plot([0, 1], [0, 1], color="#8a979f", lw=0.9)
        middle.plot(*zip((0.0, 0.0), *curve, (1.0, 1.0), strict=True), "o-", ms=3, color=_LINE)
        middle.plot(score["false_alarm_rate"], score["hit_rate"], **star)
        middle.set(xlabel="false-alarm rate", ylabel="hit rate")
        middle.set_title(f"ROC, area {score['roc_area']:.2f}")
        for axes in (left, middle):
            axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
        threshold = 100.0 * np.array([r["threshold"] for r in rows])
        r_value = np.array([r["r_value"] for r in rows])
        clear = np.array([r["p_value"] <= 0.05 for r in rows])
        right.axhline(0.0, color="#8a979f", lw=0.9)
        right.plot(threshold, r_value, color=_LINE, lw=1.3)
        right.plot(threshold[clear], r_value[clear], "o", ms=4.5, color=_LINE, label="p below 5 %")
        right.plot(threshold[~clear], r_value[~clear], "o", ms=4.5, mec=_LINE, mfc="white",
                   label="p above 5 %")  # fmt: skip
        right.plot(100.0 * score["threshold"], score["r_value"], **star)
        trained = score["trained"]
        if trained is not None:
            right.plot(
                100.0 * trained["threshold"], trained["test"]["r_value"], "D", ms=6, mec=INK,
                mfc=_TEST, label="best before the split, after it", zorder=6,
            )  # fmt: skip
        right.set(xlabel="threshold (%)", ylabel="R, hit rate - false-alarm rate")
        right.set_box_aspect(1)
        right.set_title("R by threshold")
        low, high = right.get_ylim()
        right.set_ylim(low, high + 0.35 * (high - low))
        right.legend(loc="upper right", fontsize=7.5)
    return figure
