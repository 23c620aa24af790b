"""The folder of a run: what ``dem run`` writes into it, and ``dem resume`` goes on from."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xarray as xr

from asperity.core.catalog import Catalog
from asperity.core.command import plain
from asperity.core.config import load, resolve, to_toml
from asperity.core.errors import InputError
from asperity.core.figures import save_figure
from asperity.core.files import atomic_path, held, make_folder
from asperity.core.formats import read_catalog, write_catalog
from asperity.core.netcdf import write_netcdf
from asperity.core.operations import operations_path
from asperity.dem.config import LaboratoryConfiguration
from asperity.dem.laboratory import figures, results
from asperity.dem.laboratory.checkpoint import read_checkpoint, write_checkpoint
from asperity.dem.laboratory.cycles import emissions_with_roles
from asperity.dem.laboratory.fault import FaultPlane
from asperity.dem.laboratory.injection_figure import injection_figure
from asperity.dem.laboratory.sources import sources_dataset
from asperity.dem.laboratory.triaxial import Simulation

__all__ = [
    "CHECKPOINT", "ELEMENTARY", "HISTORY", "Checkpointing", "begin", "claimed", "finished",
    "read_configuration", "read_contacts", "read_elementary", "read_history", "read_run",
    "read_sources", "resumed", "sources_of", "standing", "told", "write", "write_specimen",
]  # fmt: skip

KIND, SCHEMA = "dem.laboratory", "asperity.dem.run/1"
CONFIGURATION, CHECKPOINT = "config.toml", "checkpoint.nc"
PROVENANCE, SUMMARY = "provenance.json", "summary.json"
HISTORY, CONTACTS, EVENTS = "history.nc", "contacts.nc", "events.parquet"
ELEMENTARY, SOURCES = "elementary.parquet", "sources.nc"
SPECIMEN = "specimen.png"


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Make a folder if need be, and keep it for this process in a block; see `held`."""
    make_folder(folder)
    with held(folder):
        yield


def begin(
    folder: Path, configuration: LaboratoryConfiguration, record: Mapping[str, Any], *, force: bool
) -> None:
    """Write into a run folder what the run is to be; its caller has `claimed` it.

    With `force` the results of an older run in it are removed first, so that a folder
    never holds parts of two runs.
    """
    if force:
        for name in (
            SUMMARY,
            CHECKPOINT,
            PROVENANCE,
            HISTORY,
            CONTACTS,
            ELEMENTARY,
            EVENTS,
            SOURCES,
        ):
            (folder / name).unlink(missing_ok=True)
        operations_path(folder / EVENTS).unlink(missing_ok=True)
    text = to_toml(KIND, configuration)
    with atomic_path(folder / CONFIGURATION, replace=force) as temporary:
        temporary.write_text(text, encoding="utf-8")
    _write_record(folder, record)


def _write_record(folder: Path, record: Mapping[str, Any]) -> None:
    _write_json(folder / PROVENANCE, record)


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(plain(content), indent=1) + "\n", encoding="utf-8")


@dataclass
class Checkpointing:
    """Writes a checkpoint now and then; called with the simulation, as `Simulation.load` does.

    Parameters
    ----------
    folder : Path
    record : dict
        Provenance of the run.
    interval : float
        Seconds between two checkpoints, 0 for none.
    warn : callable
        Takes a text when a checkpoint cannot be written: the run goes on without it.
    """

    folder: Path
    record: dict[str, Any]
    interval: float
    warn: Callable[[str], None]
    _last: float = field(default_factory=time.monotonic)
    _stage: str = "new"

    def __call__(self, simulation: Simulation) -> None:
        """Write a checkpoint if a stage has ended, or the last one is old.

        Within the stage of consolidation there is none: it begins anew.
        """
        due = self.interval > 0.0 and time.monotonic() - self._last >= self.interval
        if simulation.stage == self._stage and not (due and simulation.stage == "loading"):
            return
        self._stage = simulation.stage
        try:
            write_checkpoint(simulation, self.folder / CHECKPOINT, self.record)
        except InputError as error:
            self.warn(f"{error}; the run goes on, the checkpoint before this one stays")
        self._last = time.monotonic()


def write(folder: Path, simulation: Simulation, record: Mapping[str, Any]) -> list[str]:
    """Write what a run has given into its folder; returns the names of the files."""
    kept = {"asperity": json.dumps({"provenance": record})}
    summary = results.summary(simulation)
    history = results.history_dataset(simulation).assign_attrs(kept)
    contacts = results.contacts_dataset(simulation).assign_attrs(kept)
    elementary = results.elementary_catalog(simulation)
    radius = simulation.configuration.specimen.mean_radius
    emitted = emissions_with_roles(elementary, radius, summary["stress_drops"])
    datasets = {HISTORY: history, CONTACTS: contacts}
    done = []
    if simulation.recorder.sources is not None:
        datasets[SOURCES] = sources_of(simulation).assign_attrs(kept)
        done.append(SOURCES)
    for name, data in datasets.items():
        encoding = {k: {"zlib": True, "complevel": 2, "shuffle": True} for k in data.data_vars}
        with atomic_path(folder / name) as temporary:
            write_netcdf(data, temporary, encoding=encoding)
    for name, catalog in ((ELEMENTARY, elementary), (EVENTS, emitted)):
        marked = catalog.with_columns({}, provenance=record, simulation=folder.name)
        with atomic_path(folder / name) as temporary:
            write_catalog(marked, temporary, format="parquet")
    if simulation.injection is not None:
        path = operations_path(folder / EVENTS)
        with atomic_path(path) as temporary:
            simulation.injection.operations().write(temporary)
        done.append(path.name)
    drawn = {
        "stress.png": figures.stress_and_events(history, elementary, folder.name),
        "energies.png": figures.energies(history, folder.name),
        SPECIMEN: figures.specimen_cut(simulation.system, folder.name),
        "slip.png": figures.slip_sequence(
            elementary,
            FaultPlane(simulation.configuration.fault.angle),
            figures.spans_around(summary["stress_drops"], float(history["time"][-1])),
            folder.name,
        ),
    }
    if simulation.injection is not None:
        drawn["injection.png"] = injection_figure(simulation, simulation.injection, folder.name)
    for name, drawing in drawn.items():
        with atomic_path(folder / name) as temporary:
            save_figure(drawing, temporary)
    _write_record(folder, record)
    # With the summary the run counts as finished; then the checkpoint need not hold the
    # records a second time.
    _write_json(folder / SUMMARY, {"schema": SCHEMA, "name": folder.name, **summary})
    write_checkpoint(simulation, folder / CHECKPOINT, dict(record), records=False)
    names = (CONFIGURATION, PROVENANCE, SUMMARY, HISTORY, CONTACTS, ELEMENTARY, EVENTS, CHECKPOINT)
    return [*names, *done, *drawn]


def sources_of(simulation: Simulation) -> xr.Dataset:
    """Return what contacts did around the events of a test; see `sources.sources_dataset`."""
    recorder, system = simulation.recorder, simulation.system
    return sources_dataset(
        recorder.bursts(system), recorder.order, simulation.loading_start, system.time_step
    )


def write_specimen(folder: Path, simulation: Simulation, record: Mapping[str, Any]) -> list[str]:
    """Write the picture of a specimen that waits for its loading; returns all files."""
    with atomic_path(folder / SPECIMEN) as temporary:
        save_figure(figures.specimen_cut(simulation.system, folder.name), temporary)
    _write_record(folder, record)
    return [CONFIGURATION, PROVENANCE, CHECKPOINT, SPECIMEN]


def resumed(record: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """Return the provenance of a run that was begun by one command and ended by another."""
    again = {k: later[k] for k in ("command_line", "time", "version", "commit", "elapsed_seconds")}
    return {**record, "resumed": [*record.get("resumed", []), again]}


def finished(folder: Path) -> bool:
    """Return whether a folder holds a run that has come to its end."""
    return (folder / SUMMARY).is_file()


def told(folder: Path) -> dict[str, Any]:
    """Return the summary of a finished run.

    Raises
    ------
    InputError
        If there is none, or it is damaged.
    """
    path = folder / SUMMARY
    if not path.is_file():
        raise InputError(
            f"{folder}: no {SUMMARY} there, so no finished run; asperity dem info says how "
            "far it is, dem resume ends it"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {key: value for key, value in content.items() if key not in ("schema", "name")}
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: not JSON ({error}); make the run again") from None


def standing(folder: Path) -> dict[str, Any]:
    """Return how far a run that has not ended has come, by its last checkpoint.

    Raises
    ------
    InputError
        If there is no checkpoint, or it is damaged.
    """
    simulation, record = read_checkpoint(folder / CHECKPOINT)
    loading = simulation.stage == "loading"
    return {
        "stage": simulation.stage,
        "seed": simulation.seed,
        "begun": record["time"],
        "particles": len(simulation.system),
        "contacts": simulation.system.contacts,
        "steps": simulation.system.step,
        "timestep": simulation.system.time_step,
        "progress": simulation.progress,
        "strain": simulation.strain if loading else 0.0,
        "deviator": simulation.deviator if loading else None,
        "events": len(simulation.events) if loading else 0,
    }


def read_history(folder: Path) -> xr.Dataset:
    """Return the sampled history of a run.

    Raises
    ------
    InputError
        If it is missing or damaged.
    """
    return _read(folder, HISTORY)


def _read(folder: Path, name: str) -> xr.Dataset:
    path = folder / name
    if not path.is_file():
        way = "go on with dem resume" if (folder / CHECKPOINT).is_file() else "give a run folder"
        raise InputError(f"{folder}: no {name} there; {way}")
    try:
        with xr.open_dataset(path, engine="h5netcdf", decode_timedelta=False) as dataset:
            return dataset.load()
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: cannot be read ({error}); make it again with dem run") from None


def read_run(folder: Path) -> tuple[xr.Dataset, Catalog]:
    """Return history and acoustic emissions of a finished run.

    Raises
    ------
    InputError
        If they are missing or damaged.
    """
    return read_history(folder), read_catalog(folder / EVENTS).catalog


def read_configuration(folder: Path) -> LaboratoryConfiguration:
    """Return the configuration of a run.

    Raises
    ------
    InputError
        If it is missing or damaged.
    """
    content = load(folder / CONFIGURATION)
    content.pop("kind", None)
    return resolve(LaboratoryConfiguration, content, (), str(folder / CONFIGURATION))


def read_contacts(folder: Path) -> xr.Dataset:
    """Return the sampled joints of a finished run; see `results.contacts_dataset`.

    Raises
    ------
    InputError
        If they are missing or damaged.
    """
    return _read(folder, CONTACTS)


def read_sources(folder: Path) -> xr.Dataset:
    """Return what contacts did around the events of a finished run.

    Raises
    ------
    InputError
        If it has not been kept, or is damaged.
    """
    if finished(folder) and not (folder / SOURCES).is_file():
        raise InputError(
            f"{folder}: no {SOURCES} there, so no moment tensors by forces; make the run again "
            "with numerics.source_window = 1e-3 (s, the longest source) to keep what they need"
        )
    return _read(folder, SOURCES)


def read_elementary(folder: Path) -> tuple[Catalog, float]:
    """Return bond breaks and slip episodes of a finished run, and the mean radius, m.

    Raises
    ------
    InputError
        If they are missing or damaged.
    """
    if not finished(folder):
        read_history(folder)  # says what is missing
    radius = read_configuration(folder).specimen.mean_radius
    return read_catalog(folder / ELEMENTARY).catalog, radius
