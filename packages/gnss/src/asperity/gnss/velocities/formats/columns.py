"""Tables without a header: columns known by their place.

Several formats differ only in the order of like columns. What tells them apart
is where the name stands, how many numbers there are, and whether the numbers
can be what the format says: latitudes, sigmas, correlations, time spans.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asperity.core.formats.table import Rejection
from asperity.core.formats.text import TextRows, to_numbers
from asperity.gnss.velocities.formats.table import StationRows, TextFile, is_number, split_fields
from asperity.gnss.velocities.network import COLUMNS

__all__ = ["Layout", "holds_names", "parse_rows", "to_float"]

TEXTS = ("site", "source")


@dataclass(frozen=True)
class Layout:
    """The columns of a table by their place.

    Parameters
    ----------
    names : tuple of str
        Columns of `Network`, ``span`` (years), or "" for a number that is not kept. A
        text column at the end takes the rest of the line.
    required : int
        How many of them every row has.
    """

    names: tuple[str, ...]
    required: int

    def share(self, sample: Sequence[Sequence[str]]) -> float:
        """Return the share of rows that this layout can hold, 0 to 1."""
        if not sample:
            return 0.0
        return sum(self._holds(fields) for fields in sample) / len(sample)

    def _holds(self, fields: Sequence[str]) -> bool:
        if len(fields) < self.required:
            return False
        if len(fields) > len(self.names) and self.names[-1] not in TEXTS:
            return False
        pairs = zip(self.names, fields, strict=False)
        return all(
            name in TEXTS or (is_number(text) and _possible(name, text)) for name, text in pairs
        )

    def read(self, text: TextFile, lines: Sequence[tuple[int, str]]) -> StationRows:
        """Return the columns of the lines; a row that does not fit is listed.

        Parameters
        ----------
        text : TextFile
            The whole file.
        lines : sequence of (int, str)
            Its lines that hold stations.
        """
        split = [(number, split_fields(line)) for number, line in lines]
        rows = parse_rows(
            split,
            self.names,
            least=self.required,
            needed=self.names[: self.required],
            open_end=self.names[-1] in TEXTS,
        )
        if text.headings:
            rows.notes.append(
                f"line {text.headings[0]} taken for a heading, columns by their place"
            )
        return rows


def to_float(text: str) -> float:
    """Convert a field for which `is_number` holds."""
    return float(text.lower().replace("d", "e"))


def holds_names(sample: Sequence[Sequence[str]], place: int) -> bool:
    """Whether a column holds names: no numbers, or integers that all differ.

    Examples
    --------
    >>> holds_names([["105.8", "1375"], ["112.6", "1376"]], 1)
    True
    >>> holds_names([["105.8", "0.4"], ["112.6", "0.3"]], 1)
    False
    """
    texts = [fields[place] for fields in sample if len(fields) > place]
    named = [text for text in texts if not is_number(text)]
    if len(named) > len(texts) / 2:
        return True
    whole = [text for text in texts if re.fullmatch(r"\d+", text)]
    return bool(whole) and len(whole) + len(named) == len(texts) and len({*whole}) == len(whole)


def _possible(name: str, text: str) -> bool:
    """Whether a number can be what its column says; a few bad rows are reported later."""
    value = to_float(text)
    if name == "longitude":
        return abs(value) <= 360.0
    if name == "latitude":
        return abs(value) <= 90.0
    if name == "correlation":
        return abs(value) <= 1.0
    if name.startswith("sd_") or name == "span":
        return not value < 0.0
    return True


def parse_rows(
    split: Sequence[tuple[int, Sequence[str]]],
    names: Sequence[str],
    *,
    least: int,
    needed: Collection[str],
    open_end: bool = False,
) -> StationRows:
    """Turn split rows into columns.

    Parameters
    ----------
    split : sequence of (int, sequence of str)
        Line and fields of each row.
    names : sequence of str
        As in `Layout`.
    least : int
        Fields that a row has at least.
    needed : collection of str
        Columns of numbers that may not be empty.
    open_end : bool
        Whether the last column takes the rest of the line.

    Returns
    -------
    StationRows
    """
    rows, lines, rejections = [], [], []
    most = len(names)
    expected = f"{least} columns" if least == most else f"{least} to {most} columns"
    for line, fields in split:
        if len(fields) < least or (len(fields) > most and not open_end):
            found = f"{len(fields)} columns: {' '.join(fields)}"
            rejections.append(Rejection(line, "(row)", found[:80], expected))
            continue
        full = [*fields[: most - 1], " ".join(fields[most - 1 :])]
        rows.append(full + [""] * (most - len(full)))
        lines.append(line)
    table = TextRows(rows, lines, most)
    columns: dict[str, NDArray[np.generic]] = {}
    for place, name in enumerate(names):
        if name in TEXTS:
            columns[name] = table.texts(place)
        elif name in COLUMNS:
            columns[name] = _numbers(table, place, name, needed=name in needed)
    kept = {name: values[table.good] for name, values in columns.items()}
    return StationRows(kept, table.lines[table.good], [*rejections, *table.rejections])


def _numbers(table: TextRows, place: int, name: str, *, needed: bool) -> NDArray[np.float64]:
    """Return a column of numbers; Fortran's exponent D is understood."""
    texts = table.texts(place)
    fortran = [t.replace("D", "E").replace("d", "e") for t in texts]
    values, valid = to_numbers(fortran)
    wrong = ~valid | np.isinf(values)
    if needed:
        wrong |= np.isnan(values)
    table.reject(wrong, name, list(texts), "a number")
    return np.where(wrong, np.nan, values)
