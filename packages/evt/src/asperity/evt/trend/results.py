"""The document that ``asperity evt trend`` prints."""

from __future__ import annotations

from collections.abc import Sequence as Rows
from typing import Any

import numpy as np

from asperity.core.errors import DataError
from asperity.core.statistics.records import usual_records
from asperity.evt.estimators import record_rows
from asperity.evt.flags import sequence_flags
from asperity.evt.replay import history_b
from asperity.evt.sequence import Sequence
from asperity.evt.trend.diagnosis import SHUFFLES, Order, Statistic, Windows, diagnose_order
from asperity.evt.trend.law import (
    expected_records,
    no_record_probability,
    record_probability,
)
from asperity.evt.trend.restarts import RestartRule, restarts

__all__ = ["trend_document"]

_ENVELOPE = 1500
_RECENT = 50
_FEW = 30
NEXT = (1, 10, 100)


def trend_document(
    sequence: Sequence,
    *,
    window: int | None = None,
    shuffles: int = SHUFFLES,
    seed: int = 0,
    steps: Rows[int] = NEXT,
    horizons: Rows[float] = (),
    rule: RestartRule | None = None,
) -> dict[str, Any]:
    """Return what the order of a sequence shows, and the chance of a record to come.

    Parameters
    ----------
    sequence : Sequence
    window : int, optional
        Events in a window.
    shuffles, seed : int, optional
        Of the permutation p-values.
    steps : sequence of int, optional
        Numbers of further events.
    horizons : sequence of float, optional
        Lengths of time, s, under the recent rate.
    rule : RestartRule, optional
        Where the sequence begins anew; what is to come is then told from its last part.

    Returns
    -------
    dict
    """
    catalog, m = sequence.catalog, sequence.magnitudes
    found = restarts(catalog.seconds, m, sequence.mc, rule, sequence.bin_width) if rule else []
    borders = [0, *(r.index for r in found), m.size]
    reasons = ["start", *(r.reason for r in found)]
    order, status = _order(sequence, slice(None), window, shuffles, seed)
    parts = [
        _part(sequence, slice(low, high), reason, window, shuffles, seed)
        for low, high, reason in zip(borders[:-1], borders[1:], reasons, strict=True)
    ]
    last = slice(borders[-2], None)
    forward, backward = record_rows(m), m.size - 1 - record_rows(m[::-1])
    return {
        "n_events": m.size,
        "mc": sequence.mc,
        "mc_source": sequence.mc_source,
        **_order_document(sequence, order, m),
        "indicator": _indicator(order),
        "records": {"forward": _points(sequence, forward), "backward": _points(sequence, backward)},
        "envelope": _envelope(m),
        "segments": parts if rule is not None else [],
        **_to_come(sequence, last, steps, horizons),
        "flags": sequence_flags(sequence),
        "status": status,
    }


def _order(
    sequence: Sequence, rows: slice, window: int | None, shuffles: int, seed: int
) -> tuple[Order | None, str]:
    m = sequence.magnitudes[rows]
    try:
        order = diagnose_order(
            m, sequence.mc, bin_width=sequence.bin_width, window=window,
            shuffles=shuffles, seed=seed,
        )  # fmt: skip
    except DataError as error:
        return None, str(error)
    few = f"fewer than {_FEW} events ({m.size}): the order can show little"
    return order, few if m.size < _FEW else "ok"


def _order_document(sequence: Sequence, order: Order | None, m: Any) -> dict[str, Any]:
    n = m.size
    counts: dict[str, Any] = {
        "n_forward": record_rows(m).size,
        "n_backward": record_rows(m[::-1]).size,
        "expected_records": expected_records(n),
        "usual_records": usual_records(np.array([n]))[0].tolist(),
    }
    names = ("z", "p_permutation", "p_increasing", "p_exact", "permutations", "dithered",
             "foster_stuart", "largest", "jumps", "windows")  # fmt: skip
    if order is None:
        return counts | dict.fromkeys(names)
    return counts | {
        "z": order.z,
        "p_permutation": order.difference.p,
        "p_increasing": order.p_increasing,
        "p_exact": order.p_exact,
        "permutations": order.shuffles,
        "dithered": {
            "n_forward": order.dithered[0],
            "n_backward": order.dithered[1],
            "z": order.difference.z,
        },
        "foster_stuart": {
            "d": _statistic(order.foster_stuart),
            "s": _statistic(order.records),
            "round_trip": _statistic(order.round_trip),
            "upper_round_trip": _statistic(order.difference),
            "upper_weighted": _statistic(order.weighted_difference),
        },
        "largest": {
            "index": int(np.argmax(m)), "place": order.largest.value, "p": order.largest.p,
        },
        "jumps": {"distance": order.jumps.value, "p": order.jumps.p},
        "windows": _windows(sequence, order.windows) if n == sequence.magnitudes.size else None,
    }  # fmt: skip


def _statistic(statistic: Statistic) -> dict[str, float | None]:
    return {"value": statistic.value, "z": statistic.z, "p": statistic.p}


def _windows(sequence: Sequence, windows: Windows | None) -> dict[str, Any] | None:
    if windows is None:
        return None
    last = windows.first + windows.width - 1
    starts, ends = sequence.times(windows.first), sequence.times(last)
    return {
        "width": windows.width,
        "sd": windows.sd,
        "band": 1.96 * windows.sd,
        "p": windows.p,
        "entries": [
            {"first": f, "last": e, "start": start, "end": end, "difference": d}
            for f, e, start, end, d in zip(
                windows.first.tolist(), last.tolist(), starts, ends, windows.difference.tolist(),
                strict=True,
            )
        ],
    }  # fmt: skip


def _part(
    sequence: Sequence, rows: slice, reason: str, window: int | None, shuffles: int, seed: int
) -> dict[str, Any]:
    m = sequence.magnitudes[rows]
    order, status = _order(sequence, rows, window, shuffles, seed)
    start, end = sequence.times(np.array([rows.start, rows.stop - 1]))
    return {
        "first": rows.start,
        "reason": reason,
        "start": start,
        "end": end,
        "n_events": m.size,
        "m_max": m.max(),
        "n_forward": record_rows(m).size,
        "n_backward": record_rows(m[::-1]).size,
        "z": order.z if order else None,
        "p_permutation": order.difference.p if order else None,
        "status": status,
    }


def _to_come(
    sequence: Sequence, rows: slice, steps: Rows[int], horizons: Rows[float]
) -> dict[str, Any]:
    """Return the chance of a record among further events, and in time at the recent rate."""
    m, seconds = sequence.magnitudes[rows], sequence.catalog.seconds[rows]
    n = m.size
    b = float(history_b(m, sequence.mc, sequence.bin_width)[-1])
    m_max = float(m.max())
    above = 10.0 ** (-b * (m_max - sequence.mc)) if np.isfinite(b) else float("nan")
    recent = min(n, _RECENT)
    span = float(seconds[-1] - seconds[-recent])
    timed = sequence.catalog.time_frame != "order" and recent > 1 and span > 0.0
    rate = (recent - 1) / span if timed else float("nan")
    in_time = []
    for horizon in horizons if timed else ():
        expected = rate * horizon
        in_time.append(
            {
                "seconds": horizon,
                "expected_events": expected,
                "probability": 1.0 - no_record_probability(n, expected),
                "probability_gutenberg_richter": -np.expm1(-expected * above),
            }
        )
    return {
        "m_max": m_max,
        "b": b,
        "p_next": [
            {
                "k": k,
                "probability": float(record_probability(n, k)),
                "probability_gutenberg_richter": -np.expm1(k * np.log1p(-above))
                if above < 1.0
                else None,
            }
            for k in steps
        ],
        "rate": {"events": recent, "per_day": rate * 86_400.0},
        "p_time": in_time,
        "p_time_status": "ok" if timed else "no rate: the events have no times, or one time only",
    }


def _points(sequence: Sequence, rows: Any) -> list[dict[str, Any]]:
    return [
        {"index": i, "time": time, "magnitude": m}
        for i, time, m in zip(
            rows.tolist(), sequence.times(rows), sequence.magnitudes[rows].tolist(), strict=True
        )
    ]


def _envelope(m: Any) -> dict[str, Any]:
    """Return the largest of each few events: what a figure can show of many."""
    step = -(-m.size // _ENVELOPE)
    first = np.arange(0, m.size, step)
    return {"step": step, "index": first, "magnitude": np.maximum.reduceat(m, first)}


def _indicator(order: Order | None) -> str:
    """Say in words what the two counts indicate, with how little certainty."""
    if order is None:
        return "none"
    if order.dithered[0] == order.dithered[1]:
        return "as many records forward as backward: no sign of change"
    rising = order.dithered[0] > order.dithered[1]
    what = "more records forward than backward: magnitudes may be growing" if rising else (
        "fewer records forward than backward: magnitudes may be falling"
    )  # fmt: skip
    p = order.difference.p
    firm = "beyond chance at 5 %" if p <= 0.05 else "within what chance gives"
    return f"{what}; {firm} (p = {p:.3g})"
