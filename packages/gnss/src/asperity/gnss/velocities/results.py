"""The documents that commands on velocities print: plain keys and values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from asperity.gnss.sphere import places
from asperity.gnss.velocities.formats import NetworkResult
from asperity.gnss.velocities.motion import Motion
from asperity.gnss.velocities.network import Network
from asperity.gnss.velocities.screening import Screened

if TYPE_CHECKING:
    from asperity.gnss.velocities.combine import Combined
    from asperity.gnss.velocities.compare import BlockChange, Change, Comparison
    from asperity.gnss.velocities.rotation import BlockFit, MotionFit

__all__ = [
    "block_document",
    "bounds",
    "combine_document",
    "compare_document",
    "info_document",
    "motion_document",
    "network_of",
    "shift_document",
    "velocities",
]


def info_document(result: NetworkResult, kept: Screened) -> dict[str, Any]:
    """Return what a table holds and what its screening makes of it.

    Parameters
    ----------
    result : NetworkResult
        The whole table.
    kept : Screened
        What is left of it.
    """
    network = result.network
    return {
        "stations": len(network),
        "rejected": len(result.rejections),
        "rejections": [vars(r) for r in result.rejections],
        "format": result.format,
        "frame": network.frame,
        "bounds": bounds(network),
        **_sizes(network),
        "repeated_names": len(network) - len({*network.site}),
        "with_vertical": int(np.isfinite(network.up).sum()),
        "start": _extreme(network.start, np.min),
        "end": _extreme(network.end, np.max),
        "spacing_median": _spacing(network),
        "kept": len(kept.network),
        "left_out": list(kept.rejected),
        "merged": list(kept.merged),
        "velocities": velocities(kept.network),
        "notes": list(result.notes),
        "status": "ok" if network.has_deviations else "no sigmas: state one with --sigma",
    }


def velocities(network: Network) -> list[dict[str, Any]]:
    """Return one entry a station: ``site, longitude, latitude, ve, vn, se, sn, rho``."""
    columns = [getattr(network, name).tolist() for name in _LISTED.values()]
    return [dict(zip(_LISTED, row, strict=True)) for row in zip(*columns, strict=True)]


_LISTED = {
    "site": "site", "longitude": "longitude", "latitude": "latitude", "ve": "east", "vn": "north",
    "se": "sd_east", "sn": "sd_north", "rho": "correlation",
}  # fmt: skip


def network_of(entries: Sequence[Mapping[str, Any]], frame: str = "") -> Network:
    """Return the network that `velocities` listed."""
    columns: dict[str, Any] = {}
    for key, name in _LISTED.items():
        values = [entry[key] for entry in entries]
        columns[name] = values if key == "site" else np.array(values, dtype=np.float64)
    return Network.from_columns(frame=frame, **columns)


def _sizes(network: Network) -> dict[str, Any]:
    speed = np.hypot(network.east, network.north)
    return {
        "speed_median": float(np.median(speed)),
        "speed_max": float(speed.max()),
        "sd_east_median": _extreme(network.sd_east, np.median),
        "sd_north_median": _extreme(network.sd_north, np.median),
    }


def _extreme(values: NDArray[np.float64], which: Any) -> float | None:
    known = values[np.isfinite(values)]
    return float(which(known)) if known.size else None


def _spacing(network: Network) -> float | None:
    """Return the median distance to the nearest other station, km."""
    if len(network) < 2:
        return None
    from scipy.spatial import KDTree

    points = places(*network.coordinates)
    return float(np.median(KDTree(points).query(points, k=2)[0][:, 1]))


def bounds(network: Network) -> dict[str, float]:
    """Return the smallest box around the stations, degrees; its west may lie east of its east.

    Examples
    --------
    >>> across = Network.from_columns(
    ...     longitude=[179.0, -178.0], latitude=[-17.0, -18.0], east=0.0, north=0.0)
    >>> bounds(across)
    {'west': 179.0, 'east': -178.0, 'south': -18.0, 'north': -17.0}
    """
    sorted_ = np.sort(network.longitude)
    gaps = np.diff(sorted_, append=sorted_[:1] + 360.0)
    widest = int(np.argmax(gaps))
    return {
        "west": float(sorted_[(widest + 1) % sorted_.size]),
        "east": float(sorted_[widest]),
        "south": float(network.latitude.min()),
        "north": float(network.latitude.max()),
    }


# -- frames --------------------------------------------------------------------


def motion_document(motion: Motion) -> dict[str, Any]:
    """Return a motion as ``pole``, ``omega``, ``translation`` and ``scale``."""
    pole = motion.pole
    sd = pole.deviations
    return {
        "pole": {
            "latitude": pole.latitude,
            "longitude": pole.longitude,
            "rate_deg_per_myr": pole.rate,
            "latitude_sd": float(sd[0]),
            "longitude_sd": float(sd[1]),
            "rate_sd": float(sd[2]),
            "covariance": pole.covariance,
        },
        "omega": {
            "x": float(motion.omega[0]),
            "y": float(motion.omega[1]),
            "z": float(motion.omega[2]),
            "unit": "1e-6 rad/yr",
            "covariance": motion.covariance[:3, :3],
        },
        "translation": motion.translation,
        "scale": motion.scale,
    }


def _fit_document(fit: MotionFit) -> dict[str, Any]:
    return {
        "n_used": int(fit.used.sum()),
        "chi2_reduced": fit.chi2_reduced,
        "rms": fit.rms,
        "condition": fit.condition,
    }


def block_document(network: Network, name: str, block: BlockFit) -> dict[str, Any]:
    """Return the rotation of a block and what its stations say of it.

    Parameters
    ----------
    network : Network
        As it was before.
    name : str
    block : BlockFit
    """
    fit, rigidity = block.fit, block.rigidity
    strain = dict(zip(("ee", "nn", "en"), rigidity.strain.tolist(), strict=True))
    strain |= dict(zip(("ee_sd", "nn_sd", "en_sd"), rigidity.deviations.tolist(), strict=True))
    return {
        "block": name,
        "from": network.frame,
        "to": name,
        **motion_document(fit.motion),
        "n_candidates": int((fit.used | fit.rejected).sum()),
        **_fit_document(fit),
        "rejected": [
            {
                "site": str(network.site[i]),
                "longitude": float(network.longitude[i]),
                "latitude": float(network.latitude[i]),
                "residual_east": float(fit.residuals[i, 0]),
                "residual_north": float(fit.residuals[i, 1]),
                "distance": float(fit.distance[i]),
            }
            for i in np.flatnonzero(fit.rejected).tolist()
        ],
        "extent_km": block.extent,
        "rigidity": {"f": rigidity.f, "p": rigidity.p, "strain": strain},
        "used": network.site[fit.used].tolist(),
        "status": "ok",
    }


def shift_document(network: Network, moved: Network, motion: Motion) -> dict[str, Any]:
    """Return a change between published frames.

    Parameters
    ----------
    network, moved : Network
        Before and after.
    motion : Motion
        What was added.
    """
    return {
        "block": None,
        "from": network.frame,
        "to": moved.frame,
        **motion_document(motion),
        "n_candidates": None,
        "n_used": None,
        "chi2_reduced": None,
        "rejected": [],
        "used": [],
        "status": "published motion, taken as known",
    }


# -- several fields ------------------------------------------------------------

DEPENDENT = 0.3
"""Reduced chi2 of differences below which two fields share their data."""


def _independence(chi2_reduced: float) -> str:
    if chi2_reduced >= DEPENDENT:
        return "ok"
    return (
        f"the fields differ by far less than their errors (reduced chi2 {chi2_reduced:.2g}): they "
        "share data, and their errors are not independent"
    )


def combine_document(combined: Combined, names: Sequence[str]) -> dict[str, Any]:
    """Return how fields were brought together.

    Parameters
    ----------
    combined : Combined
    names : sequence of str
        Of the fields.
    """
    rotations = [
        {
            "field": name,
            **motion_document(one.fit.motion),
            **_fit_document(one.fit),
            "extent_km": one.extent,
            "status": _independence(one.fit.chi2_reduced),
        }
        for name, one in zip(names[1:], combined.fits, strict=True)
    ]
    return {
        "n_sites": len(combined.network),
        "frame": combined.network.frame,
        "fields": list(names),
        "rotations": rotations,
        "variance_factors": dict(zip(names, combined.factors.tolist(), strict=True)),
        "disagreements": list(combined.disagreements),
        "n_merged": len(combined.merged),
        "merged": list(combined.merged),
        "velocities": velocities(combined.network),
        "status": "; ".join({r["status"] for r in rotations} - {"ok"}) or "ok",
    }


def compare_document(
    comparison: Comparison, names: Sequence[str], blocks: Sequence[BlockChange] = ()
) -> dict[str, Any]:
    """Return what differs between two fields.

    Parameters
    ----------
    comparison : Comparison
    names : sequence of str
        Of the two fields.
    blocks : sequence of BlockChange, optional
    """
    fit = comparison.fit
    rotation = None
    if fit is not None:
        rotation = {**motion_document(fit.motion), **_fit_document(fit)}
    return {
        "kind": "velocities",
        "names": list(names),
        "frame": comparison.first.frame,
        "n_common": len(comparison.first),
        "rotation": rotation,
        "variance_factor": comparison.factor,
        "n_significant": int((comparison.q <= 0.05).sum()),
        "n_significant_speed": _significant(comparison.speed),
        "n_significant_azimuth": _significant(comparison.azimuth),
        "differences": _differences(comparison),
        "regions": [_region(change) for change in blocks],
        "first": velocities(comparison.first),
        "second": velocities(comparison.second),
        "status": _independence(fit.chi2_reduced) if fit is not None else "frames as they were",
    }


def _significant(change: Change) -> int:
    return int((change.q <= 0.05).sum())


def _differences(comparison: Comparison) -> list[dict[str, Any]]:
    deviation = np.sqrt(np.diagonal(comparison.covariance, axis1=1, axis2=2))
    correlation = comparison.covariance[:, 0, 1] / deviation.prod(axis=1)
    speed, azimuth = comparison.speed, comparison.azimuth
    columns = {
        "site": comparison.first.site,
        "longitude": comparison.first.longitude,
        "latitude": comparison.first.latitude,
        "d_east": comparison.difference[:, 0],
        "d_north": comparison.difference[:, 1],
        "sd_east": deviation[:, 0],
        "sd_north": deviation[:, 1],
        "rho": correlation,
        "z": comparison.distance,
        "p": comparison.p,
        "q": comparison.q,
        "d_speed": speed.value,
        "d_speed_sd": speed.deviation,
        "q_speed": speed.q,
        "d_azimuth": azimuth.value,
        "d_azimuth_sd": azimuth.deviation,
        "q_azimuth": azimuth.q,
    }
    rows = zip(*(values.tolist() for values in columns.values()), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _region(change: BlockChange) -> dict[str, Any]:
    deviation = np.sqrt(np.diag(change.covariance))
    return {
        "name": change.name,
        "n": change.n,
        "d_east": float(change.difference[0]),
        "d_north": float(change.difference[1]),
        "sd_east": float(deviation[0]),
        "sd_north": float(deviation[1]),
        "scatter": change.scatter,
        "d_speed": change.d_speed,
        "d_speed_sd": change.d_speed_sd,
        "p": change.p,
    }
