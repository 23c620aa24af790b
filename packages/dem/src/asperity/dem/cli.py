"""``asperity dem``: laboratory earthquakes from grains."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.command import Answer, FiguresOption, Run, group, leaf

if TYPE_CHECKING:
    from asperity.dem.config import LaboratoryConfiguration

app = group("dem", "Discrete-element laboratory earthquakes.")

KIND = "dem.laboratory"
CONFIGURATION = "config.toml"
CaseOption = Annotated[
    Literal["smoke", "mini", "paper", "full"],
    typer.Option("--case", help="Whose values: seconds, a minute, the published set-up, finer."),
]


def _configuration(
    run: Run, file: Path | None, case: str, changes: list[str] | None
) -> LaboratoryConfiguration:
    """Complete the configuration: the case, then the file, then --set."""
    from asperity.core.config import load, resolve
    from asperity.core.errors import InputError
    from asperity.dem.config import CASES, LaboratoryConfiguration

    content: dict[str, Any] = dict(CASES[case])
    where = f"case {case}"
    if file is not None:
        where = str(file)
        content = load(file)
        run.inputs.append((where, file))
        if content.pop("kind", KIND) != KIND:
            raise InputError(f"{where}: not a configuration of kind {KIND!r}")
    resolved = resolve(LaboratoryConfiguration, content, changes or (), where)
    run.configuration["laboratory"] = resolved.model_dump(mode="json")
    return resolved


@leaf(app, "template", example="asperity dem template --case mini > mini.toml", output="TOML file.")
def template(run: Run, case: CaseOption = "mini") -> Answer:
    """Print a commented configuration of a triaxial test."""
    from asperity.core.config import to_toml

    text = to_toml(KIND, _configuration(run, None, case, None))
    if run.output is not None:
        run.save(run.output, lambda path: path.write_text(text, encoding="utf-8"))
    return Answer({"kind": KIND, "toml": text}, "" if run.output else text)


@leaf(
    app,
    "prepare",
    example="asperity dem prepare --case paper --set fault.roughness=5e-4 --figure fault.png",
    output="netCDF of grains and joints; of a periodic packing .npz, as bench run takes it.",
    seed=True,
)
def prepare(
    run: Run,
    config: Annotated[
        Path | None, typer.Argument(metavar="CONFIG", help="TOML file, see dem template.")
    ] = None,
    case: CaseOption = "smoke",
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a value of the configuration."),
    ] = None,
    vessel: Annotated[
        Literal["cylinder", "periodic"],
        typer.Option("--vessel", help="The specimen with its fault, or a periodic cube of grains."),
    ] = "cylinder",
    grains: Annotated[int, typer.Option("--grains", min=50, help="In a periodic cube.")] = 2000,
    figure: FiguresOption = None,
) -> Answer:
    """Pack grains and join them, and tell what the specimen and its fault are like."""
    from functools import partial

    resolved = _configuration(run, config, case, changes)
    name = config.stem if config is not None else case
    if vessel == "periodic":
        return _periodic(run, resolved, grains, figure)
    from asperity.dem import genesis_results as results
    from asperity.dem.triaxial import Simulation

    simulation = Simulation(resolved, seed=run.seed)
    simulation.prepare()
    document = results.specimen_document(simulation)
    if run.output is not None:
        data = results.specimen_dataset(simulation)
        run.save(run.output, partial(data.to_netcdf, engine="h5netcdf"))
    document["figures"] = run.save_figures(
        figure, lambda: results.fault_figure(simulation, f"{name}, seed {run.seed}")
    )
    return Answer(document)


def _periodic(
    run: Run, configuration: LaboratoryConfiguration, grains: int, figure: list[Path] | None
) -> Answer:
    import numpy as np

    from asperity.core.errors import UsageError
    from asperity.dem.benchmarks import periodic_packing

    if figure:
        raise UsageError("--figure: a periodic packing has no fault to draw; leave it away")
    if run.output is not None and run.output.suffix != ".npz":
        raise UsageError(f"-o {run.output}: a periodic packing is written as .npz")
    s, rock = configuration.specimen, configuration.rock
    packing, document = periodic_packing(s, rock.modulus, grains, run.seed)

    def write(path: Path) -> None:
        with path.open("wb") as stream:
            np.savez_compressed(stream, **packing.arrays())

    if run.output is not None:
        run.save(run.output, write)
    return Answer(document)


@leaf(
    app,
    "calibrate",
    example="asperity dem calibrate --case paper --test tension --figure tension.png",
    output="TOML file: the configuration with the calibrated rock, for dem run.",
    seed=True,
    executor=True,
)
def calibrate(
    run: Run,
    config: Annotated[
        Path | None,
        typer.Argument(
            metavar="CONFIG", help="TOML file, see dem template; its fault is left out."
        ),
    ] = None,
    case: CaseOption = "paper",
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a value of the configuration."),
    ] = None,
    test: Annotated[
        list[str] | None,
        typer.Option(
            "--test",
            metavar="NAME",
            help="Test to make: elastic, uniaxial, triaxial or tension; repeatable.",
        ),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            metavar="NAME=VALUE",
            help="Property to reach: young, poisson, ucs or tension, SI units; repeatable.",
        ),
    ] = None,
    cement: Annotated[
        Literal["flat-joint", "parallel-bond"],
        typer.Option("--cement", help="What joins the grains."),
    ] = "flat-joint",
    confinement: Annotated[
        float, typer.Option("--confinement", min=0.0, help="Of triaxial tests, Pa.")
    ] = 10e6,
    strain_rate: Annotated[
        float, typer.Option("--strain-rate", help="Of compression, 1/s; of tension a fifth.")
    ] = 0.5,
    specimens: Annotated[
        int, typer.Option("--specimens", min=1, help="Specimens, of this and the next seeds.")
    ] = 1,
    tolerance: Annotated[
        float, typer.Option("--tolerance", min=1e-4, help="Relative, of each target.")
    ] = 0.03,
    most_steps: Annotated[
        int, typer.Option("--steps", min=1, help="Most steps for moduli, and for strengths.")
    ] = 8,
    halve_rate: Annotated[
        bool, typer.Option("--halve-rate", help="Test at half the strain rate, too, and compare.")
    ] = False,
    figure: FiguresOption = None,
) -> Answer:
    """Test rock in compression and tension, and find the constants of its joints."""
    from asperity.core.errors import UsageError, usage
    from asperity.dem import calibration_results as results
    from asperity.dem.calibration import calibrate as search
    from asperity.dem.calibration import named_tests, run_tests
    from asperity.dem.material import Rock, pack
    from asperity.dem.material_tests import Conditions

    if not (test or target):
        raise UsageError("nothing to do: give --test NAME, or --target NAME=VALUE")
    if run.output is not None and cement != "flat-joint":
        raise UsageError("-o: dem run makes rock of flat joints; use --json for parallel bonds")
    wanted = _targets(target or [])
    with usage("--test"):
        asked = named_tests(test or [])
    resolved = _configuration(run, config, case, changes)
    conditions = Conditions(strain_rate, confinement)
    rock = Rock.of(resolved, cement)
    run.note(f"packing {specimens} specimens; a first run compiles kernels, which takes a minute")
    packings = {seed: pack(resolved, seed) for seed in range(run.seed, run.seed + specimens)}
    told: dict[str, Any] = {}
    made: dict[Any, Any] = {}
    with run.executor() as executor:
        if wanted:
            found = search(
                packings, rock, wanted, conditions, tolerance=tolerance, most_steps=most_steps,
                executor=executor, watch=lambda step: run.note(_step_text(step)),
            )  # fmt: skip
            rock, made, told = found.rock, dict(found.tests), results.calibration_document(found)
        more = [name for name in asked if name not in made]
        made |= run_tests(more, packings, rock, conditions, executor) if more else {}
        document = results.tests_document(packings, made) | told
        if halve_rate:
            slow = Conditions(0.5 * strain_rate, confinement)
            slower = run_tests(list(made), packings, rock, slow, executor)
            document["half_rate"] = results.rate_document(made, slower)
    if run.output is not None:
        from asperity.core.config import to_toml

        joints = rock.with_joints(breakable=resolved.rock.breakable).joints
        whole = to_toml(KIND, resolved.model_copy(update={"rock": joints}))
        run.save(run.output, lambda path: path.write_text(whole, encoding="utf-8"))
    name = config.stem if config is not None else case
    document["figures"] = run.save_figures(
        figure, lambda: results.stress_strain_figure(made, f"{name}, seed {run.seed}")
    )
    return Answer(document, _calibration_text(document), not document.get("converged", True))


def _targets(texts: list[str]) -> dict[str, float]:
    """Return what --target says: property and value."""
    from asperity.core.errors import UsageError, usage
    from asperity.dem.calibration import check_targets

    wanted: dict[str, float] = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            wanted[name.strip()] = float(value)
        except ValueError:
            raise UsageError(f"--target {text!r}: write NAME=VALUE, such as young=47e9") from None
    with usage("--target"):
        check_targets(wanted)
    return wanted


def _step_text(step: Any) -> str:
    reached = ", ".join(f"{name} {m.mean:.4g}" for name, m in step.reached.items())
    return reached + " with " + ", ".join(f"{k} {v:.4g}" for k, v in step.parameters.items())


def _calibration_text(document: dict[str, Any]) -> str:
    lines = [
        f"{len(document['seeds'])} specimens of {document['particles']} grains and "
        f"{document['joints']} joints, porosity {document['porosity']:.3f}",
        "",
        f"{'test':<10}{'seed':>5}{'E, GPa':>9}{'nu':>8}{'strength, MPa':>15}{'cracks':>8}"
        f"{'ends differ':>13}",
    ]
    for t in document["tests"]:
        lines.append(
            f"{t['test']:<10}{t['seed']:>5}{t['young'] / 1e9:>9.2f}{t['poisson']:>8.3f}"
            f"{t['strength'] / 1e6:>15.2f}{sum(t['cracks'].values()):>8}"
            f"{100 * t['imbalance']:>11.1f} %"
        )
    if "targets" in document:
        lines += [
            "",
            f"{'property':<10}{'target':>12}{'reached':>12}{'sd':>11}{'off':>9}"
            f"  {'constant':<18}{'value':>12}",
        ]
        for t in document["targets"]:
            sd = "-" if t["sd"] is None else f"{t['sd']:.3g}"
            lines.append(
                f"{t['name']:<10}{t['target']:>12.4g}{t['reached']:>12.4g}{sd:>11}"
                f"{100 * t['misfit']:>7.1f} %  {t['parameter']:<18}{t['value']:>12.5g}"
            )
        state = "reached" if document["converged"] else "NOT reached"
        lines.append(f"targets {state} within {100 * document['tolerance']:g} %")
    for name, ratio in document.get("half_rate", {}).items():
        lines.append(f"{name} at half the strain rate: {100 * (ratio - 1):+.1f} %")
    return "\n".join(lines)


@leaf(
    app,
    "run",
    example="asperity dem run --case smoke -o smoke",
    output="Folder to write: config.toml, history.nc, contacts.nc, events.parquet, figures.",
    folder=True,
    seed=True,
    threads=True,
)
def run_test(
    run: Run,
    config: Annotated[
        Path | None, typer.Argument(metavar="CONFIG", help="TOML file, see dem template.")
    ] = None,
    case: CaseOption = "smoke",
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a value of the configuration."),
    ] = None,
    figure: FiguresOption = None,
) -> Answer:
    """Make a specimen, put it under pressure and load it until its fault has slipped."""
    from asperity.dem.results import summary
    from asperity.dem.triaxial import Simulation

    resolved = _configuration(run, config, case, changes)
    if run.output is not None:
        _claim(run, resolved)
    simulation = Simulation(resolved, seed=run.seed, threads=run.threads)
    run.note("packing the specimen (the first run compiles its kernels, which takes a minute)")
    simulation.prepare()
    with run.progress("consolidation", resolved.loading.consolidation_steps) as advance:
        simulation.consolidate(advance)
    simulation.start_loading()
    with run.progress("loading", 1000) as advance:
        shown = 0

        def tell(share: float) -> None:
            nonlocal shown
            now = min(1000, int(1000 * share))
            advance(now - shown)
            shown = now

        simulation.load(advance=tell)
    document = summary(simulation)
    if run.output is not None:
        document["files"] = _write(run, run.output, simulation)
    name = config.stem if config is not None else case
    document["figures"] = run.save_figures(
        figure, lambda: _stress_figure(simulation, f"{name}, seed {run.seed}")
    )
    return Answer(document, _text(document))


def _stress_figure(simulation: Any, name: str) -> Any:
    from asperity.dem.figures import stress_and_events
    from asperity.dem.results import elementary_catalog, history_dataset

    return stress_and_events(history_dataset(simulation), elementary_catalog(simulation), name)


def _claim(run: Run, configuration: LaboratoryConfiguration) -> None:
    """Make the run folder and write the configuration: no other run may take it meanwhile."""
    from asperity.core.config import to_toml
    from asperity.core.files import atomic_path

    folder = run.destination()
    folder.mkdir(exist_ok=True)
    with atomic_path(folder / CONFIGURATION, replace=run.force) as temporary:
        temporary.write_text(to_toml(KIND, configuration), encoding="utf-8")


def _write(run: Run, folder: Path, simulation: Any) -> list[str]:
    """Write what a run has given into its folder; returns the files."""
    import json
    from functools import partial

    from asperity.core.figures import save_figure
    from asperity.core.files import atomic_path
    from asperity.core.formats import write_catalog
    from asperity.dem import figures, results

    provenance = run.provenance()
    history = results.history_dataset(simulation).assign_attrs(asperity=json.dumps(provenance))
    contacts = results.contacts_dataset(simulation).assign_attrs(asperity=json.dumps(provenance))
    events = results.elementary_catalog(simulation)
    kept = events.with_columns({}, provenance=provenance)
    with atomic_path(folder / "provenance.json", replace=run.force) as temporary:
        temporary.write_text(json.dumps(provenance, indent=1), encoding="utf-8")
    for name, data in (("history.nc", history), ("contacts.nc", contacts)):
        encoding = {k: {"zlib": True, "complevel": 2, "shuffle": True} for k in data.data_vars}
        run.save(folder / name, partial(data.to_netcdf, engine="h5netcdf", encoding=encoding))
    run.save(folder / "events.parquet", partial(write_catalog, kept, format="parquet"))
    drawn = {
        "stress.png": figures.stress_and_events(history, events, folder.name),
        "energies.png": figures.energies(history, folder.name),
        "specimen.png": figures.specimen_cut(simulation.system, folder.name),
    }
    for name, drawing in drawn.items():
        with atomic_path(folder / name, replace=run.force) as temporary:
            save_figure(drawing, temporary)
    names = [
        CONFIGURATION,
        "provenance.json",
        "history.nc",
        "contacts.nc",
        "events.parquet",
        *drawn,
    ]
    return [str(folder / name) for name in names]


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
def info(
    run: Run,
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of dem run.")],
) -> Answer:
    """Tell what a run folder holds."""
    import xarray as xr

    from asperity.core.errors import InputError
    from asperity.dem.results import stress_drops

    path = folder / "history.nc"
    if not path.is_file():
        raise InputError(f"{folder}: no history.nc there; give a folder that dem run wrote")
    run.inputs.append((str(path), path))
    try:
        with xr.open_dataset(path, engine="h5netcdf", decode_timedelta=False) as history:
            history.load()
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: cannot be read ({error}); make it again with dem run") from None
    result = run.read(str(folder / "events.parquet"))
    time, deviator = history["time"].values, history["deviator"].values
    kinds = result.catalog.texts("event_type")
    return Answer(
        {
            "samples": len(time),
            "duration": float(time[-1]) if len(time) else 0.0,
            "strain": float(history["axial_strain"].values[-1]) if len(time) else 0.0,
            "peak_deviator": float(deviator.max()) if len(time) else None,
            "stress_drops": stress_drops(time, deviator),
            "events": {str(kind): int((kinds == kind).sum()) for kind in sorted(set(kinds))},
        }
    )
