"""The configuration of a laboratory earthquake: what `dem template` prints and `dem run` takes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from asperity.core.config import Configuration

__all__ = ["CASES", "LaboratoryConfiguration"]


class Specimen(Configuration):
    """Grains in a cylinder whose axis is z, its centre at the origin."""

    diameter: PositiveFloat = Field(0.040, description="m")
    height: PositiveFloat = Field(0.107, description="m")
    mean_radius: PositiveFloat = Field(2.5e-3, description="of the grains, m")
    half_width: float = Field(
        0.2, ge=0.0, lt=0.9, description="radii are uniform within this share of the mean"
    )
    porosity: float = Field(0.333, gt=0.2, lt=0.6, description="of the packing")
    density: PositiveFloat = Field(2650.0, description="of the rock, kg/m3; grains are denser")
    contacts_per_grain: PositiveFloat = Field(
        5.18, description="joints installed, per grain; the gap of installation follows from it"
    )
    packing_stress: float = Field(
        0.0,
        ge=0.0,
        description="isotropic stress to which radii are scaled, Pa; 0 keeps the porosity",
    )
    floaters: Literal["keep", "grow", "remove"] = Field(
        "keep", description="what becomes of grains with too few joints"
    )
    least_joints: PositiveInt = Field(3, description="of a grain that is no floater")


class FlatJoints(Configuration):
    """The rock: flat joints between grains."""

    modulus: PositiveFloat = Field(130e9, description="effective modulus, Pa")
    ratio: PositiveFloat = Field(2.5, description="normal over shear stiffness")
    radius_multiplier: PositiveFloat = Field(0.6, description="joint radius over smaller radius")
    radial: PositiveInt = Field(1, description="rings of elements")
    around: int = Field(3, ge=3, description="elements of a ring")
    tensile_strength: PositiveFloat = Field(50e6, description="mean, Pa")
    tensile_sd: float = Field(9e6, ge=0.0, description="over joints, Pa")
    cohesion: PositiveFloat = Field(180e6, description="mean, Pa")
    cohesion_sd: float = Field(18e6, ge=0.0, description="over joints, Pa")
    friction_angle: float = Field(55.0, ge=0.0, lt=90.0, description="of the bonds, degrees")
    friction: float = Field(0.2, ge=0.0, description="of broken elements")
    breakable: bool = Field(True, description="whether flat joints can break")


class Fault(Configuration):
    """A plane through the centre, with smooth joints across it."""

    present: bool = Field(True, description="whether the specimen has a fault")
    angle: float = Field(30.0, gt=0.0, lt=90.0, description="between fault and axis, degrees")
    normal_stiffness: PositiveFloat = Field(3.6e12, description="Pa/m")
    shear_stiffness: PositiveFloat = Field(1.4e12, description="Pa/m")
    bonded: bool = Field(True, description="whether joints are bonded at the start")
    tensile_strength: float = Field(55e6, ge=0.0, description="of the bonds, Pa")
    cohesion: float = Field(55e6, ge=0.0, description="of the bonds, Pa")
    friction_angle: float = Field(30.0, ge=0.0, lt=90.0, description="of the bonds, degrees")
    law: Literal["coulomb", "slip-weakening", "rate-weakening", "rate-state"] = Field(
        "coulomb", description="friction of unbonded and of broken joints"
    )
    parameters: tuple[float, ...] = Field(
        (0.22,), description="of the friction law; the first is drawn anew for each joint"
    )
    friction_sd: float = Field(
        0.0, ge=0.0, description="of the first parameter over joints, cut at 0.5 and 1.2"
    )
    strength_sd: float = Field(
        0.3, ge=0.0, description="of one factor a joint on cohesion, tension and friction of bonds"
    )
    correlation_length: float = Field(
        8e-3, ge=0.0, description="of that factor along the fault, m; 0 for none"
    )
    strength_range: tuple[float, float] = Field((0.5, 1.5), description="the factor is cut here")
    strength_seed: int = Field(
        0, ge=0, description="another one draws other strengths and tilts for the same packing"
    )
    tilt: float = Field(
        8.0,
        ge=0.0,
        lt=45.0,
        description="sd of the joints' tilt about each axis, degrees: roughness",
    )
    roughness: float = Field(
        0.0, ge=0.0, description="root mean square height of a self-affine fault, m; 0 for a plane"
    )
    hurst: float = Field(0.8, gt=0.0, lt=1.0, description="exponent of the self-affine heights")
    wavelengths: tuple[PositiveFloat, PositiveFloat] = Field(
        (6e-3, 80e-3), description="shortest and longest of the heights, m"
    )
    normals: Literal["local", "mean"] = Field(
        "local", description="joints slide along the surface where they are, or its mean plane"
    )
    true_area: bool = Field(
        True, description="scale the joints' areas so that they add up to the fault's"
    )
    strain: Literal["small", "large"] = Field(
        "small",
        description="joints stay with their grains, or go on between grains that meet later",
    )
    pore_pressure: float = Field(0.0, ge=0.0, description="on the fault, Pa")


class Injection(Configuration):
    """Fluid that is injected at a point of the fault and diffuses along it."""

    rates: tuple[float, ...] = Field((), description="m3/s, each from its time on; none: no fluid")
    times: tuple[float, ...] = Field((), description="of the rates, s since the loading began")
    dip: float = Field(0.0, description="of the point from the centre, down the dip, m")
    strike: float = Field(0.0, description="of the point from the centre, along the strike, m")
    permeability: PositiveFloat = Field(1e-14, description="of the fault, m2")
    thickness: PositiveFloat = Field(1e-3, description="of the fault, m")
    viscosity: PositiveFloat = Field(1e-3, description="of the fluid, Pa s")
    storage: PositiveFloat = Field(5e-10, description="volume over volume and pressure, 1/Pa")
    rim: Literal["sealed", "drained"] = Field(
        "sealed", description="whether fluid leaves where the fault meets the side"
    )
    spacing: PositiveFloat = Field(1e-3, description="of the grid of pressures, m")

    @model_validator(mode="after")
    def _in_order(self) -> Injection:
        if len(self.rates) != len(self.times):
            raise ValueError(f"{len(self.rates)} rates but {len(self.times)} times; one each")
        if any(b <= a for a, b in pairwise(self.times)) or any(t < 0.0 for t in self.times):
            raise ValueError("times must ascend from 0 or later")
        return self


class Cell(Configuration):
    """Confinement of the side, and the loading frame."""

    side: Literal["membrane", "wall"] = Field(
        "membrane",
        description="forces on the outermost grains, or a rigid cylinder under a servo, which "
        "resists the offset of a sliding fault",
    )
    pressure: float = Field(150e6, ge=0.0, description="confining pressure, Pa")
    platen_stiffness: PositiveFloat = Field(3e8, description="of each grain on a platen, N/m")
    machine_stiffness: float = Field(
        0.0, ge=0.0, description="of the loading frame, N/m; 0 for rigid platens"
    )
    platen_mass: PositiveFloat = Field(2.0, description="of the moving platen, kg")
    machine_damping: float = Field(0.3, ge=0.0, description="ratio of critical damping")


class Loading(Configuration):
    """How the moving platen goes down."""

    speed: PositiveFloat = Field(0.01, description="m/s")
    first_speed: PositiveFloat = Field(0.05, description="until the first deviator, m/s")
    first_deviator: float = Field(90e6, ge=0.0, description="where the speed changes, Pa")
    strain: PositiveFloat = Field(0.012, description="axial strain at the end")
    strain_after_drop: float = Field(
        0.002, ge=0.0, description="of a bonded fault: strain after its rupture; 0 goes to the end"
    )
    consolidation_steps: PositiveInt = Field(
        6000, description="steps under pressure alone, more where it takes more to come to rest"
    )
    consolidation_damping: float = Field(0.7, gt=0.0, lt=1.0, description="local damping meanwhile")
    damping: float = Field(0.3, ge=0.0, lt=1.0, description="local damping while loading")


class Numerics(Configuration):
    """Time step, sums and records."""

    time_step: float = Field(
        0.0, ge=0.0, description="s; 0 takes the share below of the critical step"
    )
    safety: float = Field(
        0.8,
        gt=0.0,
        le=2.0,
        description="share of min sqrt(m / sum(Kn + 2 Ks)), itself half the limit",
    )
    mode: Literal["gather", "private"] = Field(
        "gather",
        description="gather has the same bits for any number of threads, private is fastest",
    )
    sample_every: PositiveInt = Field(20, description="steps between samples of stress and joints")
    energy_every: PositiveInt = Field(200, description="steps between samples of the energies")
    slip_rate: float = Field(
        0.2, ge=0.0, description="at which an episode of slip begins, m/s; 0 for none"
    )
    source_window: float = Field(
        0.0,
        ge=0.0,
        description="longest source whose moment tensor can be had from forces (sources.nc), s; 0 "
        "for none",
    )

    @model_validator(mode="after")
    def _sources_need_forces(self) -> Numerics:
        if self.source_window > 0.0 and self.mode == "private":
            raise ValueError(
                "source_window needs the force of each contact, which mode private does not keep; "
                "set mode = gather, or source_window = 0"
            )
        return self


def _section(kind: type[Configuration]) -> Any:
    return Field(default_factory=kind)


class LaboratoryConfiguration(Configuration):
    """A triaxial test of a specimen with a fault."""

    specimen: Specimen = _section(Specimen)
    rock: FlatJoints = _section(FlatJoints)
    fault: Fault = _section(Fault)
    injection: Injection = _section(Injection)
    cell: Cell = _section(Cell)
    loading: Loading = _section(Loading)
    numerics: Numerics = _section(Numerics)

    @model_validator(mode="after")
    def _fluid_needs_a_fault(self) -> LaboratoryConfiguration:
        if self.injection.rates and not self.fault.present:
            raise ValueError("injection.rates: fluid is injected into a fault; set fault.present")
        return self


_STICK_SLIP: dict[str, Any] = {
    "specimen": {"diameter": 0.05, "height": 0.1, "porosity": 0.38, "contacts_per_grain": 4.2},
    "rock": {
        "modulus": 60e9, "ratio": 2.0, "radius_multiplier": 1.0, "around": 4, "breakable": False,
    },
    "fault": {
        "normal_stiffness": 2e13, "shear_stiffness": 1e13, "bonded": False,
        "law": "rate-weakening", "parameters": (0.72, 0.40, 0.5, 5e-6, 2e-5),
        "friction_sd": 0.12, "strength_sd": 0.0, "tilt": 0.0,
    },
    "cell": {"machine_stiffness": 1e9},
    "loading": {
        "speed": 0.3, "first_speed": 0.3, "damping": 0.05, "strain": 0.05, "strain_after_drop": 0.0,
    },
}  # fmt: skip


def _with(base: dict[str, Any], **sections: dict[str, Any]) -> dict[str, Any]:
    return {key: base.get(key, {}) | sections.get(key, {}) for key in {*base, *sections}}


#: What each case changes in the defaults. `paper` is the published set-up; scatter, tilt,
#: residual friction and damping are ours, fitted (see docs/theory-dem.md).
CASES: dict[str, dict[str, Any]] = {
    "smoke": _with(
        _STICK_SLIP,
        specimen={"mean_radius": 5e-3},
        loading={"speed": 0.5, "first_speed": 0.5, "strain": 0.02, "consolidation_steps": 3000},
    ),
    "mini": _with(_STICK_SLIP, specimen={"mean_radius": 3e-3}, loading={"strain": 0.055}),
    # As in the trial of the published set-up: 3e-7 s, still under the limit of the packing.
    "paper": {"numerics": {"safety": 1.4, "source_window": 1e-3}},
    "full": _with(_STICK_SLIP, specimen={"mean_radius": 1.5e-3}, loading={"strain": 0.042}),
}
