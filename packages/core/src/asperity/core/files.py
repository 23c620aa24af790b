"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import platform
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from asperity.core.errors import InputError, OutputError

__all__ = [
    "atomic_path", "check_folder", "check_output", "held", "make_folder", "sha256", "sweep",
]  # fmt: skip

_PART = re.compile(r"\..*\.(?P<place>[0-9a-f]{8})-(?P<pid>[0-9]+)-[0-9a-f]{8}\.part(\.[^.]*)?")
_LOCK = ".lock"
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV)


@contextmanager
def atomic_path(path: Path, *, replace: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its name when the block ends well.

    The temporary file is hidden and removed when the block fails; a killed
    process leaves at most that hidden file, never a part of `path`, and the next
    output in the folder sweeps it away.

    Parameters
    ----------
    path : Path
    replace : bool, optional
        Replace a file of that name. Without it, of two writers at the same time
        one gets the name and the other an error.

    Raises
    ------
    InputError
        If the folder does not exist, or the name is taken.
    OutputError
        If the file cannot be written, as on a full disk.

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
    _check_place(path)
    sweep(path.parent)
    # The suffix stays last, because writers choose their format by it.
    token = f"{_place()}-{os.getpid()}-{secrets.token_hex(4)}"
    temporary = path.with_name(f".{path.stem[:24]}.{token}.part{path.suffix}")
    try:
        yield temporary
        if replace:
            temporary.replace(path)
        else:
            _take_name(temporary, path)
    except InputError as error:
        # A message names the file that the user knows.
        raise type(error)(str(error).replace(str(temporary), str(path))) from None
    except PermissionError as error:
        raise OutputError(f"{path}: cannot write ({_reason(error)})") from None
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"{path}: writing failed ({_reason(error)})") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _reason(error: OSError) -> str:
    """Return the system's own words: libraries add the name of the temporary file."""
    return os.strerror(error.errno) if error.errno else str(error)


def _take_name(temporary: Path, path: Path) -> None:
    """Give a finished file its name, unless the name is taken."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise InputError(_taken(path)) from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # No hard links on this file system: reserve the name with an empty file.
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            raise InputError(_taken(path)) from None
        temporary.replace(path)


def _taken(path: Path) -> str:
    return f"{path} exists; choose another name or pass --force to replace it"


@lru_cache(maxsize=1)
def _place() -> str:
    """Return a mark of this machine and its numbering of processes.

    On a shared file system, or in a container, the same number is another process.
    """
    try:
        numbering = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        numbering = ""
    return hashlib.sha256(f"{platform.node()} {numbering}".encode()).hexdigest()[:8]


def sweep(folder: Path) -> list[Path]:
    """Remove the temporary files that killed processes of this machine left in a folder.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    list of Path
        What was removed: files of `atomic_path` whose writer is no longer alive.
        Those of other machines stay, because nobody here knows of their writers.
    """
    removed = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            part = _PART.fullmatch(entry.name)
            if part and part["place"] == _place() and not _alive(int(part["pid"])):
                with suppress(OSError):
                    Path(entry.path).unlink()
                    removed.append(Path(entry.path))
    return removed


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # it belongs to someone else
    return True


def check_output(path: Path, *, force: bool) -> None:
    """Refuse an output that exists, unless `force` is set.

    Raises
    ------
    InputError
        If it exists and may not be replaced, or its folder does not exist.
    """
    _check_place(path)
    if not force and os.path.lexists(path):
        raise InputError(_taken(path))


def check_folder(path: Path, *, force: bool) -> None:
    """Refuse a folder of outputs that holds something, unless `force` is set.

    Raises
    ------
    InputError
        If the path is a file, the folder is not empty, or its parent does not exist.
    """
    try:
        if path.exists() and not path.is_dir():
            raise InputError(f"{path} is a file; give the name of a folder")
        if not path.resolve().parent.is_dir():
            raise InputError(f"{path}: the folder {path.parent} does not exist; make it first")
        if not force and path.is_dir() and not all(map(_of_no_output, path.iterdir())):
            raise InputError(f"{path}: the folder is not empty; choose another, or pass --force")
    except OSError as error:
        raise InputError(f"{path}: cannot write there ({error.strerror})") from None


def _of_no_output(path: Path) -> bool:
    """Return whether a file is what a command leaves that failed before its first output."""
    return path.name == _LOCK or _PART.fullmatch(path.name) is not None


def make_folder(path: Path) -> None:
    """Make a folder of outputs, unless it is there.

    Raises
    ------
    OutputError
        If it cannot be made.
    """
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: the folder cannot be made ({error.strerror})") from None


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep a folder for this process in a block; a killed process lets go of it.

    Parameters
    ----------
    folder : Path
        Gets a hidden file ``.lock``, which stays.

    Raises
    ------
    InputError
        If another process is at work there.
    OutputError
        If the folder cannot be written to.
    """
    try:
        # Not buffered: what a full disk refuses would be tried again when the file is closed.
        lock = (folder / _LOCK).open("a+b", buffering=0)
    except OSError as error:
        raise OutputError(f"{folder}: cannot write there ({error.strerror})") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().decode().strip() or "?"
            raise InputError(
                f"{folder}: process {holder} is at work there; wait for it, stop it, "
                "or name another folder"
            ) from None
        lock.truncate(0)
        with suppress(OSError):  # a full disk: the lock itself holds
            lock.write(f"{os.getpid()}\n".encode())
        yield


def _check_place(path: Path) -> None:
    """Refuse a path that can never be an output."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise InputError(f"{str(path)!a} is no UTF-8; choose another name") from None
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder; give the name of a file")
        if path.exists() and not path.is_file():
            raise InputError(
                f"{path} is no regular file; give the name of a file, or - for standard output"
            )
        if not path.parent.is_dir():
            raise InputError(f"{path}: the folder {path.parent} does not exist; make it first")
    except OSError as error:
        raise InputError(f"{path}: cannot write there ({error.strerror})") from None


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
