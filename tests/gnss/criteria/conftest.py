"""Strain fields whose edges are known."""

import numpy as np
import pytest
import xarray as xr


@pytest.fixture(scope="session")
def field_of():
    """Make a strain field on a grid from functions of longitude and latitude, nanostrain/yr."""

    def build(shear, east=None, west=0.0, east_end=20.0, south=-2.0, north=2.0, step=0.25):
        longitude = np.arange(west, east_end + step / 2, step)
        latitude = np.arange(south, north + step / 2, step)
        x, y = np.meshgrid(longitude, latitude)
        ee = np.zeros_like(x) if east is None else east(x, y)
        variables = {
            "strain_ee": ee, "strain_nn": np.zeros_like(x), "strain_en": shear(x, y),
            "max_shear_half": shear(x, y), "mask": np.zeros(x.shape, dtype=np.int8),
        }  # fmt: skip
        dims = ("latitude", "longitude")
        return xr.Dataset(
            {name: (dims, values) for name, values in variables.items()},
            {"longitude": longitude, "latitude": latitude},
        )

    return build
