"""Strain fields as labelled data: points, grids, and netCDF files of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.netcdf import write_netcdf
from asperity.gnss.strain_rate.strain import OPTIONAL, QUANTITIES

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "check_optional",
    "evaluated",
    "grid_axes",
    "grid_dataset",
    "hide",
    "read_field",
    "strain_dataset",
    "write_field",
]

Array = NDArray[np.float64]

_MATRIX = {
    "strain_cov": (("tensor", "tensor_2"), "posterior covariance of ee, nn, en", "nanostrain2/yr2"),
    "velocity_gradient": (
        ("component", "direction"),
        "change of the velocity component (east, north) in the direction (east, north)",
        "nanostrain/yr",
    ),
}  # fmt: skip
_KEPT = ("velocity_east", "velocity_north")
_QUANTILES = {"p05": "5 % quantile", "median": "median", "p95": "95 % quantile"}


def grid_axes(region: tuple[float, float, float, float], spacing: float) -> tuple[Array, Array]:
    """Return longitudes and latitudes of a grid, both ends included where they fit.

    Parameters
    ----------
    region : tuple of float
        West, east, south, north, degrees; west may be larger than east, across the
        date line.
    spacing : float
        Degrees.
    """
    west, east, south, north = region
    if east < west:
        east += 360.0
    axes: list[Array] = []
    for low, high in ((west, east), (south, north)):
        steps = int(np.floor((high - low) / spacing + 1e-9))
        axes.append(np.asarray(low + spacing * np.arange(steps + 1)))
    return axes[0], axes[1]


def check_optional(names: Sequence[str]) -> None:
    """Refuse names that are no optional quantities.

    Raises
    ------
    InputError
        The message says which there are.
    """
    unknown = [name for name in names if name not in OPTIONAL]
    if unknown:
        raise InputError(f"quantity {unknown[0]!r}; allowed are {', '.join(OPTIONAL)}")


def evaluated(
    values: Callable[[Array], dict[str, Array]],
    nodes: Array,
    chunks: Sequence[NDArray[np.int64]],
    executor: Executor | None,
    advance: Callable[[int], Any],
) -> dict[str, Array]:
    """Return the variables of a field at nodes, chunk by chunk, in the order of the nodes.

    Parameters
    ----------
    values : callable
        Takes some of the nodes.
    nodes : ndarray, shape (m, 3, 3)
        Local frames.
    chunks : sequence of ndarray
        Rows of the nodes; each node is in one of them.
    executor : concurrent.futures.Executor, optional
        Runs the chunks.
    advance : callable
        Called with the number of nodes that are done.
    """
    results = (map if executor is None else executor.map)(values, (nodes[rows] for rows in chunks))
    columns: dict[str, Array] = {}
    for rows, some in zip(chunks, results, strict=True):
        for name, value in some.items():
            if name not in columns:
                columns[name] = np.empty((len(nodes), *value.shape[1:]), dtype=value.dtype)
            columns[name][rows] = value
        advance(len(rows))
    return columns


def hide(columns: dict[str, Array], rows: NDArray[np.bool_]) -> None:
    """Set what follows from the velocity gradient to NaN at some points, in place.

    Velocities, standard deviations and covariances stay as they are.

    Parameters
    ----------
    columns : dict of str to ndarray, shape (m, ...)
    rows : ndarray of bool, shape (m,)
    """
    for name, values in columns.items():
        kept = name in _KEPT or name.endswith(("_sd", "_cov"))
        if not kept:
            values[rows] = np.nan


def strain_dataset(
    longitude: Array,
    latitude: Array,
    columns: dict[str, Array],
    method: str = "least-squares collocation",
) -> xr.Dataset:
    """Return variables at points as a labelled data set.

    Parameters
    ----------
    longitude, latitude : ndarray, shape (m,)
        Degrees.
    columns : dict of str to ndarray
        Shape (m,), or (m, 3, 3) and (m, 2, 2) for the matrices.
    method : str
        What the title says of it.
    """
    import xarray as xr

    variables: dict[str, Any] = {}
    for name, values in columns.items():
        dims, attributes = _labels(name)
        variables[name] = (("point", *dims), values, attributes)
    coordinates = {
        "longitude": ("point", longitude, _axis("longitude")),
        "latitude": ("point", latitude, _axis("latitude")),
    }
    attributes = {"Conventions": "CF-1.11", "title": f"strain rate by {method}"}
    return xr.Dataset(variables, coordinates, attributes)


def grid_dataset(points: xr.Dataset, longitude: Array, latitude: Array) -> xr.Dataset:
    """Fold points on the axes of their grid.

    Parameters
    ----------
    points : xarray.Dataset
        From `strain_dataset`, all longitudes of a latitude after each other.
    longitude, latitude : ndarray
        The axes.
    """
    import xarray as xr

    shape = (latitude.size, longitude.size)
    if points.sizes["point"] != shape[0] * shape[1]:
        raise InputError(f"{points.sizes['point']} points do not fill a grid of {shape}")
    variables = {
        name: (
            ("latitude", "longitude", *v.dims[1:]),
            v.values.reshape(*shape, *v.shape[1:]),
            v.attrs,
        )
        for name, v in points.data_vars.items()
    }
    coordinates = {
        "longitude": ("longitude", longitude, _axis("longitude") | {"axis": "X"}),
        "latitude": ("latitude", latitude, _axis("latitude") | {"axis": "Y"}),
    }
    return xr.Dataset(variables, coordinates, points.attrs)


def _axis(name: str) -> dict[str, str]:
    unit = "degrees_east" if name == "longitude" else "degrees_north"
    return {"standard_name": name, "long_name": name, "units": unit}


def _labels(name: str) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the further dimensions and the attributes of a variable."""
    if name in _MATRIX:
        dims, title, unit = _MATRIX[name]
        return dims, {"long_name": title, "units": unit}
    if name == "resolution":
        return (), {
            "long_name": "posterior over prior standard deviation of the strain rate",
            "units": "1",
        }
    if name == "mask":
        return (), {
            "long_name": "why the strain rate is not supported by the data",
            "flag_values": np.array([0, 1, 2], dtype=np.int8),
            "flag_meanings": "supported too_little_information no_station_near",
        }
    known = QUANTITIES | OPTIONAL
    base, _, ending = name.rpartition("_")
    if name in known:
        quantity = known[name]
        return (), {
            "long_name": quantity.title,
            "units": quantity.unit,
            "comment": quantity.definition,
            "ancillary_variables": f"{name}_sd",
        }
    quantity = known[base]
    what = "standard deviation" if ending == "sd" else _QUANTILES[ending]
    return (), {"long_name": f"{quantity.title}, {what}", "units": quantity.unit}


def write_field(field: xr.Dataset, path: Path, attributes: Mapping[str, Any]) -> None:
    """Write a strain field as netCDF-4 under the CF conventions.

    Parameters
    ----------
    field : xarray.Dataset
        From `strain_dataset` or `grid_dataset`.
    path : Path
    attributes : mapping
        Goes under the key ``asperity``, as JSON: covariance, provenance.
    """
    whole = field.assign_attrs(asperity=json.dumps(dict(attributes)))
    encoding = {name: {"zlib": True, "complevel": 2, "shuffle": True} for name in whole.data_vars}
    write_netcdf(whole, path, encoding=encoding)


def read_field(path: Path) -> xr.Dataset:
    """Read a strain field.

    Raises
    ------
    InputError
        If the file is no netCDF-4 file, or not a strain field.
    """
    import xarray as xr

    if not path.is_file():
        raise InputError(f"{path}: no such file; check the name")
    try:
        field = xr.load_dataset(path, engine="h5netcdf")
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{path}: cannot be read as netCDF-4 ({error}); gnss strain -o writes such a file"
        ) from None
    needed = {"longitude", "latitude", "strain_ee", "strain_nn", "strain_en"}
    missing = sorted(needed - set(field.variables))
    if missing:
        raise InputError(
            f"{path}: no strain field, {', '.join(missing)} missing; gnss strain -o writes one"
        )
    return field
