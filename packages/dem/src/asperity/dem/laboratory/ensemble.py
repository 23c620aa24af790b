"""Many tests that differ in seeds or parameters, each in a folder of its own."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from asperity.core.config import resolve
from asperity.core.errors import AsperityError, InputError, OutputError, UsageError
from asperity.dem.config import LaboratoryConfiguration
from asperity.dem.laboratory import folder as runs
from asperity.dem.laboratory.checkpoint import read_checkpoint
from asperity.dem.laboratory.published import SIMULATIONS
from asperity.dem.laboratory.results import summary
from asperity.dem.laboratory.triaxial import Simulation

__all__ = ["Member", "Outcome", "carry_out", "grid", "published", "run_members"]


@dataclass(frozen=True)
class Member:
    """One test of an ensemble: its folder, what it changes, its seed."""

    name: str
    changes: tuple[str, ...]
    seed: int


@dataclass(frozen=True)
class Outcome:
    """How a member ended: its summary, or why it failed."""

    name: str
    summary: dict[str, Any] | None
    failure: str = ""


def grid(varied: Sequence[str], seeds: Sequence[int]) -> list[Member]:
    """Return every combination of values and seeds.

    Parameters
    ----------
    varied : sequence of str
        ``section.key=value,value,...``; a value with commas stands in brackets.
    seeds : sequence of int

    Raises
    ------
    UsageError
        If a text has another form.

    Examples
    --------
    >>> [m.name for m in grid(["cell.pressure=5e7,1e8"], [0, 1])]
    ['000', '001', '002', '003']
    >>> grid(["cell.pressure=5e7,1e8"], [0])[1].changes
    ('cell.pressure=1e8',)
    """
    axes = []
    for text in varied:
        key, equals, values = text.partition("=")
        parts = _split(values)
        if not equals or not all(parts):
            raise UsageError(f"--vary {text}: write section.key=value,value,...")
        axes.append([f"{key.strip()}={value}" for value in parts])
    combinations = list(itertools.product(itertools.product(*axes), seeds))
    width = max(3, len(str(len(combinations) - 1)))
    return [
        Member(f"{k:0{width}}", changes, seed) for k, (changes, seed) in enumerate(combinations)
    ]


def _split(text: str) -> list[str]:
    """Split at commas outside brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "[(") - (letter in "])")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def published(seeds: Sequence[int]) -> list[Member]:
    """Return the 27 published grain-size spreads, each with its own seeds.

    Parameters
    ----------
    seeds : sequence of int
        Simulation k of a set has the seed ``27 s + k``: no two draw the same packing.
    """
    n = len(SIMULATIONS)
    return [
        Member(s.name if len(seeds) == 1 else f"{s.name}-{seed}", s.changes, n * seed + k)
        for seed in seeds
        for k, s in enumerate(SIMULATIONS)
    ]


def run_members(
    folder: Path,
    base: dict[str, Any],
    members: Sequence[Member],
    record: dict[str, Any],
    interval: float,
    executor: Executor | None,
) -> Iterator[Outcome]:
    """Take every member to its end, those that are there already included.

    Parameters
    ----------
    folder : Path
        Of the ensemble; each member gets a folder in it.
    base : dict
        Configuration that the members change.
    members : sequence of Member
    record : dict
        Provenance of the sweep.
    interval : float
        Seconds between checkpoints.
    executor : concurrent.futures.Executor, optional
        One task a member; without it they run one after another here.

    Yields
    ------
    Outcome
        In the order in which they end.

    Raises
    ------
    OutputError
        If results cannot be written, as on a full disk; what has ended stays.
    """
    calls = [(str(folder.absolute()), base, asdict(member), record, interval) for member in members]
    if executor is None:
        yield from (carry_out(*call) for call in calls)
        return
    for future in as_completed([executor.submit(carry_out, *call) for call in calls]):
        yield future.result()


def carry_out(
    folder: str, base: dict[str, Any], member: dict[str, Any], record: dict[str, Any],
    interval: float,
) -> Outcome:  # fmt: skip
    """Begin a member or go on with it; see `run_members`."""
    name, changes, seed = member["name"], tuple(member["changes"]), member["seed"]
    place = Path(folder) / name
    own = {**record, "seed": seed, "member": {"name": name, "changes": list(changes)}}
    try:
        if runs.finished(place):
            return Outcome(name, runs.told(place))
        with runs.claimed(place):
            simulation = _begun(place, base, changes, seed, own)
            # A disk that is full is said once more when the results are written.
            simulation.run(runs.Checkpointing(place, own, interval, lambda _text: None))
            runs.write(place, simulation, own)
            return Outcome(name, summary(simulation))
    except OutputError:
        raise  # no failure of this test: the others would find no room either
    except AsperityError as error:
        return Outcome(name, None, str(error))


def _begun(
    place: Path, base: dict[str, Any], changes: tuple[str, ...], seed: int, record: dict[str, Any]
) -> Simulation:
    checkpoint = place / runs.CHECKPOINT
    if checkpoint.is_file():
        try:
            return read_checkpoint(checkpoint)[0]
        except InputError:
            checkpoint.unlink()  # damaged: this member alone begins again
    configuration = resolve(LaboratoryConfiguration, base, changes, place.name)
    runs.begin(place, configuration, record, force=True)
    return Simulation(configuration, seed=seed)


def read_plan(path: Path) -> dict[str, Any]:
    """Return what a sweep is to do, as `plan` gave it.

    Raises
    ------
    InputError
        If the file is damaged.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        content["members"] = [
            Member(m["name"], tuple(m["changes"]), int(m["seed"])) for m in content["members"]
        ]
        return {key: content[key] for key in ("base", "members", "record")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: no plan of a sweep ({error}); begin it again") from None


def plan(base: dict[str, Any], members: Sequence[Member], record: dict[str, Any]) -> dict[str, Any]:
    """Return what a sweep is to do, for a file from which it can go on."""
    return {
        "schema": "asperity.dem.sweep-plan/1",
        "base": base,
        "members": [asdict(member) for member in members],
        "record": record,
    }
