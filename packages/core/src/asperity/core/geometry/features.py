"""Lines and polygons with properties, read from GeoJSON, GMT multi-segment and plain tables."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError

__all__ = ["Feature", "read_features"]

Line = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Feature:
    """One feature of a vector file.

    Parameters
    ----------
    lines : tuple of ndarray, shape (n, 2)
        Longitude and latitude, degrees.
    polygons : tuple of tuple of ndarray, shape (n, 2)
        The outline of each polygon, then its holes.
    properties : mapping
        What the file says of it.
    """

    lines: tuple[Line, ...] = ()
    polygons: tuple[tuple[Line, ...], ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)


def read_features(path: Path) -> list[Feature]:
    """Read the lines and polygons of a file.

    Parameters
    ----------
    path : Path
        GeoJSON (WGS 84), GMT multi-segment with or without OGR attributes, or
        a table of longitude and latitude, found by content.

    Returns
    -------
    list of Feature
        Points and features without geometry are left out.

    Raises
    ------
    InputError
        If the file cannot be read; the message names the feature or the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; check the name") from None
    except UnicodeDecodeError:
        raise InputError(
            f"{path}: not text; GeoJSON, GMT multi-segment files and tables of "
            "longitude,latitude can be read"
        ) from None
    if not text.strip():
        raise InputError(f"{path}: the file is empty")
    if text.lstrip().startswith(("{", "[")):
        return _read_geojson(text, str(path))
    return _read_segments(text, str(path))


# -- GeoJSON ----------------------------------------------------------------


def _read_geojson(text: str, name: str) -> list[Feature]:
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{name}: not JSON ({error})") from None
    if not isinstance(content, dict):
        raise InputError(f"{name}: GeoJSON is an object with the key 'type'; found a list")
    _check_crs(content.get("crs"), name)
    kind = content.get("type")
    if kind == "FeatureCollection":
        items = content.get("features")
        if not isinstance(items, list):
            raise InputError(f"{name}: a FeatureCollection has a list 'features'; found none")
    elif kind == "Feature":
        items = [content]
    else:
        items = [{"type": "Feature", "geometry": content, "properties": {}}]
    features = []
    for number, item in enumerate(items):
        where = f"{name}, feature {number}"
        if not isinstance(item, dict):
            raise InputError(f"{where}: not an object")
        lines, polygons = _geometry(item.get("geometry"), where)
        if lines or polygons:
            properties = item.get("properties")
            features.append(
                Feature(
                    tuple(lines),
                    tuple(polygons),
                    properties if isinstance(properties, dict) else {},
                )
            )
    return features


def _check_crs(crs: Any, name: str) -> None:
    if crs is None:
        return
    text = json.dumps(crs)
    if not any(known in text for known in ("CRS84", "EPSG::4326", "EPSG:4326", "EPSG::4979")):
        raise InputError(
            f"{name}: coordinates in {text}; convert to longitude and latitude on WGS 84 first"
        )


def _geometry(geometry: Any, where: str) -> tuple[list[Line], list[tuple[Line, ...]]]:
    if geometry is None:
        return [], []
    if not isinstance(geometry, dict):
        raise InputError(f"{where}: the geometry is not an object")
    kind = geometry.get("type")
    if kind == "GeometryCollection":
        lines: list[Line] = []
        polygons: list[tuple[Line, ...]] = []
        for part in geometry.get("geometries") or []:
            more_lines, more_polygons = _geometry(part, where)
            lines += more_lines
            polygons += more_polygons
        return lines, polygons
    coordinates: Any = geometry.get("coordinates")
    if kind in ("Point", "MultiPoint"):
        return [], []
    try:
        match kind:
            case "LineString":
                return [_line(coordinates, where)], []
            case "MultiLineString":
                return [_line(part, where) for part in coordinates], []
            case "Polygon":
                return _geometry({"type": "MultiPolygon", "coordinates": [coordinates]}, where)
            case "MultiPolygon":
                parts = [tuple(_line(r, where) for r in part) for part in coordinates]
                # An empty array stands for no geometry (RFC 7946, section 3.1).
                return [], [part for part in parts if part]
    except TypeError:
        raise InputError(f"{where}: the coordinates of a {kind} are not nested lists") from None
    raise InputError(f"{where}: geometry {kind!r} is not one of GeoJSON's")


def _line(coordinates: Any, where: str) -> Line:
    try:
        points = np.array([[float(p[0]), float(p[1])] for p in coordinates], dtype=np.float64)
    except (TypeError, ValueError, IndexError, KeyError):
        raise InputError(f"{where}: coordinates are not pairs of longitude, latitude") from None
    return _checked(points.reshape(-1, 2), where)


def _checked(points: Line, where: str) -> Line:
    longitude, latitude = points[:, 0], points[:, 1]
    wrong = ~((np.abs(latitude) <= 90.0) & (longitude >= -360.0) & (longitude <= 360.0))
    if wrong.any():
        x, y = points[int(np.flatnonzero(wrong)[0])].tolist()
        raise InputError(
            f"{where}: longitude {x:g}, latitude {y:g} is no place on the Earth; "
            "write degrees, longitude first"
        )
    points.flags.writeable = False
    return points


# -- GMT and tables ---------------------------------------------------------


def _read_segments(text: str, name: str) -> list[Feature]:
    """Read GMT multi-segment text or a table; every segment is a line and a polygon."""
    names: list[str] = []
    features: list[Feature] = []
    for rows, header, data, is_hole in _segments(text, name, names):
        if not rows:
            continue
        line = _checked(np.array(rows, dtype=np.float64), f"{name}, segment {len(features)}")
        if is_hole and features:
            last = features[-1]
            outline = (*last.polygons[0], line)
            features[-1] = Feature((*last.lines, line), (outline,), last.properties)
            continue
        properties: dict[str, Any] = dict(zip(names, data, strict=False)) if data else {}
        if header:
            properties.setdefault("header", header)
            properties.setdefault("name", _label(header))
        features.append(Feature((line,), ((line,),), properties))
    return features


def _segments(
    text: str, name: str, names: list[str]
) -> Iterator[tuple[list[tuple[float, float]], str, list[str | None], bool]]:
    """Yield the rows, header, OGR values and hole mark of each segment; fills `names`."""
    rows: list[tuple[float, float]] = []
    header, is_hole = "", False
    data: list[str | None] = []
    order = (0, 1)
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line:
            continue
        if line.startswith(">"):
            yield rows, header, data, is_hole
            rows, header, data, is_hole = [], line[1:].strip(), [], False
        elif line.startswith("#"):
            note = line[1:].strip()
            if note.startswith("@N"):
                names[:] = [str(v) for v in _values(note[2:])]
            elif note.startswith("@D"):
                data = _values(note[2:])
            elif note.startswith("@H"):
                is_hole = True
        else:
            parts = line.replace(",", " ").replace(";", " ").split()
            pair = _pair(parts, order)
            if pair is not None:
                rows.append(pair)
                continue
            columns = None if rows or header or data else _column_order(parts)
            if columns is None:
                raise InputError(
                    f"{name}, line {number}: {line[:60]!r} is no longitude and latitude in degrees"
                )
            order = columns
    yield rows, header, data, is_hole


def _pair(parts: list[str], order: tuple[int, int]) -> tuple[float, float] | None:
    try:
        longitude, latitude = float(parts[order[0]]), float(parts[order[1]])
    except (ValueError, IndexError):
        return None
    return (longitude, latitude) if math.isfinite(longitude + latitude) else None


def _column_order(parts: list[str]) -> tuple[int, int] | None:
    """Return which columns of a table's heading hold longitude and latitude."""
    names = [part.strip('"').lower() for part in parts]
    found = [
        [i for i, n in enumerate(names) if n in known]
        for known in (("lon", "longitude", "x"), ("lat", "latitude", "y"))
    ]
    return (found[0][0], found[1][0]) if all(found) else None


def _values(text: str) -> list[str | None]:
    """Split the values of an OGR line at bars outside quotes."""
    values: list[str | None] = []
    current, quoted = "", False
    for letter in text + "|":
        if letter == '"':
            quoted = not quoted
        elif letter == "|" and not quoted:
            values.append(current.strip() or None)
            current = ""
        else:
            current += letter
    return values


def _label(header: str) -> str:
    """Return the label -L of a segment header, or the header without other options."""
    if "-L" in header:
        rest = header.split("-L", 1)[1]
        return rest[1:].split(rest[0], 1)[0] if rest[:1] in ("'", '"') else rest.split(" ")[0]
    return " ".join(word for word in header.split() if not word.startswith("-"))
