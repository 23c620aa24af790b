"""Signals that ask the program to stop: it tidies up, says one line, and exits with 128 + signal.

Only the program `asperity` listens (see `exit_on_signals`); whoever uses the
packages as a library keeps the handlers that are set.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

__all__ = ["Interrupted", "exit_on_signals", "raise_on_signals"]

_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class Interrupted(KeyboardInterrupt):
    """A signal that came while a command was at work.

    Parameters
    ----------
    number : int
        Of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def exit_on_signals() -> None:
    """Leave at once, with one line, when a signal comes: there is nothing to tidy up yet.

    Called first thing in the program. A signal that is ignored, as under ``nohup``
    or in the background of a shell, stays ignored.
    """
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _exit)


@contextmanager
def raise_on_signals() -> Iterator[None]:
    """Raise `Interrupted` inside a block instead, so that what was begun is tidied up.

    The first signal raises; another one, while the first is tidied up, exits at
    once. Does nothing where `exit_on_signals` was not called.

    Raises
    ------
    Interrupted
        In the block, when a signal comes.
    """
    ours = [number for number in _SIGNALS if signal.getsignal(number) is _exit]

    def interrupt(number: int, _frame: FrameType | None) -> None:
        for each in ours:
            signal.signal(each, _exit)
        raise Interrupted(number)

    for number in ours:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, _exit)


def _exit(number: int, _frame: FrameType | None) -> NoReturn:
    # The interpreter may be in the middle of an import: no print, no clean-up of its own.
    os.write(2, f"asperity: error: interrupted ({signal.Signals(number).name})\n".encode())
    os._exit(128 + number)
