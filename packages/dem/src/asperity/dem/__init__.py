"""Discrete-element laboratory earthquakes and the study of their nucleation.

The names below are loaded when they are first used, so that importing the
package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asperity.core.lazy import lazy

if TYPE_CHECKING:
    from asperity.dem.config import LaboratoryConfiguration
    from asperity.dem.models import (
        ContactLaw,
        FlatJoint,
        Hertz,
        Hooke,
        Linear,
        ParallelBond,
        SmoothJoint,
    )
    from asperity.dem.system import Energies, System
    from asperity.dem.triaxial import Simulation
    from asperity.dem.walls import Cylinder, Machine, Plane, Servo, Wall

__all__ = [
    "ContactLaw",
    "Cylinder",
    "Energies",
    "FlatJoint",
    "Hertz",
    "Hooke",
    "LaboratoryConfiguration",
    "Linear",
    "Machine",
    "ParallelBond",
    "Plane",
    "Servo",
    "Simulation",
    "SmoothJoint",
    "System",
    "Wall",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "config": ["LaboratoryConfiguration"],
        "models": [
            "ContactLaw",
            "FlatJoint",
            "Hertz",
            "Hooke",
            "Linear",
            "ParallelBond",
            "SmoothJoint",
        ],
        "system": ["Energies", "System"],
        "triaxial": ["Simulation"],
        "walls": ["Cylinder", "Machine", "Plane", "Servo", "Wall"],
    },
)
