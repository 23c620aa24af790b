"""The tour of the installed domains that ``asperity demo`` gives.

A package offers its part through the entry-point group ``asperity.demos``: a
function ``DemoContext -> list of tasks``; a task is picklable, so that the
parts may run in parallel.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, as_completed
from importlib.metadata import entry_points

from asperity.core.errors import AsperityError, DataError
from asperity.core.report.page import Section

__all__ = ["DemoTask", "demo_tasks", "run_tasks", "synthetic_note"]

DemoTask = Callable[[int], Section]
"""Takes the seed and returns a section of the report."""


def demo_tasks() -> list[DemoTask]:
    """Return the tasks of all installed packages, in the order of the entry points' names."""
    tasks: list[DemoTask] = []
    for point in sorted(entry_points(group="asperity.demos"), key=lambda p: p.name):
        try:
            tasks += point.load()()
        except Exception as error:
            print(  # noqa: T201
                f"asperity: warning: the demo of {point.value!r} cannot be loaded ({error}); "
                "the rest still works",
                file=sys.stderr,
            )
    return tasks


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


def synthetic_note(name: str, error: DataError) -> str:
    """Return the sentence that a section shows when real data could not be had."""
    return (
        f"SYNTHETIC DATA: data:{name} could not be had ({error}). What is shown was drawn from a "
        "Gutenberg-Richter law of the real sequence's size and b-value; it is no observation."
    )
