"""``asperity dem calibrate``: tests of rock, and the constants that give its properties."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from asperity.core.command import Answer, FiguresOption, Run, leaf
from asperity.dem.cli.common import (
    KIND,
    CaseOption,
    ConfigArgument,
    SetOption,
    app,
    configuration,
)


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
    config: ConfigArgument = None,
    case: CaseOption = "paper",
    changes: SetOption = None,
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
    from asperity.dem.rock import calibration_results as results
    from asperity.dem.rock.calibration import calibrate as search
    from asperity.dem.rock.calibration import named_tests, run_tests
    from asperity.dem.rock.material import Rock, pack
    from asperity.dem.rock.material_tests import Conditions

    if not (test or target):
        raise UsageError("nothing to do: give --test NAME, or --target NAME=VALUE")
    if run.output is not None and cement != "flat-joint":
        raise UsageError("-o: dem run makes rock of flat joints; use --json for parallel bonds")
    wanted = _targets(target or [])
    with usage("--test"):
        asked = named_tests(test or [])
    resolved = configuration(run, config, case, changes)
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
    last = run.seed + specimens - 1
    seeds = f"seed {run.seed}" if specimens == 1 else f"seeds {run.seed} to {last}"
    document["figures"] = run.save_figures(
        figure, lambda: results.stress_strain_figure(made, f"{name}, {seeds}")
    )
    return Answer(document, _calibration_text(document), not document.get("converged", True))


def _targets(texts: list[str]) -> dict[str, float]:
    """Return what --target says: property and value."""
    from asperity.core.errors import UsageError, usage
    from asperity.dem.rock.calibration import check_targets

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
