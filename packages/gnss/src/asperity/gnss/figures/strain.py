"""Maps of strain fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from cmcrameri import cm
from matplotlib.colors import LinearSegmentedColormap, Normalize, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.figures.catalog import trim
from asperity.core.figures.style import INK, STAR, STYLE, new_figure, styled
from asperity.core.geometry import Faults
from asperity.gnss.events import Event
from asperity.gnss.figures.arrows import SHARE, MapView, nice_number
from asperity.gnss.strain_rate.strain import OPTIONAL, QUANTITIES, principal

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["ATLAS", "UNITS", "limits_of", "quantity_label", "strain_atlas", "strain_map"]

Array = NDArray[np.float64]

#: Factor and label of the units that legends may have.
UNITS = {"nanostrain": (1.0, "nanostrain/yr"), "1e-8": (0.1, r"$\times$ 10$^{-8}$/yr")}
# The light part of a sequential map: arrows have to stand out on it.
_LIGHT = LinearSegmentedColormap.from_list("light", cm.lajolla_r(np.linspace(0.0, 0.6, 128)))
_PALE = LinearSegmentedColormap.from_list("pale", cm.vik(np.linspace(0.17, 0.83, 256)))
_EXTENSION, _SHORTENING = "#1f4e9c", "#1c1c1c"
_MARKS = {"strike-slip": "*", "normal": "v", "thrust": "^"}
_AXES_SHOWN = 420
#: The seven quantities of Ma et al. 2024 (the principal rates are two), in reading order.
ATLAS = {
    "e1": "Larger principal rate e1",
    "e2": "Smaller principal rate e2",
    "max_shear_half": "Maximum shear, (e1 - e2)/2",
    "first_shear": "First shear, ee - nn",
    "strain_ee": "East-west, ee",
    "strain_nn": "North-south, nn",
    "second_invariant": "Second invariant",
    "dilatation": "Dilatation, ee + nn",
}


def quantity_label(name: str, unit: str = "nanostrain") -> tuple[float, str]:
    """Return the factor and the label with which a quantity or its `_sd` is shown."""
    known = QUANTITIES | OPTIONAL
    base = name.removesuffix("_sd")
    if name == "resolution":
        return 1.0, "posterior over prior standard deviation"
    if base not in known:
        names = ", ".join([*known, "resolution"])
        raise InputError(f"quantity {name!r}; allowed are {names}, and those with _sd")
    factor, label = 1.0, known[base].unit
    if label == "nanostrain/yr":
        factor, label = UNITS[unit]
    what = "standard deviation of " if name.endswith("_sd") else ""
    return factor, f"{what}{known[base].title} ({label})"


def limits_of(values: Array, *, signed: bool) -> tuple[float, float]:
    """Return colour limits that 2 % of the values lie outside of."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return (-1.0, 1.0) if signed else (0.0, 1.0)
    if signed:
        top = float(np.quantile(np.abs(finite), 0.98)) or 1.0
        return -top, top
    return 0.0, float(np.quantile(finite, 0.98)) or 1.0


def _signed(name: str) -> bool:
    return name in (
        "velocity_east", "velocity_north", "strain_ee", "strain_nn", "strain_en", "rotation",
        "dilatation", "first_shear", "second_shear", "e1", "e2", "second_invariant_det",
    )  # fmt: skip


@styled
def strain_map(
    field: xr.Dataset,
    quantity: str = "max_shear_half",
    *,
    axes: bool = False,
    unit: str = "nanostrain",
    faults: Faults | None = None,
    stations: tuple[Array, Array] | None = None,
    events: Sequence[Event] = (),
    title: str | None = None,
    limits: tuple[float, float] | None = None,
) -> Figure:
    """Draw one quantity of a strain field in colour.

    Parameters
    ----------
    field : xarray.Dataset
        On a grid or at points.
    quantity : str
        A name of `asperity.gnss.strain_rate.strain.QUANTITIES`, one with ``_sd``, or
        ``resolution``.
    axes : bool
        Draw principal axes: outward arrows extend, inward ones shorten.
    unit : {"nanostrain", "1e-8"}
    faults : Faults, optional
    stations : tuple of ndarray, optional
        Longitude and latitude, degrees.
    events : sequence of Event
    title : str, optional
    limits : tuple of float, optional
        Of the colours, in the unit shown.

    Returns
    -------
    matplotlib.figure.Figure
    """
    if quantity not in field:
        quantity_label(quantity)
        raise InputError(
            f"the field holds no {quantity}; it holds {', '.join(map(str, field.data_vars))}"
        )
    factor, label = quantity_label(quantity, unit)
    values = factor * np.where(field.mask.values == 0, field[quantity].values, np.nan)
    low, high = limits or limits_of(values, signed=_signed(quantity))
    colours, norm = _colours(quantity, low, high)
    longitude, latitude = field.longitude.values, field.latitude.values
    gridded = field[quantity].ndim == 2
    across = np.broadcast_arrays(longitude, latitude[:, None] if gridded else latitude)
    view = MapView.around(across[0].ravel(), across[1].ravel(), beside=1.15)
    view.axes.grid(visible=False)
    if gridded:
        drawn: Any = view.axes.pcolormesh(
            view.x(longitude), latitude, values, cmap=colours, norm=norm, shading="nearest",
            rasterized=True, zorder=0,
        )  # fmt: skip
    else:
        drawn = view.axes.scatter(
            view.x(longitude), latitude, c=values, cmap=colours, norm=norm, s=26,
            edgecolors="white", linewidths=0.3, zorder=2,
        )  # fmt: skip
    view.axes.set_facecolor("#eef1f3")
    view.faults(faults)
    if stations is not None:
        view.axes.scatter(
            view.x(stations[0]), stations[1], s=1.6, color=INK, alpha=0.55, linewidths=0,
            zorder=2, rasterized=len(stations[0]) > 3000,
        )  # fmt: skip
    handles = _events(view, events)
    if axes:
        handles += _principal_axes(view, field, unit)
    _colour_bar(view, drawn, label, values, (low, high), quantity)
    if handles:
        # Below the label of the axis, however flat the map.
        below = ScaledTranslation(0.0, -0.5, view.figure.dpi_scale_trans)
        view.axes.legend(
            handles=handles, loc="upper left", bbox_to_anchor=(0.0, 0.0), ncols=3,
            bbox_transform=view.axes.transAxes + below, borderaxespad=0.0, handletextpad=0.4,
        )  # fmt: skip
    view.axes.set_title(_title(quantity) if title is None else title)
    trim(view.figure)
    return view.figure


def _colours(quantity: str, low: float, high: float) -> tuple[Any, Normalize]:
    """Return the colour map of a quantity, and how its values fall on it."""
    if quantity == "azimuth_e1":
        return cm.romaO, Normalize(0.0, 180.0)
    if _signed(quantity):
        return _PALE, TwoSlopeNorm(0.0, low, high)
    return _LIGHT, Normalize(low, high)


def strain_atlas(
    field: xr.Dataset, *, unit: str = "nanostrain", faults: Faults | None = None
) -> Figure:
    """Draw the quantities of `ATLAS` side by side.

    Parameters
    ----------
    field : xarray.Dataset
        On a grid.
    unit : {"nanostrain", "1e-8"}
    faults : Faults, optional

    Raises
    ------
    InputError
        If the field is not on a grid.
    """
    if field.mask.ndim != 2:
        raise InputError("an atlas needs a field on a grid; this one is at points")
    longitude, latitude = field.longitude.values, field.latitude.values
    stretch = 1.0 / max(np.cos(np.radians(latitude.mean())), 0.1)
    ratio = float(np.clip(np.ptp(latitude) * stretch / max(np.ptp(longitude), 1e-9), 0.4, 1.6))
    with mpl.rc_context({**STYLE, "axes.titlesize": 9, "font.size": 8}):
        figure = new_figure(11.0, 2 * (2.45 * ratio + 0.95))
        for axes, (quantity, title) in zip(
            figure.subplots(2, 4).ravel(), ATLAS.items(), strict=True
        ):
            factor, _ = quantity_label(quantity, unit)
            values = factor * np.where(field.mask.values == 0, field[quantity].values, np.nan)
            colours, norm = _colours(quantity, *limits_of(values, signed=_signed(quantity)))
            drawn = axes.pcolormesh(
                longitude, latitude, values, cmap=colours, norm=norm, shading="nearest",
                rasterized=True,
            )  # fmt: skip
            axes.set(aspect=stretch, facecolor="#eef1f3")
            axes.grid(visible=False)
            MapView(figure, axes, float(longitude[0])).faults(faults)
            axes.set_title(title)
            figure.colorbar(
                drawn, ax=axes, orientation="horizontal", extend="both", shrink=0.8, aspect=30,
                pad=0.02,
            ).outline.set_visible(False)  # fmt: skip
        figure.suptitle(f"Strain rate ({UNITS[unit][1]})", x=0.01, ha="left", fontweight="bold")
    return figure


def _title(quantity: str) -> str:
    known = QUANTITIES | OPTIONAL
    base = quantity.removesuffix("_sd")
    text = known[base].title if base in known else "resolution"
    text = text[:1].upper() + text[1:]
    return f"{text}, standard deviation" if quantity.endswith("_sd") else text


def _colour_bar(
    view: MapView, drawn: Any, label: str, values: Array, limits: tuple[float, float], quantity: str
) -> None:
    finite = values[np.isfinite(values)]
    over = bool(finite.size and finite.max() > limits[1])
    under = bool(finite.size and finite.min() < limits[0])
    extend = "neither"
    if quantity != "azimuth_e1":
        extend = {(0, 0): "neither", (1, 0): "max", (0, 1): "min", (1, 1): "both"}[(over, under)]
    bar = view.figure.colorbar(drawn, ax=view.axes, extend=extend, pad=0.02, shrink=0.85)
    bar.set_label(label)
    bar.outline.set_visible(False)


def _events(view: MapView, events: Sequence[Event]) -> list[Line2D]:
    shown: dict[str, Line2D] = {}
    places: list[tuple[float, float]] = []
    for event in sorted(events, key=lambda e: -e.latitude):
        x, y = float(view.x([event.longitude])[0]), event.latitude
        (west, east), (south, north) = view.axes.get_xlim(), view.axes.get_ylim()
        if not (west <= x <= east and south <= y <= north):
            continue
        mark = _MARKS[event.style]
        size = 13.0 if mark == "*" else 8.0
        (line,) = view.axes.plot(
            [x], [y], mark, ms=size, mfc=STAR, mec=INK, mew=0.8, zorder=6, ls="none",
            label=f"M $\\geq$ 7, {event.style}",
        )  # fmt: skip
        shown.setdefault(event.style, line)
        # Beneath an event that is labelled close by, the label goes below.
        near = any(abs(x - a) < 4.0 and abs(y - b) < 1.2 for a, b in places)
        places.append((x, y))
        view.axes.annotate(
            f"{event.name} {event.year}", (x, y), xytext=(0, -13) if near else (7, 4),
            ha="center" if near else "left", textcoords="offset points",
            fontsize=6.8, zorder=5, color=INK, annotation_clip=True,
            bbox={"boxstyle": "round,pad=0.12", "fc": "white", "ec": "none", "alpha": 0.7},
        )  # fmt: skip
    return list(shown.values())


def _principal_axes(view: MapView, field: xr.Dataset, unit: str) -> list[Line2D]:
    """Draw pairs of arrows along both principal axes, of a length by their rate."""
    thin = field
    if field.strain_ee.ndim == 2:
        step = max(1, int(np.ceil(np.sqrt(field.strain_ee.size / _AXES_SHOWN))))
        first = step // 2
        thin = field.isel(latitude=slice(first, None, step), longitude=slice(first, None, step))
    latitude, longitude = np.broadcast_arrays(
        thin.latitude.values[:, None] if thin.strain_ee.ndim == 2 else thin.latitude.values,
        thin.longitude.values,
    )
    good = (thin.mask.values == 0) & np.isfinite(thin.strain_ee.values)
    e1, e2, azimuth = principal(*(thin[f"strain_{c}"].values[good] for c in ("ee", "nn", "en")))
    x, y = view.x(longitude[good]), latitude[good]
    if not x.size:
        return []
    sizes = np.maximum(np.abs(e1), np.abs(e2))
    scale = 0.45 * SHARE * view.size / float(np.quantile(sizes, 0.95))
    axes_of = ((e1, np.radians(azimuth)), (e2, np.radians(azimuth + 90.0)))
    for rate, angle in axes_of:
        # Each axis is two arrows: outward where it extends, inward where it shortens.
        for side in (1.0, -1.0):
            dx = side * np.sin(angle) * np.abs(rate) * scale * view.stretch
            dy = side * np.cos(angle) * np.abs(rate) * scale
            for extends, colour in ((True, _EXTENSION), (False, _SHORTENING)):
                chosen = (rate >= 0.0) == extends
                start = (x, y) if extends else (x + dx, y + dy)
                sign = 1.0 if extends else -1.0
                view.axes.quiver(
                    start[0][chosen], start[1][chosen], sign * dx[chosen], sign * dy[chosen],
                    angles="xy", scale_units="xy", scale=1.0, units="inches", width=0.009,
                    headwidth=3.6, headlength=4.0, headaxislength=3.6, minlength=0.0,
                    color=colour, zorder=4, rasterized=True,
                )  # fmt: skip
    factor, label = UNITS[unit]
    # The scale bar shows one arm of an axis.
    shown = nice_number(float(np.quantile(sizes, 0.95)))
    length = shown * scale * view.stretch
    west, east = view.axes.get_xlim()
    south, north = view.axes.get_ylim()
    top = north + 0.045 * (north - south)
    view.axes.plot([east - length, east], [top, top], color=INK, lw=1.6, clip_on=False)
    view.axes.text(
        east - length - 0.012 * (east - west), top, f"{factor * shown:g} {label}", ha="right",
        va="center", fontsize=8.5, clip_on=False,
    )  # fmt: skip
    return [
        Line2D([], [], color=_EXTENSION, lw=1.8, label="extension"),
        Line2D([], [], color=_SHORTENING, lw=1.8, label="shortening"),
    ]
