"""The benchmark gate: holds for the kernel as it is, fails when it takes twice as long."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from asperity.core import benchmark
from asperity.core.benchmark import Benchmark, measure
from asperity.core.cli import app
from asperity.core.errors import InputError

ARRAY = np.random.default_rng(0).random(200_000)


def kernel():
    return np.sort(ARRAY)


def reference():
    return np.sort(ARRAY[::-1])


def slowed():
    kernel()
    kernel()


@pytest.fixture
def limits(tmp_path, monkeypatch):
    """A limits file, 1.5 x the ratio observed here, of a benchmark that can be slowed down."""
    observed = measure(Benchmark("sort", kernel, reference, "reversed sort"), 15).ratio
    path = tmp_path / "limits.toml"
    path.write_text(f"[sort]\nmax_ratio = {1.5 * observed}\n")

    def install(function):
        case = Benchmark("sort", function, reference, "reversed sort")
        monkeypatch.setattr(benchmark, "benchmarks", lambda: {"sort": lambda _seed: case})

    install(kernel)
    return path, install


def check(path):
    return CliRunner().invoke(app, ["bench", "check", "--limits", str(path), "--json"])


def test_gate_holds_and_a_slowdown_by_half_fails_it(limits):
    path, install = limits
    result = check(path)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["holds"] is True
    install(slowed)
    result = check(path)
    assert result.exit_code == 3
    found = json.loads(result.stdout)["results"][0]
    assert found["ratio"] > found["limit"]
    assert found["holds"] is False


def test_ratio_is_of_equal_work():
    """A reference that does a tenth of the work stands for ten times its time."""
    whole = measure(Benchmark("a", kernel, slowed, "twice"), 9).ratio
    part = measure(Benchmark("a", kernel, reference, "twice", reference_share=0.5), 9).ratio
    assert whole == pytest.approx(part, rel=0.35)


def test_unknown_names_list_what_exists(tmp_path):
    with pytest.raises(InputError, match="evt-replay"):
        benchmark.find("evt-reply")
    path = tmp_path / "limits.toml"
    path.write_text("[nothing]\nmax_ratio = 1\n")
    assert check(path).exit_code == 1


def test_list_and_run():
    listed = json.loads(CliRunner().invoke(app, ["bench", "list", "--json"]).stdout)
    names = [entry["name"] for entry in listed["benchmarks"]]
    assert "evt-replay" in names
    assert all(entry["description"] for entry in listed["benchmarks"])
    result = CliRunner().invoke(app, ["bench", "run", "evt-replay", "--rounds", "1", "--json"])
    document = json.loads(result.stdout)
    assert document["seconds"] > 0
    # The goal of the project: a thousand times the version that sorts at each event.
    assert document["reference"]["ratio"] > 1000
