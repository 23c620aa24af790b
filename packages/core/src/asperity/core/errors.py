"""The exceptions that Asperity raises on purpose, all in one place.

A message says what failed, where, what was found, what is allowed and what to
do next, in one line: the command line prints it as it is.
"""

__all__ = ["AsperityError", "CheckError", "ConvergenceError", "DataError", "InputError"]


class AsperityError(Exception):
    """Base of every failure that Asperity foresees; the command exits with 1."""

    exit_code = 1


class InputError(AsperityError, ValueError):
    """An argument, a file or a configuration that cannot be used as it is."""


class DataError(AsperityError):
    """Data that are well formed but do not hold what the method needs."""


class CheckError(AsperityError):
    """A check or a gate that was asked for did not hold; the command exits with 3."""

    exit_code = 3


class ConvergenceError(AsperityError, RuntimeError):
    """A numerical method that did not converge or lost accuracy; the command exits with 4."""

    exit_code = 4
