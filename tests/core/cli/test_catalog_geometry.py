"""The leaves of ``asperity catalog`` that stand on the geometry."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from asperity.core.catalog import Catalog
from asperity.core.cli import app
from asperity.core.formats import read_catalog, write_catalog
from asperity.core.geometry import FaultPlane, LocalFrame, geographic_to_ecef, local_view


def call(*arguments: object, code: int = 0) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout) if code == 0 else {"error": result.stderr}


def write(folder: Path, name: str, columns: dict[str, Any], **attributes: Any) -> Path:
    path = folder / name
    write_catalog(Catalog.from_columns(columns, **attributes), path)
    return path


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    rng = np.random.default_rng(21)
    paths = []
    for name, shift in (("a.parquet", 0.0), ("b.parquet", 0.01)):
        columns = {
            "magnitude": rng.normal(2, 0.5, 40),
            "latitude": 36.0 + 0.1 * rng.random(40) + shift,
            "longitude": -97.0 + 0.1 * rng.random(40),
            "depth": 5e3 + 1e3 * rng.random(40),
        }
        columns["depth"][3] = np.nan
        paths.append(write(tmp_path, name, columns))
    return paths[0], paths[1]


# -- distance ---------------------------------------------------------------


def test_hypocentres_are_compared_in_metres_of_space(two: tuple[Path, Path]) -> None:
    found = call("catalog", "distance", *two, "--metric", "hausdorff")
    assert list(found)[:4] == ["schema", "metric", "variant", "distance"]
    assert (found["n_a"], found["n_b"], found["left_out_a"], found["left_out_b"]) == (39, 39, 1, 1)
    assert (found["unit"], found["status"], found["columns"]) == ("m", "ok", ["x", "y", "z"])
    places = []
    for path in two:
        catalog = read_catalog(path).catalog
        space = np.column_stack(
            geographic_to_ecef(*(catalog[n] for n in ("latitude", "longitude", "depth")))
        )
        places.append(space[np.isfinite(space).all(axis=1)])
    pairs = np.linalg.norm(places[0][:, None] - places[1][None], axis=2)
    expected = max(pairs.min(axis=0).max(), pairs.min(axis=1).max())
    assert found["distance"] == pytest.approx(expected, rel=1e-9)


def test_a_local_view_of_a_catalog_is_no_distance_away(
    two: tuple[Path, Path], tmp_path: Path
) -> None:
    local = tmp_path / "local.parquet"
    call("catalog", "convert", two[0], local, "--frame", "local", "--anchor", "35/-98/200/30")
    assert call("catalog", "distance", two[0], local)["distance"] < 1e-6
    assert call("catalog", "distance", local, local)["distance"] == 0.0


def test_two_local_catalogs_without_anchors_share_their_metres(tmp_path: Path) -> None:
    columns = {"magnitude": [0.0], "x": [0.0], "y": [0.0], "z": [0.0]}
    a = write(tmp_path, "a.parquet", columns, axes="ENU")
    b = write(tmp_path, "b.parquet", columns | {"x": [3.0], "z": [-4.0]}, axes="ENU")
    assert call("catalog", "distance", a, b)["distance"] == 5.0
    c = write(tmp_path, "c.parquet", columns, axes="NED")
    assert "has no anchor" in call("catalog", "distance", a, c, code=1)["error"]


@pytest.mark.parametrize(
    ("options", "unit"),
    [
        (["--columns", "magnitude"], None),
        (["--columns", "depth"], "m"),
        (["--columns", "depth", "--variant", "sum-squared"], "m2"),
        (["--columns", "depth,magnitude", "--scale", "standard"], None),
        (["--columns", "depth,magnitude", "--scale", "1000,1"], None),
        (["--columns", "latitude,longitude", "--scale", "mahalanobis"], None),
    ],
)
def test_columns_scales_and_units(two: tuple[Path, Path], options: list[str], unit: str) -> None:
    found = call("catalog", "distance", *two, "--metric", "chamfer", *options)
    assert found["unit"] == unit
    assert found["distance"] > 0


def test_times_are_compared_in_seconds(tmp_path: Path) -> None:
    a = write(tmp_path, "a.parquet", {"magnitude": [1.0], "time": [10**9]})
    b = write(tmp_path, "b.parquet", {"magnitude": [1.0], "time": [5 * 10**6]}, time_unit="us")
    found = call("catalog", "distance", a, b, "--columns", "time")
    assert (found["distance"], found["unit"]) == (4.0, "s")
    c = write(tmp_path, "c.parquet", {"magnitude": [1.0]})
    assert (
        "differ in time_frame"
        in call("catalog", "distance", a, c, "--columns", "time", code=1)["error"]
    )


def test_the_distance_to_an_empty_catalog_is_null_with_a_status(
    two: tuple[Path, Path], tmp_path: Path
) -> None:
    none = {"magnitude": [], "latitude": [], "longitude": [], "depth": []}
    found = call("catalog", "distance", two[0], write(tmp_path, "none.parquet", none))
    assert found["distance"] is None
    assert "cloud B is empty" in found["status"]
    assert found["n_b"] == 0


@pytest.mark.parametrize(
    ("options", "code", "expected"),
    [
        (["--metric", "taxi"], 2, "'hausdorff', 'chamfer', 'earth-mover'"),
        (["--columns", "size"], 1, "catalog A has no column 'size'; it has"),
        (["--columns", "event_id"], 1, "holds texts"),
        (["--columns", "magnitude_type"], 1, "holds texts"),
        (["--scale", "1,2"], 1, "2 scales for 3 columns"),
        (["--variant", "sum"], 2, "choose auto, exact, sinkhorn, greedy"),
    ],
)
def test_wrong_words_are_answered_with_the_right_ones(
    two: tuple[Path, Path], options: list[str], code: int, expected: str
) -> None:
    assert expected in call("catalog", "distance", *two, *options, code=code)["error"]


def test_a_catalog_without_coordinates_says_what_to_do(tmp_path: Path) -> None:
    a = write(tmp_path, "a.parquet", {"magnitude": [1.0, 2.0]})
    assert "--columns, such as magnitude" in call("catalog", "distance", a, a, code=1)["error"]
    assert call("catalog", "distance", a, a, "--columns", "magnitude")["distance"] == 0.0


# -- convert ----------------------------------------------------------------


def test_convert_to_local_and_back(two: tuple[Path, Path], tmp_path: Path) -> None:
    local, back = tmp_path / "local.parquet", tmp_path / "back.parquet"
    options = ["--axes", "NED", "--projection", "azimuthal-equidistant"]
    found = call(
        "catalog", "convert", two[0], local, "--frame", "local", "--anchor", "36/-97/300", *options
    )
    assert found["anchor"] == {
        "latitude": 36.0, "longitude": -97.0, "elevation": 300.0, "azimuth": 0.0,
    }  # fmt: skip
    attributes = read_catalog(local).catalog.attributes
    assert (attributes["axes"], attributes["projection"]) == ("NED", "azimuthal-equidistant")
    call("catalog", "convert", local, back, "--frame", "geographic")
    first, second = read_catalog(two[0]).catalog, read_catalog(back).catalog
    for name in ("latitude", "longitude", "depth"):
        np.testing.assert_allclose(second[name], first[name], rtol=0, atol=1e-8)


def test_the_anchor_is_the_middle_when_none_is_given(
    two: tuple[Path, Path], tmp_path: Path
) -> None:
    found = call("catalog", "convert", two[0], tmp_path / "l.parquet", "--frame", "local")
    assert found["anchor"]["latitude"] == pytest.approx(36.05, abs=0.02)
    found = call(
        "catalog", "convert", two[0], tmp_path / "n.parquet", "--frame", "local", "--axes", "NED"
    )
    assert found["anchor"]["longitude"] == pytest.approx(-96.95, abs=0.02)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--frame", "polar"], "'local', 'geographic'"),
        (["--anchor", "1/2"], "belong to --frame"),
        (["--frame", "local", "--anchor", "1"], "write LATITUDE/LONGITUDE"),
        (["--frame", "local", "--axes", "XYZ"], "'ENU', 'NED'"),
    ],
)
def test_convert_refuses_frames_it_does_not_know(
    two: tuple[Path, Path], tmp_path: Path, options: list[str], expected: str
) -> None:
    out = tmp_path / "out.parquet"
    assert expected in call("catalog", "convert", two[0], out, *options, code=2)["error"]
    assert not out.exists()


@pytest.mark.data
def test_filter_by_region_on_a_real_catalog(data_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "part.parquet"
    found = call("catalog", "filter", "data:oklahoma-ogs", "--region", "-98/-97/35/36", "-o", out)
    whole = call("catalog", "info", "data:oklahoma-ogs")
    assert found["events"] + found["left_out"] == whole["events"]
    catalog = read_catalog(out).catalog
    assert len(catalog) == found["events"] > 10_000
    assert catalog["longitude"].min() >= -98
    assert catalog["latitude"].max() <= 36


# -- plane ------------------------------------------------------------------


@pytest.fixture
def on_a_plane(tmp_path: Path) -> Path:
    rng = np.random.default_rng(22)
    plane = FaultPlane(155.0, 70.0, anchor=(200.0, 100.0, -4500.0))
    east, north, up = plane.unproject(rng.normal(size=(300, 3)) * [900.0, 400.0, 25.0]).T
    frame = LocalFrame(47.58, 7.59)
    latitude, longitude, depth = frame.to_geographic(east, north, up)
    depth[7] = np.nan
    columns = {
        "magnitude": rng.normal(0, 0.5, 300), "latitude": latitude, "longitude": longitude,
        "depth": depth,
    }  # fmt: skip
    return write(tmp_path, "plane.parquet", columns)


def test_a_plane_is_found_and_its_coordinates_are_written(on_a_plane: Path, tmp_path: Path) -> None:
    out, figure = tmp_path / "out.parquet", tmp_path / "plane.png"
    found = call("catalog", "plane", on_a_plane, "-o", out, "--figure", figure)
    assert found["strike"] == pytest.approx(155.0, abs=4 * found["strike_sd"] + 0.05)
    assert found["dip"] == pytest.approx(70.0, abs=4 * found["dip_sd"] + 0.05)
    assert found["rms"] == pytest.approx(25.0, rel=0.15)
    assert (found["events"], found["left_out"], found["fitted"]) == (299, 1, True)
    assert found["anchor"]["depth"] == pytest.approx(4500.0, abs=500.0)
    assert figure.stat().st_size > 10_000
    catalog = read_catalog(out).catalog
    off = catalog["off_plane"]
    assert np.isnan(off).sum() == 1
    assert np.sqrt(np.nanmean(off**2)) == pytest.approx(found["rms"])
    assert np.ptp(catalog["along_strike"][np.isfinite(off)]) == pytest.approx(found["length"])


def test_a_given_plane_is_taken_as_it_is(on_a_plane: Path) -> None:
    found = call("catalog", "plane", on_a_plane, "--strike", 65, "--dip", 90)
    assert (found["strike"], found["dip"], found["fitted"]) == (65.0, 90.0, False)
    assert found["strike_sd"] is None
    assert found["rms"] > 500


def test_the_axes_of_a_local_catalog_do_not_change_its_plane(
    on_a_plane: Path, tmp_path: Path
) -> None:
    catalog = read_catalog(on_a_plane).catalog
    fits = []
    for axes, azimuth in (("ENU", 0.0), ("NED", 0.0), ("NED", 77.0)):
        path = tmp_path / f"{axes}{azimuth:.0f}.parquet"
        write_catalog(
            local_view(catalog, LocalFrame(47.58, 7.59, 260.0, azimuth, axes)),  # type: ignore[arg-type]
            path,
        )
        fits.append(call("catalog", "plane", path))
    for fit in fits[1:]:
        assert fit["strike"] == pytest.approx(fits[0]["strike"], abs=1e-6)
        assert fit["dip"] == pytest.approx(fits[0]["dip"], abs=1e-6)
    bare = read_catalog(tmp_path / "NED0.parquet").catalog.with_columns({}, anchor=None)
    write_catalog(bare, tmp_path / "bare.parquet")
    found = call("catalog", "plane", tmp_path / "bare.parquet")
    assert found["strike"] == pytest.approx(fits[0]["strike"], abs=1e-6)
    assert set(found["anchor"]) == {"east", "north", "up"}


def test_planes_that_cannot_be_are_refused(on_a_plane: Path, tmp_path: Path) -> None:
    error = call("catalog", "plane", on_a_plane, "--strike", 10, code=2)["error"]
    assert "give both --strike and --dip" in error
    flat = {"magnitude": [1.0] * 3, "latitude": [1.0] * 3, "longitude": [1.0] * 3}
    path = write(tmp_path, "nodepth.parquet", flat)
    assert "no event has a hypocentre" in call("catalog", "plane", path, code=1)["error"]
    path = write(tmp_path, "point.parquet", flat | {"depth": [1.0] * 3})
    assert "lie on a line or coincide" in call("catalog", "plane", path, code=1)["error"]


@pytest.mark.data
def test_the_basel_cluster_strikes_as_published(data_folder: Path) -> None:
    # Haering et al. 2008 (doi:10.1016/j.geothermics.2008.06.002): a steep zone, NNW-SSE.
    found = call("catalog", "plane", "data:basel")
    assert found["strike"] % 180 == pytest.approx(157, abs=6)
    assert found["dip"] > 75


# -- faults -----------------------------------------------------------------


@pytest.mark.data
def test_events_get_the_fault_next_to_them(data_folder: Path, tmp_path: Path) -> None:
    columns = {
        "magnitude": [7.8, 6.9, 5.0],
        "latitude": [35.946, 33.165, np.nan],
        "longitude": [90.541, 96.548, np.nan],
    }
    path = write(tmp_path, "great.parquet", columns)
    out, figure = tmp_path / "near.parquet", tmp_path / "near.svg"
    found = call(
        "catalog", "faults", path, "--faults", "data:himatibetmap", "-o", out, "--figure", figure
    )
    assert (found["events"], found["faults"], found["left_out_faults"]) == (3, 623, 317)
    assert "fold" not in found["kinds"]
    assert found["within_10_km"] == 2
    catalog = read_catalog(out).catalog
    np.testing.assert_allclose(catalog["fault_distance"], [7.7e3, 2.96e3, np.nan], rtol=0.01)
    assert catalog.texts("fault_name").tolist() == ["", "Ganzi Fault", ""]
    assert catalog.texts("fault_kind").tolist() == ["left-lateral", "left-lateral", ""]
    assert "<svg" in figure.read_text()
    normal = call("catalog", "faults", path, "--faults", "data:himatibetmap", "--style", "normal")
    assert normal["faults"] == 155
    assert normal["distance_min"] > 2.96e3


def test_faults_that_are_not_there_are_an_error(two: tuple[Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "faults.gmt"
    path.write_text("# @Nkind\n> \n# @DReverse\n-97 36\n-96 36\n")
    found = call("catalog", "faults", two[0], "--faults", path)
    assert found["kinds"] == {"reverse": 1}
    error = call("catalog", "faults", two[0], "--faults", path, "--style", "normal", code=1)
    assert "kinds there are reverse" in error["error"]
    error = call("catalog", "faults", two[0], "--faults", tmp_path / "no.gmt", code=1)
    assert "no such file" in error["error"]
