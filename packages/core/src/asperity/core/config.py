"""Runs described by a TOML file: templates with comments, completion, checks, changes.

A configuration is a frozen pydantic model whose fields carry a description with
the unit, and bounds. A package offers its own through the entry-point group
``asperity.configurations``; a file says in ``kind`` which one it is.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from asperity.core.errors import InputError, UsageError
from asperity.core.plugins import plugins

__all__ = ["Configuration", "configurations", "load", "resolve", "to_toml"]


class Configuration(BaseModel):
    """Base of every configuration: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


C = TypeVar("C", bound=Configuration)


def configurations() -> dict[str, type[Configuration]]:
    """Return the configurations that the installed packages offer, by kind."""
    return plugins("configurations")


def load(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    InputError
        If it cannot be read or parsed.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; check the name") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: not a TOML file ({error})") from None


def resolve(
    model: type[C],
    content: Mapping[str, Any],
    changes: Sequence[str] = (),
    where: str = "configuration",
    options: Mapping[str, Any] | None = None,
) -> C:
    """Complete and check a configuration.

    Parameters
    ----------
    model : type
        The kind of configuration.
    content : mapping
        What the file says; ``kind`` is left out of account.
    changes : sequence of str
        ``section.key=value`` each, applied after the file; the value is TOML, or a text.
    where : str
        Name of the file, for messages.
    options : mapping, optional
        What other options of the command line say of top-level keys, applied last.

    Raises
    ------
    UsageError
        If what the command line says is unknown or not allowed.
    InputError
        If what the file says is.

    Examples
    --------
    >>> class Example(Configuration):
    ...     radius: float = 1.0
    >>> resolve(Example, {}, ["radius=2.5"]).radius
    2.5
    """
    tree: dict[str, Any] = _copy(content)
    tree.pop("kind", None)
    said = {_change(tree, change): f"--set {change}" for change in changes}
    for key, value in (options or {}).items():
        tree[key] = value
        said[key,] = "options"
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        first = error.errors()[0]
        loc = tuple(str(part) for part in first["loc"])
        # A rule over several keys has no place; whoever changed one of them broke it.
        ours = [text for key, text in said.items() if _meet(key, loc)]
        place = ours[-1] if ours else where
        key = f", {'.'.join(loc)}" if loc else ""
        shown = loc and first["type"] != "extra_forbidden"
        found = f", found {first['input']!r}" if shown else ""
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        keys = f"; keys are {', '.join(_keys(model))}" if loc else ""
        text = f"{place}{key}: {first['msg'].removeprefix('Value error, ')}{found}{more}{keys}"
        raise (UsageError if ours else InputError)(text) from None


def _meet(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Return whether one of two keys lies under the other, or is the same."""
    n = min(len(a), len(b))
    return a[:n] == b[:n]


def _change(tree: dict[str, Any], change: str) -> tuple[str, ...]:
    """Set one value in a tree as --set says; returns its key."""
    text, equals, value = change.partition("=")
    key = tuple(part.strip() for part in text.split("."))
    if not equals or not all(key):
        raise UsageError(f"--set {change!r}: write section.key=value")
    branch = tree
    for section in key[:-1]:
        branch = branch.setdefault(section, {})
        if not isinstance(branch, dict):
            raise UsageError(f"--set {change!r}: {section!r} is a value, not a section")
    branch[key[-1]] = _value(value.strip())
    return key


def _copy(content: Mapping[str, Any]) -> dict[str, Any]:
    return {k: _copy(v) if isinstance(v, Mapping) else v for k, v in content.items()}


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    keys = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            keys += _keys(kind, f"{prefix}{name}.")
        else:
            keys.append(prefix + name)
    return keys


def to_toml(kind: str, configuration: Configuration, *, comments: bool = True) -> str:
    """Return a configuration as TOML, each key under its description when `comments` is set."""
    lines = [f'kind = "{kind}"', ""]
    if comments:
        lines[:0] = [f"# {line}" for line in (configuration.__doc__ or "").strip().splitlines()[:1]]
    _section(configuration, "", lines, comments)
    return "\n".join(lines).rstrip() + "\n"


def _section(model: BaseModel, prefix: str, lines: list[str], comments: bool) -> None:
    inner = []
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            inner.append((f"{prefix}{name}", value))
            continue
        if isinstance(value, Mapping):
            inner += [(f"{prefix}{name}.{key}", each) for key, each in value.items()]
            continue
        if comments and field.description:
            lines.append(f"# {field.description}")
        # TOML has no null: a key without a value stands as a comment.
        lines.append(f"# {name} =" if value is None else f"{name} = {_toml(value)}")
    for name, value in inner:
        lines += ["", f"[{name}]"]
        _section(value, f"{name}.", lines, comments)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON escapes what TOML does, but for the delete character.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    return repr(value)
