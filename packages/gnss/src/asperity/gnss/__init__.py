"""GNSS velocities, least-squares collocation of strain rate, and scored deformation criteria.

The names below are loaded when they are first used, so that importing the
package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asperity.core.lazy import lazy

if TYPE_CHECKING:
    from asperity.gnss.collocation import Collocation
    from asperity.gnss.covariance import Component, Covariance, CovarianceFunction, VectorModel
    from asperity.gnss.fields import read_field
    from asperity.gnss.formats import NetworkOptions, read_network, write_network
    from asperity.gnss.motion import EulerPole, Motion
    from asperity.gnss.network import Network
    from asperity.gnss.plates import change_frame, frame_motion, plate_motion
    from asperity.gnss.rotation import BlockFit, MotionFit, fit_block, fit_motion
    from asperity.gnss.savage import DelaunayStrain, NearestStations
    from asperity.gnss.screening import Screened, screen
    from asperity.gnss.shen import ShenStrain

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
        "collocation": ["Collocation"],
        "covariance": ["Component", "Covariance", "CovarianceFunction", "VectorModel"],
        "fields": ["read_field"],
        "formats": ["NetworkOptions", "read_network", "write_network"],
        "motion": ["EulerPole", "Motion"],
        "network": ["Network"],
        "plates": ["change_frame", "frame_motion", "plate_motion"],
        "rotation": ["BlockFit", "MotionFit", "fit_block", "fit_motion"],
        "savage": ["DelaunayStrain", "NearestStations"],
        "shen": ["ShenStrain"],
        "screening": ["Screened", "screen"],
    },
)
