"""A test kept in one file, from which it goes on to the bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from asperity.core.config import resolve
from asperity.core.errors import InputError
from asperity.core.files import atomic_path
from asperity.core.netcdf import check_seal, write_netcdf
from asperity.dem.config import LaboratoryConfiguration
from asperity.dem.laboratory.triaxial import Simulation

__all__ = ["read_checkpoint", "read_state", "write_checkpoint"]

#: Goes up when a checkpoint of an older version can no longer be read.
VERSION = 1


def write_checkpoint(
    simulation: Simulation, path: Path, record: dict[str, Any], *, records: bool = True
) -> None:
    """Keep a simulation in a file, whole or not at all.

    Parameters
    ----------
    simulation : Simulation
    path : Path
    record : dict
        How the run began: its provenance, which becomes that of its results.
    records : bool
        Whether samples and events are kept, too; not needed once a run has ended.

    Raises
    ------
    InputError
        If the file cannot be written; the one before it stays.
    """
    variables = {
        name: (tuple(f"{name}_{k}" for k in range(value.ndim)), value)
        for name, value in simulation.state().items()
        if records or not name.startswith("recorder.")
    }
    dataset = xr.Dataset(
        variables,
        attrs={
            "title": "checkpoint of a triaxial test",
            "checkpoint_version": VERSION,
            "configuration": simulation.configuration.model_dump_json(),
            "asperity": json.dumps({"provenance": record}),
        },
    )
    with atomic_path(path) as temporary:
        write_netcdf(dataset, temporary, sealed=True)


def read_state(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Return the arrays and the attributes of a checkpoint.

    Raises
    ------
    InputError
        If the file is missing, damaged, or of another version.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; give a folder that dem run wrote")
    try:
        check_seal(path, required=True)
        with xr.open_dataset(path, engine="h5netcdf", decode_times=False) as dataset:
            attributes = dict(dataset.attrs)
            state = {str(name): np.asarray(value.values) for name, value in dataset.items()}
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise InputError(
            f"{path}: the checkpoint cannot be read ({' '.join(str(error).split())}); start again "
            "with dem run --force"
        ) from None
    if attributes.get("checkpoint_version") != VERSION:
        raise InputError(
            f"{path}: version {attributes.get('checkpoint_version')} of checkpoints; this program "
            f"reads version {VERSION}: finish the run with the program that began it"
        )
    attributes["provenance"] = json.loads(attributes["asperity"])["provenance"]
    return state, attributes


def read_checkpoint(path: Path, threads: int = 1) -> tuple[Simulation, dict[str, Any]]:
    """Return the simulation that a checkpoint holds, and how its run began.

    Parameters
    ----------
    path : Path
    threads : int

    Raises
    ------
    InputError
        If the file is missing, damaged, or of another version.
    """
    state, attributes = read_state(path)
    content = json.loads(attributes["configuration"])
    configuration = resolve(LaboratoryConfiguration, content, (), str(path))
    simulation = Simulation.from_state(configuration, state, threads)
    return simulation, attributes["provenance"]
