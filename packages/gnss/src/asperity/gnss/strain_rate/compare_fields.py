"""Two strain fields on one grid: their difference, its error, and where it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError, InputError
from asperity.gnss.strain_rate.strain import QUANTITIES

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["comparable", "compare_fields", "on_grid_of", "summaries"]

#: Not a number that can be subtracted: an angle, and what belongs to no quantity.
_LEFT_OUT = ("azimuth_e1", "velocity_east", "velocity_north", "rotation")


def comparable(first: xr.Dataset, second: xr.Dataset) -> list[str]:
    """Return the quantities that both fields hold and that do not depend on the frame."""
    return [q for q in QUANTITIES if q in first and q in second and q not in _LEFT_OUT]


def on_grid_of(target: xr.Dataset, field: xr.Dataset, names: list[str]) -> xr.Dataset:
    """Return variables of a field at the nodes of another grid.

    Parameters
    ----------
    target, field : xarray.Dataset
        On grids of latitude and longitude.
    names : list of str

    Returns
    -------
    xarray.Dataset
        Between nodes by bilinear interpolation, which is NaN beside a node without a
        value; standard deviations likewise, so that they are not too small.

    Raises
    ------
    InputError
        If one of them is no grid, or they do not overlap.
    """
    for what, one in (("first", target), ("second", field)):
        if one[names[0]].dims[:2] != ("latitude", "longitude"):
            raise InputError(
                f"the {what} field is given at points; compare grids, made without --points"
            )
    # Longitudes of a grid run on past 180 where it crosses that meridian.
    west = float(field.longitude[0])
    longitude = west + np.mod(target.longitude.values - west + 1e-9, 360.0) - 1e-9
    values = field[names]
    inside = (
        (longitude <= float(field.longitude[-1]) + 1e-6).any()
        and float(target.latitude[0]) <= float(field.latitude[-1])
        and float(target.latitude[-1]) >= float(field.latitude[0])
    )
    if not inside:
        raise InputError("the two fields have no area in common; compare fields of one region")
    same = longitude.size == field.sizes["longitude"] and np.allclose(
        longitude, field.longitude.values, atol=1e-6
    )
    if same and np.array_equal(target.latitude.values, field.latitude.values):
        return values.assign_coords(longitude=target.longitude)
    turned = values.interp(longitude=longitude, latitude=target.latitude.values)
    return turned.assign_coords(longitude=target.longitude, latitude=target.latitude)


def compare_fields(first: xr.Dataset, second: xr.Dataset) -> xr.Dataset:
    """Return the second strain field less the first, on the grid of the first.

    Parameters
    ----------
    first, second : xarray.Dataset
        From `asperity.gnss.read_field`.

    Returns
    -------
    xarray.Dataset
        For each quantity that both hold: the difference, its ``_sd`` and ``_z``.

    Raises
    ------
    InputError
        If they share no quantity or no area.
    DataError
        If no node has a value in both.

    Notes
    -----
    The variance of the difference is the sum of the variances: errors of the two fields
    are taken as independent. What both share (stations, smoothing) makes it smaller.
    Rotation and velocities are left out, because they depend on the frame.
    """
    names = comparable(first, second)
    if not names:
        raise InputError("the two fields hold no quantity in common")
    wanted = [*names, *(f"{n}_sd" for n in names if f"{n}_sd" in first and f"{n}_sd" in second)]
    a = first[wanted].where(_supported(first))
    b = on_grid_of(first, second[wanted].where(_supported(second)), wanted)
    made: dict[str, Any] = {}
    for name in names:
        quantity = QUANTITIES[name]
        difference = b[name] - a[name]
        about = {"units": quantity.unit, "long_name": f"change of {quantity.title}"}
        made[name] = difference.assign_attrs(about)
        if f"{name}_sd" in wanted:
            deviation = (a[f"{name}_sd"] ** 2 + b[f"{name}_sd"] ** 2) ** 0.5
            made[f"{name}_sd"] = deviation.assign_attrs(
                units=quantity.unit, long_name=f"standard deviation of {about['long_name']}"
            )
            made[f"{name}_z"] = (difference / deviation).assign_attrs(
                units="1", long_name=f"{about['long_name']} over its standard deviation"
            )
    result = first[[]].assign(made).assign_attrs(Conventions="CF-1.11")
    if not any(np.isfinite(result[name].values).any() for name in names):
        raise DataError("no node has a value in both fields: they are masked everywhere in common")
    return result


def _supported(field: xr.Dataset) -> Any:
    return field["mask"] == 0 if "mask" in field else True


def summaries(difference: xr.Dataset) -> list[dict[str, Any]]:
    """Return for each quantity of `compare_fields` its size, weighted by area.

    Parameters
    ----------
    difference : xarray.Dataset

    Returns
    -------
    list of dict
        ``variable, units, n, mean, rms, largest, share_beyond_2_sd``.
    """
    listed = []
    for name in (str(n) for n in difference.data_vars):
        if name not in QUANTITIES:
            continue
        values = difference[name]
        known = np.isfinite(values.values)
        area = np.cos(np.deg2rad(difference.latitude)).broadcast_like(values).values
        entry: dict[str, Any] = {
            "variable": name,
            "units": QUANTITIES[name].unit,
            "n": int(known.sum()),
            "mean": None,
            "rms": None,
            "largest": None,
            "share_beyond_2_sd": None,
        }
        if known.any():
            chosen, weight = values.values[known], area[known] / area[known].sum()
            entry["mean"] = float(weight @ chosen)
            entry["rms"] = float(np.sqrt(weight @ chosen**2))
            entry["largest"] = float(np.abs(chosen).max())
            if f"{name}_z" in difference:
                entry["share_beyond_2_sd"] = _share(difference[f"{name}_z"].values, area)
        listed.append(entry)
    return listed


def _share(z: NDArray[np.float64], area: NDArray[np.float64]) -> float:
    known = np.isfinite(z)
    return float(area[known & (np.abs(z) > 2.0)].sum() / area[known].sum())
