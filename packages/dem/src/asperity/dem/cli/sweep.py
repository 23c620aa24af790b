"""``asperity dem sweep``: many tests that differ in seeds or parameters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asperity.core.command import Answer, Run, leaf
from asperity.dem.cli.common import (
    CaseOption,
    CheckpointOption,
    ConfigArgument,
    SetOption,
    app,
    configuration,
)

if TYPE_CHECKING:
    from asperity.dem.laboratory.ensemble import Member, Outcome

SWEEP = "sweep.json"


@leaf(
    app,
    "sweep",
    example="asperity dem sweep --case smoke --vary cell.pressure=1e8,1.5e8 -o pressures",
    output="Folder to write: a run folder for each test, sweep.json, sweep.png.",
    folder=True,
    seed=True,
    executor=True,
)
def sweep(
    run: Run,
    config: ConfigArgument = None,
    case: CaseOption = "smoke",
    changes: SetOption = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            "--vary", metavar="KEY=V,V,...", help="Values of a key, one test each; repeatable."
        ),
    ] = None,
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, help="Seeds, counted from --seed, for each value.")
    ] = 1,
    published_spreads: Annotated[
        bool,
        typer.Option(
            "--published-spreads", help="The 27 grain-size spreads of Ye, Lui and Young (2024)."
        ),
    ] = False,
    checkpoint_every: CheckpointOption = 60.0,
) -> Answer:
    """Run a test for each value and seed, one process each with --executor local:N.

    An interrupted sweep goes on with dem resume FOLDER.
    """
    import json

    from asperity.core.config import resolve
    from asperity.core.errors import UsageError
    from asperity.core.files import atomic_path
    from asperity.dem.config import LaboratoryConfiguration
    from asperity.dem.laboratory import folder as runs
    from asperity.dem.laboratory.ensemble import grid, plan, published

    if published_spreads and vary:
        raise UsageError("--published-spreads and --vary: give one of them")
    base = configuration(run, config, case, changes).model_dump(mode="json")
    drawn = range(run.seed, run.seed + seeds)
    members = published(drawn) if published_spreads else grid(vary or (), drawn)
    for member in members:
        resolve(LaboratoryConfiguration, base, member.changes, f"member {member.name}")
    folder = run.destination()
    with runs.claimed(folder):
        with atomic_path(folder / SWEEP, replace=run.force) as temporary:
            content = plan(base, members, run.provenance())
            temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        if run.force:
            _remove_results(folder, members)
        return carry_on(run, folder, checkpoint_every)


def _remove_results(folder: Path, members: list[Member]) -> None:
    """Let the members begin anew: what is there is of another sweep."""
    for member in members:
        for name in ("summary.json", "checkpoint.nc"):
            (folder / member.name / name).unlink(missing_ok=True)


def carry_on(run: Run, folder: Path, interval: float) -> Answer:
    """Take all members of a sweep to their end; its caller holds the folder."""
    from asperity.core.errors import ConvergenceError
    from asperity.core.figures import save_figure
    from asperity.core.files import atomic_path
    from asperity.dem.laboratory import figures
    from asperity.dem.laboratory.ensemble import read_plan, run_members
    from asperity.dem.laboratory.folder import read_history

    todo = read_plan(folder / SWEEP)
    members: list[Member] = todo["members"]
    run.way_on = f"asperity dem resume {folder} goes on with the sweep"
    outcomes: dict[str, Outcome] = {}
    with run.executor() as executor, run.progress("tests", len(members)) as advance:
        for outcome in run_members(
            folder, todo["base"], members, todo["record"], interval, executor
        ):
            outcomes[outcome.name] = outcome
            advance(1, f"{outcome.name}: {outcome.failure or 'ended'}")
            if outcome.failure:
                run.warn(f"{folder / outcome.name}: {outcome.failure}")
    rows = [_row(member, outcomes[member.name]) for member in members]
    if not any(row["failure"] is None for row in rows):
        raise ConvergenceError(f"{folder}: none of {len(rows)} tests came to its end")
    ended = [m for m in members if not outcomes[m.name].failure]
    drawn = figures.sweep_curves(
        [read_history(folder / m.name) for m in ended],
        [m.changes[0].partition("=")[2] if m.changes else f"seed {m.seed}" for m in ended],
        members[0].changes[0].partition("=")[0] if members[0].changes else None,
        folder.name,
    )
    with atomic_path(folder / "sweep.png") as temporary:
        save_figure(drawn, temporary)
    document = {"members": rows, "failed": sum(row["failure"] is not None for row in rows)}
    return Answer(document, _text(rows))


def _row(member: Member, outcome: Outcome) -> dict[str, Any]:
    told = outcome.summary or {}
    drops = told.get("stress_drops") or []
    return {
        "name": member.name,
        "seed": member.seed,
        "changes": dict(change.split("=", 1) for change in member.changes),
        "peak_deviator": told.get("peak_deviator"),
        "largest_drop": max((d["drop"] for d in drops), default=None),
        "mainshocks": told.get("mainshocks"),
        "foreshocks": told.get("foreshocks"),
        "energy_closure": told.get("energy_closure"),
        "wall_seconds": told.get("wall_seconds"),
        "failure": outcome.failure or None,
    }


def _text(rows: list[dict[str, Any]]) -> str:
    lines = ["test      seed  peak MPa  drop MPa  drops  foreshocks  wall s  changed"]
    for row in rows:
        changed = ", ".join(f"{key} = {value}" for key, value in row["changes"].items())
        if row["failure"]:
            lines.append(f"{row['name']:<9} {row['seed']:>4}  failed: {row['failure']}")
            continue
        drop = row["largest_drop"]
        lines.append(
            f"{row['name']:<9} {row['seed']:>4}  {row['peak_deviator'] / 1e6:>8.0f}  "
            f"{'-' if drop is None else format(drop / 1e6, '.0f'):>8}  {row['mainshocks']:>5}  "
            f"{row['foreshocks']:>10}  {row['wall_seconds']:>6.0f}  {changed}"
        )
    return "\n".join(lines)
