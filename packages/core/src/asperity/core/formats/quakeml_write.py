"""Writing QuakeML 1.2 as a stream of events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from lxml import etree
from numpy.typing import NDArray

from asperity.core.catalog import Catalog
from asperity.core.formats.loss import columns_left_out, numeric, require
from asperity.core.formats.quakeml_names import (
    BED,
    DEPTH_TYPES,
    EVALUATION_MODES,
    EVALUATION_STATUSES,
    EVENT_TYPES,
    ORIGIN_TEXTS,
    QUAKEML,
    QUALITY,
    TENSOR,
    escape_id,
    local,
    magnitude_column,
    magnitude_type,
)
from asperity.core.formats.text import civil_fields, decimals

__all__ = ["lost", "write"]

_WORDS = {
    "event_type": EVENT_TYPES,
    "event_type_certainty": frozenset({"known", "suspected"}),
    "depth_type": DEPTH_TYPES,
    "evaluation_mode": EVALUATION_MODES,
    "evaluation_status": EVALUATION_STATUSES,
}
_PLANE = ("strike", "dip", "rake")
_ELLIPSE = (
    "error_axis_1", "error_axis_2", "error_azimuth_1", "error_azimuth_2", "error_dip_1",
    "error_dip_2",
)  # fmt: skip
_COUNTS = ("n_phases", "n_stations")
_NUMBERS = (
    "magnitude_uncertainty", "horizontal_uncertainty", "depth_uncertainty", "time_uncertainty",
    "latitude_uncertainty", "longitude_uncertainty", *QUALITY.values(),
    *TENSOR.values(), *(f"{c}_uncertainty" for c in TENSOR.values()),
    "moment", "moment_uncertainty",
    *_PLANE, *(f"{a}_2" for a in _PLANE),
    *(f"{a}{end}_uncertainty" for a in _PLANE for end in ("", "_2")),
)  # fmt: skip
_ALWAYS = (
    "event_id", "time", "magnitude", "magnitude_type", "latitude", "longitude", "depth", "network",
)  # fmt: skip


def _is_flat(catalog: Catalog) -> bool:
    """Return whether the error ellipses are horizontal, as QuakeML's min and max need them."""
    if not all(name in catalog for name in _ELLIPSE):
        return False
    dips = np.concatenate([catalog["error_dip_1"], catalog["error_dip_2"]])
    turned = (catalog["error_azimuth_2"] - catalog["error_azimuth_1"] - 90.0) % 360.0
    return not np.any(np.abs(dips) > 1e-9) and not np.any((turned > 1e-9) & (turned < 360 - 1e-9))


def _is_magnitude(catalog: Catalog, name: str) -> bool:
    return (
        name.startswith("magnitude_")
        and name not in ("magnitude_type", "magnitude_uncertainty")
        and numeric(catalog, name) is not None
        and magnitude_column(magnitude_type(name)) == name
    )


def _is_text(catalog: Catalog, name: str) -> bool:
    return name in catalog and numeric(catalog, name) is None


def _fits(catalog: Catalog, name: str) -> bool:
    """Return whether QuakeML allows every word of a column."""
    return _is_text(catalog, name) and set(catalog.texts(name)) <= _WORDS[name] | {""}


def lost(catalog: Catalog) -> list[str]:
    """Say what QuakeML cannot hold of a catalog."""
    held = {*_ALWAYS, *_NUMBERS}
    if _is_flat(catalog):
        held |= set(_ELLIPSE)
    held |= {n for n in catalog.columns if _is_magnitude(catalog, n)}
    words = [n for n in _WORDS if _fits(catalog, n)]
    regions = ["region"] if _is_text(catalog, "region") else []
    written = [n for n in (*words, *regions) if n in catalog]
    rest = Catalog(catalog.dataset.drop_vars(written))
    said = columns_left_out(rest, held - {n for n in _WORDS if n not in written})
    alone = [n for n in _dependent(catalog) if np.any(_without_value(catalog, n))]
    if alone:
        said.append(f"left out in events without the value they belong to: {', '.join(alone)}")
    return said


def _dependent(catalog: Catalog) -> list[str]:
    """Return the columns that only say more of the value of another."""
    named = ["magnitude_type", *(n for n in _NUMBERS if n.endswith("_uncertainty"))]
    return [n for n in named if n in catalog and n.rpartition("_")[0] in catalog]


def _without_value(catalog: Catalog, name: str) -> NDArray[np.bool_]:
    """Return the events in which a column says something of a value that is missing."""
    values = numeric(catalog, name.rpartition("_")[0])
    own = numeric(catalog, name)
    says = catalog.texts(name) != "" if own is None else np.isfinite(own)
    return says & ~np.isfinite(values) if values is not None else np.zeros(says.shape, dtype=bool)


class _Columns:
    """The columns of a catalog as texts, "" where there is nothing."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._nothing = [""] * len(catalog)

    def numbers(self, name: str) -> list[str]:
        values = numeric(self._catalog, name)
        if values is None:
            return self._nothing
        if name in _COUNTS:
            return [f"{v:.0f}" if v == v else "" for v in values.tolist()]
        return decimals(values, missing="")

    def words(self, name: str) -> list[str]:
        if name in _WORDS and not _fits(self._catalog, name):
            return self._nothing
        if not _is_text(self._catalog, name):
            return self._nothing
        return [_printable(t) for t in self._catalog.texts(name).tolist()]


def _printable(text: str) -> str:
    """Leave out the characters that XML has no place for."""
    return "".join(c for c in text if c >= " " and not "\ud800" <= c <= "\udfff" and c < "\ufffe")


def _times(catalog: Catalog) -> list[str]:
    unit = str(catalog.time_unit)
    fields, seconds, _ = civil_fields(catalog["time"], unit)
    stamps = []
    for y, mo, d, h, mi, s in zip(*fields.tolist(), seconds, strict=True):
        whole, _, fraction = s.partition(".")
        stamps.append(
            f"{y:04d}-{mo:02d}-{d:02d}T{h:02d}:{mi:02d}:{int(whole):02d}"
            f"{'.' + fraction if fraction else ''}Z"
        )
    return stamps


def write(catalog: Catalog, path: Path) -> None:
    """Write one event after another; ``publicID`` is the event_id, made valid where needed.

    Raises
    ------
    InputError
        If the catalog has no dates or no latitude and longitude.
    """
    require(catalog, "quakeml")
    columns = _Columns(catalog)
    names = [*_NUMBERS, "latitude", "longitude", "depth", "magnitude"]
    if _is_flat(catalog):
        names += ["error_axis_1", "error_axis_2", "error_azimuth_1"]
    further = [n for n in catalog.columns if _is_magnitude(catalog, n)]
    table = {n: columns.numbers(n) for n in (*names, *further)}
    table |= {n: columns.words(n) for n in (*_WORDS, "network", "region", "magnitude_type")}
    table["time"] = _times(catalog)
    table["resource"] = [escape_id(i) for i in catalog.texts("event_id").tolist()]
    table = {n: t for n, t in table.items() if any(t)}
    confidence = catalog.attributes.get("error_confidence")
    table["confidence"] = [repr(100.0 * confidence) if confidence else ""] * len(catalog)
    keys = list(table)
    spaces: Any = {"q": QUAKEML, None: BED}
    # A file of its own library would tell of a full disk by an error that names no reason.
    with path.open("wb") as stream, etree.xmlfile(stream, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element(f"{{{QUAKEML}}}quakeml", nsmap=spaces):
            xml.write("\n")
            with xml.element(local("eventParameters"), publicID="smi:asperity/catalog"):
                xml.write("\n")
                for values in zip(*table.values(), strict=True):
                    xml.write(_event(dict(zip(keys, values, strict=True)), further))
                    xml.write("\n")


def _event(row: dict[str, str], further: list[str]) -> Any:
    resource = row["resource"]
    stem = resource.rstrip("/")
    event = etree.Element(local("event"), publicID=resource, nsmap=_DEFAULT)
    magnitudes = _magnitudes(row, further)
    _add(event, "preferredOriginID", f"{stem}/origin")
    if magnitudes:
        _add(event, "preferredMagnitudeID", f"{stem}/magnitude/0")
    _add(event, "type", row.get("event_type", ""))
    _add(event, "typeCertainty", row.get("event_type_certainty", ""))
    if row.get("region"):
        description = _add_always(event, "description")
        _add(description, "text", row["region"])
        _add(description, "type", "region name")
    _origin(event, row, f"{stem}/origin")
    for i, (value, uncertainty, kind) in enumerate(magnitudes):
        magnitude = _add_always(event, "magnitude", publicID=f"{stem}/magnitude/{i}")
        _quantity(magnitude, "mag", value, uncertainty)
        _add(magnitude, "type", kind)
        _add(magnitude, "originID", f"{stem}/origin")
    _mechanism(event, row, stem)
    return event


def _magnitudes(row: dict[str, str], further: list[str]) -> list[tuple[str, str, str]]:
    """Return value, uncertainty and type of each magnitude, the preferred one first."""
    kind = row.get("magnitude_type", "")
    found = []
    if row.get("magnitude"):
        found.append((row["magnitude"], row.get("magnitude_uncertainty", ""), kind))
    for name in further:
        value = row.get(name, "")
        # The preferred magnitude stands in the column of its type, too.
        if value and not (name == magnitude_column(kind) and value == row.get("magnitude")):
            found.append((value, "", magnitude_type(name)))
    return found


def _origin(event: Any, row: dict[str, str], resource: str) -> None:
    origin = _add_always(event, "origin", publicID=resource)
    _quantity(origin, "time", row["time"], row.get("time_uncertainty", ""))
    for name in ("longitude", "latitude", "depth"):
        _quantity(origin, name, row.get(name, ""), row.get(f"{name}_uncertainty", ""))
    for tag, name in ORIGIN_TEXTS.items():
        _add(origin, tag, row.get(name, ""))
    uncertainty = {
        "horizontalUncertainty": row.get("horizontal_uncertainty", ""),
        "minHorizontalUncertainty": row.get("error_axis_2", ""),
        "maxHorizontalUncertainty": row.get("error_axis_1", ""),
        "azimuthMaxHorizontalUncertainty": row.get("error_azimuth_1", ""),
    }
    if any(uncertainty.values()):
        inside = _add_always(origin, "originUncertainty")
        for tag, text in uncertainty.items():
            _add(inside, tag, text)
        ellipse = uncertainty["maxHorizontalUncertainty"]
        _add(inside, "confidenceLevel", row["confidence"] if ellipse else "")
    quality = {tag: row.get(name, "") for tag, name in QUALITY.items()}
    if any(quality.values()):
        inside = _add_always(origin, "quality")
        for tag, text in quality.items():
            _add(inside, tag, text)
    if row.get("network"):
        _add(_add_always(origin, "creationInfo"), "agencyID", row["network"])


def _mechanism(event: Any, row: dict[str, str], stem: str) -> None:
    planes = [
        [(a, row.get(a + end, ""), row.get(f"{a}{end}_uncertainty", "")) for a in _PLANE]
        for end in ("", "_2")
    ]
    tensor = {tag: row.get(name, "") for tag, name in TENSOR.items()}
    has_planes = any(value for plane in planes for _, value, _ in plane)
    has_moment = bool(row.get("moment") or any(tensor.values()))
    if not (has_planes or has_moment):
        return
    mechanism = _add_always(event, "focalMechanism", publicID=f"{stem}/mechanism")
    if has_planes:
        inside = _add_always(mechanism, "nodalPlanes", preferredPlane="1")
        for number, plane in enumerate(planes, start=1):
            if any(value for _, value, _ in plane):
                element = _add_always(inside, f"nodalPlane{number}")
                for angle, value, uncertainty in plane:
                    _quantity(element, angle, value, uncertainty)
    if has_moment:
        inside = _add_always(mechanism, "momentTensor", publicID=f"{stem}/tensor")
        _add(inside, "derivedOriginID", f"{stem}/origin")
        _quantity(inside, "scalarMoment", row.get("moment", ""), row.get("moment_uncertainty", ""))
        if any(tensor.values()):
            element = _add_always(inside, "tensor")
            for tag, value in tensor.items():
                _quantity(element, tag, value, row.get(f"{TENSOR[tag]}_uncertainty", ""))


def _quantity(parent: Any, tag: str, value: str, uncertainty: str) -> None:
    if value:
        element = _add_always(parent, tag)
        _add(element, "value", value)
        _add(element, "uncertainty", uncertainty)


def _add(parent: Any, tag: str, text: str) -> None:
    if text:
        etree.SubElement(parent, _tag(tag)).text = text


def _add_always(parent: Any, tag: str, **attributes: str) -> Any:
    return etree.SubElement(parent, _tag(tag), attributes)


_DEFAULT: Any = {None: BED}
_TAGS: dict[str, str] = {}


def _tag(name: str) -> str:
    found = _TAGS.get(name)
    if found is None:
        found = _TAGS[name] = local(name)
    return found
