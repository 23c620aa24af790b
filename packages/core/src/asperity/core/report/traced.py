"""A result that remembers which of its keys was read last.

A report section reads a JSON document that anybody may have edited. When it
fails, the key that it read last is the one to look at, however deep inside a
figure the failure came up.
"""

from __future__ import annotations

from typing import Any

__all__ = ["Traced"]


class Traced(dict[str, Any]):
    """A JSON object whose keys, and those of the objects inside, are noted when they are read.

    Parameters
    ----------
    content : dict
    place : str, optional
        Where it lies in the whole document.

    Examples
    --------
    >>> document = Traced({"scores": [{"crps": "low"}]})
    >>> document["scores"][0]["crps"]
    'low'
    >>> document.complaint(TypeError("no number"))
    "key 'scores[0].crps' does not fit: no number (found 'low')"
    """

    def __init__(
        self, content: dict[str, Any], place: str = "", trace: _Trace | None = None
    ) -> None:
        self._trace = trace if trace is not None else _Trace()
        prefix = f"{place}." if place else ""
        self._place_of = {key: f"{prefix}{key}" for key in content}
        self._prefix = prefix
        super().__init__(
            {key: _traced(v, self._place_of[key], self._trace) for key, v in content.items()}
        )

    def __getitem__(self, key: str) -> Any:
        """Return a value and note its key, also that of one that is missing."""
        place = self._place_of.get(key, f"{self._prefix}{key}")
        self._trace.place, self._trace.missing = place, key not in self._place_of
        self._trace.value = None if self._trace.missing else super().__getitem__(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value, or the default."""
        try:
            return self[key]
        except KeyError:
            return default

    def complaint(self, error: Exception) -> str:
        """Return what is wrong with the document, in one sentence."""
        trace = self._trace
        if not trace.place:
            return f"the result does not fit: {error}"
        if trace.missing and isinstance(error, KeyError):
            return f"the result has no key {trace.place!r}"
        found = repr(trace.value)
        shown = found if len(found) <= 60 else f"{found[:57]}..."
        return f"key {trace.place!r} does not fit: {error} (found {shown})"


class _Trace:
    """The key that was read last."""

    place = ""
    missing = False
    value: Any = None


def _traced(value: Any, place: str, trace: _Trace) -> Any:
    if isinstance(value, dict):
        return Traced(value, place, trace)
    if isinstance(value, list):
        return [_traced(v, f"{place}[{i}]", trace) for i, v in enumerate(value)]
    return value
