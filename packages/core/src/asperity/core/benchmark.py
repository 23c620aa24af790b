"""Benchmarks that can be trusted on a noisy machine.

A figure is a ratio: the kernel and an in-run reference are timed alternately
(A B A B ...) and the medians are compared. Packages offer benchmarks through
the entry-point group ``asperity.benchmarks``: a function ``seed -> Benchmark``,
which may take options of its own.
"""

from __future__ import annotations

import statistics
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from pathlib import Path
from typing import Any

from asperity.core.errors import InputError, UsageError
from asperity.core.plugins import plugins

__all__ = [
    "Benchmark",
    "Measurement",
    "benchmarks",
    "check",
    "find",
    "measure",
    "prepare_benchmark",
]


@dataclass(frozen=True)
class Benchmark:
    """A kernel and what it is measured against, both without arguments.

    Parameters
    ----------
    name : str
    kernel, reference : callable
    reference_name : str
    reference_share : float
        Part of the kernel's work that the reference does, when the whole would
        take too long; the printed ratio is scaled by it.
    details : mapping
        Sizes and settings that belong to the figure.
    results : callable
        Takes the kernel's median time, s, and returns what it has computed in the
        first round and the rates that follow.
    """

    name: str
    kernel: Callable[[], object]
    reference: Callable[[], object]
    reference_name: str
    reference_share: float = 1.0
    details: Mapping[str, Any] = field(default_factory=dict)
    results: Callable[[float], Mapping[str, Any]] = lambda _seconds: {}


@dataclass(frozen=True)
class Measurement:
    """Medians over alternating rounds."""

    benchmark: Benchmark
    kernel_seconds: list[float]
    reference_seconds: list[float]

    @property
    def ratio(self) -> float:
        """Time of the kernel over the time of the reference for the same work."""
        pairs = zip(self.kernel_seconds, self.reference_seconds, strict=True)
        return statistics.median(k / r for k, r in pairs) * self.benchmark.reference_share

    def document(self) -> dict[str, Any]:
        """Return the JSON document of `bench run`."""
        seconds = statistics.median(self.kernel_seconds)
        return {
            "name": self.benchmark.name,
            **self.benchmark.details,
            **self.benchmark.results(seconds),
            "seconds": seconds,
            "rounds": len(self.kernel_seconds),
            "reference": {
                "name": self.benchmark.reference_name,
                "seconds": statistics.median(self.reference_seconds)
                / self.benchmark.reference_share,
                "share_timed": self.benchmark.reference_share,
                # How many times longer the reference takes for the same work.
                "ratio": 1.0 / self.ratio,
            },
        }


def benchmarks() -> dict[str, Callable[..., Benchmark]]:
    """Return the benchmarks of the installed packages by name."""
    return plugins("benchmarks")


def find(name: str) -> Callable[..., Benchmark]:
    """Return a benchmark by name.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    if name not in benchmarks():
        raise InputError(f"benchmark {name!r} is not known; there are {', '.join(benchmarks())}")
    return benchmarks()[name]


def prepare_benchmark(name: str, seed: int, **options: Any) -> Benchmark:
    """Make a benchmark with the options that were given (None where not).

    Raises
    ------
    InputError
        If there is none of that name.
    UsageError
        If it does not take one of the options.
    """
    make = find(name)
    given = {option: value for option, value in options.items() if value is not None}
    foreign = [option for option in given if option not in signature(make).parameters]
    if foreign:
        raise UsageError(f"benchmark {name}: it does not take --{', --'.join(foreign)}")
    return make(seed, **given)


def measure(
    benchmark: Benchmark, rounds: int, advance: Callable[[int], None] = lambda _n: None
) -> Measurement:
    """Time kernel and reference alternately, after one round that does not count."""
    benchmark.kernel()
    benchmark.reference()
    kernel, reference = [], []
    for _ in range(rounds):
        kernel.append(_seconds(benchmark.kernel))
        reference.append(_seconds(benchmark.reference))
        advance(1)
    return Measurement(benchmark, kernel, reference)


def _seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def check(
    limits: Path, rounds: int, seed: int, advance: Callable[[int], None] = lambda _n: None
) -> list[dict[str, Any]]:
    """Measure every benchmark that has a limit and say whether it holds.

    Parameters
    ----------
    limits : Path
        TOML: a table a benchmark, ``max_ratio`` (kernel over reference) and the
        date and ratio that were observed.

    Raises
    ------
    InputError
        If the file cannot be read or names an unknown benchmark.
    """
    try:
        content = tomllib.loads(limits.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"{limits}: {error}; a checkout of the project has benchmarks/limits.toml"
        ) from None
    results = []
    for name, limit in content.items():
        measurement = measure(find(name)(seed), rounds, advance)
        results.append(
            {
                "name": name,
                "ratio": measurement.ratio,
                "limit": limit["max_ratio"],
                "holds": measurement.ratio <= limit["max_ratio"],
                **measurement.document(),
            }
        )
    return results
