"""The report of a sequence in progress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asperity.core.command import plain
from asperity.core.errors import DataError
from asperity.core.report import Section
from asperity.evt.report import forecast_section, replay_section
from asperity.evt.results import forecast_document, make_replay, replay_document

if TYPE_CHECKING:
    from asperity.evt.watch.follow import Watcher

__all__ = ["watch_sections"]


def watch_sections(watcher: Watcher, source: str) -> list[Section]:
    """Return the sections: where the sequence stands, the forecast, and how it came there.

    Parameters
    ----------
    watcher : Watcher
    source : str
    """
    try:
        sequence = watcher.sequence()
    except DataError as error:
        none = {"events": len(watcher.store), "last event": "none at Mc"}
        return [Section("Where it stands", f"No forecast: {error}.", facts=none)]
    configuration = watcher.configuration
    last = sequence.times([-1])[0]
    facts: dict[str, Any] = {
        "signal": watcher.signal or "-",
        "last event": last,
        "events at Mc or above": len(sequence.catalog),
        "largest": float(sequence.magnitudes.max()),
    }
    head = Section("Where it stands", f"Source: {source}.", facts=facts)
    sections = [head, forecast_section(plain(forecast_document(sequence, configuration)))]
    replayed = replay_document(sequence, make_replay(sequence, configuration), configuration)
    if replayed["forecasts"]:
        sections.append(replay_section(plain({"name": "so far", **replayed})))
    return sections
