"""The tour of the installed domains that ``asperity demo`` gives.

A package offers its part through the entry-point group ``asperity.demos``: a
function ``DemoContext -> list of tasks``; a task is picklable, so that the
parts may run in parallel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from asperity.core.errors import AsperityError, DataError
from asperity.core.plugins import plugins
from asperity.core.report.page import Section

if TYPE_CHECKING:
    from asperity.core.formats import ReadResult

__all__ = ["DemoTask", "Material", "Twin", "demo_tasks", "draw_twin", "read_or_twin", "run_tasks"]

DemoTask = Callable[[int], Section]
"""Takes the seed and returns a section of the report."""


def demo_tasks() -> list[DemoTask]:
    """Return the tasks of all installed packages, in the order of the entry points' names."""
    return [task for tasks in plugins("demos").values() for task in tasks()]


def run_tasks(
    tasks: Sequence[DemoTask],
    seed: int,
    executor: Executor | None = None,
    advance: Callable[[int], None] = lambda _n: None,
) -> list[Section]:
    """Run the tasks and return their sections in order; a failed one says so in its place."""
    sections: list[Section | None] = [None] * len(tasks)
    if executor is None:
        for i, task in enumerate(tasks):
            sections[i] = _attempt(task, seed)
            advance(1)
    else:
        futures = {executor.submit(_attempt, task, seed): i for i, task in enumerate(tasks)}
        for future in as_completed(futures):
            sections[futures[future]] = future.result()
            advance(1)
    return [s for s in sections if s is not None]


def _attempt(task: DemoTask, seed: int) -> Section:
    try:
        return task(seed)
    except AsperityError as error:
        name = getattr(task, "__name__", "a part of the tour")
        return Section(
            f"Failed: {name}", "This part of the tour could not be made.", notes=[str(error)]
        )


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
            f"SYNTHETIC DATA: data:{twin.name} could not be had ({error}). What is shown was drawn "
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
