"""Registered public data sets: downloaded once, checked by their hash, never shipped.

The registry ``datasets.toml`` holds for each its address at a fixed commit, its
SHA-256, licence and citation, and how its file has to be read.
"""

from __future__ import annotations

import math
import os
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from asperity.core.errors import DataError, InputError
from asperity.core.files import sha256

__all__ = ["DataSet", "dataset", "datasets", "located"]

TIMEOUT = 8.0
"""Seconds after which a silent server counts as out of reach."""
_SILENCE = 60.0
"""Seconds for which a server that was silent is not asked again: a tour asks for many sets."""
_SILENT: dict[str, float] = {}
"""When each server was silent last, by `time.monotonic`."""


@dataclass(frozen=True)
class DataSet:
    """One entry of the registry."""

    name: str
    file: str
    url: str
    sha256: str
    bytes: int
    format: str
    licence: str
    citation: str
    note: str
    read: Mapping[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> str:
        """How much there is to download, for a person.

        Examples
        --------
        >>> dataset("peace-river").size
        '4 kB'
        """
        kilobytes = self.bytes / 1e3
        return f"{kilobytes:.0f} kB" if kilobytes < 1000.0 else f"{kilobytes / 1e3:.1f} MB"

    def local(self) -> Path | None:
        """Return the checked file if it lies in ``ASPERITY_DATA`` or in the cache."""
        for path in self._places():
            if path.is_file() and sha256(path) == self.sha256:
                return path
        return None

    def _places(self) -> list[Path]:
        """Return where the file may lie: first the user's folder, then the cache."""
        folder = os.environ.get("ASPERITY_DATA")
        return [Path(f) / self.file for f in (folder, cache_folder()) if f]

    def fetch(self) -> Path:
        """Return the path of the checked file, downloading it when needed.

        A server that was silent a minute ago is not waited for again.

        Raises
        ------
        DataError
            If the server does not answer or the bytes are not those registered.
        """
        found = self.local()
        if found is not None:
            return found
        changed = [path for path in self._places() if path.is_file()]
        beside = f"; {changed[0]} is another file (wrong sha256)" if changed else ""
        host = urlsplit(self.url).netloc
        if time.monotonic() - _SILENT.get(host, -math.inf) < _SILENCE:
            raise DataError(self._out_of_reach("Timeout", beside))
        import logging

        import pooch
        from requests.exceptions import RequestException, Timeout

        pooch.get_logger().setLevel(logging.WARNING)
        try:
            return Path(
                pooch.retrieve(
                    self.url,
                    known_hash=f"sha256:{self.sha256}",
                    fname=self.file,
                    path=cache_folder(),
                    downloader=pooch.HTTPDownloader(timeout=TIMEOUT),
                )
            )
        except RequestException as error:
            if isinstance(error, Timeout):
                _SILENT[host] = time.monotonic()
            raise DataError(self._out_of_reach(type(error).__name__, beside)) from None
        except ValueError as error:
            raise DataError(
                f"data:{self.name}: the downloaded bytes are not those registered ({error}); "
                "try again, and tell the authors if it stays so"
            ) from None
        except OSError as error:
            raise DataError(
                f"data:{self.name}: cannot be stored in {cache_folder()} ({error}); make room "
                f"there, or put {self.file} into a folder and name it in ASPERITY_DATA"
            ) from None

    def _out_of_reach(self, reason: str, beside: str) -> str:
        folder = os.environ.get("ASPERITY_DATA")
        if folder and not Path(folder).is_dir():
            beside += f"; ASPERITY_DATA names {folder}, which is no folder"
        elif folder and not beside:
            beside = f"; ASPERITY_DATA names {folder}, where {self.file} is not"
        return (
            f"data:{self.name}: cannot be downloaded from {urlsplit(self.url).netloc} "
            f"({reason}){beside}; connect to the network, or put {self.file} into a folder and "
            "name it in ASPERITY_DATA"
        )


def cache_folder() -> Path:
    """Return the folder that holds downloaded data sets."""
    import pooch

    return Path(pooch.os_cache("asperity"))


@lru_cache(maxsize=1)
def datasets() -> dict[str, DataSet]:
    """Return the registry, name -> entry, in its own order."""
    text = resources.files("asperity.core").joinpath("datasets.toml").read_text(encoding="utf-8")
    return {entry["name"]: DataSet(**entry) for entry in tomllib.loads(text)["dataset"]}


def dataset(name: str) -> DataSet:
    """Return one entry of the registry, by its name with or without ``data:``.

    Raises
    ------
    InputError
        If the name is not registered.

    Examples
    --------
    >>> dataset("peace-river").format
    'nle-mat'
    """
    name = name.removeprefix("data:")
    try:
        return datasets()[name]
    except KeyError:
        import difflib

        close = difflib.get_close_matches(name, datasets(), n=3)
        hint = f"did you mean {' or '.join(f'data:{n}' for n in close)}? " if close else ""
        raise InputError(
            f"data:{name} is not registered; {hint}asperity data list shows all"
        ) from None


def located(path: Path | str) -> tuple[Path | str, Mapping[str, Any]]:
    """Return the file behind a path or ``data:NAME``, and how a data set has to be read.

    Raises
    ------
    InputError
        If the name is not registered.
    DataError
        If the data set cannot be downloaded.

    Examples
    --------
    >>> located("field.csv")
    ('field.csv', {})
    """
    if isinstance(path, str) and path.startswith("data:"):
        entry = dataset(path)
        return entry.fetch(), entry.read
    return path, {}
