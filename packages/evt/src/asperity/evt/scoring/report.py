"""Report section of the scores over many sequences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asperity.core.report import Section, Table, picture
from asperity.evt.scoring.figures import score_figure, stages_figure

__all__ = ["score_section"]

_COLUMNS = ("n", "crps", "crps_skill", "log_score", "pit_ks", "coverage_90", "bias", "floored")


def score_section(document: Mapping[str, Any]) -> Section:
    """Scores of laws and rivals, their reliability, and accuracy along a sequence."""
    rows = [[r["name"], *(r[c] for c in _COLUMNS)] for r in document["table"]]
    contrasts = [
        [f"{c['late']} less {c['early']}", c["difference"], c["control"], c["verdict"]]
        for c in document["stages"]["contrasts"]
    ]
    return Section(
        "Scores of the forecasts",
        f"Over {document['n_records']} records the best of {len(rows)} forecasters by CRPS is "
        f"{document['best']}.",
        facts={"sequences": document["n_sequences"], "records": document["n_records"]},
        tables=[
            Table("All forecasters, whoever wins", ["forecaster", *_COLUMNS], rows),
            Table(
                "CRPS along a sequence", ["stages", "difference", "random order", "verdict"],
                contrasts,
            ),
        ],
        pictures=[
            picture(
                score_figure(document),
                "CRPS less that of the baseline with intervals by sequence, and reliability.",
                f"{document['best']} has the lowest CRPS.",
            ),
            picture(
                stages_figure(document["stages"]),
                "Bias and CRPS by stage with intervals by sequence.",
                "Bias and CRPS of each stage.",
            ),
        ],
    )  # fmt: skip
