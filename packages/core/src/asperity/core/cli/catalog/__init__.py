"""``asperity catalog``: files, statistics and geometry of catalogs."""

from __future__ import annotations

from asperity.core.cli.catalog import compare, distance, files, geometry, statistics, synthetic
from asperity.core.cli.catalog.common import app

__all__ = ["app", "compare", "distance", "files", "geometry", "statistics", "synthetic"]
