"""Joints as the kernels hold them: their rows of properties and of history, made for pairs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from asperity.core.kernels import prepare
from asperity.dem.engine.groups import make, select
from asperity.dem.engine.joints import FlatJoint, Joint, ParallelBond, SmoothJoint

prepare()  # before a kernel module is imported

from asperity.dem.engine._kernels import smooth_joint as sj  # noqa: E402
from asperity.dem.engine._kernels.flat_joint import ELEMENT_COLUMNS, FLAT_JOINT  # noqa: E402
from asperity.dem.engine._kernels.layout import BONDED, Contacts  # noqa: E402
from asperity.dem.engine._kernels.parallel_bond import PARALLEL_BOND  # noqa: E402
from asperity.dem.engine._kernels.smooth_joint import SMOOTH_JOINT  # noqa: E402

if TYPE_CHECKING:
    from asperity.dem.engine.assembly import Assembly

__all__ = ["BOND_COHESION", "BOND_STATE", "BOND_TENSION", "ELEMENT_STATE", "FLAT_STRENGTHS",
           "joined", "joint_stiffness"]  # fmt: skip

Array = NDArray[np.float64]
#: Of parallel bonds: rows of the properties that hold strengths, and of the history that holds
#: whether they are bonded.
BOND_TENSION, BOND_COHESION, BOND_STATE = 11, 12, 10
#: Of flat joints: rows of the properties that hold strengths, and the column of an element that
#: holds whether it is bonded.
FLAT_STRENGTHS, ELEMENT_STATE = slice(3, 5), 2


def joined(
    assembly: Assembly, joint: Joint, pairs: NDArray[np.int32], rng: np.random.Generator | None,
    normals: Array | None, areas: Array | None, parameters: Array | None,
) -> Contacts:  # fmt: skip
    """Return new joints between pairs of grains; `System.install` says what the arguments are.

    Bonds and flat joints are sorted by their grains; smooth joints keep the order of the pairs.
    """
    if isinstance(joint, SmoothJoint):
        return _smooth(assembly, joint, pairs, normals, areas, parameters)
    if isinstance(joint, FlatJoint):
        group = _flat(assembly, joint, pairs, rng or np.random.default_rng(0))
    else:
        group = _bonds(assembly, joint, pairs)
    return select(group, np.lexsort((group.j, group.i)))


def _bonds(assembly: Assembly, joint: ParallelBond, pairs: NDArray[np.int32]) -> Contacts:
    i, j = pairs.T
    properties = joint.properties(assembly.pair(i, j))
    group = make(i, j, properties, PARALLEL_BOND[1], assembly.ledger)
    group.history[BOND_STATE] = BONDED
    return group


def _flat(
    assembly: Assembly, joint: FlatJoint, pairs: NDArray[np.int32], rng: np.random.Generator
) -> Contacts:
    i, j = pairs.T
    properties = joint.properties(assembly.pair(i, j), rng)
    elements = np.zeros((len(pairs), joint.elements, ELEMENT_COLUMNS))
    elements[:, :, ELEMENT_STATE] = BONDED
    group = make(i, j, properties, FLAT_JOINT[1], assembly.ledger, elements)
    normal = _normals(assembly, pairs)
    across = np.eye(3)[np.argmin(np.abs(normal), axis=1)]
    first = across - np.sum(across * normal, axis=1)[:, None] * normal
    group.history[:3] = (first / np.linalg.norm(first, axis=1)[:, None]).T
    return group


def _smooth(
    assembly: Assembly, joint: SmoothJoint, pairs: NDArray[np.int32],
    normals: Array | None, areas: Array | None, parameters: Array | None,
) -> Contacts:  # fmt: skip
    i, j = pairs.T
    p = np.zeros((SMOOTH_JOINT[0], len(pairs)))
    p[0:3] = (_normals(assembly, pairs) if normals is None else normals).T
    if areas is None:
        areas = np.pi * (joint.radius_multiplier * assembly.pair(i, j).smaller) ** 2
    p[sj.AREA] = areas
    p[sj.KN], p[sj.KS] = joint.normal_stiffness, joint.shear_stiffness
    p[sj.TENSILE] = min(joint.tensile_strength, 1e30)
    p[sj.COHESION] = min(joint.cohesion, 1e30)
    p[sj.BOND_TANGENT] = math.tan(math.radians(joint.friction_angle))
    p[sj.DILATION] = math.tan(math.radians(joint.dilation_angle))
    values = np.array(joint.parameters)[:, None] if parameters is None else parameters
    p[sj.FRICTION : sj.FRICTION + len(values)] = values
    group = make(i, j, p, SMOOTH_JOINT[1], assembly.ledger)
    group.history[sj.STATE] = BONDED if joint.bonded else 0.0
    group.history[sj.MU] = p[sj.FRICTION]
    if joint.law == "rate-state":
        group.history[sj.THETA] = p[sj.FRICTION + 4] / p[sj.FRICTION + 3]
    return group


def _normals(assembly: Assembly, pairs: NDArray[np.int32]) -> Array:
    away = assembly.separations(pairs[:, 0], pairs[:, 1])
    return np.asarray(away / np.linalg.norm(away, axis=1)[:, None])


def joint_stiffness(name: str, properties: Array, flat_shape: Array) -> tuple[Array, Array, Array]:
    """Return normal, shear (N/m) and own rotational stiffness (N m) of joints of one kind.

    Parameters
    ----------
    name : {"parallel_bond", "flat_joint", "smooth_joint"}
    properties : ndarray, shape (P, n)
    flat_shape : ndarray
        Of flat joints, see `FlatJoint.shape`.
    """
    p = properties
    if name == "flat_joint":
        ratio = flat_shape[0, 0]
        area = np.pi * p[2] ** 2
        second = p[1] * np.pi * p[2] ** 4 / 4.0
        return p[1] * area, p[1] * area / ratio, second + 2.0 * second / ratio
    if name == "smooth_joint":
        return p[sj.KN] * p[sj.AREA], p[sj.KS] * p[sj.AREA], np.zeros(p.shape[1])
    return p[0] + p[5] * p[4], p[1] + p[6] * p[4], p[7] + p[8]
