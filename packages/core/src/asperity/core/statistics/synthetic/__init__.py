"""Synthetic catalogs: magnitudes, Poisson and ETAS sequences, injection-driven ones.

The names below are loaded when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asperity.core.statistics.synthetic.etas import Etas, etas_catalog
    from asperity.core.statistics.synthetic.injection import InjectionResponse, injection_catalog
    from asperity.core.statistics.synthetic.magnitudes import GutenbergRichter
    from asperity.core.statistics.synthetic.poisson import poisson_catalog, poisson_times

__all__ = [
    "Etas",
    "GutenbergRichter",
    "InjectionResponse",
    "etas_catalog",
    "injection_catalog",
    "poisson_catalog",
    "poisson_times",
]

_HOME = {
    "etas": ("Etas", "etas_catalog"),
    "injection": ("InjectionResponse", "injection_catalog"),
    "magnitudes": ("GutenbergRichter",),
    "poisson": ("poisson_catalog", "poisson_times"),
}


def __getattr__(name: str) -> Any:
    home = next((module for module, names in _HOME.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
