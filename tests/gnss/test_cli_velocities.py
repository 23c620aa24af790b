"""``asperity gnss info, frame, combine, compare`` from the command line."""

import json

import numpy as np
import pytest

from asperity.gnss import Network, read_network, write_network
from commands import document, run
from gnss.test_compare import LOCKED, UNLOCKED, twin


def refused(*arguments, code=1):
    """Return the one line that a refusal prints."""
    lines = run(*arguments, "-q", code=code).stderr.strip().splitlines()
    assert len(lines) == 1
    return lines[0]


@pytest.fixture(scope="module")
def periods(tmp_path_factory):
    folder = tmp_path_factory.mktemp("periods")
    first, second = twin()[0]
    write_network(first, folder / "one.csv")
    write_network(second, folder / "two.csv")
    return folder


def outlines(path):
    features = [
        {"type": "Feature", "properties": {"name": name},
         "geometry": {"type": "Polygon", "coordinates": [[
             [r.west, r.south], [r.east, r.south], [r.east, r.north], [r.west, r.north],
             [r.west, r.south]]]}}
        for name, r in (("patch", LOCKED), ("block", UNLOCKED))
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_info_tells_what_a_table_holds(periods, tmp_path):
    found = document("gnss", "info", periods / "one.csv", "-o", tmp_path / "kept.psvelo")
    assert next(iter(found)) == "schema"
    assert found["schema"] == "asperity.gnss.info/1"
    assert (found["stations"], found["format"], found["frame"]) == (400, "csv", "period 1")
    assert found["kept"] == 400 - len(found["left_out"]) - sum(
        len(m["sites"]) - 1 for m in found["merged"]
    )
    assert len(read_network(tmp_path / "kept.psvelo").network) == found["kept"]
    assert (tmp_path / "kept.psvelo.prov.json").is_file()
    assert found["written"] == [str(tmp_path / "kept.psvelo")]
    text = run("gnss", "info", periods / "one.csv").stdout
    assert "period 1" in text
    whole = document("gnss", "info", periods / "one.csv", "--no-screening")
    assert whole["kept"] == 400


def test_info_lists_rows_left_out_and_writes_them_beside_the_output(periods, tmp_path):
    lines = (periods / "one.csv").read_text().splitlines()
    lines[5] = lines[5].replace(lines[5].split(",")[1], "not-a-number", 1)
    broken = tmp_path / "broken.csv"
    broken.write_text("\n".join(lines) + "\n")
    assert "line 6, column 'longitude'" in refused("gnss", "info", broken)
    out = tmp_path / "kept.csv"
    found = document("gnss", "info", broken, "--on-error", "skip", "-o", out)
    assert found["rejected"] == 1
    assert found["rejections"][0]["line"] == 6
    beside = json.loads((tmp_path / "kept.csv.rejected.jsonl").read_text())
    assert beside["value"] == "not-a-number"


def test_info_of_registered_data_says_its_frame(data_folder):
    found = document("gnss", "info", "data:china-wang-shen-2020", "--region", "70/112/20/50")
    assert found["frame"] == "eurasia"
    assert found["stations"] == 2403
    assert abs(found["kept"] - 1701) <= 5


def test_frame_of_a_block_keeps_its_contract(periods, tmp_path):
    out = tmp_path / "relative.csv"
    found = document(
        "gnss", "frame", periods / "one.csv", "--block", "95/98/24/36", "-o", out,
        "--figure", tmp_path / "map.svg",
    )  # fmt: skip
    pole = found["pole"]
    assert {"latitude", "longitude", "rate_deg_per_myr", "covariance"} <= pole.keys()
    assert np.array(pole["covariance"]).shape == (3, 3)
    assert {"omega", "n_used", "rejected", "chi2_reduced", "rigidity"} <= found.keys()
    relative = read_network(out).network
    assert relative.frame == "95/98/24/36"
    # A sheared block is not rigid, and the test says so.
    assert found["rigidity"]["p"] < 1e-3
    assert "rigid?" in run("gnss", "frame", periods / "one.csv", "--block", "95/98/24/36").stdout
    kept = tmp_path / "kept.csv"
    document("gnss", "frame", periods / "one.csv", "--block", "95/98/24/36", "-o", kept,
             "--keep-sigmas")  # fmt: skip
    original = read_network(periods / "one.csv").network
    np.testing.assert_allclose(read_network(kept).network.sd_east, original.sd_east, rtol=1e-12)
    assert (relative.sd_east != original.sd_east).any()


def test_frame_between_published_frames_goes_there_and_back(periods, tmp_path):
    there, back = tmp_path / "there.csv", tmp_path / "back.csv"
    common = ("gnss", "frame")
    found = document(*common, periods / "one.csv", "--from", "eurasia", "--to", "ITRF2020",
                     "-o", there)  # fmt: skip
    assert (found["from"], found["to"]) == ("eurasia", "ITRF2020")
    assert round(found["pole"]["rate_deg_per_myr"], 3) == 0.255
    document(*common, there, "--to", "eurasia", "-o", back)
    a, b = read_network(periods / "one.csv").network, read_network(back).network
    np.testing.assert_allclose(a.velocities, b.velocities, atol=1e-9)
    assert b.frame == "eurasia"


def test_frame_refuses_what_is_unclear(periods, tmp_path):
    one = periods / "one.csv"
    assert "--block BLOCK" in refused("gnss", "frame", one, code=2)
    both = ("--block", "south-china", "--to", "x")
    assert "one of them" in refused("gnss", "frame", one, *both, code=2)
    assert "state the frame" in refused("gnss", "frame", one, "--to", "eurasia")
    assert "'mars' is not known" in refused(
        "gnss", "frame", one, "--from", "ITRF2014", "--to", "mars"
    )
    out = tmp_path / "there.csv"
    out.write_text("mine")
    assert "--force" in refused("gnss", "frame", one, "--from", "eurasia", "--to", "ITRF2014",
                                "-o", out)  # fmt: skip
    assert out.read_text() == "mine"


def test_compare_finds_the_patch_and_the_block(periods, tmp_path):
    found = document(
        "gnss", "compare", periods / "one.csv", periods / "two.csv", "--blocks",
        outlines(tmp_path / "blocks.geojson"), "--figure", tmp_path / "a.png",
        "--difference-figure", tmp_path / "d.png", "-o", tmp_path / "c.json",
    )  # fmt: skip
    assert found["schema"] == "asperity.gnss.compare/1"
    assert found["n_common"] == 400
    keys = {"site", "d_east", "d_north", "sd_east", "sd_north", "d_speed", "d_azimuth", "z"}
    assert keys <= found["differences"][0].keys()
    regions = {r["name"]: r for r in found["regions"]}
    assert regions["patch"]["d_speed"] < -2.0
    assert regions["block"]["d_speed"] > 2.0
    assert json.loads((tmp_path / "c.json").read_text())["n_common"] == 400
    assert (tmp_path / "a.png").stat().st_size > 20_000
    text = run("gnss", "compare", periods / "one.csv", periods / "two.csv").stdout
    assert "400 common stations" in text


def test_combine_keeps_its_contract(periods, tmp_path):
    out = tmp_path / "both.csv"
    found = document(
        "gnss", "combine", periods / "one.csv", periods / "two.csv", "-o", out,
        "--figure", tmp_path / "m.pdf",
    )  # fmt: skip
    assert {"n_sites", "rotations", "disagreements", "variance_factors"} <= found.keys()
    assert found["n_sites"] == len(read_network(out).network)
    assert found["fields"] == ["one", "two"]
    assert "two or more" in refused("gnss", "combine", periods / "one.csv")
    twice = document("gnss", "combine", periods / "one.csv", periods / "one.csv")
    assert twice["fields"] == ["one (1)", "one (2)"]
    assert "share data" in twice["status"]
    assert "vertical" in refused(
        "gnss", "combine", periods / "one.csv", periods / "two.csv", "--scale"
    )


def test_units_and_formats_can_be_stated(periods, tmp_path):
    rows = "\n".join(f"{100 + i} 30 0.01 0.02 0.0005 0.0005 0 S{i}" for i in range(12))
    path = tmp_path / "metres.txt"
    path.write_text(rows)
    assert "--velocity-unit m/yr" in refused("gnss", "info", path)
    found = document("gnss", "info", path, "--velocity-unit", "m/yr", "--format", "psvelo")
    assert abs(found["speed_median"] - np.hypot(10, 20)) < 1e-9
    assert "'mm/yr'" in refused("gnss", "info", path, "--velocity-unit", "cm/yr", code=2)
    assert "there are globk-table" in refused("gnss", "info", path, "--format", "sinex")


def test_empty_regions_and_empty_screens_are_refused(periods):
    one = periods / "one.csv"
    assert "none of 400 stations lies in the region" in refused(
        "gnss", "info", one, "--region", "0/1/0/1"
    )
    assert "raise --max-sigma" in refused("gnss", "info", one, "--max-sigma", "0.001")


def test_a_table_comes_from_standard_input(periods):
    text = (periods / "one.csv").read_text()
    found = document("gnss", "info", "-", input=text)
    assert found["stations"] == 400


def test_reports_are_made_of_all_four(periods, tmp_path):
    results = []
    for name, arguments in {
        "info": ("info", periods / "one.csv"),
        "frame": ("frame", periods / "one.csv", "--block", "95/98/24/36"),
        "shift": ("frame", periods / "one.csv", "--from", "eurasia", "--to", "ITRF2014"),
        "combine": ("combine", periods / "one.csv", periods / "two.csv"),
        "compare": ("compare", periods / "one.csv", periods / "two.csv"),
    }.items():
        path = tmp_path / f"{name}.json"
        path.write_text(run("gnss", *arguments, "--json", "-q").stdout)
        results.append(path)
    page = tmp_path / "report.html"
    run("report", "build", *results, "-o", page)
    text = page.read_text()
    for expected in ("Velocities: one", "relative to", "Combination of one, two", "two less one"):
        assert expected in text


def test_stations_across_the_date_line_are_drawn_side_by_side(tmp_path):
    rng = np.random.default_rng(0)
    network = Network.from_columns(
        longitude=rng.uniform(170, 190, 60), latitude=rng.uniform(-20, -10, 60), east=5.0,
        north=rng.normal(0, 1, 60), sd_east=0.3, sd_north=0.3,
    )  # fmt: skip
    from asperity.gnss.figures import velocity_map

    axes = velocity_map(network).axes[0]
    low, high = axes.get_xlim()
    assert high - low < 25.0
    assert low < 180.0 < high


def test_an_arrow_ends_where_the_velocity_points():
    """On a map whose degrees of longitude are shrunk by the cosine the azimuth is the true one."""
    from asperity.gnss.figures import MapView, VelocityScale

    view = MapView.around([100.0, 104.0], [58.0, 62.0])
    scale = VelocityScale(0.1)
    start = np.array([[102.0, 60.0]])
    end = scale.ends(view, [102.0], [60.0], np.array([[3.0, 4.0]]))
    view.figure.draw_without_rendering()
    drawn = np.diff(view.axes.transData.transform(np.concatenate([start, end])), axis=0)[0]
    np.testing.assert_allclose(
        np.rad2deg(np.arctan2(drawn[0], drawn[1])), np.rad2deg(np.arctan2(3.0, 4.0)), atol=0.01
    )


def test_ninety_five_of_a_hundred_draws_lie_in_an_ellipse():
    from matplotlib.path import Path as Outline

    from asperity.gnss.figures import MapView, VelocityScale

    view = MapView.around([100.0, 104.0], [28.0, 32.0])
    covariance = np.array([[0.5, 0.3], [0.3, 0.9]])
    scale = VelocityScale(0.2)
    scale.draw(view, [102.0], [30.0], [[1.0, 2.0]], covariance[None])
    outline = view.axes.collections[-1].get_paths()[0]
    rng = np.random.default_rng(1)
    drawn = rng.multivariate_normal([1.0, 2.0], covariance, 4000)
    ends = scale.ends(view, np.full(4000, 102.0), np.full(4000, 30.0), drawn)
    inside = Outline(outline.vertices).contains_points(ends)
    # Standard error 0.34 %; four of them, and 0.1 % for the corners of the outline.
    assert abs(inside.mean() - 0.95) < 0.015
