"""How the help of a command is laid out: as a manual page, at any width, copied as it stands.

Boxes leave a quarter of 80 columns to the sentences and cut long names of options, which then
cannot be copied. Only typer and the standard library are imported here.
"""

from __future__ import annotations

import re
from typing import Any

from typer.core import TyperCommand, TyperGroup

__all__ = ["COMMON", "CONTEXT", "PlainCommand", "PlainGroup"]

COMMON = "Options of every command"
"""Heading of the options that `leaf` adds."""
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
"""Settings of the root, which the commands under it take over."""

_EXAMPLE = "Example: "
_LONGEST_SUMMARY = 1000


class PlainCommand(TyperCommand):
    """A command whose help has its own options first, then those of every command."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the usage line, names of arguments without braces."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options under their headings."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is None:
                continue
            heading = getattr(parameter, "rich_help_panel", None) or "Options"
            if parameter.param_type_name == "argument":
                heading = "Arguments"
            elif parameter.name == "help":
                heading = COMMON
            sections.setdefault(heading, []).append(_readable(record))
        for heading in ("Arguments", "Options", COMMON):
            _write_list(formatter, heading, sections.pop(heading, []))
        for heading, rows in sections.items():
            _write_list(formatter, heading, rows)

    def format_epilog(self, _ctx: Any, formatter: Any) -> None:
        """Write the example in one line, which can be copied."""
        _write_epilog(formatter, self.epilog)


class PlainGroup(TyperGroup):
    """A group whose help tells what each command does in a whole sentence."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the commands, then the options of the group."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [
            (name, command.get_short_help_str(_LONGEST_SUMMARY))
            for name, command in commands
            if command is not None and not command.hidden
        ]
        _write_list(formatter, "Commands", rows)
        records = [parameter.get_help_record(ctx) for parameter in self.get_params(ctx)]
        _write_list(formatter, "Options", [_readable(r) for r in records if r is not None])

    def format_epilog(self, _ctx: Any, formatter: Any) -> None:
        """Write the example in one line, which can be copied."""
        _write_epilog(formatter, self.epilog)


def _readable(record: tuple[str, str]) -> tuple[str, str]:
    """Return an entry with types as a person names them: ``<float>``, not ``<list[float]>``."""
    name, text = record
    name = re.sub(r"<list\[(.+?)\]>", r"<\1>", name).replace(" range>", ">")
    return re.sub(r"^\{(.+?)\}", r"\1", name), text


def _write_list(formatter: Any, heading: str, rows: list[tuple[str, str]]) -> None:
    if rows:
        with formatter.section(heading):
            formatter.write_dl(rows)


def _write_epilog(formatter: Any, epilog: str | None) -> None:
    if not epilog:
        return
    formatter.write_paragraph()
    if epilog.startswith(_EXAMPLE):
        formatter.write(f"Example:\n  {epilog.removeprefix(_EXAMPLE)}\n")
    else:
        formatter.write_text(epilog)
