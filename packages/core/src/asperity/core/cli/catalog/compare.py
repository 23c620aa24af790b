"""``asperity catalog compare``: catalogs of any scale on one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.cli.catalog.common import app
from asperity.core.command import Answer, FiguresOption, Run, distinct, leaf, name_of
from asperity.core.completion import complete_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@leaf(
    app,
    "compare",
    example="asperity catalog compare data:pnr2 data:peace-river --mc -1 --mc 2 --figure both.png",
    seed=True,
)
def compare(
    run: Run,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="CATALOG...", autocompletion=complete_file, help="Catalog files or data:NAME."
        ),
    ],
    mc: Annotated[
        list[float] | None,
        typer.Option(
            "--mc", help="Magnitude of completeness: one for all, or one for each in turn."
        ),
    ] = None,
    mc_method: Annotated[
        Literal["maxc", "ks", "b-stability"],
        typer.Option("--mc-method", help="How Mc is found where --mc is not given."),
    ] = "maxc",
    names: Annotated[
        list[str] | None,
        typer.Option("--name", help="Name of a catalog on the figure: one for each in turn."),
    ] = None,
    figure: FiguresOption = None,
) -> Answer:
    """Put catalogs on one axis: magnitude-frequency with b, number of records, dimension.

    Counts are shares of those at Mc and above: milliseconds stand beside decades.
    """
    from asperity.core.errors import UsageError
    from asperity.core.statistics.comparison import Compared, comparison_document

    for option, given in (("--mc", mc), ("--name", names)):
        if given and len(given) not in ({1, len(files)} if option == "--mc" else {len(files)}):
            raise UsageError(f"{len(given)} times {option} for {len(files)} catalogs; one for each")
    given_mc: list[float | None] = [*mc] if mc else [None]
    if len(given_mc) < len(files):
        given_mc *= len(files)
    catalogs = [run.read(file).catalog for file in files]
    called = names or distinct(
        [name_of(f, c.attributes) for f, c in zip(files, catalogs, strict=True)]
    )
    document = comparison_document(
        [
            Compared(name, catalog, at, mc_method)
            for name, catalog, at in zip(called, catalogs, given_mc, strict=True)
        ],
        seed=run.seed,
    )

    def draw() -> Figure:
        from asperity.core.figures.comparison import comparison_figure

        return comparison_figure(document)

    run.save_figures(figure, draw)
    return Answer(document, _text(document))


def _text(document: dict[str, Any]) -> str:
    width = max(len(c["name"]) for c in document["catalogs"])
    lines = [
        f"{'':<{width}}{'Mc':>7}{'events':>9}{'b':>7}{'95 %':>15}{'records':>9}{'expected':>10}"
        f"{'usual':>10}{'D2':>13}"
    ]
    for c in document["catalogs"]:
        records, found = c["records"], c["dimension"]
        low, high = c["b_interval"]
        usual = "{} to {}".format(*records["usual"])
        d2 = "-" if found["dimension"] is None else f"{found['dimension']:.2f} ± {found['sd']:.2f}"
        lines.append(
            f"{c['name']:<{width}}{c['mc']:>7.2f}{c['n']:>9,}{c['b']:>7.2f}"
            f"{f'{low:.2f} to {high:.2f}':>15}{records['n_records']:>9}"
            f"{records['expected']:>10.1f}{usual:>10}{d2:>13}"
        )
    for c in document["catalogs"]:
        if c["status"] != "ok":
            lines.append(f"note   {c['name']}: {c['status']}")
        if c["dimension"]["dimension"] is None:
            lines.append(f"note   {c['name']}: no dimension: {c['dimension']['status']}")
    pairs = len(document["pairs"])
    adjusted = f", adjusted for {pairs} pairs" if pairs > 1 else ""
    lines += [
        f"b of {p['first']} and {p['second']} differ by {p['difference']:+.2f}, "
        f"p {p['p_adjusted']:.2g}{adjusted}"
        for p in document["pairs"]
    ]
    lines.append(f"status {document['status']}")
    return "\n".join(lines)
