"""The shared layer of Asperity: catalog, geometry, statistics, report and command line.

The names below are loaded when they are first used, so that importing the
package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asperity.core.catalog import Catalog
    from asperity.core.formats import ReadOptions, ReadResult, read_catalog, write_catalog
    from asperity.core.operations import Operations

__all__ = ["Catalog", "Operations", "ReadOptions", "ReadResult", "read_catalog", "write_catalog"]

_HOME = {
    "Catalog": "catalog",
    "Operations": "operations",
    "ReadOptions": "formats",
    "ReadResult": "formats",
    "read_catalog": "formats",
    "write_catalog": "formats",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
