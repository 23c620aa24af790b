"""Report sections of databases, calibrations and scores."""

import numpy as np

from asperity.evt.calibration.report import calibration_section
from asperity.evt.database.report import sequences_section
from asperity.evt.scoring.report import score_section
from commands import document


def test_sections_hold_every_sequence_and_forecaster(tmp_path):
    rng = np.random.default_rng(1)
    for i in range(6):
        lines = "\n".join(f"{v:.3f}" for v in 1.0 + rng.exponential(0.4343, 300))
        (tmp_path / f"s{i}.csv").write_text(f"magnitude\n{lines}\n")
    found = document("evt", "sequences", tmp_path, "--mc", 1, "--no-completeness")
    section = sequences_section(found)
    assert [row[0] for row in section.tables[0].rows] == [f"s{i}" for i in range(6)]
    fitted = document("evt", "calibrate", tmp_path, "--mc", 1, "--bootstrap", 0, "--evidence")
    section = calibration_section(fitted)
    laws, _, eight, evidence = section.tables
    assert [row[:2] for row in laws.rows] == [
        ["gev", "fitted"], ["lognormal", "fitted"], ["gumbel", "fitted"],
        ["gev", "published"], ["lognormal", "published"],
    ]  # fmt: skip
    assert len(eight.rows) == 3 * 8
    assert {row[0] for row in evidence.rows} == {"here", "quoted"}
    assert len(section.pictures) == 2
    scored = document("evt", "score", tmp_path, "--mc", 1, "--rivals", "none", "--shuffles", 2,
                      "--bootstrap", 20)  # fmt: skip
    section = score_section(scored)
    assert section.tables[0].rows[0][0] == scored["best"]
    assert len(section.tables[0].rows) == len(scored["table"])
    assert all("<svg" in p.svg for p in section.pictures)
