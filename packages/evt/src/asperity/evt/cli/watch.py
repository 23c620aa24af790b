"""``asperity evt watch``: the forecast while a sequence happens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asperity.core.command import Answer, FileArgument, RegionOption, Run, leaf, plain
from asperity.evt.cli.common import ForecastOptions, app, configuration_of

if TYPE_CHECKING:
    from asperity.evt.watch.follow import Update, Watcher
    from asperity.evt.watch.sources import Source


@leaf(
    app,
    "watch",
    example="asperity evt watch events.csv --mc 1 --thresholds amber=2,red=3 --state watch.json",
    output="HTML report to write after every change.",
)
def watch(
    run: Run,
    file: FileArgument,
    options: ForecastOptions,
    interval: Annotated[
        float, typer.Option("--interval", min=0.05, help="Seconds between two looks.")
    ] = 60.0,
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state",
            metavar="PATH",
            help="JSON file that keeps the events between runs; made when it is missing.",
        ),
    ] = None,
    lights: Annotated[
        str | None,
        typer.Option(
            "--thresholds",
            metavar="amber=M[:P],red=M[:P]",
            help="Signal where a record beyond M has probability P (0.05), or an event has M.",
        ),
    ] = None,
    backlog: Annotated[
        bool,
        typer.Option(
            "--backlog/--no-backlog",
            help="At first tell of every event that is there, or of the last only.",
        ),
    ] = True,
    start: Annotated[
        str | None, typer.Option("--start", metavar="TIME", help="Of a service: events from here.")
    ] = None,
    region: RegionOption = None,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, help="Of a service: seconds to wait.")
    ] = 30.0,
) -> Answer:
    """Follow a growing file or an FDSN event service, and print a JSON line for every event.

    FILE is a catalog file, or the address of a service such as https://HOST/fdsnws/event/1.
    """
    import time

    from asperity.core.errors import DataError, UsageError, usage
    from asperity.evt.watch.follow import Watcher, follow
    from asperity.evt.watch.signal import parse_lights

    configuration = configuration_of(run, options)
    if configuration.mc is None:
        raise UsageError("evt watch needs --mc: it must not change with every smaller event")
    with usage("--thresholds"):
        given = parse_lights(lights) if lights else None
    source = _source(run, file, configuration.mc, start, region, timeout)
    watcher = Watcher(configuration, given)
    fresh = not _resume(watcher, state, source.name)
    told, document = 0, _document(source.name, watcher, 0)
    for update in follow(source, watcher, interval, time.sleep):
        for note in update.notes:
            run.warn(note)
        lines = update.lines if backlog or not fresh else update.lines[-1:]
        fresh = fresh and not update.lines
        told += len(lines)
        _print(lines)
        if update.looked:
            _keep(run, watcher, state, source.name, update)
        document = _document(source.name, watcher, told)
        if once:
            if update.failed:
                raise DataError(update.notes[0])
            break
    text = "" if told else f"{document['n_events']} events, nothing new"
    return Answer(document, text if not run.json else None)


def _source(
    run: Run, file: str, mc: float, start: str | None, region: str | None, timeout: float
) -> Source:
    """Return what FILE names: a service by its address, or else a file."""
    from asperity.core.errors import UsageError

    if file.startswith(("http://", "https://")):
        from asperity.evt.watch.fdsn import FdsnSource

        parameters = {"minmagnitude": f"{mc:g}"}
        if start is None:
            raise UsageError("a service needs --start TIME, or it would send all it has")
        parameters["starttime"] = _service_time(start)
        if region is not None:
            parameters |= _box(region)
        return FdsnSource(file, parameters, timeout)
    if start is not None or region is not None:
        raise UsageError("--start and --region are for a service; use catalog filter on a file")
    if file == "-":
        raise UsageError("standard input cannot be looked at twice; name a file")
    from asperity.core.formats import ReadOptions
    from asperity.evt.watch.sources import FileSource

    if not file.startswith("data:"):
        # Not `run.path`: a file that is not there yet is waited for.
        run.inputs.append((file, Path(file)))
        return FileSource(Path(file), ReadOptions())
    path, known = run.path(file)
    return FileSource(Path(path), ReadOptions().merged(known))


def _service_time(text: str) -> str:
    from asperity.core.errors import usage
    from asperity.core.times import format_times, parse_time

    with usage("--start"):
        return format_times([parse_time(text, "us")], "us", "PT0.001S")[0].rstrip("Z")


def _box(text: str) -> dict[str, str]:
    """Return the query of a service for WEST/EAST/SOUTH/NORTH."""
    from asperity.core.errors import UsageError

    names = ("minlongitude", "maxlongitude", "minlatitude", "maxlatitude")
    try:
        values = [float(part) for part in text.split("/")]
    except ValueError:
        values = []
    if len(values) != 4 or not (values[0] < values[1] and values[2] < values[3]):
        raise UsageError(f"--region {text}: a service takes WEST/EAST/SOUTH/NORTH, degrees")
    return {name: f"{value:g}" for name, value in zip(names, values, strict=True)}


def _resume(watcher: Watcher, state: Path | None, source: str) -> bool:
    """Take up the events of an earlier run; returns whether there were any."""
    import json

    from asperity.core.errors import InputError
    from asperity.evt.watch.store import EventStore

    if state is None or not state.exists():
        return False
    try:
        content = json.loads(state.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{state}: not a state of evt watch ({error})") from None
    watcher.store = EventStore.of_document(content, source, str(state))
    watcher.signal = content.get("signal")
    return True


def _print(lines: list[dict[str, Any]]) -> None:
    import json

    from asperity.core.run import standard_output

    with standard_output() as stream:
        for line in lines:
            stream.write(json.dumps(plain(line), allow_nan=False) + "\n")


def _keep(run: Run, watcher: Watcher, state: Path | None, source: str, update: Update) -> None:
    """Write the state, and the report where something has changed."""
    import json

    from asperity.core.files import atomic_path

    if state is not None:
        content = {
            **watcher.store.document(source),
            "signal": watcher.signal,
            "forecast": update.lines[-1] if update.lines else _forecast_kept(state),
        }
        text = json.dumps(plain(content), allow_nan=False)
        with atomic_path(state) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")
    if run.output is not None and (update.lines or not run.output.exists()):
        from asperity.core.report import write_report
        from asperity.evt.watch.report import watch_sections

        sections = watch_sections(watcher, source)
        lead = f"Followed until {sections[0].facts['last event']}."
        run.outputs.clear()
        run.save(
            run.output,
            lambda path: write_report(path, "Sequence in progress", lead, sections,
                                      run.provenance()),
            replace=True,
        )  # fmt: skip


def _forecast_kept(state: Path) -> Any:
    """Return the last forecast of the state as it stands on disk."""
    import json

    try:
        return json.loads(state.read_text(encoding="utf-8")).get("forecast")
    except (OSError, ValueError):
        return None


def _document(source: str, watcher: Watcher, told: int) -> dict[str, Any]:
    return {
        "source": source,
        "n_events": len(watcher.store),
        "n_lines": told,
        "signal": watcher.signal,
        "status": "ok" if len(watcher.store) else "no events yet",
    }
