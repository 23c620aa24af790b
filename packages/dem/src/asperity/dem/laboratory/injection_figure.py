"""The figure of an injection: pressure on the fault at the end, and its course."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from cmcrameri import cm

from asperity.core.figures.style import INK, new_figure, set_titles, styled
from asperity.dem.laboratory.fault import FaultPlane, joint_places
from asperity.dem.laboratory.fault_map import FaultOutline
from asperity.dem.laboratory.injection import FaultInjection

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from asperity.dem.laboratory.triaxial import Simulation

__all__ = ["injection_figure"]


@styled
def injection_figure(simulation: Simulation, fluid: FaultInjection, name: str = "") -> Figure:
    """Draw the pressure along the fault when it is highest at the point, and all in time."""
    c = simulation.configuration
    outline = FaultOutline(FaultPlane(c.fault.angle), c.specimen.diameter)
    joints = simulation.system.groups["smooth_joint"]
    pairs = np.column_stack([joints.i, joints.j])
    table = fluid.operations()
    time = table.time * 1e-6  # ns to ms
    highest = int(np.argmax(table.columns["pressure"]))
    then = FaultInjection(fluid.settings, fluid.half_dip, fluid.half_strike, fluid.interval)
    then.advance(highest)
    history = simulation.history
    figure = new_figure(8.0, 4.4)
    grid = figure.add_gridspec(3, 2, width_ratios=(1, 1.3))
    left = figure.add_subplot(grid[:, 0])
    outline.draw_field(left, outline.grid(then.at) / 1e6, "pressure of the fluid, MPa", cm.batlow_r)
    outline.draw_joints(left, joint_places(simulation.system, outline.plane, pairs))
    left.plot(1e3 * c.injection.strike, 1e3 * c.injection.dip, "x", color="#c44e3b", ms=7, mew=2)
    set_titles(left, f"Fault after {time[highest]:.3g} ms")
    upper, middle, lower = (figure.add_subplot(grid[k, 1]) for k in range(3))
    upper.step(time, table.columns["rate"] * 1e9, where="post", color="#3b6fb6", lw=1.2)
    upper.set_ylabel("rate,\nmm³/s")
    middle.plot(time, table.columns["pressure"] / 1e6, color="#c44e3b", lw=1.2)
    middle.set_ylabel("pressure at\nthe point, MPa")
    middle.axvline(time[highest], color=INK, lw=0.8, ls=(0, (2, 2)))
    lower.plot(history.time * 1e3, history.deviator / 1e6, color=INK, lw=0.9)
    lower.set_ylabel("deviator,\nMPa")
    lower.set_xlabel("time since loading began, ms")
    for axes in (upper, middle):
        axes.sharex(lower)
        axes.tick_params(labelbottom=False)
    set_titles(upper, "Injection", name)
    return figure
