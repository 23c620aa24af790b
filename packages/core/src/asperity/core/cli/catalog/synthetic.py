"""``asperity catalog synth``: synthetic catalogs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.cli.catalog.common import OutputFormatOption, app
from asperity.core.command import Answer, Run, leaf

if TYPE_CHECKING:
    from asperity.core.catalog import Catalog
    from asperity.core.operations import Operations
    from asperity.core.statistics.synthetic import GutenbergRichter

_DAY = 86_400.0


@leaf(
    app,
    "synth",
    example="asperity catalog synth --model etas --duration P365D --mc 2 -o etas.parquet",
    output="Catalog file to write; its suffix names the format.",
    seed=True,
)
def synth(
    run: Run,
    model: Annotated[
        Literal["poisson", "etas", "injection"],
        typer.Option("--model", help="Model of the times."),
    ] = "poisson",
    n: Annotated[
        int | None,
        typer.Option("--n", min=1, help="Events: exactly so many (poisson), or their mean."),
    ] = None,
    duration: Annotated[
        str | None,
        typer.Option(
            "--duration", metavar="D", help="Length, such as P365D; of injection that after it."
        ),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option("--rate", help="Events per day, of the background in etas; instead of --n."),
    ] = None,
    mc: Annotated[float, typer.Option("--mc", help="Smallest magnitude.")] = 0.0,
    b: Annotated[float, typer.Option("--b", help="Slope of Gutenberg-Richter.")] = 1.0,
    mmax: Annotated[
        float | None, typer.Option("--mmax", help="Magnitude at which it is cut off.")
    ] = None,
    corner: Annotated[
        float | None, typer.Option("--corner", help="Magnitude at which it is tapered instead.")
    ] = None,
    bin_width: Annotated[
        float, typer.Option("--bin-width", help="Round magnitudes to multiples of it.")
    ] = 0.0,
    extent: Annotated[
        float, typer.Option("--extent", help="Side of the square of poisson and etas, m.")
    ] = 100_000.0,
    branching_ratio: Annotated[
        float | None,
        typer.Option("--branching-ratio", help="Of etas: direct aftershocks per event (0.7)."),
    ] = None,
    k: Annotated[
        float | None,
        typer.Option("--k", help="... K in events per day instead, times in days."),
    ] = None,
    alpha: Annotated[float, typer.Option("--alpha", help="... growth of productivity.")] = 0.8,
    c: Annotated[float, typer.Option("--c", help="... Omori's time offset, days.")] = 0.01,
    p: Annotated[float, typer.Option("--p", max=20.0, help="... Omori's exponent.")] = 1.2,
    kernel_distance: Annotated[
        float, typer.Option("--d", help="... scale of the distances at Mc, m.")
    ] = 500.0,
    q: Annotated[float, typer.Option("--q", help="... exponent of the distances.")] = 1.8,
    gamma: Annotated[float, typer.Option("--gamma", help="... growth of their scale.")] = 0.4,
    operations: Annotated[
        str | None,
        typer.Option(
            "--operations",
            metavar="FILE",
            help="Of injection: an operations table, or a catalog that carries one.",
        ),
    ] = None,
    sigma: Annotated[
        float | None, typer.Option("--sigma", help="... seismogenic index (-2).")
    ] = None,
    decay_time: Annotated[
        float, typer.Option("--decay-time", help="... of the decay after shut-in, days.")
    ] = 0.25,
    decay_exponent: Annotated[
        float, typer.Option("--decay-exponent", help="... its exponent.")
    ] = 2.0,
    format: OutputFormatOption = None,
) -> Answer:
    """Draw a synthetic catalog."""
    import math

    from asperity.core.cli.catalog.common import catalog_destination, save_catalog
    from asperity.core.errors import UsageError, usage
    from asperity.core.formats import ReadResult
    from asperity.core.statistics.synthetic import GutenbergRichter

    if n is not None and (rate is not None or sigma is not None):
        raise UsageError("--n excludes --rate and --sigma; give one of them")
    if k is not None and branching_ratio is not None:
        raise UsageError("--k and --branching-ratio exclude each other; give one of them")
    if model != "injection" and (operations is not None or sigma is not None):
        raise UsageError(f"--operations and --sigma go with --model injection, not {model}")
    if model == "poisson" and n is None and rate is None:
        raise UsageError("--model poisson needs --n or --rate")
    path = catalog_destination(run, format)
    with usage():
        law = GutenbergRichter(
            mc, b, mmax if mmax is not None else math.inf,
            corner if corner is not None else math.inf, bin_width,
        )  # fmt: skip
    table: Operations | None = None
    if model == "injection":
        table = _operations(run, operations)
        catalog = _injection(
            run, table, law, sigma=sigma, n=n, after=_length(duration, 0.0),
            decay_time=decay_time * _DAY, decay_exponent=decay_exponent,
        )  # fmt: skip
    elif model == "etas":
        productivity = None if k is None else k * _DAY ** (p - 1.0)
        with usage():
            catalog = _etas(
                run, law, _length(duration), extent=extent, n=n, rate=rate,
                branching_ratio=branching_ratio, productivity=productivity, alpha=alpha,
                c=c * _DAY, p=p, distance=kernel_distance, q=q, gamma=gamma,
            )  # fmt: skip
    else:
        from asperity.core.statistics.synthetic import poisson_catalog

        per_second = None if rate is None else rate / _DAY
        with usage():
            catalog = poisson_catalog(
                _length(duration, 365.0 * _DAY), rate=per_second, n=n, magnitudes=law,
                extent=extent, seed=run.seed,
            )  # fmt: skip
    made = {**catalog.attributes["synthetic"], "seed": run.seed}
    catalog = catalog.with_columns({}, synthetic=made)
    rows: Any = range(len(catalog))
    written = save_catalog(run, ReadResult(catalog, table, rows), catalog, path, format)
    magnitudes = catalog["magnitude"]
    document = {
        "model": model,
        "n_events": len(catalog),
        "mc": mc,
        "b": b,
        "m_max": mmax,
        "largest": magnitudes.max() if magnitudes.size else None,
        "branching_ratio": made.get("branching_ratio"),
        "seismogenic_index": made.get("seismogenic_index"),
        "parameters": made,
        "seed": run.seed,
        "written": written,
        "status": "ok" if len(catalog) else "no event was drawn",
    }
    return Answer(document, _synth_text(document))


def _length(text: str | None, default: float | None = None) -> float:
    """Return a duration in seconds, from ISO 8601 or a number of seconds."""
    import math

    from asperity.core.errors import UsageError, usage
    from asperity.core.times import duration_seconds

    if text is None:
        if default is None:
            raise UsageError("this model needs --duration, such as P365D")
        return default
    try:
        seconds = float(text)
    except ValueError:
        with usage("--duration"):
            return duration_seconds(text)
    if not (math.isfinite(seconds) and seconds > 0.0):
        raise UsageError(f"--duration {text}: give a length above 0, such as P365D")
    return seconds


# A table of this kind holds operations; the catalogs that carry some are Parquet or MATLAB.
_PLAIN = (".csv", ".txt", ".tsv")


def _operations(run: Run, text: str | None) -> Operations:
    """Read an operations table, or the one that a catalog carries."""
    from asperity.core.errors import InputError, UsageError
    from asperity.core.operations import read_operations

    if text is None:
        raise UsageError("--model injection needs --operations FILE with a column rate")
    if text.endswith((".operations.parquet", *_PLAIN)):
        path, _ = run.path(text)
        table = read_operations(Path(path))
    else:
        found = run.read(text).operations
        if found is None:
            raise InputError(f"{text}: a catalog without operations; name one that carries them")
        table = found
    if "rate" not in table.columns or not len(table):
        raise InputError(
            f"{text}: the operations have no column rate (m3/s, or a unit in its name such as "
            f"'rate (m3/day)'); found {', '.join(table.columns)}"
        )
    return table


def _injection(
    run: Run, table: Operations, law: GutenbergRichter, *, sigma: float | None, n: int | None,
    after: float, decay_time: float, decay_exponent: float,
) -> Catalog:  # fmt: skip
    import numpy as np

    from asperity.core.errors import usage
    from asperity.core.statistics.synthetic import InjectionResponse, injection_catalog
    from asperity.core.times import PER_SECOND

    with usage():
        response = InjectionResponse(
            -2.0 if sigma is None else sigma, decay_time, decay_exponent, law
        )
    first = int(table.time[0])
    seconds = (table.time - first) / PER_SECOND[table.time_unit]
    origin = (first, table.time_unit) if table.time_frame == "utc" else None
    rates = np.nan_to_num(table.columns["rate"])
    return injection_catalog(
        seconds, rates, response, n=n, after=after, origin=origin, seed=run.seed
    )


def _etas(
    run: Run, law: GutenbergRichter, duration: float, *, extent: float, n: int | None,
    rate: float | None, branching_ratio: float | None, productivity: float | None,
    **kernel: float,
) -> Catalog:  # fmt: skip
    from dataclasses import replace

    from asperity.core.statistics.synthetic import Etas, etas_catalog

    if productivity is None:
        ratio = 0.7 if branching_ratio is None else branching_ratio
        model = Etas.with_branching_ratio(ratio, magnitudes=law, **kernel)
    else:
        model = Etas(productivity=productivity, magnitudes=law, **kernel)
    mu = (1.0 if rate is None else rate) / _DAY
    if n is not None:
        # The mean over an endless catalog; a short one misses late aftershocks.
        mu = n * (1.0 - model.branching_ratio) / duration
    return etas_catalog(duration, replace(model, background_rate=mu), extent=extent, seed=run.seed)


def _synth_text(document: dict[str, Any]) -> str:
    lines = [f"{document['n_events']:,} events, {document['model']}, seed {document['seed']}"]
    if document["largest"] is not None:
        lines[0] += f", largest magnitude {document['largest']:.2f}"
    if document["branching_ratio"] is not None:
        lines.append(f"branching ratio {document['branching_ratio']:.3f}")
    if document["seismogenic_index"] is not None:
        lines.append(f"seismogenic index {document['seismogenic_index']:.3f}")
    return "\n".join([*lines, *(f"wrote {path}" for path in document["written"])])
