"""What the commands on positions share: reading them, and where and when stations stepped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from asperity.core.command import Run
from asperity.core.completion import complete_file

if TYPE_CHECKING:
    from asperity.gnss.positions import PositionSeries
    from asperity.gnss.positions.trajectory import Offset

FilesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="FILES...",
        autocompletion=complete_file,
        help="Positions: tenv3, PBO pos, SIO neu, CSV, data:NAME or data:NAME*.",
    ),
]


@dataclass(frozen=True)
class PositionChoices:
    """What the user knows about files of positions that they do not say of themselves."""

    format: Annotated[
        str | None,
        typer.Option("--format", metavar="NAME", help="Format of the files; found by content."),
    ] = None
    frame: Annotated[
        str | None, typer.Option("--frame", metavar="FRAME", help="Reference frame of positions.")
    ] = None
    sites: Annotated[
        str | None,
        typer.Option("--sites", metavar="FILE", help="Places of stations: site,lon,lat,height."),
    ] = None
    on_error: Annotated[
        Literal["strict", "skip"],
        typer.Option("--on-error", help="Refuse a bad row, or leave it out."),
    ] = "strict"


@dataclass(frozen=True)
class StepChoices:
    """When stations may have moved at once."""

    offsets: Annotated[
        list[str] | None,
        typer.Option(
            "--offsets",
            metavar="FILE|TIME",
            help="Possible steps: a list of SITE TIME, or a time for all stations; repeats.",
        ),
    ] = None
    catalog: Annotated[
        str | None,
        typer.Option(
            "--catalog",
            metavar="FILE",
            help="Earthquakes: those within 10^(M/2 - 0.8) km may have moved a station.",
        ),
    ] = None
    min_magnitude: Annotated[
        float, typer.Option("--min-magnitude", metavar="M", help="Of earthquakes that may count.")
    ] = 5.0


def read_series(run: Run, files: Sequence[str], choices: PositionChoices) -> list[PositionSeries]:
    """Read the stations of all files, in order, and say what their readers noticed.

    Raises
    ------
    InputError
        If a file cannot be read, or two hold the same station.
    """
    from asperity.core.errors import InputError
    from asperity.gnss.positions import PositionOptions, read_positions
    from asperity.gnss.positions.inputs import expand, read_places, with_places

    options = PositionOptions(on_error=choices.on_error, frame=choices.frame)
    series: list[PositionSeries] = []
    home: dict[str, str] = {}
    for file in expand(files):
        path, known = run.path(file)
        if known:
            run.configuration.setdefault("read", {})[file] = dict(known)
        result = read_positions(path, format=choices.format, options=options.merged(known))
        for note in result.notes:
            run.note(f"{file}: {note}")
        if result.rejections:
            lost = f"{len(result.rejections)} rows left out, first {result.rejections[0]}"
            run.note(f"{file}: {lost}")
        for one in result.series:
            if one.site in home:
                raise InputError(
                    f"station {one.site or '(no name)'} stands in {home[one.site]} and in {file}; "
                    "give one of them"
                )
            home[one.site] = file
        series += result.series
    if choices.sites is not None:
        series = with_places(series, read_places(run.path(choices.sites)[0]))
    return series


def steps_of(
    run: Run, series: Sequence[PositionSeries], choices: StepChoices
) -> list[tuple[Offset, ...]]:
    """Return the steps that each station may have."""
    from pathlib import Path

    from asperity.core.errors import usage
    from asperity.gnss.positions.offsets import (
        EVERY,
        Earthquakes,
        OffsetList,
        parse_offset_time,
        possible_steps,
        read_offsets,
    )
    from asperity.gnss.positions.trajectory import Offset

    entries: list[tuple[str, Offset]] = []
    for text in choices.offsets or ():
        if Path(text).is_file() or text.startswith("data:"):
            entries += read_offsets(run.path(text)[0]).entries
        else:
            with usage("--offsets"):
                entries.append((EVERY, Offset(parse_offset_time(text), "earthquake", "")))
    earthquakes = None
    if choices.catalog is not None:
        earthquakes = Earthquakes.of(run.read(choices.catalog).catalog, choices.min_magnitude)
    listed = OffsetList(tuple(entries))
    return [possible_steps(one, listed, earthquakes) for one in series]
