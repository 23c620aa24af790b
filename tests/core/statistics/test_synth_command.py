"""``asperity catalog synth``: files that read back, seeds, refusals."""

import json
from functools import partial

import numpy as np
import pytest

import commands
from asperity.core import Operations, read_catalog

run = partial(commands.run, "catalog", "synth")


def test_poisson(tmp_path):
    out = tmp_path / "p.parquet"
    document = json.loads(
        run("--n", 200, "--mc", 2, "--b", 1.1, "--mmax", 5, "--seed", 3, "-o", out, "--json").stdout
    )
    assert document["n_events"] == 200
    catalog = read_catalog(out).catalog
    assert len(catalog) == 200
    assert catalog["magnitude"].min() >= 2
    assert catalog["magnitude"].max() == document["largest"] <= 5
    assert catalog.attributes["synthetic"]["seed"] == 3
    again = tmp_path / "again.parquet"
    run("--n", 200, "--mc", 2, "--b", 1.1, "--mmax", 5, "--seed", 3, "-o", again)
    assert np.array_equal(read_catalog(again).catalog["time"], catalog["time"])


def test_etas(tmp_path):
    out = tmp_path / "e.parquet"
    arguments = ["--model", "etas", "--duration", "P2000D", "--mc", 2, "--mmax", 6]
    document = json.loads(
        run(*arguments, "--n", 3000, "--branching-ratio", 0.5, "-o", out, "--json").stdout
    )
    assert document["branching_ratio"] == pytest.approx(0.5)
    assert document["n_events"] == pytest.approx(3000, rel=0.25)
    # K = 0.1 per day, in days: n = 0.1 0.01^-0.2 / 0.2 times the mean productivity.
    text = run(*arguments, "--k", 9, "-o", tmp_path / "x.parquet", code=2).stderr
    assert "branching ratio is" in text
    fine = json.loads(
        run(*arguments, "--k", 0.01, "--alpha", 0, "-o", tmp_path / "k.parquet", "--json").stdout
    )
    assert fine["branching_ratio"] == pytest.approx(0.01 * 0.01**-0.2 / 0.2)


def test_injection(tmp_path):
    table = tmp_path / "field.operations.parquet"
    times = np.array([0, 3600, 7200], dtype=np.int64) * 1_000_000_000 + 1_500_000_000_000_000_000
    Operations(times, {"rate": np.array([0.1, 0.05, 0.0])}).write(table)
    out = tmp_path / "i.parquet"
    document = json.loads(
        run(
            "--model", "injection", "--operations", table, "--n", 500, "--duration", "PT2H",
            "-o", out, "--json",
        ).stdout
    )  # fmt: skip
    assert document["parameters"]["volume"] == pytest.approx(540.0)
    result = read_catalog(out)
    assert result.catalog.time_frame == "utc"
    assert result.catalog.format_times(np.array([0]))[0].startswith("2017-07-14T0")
    assert len(result.operations) == 3
    # The catalog just written carries its operations and serves in turn.
    run("--model", "injection", "--operations", out, "--sigma", -1, "-o", tmp_path / "j.parquet")


@pytest.mark.data
def test_injection_of_a_real_field(data_folder, tmp_path):
    out = tmp_path / "pnr2.parquet"
    document = json.loads(
        run(
            "--model", "injection", "--operations", "data:pnr2", "--mc", -1.5, "--n", 2000,
            "-o", out, "--json",
        ).stdout
    )  # fmt: skip
    assert document["n_events"] == pytest.approx(2000, abs=180)  # four sd
    assert document["parameters"]["volume"] == pytest.approx(2564.5, rel=1e-3)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--model", "magic"], "'poisson', 'etas', 'injection'"),
        ([], "--n or --rate"),
        (["--n", "5", "--rate", "2"], "excludes"),
        (["--model", "etas"], "--duration"),
        (["--model", "etas", "--duration", "P1D", "--k", "1", "--branching-ratio", "0.1"], "--k"),
        (["--model", "injection"], "--operations FILE"),
        (["--n", "5", "--operations", "x"], "go with --model injection"),
        (["--n", "5", "--duration", "long"], "duration"),
        (["--n", "5", "--mmax", "-3"], "m_max"),
    ],
)
def test_failures_in_one_line(tmp_path, arguments, says):
    text = run(*arguments, "-o", tmp_path / "x.parquet", code=2).stderr
    assert says in text
    assert len(text.strip().splitlines()) == 1
    assert not (tmp_path / "x.parquet").exists()


def test_needs_an_output():
    assert "-o" in run("--n", 3, code=2).stderr
