"""One call of the command line: what it reads, what it writes, what it says meanwhile."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TextIO

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from matplotlib.figure import Figure

    from asperity.core.formats import CatalogParts, ReadOptions, ReadResult
    from asperity.core.geometry import PolygonRegion, Region

__all__ = ["STDOUT", "Advance", "Run", "abandon_standard_output", "standard_output"]

STDOUT = Path("-")
"""The output that is no file."""
_FIGURES = (".png", ".svg", ".pdf")


@contextmanager
def standard_output() -> Iterator[TextIO]:
    """Write to standard output in a block; what was written has left when it ends.

    Raises
    ------
    InputError
        If the disk behind it is full, for instance.
    BrokenPipeError
        If its reader has gone.
    """
    from asperity.core.errors import InputError

    if sys.stdout is None:
        raise InputError("standard output is closed; name a file with -o")
    try:
        yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        abandon_standard_output()
        raise InputError(f"standard output: writing failed ({error.strerror})") from None


def abandon_standard_output() -> None:
    """Send what waits in the buffer of standard output nowhere: no exit must stumble on it."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# The commands with the options of a reader, and these options: what a message may advise.
_WITH_READ_OPTIONS = ("catalog info", "catalog convert")
_READ_OPTION = re.compile(
    r"--(columns|crs|swap-coordinates|depth|depth-unit|time-resolution|missing|decimal|rate-unit"
    r"|on-error|format)\b"
)


class Advance(Protocol):
    """What `Run.progress` yields."""

    def __call__(self, steps: int, /, live: str = "") -> None:
        """Advance the bar by so many steps, with a few words on what is going on."""


def _unseen(_steps: int, live: str = "") -> None:
    """Show nothing."""


@dataclass
class Run:
    """One call of the command line: its common options, inputs and outputs.

    Parameters
    ----------
    name : str
        Of the command, with its group.
    output : Path, optional
        What -o names, ``-`` for standard output.
    own_output : bool
        The command writes `output` itself; otherwise it receives the JSON document.
    folder_output : bool
        What -o names is a folder, which is made when it is missing.
    way_on : str
        What to do when the command fails or is interrupted; set by commands that keep
        what they have done so far.
    """

    name: str
    output: Path | None = None
    own_output: bool = False
    folder_output: bool = False
    force: bool = False
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    progress_wanted: bool = True
    seed: int = 0
    threads: int = 1
    executor_text: str = ""
    way_on: str = ""
    configuration: dict[str, Any] = field(default_factory=dict)
    inputs: list[tuple[str, Path]] = field(default_factory=list)
    outputs: list[Path] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def note(self, text: str) -> None:
        """Say something on standard error, unless --quiet."""
        if not self.quiet:
            from asperity.core.messages import say

            say("note", text)

    def warn(self, text: str) -> None:
        """Warn on standard error of what may mislead, unless --quiet."""
        if not self.quiet:
            from asperity.core.messages import say

            say("warning", text)

    def path(self, text: str) -> tuple[Path | str, Mapping[str, Any]]:
        """Return the path behind FILE and the read options that a data set carries."""
        if text.startswith("data:"):
            from asperity.core.datasets import dataset

            entry = dataset(text.removeprefix("data:"))
            if entry.local() is None:
                self.note(f"{text}: downloading {entry.size}, once")
            path = entry.fetch()
            self.inputs.append((text, path))
            return path, entry.read
        if text == "-":
            if sys.stdin is None:
                from asperity.core.errors import InputError

                raise InputError("standard input is closed; name a file")
            return text, {}
        path = Path(text)
        if not path.exists():
            from asperity.core.errors import InputError
            from asperity.core.naming import no_such_file

            raise InputError(no_such_file(path))
        self.inputs.append((text, path))
        return path, {}

    def read(
        self, text: str, *, format: str | None = None, options: ReadOptions | None = None
    ) -> ReadResult:
        """Read a catalog from FILE and say what its reader noticed."""
        from asperity.core.formats import ReadOptions, read_catalog

        path, known = self.path(text)
        merged = (options or ReadOptions()).merged(known)
        if known:
            self.configuration.setdefault("read", {})[text] = dict(known)
        with self.advising(text):
            result = read_catalog(path, format=format, options=merged)
        for note in result.notes:
            self.note(f"{text}: {note}")
        return result

    @contextmanager
    def advising(self, text: str) -> Iterator[None]:
        """Say what to do where a message names a read option that the command does not take."""
        from asperity.core.errors import InputError

        try:
            yield
        except InputError as error:
            if self.name in _WITH_READ_OPTIONS or not _READ_OPTION.search(str(error)):
                raise
            raise InputError(
                f"{error}. {self.name} has no such option: convert first, asperity catalog "
                f"convert {text} {Path(text).stem}.parquet with the option, and go on with that"
            ) from None

    def parts(self, text: str, options: ReadOptions) -> CatalogParts | None:
        """Open FILE to be read a part at a time, if it is a large Parquet file; else None."""
        from asperity.core.formats import CatalogParts
        from asperity.core.formats.parts import is_large

        if text == "-" or text.startswith("data:") or not is_large(text):
            return None
        path, _ = self.path(text)
        return CatalogParts(path, options)

    def region(self, text: str) -> Region | PolygonRegion:
        """Return the region that --region names; a file of polygons counts as an input.

        Raises
        ------
        UsageError
            If the text is neither a region nor the name of a file.
        """
        from asperity.core.errors import usage
        from asperity.core.geometry import read_region

        if Path(text).is_file():
            self.inputs.append((text, Path(text)))
            return read_region(text)
        with usage("--region"):
            return read_region(text)

    def save(
        self,
        path: Path,
        write: Callable[[Path], object],
        *,
        suffix: str = "",
        replace: bool | None = None,
    ) -> None:
        """Write an output whole, beside it the record of how it was made.

        Parameters
        ----------
        path : Path
            ``-`` for standard output.
        write : callable
            Takes the temporary path that becomes `path`.
        suffix : str, optional
            Of the temporary path when `path` is ``-``.
        replace : bool, optional
            Replace a file that exists; what --force says when missing.

        Raises
        ------
        InputError
            If the output may not or cannot be written.
        """
        from asperity.core.errors import InputError
        from asperity.core.files import atomic_path, check_output
        from asperity.core.provenance import carries_record, write_sidecar

        if path == STDOUT:
            self._stream(write, suffix)
            return
        may_replace = self.force if replace is None else replace
        check_output(path, force=may_replace)
        for name, source in self.inputs:
            if path.exists() and source.exists() and path.samefile(source):
                raise InputError(f"{path} is the input {name} itself; choose another output")
        self.outputs.append(path)
        with atomic_path(path, replace=may_replace) as temporary:
            write(temporary)
            # Before the file has its name: a kill between the two leaves it without its record.
            record = None if carries_record(path) else self.provenance()
        if record is not None:
            write_sidecar(path, record)

    def _stream(self, write: Callable[[Path], object], suffix: str) -> None:
        """Write an output to standard output once it is whole."""
        import shutil
        import tempfile

        from asperity.core.provenance import carries_record

        self.outputs.append(STDOUT)
        with tempfile.TemporaryDirectory(prefix="asperity-") as folder:
            whole = Path(folder) / f"output{suffix}"
            write(whole)
            with whole.open("rb") as source, standard_output() as stream:
                shutil.copyfileobj(source, stream.buffer)
        if not carries_record(whole):
            self.note_no_record()

    def note_no_record(self) -> None:
        """Say that what went to standard output has no file beside it that tells its origin."""
        self.note("standard output carries no record of how it was made; -o PATH writes one beside")

    def destination(self, out: Path | None = None) -> Path:
        """Return where the output goes: `out`, or what -o names.

        Raises
        ------
        UsageError
            If none is named, or two.
        InputError
            If the file exists and may not be replaced.
        """
        from asperity.core.errors import UsageError

        if out is not None and self.output is not None and out != self.output:
            raise UsageError(f"two outputs named, {out} and -o {self.output}; give one")
        self.output = out or self.output
        if self.output is None:
            raise UsageError("no output named; pass -o PATH, or -o - for standard output")
        self.check_outputs()
        return self.output

    def check_outputs(self, figures: Iterable[Path] = ()) -> None:
        """Refuse, before the work begins, what could not be written after it.

        Raises
        ------
        UsageError
            If two outputs have one name, or two want standard output.
        InputError
            If one exists and may not be replaced, or its folder does not exist.
        """
        from asperity.core.errors import UsageError
        from asperity.core.files import check_folder, check_output

        figures = tuple(figures)
        if STDOUT in figures:
            raise UsageError("--figure -: name a file, whose suffix says which kind of figure")
        for path in figures:
            if path.suffix.lower() not in _FIGURES:
                raise UsageError(f"--figure {path}: figures are written as {', '.join(_FIGURES)}")
        if self.output == STDOUT and self.json and self.own_output:
            raise UsageError("-o - and --json both want standard output; give one of them")
        taken: set[Path] = set()
        for path in [*figures, *([self.output] if self.output else ())]:
            if path == STDOUT:
                continue
            if path.resolve() in taken:
                raise UsageError(f"{path} is named for two outputs; give each its own name")
            taken.add(path.resolve())
            if path == self.output and self.folder_output:
                check_folder(path, force=self.force)
            else:
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
    def progress(self, label: str, total: int | None = None) -> Iterator[Advance]:
        """Show a progress bar on standard error; yields a function that advances it.

        Nothing is shown when standard error is no terminal, or with --no-progress.
        """
        if not (self.progress_wanted and not self.quiet and sys.stderr.isatty()):
            yield _unseen
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed}/{task.total}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[live]}"),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(label, total=total, live="")

            def advance(steps: int, live: str = "") -> None:
                bar.update(task, advance=steps, live=live)

            yield advance

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
