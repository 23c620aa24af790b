"""``asperity catalog bvalue|decluster|fractal``: the statistics of a catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.cli.catalog.common import OutputFormatOption, app
from asperity.core.command import Answer, FiguresOption, FileArgument, Run, leaf

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BinWidthOption = Annotated[
    float | None,
    typer.Option(
        "--bin-width",
        metavar="DM",
        min=0.0,
        help="Round magnitudes to multiples of it first; the source's own step when missing.",
    ),
]


@leaf(
    app,
    "bvalue",
    example="asperity catalog bvalue data:oklahoma-ogs --mc 3 --figure oklahoma-b.png",
    seed=True,
)
def bvalue(
    run: Run,
    file: FileArgument,
    mc: Annotated[float | None, typer.Option("--mc", help="Magnitude of completeness.")] = None,
    mc_method: Annotated[
        Literal["maxc", "ks", "b-stability"] | None,
        typer.Option("--mc-method", help="How to find Mc (maxc)."),
    ] = None,
    mc_correction: Annotated[
        float, typer.Option("--mc-correction", help="Added to Mc by maxc.")
    ] = 0.2,
    method: Annotated[
        Literal["aki-utsu", "utsu", "b-positive", "b-more-positive"],
        typer.Option("--method", help="Estimator of b."),
    ] = "aki-utsu",
    bin_width: BinWidthOption = None,
    difference_threshold: Annotated[
        float | None,
        typer.Option(
            "--difference-threshold",
            help="Least difference of the positive methods; the bin width when missing.",
        ),
    ] = None,
    unbiased: Annotated[bool, typer.Option("--unbiased", help="Multiply b by (n - 1)/n.")] = False,
    bootstrap: Annotated[
        int,
        typer.Option("--bootstrap", metavar="N", min=0, help="Resamples for the error of b."),
    ] = 0,
    figure: FiguresOption = None,
) -> Answer:
    """Estimate b of the Gutenberg-Richter law and the magnitude of completeness."""
    from asperity.core.errors import UsageError
    from asperity.core.statistics.results import bvalue_document

    if mc is not None and mc_method is not None:
        raise UsageError("--mc and --mc-method exclude each other; give one of them")
    document = bvalue_document(
        run.read(file).catalog, name=file.removeprefix("data:"), mc=mc, mc_method=mc_method,
        mc_correction=mc_correction, method=method, bin_width=bin_width,
        difference_threshold=difference_threshold, unbiased=unbiased, n_bootstrap=bootstrap,
        seed=run.seed,
    )  # fmt: skip

    def draw() -> Figure:
        from asperity.core.figures import frequency_magnitude

        return frequency_magnitude(document)

    run.save_figures(figure, draw)
    return Answer(document, _bvalue_text(document))


def _bvalue_text(document: dict[str, Any]) -> str:
    width = document["bin_width"]
    binned = f"bins of {width:g}" if width else "continuous magnitudes"
    interval = document["b_interval"]
    lines = [
        f"b      {document['b']:.3f} ± {document['b_sd']:.3f}  ({document['method']}, "
        f"{document['sd_method']})",
        f"a      {document['a']:.3f}",
        f"Mc     {document['mc']:g}  ({document['mc_method']})",
        f"n      {document['n']:,} of {document['n_events']:,} events, "
        f"mean magnitude {document['mean_magnitude']:.3f}",
        f"bins   {binned} ({document['bin_width_source']})",
    ]
    if interval is not None:
        lines.insert(1, f"95 %   {interval[0]:.3f} to {interval[1]:.3f}")
    if document["difference_threshold"] is not None:
        lines.append(
            f"from   {document['n_sample']:,} differences of at least "
            f"{document['difference_threshold']:g}"
        )
    lines += [f"note   {note}" for note in document["mc_notes"]]
    if document["missing_magnitudes"]:
        lines.append(f"note   {document['missing_magnitudes']} events have no magnitude")
    lines.append(f"status {document['status']}")
    return "\n".join(lines)


DistanceOption = Annotated[
    Literal["epicentral", "hypocentral"] | None,
    typer.Option(
        "--distance",
        help="Distances between events; the choice of the method's paper when missing.",
    ),
]
_OF_METHOD = {
    "nearest-neighbour": ("b", "fractal_dimension", "eta0", "minimum_distance"),
    "gardner-knopoff": ("window", "foreshock_fraction"),
    "reasenberg": ("rfact", "tau_min", "tau_max", "p1", "xk", "xmeff"),
}


@leaf(
    app,
    "decluster",
    example="asperity catalog decluster data:oklahoma-ogs --mc 2.4 -o oklahoma-clusters.parquet",
    output="Catalog file to write, with columns parent_id, cluster, is_mainshock and eta.",
)
def decluster(
    run: Run,
    file: FileArgument,
    method: Annotated[
        Literal["nearest-neighbour", "gardner-knopoff", "reasenberg"],
        typer.Option("--method", help="Method."),
    ] = "nearest-neighbour",
    mc: Annotated[float | None, typer.Option("--mc", help="Smaller events take no part.")] = None,
    distance: DistanceOption = None,
    mainshocks: Annotated[
        bool, typer.Option("--mainshocks", help="Write the mainshocks only.")
    ] = False,
    window: Annotated[
        Literal["gk", "gruenthal", "uhrhammer"] | None,
        typer.Option("--window", help="Windows of gardner-knopoff (gk)."),
    ] = None,
    foreshock_fraction: Annotated[
        float | None,
        typer.Option(
            "--foreshock-fraction", help="Window before a mainshock, in terms of that after it (1)."
        ),
    ] = None,
    b: Annotated[
        float | None, typer.Option("--b", help="b-value of nearest-neighbour (1).")
    ] = None,
    fractal_dimension: Annotated[
        float | None,
        typer.Option("--fractal-dimension", help="... its fractal dimension (1.6)."),
    ] = None,
    eta0: Annotated[
        float | None,
        typer.Option("--eta0", help="... its threshold; found from two modes when missing."),
    ] = None,
    minimum_distance: Annotated[
        float | None,
        typer.Option("--minimum-distance", help="... metres that shorter distances count as."),
    ] = None,
    rfact: Annotated[
        float | None, typer.Option("--rfact", help="Source radii in reasenberg's zone (10).")
    ] = None,
    tau_min: Annotated[
        float | None, typer.Option("--tau-min", help="... shortest look-ahead time, days (1).")
    ] = None,
    tau_max: Annotated[
        float | None, typer.Option("--tau-max", help="... longest look-ahead time, days (10).")
    ] = None,
    p1: Annotated[
        float | None, typer.Option("--p1", help="... probability of the next event (0.95).")
    ] = None,
    xk: Annotated[
        float | None, typer.Option("--xk", help="... rise of the cut-off in clusters (0.5).")
    ] = None,
    xmeff: Annotated[
        float | None, typer.Option("--xmeff", help="... effective cut-off; the least magnitude.")
    ] = None,
    format: OutputFormatOption = None,
    figure: FiguresOption = None,
) -> Answer:
    """Sort events into clusters and mainshocks."""
    from asperity.core.cli.catalog.common import catalog_destination, save_catalog
    from asperity.core.errors import UsageError
    from asperity.core.statistics.declustering import decluster as sort_events
    from asperity.core.statistics.declustering.catalogs import with_clusters

    day = 86_400.0
    given = {
        "b": b, "fractal_dimension": fractal_dimension, "eta0": eta0,
        "minimum_distance": minimum_distance, "window": window,
        "foreshock_fraction": foreshock_fraction, "rfact": rfact,
        "tau_min": None if tau_min is None else tau_min * day,
        "tau_max": None if tau_max is None else tau_max * day, "p1": p1, "xk": xk, "xmeff": xmeff,
    }  # fmt: skip
    options = {k: v for k, v in given.items() if v is not None}
    for name in options:
        if name not in _OF_METHOD[method]:
            flags = ", ".join(f"--{n.replace('_', '-')}" for n in _OF_METHOD[method])
            raise UsageError(
                f"--{name.replace('_', '-')} is no option of --method {method}; it takes {flags}"
            )
    if run.output is not None:
        catalog_destination(run, format)
    result = run.read(file)
    made, rows = sort_events(
        result.catalog,
        method,
        mc=mc,
        distance=distance,
        **options,
    )
    name = file.removeprefix("data:")

    def draw() -> Figure:
        from asperity.core.figures import declustered_counts, nearest_neighbour_modes

        if made.eta is not None:
            return nearest_neighbour_modes(made, name)
        return declustered_counts(result.catalog, made, rows, name)

    run.save_figures(figure, draw)
    written: list[str] = []
    if run.output is not None:
        catalog = with_clusters(result.catalog, made, rows)
        if mainshocks:
            catalog = catalog.select(catalog["is_mainshock"] == 1)
        written = save_catalog(run, result, catalog, run.output, format)
    sizes = made.sizes
    document = {
        "name": name,
        "method": made.method,
        "n_mainshocks": made.n_mainshocks,
        "n_clusters": made.n_clusters,
        "eta0": made.eta0,
        "eta0_status": "ok" if made.eta0 is not None else f"{made.method} has no eta0",
        "n_events": len(result.catalog),
        "n_used": rows.size,
        "n_single": int((sizes == 1).sum()),
        "largest_cluster": int(sizes.max()),
        "parameters": made.parameters,
        "written": written,
        "status": made.status,
    }
    return Answer(document, _decluster_text(document))


def _decluster_text(document: dict[str, Any]) -> str:
    used, main = document["n_used"], document["n_mainshocks"]
    lines = [
        f"{main:,} mainshocks of {used:,} events ({100.0 * main / used:.0f} %), "
        f"{document['method']}",
        f"{document['n_clusters']:,} clusters of two events or more, the largest of "
        f"{document['largest_cluster']:,}; {document['n_single']:,} single events",
    ]
    if document["eta0"] is not None:
        lines.append(f"eta0 {document['eta0']:.3g}")
    if used < document["n_events"]:
        lines.append(f"{document['n_events'] - used:,} events took no part")
    lines += [f"wrote {path}" for path in document["written"]]
    lines.append(f"status {document['status']}")
    return "\n".join(lines)


@leaf(
    app,
    "fractal",
    example="asperity catalog fractal data:cooper-basin --mc 0 --figure cooper-basin-d2.png",
    seed=True,
)
def fractal(
    run: Run,
    file: FileArgument,
    mc: Annotated[float | None, typer.Option("--mc", help="Smaller events are left out.")] = None,
    distance: Annotated[
        Literal["epicentral", "hypocentral"] | None,
        typer.Option(
            "--distance", help="Without or with depth; hypocentral in a local frame when missing."
        ),
    ] = None,
    r_min: Annotated[
        float | None, typer.Option("--r-min", help="Least distance of the fit, m.")
    ] = None,
    r_max: Annotated[
        float | None, typer.Option("--r-max", help="Largest distance of the fit, m.")
    ] = None,
    uncertainty: Annotated[
        float | None,
        typer.Option("--uncertainty", help="Median location uncertainty, m; the file's own."),
    ] = None,
    edges: Annotated[
        Literal["border", "none"],
        typer.Option("--edges", help="Count only spheres within the cloud, or all."),
    ] = "border",
    figure: FiguresOption = None,
) -> Answer:
    """Estimate the fractal dimension of a catalog's epicentres or hypocentres."""
    from asperity.core.statistics.results import fractal_document

    document = fractal_document(
        run.read(file).catalog, name=file.removeprefix("data:"), mc=mc, distance=distance,
        r_min=r_min, r_max=r_max, uncertainty=uncertainty, edges=edges, seed=run.seed,
    )  # fmt: skip

    def draw() -> Figure:
        from asperity.core.figures import correlation_integral_fit

        return correlation_integral_fit(document)

    run.save_figures(figure, draw)
    return Answer(document, _fractal_text(document))


def _fractal_text(document: dict[str, Any]) -> str:
    box = document["box_counting"]
    lines = [
        f"D2     {document['dimension']:.3f} ± {document['sd']:.3f}  (correlation dimension)",
        f"range  {document['r_min']:.4g} to {document['r_max']:.4g} m",
        f"n      {document['n']:,} of {document['n_events']:,} events, {document['distance']}",
    ]
    if box["dimension"] is not None:
        lines.append(f"D0     {box['dimension']:.3f} ± {box['sd']:.3f}  (box counting)")
    else:
        lines.append(f"D0     -  ({box['status']})")
    lines += [f"note   {note}" for note in document["notes"]]
    return "\n".join(lines)
