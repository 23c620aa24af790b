"""GNSS velocities, least-squares collocation of strain rate, and scored deformation criteria.

The names below are loaded when they are first used, so that importing the
package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asperity.core.lazy import lazy

if TYPE_CHECKING:
    from asperity.gnss.collocation import Collocation
    from asperity.gnss.network import Network

__all__ = ["Collocation", "Network"]

__getattr__, __dir__ = lazy(__name__, {"collocation": ["Collocation"], "network": ["Network"]})
