"""Report section of the folder of a run: its summary with the figures of what lies beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asperity.core.report import Section
from asperity.dem.laboratory import folder as runs
from asperity.dem.laboratory.fault import FaultPlane
from asperity.dem.report import run_pictures, run_section

__all__ = ["folder_section"]


def folder_section(document: Mapping[str, Any], folder: Path) -> Section:
    """Triaxial test: its summary, and its stress, slip and energies from the folder."""
    history = runs.read_history(folder)
    elementary, _ = runs.read_elementary(folder)
    plane = FaultPlane(runs.read_configuration(folder).fault.angle)
    return run_section(document, run_pictures(history, elementary, plane, document["stress_drops"]))
