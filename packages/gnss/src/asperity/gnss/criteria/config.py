"""The criteria as named rules: what `gnss template --kind criteria` prints and `--config` takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, PositiveFloat, field_validator, model_validator

from asperity.core.config import Configuration

__all__ = [
    "PUBLISHED",
    "CriteriaConfiguration",
    "FaultSettings",
    "NullSettings",
    "Rule",
    "ZoneSettings",
]

Mechanism = Literal["strike-slip", "normal", "thrust", "any"]


class ZoneSettings(Configuration):
    """What counts as high, and as the edge of high."""

    high: float = Field(
        0.8, gt=0.0, lt=1.0, description="percentile rank from which values are high"
    )
    band: tuple[float, float] = Field(
        (0.6, 0.9), description="edge `band`: ranks from the first to below the second"
    )
    ridge_steepness: float = Field(
        0.75,
        ge=0.0,
        le=1.0,
        description="edge `ridge`: rank of the gradient from which it is steep",
    )
    ridge_rank: float = Field(
        0.5, ge=0.0, le=1.0, description="edge `ridge`: rank of the value that it must reach"
    )
    contour_distance: PositiveFloat = Field(
        50.0, description="edge `contour`: distance to the contour line of `high`, km"
    )
    score_width: PositiveFloat = Field(
        0.12, description="of the band in the edge score, in ranks (a standard deviation)"
    )
    location_error: float = Field(
        25.0, ge=0.0, description="scores and alarms reach this far, for events and area alike, km"
    )

    @field_validator("band")
    @classmethod
    def _ascending(cls, band: tuple[float, float]) -> tuple[float, float]:
        if not 0.0 <= band[0] < band[1] <= 1.0:
            raise ValueError("give two ascending ranks from 0 to 1")
        return band


class FaultSettings(Configuration):
    """Which faults count, and how near."""

    distance: PositiveFloat = Field(25.0, description="to the nearest trace of the type, km")
    large: float = Field(
        150.0, ge=0.0, description="connected length from which a fault without a name is large, km"
    )
    gap: float = Field(5.0, ge=0.0, description="ends of traces this close are connected, km")


class NullSettings(Configuration):
    """Smoothed seismicity, which a criterion has to beat."""

    bandwidth: PositiveFloat = Field(75.0, description="standard deviation of the kernel, km")
    min_magnitude: float = Field(5.0, description="smallest magnitude of the earlier events")


class Rule(Configuration):
    """One criterion: where it gives alarm, and for which events."""

    title: str = Field("", description="what it says, for people")
    mechanism: Mechanism = Field(
        "any", description="events it is about, by plunges (Frohlich 1992)"
    )
    min_magnitude: float = Field(7.0, description="smallest magnitude it is about")
    max_magnitude: float = Field(10.0, description="magnitude that is too large for it")
    quantity: Literal["shear", "extension", "shortening"] = Field(
        "shear", description="maximum shear (half), or east-west strain rate of either sign"
    )
    zone: Literal["anywhere", "high", "edge", "high-or-edge"] = Field(
        "edge", description="where on the quantity"
    )
    side: Literal["any", "west", "east"] = Field("any", description="which side of the high")
    fault: Literal["none", "strike-slip", "normal", "reverse"] = Field(
        "none", description="style of the large fault that must be near"
    )
    values: tuple[float, ...] = Field(
        (),
        description="lowest and highest value of the strain rate itself, nanostrain/yr; none: []",
    )
    union: tuple[str, ...] = Field(
        (), description="names of rules; alarm is then where any of them gives alarm"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(self.values) not in (0, 2) or (self.values and self.values[0] >= self.values[1]):
            raise ValueError("values are a lowest and a highest, ascending, or []")
        if self.min_magnitude >= self.max_magnitude:
            raise ValueError("max_magnitude must be above min_magnitude")
        return self


_LARGE: dict[str, Any] = {"min_magnitude": 7.0, "zone": "edge"}
_MODERATE: dict[str, Any] = {"min_magnitude": 5.0, "max_magnitude": 6.0, "zone": "anywhere"}

#: The rules as Ma et al. 2024 are reported to state them; ranges in nanostrain/yr. N7 has no
#: range: one event is published, and its value (+1) is no interval.
PUBLISHED: dict[str, Rule] = {
    "SS7": Rule(
        title="edge of high shear, at a large strike-slip fault, 6 to 20 nanostrain/yr",
        mechanism="strike-slip", quantity="shear", fault="strike-slip", values=(6.0, 20.0),
        **_LARGE,
    ),
    "N7": Rule(
        title="west edge of high east-west extension, at a large normal fault",
        mechanism="normal", quantity="extension", side="west", fault="normal", **_LARGE,
    ),
    "T7": Rule(
        title="east edge of high east-west shortening, at a large thrust, -24 to -22 nanostrain/yr",
        mechanism="thrust", quantity="shortening", side="east", fault="reverse",
        values=(-24.0, -22.0), **_LARGE,
    ),
    "SS5": Rule(
        title="high shear or its edge, 8 to 30 nanostrain/yr",
        mechanism="strike-slip", quantity="shear", values=(8.0, 30.0),
        **(_MODERATE | {"zone": "high-or-edge"}),
    ),
    "N5": Rule(
        title="east-west strain rate of 0 to 26 nanostrain/yr",
        mechanism="normal", quantity="extension", values=(0.0, 26.0), **_MODERATE,
    ),
    "T5": Rule(
        title="east-west strain rate of -21 to 0 nanostrain/yr",
        mechanism="thrust", quantity="shortening", values=(-21.0, 0.0), **_MODERATE,
    ),
    "discussion-SS": Rule(
        title="edge of high shear, at a large strike-slip fault",
        mechanism="strike-slip", quantity="shear", fault="strike-slip", **_LARGE,
    ),
    "discussion-N": Rule(
        title="edge of high east-west extension, at a large normal fault",
        mechanism="normal", quantity="extension", fault="normal", **_LARGE,
    ),
    "discussion-T": Rule(
        title="edge of high east-west shortening, at a large thrust",
        mechanism="thrust", quantity="shortening", fault="reverse", **_LARGE,
    ),
    "discussion": Rule(
        title="any of the three rules of the discussion",
        mechanism="any", union=("discussion-SS", "discussion-N", "discussion-T"), **_LARGE,
    ),
}  # fmt: skip


class CriteriaConfiguration(Configuration):
    """Deformation criteria and the tests they have to pass."""

    calibration: str = Field(
        "Gaussian covariance of 500 km, maximum shear (e1 - e2)/2",
        description="the smoothing that the ranges of values belong to",
    )
    zones: ZoneSettings = ZoneSettings.model_validate({})
    faults: FaultSettings = FaultSettings.model_validate({})
    null: NullSettings = NullSettings.model_validate({})
    rules: dict[str, Rule] = Field(PUBLISHED, description="by name")

    @field_validator("rules", mode="before")
    @classmethod
    def _over_published(cls, given: Any) -> Any:
        """Let a file change one key of a published rule, and add rules of its own."""
        if not isinstance(given, Mapping):
            return given
        rules: dict[str, Any] = dict(PUBLISHED)
        for name, content in given.items():
            known = rules.get(name)
            if isinstance(content, Mapping) and known is not None:
                content = {**known.model_dump(), **content}
            rules[name] = content
        return rules

    @model_validator(mode="after")
    def _unions(self) -> Self:
        for name, rule in self.rules.items():
            for part in rule.union:
                if part not in self.rules or self.rules[part].union:
                    raise ValueError(
                        f"rule {name}: union of {part!r}, which is no plain rule; there are "
                        f"{', '.join(n for n, r in self.rules.items() if not r.union)}"
                    )
        return self
