"""Positions of GNSS stations in time, and the velocities that they give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asperity.core.lazy import lazy

if TYPE_CHECKING:
    from asperity.gnss.positions.formats import (
        PositionOptions,
        PositionsResult,
        read_positions,
        write_positions,
    )
    from asperity.gnss.positions.series import PositionSeries, julian_years

__all__ = [
    "PositionOptions",
    "PositionSeries",
    "PositionsResult",
    "julian_years",
    "read_positions",
    "write_positions",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "formats": ["PositionOptions", "PositionsResult", "read_positions", "write_positions"],
        "series": ["PositionSeries", "julian_years"],
    },
)
