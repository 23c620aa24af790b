"""The documents that the evt commands print: keys as the interface names them."""

from __future__ import annotations

from typing import Any

import numpy as np

from asperity.core.times import PER_SECOND, format_times
from asperity.evt.config import ForecastConfiguration
from asperity.evt.estimators import ESTIMATORS, EstimatorName, record_rows
from asperity.evt.flags import sequence_flags
from asperity.evt.forecast import (
    QUANTILES,
    GutenbergRichterForecast,
    document_of,
)
from asperity.evt.mainshocks import mainshocks_document
from asperity.evt.outlook import outlook
from asperity.evt.replay import Replay, history_b, replay
from asperity.evt.scores import score_replay
from asperity.evt.sequence import Sequence

__all__ = [
    "estimates_document",
    "forecast_document",
    "injection_document",
    "make_replay",
    "records_document",
    "replay_document",
]


def records_document(sequence: Sequence) -> dict[str, Any]:
    """Return the record-breaking events of a sequence."""
    rows = record_rows(sequence.magnitudes)
    times = sequence.times(rows)
    return {
        "n_events": len(sequence.catalog),
        "mc": sequence.mc,
        "mc_source": sequence.mc_source,
        "n_records": rows.size,
        "records": [
            {
                "index": int(i),
                "row": int(sequence.rows[i]),
                "time": time,
                "magnitude": float(sequence.magnitudes[i]),
            }
            for i, time in zip(rows, times, strict=True)
        ],
    }


def forecast_document(sequence: Sequence, configuration: ForecastConfiguration) -> dict[str, Any]:
    """Return the forecast of the record that comes next, from all events of a sequence."""
    upper, lower = configuration.estimators()
    law = configuration.law_of()
    m = sequence.magnitudes
    found = outlook(m, configuration)
    b = history_b(m, sequence.mc, sequence.bin_width)[-1]
    nothing: dict[str, Any] = {
        "quantiles": {f"{p:g}": None for p in QUANTILES},
        "exceedance": [{"magnitude": t, "probability": None} for t in configuration.thresholds],
    }
    calibrated, baseline = nothing, nothing
    if found.forecast is not None:
        calibrated = document_of(found.forecast, configuration.thresholds)
    if np.isfinite(b) and found.enough:
        baseline = document_of(
            GutenbergRichterForecast(np.array([found.m_max]), np.array([b])),
            configuration.thresholds,
        )
    return {
        "n_events": m.size,
        "n_records": found.n_records,
        "mc": sequence.mc,
        "mc_source": sequence.mc_source,
        "m_max": found.m_max,
        "m_ue": found.m_ue if found.enough else None,
        "m_le": found.m_le if found.enough else None,
        "upper": str(upper),
        "lower": str(lower),
        "law": {"name": law.name, "profile": configuration.profile, "parameters": law.parameters},
        "conditioned": configuration.condition_on_record,
        **calibrated,
        "baseline": {"name": "gutenberg-richter", "b": b, **baseline},
        "flags": sequence_flags(sequence),
        "status": found.status,
    }


def make_replay(sequence: Sequence, configuration: ForecastConfiguration) -> Replay:
    """Replay a sequence under a configuration."""
    upper, lower = configuration.estimators()
    return replay(
        sequence.magnitudes,
        sequence.mc,
        configuration.law_of(),
        upper=upper,
        lower=lower,
        conditioned=configuration.condition_on_record,
        min_events=configuration.min_events,
        min_records=configuration.min_records,
        bin_width=sequence.bin_width,
    )


def replay_document(
    sequence: Sequence,
    made: Replay,
    configuration: ForecastConfiguration,
    *,
    records_only: bool = False,
) -> dict[str, Any]:
    """Return the forecasts of a replay, one for each event or for records only, and their scores.

    A million events take gigabytes as entries of a document; their records take nothing.
    """
    scores, any_forecast = score_replay(made), bool(made.event_index.size)
    mainshocks = mainshocks_document(sequence, made)
    if records_only:
        made = made.of_records()
    times = sequence.times(made.event_index)
    forecast, baseline = made.forecast(), made.baseline()
    quantiles = np.array([forecast.quantile(p) for p in QUANTILES])
    x = forecast.normalised(made.observed)
    pit = np.where(made.records, forecast.cdf(made.observed), np.nan)
    thresholds = configuration.thresholds
    exceedance = np.array([forecast.exceedance(t) for t in thresholds]).reshape(
        len(thresholds), x.size
    )
    by_baseline = np.array([baseline.exceedance(t) for t in thresholds]).reshape(
        len(thresholds), x.size
    )
    keys = [f"{p:g}" for p in QUANTILES]
    # Plain lists are many times faster than one array element at a time.
    columns = zip(
        made.event_index.tolist(), sequence.rows[made.event_index].tolist(), times,
        made.observed.tolist(), made.records.tolist(), made.n_events.tolist(),
        made.n_records.tolist(), made.m_max.tolist(), made.m_ue.tolist(), made.m_le.tolist(),
        made.b.tolist(), x.tolist(), pit.tolist(), quantiles.T.tolist(), exceedance.T.tolist(),
        by_baseline.T.tolist(), made.valid.tolist(), strict=True,
    )  # fmt: skip
    forecasts = [
        {
            "event_index": index,
            "row": row,
            "time": time,
            "observed": observed,
            "is_record": is_record,
            "n_events": n_events,
            "n_records": n_records,
            "m_max": m_max,
            "m_ue": m_ue,
            "m_le": m_le,
            "b": b,
            "x": x_,
            "pit": pit_,
            "quantiles": dict(zip(keys, q, strict=True)),
            "exceedance": [
                {"magnitude": t, "probability": p, "baseline": g}
                for t, p, g in zip(thresholds, e, eb, strict=True)
            ],
            "status": "ok" if valid else "M_UE not above M_LE",
        }
        for (index, row, time, observed, is_record, n_events, n_records, m_max, m_ue, m_le, b, x_,
             pit_, q, e, eb, valid) in columns
    ]  # fmt: skip
    law = configuration.law_of()
    records = np.flatnonzero(made.is_record)
    return {
        "n_events": made.magnitudes.size,
        "n_records": records.size,
        "mc": made.mc,
        "mc_source": sequence.mc_source,
        "missing_magnitudes": sequence.missing,
        "upper": str(made.upper_name),
        "lower": str(made.lower_name),
        "law": {"name": law.name, "profile": configuration.profile, "parameters": law.parameters},
        "conditioned": made.conditioned,
        "injection": injection_document(sequence),
        "forecasts": forecasts,
        "mainshocks": mainshocks,
        "scores": scores,
        "flags": sequence_flags(sequence),
        "status": "ok" if any_forecast else _why_none(made, configuration),
    }


def _why_none(made: Replay, configuration: ForecastConfiguration) -> str:
    """Return why a replay holds no forecast at all."""
    events = np.arange(1, made.magnitudes.size) >= configuration.min_events
    records = np.cumsum(made.is_record)[:-1] >= configuration.min_records
    if not events.any():
        return "too few events"
    if not (events & records).any():
        return "too few records"
    return "M_UE not above M_LE"


def injection_document(sequence: Sequence, bins: int = 1500) -> dict[str, list[Any]] | None:
    """Return the rate of injection during a sequence.

    Parameters
    ----------
    sequence : Sequence
    bins : int, optional
        Of more rows than that, means over so many equal bins of time: more than a figure
        resolves would only swell the document.

    Returns
    -------
    dict or None
        ``time`` (start of each bin, as the catalog's times are printed) and ``rate`` (m3/s);
        None when no rate is known in the span of the sequence.
    """
    operations, catalog = sequence.operations, sequence.catalog
    if operations is None or "rate" not in operations.columns:
        return None
    if catalog.time_frame != operations.time_frame:
        return None
    known = operations.columns["rate"]
    unit = operations.time_unit
    first, last = (
        int(t) * PER_SECOND[unit] // PER_SECOND[str(catalog.time_unit)]
        for t in catalog["time"][[0, -1]]
    )
    inside = (operations.time >= first) & (operations.time <= last) & np.isfinite(known)
    count = int(np.count_nonzero(inside))
    if count < 2:
        return None
    if count <= bins:
        return _rates(sequence, operations.time[inside], known[inside])
    edges = np.linspace(first, last + 1, min(bins, count) + 1).astype(np.int64)
    place = np.searchsorted(edges, operations.time[inside], side="right") - 1
    counts = np.bincount(place, minlength=edges.size - 1)
    sums = np.bincount(place, weights=known[inside], minlength=edges.size - 1)
    filled = counts > 0
    return _rates(sequence, edges[:-1][filled], sums[filled] / counts[filled])


def _rates(sequence: Sequence, starts: Any, rates: Any) -> dict[str, list[Any]]:
    """Return rates from times on, in the operations' unit, as a document shows them."""
    assert sequence.operations is not None
    unit = sequence.operations.time_unit
    utc = sequence.catalog.time_frame == "utc"
    times = format_times(starts, unit, "PT1S") if utc else (starts / PER_SECOND[unit]).tolist()
    return {"time": times, "rate": rates.tolist()}


def estimates_document(
    sequence: Sequence, names: tuple[EstimatorName, ...] = ESTIMATORS
) -> dict[str, Any]:
    """Return estimates of a sequence, each under the reading of the index that its name holds."""
    from asperity.evt.estimators import estimate_all

    m = sequence.magnitudes
    estimates = [estimate_all(m, name.index, (name,))[0] for name in names]
    return {
        "n_events": m.size,
        "n_records": record_rows(m).size,
        "mc": sequence.mc,
        "mc_source": sequence.mc_source,
        "m_max": m.max(),
        "estimates": [
            {
                "estimator": e.name.estimator,
                "events": e.name.events,
                "size": e.name.size,
                "index": e.name.index,
                "value": e.value,
                "status": e.status,
            }
            for e in estimates
        ],
    }
