"""Report sections of databases and scores."""

import numpy as np

from asperity.evt.database.report import sequences_section
from asperity.evt.scoring.report import score_section
from evt.test_cli import document


def test_sections_hold_every_sequence_and_forecaster(tmp_path):
    rng = np.random.default_rng(1)
    for i in range(6):
        lines = "\n".join(f"{v:.3f}" for v in 1.0 + rng.exponential(0.4343, 300))
        (tmp_path / f"s{i}.csv").write_text(f"magnitude\n{lines}\n")
    found = document("evt", "sequences", tmp_path, "--mc", 1, "--no-completeness")
    section = sequences_section(found)
    assert [row[0] for row in section.tables[0].rows] == [f"s{i}" for i in range(6)]
    scored = document("evt", "score", tmp_path, "--mc", 1, "--rivals", "none", "--shuffles", 2,
                      "--bootstrap", 20)  # fmt: skip
    section = score_section(scored)
    assert section.tables[0].rows[0][0] == scored["best"]
    assert len(section.tables[0].rows) == len(scored["table"])
    assert all("<svg" in p.svg for p in section.pictures)
