"""The state of a specimen as tables: grains, contacts and fault, for other programs."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from asperity.dem.engine.joining import ELEMENT_STATE
from asperity.dem.engine.system import System

from asperity.dem.engine._kernels import smooth_joint as sj  # isort: skip
from asperity.dem.engine._kernels.layout import BONDED  # isort: skip

__all__ = ["MODELS", "contact_table", "grain_table", "state_dataset"]

#: Numbers of contact models in exported tables.
MODELS = ("linear", "hooke", "hertz", "parallel_bond", "flat_joint", "smooth_joint", "custom")
_UNITS = {
    "radius": "m", "mass": "kg", "velocity": "m s-1", "spin": "rad s-1", "normal_force": "N",
    "shear_force": "N", "area": "m2", "slip": "m", "position": "m",
}  # fmt: skip


def grain_table(system: System) -> dict[str, NDArray[Any]]:
    """Return ``position, radius, mass, velocity, spin, coordination, grain`` of each grain."""
    n = len(system)
    pairs, _ = _touching(system)
    return {
        "position": system.rows[:, :3].copy(),
        "radius": system.rows[:, 3].copy(),
        "mass": system.rows[:, 7].copy(),
        "velocity": system.rows[:, 4:7].copy(),
        "spin": system.turning[:, :3].copy(),
        "coordination": np.bincount(pairs.ravel(), minlength=n).astype(np.int64),
        "grain": system.ids.astype(np.int64),
    }


def contact_table(system: System) -> dict[str, NDArray[Any]]:
    """Return ``pair, model, bonded, normal_force, shear_force`` of each contact that holds.

    `pair` holds rows of `grain_table`; `model` counts in `MODELS`; `bonded` is the share of
    the contact's elements that are bonded. Forces are those of the present positions, split
    along the line of the centres (smooth joints: along the joint's normal), compression
    positive, N.
    """
    pairs, model = _touching(system)
    world = system.forces_now()
    normal = np.zeros(len(pairs))
    shear = np.zeros(len(pairs))
    bonded = np.zeros(len(pairs))
    for k, name in enumerate(MODELS):
        rows = np.flatnonzero(model == k)
        if not len(rows):
            continue
        group = getattr(world, name)
        chosen = _chosen(system, name)
        force = world.forces[0][group.slot_j[chosen], :3]
        if name == "smooth_joint":
            along = group.properties[:3, chosen].T
            bonded[rows] = group.history[sj.STATE, chosen] == BONDED
        else:
            along = system.separations(group.i[chosen], group.j[chosen])
            along /= np.linalg.norm(along, axis=1)[:, None]
        if name == "flat_joint":
            bonded[rows] = (group.extra[chosen, :, ELEMENT_STATE] == BONDED).mean(axis=1)
        elif name == "parallel_bond":
            bonded[rows] = group.history[10, chosen] == BONDED
        pressed = np.sum(force * along, axis=1)
        normal[rows] = pressed
        shear[rows] = np.linalg.norm(force - pressed[:, None] * along, axis=1)
    return {
        "pair": pairs.astype(np.int64), "model": model, "bonded": bonded,
        "normal_force": normal, "shear_force": shear,
    }  # fmt: skip


def _chosen(system: System, name: str) -> NDArray[np.intp]:
    """Return the rows of a group that are contacts: joints, and pairs that touch."""
    group = system.groups[name]
    if name in ("flat_joint", "smooth_joint", "parallel_bond"):
        return np.arange(len(group.i))
    return np.flatnonzero(system.gaps(name) < 0.0)


def _touching(system: System) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    system.refresh()
    pairs, models = [np.zeros((0, 2), np.int32)], [np.zeros(0, np.uint8)]
    for k, name in enumerate(MODELS):
        group = system.groups[name]
        if len(group.i):
            chosen = _chosen(system, name)
            pairs.append(np.column_stack([group.i[chosen], group.j[chosen]]))
            models.append(np.full(len(chosen), k, np.uint8))
    return np.concatenate(pairs), np.concatenate(models)


def state_dataset(system: System) -> xr.Dataset:
    """Return grains and contacts in one data set, dimensions ``grain`` and ``contact``."""
    variables: dict[str, Any] = {}
    for dimension, table in (("grain", grain_table(system)), ("contact", contact_table(system))):
        for name, values in table.items():
            label = "id" if name == "grain" else name
            others = () if values.ndim == 1 else (("end",) if name == "pair" else ("axis",))
            units = {"units": _UNITS.get(name, "1")}
            variables[label] = ((dimension, *others), values, units)
    variables["model"][2].update(
        flag_values=np.arange(len(MODELS), dtype=np.uint8), flag_meanings=" ".join(MODELS)
    )
    return xr.Dataset(variables, attrs={"Conventions": "CF-1.11", "title": "state of a specimen"})
