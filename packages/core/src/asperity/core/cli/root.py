"""The root of the command line, and the domains that plug into it.

Importing this module loads typer and the standard library only, so that
``asperity --help`` answers at once; a command loads what it needs when it runs.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from asperity.core.cli import bench, catalog, config, data, demo, doctor, provenance, report
from asperity.core.command import CONTEXT, Group
from asperity.core.plugins import plugins

__all__ = ["app"]

app = typer.Typer(
    name="asperity",
    cls=Group,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings=dict(CONTEXT),
    help="A seismology workbench: laboratory earthquakes, GNSS strain, induced seismicity.",
    epilog="Example: asperity evt replay data:peace-river --mc 2 --figure peace-river.png",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"asperity {version('asperity-core')}\n")
        raise typer.Exit


@app.callback()
def root(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Run the seismology workbench."""


for module in (demo, doctor):
    module.register(app)
for module in (data, catalog):
    app.add_typer(module.app)


for name, commands in plugins("commands").items():
    app.add_typer(commands, name=name)
for module in (report, config, provenance, bench):
    app.add_typer(module.app)
