"""``asperity catalog decluster``: its keys, its columns, its figures."""

import json
from functools import partial

import numpy as np
import pytest

import commands
from asperity.core import Catalog, read_catalog, write_catalog


@pytest.fixture
def catalog_file(tmp_path):
    rng = np.random.default_rng(0)
    background = np.sort(rng.uniform(0, 3e8, 300))
    after = background[50] + 10 ** rng.uniform(2, 5.5, 80)
    time = np.concatenate([background, after])
    x = rng.uniform(0, 2e5, 300)
    x = np.concatenate([x, x[50] + rng.normal(0, 500, 80)])
    m = 2.0 + rng.exponential(0.4, 380)
    m[50] = 5.5
    path = tmp_path / "field.parquet"
    columns = {"time": (time * 1e9).astype(np.int64), "magnitude": m, "x": x, "y": x, "z": x}
    catalog = Catalog.from_columns(
        columns, axes="ENU", time_frame="relative", time_origin="start of recording"
    )
    write_catalog(catalog, path)
    return path


run = partial(commands.run, "catalog", "decluster")


@pytest.mark.parametrize("method", ["nearest-neighbour", "gardner-knopoff", "reasenberg"])
@pytest.mark.parametrize("suffix", ["parquet", "nc"])
def test_writes_the_clusters_and_prints_the_contract(catalog_file, tmp_path, method, suffix):
    out = tmp_path / f"clusters.{suffix}"
    figure = tmp_path / "clusters.png"
    document = json.loads(
        run(catalog_file, "--method", method, "-o", out, "--figure", figure, "--json").stdout
    )
    assert document["schema"] == "asperity.catalog.decluster/1"
    assert document["n_mainshocks"] < 340
    assert document["n_clusters"] >= 1
    if method == "nearest-neighbour":
        assert document["eta0"] > 0
    else:
        assert document["eta0"] is None
        assert "no eta0" in document["eta0_status"]
    assert figure.stat().st_size > 5000
    written = read_catalog(out).catalog
    main = np.asarray(written["is_mainshock"], dtype=float)
    assert main.sum() == document["n_mainshocks"]
    assert len(set(np.asarray(written["cluster"], dtype=float))) == document["n_mainshocks"]
    if suffix == "parquet":
        parents = written["parent_id"].astype(object)
        assert np.array_equal(parents == "", main == 1) or method == "nearest-neighbour"
        assert ("eta" in written) == (method == "nearest-neighbour")
        # The finding lies in the largest event's aftershocks.
        strong = int(np.argmax(written["magnitude"]))
        assert (written["cluster"] == written["cluster"][strong]).sum() > 60


def test_mainshocks_alone(catalog_file, tmp_path):
    out = tmp_path / "mainshocks.parquet"
    document = json.loads(run(catalog_file, "--mainshocks", "-o", out, "--json").stdout)
    assert len(read_catalog(out).catalog) == document["n_mainshocks"]


def test_given_threshold(catalog_file):
    document = json.loads(run(catalog_file, "--eta0", "1e-30", "--mc", "2.5", "--json").stdout)
    assert document["eta0"] == 1e-30
    assert document["n_mainshocks"] == document["n_used"] < 380
    text = run(catalog_file, "--eta0", "1e-30", "--mc", "2.5").stdout
    assert "took no part" in text


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--method", "guess"], 2, "'nearest-neighbour', 'gardner-knopoff', 'reasenberg'"),
        (["--method", "reasenberg", "--eta0", "1"], 2, "--eta0 is no option of --method reas"),
        (["--method", "gardner-knopoff", "--window", "round"], 2, "'gk', 'gruenthal', 'uhrhammer'"),
        (["--eta0", "-1"], 1, "eta0"),
        (["--mc", "9"], 1, "nothing to decluster"),
        (["--distance", "long"], 2, "'epicentral', 'hypocentral'"),
    ],
)
def test_failures_in_one_line(catalog_file, arguments, code, says):
    text = run(catalog_file, *arguments, code=code).stderr
    assert says in text
    assert len(text.strip().splitlines()) == 1
