"""Discrete-element laboratory earthquakes and the study of their nucleation.

The names below are loaded when they are first used, so that importing the
package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asperity.core.lazy import lazy

if TYPE_CHECKING:
    from asperity.dem.calibration import calibrate
    from asperity.dem.config import LaboratoryConfiguration
    from asperity.dem.material import Packing, Rock, pack
    from asperity.dem.material_tests import (
        Conditions,
        MaterialTest,
        direct_tension,
        triaxial,
        uniaxial,
    )
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
    "Conditions",
    "ContactLaw",
    "Cylinder",
    "Energies",
    "FlatJoint",
    "Hertz",
    "Hooke",
    "LaboratoryConfiguration",
    "Linear",
    "Machine",
    "MaterialTest",
    "Packing",
    "ParallelBond",
    "Plane",
    "Rock",
    "Servo",
    "Simulation",
    "SmoothJoint",
    "System",
    "Wall",
    "calibrate",
    "direct_tension",
    "pack",
    "triaxial",
    "uniaxial",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "calibration": ["calibrate"],
        "config": ["LaboratoryConfiguration"],
        "material": ["Packing", "Rock", "pack"],
        "material_tests": [
            "Conditions",
            "MaterialTest",
            "direct_tension",
            "triaxial",
            "uniaxial",
        ],
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
