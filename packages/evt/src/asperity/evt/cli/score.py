"""``asperity evt score``: all ways to forecast the next record, in one table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asperity.core.command import Answer, FiguresOption, Run, leaf
from asperity.evt.cli.common import DatabaseOptions, FilesArgument, app, number, read_pairs

if TYPE_CHECKING:
    from asperity.evt.pairs import Pairs
    from asperity.evt.rivals.protocol import Rival


@leaf(
    app,
    "score",
    example="asperity evt score --registered --require 'crps<0.2' --figure scores.png",
    seed=True,
    executor=True,
)
def score(
    run: Run,
    database: DatabaseOptions,
    files: FilesArgument = None,
    thresholds: Annotated[
        list[float] | None,
        typer.Option("--threshold", help="Magnitude whose exceedance is scored; 2, 3 and 4."),
    ] = None,
    chosen: Annotated[
        str, typer.Option("--rivals", metavar="NAMES", help="Rivals: all, none, or A,B.")
    ] = "all",
    condition_on_record: Annotated[
        bool,
        typer.Option(
            "--condition-on-record/--no-condition-on-record",
            help="Leave no probability below the largest magnitude so far (default).",
        ),
    ] = True,
    bootstrap: Annotated[
        int, typer.Option("--bootstrap", min=1, help="Samples of the bootstrap by sequence.")
    ] = 1000,
    shuffles: Annotated[
        int,
        typer.Option("--shuffles", min=0, help="Controls of the accuracy along a sequence."),
    ] = 39,
    require: Annotated[
        list[str] | None,
        typer.Option(
            "--require", metavar="CONDITION", help="Exit with 3 unless it holds; repeatable."
        ),
    ] = None,
    figure: FiguresOption = None,
    stages_figure: Annotated[
        list[Path] | None,
        typer.Option("--stages-figure", metavar="PATH", help="Figure: accuracy by stage."),
    ] = None,
) -> Answer:
    """Score laws and rivals over a database of sequences, whoever wins."""
    from asperity.core.errors import usage
    from asperity.evt.scoring import figures
    from asperity.evt.scoring.requirements import check_requirements, parse_requirement
    from asperity.evt.scoring.results import FIRST, score_document

    with usage("--require"):
        conditions = [parse_requirement(text, FIRST) for text in require or ()]
    run.check_outputs([*(figure or ()), *(stages_figure or ())])
    selected = _rivals(chosen)
    upper, lower = database.estimators()
    pairs = read_pairs(run, files, database)
    with run.progress("rivals", len(selected)) as advance, run.executor() as executor:
        document = score_document(
            pairs, upper, lower, selected, thresholds=tuple(thresholds or (2.0, 3.0, 4.0)),
            conditioned=condition_on_record, shuffles=shuffles, replicates=bootstrap,
            seed=run.seed, advance=advance, executor=executor,
        )  # fmt: skip
    with usage("--require"):
        document["requirements"] = check_requirements(conditions, document["table"])
    written = run.save_figures(figure, lambda: figures.score_figure(document))
    written += run.save_figures(stages_figure, lambda: figures.stages_figure(document["stages"]))
    document["written"] = written
    _caution(run, pairs)
    failed = any(not r["met"] for r in document["requirements"])
    return Answer(document, _text(document), failed_check=failed)


def _rivals(names: str) -> list[Rival]:
    """Return the rivals of a list of names; the baseline is always among them."""
    from asperity.core.errors import UsageError
    from asperity.evt.rivals import rivals

    every = rivals()
    if names == "all":
        return list(every.values())
    wanted = [] if names == "none" else [n.strip() for n in names.split(",")]
    unknown = [n for n in wanted if n not in every]
    if unknown:
        raise UsageError(f"--rivals {unknown[0]!r} is not known; known are {', '.join(every)}")
    baseline = next(iter(every))
    return [every[n] for n in dict.fromkeys([baseline, *wanted])]


def _caution(run: Run, pairs: Pairs) -> None:
    if len(pairs) < 30:
        run.warn(f"{len(pairs)} records are an anecdote, not evidence; give more sequences")


def _text(document: dict[str, Any]) -> str:
    lines = [
        f"{document['n_records']} records of {document['n_sequences_with_records']} sequences; "
        f"M_UE {document['upper']}, M_LE {document['lower']}",
        "CRPS in magnitudes and log score in nats: lower is better; skill and gain are against "
        f"{document['baseline']}, intervals by sequence",
        "",
        f"{'forecaster':<24}{'n':>5}{'CRPS':>8}{'skill':>8}{'CRPS difference':>24}{'log':>8}"
        f"{'gain':>8}{'PIT KS':>8}{'50 %':>7}{'90 %':>7}{'95 %':>7}{'bias':>8}{'floored':>9}",
    ]
    for r in document["table"]:
        low, high = r["crps_difference_interval"] or (None, None)
        lines.append(
            f"{r['name']:<24}{r['n']:>5}{number(r['crps'], 8)}{number(r['crps_skill'], 8)}"
            f"{number(r['crps_difference'], 9)} [{number(low, 6)},{number(high, 6)}]"
            f"{number(r['log_score'], 8)}{number(r['information_gain'], 8)}"
            f"{number(r['pit_ks'], 8)}{number(r['coverage_50'], 7, 2)}"
            f"{number(r['coverage_90'], 7, 2)}{number(r['coverage_95'], 7, 2)}"
            f"{number(r['bias'], 8)}{'-' if r['floored'] is None else r['floored']:>9}"
        )
        if r["withheld"]:
            why = "; ".join(f"{n} {text}" for text, n in r["withheld"].items())
            lines.append(f"{'':<24}withheld: {why}")
    lines += ["", *_brier_lines(document), "", *_consistency_lines(document)]
    lines += ["", *_stage_lines(document["stages"])]
    lines += [
        f"required {r['condition']}: {'met' if r['met'] else 'NOT met'} "
        f"({number(r['value'], 0, 4)})"
        for r in document["requirements"]
    ]
    return "\n".join(lines)


def _brier_lines(document: dict[str, Any]) -> list[str]:
    lines = [
        f"{'Brier score':<24}{'M >':>5}{'n':>6}{'above':>7}{'score':>9}{'reliab.':>9}{'resol.':>9}"
        f"{'uncert.':>9}{'skill':>8}"
    ]
    for row in document["table"][:3]:
        lines += [
            f"{row['name']:<24}{b['threshold']:>5g}{b['n']:>6}{b['n_exceeded']:>7}"
            + "".join(
                number(b[k], 9) for k in ("score", "reliability", "resolution", "uncertainty")
            )
            + number(b["skill"], 8)
            for b in row["brier"]
        ]
    return lines


def _consistency_lines(document: dict[str, Any]) -> list[str]:
    tests = document["consistency"]
    n = tests["number"]
    lines = [
        f"N test: {n['observed']:g} records, {n['expected']:.1f} expected of independent "
        f"magnitudes; P(fewer or equal) {n['p_low']:.3f}, P(more or equal) {n['p_high']:.3f}"
    ]
    for name, found in tests.items():
        if name != "number":
            lines.append(
                f"{name}: L test p {found['likelihood']['p_low']:.3f}, "
                f"M test p {found['magnitude']['p_low']:.3f}"
            )
    return lines


def _stage_lines(stages: dict[str, Any]) -> list[str]:
    lines = [
        f"along a sequence, {stages['forecaster']}",
        f"{'stage':<28}{'n':>5}{'bias':>8}{'CRPS':>8}{'skill':>8}{'PIT KS':>8}{'90 %':>7}",
    ]
    for r in stages["rows"]:
        if r["group"] == "pooled":
            lines.append(
                f"{r['division'] + ': ' + r['stage']:<28}{r['n']:>5}{number(r['bias'], 8)}"
                f"{number(r['crps'], 8)}{number(r['crps_skill'], 8)}"
                f"{number(r['pit_ks'], 8)}{number(r['coverage_90'], 7, 2)}"
            )
    lines.append(f'published: "{stages["statement"]}"')
    for c in stages["contrasts"]:
        low, high = c["interval"] or (None, None)
        lines.append(
            f"  {c['late']} less {c['early']}: CRPS {number(c['difference'], 0)} "
            f"[{number(low, 0)}, {number(high, 0)}], in random order {number(c['control'], 0)}; "
            f"{c['verdict']}"
        )
    return lines
