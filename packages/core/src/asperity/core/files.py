"""Files that are written whole or not at all."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asperity.core.errors import InputError

__all__ = ["atomic_path", "check_output", "sha256"]


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its name when the block ends well.

    The temporary file is hidden and removed when the block fails; a killed
    process leaves at most that hidden file, never a part of `path`.

    Raises
    ------
    InputError
        If the folder does not exist or cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "a.txt"
    >>> with atomic_path(target) as temporary:
    ...     _ = temporary.write_text("whole")
    >>> target.read_text()
    'whole'
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise InputError(f"{path}: the folder {path.parent} does not exist; make it first")
    if path.exists() and not path.is_file():
        raise InputError(f"{path} is no regular file; give the name of a file to write")
    # The suffix stays last, because writers choose their format by it.
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.part{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    except InputError as error:
        # A message names the file that the user knows.
        raise InputError(str(error).replace(str(temporary), str(path))) from None
    except PermissionError as error:
        raise InputError(f"{path}: cannot write ({error.strerror})") from None
    except OSError as error:
        raise InputError(f"{path}: writing failed ({error.strerror or error})") from error
    finally:
        temporary.unlink(missing_ok=True)


def check_output(path: Path, *, force: bool) -> None:
    """Refuse an output that exists, unless `force` is set.

    Raises
    ------
    InputError
        If it exists and may not be replaced, or its folder does not exist.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder; give the name of a file")
    if path.exists() and not force:
        raise InputError(f"{path} exists; choose another name or pass --force to replace it")
    if not path.parent.is_dir():
        raise InputError(f"{path}: the folder {path.parent} does not exist; make it first")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
