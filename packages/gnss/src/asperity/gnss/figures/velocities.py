"""Maps of velocity fields."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from asperity.core.errors import DataError
from asperity.core.figures.catalog import RASTER_FROM, trim
from asperity.core.figures.style import INK, styled
from asperity.core.geometry import Faults
from asperity.gnss.figures.arrows import MapView, VelocityScale, spacing_of
from asperity.gnss.velocities.network import Network

__all__ = ["velocity_map"]


@styled
def velocity_map(
    network: Network,
    *,
    names: bool = False,
    faults: Faults | None = None,
    title: str | None = None,
    marked: Network | None = None,
) -> Figure:
    """Draw velocities as arrows with their 95 % error ellipses.

    Parameters
    ----------
    network : Network
        Without standard deviations no ellipses are drawn.
    names : bool, optional
        Write the names of the stations.
    faults : Faults, optional
        Traces to draw beneath.
    title : str, optional
        The frame of the network when missing.
    marked : Network, optional
        Stations to mark with a ring, such as those that define a block.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        If the network holds no station.
    """
    if not len(network):
        raise DataError("the network holds no station; there is nothing to draw")
    view = MapView.around(*network.coordinates)
    axes = view.axes
    view.faults(faults)
    axes.scatter(
        view.x(network.longitude), network.latitude, s=2.5, color="#8a979f", linewidths=0,
        zorder=2, rasterized=len(network) > RASTER_FROM,
    )  # fmt: skip
    if marked is not None and len(marked):
        axes.scatter(
            view.x(marked.longitude), marked.latitude, s=16, facecolors="none",
            edgecolors="#c8662b", linewidths=0.7, zorder=4,
            label=f"block ({len(marked)} stations)",
        )  # fmt: skip
        view.key_below()
    scale = VelocityScale.of(
        view, np.hypot(network.east, network.north), spacing_of(*network.coordinates)
    )
    known = network.has_deviations
    scale.draw(
        view, *network.coordinates, network.velocities,
        network.covariances if known else None, colour=INK,
    )  # fmt: skip
    typical = float(np.median([network.sd_east, network.sd_north])) if known else None
    scale.legend(view, typical)
    if names:
        view.names(*network.coordinates, network.site)
    shown = title if title is not None else (f"frame {network.frame}" if network.frame else "")
    axes.set_title(shown)
    trim(view.figure)
    return view.figure
