"""``asperity catalog bvalue``: its keys, its figure, its section of the report."""

import json
from functools import partial

import numpy as np
import pytest

import commands
from asperity.core import Catalog, write_catalog
from asperity.core.report import render
from asperity.core.report.statistics import bvalue_section
from asperity.core.statistics import b_value

KEYS = ["mc", "mc_method", "bin_width", "method", "n", "b", "b_sd", "a", "mean_magnitude"]


@pytest.fixture
def catalog_file(tmp_path):
    rng = np.random.default_rng(0)
    m = np.round(1.95 + rng.exponential(0.45, 800), 1)
    path = tmp_path / "synthetic.parquet"
    write_catalog(Catalog.from_columns({"magnitude": m}), path)
    return path, m


run = partial(commands.run, "catalog", "bvalue")


def test_json_has_the_contract_and_the_numbers(catalog_file):
    path, m = catalog_file
    document = json.loads(run(path, "--mc", "2.0", "--json").stdout)
    assert next(iter(document)) == "schema"
    assert document["schema"] == "asperity.catalog.bvalue/1"
    assert set(KEYS) <= set(document)
    expected = b_value(m, 2.0, bin_width=0.1)
    assert document["b"] == expected.b
    assert document["a"] == expected.a
    assert document["n"] == 800
    assert document["mc_method"] == "given"
    assert (document["bin_width"], document["bin_width_source"]) == (0.1, "inferred")
    assert sum(document["distribution"]["count"]) == 800


@pytest.mark.parametrize("method", ["maxc", "ks", "b-stability"])
def test_finds_mc(catalog_file, method):
    path, _ = catalog_file
    document = json.loads(run(path, "--mc-method", method, "--json").stdout)
    assert document["mc_method"] == method
    assert document["mc"] == pytest.approx(2.2 if method == "maxc" else 2.0, abs=0.15)
    assert len(document["mc_curve"]["mc"]) > 5


def test_correction_is_added(catalog_file):
    path, _ = catalog_file
    plain, raised = (
        json.loads(run(path, "--mc-correction", c, "--json").stdout)["mc"] for c in ("0", "0.3")
    )
    assert raised == pytest.approx(plain + 0.3)


def test_options_reach_the_estimator(catalog_file):
    path, m = catalog_file
    document = json.loads(
        run(
            path, "--mc", "2", "--method", "b-positive", "--difference-threshold", "0.3",
            "--unbiased", "--bootstrap", "50", "--bin-width", "0.1", "--seed", "7", "--json",
        ).stdout
    )  # fmt: skip
    expected = b_value(
        m, 2.0, method="b-positive", bin_width=0.1, difference_threshold=0.3, unbiased=True,
        n_bootstrap=50, seed=7,
    )  # fmt: skip
    assert document["b"] == expected.b
    assert document["b_interval"] == list(expected.b_interval)
    assert document["difference_threshold"] == 0.3


def test_text_figure_and_refusal_to_overwrite(catalog_file, tmp_path):
    path, _ = catalog_file
    figure = tmp_path / "b.svg"
    assert "Mc     2.2  (maxc)" in run(path, "--figure", figure).stdout
    assert figure.read_text().startswith("<?xml")
    assert figure.with_name("b.svg.prov.json").exists()
    before = figure.read_bytes()
    assert "--force" in run(path, "--figure", figure, code=1).stderr
    run(path, "--figure", figure, "--force")
    assert figure.read_bytes() == before


def test_section_of_the_report(catalog_file, tmp_path):
    path, _ = catalog_file
    out = tmp_path / "b.json"
    run(path, "-o", out)
    section = bvalue_section(json.loads(out.read_text()))
    page = render("Report", "", [section])
    assert "b-value of" in page
    assert "<svg" in page
    assert section.facts["events above Mc"] < 800


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--method", "least-squares"], 2, "'aki-utsu', 'utsu', 'b-positive', 'b-more-positive'"),
        (["--mc-method", "eye"], 2, "'maxc', 'ks', 'b-stability'"),
        (["--mc", "2", "--mc-method", "ks"], 2, "exclude"),
        (["--mc", "9"], 1, "at least two events"),
        (["--bin-width", "-1"], 2, "--bin-width"),
    ],
)
def test_failures_in_one_line(catalog_file, arguments, code, says):
    path, _ = catalog_file
    text = run(path, *arguments, code=code).stderr
    assert says in text
    assert len(text.strip().splitlines()) == 1


def test_no_magnitudes(tmp_path):
    path = tmp_path / "empty.parquet"
    write_catalog(Catalog.from_columns({"magnitude": [np.nan, np.nan]}), path)
    assert "no magnitudes" in run(path, code=1).stderr
