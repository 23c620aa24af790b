"""Registered public data sets: downloaded once, checked by their hash, never shipped.

The registry ``datasets.toml`` holds for each its address at a fixed commit, its
SHA-256, licence and citation, and how its file has to be read.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from asperity.core.errors import DataError, InputError
from asperity.core.files import sha256

__all__ = ["DataSet", "dataset", "datasets"]

TIMEOUT = 8.0
"""Seconds after which a silent server counts as out of reach."""


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
        import logging

        import pooch
        from requests.exceptions import RequestException

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
            raise DataError(
                f"data:{self.name}: cannot be downloaded ({type(error).__name__}){beside}; connect "
                f"to the network, or put {self.file} into a folder and name it in ASPERITY_DATA"
            ) from None
        except ValueError as error:
            raise DataError(
                f"data:{self.name}: the downloaded bytes are not those registered ({error})"
            ) from None
        except OSError as error:
            raise DataError(
                f"data:{self.name}: cannot be stored in {cache_folder()} ({error})"
            ) from None


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
    """Return one entry of the registry.

    Raises
    ------
    InputError
        If the name is not registered.

    Examples
    --------
    >>> dataset("peace-river").format
    'nle-mat'
    """
    try:
        return datasets()[name]
    except KeyError:
        import difflib

        close = difflib.get_close_matches(name, datasets(), n=3) or list(datasets())[:5]
        raise InputError(
            f"data:{name} is not registered; did you mean {', '.join(close)}? "
            "asperity data list shows all"
        ) from None
