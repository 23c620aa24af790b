"""The configuration of a strain field: what `gnss template` prints and `--config` takes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, PositiveFloat

from asperity.core.config import Configuration

__all__ = ["PRESETS", "StrainConfiguration"]


class StrainConfiguration(Configuration):
    """Strain rate by least-squares collocation, or by a method to compare it with."""

    method: Literal["collocation", "savage", "delaunay", "shen"] = Field(
        "collocation",
        description="savage fits uniform strain to the nearest stations, delaunay to the triangle "
        "around, shen to stations weighted by distance and area (VISR)",
    )
    covariance: str = Field(
        "gauss+matern32",
        description="covariance functions joined by +: gauss, gauss_k, matern32, matern52, "
        "hirvonen, reilly, wendland",
    )
    estimate: Literal["none", "empirical", "reml", "loo", "blocks"] = Field(
        "reml", description="how the parameters are found; none takes variance and length as given"
    )
    variance: tuple[PositiveFloat, ...] = Field(
        (), description="C(0) of each function, mm2/yr2; a start unless estimate is none"
    )
    length: tuple[PositiveFloat, ...] = Field(
        (), description="length of each function, km; a start unless estimate is none"
    )
    varying: bool = Field(
        False,
        description="let the amplitude of the last function vary in space where that gains "
        "evidence (with reml); sds over sharp faults can still be too small by a third",
    )
    vectors: Literal["projected", "components", "helmholtz", "icm"] = Field(
        "projected", description="how the two velocity components belong together"
    )
    trend: Literal["none", "rotation", "rotation+strain"] = Field(
        "rotation", description="what is estimated beside the signal"
    )
    noise_factor: PositiveFloat = Field(1.0, description="factor of the formal standard deviations")
    estimate_noise_factor: bool = Field(
        False, description="let reml vary that factor, beside the extra noise"
    )
    extra_noise: float = Field(
        0.5, ge=0.0, description="noise of each component beyond the formal one, mm/yr"
    )
    margin: float = Field(
        300.0, ge=0.0, description="stations within this distance of the region are used, km"
    )
    spacing: PositiveFloat = Field(0.25, description="of the grid, degrees")
    local: int = Field(
        0, ge=0, description="stations around each tile of nodes; 0 uses all for every node"
    )
    draws: int = Field(
        1024, ge=16, description="points of the distribution of what is not linear in the tensor"
    )
    max_resolution: PositiveFloat = Field(
        0.8, description="strain is masked where its posterior over prior sd is larger"
    )
    max_distance: PositiveFloat = Field(
        150.0, description="strain is masked where the nearest station is farther, km"
    )
    neighbours: int = Field(10, ge=3, description="savage: stations of a node")
    smallest_angle: float = Field(
        5.0, ge=0.0, lt=60.0, description="delaunay: triangles with a smaller angle are left out"
    )
    distance_weight: Literal["gaussian", "quadratic"] = Field(
        "gaussian", description="shen: how weights fall with distance"
    )
    areal_weight: Literal["voronoi", "azimuth"] = Field(
        "voronoi", description="shen: what share of the network a station stands for"
    )
    threshold: PositiveFloat = Field(
        24.0, description="shen: what the weights have to add up to; more is smoother"
    )


#: What the presets change in the configuration. `paper`: the Gaussian of Ma et al. 2024 as far as
#: it is known, its length from the empirical covariance. `best`: two scales by restricted
#: likelihood.
PRESETS: dict[str, dict[str, Any]] = {
    "best": {},
    "paper": {
        "covariance": "gauss",
        "estimate": "empirical",
        "variance": (30.0,),
        "spacing": 0.5,
    },
}
