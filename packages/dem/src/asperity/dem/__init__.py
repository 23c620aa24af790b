"""Discrete-element laboratory earthquakes and the study of their nucleation.

The names below are loaded when they are first used, so that importing the
package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asperity.core.lazy import lazy

if TYPE_CHECKING:
    from asperity.dem.config import LaboratoryConfiguration
    from asperity.dem.engine.joints import FlatJoint, ParallelBond, SmoothJoint
    from asperity.dem.engine.models import ContactLaw, Hertz, Hooke, Linear
    from asperity.dem.engine.system import Energies, System
    from asperity.dem.engine.walls import Cylinder, Machine, Plane, Servo, Wall
    from asperity.dem.laboratory.triaxial import Simulation
    from asperity.dem.rock.calibration import calibrate
    from asperity.dem.rock.material import Packing, Rock, pack
    from asperity.dem.rock.material_tests import (
        Conditions,
        MaterialTest,
        direct_tension,
        triaxial,
        uniaxial,
    )

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
        "rock.calibration": ["calibrate"],
        "config": ["LaboratoryConfiguration"],
        "rock.material": ["Packing", "Rock", "pack"],
        "rock.material_tests": [
            "Conditions",
            "MaterialTest",
            "direct_tension",
            "triaxial",
            "uniaxial",
        ],
        "engine.joints": ["FlatJoint", "ParallelBond", "SmoothJoint"],
        "engine.models": ["ContactLaw", "Hertz", "Hooke", "Linear"],
        "engine.system": ["Energies", "System"],
        "laboratory.triaxial": ["Simulation"],
        "engine.walls": ["Cylinder", "Machine", "Plane", "Servo", "Wall"],
    },
)
