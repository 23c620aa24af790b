"""The document of a forecast under a plan, as ``evt forecast --plan`` prints it."""

from __future__ import annotations

import re
from collections.abc import Sequence as Rows
from dataclasses import dataclass
from typing import Any

import numpy as np

from asperity.core.errors import InputError
from asperity.core.operations import Operations
from asperity.core.times import PER_SECOND, format_times
from asperity.evt.config import ForecastConfiguration
from asperity.evt.outlook import outlook
from asperity.evt.rivals.protocol import History
from asperity.evt.scenarios import Plan, Scenario, exceedance_by_model, make_plan
from asperity.evt.sequence import Sequence
from asperity.evt.trend.law import no_record_probability

__all__ = ["Before", "parse_before", "plan_document"]

_CURVE = 60
_VOLUME = re.compile(r"\s*([0-9.eE+-]+)\s*m3\s*")


@dataclass(frozen=True)
class Before:
    """Until when: a time in seconds after the last event, or a volume in m3."""

    seconds: float | None = None
    volume: float | None = None


def parse_before(text: str, sequence: Sequence) -> Before:
    """Read a date, or a volume such as ``5000m3``.

    Raises
    ------
    InputError
        If it is neither, or lies before the last event.
    """
    match = _VOLUME.fullmatch(text)
    if match:
        try:
            volume = float(match[1])
        except ValueError:
            raise InputError(f"{text!r} is no volume; write for example 5000m3") from None
        return Before(volume=volume)
    catalog = sequence.catalog
    ticks = PER_SECOND[str(catalog.time_unit)]
    seconds = (catalog.parse_time(text) - int(catalog["time"][-1])) / ticks
    if not seconds > 0.0:
        raise InputError(f"{text} is not after the last event, {sequence.times([-1])[0]}")
    return Before(seconds=seconds)


def plan_document(
    sequence: Sequence,
    configuration: ForecastConfiguration,
    operations: Operations,
    before: Rows[Before] = (),
    *,
    decay_time: float = 21_600.0,
    decay_exponent: float = 2.0,
) -> dict[str, Any]:
    """Return the chances of exceedance under a plan, half of it, and shut-in now.

    Parameters
    ----------
    sequence : Sequence
    configuration : ForecastConfiguration
        Its thresholds are the magnitudes; the largest so far when it has none.
    operations : Operations
        The plan.
    before : sequence of Before, optional
        The end of the plan when empty.
    decay_time, decay_exponent : float, optional
        Of the decay after shut-in, s.
    """
    history = History.of(sequence)
    frame = sequence.catalog.time_frame
    if operations.time_frame != frame:
        raise InputError(
            f"the plan counts times as {operations.time_frame!r}, the catalog as {frame!r}; "
            "write the plan in the catalog's times"
        )
    plan = make_plan(history, operations, decay_time=decay_time, decay_exponent=decay_exponent)
    thresholds = configuration.thresholds or (history.m_max,)
    ahead = outlook(sequence.magnitudes, configuration)
    end = float(plan.scenarios[0].times[-1])
    moments = tuple(before) or (Before(seconds=end),)

    def entry(scenario: Scenario, until: Before) -> dict[str, Any]:
        moment = until.seconds if until.volume is None else scenario.when(until.volume)
        status = "ok"
        if moment is None:
            moment, status = end, "the volume is not reached; until the end of the plan"
        elif moment > end:
            moment, status = end, "after the end of the plan, which is where it ends"
        expected, volume = scenario.at(moment)
        models = exceedance_by_model(history, plan, expected, volume, thresholds, ahead)
        return {
            "until": _times(sequence, [moment])[0],
            "before_volume": until.volume,
            "volume": volume,
            "expected_events": expected,
            "p_record": 1.0 - no_record_probability(history.magnitudes.size, expected),
            "exceedance": [
                {"magnitude": t, **{name: values[i] for name, values in models.items()}}
                for i, t in enumerate(thresholds)
            ],
            "status": status,
        }

    return {
        "start": sequence.times([-1])[0],
        "end": _times(sequence, [end])[0],
        "seismogenic_index": plan.index,
        "b": history.rate / np.log(10.0),
        "past_volume": plan.past_volume,
        "recent_rate_per_day": plan.rate * 86_400.0,
        "decay": {"seconds": decay_time, "exponent": decay_exponent},
        "scenarios": [
            {
                "name": scenario.name,
                "before": [entry(scenario, until) for until in moments],
                "curve": _curve(sequence, history, plan, scenario, thresholds, ahead),
            }
            for scenario in plan.scenarios
        ],
        "note": plan.note,
    }


def _curve(
    sequence: Sequence, history: History, plan: Plan, scenario: Scenario, thresholds: Rows[float],
    ahead: Any,
) -> dict[str, Any]:  # fmt: skip
    """Return what a figure shows: the growth of events and of two models' chances."""
    moments = np.linspace(0.0, scenario.times[-1], _CURVE)
    rows = [scenario.at(t) for t in moments.tolist()]
    models = [exceedance_by_model(history, plan, e, v, thresholds, ahead) for e, v in rows]
    return {
        "seconds": moments,
        "time": _times(sequence, moments.tolist()),
        "expected_events": [e for e, _ in rows],
        "exceedance": [
            {
                "magnitude": t,
                **{
                    name: [m[name][i] for m in models]
                    for name in ("seismogenic-index", "calibrated")
                },
            }
            for i, t in enumerate(thresholds)
        ],
    }


def _times(sequence: Sequence, seconds: Rows[float]) -> list[Any]:
    """Return moments after the last event as the command line prints times."""
    catalog = sequence.catalog
    unit = str(catalog.time_unit)
    ticks = np.array([round(s * PER_SECOND[unit]) for s in seconds], dtype=np.int64)
    moments = int(catalog["time"][-1]) + ticks
    if catalog.time_frame == "utc":
        return format_times(moments, unit, "PT1S")
    return [float(t) for t in moments / PER_SECOND[unit]]
