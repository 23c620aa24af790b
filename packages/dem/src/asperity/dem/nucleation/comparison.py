"""Each published statement beside what is found here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from asperity.dem.nucleation.sequence import ForeshockSequence
from asperity.dem.nucleation.study import ALPHA, Scaling, Study, Trees

__all__ = ["compare"]


#: Least and largest b and dimension of 27 published runs, earlier than those of the paper.
BANDS = {"b": (0.61, 1.67), "dimension": (1.42, 1.95)}


def compare(found: Study, laboratory: Mapping[str, Any] | None = None) -> list[dict[str, str]]:
    """Return each published statement beside what is found here, with a verdict.

    Parameters
    ----------
    found : Study
    laboratory : mapping, optional
        ``name``, ``b`` and ``dimension`` of a catalog to be told beside.
    """
    grain = found.grain
    arcs = grain.get("arcs")
    return [
        *(_band_row(name, found.sequences, laboratory) for name in BANDS),
        _scaling_row("slip", ("stress drop", "slip moment"), found.scaling),
        _scaling_row("emissions", ("largest moment", "summed moment"), found.scaling),
        *(_tree_row(t) for t in found.trees),
        _whole_fault(found.sequences),
        _loading_row(grain),
        _growing("and more so near the mainshock", grain, "shear_loading", "share"),
        _faster_row(grain),
        *_grain_rows(grain),
        *(_grain_rows(arcs, ", between emissions") if arcs else ()),
        _growing("overlap of stress and strength grows", grain, "overlap", "overlap"),
    ]


def _row(statement: str, published: str, here: str, verdict: str) -> dict[str, str]:
    return {"statement": statement, "published": published, "here": here, "verdict": verdict}


def _band_row(
    name: str, sequences: Sequence[ForeshockSequence], laboratory: Mapping[str, Any] | None
) -> dict[str, str]:
    low, high = BANDS[name]
    values = np.array([getattr(s, name) for s in sequences], float)
    values = values[np.isfinite(values)]
    published = f"{low} to {high} (earlier runs)"
    if not len(values):
        return _row(f"{name} of emissions", published, "in no simulation", "not testable")
    middle = float(np.median(values))
    here = f"median {middle:.2f} ({values.min():.2f} to {values.max():.2f})"
    if laboratory is not None and laboratory[name] is not None:
        here += f"; {laboratory['name']} {laboratory[name]:.2f}"
    verdict = "agrees" if low <= middle <= high else "differs"
    return _row(f"{name} of emissions", published, here, verdict)


def _scaling_row(what: str, measures: tuple[str, ...], every: list[Scaling]) -> dict[str, str]:
    statement = f"no scaling of the mainshock's {what} with nucleation"
    published = "no significant correlation"
    rows = [row for row in every if row.mainshock_measure in measures]
    if not rows:
        return _row(statement, published, "fewer than five simulations", "not testable")
    least = min(rows, key=lambda r: r.p)
    here = (
        f"smallest p {least.p:.2g} (Holm, {len(every)} correlations): {least.mainshock_measure} "
        f"with {least.nucleation_measure}, rho {least.rho:.2f}"
    )
    return _row(statement, published, here, "agrees" if least.p >= ALPHA else "differs")


def _tree_row(t: Trees) -> dict[str, str]:
    significance = ALPHA / len(t.levels)
    tested = [level for level in t.levels if level.testable]
    found = [level.k for level in tested if level.p_label_permutation <= significance]
    told = "; ".join(
        f"k = {level.k}: p {level.p_label_permutation:.3g}"
        + ("" if level.testable else " (cannot reject)")
        for level in t.levels
        if level.k in (2, 8)
    )
    here = f"{len(found)} of {len(tested)} testable levels"
    here += f" (k = {', '.join(map(str, found))})" if found else ""
    return _row(
        f"no relation of trees: {t.metric}, {t.linkage}",
        "none but at levels 2 and 8",
        f"{here}; {told}",
        "not testable" if not tested else "agrees" if set(found) <= {2, 8} else "differs",
    )


def _whole_fault(sequences: Sequence[ForeshockSequence]) -> dict[str, str]:
    middle = float(np.median([s.slip.share for s in sequences]))
    return _row(
        "the whole fault slips in the mainshock", "whole fault",
        f"median {100 * middle:.0f} % of its area", "agrees" if middle > 0.8 else "differs",
    )  # fmt: skip


def _grain_rows(told: dict[str, Any], where: str = "") -> list[dict[str, str]]:
    """Return what ladders at foreshocks tell, or the shapes between them."""
    unaffected, how = (
        ("trend_unchanged", "sign of the change") if where else ("unaffected", "all but unloaded")
    )
    return [
        _share_row(f"shear grows without strength{where}", 0.25, told["shear_without_strength"]),
        _share_row(
            f"trend unaffected by foreshocks ({how}){where}", 0.90, told[unaffected], "more than"
        ),
        _share_row(f"unloaded by foreshocks{where}", 0.10, told["unloaded"]),
        _growing(
            f"acceleration difference grows{where}", told, "acceleration_difference", "median"
        ),
    ]


def _share_row(
    statement: str, published: float, share: dict[str, float], sense: str = "about"
) -> dict[str, str]:
    low, high = share["low"], share["high"]
    here = f"{100 * share['share']:.1f} % ({100 * low:.1f} to {100 * high:.1f})"
    if not share["total"]:
        return _row(statement, f"{sense} {100 * published:.0f} %", "no segments", "not testable")
    if sense == "more than":
        verdict = "agrees" if low > published else "differs" if high < published else "not testable"
    else:
        # "About": within a third of the published value, or of its interval here.
        near = abs(share["share"] - published) <= published / 3.0
        verdict = "agrees" if near or low <= published <= high else "differs"
    return _row(statement, f"{sense} {100 * published:.0f} %", here, verdict)


def _loading_row(grain: dict[str, Any]) -> dict[str, str]:
    share = grain["shear_loading_all"]
    here = (
        f"{100 * share['share']:.1f} % ({100 * share['low']:.1f} to {100 * share['high']:.1f}); "
        f"shear rises and by more {100 * grain['shear_raised']['share']:.1f} %"
    )
    verdict = (
        "agrees" if share["low"] > 0.5 else "differs" if share["high"] < 0.5 else "not testable"
    )
    return _row("foreshocks load shear more than normal", "more than half of jumps", here, verdict)


def _faster_row(grain: dict[str, Any]) -> dict[str, str]:
    rows = grain["rates"]
    faster = sum(r["shear"] > r["normal"] for r in rows)
    here = f"in {faster} of {len(rows)} bins of time"
    verdict = "agrees" if faster > 0.8 * len(rows) else "differs"
    return _row("shear grows faster than normal", "generally", here, verdict)


def _growing(statement: str, grain: dict[str, Any], what: str, key: str) -> dict[str, str]:
    rows, toward = grain[what], grain[f"{what}_trend"]
    if len(rows) < 4:
        return _row(statement, "grows", "too few windows of time", "not testable")
    here = (
        f"{rows[0][key]:.3g} to {rows[-1][key]:.3g}; rank correlation with time "
        f"{toward['rho']:.2f} ({toward['low']:.2f} to {toward['high']:.2f})"
    )
    if "tails" in rows[0]:
        here += f"; published form {rows[0]['tails']:.3g} to {rows[-1]['tails']:.3g}"
    verdict = "agrees" if toward["low"] > 0 else "differs" if toward["high"] < 0 else "not testable"
    return _row(statement, "grows", here, verdict)
