"""What maps of velocities are drawn with: their axes, arrows, ellipses and scale."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import ScaledTranslation
from numpy.typing import ArrayLike, NDArray

from asperity.core.figures.catalog import RASTER_FROM, map_axes
from asperity.core.figures.style import INK
from asperity.core.geometry import Faults
from asperity.gnss.sphere import RADIUS, places
from asperity.gnss.velocities.network import wrap_longitude

__all__ = ["FAULT", "MapView", "VelocityScale", "nice_number", "spacing_of"]

FAULT = "#b3a79a"
SHARE = 0.085
"""Length of a fast arrow as a share of the longer side of the map."""
SPACINGS = 12.0
"""Length of a fast arrow in distances between neighbours, at most."""
ELLIPSE_95 = 2.4477468306808166
"""Half axis of the 95 % region of two normal components, in standard deviations."""
_CIRCLE = np.linspace(0.0, 2.0 * np.pi, 41)


@dataclass(frozen=True, eq=False)
class MapView:
    """A map whose longitudes run on without a jump.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    axes : matplotlib.axes.Axes
    west : float
        Longitude, degrees, from which the others are counted eastwards.
    """

    figure: Figure
    axes: Axes
    west: float

    @classmethod
    def around(cls, longitude: ArrayLike, latitude: ArrayLike, beside: float = 0.3) -> MapView:
        """Return an empty map of points, degrees, with a margin.

        Parameters
        ----------
        longitude, latitude : array_like, shape (n,)
        beside : float, optional
            Inches left for a colour bar or a legend at the right.
        """
        x = wrap_longitude(longitude)
        sorted_ = np.sort(x)
        gaps = np.diff(sorted_, append=sorted_[:1] + 360.0)
        west = float(sorted_[(int(np.argmax(gaps)) + 1) % sorted_.size]) if sorted_.size else 0.0
        unrolled = west + np.mod(x - west, 360.0)
        figure, axes = map_axes(
            unrolled, np.asarray(latitude, dtype=float), local=False, beside=beside
        )
        axes.set_xlabel("longitude (degree)")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{float(wrap_longitude(v)):g}"))
        return cls(figure, axes, west)

    def x(self, longitude: ArrayLike) -> NDArray[np.float64]:
        """Return where longitudes stand on this map; those just west of it stay there."""
        start = self.west - 30.0
        return np.asarray(start + np.mod(np.asarray(longitude, dtype=float) - start, 360.0))

    @property
    def stretch(self) -> float:
        """Degrees of longitude that are drawn as long as one degree of latitude."""
        aspect = self.axes.get_aspect()
        return float(aspect) if aspect != "auto" else 1.0

    @property
    def size(self) -> float:
        """The longer side of the map, degrees of latitude."""
        width = np.ptp(self.axes.get_xlim()) / self.stretch
        return float(max(width, np.ptp(self.axes.get_ylim())))

    def faults(self, faults: Faults | None) -> None:
        """Draw fault traces, without folds, in a quiet colour."""
        if faults is None:
            return
        west, east = self.axes.get_xlim()
        south, north = self.axes.get_ylim()
        lines = []
        for trace in faults.without_folds():
            points = np.column_stack([self.x(trace.coordinates[:, 0]), trace.coordinates[:, 1]])
            inside = (points > (west, south)) & (points < (east, north))
            # A trace across the far side of the globe would be drawn across the map.
            if inside.all(axis=1).any() and np.ptp(points[:, 0]) < 180.0:
                lines.append(points)
        self.axes.add_collection(
            LineCollection(lines, colors=FAULT, linewidths=0.7, zorder=1), autolim=False
        )

    def key_below(self, columns: int = 2) -> None:
        """Put the legend under the label of the longitudes."""
        below = ScaledTranslation(0.0, -0.46, self.figure.dpi_scale_trans)
        self.axes.legend(
            loc="upper left", bbox_to_anchor=(0.0, 0.0), ncols=columns, borderaxespad=0.0,
            bbox_transform=self.axes.transAxes + below, handlelength=1.6,
        )  # fmt: skip

    def names(self, longitude: ArrayLike, latitude: ArrayLike, names: Iterable[str]) -> None:
        """Write names beside points."""
        for x, y, name in zip(self.x(longitude), np.asarray(latitude), names, strict=True):
            self.axes.annotate(
                str(name), (x, y), xytext=(3, -6), textcoords="offset points", fontsize=5.5,
                color="#5b6970", zorder=5, annotation_clip=True,
            )  # fmt: skip


@dataclass(frozen=True)
class VelocityScale:
    """How long a velocity is drawn.

    Parameters
    ----------
    degrees : float
        Degrees of latitude for 1 mm/yr.
    """

    degrees: float

    @classmethod
    def of(cls, view: MapView, speed: ArrayLike, spacing: float = np.inf) -> VelocityScale:
        """Return the scale at which fast velocities (95 % are slower) suit a map.

        Parameters
        ----------
        view : MapView
        speed : array_like
            mm/yr.
        spacing : float, optional
            Distance between neighbouring stations, degrees of latitude; where they are
            dense on a wide map arrows are drawn shorter.
        """
        known = np.asarray(speed, dtype=float)
        known = known[np.isfinite(known) & (known > 0.0)]
        fast = float(np.percentile(known, 95)) if known.size else 1.0
        return cls(min(SHARE * view.size, SPACINGS * spacing) / fast)

    def ends(
        self, view: MapView, longitude: ArrayLike, latitude: ArrayLike, velocity: ArrayLike
    ) -> NDArray[np.float64]:
        """Return where arrows end, shape (n, 2), map coordinates."""
        shift = np.asarray(velocity, dtype=float) * self.degrees
        return np.column_stack(
            [view.x(longitude) + shift[:, 0] * view.stretch, np.asarray(latitude) + shift[:, 1]]
        )

    def draw(
        self,
        view: MapView,
        longitude: ArrayLike,
        latitude: ArrayLike,
        velocity: ArrayLike,
        covariance: ArrayLike | None = None,
        *,
        colour: Any = INK,
        zorder: float = 3.0,
        label: str | None = None,
        weight: float = 1.0,
    ) -> None:
        """Draw arrows with the 95 % ellipses of their ends.

        Parameters
        ----------
        view : MapView
        longitude, latitude : array_like, shape (n,)
            Degrees.
        velocity : array_like, shape (n, 2)
            East and north, mm/yr.
        covariance : array_like, shape (n, 2, 2), optional
            mm2/yr2; without it no ellipses are drawn.
        colour : optional
        zorder : float, optional
        label : str, optional
            For the legend.
        weight : float, optional
            Width of the shafts, in units of the usual one.
        """
        x, y = view.x(longitude), np.asarray(latitude, dtype=float)
        ends = self.ends(view, longitude, latitude, velocity)
        many = len(x) > RASTER_FROM
        width = weight * float(np.clip(0.35 / np.sqrt(max(len(x), 1)), 0.006, 0.016))
        view.axes.quiver(
            x, y, ends[:, 0] - x, ends[:, 1] - y, angles="xy", scale_units="xy", scale=1.0,
            units="inches", width=width, headwidth=4.0, headlength=5.0, headaxislength=4.4,
            minlength=0.0, color=colour, zorder=zorder, rasterized=many,
        )  # fmt: skip
        if covariance is not None and len(x):
            outlines = ends[:, None, :] + self._ellipses(view, np.asarray(covariance, dtype=float))
            view.axes.add_collection(
                PolyCollection(
                    list(outlines), facecolors="none", edgecolors=[colour], linewidths=0.45,
                    alpha=0.65, zorder=zorder, rasterized=many,
                ),
                autolim=False,
            )  # fmt: skip
        if label is not None:
            view.axes.plot([], [], color=colour, lw=1.6, label=label)

    def _ellipses(self, view: MapView, covariance: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return outlines around the origin, shape (n, m, 2), map coordinates."""
        root = np.linalg.cholesky(covariance) * (ELLIPSE_95 * self.degrees)
        circle = np.stack([np.cos(_CIRCLE), np.sin(_CIRCLE)])
        outline = np.moveaxis(root @ circle, 1, 2)
        return np.asarray(outline * (view.stretch, 1.0))

    def legend(
        self,
        view: MapView,
        deviation: float | None = None,
        *,
        colour: Any = INK,
        unit: str = "mm/yr",
        row: int = 0,
    ) -> None:
        """Draw a scale arrow above the right corner of the map, with its ellipse.

        Parameters
        ----------
        view : MapView
        deviation : float, optional
            Standard deviation, mm/yr, whose 95 % circle stands at the end of the arrow.
        colour : optional
        unit : str, optional
            Of what the arrows show.
        row : int, optional
            Which of several scales above each other, from the map upwards.
        """
        axes = view.axes
        # About as long as the longest arrows, and never too short to be read.
        speed = nice_number(max(SHARE * view.size, 1e-9) / self.degrees)
        length = speed * self.degrees * view.stretch
        west, east = axes.get_xlim()
        y = axes.get_ylim()[1] + (0.045 + 0.075 * row) * np.ptp(axes.get_ylim())
        start = east - length - 0.01 * (east - west)
        text = f"{speed:g} {unit}"
        axes.quiver(
            [start], [y], [length], [0.0], angles="xy", scale_units="xy", scale=1.0,
            units="inches", width=0.014, headwidth=4.0, headlength=5.0, headaxislength=4.4,
            color=colour, clip_on=False,
        )  # fmt: skip
        if deviation is not None:
            outline = self._ellipses(view, np.eye(2)[None] * deviation**2)[0] + (start + length, y)
            axes.add_collection(
                PolyCollection(
                    [outline], facecolors="none", edgecolors=[colour], linewidths=0.6,
                    clip_on=False,
                ),
                autolim=False,
            )  # fmt: skip
            text += f" ± {_short(ELLIPSE_95 * deviation)} (95 %)"
        axes.text(
            start - 0.012 * (east - west), y, text, ha="right", va="center", fontsize=8.5,
            clip_on=False,
        )  # fmt: skip


def spacing_of(longitude: ArrayLike, latitude: ArrayLike) -> float:
    """Return the median distance to the nearest other station, degrees; infinite for one."""
    from scipy.spatial import KDTree

    points = places(longitude, latitude)
    if len(points) < 2:
        return float("inf")
    apart = float(np.median(KDTree(points).query(points, k=2)[0][:, 1]))
    return max(float(np.rad2deg(apart / RADIUS)), 1e-3)


def nice_number(value: float) -> float:
    """Return the number 1, 2 or 5 times a power of ten that is not above a value.

    Examples
    --------
    >>> nice_number(34.0), nice_number(0.99)
    (20.0, 0.5)
    """
    power = 10.0 ** np.floor(np.log10(value))
    step = max(s for s in (1.0, 2.0, 5.0) if s <= value / power * (1 + 1e-12))
    return float(step * power)


def _short(value: float) -> str:
    return f"{value:.1f}" if value >= 0.1 else f"{value:.2g}"
