"""The part of ``asperity demo`` on laboratory earthquakes: small tests, run live."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from asperity.core.config import resolve
from asperity.core.demo import DemoTask
from asperity.core.formats import ReadResult
from asperity.core.report import Section, picture
from asperity.dem.config import CASES, LaboratoryConfiguration
from asperity.dem.laboratory.cycles import emissions_with_roles
from asperity.dem.laboratory.fault import FaultPlane
from asperity.dem.laboratory.injection_figure import injection_figure
from asperity.dem.laboratory.results import elementary_catalog, history_dataset, summary
from asperity.dem.laboratory.triaxial import Simulation
from asperity.dem.report import run_pictures, run_section

__all__ = ["injection", "stick_slip", "tasks"]

#: Loaded quickly to shortly below its strength, then slowly, while fluid enters in three steps.
INJECTION = (
    "loading.first_deviator=2e8", "loading.speed=0.05", "loading.strain=0.0115",
    "injection.rates=[1e-5, 2e-5, 4e-5, 0.0]", "injection.times=[2e-3, 3e-3, 4e-3, 5e-3]",
    "injection.permeability=1e-12",
)  # fmt: skip


def tasks() -> list[DemoTask]:
    """Return the tasks of this part."""
    return [stick_slip, injection]


def stick_slip(seed: int) -> Section:
    """Stick-slip of a fault between a few hundred grains, computed while the tour is made."""
    simulation = Simulation.from_case("smoke", seed=seed).run()
    return _section(simulation, "computed now", "laboratory")


def injection(seed: int) -> Section:
    """Inject fluid into the fault while it is loaded slowly; computed while the tour is made."""
    configuration = resolve(LaboratoryConfiguration, CASES["smoke"], INJECTION, "the tour")
    simulation = Simulation(configuration, seed=seed).run()
    fluid = simulation.injection
    assert fluid is not None
    section = _section(simulation, "fluid injected into the fault", "injected")
    drawn = picture(
        injection_figure(simulation, fluid),
        "Pressure of the fluid along the fault when it is highest at the point of injection "
        "(cross); its rate, the pressure at the point, and the load.",
        "Map of pressure on an elliptic fault, and three curves against time.",
    )
    return replace(section, pictures=[drawn, section.pictures[0]])


def _section(simulation: Simulation, what: str, catalog: str) -> Section:
    """Return the section of a test, with its acoustic emissions under a name."""
    document = summary(simulation)
    document["name"] = f"{document['particles']} grains, {what}"
    history, elementary = history_dataset(simulation), elementary_catalog(simulation)
    plane = FaultPlane(simulation.configuration.fault.angle)
    drops = document["stress_drops"]
    radius = simulation.configuration.specimen.mean_radius
    emitted = emissions_with_roles(elementary, radius, drops)
    fluid = simulation.injection
    made = ReadResult(
        emitted, None if fluid is None else fluid.operations(), np.arange(len(emitted)),
        format="computed",
    )  # fmt: skip
    section = run_section(document, run_pictures(history, elementary, plane, drops))
    return replace(section, catalogs={catalog: made})
