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

from asperity.core.errors import InputError
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

    Raises
    ------
    InputError
        If a key is unknown or a value is not allowed; the message lists what is.

    Examples
    --------
    >>> class Example(Configuration):
    ...     radius: float = 1.0
    >>> resolve(Example, {}, ["radius=2.5"]).radius
    2.5
    """
    tree: dict[str, Any] = _copy(content)
    tree.pop("kind", None)
    for change in changes:
        key, equals, value = change.partition("=")
        if not equals or not key.strip():
            raise InputError(f"--set {change!r}: write section.key=value")
        *sections, last = key.strip().split(".")
        branch = tree
        for section in sections:
            branch = branch.setdefault(section, {})
            if not isinstance(branch, dict):
                raise InputError(f"--set {change!r}: {section!r} is a value, not a section")
        branch[last] = _value(value.strip())
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(p) for p in first["loc"])
        found = f", found {first['input']!r}" if first["type"] != "extra_forbidden" else ""
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise InputError(
            f"{where}, {key}: {first['msg']}{found}{more}; keys are {', '.join(_keys(model))}"
        ) from None


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
