"""What a replay had forecast before the mainshocks: just before, and while there was time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.times import PER_SECOND
from asperity.evt.replay import Replay
from asperity.evt.sequence import Sequence

__all__ = ["EARLIER", "mainshocks_document", "mainshocks_text"]

EARLIER = 0.9
"""Share of a cycle after which the earlier forecast is taken."""


def mainshocks_document(sequence: Sequence, made: Replay) -> list[dict[str, Any]]:
    """Return each mainshock with what was forecast just before it, and a tenth of its cycle ahead.

    Parameters
    ----------
    sequence : Sequence
        Mainshocks are the events whose ``kind`` says so, as in catalogs of laboratory
        cycles; without any, the largest event is the one.
    made : Replay
        Of all its events.

    Returns
    -------
    list of dict
        A cycle lasts from the mainshock before (the first event, for the first) to its own.
        ``p_reach`` is the probability that the next record is at least as large; where other
        records come in between, the chance that a later one is can be larger.
    """
    rows, source = _mainshocks(sequence)
    ends = np.concatenate([[0], rows[:-1]]).astype(np.int64)
    return [
        {
            "event_index": int(row),
            "row": int(sequence.rows[row]),
            "time": sequence.times([row])[0],
            "magnitude": float(made.magnitudes[row]),
            "source": source,
            "is_record": bool(made.is_record[row]),
            "before": _standing(sequence, made, int(row), int(row)),
            "earlier": _standing(sequence, made, _known_earlier(sequence, int(end), int(row)), row),
        }
        for row, end in zip(rows.tolist(), ends.tolist(), strict=True)
    ]


def _mainshocks(sequence: Sequence) -> tuple[NDArray[np.int64], str]:
    catalog = sequence.catalog
    if "kind" in catalog:
        marked = np.flatnonzero(catalog.texts("kind") == "mainshock")
        if marked.size:
            return marked, "kind"
    return np.array([int(np.argmax(sequence.magnitudes))]), "largest"


def _known_earlier(sequence: Sequence, begin: int, end: int) -> int | None:
    """Return how many events were known after `EARLIER` of a cycle; None without times."""
    if sequence.catalog.time_frame == "order":
        return None
    times = sequence.catalog["time"]
    moment = times[begin] + EARLIER * (times[end] - times[begin])
    return int(np.searchsorted(times, moment, side="right"))


def _standing(
    sequence: Sequence, made: Replay, known: int | None, mainshock: int
) -> dict[str, Any] | None:
    """Return the forecast that stood when so many events were known; None if there was none."""
    place = -1 if known is None else known - made.magnitudes.size + made.event_index.size
    if known is None or place < 0 or place >= made.valid.size or not made.valid[place]:
        return None
    magnitude = float(made.magnitudes[mainshock])
    forecast, baseline = made.forecast([place]), made.baseline([place])
    low, median, high = (float(forecast.quantile(p)[0]) for p in (0.05, 0.5, 0.95))
    return {
        "n_events": known,
        "lead_seconds": _lead(sequence, known, mainshock),
        "m_max": float(made.m_max[place]),
        "quantiles": {"0.05": low, "0.5": median, "0.95": high},
        "verdict": "above" if magnitude > high else "below" if magnitude < low else "inside",
        "p_reach": float(forecast.exceedance(magnitude)[0]),
        "p_reach_baseline": float(baseline.exceedance(magnitude)[0]),
    }


def _lead(sequence: Sequence, known: int, mainshock: int) -> float | None:
    """Return the time from the last event known to the mainshock, s."""
    catalog = sequence.catalog
    if catalog.time_unit is None:
        return None
    times = catalog["time"]
    return float((times[mainshock] - times[known - 1]) / PER_SECOND[catalog.time_unit])


def mainshocks_text(document: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each mainshock that was a record: what was forecast, what came.

    Parameters
    ----------
    document : mapping
        A replay; one of an older version tells nothing of mainshocks.
    """
    told = []
    for shock in document.get("mainshocks", ()):
        name = "largest event" if shock["source"] == "largest" else "mainshock"
        if not shock["is_record"]:
            told.append(
                f"The {name} of M {shock['magnitude']:.2f} was no record: forecasts of records say "
                "nothing of it."
            )
            continue
        if shock["before"] is None:
            told.append(f"Before the {name} of M {shock['magnitude']:.2f} there was no forecast.")
            continue
        sentence = f"The {name} of M {shock['magnitude']:.2f} came {_judged(shock['before'])}"
        earlier = shock["earlier"]
        if earlier is not None and earlier["n_events"] < shock["before"]["n_events"]:
            sentence += f"; with a tenth of the time to go it lay {_judged(earlier)}"
        told.append(f"{sentence}.")
    return told


def _judged(standing: Mapping[str, Any]) -> str:
    low, high = (standing["quantiles"][p] for p in ("0.05", "0.95"))
    return (
        f"{standing['verdict']} the 90 % range of the next record, {low:.2f} to {high:.2f} "
        f"(chance to reach it {standing['p_reach']:.3f}, Gutenberg-Richter "
        f"{standing['p_reach_baseline']:.3f})"
    )
