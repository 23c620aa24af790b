"""Two fields side by side: velocities one over the other, their difference, strain maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from cmcrameri import cm
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.figures.catalog import trim
from asperity.core.figures.style import new_figure, styled
from asperity.core.geometry import Faults, PolygonRegion, Region
from asperity.gnss.figures.arrows import FAULT, MapView, VelocityScale, spacing_of
from asperity.gnss.figures.strain import limits_of, quantity_label
from asperity.gnss.velocities.results import network_of

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["difference_map", "overlay_map", "strain_comparison"]

Numbers = NDArray[np.float64]
FIRST, SECOND, CHANGED, SAME = "#111111", "#cf2a27", "#8f2d83", "#9aa5ac"
LEVEL = 0.05
"""Share of false discoveries below which a difference is drawn in colour."""


@styled
def overlay_map(
    document: Mapping[str, Any], *, names: bool = False, faults: Faults | None = None
) -> Figure:
    """Draw two velocity fields at their common stations, the first black, the second red.

    Parameters
    ----------
    document : mapping
        From `asperity.gnss.velocities.results.compare_document`.
    names : bool, optional
        Write the names of the stations.
    faults : Faults, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    fields = [network_of(document[key], str(document["frame"])) for key in ("first", "second")]
    view = MapView.around(*fields[0].coordinates)
    view.faults(faults)
    speeds = np.concatenate([np.hypot(f.east, f.north) for f in fields])
    scale = VelocityScale.of(view, speeds, spacing_of(*fields[0].coordinates))
    # The first is wider, so that it shows where both are alike.
    for network, colour, label, weight in zip(
        fields, (FIRST, SECOND), document["names"], (1.5, 0.8), strict=True
    ):
        scale.draw(
            view, *network.coordinates, network.velocities, network.covariances,
            colour=colour, label=label, weight=weight,
        )  # fmt: skip
    scale.legend(view, float(np.median([fields[0].sd_east, fields[0].sd_north])))
    if names:
        view.names(*fields[0].coordinates, fields[0].site)
    view.key_below()
    view.axes.set_title(f"frame {document['frame']}" if document["frame"] else "")
    trim(view.figure)
    return view.figure


@styled
def difference_map(
    document: Mapping[str, Any],
    *,
    names: bool = False,
    faults: Faults | None = None,
    blocks: Sequence[Region | PolygonRegion] = (),
) -> Figure:
    """Draw the change at each common station; what stands out of the noise is in colour.

    Parameters
    ----------
    document : mapping
        From `asperity.gnss.velocities.results.compare_document`.
    names : bool, optional
        Write the names of the stations.
    faults : Faults, optional
    blocks : sequence of region, optional
        Outlines to draw.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = document["differences"]
    longitude, latitude, d_east, d_north, sd_east, sd_north, rho, q = (
        np.array([row[key] for row in rows], dtype=np.float64)
        for key in (
            "longitude", "latitude", "d_east", "d_north", "sd_east", "sd_north", "rho", "q",
        )
    )  # fmt: skip
    difference = np.column_stack([d_east, d_north])
    cross = rho * sd_east * sd_north
    covariance = np.moveaxis(np.array([[sd_east**2, cross], [cross, sd_north**2]]), -1, 0)
    changed = q <= LEVEL
    view = MapView.around(longitude, latitude)
    view.faults(faults)
    _outlines(view, blocks)
    shown = difference[changed] if changed.any() else difference
    scale = VelocityScale.of(view, np.hypot(*shown.T), spacing_of(longitude, latitude))
    for chosen, colour, label, order in (
        (~changed, SAME, f"within the noise ({int((~changed).sum())})", 2.5),
        (changed, CHANGED, f"changed ({int(changed.sum())}; at most 5 % by chance)", 3.5),
    ):
        scale.draw(
            view, longitude[chosen], latitude[chosen], difference[chosen],
            covariance[chosen] if colour == CHANGED else None,
            colour=colour, label=label, zorder=order,
        )  # fmt: skip
    scale.legend(view, float(np.median([sd_east, sd_north])))
    if names:
        view.names(longitude[changed], latitude[changed],
                   [r["site"] for r, c in zip(rows, changed, strict=True) if c])  # fmt: skip
    view.key_below()
    view.axes.set_title(f"{document['names'][1]} less {document['names'][0]}")
    trim(view.figure)
    return view.figure


def _outlines(view: MapView, blocks: Sequence[Region | PolygonRegion]) -> None:
    lines = []
    for block in blocks:
        shape = (block.polygon if isinstance(block, Region) else block).shape
        for polygon in shape.geoms:
            ring = np.asarray(polygon.exterior.coords)
            lines.append(np.column_stack([view.x(ring[:, 0]), ring[:, 1]]))
    view.axes.add_collection(
        LineCollection(lines, colors="#3b6ea5", linewidths=0.9, linestyles="--", zorder=1.5),
        autolim=False,
    )


@styled
def strain_comparison(
    first: xr.Dataset,
    second: xr.Dataset,
    difference: xr.Dataset,
    quantity: str = "max_shear_half",
    *,
    names: Sequence[str] = ("first", "second"),
    unit: str = "nanostrain",
    faults: Faults | None = None,
) -> Figure:
    """Draw a quantity of two strain fields with one colour scale, and their difference.

    Parameters
    ----------
    first, second : xarray.Dataset
        On one grid; the second from `asperity.gnss.strain_rate.compare_fields.on_grid_of`.
    difference : xarray.Dataset
        From `asperity.gnss.strain_rate.compare_fields.compare_fields`. Where it is below two
        standard deviations it is hatched.
    quantity : str, optional
    names : sequence of str, optional
    unit : {"nanostrain", "1e-8"}, optional
    faults : Faults, optional

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If the fields do not hold the quantity.
    """
    if quantity not in difference:
        held = ", ".join(str(n) for n in difference.data_vars if not str(n).endswith(("_sd", "_z")))
        raise InputError(f"the fields have no {quantity!r} in common; they have {held}")
    factor, label = quantity_label(quantity, unit)
    maps = [factor * f[quantity].values for f in (first, second, difference)]
    both = np.concatenate([m.ravel() for m in maps[:2]])
    signed = bool((both[np.isfinite(both)] < 0.0).any())
    norm = Normalize(*limits_of(both, signed=signed))
    change = Normalize(*limits_of(maps[2], signed=True))
    longitude, latitude = first.longitude.values, first.latitude.values
    stretch = 1.0 / max(np.cos(np.deg2rad(float(latitude.mean()))), 0.1)
    ratio = float(np.ptp(latitude) * stretch / max(np.ptp(longitude), 1e-9))
    figure = new_figure(10.2, 3.0 * float(np.clip(ratio, 0.3, 2.0)) + 1.5)
    panels = figure.subplots(1, 3, sharex=True, sharey=True)
    sequential = cm.vik if signed else cm.lajolla_r
    looks = ((sequential, norm), (sequential, norm), (cm.vik, change))
    titles = (*names, f"{names[1]} less {names[0]}")
    drawn: list[Any] = []
    for axes, values, (colours, scale), title in zip(panels, maps, looks, titles, strict=True):
        drawn.append(
            axes.pcolormesh(
                longitude, latitude, values, cmap=colours, norm=scale, shading="nearest",
                rasterized=True,
            )
        )  # fmt: skip
        axes.set(aspect=stretch, xlabel="longitude (degree)", title=title)
        axes.set_facecolor("#eef1f3")
        axes.grid(visible=False)
        _fault_lines(axes, faults)
    panels[0].set_ylabel("latitude (degree)")
    if f"{quantity}_z" in difference:
        quiet = (np.abs(difference[f"{quantity}_z"].values) < 2.0).astype(float)
        quiet[~np.isfinite(maps[2])] = np.nan
        if np.nanmax(quiet, initial=0.0) > 0.5 and min(quiet.shape) > 1:
            with mpl.rc_context({"hatch.linewidth": 0.35, "hatch.color": "#5b6970"}):
                panels[2].contourf(
                    longitude, latitude, quiet, levels=[0.5, 1.5], colors="none",
                    hatches=["////"],
                )  # fmt: skip
    figure.colorbar(drawn[0], ax=panels[:2], location="bottom", shrink=0.6, label=label)
    figure.colorbar(drawn[2], ax=panels[2:], location="bottom", shrink=0.9,
                    label="change; hatched: below 2 sd")  # fmt: skip
    trim(figure)
    return figure


def _fault_lines(axes: Axes, faults: Faults | None) -> None:
    if faults is None:
        return
    limits = axes.get_xlim(), axes.get_ylim()
    lines = [trace.coordinates for trace in faults.without_folds()]
    axes.add_collection(LineCollection(lines, colors=FAULT, linewidths=0.5), autolim=False)
    axes.set(xlim=limits[0], ylim=limits[1])
