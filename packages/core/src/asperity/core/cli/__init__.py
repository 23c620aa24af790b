"""The command ``asperity``."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING

from asperity.core.completion import answer_bash
from asperity.core.interruption import exit_on_signals
from asperity.core.lazy import lazy

if TYPE_CHECKING:
    from asperity.core.cli.root import app

__all__ = ["app", "main"]

__getattr__, __dir__ = lazy(__name__, {"root": ["app"]})


def main() -> None:
    """Run the command line."""
    exit_on_signals()
    if answer_bash():
        return
    if isinstance(sys.stdout, TextIOWrapper):
        # What a terminal without Unicode cannot show must not end the command.
        sys.stdout.reconfigure(errors="backslashreplace")
    from asperity.core.messages import hold_back

    with hold_back():
        # Loaded here, because an interrupt may come while it is.
        from asperity.core.cli.root import app

        app()
