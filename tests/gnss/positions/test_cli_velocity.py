"""``asperity gnss velocity`` from the command line."""

import json
from functools import partial

import numpy as np
import pytest
from typer.testing import CliRunner

import commands
from asperity.core.cli import app
from asperity.gnss import read_network
from asperity.gnss.positions import write_positions
from gnss.positions.synthetic import station

run = partial(commands.run, "gnss", "velocity")
document = partial(commands.document, "gnss", "velocity")


def refused(*arguments, code=1):
    lines = run(*arguments, "-q", code=code).stderr.strip().splitlines()
    assert len(lines) == 1
    return lines[0]


@pytest.fixture(scope="module")
def stations(tmp_path_factory):
    made = [station(seed, relaxation=0.0, years=6.0) for seed in range(4)]
    series = [
        one.series.with_attributes(
            longitude=100.0 + 1.1 * (k % 2), latitude=30.0 + k // 2 + 0.2 * k
        )
        for k, one in enumerate(made)
    ]
    path = tmp_path_factory.mktemp("positions") / "four.csv"
    write_positions(series, path)
    lines = [
        f"{one.series.site} {offset.year:.8f} {offset.label}\n"
        for one in made
        for offset in one.offsets
    ]
    path.with_name("steps.txt").write_text("".join(lines))
    return path, made


def test_p156_has_the_keys_of_the_contract(data_folder, tmp_path):
    found = document("data:p156-pbo", "--figure", tmp_path / "p156.svg", "-o", tmp_path / "p.csv")
    assert found["schema"] == "asperity.gnss.velocity/1"
    (p156,) = found["stations"]
    keys = {"site", "longitude", "latitude", "ve", "vn", "vu", "se", "sn", "su", "method", "span",
            "n", "offsets", "noise"}  # fmt: skip
    assert keys <= p156.keys()
    assert (p156["site"], p156["n"], p156["status"]) == ("P156", 3196, "ok")
    # Coastal northern California in ITRF2008: the Pacific side of the plate boundary.
    assert (p156["ve"], p156["vn"]) == pytest.approx((-31.9, 12.1), abs=0.3)
    assert p156["midas"]["ve"] == pytest.approx(p156["ve"], abs=3 * p156["midas"]["se"])
    assert {"white", "power_law", "alpha"} <= p156["noise"]["north"].keys()
    network = read_network(tmp_path / "p.csv").network
    assert (network.frame, network.site[0]) == ("ITRF08", "P156")
    assert network.sd_east[0] == pytest.approx(p156["se"])
    assert (tmp_path / "p.csv.prov.json").is_file()


def test_nepal_2015_moved_as_was_published(data_folder, tmp_path):
    """Offsets of the M 7.8 Gorkha earthquake beside those of the ARIA project (JPL/Caltech).

    Static offsets, cm, with sigmas; read in a copy of the table of Galetzka et al. 2015,
    doi:10.1126/science.aac6383.
    """
    found = document(
        "data:nepal-*", "--offsets", "2015-04-25T06:11:25", "--noise", "flicker", "--keep-offsets",
        "all", "--kind", "offsets", "--figure", tmp_path / "offsets.svg",
    )  # fmt: skip
    assert found["n_stations"] == 12
    assert found["n_velocities"] == 0
    by_site = {s["site"]: s for s in found["stations"]}
    published = {
        "KKN4": ((-44.5, -183.0, 126.0), (0.13, 0.23, 0.29)),
        "DNSG": ((-0.06, -0.40, -1.35), (0.18, 0.24, 0.49)),
        "JMSM": ((0.43, -0.97, -0.37), (0.16, 0.18, 0.41)),
        "PYUT": ((-0.36, -0.21, -0.24), (0.27, 0.35, 0.55)),
        "RMTE": ((0.72, -0.04, -0.58), (0.2, 0.2, 0.5)),
    }
    for site, (sizes, sigmas) in published.items():
        (offset,) = by_site[site]["offsets"]
        assert offset["time"] == "2015-04-25T06:11:25Z"
        ours = [offset[name] / 10.0 for name in ("east", "north", "up")]
        errors = [offset[name] / 10.0 for name in ("se", "sn", "su")]
        for a, b, s, t in zip(ours, sizes, errors, sigmas, strict=True):
            # They end with the day after, we with two weeks of afterslip: 1 % more is allowed.
            assert abs(a - b) < 4.0 * np.hypot(s, t) + 0.01 * abs(b), (site, a, b)
    assert by_site["KKN4"]["longitude"] == pytest.approx(85.28, abs=0.01)
    assert (tmp_path / "offsets.svg").is_file()


def test_several_stations_give_a_table_that_strain_reads(stations, tmp_path):
    path, made = stations
    out = tmp_path / "velocities.csv"
    found = document(
        path, "--offsets", path.with_name("steps.txt"), "--method", "midas", "--noise", "none",
        "-o", out, "--figure", tmp_path / "map.svg", "--frame", "IGS14",
    )  # fmt: skip
    truth = np.array([one.velocity for one in made])
    ours = np.array([[s["ve"], s["vn"], s["vu"]] for s in found["stations"]])
    sigma = np.array([[s["se"], s["sn"], s["su"]] for s in found["stations"]])
    # Twelve numbers within 4 of MIDAS' own errors, which are wide.
    assert (np.abs(ours - truth) < 4.0 * sigma).all()
    assert found["stations"][0]["method"] == "midas"
    strain = CliRunner().invoke(
        app, ["gnss", "strain", str(out), "--method", "delaunay", "--points", str(_point(tmp_path)),
              "--json", "-q", "--no-screening", "-o", str(tmp_path / "strain.nc")],
    )  # fmt: skip
    assert strain.exit_code == 0, strain.output
    assert json.loads(strain.stdout)["n_stations"] == 4


def _point(folder):
    path = folder / "points.csv"
    path.write_text("lon,lat\n100.5,30.8\n")
    return path


def test_text_shows_rates_steps_and_reasons(stations, tmp_path):
    path, _ = stations
    text = run(path, "--noise", "none", "--offsets", "2012-01-01", "--station", "S001",
               "--figure", tmp_path / "one.svg").stdout  # fmt: skip
    assert "S003" in text
    assert "mm, 2012-01-01T00:00 earthquake" in text
    short = tmp_path / "short.csv"
    short.write_text("site,time,east,north\nAAAA,2010-01-01,1,2\nAAAA,2010-01-02,1,2\n")
    assert "2 epochs; a trajectory needs 10 or more" in run(short, "--noise", "none").stdout
    assert "none of 1 stations has a known place" in refused(
        short, "--noise", "none", "-o", tmp_path / "x.csv"
    )


@pytest.fixture(scope="module")
def horizontal(stations, tmp_path_factory):
    """The stations without their vertical."""
    lines = [line.split(",") for line in stations[0].read_text().splitlines()]
    kept = [k for k, name in enumerate(lines[0]) if name not in ("up", "su", "rho_eu", "rho_nu")]
    path = tmp_path_factory.mktemp("horizontal") / "four.csv"
    path.write_text("\n".join(",".join(line[k] for k in kept) for line in lines) + "\n")
    return path


@pytest.mark.parametrize("how", [("--noise", "white"), ("--noise", "none"), ("--method", "midas")])
def test_a_vertical_that_never_changes_is_not_observed(stations, horizontal, tmp_path, how):
    path, _ = stations
    steps = ("--offsets", path.with_name("steps.txt"))
    out = tmp_path / "v.csv"
    found = document(horizontal, *how, *steps, "-o", out, "--figure", tmp_path / "map.svg")
    whole = document(path, *how, *steps)
    for flat, full in zip(found["stations"], whole["stations"], strict=True):
        assert (flat["vu"], flat["su"], flat["status"]) == (None, None, "ok")
        assert "up the same at every epoch: taken as not observed" in flat["flags"]
        # Outliers of the vertical leave the horizontal, too, so that the two differ a little.
        assert (flat["ve"], flat["vn"]) == pytest.approx((full["ve"], full["vn"]), abs=0.2)
        assert {offset["su"] for offset in flat["offsets"]} <= {None}
    assert np.isnan(read_network(out).network.up).all()
    assert " -   6.00" in run(horizontal, *how, *steps).stdout
    run(horizontal, *how, *steps, "--kind", "offsets", "--figure", tmp_path / "offsets.svg")


def test_what_kept_every_station_from_a_velocity_is_told(stations, horizontal, tmp_path):
    still = tmp_path / "still.csv"
    rows = "".join(f"AAAA,100,30,2010-{m:02}-{d:02},1,2\n" for m in range(1, 13) for d in (1, 9))
    still.write_text("site,lon,lat,time,east,north\n" + rows + rows.replace("2010", "2012"))
    assert refused(still, "-o", tmp_path / "x.csv").endswith(
        "none of 1 stations has a velocity: east, north, up the same at every epoch: taken as not "
        "observed"
    )


def test_common_mode_is_taken_away_on_demand(stations):
    path, _ = stations
    plain, filtered = (
        document(
            path, "--noise", "none", "--common-mode", mode, "--offsets",
            path.with_name("steps.txt"),
        )["stations"][0]["scatter"]["east"]
        for mode in ("none", "stack")
    )  # fmt: skip
    assert filtered < plain


def test_places_come_from_a_table(stations, tmp_path):
    path, _ = stations
    sites = tmp_path / "sites.csv"
    sites.write_text("site,lon,lat,height\nS001,-260.0,31.5,1200\n")
    found = document(path, "--noise", "none", "--sites", sites)
    assert found["stations"][1]["longitude"] == pytest.approx(100.0)
    assert found["stations"][1]["height"] == 1200.0
    sites.write_text("site,lon\nS001,1\n")
    assert "the header lacks lat" in refused(path, "--sites", sites)


def test_what_cannot_be_meant_is_refused(stations, tmp_path):
    path, _ = stations
    assert "no registered data set fits" in refused("data:nothing-*")
    assert "is named twice" in refused(path, path)
    assert "--offsets: 'soon' is not a time" in refused(path, "--offsets", "soon", code=2)
    assert "--station X: not among the stations S000" in refused(
        path, "--noise", "none", "--station", "X", "--figure", tmp_path / "a.png", code=2
    )
    twin = tmp_path / "twin.csv"
    twin.write_bytes(path.read_bytes())
    assert "station S000 stands in" in refused(path, twin)
