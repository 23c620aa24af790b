"""``asperity dem template|prepare|run|resume|info``: one test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asperity.core.command import Answer, FiguresOption, Run, leaf
from asperity.dem.cli.common import (
    KIND,
    CaseOption,
    CheckpointOption,
    ConfigArgument,
    RunArgument,
    SetOption,
    app,
    configuration,
)

if TYPE_CHECKING:
    from asperity.core.run import Advance
    from asperity.dem.laboratory.triaxial import Simulation, Stage

#: Parts into which a progress bar is divided.
PARTS = 1000


@leaf(app, "template", example="asperity dem template --case mini > mini.toml", output="TOML file.")
def template(run: Run, case: CaseOption = "mini") -> Answer:
    """Print a commented configuration of a triaxial test."""
    from asperity.core.config import to_toml

    text = to_toml(KIND, configuration(run, None, case, None))
    if run.output is not None:
        run.save(run.output, lambda path: path.write_text(text, encoding="utf-8"))
    return Answer({"kind": KIND, "toml": text}, "" if run.output else text)


@leaf(
    app,
    "prepare",
    example="asperity dem prepare --case smoke -o smoke",
    output="Folder of the run: config.toml, checkpoint.nc, specimen.png.",
    folder=True,
    seed=True,
    threads=True,
)
def prepare(
    run: Run, config: ConfigArgument = None, case: CaseOption = "smoke", changes: SetOption = None
) -> Answer:
    """Make a specimen and put it under pressure; dem resume loads it."""
    from asperity.dem.laboratory import folder as runs
    from asperity.dem.laboratory.results import specimen_summary
    from asperity.dem.laboratory.triaxial import Simulation

    resolved = configuration(run, config, case, changes)
    folder = run.destination()
    with runs.claimed(folder):
        runs.begin(folder, resolved, run.provenance(), force=run.force)
        simulation = Simulation(resolved, seed=run.seed, threads=run.threads)
        _carry_out(run, simulation, folder, 0.0, run.provenance(), until="loading")
        files = runs.write_specimen(folder, simulation, run.provenance())
    run.note(f"asperity dem resume {folder} loads it")
    return Answer({**specimen_summary(simulation), "files": [str(folder / f) for f in files]})


@leaf(
    app,
    "run",
    example="asperity dem run --case smoke -o smoke",
    output="Folder to write: config.toml, checkpoint.nc, history.nc, contacts.nc, events.parquet, "
    "figures.",
    folder=True,
    seed=True,
    threads=True,
)
def run_test(
    run: Run,
    config: ConfigArgument = None,
    case: CaseOption = "smoke",
    changes: SetOption = None,
    checkpoint_every: CheckpointOption = 60.0,
    figure: FiguresOption = None,
) -> Answer:
    """Make a specimen, put it under pressure and load it until its fault has slipped."""
    from contextlib import nullcontext

    from asperity.dem.laboratory import folder as runs
    from asperity.dem.laboratory.results import summary
    from asperity.dem.laboratory.triaxial import Simulation

    resolved = configuration(run, config, case, changes)
    if resolved.cell.side == "wall" and resolved.fault.present:
        run.warn(
            "a rigid wall resists the offset of a sliding fault, so that stresses climb; "
            "cell.side = membrane lets it slide"
        )
    with runs.claimed(run.destination()) if run.output is not None else nullcontext():
        if run.output is not None:
            runs.begin(run.output, resolved, run.provenance(), force=run.force)
        simulation = Simulation(resolved, seed=run.seed, threads=run.threads)
        run.note("packing the specimen (the first run compiles its kernels, which takes a minute)")
        _carry_out(run, simulation, run.output, checkpoint_every, run.provenance())
        document = summary(simulation)
        if run.output is not None:
            names = runs.write(run.output, simulation, run.provenance())
            document["files"] = [str(run.output / name) for name in names]
    name = config.stem if config is not None else case
    document["figures"] = run.save_figures(
        figure, lambda: _stress_figure(simulation, f"{name}, seed {run.seed}")
    )
    return Answer(document, _text(document))


@leaf(app, "resume", example="asperity dem resume smoke", threads=True, executor=True)
def resume(run: Run, folder: RunArgument, checkpoint_every: CheckpointOption = 60.0) -> Answer:
    """Go on with a run that was interrupted or prepared, to the bit; or with a sweep."""
    from asperity.core.errors import InputError
    from asperity.core.files import held
    from asperity.dem.cli.sweep import SWEEP, carry_on
    from asperity.dem.laboratory import folder as runs
    from asperity.dem.laboratory.checkpoint import read_checkpoint
    from asperity.dem.laboratory.results import summary

    if (folder / SWEEP).is_file():
        with held(folder):
            return carry_on(run, folder, checkpoint_every)
    if runs.finished(folder):
        run.note(f"{folder}: the run has ended; nothing was left to do")
        return Answer(runs.told(folder), _text(runs.told(folder)))
    if not (folder / runs.CHECKPOINT).is_file():
        raise InputError(
            f"{folder}: no {runs.CHECKPOINT} there; give a folder of dem prepare, run or sweep"
        )
    with held(folder):
        simulation, record = read_checkpoint(folder / runs.CHECKPOINT, run.threads)
        run.note(f"{folder}: going on from step {simulation.system.step}")
        _carry_out(run, simulation, folder, checkpoint_every, record)
        document = summary(simulation)
        names = runs.write(folder, simulation, runs.resumed(record, run.provenance()))
        document["files"] = [str(folder / name) for name in names]
    return Answer(document, _text(document))


def _carry_out(
    run: Run, simulation: Simulation, folder: Path | None, interval: float,
    record: dict[str, Any], until: Stage = "done",
) -> None:  # fmt: skip
    """Take a simulation as far as it is to go, with progress and checkpoints."""
    from asperity.dem.laboratory.folder import Checkpointing
    from asperity.dem.laboratory.results import broken_before_loading

    keep = None
    if folder is not None:
        keep = Checkpointing(folder, record, interval, run.warn)
        run.way_on = f"asperity dem resume {folder} goes on from the last checkpoint"
    with run.progress("triaxial test", PARTS) as advance:
        tell = _teller(advance)

        def watch(simulation: Simulation) -> None:
            tell(simulation)
            if keep is not None:
                keep(simulation)

        simulation.run(watch, until=until)
    lost = broken_before_loading(simulation)["smooth_joint"]
    if lost:
        joints = len(simulation.system.groups["smooth_joint"].i)
        run.warn(f"{lost} of {joints} joints of the fault broke under pressure, before the loading")


def _teller(advance: Advance) -> Callable[[Simulation], None]:
    """Return what shows where a simulation stands."""
    shown = 0

    def tell(simulation: Simulation) -> None:
        nonlocal shown
        now = min(PARTS, int(PARTS * simulation.progress))
        advance(now - shown, simulation.live())
        shown = now

    return tell


def _stress_figure(simulation: Any, name: str) -> Any:
    from asperity.dem.laboratory.figures import stress_and_events
    from asperity.dem.laboratory.results import elementary_catalog, history_dataset

    return stress_and_events(history_dataset(simulation), elementary_catalog(simulation), name)


def _text(document: dict[str, Any]) -> str:
    drops = document["stress_drops"]
    lines = [
        f"{document['particles']} grains, "
        + ", ".join(f"{n} {m.replace('_', ' ')}" for m, n in document["contacts"].items()),
        f"{document['steps']} steps of {document['timestep']:.3g} s in "
        f"{document['wall_seconds']:.1f} s, "
        f"{document['contact_updates_per_second'] / 1e6:.1f} million contact updates/s",
        f"peak deviator {document['peak_deviator'] / 1e6:.0f} MPa, "
        f"lateral stress {document['sigma3_mean'] / 1e6:.1f} MPa",
        f"{document['foreshocks']} elementary events on the fault before the first of "
        f"{document['mainshocks']} stress drops",
    ]
    lines += [
        f"  {d['time'] * 1e3:8.3f} ms: {d['peak'] / 1e6:.0f} -> {d['low'] / 1e6:.0f} MPa"
        for d in drops
    ]
    if document["energy_closure"] is not None:
        lines.append(f"energy closure error {100 * document['energy_closure']:.3f} % of the work")
    return "\n".join(lines)


@leaf(app, "info", example="asperity dem info smoke")
def info(run: Run, folder: RunArgument) -> Answer:
    """Tell what a run folder holds, also while the run is going on."""
    from asperity.dem.laboratory import folder as runs
    from asperity.dem.laboratory.results import stress_drops

    for name in (runs.HISTORY, runs.CHECKPOINT):
        run.inputs.append((str(folder / name), folder / name))
    if not runs.finished(folder):
        return Answer(runs.standing(folder))
    history, emitted = runs.read_run(folder)
    elementary, _ = runs.read_elementary(folder)
    time, deviator = history["time"].values, history["deviator"].values
    kinds = elementary.texts("event_type")
    return Answer(
        {
            "stage": "done",
            "samples": len(time),
            "duration": float(time[-1]) if len(time) else 0.0,
            "strain": float(history["axial_strain"].values[-1]) if len(time) else 0.0,
            "peak_deviator": float(deviator.max()) if len(time) else None,
            "stress_drops": stress_drops(time, deviator),
            "events": {str(kind): int((kinds == kind).sum()) for kind in sorted(set(kinds))},
            "emissions": len(emitted),
        }
    )
