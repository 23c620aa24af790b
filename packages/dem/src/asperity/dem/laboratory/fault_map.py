"""Maps in the plane of a fault: its outline, a field on it, its joints."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Ellipse
from numpy.typing import NDArray

from asperity.core.figures.style import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

    from asperity.dem.laboratory.fault import FaultPlane

__all__ = ["FaultOutline"]

Array = NDArray[np.float64]
POINTS = 161


@dataclass(frozen=True)
class FaultOutline:
    """The ellipse that a fault cuts out of a cylinder, dip downwards and strike to the right.

    Parameters
    ----------
    plane : FaultPlane
    diameter : float
        Of the cylinder, m.
    """

    plane: FaultPlane
    diameter: float

    @property
    def half_axes(self) -> tuple[float, float]:
        """Along the dip and along the strike, m."""
        half = 0.5 * self.diameter
        return half / math.sin(math.radians(self.plane.angle)), half

    def grid(self, field: Callable[[Array], Array]) -> Array:
        """Return a field on a grid over the ellipse, rows down the dip; takes (n, 2), m."""
        long, half = self.half_axes
        ticks = [np.linspace(-end, end, POINTS) for end in (long, half)]
        places = np.stack(np.meshgrid(*ticks, indexing="ij"), axis=-1).reshape(-1, 2)
        return field(places).reshape(POINTS, POINTS)

    def draw_field(self, axes: Axes, values: Array, label: str, colours: Colormap) -> None:
        """Draw a field from `grid` within the ellipse, with its colour bar.

        A field of both signs has zero in the middle of the colours.
        """
        long, half = (1e3 * end for end in self.half_axes)
        most = float(np.abs(values).max())
        least = -most if values.min() < 0.0 else 0.0
        image = axes.imshow(
            values, extent=(-half, half, -long, long), origin="lower", cmap=colours,
            vmin=least, vmax=most, interpolation="bilinear",
        )  # fmt: skip
        rim = Ellipse((0, 0), 2 * half, 2 * long, fill=False, ec=INK, lw=1.0)
        axes.add_patch(rim)
        image.set_clip_path(rim)
        axes.figure.colorbar(image, ax=axes, label=label, shrink=0.8)

    def draw_joints(self, axes: Axes, places: Array) -> None:
        """Draw joints at dip and strike, shape (n, 2) in m, and set the axes."""
        long, half = (1e3 * end for end in self.half_axes)
        axes.add_patch(Ellipse((0, 0), 2 * half, 2 * long, fill=False, ec=INK, lw=1.0))
        axes.plot(1e3 * places[:, 1], 1e3 * places[:, 0], ".", color=INK, ms=2.5)
        axes.set_aspect("equal")
        axes.set_xlim(-1.08 * half, 1.08 * half)
        axes.set_ylim(1.05 * long, -1.05 * long)
        axes.set_xlabel("along strike, mm")
        axes.set_ylabel("down dip, mm")
        axes.grid(visible=False)
