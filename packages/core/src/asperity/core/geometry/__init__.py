"""Frames, geodesics, fault planes, regions, fault traces and distances of point clouds.

The names below are loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asperity.core.lazy import lazy

if TYPE_CHECKING:
    from asperity.core.geometry.clouds import (
        CloudDistance,
        chamfer_distance,
        cloud_distance,
        earth_mover_distance,
        greedy_matching_distance,
        hausdorff_distance,
        scaled,
    )
    from asperity.core.geometry.ecef import ecef_to_geographic, enu_rotation, geographic_to_ecef
    from asperity.core.geometry.faultplane import FaultPlane, PlaneFit, fit_plane
    from asperity.core.geometry.faults import (
        FaultKind,
        Faults,
        FaultTrace,
        NearestTrace,
        SlipRate,
        read_faults,
    )
    from asperity.core.geometry.frames import LocalFrame
    from asperity.core.geometry.geodesics import (
        destination,
        geodesic,
        geodesic_azimuth,
        geodesic_distance,
        geodesic_distances,
        haversine_distance,
        nearest_neighbours,
    )
    from asperity.core.geometry.mechanisms import (
        auxiliary_plane,
        mechanism_styles,
        moment_tensor,
        nodal_planes,
        tensor_parts,
    )
    from asperity.core.geometry.polygons import PolygonRegion, read_region
    from asperity.core.geometry.regions import Region
    from asperity.core.geometry.transport import Transport
    from asperity.core.geometry.views import geographic_view, local_view

__all__ = [
    "CloudDistance",
    "FaultKind",
    "FaultPlane",
    "FaultTrace",
    "Faults",
    "LocalFrame",
    "NearestTrace",
    "PlaneFit",
    "PolygonRegion",
    "Region",
    "SlipRate",
    "Transport",
    "auxiliary_plane",
    "chamfer_distance",
    "cloud_distance",
    "destination",
    "earth_mover_distance",
    "ecef_to_geographic",
    "enu_rotation",
    "fit_plane",
    "geodesic",
    "geodesic_azimuth",
    "geodesic_distance",
    "geodesic_distances",
    "geographic_to_ecef",
    "geographic_view",
    "greedy_matching_distance",
    "hausdorff_distance",
    "haversine_distance",
    "local_view",
    "mechanism_styles",
    "moment_tensor",
    "nearest_neighbours",
    "nodal_planes",
    "read_faults",
    "read_region",
    "scaled",
    "tensor_parts",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "clouds": [
            "CloudDistance",
            "chamfer_distance",
            "cloud_distance",
            "earth_mover_distance",
            "greedy_matching_distance",
            "hausdorff_distance",
            "scaled",
        ],
        "faultplane": ["FaultPlane", "PlaneFit", "fit_plane"],
        "faults": ["FaultKind", "Faults", "FaultTrace", "NearestTrace", "SlipRate", "read_faults"],
        "ecef": ["ecef_to_geographic", "enu_rotation", "geographic_to_ecef"],
        "frames": ["LocalFrame"],
        "geodesics": [
            "destination",
            "geodesic",
            "geodesic_azimuth",
            "geodesic_distance",
            "geodesic_distances",
            "haversine_distance",
            "nearest_neighbours",
        ],
        "mechanisms": [
            "auxiliary_plane",
            "mechanism_styles",
            "moment_tensor",
            "nodal_planes",
            "tensor_parts",
        ],
        "polygons": ["PolygonRegion", "read_region"],
        "regions": ["Region"],
        "transport": ["Transport"],
        "views": ["geographic_view", "local_view"],
    },
)
