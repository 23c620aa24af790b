"""What every leaf of the command line has in common.

`leaf` turns a function that returns an `Answer` into a command: it adds the
options that are the same everywhere, prints the result as text or as one JSON
document, writes outputs whole with their provenance, and turns failures into
one line and an exit code. Only typer and the standard library are imported
here; a leaf imports what it needs when it runs.
"""

from __future__ import annotations

import functools
import inspect
import json
import math
import re
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from asperity.core.command_help import COMMON, CONTEXT, PlainCommand, PlainGroup
from asperity.core.completion import complete_file
from asperity.core.interruption import Interrupted, raise_on_signals
from asperity.core.messages import reporting, say
from asperity.core.naming import distinct, name_of
from asperity.core.run import STDOUT, Run, abandon_standard_output, standard_output

__all__ = [
    "CONTEXT",
    "STDOUT",
    "Answer",
    "ExecutorOption",
    "FiguresOption",
    "FileArgument",
    "Group",
    "RegionOption",
    "Run",
    "ThreadsOption",
    "distinct",
    "group",
    "leaf",
    "name_of",
    "plain",
]

FileArgument = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        autocompletion=complete_file,
        help="Catalog file, - for standard input, or data:NAME.",
    ),
]
RegionOption = Annotated[
    str | None,
    typer.Option(
        "--region",
        metavar="WEST/EAST/SOUTH/NORTH",
        help="Keep what lies inside, degrees; or a file of polygons, GeoJSON, GMT or a table.",
    ),
]
FiguresOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--figure", metavar="PATH", help="Figure to write, .png, .svg or .pdf; repeatable."
    ),
]
ThreadsOption = Annotated[
    int,
    typer.Option(
        "--threads",
        metavar="N",
        min=1,
        rich_help_panel=COMMON,
        help="Threads of a kernel; at most as many as there are processors.",
    ),
]
"""Of a command whose kernels run in threads; `leaf(..., threads=True)` adds it."""
ExecutorOption = Annotated[
    str,
    typer.Option(
        "--executor",
        metavar="local:N|dask://HOST:PORT",
        rich_help_panel=COMMON,
        help="Where independent pieces run: N processes here, or a Dask cluster.",
    ),
]
"""Of a command with independent pieces; `leaf(..., executor=True)` adds it."""


@dataclass(frozen=True)
class Answer:
    """What a leaf found.

    Parameters
    ----------
    document : mapping
        The result under the keys of docs/commands.md; becomes the JSON document.
    text : str, optional
        The result for a person; made from the document when missing.
    failed_check : bool
        A check that the user asked for did not hold: the command exits with 3.
    """

    document: Mapping[str, Any]
    text: str | None = None
    failed_check: bool = False


# typer shows this base class of its usage errors only under private names.
_TyperUsageError: type[Any] = typer.BadParameter.__mro__[1]


class Group(PlainGroup):
    """A group of commands whose usage errors are one line, as all other errors are."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line; exits unless `standalone_mode` is False."""
        run = functools.partial(
            super().main, args, prog_name, complete_var, False, windows_expand_args, **extra
        )
        if not standalone_mode:
            return run()
        try:
            code = run()
        except _TyperUsageError as error:
            if type(error).__name__ == "NoArgsIsHelpError":
                error.show()
            else:
                path = error.ctx.command_path if error.ctx else "asperity"
                say("error", f"{_usage_text(error)}; see {path} --help")
            sys.exit(error.exit_code)
        sys.exit(code if isinstance(code, int) else 0)


def _usage_text(error: Any) -> str:
    """Return what was typed wrongly in the words of the other messages."""
    text = str(error.format_message()).replace("Value error, ", "").rstrip(".")
    from asperity.core.diagnosis import PARTS

    unknown = re.fullmatch(r"No such command '(\w+)'", text)
    if unknown and f"asperity-{unknown[1]}" in PARTS:
        part = f"asperity-{unknown[1]}"
        return f"{part} is not installed, or cannot be loaded; asperity doctor says what to do"
    if not hasattr(error.__cause__, "errors"):
        return text
    # The pydantic error behind it, which alone knows what was typed.
    (first, *_) = error.__cause__.errors()
    lead, _, expected = first["msg"].partition("Input should be ")
    if lead or not expected:
        return text
    expected = expected.partition(", unable")[0].replace("a valid ", "a ")
    expected = expected.replace("a integer", "an integer")
    if expected.startswith(("greater", "less")):
        expected = f"a number {expected}"
    wrong = f"found {str(first['input'])!r}, expected {expected}"
    return text.replace(str(first["msg"]), wrong)


def group(name: str, help: str) -> typer.Typer:
    """Return an empty group of commands that prints its help when called alone."""
    return typer.Typer(name=name, help=help, cls=Group, no_args_is_help=True, add_completion=False)


def leaf(
    app: typer.Typer,
    name: str,
    *,
    example: str,
    output: str | None = None,
    folder: bool = False,
    seed: bool = False,
    threads: bool = False,
    executor: bool = False,
) -> Callable[[Callable[..., Answer]], Callable[..., None]]:
    """Register a function as a command with the options that are the same everywhere.

    Parameters
    ----------
    app : typer.Typer
    name : str
        Name of the command in its group.
    example : str
        One command line that works, shown under the help.
    output : str, optional
        What -o writes; by default the JSON document. The function itself writes
        `run.output` when this is given.
    folder : bool
        -o names a folder, which may exist when it is empty, or with --force.
    seed, threads, executor : bool
        Whether the command takes --seed, --threads, --executor. The function finds
        them in the `Run`: `run.seed`, `run.kernel_threads()`, `run.executor()`.

    Returns
    -------
    callable
        Decorator; the function takes a `Run` first and returns an `Answer`.
    """

    def register(function: Callable[..., Answer]) -> Callable[..., None]:
        common = _common_parameters(output, seed=seed, threads=threads, executor=executor)
        own, bundles = _own_parameters(function)
        drawn = [p.name for p in own if p.annotation == FiguresOption]

        @functools.wraps(function)
        def command(**arguments: Any) -> None:
            group_name = app.info.name
            grouped = isinstance(group_name, str) and group_name != "asperity"
            full = f"{group_name} {name}" if grouped else name
            run = _run_of(full, arguments, own_output=output is not None)
            run.folder_output = folder
            debug = arguments["debug_"]
            given = dict(arguments)
            figures = [path for name in drawn for path in arguments[name] or ()]
            for parameter in common:
                arguments.pop(parameter.name, None)
            for bundle, kind in bundles.items():
                arguments[bundle] = kind(**{f.name: arguments.pop(f.name) for f in fields(kind)})

            def work() -> None:
                _check_finite(own, given)
                run.check_parallel()
                run.check_outputs(figures)
                _finish(run, function(run, **arguments))

            with reporting(quiet=run.quiet):
                _guard(work, run, debug=debug)

        parameters = own + common
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {p.name: p.annotation for p in parameters}
        app.command(
            name,
            cls=PlainCommand,
            epilog=f"Example: {example}",
            no_args_is_help=_needs_argument(own),
        )(command)
        return command

    return register


def _own_parameters(
    function: Callable[..., Answer],
) -> tuple[list[inspect.Parameter], dict[str, Any]]:
    """Return the options of a leaf itself, and which of its parameters bundle several.

    A parameter whose type is a dataclass stands for one option a field, so that
    commands share a set of options without naming each of them again.
    """
    hints = get_type_hints(function, include_extras=True)
    own, bundles = [], {}
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        kind = hints[parameter.name]
        if not is_dataclass(kind):
            own.append(parameter.replace(kind=parameter.KEYWORD_ONLY, annotation=kind))
            continue
        bundles[parameter.name] = kind
        inner = get_type_hints(kind, include_extras=True)
        own += [
            inspect.Parameter(
                f.name,
                parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if f.default is MISSING else f.default,
                annotation=inner[f.name],
            )
            for f in fields(kind)
        ]
    return own, bundles


def _check_finite(parameters: Iterable[inspect.Parameter], given: Mapping[str, Any]) -> None:
    """Refuse nan and infinities, which Python reads as numbers and no option means.

    Raises
    ------
    UsageError
        If one was given.
    """
    from asperity.core.errors import UsageError

    for parameter in parameters:
        value = given[parameter.name]
        for number in value if isinstance(value, list) else [value]:
            if isinstance(number, float) and not math.isfinite(number):
                (option, *_) = parameter.annotation.__metadata__
                # Inside Annotated, typer takes the first name for the default.
                names = [option.default, *(option.param_decls or ())]
                flag = next((n for n in names if isinstance(n, str)), parameter.name)
                raise UsageError(f"{flag} {number}: give a finite number")


def _needs_argument(parameters: Iterable[inspect.Parameter]) -> bool:
    return any(p.default is inspect.Parameter.empty for p in parameters)


def _common_parameters(
    output: str | None, *, seed: bool, threads: bool, executor: bool
) -> list[inspect.Parameter]:
    def option(name: str, kind: Any, default: Any, *flags: str, **more: Any) -> inspect.Parameter:
        annotation = Annotated[kind, typer.Option(*flags, rich_help_panel=COMMON, **more)]
        return inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
        )

    what = output or "Write the JSON document here."
    parameters = [
        option("output_", Path | None, None, "--output", "-o", metavar="PATH", help=what),
        option("force_", bool, False, "--force", help="Replace an output that exists."),
        option("json_", bool, False, "--json", help="Print one JSON document."),
    ]
    if seed:
        parameters.append(option("seed_", int, 0, "--seed", min=0, help="Seed of random draws."))
    keyword = inspect.Parameter.KEYWORD_ONLY
    if threads:
        parameters.append(
            inspect.Parameter("threads_", keyword, default=1, annotation=ThreadsOption)
        )
    if executor:
        parameters.append(
            inspect.Parameter("executor_", keyword, default="", annotation=ExecutorOption)
        )
    return [
        *parameters,
        option("quiet_", bool, False, "--quiet", "-q", help="No notes, warnings or progress."),
        option("verbose_", bool, False, "--verbose", "-v", help="Say more on standard error."),
        option("no_progress_", bool, False, "--no-progress", help="No progress bar."),
        option("debug_", bool, False, "--debug", help="Show the traceback of a failure."),
    ]


def _run_of(name: str, arguments: Mapping[str, Any], *, own_output: bool) -> Run:
    return Run(
        name=name,
        output=arguments["output_"],
        own_output=own_output,
        force=arguments["force_"],
        json=arguments["json_"],
        quiet=arguments["quiet_"],
        verbose=arguments["verbose_"],
        progress_wanted=not arguments["no_progress_"],
        seed=arguments.get("seed_", 0),
        threads=arguments.get("threads_", 1),
        executor_text=arguments.get("executor_", ""),
    )


def _finish(run: Run, answer: Answer) -> None:
    document = {"schema": f"asperity.{run.name.replace(' ', '.')}/1", **plain(answer.document)}
    given_away = run.output is not None and not run.own_output
    if given_away and run.output != STDOUT:
        whole = json.dumps(document, indent=1, allow_nan=False) + "\n"
        run.save(run.output, lambda path: path.write_text(whole, encoding="utf-8"))  # type: ignore[arg-type]
    if run.json or (given_away and run.output == STDOUT):
        text = json.dumps(document, allow_nan=False) + "\n"
        if given_away and run.output == STDOUT:
            run.note_no_record()
    elif answer.text is not None:
        text = answer.text.rstrip("\n") + "\n" if answer.text else ""
    else:
        text = "" if given_away else _as_text(document)
    if STDOUT not in run.outputs:
        with standard_output() as stream:
            stream.write(text)
    elif not run.quiet and sys.stderr is not None:
        sys.stderr.write(text)  # standard output holds the result itself
    if run.verbose:
        record = run.provenance()
        megabytes = record["peak_memory_bytes"] / 1e6
        run.note(f"{record['elapsed_seconds']:.2f} s elapsed, {megabytes:.0f} MB at most")
    if answer.failed_check:
        raise typer.Exit(3)


def _as_text(document: Mapping[str, Any]) -> str:
    """Render a document as aligned lines; long lists are counted, not shown."""
    rows = []
    for key, value in document.items():
        if key == "schema":
            continue
        if isinstance(value, list) and len(value) > 12:
            value = f"{len(value)} entries; --json prints them"
        elif isinstance(value, list | dict):
            value = json.dumps(_rounded(value), ensure_ascii=False)
        else:
            value = _rounded(value)
        rows.append((key, "-" if value is None else str(value)))
    width = max((len(k) for k, _ in rows), default=0)
    return "".join(f"{k.ljust(width)}  {v}\n" for k, v in rows)


def _rounded(value: Any) -> Any:
    """Return a value with its numbers to six digits, which is what a person reads."""
    if isinstance(value, dict):
        return {key: _rounded(v) for key, v in value.items()}
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _guard(action: Callable[[], None], run: Run, *, debug: bool) -> None:
    """Run a command and turn what goes wrong into one line and an exit code."""
    from asperity.core.errors import AsperityError

    def way_on(text: str) -> str:
        return f"{text}; {run.way_on}" if run.way_on else text

    try:
        with raise_on_signals():
            action()
    except typer.Exit:
        raise
    except AsperityError as error:
        _fail(error, way_on(str(error)), error.exit_code, debug=debug)
    except KeyboardInterrupt as error:
        number = error.number if isinstance(error, Interrupted) else signal.SIGINT
        by = "" if number == signal.SIGINT else f" by {signal.Signals(number).name}"
        text = f"interrupted{by}; {run.way_on or 'nothing was half-written'}"
        _fail(error, text, 128 + number, debug=debug)
    except BrokenPipeError:
        # The reader of a pipe has gone: there is nobody left to tell.
        abandon_standard_output()
        raise typer.Exit(0) from None
    except MemoryError as error:
        text = "not enough memory; choose fewer events, or a machine with more"
        _fail(error, way_on(text), AsperityError.exit_code, debug=debug)
    except Exception as error:
        missing = str(getattr(error, "name", None) or "").partition(".")[0]
        if isinstance(error, ModuleNotFoundError) and missing not in ("", "asperity"):
            text = f"the library {missing} is missing; asperity doctor says what to install"
            _fail(error, text, AsperityError.exit_code, debug=debug)
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(where.filename).name}:{where.lineno}"
        text = f"unexpected {type(error).__name__}: {error} ({place}); --debug shows the traceback"
        _fail(error, text, 70, debug=debug)


def _fail(error: BaseException, text: str, code: int, *, debug: bool) -> None:
    if debug:
        traceback.print_exception(error)
    say("error", text)
    raise typer.Exit(code) from None


def plain(value: Any) -> Any:
    """Turn NumPy values into Python ones and what is not finite into None.

    Examples
    --------
    >>> plain({"b": float("nan"), "n": [1, 2]})
    {'b': None, 'n': [1, 2]}
    """
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return value
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int):
        return value
    return str(value)
