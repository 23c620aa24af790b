"""What `dem pack` prints, writes and draws: grains, joints, the fault between them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from cmcrameri import cm

from asperity.core.figures.style import INK, new_figure, set_titles, styled
from asperity.dem.laboratory.fault import joint_places
from asperity.dem.laboratory.fault_map import FaultOutline
from asperity.dem.laboratory.roughness import RoughFault, SelfAffineSurface

from asperity.dem.engine._kernels import smooth_joint as sj  # isort: skip

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from asperity.dem.laboratory.triaxial import Simulation

__all__ = ["fault_figure", "profile_power", "specimen_dataset", "specimen_document"]

#: Points of a profile, and profiles of a spectrum.
PROFILE_POINTS, PROFILES = 256, 32


def specimen_document(simulation: Simulation) -> dict[str, Any]:
    """Return counts of grains and joints, porosity, and what the fault is like."""
    system = simulation.system
    s = simulation.configuration.specimen
    radii = system.rows[:, 3]
    n = len(system)
    groups = {name: system.groups[name] for name in ("flat_joint", "smooth_joint")}
    joined = np.concatenate([np.concatenate([g.i, g.j]) for g in groups.values()])
    joints = np.bincount(joined, minlength=n)
    gaps = np.concatenate([system.gaps(name) for name in groups])
    solid = 4.0 / 3.0 * math.pi * float(np.sum(radii**3))
    return {
        "particles": n,
        "joints": {name: len(g.i) for name, g in groups.items()},
        "joints_per_grain": float(joints.mean()) / 2.0,
        "floaters": int((joints < s.least_joints).sum()),
        "installation_gap": float(gaps.max()),
        "touching_per_grain": 2.0 * len(system.close_pairs(0.0)) / n,
        "porosity": 1.0 - solid / (simulation.section * s.height),
        "mean_radius": float(radii.mean()),
        "critical_time_step": system.critical_time_step(),
        "fault": _fault(simulation) if len(groups["smooth_joint"].i) else None,
    }


def _fault(simulation: Simulation) -> dict[str, Any]:
    p = simulation.system.groups["smooth_joint"].properties
    plane = simulation.fault
    steep = np.degrees(np.arccos(np.clip(plane.normal @ p[:3], -1.0, 1.0)))
    document: dict[str, Any] = {
        "angle": plane.angle,
        "area": plane.area(simulation.configuration.specimen.diameter),
        "joint_area": float(p[sj.AREA].sum()),
        "joint_slope_degrees": float(np.sqrt(np.mean(steep**2))),
        "roughness": None,
    }
    if isinstance(plane, RoughFault):
        places = _places(simulation)
        heights = plane.surface.heights(places)
        document["roughness"] = {
            "rms": simulation.configuration.fault.roughness,
            "rms_at_joints": float(np.sqrt(np.mean((heights - heights.mean()) ** 2))),
            "hurst": simulation.configuration.fault.hurst,
            "waves": len(plane.surface.cosines),
        }
    return document


def _places(simulation: Simulation) -> NDArray[np.float64]:
    """Return dip and strike of the smooth joints, shape (n, 2), m."""
    joints = simulation.system.groups["smooth_joint"]
    return joint_places(simulation.system, simulation.fault, np.column_stack([joints.i, joints.j]))


def specimen_dataset(simulation: Simulation) -> xr.Dataset:
    """Return grains and joints, dimensions ``grain``, ``flat_joint``, ``smooth_joint``."""
    system = simulation.system
    rows, flat, smooth = system.rows, system.groups["flat_joint"], system.groups["smooth_joint"]
    variables: dict[str, Any] = {
        name: ("grain", rows[:, k], {"units": "m"}) for k, name in enumerate(("x", "y", "z"))
    }
    variables["radius"] = ("grain", rows[:, 3], {"units": "m"})
    variables["mass"] = ("grain", rows[:, 7], {"units": "kg"})
    for name, group in (("flat_joint", flat), ("smooth_joint", smooth)):
        pairs = np.column_stack([group.i, group.j])
        variables[f"{name}_grains"] = ((name, "side"), pairs, {"long_name": "rows of the grains"})
    variables["flat_joint_radius"] = ("flat_joint", flat.properties[2], {"units": "m"})
    variables["smooth_joint_area"] = ("smooth_joint", smooth.properties[sj.AREA], {"units": "m2"})
    variables["smooth_joint_normal"] = (
        ("smooth_joint", "axis"),
        smooth.properties[:3].T,
        {"long_name": "from the lower to the upper side"},
    )
    return xr.Dataset(variables, attrs={"Conventions": "CF-1.11", "title": "specimen of grains"})


def profile_power(
    surface: SelfAffineSurface, direction: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean power of profiles along a direction, by wavelength.

    Parameters
    ----------
    surface : SelfAffineSurface
    direction : {0, 1}
        Along the dip or the strike.

    Returns
    -------
    wavelength : ndarray, shape (k,)
        m.
    power : ndarray, shape (k,)
        Spectral density of the heights, m3; ``wavelength^(1 + 2 H)`` for a self-affine surface.
    """
    ticks = surface.period * np.arange(PROFILE_POINTS) / PROFILE_POINTS
    mean = np.zeros(PROFILE_POINTS // 2 + 1)
    for other in surface.period * (np.arange(PROFILES) + 0.5) / PROFILES:
        places = np.full((PROFILE_POINTS, 2), other)
        places[:, direction] = ticks
        spectrum = np.fft.rfft(surface.heights(places)) / PROFILE_POINTS
        mean += 2.0 * surface.period * np.abs(spectrum) ** 2 / PROFILES
    number = np.arange(1, len(mean))
    return surface.period / number, mean[1:]


@styled
def fault_figure(simulation: Simulation, name: str = "") -> Figure:
    """Draw the heights of a fault with its joints and, where it is rough, their spectrum."""
    plane = simulation.fault
    rough = plane if isinstance(plane, RoughFault) else None
    figure = new_figure(8.0 if rough else 5.0, 4.2)
    grid = figure.subplots(1, 2, squeeze=False)[0] if rough else [figure.subplots()]
    outline = FaultOutline(plane, simulation.configuration.specimen.diameter)
    if rough:
        heights = outline.grid(rough.surface.heights) * 1e3
        outline.draw_field(grid[0], heights, "height, mm", cm.vik)
    outline.draw_joints(grid[0], _places(simulation))
    if rough:
        _spectrum(grid[1], rough.surface, simulation.configuration.fault.hurst)
    set_titles(grid[0], "Fault and its joints")
    set_titles(grid[-1], "Profiles" if rough else "Fault and its joints", name)
    return figure


def _spectrum(axes: Axes, surface: SelfAffineSurface, hurst: float) -> None:
    for direction, label, colour in ((0, "down dip", "#3b6fb6"), (1, "along strike", "#d08a1e")):
        wavelength, power = profile_power(surface, direction)
        kept = power > 1e-6 * power.max()
        axes.loglog(wavelength[kept] * 1e3, power[kept] * 1e9, "o", ms=3, color=colour, label=label)
    shown = wavelength[kept]
    middle = int(np.argmin(np.abs(np.log(shown / np.exp(np.log(shown).mean())))))
    line = power[kept][middle] * (shown / shown[middle]) ** (1.0 + 2.0 * hurst)
    exponent = 1.0 + 2.0 * hurst
    label = f"wavelength to the power {exponent:g}"
    axes.loglog(shown * 1e3, line * 1e9, color=INK, lw=1.0, label=label)
    axes.set_xlabel("wavelength, mm")
    axes.set_ylabel("power of profiles, mm³")
    axes.legend(loc="lower right")
