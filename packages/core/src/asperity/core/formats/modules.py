"""A family of format modules: found by name for reading, by name or suffix for writing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from types import ModuleType

from asperity.core.errors import InputError

__all__ = ["FormatModules"]


class FormatModules:
    """Modules that each read, and perhaps write, one format.

    A module has ``NAME`` and ``SUFFIXES``; one that writes has ``write``.

    Parameters
    ----------
    load : callable
        Returns the modules in the order of trial; called when they are first needed.

    Examples
    --------
    >>> from asperity.core.formats import zmap
    >>> FormatModules(lambda: [zmap]).names(writable=True)
    ['zmap']
    """

    def __init__(self, load: Callable[[], Iterable[ModuleType]]) -> None:
        self._load = load

    @cached_property
    def _modules(self) -> dict[str, ModuleType]:
        return {module.NAME: module for module in self._load()}

    def __iter__(self) -> Iterator[ModuleType]:
        return iter(self._modules.values())

    def names(self, *, writable: bool = False) -> list[str]:
        """Return the names of the formats that can be read, or written."""
        return [n for n, m in self._modules.items() if not writable or hasattr(m, "write")]

    def by_name(self, name: str, *, writable: bool = False) -> ModuleType:
        """Return the module of a format.

        Raises
        ------
        InputError
            If there is none that reads it, or writes it.
        """
        names = self.names(writable=writable)
        if name not in names:
            verb = "written" if writable else "read"
            raise InputError(f"format {name!r} cannot be {verb}; there are {', '.join(names)}")
        return self._modules[name]

    def writer(self, path: Path, name: str | None = None, *, advice: str) -> ModuleType:
        """Return the module that writes a file, by the name of the format or by suffix.

        Parameters
        ----------
        path : Path
        name : str, optional
        advice : str
            What to do where no format goes with the suffix.

        Raises
        ------
        InputError
            If there is none.
        """
        if name is not None:
            return self.by_name(name, writable=True)
        suffix = path.suffix.lower()
        for candidate in self.names(writable=True):
            if suffix in self._modules[candidate].SUFFIXES:
                return self._modules[candidate]
        raise InputError(f"{path}: no format goes with the suffix {suffix!r}; {advice}")
