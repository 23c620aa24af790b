"""Fault traces with typed attributes, and the distance from points to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError
from asperity.core.geometry.ecef import ecef_to_geographic, geographic_to_ecef
from asperity.core.geometry.geodesics import destination, geodesic, geodesic_distance
from asperity.core.geometry.lines import CutLines

__all__ = ["FaultKind", "FaultTrace", "Faults", "NearestTrace", "SlipRate", "read_faults"]

Certainty = Literal["certain", "approximate", "inferred", "unknown"]

_SPACING = 1000.0  # metres at most between the cuts of a trace


class FaultKind(StrEnum):
    """How a fault slips; the larger component comes first."""

    NORMAL = "normal"
    REVERSE = "reverse"
    LEFT_LATERAL = "left-lateral"
    RIGHT_LATERAL = "right-lateral"
    STRIKE_SLIP = "strike-slip"
    NORMAL_LEFT_LATERAL = "normal-left-lateral"
    NORMAL_RIGHT_LATERAL = "normal-right-lateral"
    NORMAL_STRIKE_SLIP = "normal-strike-slip"
    REVERSE_LEFT_LATERAL = "reverse-left-lateral"
    REVERSE_RIGHT_LATERAL = "reverse-right-lateral"
    REVERSE_STRIKE_SLIP = "reverse-strike-slip"
    LEFT_LATERAL_NORMAL = "left-lateral-normal"
    LEFT_LATERAL_REVERSE = "left-lateral-reverse"
    RIGHT_LATERAL_NORMAL = "right-lateral-normal"
    RIGHT_LATERAL_REVERSE = "right-lateral-reverse"
    FOLD = "fold"
    UNKNOWN = "unknown"

    @property
    def styles(self) -> frozenset[str]:
        """Which of ``normal``, ``reverse`` and ``strike-slip`` it is; an oblique fault is two."""
        styles = {s for s in ("normal", "reverse", "strike-slip") if s in self.value}
        return frozenset(styles | ({"strike-slip"} if "lateral" in self.value else set()))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the kind that words such as ``Reverse-Dextral`` or ``left slip`` name.

        Examples
        --------
        >>> FaultKind.parse("Reverse-Dextral"), FaultKind.parse("Blind Thrust").value
        (<FaultKind.REVERSE_RIGHT_LATERAL: 'reverse-right-lateral'>, 'reverse')

        Misspelt words count as those that they resemble.

        >>> FaultKind.parse("thrsut").value, FaultKind.parse("striek-slip").value
        ('reverse', 'strike-slip')
        """
        words = re.sub(r"strike[\s_-]*slip", "strikeslip", text.lower())
        parts: list[str] = []
        for word in re.split(r"[^a-z]+", words):
            part = _WORDS.get(word)
            if part is not None and part not in parts:
                parts.append(part)
        if not parts:
            letters = re.sub(r"[^a-z]", "", text.lower())
            parts = [_WORDS[word] for word in get_close_matches(letters, _WORDS, 1, 0.8)]
        if "fold" in parts:
            return cls("fold")
        if len(parts) > 1 and "strike-slip" in parts and _lateral(parts):
            parts.remove("strike-slip")
        try:
            return cls("-".join(parts))
        except ValueError:
            return cls("unknown")


def _lateral(parts: Sequence[str]) -> bool:
    return any(part.endswith("lateral") for part in parts)


_WORDS = {
    "normal": "normal",
    "detachment": "normal",
    "ridge": "normal",
    "reverse": "reverse",
    "thrust": "reverse",
    "dextral": "right-lateral",
    "right": "right-lateral",
    "rightslip": "right-lateral",
    "sinistral": "left-lateral",
    "left": "left-lateral",
    "leftslip": "left-lateral",
    "strikeslip": "strike-slip",
    "transform": "strike-slip",
    "anticline": "fold",
    "syncline": "fold",
    "fold": "fold",
}

# HimaTibetMap: the first two digits of ltype say what, the third how well it is mapped.
_LTYPE_KINDS = {
    "11": FaultKind.REVERSE,
    "12": FaultKind.NORMAL,
    "13": FaultKind.RIGHT_LATERAL,
    "14": FaultKind.LEFT_LATERAL,
    "16": FaultKind.FOLD,
    "17": FaultKind.FOLD,
    "18": FaultKind.REVERSE_RIGHT_LATERAL,
}
_LTYPE_CERTAINTY: dict[str, Certainty] = {"1": "certain", "2": "approximate", "3": "inferred"}


@dataclass(frozen=True)
class SlipRate:
    """How fast a fault slips, as a size without sign, mm/yr; None where the source is silent."""

    preferred: float | None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, eq=False)
class FaultTrace:
    """The line along which a fault meets the surface.

    Parameters
    ----------
    coordinates : ndarray, shape (n, 2)
        Longitude and latitude, degrees; the points are joined by geodesics.
    kind : FaultKind
    name : str
        Empty when the source names it not.
    certainty : {"certain", "approximate", "inferred", "unknown"}
        How well the trace is mapped.
    slip_rate : SlipRate, optional
        Net rate, else that of the strike-slip component.
    dip, rake : float, optional
        Degrees; the most likely value of the source.
    properties : mapping
        All that the source says, under its own names.
    """

    coordinates: NDArray[np.float64]
    kind: FaultKind = FaultKind.UNKNOWN
    name: str = ""
    certainty: Certainty = "unknown"
    slip_rate: SlipRate | None = None
    dip: float | None = None
    rake: float | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        points = np.array(self.coordinates, dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != 2 or not len(points):
            raise InputError(
                f"trace of shape {points.shape}; expected (n, 2): longitude, latitude in degrees"
            )
        if not (np.isfinite(points).all() and (np.abs(points[:, 1]) <= 90.0).all()):
            raise InputError(f"trace {self.name!r}: coordinates are not longitude and latitude")
        points.flags.writeable = False
        object.__setattr__(self, "coordinates", points)

    @property
    def length(self) -> float:
        """Length along the geodesics, m."""
        lon, lat = self.coordinates.T
        return float(geodesic_distance(lat[:-1], lon[:-1], lat[1:], lon[1:]).sum())


@dataclass(frozen=True)
class NearestTrace:
    """The trace next to each point.

    Parameters
    ----------
    distance : ndarray, shape (n,)
        Along the ellipsoid, m; NaN where the point has no coordinates.
    index : ndarray of int, shape (n,)
        Which trace; -1 where the point has no coordinates.
    latitude, longitude : ndarray, shape (n,)
        The nearest place on it, degrees.
    """

    distance: NDArray[np.float64]
    index: NDArray[np.int64]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Faults:
    """A set of fault traces.

    Parameters
    ----------
    traces : tuple of FaultTrace

    Examples
    --------
    >>> meridian = FaultTrace(np.array([[0.0, 0.0], [0.0, 1.0]]), FaultKind.NORMAL)
    >>> nearest = Faults((meridian,)).nearest(0.5, 0.1)
    >>> round(float(nearest.distance[0])), round(float(nearest.latitude[0]), 4)
    (11132, 0.5)
    """

    traces: tuple[FaultTrace, ...]

    def __len__(self) -> int:
        return len(self.traces)

    def __iter__(self) -> Iterator[FaultTrace]:
        return iter(self.traces)

    @property
    def names(self) -> NDArray[np.object_]:
        """Names, shape (n,), empty where a trace has none."""
        return np.array([t.name for t in self.traces], dtype=object)

    @property
    def lengths(self) -> NDArray[np.float64]:
        """Lengths, m, shape (n,)."""
        return np.array([t.length for t in self.traces])

    def of_style(self, *styles: str) -> Faults:
        """Return the faults of any of the styles ``normal``, ``reverse``, ``strike-slip``.

        Raises
        ------
        InputError
            If a style is not one of the three.
        """
        known = {"normal", "reverse", "strike-slip"}
        if not set(styles) <= known:
            wrong = ", ".join(sorted(set(styles) - known))
            raise InputError(
                f"fault style {wrong!r} is not known; choose normal, reverse, strike-slip"
            )
        return Faults(tuple(t for t in self.traces if t.kind.styles & set(styles)))

    def without_folds(self) -> Faults:
        """Return what is a fault: without the axes of anticlines and synclines."""
        return Faults(tuple(t for t in self.traces if t.kind is not FaultKind.FOLD))

    def nearest(self, latitude: ArrayLike, longitude: ArrayLike) -> NearestTrace:
        """Return the distance of points to the nearest trace, and which it is.

        Parameters
        ----------
        latitude, longitude : array_like, shape (n,)
            Degrees.

        Returns
        -------
        NearestTrace

        Raises
        ------
        DataError
            If the set is empty.

        Notes
        -----
        The traces are cut into pieces of at most 1 km along their geodesics.
        `CutLines` finds, in earth-fixed coordinates, every cut whose pieces could
        hold the nearest place, that place is the nearest of the feet of the
        perpendiculars on those pieces, and Karney's geodesic its distance. What
        is nearest through the Earth is nearest along it too, but for the
        flattening, which can change the choice only between traces equally far
        to some parts in 1e5.
        """
        if not self.traces:
            raise DataError("there are no fault traces to measure distances from")
        lat, lon = (
            np.atleast_1d(np.array(v)).ravel()
            for v in np.broadcast_arrays(
                np.asarray(latitude, dtype=np.float64), np.asarray(longitude, dtype=np.float64)
            )
        )
        known = np.isfinite(lat) & np.isfinite(lon)
        out = NearestTrace(
            np.full(lat.size, np.nan),
            np.full(lat.size, -1, dtype=np.int64),
            np.full(lat.size, np.nan),
            np.full(lat.size, np.nan),
        )
        if known.any():
            points = np.column_stack(geographic_to_ecef(lat[known], lon[known]))
            nearest, foot = self._lines.nearest(points)
            foot_lat, foot_lon, _ = ecef_to_geographic(*foot.T)
            out.distance[known] = geodesic_distance(lat[known], lon[known], foot_lat, foot_lon)
            out.index[known] = self._lines.owner[nearest]
            out.latitude[known], out.longitude[known] = foot_lat, foot_lon
        return out

    @cached_property
    def _lines(self) -> CutLines:
        pieces = [_cut(trace.coordinates) for trace in self.traces]
        owner = np.repeat(np.arange(len(pieces)), [len(p) for p in pieces])
        lon, lat = np.concatenate(pieces).T
        return CutLines(np.column_stack(geographic_to_ecef(lat, lon)), owner, _SPACING)


def _cut(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points at most 1 km apart along the geodesics of a line, shape (m, 2)."""
    if len(line) < 2:
        return line
    lon, lat = line.T
    length, azimuth, _ = geodesic(lat[:-1], lon[:-1], lat[1:], lon[1:])
    count = np.maximum(1, np.ceil(length / _SPACING)).astype(np.int64)
    edge = np.repeat(np.arange(len(count)), count)
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    new_lat, new_lon = destination(
        lat[edge], lon[edge], azimuth[edge], step * (length / count)[edge]
    )
    return np.concatenate([np.column_stack([new_lon, new_lat]), line[-1:]])


# -- reading ----------------------------------------------------------------


def read_faults(path: Path | str) -> Faults:
    """Read fault traces from GeoJSON or a GMT multi-segment file.

    Parameters
    ----------
    path : Path or str
        The attributes of HimaTibetMap (``ltype``, ``Name``), of the GEM Global
        Active Faults (``slip_type``, ``net_slip_rate``, ``average_dip``) and
        plain ``name`` and ``kind`` are understood; GMT files may carry them in
        OGR comments.

    Returns
    -------
    Faults
        All features, folds among them: `Faults.without_folds` leaves those out.

    Raises
    ------
    InputError
        If the file cannot be read or holds no line.

    References
    ----------
    Styron, Taylor & Okoronkwo 2010, doi:10.1029/2010EO200001 (HimaTibetMap);
    Styron & Pagani 2020, doi:10.1177/8755293020944182 (GEM).
    """
    from asperity.core.geometry.features import read_features

    traces = [
        _trace(line, feature.properties)
        for feature in read_features(Path(path))
        for line in feature.lines
    ]
    if not traces:
        raise InputError(f"{path}: holds no lines, so there are no fault traces")
    return Faults(tuple(traces))


def _trace(line: NDArray[np.float64], properties: Mapping[str, Any]) -> FaultTrace:
    given = {str(k).lower(): v for k, v in properties.items() if v not in (None, "")}
    ltype = str(given.get("ltype", ""))
    if ltype[:2] in _LTYPE_KINDS:
        # The words of that map are misspelt in places; its codes are not.
        kind = _LTYPE_KINDS[ltype[:2]]
    else:
        kind = FaultKind.parse(str(_first(given, "slip_type", "kind", "type", "fault_type") or ""))
    return FaultTrace(
        line,
        kind,
        str(_first(given, "name", "fault_name", "fs_name", "fz_name") or ""),
        _LTYPE_CERTAINTY.get(ltype[2:3], "unknown"),
        _slip_rate(given),
        _likely(_first(given, "average_dip", "dip")),
        _likely(_first(given, "average_rake", "rake")),
        dict(properties),
    )


def _first(given: Mapping[str, Any], *names: str) -> Any:
    return next((given[name] for name in names if name in given), None)


def _slip_rate(given: Mapping[str, Any]) -> SlipRate | None:
    for names in (("net_slip_rate", "net_slip_r", "slip_rate"), ("strike_slip_rate", "strike_sli")):
        triple = _triple(_first(given, *names))
        if triple is not None:
            sizes = [None if v is None else abs(v) for v in triple]
            bounds = sorted(v for v in sizes[1:] if v is not None)
            full = len(bounds) == 2
            return SlipRate(sizes[0], *(bounds if full else sizes[1:]))
    return None


def _likely(value: Any) -> float | None:
    triple = _triple(value)
    return None if triple is None else triple[0]


def _triple(value: Any) -> list[float | None] | None:
    """Return (most likely, minimum, maximum) of "(15,10,21)", "(18.,,)" or a number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        parts: Iterable[str] = [str(value)]
    elif isinstance(value, str):
        parts = value.strip().strip("()").split(",")
    else:
        return None
    numbers: list[float | None] = []
    for part in parts:
        try:
            numbers.append(float(part) if part.strip() else None)
        except ValueError:
            return None
    if all(n is None for n in numbers):
        return None
    return [*numbers, None, None][:3]
