"""``asperity gnss covariance|validate``: what the field is like, and how far it can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from asperity.core.command import Answer, FiguresOption, Run, leaf, name_of
from asperity.gnss.cli.common import (
    NetworkArgument,
    ScreeningOptions,
    TableOptions,
    app,
)
from asperity.gnss.cli.strain import FieldOptions, configuration, fitted

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@leaf(
    app,
    "covariance",
    example="asperity gnss covariance data:china-wang-shen-2020 --region 70/112/20/50 "
    "--margin 0 --figure covariance.png",
    seed=True,
    threads=True,
)
def covariance(
    run: Run,
    file: NetworkArgument,
    table: TableOptions,
    screening: ScreeningOptions,
    options: FieldOptions,
    width: Annotated[
        float, typer.Option("--bin", metavar="KM", help="Width of a distance bin.")
    ] = 50.0,
    reach: Annotated[
        float, typer.Option("--reach", metavar="KM", help="Largest distance.")
    ] = 2000.0,
    against: Annotated[
        list[str] | None,
        typer.Option(
            "--against", metavar="NAME[+NAME]", help="Hold another covariance against it; repeats."
        ),
    ] = None,
    figure: FiguresOption = None,
) -> Answer:
    """Estimate the covariance of the velocities: empirical bins, and the fitted function.

    With --against several functions are fitted and ranked by their likelihood and by
    stations left out.
    """
    from asperity.core.errors import DataError, UsageError
    from asperity.gnss.strain_rate.covariance.empirical import empirical_covariance, fit_empirical
    from asperity.gnss.strain_rate.field_results import empirical_document, field_document
    from asperity.gnss.strain_rate.fitting import region_of

    if not (0.0 < width < reach):
        raise UsageError(f"--bin {width:g}, --reach {reach:g}; expected 0 < bin < reach, km")
    run.check_outputs(figure or ())
    chosen = configuration(run, options)
    region = region_of(screening.region, None)
    field, kept, _ = fitted(run, file, table, screening, chosen, region)
    observations = field.observations_
    empirical = empirical_covariance(observations, width=width, reach=reach)
    names = [c.name for c in field.covariance_.components]
    try:
        fit: dict[str, Any] | None = fit_empirical(empirical, names[0]).document()
        status = "ok"
    except (DataError, RuntimeError) as error:
        fit, status = None, str(error)
    fits = [{**field_document(field), "loo": field.leave_one_out().document()}]
    for name in against or ():
        from sklearn.base import clone

        other = clone(field).set_params(covariance=name, variance=(), length=(), varying=False)
        if chosen.estimate in ("none", "empirical"):
            other.set_params(estimate="reml")
        with run.progress(name) as advance:
            other.fit(
                kept.network.coordinates, kept.network.velocities, kept.network.covariances,
                advance=lambda advance=advance: advance(1),
            )  # fmt: skip
        fits.append({**field_document(other), "loo": other.leave_one_out().document()})
    document = {
        "name": name_of(file),
        "n_stations": len(observations),
        "empirical": {**empirical_document(empirical), "fit": fit, "status": status},
        "fits": fits,
    }

    def draw() -> Figure:
        from asperity.gnss.figures import covariance_figure

        return covariance_figure(empirical, field.covariance_, fit)

    document["written"] = run.save_figures(figure, draw)
    return Answer(document, _covariance_text(document))


def _covariance_text(document: dict[str, Any]) -> str:
    from asperity.gnss.strain_rate.field_results import covariance_text

    empirical = document["empirical"]
    lines = [f"{document['n_stations']} stations"]
    if empirical["fit"] is not None:
        part = empirical["fit"]["parameters"]["components"][0]
        lines.append(
            f"empirical  {part['function']}: C0 {part['variance']:.1f} mm2/yr2, L "
            f"{part['length']:.0f} km"
        )
    else:
        lines.append(f"empirical  {empirical['status']}")
    lines += ["", f"{'km':>6}{'ee':>9}{'nn':>9}{'en':>9}{'pairs':>9}"]
    rows = zip(*(empirical[k] for k in ("distance", "ee", "nn", "en", "pairs")), strict=True)
    lines += [
        f"{d:>6.0f}{ee:>9.2f}{nn:>9.2f}{en:>9.2f}{pairs:>9d}"
        for d, ee, nn, en, pairs in rows
        if pairs
    ]
    lines += ["", f"{'log-likelihood':>14}{'loo rms':>9}{'z2':>7}  fitted"]
    for fit in document["fits"]:
        likelihood = fit["log_likelihood"]
        text = "-" if likelihood is None else f"{likelihood:.1f}"
        lines.append(
            f"{text:>14}{fit['loo']['rmse']:>9.3f}{fit['loo']['z2']:>7.2f}  "
            f"{covariance_text(fit['covariance'])}"
        )
    return "\n".join(lines)


@leaf(
    app,
    "validate",
    example="asperity gnss validate data:china-wang-shen-2020 --region 98/106/24/34 --truth smooth",
    seed=True,
    threads=True,
)
def validate(
    run: Run,
    file: NetworkArgument,
    table: TableOptions,
    screening: ScreeningOptions,
    options: FieldOptions,
    truth: Annotated[
        list[str] | None,
        typer.Option(
            "--truth", metavar="faults|smooth|mixed|none", help="Known fields to recover; repeats."
        ),
    ] = None,
    spacing: Annotated[
        float, typer.Option("--spacing", metavar="DEG", help="Of the places that are judged.")
    ] = 0.5,
    block_size: Annotated[
        float,
        typer.Option("--block-size", metavar="DEG", help="Of cells that are left out together."),
    ] = 1.0,
    figure: FiguresOption = None,
) -> Answer:
    """Say how far a strain field can be trusted.

    Stations are left out one by one and in cells, checkerboards are restored, and
    known fields with the noise of the stations are recovered at their places.
    """
    from asperity.core.errors import UsageError
    from asperity.gnss.strain_rate.field_results import field_document
    from asperity.gnss.strain_rate.fitting import grid_region, region_of
    from asperity.gnss.strain_rate.synthetic import TRUTHS
    from asperity.gnss.strain_rate.validation import validate as validated

    run.check_outputs(figure or ())
    truths = tuple(truth or TRUTHS)
    unknown = [t for t in truths if t not in (*TRUTHS, "none")]
    if unknown:
        raise UsageError(f"--truth {unknown[0]}; allowed are {', '.join(TRUTHS)}, none")
    chosen = configuration(run, options)
    region = region_of(screening.region, None)
    field, kept, _ = fitted(run, file, table, screening, chosen, region)
    with run.progress("known fields") as advance:
        found = validated(
            field, region or grid_region(kept.network, spacing),
            truths=tuple(t for t in truths if t != "none"), spacing=spacing,
            block_size=block_size, seed=run.seed, advance=lambda: advance(1),
        )  # fmt: skip
    document = {"name": name_of(file), **field_document(field), **found}

    def draw() -> Figure:
        from asperity.gnss.figures import validation_figure

        return validation_figure(document)

    document["written"] = run.save_figures(figure, draw)
    return Answer(document, _validation_text(document))


def _validation_text(document: dict[str, Any]) -> str:
    from asperity.gnss.strain_rate.field_results import covariance_text

    lines = [f"{document['n_stations']} stations; {covariance_text(document['covariance'])}", ""]
    lines.append(f"{'left out':<22}{'rms mm/yr':>10}{'median':>8}{'z2':>7}{'in 90 %':>9}")
    for label, key in (("one station", "loo"), ("cells", "block_cv")):
        s = document[key]
        if key == "block_cv":
            label = f"cells of {s['size']:g} degree"
        lines.append(
            f"{label:<22}{s['rmse']:>10.3f}{s['median_abs']:>8.3f}{s['z2']:>7.2f}"
            f"{s['coverage']['0.9']:>9.3f}"
        )
    board = document["checkerboard"]
    lines += ["", "checkerboard, cell width in degrees and share that comes back"]
    lines.append(
        "  ".join(
            f"{w:g}: {r:.2f}" for w, r in zip(board["widths"], board["restoration"], strict=True)
        )
    )
    length = board["resolution_length"]
    lines.append(
        "half comes back at "
        + (f"{length:.1f} degrees" if length is not None else "no width between these")
    )
    if document["synthetic"]:
        lines += [
            "",
            "known fields: rms error of strain in nanostrain/yr, z rms (1 is right)",
            f"{'':<10}{'ee':>8}{'nn':>8}{'en':>8}{'shear':>8}{'corr':>7}{'z':>7}"
            f"{'quiet':>8}{'middle':>8}{'fault':>8}",
        ]
    for name, s in document["synthetic"].items():
        cells = "".join(f"{v:>8.2f}" for v in s["rms"].values())
        thirds = "".join(f"{v:>8.2f}" for v in s["z_rms_by_third"])
        correlation = s["correlation"]["max_shear_half"]
        lines.append(f"{name:<10}{cells}{correlation:>7.2f}{s['z_rms']:>7.2f}{thirds}")
    return "\n".join(lines)
