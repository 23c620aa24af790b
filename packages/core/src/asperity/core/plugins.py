"""What the installed packages plug in: commands, formats, report sections and more.

Each kind has an entry-point group ``asperity.KIND``. A plug-in that fails to
import becomes a warning that names it, and the rest still works.
"""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import entry_points
from typing import Any

__all__ = ["plugins"]

_log = logging.getLogger("asperity.plugins")


@cache
def plugins(kind: str) -> dict[str, Any]:
    """Return the plug-ins of a kind by name, in the order of their names.

    Parameters
    ----------
    kind : str
        ``commands``, ``formats``, ``reports``, ``report_folders``, ``demos``,
        ``configurations``, ``benchmarks`` or ``warm_up``.

    Examples
    --------
    >>> "asperity.catalog.bvalue" in plugins("reports")
    True
    """
    found = {}
    for point in sorted(entry_points(group=f"asperity.{kind}"), key=lambda p: p.name):
        try:
            found[point.name] = point.load()
        except Exception as error:
            _log.warning(
                "%r of %s cannot be loaded (%s: %s); the rest still works",
                point.value, kind, type(error).__name__, error,
            )  # fmt: skip
    return found
