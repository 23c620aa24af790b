"""Compile the kernels of triaxial tests before they are needed."""

from __future__ import annotations

from asperity.dem.laboratory.triaxial import Simulation

__all__ = ["warm_up"]


def warm_up() -> None:
    """Pack, consolidate and load the smallest specimen for a few steps."""
    simulation = Simulation.from_case("smoke").run(until="loading")
    simulation.load(most_steps=1)
