"""Readers of station positions, one module each, found by content.

A format module offers ``NAME``, ``SUFFIXES``, ``recognise(text)`` -> how well the
file fits, 0 to 1, and ``read(text, options)`` -> `PositionRows`; the one that can
be written, ``write(series, path)``.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path

from asperity.core.errors import InputError
from asperity.core.files import atomic_path
from asperity.core.formats.modules import FormatModules
from asperity.gnss.positions.formats.table import PositionOptions, PositionsResult, assemble
from asperity.gnss.positions.series import PositionSeries
from asperity.gnss.velocities.formats.table import TextFile

__all__ = [
    "PositionOptions",
    "PositionsResult",
    "position_formats",
    "read_positions",
    "write_positions",
]

_BUILT_IN = ("pbo_pos", "tenv3", "csv", "sio_neu")
LEAST = 0.5
"""Share of rows that a format must fit."""

_FORMATS = FormatModules(
    lambda: [importlib.import_module(f"asperity.gnss.positions.formats.{n}") for n in _BUILT_IN]
)


def position_formats() -> list[str]:
    """Return the names of the formats that can be read.

    Examples
    --------
    >>> position_formats()
    ['pbo-pos', 'tenv3', 'csv', 'sio-neu']
    """
    return _FORMATS.names()


def read_positions(
    path: Path | str, *, format: str | None = None, options: PositionOptions | None = None
) -> PositionsResult:
    """Read the positions of one or several stations in any known format.

    Parameters
    ----------
    path : Path or str
        A file (gzip is undone), ``-`` for standard input.
    format : str, optional
        Name of the format; found by content when missing.
    options : PositionOptions, optional
        What the file does not say of itself.

    Returns
    -------
    PositionsResult

    Raises
    ------
    InputError
        If the file cannot be read, no format fits, or a row is bad in strict mode; the
        message says file, line, column, value and what was expected.
    """
    options = options or PositionOptions()
    text = TextFile.open(path)
    if format is not None:
        module = _FORMATS.by_name(format)
    else:
        shares = [(candidate.recognise(text), candidate) for candidate in _FORMATS]
        share, module = max(shares, key=lambda pair: pair[0])
        if share <= LEAST:
            number, line = text.data[0] if text.data else text.lines[0]
            raise InputError(
                f"{text.name}: no reader knows these positions; line {number} is "
                f"{line.strip()[:60]!r}. Name the format with --format, one of "
                f"{', '.join(position_formats())}"
            )
    return assemble(module.read(text, options), options, text.name, module.NAME)


def write_positions(series: Sequence[PositionSeries], path: Path | str) -> None:
    """Write stations as our own CSV table, whole or not at all.

    Raises
    ------
    InputError
        If the suffix is not ``.csv``.
    """
    path = Path(path)
    module = _FORMATS.writer(path, advice="write .csv")
    with atomic_path(path) as temporary:
        module.write(series, temporary)
