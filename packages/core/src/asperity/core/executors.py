"""Where independent pieces of work run: here, in processes, or on a Dask cluster."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager

from asperity.core.errors import InputError

__all__ = ["open_executor"]


@contextmanager
def open_executor(text: str) -> Iterator[Executor | None]:
    """Open the executor that a text names.

    Parameters
    ----------
    text : str
        ``local:N`` for N processes on this machine, ``dask://HOST:PORT`` for a
        Dask scheduler (extra ``dask``), empty for none.

    Yields
    ------
    concurrent.futures.Executor or None

    Raises
    ------
    InputError
        If the text names no executor or the cluster does not answer.

    Examples
    --------
    >>> with open_executor("") as executor:
    ...     print(executor)
    None
    """
    if not text:
        yield None
        return
    scheme, _, rest = text.partition(":")
    if scheme == "local" and rest.isdecimal() and int(rest) > 0:
        # A forked child of a process with threads may hang: start afresh.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(int(rest), mp_context=context) as pool:
            yield pool
        return
    if scheme == "dask" and rest.startswith("//") and ":" in rest:
        try:
            from distributed import Client
        except ImportError:
            raise InputError(
                f"--executor {text}: the library distributed is missing; "
                "install asperity-core[dask]"
            ) from None
        try:
            client = Client(f"tcp://{rest[2:]}", timeout=10)
        except (OSError, TimeoutError) as error:
            raise InputError(
                f"--executor {text}: no Dask scheduler answers there ({error})"
            ) from None
        with client:
            yield client.get_executor()
        return
    raise InputError(
        f"--executor {text!r} is not known; write local:N with N processes or dask://HOST:PORT"
    )
