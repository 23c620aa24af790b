"""Report sections that the installed packages offer.

An entry point in the group ``asperity.reports`` is named after the result it
takes (the ``schema`` of a JSON document without its version, such as
``asperity.evt.replay``) and loads a function ``document -> Section``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from asperity.core.errors import AsperityError, InputError
from asperity.core.plugins import plugins
from asperity.core.report.page import Section
from asperity.core.report.traced import Traced

__all__ = ["read_result", "section_makers", "sections_of"]


def section_makers() -> dict[str, Callable[[Mapping[str, Any]], Section]]:
    """Return what makes a section, by the schema of the result it takes."""
    return plugins("reports")


def read_result(path: Path) -> dict[str, Any]:
    """Return the JSON document that a command wrote; its key ``schema`` is a text.

    Raises
    ------
    InputError
        If the file is no such result.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; check the name") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not a JSON result ({error})") from None
    if not isinstance(document, dict) or not isinstance(document.get("schema"), str):
        raise InputError(f"{path}: not a result of an asperity command (no key 'schema')")
    return document


def sections_of(path: Path) -> Section:
    """Return the section of a JSON result that a command wrote.

    Raises
    ------
    InputError
        If the file is no such result or no installed package has a section for it.
    """
    document = read_result(path)
    schema = document["schema"]
    maker = section_makers().get(schema.rpartition("/")[0])
    if maker is None:
        known = ", ".join(section_makers()) or "none"
        raise InputError(f"{path}: no report section for {schema!r}; there are {known}")
    traced = Traced(document)
    try:
        return maker(traced)
    except AsperityError:
        raise
    except Exception as error:  # whatever a wrong value leads to, somewhere in a figure
        raise InputError(f"{path}: {traced.complaint(error)}; make the result again") from error
