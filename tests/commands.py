"""The command line in this process, as tests call it."""

import json

from typer.testing import CliRunner

from asperity.core.cli import app


def run(*arguments, code=0, **options):
    """Run a command, hold its exit code against `code`, and return what it printed."""
    result = CliRunner().invoke(app, [*map(str, arguments)], **options)
    assert result.exit_code == code, f"{arguments}\n{result.output}"
    return result


def document(*arguments, **options):
    """Run a command that succeeds and return the JSON document that it prints."""
    return json.loads(run(*arguments, "--json", "-q", **options).stdout)
