"""Global CMT event codes: the day or the minute of an event, and a letter.

MMDDYY and a letter before 2005, YYYYMMDDhhmm and a letter after, either with a
letter before it that names the kind of data. When the capitals of a day were
used up, small letters followed (the aftershocks of 2004-12-26).
"""

from __future__ import annotations

import re
from string import ascii_lowercase, ascii_uppercase

import numpy as np

from asperity.core.catalog import Catalog
from asperity.core.formats.text import civil_fields
from asperity.core.times import PER_SECOND

__all__ = ["DAY", "MINUTE", "codes_of", "date_of"]

DAY, MINUTE = 86_400.0, 60.0
"""Resolution of the two kinds of code, s."""

_OLD = re.compile(r"[A-Z]?(\d\d)(\d\d)(\d\d)[A-Za-z]", re.ASCII)
_NEW = re.compile(r"[A-Z]?(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)[A-Za-z]", re.ASCII)
_LETTERS = ascii_uppercase + ascii_lowercase


def date_of(code: str) -> tuple[float, ...] | None:
    """Return year, month, day, hour, minute and the resolution in seconds, or None.

    Examples
    --------
    >>> date_of("122704g")
    (2004, 12, 27, 0, 0, 86400.0)
    >>> date_of("C201309161501A")[:5]
    (2013.0, 9.0, 16.0, 15.0, 1.0)
    """
    if found := _NEW.fullmatch(code):
        return (*(float(g) for g in found.groups()), MINUTE)
    if found := _OLD.fullmatch(code):
        month, day, year = (int(g) for g in found.groups())
        # The project begins with 1962; six-digit codes end with 2004.
        century = 1900 if year >= 62 else 2000 if year <= 4 else None
        return None if century is None else (century + year, month, day, 0, 0, DAY)
    return None


def codes_of(catalog: Catalog) -> list[str] | None:
    """Make a code of each time, or None where letters do not tell the events apart."""
    if catalog.time_frame != "utc" or not len(catalog):
        return None
    ticks = PER_SECOND[str(catalog.time_unit)]
    fields, _, _ = civil_fields(catalog["time"] // (ticks // 1_000_000), "us")
    if np.any((fields[0] < 1000) | (fields[0] > 9999)):
        return None
    seen: dict[str, int] = {}
    codes = []
    for year, month, day, hour, minute in zip(*fields.tolist(), strict=True):
        stem = f"{year:04d}{month:02d}{day:02d}{hour:02d}{minute:02d}"
        seen[stem] = seen.get(stem, -1) + 1
        if seen[stem] >= len(_LETTERS):
            return None
        codes.append(stem + _LETTERS[seen[stem]])
    return codes
