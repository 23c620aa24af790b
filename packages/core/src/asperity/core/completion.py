"""What a TAB offers for FILE: the names of registered data sets, and files.

bash takes a colon for the end of a word and hands ``data:pe`` over as three words, which a
parser of command lines cannot put together; such a TAB is answered here, before the commands
are loaded. Other shells ask `complete_file`. Only the standard library is imported.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

__all__ = ["answer_bash", "complete_file", "complete_name", "data_names"]

_PREFIX = "data:"


def data_names() -> list[str]:
    """Return the names of the registered data sets, in order, without reading all of the registry.

    Examples
    --------
    >>> "peace-river" in data_names()
    True
    """
    text = resources.files("asperity.core").joinpath("datasets.toml").read_text(encoding="utf-8")
    return re.findall(r'^name = "(.+)"$', text, re.MULTILINE)


def complete_file(incomplete: str) -> list[str]:
    """Return what FILE may become: data sets after ``data:``, else files that begin so.

    Of a word that is not begun nothing is offered, so that the shell shows its files.

    Examples
    --------
    >>> complete_file("data:peace")
    ['data:peace-river']
    """
    if not incomplete:
        return []
    names = [_PREFIX + name for name in data_names()]
    found = [name for name in names if name.startswith(incomplete)]
    if not found or incomplete.startswith(_PREFIX):
        return found
    folder = Path(incomplete).parent
    return found + sorted(str(p) for p in folder.glob(f"{Path(incomplete).name}*"))


def complete_name(incomplete: str) -> list[str]:
    """Return the names of data sets that begin so."""
    return [name for name in data_names() if name.startswith(incomplete)]


def answer_bash(environment: Mapping[str, str] = os.environ) -> bool:
    """Answer a TAB of bash within ``data:NAME`` on standard output; returns whether it was one."""
    if environment.get("_ASPERITY_COMPLETE") != "complete_bash":
        return False
    words = environment.get("COMP_WORDS", "").split("\n")
    try:
        at = int(environment.get("COMP_CWORD", ""))
    except ValueError:
        return False
    word = words[at] if at < len(words) else ""
    if word == ":" and words[at - 1] == "data":
        begun = ""
    elif at >= 2 and words[at - 1] == ":" and words[at - 2] == "data":
        begun = word
    else:
        return False
    # bash puts what it gets after the colon.
    sys.stdout.writelines(f"{name}\n" for name in complete_name(begun))
    return True
