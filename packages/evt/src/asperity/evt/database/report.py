"""Report section of a database of sequences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asperity.core.report import Section, Table, picture
from asperity.evt.database.figures import sequences_overview

__all__ = ["sequences_section"]


def sequences_section(document: Mapping[str, Any]) -> Section:
    """Sequences of a database: their sizes, completeness and largest events."""
    columns = ("name", "group", "method", "n_events", "mc", "m_max", "start", "end")
    return Section(
        "Database of sequences",
        f"{document['n_sequences']} sequences, {document['n_distinct']} with earthquakes of "
        f"their own; Verdon & Eisner (2024) have more than {document['n_paper']}.",
        facts=dict(document["methods"]),
        tables=[
            Table("Sequences", columns, [[s[c] for c in columns] for s in document["sequences"]])
        ],
        pictures=[
            picture(
                sequences_overview(document["sequences"]),
                "Number of events and largest magnitude of each sequence.",
                "Sequences by number of events and largest magnitude.",
            )
        ],
    )
