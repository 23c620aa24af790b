"""``asperity bench``: the benchmarks that pin the kernels, for everyone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from asperity.core.command import Answer, Run, group, leaf

app = group("bench", "Benchmarks: a kernel against a reference in one run.")


@leaf(app, "list", example="asperity bench list")
def list_(run: Run) -> Answer:
    """List the benchmarks of the installed packages."""
    from asperity.core.benchmark import benchmarks

    entries = [
        {"name": name, "description": (make.__doc__ or "").strip().split("\n")[0]}
        for name, make in benchmarks().items()
    ]
    width = max((len(e["name"]) for e in entries), default=0)
    text = "\n".join(f"{e['name'].ljust(width)}  {e['description']}" for e in entries)
    return Answer({"benchmarks": entries}, text)


@leaf(app, "run", example="asperity bench run evt-replay --rounds 15", seed=True, threads=True)
def run_(
    run: Run,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a benchmark.")],
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Alternating rounds.")] = 15,
    packing: Annotated[
        Path | None,
        typer.Option(
            "--packing", metavar="FILE.npz", help="Spheres of a dem- benchmark, not its own."
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option("--steps", min=1, help="Steps a round of a dem- benchmark.")
    ] = None,
    mode: Annotated[
        Literal["gather", "private"] | None,
        typer.Option("--mode", help="How a dem- benchmark sums forces; gather if not given."),
    ] = None,
) -> Answer:
    """Time a kernel and its reference alternately; print medians and their ratio."""
    from asperity.core.benchmark import measure, prepare_benchmark

    # Options that were not given are not passed on: most benchmarks take none.
    threads = None if run.threads == 1 else run.threads
    case = prepare_benchmark(
        name, run.seed, packing=packing, steps=steps, mode=mode, threads=threads
    )
    with run.progress(name, rounds) as advance:
        return Answer(measure(case, rounds, advance).document())


@leaf(app, "check", example="asperity bench check --limits benchmarks/limits.toml", seed=True)
def check(
    run: Run,
    limits: Annotated[
        Path,
        typer.Option("--limits", metavar="FILE.toml", help="Ratios that must not be exceeded."),
    ] = Path("benchmarks/limits.toml"),
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Alternating rounds.")] = 15,
) -> Answer:
    """Run every benchmark that has a limit; exit with 3 if one is slower than allowed."""
    from asperity.core.benchmark import check as gate

    with run.progress("benchmarks") as advance:
        results = gate(limits, rounds, run.seed, advance)
    lines = [
        f"{'ok  ' if r['holds'] else 'SLOW'} {r['name']}: "
        f"ratio {r['ratio']:.4g}, limit {r['limit']:.4g}"
        for r in results
    ]
    failed = not all(r["holds"] for r in results)
    return Answer({"holds": not failed, "results": results}, "\n".join(lines), failed_check=failed)
