"""The commands on strain: documents of the contract, files, bad input."""

import json
from functools import partial

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

import commands
from asperity.core.cli import app
from asperity.gnss import Network, write_network
from asperity.gnss.strain_rate.strain import QUANTITIES
from asperity.gnss.strain_rate.synthetic import noisy, truth_for

REGION = (90.0, 98.0, 28.0, 34.0)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A velocity table of a smooth known field with faults."""
    rng = np.random.default_rng(0)
    lon, lat = rng.uniform(89.0, 99.0, 140), rng.uniform(27.0, 35.0, 140)
    truth = truth_for("mixed", REGION, 0)
    covariances = np.tile(0.16 * np.eye(2), (140, 1, 1))
    velocity = noisy(truth.velocity(lon, lat), covariances, 0.2, rng)
    path = tmp_path_factory.mktemp("data") / "velocities.csv"
    write_network(
        Network.from_columns(
            longitude=lon, latitude=lat, east=velocity[:, 0], north=velocity[:, 1], sd_east=0.4,
            sd_north=0.4, frame="eurasia", site=[f"S{i:03d}" for i in range(140)],
        ),
        path,
    )  # fmt: skip
    return path


run = partial(commands.run, "gnss")
document = partial(commands.document, "gnss")


FAST = ("--preset", "paper", "--set", "draws=64")
BOX = ("--region", "91/97/29/33", "--spacing", "1")


def test_strain_prints_the_contracted_document_and_writes_the_contracted_file(table, tmp_path):
    out, picture = tmp_path / "field.nc", tmp_path / "field.png"
    found = document("strain", table, *FAST, *BOX, "-o", out, "--figure", picture)
    assert next(iter(found)) == "schema"
    for key in ("n_stations", "rejected", "covariance", "trend", "log_likelihood", "loo", "grid"):
        assert key in found
    assert {"rmse", "median_abs", "z2"} <= set(found["loo"])
    assert {"name", "parameters"} <= set(found["covariance"])
    assert found["grid"]["longitudes"] == 7
    assert found["summary"]["nodes"] == 35
    with xr.open_dataset(out, engine="h5netcdf") as field:
        assert field.strain_ee.dims == ("latitude", "longitude")
        for name in QUANTITIES:
            assert f"{name}_sd" in field
        assert field.strain_cov.shape == (5, 7, 3, 3)
        assert {"resolution", "mask"} <= set(field.data_vars)
        carried = json.loads(field.attrs["asperity"])
    assert len(carried["provenance"]["inputs"]) == 1
    assert picture.stat().st_size > 10_000


def test_points_keep_their_order_and_equal_the_grid(table, tmp_path):
    points = tmp_path / "points.csv"
    points.write_text("lon,lat\n95,31\n93,30\n95,31\n")
    options = (*FAST, "--keep-masked")
    here = document("strain", table, *options, "--region", "91/97/29/33", "--points", points)
    assert [p["longitude"] for p in here["points"]] == [95.0, 93.0, 95.0]
    assert here["points"][0] == pytest.approx(here["points"][2], rel=1e-9)
    out = tmp_path / "grid.nc"
    document("strain", table, *options, *BOX, "-o", out)
    with xr.open_dataset(out, engine="h5netcdf") as field:
        there = field.strain_ee.sel(longitude=93.0, latitude=30.0).item()
    assert here["points"][1]["strain_ee"] == pytest.approx(there, rel=1e-9)


def test_stations_outside_the_margin_are_not_used(table):
    few = document("strain", table, *FAST, *BOX, "--margin", "0")
    more = document("strain", table, *FAST, *BOX, "--margin", "100")
    assert few["n_stations"] < more["n_stations"] <= few["stations_read"] == 140


def test_best_is_the_default_and_neighbourhoods_agree_with_it(table):
    whole = document("strain", table, *BOX)
    near = document("strain", table, *BOX, "--local", "100")
    assert whole["covariance"]["estimate"] == "reml"
    assert 0.7 < whole["loo"]["z2"] < 1.3
    for name in ("strain_ee", "max_shear_half"):
        assert near["summary"][name]["median"] == pytest.approx(
            whole["summary"][name]["median"], abs=0.1 * whole["summary"][name]["median_sd"]
        )


def test_units_change_the_text_only(table):
    nano = run("strain", table, *FAST, *BOX).stdout
    other = run("strain", table, *FAST, *BOX, "--units", "1e-8").stdout
    row = next(line for line in nano.splitlines() if line.startswith("max_shear_half"))
    scaled = next(line for line in other.splitlines() if line.startswith("max_shear_half"))
    value, tenth = float(row.split()[2]), float(scaled.split()[2])
    assert tenth == pytest.approx(0.1 * value, abs=0.006)
    assert "1e-8/yr" in other


def test_a_template_is_a_configuration(table, tmp_path):
    config = tmp_path / "strain.toml"
    config.write_text(run("template", "--preset", "paper").stdout)
    by_file = document("strain", table, "--config", config, "--spacing", "1", "--set", "draws=64")
    by_flag = document("strain", table, *FAST, "--spacing", "1")
    assert by_file["covariance"] == by_flag["covariance"]


def test_covariance_ranks_functions(table, tmp_path):
    picture = tmp_path / "covariance.png"
    found = document(
        "covariance", table, "--covariance", "matern32", "--against", "gauss", "--figure", picture
    )
    assert [f["covariance"]["name"] for f in found["fits"]] == ["matern32", "gauss"]
    assert all(f["log_likelihood"] is not None for f in found["fits"])
    empirical = found["empirical"]
    assert sum(empirical["pairs"]) == 140 * 139 // 2
    assert picture.is_file()


def test_validate_prints_the_contracted_document(table, tmp_path):
    picture = tmp_path / "validation.png"
    found = document(
        "validate",
        table,
        *FAST,
        "--region",
        "91/97/29/33",
        "--truth",
        "smooth",
        "--figure",
        picture,
    )
    for key in ("loo", "block_cv", "checkerboard", "synthetic", "calibration"):
        assert key in found
    assert {"z2", "coverage"} <= set(found["calibration"])
    # The preset's 400 km or so do not see cells of 1 degree, and see those of 8.
    restoration = found["checkerboard"]["restoration"]
    assert restoration[0] < 0.1 < 0.6 < restoration[-1]
    assert found["synthetic"]["smooth"]["correlation"]["ee"] > 0.8
    assert picture.is_file()


def test_maps_of_a_field(table, tmp_path):
    out = tmp_path / "field.nc"
    run("strain", table, *FAST, *BOX, "-o", out)
    for options in (("--named", "shear"), ("--quantity", "azimuth_e1"), ("--quantity", "e1_sd")):
        path = tmp_path / f"{options[1]}.svg"
        run("map", out, *options, "--figure", path)
        assert path.read_text().count("<svg") == 1


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--region", "91/97/29/33", "--set", "covariance=gaus"), "allowed are gauss"),
        (("--region", "91/97/29/33", "--covariance", "exponential"), "no gradient"),
        (("--region", "0/10/0/10"), "none of 140 stations lies within"),
        (("--set", "spacing=-1"), "spacing"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(table, arguments, text):
    result = CliRunner().invoke(app, ["gnss", "strain", str(table), *FAST[:2], *arguments])
    assert result.exit_code in (1, 2)
    lines = [line for line in result.stderr.splitlines() if "error" in line]
    assert len(lines) == 1
    assert text in lines[0]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("", "no points"),
        ("x,y\n1,2\n", "no column lon"),
        ("lon,lat\n95,abc\n", "line 2, lat"),
        ("lon,lat\n95,95\n", "line 2, lat"),
    ],
)
def test_bad_points_are_named(table, tmp_path, content, text):
    points = tmp_path / "points.csv"
    points.write_text(content)
    result = run("strain", table, *FAST, "--points", points, code=1)
    assert text in result.stderr


def test_a_region_without_stations_is_masked(table, tmp_path):
    out = tmp_path / "far.nc"
    run(
        "strain", table, *FAST, "--region", "95/115/29/33", "--margin", "600", "--spacing", "2",
        "-o", out,
    )  # fmt: skip
    with xr.open_dataset(out, engine="h5netcdf") as field:
        far = field.sel(longitude=slice(105, 115))
        assert (far.mask == 2).all()
        assert np.isnan(far.max_shear_half).all()


@pytest.mark.parametrize("method", ["savage", "delaunay", "shen"])
def test_other_methods_write_the_same_variables(table, tmp_path, method):
    ours, other = tmp_path / "ours.nc", tmp_path / "other.nc"
    run("strain", table, *FAST, *BOX, "-o", ours)
    found = document(
        "strain", table, *FAST, *BOX, "--method", method, "--set", "threshold=12", "-o", other
    )
    with xr.open_dataset(ours) as wanted, xr.open_dataset(other) as field:
        assert set(field.variables) == set(wanted.variables)
        assert np.isnan(field.resolution).all()
        # Close to a field that is known to 20 nanostrain/yr or so, where both have an answer.
        known = (field.mask.values == 0) & (wanted.mask.values == 0)
        assert known.sum() > 20
        off = (field.strain_ee.values - wanted.strain_ee.values)[known]
        assert np.sqrt(np.mean(off**2)) < 60.0
    assert found["covariance"] is None
    assert found["loo"] is None
    assert found["method"]["parameters"]["extra_noise"] == 0.5
    assert "standard deviations of the noise alone" in run(
        "strain", table, *FAST, *BOX, "--method", method
    ).stdout  # fmt: skip


@pytest.mark.parametrize("command", ["covariance", "validate"])
def test_what_needs_a_covariance_refuses_other_methods(table, command):
    assert "needs collocation" in run(command, table, "--set", 'method="shen"', code=1).stderr
