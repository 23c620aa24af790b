"""``asperity catalog``: files, statistics and geometry of catalogs."""

from __future__ import annotations

from asperity.core.cli.catalog import distance, files, geometry, statistics, synthetic
from asperity.core.cli.catalog.common import app

__all__ = ["app", "distance", "files", "geometry", "statistics", "synthetic"]
