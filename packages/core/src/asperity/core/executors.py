"""Where independent pieces of work run: here, in processes, or on a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from asperity.core.errors import InputError, UsageError

__all__ = ["ExecutorChoice", "open_executor", "parse_executor"]


@dataclass(frozen=True)
class ExecutorChoice:
    """What --executor names: so many processes here, or the address of a Dask scheduler."""

    processes: int = 0
    scheduler: str = ""


def parse_executor(text: str) -> ExecutorChoice | None:
    """Return the executor that a text names, without opening it; None for an empty text.

    Parameters
    ----------
    text : str
        ``local:N`` for N processes on this machine, ``dask://HOST:PORT`` for a
        Dask scheduler (extra ``dask``), empty for none.

    Raises
    ------
    UsageError
        If the text names no executor.

    Examples
    --------
    >>> parse_executor("local:2")
    ExecutorChoice(processes=2, scheduler='')
    """
    if not text:
        return None
    if (local := re.fullmatch(r"local:([0-9]{1,4})", text)) and int(local[1]) > 0:
        return ExecutorChoice(processes=int(local[1]))
    if dask := re.fullmatch(r"dask://(\[[0-9A-Fa-f:]+\]|[^\s/:]+):([0-9]{1,5})/?", text):
        return ExecutorChoice(scheduler=f"tcp://{dask[1]}:{dask[2]}")
    raise UsageError(
        f"--executor {text!r} is not known; write local:N with N processes (at most 9999) "
        "or dask://HOST:PORT"
    )


@contextmanager
def open_executor(text: str) -> Iterator[Executor | None]:
    """Open the executor that a text names; see `parse_executor`.

    When the block fails, pieces that wait are dropped and those at work are
    stopped: an interrupted command ends at once.

    Yields
    ------
    concurrent.futures.Executor or None

    Raises
    ------
    UsageError
        If the text names no executor.
    InputError
        If the cluster does not answer or its library is missing; or when a process that
        is at work is killed.

    Examples
    --------
    >>> with open_executor("") as executor:
    ...     print(executor)
    None
    """
    choice = parse_executor(text)
    if choice is None:
        yield None
    elif choice.processes:
        with _told_of_the_lost(BrokenExecutor, text), _processes(choice.processes) as pool:
            yield pool
    else:
        with _dask(choice.scheduler, text) as remote:
            yield remote


@contextmanager
def _told_of_the_lost(kind: type[Exception], text: str) -> Iterator[None]:
    """Say in one line that a process which was at work is no more."""
    try:
        yield
    except kind:
        raise InputError(
            f"--executor {text}: a process ended without an answer; it was killed, often for want "
            "of memory. Run it again with fewer processes, or with more memory for each"
        ) from None


@contextmanager
def _processes(count: int) -> Iterator[Executor]:
    # A forked child of a process with threads may hang: start afresh.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_depend_on_parent)
    try:
        yield pool
    except BaseException:
        workers = list((getattr(pool, "_processes", None) or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.terminate()
        raise
    pool.shutdown()


def _depend_on_parent() -> None:
    """Let the parent alone decide when a worker ends.

    Ctrl-C is ignored: the terminal sends it to all, and the parent stops them. A parent that
    is killed cannot: its workers would wait for pieces for ever, because each holds the pipe
    they come through, and one at work would keep its folder from the next run.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_after_parent, daemon=True).start()


def _end_after_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


@contextmanager
def _dask(scheduler: str, text: str) -> Iterator[Executor]:
    try:
        from distributed import Client, KilledWorker
        from distributed.cfexecutor import ClientExecutor
    except ImportError:
        raise InputError(
            f"--executor {text}: the library distributed is missing; install asperity-core[dask]"
        ) from None
    try:
        client = Client(scheduler, timeout=10)
    except (OSError, TimeoutError) as error:
        raise InputError(f"--executor {text}: no Dask scheduler answers there ({error})") from None

    class Remote(ClientExecutor):  # type: ignore[misc]
        map = Executor.map  # the client's own does not take iterators

    # The scheduler gives the pieces of a lost worker to others, some times. Not pure: a piece
    # that writes files is carried out whenever it is asked for, not remembered.
    with client, _told_of_the_lost(KilledWorker, text):
        yield Remote(client, pure=False)
