"""Readers and writers of catalogs, one module each, found by content and then by suffix.

A format module offers ``NAME``, ``SUFFIXES``, ``sniff(head, name)`` and one of
``read(source, options) -> RawTable`` (the rows are then checked by `assemble`)
or ``load(source, options) -> ReadResult`` (for the project's own formats), and,
if it can, ``write(catalog, path)``, with ``write_parts(parts, path)`` where a catalog need not
be held whole for it. A writer whose format cannot hold everything
has ``lost(catalog)``, which says so in sentences; they are logged.
"""

from __future__ import annotations

import importlib
import logging
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np

from asperity.core.catalog import Catalog
from asperity.core.datasets import located
from asperity.core.errors import InputError
from asperity.core.files import atomic_path
from asperity.core.formats.modules import FormatModules
from asperity.core.formats.parts import CatalogParts
from asperity.core.formats.source import Source
from asperity.core.formats.table import ReadOptions, ReadResult, Rejection, assemble
from asperity.core.plugins import plugins

__all__ = [
    "CatalogParts",
    "ReadOptions",
    "ReadResult",
    "Rejection",
    "find_format",
    "format_names",
    "losses",
    "read_catalog",
    "write_catalog",
    "write_catalog_parts",
    "writes_parts",
]

_log = logging.getLogger("asperity.formats")

# In the order of trial: the more telling content first, the generic table last.
_BUILT_IN = (
    "parquet", "netcdf", "matlab", "quakeml", "ndk", "isc_gem", "scec_dc", "csep", "hypodd",
    "psmeca", "zmap", "csv",
)  # fmt: skip


def _load() -> list[ModuleType]:
    modules = [importlib.import_module(f"asperity.core.formats.{name}") for name in _BUILT_IN]
    modules[-1:-1] = [*plugins("formats").values()]
    return modules


_FORMATS = FormatModules(_load)


def format_names(*, writable: bool = False) -> list[str]:
    """Return the names of the formats that can be read, or written."""
    return _FORMATS.names(writable=writable)


def find_format(source: Source) -> ModuleType:
    """Find the format of a source by its content, then by its suffix.

    Raises
    ------
    InputError
        If the source is empty or nothing recognises it.
    """
    head = source.head
    if not head.strip():
        raise InputError(f"{source.name}: the file is empty")
    for module in _FORMATS:
        if module.sniff(head, source.name):
            return module
    suffixes = [s.lower() for s in Path(source.name).suffixes if s.lower() != ".gz"]
    for module in _FORMATS:
        if suffixes and suffixes[-1] in module.SUFFIXES:
            return module
    raise InputError(
        f"{source.name}: no reader knows this file; name its format with --format, "
        f"one of {', '.join(format_names())}"
    )


def read_catalog(
    path: Path | str,
    *,
    format: str | None = None,
    options: ReadOptions | None = None,
    start: str | None = None,
    end: str | None = None,
) -> ReadResult:
    """Read a catalog file of any known format.

    Parameters
    ----------
    path : Path or str
        A file (gzip is undone), ``-`` for standard input, or ``data:NAME``.
    format : str, optional
        Name of the format; found by content when missing.
    options : ReadOptions, optional
        What the file does not say of itself.
    start, end : str, optional
        Read the events from `start` up to, not including, `end` (as in
        `Catalog.between`); of a Parquet file only the row groups that they touch.

    Returns
    -------
    ReadResult
        The catalog in time order, with the operations beside it.

    Raises
    ------
    InputError
        If the file cannot be read, or a row is bad in strict mode.
    """
    path, known = located(path)
    source = Source(path)
    options = (options or ReadOptions()).merged(known)
    if start is not None or end is not None:
        options = replace(options, start=start, end=end)
    module = _FORMATS.by_name(format) if format is not None else find_format(source)
    if hasattr(module, "load"):
        result: ReadResult = module.load(source, options)
        return result
    # What overflows in a conversion is infinite, and rejected as such with its row.
    with np.errstate(over="ignore", invalid="ignore"):
        return assemble(module.read(source, options), options, source.name, module.NAME)


def losses(catalog: Catalog, format: str) -> list[str]:
    """Return what a format cannot hold of a catalog, one sentence each."""
    module = _FORMATS.by_name(format, writable=True)
    return list(module.lost(catalog)) if hasattr(module, "lost") else []


def write_catalog(catalog: Catalog, path: Path | str, *, format: str | None = None) -> str:
    """Write a catalog in the format of the file's suffix, atomically.

    What the format cannot hold is logged (logger ``asperity.formats``, level
    warning), which the command line shows on standard error.

    Parameters
    ----------
    catalog : Catalog
    path : Path or str
    format : str, optional
        Name of the format; found by suffix when missing.

    Returns
    -------
    str
        Name of the format that was written.

    Raises
    ------
    InputError
        If no writer goes with the suffix or the format cannot hold the catalog.
    """
    module = _writer(path, format)
    with atomic_path(Path(path)) as temporary:
        module.write(catalog, temporary)
    _tell_losses(catalog, module)
    return str(module.NAME)


def writes_parts(path: Path | str, format: str | None = None) -> bool:
    """Return whether the format of a file is written without holding the catalog whole.

    Raises
    ------
    InputError
        If no writer goes with the suffix.
    """
    return hasattr(_writer(path, format), "write_parts")


def write_catalog_parts(parts: CatalogParts, path: Path | str, *, format: str | None = None) -> int:
    """Write a catalog that comes in parts, as `write_catalog` writes one that is whole.

    Parameters
    ----------
    parts : CatalogParts
    path : Path or str
        Parquet or CSV.
    format : str, optional
        Name of the format; found by suffix when missing.

    Returns
    -------
    int
        Events that were written.

    Raises
    ------
    InputError
        If the format cannot be written in parts, or a row turns out to be bad.
    """
    module = _writer(path, format)
    if not hasattr(module, "write_parts"):
        raise InputError(
            f"{path}: {module.NAME} is written from a catalog as a whole, not from its parts; "
            "read it with read_catalog, or write Parquet or CSV"
        )
    with atomic_path(Path(path)) as temporary:
        events = int(module.write_parts(parts, temporary))
    _tell_losses(next(iter(parts)), module)
    return events


def _writer(path: Path | str, format: str | None) -> ModuleType:
    advice = f"name it with --format, one of {', '.join(format_names(writable=True))}"
    return _FORMATS.writer(Path(path), format, advice=advice)


def _tell_losses(catalog: Catalog, module: ModuleType) -> None:
    for sentence in losses(catalog, module.NAME):
        _log.warning("%s: %s", module.NAME, sentence)
