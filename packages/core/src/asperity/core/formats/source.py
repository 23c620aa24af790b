"""Where the bytes of a catalog come from: a file, a gzip file, or standard input."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from asperity.core.errors import InputError

__all__ = ["Source"]

_HEAD = 65_536


class Source:
    """A named, readable lot of bytes; gzip is undone, a byte-order mark left out of text.

    Parameters
    ----------
    path : Path or str
        A file, or ``-`` for standard input.

    Raises
    ------
    InputError
        If the file does not exist, is a folder or cannot be read.
    """

    def __init__(self, path: Path | str) -> None:
        self.name = "standard input" if str(path) == "-" else str(path)
        self.path = None if str(path) == "-" else Path(path)
        if self.path is None:
            self._raw: bytes | None = sys.stdin.buffer.read()
            start = self._raw[:2]
        else:
            self._raw = None
            try:
                with self.path.open("rb") as stream:
                    start = stream.read(2)
            except OSError as error:
                reason = {
                    FileNotFoundError: "no such file; check the name",
                    IsADirectoryError: "a folder; give the name of a file in it",
                    PermissionError: "no permission to read it",
                }.get(type(error), error.strerror)
                raise InputError(f"{self.name}: {reason}") from None
        self.is_gzip = start == b"\x1f\x8b"

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB, by which the format is found."""
        with self.stream() as stream:
            return stream.read(_HEAD)

    def stream(self) -> BinaryIO:
        """Open the bytes for reading from the start."""
        raw = io.BytesIO(self._raw) if self._raw is not None else self.path.open("rb")  # type: ignore[union-attr]
        if not self.is_gzip:
            return raw
        return io.BufferedReader(_Gunzip(raw, self.name), _HEAD)

    def bytes(self) -> bytes:
        """Return all bytes."""
        with self.stream() as stream:
            return stream.read()

    def text(self) -> str:
        """Return all text: UTF-8 with or without a byte-order mark, UTF-16 with one, or Latin-1."""
        data = self.bytes()
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            try:
                return data.decode("utf-16")
            except UnicodeDecodeError as error:
                raise InputError(f"{self.name}: broken UTF-16 text ({error.reason})") from None
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return data.removeprefix(b"\xef\xbb\xbf").decode("latin-1")


class _Gunzip(io.RawIOBase):
    """Decompress with an error that says what to do when the file is cut off."""

    def __init__(self, raw: BinaryIO, name: str) -> None:
        self._inner = gzip.GzipFile(fileobj=raw)
        self._raw = raw
        self._name = name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        try:
            return self._inner.readinto(buffer)  # type: ignore[arg-type]
        except (EOFError, OSError, zlib.error) as error:
            raise InputError(
                f"{self._name}: the gzip file is cut off or damaged ({error}); fetch it again"
            ) from None

    def close(self) -> None:
        self._inner.close()
        self._raw.close()
        super().close()
