"""The gate: no kernel may be slower, against its reference of the same run, than its limit.

`limits.toml` holds the limits; ``asperity bench check`` does the same without pytest.
"""

import statistics
import time
import tomllib
from pathlib import Path

import pytest

from asperity.core.benchmark import benchmarks, find

LIMITS = tomllib.loads(Path(__file__).with_name("limits.toml").read_text(encoding="utf-8"))
ROUNDS = 15


@pytest.mark.parametrize("name", LIMITS)
def test_within_its_limit(name, benchmark):
    case = find(name)(0)
    reference_seconds = []

    def time_reference():
        # pytest-benchmark calls this before each round, so the two are timed in turn.
        start = time.perf_counter()
        case.reference()
        reference_seconds.append(time.perf_counter() - start)

    case.kernel()
    case.reference()
    benchmark.pedantic(case.kernel, setup=time_reference, rounds=ROUNDS)
    ratio = benchmark.stats.stats.median / statistics.median(reference_seconds)
    ratio *= case.reference_share
    benchmark.extra_info["ratio"] = ratio
    limit = LIMITS[name]["max_ratio"]
    print(f"\n{name}: {ratio:.4g} of the time of the {case.reference_name}; limit {limit:.4g}")
    assert ratio <= limit


def test_every_benchmark_has_a_limit():
    assert set(LIMITS) == set(benchmarks())
