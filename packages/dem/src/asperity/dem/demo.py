"""The part of ``asperity demo`` on laboratory earthquakes: a small test, run live."""

from __future__ import annotations

from asperity.core.demo import DemoTask
from asperity.core.report import Section, picture
from asperity.dem import figures
from asperity.dem.report import run_section
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
    moments = figures.spans_around(document["stress_drops"], float(history["time"][-1]))
    return run_section(
        document,
        [
            picture(
                figures.stress_and_events(history, events),
                "Axial less confining stress, and below it the magnitudes of slip episodes on "
                "the fault.",
                "Curve of stress against time, with dots of events below it.",
            ),
            picture(
                figures.slip_sequence(events, plane, moments),
                "Slip on the fault, seen at right angles to it: while the load rises, shortly "
                "before the first fall, in it, and later.",
                "Maps of an elliptic fault with dots that grow darker with slip.",
            ),
            picture(
                figures.energies(history),
                "Where the work of platens and membrane has gone; the dotted line is what the "
                "account misses.",
                "Curves of energies and of the closure error against time.",
            ),
        ],
    )
