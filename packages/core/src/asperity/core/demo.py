"""The tour of the installed domains that ``asperity demo`` gives.

A package offers its part through the entry-point group ``asperity.demos``: a
function that returns a list of tasks; a task is picklable, so that the parts may
run in parallel. What joins the packages is a `Follower`: its task takes a catalog
that the section of another package made, by name, and neither imports the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asperity.core.errors import AsperityError, DataError
from asperity.core.plugins import plugins
from asperity.core.report.page import SYNTHETIC, Section

if TYPE_CHECKING:
    from asperity.core.formats import ReadResult

__all__ = [
    "DemoTask",
    "Follower",
    "Material",
    "Twin",
    "demo_tasks",
    "draw_twin",
    "read_or_twin",
    "run_tasks",
]

DemoTask = Callable[[int], Section | list[Section]]
"""Takes the seed and returns a section of the report, or several that share their work."""


@dataclass(frozen=True)
class Follower:
    """A task that takes a catalog which the section of another package made.

    Parameters
    ----------
    catalog : str
        Its name among the section's `Section.catalogs`.
    task : callable
        Takes the seed and the catalog, and returns a section; picklable.
    """

    catalog: str
    task: Callable[[int, ReadResult], Section | list[Section]]


def demo_tasks() -> list[DemoTask | Follower]:
    """Return the tasks of all installed packages, in the order of the entry points' names."""
    return [task for tasks in plugins("demos").values() for task in tasks()]


def run_tasks(
    tasks: Sequence[DemoTask | Follower],
    seed: int,
    executor: Executor | None = None,
    advance: Callable[[int], None] = lambda _n: None,
) -> list[Section]:
    """Run the tasks and return their sections in order; a failed one says so in its place.

    A follower begins as soon as its catalog is there, and its section stands after the one
    that made it; of a catalog that nobody makes there is none.
    """
    followers = [task for task in tasks if isinstance(task, Follower)]
    first = [task for task in tasks if not isinstance(task, Follower)]
    submit = _Here().submit if executor is None else executor.submit
    at_work: dict[Future[list[Section]], tuple[int, int]] = {}
    made: dict[tuple[int, int], list[Section]] = {}

    def begin(place: tuple[int, int], task: Callable[..., Any], *arguments: Any) -> None:
        future = submit(_attempt, task, *arguments)
        future.add_done_callback(lambda _: advance(1))
        at_work[future] = place

    for i, task in enumerate(first):
        begin((i, -1), task, seed)
    while at_work:
        done, _ = wait(at_work, return_when=FIRST_COMPLETED)
        for future in done:
            place = at_work.pop(future)
            made[place] = future.result()
            offered = {k: v for section in made[place] for k, v in section.catalogs.items()}
            for k, follower in enumerate(followers):
                if follower.catalog in offered:
                    begin((place[0], k), follower.task, seed, offered[follower.catalog])
    return [section for place in sorted(made) for section in made[place]]


class _Here(Executor):
    """Runs each task at once, in this process."""

    def submit(self, task: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        """Return the finished result."""
        future: Future[Any] = Future()
        future.set_result(task(*arguments, **options))
        return future


def _attempt(task: Callable[..., Section | list[Section]], *arguments: Any) -> list[Section]:
    try:
        made = task(*arguments)
        return [made] if isinstance(made, Section) else made
    except AsperityError as error:
        name = getattr(task, "__name__", "a part of the tour")
        lead = "This part of the tour could not be made."
        return [Section(f"Failed: {name}", lead, notes=[str(error)])]


@dataclass(frozen=True)
class Twin:
    """A registered data set, and the law that its synthetic twin is drawn from.

    Parameters
    ----------
    name : str
        Name of the data set.
    title : str
        What a section calls it.
    events : int
        Events at `mc` and above.
    mc, b : float
        Magnitude of completeness and slope of the Gutenberg-Richter law.
    start, end : str
        ISO 8601; the twin's events are spread evenly in time.
    region : tuple of float, optional
        West, east, south, north, degrees.
    bin_width : float
        Step of the magnitudes, 0 for continuous ones.
    """

    name: str
    title: str
    events: int
    mc: float
    b: float
    start: str
    end: str
    region: tuple[float, float, float, float] | None = None
    bin_width: float = 0.0


@dataclass(frozen=True)
class Material:
    """A catalog that a section is made from.

    Parameters
    ----------
    result : ReadResult
    inputs : tuple of (str, Path)
        The file behind it; none for a synthetic twin.
    notes : tuple of str
        What the section must say of it: nothing for real data.
    """

    result: ReadResult
    inputs: tuple[tuple[str, Path], ...] = ()
    notes: tuple[str, ...] = ()


def read_or_twin(twin: Twin, seed: int) -> Material:
    """Read a data set, or draw its synthetic twin when it cannot be had."""
    from asperity.core.datasets import dataset
    from asperity.core.formats import ReadOptions, read_catalog

    try:
        entry = dataset(twin.name)
        path = entry.fetch()
    except DataError as error:
        note = (
            f"{SYNTHETIC}: data:{twin.name} could not be had ({error}). What is shown was drawn "
            "from a Gutenberg-Richter law of the real sequence's size and b-value; it is no "
            "observation."
        )
        return Material(draw_twin(twin, seed), notes=(note,))
    result = read_catalog(path, options=ReadOptions().merged(entry.read))
    return Material(result, inputs=((f"data:{twin.name}", path),))


def draw_twin(twin: Twin, seed: int) -> ReadResult:
    """Draw the synthetic twin of a data set: magnitudes, times and epicentres are independent."""
    import numpy as np

    from asperity.core.catalog import Catalog
    from asperity.core.formats import ReadResult
    from asperity.core.statistics.synthetic import GutenbergRichter
    from asperity.core.times import parse_time

    rng = np.random.default_rng(seed)
    law = GutenbergRichter(mc=twin.mc, b=twin.b, bin_width=twin.bin_width)
    magnitudes = law.sample(twin.events, rng)
    first, last = (parse_time(t, "ns") for t in (twin.start, twin.end))
    columns = {"magnitude": magnitudes, "time": np.sort(rng.integers(first, last, twin.events))}
    if twin.region is not None:
        west, east, south, north = twin.region
        columns["longitude"] = rng.uniform(west, east, twin.events)
        columns["latitude"] = rng.uniform(south, north, twin.events)
        columns["depth"] = rng.uniform(2000.0, 8000.0, twin.events)
    catalog = Catalog.from_columns(columns, sort=False)
    return ReadResult(catalog, None, np.arange(twin.events), format="synthetic")
