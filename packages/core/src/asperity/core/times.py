"""Times as integers: civil calendar and ISO 8601 text to and from int64.

NumPy converts a date outside the range of its unit without a word (the year
1556 in nanoseconds comes back as 2140), so nothing here lets it convert:
the unit is chosen from the years first and the arithmetic is done on integers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError

__all__ = [
    "PER_SECOND",
    "choose_unit",
    "duration_seconds",
    "format_times",
    "from_civil",
    "infer_resolution",
    "parse_time",
    "parse_times",
    "split_interval",
]

PER_SECOND = {"ns": 1_000_000_000, "us": 1_000_000}
"""Integer ticks per second of each time unit of the catalog."""

_NS_YEARS = (1678, 2261)  # whole years inside 1677-09-21 to 2262-04-11
_US_PER_DAY = 86_400_000_000
_ISO = re.compile(
    r"""\s*(?P<year>[+-]?\d{4,6})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})
        (?:[T\s]+(?P<hour>\d{1,2})(?::(?P<minute>\d{1,2}))?(?::(?P<second>\d{1,2})(?:[.,](?P<fraction>\d*))?)?)?
        \s*(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_DURATION = re.compile(
    r"P(?:(?P<days>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


def choose_unit(first_year: int, last_year: int) -> str:
    """Return "ns" when int64 nanoseconds can hold both years, else "us"."""
    return "ns" if _NS_YEARS[0] <= first_year and last_year <= _NS_YEARS[1] else "us"


def duration_seconds(text: str) -> float:
    """Return the length in seconds of an ISO 8601 duration such as ``P1D`` or ``PT0.001S``.

    Raises
    ------
    InputError
        If the text is no duration of days, hours, minutes and seconds, or is not positive.

    Examples
    --------
    >>> duration_seconds("PT1M")
    60.0
    """
    match = _DURATION.fullmatch(text)
    parts = {k: float(v) for k, v in match.groupdict().items() if v} if match else {}
    factor = {"days": 86400.0, "hours": 3600.0, "minutes": 60.0, "seconds": 1.0}
    seconds = sum(factor[k] * v for k, v in parts.items())
    if seconds <= 0:
        raise InputError(
            f"time resolution {text!r} is not an ISO 8601 duration above zero; "
            "write for example P1D (a day), PT1M (a minute) or PT0.001S (a millisecond)"
        )
    return seconds


def _days_from_civil(
    year: NDArray[np.int64], month: NDArray[np.int64], day: NDArray[np.int64]
) -> NDArray[np.int64]:
    # Proleptic Gregorian calendar; March-based years put the leap day last (Richards 2013).
    y = year - (month <= 2)
    era = np.floor_divide(y, 400)
    year_of_era = y - era * 400
    day_of_year = (153 * (month + np.where(month > 2, -3, 9)) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return np.asarray(era * 146097 + day_of_era - 719468, dtype=np.int64)


def from_civil(
    year: ArrayLike,
    month: ArrayLike,
    day: ArrayLike,
    hour: ArrayLike = 0,
    minute: ArrayLike = 0,
    second: ArrayLike = 0.0,
    *,
    unit: str | None = None,
) -> tuple[NDArray[np.int64], str, NDArray[np.bool_]]:
    """Convert calendar fields (UTC) to integer times since 1970.

    Parameters
    ----------
    year, month, day, hour, minute : array_like of int, shape (n,)
        Calendar fields of the proleptic Gregorian calendar.
    second : array_like of float, shape (n,)
        Seconds, rounded to the nearest microsecond; 60 up to 61 (a leap second)
        counts on into the next minute.
    unit : {"ns", "us"}, optional
        Time unit; chosen from the years when missing.

    Returns
    -------
    times : ndarray of int64, shape (n,)
        Zero where the fields are not a date.
    unit : str
    valid : ndarray of bool, shape (n,)

    Examples
    --------
    >>> times, unit, valid = from_civil([1556], [1], [23])
    >>> unit, format_times(times, unit, "P1D")[0]
    ('us', '1556-01-23')
    """
    y, mo, d, h, mi, s = np.broadcast_arrays(
        *(
            np.atleast_1d(np.asarray(a, dtype=float))
            for a in (year, month, day, hour, minute, second)
        )
    )
    fields = np.stack([y, mo, d, h, mi])
    whole = np.isfinite(fields).all(axis=0) & (fields == np.floor(fields)).all(axis=0)
    safe = np.where(whole & np.isfinite(s), fields, 1.0).astype(np.int64)
    yy, mm, dd, hh, mn = safe
    leap = ((yy % 4 == 0) & (yy % 100 != 0)) | (yy % 400 == 0)
    month_days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    in_month = month_days[np.clip(mm, 1, 12) - 1] + (leap & (mm == 2))
    valid = (
        whole
        & np.isfinite(s)
        & (np.abs(yy) < 200_000)
        & (mm >= 1) & (mm <= 12) & (dd >= 1) & (dd <= in_month)
        & (hh >= 0) & (hh <= 24) & (mn >= 0) & (mn <= 59) & (s >= 0) & (s < 61)
        & ((hh < 24) | ((mn == 0) & (s == 0)))
    )  # fmt: skip
    yy, mm, dd = np.where(valid, yy, 1970), np.where(valid, mm, 1), np.where(valid, dd, 1)
    micro = np.round(np.where(valid, s, 0.0) * 1e6).astype(np.int64)
    total = _days_from_civil(yy, mm, dd) * _US_PER_DAY
    total += np.where(valid, hh * 3600 + mn * 60, 0) * 1_000_000 + micro
    total = np.where(valid, total, 0)
    if unit is None:
        unit = choose_unit(int(yy.min()), int(yy.max())) if yy.size else "ns"
    if unit == "ns":
        fits = (yy >= _NS_YEARS[0]) & (yy <= _NS_YEARS[1])
        return np.where(fits, total, 0) * 1000, unit, valid & fits
    return total, unit, valid


def _parse_one(text: str) -> tuple[int, int] | None:
    """Return (nanoseconds since 1970, year) of one ISO-like text, or None."""
    match = _ISO.fullmatch(text)
    if not match:
        return None
    year = int(match["year"])
    fraction = (match["fraction"] or "")[:9].ljust(9, "0")
    try:
        times, _, valid = from_civil(
            year, int(match["month"]), int(match["day"]),
            int(match["hour"] or 0), int(match["minute"] or 0), int(match["second"] or 0),
            unit="us",
        )  # fmt: skip
    except OverflowError:
        return None
    if not valid[0]:
        return None
    zone = match["zone"]
    shift = 0
    if zone and zone[0] in "+-":
        digits = zone[1:].replace(":", "")
        hours, minutes = int(digits[:2]), int(digits[2:])
        if hours > 18 or minutes > 59:  # the largest of ISO 8601's neighbours; real ones end at 14
            return None
        shift = (hours * 60 + minutes) * 60 * (-1 if zone[0] == "-" else 1)
    # Python's integers do not overflow: the unit is chosen later.
    return int(times[0]) * 1000 + int(fraction) - shift * 1_000_000_000, year


def parse_times(texts: Sequence[str] | Any) -> tuple[NDArray[np.int64], str, NDArray[np.bool_]]:
    """Convert ISO 8601 texts to integer times since 1970, UTC.

    A text without a zone is UTC; with one it is converted. A space may stand for
    the ``T``; ``60`` seconds (a leap second) counts on into the next minute.

    Parameters
    ----------
    texts : sequence of str, or pyarrow string array, length n

    Returns
    -------
    times : ndarray of int64, shape (n,)
        Zero where the text is no time.
    unit : {"ns", "us"}
        "us" as soon as one year lies outside the range of nanoseconds.
    valid : ndarray of bool, shape (n,)

    Examples
    --------
    >>> parse_times(["1970-01-01T00:00:01Z", "1970-01-01 01:00:00+01:00"])[0].tolist()
    [1000000000, 0]
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    column = (
        texts if isinstance(texts, pa.Array | pa.ChunkedArray) else pa.array(texts, pa.string())
    )
    fast = _parse_fast(pa, pc, column)
    if fast is not None:
        return fast, "ns", np.ones(len(column), dtype=bool)
    parsed = [None if t is None else _parse_one(t) for t in column.to_pylist()]
    valid = np.array([p is not None for p in parsed], dtype=bool)
    years = [p[1] for p in parsed if p is not None]
    unit = choose_unit(min(years), max(years)) if years else "ns"
    ticks = 1 if unit == "ns" else 1000
    times = np.array([0 if p is None else p[0] // ticks for p in parsed], dtype=np.int64)
    return times, unit, valid


def _parse_fast(pa: Any, pc: Any, column: Any) -> NDArray[np.int64] | None:
    """Parse a column that Arrow reads as a whole and that int64 nanoseconds can hold."""
    if column.null_count:
        return None
    text = pc.utf8_trim_whitespace(column)
    for zone in (None, "UTC"):
        try:
            stamp = pc.cast(text, pa.timestamp("ns", tz=zone))
        except pa.ArrowInvalid:
            continue
        seconds = stamp.cast(pa.timestamp("s", tz=zone), safe=False)
        years = pc.min_max(pc.year(seconds)).as_py() if len(text) else {"min": 1970, "max": 1970}
        # Arrow too may wrap at the edge of int64: hold the year against the text's own.
        first = pc.min_max(pc.utf8_slice_codeunits(text, 0, 4)).as_py() if len(text) else None
        if first and (int(first["min"]) < _NS_YEARS[0] or int(first["max"]) > _NS_YEARS[1]):
            return None
        if years["min"] >= _NS_YEARS[0] and years["max"] <= _NS_YEARS[1]:
            return np.asarray(stamp.cast(pa.int64()).to_numpy(), dtype=np.int64)
    return None


def parse_time(text: str, unit: str) -> int:
    """Convert one ISO 8601 text to an integer time in `unit` since 1970.

    Raises
    ------
    InputError
        If the text is no time.
    """
    parsed = _parse_one(text)
    if parsed is None:
        raise InputError(
            f"{text!r} is not a time; write ISO 8601 UTC, for example 2019-08-26T07:30:47Z"
        )
    return parsed[0] * PER_SECOND[unit] // 1_000_000_000


def split_interval(text: str) -> tuple[str | None, str | None]:
    """Return both sides of ``START/END``: ISO 8601, or numbers where a catalog counts otherwise.

    Raises
    ------
    InputError
        If there are not two sides, or one is no time.

    Examples
    --------
    >>> split_interval("2011-01-01/")
    ('2011-01-01', None)
    """
    start, slash, end = text.partition("/")
    if not slash:
        raise InputError(f"{text!r}: write START/END, for example 2011-01-01/2012-01-01")
    for side in filter(None, (start, end)):
        try:
            number = math.isfinite(float(side))
        except ValueError:
            number = False
        if not number:
            parse_time(side, "us")
    return start or None, end or None


def infer_resolution(times: NDArray[np.int64], unit: str) -> str:
    """Return the coarsest power of ten of a second that divides every time, as a duration.

    Examples
    --------
    >>> infer_resolution(np.array([1_500_000_000, 2_250_000_000]), "ns")
    'PT0.01S'
    """
    ticks = PER_SECOND[unit]
    digits = 0
    while ticks > 1 and np.any(times % ticks):
        ticks //= 10
        digits += 1
    return "PT1S" if digits == 0 else f"PT{10.0**-digits:.{digits}f}S"


def format_times(times: ArrayLike, unit: str, resolution: str | None = None) -> list[str]:
    """Write integer times as ISO 8601 UTC with the digits of the source.

    Parameters
    ----------
    times : array_like of int64, shape (n,)
        Times in `unit` since 1970.
    unit : {"ns", "us"}
    resolution : str, optional
        ISO 8601 duration of the source; a day gives dates, a minute leaves the seconds out.

    Returns
    -------
    list of str

    Examples
    --------
    >>> format_times([1_500_000_000], "ns"), format_times([0], "ns", "P1D")
    (['1970-01-01T00:00:01.5Z'], ['1970-01-01'])
    """
    values = np.asarray(times, dtype=np.int64)
    seconds = duration_seconds(resolution) if resolution else None
    if seconds is None:
        resolution = infer_resolution(values, unit)
        seconds = duration_seconds(resolution)
    digits = 0
    while seconds * 10**digits < 1 - 1e-9 and digits < 9:
        digits += 1
    ticks = PER_SECOND[unit]
    day_ticks = 86_400 * ticks
    out = []
    for value in values.tolist():
        days, rest = divmod(value, day_ticks)
        day = _civil_text(days)
        if seconds >= 86_400:
            out.append(day)
            continue
        whole, fraction = divmod(rest, ticks)
        clock = f"{whole // 3600:02d}:{whole // 60 % 60:02d}"
        if seconds < 60:
            clock += f":{whole % 60:02d}"
        if digits:
            clock += f".{fraction * 10**digits // ticks:0{digits}d}"
        out.append(f"{day}T{clock}Z")
    return out


def _civil_text(days: int) -> str:
    ordinal = days + 719_163
    if 1 <= ordinal <= 3_652_059:
        return date.fromordinal(ordinal).isoformat()
    # Years outside 1 to 9999: the Gregorian cycle repeats every 400 years.
    cycles, rest = divmod(ordinal - 1, 146_097)
    inside = date.fromordinal(rest + 1)
    year = inside.year + 400 * cycles
    return f"{year:+05d}-{inside.month:02d}-{inside.day:02d}"
