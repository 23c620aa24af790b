"""``gnss criteria``: the contracted document, files, and errors."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from asperity.core import Catalog, write_catalog
from asperity.core.cli import app
from asperity.core.geometry import moment_tensor
from asperity.core.report import sections_of

DAY = 86_400_000_000_000


@pytest.fixture(scope="module")
def files(tmp_path_factory, field_of):
    """A field, faults, and a catalog of strike-slip events along the edge of high shear."""
    folder = tmp_path_factory.mktemp("criteria")
    field = field_of(
        lambda x, y: 25.0 / (1.0 + np.exp(-(x - 12.0))), east=lambda x, y: x - 10.0, south=28.0,
        north=34.0, step=0.5,
    )  # fmt: skip
    field.to_netcdf(folder / "field.nc", engine="h5netcdf")
    line = {"type": "LineString", "coordinates": [[13.0, 28.0], [13.0, 34.0]]}
    properties = {"name": "Main Fault", "kind": "left-lateral"}
    feature = {"type": "Feature", "properties": properties, "geometry": line}
    (folder / "faults.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]})
    )
    rng = np.random.default_rng(0)
    n = 60
    # The first forty anywhere and long ago, the others on the fault.
    old = np.arange(n) < 40
    longitude = np.where(old, rng.uniform(0.5, 19.5, n), 13.0)
    tensors = moment_tensor(np.zeros(n), np.full(n, 88.0), np.full(n, 3.0))
    columns = {
        "magnitude": np.where(old, 5.5, 7.1), "longitude": longitude,
        "latitude": rng.uniform(28.2, 33.8, n), "time": DAY * 365 * np.arange(n),
    }  # fmt: skip
    names = ("mrr", "mtt", "mpp", "mrt", "mrp", "mtp")
    columns |= dict(zip(names, tensors.T, strict=True))
    write_catalog(Catalog.from_columns(columns), folder / "events.parquet")
    return folder


def run(files, *arguments, code=0):
    line = ["gnss", "criteria", files / "field.nc", "--faults", files / "faults.geojson",
            "--catalog", files / "events.parquet", *arguments]  # fmt: skip
    result = CliRunner().invoke(app, [str(part) for part in line])
    assert result.exit_code == code, result.output
    return result


PERIOD = ("--period", "2009-12-01/", "--decluster", "none")


@pytest.fixture(scope="module")
def document(files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("out")
    figures = ("--figure", folder / "map.png", "--molchan-figure", folder / "molchan.svg")
    split = ("--split", "2020-01-01", "--set", "rules.SS7.values=[6.0, 22.0]")
    result = run(files, *PERIOD, *figures, *split, "-o", folder / "out.json", "--json")
    assert (folder / "map.png").stat().st_size > 20_000
    assert (folder / "molchan.svg").read_text().startswith("<?xml")
    found = json.loads(result.stdout)
    assert json.loads((folder / "out.json").read_text()) == found
    found["path"] = str(folder / "out.json")
    return found


def test_the_keys_of_the_contract(document):
    assert next(iter(document)) == "schema"
    assert {"events", "molchan", "area_skill", "p_value", "gain", "null"} <= set(document)
    assert document["null"] == "seismicity"
    assert len(document["events"]) == 20
    assert {"tau", "miss_rate"} <= set(document["molchan"])
    assert [n["name"] for n in document["nulls"]] == ["uniform", "seismicity"]
    assert document["history"]["events"] == 40


def test_the_planted_rule_is_found(document):
    rule = next(r for r in document["rules"] if r["name"] == "SS7")
    assert rule["n_events"] == 20
    on = {(a["edge"], a["null"]): a for a in rule["alarms"]}
    # The fault lies where shear is 18.3 and 65 % of the area has less: inside the band.
    assert on["band", "seismicity"]["hits"] == 20
    assert on["band", "uniform"]["share"] < 0.1
    assert on["band", "uniform"]["p_value"] < 1e-15
    assert rule["verdict"].startswith("better than earlier seismicity")
    trained = {c["what"]: c for c in rule["calibration"] if c["null"] == "uniform"}
    assert trained["range"]["training"]["n"] + trained["range"]["test"]["n"] == 20
    assert trained["range"]["test"]["hits"] == trained["range"]["test"]["n"]


def test_the_report_says_what_is_supported_beside_its_false_alarms(document):
    section = sections_of(Path(document["path"]))
    assert section.lead.startswith("The evidence supports SS7, ")
    alarms = next(t for t in section.tables if t.caption.startswith("Alarms"))
    levels = [row[alarms.head.index("false-alarm level")] for row in alarms.rows]
    assert len(levels) == sum(len(r["alarms"]) for r in document["rules"])
    assert all(level.endswith(" %") for level in levels)
    assert any("no forecast" in note for note in section.notes)
    assert section.pictures[0].svg.startswith("<svg")


def test_rules_without_events_are_not_tested(document):
    rules = {r["name"]: r for r in document["rules"]}
    assert rules["T7"]["verdict"] == "not tested: no such event in the area"
    assert rules["N7"]["n_events"] == 0
    assert rules["N7"]["alarms"][0]["share"] == 0.0  # no normal fault on the map
    # N5 would be alarm over half of the area, with or without events.
    assert rules["N5"]["range"]["scores"][0]["share"] > 0.5


def test_alarms_of_the_document_add_up(document):
    tested = [a for r in document["rules"] for a in r["alarms"] if "p_adjusted" in a]
    assert document["n_tests"] == len(tested)
    assert all(a["p_adjusted"] >= a["p_value"] for a in tested)
    for rule in document["rules"]:
        for edge, hits in rule["hit_events"].items():
            alarm = next(a for a in rule["alarms"] if a["edge"] == edge)
            assert len(hits) == alarm.get("hits", 0)


def test_text_names_every_rule(files):
    text = run(files, *PERIOD, "--rule", "SS7", "--rule", "discussion").stdout
    assert "SS7" in text
    assert "discussion" in text
    assert "T5" not in text


def test_the_table_of_events_lies_elsewhere(files):
    result = run(files, "--events", "western-china", "--json")
    found = json.loads(result.stdout)
    assert {e["status"] for e in found["events"]} == {"outside the supported area"}
    assert found["rules"][0]["n_outside"] == 5


def test_without_earlier_events_the_area_is_the_null(files):
    result = run(files, "--decluster", "none", "--rule", "SS7", "--json")
    assert "tested against a uniform distribution only" in result.stderr
    found = json.loads(result.stdout)
    assert found["null"] == "uniform"
    assert found["history"]["status"] != "ok"


def test_a_reference_of_the_same_region_changes_nothing(files):
    # Percentiles of the field itself, inside the same region, are its own values.
    line = (*PERIOD, "--rule", "SS7", "--region", "5/18/29/33", "--json")
    plain = json.loads(run(files, *line).stdout)["rules"][0]["alarms"]
    ranked = json.loads(run(files, *line, "--reference", files / "field.nc").stdout)
    assert ranked["rules"][0]["alarms"] == plain
    assert ranked["smoothing"]["ranges"] == "percentiles of the reference"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--rule", "SS9"), 2, "--rule SS9: there are SS7"),
        (("--period", "2020"), 2, "--period: '2020': write START/END"),
        (("--period", "1800-01-01/1801-01-01"), 1, "none of 0 events in the period"),
        (("--region", "60/70/0/10"), 1, "0 nodes of the field"),
        (("--set", "rules.SS7.fault='oblique'"), 2, "rules.SS7.fault"),
        (("--set", "zones.high=2"), 2, "zones.high"),
        (("--split", "soon", "--period", "2009-12-01/"), 2, "--split"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(files, arguments, code, said):
    result = run(files, *arguments, code=code)
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()[-1]) < 400


def test_a_catalog_is_required(files):
    line = ["gnss", "criteria", str(files / "field.nc"), "--faults", "faults.geojson"]
    result = CliRunner().invoke(app, line)
    assert result.exit_code == 2
    assert "--catalog" in result.output


def test_template_prints_the_rules():
    result = CliRunner().invoke(app, ["gnss", "template", "--kind", "criteria"])
    assert result.exit_code == 0
    assert "[rules.SS7]" in result.stdout
    assert 'kind = "gnss.criteria"' in result.stdout
