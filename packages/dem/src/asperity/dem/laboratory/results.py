"""What a laboratory earthquake leaves: labelled histories, acoustic emissions, a summary."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from asperity.core.catalog import Catalog
from asperity.core.geometry.mechanisms import (
    TENSOR_COMPONENTS,
    moment_magnitude,
    scalar_moment,
    tensor_components,
)
from asperity.dem.laboratory.confinement import lateral_stress
from asperity.dem.laboratory.recorder import EVENT_COLUMNS, JOINT_BREAK
from asperity.dem.laboratory.triaxial import Simulation

from asperity.dem.engine._kernels import smooth_joint as sj  # isort: skip
from asperity.dem.engine._kernels.layout import BONDED, BROKEN_SHEAR, BROKEN_TENSION  # isort: skip

if TYPE_CHECKING:
    from asperity.dem.laboratory.triaxial import History

__all__ = [
    "broken_before_loading",
    "contacts_dataset",
    "elementary_catalog",
    "energy_closure",
    "history_dataset",
    "specimen_summary",
    "stress_drops",
    "summary",
]

Array = NDArray[np.float64]
_ENERGIES = (
    "kinetic_energy", "strain_energy", "slip_work", "dashpot_work", "released_energy",
    "damping_work", "platen_work", "membrane_work",
)  # fmt: skip
#: Shear modulus of granite for moments, Pa.
SHEAR_MODULUS = 22e9
#: Time after the break of a joint in which its slip is part of the event, s.
SLIP_AFTER = 1e-5
#: Of the search for stress drops: share of the largest stress, and times, s.
DROP_SHARE, DROP_WINDOW, MERGE_WINDOW, SMOOTHING = 0.10, 1e-3, 6e-4, 2e-5


def history_dataset(simulation: Simulation) -> xr.Dataset:
    """Return the sampled history with units, dimension ``time`` in s since the loading began."""
    h = simulation.history
    columns: dict[str, tuple[Any, str, str]] = {
        "axial_strain": (h.strain, "1", "shortening of the specimen over its height"),
        "axial_stress": (h.axial_stress, "Pa", "mean of both platens, compression positive"),
        "confining_stress": (h.confining_stress, "Pa", "pressure on the membrane"),
        "deviator": (h.deviator, "Pa", "axial less confining stress"),
        "force_bottom": (h.platen_forces[:, 0], "N", "of the grains on the lower platen"),
        "force_top": (h.platen_forces[:, 1], "N", "of the grains on the upper platen"),
        "closure_error": (energy_closure(h), "J", "work done less what is stored or lost"),
    }
    for k, name in enumerate(_ENERGIES):
        columns[name] = (h.energies[:, k], "J", name.replace("_", " ") + " since loading began")
    return xr.Dataset(
        {
            name: ("time", values, {"units": unit, "long_name": title})
            for name, (values, unit, title) in columns.items()
        },
        coords={
            "time": ("time", h.time, {"units": "s", "long_name": "time since loading began"}),
            "step": ("time", h.step, {"units": "1", "long_name": "time step"}),
        },
        attrs={"Conventions": "CF-1.11", "title": "history of a triaxial test"},
    )


def contacts_dataset(simulation: Simulation) -> xr.Dataset:
    """Return forces and friction of the smooth joints, dimensions ``time`` and ``contact``."""
    h = simulation.history
    joints = simulation.system.groups["smooth_joint"]
    rows = simulation.system.rows
    place = 0.5 * (rows[joints.i, :3] + rows[joints.j, :3])
    parts = (
        ("normal_force", "N", "normal force of the joint, compression positive"),
        ("shear_force", "N", "size of the shear force of the joint"),
        ("friction", "1", "friction coefficient in force"),
        ("slip", "m", "length of the path of slip since the loading began"),
        ("strength", "N", "shear force that the joint bears, by its bond or by friction"),
    )
    variables: dict[str, Any] = {
        name: (("time", "contact"), h.joints[:, k], {"units": unit, "long_name": title})
        for k, (name, unit, title) in enumerate(parts)
    }
    for k, name in enumerate("xyz"):
        variables[name] = (("contact",), place[:, k], {"units": "m"})
    variables["area"] = (("contact",), joints.properties[3], {"units": "m2"})
    for name, side in (("grain_i", joints.i), ("grain_j", joints.j)):
        variables[name] = (("contact",), simulation.system.ids[side], {"units": "1"})
    return xr.Dataset(variables, coords={"time": ("time", h.time, {"units": "s"})})


def energy_closure(history: History) -> Array:
    """Return work done on the grains less what is stored or lost, J, since the first account.

    NaN at samples without an account of energies.
    """
    e = history.energies
    accounted = np.flatnonzero(np.isfinite(e[:, 0]))
    if not len(accounted):
        return np.full(len(e), np.nan)
    change = e - e[accounted[0]]
    return np.asarray(change[:, 6:].sum(axis=1) - change[:, :6].sum(axis=1))


def elementary_catalog(simulation: Simulation) -> Catalog:
    """Return bond breaks and slip episodes as a catalog, local frame, relative time.

    Beside the columns of every catalog: ``mode`` (``tension`` or ``shear``), ``grain_i``,
    ``grain_j``, ``element`` (of a flat joint; the number of a joint of the fault) and the unit
    normal ``normal_x, normal_y, normal_z``.

    Notes
    -----
    The moment tensor of a dislocation u on an area A with the normal n in an isotropic
    body, ``M = A (lambda (u . n) I + G (u n + n u))`` with lambda = G (Aki & Richards 2002,
    section 3.3). For an episode u is its slip, for a break the motion whose elastic energy
    was released, or the slip of the joint in the ten microseconds after it, if that is more.
    ``M0 = sqrt(sum M_ij^2 / 2)``, ``Mw = (2/3)(log10 M0 - 9.1)``.
    """
    table = dict(zip(EVENT_COLUMNS, simulation.events.T, strict=True))
    n = len(table["step"])
    dt = simulation.system.time_step
    slip = np.column_stack([table[f"slip_{k}"] for k in "xyz"])
    slip *= _growth_after_break(simulation, table, np.linalg.norm(slip, axis=1))[:, None]
    normal = np.column_stack([table[f"normal_{k}"] for k in "xyz"])
    opening = np.sum(slip * normal, axis=1)
    outer = slip[:, :, None] * normal[:, None, :]
    matrix = outer + np.swapaxes(outer, 1, 2) + opening[:, None, None] * np.eye(3)
    tensor = tensor_components(SHEAR_MODULUS * table["area"][:, None, None] * matrix)
    moment = scalar_moment(tensor)
    begin = (table["step"] - simulation.loading_start) * dt
    names = np.array(["flat-joint break", "joint break", "slip episode"], dtype=object)
    return Catalog.from_columns(
        {
            "time": np.round(begin * 1e9).astype(np.int64),
            "magnitude": moment_magnitude(moment),
            "magnitude_type": np.full(n, "Mw", dtype=object),
            "x": table["x"], "y": table["y"], "z": table["z"],
            "moment": moment,
            **{name: tensor[:, k] for k, name in enumerate(TENSOR_COMPONENTS)},
            "event_type": names[table["model"].astype(int)],
            "duration": (table["end_step"] - table["step"]) * dt,
            "source_area": table["area"],
            "slip": np.linalg.norm(slip, axis=1),
            "energy": table["energy"],
            "n_members": np.ones(n, np.int64),
            "mode": np.where(table["mode"] == BROKEN_TENSION, "tension", "shear").astype(object),
            "grain_i": table["ball_i"].astype(np.int64),
            "grain_j": table["ball_j"].astype(np.int64),
            "element": table["element"].astype(np.int64),
            **{f"normal_{k}": normal[:, c] for c, k in enumerate("xyz")},
        },
        frame="local",
        axes="ENU",
        time_frame="relative",
        time_origin="start of the loading",
    )  # fmt: skip


def broken_before_loading(simulation: Simulation) -> dict[str, int]:
    """Return how many elements of flat joints and joints of the fault pressure alone has broken."""
    groups, start = simulation.system.groups, simulation.loading_start
    flat, joint = groups["flat_joint"].extra, groups["smooth_joint"].history
    broken = np.isin(joint[sj.STATE], (BROKEN_TENSION, BROKEN_SHEAR))
    return {
        "flat_joint": int(((flat[:, :, 2] != BONDED) & (flat[:, :, 3] < start)).sum()),
        "smooth_joint": int((broken & (joint[sj.BROKE] < start)).sum()),
    }


def _growth_after_break(simulation: Simulation, table: dict[str, Array], released: Array) -> Array:
    """Return by how much joints that broke slipped further than their elastic motion.

    1 for all other events; the path of slip is taken from the samples of the joints.
    """
    factor = np.ones(len(released))
    record = simulation.recorder.joint_record
    broke = np.flatnonzero((table["model"] == JOINT_BREAK) & (table["mode"] != BROKEN_TENSION))
    if not len(broke) or len(record) < 2:
        return factor
    steps = simulation.recorder.record[:, 0]
    later = SLIP_AFTER / simulation.system.time_step
    for e in broke:
        path = record[:, 3, int(table["element"][e])]
        begin, end = np.interp([table["step"][e], table["step"][e] + later], steps, path)
        if end - begin > released[e] > 0.0:
            factor[e] = (end - begin) / released[e]
    return factor


def stress_drops(time: Array, deviator: Array) -> list[dict[str, float]]:
    """Find falls of the deviator by more than a tenth of its largest value within 1 ms.

    A fall that begins within 0.6 ms of the last one belongs to it: platen and specimen
    bounce once or twice after a large slip.

    Parameters
    ----------
    time : ndarray, shape (n,)
        Evenly spaced, s.
    deviator : ndarray, shape (n,)
        Pa.

    Returns
    -------
    list of dict
        ``time`` of the peak before the fall, ``peak``, ``low`` and ``drop``, of the stress
        smoothed over 0.02 ms, s and Pa.
    """
    if len(time) < 3:
        return []
    dt = float(time[1] - time[0])
    smooth = uniform_filter1d(deviator, max(1, round(SMOOTHING / dt)), mode="nearest")
    window, merged = max(2, round(DROP_WINDOW / dt)), max(1, round(MERGE_WINDOW / dt))
    least = DROP_SHARE * float(smooth.max())
    drops: list[dict[str, float]] = []
    begin, k = 0, 0
    while least > 0.0 and k < len(smooth):
        first = max(begin, k - window)
        top = first + int(np.argmax(smooth[first : k + 1]))
        if smooth[top] - smooth[k] < least:
            k += 1
            continue
        low = float(smooth[top : top + window].min())
        peak = float(smooth[top])
        drops.append({"time": float(time[top]), "peak": peak, "low": low, "drop": peak - low})
        begin = k = max(k + 1, top + merged)
    return drops


def summary(simulation: Simulation) -> dict[str, Any]:
    """Return what `dem run --json` prints."""
    h = simulation.history
    system = simulation.system
    drops = stress_drops(h.time, h.deviator)
    events = simulation.events
    on_fault = events[events[:, 2] > 0.0]
    first = drops[0]["time"] if drops else math.inf
    fore = int(((on_fault[:, 0] - simulation.loading_start) * system.time_step < first).sum())
    steps = int(h.step[-1]) if len(h.step) else 0
    contacts = system.contacts
    closure = energy_closure(h)
    work = np.abs(h.energies[:, 6:]).max(axis=1)
    known = np.flatnonzero(np.isfinite(closure))
    share = float(np.abs(closure[known]).max() / np.nanmax(work)) if len(known) else None
    rate = (
        steps * sum(len(g.i) for g in system.groups.values()) / max(simulation.wall_seconds, 1e-9)
    )
    volume = simulation.section * simulation.configuration.specimen.height
    return {
        "particles": len(system),
        "contacts": contacts,
        "steps": steps,
        "timestep": system.time_step,
        "wall_seconds": simulation.wall_seconds,
        "contact_updates_per_second": rate,
        "mainshocks": len(drops),
        "foreshocks": fore,
        "elementary_events": {
            "flat_joint_tension": int(((events[:, 2] == 0.0) & (events[:, 3] == 1.0)).sum()),
            "flat_joint_shear": int(((events[:, 2] == 0.0) & (events[:, 3] == 2.0)).sum()),
            "joint_tension": int(((events[:, 2] == 1.0) & (events[:, 3] == 1.0)).sum()),
            "joint_shear": int(((events[:, 2] == 1.0) & (events[:, 3] == 2.0)).sum()),
            "slip_episodes": int((events[:, 2] == 2.0).sum()),
        },
        "joints_handed_over": simulation.handed_over,
        "energy_closure": share,
        "broken_before_loading": broken_before_loading(simulation),
        "sigma3_mean": lateral_stress(system, volume),
        "peak_deviator": float(h.deviator.max()),
        "stress_drops": drops,
        "young": _young(h),
    }


def specimen_summary(simulation: Simulation) -> dict[str, Any]:
    """Return what `dem prepare --json` prints: the specimen under pressure, before its loading."""
    system = simulation.system
    specimen = simulation.configuration.specimen
    volume = simulation.section * specimen.height
    contacts = system.contacts
    grains = 4.0 / 3.0 * math.pi * float(np.sum(system.rows[:, 3] ** 3))
    return {
        "particles": len(system),
        "contacts": contacts,
        "coordination": 2.0 * sum(contacts.values()) / len(system),
        "porosity": 1.0 - grains / volume,
        "mean_radius": float(system.rows[:, 3].mean()),
        "timestep": system.time_step,
        "steps": system.step,
        "axial_stress": simulation.deviator + simulation.configuration.cell.pressure,
        "broken_before_loading": broken_before_loading(simulation),
        "sigma3_mean": lateral_stress(system, volume),
    }


def _young(history: History) -> float | None:
    """Slope of the stress-strain curve between 25 and 50 % of the first 100 MPa, Pa."""
    rising = np.flatnonzero(history.deviator >= 100e6)
    end = int(rising[0]) if len(rising) else len(history.deviator)
    part = slice(0, end)
    stress, strain = history.deviator[part], history.strain[part]
    inside = (stress > 25e6) & (stress < 75e6)
    if inside.sum() < 5:
        return None
    return float(np.polyfit(strain[inside], stress[inside], 1)[0])
