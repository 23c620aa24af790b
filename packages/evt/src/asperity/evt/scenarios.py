"""What a planned injection may bring: the plan, half of it, and shut-in now.

Times are seconds since the last event of the history, volumes m3, rates m3/s.
"""

from __future__ import annotations

from collections.abc import Sequence as Rows
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError, InputError
from asperity.core.operations import Operations
from asperity.core.statistics.synthetic.injection import InjectionResponse, expected_events
from asperity.core.statistics.synthetic.magnitudes import GutenbergRichter
from asperity.core.times import PER_SECOND
from asperity.evt.outlook import Outlook
from asperity.evt.rivals.protocol import History
from asperity.evt.rivals.volumes import UNIT_UNKNOWN
from asperity.evt.trend.law import no_record_probability
from asperity.evt.volumes import (
    efficiency_magnitude,
    galis_magnitude,
    injected_volume,
    mcgarr_magnitude,
    seismogenic_index,
    total_until,
)

__all__ = ["SCENARIOS", "Plan", "Scenario", "exceedance_by_model", "make_plan"]

Array = NDArray[np.float64]

SCENARIOS = {"plan": 1.0, "half": 0.5, "shut-in": 0.0}
"""Factor on the planned rates, by name of the scenario."""
_RECENT = 50


@dataclass(frozen=True, eq=False)
class Scenario:
    """What one way of going on is expected to bring.

    Parameters
    ----------
    name : str
    times : ndarray, shape (k,)
        Seconds since the last event: the present and the rows of the plan after it.
    volume : ndarray, shape (k,)
        Injected since the last event.
    expected : ndarray, shape (k,)
        Events at Mc and above expected since the last event.
    """

    name: str
    times: Array
    volume: Array
    expected: Array

    def at(self, moment: float) -> tuple[float, float]:
        """Return expected events and volume until a moment."""
        return (
            float(np.interp(moment, self.times, self.expected)),
            float(np.interp(moment, self.times, self.volume)),
        )

    def when(self, volume: float) -> float | None:
        """Return when a volume has been injected, None if it never is."""
        total = float(self.volume[-1])
        if volume > total * (1.0 + 1e-9):
            return None
        row = int(np.searchsorted(self.volume, min(volume, total)))
        if row == 0:
            return float(self.times[0])
        low, high = self.volume[row - 1], self.volume[row]
        share = (min(volume, total) - low) / (high - low)
        return float(self.times[row - 1] + share * (self.times[row] - self.times[row - 1]))


@dataclass(frozen=True, eq=False)
class Plan:
    """A planned injection after a history of events.

    Parameters
    ----------
    scenarios : tuple of Scenario
    past_volume : float or None
        Injected until the last event; None where the history has no volumes.
    index : float or None
        Seismogenic index of the history.
    rate : float
        Events per second at the end of the history, where there is no index.
    unit_known : bool
        Whether bounds in N m can be had from the volumes.
    note : str
        How events follow from the plan.
    """

    scenarios: tuple[Scenario, ...]
    past_volume: float | None
    index: float | None
    rate: float
    unit_known: bool
    note: str


def make_plan(
    history: History, plan: Operations, *, decay_time: float = 21_600.0, decay_exponent: float = 2.0
) -> Plan:
    """Work out the scenarios of a planned injection.

    Parameters
    ----------
    history : History
        With times; its operations, where it has them, give the seismogenic index.
    plan : Operations
        Planned rates, in the time frame of the history; each holds until the next row.
        Rows before the last event are passed over.
    decay_time : float, optional
        tau of the decay after shut-in, s.
    decay_exponent : float, optional
        Its p.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        If the plan has no rates or does not reach beyond the last event.
    DataError
        If the history has no times or too few events.

    Notes
    -----
    With volumes in the history the rate of events is ``V'(t) 10^(Sigma - b Mc)``, after
    each shut-in at t0 ``lambda0 (1 + (t - t0)/tau)^(-p)`` (`InjectionResponse`). Without
    them the present rate, of the last 50 events, is taken to go with the first rate of
    the plan above 0.
    """
    if history.times is None or history.magnitudes.size < 2:
        raise DataError(
            "a plan needs a history of two events or more with times; lower --mc, or map "
            "the times with catalog convert --columns"
        )
    if "rate" not in plan.columns or len(plan) < 2:
        raise InputError(
            f"the plan has {len(plan)} rows and the columns time, {', '.join(plan.columns)}; it "
            "needs two rows or more and a column rate (m3/s, or a unit in its name such as "
            "'rate (m3/day)'), which holds until the next row"
        )
    now = int(history.times[-1])
    seconds = _since(plan, now, history.time_unit)
    rates = np.maximum(np.nan_to_num(plan.columns["rate"]), 0.0)
    if not seconds[-1] > 0.0:
        raise InputError("the plan ends before the last event; plan for what comes after it")
    rates = rates.copy()
    first = int(np.searchsorted(seconds, 0.0, side="right"))
    # The rate in force now holds on; before a plan that begins later nothing is injected.
    present = rates[first - 1] if first else 0.0
    ahead, planned = np.append(0.0, seconds[first:]), np.append(present, rates[first:])
    if not planned[:-1].any():
        raise InputError("the plan injects nothing after the last event; every rate is zero")

    past = _past(history)
    b = history.rate / np.log(10.0)
    if not np.isfinite(b):
        raise DataError("all magnitudes equal Mc: no b-value, and so no scenario; lower --mc")
    law = GutenbergRichter(mc=history.mc, b=b)
    recent = _recent_rate(history)
    if past is None:
        before, flow = np.array([-decay_time]), np.array([planned[planned > 0.0][0]])
        per_volume = recent / flow[0]
        index, volume, unit_known = None, None, False
        note = (
            "no volumes before the plan: the rate of the last "
            f"{min(_RECENT, history.magnitudes.size)} events is taken to go with its first rate"
        )
    else:
        before, flow, volume = past
        index = seismogenic_index(history.magnitudes.size, volume, b, history.mc)
        per_volume = history.magnitudes.size / volume
        table = history.operations
        assert table is not None
        unit_known = table.attributes.get("volume_unit") != UNIT_UNKNOWN
        note = "rate of events from the seismogenic index of the history"
        if not unit_known:
            note += "; its volumes are of an unknown unit, taken to be that of the plan"
    response = InjectionResponse(
        float(np.log10(per_volume) + b * history.mc), decay_time, decay_exponent, law
    )
    return Plan(
        tuple(
            _scenario(name, before, flow, ahead, factor * planned, response)
            for name, factor in SCENARIOS.items()
        ),
        volume, index, recent, unit_known, note,
    )  # fmt: skip


def _since(table: Operations, now: int, time_unit: str) -> Array:
    """Return the times of a table in seconds after a moment."""
    ticks, of_moment = PER_SECOND[table.time_unit], PER_SECOND[time_unit]
    return np.asarray((table.time - now * ticks // of_moment) / ticks)


def _recent_rate(history: History) -> float:
    """Return the rate of the last events, per second."""
    assert history.times is not None
    count = min(_RECENT, history.times.size)
    span = (history.times[-1] - history.times[-count]) / PER_SECOND[history.time_unit]
    if not span > 0.0:
        raise DataError(f"the last {count} events have one time: no rate, and so no scenario")
    return float((count - 1) / span)


def _past(history: History) -> tuple[Array, Array, float] | None:
    """Return times before now, rates and the volume so far; None where nothing is known."""
    table = history.operations
    if table is None or not {"volume", "rate"} & set(table.columns) or history.times is None:
        return None
    now = int(history.times[-1])
    volume = total_until(table, now, history.time_unit)
    if not volume > 0.0:
        return None
    seconds = _since(table, now, history.time_unit)
    known = seconds < 0.0
    seconds, injected = seconds[known], injected_volume(table)[known]
    steps = np.diff(np.append(injected, volume))
    lengths = np.diff(np.append(seconds, 0.0))
    return seconds, np.where(lengths > 0.0, steps / np.maximum(lengths, 1e-300), 0.0), volume


def _scenario(
    name: str, before: Array, flow: Array, ahead: Array, planned: Array,
    response: InjectionResponse,
) -> Scenario:  # fmt: skip
    # A fine grid shows the decay after shut-in and lets dates fall between rows.
    fine = np.unique(np.concatenate([ahead, np.linspace(0.0, ahead[-1], 400)]))
    rates = planned[np.searchsorted(ahead, fine, side="right") - 1]
    whole = expected_events(np.append(before, fine), np.append(flow, rates), response)
    expected = whole[before.size : -1] - whole[before.size]
    volume = np.concatenate([[0.0], np.cumsum(rates[:-1] * np.diff(fine))])
    return Scenario(name, fine, volume, expected)


def exceedance_by_model(
    history: History,
    plan: Plan,
    expected: float,
    volume: float,
    thresholds: Rows[float],
    ahead: Outlook,
) -> dict[str, list[float | None]]:
    """Return the probability that an event exceeds each threshold, by model.

    Parameters
    ----------
    history : History
    plan : Plan
    expected : float
        Events at Mc and above that are expected.
    volume : float
        To be injected in the meantime.
    thresholds : sequence of float
    ahead : Outlook
        The calibrated forecast of the next record.

    Returns
    -------
    dict
        None where a model has no answer: the calibrated forecast below the largest
        magnitude so far, a bound that an event has passed already or that needs a
        volume in a known unit.

    Notes
    -----
    With Lambda events expected and q = 10^(-b (m - Mc)): ``seismogenic-index``
    1 - exp(-Lambda q); ``van-der-elst`` 1 - (1 - q)^Lambda; ``mcgarr`` and ``galis`` the first
    with q of the law cut at the bound of the volume in total; ``seismic-efficiency`` a
    Poisson number that spends the moment of the history, in proportion to the events;
    ``calibrated`` P(a record comes) times P(it exceeds m), with the order of events
    alone for the first, n/(n + k) averaged over a Poisson k. Only the next record
    enters the last, so that it is a lower bound where several may come.
    """
    m = np.asarray(thresholds, dtype=np.float64)
    b, mc = history.rate / np.log(10.0), history.mc
    above = np.minimum(1.0, 10.0 ** (-b * (m - mc)))
    answers: dict[str, Array] = {
        "seismogenic-index": -np.expm1(-expected * above),
        "van-der-elst": -np.expm1(expected * np.log1p(-np.minimum(above, 1.0 - 1e-15))),
    }
    for name, bound in (("mcgarr", mcgarr_magnitude), ("galis", galis_magnitude)):
        answers[name] = np.full(m.size, np.nan)
        if plan.past_volume is None or not plan.unit_known:
            continue
        cap = bound(plan.past_volume + volume)
        if cap > history.m_max:
            beyond = 10.0 ** (-b * (cap - mc))
            share = np.clip((above - beyond) / (1.0 - beyond), 0.0, 1.0)
            answers[name] = -np.expm1(-expected * share)
    answers["seismic-efficiency"] = _by_efficiency(history, expected, m, b)
    record = 1.0 - no_record_probability(history.magnitudes.size, expected)
    calibrated = np.full(m.size, np.nan)
    if ahead.forecast is not None:
        given = np.array([ahead.forecast.exceedance(t)[0] for t in m.tolist()])
        calibrated = np.where(m >= history.m_max, record * given, np.nan)
    answers["calibrated"] = calibrated
    return {
        name: [float(p) if np.isfinite(p) else None for p in values]
        for name, values in answers.items()
    }


def _by_efficiency(history: History, expected: float, m: Array, b: float) -> Array:
    from asperity.core.geometry.mechanisms import moment_of_magnitude

    if not 0.0 < b < 1.5 or not expected > 0.0:
        return np.full(m.size, np.nan) if expected > 0.0 else np.zeros(m.size)
    total = float(moment_of_magnitude(history.magnitudes).sum())
    mode = efficiency_magnitude(total * expected / history.magnitudes.size, b, history.mc)
    return np.asarray(-np.expm1(-(10.0 ** (-b * (m - mode)))))
