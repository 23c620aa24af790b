"""Strain fields as labelled data and as files."""

import numpy as np
import pytest
import xarray as xr

from asperity.core.errors import InputError
from asperity.gnss import Collocation, Covariance, read_field
from asperity.gnss.strain_rate.fields import grid_axes, grid_dataset, write_field
from asperity.gnss.strain_rate.strain import QUANTITIES


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(0)
    places = rng.uniform((80, 25), (100, 40), (80, 2)).T
    field = Collocation(Covariance.of(("gauss", 30.0, 600.0)), estimate="none").fit(
        places, rng.normal(0, 3, (2, 80)), np.tile(0.2 * np.eye(2), (80, 1, 1))
    )
    x, y = (a.ravel() for a in np.meshgrid(*grid_axes((85, 95, 30, 34), 2.0)))
    return field.predict((x, y))


def test_grid_axes_hold_both_ends():
    longitude, latitude = grid_axes((74.0, 108.0, 22.0, 46.0), 0.1)
    assert (longitude.size, latitude.size) == (341, 241)
    assert longitude[-1] == pytest.approx(108.0)
    across, _ = grid_axes((178.0, -178.0, 0.0, 1.0), 1.0)
    assert across.tolist() == [178.0, 179.0, 180.0, 181.0, 182.0]


def test_a_written_field_comes_back(points, tmp_path):
    grid = grid_dataset(points, *grid_axes((85, 95, 30, 34), 2.0))
    path = tmp_path / "field.nc"
    write_field(grid, path, {"note": "test"})
    back = read_field(path)
    xr.testing.assert_equal(back, grid)
    assert '"note": "test"' in back.attrs["asperity"]
    assert grid.strain_ee.sel(longitude=87.0, latitude=32.0) == points.strain_ee[7]


def test_every_contracted_variable_has_a_unit_and_a_standard_deviation(points):
    for name in QUANTITIES:
        assert points[name].attrs["units"]
        assert points[f"{name}_sd"].attrs["units"] == points[name].attrs["units"]
    assert set(points.mask.attrs["flag_values"].tolist()) == {0, 1, 2}


def test_files_that_are_no_field_are_named(tmp_path, points):
    with pytest.raises(InputError, match="no such file"):
        read_field(tmp_path / "missing.nc")
    text = tmp_path / "text.nc"
    text.write_text("not netCDF")
    with pytest.raises(InputError, match="cannot be read as netCDF"):
        read_field(text)
    other = tmp_path / "other.nc"
    xr.Dataset({"a": ("x", [1.0])}).to_netcdf(other, engine="h5netcdf")
    with pytest.raises(InputError, match="no strain field"):
        read_field(other)
    whole = tmp_path / "whole.nc"
    write_field(points, whole, {})
    cut = tmp_path / "cut.nc"
    cut.write_bytes(whole.read_bytes()[:3000])
    with pytest.raises(InputError, match="cannot be read"):
        read_field(cut)
