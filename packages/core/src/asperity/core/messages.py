"""What is said on standard error besides the result: notes and warnings, unless --quiet.

Everything that is no error comes through here: `Run.note`, the loggers under
``asperity`` and Python's own warnings. Before a command has read its options,
nobody knows whether it is to be quiet; what is said until then is held back.
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

__all__ = ["hold_back", "reporting", "say"]

_logger = logging.getLogger("asperity")


def say(kind: str, text: str) -> None:
    """Print one line on standard error; `kind` is note, warning or error."""
    line = " ".join(text.split())
    if sys.stderr is not None:  # closed by the caller: print would fall back on standard output
        print(f"asperity: {kind}: {line}", file=sys.stderr)  # noqa: T201


class _Reporter(logging.Handler):
    """Say what is logged; or hold it back until it is known whether to."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[logging.LogRecord] | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Say one record, or hold it back."""
        if self.held is not None:
            self.held.append(record)
            return
        kind = {logging.WARNING: "warning", logging.INFO: "note"}.get(record.levelno, "error")
        say(kind, record.getMessage())

    def say_held(self) -> None:
        """Say what was held back, and from now on everything at once."""
        held, self.held = self.held or [], None
        for record in held:
            if record.levelno >= _logger.level:
                self.emit(record)


_reporter = _Reporter()


@contextmanager
def hold_back() -> Iterator[None]:
    """Hold back what is logged in a block until a command in it knows whether to be quiet."""
    _reporter.held = []
    _logger.addHandler(_reporter)
    try:
        yield
    finally:
        _reporter.say_held()
        _logger.removeHandler(_reporter)


@contextmanager
def reporting(*, quiet: bool) -> Iterator[None]:
    """Say what is logged and warned of in a block; with `quiet`, errors only."""
    before = _logger.level, _logger.propagate
    _logger.addHandler(_reporter)
    _logger.setLevel(logging.ERROR if quiet else logging.INFO)
    _logger.propagate = False
    _reporter.say_held()
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            yield
    finally:
        _logger.removeHandler(_reporter)
        _logger.setLevel(before[0])
        _logger.propagate = before[1]


def _show_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int,
    file: TextIO | None = None, line: str | None = None,
) -> None:  # fmt: skip
    del filename, lineno, file, line
    _logger.warning("%s (%s)", message, category.__name__)
