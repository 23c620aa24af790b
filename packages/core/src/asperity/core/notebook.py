"""How objects show themselves at a prompt and in a notebook: in a few facts, not in arrays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from html import escape
from typing import Any

__all__ = ["Shown"]


class Shown(ABC):
    """Base of classes that are shown by their facts.

    A subclass returns them from `_facts`; a dataclass among them is made with
    ``repr=False``. Facts must cost nothing and raise nothing, whatever state the object is
    in: debuggers ask for them, too.

    Examples
    --------
    >>> class Sphere(Shown):
    ...     def _facts(self):
    ...         return {"radius": "2.5 mm"}
    >>> Sphere()
    <Sphere: radius 2.5 mm>
    """

    @abstractmethod
    def _facts(self) -> dict[str, Any]:
        """Return names and values, in the order in which they are shown."""

    def __repr__(self) -> str:
        facts = ", ".join(f"{name} {value}" for name, value in self._facts().items())
        return f"<{type(self).__name__}: {facts}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(str(name))}</th>"
            f"<td style='text-align:left'>{escape(str(value))}</td></tr>"
            for name, value in self._facts().items()
        )
        return f"<table><caption>{escape(type(self).__name__)}</caption>{rows}</table>"
