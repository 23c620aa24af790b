"""Synthetic catalogs: magnitudes, Poisson and ETAS sequences, injection-driven ones.

The names below are loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asperity.core.lazy import lazy

if TYPE_CHECKING:
    from asperity.core.statistics.synthetic.etas import Etas, etas_catalog
    from asperity.core.statistics.synthetic.injection import (
        InjectionResponse,
        expected_events,
        injection_catalog,
    )
    from asperity.core.statistics.synthetic.magnitudes import GutenbergRichter
    from asperity.core.statistics.synthetic.poisson import poisson_catalog, poisson_times

__all__ = [
    "Etas",
    "GutenbergRichter",
    "InjectionResponse",
    "etas_catalog",
    "expected_events",
    "injection_catalog",
    "poisson_catalog",
    "poisson_times",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "etas": ["Etas", "etas_catalog"],
        "injection": ["InjectionResponse", "expected_events", "injection_catalog"],
        "magnitudes": ["GutenbergRichter"],
        "poisson": ["poisson_catalog", "poisson_times"],
    },
)
