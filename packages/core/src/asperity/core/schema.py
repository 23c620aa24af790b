"""Version 1 of the shared catalog: its columns, its attributes, its validator.

The written specification is ``docs/catalog-format.md``; the JSON Schema of the
attributes is generated from `Attributes`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

__all__ = [
    "COLUMNS",
    "SCHEMA_VERSION",
    "Anchor",
    "Attributes",
    "Column",
    "attribute_schema",
    "check_attributes",
    "column_of",
    "frame_columns",
]

SCHEMA_VERSION = 1

Kind = Literal["string", "int64", "float64", "category"]


@dataclass(frozen=True)
class Column:
    """One column of the catalog: its kind, unit, meaning and the values it may hold."""

    name: str
    kind: Kind
    unit: str
    description: str
    low: float | None = None
    high: float | None = None


def _moment_tensor() -> list[Column]:
    axes = {"r": "up", "t": "south", "p": "east"}
    return [
        Column(f"m{a}{b}", "float64", "N m", f"Moment tensor, {axes[a]}-{axes[b]} component")
        for a, b in ("rr", "tt", "pp", "rt", "rp", "tp")
    ]


def _error_ellipsoid() -> list[Column]:
    columns = []
    for i in (1, 2, 3):
        columns += [
            Column(f"error_axis_{i}", "float64", "m", f"Error ellipsoid, length of axis {i}", 0.0),
            Column(
                f"error_azimuth_{i}",
                "float64",
                "degree",
                f"Azimuth of axis {i} from north",
                -360,
                360,
            ),
            Column(
                f"error_dip_{i}", "float64", "degree", f"Dip of axis {i} below horizontal", -90, 90
            ),
        ]
    return columns


COLUMNS: dict[str, Column] = {
    column.name: column
    for column in [
        Column("event_id", "string", "", "Identifier, unique in the catalog"),
        Column("time", "int64", "time_unit", "Origin time since the origin of the time frame"),
        Column("magnitude", "float64", "", "Magnitude; NaN where the source has none"),
        Column("magnitude_type", "category", "", "Kind of magnitude"),
        Column("latitude", "float64", "degree", "Latitude, WGS 84, north positive", -90, 90),
        Column("longitude", "float64", "degree", "Longitude, WGS 84, east positive", -180, 180),
        Column("depth", "float64", "m", "Depth below the depth datum, down positive"),
        Column("x", "float64", "m", "First local coordinate"),
        Column("y", "float64", "m", "Second local coordinate"),
        Column("z", "float64", "m", "Third local coordinate"),
        Column("magnitude_uncertainty", "float64", "", "Standard deviation of the magnitude", 0.0),
        Column("horizontal_uncertainty", "float64", "m", "Horizontal location uncertainty", 0.0),
        Column("depth_uncertainty", "float64", "m", "Depth uncertainty", 0.0),
        Column("time_uncertainty", "float64", "s", "Uncertainty of the origin time", 0.0),
        *_error_ellipsoid(),
        Column("moment", "float64", "N m", "Scalar seismic moment", 0.0),
        *_moment_tensor(),
        Column("strike", "float64", "degree", "Strike, Aki & Richards", -360, 360),
        Column("dip", "float64", "degree", "Dip", 0, 90),
        Column("rake", "float64", "degree", "Rake", -360, 360),
        Column("event_type", "category", "", "Kind of event"),
        Column("network", "category", "", "Contributing network or agency"),
        Column("parent_id", "string", "", "Identifier of the parent event, empty when none"),
        Column("duration", "float64", "s", "Duration of the event", 0.0),
        Column("source_area", "float64", "m2", "Area of the source", 0.0),
        Column("slip", "float64", "m", "Mean slip"),
        Column("energy", "float64", "J", "Energy of the event"),
        Column("n_members", "int64", "", "Number of elementary events in it"),
        Column("cycle", "int64", "", "Number of the stick-slip cycle"),
        Column("kind", "category", "", "Role of the event: foreshock, mainshock, aftershock"),
    ]
}
"""The columns that version 1 names; others may be added under their own names."""

_MAGNITUDE_OF_TYPE = re.compile(r"magnitude_[a-z][a-z0-9_]*")
_FREE_NAME = re.compile(r"[a-z][a-z0-9_]*")


def _required_when(key: str, values: list[str], needed: str) -> dict[str, Any]:
    condition = {"properties": {key: {"enum": values}}, "required": [key]}
    return {
        "if": condition,
        "then": {"required": [needed], "properties": {needed: {"not": {"type": "null"}}}},
    }


class Anchor(BaseModel):
    """Where a local frame sits on the Earth."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latitude: float = Field(ge=-90, le=90, description="degree")
    longitude: float = Field(ge=-180, le=180, description="degree")
    elevation: float = Field(0.0, description="m above the depth datum")
    azimuth: float = Field(0.0, description="rotation of the axes, degree clockwise from north")


class Attributes(BaseModel):
    """Attributes of an Asperity catalog, version 1."""

    model_config = ConfigDict(
        frozen=True,
        extra="allow",
        json_schema_extra={
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "allOf": [
                _required_when("frame", ["local"], "axes"),
                _required_when("time_frame", ["utc", "relative"], "time_unit"),
                _required_when("time_frame", ["relative"], "time_origin"),
            ],
        },
    )

    schema_version: Literal[1] = Field(description="version of the format")
    frame: Literal["none", "geographic", "local"] = Field(description="which coordinates there are")
    time_frame: Literal["utc", "relative", "order"] = Field(description="what time counts from")
    time_unit: Literal["ns", "us"] | None = Field(None, description="unit of the column time")
    time_origin: str | None = Field(None, description="what relative times count from")
    time_resolution: str | None = Field(
        None, pattern="^P", description="resolution of the source's times, ISO 8601 duration"
    )
    magnitude_resolution: float | None = Field(
        None, ge=0, description="step of the source's magnitudes, 0 if continuous"
    )
    depth_datum: str | None = Field(None, description="level from which depth counts")
    axes: Literal["ENU", "NED"] | None = Field(None, description="directions of x, y, z")
    anchor: Anchor | None = Field(None, description="place of the local frame on the Earth")
    source: str | None = Field(None, description="where the catalog comes from")
    provenance: dict[str, Any] | None = Field(None, description="record of how it was made")

    @model_validator(mode="after")
    def _conditional(self) -> Self:
        if self.frame == "local" and self.axes is None:
            raise ValueError("frame 'local' needs axes, 'ENU' or 'NED'")
        if self.time_frame != "order" and self.time_unit is None:
            raise ValueError(f"time_frame {self.time_frame!r} needs time_unit, 'ns' or 'us'")
        if self.time_frame == "relative" and self.time_origin is None:
            raise ValueError("time_frame 'relative' needs time_origin, a text that says from when")
        return self


def attribute_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the attributes.

    It describes the JSON text under the Parquet metadata key ``asperity``.
    """
    return Attributes.model_json_schema()


def frame_columns(frame: str) -> tuple[str, ...]:
    """Return the coordinate columns that a frame requires."""
    return {
        "none": (),
        "geographic": ("latitude", "longitude", "depth"),
        "local": ("x", "y", "z"),
    }[frame]


def column_of(name: str) -> Column | None:
    """Return the definition of a column name, or None if the name is not allowed.

    ``magnitude_<type>`` holds a second magnitude; any other lower-case name is a
    free column that carries no unit.
    """
    if name in COLUMNS:
        return COLUMNS[name]
    if _MAGNITUDE_OF_TYPE.fullmatch(name):
        return Column(name, "float64", "", f"Magnitude of type {name.removeprefix('magnitude_')}")
    if _FREE_NAME.fullmatch(name):
        return Column(name, "float64", "", "Free column")
    return None


def check_attributes(attributes: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the attributes of a catalog, one sentence each."""
    try:
        Attributes.model_validate(attributes)
    except ValidationError as error:
        return [
            f"attribute {'.'.join(map(str, e['loc'])) or 'set'}: {e['msg']}" for e in error.errors()
        ]
    return []
