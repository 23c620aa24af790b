"""GNSS velocities, least-squares collocation of strain rate, and scored deformation criteria.

The names below are loaded when they are first used, so that importing the
package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asperity.core.lazy import lazy

if TYPE_CHECKING:
    from asperity.gnss.strain_rate.collocation import Collocation
    from asperity.gnss.strain_rate.covariance import (
        Component,
        Covariance,
        CovarianceFunction,
        VectorModel,
    )
    from asperity.gnss.strain_rate.fields import read_field
    from asperity.gnss.strain_rate.savage import DelaunayStrain, NearestStations
    from asperity.gnss.strain_rate.shen import ShenStrain
    from asperity.gnss.velocities.formats import NetworkOptions, read_network, write_network
    from asperity.gnss.velocities.motion import EulerPole, Motion
    from asperity.gnss.velocities.network import Network
    from asperity.gnss.velocities.plates import change_frame, frame_motion, plate_motion
    from asperity.gnss.velocities.rotation import BlockFit, MotionFit, fit_block, fit_motion
    from asperity.gnss.velocities.screening import Screened, screen

__all__ = [
    "BlockFit",
    "Collocation",
    "Component",
    "Covariance",
    "CovarianceFunction",
    "DelaunayStrain",
    "EulerPole",
    "Motion",
    "MotionFit",
    "NearestStations",
    "Network",
    "NetworkOptions",
    "Screened",
    "ShenStrain",
    "VectorModel",
    "change_frame",
    "fit_block",
    "fit_motion",
    "frame_motion",
    "plate_motion",
    "read_field",
    "read_network",
    "screen",
    "write_network",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "strain_rate.collocation": ["Collocation"],
        "strain_rate.covariance": ["Component", "Covariance", "CovarianceFunction", "VectorModel"],
        "strain_rate.fields": ["read_field"],
        "velocities.formats": ["NetworkOptions", "read_network", "write_network"],
        "velocities.motion": ["EulerPole", "Motion"],
        "velocities.network": ["Network"],
        "velocities.plates": ["change_frame", "frame_motion", "plate_motion"],
        "velocities.rotation": ["BlockFit", "MotionFit", "fit_block", "fit_motion"],
        "strain_rate.savage": ["DelaunayStrain", "NearestStations"],
        "strain_rate.shen": ["ShenStrain"],
        "velocities.screening": ["Screened", "screen"],
    },
)
