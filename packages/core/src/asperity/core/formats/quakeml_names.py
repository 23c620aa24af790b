"""The parts of QuakeML 1.2 (Basic Event Description) that a catalog holds.

One table for the reader and the writer: element -> column of the catalog.

References
----------
Schorlemmer, D. et al. (2011). QuakeML: status of the XML-based seismological
data exchange format. Ann. Geophys. 54, 59-65. doi:10.4401/ag-4874
"""

from __future__ import annotations

import re

__all__ = [
    "BED", "DEPTH_TYPES", "EVALUATION_MODES", "EVALUATION_STATUSES", "EVENT_TYPES", "ORIGIN_TEXTS",
    "QUAKEML", "QUALITY", "TENSOR", "escape_id", "local", "magnitude_column", "magnitude_type",
    "unescape_id",
]  # fmt: skip

QUAKEML = "http://quakeml.org/xmlns/quakeml/1.2"
BED = "http://quakeml.org/xmlns/bed/1.2"

QUALITY = {
    "usedPhaseCount": "n_phases",
    "usedStationCount": "n_stations",
    "standardError": "rms_residual",
    "azimuthalGap": "azimuthal_gap",
    "minimumDistance": "nearest_station_distance",
}
"""Children of an origin's quality."""

ORIGIN_TEXTS = {
    "depthType": "depth_type",
    "evaluationMode": "evaluation_mode",
    "evaluationStatus": "evaluation_status",
}
"""Children of an origin that hold a word."""

TENSOR = {"Mrr": "mrr", "Mtt": "mtt", "Mpp": "mpp", "Mrt": "mrt", "Mrp": "mrp", "Mtp": "mtp"}
"""Components of a tensor, N m."""

DEPTH_TYPES = frozenset({
    "from location", "from moment tensor inversion", "from modeling of broad-band P waveforms",
    "constrained by depth phases", "constrained by direct phases",
    "constrained by depth and direct phases", "operator assigned", "other",
})  # fmt: skip
EVALUATION_MODES = frozenset({"manual", "automatic"})
EVALUATION_STATUSES = frozenset({"preliminary", "confirmed", "reviewed", "final", "rejected"})
EVENT_TYPES = frozenset({
    "not existing", "not reported", "earthquake", "anthropogenic event", "collapse",
    "cavity collapse", "mine collapse", "building collapse", "explosion", "accidental explosion",
    "chemical explosion", "controlled explosion", "experimental explosion", "industrial explosion",
    "mining explosion", "quarry blast", "road cut", "blasting levee", "nuclear explosion",
    "induced or triggered event", "rock burst", "reservoir loading", "fluid injection",
    "fluid extraction", "crash", "plane crash", "train crash", "boat crash", "other event",
    "atmospheric event", "sonic boom", "sonic blast", "acoustic noise", "thunder", "avalanche",
    "snow avalanche", "debris avalanche", "hydroacoustic event", "ice quake", "slide", "landslide",
    "rockslide", "meteorite", "volcanic eruption",
})  # fmt: skip
"""The words that QuakeML 1.2 allows."""

# Broad-band body-wave magnitude mB is not the short-period mb: small letters alone would mix them.
_COLUMNS = {"mB": "magnitude_mb_broadband"}
_TYPES = {
    "magnitude_mb_broadband": "mB", "magnitude_mw": "Mw", "magnitude_ml": "ML",
    "magnitude_mb": "mb", "magnitude_ms": "Ms", "magnitude_md": "Md", "magnitude_mc": "Mc",
    "magnitude_me": "Me", "magnitude_mh": "Mh", "magnitude_mwc": "Mwc", "magnitude_mww": "Mww",
    "magnitude_mwr": "Mwr", "magnitude_mwb": "Mwb", "magnitude_mb_lg": "mb_Lg",
    "magnitude_ms_20": "Ms_20",
}  # fmt: skip
_PREFIX = "smi:asperity/event/"
_RESOURCE = re.compile(
    r"(smi|quakeml):[\w\d][\w\d\-.*()_~']{2,}/[\w\d\-.*()_~'][\w\d\-.*()+?_~'=,;#/&]*", re.ASCII
)
_PLAIN = re.compile(r"[A-Za-z0-9._-]")
_ESCAPED = re.compile(r"(?:~[0-9a-f]{2})+")


def local(name: str) -> str:
    """Return the full tag of an element of the event description."""
    return f"{{{BED}}}{name}"


def magnitude_column(kind: str) -> str:
    """Return the column of a second magnitude.

    Examples
    --------
    >>> magnitude_column("mb_Lg"), magnitude_column("mB"), magnitude_column("")
    ('magnitude_mb_lg', 'magnitude_mb_broadband', 'magnitude_unknown')
    """
    slug = re.sub(r"[^a-z0-9]+", "_", kind.lower()).strip("_")
    if not slug:
        return "magnitude_unknown"
    return _COLUMNS.get(kind, f"magnitude_{slug}" if slug[0].isalpha() else f"magnitude_m{slug}")


def magnitude_type(column: str) -> str:
    """Return the type of the magnitudes in a column ``magnitude_<type>``."""
    kind = _TYPES.get(column, column.removeprefix("magnitude_"))
    return "" if kind == "unknown" else kind


def escape_id(event_id: str) -> str:
    """Return a valid resource identifier; one that is valid already stays as it is.

    Examples
    --------
    >>> escape_id("a b"), escape_id("smi:local/1")
    ('smi:asperity/event/a~20b', 'smi:local/1')
    """
    if _RESOURCE.fullmatch(event_id) and not event_id.startswith(_PREFIX):
        return event_id
    return _PREFIX + "".join(
        c if _PLAIN.fullmatch(c) else "".join(f"~{b:02x}" for b in c.encode()) for c in event_id
    )


def unescape_id(resource: str) -> str:
    """Return the identifier that `escape_id` made a resource identifier of."""
    if not resource.startswith(_PREFIX):
        return resource
    return _ESCAPED.sub(
        lambda m: bytes.fromhex(m[0].replace("~", "")).decode(errors="replace"),
        resource.removeprefix(_PREFIX),
    )
