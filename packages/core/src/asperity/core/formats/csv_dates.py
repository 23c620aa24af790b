"""Times of a table: one column, a date and a clock, or a column for each part."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["DATE_PARTS", "PARTS", "all_match", "join_parts", "reformat"]

PARTS = ("year", "month", "day", "hour", "minute", "second")
"""Columns that make a time together; the first three are needed."""
# name in the file, lower case -> part
DATE_PARTS = {
    "year": "year", "yr": "year", "yyyy": "year", "month": "month", "mon": "month", "mo": "month",
    "day": "day", "dy": "day", "dd": "day", "hour": "hour", "hr": "hour", "hh": "hour",
    "minute": "minute", "min": "minute", "mi": "minute", "second": "second", "sec": "second",
    "seconds": "second", "ss": "second",
}  # fmt: skip


def join_parts(columns: Mapping[str, pa.Array]) -> pa.Array:
    """Return ISO 8601 times of columns of texts named as in `PARTS`.

    What is no number stays in the text, which then is no time either, and is refused by its
    line as any other.

    Examples
    --------
    >>> join_parts({n: pa.array([t]) for n, t in zip(PARTS, "2021 3 9 7 5 2.5".split())})[0].as_py()
    '2021-03-09T07:05:02.5'
    """

    def two(name: str) -> pa.Array:
        # 3.0 is what a spreadsheet writes for the third month.
        whole = pc.replace_substring_regex(columns[name], r"\.0*$", "")
        return pc.utf8_lpad(whole, 2, "0")

    year = pc.utf8_lpad(pc.replace_substring_regex(columns["year"], r"\.0*$", ""), 4, "0")
    date = pc.binary_join_element_wise(year, two("month"), two("day"), "-")
    if "hour" not in columns:
        return date
    clock = [two("hour"), two("minute") if "minute" in columns else "00"]
    if "second" in columns:
        single = pc.match_substring_regex(columns["second"], r"^\d(\.|$)")
        padded = pc.binary_join_element_wise("0", columns["second"], "")
        clock.append(pc.if_else(single, padded, columns["second"]))
    return pc.binary_join_element_wise(date, pc.binary_join_element_wise(*clock, ":"), "T")


def all_match(texts: pa.Array, pattern: str) -> bool:
    """Say whether every text matches a pattern."""
    return bool(pc.all(pc.match_substring_regex(texts, pattern)).as_py())


def _iso_of(time_format: str) -> str:
    """Return the ISO format with no more digits than a strptime format has."""
    if "%S" in time_format or "%T" in time_format:
        return "%Y-%m-%dT%H:%M:%S"
    return "%Y-%m-%dT%H:%M" if "%M" in time_format else "%Y-%m-%d"


def reformat(texts: pa.Array, time_format: str) -> pa.Array:
    """Turn times in a strptime format into ISO 8601; what does not fit stays as it is."""
    stamps = pc.strptime(texts, format=time_format, unit="s", error_is_null=True)
    return pc.if_else(pc.is_valid(stamps), pc.strftime(stamps, format=_iso_of(time_format)), texts)
