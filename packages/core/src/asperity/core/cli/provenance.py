"""``asperity provenance``: how an output was made, and whether it can be made again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from asperity.core.command import Answer, Run, group, leaf

app = group("provenance", "How an output was made.")

OutputArgument = Annotated[
    Path, typer.Argument(metavar="OUTPUT", help="File that a command wrote.")
]


@leaf(app, "show", example="asperity provenance show replay.json")
def show(run: Run, path: OutputArgument) -> Answer:
    """Print the record of an output: command line, inputs, versions, seed, time."""
    from asperity.core.provenance import read_record

    content = read_record(path)
    return Answer({"record": content}, json.dumps(content, indent=1))


@leaf(app, "replay", example="asperity provenance replay replay.json")
def replay(run: Run, path: OutputArgument) -> Answer:
    """Make an output again in a temporary folder and compare; exit with 3 if it differs."""
    from asperity.core.replay import replay as make_again

    same, reason, command = make_again(path)
    document = {"same": same, "reason": reason, "command_line": command}
    text = f"{command}\n{'the same' if same else 'DIFFERS'}: {reason}"
    return Answer(document, text, failed_check=not same)
