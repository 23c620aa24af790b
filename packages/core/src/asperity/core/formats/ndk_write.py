"""Writing Global CMT ``ndk`` records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.catalog import Catalog
from asperity.core.errors import InputError
from asperity.core.formats.loss import columns_left_out, numeric, require, require_finite
from asperity.core.formats.text import civil_fields
from asperity.core.geometry.mechanisms import (
    TENSOR_COMPONENTS,
    moment_magnitude,
    nodal_planes,
    principal_axes,
    scalar_moment,
)
from asperity.core.times import PER_SECOND

__all__ = ["lost", "write"]

_DATA_USED = ("body", "surface", "mantle")
_NUMBERS = (
    "time_uncertainty", "depth_uncertainty", "latitude_uncertainty", "longitude_uncertainty",
    "hypocentre_latitude", "hypocentre_longitude", "hypocentre_depth", "centroid_time_shift",
    "magnitude_mb", "magnitude_ms", "half_duration", "source_constraint", "moment",
    *(f"{w}_{k}" for w in _DATA_USED for k in ("stations", "components", "period")),
    *TENSOR_COMPONENTS, *(f"{c}_uncertainty" for c in TENSOR_COMPONENTS),
    *(f"{w}_{a}" for a in "tnp" for w in ("eigenvalue", "plunge", "azimuth")),
    "strike", "dip", "rake", "strike_2", "dip_2", "rake_2",
)  # fmt: skip
_TEXTS = {
    "hypocentre_agency": 4, "region": 24, "event_id": 16, "moment_rate_function": 5,
    "depth_type": 4, "analysis": 16, "version": 3,
}  # fmt: skip
# The largest uncertainties that fit their columns.
_WIDEST = {
    "time_uncertainty": 99.9, "latitude_uncertainty": 99.99, "longitude_uncertainty": 99.99,
    "depth_uncertainty": 999.9e3,
}  # fmt: skip
_HELD = (
    "event_id",
    "time",
    "magnitude",
    "magnitude_type",
    "latitude",
    "longitude",
    "depth",
    *_NUMBERS,
)


def lost(catalog: Catalog) -> list[str]:
    """Say what ndk cannot hold of a catalog."""
    texts = [n for n in _TEXTS if n in catalog and numeric(catalog, n) is None]
    said = columns_left_out(_without(catalog, texts), _HELD)
    cut = [n for n in texts if any(len(t) > _TEXTS[n] for t in catalog.texts(n))]
    if cut:
        said.append(f"texts cut to their columns: {', '.join(cut)}")
    step = PER_SECOND[str(catalog.time_unit)] // 10 if catalog.time_unit else 1
    rounded = (
        ("time", np.any(catalog["time"] % step), "0.1 s"),
        ("latitude, longitude", any(_rounds(catalog, n, 0.01) for n in ("latitude", "longitude")),
         "0.01 degree"),
        ("depth", _rounds(catalog, "depth", 100.0), "0.1 km"),
    )  # fmt: skip
    said += [f"{name} rounded to {to}" for name, happens, to in rounded if happens]
    wide = [n for n, w in _WIDEST.items() if n in catalog and np.nanmax(catalog[n], initial=0) > w]
    if wide:
        said.append(f"values cut to the largest that fits: {', '.join(wide)}")
    moment = _moment(catalog)
    if moment is not None:
        apart = np.abs(moment_magnitude(moment) - catalog["magnitude"])
        if not np.nanmax(apart, initial=0.0) < 0.01:
            said.append("magnitude left out: ndk holds the moment, whose magnitude differs")
    return said


def _without(catalog: Catalog, names: list[str]) -> Catalog:
    droppable = [n for n in names if n != "event_id"]
    return Catalog(catalog.dataset.drop_vars(droppable))


def _rounds(catalog: Catalog, name: str, step: float) -> bool:
    if name not in catalog:
        return False
    scaled = catalog[name] / step
    return bool(np.any(np.abs(scaled - np.round(scaled)) > 1e-6))


def _moment(catalog: Catalog) -> NDArray[np.float64] | None:
    if not all(c in catalog for c in TENSOR_COMPONENTS):
        return None
    tensor = np.column_stack([catalog[c] for c in TENSOR_COMPONENTS])
    given = numeric(catalog, "moment")
    derived = scalar_moment(tensor)
    return derived if given is None else np.where(given > 0, given, derived)


class _Fields:
    """The columns of a catalog as an ndk record wants them, with what stands for a gap."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._n = len(catalog)

    def number(self, name: str, default: float | NDArray[np.float64] = 0.0) -> NDArray[np.float64]:
        values = numeric(self._catalog, name)
        gap = np.broadcast_to(np.asarray(default, dtype=float), (self._n,))
        return gap if values is None else np.where(np.isfinite(values), values, gap)

    def capped(self, name: str) -> NDArray[np.float64]:
        return np.minimum(self.number(name), _WIDEST[name])

    def text(self, name: str, default: str = "") -> list[str]:
        width = _TEXTS[name]
        if name not in self._catalog or numeric(self._catalog, name) is not None:
            return [default.ljust(width)] * self._n
        return [
            (_ascii(t) or default)[:width].ljust(width) for t in self._catalog.texts(name).tolist()
        ]


def _ascii(text: str) -> str:
    return "".join(c if " " <= c <= "~" else "?" for c in text)


def write(catalog: Catalog, path: Path) -> None:
    """Write five lines an event; what the catalog lacks is derived from the tensor, or zero.

    Raises
    ------
    InputError
        If an event has no moment tensor, place or depth, or a value does not fit its columns.
    """
    require(catalog, "ndk")
    parts = require_finite(catalog, TENSOR_COMPONENTS, "ndk", "moment tensors")
    require_finite(catalog, ("depth",), "ndk", "centroid depths")
    tensor = np.column_stack(parts)
    moment = _moment(catalog)
    if moment is None or np.any(moment <= 0):
        raise InputError("format 'ndk' holds moment tensors; some of this catalog are zero")
    fields = _Fields(catalog)
    lines = zip(
        _hypocentre_lines(catalog, fields),
        _data_lines(fields),
        _centroid_lines(catalog, fields),
        *_tensor_lines(fields, tensor, moment),
        strict=True,
    )
    with path.open("w", encoding="ascii", newline="\n") as stream:
        for row, record in enumerate(lines):
            for line in record:
                if len(line) > 80:
                    raise InputError(
                        f"format 'ndk': row {row} has a value too wide for its columns: {line!r}"
                    )
                stream.write(line.rstrip() + "\n")


def _rows(*columns: NDArray[Any] | list[str]) -> zip[tuple[Any, ...]]:
    listed = [c.tolist() if isinstance(c, np.ndarray) else c for c in columns]
    return zip(*listed, strict=True)


def _hypocentre_lines(catalog: Catalog, fields: _Fields) -> list[str]:
    unit = str(catalog.time_unit)
    # Tenths of a second, so that 59.96 s becomes the next minute and not 60.0 s.
    tenths = np.floor_divide(catalog["time"] + PER_SECOND[unit] // 20, PER_SECOND[unit] // 10)
    tenths -= np.round(fields.number("centroid_time_shift") * 10.0).astype(np.int64)
    civil, _, _ = civil_fields(tenths * 100_000, "us")
    if np.any((civil[0] < 0) | (civil[0] > 9999)):
        raise InputError("format 'ndk' holds the years 0 to 9999")
    return [
        f"{agency} {y:04d}/{mo:02d}/{d:02d} {h:02d}:{mi:02d}:{s:4.1f} "
        f"{lat:6.2f} {lon:7.2f} {depth:5.1f} {mb:3.1f} {ms:3.1f} {region}"
        for agency, y, mo, d, h, mi, s, lat, lon, depth, mb, ms, region in _rows(
            fields.text("hypocentre_agency"),
            *civil,
            (tenths % 600) / 10.0,
            fields.number("hypocentre_latitude", catalog["latitude"]),
            fields.number("hypocentre_longitude", catalog["longitude"]),
            fields.number("hypocentre_depth", catalog["depth"]) / 1000.0,
            fields.number("magnitude_mb"),
            fields.number("magnitude_ms"),
            fields.text("region"),
        )
    ]


def _data_lines(fields: _Fields) -> list[str]:
    used = [
        fields.number(f"{wave}_{kind}")
        for wave in _DATA_USED
        for kind in ("stations", "components", "period")
    ]
    lines = []
    for name, constraint, function, half, *n in _rows(
        fields.text("event_id"),
        fields.number("source_constraint", 1.0),
        fields.text("moment_rate_function", "TRIHD"),
        fields.number("half_duration"),
        *used,
    ):
        waves = " ".join(
            f"{w}:{n[3 * i]:3.0f}{n[3 * i + 1]:5.0f}{n[3 * i + 2]:4.0f}"
            for i, w in enumerate("BSM")
        )
        lines.append(f"{name} {waves} CMT:{constraint:2.0f} {function}:{half:5.1f}")
    return lines


def _centroid_lines(catalog: Catalog, fields: _Fields) -> list[str]:
    return [
        f"CENTROID: {shift:8.1f}{dt:4.1f}{lat:7.2f}{dlat:5.2f}{lon:8.2f}{dlon:5.2f}"
        f"{depth:6.1f}{ddepth:5.1f} {kind} {analysis}"
        for shift, dt, lat, dlat, lon, dlon, depth, ddepth, kind, analysis in _rows(
            fields.number("centroid_time_shift"),
            fields.capped("time_uncertainty"),
            catalog["latitude"],
            fields.capped("latitude_uncertainty"),
            catalog["longitude"],
            fields.capped("longitude_uncertainty"),
            catalog["depth"] / 1000.0,
            fields.capped("depth_uncertainty") / 1000.0,
            fields.text("depth_type", "FREE"),
            fields.text("analysis", "S-00000000000000"),
        )
    ]


def _tensor_lines(
    fields: _Fields, tensor: NDArray[np.float64], moment: NDArray[np.float64]
) -> tuple[list[str], list[str]]:
    power = np.floor(np.log10(moment * 1e7)).astype(np.int64)
    unit = 10.0 ** (power - 7.0)
    errors = [fields.number(f"{c}_uncertainty") / unit for c in TENSOR_COMPONENTS]
    fourth = [
        f"{p:2d}" + "".join(f"{v[2 * i]:7.3f}{v[2 * i + 1]:6.3f}" for i in range(6))
        for p, *v in _rows(power, *(a for i in range(6) for a in (tensor[:, i] / unit, errors[i])))
    ]
    axes, planes = principal_axes(tensor), nodal_planes(tensor)
    scale = {"eigenvalue": unit, "plunge": np.ones_like(unit), "azimuth": np.ones_like(unit)}
    principal = [
        fields.number(f"{what}_{axis}", axes[:, i, j]) / scale[what]
        for i, axis in enumerate("tnp")
        for j, what in enumerate(scale)
    ]
    angles = [
        fields.number(name + end, planes[:, i, j])
        for i, end in enumerate(("", "_2"))
        for j, name in enumerate(("strike", "dip", "rake"))
    ]
    fifth = [
        f"{version}"
        + "".join(f"{v[3 * i]:8.3f}{v[3 * i + 1]:3.0f}{v[3 * i + 2]:4.0f}" for i in range(3))
        + f"{v[9]:8.3f}"
        + "".join(f"{v[10 + 3 * i]:4.0f}{v[11 + 3 * i]:3.0f}{v[12 + 3 * i]:5.0f}" for i in (0, 1))
        for version, *v in _rows(fields.text("version", "V10"), *principal, moment / unit, *angles)
    ]
    return fourth, fifth
