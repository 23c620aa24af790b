"""The part of ``asperity demo`` on laboratory earthquakes: a small test, run live."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from asperity.core.demo import DemoTask
from asperity.core.formats import ReadResult
from asperity.core.report import Section
from asperity.dem.nucleation.episodes import emissions_with_roles
from asperity.dem.report import run_pictures, run_section
from asperity.dem.results import elementary_catalog, history_dataset, summary
from asperity.dem.specimen import FaultPlane
from asperity.dem.triaxial import Simulation

__all__ = ["stick_slip", "tasks"]


def tasks() -> list[DemoTask]:
    """Return the tasks of this part."""
    return [stick_slip]


def stick_slip(seed: int) -> Section:
    """Stick-slip of a fault between a few hundred grains, computed while the tour is made."""
    simulation = Simulation.from_case("smoke", seed=seed).run()
    document = summary(simulation)
    document["name"] = f"{document['particles']} grains, computed now"
    history, events = history_dataset(simulation), elementary_catalog(simulation)
    plane = FaultPlane(simulation.configuration.fault.angle)
    drops = document["stress_drops"]
    radius = simulation.configuration.specimen.mean_radius
    emitted = emissions_with_roles(events, radius, drops)
    made = ReadResult(emitted, None, np.arange(len(emitted)), format="computed")
    section = run_section(document, run_pictures(history, events, plane, drops))
    return replace(section, catalogs={"laboratory": made})
