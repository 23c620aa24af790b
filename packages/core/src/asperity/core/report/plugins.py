"""Report sections that the installed packages offer.

An entry point in the group ``asperity.reports`` is named after the result it
takes (the ``schema`` of a JSON document without its version, such as
``asperity.evt.replay``) and loads a function ``document -> Section``. Where a command
writes a folder of which the document is a part, an entry point of the same name in
``asperity.report_folders`` loads a function ``(document, folder) -> Section``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from asperity.core.errors import AsperityError, InputError
from asperity.core.plugins import plugins
from asperity.core.report.page import Section
from asperity.core.report.traced import Traced

__all__ = ["read_result", "section_makers", "sections_in", "sections_of"]


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
        raise InputError(
            f"{path}: not a result of an asperity command (no key 'schema'); a command "
            "writes one with -o"
        )
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
    return _made(maker, path, document)


def sections_in(folder: Path) -> list[tuple[Path, Section]]:
    """Return the results in a folder that have a section, and their sections.

    What describes the folder itself, such as the summary of a run, comes first, with the
    figures of what lies beside it; the others follow in the order of their names. JSON files
    that are no results, such as records of provenance, are passed over.

    Raises
    ------
    InputError
        If the folder holds no result that an installed package has a section for.
    """
    of_folders, makers = plugins("report_folders"), section_makers()
    of_folder, others = [], []
    for path in sorted(folder.glob("*.json")):
        try:
            document = read_result(path)
        except InputError:
            continue
        kind = document["schema"].rpartition("/")[0]
        if kind in of_folders:
            maker = partial(of_folders[kind], folder=folder)
            of_folder.append((path, _made(maker, path, document)))
        elif kind in makers:
            others.append((path, _made(makers[kind], path, document)))
    if not (of_folder or others):
        raise InputError(
            f"{folder}: no result of an asperity command there; write one into it, for example "
            f"with asperity evt replay CATALOG -o {folder / 'replay.json'}"
        )
    return of_folder + others


def _made(
    maker: Callable[[Mapping[str, Any]], Section], path: Path, document: dict[str, Any]
) -> Section:
    traced = Traced(document)
    try:
        return maker(traced)
    except AsperityError:
        raise
    except Exception as error:  # whatever a wrong value leads to, somewhere in a figure
        raise InputError(f"{path}: {traced.complaint(error)}; make the result again") from error
