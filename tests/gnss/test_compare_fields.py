"""Differences of strain fields on one grid: values, errors, masks and grids that differ."""

import json

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from asperity.core.cli import app
from asperity.core.errors import DataError, InputError
from asperity.gnss.strain_rate.compare_fields import compare_fields, summaries
from asperity.gnss.strain_rate.fields import write_field


def field(longitude, latitude, values, sd=1.0, mask=None, **more):
    """A strain field whose three components are a function of longitude and latitude."""
    x, y = np.meshgrid(longitude, latitude)
    grid = ("latitude", "longitude")
    made = {}
    for name in ("strain_ee", "strain_nn", "strain_en", *more):
        made[name] = (grid, more.get(name, values)(x, y))
        made[f"{name}_sd"] = (grid, np.full(x.shape, float(sd)))
    made["mask"] = (grid, np.zeros(x.shape, np.int8) if mask is None else mask)
    return xr.Dataset(made, {"longitude": longitude, "latitude": latitude})


LONGITUDE, LATITUDE = np.arange(100.0, 104.1, 0.5), np.arange(30.0, 33.1, 0.5)


def plane(x, y):
    return 3.0 * (x - 100.0) - 2.0 * (y - 30.0)


def test_on_one_grid_values_are_subtracted_and_variances_added():
    a = field(LONGITUDE, LATITUDE, plane, sd=0.6)
    b = field(LONGITUDE, LATITUDE, lambda x, y: plane(x, y) + 2.0, sd=0.8)
    difference = compare_fields(a, b)
    np.testing.assert_allclose(difference.strain_ee.values, 2.0)
    np.testing.assert_allclose(difference.strain_ee_sd.values, 1.0)
    np.testing.assert_allclose(difference.strain_ee_z.values, 2.0)
    assert difference.strain_ee.attrs["units"] == "nanostrain/yr"


def test_another_grid_is_interpolated_exactly_where_the_field_is_a_plane():
    a = field(LONGITUDE, LATITUDE, plane)
    b = field(np.arange(99.3, 105.0, 0.4), np.arange(29.1, 34.0, 0.4), plane)
    difference = compare_fields(a, b)
    np.testing.assert_allclose(difference.strain_nn.values, 0.0, atol=1e-9)
    assert difference.strain_nn.shape == a.strain_nn.shape


def test_grids_that_count_longitudes_otherwise_are_the_same_place():
    a = field(LONGITUDE + 77.0, LATITUDE, plane)  # 177 to 181
    b = field(LONGITUDE + 77.0 - 360.0, LATITUDE, lambda x, y: plane(x + 360.0, y) - 1.0)
    difference = compare_fields(a, b)
    np.testing.assert_allclose(difference.strain_ee.values, -1.0, atol=1e-9)
    np.testing.assert_allclose(difference.longitude.values, a.longitude.values)


def test_nothing_is_compared_where_one_field_is_masked_or_ends():
    mask = np.zeros((LATITUDE.size, LONGITUDE.size), np.int8)
    mask[2, 3] = 2
    a = field(LONGITUDE, LATITUDE, plane, mask=mask)
    b = field(LONGITUDE[2:], LATITUDE, plane)
    difference = compare_fields(a, b).strain_ee.values
    expected = np.zeros(difference.shape)
    expected[:, :2] = np.nan
    expected[2, 3] = np.nan
    np.testing.assert_allclose(difference, expected, atol=1e-9)


def test_quantities_that_depend_on_the_frame_and_angles_are_left_out():
    a = field(LONGITUDE, LATITUDE, plane, rotation=plane, azimuth_e1=plane)
    assert {"rotation", "azimuth_e1"}.isdisjoint(compare_fields(a, a).data_vars)


def test_sizes_are_weighted_by_area():
    """On a grid from the equator to 60 degrees a node at 60 counts half."""
    grid_a = field(np.array([0.0, 1.0]), np.array([0.0, 60.0]), lambda x, y: 0.0 * x)
    grid_b = field(np.array([0.0, 1.0]), np.array([0.0, 60.0]), lambda x, y: (y > 30) * 3.0)
    size = {s["variable"]: s for s in summaries(compare_fields(grid_a, grid_b))}["strain_ee"]
    assert size["n"] == 4
    np.testing.assert_allclose(size["mean"], 3.0 * 0.5 / 1.5)
    np.testing.assert_allclose(size["rms"], np.sqrt(9.0 * 0.5 / 1.5))
    assert size["largest"] == 3.0
    # 3 over sqrt(2) is beyond two standard deviations.
    np.testing.assert_allclose(size["share_beyond_2_sd"], 0.5 / 1.5)


def test_what_cannot_be_compared_is_refused():
    a = field(LONGITUDE, LATITUDE, plane)
    with pytest.raises(InputError, match="no area in common"):
        compare_fields(a, field(LONGITUDE + 90.0, LATITUDE, plane))
    with pytest.raises(InputError, match="no quantity in common"):
        compare_fields(a, a[["mask"]])
    nowhere = np.ones((LATITUDE.size, LONGITUDE.size), np.int8)
    with pytest.raises(DataError, match="masked everywhere"):
        compare_fields(a, field(LONGITUDE, LATITUDE, plane, mask=nowhere))
    points = a.stack(point=("latitude", "longitude")).reset_index("point")
    with pytest.raises(InputError, match="at points"):
        compare_fields(points, points)


def test_from_the_command_line(tmp_path):
    write_field(field(LONGITUDE, LATITUDE, plane), tmp_path / "a.nc", {})
    write_field(field(LONGITUDE, LATITUDE, lambda x, y: plane(x, y) + 5), tmp_path / "b.nc", {})
    arguments = ["gnss", "compare", tmp_path / "a.nc", tmp_path / "b.nc", "--quantity",
                 "strain_ee", "--figure", tmp_path / "m.png", "-o", tmp_path / "d.nc",
                 "--json", "-q"]  # fmt: skip
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["kind"] == "strain"
    means = {v["variable"]: v["mean"] for v in document["variables"]}
    assert means["strain_ee"] == pytest.approx(5.0)
    saved = xr.load_dataset(tmp_path / "d.nc", engine="h5netcdf")
    np.testing.assert_allclose(saved.strain_ee.values, 5.0)
    assert "provenance" in json.loads(saved.attrs["asperity"])
    arguments = ["gnss", "compare", tmp_path / "a.nc", tmp_path / "table.csv", "-q"]
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exit_code == 2
    assert "two of a kind" in result.stderr
