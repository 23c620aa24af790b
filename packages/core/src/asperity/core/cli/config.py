"""``asperity config``: look at and check the TOML file that describes a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asperity.core.command import Answer, Run, group, leaf

if TYPE_CHECKING:
    from asperity.core.config import Configuration

app = group("config", "The TOML file that describes a run.")

ConfigArgument = Annotated[Path, typer.Argument(metavar="CONFIG", help="TOML file.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Change a value; repeatable."),
]


def _resolved(path: Path, changes: list[str] | None) -> tuple[str, Configuration]:
    from asperity.core.config import configurations, load, resolve
    from asperity.core.errors import InputError

    content = load(path)
    kind = content.get("kind")
    if kind not in configurations():
        found = "there is no key kind" if kind is None else f"kind = {kind!r} is not known"
        raise InputError(f"{path}: {found}; allowed are {', '.join(configurations())}")
    return str(kind), resolve(configurations()[str(kind)], content, changes or (), str(path))


@leaf(app, "show", example="asperity config show forecast.toml --set min_events=20")
def show(run: Run, config: ConfigArgument, changes: SetOption = None) -> Answer:
    """Print a configuration completed with its defaults."""
    from asperity.core.config import to_toml

    kind, configuration = _resolved(config, changes)
    document = {"kind": kind, "configuration": configuration.model_dump(mode="json")}
    return Answer(document, to_toml(kind, configuration))


@leaf(app, "check", example="asperity config check forecast.toml")
def check(run: Run, config: ConfigArgument, changes: SetOption = None) -> Answer:
    """Check a configuration; exit with 3 and say why if it does not hold."""
    from asperity.core.errors import InputError, UsageError

    try:
        kind, _ = _resolved(config, changes)
    except UsageError:
        raise
    except InputError as error:
        return Answer({"valid": False, "problem": str(error)}, str(error), failed_check=True)
    return Answer({"valid": True, "problem": None}, f"valid: {kind}")
