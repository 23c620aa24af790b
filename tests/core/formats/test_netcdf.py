"""The netCDF export as programs see it that know CF and not this project."""

import warnings
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from asperity.core import Catalog
from asperity.core.formats import write_catalog

PLACES = {"latitude": [35.5, 36.0], "longitude": [-97.2, -98.0], "depth": [5e3, np.nan]}


def written(folder: Path, catalog: Catalog) -> Path:
    write_catalog(catalog, folder / "a.nc")
    return folder / "a.nc"


def decoded(path: Path) -> xr.Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with xr.open_dataset(path, engine="h5netcdf") as dataset:
            return dataset.load()


def test_places_and_times_are_cf_coordinates_of_every_other_variable(tmp_path: Path) -> None:
    catalog = Catalog.from_columns(
        {"magnitude": [2.0, np.nan], "time": [1_500_000_000, 2_500_000_000], **PLACES,
         "magnitude_type": ["Mw", ""], "well": ["one", "two"]},
        source="made up",
    )  # fmt: skip
    path = written(tmp_path, catalog)
    seen = decoded(path)
    assert set(seen.coords) == {"time", "latitude", "longitude", "depth"}
    assert seen["time"].values.tolist() == [1_500_000_000, 2_500_000_000]
    assert seen["time"].dtype == np.dtype("datetime64[ns]")
    np.testing.assert_array_equal(seen["magnitude_type"].values, [0.0, np.nan])
    with h5py.File(path) as file:
        units = {n: file[n].attrs["units"] for n in ("latitude", "longitude", "depth")}
        # The very units by which CF (4.1, 4.2) tells latitude from longitude.
        assert units == {"latitude": "degrees_north", "longitude": "degrees_east", "depth": "m"}
        assert [file[n].attrs["axis"] for n in ("time", "depth", "latitude", "longitude")] == list(
            "TZYX"
        )
        assert file["depth"].attrs["positive"] == "down"
        for name in ("event_id", "magnitude", "magnitude_type", "well"):
            named = set(file[name].attrs["coordinates"].split())
            assert named == {"time", "latitude", "longitude", "depth"}
        assert file.attrs["title"] == "made up"


@pytest.mark.parametrize("unit", ["ns", "us"])
def test_relative_times_are_durations_without_an_invented_date(tmp_path: Path, unit: str) -> None:
    catalog = Catalog.from_columns(
        {"magnitude": [1.0, 2.0], "time": [0, 7], "x": [0.0, 1], "y": [0.0, 1], "z": [0.0, 1]},
        axes="NED", time_frame="relative", time_origin="start of loading", time_unit=unit,
    )  # fmt: skip
    path = written(tmp_path, catalog)
    seen = decoded(path)
    assert seen["time"].values[1] == np.timedelta64(7, unit)
    with h5py.File(path) as file:
        assert "since" not in file["time"].attrs["units"]
        assert "standard_name" not in file["time"].attrs
        assert file["time"].attrs["long_name"] == "Time since start of loading"
        # x is north and z is down
        assert [file[n].attrs["axis"] for n in "xyz"] == list("YXZ")
        assert file["z"].attrs["positive"] == "down"


def test_row_numbers_are_no_times(tmp_path: Path) -> None:
    path = written(tmp_path, Catalog.from_columns({"magnitude": [1.0, 2.0]}))
    assert decoded(path)["time"].values.tolist() == [0, 1]
    with h5py.File(path) as file:
        assert file["time"].attrs["units"] == "1"
