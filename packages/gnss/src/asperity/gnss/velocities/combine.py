"""Several velocity fields into one: frames by common sites, sigmas by scatter, one row a site.

The first field gives the frame. Each further one is turned (and, if wanted,
shifted) into it by the stations that it shares with what has been combined so
far. Then a variance factor for each field is estimated from how far the fields
differ at common stations, and stations that stand together become one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError, InputError
from asperity.gnss.sphere import extent, places
from asperity.gnss.velocities.common_sites import match_sites
from asperity.gnss.velocities.motion import Motion
from asperity.gnss.velocities.network import Network
from asperity.gnss.velocities.rotation import (
    LEAST_STATIONS,
    REJECT,
    ROTATION,
    MotionFit,
    fit_motion,
)
from asperity.gnss.velocities.screening import close_groups, merge_close

__all__ = ["Combined", "FieldFit", "combine", "variance_factors"]

_ROUNDS = 30


@dataclass(frozen=True, eq=False)
class FieldFit:
    """How a field was brought into the frame of the first.

    Parameters
    ----------
    fit : MotionFit
        Of the velocities of the combination less those of the field.
    extent : float
        Longest distance between common stations, km; the motion is an extrapolation beyond.
    """

    fit: MotionFit
    extent: float


@dataclass(frozen=True, eq=False)
class Combined:
    """Several fields in one.

    Parameters
    ----------
    network : Network
        ``source`` says which fields a row comes from.
    fits : tuple of FieldFit
        One for each field after the first.
    factors : ndarray, shape (k,)
        Variance factor of each field; its covariances were multiplied by it.
    disagreements : tuple of dict
        Common stations whose velocities differ by more than their errors allow; the
        combination keeps the one that came first.
    merged : tuple of dict
        As in `Screened`.
    """

    network: Network
    fits: tuple[FieldFit, ...]
    factors: NDArray[np.float64]
    disagreements: tuple[dict[str, Any], ...] = field(default=())
    merged: tuple[dict[str, Any], ...] = field(default=())


def combine(
    networks: Sequence[Network],
    *,
    names: Sequence[str] | None = None,
    distance: float = 1.0,
    parameters: Sequence[str] = ROTATION,
    reject: float = REJECT,
    rescale: bool = True,
    frame_error: bool = False,
) -> Combined:
    """Combine velocity fields.

    Parameters
    ----------
    networks : sequence of Network
        Two or more; the first gives the frame.
    names : sequence of str, optional
        What the fields are called in ``source``.
    distance : float, optional
        Stations within it are one, km.
    parameters : sequence of str, optional
        What of a motion is estimated; see `asperity.gnss.velocities.motion.PARAMETERS`. A scale
        needs vertical velocities at the common stations.
    reject : float, optional
        Size of a disagreement, as in `fit_motion`.
    rescale : bool, optional
        Multiply covariances by the variance factors.
    frame_error : bool, optional
        Add the error of a field's motion to the covariances of its stations.

    Returns
    -------
    Combined

    Raises
    ------
    InputError
        If there are fewer than two fields.
    DataError
        If a field shares fewer than four stations with those before it.

    Notes
    -----
    Deviations hold the error of a station in its own field. The error of the motions is
    in `FieldFit`; with `frame_error` A C_w A' is added, which is right for one velocity in
    the frame of the first field, and too much for what stations of one field differ by,
    such as strain: to them it is common.
    """
    if len(networks) < 2:
        raise InputError(f"{len(networks)} velocity field; combining takes two or more")
    labels = list(names) if names is not None else [f"field {i}" for i in range(len(networks))]
    fields = [_labelled(n, label) for n, label in zip(networks, labels, strict=True)]
    parts, fits, listed = [fields[0]], [], []
    for number, field_ in enumerate(fields[1:], start=1):
        so_far = merge_close(Network.concatenate(parts), distance)[0]
        rows, partners = match_sites(so_far, field_, distance)
        fit = _field_motion(so_far.select(rows), field_.select(partners), parameters, reject)
        shift = fit.motion.velocity(*field_.coordinates)
        moved = field_.replace(
            east=field_.east + shift[:, 0],
            north=field_.north + shift[:, 1],
            up=field_.up + shift[:, 2],
            frame=fields[0].frame,
        )
        fits.append(FieldFit(fit, extent(places(*so_far.select(rows[fit.used]).coordinates))))
        listed += _disagreements(so_far.select(rows), moved.select(partners), fit, labels[number])
        parts.append(moved.select(np.setdiff1d(np.arange(len(moved)), partners[fit.rejected])))
    factors = variance_factors(parts, distance) if rescale else np.ones(len(parts))
    scaled = [_scaled(part, s) for part, s in zip(parts, factors.tolist(), strict=True)]
    if frame_error:
        scaled[1:] = [
            _with_motion_error(part, own.fit.motion)
            for part, own in zip(scaled[1:], fits, strict=True)
        ]
    network, merged = merge_close(Network.concatenate(scaled), distance)
    return Combined(network, tuple(fits), factors, tuple(listed), merged)


def _labelled(network: Network, label: str) -> Network:
    own = [f"{label}: {source}" if source else label for source in network.source]
    return network.replace(source=np.array(own, dtype=object))


def _field_motion(
    reference: Network, other: Network, parameters: Sequence[str], reject: float
) -> MotionFit:
    """Return the motion that takes the velocities of a field to those of the reference."""
    difference = reference.velocities - other.velocities
    covariance = reference.covariances + other.covariances
    if "scale" not in parameters:
        return fit_motion(
            *reference.coordinates, difference, covariance, parameters=parameters, reject=reject,
            floor=1.0,
        )  # fmt: skip
    vertical = reference.up - other.up
    known = np.isfinite(vertical) & np.isfinite(reference.sd_up) & np.isfinite(other.sd_up)
    if known.sum() < LEAST_STATIONS:
        raise DataError(
            f"{int(known.sum())} common stations have vertical velocities with sigmas in both "
            f"fields; a scale needs {LEAST_STATIONS} or more: leave --scale away"
        )
    full = np.zeros((len(reference), 3, 3))
    full[:, :2, :2] = covariance
    # Stations without a vertical velocity take part with next to no weight in it.
    full[:, 2, 2] = np.where(known, reference.sd_up**2 + other.sd_up**2, 1e12)
    observed = np.column_stack([difference, np.where(known, vertical, 0.0)])
    return fit_motion(
        *reference.coordinates, observed, full, candidates=known, parameters=parameters,
        reject=reject, floor=1.0,
    )  # fmt: skip


def _disagreements(
    reference: Network, moved: Network, fit: MotionFit, label: str
) -> list[dict[str, Any]]:
    apart = moved.velocities - reference.velocities
    deviation = np.sqrt(np.diagonal(reference.covariances + moved.covariances, axis1=1, axis2=2))
    return [
        {
            "site": str(reference.site[i]),
            "other_site": str(moved.site[i]),
            "field": label,
            "longitude": float(reference.longitude[i]),
            "latitude": float(reference.latitude[i]),
            "d_east": float(apart[i, 0]),
            "d_north": float(apart[i, 1]),
            "sd_east": float(deviation[i, 0]),
            "sd_north": float(deviation[i, 1]),
            "z": float(fit.distance[i]),
        }
        for i in np.flatnonzero(fit.rejected).tolist()
    ]


def _scaled(network: Network, factor: float) -> Network:
    root = float(np.sqrt(factor))
    return network.replace(
        sd_east=network.sd_east * root,
        sd_north=network.sd_north * root,
        sd_up=network.sd_up * root,
    )


def _with_motion_error(network: Network, motion: Motion) -> Network:
    """Return stations whose covariances hold the error of a motion besides their own."""
    covariance = network.covariances + motion.uncertainty(*network.coordinates)
    deviation = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    return network.replace(
        sd_east=deviation[:, 0],
        sd_north=deviation[:, 1],
        correlation=covariance[:, 0, 1] / deviation.prod(axis=1),
    )


def variance_factors(networks: Sequence[Network], distance: float = 1.0) -> NDArray[np.float64]:
    """Return by how much the covariances of each field are too small, shape (k,).

    Parameters
    ----------
    networks : sequence of Network
        In one frame, without stations that disagree.
    distance : float, optional
        Stations within it are one, km.

    Returns
    -------
    ndarray, shape (k,)
        One or more; one where a field shares no station.

    Notes
    -----
    With the residuals r of the field's velocities from the weighted means of the common
    stations and the share of the redundancy that falls to it, f = sum r' C^-1 r /
    sum (2 - tr(C^-1 C_mean)), repeated with the covariances scaled until it stands still.

    References
    ----------
    Foerstner 1979, Allgemeine Vermessungs-Nachrichten 86, 446-453.
    """
    group = close_groups(Network.concatenate(networks), distance)
    count = np.bincount(group)
    owner = np.repeat(np.arange(len(networks)), [len(n) for n in networks])
    shared = count[group] > 1
    # A group within one field says nothing of how it differs from the others.
    fields_of = np.zeros((count.size, len(networks)), dtype=bool)
    fields_of[group, owner] = True
    shared &= fields_of.sum(axis=1)[group] > 1
    velocity = np.concatenate([n.velocities for n in networks])[shared]
    covariance = np.concatenate([n.covariances for n in networks])[shared]
    group, owner = np.unique(group[shared], return_inverse=True)[1], owner[shared]
    factors = np.ones(len(networks))
    if not owner.size:
        return factors
    for _ in range(_ROUNDS):
        weight = np.linalg.inv(covariance * factors[owner, None, None])
        total = np.zeros((group.max() + 1, 2, 2))
        moment = np.zeros((group.max() + 1, 2))
        np.add.at(total, group, weight)
        np.add.at(moment, group, np.einsum("nij,nj->ni", weight, velocity))
        mean_covariance = np.linalg.inv(total)
        mean = np.einsum("gij,gj->gi", mean_covariance, moment)
        residual = velocity - mean[group]
        misfit = np.einsum("ni,nij,nj->n", residual, weight, residual)
        redundancy = 2.0 - np.einsum("nij,nji->n", weight, mean_covariance[group])
        sums = [np.bincount(owner, v, minlength=len(networks)) for v in (misfit, redundancy)]
        step = np.divide(sums[0], sums[1], out=np.ones(len(networks)), where=sums[1] > 1e-6)
        updated = np.maximum(factors * step, 1.0)
        still = np.allclose(updated, factors, rtol=1e-4)
        factors = updated
        if still:
            break
    return factors
