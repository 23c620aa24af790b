"""`evt trend`, `forecast --robust --plan`, `synthetic` from the command line, and odd sequences."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from asperity.core.cli import app
from commands import document, run


def table(path, magnitudes, kinds=None, order=None):
    lines = ["time,magnitude" + (",magnitude_type" if kinds else "")]
    rows = [
        f"2020-{1 + k // 28 % 12:02d}-{1 + k % 28:02d}T0{k // 336}:00:00Z,{m}"
        + (f",{kinds[k]}" if kinds else "")
        for k, m in enumerate(magnitudes)
    ]
    path.write_text("\n".join(lines + [rows[i] for i in order or range(len(rows))]) + "\n")
    return path


@pytest.fixture
def some(tmp_path):
    m = np.random.default_rng(2).exponential(0.4343, 300)
    return table(tmp_path / "some.csv", [f"{x:.4f}" for x in m])


def report(tmp_path, result, *words):
    page = tmp_path / "page.html"
    run("report", "build", result, "-o", page, "--force")
    text = page.read_text()
    for word in words:
        assert word in text
    return text


# -- trend ----------------------------------------------------------------------------------------


def test_trend_keys_figure_and_report(tmp_path, some):
    out, figure = tmp_path / "trend.json", tmp_path / "trend.png"
    run("evt", "trend", some, "--mc", 0, "--horizon", "P30D", "--next", 300, "--restart-after",
        "P100D", "-o", out, "--figure", figure)  # fmt: skip
    found = json.loads(out.read_text())
    assert found["schema"] == "asperity.evt.trend/1"
    assert {"n_forward", "n_backward", "z", "p_permutation", "p_next"} <= set(found)
    assert found["p_next"] == [
        {"k": 300, "probability": 0.5, "probability_gutenberg_richter":
         found["p_next"][0]["probability_gutenberg_richter"]}
    ]  # fmt: skip
    h = sum(1.0 / i for i in range(1, 301))
    expected = (found["n_forward"] - found["n_backward"]) / (2.0 * (h - 1.0)) ** 0.5
    assert found["z"] == pytest.approx(expected, abs=1e-12)
    records = document("evt", "records", some, "--mc", 0)
    assert found["n_forward"] == records["n_records"]
    assert found["rate"]["per_day"] == pytest.approx(1.0, abs=0.1)
    assert found["p_time"][0]["expected_events"] == pytest.approx(30.0, abs=3.0)
    assert figure.stat().st_size > 10_000
    report(tmp_path, out, "Time dependence: some", "Foster-Stuart")


def test_trend_inside_a_region_is_that_of_the_events_inside(tmp_path):
    """A rectangle, and the triangle of a file of polygons, against a cut by hand."""
    rng = np.random.default_rng(11)
    lon, lat = rng.uniform(90, 100, 400), rng.uniform(20, 30, 400)
    m = 4.0 + rng.exponential(0.4, 400)
    path = tmp_path / "events.csv"
    rows = [f"{2000 + i // 12}-{1 + i % 12:02d}-01,{x},{y},{k}"
            for i, (x, y, k) in enumerate(zip(lon, lat, m, strict=True))]  # fmt: skip
    path.write_text("\n".join(["time,longitude,latitude,magnitude", *rows]) + "\n")
    triangle = tmp_path / "wedge.geojson"
    ring = [[90, 20], [100, 20], [90, 30], [90, 20]]
    triangle.write_text(
        json.dumps({"type": "Feature", "properties": {}, "geometry": {
            "type": "Polygon", "coordinates": [ring]}})
    )  # fmt: skip
    cuts = {
        "92/97/21/29": (lon >= 92) & (lon <= 97) & (lat >= 21) & (lat <= 29),
        # Its long side bulges north along a geodesic, by less than a tenth of a degree.
        str(triangle): (lon - 90) + (lat - 20) <= 10,
    }
    box, wedge = (document("evt", "trend", path, "--mc", 4, "--region", r) for r in cuts)
    in_box, in_wedge = cuts.values()
    assert box["n_events"] == in_box.sum()
    assert box["n_forward"] == np.unique(np.maximum.accumulate(m[in_box])).size
    assert abs(wedge["n_events"] - in_wedge.sum()) <= 6
    assert box["region"] == "92/97/21/29"
    assert [box["name"], wedge["name"]] == ["events in 92/97/21/29", "events in wedge"]
    refused = CliRunner().invoke(app, ["evt", "trend", str(path), "--region", "0/1/0/1"])
    assert refused.exit_code == 1
    assert "none of 400 events lies inside --region 0/1/0/1" in refused.stderr


def test_trend_is_repeatable_and_depends_on_the_seed(some):
    first, again, other = (
        document("evt", "trend", some, "--mc", 0, "--permutations", 200, "--seed", s)
        for s in (3, 3, 4)
    )
    assert first == again
    assert abs(first["p_permutation"] - other["p_permutation"]) < 4.5 * (0.25 / 200) ** 0.5


@pytest.mark.data
def test_trend_of_preston_new_road_begins_anew_where_another_fault_took_over(data_folder):
    """evt.md 3: the jump from .90 to 1.94, 21 August 2019."""
    found = document("evt", "trend", "data:pnr2", "--mc", -1, "--restart-surprise", 0.05)
    assert found["n_forward"] == 19
    first, second = found["segments"]
    assert (first["reason"], second["reason"]) == ("start", "surprise")
    assert second["start"].startswith("2019-08-21")
    assert first["m_max"] == pytest.approx(0.90, abs=0.02)


@pytest.mark.parametrize(
    "options",
    [["--horizon", "a month"], ["--next", "0"], ["--restart-surprise", "2"],
     ["--restart-at", "yesterday"], ["--restart-after", "P-1D"]],
)  # fmt: skip
def test_trend_options_that_cannot_be_meant(some, options):
    run("evt", "trend", some, "--mc", 0, *options, code=2)


# -- forecast -------------------------------------------------------------------------------------


PLAN = "time,rate\n2020-12-01,0.02\n2021-03-01,0\n2021-06-01,0\n"


def test_forecast_with_bands_and_a_plan(tmp_path, some):
    plan, out, figure = (tmp_path / n for n in ("plan.csv", "forecast.json", "forecast.png"))
    plan.write_text(PLAN)
    run("evt", "forecast", some, "--mc", 0, "--threshold", 3, "--threshold", 4, "--robust",
        "--simulations", 30, "--plan", plan, "--before", "2021-02-01", "--before", "9000m3",
        "-o", out, "--figure", figure)  # fmt: skip
    found = json.loads(out.read_text())
    plain = document("evt", "forecast", some, "--mc", 0, "--threshold", 3, "--threshold", 4)
    for key in ("quantiles", "exceedance", "m_ue", "m_le", "baseline"):
        assert found[key] == plain[key]
    for name in ("mc", "index", "magnitude"):
        low, high = found["robust"][name]["quantiles"]["0.5"]
        assert low <= high
        assert [e["magnitude"] for e in found["robust"][name]["exceedance"]] == [3, 4]
    low, high = found["robust"]["mc"]["quantiles"]["0.5"]
    assert low <= found["quantiles"]["0.5"] <= high
    scenarios = {s["name"]: s["before"] for s in found["plan"]["scenarios"]}
    chances = [s[0]["exceedance"][0]["seismogenic-index"] for s in scenarios.values()]
    assert chances == sorted(chances, reverse=True)
    assert scenarios["plan"][1]["volume"] == pytest.approx(9000.0)
    # no volumes in the catalog: the bounds have nothing to say
    assert scenarios["plan"][0]["exceedance"][0]["mcgarr"] is None
    assert "no volumes before the plan" in found["plan"]["note"]
    assert figure.stat().st_size > 10_000
    report(tmp_path, out, "How far the forecast moves", "seismogenic-index")


@pytest.mark.data
def test_plan_for_preston_new_road_uses_its_volumes(tmp_path, data_folder):
    """55,000 events and 13 m3/min at most: N/V of the whole catalog gives the index by hand."""
    plan = tmp_path / "plan.csv"
    plan.write_text("time,rate\n2019-10-02T05:00:00Z,0.02\n2019-10-05,0\n2019-10-06,0\n")
    found = document("evt", "forecast", "data:pnr2", "--mc", -1, "--threshold", 3, "--plan", plan)
    plan_ = found["plan"]
    expected = np.log10(found["n_events"] / plan_["past_volume"]) + plan_["b"] * -1.0
    assert plan_["seismogenic_index"] == pytest.approx(expected, abs=1e-9)
    assert 2000.0 < plan_["past_volume"] < 4000.0
    assert plan_["scenarios"][0]["before"][0]["exceedance"][0]["galis"] is not None


@pytest.mark.parametrize(
    "options",
    [["--before", "2021-01-01"], ["--plan", "PLAN", "--before", "2019-01-01"],
     ["--robust", "--magnitude-error", "0.3/0.1"], ["--robust", "--magnitude-error", "x"],
     ["--plan", "PLAN", "--decay-time", "0"]],
)  # fmt: skip
def test_forecast_options_that_cannot_be_meant(tmp_path, some, options):
    plan = tmp_path / "plan.csv"
    plan.write_text(PLAN)
    options = [str(plan) if o == "PLAN" else o for o in options]
    run("evt", "forecast", some, "--mc", 0, *options, code=2)


# -- synthetic ------------------------------------------------------------------------------------


def test_synthetic_prints_both_tables_and_checks_the_theory(tmp_path):
    out, figure = tmp_path / "synthetic.json", tmp_path / "synthetic.svg"
    shown = run(
        "evt", "synthetic", "--sequences", 60, "--events", 60, "--process", "etas",
        "--process", "poisson", "--check", "-o", out, "--figure", figure,
    ).stdout  # fmt: skip
    assert "4 of 4 means within 4 errors of theory" in shown
    found = json.loads(out.read_text())
    assert [t["process"] for t in found["bias"]] == ["etas", "poisson"]
    report(tmp_path, out, "Synthetic sequences", "KS, GEV")
    run("evt", "synthetic", "--process", "tides", code=2)


# -- odd sequences --------------------------------------------------------------------------------


def test_no_event_at_all(tmp_path):
    path = tmp_path / "empty.csv"
    path.write_text("time,magnitude\n")
    for command in ("trend", "forecast", "replay"):
        result = run("evt", command, path, code=1)
        assert "no magnitudes" in result.output


def test_one_event(tmp_path):
    path = table(tmp_path / "one.csv", [2.0])
    trend = document("evt", "trend", path, "--mc", 1)
    assert (trend["n_forward"], trend["n_backward"], trend["z"]) == (1, 1, None)
    assert "two events" in trend["status"]
    forecast = document("evt", "forecast", path, "--mc", 1, "--robust", "--simulations", 20)
    assert forecast["status"] == "too few events"
    assert set(forecast["quantiles"].values()) == {None}
    assert forecast["robust"]["mc"]["quantiles"]["0.5"] == [None, None]
    assert document("evt", "replay", path, "--mc", 1)["forecasts"] == []


@pytest.mark.parametrize("n", [2, 30, 400])
def test_all_equal(tmp_path, n):
    path = table(tmp_path / "equal.csv", [2.0] * n)
    trend = document("evt", "trend", path, "--mc", 2)
    assert trend["p_permutation"] is None
    assert "equal" in trend["status"]
    assert trend["p_next"][0]["probability_gutenberg_richter"] is None
    forecast = document("evt", "forecast", path, "--mc", 2, "--robust")
    assert forecast["status"] != "ok"
    # Errors on equal magnitudes would make records out of nothing.
    assert forecast["robust"]["magnitude"]["quantiles"]["0.5"] == [None, None]
    assert forecast["status"] in forecast["robust"]["magnitude"]["status"]
    assert set(forecast["quantiles"].values()) == {None}
    assert any("equal" in flag for flag in forecast["flags"])
    figure = tmp_path / "equal.png"
    run("evt", "trend", path, "--mc", 2, "--figure", figure)
    run("evt", "forecast", path, "--mc", 2, "--figure", tmp_path / "forecast.png")


def test_unsorted_rows_are_put_in_order(tmp_path, some):
    lines = some.read_text().splitlines()[1:]
    order = np.random.default_rng(1).permutation(len(lines)).tolist()
    shuffled = tmp_path / "shuffled.csv"
    shuffled.write_text("\n".join(["time,magnitude", *(lines[i] for i in order)]) + "\n")
    for command in ("trend", "forecast"):
        a, b = (document("evt", command, path, "--mc", 0) for path in (some, shuffled))
        assert {k: v for k, v in a.items() if k != "name"} == {
            k: v for k, v in b.items() if k != "name"
        }


def test_missing_magnitudes_mixed_types_and_incompleteness_are_flagged(tmp_path):
    rng = np.random.default_rng(4)
    m = [f"{x:.2f}" for x in 1.0 + rng.exponential(0.4343, 280)]
    # below 1 only one event in three was recorded
    m += [f"{x:.2f}" for x in rng.uniform(0.0, 1.0, 20)]
    rng.shuffle(m)
    m[7] = ""
    path = table(tmp_path / "odd.csv", m, kinds=["ML" if k % 2 else "Mw" for k in range(300)])
    for command in ("trend", "forecast", "replay"):
        flags = " ".join(document("evt", command, path, "--mc", 0)["flags"])
        assert "1 events without a magnitude" in flags
        assert "2 types (Mw, ML)" in flags or "2 types (ML, Mw)" in flags
        assert "looks incomplete" in flags
    clean = document("evt", "trend", path, "--mc", 1.2)["flags"]
    assert not any("incomplete" in flag for flag in clean)
    unsaid = document("evt", "trend", path)["flags"]
    assert any("nobody gave Mc" in flag for flag in unsaid)
