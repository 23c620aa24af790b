"""``asperity dem nucleation``: the study of many runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.command import Answer, Run, leaf
from asperity.dem.cli.common import MomentOption, app

if TYPE_CHECKING:
    from asperity.dem.nucleation.sequence import Choices, ForeshockSequence
    from asperity.dem.nucleation.study import Study


@leaf(
    app,
    "nucleation",
    example="asperity dem nucleation smoke --seed 1 -o study",
    output="Folder to write: study.json and the figures.",
    folder=True,
    seed=True,
    executor=True,
)
def nucleation(
    run: Run,
    folders: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Run folders, or the folder of a sweep.")
    ],
    preset: Annotated[
        Literal["default", "published"],
        typer.Option("--preset", help="Sound choices, or those of Ye, Lui and Young (2024)."),
    ] = "default",
    features: Annotated[
        Literal["default", "published"] | None,
        typer.Option(
            "--features", help="Of the clouds: places on the fault, or from the mainshock's begin."
        ),
    ] = None,
    draws: Annotated[
        int, typer.Option("--draws", min=100, help="Of the null models of the trees.")
    ] = 10_000,
    linkage_draws: Annotated[
        int,
        typer.Option("--linkage-draws", min=0, help="Of trees of random clouds; 0 for none."),
    ] = 0,
    power: Annotated[
        int,
        typer.Option(
            "--power",
            min=0,
            help="Draws of related trees, to tell how strong a relation would show; 0 for none.",
        ),
    ] = 0,
    bandwidth: Annotated[
        str | None,
        typer.Option("--bandwidth", metavar="SECONDS|adaptive|silverman", help="Of the episodes."),
    ] = None,
    moment: MomentOption = "potency",
    laboratory: Annotated[
        str | None,
        typer.Option(
            "--laboratory", metavar="FILE", help="Catalog whose b and D are shown beside."
        ),
    ] = None,
) -> Answer:
    """Ask whether foreshocks tell the mainshock: trees, scaling, forces of grains, preslip."""
    import json
    from dataclasses import replace

    from asperity.core.command import plain
    from asperity.core.errors import InputError
    from asperity.core.files import make_folder
    from asperity.dem.nucleation.sequence import PRESETS, UnsuitedError, read_sequence
    from asperity.dem.nucleation.study import study

    choices = replace(_with_bandwidth(PRESETS[preset], bandwidth), moment=moment)
    if features is not None:
        choices = replace(choices, features=features)
    sequences: list[ForeshockSequence] = []
    aside: list[str] = []
    every = _runs(run, folders)
    with run.progress("runs", len(every)) as advance:
        for folder in every:
            run.inputs.append((str(folder / "summary.json"), folder / "summary.json"))
            try:
                sequences.append(read_sequence(folder, choices))
            except UnsuitedError as error:
                aside.append(str(error))
                run.warn(f"set aside: {error}")
            advance(1)
    if not sequences:
        why = aside[0] if aside else "none has ended"
        raise InputError(f"none of {len(every)} runs has foreshocks and a mainshock: {why}")
    with run.executor() as executor:
        found = study(
            sequences, choices, draws=draws, linkage_draws=linkage_draws, seed=run.seed,
            executor=executor,
        )  # fmt: skip
    beside = None if laboratory is None else _laboratory(run, laboratory)
    document = _document(found, preset, aside, beside)
    if power and found.trees:
        document["power"] = _power(run, len(sequences), power)
    if beside is not None:
        document["laboratory"] = beside
    if run.output is not None:
        make_folder(run.output)
        names = _write_figures(run, run.output, found, choices)
        whole = {"schema": "asperity.dem.nucleation/1", **plain(document)}
        run.save(
            run.output / "study.json",
            lambda path: path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8"),
        )
        document["files"] = [str(run.output / n) for n in ("study.json", *names)]
    return Answer(document, _text(document))


def _with_bandwidth(choices: Choices, given: str | None) -> Choices:
    from dataclasses import replace

    from asperity.core.errors import UsageError

    if given is None:
        return choices
    value: Any = given
    if given not in ("adaptive", "silverman"):
        try:
            value = float(given)
        except ValueError:
            value = -1.0
        if not 0.0 < value < 1.0:
            raise UsageError(f"--bandwidth {given!r}: write seconds, adaptive or silverman")
    return replace(choices, segmentation=replace(choices.segmentation, bandwidth=value))


def _runs(run: Run, folders: list[Path]) -> list[Path]:
    """Return run folders, those of a sweep that have ended in the place of its folder."""
    from asperity.dem.cli.sweep import SWEEP
    from asperity.dem.laboratory.ensemble import read_plan
    from asperity.dem.laboratory.folder import finished

    every: list[Path] = []
    for folder in folders:
        if not (folder / SWEEP).is_file():
            every.append(folder)
            continue
        members = [folder / m.name for m in read_plan(folder / SWEEP)["members"]]
        ended = [member for member in members if finished(member)]
        if len(ended) < len(members):
            run.warn(
                f"{folder}: {len(members) - len(ended)} of {len(members)} tests have not ended and "
                f"are left out; asperity dem resume {folder} goes on with them"
            )
        every += ended
    return every


def _document(
    found: Study, preset: str, aside: list[str], laboratory: dict[str, Any] | None
) -> dict[str, Any]:
    from dataclasses import asdict

    from asperity.dem.nucleation.comparison import compare
    from asperity.dem.nucleation.sequence import documents
    from asperity.dem.nucleation.study import decision, mechanism
    from asperity.dem.nucleation.trees import levels_document

    trees = [
        {"metric": t.metric, "linkage": t.linkage, "levels": levels_document(t.levels)}
        for t in found.trees
    ]
    first: dict[str, Any] = trees[0] if trees else {"metric": None, "linkage": None, "levels": []}
    return {
        "preset": preset,
        "simulations": documents(found.sequences),
        "set_aside": aside,
        **first,
        "trees": trees,
        "decision": decision(found),
        "scaling": [asdict(row) for row in found.scaling],
        "grain": found.grain,
        "mechanism": mechanism(found.sequences),
        "comparison": compare(found, laboratory),
    }


def _power(run: Run, leaves: int, repeats: int) -> list[dict[str, Any]]:
    """Return how often trees of so many leaves show a relation, by linkage and its strength."""
    from dataclasses import asdict

    import numpy as np

    from asperity.dem.nucleation.convergence import power
    from asperity.dem.nucleation.study import STUDIED

    rng = np.random.default_rng([run.seed, 1])
    return [asdict(row) for row in power(leaves, STUDIED, repeats, rng)]


def _laboratory(run: Run, file: str) -> dict[str, Any]:
    """Return b and the fractal dimension of a catalog from a laboratory."""
    from asperity.core.errors import DataError
    from asperity.core.statistics.results import bvalue_document, fractal_document

    catalog = run.read(file).catalog
    told: dict[str, Any] = {"name": file, "events": len(catalog)}
    for name, make in (("b", bvalue_document), ("dimension", fractal_document)):
        try:
            told[name] = make(catalog)[name]
        except DataError as error:
            told[name], told[f"{name}_status"] = None, str(error)
    return told


def _write_figures(run: Run, folder: Path, found: Study, choices: Choices) -> list[str]:
    from asperity.core.figures import save_figure
    from asperity.core.files import atomic_path
    from asperity.dem.nucleation import figures
    from asperity.dem.nucleation.convergence import convergence

    longest = found.grain["longest"]
    windows = [(longest, 0.5 * longest), (0.5 * longest, 0.1 * longest), (0.1 * longest, 0.0)]
    drawn = {
        "episodes.png": figures.episodes_figure(found.sequences[0]),
        "classes.png": figures.class_panels(found.grain),
        "fits.png": figures.fits(found.sequences),
        "preslip.png": figures.preslip_figure(found.sequences),
        "densities.png": figures.densities(found.sequences, windows, **choices.strength),
        "growth.png": figures.growth(found.grain),
    }
    if "arcs" in found.grain:
        drawn["shapes.png"] = figures.shape_panels(found.grain)
    if found.trees:
        names = [s.name for s in found.sequences]
        drawn["trees.png"] = figures.facing_trees(found.trees[0], names)
        drawn["profiles.png"] = figures.profiles(found)
        drawn["scaling.png"] = figures.scaling_panels(found)
        settled = convergence(found.sequences, found.distances, choices.features)
        drawn["convergence.png"] = figures.convergence_panels(settled)
    for name, figure in drawn.items():
        with atomic_path(folder / name, replace=run.force) as temporary:
            save_figure(figure, temporary)
    return list(drawn)


def _mechanism(told: dict[str, Any]) -> str:
    """Return the verdict and the figures that it rests on."""
    if not told["failed"]:
        return f"mechanism: {told['verdict']}"
    return (
        f"mechanism: {told['verdict']}: {100 * told['aseismic_moment_share']:.0f} % of the moment "
        f"before the mainshock slips between emissions (its distance to the hypocentre: rank "
        f"correlation with time {told['migration']:.2f}); of {told['failed']} contacts that fail "
        f"{100 * told['failed_by_jump']:.0f} % by the stress of others, "
        f"{100 * told['failed_by_slope']:.0f} % by loading"
    )


def _text(document: dict[str, Any]) -> str:
    wide = max(len(row["statement"]) for row in document["comparison"])
    lines = [
        f"{len(document['simulations'])} simulations, {len(document['set_aside'])} set aside "
        f"({document['preset']} choices)",
        document["decision"],
        _mechanism(document["mechanism"]),
        "",
    ]
    lines += [
        f"{row['statement']:<{wide}}  {row['verdict']:<12}  {row['here']}"
        for row in document["comparison"]
    ]
    return "\n".join(lines)
