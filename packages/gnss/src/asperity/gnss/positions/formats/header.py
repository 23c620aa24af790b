"""The header of a PBO file of positions, which SIO files carry on behind a comment sign."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

__all__ = ["read_header"]

_PLACE = re.compile(
    r"NEU Reference position\s*:\s*(?P<latitude>\S+)\s+(?P<longitude>\S+)\s+(?P<height>\S+)"
)
_NUMBER = re.compile(r"-?\d{1,7}(\.\d*)?", re.ASCII)
_SITE = re.compile(r"4-character ID\s*:\s*(\S+)")
_FRAME = re.compile(r"Reference Frame\s*:\s*(\S+)")


def read_header(lines: Iterable[str]) -> dict[str, Any]:
    """Return what a header says: ``site``, ``longitude``, ``latitude``, ``height``, ``frame``.

    Examples
    --------
    >>> read_header(["#4-character ID: USUD", "#NEU Reference position : 36.1 138.4 1508.6 (x)"])
    {'site': 'USUD', 'latitude': 36.1, 'longitude': 138.4, 'height': 1508.6}
    """
    found: dict[str, Any] = {}
    for line in lines:
        if (site := _SITE.search(line)) and "site" not in found:
            found["site"] = site[1]
        if (frame := _FRAME.search(line)) and "frame" not in found and frame[1] != "Unknown":
            found["frame"] = frame[1]
        place = _PLACE.search(line)
        if place and all(_NUMBER.fullmatch(text) for text in place.groups()):
            found |= {name: float(text) for name, text in place.groupdict().items()}
    return found
