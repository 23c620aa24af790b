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
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from matplotlib.figure import Figure

    from asperity.core.formats import ReadOptions, ReadResult

__all__ = [
    "Answer",
    "ExecutorOption",
    "FiguresOption",
    "FileArgument",
    "RegionOption",
    "Run",
    "ThreadsOption",
    "group",
    "leaf",
    "plain",
]

FileArgument = Annotated[
    str, typer.Argument(metavar="FILE", help="Catalog file, - for standard input, or data:NAME.")
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
_COMMON = "Options of every command"
ThreadsOption = Annotated[
    int,
    typer.Option(
        "--threads",
        metavar="N",
        min=1,
        rich_help_panel=_COMMON,
        help="Threads of a kernel; at most as many as there are processors.",
    ),
]
"""Of a command whose kernels run in threads; `leaf(..., threads=True)` adds it."""
ExecutorOption = Annotated[
    str,
    typer.Option(
        "--executor",
        metavar="local:N|dask://HOST:PORT",
        rich_help_panel=_COMMON,
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


@dataclass
class Run:
    """One call of the command line: its common options, inputs and outputs."""

    name: str
    output: Path | None = None
    force: bool = False
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    progress_wanted: bool = True
    seed: int = 0
    threads: int = 1
    executor_text: str = ""
    configuration: dict[str, Any] = field(default_factory=dict)
    inputs: list[tuple[str, Path]] = field(default_factory=list)
    outputs: list[Path] = field(default_factory=list)
    started: float = field(default_factory=time.time)

    def note(self, text: str) -> None:
        """Say something on standard error, unless --quiet."""
        if not self.quiet:
            print(f"asperity: note: {text}", file=sys.stderr)  # noqa: T201

    def path(self, text: str) -> tuple[Path | str, Mapping[str, Any]]:
        """Return the path behind FILE and the read options that a data set carries."""
        if text.startswith("data:"):
            from asperity.core.datasets import dataset

            entry = dataset(text.removeprefix("data:"))
            path = entry.fetch()
            self.inputs.append((text, path))
            return path, entry.read
        if text == "-":
            return text, {}
        self.inputs.append((text, Path(text)))
        return Path(text), {}

    def read(
        self, text: str, *, format: str | None = None, options: ReadOptions | None = None
    ) -> ReadResult:
        """Read a catalog from FILE and say what its reader noticed."""
        from asperity.core.formats import ReadOptions, read_catalog

        path, known = self.path(text)
        merged = (options or ReadOptions()).merged(known)
        if known:
            self.configuration.setdefault("read", {})[text] = dict(known)
        result = read_catalog(path, format=format, options=merged)
        for note in result.notes:
            self.note(f"{text}: {note}")
        return result

    def save(self, path: Path, write: Callable[[Path], object]) -> None:
        """Write an output whole, beside it the record of how it was made.

        Parameters
        ----------
        path : Path
        write : callable
            Takes the temporary path that becomes `path`.
        """
        from asperity.core.errors import InputError
        from asperity.core.files import atomic_path, check_output
        from asperity.core.provenance import carries_record, write_sidecar

        check_output(path, force=self.force)
        for name, source in self.inputs:
            if path.exists() and source.exists() and path.samefile(source):
                raise InputError(f"{path} is the input {name} itself; choose another output")
        self.outputs.append(path)
        with atomic_path(path) as temporary:
            write(temporary)
        if not carries_record(path):
            write_sidecar(path, self.provenance())

    def destination(self, out: Path | None = None) -> Path:
        """Return where the output goes: `out`, or what -o names.

        Raises
        ------
        InputError
            If neither is given, or the file exists and may not be replaced.
        """
        from asperity.core.errors import InputError
        from asperity.core.files import check_output

        path = out or self.output
        if path is None:
            raise InputError("no output named; pass -o PATH")
        check_output(path, force=self.force)
        return path

    def check_outputs(self, figures: Iterable[Path] | None = None) -> None:
        """Refuse, before the work begins, what could not be written after it."""
        from asperity.core.files import check_output

        for path in [*(figures or ()), *([self.output] if self.output else ())]:
            check_output(path, force=self.force)

    def save_figures(self, figures: Iterable[Path] | None, draw: Callable[[], Figure]) -> list[str]:
        """Write one figure under each of the names, if there are any; returns the names."""
        names = list(figures or ())
        if not names:
            return []
        from asperity.core.figures import save_figure

        drawn = draw()
        for path in names:
            self.save(path, lambda temporary: save_figure(drawn, temporary))
        return [str(path) for path in names]

    def provenance(self) -> dict[str, Any]:
        """Return the record of this run."""
        from asperity.core.provenance import record

        return record(self)

    @contextmanager
    def progress(self, label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Show a progress bar on standard error; yields a function that advances it.

        Nothing is shown when standard error is no terminal, or with --no-progress.
        """
        if not (self.progress_wanted and not self.quiet and sys.stderr.isatty()):
            yield lambda _steps: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(label, total=total)
            yield lambda steps: bar.advance(task, steps)

    def check_parallel(self) -> None:
        """Refuse, before the work begins, --threads and --executor that cannot be had."""
        if self.threads > 1:
            from asperity.core.kernels import check_threads

            check_threads(self.threads)
        if self.executor_text:
            from asperity.core.executors import parse_executor

            parse_executor(self.executor_text)

    def kernel_threads(self) -> AbstractContextManager[None]:
        """Let parallel kernels run in as many threads as --threads says, in a block."""
        from asperity.core.kernels import kernel_threads

        return kernel_threads(self.threads)

    @contextmanager
    def executor(self) -> Iterator[Executor | None]:
        """Open the executor that --executor names, or yield None."""
        from asperity.core.executors import open_executor

        with open_executor(self.executor_text) as executor:
            yield executor


def group(name: str, help: str) -> typer.Typer:
    """Return an empty group of commands that prints its help when called alone."""
    return typer.Typer(name=name, help=help, no_args_is_help=True, add_completion=False)


def leaf(
    app: typer.Typer,
    name: str,
    *,
    example: str,
    output: str | None = None,
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

        @functools.wraps(function)
        def command(**arguments: Any) -> None:
            group_name = app.info.name
            grouped = isinstance(group_name, str) and group_name != "asperity"
            full = f"{group_name} {name}" if grouped else name
            run = _run_of(full, arguments)
            debug = arguments.pop("debug_")
            for parameter in common:
                arguments.pop(parameter.name, None)
            for bundle, kind in bundles.items():
                arguments[bundle] = kind(**{f.name: arguments.pop(f.name) for f in fields(kind)})

            def work() -> None:
                run.check_parallel()
                _finish(run, function(run, **arguments), output)

            _guard(work, debug=debug)

        parameters = own + common
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {p.name: p.annotation for p in parameters}
        app.command(name, epilog=f"Example: {example}", no_args_is_help=_needs_argument(own))(
            command
        )
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
                f.name, parameter.KEYWORD_ONLY, default=f.default, annotation=inner[f.name]
            )
            for f in fields(kind)
        ]
    return own, bundles


def _needs_argument(parameters: Iterable[inspect.Parameter]) -> bool:
    return any(p.default is inspect.Parameter.empty for p in parameters)


def _common_parameters(
    output: str | None, *, seed: bool, threads: bool, executor: bool
) -> list[inspect.Parameter]:
    def option(name: str, kind: Any, default: Any, *flags: str, **more: Any) -> inspect.Parameter:
        annotation = Annotated[kind, typer.Option(*flags, rich_help_panel=_COMMON, **more)]
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
        option("quiet_", bool, False, "--quiet", "-q", help="No notes, no progress."),
        option("verbose_", bool, False, "--verbose", "-v", help="Say more on standard error."),
        option("no_progress_", bool, False, "--no-progress", help="No progress bar."),
        option("debug_", bool, False, "--debug", help="Show the traceback of a failure."),
    ]


def _run_of(name: str, arguments: Mapping[str, Any]) -> Run:
    return Run(
        name=name,
        output=arguments["output_"],
        force=arguments["force_"],
        json=arguments["json_"],
        quiet=arguments["quiet_"],
        verbose=arguments["verbose_"],
        progress_wanted=not arguments["no_progress_"],
        seed=arguments.get("seed_", 0),
        threads=arguments.get("threads_", 1),
        executor_text=arguments.get("executor_", ""),
    )


def _finish(run: Run, answer: Answer, output: str | None) -> None:
    document = {"schema": f"asperity.{run.name.replace(' ', '.')}/1", **plain(answer.document)}
    if run.output is not None and output is None:
        text = json.dumps(document, indent=1, allow_nan=False) + "\n"
        run.save(run.output, lambda path: path.write_text(text, encoding="utf-8"))
    if run.json:
        sys.stdout.write(json.dumps(document, allow_nan=False) + "\n")
    elif answer.text is not None:
        sys.stdout.write(answer.text.rstrip("\n") + "\n" if answer.text else "")
    elif run.output is None or output is not None:
        sys.stdout.write(_as_text(document))
    sys.stdout.flush()
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
        elif isinstance(value, float):
            value = f"{value:.6g}"
        elif isinstance(value, list | dict):
            value = json.dumps(value)
        rows.append((key, "-" if value is None else str(value)))
    width = max((len(k) for k, _ in rows), default=0)
    return "".join(f"{k.ljust(width)}  {v}\n" for k, v in rows)


def _guard(action: Callable[[], None], *, debug: bool) -> None:
    """Run a command and turn what goes wrong into one line and an exit code."""
    from asperity.core.errors import AsperityError

    try:
        action()
    except typer.Exit:
        raise
    except AsperityError as error:
        _fail(error, str(error), error.exit_code, debug=debug)
    except KeyboardInterrupt as error:
        _fail(error, "interrupted; nothing was half-written", 130, debug=debug)
    except BrokenPipeError:
        # The reader of a pipe has gone: there is nobody left to tell.
        sys.stderr.close()
        raise typer.Exit(0) from None
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(where.filename).name}:{where.lineno}"
        text = f"unexpected {type(error).__name__}: {error} ({place}); --debug shows the traceback"
        _fail(error, text, 70, debug=debug)


def _fail(error: BaseException, text: str, code: int, *, debug: bool) -> None:
    if debug:
        traceback.print_exception(error)
    line = " ".join(text.split())
    print(f"asperity: error: {line}", file=sys.stderr)  # noqa: T201
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
