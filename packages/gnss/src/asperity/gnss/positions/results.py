"""Velocities of stations as documents, as a network, and as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError
from asperity.gnss.positions.series import COMPONENTS, PositionSeries, from_julian_years
from asperity.gnss.positions.velocity import OffsetEstimate, StationVelocity
from asperity.gnss.velocities.network import Network

__all__ = ["station_document", "stations_text", "velocity_network"]

_VELOCITIES = ("ve", "vn", "vu")
_SIGMAS = ("se", "sn", "su")


def number(value: float, digits: int | None = None) -> float | None:
    """Return a finite number, rounded if wished, or None."""
    if not np.isfinite(value):
        return None
    return float(value) if digits is None else round(float(value), digits)


def moment(year: float) -> str:
    """Return a year of 365.25 days as ISO 8601 UTC."""
    return f"{np.datetime_as_string(from_julian_years(year), unit='s')}Z"


def named(names: Sequence[str], values: NDArray[np.float64]) -> dict[str, float | None]:
    """Return values under names, None for what is missing."""
    return {name: number(v) for name, v in zip(names, values.tolist(), strict=True)}


def station_document(result: StationVelocity) -> dict[str, Any]:
    """Return what was found of a station under the keys of the command line's contract."""
    series = result.series
    ends = series.times[[0, -1]].astype("datetime64[D]").astype(str).tolist() if len(series) else []
    return {
        "site": series.site,
        "longitude": number(series.longitude),
        "latitude": number(series.latitude),
        "height": number(series.height),
        "frame": series.frame,
        **named(_VELOCITIES, result.velocity),
        **named(_SIGMAS, result.sigma),
        "rho_en": number(result.correlation),
        "method": result.method,
        "start": ends[0] if ends else None,
        "end": ends[1] if ends else None,
        "span": series.span,
        "n": len(series),
        "n_outliers": int(result.outliers.sum()),
        "scatter": _scatter(result),
        "offsets": [_offset_document(estimate) for estimate in result.offsets],
        "relaxations": _relaxations(result),
        "noise": {
            name: fit.document() if fit else None
            for name, fit in zip(COMPONENTS, result.noise, strict=False)
        },
        "midas": _midas_document(result),
        "condition": number(result.condition),
        "flags": list(result.flags),
        "status": result.status,
    }


def _scatter(result: StationVelocity) -> dict[str, float | None] | None:
    """Return the rms of the residuals without outliers, mm."""
    if result.model is None:
        return None
    left = result.residuals[:, ~result.outliers]
    return named(COMPONENTS, np.sqrt((left**2).mean(axis=1)))


def _offset_document(estimate: OffsetEstimate) -> dict[str, Any]:
    offset = estimate.offset
    return {
        "time": moment(offset.year),
        "kind": offset.kind,
        "label": offset.label,
        "magnitude": number(offset.magnitude),
        "distance_km": number(offset.distance),
        **named(COMPONENTS, estimate.size),
        **named(_SIGMAS, estimate.sigma),
    }


def _relaxations(result: StationVelocity) -> list[dict[str, Any]]:
    if result.model is None:
        return []
    names = result.model.names
    return [
        {
            "time": moment(decay.year),
            "law": decay.law,
            "tau": decay.tau,
            **named(COMPONENTS, result.parameters[:, k]),
            **named(_SIGMAS, np.sqrt(result.covariance[:, k, k])),
        }
        for decay in result.model.relaxations
        for k in [names.index(f"{decay.law} {decay.year:.3f}")]
    ]


def _midas_document(result: StationVelocity) -> dict[str, Any] | None:
    if not result.midas:
        return None
    velocities = np.array([m.velocity for m in result.midas])
    sigmas = np.array([m.sigma for m in result.midas])
    return {
        **named(_VELOCITIES, velocities),
        **named(_SIGMAS, sigmas),
        "n_pairs": [m.n_pairs for m in result.midas],
        "outliers": [m.outliers for m in result.midas],
    }


def usable(result: StationVelocity) -> bool:
    """Whether a station has a velocity and a place."""
    return bool(np.isfinite(result.velocity[:2]).all() and result.series.has_place)


def velocity_network(results: Sequence[StationVelocity]) -> Network:
    """Return the velocities of the stations that have one and whose place is known.

    Raises
    ------
    DataError
        If there is none, or the frames differ.
    """
    kept = [result for result in results if usable(result)]
    if not kept:
        if not any(result.series.has_place for result in results):
            raise DataError(
                f"none of {len(results)} stations has a known place; give places with --sites"
            )
        reasons = sorted({result.status for result in results if result.series.has_place})
        raise DataError(f"none of {len(results)} stations has a velocity: {'; '.join(reasons)}")
    frames = sorted({result.series.frame for result in kept})
    if len(frames) > 1:
        raise DataError(
            f"stations in several frames ({', '.join(f or 'not known' for f in frames)}); bring "
            "them to one, or state it with --frame"
        )
    series = [result.series for result in kept]
    columns: dict[str, Any] = {
        name: [getattr(one, name) for one in series]
        for name in ("site", "longitude", "latitude", "height")
    }
    velocity = np.array([result.velocity for result in kept])
    sigma = np.array([result.sigma for result in kept])
    for k, name in enumerate(COMPONENTS):
        columns[name], columns[f"sd_{name}"] = velocity[:, k], sigma[:, k]
    columns["correlation"] = [np.clip(result.correlation, -0.99, 0.99) for result in kept]
    columns["start"] = [one.years[0] for one in series]
    columns["end"] = [one.years[-1] for one in series]
    columns["source"] = [result.method for result in kept]
    return Network.from_columns(frame=frames[0], **columns)


def with_sigmas(document: Mapping[str, Any], names: Sequence[str], digits: int) -> list[str]:
    """Return three components with their errors for a person, a dash for what is missing."""
    return [
        "-" if document[s] is None else f"{document[v]:.{digits}f} ± {document[s]:.{digits}f}"
        for v, s in zip(names, _SIGMAS, strict=True)
    ]


def stations_text(documents: Sequence[Mapping[str, Any]]) -> str:
    """Return stations as lines for a person."""
    lines = [f"{'site':<10}{'east':>16}{'north':>16}{'up':>16}{'years':>7}{'n':>7}  mm/yr"]
    for d in documents:
        if d["ve"] is None:
            lines.append(f"{d['site']:<10}{'-':>48}{d['span']:>7.2f}{d['n']:>7}  {d['status']}")
        else:
            cells = with_sigmas(d, _VELOCITIES, 2)
            lines.append(
                f"{d['site']:<10}" + "".join(f"{c:>16}" for c in cells)
                + f"{d['span']:>7.2f}{d['n']:>7}"
            )  # fmt: skip
        for o in d["offsets"]:
            cells = with_sigmas(o, COMPONENTS, 1)
            lines.append(
                f"{'':<10}" + "".join(f"{c:>16}" for c in cells)
                + f"  mm, {o['time'][:16]} {o['label'] or o['kind']}"
            )  # fmt: skip
        lines += [f"{'':<10}{flag}" for flag in d["flags"]]
    return "\n".join(lines)


def series_without_place(series: Sequence[PositionSeries]) -> list[str]:
    """Return the names of stations whose place is not known."""
    return [one.site or "(no name)" for one in series if not one.has_place]
