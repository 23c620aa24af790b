"""What stood before the mainshocks of a replay, against forecasts made from the past by hand."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from asperity.core import Catalog, write_catalog
from asperity.core.cli import app
from asperity.core.formats import ReadResult
from asperity.core.report import render
from asperity.evt.config import ForecastConfiguration
from asperity.evt.mainshocks import mainshocks_text
from asperity.evt.report import replay_section
from asperity.evt.results import forecast_document, make_replay, replay_document
from asperity.evt.sequence import sequence_of

MC = -6.0


def cycles(kinds=True, **attributes):
    """Two cycles of 60 emissions that grow, a mainshock at the end of each, microseconds."""
    rng = np.random.default_rng(5)
    m = MC + rng.exponential(0.4, 122)
    m[60], m[121] = m[:60].max() + 0.3, m[:60].max() + 0.2
    kind = np.full(122, "foreshock", dtype=object)
    kind[[60, 121]] = "mainshock"
    m[61:121] = np.minimum(m[61:121], m[60] - 0.5)
    columns = {"magnitude": m, "time": np.arange(122) * 1000, **({"kind": kind} if kinds else {})}
    return Catalog.from_columns(
        columns, time_frame="relative", time_origin="start", time_unit="ns", **attributes
    )


def sequence(catalog):
    return sequence_of(ReadResult(catalog, None, np.arange(len(catalog))), MC)


def replayed(catalog, **changes):
    configuration = ForecastConfiguration(mc=MC, **changes)
    whole = sequence(catalog)
    return replay_document(whole, make_replay(whole, configuration), configuration)


@pytest.mark.parametrize(("key", "known"), [("before", 60), ("earlier", 55)])
def test_a_standing_forecast_is_the_one_made_from_that_past(key, known):
    """0.9 of the cycle of 60 us are 54 us, when events 0 to 54 are known."""
    catalog = cycles()
    document = replayed(catalog)
    first, second = document["mainshocks"]
    threshold = float(catalog["magnitude"][60])
    past = forecast_document(
        sequence(catalog.select(np.arange(known))),
        ForecastConfiguration(mc=MC, thresholds=(threshold,)),
    )
    standing = first[key]
    assert standing["n_events"] == known
    assert standing["lead_seconds"] == pytest.approx((60 - known + 1) * 1e-6)
    assert standing["m_max"] == past["m_max"]
    for p in ("0.05", "0.5", "0.95"):
        assert standing["quantiles"][p] == pytest.approx(past["quantiles"][p], rel=1e-12)
    assert standing["p_reach"] == pytest.approx(past["exceedance"][0]["probability"], rel=1e-12)
    assert standing["p_reach_baseline"] == pytest.approx(
        past["baseline"]["exceedance"][0]["probability"], rel=1e-12
    )
    low, high = (past["quantiles"][p] for p in ("0.05", "0.95"))
    verdict = "above" if threshold > high else "below" if threshold < low else "inside"
    assert standing["verdict"] == verdict
    assert (first["is_record"], second["is_record"]) == (True, False)
    told = mainshocks_text(document)
    assert len(told) == 2
    assert "no record" in told[1]


def test_without_kinds_it_is_the_largest_event():
    (only,) = replayed(cycles(kinds=False))["mainshocks"]
    assert (only["event_index"], only["source"]) == (60, "largest")
    assert mainshocks_text(replayed(cycles(kinds=False)))[0].startswith("The largest event")


def test_no_forecast_no_judgement():
    document = replayed(cycles(), min_events=100)
    first, second = document["mainshocks"]
    assert first["before"] is None
    assert "there was no forecast" in mainshocks_text(document)[0]
    assert second["before"]["n_events"] == 121


def test_a_document_of_an_older_version_still_makes_a_section():
    document = {"name": "old", **replayed(cycles())}
    del document["mainshocks"]
    assert "mainshock" not in replay_section(json.loads(json.dumps(document, default=float))).lead


def test_the_command_names_the_simulation_and_tells_of_its_mainshocks(tmp_path):
    path = tmp_path / "events.parquet"
    write_catalog(cycles(simulation="rig 7"), path)
    made = CliRunner().invoke(app, ["evt", "replay", str(path), "--mc", "-6", "--json"])
    assert made.exit_code == 0, made.output
    document = json.loads(made.stdout)
    assert document["name"] == "rig 7"
    text = CliRunner().invoke(app, ["evt", "replay", str(path), "--mc", "-6"]).stdout
    assert mainshocks_text(document)[0] in text
    assert mainshocks_text(document)[0] in render("t", "l", [replay_section(document)])
