"""``asperity catalog distance``: how far two catalogs, seen as clouds of points, are apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.cli.catalog.common import app
from asperity.core.command import Answer, Run, leaf
from asperity.core.completion import complete_file

if TYPE_CHECKING:
    from asperity.core.catalog import Catalog


@leaf(
    app,
    "distance",
    example="asperity catalog distance a.parquet b.parquet --metric hausdorff",
)
def distance(
    run: Run,
    a: Annotated[
        str,
        typer.Argument(
            metavar="A", autocompletion=complete_file, help="Catalog file or data:NAME."
        ),
    ],
    b: Annotated[
        str,
        typer.Argument(
            metavar="B", autocompletion=complete_file, help="Catalog file or data:NAME."
        ),
    ],
    metric: Annotated[
        Literal["hausdorff", "chamfer", "earth-mover"], typer.Option("--metric", help="Which.")
    ] = "earth-mover",
    columns: Annotated[
        str | None,
        typer.Option(
            "--columns", metavar="X,Y,...", help="Columns that span the space; hypocentres if none."
        ),
    ] = None,
    scale: Annotated[
        str,
        typer.Option(
            "--scale",
            metavar="none|standard|robust|mahalanobis|S1,S2,...",
            help="Divide each column by its spread over both catalogs, or by a number.",
        ),
    ] = "none",
    variant: Annotated[
        str | None,
        typer.Option(
            "--variant",
            metavar="NAME",
            help="chamfer: mean, half-sum, mean-squared, sum-squared; "
            "earth-mover: auto, exact, sinkhorn, greedy.",
        ),
    ] = None,
) -> Answer:
    """Measure how far apart two catalogs are, as clouds of points.

    Without --columns the points are hypocentres, in metres in one local frame.
    Events without one of the values are left out and counted.
    """
    import numpy as np

    from asperity.core.geometry import cloud_distance, scaled

    _check_choices(metric, variant, scale)
    catalogs = [run.read(file).catalog for file in (a, b)]
    clouds, names, unit = (
        _hypocentres(catalogs) if columns is None else _chosen(catalogs, columns.split(","))
    )
    complete = [cloud[np.isfinite(cloud).all(axis=1)] for cloud in clouds]
    left_out = [len(whole) - len(kept) for whole, kept in zip(clouds, complete, strict=True)]
    if unit is None and scale == "none" and len(names) > 1:
        run.note("the columns differ in unit; --scale standard brings them to one scale")
    found = cloud_distance(
        *scaled(complete[0], complete[1], _scales(scale)), metric, variant=variant
    )
    document = {
        "metric": metric,
        "variant": variant,
        "distance": found.distance,
        "n_a": found.n_a,
        "n_b": found.n_b,
        "left_out_a": left_out[0],
        "left_out_b": left_out[1],
        "columns": names,
        "scale": scale,
        "unit": _unit(unit, scale, variant),
        "status": found.status,
    }
    return Answer(document)


def _check_choices(metric: str, variant: str | None, scale: str) -> None:
    """Refuse a variant that the metric has not, and a scale that is neither word nor numbers."""
    from typing import get_args

    from asperity.core.errors import UsageError
    from asperity.core.geometry.clouds import ChamferVariant, EarthMoverMethod, Scale

    of_metric = {"chamfer": get_args(ChamferVariant), "earth-mover": get_args(EarthMoverMethod)}
    known = of_metric.get(metric, ())
    if variant is not None and variant not in known:
        choice = f"choose {', '.join(known)}" if known else "it has none"
        raise UsageError(f"--variant {variant!r} of {metric} is not known; {choice}")
    if isinstance(_scales(scale), str) and scale not in get_args(Scale):
        raise UsageError(
            f"--scale {scale!r} is not known; choose {', '.join(get_args(Scale))} "
            "or give one number for each column"
        )


def _hypocentres(catalogs: list[Catalog]) -> tuple[list[Any], list[str], str]:
    """Return hypocentres in metres; those of geographic catalogs in one local frame."""
    import numpy as np

    from asperity.core.errors import DataError
    from asperity.core.geometry import LocalFrame, geographic_view, local_view

    frames = [catalog.frame for catalog in catalogs]
    if "none" in frames:
        raise DataError(
            f"catalog {'AB'[frames.index('none')]} has no coordinates; "
            "name other columns with --columns, such as magnitude"
        )
    same = frames == ["local", "local"] and all(
        catalogs[0].attributes.get(key) == catalogs[1].attributes.get(key)
        for key in ("axes", "anchor", "projection")
    )
    if not same:
        seen = [geographic_view(catalog) for catalog in catalogs]
        latitude, longitude = (
            np.concatenate([c[name] for c in seen]) for name in ("latitude", "longitude")
        )
        if not (np.isfinite(latitude) & np.isfinite(longitude)).any():
            return [np.zeros((len(c), 3)) * np.nan for c in seen], ["x", "y", "z"], "m"
        frame = LocalFrame.around(latitude, longitude)
        catalogs = [local_view(catalog, frame) for catalog in seen]
    names = ["x", "y", "z"]
    return [np.column_stack([c[n] for n in names]) for c in catalogs], names, "m"


def _chosen(catalogs: list[Catalog], columns: list[str]) -> tuple[list[Any], list[str], str | None]:
    """Return the columns that the user named, and their unit if they share one."""
    import numpy as np

    from asperity.core.errors import InputError
    from asperity.core.schema import COLUMNS

    names = [name.strip() for name in columns]
    clouds = []
    for letter, catalog in zip("AB", catalogs, strict=True):
        values = []
        for name in names:
            if name == "time":
                values.append(_times(catalogs, catalog))
                continue
            if name not in catalog:
                raise InputError(
                    f"catalog {letter} has no column {name!r}; it has {', '.join(catalog.columns)}"
                )
            category = "flag_meanings" in catalog.dataset[name].attrs
            if category or catalog[name].dtype.kind not in "fiu":
                raise InputError(f"column {name!r} holds texts, which have no distance")
            values.append(catalog[name].astype(np.float64))
        clouds.append(np.column_stack(values))
    units = {
        "s" if name == "time" else COLUMNS[name].unit if name in COLUMNS else "" for name in names
    }
    return clouds, names, units.pop() if len(units) == 1 else None


def _times(catalogs: list[Catalog], catalog: Catalog) -> Any:
    """Return seconds since the origin of the frame of time that both share."""
    from asperity.core.errors import InputError
    from asperity.core.times import PER_SECOND

    first, second = catalogs
    for key in ("time_frame", "time_origin"):
        one, two = first.attributes.get(key), second.attributes.get(key)
        if one != two:
            raise InputError(f"the catalogs differ in {key}: {one!r} and {two!r}")
    return catalog["time"] / (PER_SECOND[catalog.time_unit] if catalog.time_unit else 1)


def _scales(text: str) -> str | list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        return text


def _unit(unit: str | None, scale: str, variant: str | None) -> str | None:
    if scale != "none" or not unit:
        return None
    return f"{unit}2" if variant in ("mean-squared", "sum-squared") else unit
