"""The exceptions that Asperity raises on purpose, all in one place.

A message says what failed, where, what was found, what is allowed and what to
do next, in one line: the command line prints it as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = [
    "AsperityError",
    "CheckError",
    "ConvergenceError",
    "DataError",
    "InputError",
    "OutputError",
    "UsageError",
    "usage",
]


class AsperityError(Exception):
    """Base of every failure that Asperity foresees; the command exits with 1."""

    exit_code = 1


class InputError(AsperityError, ValueError):
    """An argument, a file or a configuration that cannot be used as it is."""


class OutputError(InputError):
    """An output that cannot be written: a disk that is full, a folder of someone else."""


class UsageError(InputError):
    """A command line that cannot be meant as it stands; the command exits with 2.

    What a choice of words can decide, typer decides (`typing.Literal`); this is for
    what must be parsed, and for options that do not go together.
    """

    exit_code = 2


class DataError(AsperityError):
    """Data that are well formed but do not hold what the method needs."""


class CheckError(AsperityError):
    """A check or a gate that was asked for did not hold; the command exits with 3."""

    exit_code = 3


class ConvergenceError(AsperityError, RuntimeError):
    """A numerical method that did not converge or lost accuracy; the command exits with 4."""

    exit_code = 4


@contextmanager
def usage(option: str = "") -> Iterator[None]:
    """Turn an `InputError` about the value of an option into a `UsageError` that names it.

    Parameters
    ----------
    option : str, optional
        As typed, such as ``--region``; without it the message stands as it is.

    Examples
    --------
    >>> try:
    ...     with usage("--anchor"):
    ...         raise InputError("'x' is no latitude")
    ... except UsageError as error:
    ...     print(error)
    --anchor: 'x' is no latitude
    """
    try:
        yield
    except InputError as error:
        text = str(error)
        raise UsageError(text if text.startswith(option) else f"{option}: {text}") from error
