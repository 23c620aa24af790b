"""Readers and writers of velocity tables, one module each, found by content and then by suffix.

A format module offers ``NAME``, ``SUFFIXES``, ``recognise(text)`` -> how well the
file fits, 0 to 1, ``read(text, options)`` -> `StationRows`, and, if it can,
``write(network, path)`` with ``lost(network)``, which says what is left out. One
whose columns are known by their place has a ``LAYOUT``.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

from asperity.core.datasets import located
from asperity.core.errors import InputError
from asperity.core.files import atomic_path
from asperity.core.formats.modules import FormatModules
from asperity.core.formats.table import Rejection
from asperity.gnss.velocities.formats.table import NetworkOptions, NetworkResult, TextFile, assemble
from asperity.gnss.velocities.network import Network

__all__ = [
    "NetworkOptions",
    "NetworkResult",
    "Rejection",
    "find_format",
    "format_names",
    "losses",
    "read_network",
    "write_network",
]

# In the order of trial: headers that tell everything first, like columns after them.
_BUILT_IN = (
    "globk_table", "pbo", "globk", "csv", "midas", "straintool", "gsrm", "psvelo", "strain_2d",
    "china_gnss",
)  # fmt: skip
LEAST = 0.5
"""Share of rows that a format must fit."""


_FORMATS = FormatModules(
    lambda: [
        importlib.import_module(f"asperity.gnss.velocities.formats.{name}") for name in _BUILT_IN
    ]
)


def format_names(*, writable: bool = False) -> list[str]:
    """Return the names of the formats that can be read, or written.

    Examples
    --------
    >>> format_names(writable=True)
    ['csv', 'psvelo']
    """
    return _FORMATS.names(writable=writable)


def find_format(text: TextFile) -> ModuleType:
    """Find the format that fits most rows of a file.

    Raises
    ------
    InputError
        If none fits more than half of them.
    """
    best, most = None, LEAST
    for module in _FORMATS:
        share = module.recognise(text)
        if share > most:
            best, most = module, share
        if share == 1.0:
            break
    if best is not None:
        by_name = _FORMATS.by_name("csv")
        layout = getattr(best, "LAYOUT", None)
        return by_name if layout and by_name.contradicts(text, layout.names) else best
    number, line = text.data[0] if text.data else text.lines[0]
    raise InputError(
        f"{text.name}: no reader knows this table; line {number} has {len(line.split())} columns "
        f"({line.strip()[:60]!r}). Name its format with --format, one of "
        f"{', '.join(format_names())}, or give it a header such as lon,lat,ve,vn,se,sn,site"
    )


def read_network(
    path: Path | str, *, format: str | None = None, options: NetworkOptions | None = None
) -> NetworkResult:
    """Read a velocity table of any known format.

    Parameters
    ----------
    path : Path or str
        A file (gzip is undone), ``-`` for standard input, or ``data:NAME``.
    format : str, optional
        Name of the format; found by content when missing.
    options : NetworkOptions, optional
        What the file does not say of itself.

    Returns
    -------
    NetworkResult

    Raises
    ------
    InputError
        If the file cannot be read, its unit contradicts its numbers, or a row is bad
        in strict mode; the message says file, line, column, value and what was expected.
    """
    options = options or NetworkOptions()
    text = TextFile.open(located(path)[0])
    module = _FORMATS.by_name(format) if format is not None else find_format(text)
    return assemble(module.read(text, options), options, text.name, module.NAME)


def losses(network: Network, format: str) -> list[str]:
    """Return what a format cannot hold of a network, a few words each."""
    return list(_FORMATS.by_name(format, writable=True).lost(network))


def write_network(network: Network, path: Path | str, *, format: str | None = None) -> str:
    """Write a network in the format of the file's suffix, whole or not at all.

    Parameters
    ----------
    network : Network
    path : Path or str
    format : {"csv", "psvelo"}, optional
        Found by suffix when missing.

    Returns
    -------
    str
        Name of the format that was written.

    Raises
    ------
    InputError
        If no format goes with the suffix.
    """
    path = Path(path)
    module = _FORMATS.writer(path, format, advice="write .csv or .psvelo")
    with atomic_path(path) as temporary:
        module.write(network, temporary)
    return str(module.NAME)
