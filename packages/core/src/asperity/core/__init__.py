"""The shared layer of Asperity: catalog, geometry, statistics, report and command line.

The names below are loaded when they are first used, so that importing the
package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asperity.core.lazy import lazy

if TYPE_CHECKING:
    from asperity.core.catalog import Catalog
    from asperity.core.formats import (
        CatalogParts,
        ReadOptions,
        ReadResult,
        read_catalog,
        write_catalog,
        write_catalog_parts,
    )
    from asperity.core.operations import Operations
    from asperity.core.summary import summarise

__all__ = [
    "Catalog",
    "CatalogParts",
    "Operations",
    "ReadOptions",
    "ReadResult",
    "read_catalog",
    "summarise",
    "write_catalog",
    "write_catalog_parts",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "catalog": ["Catalog"],
        "operations": ["Operations"],
        "formats": [
            "CatalogParts",
            "ReadOptions",
            "ReadResult",
            "read_catalog",
            "write_catalog",
            "write_catalog_parts",
        ],
        "summary": ["summarise"],
    },
)
